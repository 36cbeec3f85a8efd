/** `test`, `[` and `[[`, as busybox evaluates them. */
import { type Stat, type Sys, SysError } from "../sys.ts";
import { compilePattern, matches } from "./pattern.ts";
import { PosixRegex, RegexProblem, RegexTooSlow } from "../regex/index.ts";

/** The words make no expression; the message lacks a program's name. */
export class TestError extends Error {}

export type TestFiles = Pick<Sys, "stat" | "lstat" | "fstat" | "access" | "isatty" | "uid" | "gid">;

/**
 * `args` with the command's own name first: "test", "[" or "[[" (whose closing bracket is asked for). The result is the
 * exit status. Throws TestError.
 */
export function evaluateTest(args: readonly string[], files: TestFiles): number {
  const name = args[0]!;
  let words = args.slice(1);
  if (name === "[" || name === "[[") {
    const close = name === "[" ? "]" : "]]";
    if (words.at(-1) !== close) throw new TestError(`missing ${close}`);
    words = words.slice(0, -1);
  }
  return new Expression(words, files, name === "[[").run() ? 0 : 1;
}

const UNARY = new Set([..."bcdefghknprstuwxzGLOS"].map((letter) => `-${letter}`));
const BINARY = new Set([
  "=",
  "==",
  "!=",
  "<",
  ">",
  "=~",
  "-eq",
  "-ne",
  "-lt",
  "-le",
  "-gt",
  "-ge",
  "-nt",
  "-ot",
  "-ef",
]);
const MAX_DEPTH = 200;

class Expression {
  readonly #words: readonly string[];
  readonly #files: TestFiles;
  readonly #patterns: boolean;
  #at = 0;
  #depth = 0;

  constructor(words: readonly string[], files: TestFiles, patterns: boolean) {
    this.#words = words;
    this.#files = files;
    this.#patterns = patterns;
  }

  run(): boolean {
    const words = this.#words;
    // With few words POSIX decides by their number, so that operators can be operands.
    let negated = false;
    let rest = words;
    while (rest.length > 0 && rest.length < 4 && rest[0] === "!" && !(rest.length === 3 && BINARY.has(rest[1]!))) {
      negated = !negated;
      rest = rest.slice(1);
    }
    if (rest.length === 0) return negated;
    if (rest.length === 1) return (rest[0] !== "") !== negated;
    if (rest.length === 3 && BINARY.has(rest[1]!)) return this.#binary(rest[0]!, rest[1]!, rest[2]!) !== negated;
    if (rest.length === 2 && UNARY.has(rest[0]!)) return this.#unary(rest[0]!, rest[1]!) !== negated;
    const value = this.#or();
    if (this.#at < words.length) throw new TestError(`${words[this.#at]}: unknown operand`);
    return value;
  }

  #or(): boolean {
    let value = this.#and();
    while (this.#words[this.#at] === "-o" || (this.#patterns && this.#words[this.#at] === "||")) {
      this.#at++;
      const right = this.#and();
      value = value || right;
    }
    return value;
  }

