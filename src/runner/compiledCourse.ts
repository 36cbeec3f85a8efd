/** What lessons/ come to: the index and the lessons as plain JSON. At build time, and for courses of others when they are opened. */
import { createHash } from "node:crypto";
import { type GlossaryEntry, parseGlossary } from "../course/glossary.ts";
import { parseLesson } from "../course/lesson.ts";
import { translateLesson } from "../course/translation.ts";
import type { Exercise, Lesson, Problem } from "../course/types.ts";
import type { CourseIndex } from "./courseFiles.ts";

/** The files of one language: name → text. */
export interface LanguageFiles {
  readonly language: string;
  readonly lessons: readonly { readonly name: string; readonly text: string }[];
  readonly glossary?: string;
}

export interface CompiledCourse {
  readonly index: CourseIndex;
  readonly lessons: readonly Lesson[];
  readonly glossary: readonly GlossaryEntry[];
  /** `lessons/en/03-probes.md:12: …`; the course check prints them again and fails. */
  readonly faults: readonly string[];
  /** Those of them for which something was left out. */
  readonly errors: readonly string[];
}

/** `en` comes first; each other language is its lessons in the place of the English ones. */
export function compileCourse(languages: readonly LanguageFiles[]): Map<string, CompiledCourse> {
  const [english, ...others] = languages;
  const compiled = new Map<string, CompiledCourse>();
  if (!english) return compiled;
  const problems: Problem[] = [];
  const lessons: { lesson: Lesson; name: string; text: string; file: string }[] = [];
  for (const { name, text } of english.lessons) {
    const file = `lessons/${english.language}/${name}`;
    const { lesson, problems: found } = parseLesson(text, file);
    if (lesson) lessons.push({ lesson, name, text, file });
    problems.push(...found);
  }
  const own = lessons.map(({ lesson }) => lesson);
  compiled.set(english.language, {
    index: indexOf(english.language, own, own),
    lessons: own,
    glossary: parseGlossary(english.glossary ?? ""),
    ...said(problems),
  });
  for (const { language, lessons: files, glossary } of others) {
    const problems: Problem[] = [];
    const translated = lessons.map(({ lesson, name, text, file }) => {
      const translation = files.find((one) => one.name === name);
      if (!translation) return lesson;
      const own = { file: `lessons/${language}/${name}`, text: translation.text };
      const result = translateLesson(lesson, { file, text }, own);
      problems.push(...result.problems);
      return result.lesson;
    });
    compiled.set(language, {
      index: indexOf(language, translated, own),
      lessons: translated,
      glossary: parseGlossary(glossary ?? english.glossary ?? ""),
      ...said(problems),
    });
  }
  return compiled;
}

function said(problems: readonly Problem[]): Pick<CompiledCourse, "faults" | "errors"> {
  const say = ({ file, line, message }: Problem) => `${file}:${line}: ${message}`;
  return { faults: problems.map(say), errors: problems.filter(({ severity }) => severity === "error").map(say) };
}

/** Digests are those of the English lessons: who passed an exercise in one language has passed it. */
function indexOf(language: string, lessons: readonly Lesson[], english: readonly Lesson[]): CourseIndex {
  return {
    version: 1,
    language,
    lessons: lessons.map(({ id, title, summary, minutes, objectives, parts }, i) => ({
      id,
      title,
      summary,
      minutes,
      parts: parts.length,
      topics: [...objectives, ...parts.filter(({ kind }) => kind !== "exercise").map((page) => page.title)],
      exercises: parts.flatMap((exercise, k) =>
        exercise.kind === "exercise"
          ? [
              {
                id: exercise.id,
                slug: exercise.slug,
                title: exercise.title,
                digest: digestOf(english[i]!.parts[k] as Exercise),
                ...(exercise.answers && { answers: exercise.answers }),
              },
            ]
          : [],
      ),
    })),
  };
}

/** Changes when what the exercise asks for changes; not when its prose is polished. */
function digestOf({ expect, worlds }: Exercise): string {
  return createHash("sha256")
    .update(JSON.stringify({ expect, worlds }, (key, value) => (key === "line" || key === "say" ? undefined : value)))
    .digest("hex")
    .slice(0, 12);
}
