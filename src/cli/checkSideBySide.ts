/** The author check of a whole course, a process of its own for each lesson: as many at a time as there are processors. */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import process from "node:process";
import type { CourseReport, LessonSource } from "../course/check.ts";

export type LessonReport = CourseReport & { readonly file: string };

/** Reports in the order of `sources`. Throws when a process ends without a report. */
export async function checkSideBySide(
  sources: readonly LessonSource[],
  cwd: string,
  update: boolean,
): Promise<LessonReport[]> {
  const reports = new Map<string, LessonReport>();
  // The longest first, so that the last one to begin is a short one.
  const waiting = sources.toSorted((a, b) => b.text.length - a.text.length);
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      reports.set(next.file, { ...(await checkInProcess(next.file, cwd, update)), file: next.file });
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return sources.map(({ file }) => reports.get(file)!);
}

function checkInProcess(file: string, cwd: string, update: boolean): Promise<CourseReport> {
  const words = ["author", "check", file, "--json", ...(update ? ["--update"] : [])];
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...words], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  let complained = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complained += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => {
      try {
        resolve(JSON.parse(printed) as CourseReport);
      } catch {
        reject(new Error(`the check of ${file} ended with ${status} and no report: ${complained}`));
      }
    });
  });
}
