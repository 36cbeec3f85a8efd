/** `diff`, unified only, as busybox has it; folders too. */
import type { Task } from "../../time/task.ts";
import { type Program, type Sys, SysError } from "../sys.ts";
import { applet, because, complain, Fault, type Options, parseOptions, usageFault } from "./options.ts";
import { readAll, readFile } from "./streams.ts";

interface Side {
  readonly name: string;
  readonly text: string;
}

/** A stretch in which the sides differ: lines from `a` to before `aEnd` became those from `b` to before `bEnd`. */
interface Change {
  readonly a: number;
  readonly aEnd: number;
  readonly b: number;
  readonly bEnd: number;
}

/** Work that a comparison may take before it only says that the middle differs. */
const MAX_CELLS = 25_000_000;

function changesBetween(x: readonly string[], y: readonly string[], same: (line: string) => string): Change[] {
  const [p, q] = [x.map(same), y.map(same)];
  let start = 0;
  while (start < p.length && start < q.length && p[start] === q[start]) start++;
  let [xEnd, yEnd] = [p.length, q.length];
  while (xEnd > start && yEnd > start && p[xEnd - 1] === q[yEnd - 1]) {
    xEnd--;
    yEnd--;
  }
  const [rows, columns] = [xEnd - start, yEnd - start];
  if (rows === 0 && columns === 0) return [];
  if (rows === 0 || columns === 0 || rows * columns > MAX_CELLS)
    return [{ a: start, aEnd: xEnd, b: start, bEnd: yEnd }];
  // The longest common subsequence of what is left.
  const width = columns + 1;
  const length = new Uint32Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      length[i * width + j] =
        p[start + i] === q[start + j]
          ? length[(i + 1) * width + j + 1]! + 1
          : Math.max(length[(i + 1) * width + j]!, length[i * width + j + 1]!);
    }
  }
  const changes: Change[] = [];
  let [i, j] = [0, 0];
  while (i < rows || j < columns) {
    if (i < rows && j < columns && p[start + i] === q[start + j]) {
      i++;
      j++;
      continue;
    }
    const [a, b] = [start + i, start + j];
    while (i < rows || j < columns) {
      if (i < rows && j < columns && p[start + i] === q[start + j]) break;
      if (j >= columns || (i < rows && length[(i + 1) * width + j]! >= length[i * width + j + 1]!)) i++;
      else j++;
    }
    changes.push({ a, aEnd: start + i, b, bEnd: start + j });
  }
  return changes;
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  else lines[lines.length - 1] += "\n\\ No newline at end of file";
  return lines;
}

/** The unified text of all changes; "" when there are none. */
function unified(from: Side, to: Side, options: Options, context: number): string {
  const [x, y] = [linesOf(from.text), linesOf(to.text)];
  const same = (line: string) => {
    let text = line;
    if (options.has("w")) text = text.replace(/\s+/g, "");
    else if (options.has("b")) text = text.replace(/[ \t]+/g, " ").replace(/ $/, "");
    return options.has("i") ? text.toLowerCase() : text;
  };
  let changes = changesBetween(x, y, same);
  if (options.has("B")) {
    const blank = (lines: readonly string[]) => lines.every((line) => line === "");
    changes = changes.filter(({ a, aEnd, b, bEnd }) => !blank(x.slice(a, aEnd)) || !blank(y.slice(b, bEnd)));
  }
  if (changes.length === 0) return "";
  const labels = options.values("L");
  const heading = (mark: string, side: Side, label: string | undefined) => `${mark} ${label ?? `${side.name}`}\n`;
  let out = heading("---", from, labels[0]) + heading("+++", to, labels[1]);
  const tab = options.has("T") ? "\t" : "";
  const shown = (line: string) => (options.has("t") ? line.replace(/\t/g, "        ") : line);
  for (let at = 0; at < changes.length; ) {
    let last = at;
    while (last + 1 < changes.length && changes[last + 1]!.a - changes[last]!.aEnd <= 2 * context) last++;
    const group = changes.slice(at, last + 1);
    const aStart = Math.max(0, group[0]!.a - context);
    const bStart = Math.max(0, group[0]!.b - context);
    const aEnd = Math.min(x.length, group.at(-1)!.aEnd + context);
    const bEnd = Math.min(y.length, group.at(-1)!.bEnd + context);
    const span = (start: number, end: number) =>
      end - start === 1 ? `${start + 1}` : `${end - start === 0 ? start : start + 1},${end - start}`;
    out += `@@ -${span(aStart, aEnd)} +${span(bStart, bEnd)} @@\n`;
    let place = aStart;
    for (const { a, aEnd: stop, b, bEnd: bStop } of group) {
      for (; place < a; place++) out += ` ${tab}${shown(x[place]!)}\n`;
      for (; place < stop; place++) out += `-${tab}${shown(x[place]!)}\n`;
      for (let j = b; j < bStop; j++) out += `+${tab}${shown(y[j]!)}\n`;
    }
    for (; place < aEnd; place++) out += ` ${tab}${shown(x[place]!)}\n`;
    at = last + 1;
  }
  return out;
}

