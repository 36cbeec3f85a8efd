/** `course solution`: pure YAML on stdout, so that it can be piped; words about it on stderr. */
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
  context.terminal.print(solution.manifest);
  if (solutions.length > 1 && options.number === undefined)
    context.terminal.note(`There are ${solutions.length} solutions; --number 2 shows the next.`);
  return passed;
}
