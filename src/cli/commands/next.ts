/** `course next`: the first exercise that is not done. */
import { showExercise } from "../exerciseText.ts";
import type { Context } from "../context.ts";
import { passed } from "../exitCode.ts";

export function run(context: Context): number {
  const { course, progress, terminal } = context;
  const next = course.exercises.find((exercise) => !progress.passed.has(exercise.id));
  if (next) return showExercise(context, next);
  terminal.print("Everything is done. course simulate FILE runs any manifest of your own.");
  return passed;
}
