/** `grep`, `egrep` and `fgrep`. */
import type { Task } from "../../time/task.ts";
import { PosixRegex, type RegexFlags, RegexProblem } from "../regex/index.ts";
import { type Program, type Sys, SysError } from "../sys.ts";
import { joinPath, statIfPresent } from "./fileTree.ts";
import { applet, because, complain, Fault, type Options, parseOptions, usageFault } from "./options.ts";
import { Pace } from "./pace.ts";
import { LineReader, Output, readFile } from "./streams.ts";

/** Where a pattern was found in a line. */
interface Found {
  readonly index: number;
  readonly end: number;
}

interface Pattern {
  /** Finds the pattern as the options ask; `again` looks further on in a line, for `-o`. */
  readonly find: (line: string) => Found | undefined;
  readonly again: ((line: string, from: number) => Found | undefined) | undefined;
}

const isWord = (c: string | undefined) => c !== undefined && /\w/.test(c);

function fixedPattern(source: string, options: Options): Pattern {
  const fold = (text: string) => (options.has("i") ? text.toLowerCase() : text);
  const wanted = fold(source);
  const find = (given: string): Found | undefined => {
    const line = fold(given);
    if (options.has("x")) return line === wanted ? { index: 0, end: line.length } : undefined;
    for (let index = line.indexOf(wanted); index >= 0; index = line.indexOf(wanted, index + 1)) {
      const end = index + wanted.length;
      if (!options.has("w") || (!isWord(line[index - 1]) && !isWord(line[end]))) return { index, end };
      if (index >= line.length) return undefined;
    }
    return undefined;
  };
  return { find, again: undefined };
}

function regexPattern(regex: PosixRegex, options: Options): Pattern {
  const find = (line: string): Found | undefined => {
    for (let from = 0; ; ) {
      const match = regex.exec(line, from);
      if (!match) return undefined;
      if (options.has("x")) return match.index === 0 && match.end === line.length ? match : undefined;
      if (!options.has("w")) return match;
      if (!isWord(line[match.index - 1]) && !isWord(line[match.end])) return match;
      if (match.end === from) return undefined;
      from = match.end;
    }
  };
  const tests = !options.has("x") && !options.has("w") && !options.has("o");
  return {
    find: tests ? (line) => (regex.test(line) ? { index: 0, end: 0 } : undefined) : find,
    again: (line, from) => regex.execAfter(line, from),
  };
}

function* patternsOf(sys: Sys, name: string, options: Options, operands: string[]): Task<Pattern[]> {
  const sources = options.values("e").flatMap((text) => text.split("\n"));
  for (const file of options.values("f")) {
    try {
      const text = yield* readFile(sys, file === "-" ? "/dev/stdin" : file);
      if (text !== "") sources.push(...text.replace(/\n$/, "").split("\n"));
    } catch (error) {
      throw new Fault(`grep: ${file}: ${because(error)}\n`);
    }
  }
  if (!options.has("e") && !options.has("f")) {
    const pattern = operands.shift();
    if (pattern === undefined) throw usageFault("grep");
    sources.push(...pattern.split("\n"));
  }
  if (options.has("F") || name === "fgrep") return sources.map((source) => fixedPattern(source, options));
  const flags = { extended: options.has("E") || name === "egrep", ignoreCase: options.has("i"), lenient: true };
  return sources.map((source) => regexPattern(compile(source, flags), options));
}

/** grep does not say what is wrong. */
function compile(source: string, flags: RegexFlags): PosixRegex {
  try {
    return new PosixRegex(source, flags);
  } catch (error) {
    if (!(error instanceof RegexProblem)) throw error;
    throw new Fault(`grep: bad regex '${source}'\n`);
  }
}

function number(options: Options, option: string): number | undefined {
  const text = options.value(option);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new Fault(`grep: invalid number '${text}'\n`);
  return Number(text);
}

class Grep {
  found = false;
  failed = false;
  readonly #out: Output;
  readonly #pace: Pace;
  readonly #sys: Sys;
  readonly #options: Options;
  readonly #patterns: readonly Pattern[];
  readonly #withName: boolean;
  readonly #after: number;
  readonly #before: number;
  readonly #limit: number;
  #printedBefore = false;

  constructor(sys: Sys, options: Options, patterns: readonly Pattern[], withName: boolean) {
    this.#sys = sys;
    this.#options = options;
    this.#patterns = patterns;
    this.#withName = withName;
    this.#out = new Output(sys);
    this.#pace = new Pace(sys);
    this.#after = number(options, "A") ?? number(options, "C") ?? 0;
    this.#before = number(options, "B") ?? number(options, "C") ?? 0;
    this.#limit = number(options, "m") ?? Number.POSITIVE_INFINITY;
  }

