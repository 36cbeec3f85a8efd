/** `hexdump` and `xxd`: bytes as numbers and characters. */
import type { Task } from "../../time/task.ts";
import type { Program, Sys } from "../sys.ts";
import { applet, because, complain, Fault, type Options, parseOptions, sizeNumber } from "./options.ts";
import { Output, readAll } from "./streams.ts";

const hex = (value: number, width: number) => value.toString(16).padStart(width, "0");
const visible = (c: string) => (c >= " " && c <= "~" ? c : ".");

/** All inputs, one behind the other; those that cannot be read are told. Throws Fault when none can. */
function* inputs(sys: Sys, name: string, paths: readonly string[]): Task<{ data: string; status: number }> {
  let data = "";
  let status = 0;
  let read = 0;
  for (const path of paths.length === 0 ? ["-"] : paths) {
    try {
      const fd = path === "-" ? 0 : yield* sys.openBlocking(path, { read: true });
      data += yield* readAll(sys, fd);
      if (fd > 0) sys.close(fd);
      read++;
    } catch (error) {
      yield* complain(sys, `${name}: ${path}: ${because(error)}\n`);
      status = 1;
    }
  }
  if (read === 0) throw new Fault("", 1);
  return { data, status };
}

const NAMES: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

/** One row of up to sixteen bytes, without its offset. */
type Row = (bytes: string) => string;

const words =
  (show: (word: number) => string, cell: number): Row =>
  (bytes) => {
    let out = "";
    for (let i = 0; i < 16; i += 2) {
      const word = bytes.charCodeAt(i) | ((bytes.charCodeAt(i + 1) || 0) << 8);
      out += i < bytes.length ? show(word) : " ".repeat(cell);
    }
    return out;
  };

const each =
  (show: (c: string) => string): Row =>
  (bytes) =>
    Array.from(bytes, show).join("").padEnd(64);

const ROWS: Readonly<Record<string, Row>> = {
  "": words((word) => ` ${hex(word, 4)}`, 5),
  b: each((c) => ` ${c.charCodeAt(0).toString(8).padStart(3, "0")}`),
  c: each(
    (c) => ` ${(NAMES[c] ?? (c >= " " && c <= "~" ? c : c.charCodeAt(0).toString(8).padStart(3, "0"))).padStart(3)}`,
  ),
  d: words((word) => `   ${String(word).padStart(5, "0")}`, 8),
  o: words((word) => `  ${word.toString(8).padStart(6, "0")}`, 8),
  x: words((word) => `    ${hex(word, 4)}`, 8),
};

function canonical(bytes: string): string {
  let out = "";
  for (let i = 0; i < 16; i++) {
    out += `${i === 8 ? " " : ""} ${i < bytes.length ? hex(bytes.charCodeAt(i), 2) : "  "}`;
  }
  return ` ${out}  |${Array.from(bytes, visible).join("")}|`;
}

function* hexdump(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("hexdump", args, "bcdoxCe:f:n:s:v");
  if (options.has("e") || options.has("f")) throw new Fault("hexdump: -e and -f are not modelled by this simulator\n");
  const { data, status } = yield* inputs(sys, "hexdump", options.operands);
  const skip = options.has("s") ? sizeNumber("hexdump", options.value("s")!) : 0;
  const length = options.has("n") ? sizeNumber("hexdump", options.value("n")!) : Number.POSITIVE_INFINITY;
  const bytes = data.slice(skip, skip + length);
  const kinds = options.order.filter(({ option }) => "bcdoxC".includes(option)).map(({ option }) => option);
  const wide = kinds.includes("C");
  const offset = (at: number) => hex(at, wide ? 8 : 7);
  const out = new Output(sys);
  let before: string | undefined;
  let skipping = false;
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.slice(at, at + 16);
    if (row === before && row.length === 16 && !options.has("v")) {
      if (!skipping) yield* out.write("*\n");
      skipping = true;
      continue;
    }
    skipping = false;
    before = row;
    for (const [i, kind] of (kinds.length === 0 ? [""] : kinds).entries()) {
      const text = kind === "C" ? canonical(row) : ROWS[kind]!(row);
      yield* out.write(`${i === 0 ? offset(skip + at) : " ".repeat(wide ? 8 : 7)}${text}\n`);
    }
  }
  if (bytes.length > 0) yield* out.write(`${offset(skip + bytes.length)}\n`);
  yield* out.flush();
  return status;
}

function* xxd(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("xxd", args, "l:s:aipo:g:c:r");
  const { data, status } = yield* inputs(sys, "xxd", options.operands.slice(0, 1));
  const number = (option: string, otherwise: number) =>
    options.has(option) ? sizeNumber("xxd", options.value(option)!.replace(/^0x/, "")) : otherwise;
  if (options.has("r")) {
    yield* sys.write(1, reversed(data, options));
    return 0;
  }
  const skip = number("s", 0);
  const bytes = data.slice(skip, skip + number("l", Number.POSITIVE_INFINITY));
  const out = new Output(sys);
  if (options.has("i")) {
    yield* out.write(included(bytes, options));
    yield* out.flush();
    return status;
  }
  const plain = options.has("p");
  const columns = Math.max(1, number("c", plain ? 30 : 16));
  const group = number("g", 2) || columns;
  for (let at = 0; at < bytes.length; at += columns) {
    const row = bytes.slice(at, at + columns);
    if (plain) {
      yield* out.write(`${Array.from(row, (c) => hex(c.charCodeAt(0), 2)).join("")}\n`);
      continue;
    }
    let cells = "";
    for (let i = 0; i < columns; i++) {
      cells += i < row.length ? hex(row.charCodeAt(i), 2) : "  ";
      if ((i + 1) % group === 0) cells += " ";
    }
    if (columns % group !== 0) cells += " ";
    yield* out.write(`${hex(skip + at + number("o", 0), 8)}: ${cells} ${Array.from(row, visible).join("")}\n`);
  }
  yield* out.flush();
  return status;
}

/** `xxd -i`: an array in C. */
function included(bytes: string, options: Options): string {
  const [path] = options.operands;
  const name = path?.replace(/[^A-Za-z0-9]/g, "_");
  let out = name === undefined ? "" : `unsigned char ${name}[] = {\n`;
  for (let at = 0; at < bytes.length; at += 12) {
    const row = Array.from(bytes.slice(at, at + 12), (c) => `0x${hex(c.charCodeAt(0), 2)}`).join(", ");
    out += `  ${row},\n`;
  }
  return name === undefined ? out : `${out}};\nunsigned int ${name}_len = ${bytes.length};\n`;
}

function reversed(text: string, options: Options): string {
  let out = "";
  for (const line of text.split("\n")) {
    let digits = line;
    if (!options.has("p")) {
      const match = /^[0-9a-fA-F]+:?((?: ?[0-9a-fA-F]{2})+)/.exec(line.replace(/ {2}.*$/, ""));
      if (!match) continue;
      digits = match[1]!;
    }
    for (const [pair] of digits.replace(/\s/g, "").matchAll(/[0-9a-fA-F]{2}/g))
      out += String.fromCharCode(Number.parseInt(pair, 16));
  }
  return out;
}

export const hexdumpApplets: Readonly<Record<string, Program>> = {
  hexdump: applet("hexdump", hexdump),
  xxd: applet("xxd", xxd),
};
