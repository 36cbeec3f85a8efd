/** What the build makes of lessons/: the index and the lessons as plain JSON. Runs at build time only. */
import { createHash } from "node:crypto";
import { parseLesson } from "../course/lesson.ts";
import type { Exercise, Lesson } from "../course/types.ts";
import type { CourseIndex } from "./courseFiles.ts";

export interface CompiledCourse {
  readonly index: CourseIndex;
  readonly lessons: readonly Lesson[];
  /** `lessons/en/03-probes.md:12: …`; the course check prints them again and fails. */
  readonly faults: readonly string[];
}

export function compileCourse(files: readonly { readonly name: string; readonly text: string }[]): CompiledCourse {
  const lessons: Lesson[] = [];
  const faults: string[] = [];
  for (const { name, text } of files) {
    const { lesson, problems } = parseLesson(text, `lessons/en/${name}`);
    if (lesson) lessons.push(lesson);
    faults.push(...problems.map((problem) => `${problem.file}:${problem.line}: ${problem.message}`));
  }
  const index: CourseIndex = {
    version: 1,
    language: "en",
    lessons: lessons.map(({ id, title, summary, minutes, parts }) => ({
      id,
      title,
      summary,
      minutes,
      parts: parts.length,
      exercises: parts
        .filter((part) => part.kind === "exercise")
        .map((exercise) => ({
          id: exercise.id,
          slug: exercise.slug,
          title: exercise.title,
          digest: digestOf(exercise),
          ...(exercise.answers && { answers: exercise.answers }),
        })),
    })),
  };
  return { index, lessons, faults };
}

export { parseGlossary } from "../course/glossary.ts";

/** Changes when what the exercise asks for changes; not when its prose is polished. */
function digestOf({ expect, worlds }: Exercise): string {
  return createHash("sha256")
    .update(JSON.stringify({ expect, worlds }, (key, value) => (key === "line" || key === "say" ? undefined : value)))
    .digest("hex")
    .slice(0, 12);
}