  /** One file's lines; `true` when `-q` is satisfied. */
  *search(fd: number, title: string): Task<boolean> {
    const options = this.#options;
    const end = options.has("z") ? "\0" : "\n";
    const lines = new LineReader(this.#sys, fd, end);
    const listing = options.has("q") || options.has("l") || options.has("L");
    let count = 0;
    let lineNumber = 0;
    let lastShown = 0;
    let trailing = 0;
    const held: string[] = [];
    const show = (text: string, at: number, mark: string) => {
      if ((this.#before > 0 || this.#after > 0) && this.#printedBefore && lastShown !== at - 1) this.#out.add("--\n");
      this.#printedBefore = true;
      lastShown = at;
      this.#out.add(`${this.#withName ? title + mark : ""}${options.has("n") ? at + mark : ""}${text}${end}`);
    };
    for (;;) {
      if (!lines.ready) {
        yield* this.#out.flush();
        this.#pace.rested();
      }
      const line = yield* lines.next();
      if (line === undefined) break;
      lineNumber++;
      if (this.#pace.step(1 + line.length / 64)) yield* this.#pace.pay();
      const match = this.#match(line);
      if ((match !== undefined) !== options.has("v")) {
        count++;
        this.found = true;
        if (listing) {
          if (options.has("q")) return true;
          break;
        }
        if (count > this.#limit) {
          break;
        }
        if (!options.has("c")) {
          held.forEach((text, i) => void show(text, lineNumber - held.length + i, "-"));
          held.length = 0;
          trailing = this.#after;
          if (!options.has("o")) show(line, lineNumber, ":");
          else if (match) for (const part of partsOf(line, match)) show(part, lineNumber, ":");
        }
      } else if (trailing > 0) {
        trailing--;
        show(line, lineNumber, "-");
      } else if (this.#before > 0) {
        held.push(line);
        if (held.length > this.#before) held.shift();
      }
      if (count === this.#limit && trailing === 0) break;
    }
    if (options.has("c")) this.#out.add(`${this.#withName ? `${title}:` : ""}${count}\n`);
    else if ((options.has("l") && count > 0) || (options.has("L") && count === 0)) this.#out.add(`${title}\n`);
    yield* this.#out.flush();
    return false;
  }

  #match(line: string): (Found & { pattern: Pattern }) | undefined {
    for (const pattern of this.#patterns) {
      const found = pattern.find(line);
      if (found) return { index: found.index, end: found.end, pattern };
    }
    return undefined;
  }

  /** A file, or all files below a folder; `true` when `-q` is satisfied. */
  *path(path: string, depth: number): Task<boolean> {
    const recursive = this.#options.has("r") || this.#options.has("R");
    if (recursive && path !== "-" && statIfPresent(this.#sys, path)?.type === "directory") {
      if (depth >= 100) return false;
      for (const entry of this.#sys.readdir(path).sort()) {
        if (entry !== "." && entry !== ".." && (yield* this.path(joinPath(path, entry), depth + 1))) return true;
      }
      return false;
    }
    let fd = 0;
    try {
      if (path !== "-") fd = yield* this.#sys.openBlocking(path, { read: true });
      return yield* this.search(fd, path === "-" ? "(standard input)" : path);
    } catch (error) {
      if (!(error instanceof SysError) || error.errno === "EPIPE" || error.errno === "EINTR") throw error;
      if (fd > 0 && error.errno === "EISDIR") return false;
      this.failed = true;
      if (!this.#options.has("s")) yield* complain(this.#sys, `grep: ${path}: ${because(error)}\n`);
      return false;
    } finally {
      if (fd > 2 && this.#sys.isOpen(fd)) this.#sys.close(fd);
    }
  }
}

function* partsOf(line: string, first: Found & { pattern: Pattern }): Generator<string> {
  const { again } = first.pattern;
  for (let found: Found | undefined = first; found; ) {
    if (found.end > found.index) yield line.slice(found.index, found.end);
    if (found.end >= line.length || !again) return;
    found = again(line, found.end + (found.end === found.index ? 1 : 0));
  }
}

const grepProgram = (name: "grep" | "egrep" | "fgrep"): Program =>
  applet(
    name,
    function* (sys, args) {
      const options = parseOptions("grep", args, "HhnlLoqvscFEiwxrRe:f:m:A:B:C:azI\x01::", {
        color: "\x01",
      });
      const operands = [...options.operands];
      const patterns = yield* patternsOf(sys, name, options, operands);
      const recursive = options.has("r") || options.has("R");
      const withName = (options.has("H") || operands.length > 1 || recursive) && !options.has("h");
      const grep = new Grep(sys, options, patterns, withName);
      for (const path of operands.length === 0 ? ["-"] : operands) {
        if (yield* grep.path(path, 0)) return 0;
      }
      if (grep.failed) return 2;
      return grep.found ? 0 : 1;
    },
    2,
  );

export const grepApplets: Readonly<Record<string, Program>> = {
  grep: grepProgram("grep"),
  egrep: grepProgram("egrep"),
  fgrep: grepProgram("fgrep"),
};