  #and(): boolean {
    let value = this.#not();
    while (this.#words[this.#at] === "-a" || (this.#patterns && this.#words[this.#at] === "&&")) {
      this.#at++;
      const right = this.#not();
      value = value && right;
    }
    return value;
  }

  #not(): boolean {
    let negated = false;
    while (this.#words[this.#at] === "!" && !BINARY.has(this.#words[this.#at + 1] ?? "")) {
      negated = !negated;
      this.#at++;
    }
    return this.#primary() !== negated;
  }

  #primary(): boolean {
    const word = this.#words[this.#at];
    if (word === undefined) throw new TestError("argument expected");
    const next = this.#words[this.#at + 1];
    const third = this.#words[this.#at + 2];
    if (next !== undefined && third !== undefined && BINARY.has(next)) {
      this.#at += 3;
      return this.#binary(word, next, third);
    }
    if (next !== undefined && third === undefined && BINARY.has(next))
      throw new TestError(`${next}: argument expected`);
    if (word === "(") {
      if (++this.#depth > MAX_DEPTH) throw new TestError("argument expected");
      this.#at++;
      const value = this.#or();
      if (this.#words[this.#at] !== ")") throw new TestError("closing paren expected");
      this.#at++;
      return value;
    }
    if (UNARY.has(word) && next !== undefined) {
      this.#at += 2;
      return this.#unary(word, next);
    }
    this.#at++;
    return word !== "";
  }

  #binary(left: string, operator: string, right: string): boolean {
    switch (operator) {
      case "=":
      case "==":
        return this.#patterns ? matches(compilePattern(right), left) : left === right;
      case "!=":
        return this.#patterns ? !matches(compilePattern(right), left) : left !== right;
      case "=~":
        return matchesExpression(left, right);
      case "<":
        return left < right;
      case ">":
        return left > right;
      case "-nt":
        return (this.#stat(left)?.mtime ?? -1) > (this.#stat(right)?.mtime ?? Infinity);
      case "-ot":
        return (this.#stat(left)?.mtime ?? Infinity) < (this.#stat(right)?.mtime ?? -1);
      case "-ef": {
        const a = this.#stat(left);
        const b = this.#stat(right);
        return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
      }
    }
    const a = integer(left);
    const b = integer(right);
    switch (operator) {
      case "-eq":
        return a === b;
      case "-ne":
        return a !== b;
      case "-lt":
        return a < b;
      case "-le":
        return a <= b;
      case "-gt":
        return a > b;
      default:
        return a >= b;
    }
  }

  #unary(operator: string, operand: string): boolean {
    const files = this.#files;
    switch (operator) {
      case "-n":
        return operand !== "";
      case "-z":
        return operand === "";
      case "-t": {
        const fd = integer(operand);
        try {
          return files.isatty(Number(fd));
        } catch (error) {
          if (error instanceof SysError) return false;
          throw error;
        }
      }
      case "-r":
        return operand !== "" && files.access(operand, "read");
      case "-w":
        return operand !== "" && files.access(operand, "write");
      case "-x":
        return operand !== "" && files.access(operand, "execute");
      case "-h":
      case "-L":
        return this.#stat(operand, true)?.type === "symlink";
    }
    const stat = this.#stat(operand);
    if (stat === undefined) return false;
    switch (operator) {
      case "-e":
        return true;
      case "-f":
        return stat.type === "file";
      case "-d":
        return stat.type === "directory";
      case "-p":
        return stat.type === "fifo";
      case "-S":
        return stat.type === "socket";
      case "-c":
        return stat.type === "chardev";
      case "-s":
        return stat.size > 0;
      case "-u":
        return (stat.mode & 0o4000) !== 0;
      case "-g":
        return (stat.mode & 0o2000) !== 0;
      case "-k":
        return (stat.mode & 0o1000) !== 0;
      case "-O":
        return stat.uid === files.uid;
      case "-G":
        return stat.gid === files.gid;
      default:
        return false;
    }
  }

  #stat(path: string, link = false): Stat | undefined {
    if (path === "") return undefined;
    try {
      return link ? this.#files.lstat(path) : this.#files.stat(path);
    } catch (error) {
      if (error instanceof SysError) return undefined;
      throw error;
    }
  }
}

function integer(text: string): bigint {
  const parsed = /^[ \t\n]*([-+]?)([0-9]+)[ \t\n]*$/.exec(text);
  if (!parsed) throw new TestError(text === "" ? "bad number" : `${text}: bad number`);
  if (parsed[2]!.length > 20) throw new TestError(`${text}: out of range`);
  const value = BigInt(parsed[2]!);
  return parsed[1] === "-" ? -value : value;
}

/** An extended regular expression, found anywhere in the text. */
function matchesExpression(text: string, expression: string): boolean {
  try {
    return new PosixRegex(expression, { extended: true }).test(text);
  } catch (error) {
    if (error instanceof RegexProblem || error instanceof RegexTooSlow) return false;
    throw error;
  }
}
