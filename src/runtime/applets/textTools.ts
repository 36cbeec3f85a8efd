/** Small applets on text: expand, unexpand, fold, cmp, strings, dos2unix, unix2dos, shuf, factor. */
import type { Task } from "../../time/task.ts";
import type { Program, Sys } from "../sys.ts";
import { applet, because, complain, Fault, parseOptions, usageFault, wholeNumber } from "./options.ts";
import { eachInput, LineReader, Output, readAll } from "./streams.ts";

const ofFile = (name: string) => (path: string, reason: string) => `${name}: ${path}: ${reason}\n`;

/** All of a file or stdin. Throws Fault in the words of fopen. */
function* wholeFile(sys: Sys, name: string, path: string): Task<string> {
  if (path === "-") return yield* readAll(sys, 0);
  try {
    const fd = yield* sys.openBlocking(path, { read: true });
    try {
      return yield* readAll(sys, fd);
    } finally {
      sys.close(fd);
    }
  } catch (error) {
    throw new Fault(`${name}: ${path}: ${because(error)}\n`);
  }
}

/** Runs `change` over each line of the inputs. */
function* eachLine(sys: Sys, name: string, paths: readonly string[], change: (line: string) => string): Task<number> {
  const out = new Output(sys);
  return yield* eachInput(
    sys,
    name,
    paths,
    function* (fd) {
      const lines = new LineReader(sys, fd);
      for (let line = yield* lines.next(); line !== undefined; line = yield* lines.next()) {
        out.add(change(line) + (lines.terminated ? "\n" : ""));
        if (!lines.ready) yield* out.flush();
      }
      yield* out.flush();
    },
    ofFile(name),
  );
}

function expandLine(line: string, width: number, onlyLeading: boolean): string {
  let out = "";
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (onlyLeading && c !== " " && c !== "\t") return out + line.slice(i);
    out += c === "\t" ? " ".repeat(width - (out.length % width)) : c;
  }
  return out;
}

function unexpandLine(line: string, width: number, all: boolean): string {
  let out = "";
  let column = 0;
  let at = 0;
  while (at < line.length) {
    const start = column;
    let end = at;
    while (line[end] === " " || line[end] === "\t") {
      column += line[end] === "\t" ? width - (column % width) : 1;
      end++;
    }
    if (end > at) {
      // Blanks up to each stop become one tab.
      let place = start;
      while (Math.floor(place / width) !== Math.floor(column / width)) {
        out += "\t";
        place += width - (place % width);
      }
      out += " ".repeat(column - place);
      at = end;
    }
    if (!all && end > 0) return out + line.slice(at);
    while (at < line.length && line[at] !== " " && line[at] !== "\t") {
      out += line[at++];
      column++;
    }
    if (!all) return out + line.slice(at);
  }
  return out;
}

function foldLine(line: string, width: number, atBlanks: boolean, bytes: boolean): string {
  const rows: string[] = [];
  let row = "";
  let column = 0;
  const advance = (c: string, from: number) => {
    if (bytes) return from + 1;
    if (c === "\b") return Math.max(0, from - 1);
    if (c === "\r") return 0;
    return c === "\t" ? from + 8 - (from % 8) : from + 1;
  };
  for (const c of line) {
    if (advance(c, column) > width && row !== "") {
      const blank = atBlanks ? row.search(/[ \t][^ \t]*$/) : -1;
      const kept = blank < 0 ? "" : row.slice(blank + 1);
      rows.push(blank < 0 ? row : row.slice(0, blank + 1));
      row = kept;
      column = 0;
      for (const held of kept) column = advance(held, column);
    }
    row += c;
    column = advance(c, column);
  }
  return [...rows, row].join("\n");
}

function* compare(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("cmp", args, "sln:");
  const { operands } = options;
  if (operands.length < 1 || operands.length > 4) throw usageFault("cmp");
  const [first, second = "-"] = operands as [string, string?];
  const skip = operands.slice(2).map((text) => wholeNumber("cmp", text));
  const limit = options.has("n") ? wholeNumber("cmp", options.value("n")!) : Number.POSITIVE_INFINITY;
  const read = function* (path: string): Task<string | undefined> {
    try {
      return yield* wholeFile(sys, "cmp", path);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (!options.has("s")) yield* complain(sys, error.message);
      return undefined;
    }
  };
  const before = yield* read(first);
  if (before === undefined) return 2;
  const after = yield* read(second);
  if (after === undefined) return 2;
  const a = before.slice(skip[0] ?? 0).slice(0, limit);
  const b = after.slice(skip[1] ?? 0).slice(0, limit);
  let status = 0;
  let line = 1;
  let text = "";
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (i >= a.length || i >= b.length) {
      if (!options.has("s")) {
        yield* sys.write(1, text);
        yield* complain(sys, `cmp: EOF on ${i >= a.length ? first : second}\n`);
      }
      return 1;
    }
    if (a[i] !== b[i]) {
      status = 1;
      if (options.has("s")) return 1;
      if (!options.has("l")) {
        yield* sys.write(1, `${first} ${second} differ: char ${i + 1}, line ${line}\n`);
        return 1;
      }
      const octal = (c: string) => c.charCodeAt(0).toString(8).padStart(3);
      text += `${String(i + 1).padStart(String(Math.max(a.length, b.length)).length > 0 ? 1 : 1)} ${octal(a[i]!)} ${octal(b[i]!)}\n`;
    }
    if (a[i] === "\n") line++;
  }
  yield* sys.write(1, text);
  return status;
}

