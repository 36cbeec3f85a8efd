/**
 * Files that are there whole or not at all: what is written goes to another name first, so that neither a kill nor a full
 * disk leaves half a file, and nothing is ever written over unasked. Also what Node's own calls do not see to: plain files
 * only, folders without an endless loop, Windows' habit of refusing a rename while a virus scanner looks.
 */
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";

/** Not a plain file: a folder, a pipe or a device has its name. */
export class NoPlainFile extends Error {}
/** More bytes than were asked for at most. */
export class FileTooLarge extends Error {
  readonly bytes: number;

  constructor(path: string, bytes: number) {
    super(`${path} is too large: ${bytes} bytes or more`);
    this.bytes = bytes;
  }
}

/**
 * The bytes of a plain file. Never waits, as a pipe would, and never reads without end, as a device would. Throws
 * NoPlainFile, FileTooLarge, or what Node throws.
 */
export function readPlainFile(path: string, maxBytes: number): Buffer {
  // Without O_NONBLOCK opening a pipe waits for somebody who writes. Windows has neither.
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const state = fstatSync(fd);
    if (!state.isFile()) throw new NoPlainFile(noPlainFile(path, state.isDirectory()));
    if (state.size > maxBytes) throw new FileTooLarge(path, state.size);
    const parts: Buffer[] = [];
    let total = 0;
    for (;;) {
      const part = Buffer.allocUnsafe(Math.max(1024, Math.min(state.size - total + 1, 1 << 20)));
      const count = readSync(fd, part, 0, part.length, null);
      if (count === 0) return Buffer.concat(parts);
      // It may grow while it is read.
      total += count;
      if (total > maxBytes) throw new FileTooLarge(path, total);
      parts.push(part.subarray(0, count));
    }
  } finally {
    closeSync(fd);
  }
}

export function noPlainFile(path: string, isFolder: boolean): string {
  return `${path} is a ${isFolder ? "folder" : "pipe or a device"} where a file should be. Move it away and try again.`;
}

/** Says whether it wrote: a file that is there stays as it is. `scratch`: a folder on the same disk, for the time of writing. */
export function createFile(path: string, text: string, scratch: string): boolean {
  const temporary = temporaryIn(scratch);
  try {
    writeFileSync(temporary, text);
    try {
      // Unlike a rename this fails where there is a file already.
      linkSync(temporary, path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST") return false;
      if (code === "ENOSPC" || code === "EDQUOT" || code === "ENOENT" || code === "ENOTDIR") throw error;
      // A disk without hard links (FAT, some network drives).
      return createDirectly(path, text);
    }
    return true;
  } finally {
    removeIfThere(temporary);
  }
}

function createDirectly(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (code === "ENOSPC" || code === "EDQUOT") removeIfThere(path);
    throw error;
  }
}

/** What was there is replaced at once. `scratch` as for createFile. */
export function replaceFile(path: string, contents: string | Uint8Array, scratch: string): void {
  const temporary = temporaryIn(scratch);
  try {
    writeFileSync(temporary, contents);
    moveFile(temporary, path);
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
}

/** Moves a file to a name that nobody has: `path.bak`, `path.bak2` … The name. */
export function moveAside(path: string, wanted: string): string {
  for (let i = 1; ; i++) {
    const name = i === 1 ? wanted : `${wanted}${i}`;
    try {
      // The name is taken first, so that two who move at once never get the same one.
      closeSync(openSync(name, "wx"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw error;
    }
    try {
      // A folder cannot be put in the place of a file.
      if (statSync(path).isDirectory()) unlinkSync(name);
      moveFile(path, name);
      return name;
    } catch (error) {
      removeIfThere(name);
      throw error;
    }
  }
}

/** ms in all that a rename is tried again on Windows. */
const patienceMs = 1000;

/** Renames; on Windows again for a while where something else has the file open. */
export function moveFile(
  from: string,
  to: string,
  rename = renameSync,
  isWindows = process.platform === "win32",
): void {
  for (let waited = 0; ; waited += 50) {
    try {
      rename(from, to);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const isBusy = isWindows && (code === "EPERM" || code === "EBUSY" || code === "EACCES");
      if (!isBusy || waited >= patienceMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}

/** A folder and those above it. Node's own loops for ever where a folder can never be made, as in /proc. */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let at = path; !isFolder(at); at = dirname(at)) {
    missing.push(at);
    if (dirname(at) === at) break;
  }
  for (const folder of missing.reverse()) {
    try {
      mkdirSync(folder);
    } catch (error) {
      // Somebody else made it meanwhile.
      if (!isFolder(folder)) throw error;
    }
  }
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Also a link to nothing is there. */
export function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** What a kill left in the middle of a write: temporary files of processes that are gone. */
export function removeUnfinished(scratch: string): void {
  let names: string[];
  try {
    names = readdirSync(scratch);
  } catch {
    return;
  }
  for (const name of names) {
    const writer = /^unfinished-(\d+)-\d+$/.exec(name)?.[1];
    if (writer !== undefined && !isRunning(Number(writer))) removeIfThere(join(scratch, name));
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's, who may be writing here, too.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

let count = 0;

function temporaryIn(scratch: string): string {
  return join(scratch, `unfinished-${process.pid}-${count++}`);
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is not there, or not ours to remove.
  }
}
