/**
 * The learner's folder as the sandbox's shell sees it: files on disk are brought in before each command, and what a
 * command wrote is saved after it. A file that the shell removes is kept in `.podcourse/trash`; one that somebody changed
 * outside in the meantime is never overwritten. Only plain files are shared, none through a symbolic link.
 */
import { existsSync, lstatSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { bytesOf, toArray } from "../runtime/bytes.ts";
import type { NodeFiles } from "../runtime/cri.ts";
import { makeFolder, moveAside, readPlainFile, replaceFile } from "./wholeFile.ts";
import { markerFolder } from "./workspace.ts";

/** Bytes of one file, and how many files: a workspace has a few small ones. */
const LARGEST = 1 << 20;
const MOST_FILES = 500;
const DEEPEST = 5;
const skipped = new Set(["node_modules"]);

interface Known {
  /** On disk when it was last looked at: size and time of change. */
  stamp: string;
  content: string;
}

export class SharedFolder {
  readonly #disk: string;
  readonly #files: NodeFiles;
  readonly #home: string;
  /** By path below the folder. */
  readonly #known = new Map<string, Known>();
  #told = new Set<string>();
  readonly #onBroughtIn: (path: string, content: string) => void;

  /** `onBroughtIn` is told of each file, with its bytes, that comes into the shell. */
  constructor(
    disk: string,
    files: NodeFiles,
    home: string,
    onBroughtIn: (path: string, content: string) => void = () => {},
  ) {
    this.#onBroughtIn = onBroughtIn;
    this.#disk = disk;
    this.#files = files;
    this.#home = home;
  }

  /** Disk → shell. The answer: words about what was left out, each said once. */
  bringIn(): string[] {
    const remarks: string[] = [];
    const seen = new Set<string>();
    for (const path of this.#onDisk("", 0)) {
      if (seen.size >= MOST_FILES) {
        remarks.push(`This folder has more than ${MOST_FILES} files: only the first are in the shell.`);
        break;
      }
      seen.add(path);
      const remark = this.#bringInOne(path);
      if (remark) remarks.push(remark);
    }
    for (const path of [...this.#known.keys()])
      if (!seen.has(path) && !existsSync(join(this.#disk, path))) {
        this.#known.delete(path);
        this.#files.remove(`${this.#home}/${path}`);
      }
    return this.#once(remarks);
  }

  #bringInOne(path: string): string | undefined {
    const full = join(this.#disk, path);
    try {
      const { size, mtimeMs } = statSync(full);
      const stamp = `${size} ${mtimeMs}`;
      const known = this.#known.get(path);
      if (known?.stamp === stamp) return undefined;
      if (size > LARGEST) return `${path} is larger than 1 MB: it is not in the shell.`;
      const content = bytesOf(readPlainFile(full, LARGEST));
      this.#known.set(path, { stamp, content });
      if (known?.content === content) return undefined;
      this.#files.writeFile(`${this.#home}/${path}`, content);
      this.#onBroughtIn(path, content);
      return undefined;
    } catch (error) {
      return `${path} cannot be read (${reason(error)}): it is not in the shell.`;
    }
  }

  /** Shell → disk. The answer: words about what was not saved. */
  bringOut(): string[] {
    const remarks: string[] = [];
    const seen = new Set<string>();
    for (const path of this.#inShell("", 0)) {
      seen.add(path);
      if (seen.size > MOST_FILES) {
        remarks.push(`More than ${MOST_FILES} files: the rest stays in the shell and is not saved on disk.`);
        break;
      }
      const content = this.#files.readFile(`${this.#home}/${path}`) ?? "";
      const known = this.#known.get(path);
      if (known?.content === content) continue;
      const remark = this.#save(path, content, known);
      if (remark) remarks.push(remark);
    }
    for (const [path, known] of [...this.#known])
      if (!seen.has(path)) {
        const remark = this.#removeFromDisk(path, known);
        if (remark) remarks.push(remark);
      }
    return this.#once(remarks);
  }

  #save(path: string, content: string, known: Known | undefined): string | undefined {
    if (content.length > LARGEST) return `${path} is larger than 1 MB: it is not saved on disk.`;
    if (!isPlainName(path)) return `${JSON.stringify(path)} is no name for a file on disk: it stays in the shell.`;
    const full = join(this.#disk, path);
    try {
      if (this.#leadsOut(path)) return `${path} is behind a symbolic link: it is not saved on disk.`;
      const now = existsSync(full) ? stampOf(full) : undefined;
      if (now !== undefined && now !== known?.stamp)
        return `${path} was changed outside of the shell too: the shell's version is not saved over it.`;
      makeFolder(dirname(full));
      const scratch = join(this.#disk, markerFolder);
      makeFolder(scratch);
      replaceFile(full, toArray(content), scratch);
      this.#known.set(path, { stamp: stampOf(full), content });
      return undefined;
    } catch (error) {
      return `${path} could not be saved on disk: ${reason(error)}.`;
    }
  }

  #removeFromDisk(path: string, known: Known): string | undefined {
    const full = join(this.#disk, path);
    this.#known.delete(path);
    try {
      if (!existsSync(full) || stampOf(full) !== known.stamp || this.#leadsOut(path)) return undefined;
      const kept = join(this.#disk, markerFolder, "trash", path);
      makeFolder(dirname(kept));
      moveAside(full, kept);
      return undefined;
    } catch (error) {
      return `${path} could not be removed from disk: ${reason(error)}.`;
    }
  }

  *#onDisk(below: string, depth: number): Generator<string> {
    let entries: ReturnType<typeof namesIn>;
    try {
      entries = namesIn(join(this.#disk, below));
    } catch {
      return;
    }
    for (const entry of entries) {
      const { name } = entry;
      if (name.startsWith(".") || skipped.has(name) || !isPlainName(name)) continue;
      const path = below === "" ? name : `${below}/${name}`;
      if (entry.isFile()) yield path;
      else if (entry.isDirectory() && depth < DEEPEST) yield* this.#onDisk(path, depth + 1);
    }
  }

  *#inShell(below: string, depth: number): Generator<string> {
    for (const name of this.#files.readdir(below === "" ? this.#home : `${this.#home}/${below}`) ?? []) {
      if (name.startsWith(".")) continue;
      const path = below === "" ? name : `${below}/${name}`;
      const type = this.#files.typeOf(`${this.#home}/${path}`);
      if (type === "file") yield path;
      else if (type === "directory" && depth < DEEPEST) yield* this.#inShell(path, depth + 1);
    }
  }

  /** A link anywhere on the way could lead out of the folder. */
  #leadsOut(path: string): boolean {
    let at = this.#disk;
    for (const part of path.split("/")) {
      at = join(at, part);
      if (!existsSync(at)) return false;
      if (lstatSync(at).isSymbolicLink()) return true;
    }
    return false;
  }

  #once(remarks: readonly string[]): string[] {
    const fresh = remarks.filter((remark) => !this.#told.has(remark));
    this.#told = new Set([...this.#told, ...fresh]);
    return fresh;
  }
}

function namesIn(folder: string) {
  return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function stampOf(path: string): string {
  const { size, mtimeMs } = statSync(path);
  return `${size} ${mtimeMs}`;
}

/** One that every system can have, and that moves no cursor when it is listed. */
function isPlainName(path: string): boolean {
  return path.split("/").every((part) => part !== "" && part !== ".." && !/[\x00-\x1f\x7f\\:*?"<>|]/.test(part));
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  if (code === "ENOSPC" || code === "EDQUOT") return "the disk is full";
  return message;
}
