/** `comm`, `split`, `install`: files compared line by line, cut in pieces, and put in their place. */
import type { Task } from "../../time/task.ts";
import type { Program, Sys } from "../sys.ts";
import { changedMode } from "./fileMode.ts";
import { joinPath, statIfPresent } from "./fileTree.ts";
import { applet, because, complain, Fault, parseOptions, sizeNumber, usageFault, wholeNumber } from "./options.ts";
import { baseName, dirName } from "./simple.ts";
import { copyStream, LineReader, openOrFail, Output, readAll } from "./streams.ts";
import { readAccounts } from "./users.ts";

function* comm(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("comm", args, "123");
  const [first, second, more] = options.operands;
  if (first === undefined || second === undefined || more !== undefined) throw usageFault("comm");
  const readers: LineReader[] = [];
  for (const path of [first, second])
    readers.push(new LineReader(sys, path === "-" ? 0 : yield* openOrFail(sys, "comm", path)));
  const [left, right] = readers as [LineReader, LineReader];
  const out = new Output(sys);
  const indent = (column: number) => "\t".repeat(["1", "2"].filter((c, i) => i < column && !options.has(c)).length);
  function* show(column: number, line: string): Task {
    if (!options.has(String(column + 1))) yield* out.write(`${indent(column)}${line}\n`);
  }
  let [a, b] = [yield* left.next(), yield* right.next()];
  while (a !== undefined || b !== undefined) {
    if (b === undefined || (a !== undefined && a < b)) {
      yield* show(0, a!);
      a = yield* left.next();
    } else if (a === undefined || b < a) {
      yield* show(1, b);
      b = yield* right.next();
    } else {
      yield* show(2, a);
      [a, b] = [yield* left.next(), yield* right.next()];
    }
  }
  yield* out.flush();
  return 0;
}

/** "aa" → "ab" … "az" → "ba"; undefined after the last. */
function nextSuffix(suffix: string): string | undefined {
  const end = suffix.replace(/z+$/, "");
  if (end === "") return undefined;
  const last = String.fromCharCode(end.charCodeAt(end.length - 1) + 1);
  return end.slice(0, -1) + last + "a".repeat(suffix.length - end.length);
}

/** The length of the piece that `data` begins with. */
function pieceLength(data: string, count: number, bytes: boolean): number {
  if (bytes) return Math.min(count, data.length);
  let at = 0;
  for (let n = 0; n < count && at < data.length; n++) {
    const end = data.indexOf("\n", at);
    at = end < 0 ? data.length : end + 1;
  }
  return at;
}

function* split(sys: Sys, args: readonly string[]): Task<number> {
  const old = args.map((arg) => (/^-\d+$/.test(arg) ? `-l${arg.slice(1)}` : arg));
  const options = parseOptions("split", old, "l:b:a:");
  const bytes = options.has("b");
  const count = bytes ? sizeNumber("split", options.value("b")!) : wholeNumber("split", options.value("l") ?? "1000");
  const [input, prefix = "x", more] = options.operands;
  if (more !== undefined) throw usageFault("split");
  if (count === 0) throw new Fault("split: number 0 is not in 1..9223372036854775807 range\n");
  const letters = wholeNumber("split", options.value("a") ?? "2");
  let suffix: string | undefined = "a".repeat(letters);
  let data = yield* readAll(sys, input === undefined || input === "-" ? 0 : yield* openOrFail(sys, "split", input));
  while (data !== "") {
    if (suffix === undefined) throw new Fault("split: suffixes exhausted\n");
    const length = pieceLength(data, count, bytes);
    const flags = { write: true, create: true, truncate: true } as const;
    const fd = yield* openOrFail(sys, "split", prefix + suffix, flags);
    yield* sys.write(fd, data.slice(0, length));
    sys.close(fd);
    data = data.slice(length);
    suffix = nextSuffix(suffix);
  }
  return 0;
}

function makeFolders(sys: Sys, path: string): void {
  if (path === "." || path === "/" || statIfPresent(sys, path)?.type === "directory") return;
  makeFolders(sys, dirName(path));
  sys.mkdir(path, 0o755);
}

function* install(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("install", args, "cvb:dDpsg:m:o:t:", {
    directory: "d",
    "preserve-timestamps": "p",
    strip: "s",
    group: "g",
    mode: "m",
    owner: "o",
    verbose: "v",
    "target-directory": "t",
  });
  const accounts = yield* readAccounts(sys);
  const number = (kind: "user" | "group", text: string | undefined) => {
    if (text === undefined) return -1;
    const known =
      kind === "user"
        ? accounts.users.find(({ name }) => name === text)?.uid
        : accounts.groups.find(({ name }) => name === text)?.gid;
    if (known === undefined && !/^\d+$/.test(text)) throw new Fault(`install: unknown ${kind} ${text}\n`);
    return known ?? Number(text);
  };
  const [uid, gid] = [number("user", options.value("o")), number("group", options.value("g"))];
  const modeWord = options.value("m") ?? "755";
  const mode = changedMode(modeWord, 0, options.has("d"), sys.umask);
  if (mode === undefined) throw new Fault(`install: invalid mode '${modeWord}'\n`);
  function settle(path: string): void {
    sys.chmod(path, mode!);
    if (uid >= 0 || gid >= 0) sys.chown(path, uid, gid);
  }
  const words = options.operands;
  let status = 0;
  if (options.has("d")) {
    for (const path of words) {
      try {
        makeFolders(sys, path);
        settle(path);
      } catch (error) {
        yield* complain(sys, `install: can't create directory '${path}': ${because(error)}\n`);
        status = 1;
      }
    }
    return status;
  }
  const target = options.value("t") ?? words.at(-1);
  const sources = options.has("t") ? words : words.slice(0, -1);
  if (target === undefined || sources.length === 0) throw usageFault("install");
  const intoFolder = options.has("t") || statIfPresent(sys, target)?.type === "directory";
  for (const source of sources) {
    const path = intoFolder ? joinPath(target, baseName(source)) : target;
    try {
      if (options.has("D")) makeFolders(sys, dirName(path));
      if (options.has("v")) yield* sys.write(1, `'${source}' -> '${path}'\n`);
      const from = yield* openOrFail(sys, "install", source);
      if (statIfPresent(sys, path)) sys.unlink(path);
      const to = sys.open(path, { write: true, create: true, truncate: true }, 0o600);
      yield* copyStream(sys, from, to);
      sys.close(from);
      sys.close(to);
      if (options.has("p")) {
        const { atime, mtime } = sys.stat(source);
        sys.utimes(path, atime, mtime);
      }
      settle(path);
    } catch (error) {
      const text = error instanceof Fault ? error.message : `install: can't create '${path}': ${because(error)}\n`;
      yield* complain(sys, text);
      status = 1;
    }
  }
  return status;
}

export const pieceApplets: Readonly<Record<string, Program>> = {
  comm: applet("comm", comm),
  install: applet("install", install),
  split: applet("split", split),
};
