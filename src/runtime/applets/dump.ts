/** `od`: bytes in rows of sixteen, as characters or numbers of any width (busybox: coreutils/od_bloaty.c). */
import type { Task } from "../../time/task.ts";
import type { Program, Sys } from "../sys.ts";
import { applet, because, complain, Fault, parseOptions, sizeNumber, wholeNumber } from "./options.ts";
import { Output, readAll } from "./streams.ts";

const NAMED: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

const CONTROLS =
  "nul soh stx etx eot enq ack bel bs ht nl vt ff cr so si dle dc1 dc2 dc3 dc4 nak syn etb can em sub esc fs gs rs us sp".split(
    " ",
  );

/** What -c shows for a byte. */
function character(code: number): string {
  const c = String.fromCharCode(code);
  return NAMED[c] ?? (code >= 32 && code < 127 ? c : code.toString(8).padStart(3, "0"));
}

/** What -a shows: the name of the seven lower bits. */
function named(code: number): string {
  const low = code & 127;
  return CONTROLS[low] ?? (low === 127 ? "del" : String.fromCharCode(low));
}

/** How numbers of `size` bytes are shown: one cell each, with its blank before. */
interface Shape {
  readonly size: number;
  readonly cell: (value: bigint) => string;
}

/** Digits of the widest value of so many bytes, by kind and size. */
const WIDTHS: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  d: { 1: 4, 2: 6, 4: 11, 8: 20 },
  u: { 1: 3, 2: 5, 4: 10, 8: 20 },
  o: { 1: 3, 2: 6, 4: 11, 8: 22 },
  x: { 1: 2, 2: 4, 4: 8, 8: 16 },
};

function numbers(kind: string, size: number): Shape {
  const width = WIDTHS[kind]![size]!;
  if (kind === "x" || kind === "o") {
    const radix = kind === "x" ? 16 : 8;
    return { size, cell: (value) => ` ${value.toString(radix).padStart(width, "0")}` };
  }
  const shown = (value: bigint) => (kind === "d" ? BigInt.asIntN(size * 8, value) : value).toString();
  return { size, cell: (value) => ` ${shown(value).padStart(width)}` };
}

const CHARACTERS: Shape = { size: 1, cell: (value) => character(Number(value)).padStart(4) };
const NAMES: Shape = { size: 1, cell: (value) => named(Number(value)).padStart(4) };

/** Letters that stand for a type: what they are short for. */
const SHORT: Readonly<Record<string, Shape>> = {
  a: NAMES,
  b: numbers("o", 1),
  c: CHARACTERS,
  d: numbers("u", 2),
  h: numbers("x", 2),
  i: numbers("d", 2),
  l: numbers("d", 4),
  o: numbers("o", 2),
  s: numbers("d", 2),
  x: numbers("x", 2),
};

const SIZES: Readonly<Record<string, number>> = { C: 1, S: 2, I: 4, L: 8 };

/** The shapes that `-t TEXT` asks for. Throws Fault. */
function shapesOf(text: string): Shape[] {
  const shapes: Shape[] = [];
  let rest = text;
  while (rest !== "") {
    const letter = rest[0]!;
    if (letter === "a" || letter === "c") {
      shapes.push(letter === "a" ? NAMES : CHARACTERS);
      rest = rest.slice(1);
      continue;
    }
    if (letter === "f") throw new Fault("od: -t f: floating point is not modelled by this simulator\n");
    if (!Object.hasOwn(WIDTHS, letter)) throw new Fault(`od: invalid character '${letter}' in type string '${text}'\n`);
    const word = /^.([CSIL]|\d*)/.exec(rest)![1]!;
    const size = SIZES[word] ?? (word === "" ? 4 : Number(word));
    if (WIDTHS[letter]![size] === undefined)
      throw new Fault(`od: invalid type string '${text}'; ${size}-byte integral type is not supported\n`);
    shapes.push(numbers(letter, size));
    rest = rest.slice(1 + word.length);
  }
  return shapes;
}

/** The cells of a row; what is missing of the last number counts as zero. */
function cells(row: string, shape: Shape): string {
  let out = "";
  for (let at = 0; at < row.length; at += shape.size) {
    let value = 0n;
    for (let i = shape.size - 1; i >= 0; i--) value = (value << 8n) | BigInt(row.charCodeAt(at + i) || 0);
    out += shape.cell(value);
  }
  return out;
}

/** All inputs, one behind the other, as far as they can be read and are wanted. */
function* inputs(sys: Sys, paths: readonly string[]): Task<{ data: string; status: number; opened: number }> {
  let data = "";
  let status = 0;
  let opened = 0;
  for (const path of paths.length === 0 ? ["-"] : paths) {
    let fd = 0;
    try {
      if (path !== "-") fd = yield* sys.openBlocking(path, { read: true });
    } catch (error) {
      yield* complain(sys, `od: ${path}: ${because(error)}\n`);
      status = 1;
      continue;
    }
    opened++;
    try {
      data += yield* readAll(sys, fd);
    } catch (error) {
      because(error);
      yield* complain(sys, `od: ${path}: read error\n`);
      status = 1;
    }
    if (fd > 0) sys.close(fd);
  }
  return { data, status, opened };
}

function* od(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("od", args, "A:N:abcdfhij:lot:vxsS:w::");
  if (options.has("f") || options.has("S"))
    throw new Fault(`od: -${options.has("f") ? "f" : "S"} is not modelled by this simulator\n`);
  const base = options.value("A") ?? "o";
  if (!"doxn".includes(base) || base === "")
    throw new Fault(`od: bad output address radix '${base}' (must be [doxn])\n`);
  // The letters are looked at in an order of their own, the types of -t behind them in theirs.
  const shapes = [..."abcdhiloxs"].filter((letter) => options.has(letter)).map((letter) => SHORT[letter]!);
  for (const text of options.values("t")) shapes.push(...shapesOf(text));
  if (shapes.length === 0) shapes.push(SHORT.o!);
  const unit = Math.max(...shapes.map(({ size }) => size));
  const wanted = options.has("w") ? wholeNumber("od", options.value("w") || "32") : 16;
  const width = wanted > 0 && wanted % unit === 0 ? wanted : unit;
  const skip = options.has("j") ? sizeNumber("od", options.value("j")!) : 0;
  const { data, status, opened } = yield* inputs(sys, options.operands);
  if (opened === 0) return status;
  if (skip > data.length) throw new Fault("od: can't skip past end of combined input\n");
  const length = options.has("N") ? sizeNumber("od", options.value("N")!) : Number.POSITIVE_INFINITY;
  const bytes = data.slice(skip, skip + length);
  const [radix, digits] = base === "x" ? [16, 6] : [base === "d" ? 10 : 8, 7];
  const offset = (at: number) => (base === "n" ? "" : at.toString(radix).padStart(digits, "0"));
  const out = new Output(sys);
  let before: string | undefined;
  let skipping = false;
  for (let at = 0; at < bytes.length; at += width) {
    const row = bytes.slice(at, at + width);
    if (row === before && row.length === width && !options.has("v")) {
      if (!skipping) yield* out.write("*\n");
      skipping = true;
      continue;
    }
    [before, skipping] = [row, false];
    for (const [i, shape] of shapes.entries())
      yield* out.write(`${i === 0 ? offset(skip + at) : " ".repeat(base === "n" ? 0 : digits)}${cells(row, shape)}\n`);
  }
  yield* out.write(base === "n" ? "" : `${offset(skip + bytes.length)}\n`);
  yield* out.flush();
  return status;
}

export const dumpApplets: Readonly<Record<string, Program>> = { od: applet("od", od) };
