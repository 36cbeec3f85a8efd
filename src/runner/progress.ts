/**
 * What the learner has done, as JSON lines in .podcourse/progress.jsonl. Lines are only ever added, each in one write
 * to the end of the file, so two runners cannot lose each other's; a line that a crash tore is skipped when reading,
 * as are lines of a version that this program does not know.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { markerFolder, refuseLinkOutside, type Workspace, WorkspaceFault } from "./workspace.ts";

export type Entry =
  | { readonly did: "passed"; readonly exercise: string; readonly digest: string }
  | { readonly did: "tried"; readonly exercise: string }
  | { readonly did: "hint"; readonly exercise: string; readonly count: number }
  | { readonly did: "solution"; readonly exercise: string }
  | { readonly did: "at"; readonly lesson: string; readonly part: number };

export interface Progress {
  /** Exercise id → digest of the exercise when it was passed. */
  readonly passed: ReadonlyMap<string, string>;
  readonly tries: ReadonlyMap<string, number>;
  readonly hints: ReadonlyMap<string, number>;
  readonly at?: { readonly lesson: string; readonly part: number };
}

const maxBytes = 32 * 1024 * 1024;

export function progressFile(workspace: Workspace): string {
  return join(workspace.folder, markerFolder, "progress.jsonl");
}

/** An absent file is no progress. Throws WorkspaceFault when there is one and it cannot be read. */
export function readProgress(workspace: Workspace): Progress {
  const path = progressFile(workspace);
  refuseLinkOutside(workspace, path);
  let text: string;
  try {
    if (statSync(path).size > maxBytes)
      throw new WorkspaceFault(`${path} is larger than any course makes it. Move it away to start afresh.`);
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return foldProgress("");
    if (error instanceof WorkspaceFault) throw error;
    throw new WorkspaceFault(`${path} cannot be read: ${message}`);
  }
  return foldProgress(text);
}

/** The meaning of all lines together; the order of lines matters only for where the learner was last. */
export function foldProgress(text: string): Progress {
  const passed = new Map<string, string>();
  const tries = new Map<string, number>();
  const hints = new Map<string, number>();
  let at: Progress["at"];
  for (const line of text.split("\n")) {
    const entry = parseEntry(line);
    if (!entry) continue;
    if (entry.did === "passed") passed.set(entry.exercise, entry.digest);
    if (entry.did === "tried") tries.set(entry.exercise, (tries.get(entry.exercise) ?? 0) + 1);
    if (entry.did === "hint") hints.set(entry.exercise, Math.max(hints.get(entry.exercise) ?? 0, entry.count));
    if (entry.did === "at") at = { lesson: entry.lesson, part: entry.part };
  }
  return { passed, tries, hints, ...(at && { at }) };
}

function parseEntry(line: string): Entry | undefined {
  if (!line.startsWith("{")) return undefined;
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { v, did, exercise, digest, count, lesson, part } = value;
  if (v !== 1) return undefined;
  const isExercise = typeof exercise === "string";
  if (did === "passed" && isExercise) return { did, exercise, digest: typeof digest === "string" ? digest : "" };
  if ((did === "tried" || did === "solution") && isExercise) return { did, exercise };
  if (did === "hint" && isExercise && typeof count === "number") return { did, exercise, count };
  if (did === "at" && typeof lesson === "string" && Number.isInteger(part))
    return { did, lesson, part: part as number };
  return undefined;
}

/** Adds a line, and the workspace if there is none yet. Throws WorkspaceFault; earlier lines are never at risk. */
export function addProgress(workspace: Workspace, entry: Entry, now = new Date()): void {
  const path = progressFile(workspace);
  try {
    mkdirSync(join(workspace.folder, markerFolder), { recursive: true });
    refuseLinkOutside(workspace, path);
    const line = `${JSON.stringify({ v: 1, time: now.toISOString(), ...entry })}\n`;
    const fd = openSync(path, "a+");
    try {
      // After a torn line the new one starts on its own.
      writeSync(fd, endsWithNewline(fd) ? line : `\n${line}`);
      if (entry.did === "passed") fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof WorkspaceFault) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === "ENOSPC" ? "the disk is full" : code === "EACCES" || code === "EROFS" ? "permission denied" : message;
    throw new WorkspaceFault(
      `Progress could not be saved in ${path}: ${why}. Set COURSE_HOME to a folder that you may write to.`,
    );
  }
}

function endsWithNewline(fd: number): boolean {
  const { size } = fstatSync(fd);
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  readSync(fd, last, 0, 1, size - 1);
  return last[0] === 0x0a;
}
