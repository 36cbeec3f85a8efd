/**
 * Reading what a learner hands in: a file or standard input. Whatever is wrong with it is a message that says what to
 * do. Nothing larger than a cluster would take is ever read into memory.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import process from "node:process";
import { FileTooLarge, NoPlainFile, noPlainFile, readPlainFile } from "./wholeFile.ts";

/** Bytes. etcd takes requests of 1.5 MiB (etcd: DefaultMaxRequestBytes); no manifest in a course comes near. */
const maxManifestBytes = 1024 * 1024;

export type Input =
  | { readonly ok: true; readonly text: string; readonly name: string }
  | { readonly ok: false; readonly message: string };

/** A file that has to be a plain one, as in a workspace: a pipe there would be waited for for ever. */
export function readPlainInput(path: string): Input {
  try {
    return decode(path, readPlainFile(path, maxManifestBytes));
  } catch (error) {
    if (error instanceof FileTooLarge) return fault(tooLarge(path, error.bytes, maxManifestBytes));
    return fault(error instanceof NoPlainFile ? error.message : explain(path, error));
  }
}

/** `name` is a path, or `-` for standard input; a larger one than `maxBytes` is refused. */
export function readInput(name: string, maxBytes = maxManifestBytes): Input {
  const shown = name === "-" ? "standard input" : name;
  let fd = 0;
  if (name === "-") {
    if (process.stdin.isTTY)
      return fault("There is nothing on standard input. Pipe a manifest into this command, or name a file.");
  } else {
    try {
      if (statSync(name).isDirectory())
        return fault(
          `${name} is a directory. Name the file with your manifest, for example ${name.replace(/[\\/]+$/, "")}/pod.yaml`,
        );
      fd = openSync(name, "r");
    } catch (error) {
      return fault(explain(name, error));
    }
  }
  try {
    const { size } = fstatSync(fd);
    if (size > maxBytes) return fault(tooLarge(shown, size, maxBytes));
    const bytes = readAll(fd, maxBytes);
    return bytes ? decode(shown, bytes) : fault(tooLarge(shown, maxBytes, maxBytes));
  } catch (error) {
    return fault(explain(shown, error));
  } finally {
    if (fd !== 0) closeSync(fd);
  }
}

/** Undefined: there is more than `maxBytes`. */
function readAll(fd: number, maxBytes: number): Buffer | undefined {
  const parts: Buffer[] = [];
  let total = 0;
  for (;;) {
    const part = Buffer.allocUnsafe(64 * 1024);
    const count = readSome(fd, part);
    if (count === 0) return Buffer.concat(parts);
    total += count;
    if (total > maxBytes) return undefined;
    parts.push(part.subarray(0, count));
  }
}

/** UTF-8, or UTF-16 with a byte order mark: `>` of Windows PowerShell writes that. */
function decode(shown: string, bytes: Buffer): Input {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  if (encoding === "utf-8" && bytes.includes(0))
    return fault(`${shown} is not text: it has NUL bytes. A manifest is YAML, saved as UTF-8.`);
  try {
    return { ok: true, text: new TextDecoder(encoding, { fatal: true }).decode(bytes), name: shown };
  } catch {
    return fault(`${shown} is not UTF-8 text. Save it as UTF-8 in your editor and try again.`);
  }
}

function readSome(fd: number, part: Buffer): number {
  for (;;) {
    try {
      return readSync(fd, part);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EOF") return 0;
      // Standard input that another program made non-blocking: there is nothing yet.
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function explain(name: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return `There is no file ${name}.`;
  if (code === "ENOTDIR") return `There is no file ${name}: a part of that path is a file, not a directory.`;
  if (code === "EACCES" || code === "EPERM") return `${name} cannot be read: permission denied.`;
  if (code === "ELOOP") return `${name} cannot be read: its symbolic links go round in a circle.`;
  if (code === "ENXIO") return noPlainFile(name, false);
  if (code === "EISDIR") return `${name} is a directory, not a file.`;
  if (code === "ENAMETOOLONG") return "That file name is too long for this system.";
  return `${name} cannot be read: ${message}`;
}

function tooLarge(shown: string, bytes: number, maxBytes: number): string {
  if (maxBytes !== maxManifestBytes)
    return `${shown} is too large: ${megabytes(bytes)} or more, and it may have ${megabytes(maxBytes)}.`;
  return `${shown} is too large: ${megabytes(bytes)} or more, and a manifest may have 1 MB. (A cluster would refuse it too: etcd stores at most 1.5 MB for an object.)`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function fault(message: string): Input {
  return { ok: false, message };
}
