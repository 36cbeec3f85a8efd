/** `course list`: lessons and exercises, what is done, and what comes next. */
import { bar, doneIn, mark, nextOpen, standings } from "../../runner/courseProgress.ts";
import { padEnd, widthOf } from "../../runner/textWidth.ts";
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
  const { lessons } = course.index;
  const now = standings(progress.passed);
  const next = nextOpen(course.exercises, now);
  const idWidth = Math.max(...course.exercises.map((exercise) => exercise.id.length), 8);
  const titleWidth = Math.max(...lessons.map(({ title }) => widthOf(title)), 8);
  for (const lesson of lessons) {
    const all = lesson.exercises.length;
    const done = doneIn(lesson, now);
    const drawn = bar(done, all, 10, style);
    terminal.print(
      `${style.bold(padEnd(lesson.title, titleWidth))}  ${drawn}${drawn ? "  " : ""}${style.dim(`${done} of ${all} done, about ${lesson.minutes} minutes`)}`,
    );
    for (const exercise of lesson.exercises) {
      const standing = now.of(exercise);
      const sign = style.plain ? "" : `${mark(standing, style)} `;
      const after =
        standing === "changed"
          ? style.yellow("  (changed since you passed)")
          : exercise.id === next?.id
            ? style.cyan(`  ${style.plain ? "(next)" : `${style.unicode ? "←" : "<-"} next`}`)
            : "";
      terminal.print(
        `  ${sign}${standing === "open" ? "open" : "done"}  ${exercise.id.padEnd(idWidth)}  ${exercise.title}${after}`,
      );
    }
  }
  const count = course.exercises.filter((exercise) => now.of(exercise) !== "open").length;
  terminal.note(`\n${count} of ${course.exercises.length} done.${next ? ` Next: course show ${next.id}` : ""}`);
  return passed;
}
