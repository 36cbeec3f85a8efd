/**
 * The compiled course beside the program: dist/course.json lists it, dist/lessons/ID.json holds one lesson. A command
 * reads only what it needs.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { GlossaryEntry } from "../course/glossary.ts";
import type { Exercise, Lesson } from "../course/types.ts";
import { nearest } from "./nearMiss.ts";

/** Enough of the course to list it. */
export interface CourseIndex {
  readonly version: 1;
  readonly language: string;
  readonly lessons: readonly {
    readonly id: string;
    readonly title: string;
    readonly summary: string;
    readonly minutes: number;
    readonly parts: number;
    /** What it is about, in its own words: by these a search finds it. */
    readonly topics: readonly string[];
    /** `digest` changes when the task or what it expects does. */
    readonly exercises: readonly {
      readonly id: string;
      readonly slug: string;
      readonly title: string;
      readonly digest: string;
      readonly answers?: "commands";
    }[];
  }[];
}

export interface ExerciseEntry {
  readonly id: string;
  readonly lesson: string;
  readonly slug: string;
  readonly title: string;
  readonly digest: string;
  readonly answers?: "commands";
}

/** The course that was built with the program is missing or unreadable. */
export class CourseBroken extends Error {}

/** Where a course is read from; each part when it is first asked for. */
export interface CourseReader {
  /** For people. */
  readonly where: string;
  index(): CourseIndex;
  /** Undefined: there is none of that id. */
  lesson(id: string): Lesson | undefined;
  glossary(): readonly GlossaryEntry[];
}

/**
 * The course beside the program, in a language: a folder of that name holds what is translated, the rest is English.
 * Every method may throw CourseBroken.
 */
export function builtCourse(folder: URL, language = "en"): CourseReader {
  const own = language === "en" ? undefined : new URL(`${encodeURIComponent(language)}/`, folder);
  const read = <T>(name: string): T => {
    if (own && existsSync(new URL(name, own))) return readJson<T>(new URL(name, own));
    return readJson<T>(new URL(name, folder));
  };
  return {
    where: fileURLToPath(folder),
    index: () => read("course.json"),
    lesson: (id) => read(`lessons/${encodeURIComponent(id)}.json`),
    glossary: () => read("glossary.json"),
  };
}

/** The languages that the program was built with, English first. */
export function builtLanguages(folder: URL): string[] {
  const others = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/course.json`, folder)),
  );
  return ["en", ...others.map(({ name }) => name)];
}

function readJson<T>(file: URL): T {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CourseBroken(`The course is not where the program expects it (${fileURLToPath(file)}): ${why}`);
  }
}

export class CourseFiles {
  readonly index: CourseIndex;
  readonly exercises: readonly ExerciseEntry[];
  readonly #reader: CourseReader;
  readonly #lessons = new Map<string, Lesson>();
  #glossary: readonly GlossaryEntry[] | undefined;

  constructor(reader: CourseReader) {
    this.#reader = reader;
    this.index = reader.index();
    this.exercises = this.index.lessons.flatMap((lesson) =>
      lesson.exercises.map((exercise) => ({ ...exercise, lesson: lesson.id })),
    );
  }

  get glossary(): readonly GlossaryEntry[] {
    return (this.#glossary ??= this.#reader.glossary());
  }

  lesson(id: string): Lesson {
    let lesson = this.#lessons.get(id);
    if (!lesson) {
      lesson = this.#reader.lesson(id);
      if (!lesson) throw new CourseBroken(`The lesson ${id} is listed but is not in ${this.#reader.where}`);
      this.#lessons.set(id, lesson);
    }
    return lesson;
  }

  exercise(entry: ExerciseEntry): Exercise {
    const found = this.lesson(entry.lesson).parts.find((part) => part.kind === "exercise" && part.id === entry.id);
    if (found?.kind !== "exercise") throw new CourseBroken(`${entry.id} is listed but is not in its lesson`);
    return found;
  }

  /** By id (`probes/warm-up`), or by the part after the slash where only one exercise is called that. */
  find(name: string): ExerciseEntry | undefined {
    const wanted = name.toLowerCase();
    const exact = this.exercises.find((exercise) => exercise.id === wanted);
    if (exact) return exact;
    const bySlug = this.exercises.filter((exercise) => exercise.slug === wanted);
    return bySlug.length === 1 ? bySlug[0] : undefined;
  }

  /** Words for a name that is no exercise. */
  unknown(name: string): string {
    const near = nearest(name.toLowerCase(), [
      ...this.exercises.map((exercise) => exercise.id),
      ...this.index.lessons.map((lesson) => lesson.id),
    ]);
    const lesson = this.index.lessons.find((candidate) => candidate.id === name);
    if (lesson) {
      const first = lesson.exercises[0];
      return `${name} is a lesson, not an exercise.${first ? ` Its first exercise is ${first.id}.` : ""} course list shows all.`;
    }
    return `There is no exercise ${name}.${near ? ` Did you mean ${near}?` : ""} course list shows all.`;
  }
}
