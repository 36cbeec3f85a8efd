/** `course solution`: pure YAML on stdout, so that it can be piped; words about it on stderr. Or beside the learner's own. */
import type { Solution } from "../../course/types.ts";
import { readAnswer } from "../../runner/answerFile.ts";
import { compareLines, nearestSolution } from "../../runner/compareText.ts";
import type { ExerciseEntry } from "../../runner/courseFiles.ts";
import type { Context } from "../context.ts";
import type { Options } from "../commandTable.ts";
import { UsageFault } from "../context.ts";
import { broken, passed } from "../exitCode.ts";

export function run(context: Context, [name]: readonly (string | undefined)[], options: Options): number {
  const entry = context.exercise(name!);
  const { solutions } = context.course.exercise(entry);
  const number = options.number === undefined ? 1 : Number(options.number);
  const solution = solutions[number - 1];
  if (solutions.length === 0) {
    context.terminal.note(`${entry.id} has no solution; please report that.`);
    return broken;
  }
  if (!solution)
    throw new UsageFault(
      `${entry.id} has ${solutions.length === 1 ? "one solution" : `${solutions.length} solutions`}: --number is 1${solutions.length > 1 ? ` to ${solutions.length}` : ""}.`,
    );
  if (options.compare) return compare(context, entry, options.number === undefined ? undefined : solution);
  context.terminal.print(solution.manifest);
  if (solutions.length > 1 && options.number === undefined)
    context.terminal.note(`There are ${solutions.length} solutions; --number 2 shows the next.`);
  return passed;
}

/** With the solution that was asked for, else with the one that is written most like the learner's. */
function compare(context: Context, entry: ExerciseEntry, chosen: Solution | undefined): number {
  const { terminal, workspace } = context;
  const exercise = context.course.exercise(entry);
  const input = readAnswer(workspace, entry);
  if (!input.ok) throw new UsageFault(input.message);
  const other = chosen
    ? { name: chosen.title.toLowerCase(), text: chosen.manifest }
    : nearestSolution(exercise, input.text)!;
  const look = { width: Math.min(terminal.columns, 140), style: terminal.style };
  terminal.print(compareLines(exercise, { name: "yours", text: input.text }, other, look).join("\n"));
  return passed;
}
