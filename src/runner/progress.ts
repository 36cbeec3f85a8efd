/**
 * What the learner has done, as JSON lines in .podcourse/progress.jsonl. Lines are only ever added, each in one write
 * to the end of the file, so two runners cannot lose each other's; a line that a crash tore is skipped when reading,
 * as are lines of a version that this program does not know.
 */
import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { FileTooLarge, makeFolder, NoPlainFile, noPlainFile, readPlainFile } from "./wholeFile.ts";
import { explain, markerFolder, refuseLinkOutside, type Workspace, WorkspaceFault } from "./workspace.ts";

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
  /** Lines that a newer version of this program wrote: kept, not understood. */
  readonly newer: number;
  /** Lines that a crash tore or that are no progress at all. */
  readonly torn: number;
}

/** Of a line in the file. */
const version = 1;
const maxBytes = 32 * 1024 * 1024;

export function progressFile(workspace: Workspace): string {
  return join(workspace.folder, markerFolder, "progress.jsonl");
}

/** An absent file is no progress. Throws WorkspaceFault when there is one and it cannot be read. */
export function readProgress(workspace: Workspace): Progress {
  return foldProgress(readProgressText(workspace));
}

/** The file as it is; "" when there is none. Throws WorkspaceFault. */
export function readProgressText(workspace: Workspace): string {
  const path = progressFile(workspace);
  refuseLinkOutside(workspace, path);
  try {
    return readPlainFile(path, maxBytes).toString("utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return "";
    if (error instanceof FileTooLarge)
      throw new WorkspaceFault(`${path} is larger than any course makes it. Move it away to start afresh.`);
    if (error instanceof NoPlainFile) throw new WorkspaceFault(message);
    const why = code === "EACCES" || code === "EPERM" ? "permission denied" : message;
    throw new WorkspaceFault(
      `${path} cannot be read: ${why}. Make the file readable for you, or set COURSE_HOME to another folder.`,
    );
  }
}

/**
 * The meaning of all lines together. Their order does not matter, since files of two machines may be put together: where
 * one line replaces another, the later time counts, and with equal times the later line.
 */
export function foldProgress(text: string): Progress {
  const passed = new Map<string, string>();
  const tries = new Map<string, number>();
  const hints = new Map<string, number>();
  let at: Progress["at"];
  let newer = 0;
  let torn = 0;
  const times = new Map<string, string>();
  const isLatest = (what: string, time: string): boolean => {
    if (time < (times.get(what) ?? "")) return false;
    times.set(what, time);
    return true;
  };
  for (const line of linesOf(text)) {
    const value = parseLine(line);
    if (!value) {
      if (line.trim() !== "") torn++;
      continue;
    }
    if (typeof value.v === "number" && value.v > version) newer++;
    const entry = parseEntry(value);
    if (!entry) continue;
    const time = typeof value.time === "string" ? value.time : "";
    if (entry.did === "passed" && isLatest(entry.exercise, time)) passed.set(entry.exercise, entry.digest);
    if (entry.did === "tried") tries.set(entry.exercise, (tries.get(entry.exercise) ?? 0) + 1);
    if (entry.did === "hint") hints.set(entry.exercise, Math.max(hints.get(entry.exercise) ?? 0, entry.count));
    if (entry.did === "at" && isLatest("at", time)) at = { lesson: entry.lesson, part: entry.part };
  }
  return { passed, tries, hints, newer, torn, ...(at && { at }) };
}

/** Lines of `theirs` that mean something, to this version or a newer one, and are not in `ours` yet; each once. */
export function linesToImport(ours: string, theirs: string): string[] {
  const known = new Set(linesOf(ours));
  const out: string[] = [];
  for (const line of linesOf(theirs)) {
    const value = known.has(line) ? undefined : parseLine(line);
    if (!value || !(parseEntry(value) || (typeof value.v === "number" && value.v > version))) continue;
    known.add(line);
    out.push(line);
  }
  return out;
}

/** Whoever had the file in an editor may have saved it with other line ends and a byte order mark. */
function linesOf(text: string): string[] {
  return text.replace(/^\ufeff/, "").split(/\r?\n/);
}

function parseLine(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function parseEntry({ v, did, exercise, digest, count, lesson, part }: Record<string, unknown>): Entry | undefined {
  if (v !== version) return undefined;
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
  const line = JSON.stringify({ v: version, time: now.toISOString(), ...entry });
  appendLines(workspace, [line], entry.did === "passed");
}

/** Times that lines are written again when the disk took a part of them only. */
const mostTries = 3;

/** Adds lines as they are. `keep`: wait until the disk has them. Throws WorkspaceFault. */
export function appendLines(workspace: Workspace, lines: readonly string[], keep: boolean): void {
  const path = progressFile(workspace);
  try {
    makeFolder(join(workspace.folder, markerFolder));
    refuseLinkOutside(workspace, path);
    // Never waits, as opening a pipe would; to see how the file ends it has to be read, too.
    const fd = openSync(
      path,
      constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0),
      0o666,
    );
    try {
      const state = fstatSync(fd);
      if (!state.isFile()) throw new NoPlainFile(noPlainFile(path, state.isDirectory()));
      for (let tries = 1; !appendWhole(fd, lines); tries++)
        if (tries === mostTries) throw Object.assign(new Error("no room"), { code: "ENOSPC" });
      if (keep) fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof WorkspaceFault) throw error;
    throw new WorkspaceFault(`Progress could not be saved, earlier progress is as it was. ${explain(path, error)}`);
  }
}

/** One write. False: the disk took a part; nobody's line may follow on that, so all has to be written again. */
function appendWhole(fd: number, lines: readonly string[]): boolean {
  // After a torn line the new ones start on their own.
  const bytes = Buffer.from(`${endsWithNewline(fd) ? "" : "\n"}${lines.map((line) => `${line}\n`).join("")}`);
  return writeSync(fd, bytes) === bytes.length;
}

function endsWithNewline(fd: number): boolean {
  const { size } = fstatSync(fd);
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  readSync(fd, last, 0, 1, size - 1);
  return last[0] === 0x0a;
}
