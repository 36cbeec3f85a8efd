/** A course of somebody else: a folder or a package with `lessons/en/NN-name.md`, read when it is opened. Nothing in it is run as code. */
import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { compileCourse, type LanguageFiles } from "./compiledCourse.ts";
import { CourseBroken, type CourseReader } from "./courseFiles.ts";
import { readLanguages } from "./lessonFiles.ts";

export interface CourseFolder {
  /** Of the folder in the workspace that keeps its files apart. */
  readonly name: string;
  readonly reader: CourseReader;
  readonly languages: readonly string[];
  /** What was left out, and why: `lessons/en/03-probes.md:12: …` */
  readonly faults: readonly string[];
}

/** `path`: a folder, or the name of a package in a node_modules folder upwards. Throws CourseBroken. */
export function openCourseFolder(path: string, cwd: string, language: string): CourseFolder {
  const folder = findFolder(path, cwd);
  if (!folder)
    throw new CourseBroken(
      `There is no course at ${path}: a course is a folder, or an installed package, with lessons/en/01-name.md in it`,
    );
  const files = filesIn(folder);
  const compiled = compileCourse(files);
  const chosen = compiled.get(language) ?? compiled.get("en");
  if (!chosen || chosen.lessons.length === 0) {
    const why = chosen?.errors.slice(0, 5).join("\n") ?? "there is no folder lessons/en";
    throw new CourseBroken(
      `There is no lesson that can be read in ${folder}:\n${why}\ncourse author check ${path} shows all faults`,
    );
  }
  return {
    name: basename(folder).replace(/[^\w-]/g, "-") || "course",
    faults: chosen.errors,
    languages: [...compiled.keys()],
    reader: {
      where: folder,
      index: () => chosen.index,
      lesson: (id) => chosen.lessons.find((lesson) => lesson.id === id),
      glossary: () => chosen.glossary,
    },
  };
}

function filesIn(folder: string): LanguageFiles[] {
  try {
    return readLanguages(join(folder, "lessons"));
  } catch (error) {
    throw new CourseBroken(`The course in ${folder} cannot be read: ${(error as Error).message}`);
  }
}

function findFolder(path: string, cwd: string): string | undefined {
  const direct = resolve(cwd, path);
  if (isFolder(join(direct, "lessons"))) return direct;
  if (!/^(@[\w.-]+\/)?[\w.-]+$/.test(path)) return undefined;
  for (let at = resolve(cwd); ; at = dirname(at)) {
    const installed = join(at, "node_modules", path);
    if (isFolder(join(installed, "lessons"))) return installed;
    if (dirname(at) === at) return undefined;
  }
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
