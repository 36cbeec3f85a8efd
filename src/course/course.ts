/** Lesson files → Course: what the build writes to one JSON file, so that a start does not parse Markdown. */
import { parseLesson } from "./lesson.ts";
import type { Course, Exercise, Lesson, Problem } from "./types.ts";

/** Lessons in the order of their file names; lessons whose front matter is unusable are left out, `problems` says why. */
export function parseCourse(
  sources: readonly { readonly file: string; readonly text: string }[],
  language = "en",
): { course: Course; problems: Problem[] } {
  const parsed = [...sources]
    .sort((a, b) => (a.file < b.file ? -1 : 1))
    .map(({ file, text }) => parseLesson(text, file));
  return {
    course: { version: 1, language, lessons: parsed.flatMap(({ lesson }) => lesson ?? []) },
    problems: parsed.flatMap(({ problems }) => problems),
  };
}

/** In the order of the course. */
export function exercisesOf(course: { readonly lessons: readonly Lesson[] }): Exercise[] {
  return course.lessons.flatMap((lesson) => lesson.parts.filter((part) => part.kind === "exercise"));
}

/** By id, or by slug where only one exercise has it. */
export function findExercise(course: Course, id: string): Exercise | undefined {
  const all = exercisesOf(course);
  const bySlug = all.filter((exercise) => exercise.slug === id);
  return all.find((exercise) => exercise.id === id) ?? (bySlug.length === 1 ? bySlug[0] : undefined);
}
