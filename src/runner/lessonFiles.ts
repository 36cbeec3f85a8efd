/** Lesson files on disk: `lessons/LANGUAGE/NN-name.md`, and `glossary.md` beside them. Used by the build and for courses of others. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readPlainFile } from "./wholeFile.ts";
import type { LanguageFiles } from "./compiledCourse.ts";

/** More is no course. */
const mostFiles = 200;
const largestFile = 2 << 20;
/** The language that the others are translations of. */
const original = "en";

/** English first. Throws what readPlainFile throws. `lessons`: the folder with a folder for each language. */
export function readLanguages(lessons: string): LanguageFiles[] {
  const languages = existsSync(lessons)
    ? readdirSync(lessons, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && /^[a-z]{2,3}(-[A-Za-z]+)?$/.test(entry.name))
        .map(({ name }) => name)
        .sort((a, b) => Number(b === original) - Number(a === original) || (a < b ? -1 : 1))
    : [];
  if (languages[0] !== original) return [];
  return languages.map((language) => {
    const folder = join(lessons, language);
    const names = readdirSync(folder)
      .filter((name) => /^\d.*\.md$/.test(name))
      .sort()
      .slice(0, mostFiles);
    const glossary = readText(join(folder, "glossary.md"));
    return {
      language,
      lessons: names.flatMap((name) => {
        const text = readText(join(folder, name));
        return text === undefined ? [] : [{ name, text }];
      }),
      ...(glossary !== undefined && { glossary }),
    };
  });
}

function readText(path: string): string | undefined {
  try {
    return readPlainFile(path, largestFile).toString("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
