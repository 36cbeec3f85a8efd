/** `gzip`, `gunzip`, `zcat`. The format is gzip's; how well it packs is this implementation's own. */
import { Gunzip, gzipSync } from "fflate";
import type { Task } from "../../time/task.ts";
import { type Program, type Sys, SysError } from "../sys.ts";
import { applet, because, complain, Fault, type Options, parseOptions } from "./options.ts";
import { readAll, readFile } from "./streams.ts";

/** What a packed file may unpack to. */
const MAX_BYTES = 64 * 1024 * 1024;

function toArray(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

function toText(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768)
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + 32768, bytes.length)));
  return text;
}

/** No time and no name in it: the same input gives the same bytes. */
export function gzip(text: string): string {
  return toText(gzipSync(toArray(text), { mtime: 0 }));
}

export function isGzip(data: string): boolean {
  return data.startsWith("\x1f\x8b");
}

/** Undefined when the data is broken. Throws SysError when it unpacks to too much. */
export function gunzip(data: string): string | undefined {
  const parts: string[] = [];
  let length = 0;
  let ended = false;
  try {
    const stream = new Gunzip((chunk, final) => {
      length += chunk.length;
      if (length > MAX_BYTES) throw new SysError("ENOSPC");
      parts.push(toText(chunk));
      ended = final;
    });
    const bytes = toArray(data);
    for (let at = 0; at < bytes.length; at += 16384)
      stream.push(bytes.subarray(at, at + 16384), at + 16384 >= bytes.length);
  } catch (error) {
    if (error instanceof SysError) throw error;
    return undefined;
  }
  return ended ? parts.join("") : undefined;
}

class Packer {
  readonly #sys: Sys;
  readonly #name: string;
  readonly #unpack: boolean;
  readonly #options: Options;

  constructor(sys: Sys, name: string, unpack: boolean, options: Options) {
    this.#sys = sys;
    this.#name = name;
    this.#unpack = unpack;
    this.#options = options;
  }

  #fault(problem: string): Fault {
    return new Fault(`${this.#name}: ${problem}\n`);
  }

  /** Throws Fault. */
  #convert(data: string): string {
    if (!this.#unpack) return gzip(data);
    if (!isGzip(data)) {
      if (this.#options.has("f") && this.#options.has("c")) return data;
      throw this.#fault(data === "" ? "short read" : "invalid magic");
    }
    const text = gunzip(data);
    if (text === undefined) throw this.#fault("corrupted data");
    return text;
  }

  *stream(): Task {
    const converted = this.#convert(yield* readAll(this.#sys, 0));
    if (!this.#options.has("t")) yield* this.#sys.write(1, converted);
  }

  /** One file: replaced by its other form, or written out. Throws Fault. */
  *file(path: string): Task {
    const sys = this.#sys;
    let data: string;
    try {
      if (sys.stat(path).type === "directory" && !this.#options.has("c")) {
        throw this.#fault(`${path}: Is a directory`);
      }
      data = yield* readFile(sys, path);
    } catch (error) {
      if (error instanceof Fault) throw error;
      throw this.#fault(`${path}: ${because(error)}`);
    }
    if (this.#options.has("c") || this.#options.has("t")) {
      const converted = this.#convert(data);
      if (!this.#options.has("t")) yield* sys.write(1, converted);
      return;
    }
    const target = this.#target(path);
    const converted = this.#convert(data);
    try {
      const flags = { write: true, create: true, exclusive: !this.#options.has("f"), truncate: true };
      const fd = sys.open(target, flags, sys.stat(path).mode);
      yield* sys.write(fd, converted);
      sys.close(fd);
    } catch (error) {
      throw this.#fault(`can't open '${target}': ${because(error)}`);
    }
    if (!this.#options.has("k")) sys.unlink(path);
  }

  #target(path: string): string {
    if (!this.#unpack) return `${path}.gz`;
    const match = /^(.*[^/])\.(gz|tgz|z|Z)$/.exec(path);
    if (!match) throw this.#fault(`${path}: unknown suffix - ignored`);
    return match[2] === "tgz" ? `${match[1]}.tar` : match[1]!;
  }
}

const packing = (name: string, unpack: boolean, toStdout: boolean): Program =>
  applet(name, function* (sys, args) {
    const options = parseOptions(name, args, "cfkdtvqn123456789", {
      stdout: "c",
      "to-stdout": "c",
      force: "f",
      keep: "k",
      decompress: "d",
      uncompress: "d",
      test: "t",
      verbose: "v",
      quiet: "q",
    });
    if (toStdout) options.add("c", "");
    const packer = new Packer(sys, name, unpack || options.has("d") || options.has("t"), options);
    let status = 0;
    for (const path of options.operands.length === 0 ? ["-"] : options.operands) {
      try {
        if (path === "-") yield* packer.stream();
        else yield* packer.file(path);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        yield* complain(sys, error.message);
        status = 1;
      }
    }
    return status;
  });

export const compressApplets: Readonly<Record<string, Program>> = {
  gzip: packing("gzip", false, false),
  gunzip: packing("gunzip", true, false),
  zcat: packing("zcat", true, true),
};
