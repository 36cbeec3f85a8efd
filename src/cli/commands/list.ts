/** `course list`: lessons and exercises, and what is done. */
import type { Context } from "../context.ts";
import type { Options } from "../commandTable.ts";
import { passed } from "../exitCode.ts";

export function run(context: Context, _args: readonly unknown[], options: Options): number {
  const { terminal, course, progress } = context;
  if (options.json) {
    const exercises = course.exercises.map(({ id, lesson, title }) => ({
      id,
      lesson,
      title,
      done: progress.passed.has(id),
    }));
    terminal.print(JSON.stringify({ version: 1, exercises }, null, 2));
    return passed;
  }
  const { style } = terminal;
  const idWidth = Math.max(...course.exercises.map((exercise) => exercise.id.length), 8);
  for (const lesson of course.index.lessons) {
    const done = lesson.exercises.filter((exercise) => progress.passed.has(exercise.id)).length;
    terminal.print(
      `${style.bold(lesson.title)}  ${style.dim(`${lesson.id}, ${done} of ${lesson.exercises.length} done, about ${lesson.minutes} minutes`)}`,
    );
    for (const { id, title, digest } of lesson.exercises) {
      const before = progress.passed.get(id);
      const word = before === undefined ? "open" : "done";
      const mark = before === undefined ? style.dim(style.glyph.open) : style.green(style.glyph.pass);
      const changed =
        before !== undefined && before !== "" && before !== digest ? style.yellow("  (changed since you passed)") : "";
      terminal.print(`  ${mark} ${word}  ${id.padEnd(idWidth)}  ${title}${changed}`);
    }
  }
  return passed;
}