class Diff {
  status = 0;
  readonly #sys: Sys;
  readonly #options: Options;
  readonly #context: number;

  constructor(sys: Sys, options: Options) {
    this.#sys = sys;
    this.#options = options;
    const lines = options.value("U") ?? "3";
    if (!/^\d{1,6}$/.test(lines)) throw new Fault(`diff: invalid number '${lines}'\n`);
    this.#context = Number(lines);
  }

  *#side(name: string): Task<Side | undefined> {
    if (name === "-") return { name, text: yield* readAll(this.#sys, 0) };
    try {
      return { name, text: yield* readFile(this.#sys, name) };
    } catch (error) {
      if (this.#options.has("N") && error instanceof SysError && error.errno === "ENOENT")
        return { name: "/dev/null", text: "" };
      yield* complain(this.#sys, `diff: can't stat '${name}': ${because(error)}\n`);
      this.status = 2;
      return undefined;
    }
  }

  #different(): void {
    if (this.status === 0) this.status = 1;
  }

  *files(from: string, to: string): Task {
    const a = yield* this.#side(from);
    if (!a) return;
    const b = yield* this.#side(to);
    if (!b) return;
    if (a.text === b.text) {
      if (this.#options.has("s")) yield* this.#sys.write(1, `Files ${from} and ${to} are identical\n`);
      return;
    }
    if (this.#options.has("q")) {
      this.#different();
      yield* this.#sys.write(1, `Files ${from} and ${to} differ\n`);
      return;
    }
    const binary = (text: string) => /[^\x07-\x0d\x1b -~\x80-\xff]/.test(text.slice(0, 8192));
    if (!this.#options.has("a") && (binary(a.text) || binary(b.text))) {
      this.#different();
      yield* this.#sys.write(1, `Files ${from} and ${to} differ\n`);
      return;
    }
    const text = unified(a, b, this.#options, this.#context);
    if (text === "") {
      if (this.#options.has("s")) yield* this.#sys.write(1, `Files ${from} and ${to} are identical\n`);
      return;
    }
    this.#different();
    yield* this.#sys.write(1, text);
  }

  *folders(from: string, to: string): Task {
    const list = (path: string) => this.#sys.readdir(path).filter((name) => name !== "." && name !== "..");
    const [left, right] = [new Set(list(from)), new Set(list(to))];
    for (const name of [...new Set([...left, ...right])].sort()) {
      const [a, b] = [`${from}/${name}`, `${to}/${name}`];
      if (!left.has(name) || !right.has(name)) {
        if (this.#options.has("N") && !this.#isFolder(left.has(name) ? a : b)) yield* this.files(a, b);
        else {
          this.#different();
          yield* this.#sys.write(1, `Only in ${left.has(name) ? from : to}: ${name}\n`);
        }
      } else if (this.#isFolder(a) && this.#isFolder(b)) {
        if (this.#options.has("r")) yield* this.folders(a, b);
        else yield* this.#sys.write(1, `Common subdirectories: ${a} and ${b}\n`);
      } else yield* this.files(a, b);
    }
  }

  #isFolder(path: string): boolean {
    try {
      return path !== "-" && this.#sys.stat(path).type === "directory";
    } catch (error) {
      because(error);
      return false;
    }
  }

  *run(from: string, to: string): Task<number> {
    const [a, b] = [this.#isFolder(from), this.#isFolder(to)];
    const inside = (folder: string, file: string) => `${folder}/${file.replace(/^.*\//, "")}`;
    if (a && b) yield* this.folders(from, to);
    else if (a) yield* this.files(inside(from, to), to);
    else yield* this.files(from, b ? inside(to, from) : to);
    return this.status;
  }
}

export const diffApplets: Readonly<Record<string, Program>> = {
  diff: applet("diff", function* (sys, args) {
    const options = parseOptions("diff", args, "abdiL:NqrsS:tTuU:wBE", {
      "ignore-space-change": "b",
      "ignore-blank-lines": "B",
      "ignore-case": "i",
      unified: "U",
      text: "a",
      brief: "q",
      recursive: "r",
      label: "L",
      "new-file": "N",
      "report-identical-files": "s",
      "ignore-all-space": "w",
    });
    const [from, to, more] = options.operands;
    if (from === undefined || to === undefined || more !== undefined) throw usageFault("diff");
    return yield* new Diff(sys, options).run(from, to);
  }),
};
