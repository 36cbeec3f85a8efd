/** `course reset`: the starter again; what was there is kept. */
import { resetExercise, shownPath } from "../../runner/workspace.ts";
import type { Context } from "../context.ts";
import { passed } from "../exitCode.ts";

export function run(context: Context, [name]: readonly (string | undefined)[]): number {
  const entry = context.exercise(name!);
  const { path, backup } = resetExercise(context.workspace, entry, context.course.exercise(entry).starter);
  context.terminal.print(`${shownPath(path, context.cwd)} is the starting file again.`);
  if (backup) context.terminal.print(`What was there is in ${shownPath(backup, context.cwd)}.`);
  return passed;
}