function* strings(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("strings", args, "afon:t:");
  const least = options.has("n") ? wholeNumber("strings", options.value("n")!) : 4;
  const radix = { o: 8, d: 10, x: 16 }[options.has("o") ? "o" : (options.value("t") ?? "")];
  const pattern = new RegExp(`[\\t -~]{${Math.min(least, 10_000)},}`, "g");
  return yield* eachInput(
    sys,
    "strings",
    options.operands,
    function* (fd, label) {
      const data = yield* readAll(sys, fd);
      const out = new Output(sys);
      const name = options.has("f") ? `${label === "-" ? "{standard input}" : label}: ` : "";
      for (const match of data.matchAll(pattern)) {
        const offset = radix === undefined ? "" : `${match.index.toString(radix).padStart(7)} `;
        yield* out.write(`${name}${offset}${match[0]}\n`);
      }
      yield* out.flush();
    },
    ofFile("strings"),
  );
}

const convertEnds = (name: "dos2unix" | "unix2dos"): Program =>
  applet(name, function* (sys, args) {
    const options = parseOptions(name, args, "ud");
    const toDos = options.has("d") || (name === "unix2dos" && !options.has("u"));
    const convert = (text: string) => (toDos ? text.replace(/\r?\n/g, "\r\n") : text.replace(/\r\n/g, "\n"));
    if (options.operands.length === 0) {
      yield* sys.write(1, convert(yield* readAll(sys, 0)));
      return 0;
    }
    for (const path of options.operands) {
      const text = convert(yield* wholeFile(sys, name, path));
      const fd = sys.open(path, { write: true, truncate: true });
      yield* sys.write(fd, text);
      sys.close(fd);
    }
    return 0;
  });

function* shuffle(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("shuf", args, "zeo:n:i:");
  let lines: string[];
  const end = options.has("z") ? "\0" : "\n";
  if (options.has("i")) {
    const match = /^(\d+)-(\d+)$/.exec(options.value("i")!);
    if (!match || Number(match[2]) < Number(match[1])) throw new Fault(`shuf: bad range '${options.value("i")}'\n`);
    const count = Number(match[2]) - Number(match[1]) + 1;
    if (count > 10_000_000) throw new Fault("shuf: out of memory\n");
    lines = Array.from({ length: count }, (_v, i) => String(Number(match[1]) + i));
  } else if (options.has("e")) lines = [...options.operands];
  else {
    const text = yield* wholeFile(sys, "shuf", options.operands[0] ?? "-");
    lines = text === "" ? [] : (text.endsWith(end) ? text.slice(0, -1) : text).split(end);
  }
  for (let i = lines.length - 1; i > 0; i--) {
    const other = Math.floor(sys.random() * (i + 1));
    [lines[i], lines[other]] = [lines[other]!, lines[i]!];
  }
  const count = options.has("n") ? wholeNumber("shuf", options.value("n")!) : lines.length;
  const target = options.value("o");
  const fd = target === undefined ? 1 : sys.open(target, { write: true, create: true, truncate: true }, 0o666);
  yield* sys.write(fd, lines.slice(0, count).map((line) => line + end).join("")); // biome-ignore format: one thought
  return 0;
}

function factors(text: string): string {
  if (!/^\+?\d{1,15}$/.test(text)) throw usageFault("factor");
  let rest = Number(text);
  let out = `${rest}:`;
  for (let divisor = 2; divisor * divisor <= rest; divisor += divisor === 2 ? 1 : 2) {
    while (rest % divisor === 0) {
      out += ` ${divisor}`;
      rest /= divisor;
    }
  }
  return `${out}${rest > 1 ? ` ${rest}` : ""}\n`;
}

export const textApplets: Readonly<Record<string, Program>> = {
  expand: applet("expand", function* (sys, args) {
    const options = parseOptions("expand", args, "it:", { initial: "i", tabs: "t" });
    const width = options.has("t") ? wholeNumber("expand", options.value("t")!) : 8;
    return yield* eachLine(sys, "expand", options.operands, (line) => expandLine(line, width || 8, options.has("i")));
  }),
  unexpand: applet("unexpand", function* (sys, args) {
    const options = parseOptions("unexpand", args, "fat:", { "first-only": "f", all: "a", tabs: "t" });
    const width = options.has("t") ? wholeNumber("unexpand", options.value("t")!) : 8;
    const all = (options.has("a") || options.has("t")) && !options.has("f");
    return yield* eachLine(sys, "unexpand", options.operands, (line) => unexpandLine(line, width || 8, all));
  }),
  fold: applet("fold", function* (sys, args) {
    const options = parseOptions("fold", args, "bsw:");
    const width = options.has("w") ? wholeNumber("fold", options.value("w")!) : 80;
    if (width < 1) throw new Fault(`fold: number ${width} is not in 1..10000 range\n`);
    return yield* eachLine(sys, "fold", options.operands, (line) =>
      foldLine(line, width, options.has("s"), options.has("b")),
    );
  }),
  cmp: applet("cmp", compare, 2),
  strings: applet("strings", strings),
  dos2unix: convertEnds("dos2unix"),
  unix2dos: convertEnds("unix2dos"),
  shuf: applet("shuf", shuffle),
  factor: applet("factor", function* (sys, args) {
    const words = args.length > 0 ? args : (yield* readAll(sys, 0)).split(/\s+/).filter((word) => word !== "");
    for (const word of words) yield* sys.write(1, factors(word));
    return 0;
  }),
};
