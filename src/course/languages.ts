/** What the other languages of a course have and lack. */
import { parseLesson } from "./lesson.ts";
import { type Source, translateLesson } from "./translation.ts";
import type { Problem } from "./types.ts";

export interface LanguageReport {
  readonly language: string;
  /** How many lessons have a translation. */
  readonly translated: number;
  /** Files that have none: `03-life-cycle.md`. */
  readonly lacks: readonly string[];
  readonly problems: readonly Problem[];
}

/** Names are those of files in the language's folder; `sources` are the English lessons. */
export function checkLanguage(
  language: string,
  sources: readonly (Source & { readonly name: string })[],
  translations: readonly (Source & { readonly name: string })[],
): LanguageReport {
  const problems: Problem[] = [];
  const lacks: string[] = [];
  for (const source of sources) {
    const translation = translations.find(({ name }) => name === source.name);
    if (!translation) {
      lacks.push(source.name);
      continue;
    }
    const { lesson } = parseLesson(source.text, source.file);
    if (lesson) problems.push(...translateLesson(lesson, source, translation).problems);
  }
  for (const { name, file } of translations)
    if (!sources.some((source) => source.name === name))
      problems.push({ file, line: 1, severity: "error", message: `there is no lesson ${name} in English` });
  return { language, translated: sources.length - lacks.length, lacks, problems };
}
