/** `read`: one line into variables. */
import type { Task } from "../../time/task.ts";
import { SysError } from "../sys.ts";
import { isName } from "./parser.ts";
import type { Shell } from "./shell.ts";

interface ReadOptions {
  raw: boolean;
  silent: boolean;
  prompt: string;
  count: number;
  timeoutMs: number | undefined;
  fd: number;
  delimiter: string;
}

const MAX_LINE = 1 << 20;

export function* readCommand(shell: Shell, args: readonly string[]): Task<number> {
  const options: ReadOptions = {
    raw: false,
    silent: false,
    prompt: "",
    count: 0,
    timeoutMs: undefined,
    fd: 0,
    delimiter: "\n",
  };
  const complain = (message: string): Task => shell.error(`${shell.appletName}: read: ${message}\n`);
  let fault: string | undefined;
  let at = 1;
  for (; at < args.length; at++) {
    const word = args[at]!;
    if (!word.startsWith("-") || word === "-") break;
    if (word === "--") {
      at++;
      break;
    }
    for (let i = 1; i < word.length; i++) {
      const letter = word[i]!;
      if (letter === "r") options.raw = true;
      else if (letter === "s") options.silent = true;
      else if ("pntud".includes(letter)) {
        const value = i + 1 < word.length ? word.slice(i + 1) : (args[++at] ?? "");
        fault ??= setOption(options, letter, value);
        break;
      } else {
        yield* shell.say(`illegal option -${letter}`);
        return 2;
      }
    }
  }
  const names = args.slice(at);
  const bad = names.find((name) => !isName(name));
  if (bad !== undefined) {
    yield* complain(`'${bad}': bad variable name`);
    return 1;
  }
  if (fault !== undefined) {
    yield* shell.say(fault);
    return 2;
  }
  if (options.prompt !== "" && shell.sys.isatty(options.fd)) yield* shell.error(options.prompt);
  let line: ReadLine;
  try {
    line = yield* readLine(shell, options);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return 1;
  }
  assign(shell, names, line);
  return line.complete ? 0 : 1;
}

/** The fault's text, if there is one. */
function setOption(options: ReadOptions, letter: string, value: string): string | undefined {
  switch (letter) {
    case "p":
      options.prompt = value;
      return undefined;
    case "d":
      options.delimiter = value === "" ? "\0" : value[0]!;
      return undefined;
    case "t":
      if (!/^\d+(\.\d*)?$/.test(value)) return "invalid timeout";
      options.timeoutMs = Math.floor(Number(value) * 1000);
      return undefined;
    default:
      if (!/^\d{1,6}$/.test(value)) return letter === "n" ? "invalid count" : "invalid file descriptor";
      if (letter === "n") options.count = Number(value);
      else options.fd = Number(value);
      return undefined;
  }
}

interface ReadLine {
  readonly text: string;
  /** For each character of the text: was it escaped, so that it does not separate? */
  readonly escaped: readonly boolean[];
  /** The delimiter was found before the input's end. */
  readonly complete: boolean;
}

function* readLine(shell: Shell, options: ReadOptions): Task<ReadLine> {
  const { sys } = shell;
  const { fd, delimiter, raw, count, timeoutMs } = options;
  const until = timeoutMs === undefined ? undefined : sys.uptime() + timeoutMs;
  if (!sys.isOpen(fd)) throw new SysError("EBADF");
  // A file's position can be set back; from a pipe no byte too much may be taken.
  const canSeek = sys.fstat(fd).type === "file";
  let buffer = "";
  let used = 0;
  let text = "";
  const escaped: boolean[] = [];
  let backslash = false;
  let complete = false;
  while (text.length < MAX_LINE) {
    if (used >= buffer.length) {
      const left = until === undefined ? undefined : Math.max(0, until - sys.uptime());
      buffer = yield* read(shell, fd, canSeek ? 4096 : 1, left);
      used = 0;
      if (buffer === "") break;
    }
    const c = buffer[used++]!;
    if (c === "\0" && delimiter !== "\0") continue;
    if (backslash) {
      backslash = false;
      if (c === "\n") continue;
      text += c;
      escaped.push(true);
    } else if (!raw && c === "\\") {
      backslash = true;
      continue;
    } else if (c === delimiter) {
      complete = true;
      break;
    } else {
      text += c;
      escaped.push(false);
    }
    if (count > 0 && text.length >= count) {
      complete = true;
      break;
    }
  }
  if (canSeek && used < buffer.length) sys.lseek(fd, used - buffer.length, "cur");
  return { text, escaped, complete };
}

/** A signal that nobody hears, like SIGCHLD, does not end the wait. */
function* read(shell: Shell, fd: number, max: number, timeoutMs: number | undefined): Task<string> {
  for (;;) {
    try {
      return yield* shell.sys.read(fd, max, timeoutMs);
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== "EINTR") throw error;
      if (shell.pendingSignals.size > 0 || shell.interrupted) throw error;
    }
  }
}

function assign(shell: Shell, names: readonly string[], { text, escaped }: ReadLine): void {
  const { variables } = shell;
  if (names.length === 0) {
    variables.set("REPLY", text);
    return;
  }
  const ifs = variables.get("IFS") ?? " \t\n";
  const separates = (at: number): boolean => !escaped[at] && ifs.includes(text[at]!);
  const blank = (at: number): boolean => separates(at) && " \t\n".includes(text[at]!);
  let at = 0;
  while (at < text.length && blank(at)) at++;
  for (const [index, name] of names.entries()) {
    const start = at;
    if (index === names.length - 1) {
      let end = text.length;
      while (end > start && blank(end - 1)) end--;
      // A single separator that ends the only field left belongs to it no more than blanks do.
      let first = start;
      while (first < end && !separates(first)) first++;
      if (first === end - 1 && separates(first)) end = first;
      variables.set(name, text.slice(start, end));
      return;
    }
    while (at < text.length && !separates(at)) at++;
    variables.set(name, text.slice(start, at));
    while (at < text.length && blank(at)) at++;
    if (at < text.length && separates(at) && !(at > start && blank(at))) {
      at++;
      while (at < text.length && blank(at)) at++;
    }
  }
}
