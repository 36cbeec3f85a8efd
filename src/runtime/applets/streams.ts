/** Reading and writing in chunks, so that a program at the end of a pipe sees data as it comes. */
import type { Task } from "../../time/task.ts";
import { hold, outgrow } from "../heldMemory.ts";
import { type OpenFlags, type Sys, SysError } from "../sys.ts";
import { because, complain, Fault } from "./options.ts";

const CHUNK = 65536;
/** What a program keeps in memory at most; a learner's script must not exhaust the simulator's. */
const MAX_HELD = 64 * 1024 * 1024;

/** Copies all that comes from one descriptor to another; the number of bytes. */
export function* copyStream(sys: Sys, from: number, to: number): Task<number> {
  let count = 0;
  for (;;) {
    const data = yield* sys.read(from, CHUNK);
    if (data === "") return count;
    count += data.length;
    yield* sys.write(to, data);
  }
}

/** More than can be held. Throws ENOMEM, unless the program's container has a limit that ends it. */
export function* giveUp(sys: Sys): Task {
  yield* outgrow(sys);
  throw new SysError("ENOMEM");
}

/** Everything up to the end. Throws ENOMEM when it is too much to hold. */
export function* readAll(sys: Sys, fd: number): Task<string> {
  const parts: string[] = [];
  let length = 0;
  for (;;) {
    const data = yield* sys.read(fd, CHUNK);
    if (data === "") return parts.join("");
    parts.push(data);
    yield* hold(sys, length, length + data.length);
    length += data.length;
    if (length > MAX_HELD) yield* giveUp(sys);
  }
}

/** A whole file's bytes. Throws SysError. */
export function* readFile(sys: Sys, path: string): Task<string> {
  const fd = yield* sys.openBlocking(path, { read: true });
  try {
    return yield* readAll(sys, fd);
  } finally {
    sys.close(fd);
  }
}

/** A file's bytes, or undefined when it cannot be read. */
export function* readIfPresent(sys: Sys, path: string): Task<string | undefined> {
  try {
    return yield* readFile(sys, path);
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
}

/** Lines of a descriptor, without their line feed. */
export class LineReader {
  /** Whether the line read last ended in a line feed. */
  terminated = true;
  readonly #sys: Sys;
  readonly #fd: number;
  readonly #separator: string;
  #held = "";
  #at = 0;

  constructor(sys: Sys, fd: number, separator = "\n") {
    this.#sys = sys;
    this.#fd = fd;
    this.#separator = separator;
  }

  /** Is a whole line here already, so that `next` does not block? */
  get ready(): boolean {
    return this.#held.indexOf(this.#separator, this.#at) >= 0;
  }

  *next(): Task<string | undefined> {
    // Pieces of a line that does not end yet: put together once, however long it gets.
    const pieces: string[] = [];
    let length = 0;
    for (;;) {
      const end = this.#held.indexOf(this.#separator, this.#at);
      if (end >= 0) {
        pieces.push(this.#held.slice(this.#at, end));
        this.#at = end + 1;
        this.terminated = true;
        return pieces.length === 1 ? pieces[0] : pieces.join("");
      }
      if (this.#at < this.#held.length) pieces.push(this.#held.slice(this.#at));
      const before = length;
      length += this.#held.length - this.#at;
      if (length > MAX_HELD) yield* giveUp(this.#sys);
      if (length > before) yield* hold(this.#sys, before, length);
      this.#held = yield* this.#sys.read(this.#fd, CHUNK);
      this.#at = 0;
      if (this.#held === "") {
        if (pieces.length === 0) return undefined;
        this.terminated = false;
        return pieces.join("");
      }
    }
  }
}

const BLOCK = 4096;

/** Output that is gathered and written when there is enough of it, or on `flush`. */
export class Output {
  #parts: string[] = [];
  #length = 0;
  readonly #sys: Sys;
  readonly #fd: number;

  constructor(sys: Sys, fd = 1) {
    this.#sys = sys;
    this.#fd = fd;
  }

  /** Keeps `text` for later; `true` when it is time to flush. */
  add(text: string): boolean {
    this.#parts.push(text);
    this.#length += text.length;
    return this.#length >= BLOCK;
  }

  *write(text: string): Task {
    if (this.add(text)) yield* this.flush();
  }

  /**
   * For now nothing more is to come: a terminal sees what there is, a pipe or a file only what fills a block, as with
   * C's buffered output.
   */
  *settle(): Task {
    if (this.#length >= BLOCK || this.#sys.isatty(this.#fd)) yield* this.flush();
  }

  *flush(): Task {
    if (this.#length === 0) return;
    const text = this.#parts.join("");
    this.#parts = [];
    this.#length = 0;
    yield* this.#sys.write(this.#fd, text);
  }
}

/**
 * Opens each operand ("-" and no operand at all: stdin) and hands it to `use`. One that cannot be opened is told on stderr
 * as "NAME: can't open 'x': …" (or `format`), one that cannot be read as "NAME: read error: …" (or `formatRead`); the result
 * is then 1.
 */
export function* eachInput(
  sys: Sys,
  name: string,
  operands: readonly string[],
  use: (fd: number, label: string, index: number) => Task,
  format: (path: string, reason: string) => string = (path, reason) => `${name}: can't open '${path}': ${reason}\n`,
  formatRead: (path: string, reason: string) => string = (path, reason) =>
    `${name}: ${name === "grep" ? path : "read error"}: ${reason}\n`,
): Task<number> {
  let status = 0;
  const inputs = operands.length === 0 ? ["-"] : operands;
  for (const [index, path] of inputs.entries()) {
    if (path === "-") {
      yield* use(0, path, index);
      continue;
    }
    let fd: number;
    try {
      fd = yield* sys.openBlocking(path, { read: true });
    } catch (error) {
      yield* complain(sys, format(path, because(error)));
      status = 1;
      continue;
    }
    try {
      yield* use(fd, path, index);
    } catch (error) {
      if (!(error instanceof SysError) || (error.errno !== "EISDIR" && error.errno !== "EIO")) throw error;
      yield* complain(sys, formatRead(path, because(error)));
      status = 1;
    } finally {
      sys.close(fd);
    }
  }
  return status;
}

/** Opens for reading or ends the applet with "NAME: can't open 'x': …". */
export function* openOrFail(sys: Sys, name: string, path: string, flags: OpenFlags = { read: true }): Task<number> {
  try {
    return yield* sys.openBlocking(path, flags, 0o666);
  } catch (error) {
    throw new Fault(`${name}: can't open '${path}': ${because(error)}\n`);
  }
}
