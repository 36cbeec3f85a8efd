/** `course hint`: one hint at a time, from gentle to plain; how many were shown is part of the progress. */
import { proseLines } from "../../runner/prose.ts";
import type { Context } from "../context.ts";
import type { Options } from "../commandTable.ts";
import { passed } from "../exitCode.ts";

export function run(context: Context, [name]: readonly (string | undefined)[], options: Options): number {
  const entry = context.exercise(name!);
  const { hints } = context.course.exercise(entry);
  const { terminal } = context;
  const shown = options.all ? hints.length : Math.min((context.progress.hints.get(entry.id) ?? 0) + 1, hints.length);
  context.record({ did: "hint", exercise: entry.id, count: shown });
  const width = Math.min(terminal.columns, 100);
  hints.slice(options.all ? 0 : shown - 1, shown).forEach((hint, i) => {
    terminal.print(terminal.style.bold(`Hint ${options.all ? i + 1 : shown} of ${hints.length}`));
    terminal.print(proseLines(hint, width, terminal.style).join("\n"));
  });
  terminal.note(
    shown < hints.length
      ? `\nAnother one: course hint ${entry.id}`
      : `\nThat was the last one. A solution: course solution ${entry.id}`,
  );
  return passed;
}
