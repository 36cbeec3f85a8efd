/** `course author check`: every block in a course is run and compared. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { checkCourse, joinReports, type LessonSource } from "../course/check.ts";
import { checkLanguage, type LanguageReport } from "../course/languages.ts";
import { shownPath } from "../runner/workspace.ts";
import { simulateSession } from "../sandbox/session.ts";
import type { Options } from "./commandTable.ts";
import { checkSideBySide } from "./checkSideBySide.ts";
import { type Context, programFolder, UsageFault } from "./context.ts";
import { broken, passed } from "./exitCode.ts";

export async function authorCheck(
  { terminal, cwd }: Context,
  path: string | undefined,
  options: Options,
): Promise<number> {
  const { sources, languages } = readCourse(path, cwd);
  const update = options.update === true;
  const report =
    sources.length > 1 && availableParallelism() > 1
      ? joinReports(await checkSideBySide(sources, cwd, update))
      : checkCourse(sources, simulateSession, { update });
  if (update) for (const { file, text } of report.updates) writeFileSync(resolve(cwd, file), text);
  const ok = report.ok && languages.every(({ problems }) => problems.every(({ severity }) => severity !== "error"));
  if (options.json) {
    terminal.print(JSON.stringify({ ...report, ok, languages }, null, 2));
    return ok ? passed : broken;
  }
  const { style } = terminal;
  for (const { file, line, message, severity } of [...report.problems, ...languages.flatMap((one) => one.problems)]) {
    const word = severity === "warning" ? style.yellow("warning: ") : "";
    terminal.print(`${file}:${line}: ${word}${message}`);
  }
  for (const { id, mutants, killed, accepted, survivors } of report.exercises) {
    terminal.print(
      `${style.dim("exercise")} ${id}: ${killed} of ${mutants - accepted} mutants noticed${accepted ? `, ${accepted} accepted` : ""}`,
    );
    for (const { mutant } of survivors) terminal.print(`  survives: ${mutant}`);
  }
  for (const { file } of update ? report.updates : []) terminal.print(`updated ${file}`);
  for (const { language, translated, lacks } of languages)
    terminal.print(
      `${language}: ${translated} of ${translated + lacks.length} lessons translated${lacks.length > 0 ? `; English in its place: ${lacks.join(", ")}` : ""}`,
    );
  const verdict = ok ? style.green("The course is true.") : style.red("The course is not true yet.");
  terminal.print(
    `${verdict} ${report.lessons} ${report.lessons === 1 ? "lesson" : "lessons"}, ${report.exercises.length} ${report.exercises.length === 1 ? "exercise" : "exercises"}, ${report.blocks} blocks compared, mutation score ${report.mutationScore.toFixed(2)}`,
  );
  return ok ? passed : broken;
}

/** The lessons to check, and how far the other languages beside them are. A translation alone is checked against the English. */
function readCourse(path: string | undefined, cwd: string): { sources: LessonSource[]; languages: LanguageReport[] } {
  const named = path === undefined ? undefined : resolve(cwd, path);
  const course = named && ["lessons/en", "en"].map((part) => join(named, part)).find((folder) => existsSync(folder));
  const sources = readLessons(course ?? path, cwd);
  const folder = dirname(resolve(cwd, sources[0]!.file));
  const all = dirname(folder);
  const english = join(all, "en");
  const withNames = (files: readonly LessonSource[]) => files.map((one) => ({ ...one, name: basename(one.file) }));
  const language = basename(folder);
  if (language !== "en" && isLanguage(language) && existsSync(english)) {
    const own = withNames(sources);
    const theirs = withNames(readLessons(english, cwd)).filter(({ name }) => own.some((one) => one.name === name));
    return { sources: [], languages: [checkLanguage(language, theirs, own)] };
  }
  // One lesson alone says nothing of what a language lacks.
  if (language !== "en" || (named && !statSync(named).isDirectory())) return { sources, languages: [] };
  const others = readdirSync(all).filter(
    (name) => name !== "en" && isLanguage(name) && statSync(join(all, name)).isDirectory(),
  );
  return {
    sources,
    languages: others.map((name) =>
      checkLanguage(name, withNames(sources), withNames(readLessons(join(all, name), cwd))),
    ),
  };
}

function isLanguage(name: string): boolean {
  return /^[a-z]{2,3}(-[A-Za-z]+)?$/.test(name);
}

/** Lesson files: the one named, those in the folder named, or the course's own. */
export function readLessons(path: string | undefined, cwd: string): LessonSource[] {
  const own = [
    join(cwd, "lessons", "en"),
    join(cwd, "lessons"),
    fileURLToPath(new URL("../lessons/en/", programFolder())),
  ].find((folder) => existsSync(folder));
  const from = path === undefined ? own : resolve(cwd, path);
  if (from === undefined || !existsSync(from))
    throw new UsageFault(`There is no ${path ?? "lessons folder here"}. Name a lesson file or a folder of lessons.`);
  if (!statSync(from).isDirectory()) return [{ file: shownPath(from, cwd), text: readFileSync(from, "utf8") }];
  const names = readdirSync(from)
    .filter((name) => /^\d+.*\.md$/.test(name))
    .sort();
  if (names.length === 0)
    throw new UsageFault(`There is no lesson in ${shownPath(from, cwd)}: a lesson is a file such as 03-probes.md.`);
  return names.map((name) => ({
    file: shownPath(join(from, name), cwd),
    text: readFileSync(join(from, name), "utf8"),
  }));
}
