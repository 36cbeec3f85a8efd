/** `course show`: the task of an exercise, and its file in the workspace. */
import { showExercise } from "../exerciseText.ts";
import type { Context } from "../context.ts";

export function run(context: Context, [name]: readonly (string | undefined)[]): number {
  return showExercise(context, context.exercise(name!));
}
