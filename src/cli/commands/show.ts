/** `course show`: the task of an exercise and its file in the workspace, or a lesson to read. */
import { showExercise } from "../exerciseText.ts";
import type { Options } from "../commandTable.ts";
import type { Context } from "../context.ts";

export async function run(
  context: Context,
  [name, page]: readonly (string | undefined)[],
  options: Options,
): Promise<number> {
  const lesson = context.course.index.lessons.find(({ id }) => id === name!.toLowerCase());
  if (!lesson) return showExercise(context, context.exercise(name!));
  const { showLesson } = await import("../lessonText.ts");
  return showLesson(context, context.course.lesson(lesson.id), page, options.all === true);
}
