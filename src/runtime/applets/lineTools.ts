/** Applets on lines of text: wc, sort, uniq, tr, cut, paste, nl, rev. */
import type { Program } from "../sys.ts";
import { applet, Fault, parseOptions, usageFault, wholeNumber } from "./options.ts";
import { eachInput, LineReader, Output, openOrFail, readAll } from "./streams.ts";

const CLASSES: Readonly<Record<string, RegExp>> = {
  alpha: /[A-Za-z]/,
  digit: /\d/,
  alnum: /[A-Za-z0-9]/,
  upper: /[A-Z]/,
  lower: /[a-z]/,
  space: /[ \t\n\r\f\v]/,
  blank: /[ \t]/,
  punct: /[!-/:-@[-`{-~]/,
  print: /[ -~]/,
  graph: /[!-~]/,
  cntrl: /[\x00-\x1f\x7f]/,
  xdigit: /[0-9A-Fa-f]/,
};

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "\\": "\\",
};

/** The characters that a set of `tr` stands for, in order. */
export function trSet(text: string): string {
  const chars: string[] = [];
  for (let i = 0; i < text.length; i++) {
    const named = /^\[:(\w+):\]/.exec(text.slice(i));
    if (named && CLASSES[named[1]!]) {
      for (let code = 0; code < 256; code++) {
        const c = String.fromCharCode(code);
        if (CLASSES[named[1]!]!.test(c)) chars.push(c);
      }
      i += named[0].length - 1;
      continue;
    }
    let c = text[i]!;
    if (c === "\\" && i + 1 < text.length) {
      const octal = /^[0-7]{1,3}/.exec(text.slice(i + 1))?.[0];
      if (octal) {
        c = String.fromCharCode(Number.parseInt(octal, 8) & 255);
        i += octal.length;
      } else c = ESCAPES[text[++i]!] ?? text[i]!;
    }
    if (text[i + 1] === "-" && i + 2 < text.length) {
      const end = text.charCodeAt(i + 2);
      for (let code = c.charCodeAt(0); code <= end; code++) chars.push(String.fromCharCode(code));
      i += 2;
    } else chars.push(c);
  }
  return chars.join("");
}

/** "1,3-5,7-" as a test for a position counted from 1. Throws Fault. */
function positions(name: string, list: string): (n: number) => boolean {
  const ranges = list.split(",").map((part) => {
    const match = /^(\d*)(-?)(\d*)$/.exec(part);
    if (!match || (match[1] === "" && match[3] === "")) throw new Fault(`${name}: invalid number '${part}'\n`);
    const from = match[1] === "" ? 1 : Number(match[1]);
    if (from === 0) throw new Fault(`${name}: invalid range ${part}\n`);
    const to = match[2] === "" ? from : match[3] === "" ? Number.POSITIVE_INFINITY : Number(match[3]);
    return [from, to] as const;
  });
  return (n) => ranges.some(([from, to]) => n >= from && n <= to);
}

interface SortKey {
  readonly from: number;
  readonly fromChar: number;
  readonly to: number;
  readonly flags: string;
}

const SIZE_UNITS = " KMGTPE";

function compareBy(flags: string, a: string, b: string): number {
  const lead = (text: string) => (flags.includes("b") ? text.trimStart() : text);
  let x = lead(a);
  let y = lead(b);
  if (/[nghV]/.test(flags)) {
    const number = (text: string) => {
      const match = /^\s*(-?\d*\.?\d*(?:e[-+]?\d+)?)([KMGTPE]?)/i.exec(text)!;
      const value = Number.parseFloat(match[1]!) || 0;
      return flags.includes("h")
        ? value * 1024 ** Math.max(0, SIZE_UNITS.indexOf(match[2]!.toUpperCase() || " "))
        : value;
    };
    return number(x) - number(y);
  }
  if (flags.includes("f")) {
    x = x.toUpperCase();
    y = y.toUpperCase();
  }
  if (flags.includes("d")) {
    x = x.replace(/[^A-Za-z0-9 \t]/g, "");
    y = y.replace(/[^A-Za-z0-9 \t]/g, "");
  }
  return x < y ? -1 : x > y ? 1 : 0;
}

export const lineApplets: Readonly<Record<string, Program>> = {
  wc: applet("wc", function* (sys, args) {
    const options = parseOptions("wc", args, "lwcmL");
    const which = ["l", "w", "m", "c", "L"].filter((c) => options.has(c));
    const chosen = which.length === 0 ? ["l", "w", "c"] : which;
    const totals: Record<string, number> = { l: 0, w: 0, c: 0, m: 0, L: 0 };
    const only = chosen.length === 1;
    const row = (counts: Record<string, number>, label: string) =>
      `${chosen.map((c) => (only ? String(counts[c]) : String(counts[c]).padStart(9))).join(" ")}${label === "" ? "" : ` ${label}`}\n`;
    let files = 0;
    const status = yield* eachInput(
      sys,
      "wc",
      options.operands,
      function* (fd, label) {
        const counts: Record<string, number> = { l: 0, w: 0, c: 0, m: 0, L: 0 };
        let inWord = false;
        let length = 0;
        for (;;) {
          const data = yield* sys.read(fd, 65536);
          if (data === "") break;
          counts.c! += data.length;
          for (let i = 0; i < data.length; i++) {
            const code = data.charCodeAt(i);
            if (code === 10) {
              counts.l!++;
              counts.L = Math.max(counts.L!, length);
              length = 0;
            } else length++;
            if (code === 32 || (code >= 9 && code <= 13)) inWord = false;
            else if (!inWord) {
              inWord = true;
              counts.w!++;
            }
            if ((code & 0xc0) !== 0x80) counts.m!++;
          }
        }
        counts.L = Math.max(counts.L!, length);
        for (const c of Object.keys(totals))
          totals[c] = c === "L" ? Math.max(totals[c]!, counts[c]!) : totals[c]! + counts[c]!;
        files++;
        yield* sys.write(1, row(counts, options.operands.length === 0 ? "" : label));
      },
      (path, reason) => `wc: ${path}: ${reason}\n`,
    );
    if (options.operands.length > 1 && files > 0) yield* sys.write(1, row(totals, "total"));
    return status;
  }),
  sort: applet("sort", function* (sys, args) {
    const options = parseOptions("sort", args, "ngMucszbrdfiok:t:o:hVT:S:m");
    const separator = options.value("t");
    const overall = ["n", "g", "h", "V", "f", "d", "b"].filter((c) => options.has(c)).join("");
    const keys: SortKey[] = options.values("k").map((text) => {
      const match = /^(\d+)(?:\.(\d+))?([a-zA-Z]*)(?:,(\d+)(?:\.\d+)?([a-zA-Z]*))?$/.exec(text);
      if (!match || match[1] === "0") throw new Fault(`sort: bad field specification '${text}'\n`);
      const flags = (match[3] ?? "") + (match[5] ?? "");
      return {
        from: Number(match[1]),
        fromChar: Number(match[2] ?? 1),
        to: match[4] === undefined ? Number.POSITIVE_INFINITY : Number(match[4]),
        flags,
      };
    });
    const field = (line: string, key: SortKey): string => {
      const parts = separator === undefined ? (line.match(/[ \t]*[^ \t]+|[ \t]+$/g) ?? []) : line.split(separator);
      return parts
        .slice(key.from - 1, key.to)
        .join(separator ?? "")
        .slice(key.fromChar - 1);
    };
    const all: string[] = [];
    yield* eachInput(
      sys,
      "sort",
      options.operands,
      function* (fd) {
        const text = yield* readAll(sys, fd);
        const end = options.has("z") ? "\0" : "\n";
        for (const line of (text.endsWith(end) ? text.slice(0, -1) : text).split(end)) all.push(line);
        if (text === "") all.pop();
      },
      (path, reason) => {
        throw new Fault(`sort: ${path}: ${reason}\n`, 2);
      },
    );
    const byKeys = (a: string, b: string): number => {
      for (const key of keys) {
        const flags = key.flags.replace("r", "") === "" ? overall : key.flags;
        const difference = compareBy(flags, field(a, key), field(b, key));
        if (difference)
          return key.flags.includes("r") || (key.flags === "" && options.has("r")) ? -difference : difference;
      }
      return 0;
    };
    const main = (a: string, b: string) =>
      keys.length > 0 ? byKeys(a, b) : options.has("r") ? compareBy(overall, b, a) : compareBy(overall, a, b);
    const compare = (a: string, b: string) => {
      const difference = main(a, b);
      if (difference || options.has("s") || options.has("u")) return difference;
      return (a < b ? -1 : a > b ? 1 : 0) * (options.has("r") ? -1 : 1);
    };
    if (options.has("c")) {
      for (let i = 1; i < all.length; i++)
        if (compare(all[i - 1]!, all[i]!) > 0) throw new Fault(`sort: -:${i + 1}: disorder: ${all[i]}\n`);
      return 0;
    }
    all.sort(compare);
    const lines = options.has("u") ? all.filter((line, i) => i === 0 || main(all[i - 1]!, line) !== 0) : all;
    const file = options.value("o");
    const fd = file === undefined ? 1 : sys.open(file, { write: true, create: true, truncate: true }, 0o666);
    const end = options.has("z") ? "\0" : "\n";
    const out = new Output(sys, fd);
    for (const line of lines) yield* out.write(line + end);
    yield* out.flush();
    return 0;
  }),
  uniq: applet("uniq", function* (sys, args) {
    const options = parseOptions("uniq", args, "cduif:s:w:z");
    const input =
      options.operands[0] === undefined || options.operands[0] === "-"
        ? 0
        : yield* openOrFail(sys, "uniq", options.operands[0]);
    const lines = new LineReader(sys, input);
    const out = new Output(sys);
    const skipFields = wholeNumber("uniq", options.value("f") ?? "0");
    const skipChars = wholeNumber("uniq", options.value("s") ?? "0");
    const key = (line: string) => {
      let text = line;
      for (let i = 0; i < skipFields; i++) text = text.replace(/^\s*\S*/, "");
      text = text.slice(skipChars);
      if (options.has("w")) text = text.slice(0, wholeNumber("uniq", options.value("w")!));
      return options.has("i") ? text.toLowerCase() : text;
    };
    let held: string | undefined;
    let count = 0;
    const show = () => {
      if (held === undefined || (options.has("d") && count < 2) || (options.has("u") && count > 1)) return;
      out.add(`${options.has("c") ? `${String(count).padStart(7)} ` : ""}${held}\n`);
    };
    for (let line = yield* lines.next(); line !== undefined; line = yield* lines.next()) {
      if (held !== undefined && key(held) === key(line)) count++;
      else {
        show();
        held = line;
        count = 1;
      }
      if (!lines.ready) yield* out.flush();
    }
    show();
    yield* out.flush();
    return 0;
  }),
  tr: applet("tr", function* (sys, args) {
    const options = parseOptions("tr", args, "+Ccds");
    const [first, second] = options.operands;
    if (first === undefined) throw usageFault("tr");
    let from = trSet(first);
    if (options.has("c") || options.has("C")) {
      const given = new Set(from);
      from = "";
      for (let code = 0; code < 256; code++)
        if (!given.has(String.fromCharCode(code))) from += String.fromCharCode(code);
    }
    const to = second === undefined ? "" : trSet(second);
    const map = new Map<string, string>();
    const remove = options.has("d");
    if (!remove && to !== "") for (let i = 0; i < from.length; i++) map.set(from[i]!, to[Math.min(i, to.length - 1)]!);
    const removed = new Set(remove ? from : "");
    const squeezed = new Set(options.has("s") ? (remove || second !== undefined ? to : from) : "");
    let last = "";
    for (;;) {
      const data = yield* sys.read(0, 65536);
      if (data === "") return 0;
      const parts: string[] = [];
      for (const c of data) {
        if (removed.has(c)) continue;
        const mapped = map.get(c) ?? c;
        if (mapped === last && squeezed.has(mapped)) continue;
        parts.push(mapped);
        last = mapped;
      }
      yield* sys.write(1, parts.join(""));
    }
  }),
  cut: applet("cut", function* (sys, args) {
    const options = parseOptions("cut", args, "b:c:f:d:sn", { "output-delimiter": "n", fields: "f", delimiter: "d" });
    const list = options.value("f") ?? options.value("c") ?? options.value("b");
    if (list === undefined) throw new Fault("cut: expected a list of bytes, characters, or fields\n");
    const wanted = positions("cut", list);
    const delimiter = options.value("d") ?? "\t";
    const out = new Output(sys);
    return yield* eachInput(
      sys,
      "cut",
      options.operands,
      function* (fd) {
        const lines = new LineReader(sys, fd);
        for (let line = yield* lines.next(); line !== undefined; line = yield* lines.next()) {
          if (!options.has("f"))
            out.add(
              `${Array.from(line)
                .filter((_c, i) => wanted(i + 1))
                .join("")}\n`,
            );
          else if (line.includes(delimiter))
            out.add(
              `${line
                .split(delimiter)
                .filter((_c, i) => wanted(i + 1))
                .join(delimiter)}\n`,
            );
          else if (!options.has("s")) out.add(`${line}\n`);
          if (!lines.ready) yield* out.flush();
        }
        yield* out.flush();
      },
      (path, reason) => `cut: ${path}: ${reason}\n`,
    );
  }),
  paste: applet("paste", function* (sys, args) {
    const options = parseOptions("paste", args, "d:s");
    const delimiters = Array.from(
      (options.value("d") ?? "\t").replace(/\\([nt\\0])/g, (_a, c: string) => ({ n: "\n", t: "\t", "0": "" })[c] ?? c),
    );
    const delimiter = (i: number) => delimiters[i % Math.max(1, delimiters.length)] ?? "";
    const columns: string[][] = [];
    for (const path of options.operands.length === 0 ? ["-"] : options.operands) {
      const text = yield* readAll(sys, path === "-" ? 0 : yield* openOrFail(sys, "paste", path));
      columns.push(text === "" ? [] : text.replace(/\n$/, "").split("\n"));
    }
    const join = (cells: readonly string[]) =>
      cells.reduce((line, cell, i) => (i === 0 ? cell : line + delimiter(i - 1) + cell), "");
    const rows = options.has("s")
      ? columns
      : Array.from({ length: Math.max(...columns.map((c) => c.length)) }, (_v, i) => columns.map((c) => c[i] ?? ""));
    yield* sys.write(1, rows.map((row) => `${join(row)}\n`).join(""));
    return 0;
  }),
  nl: applet("nl", function* (sys, args) {
    const options = parseOptions("nl", args, "b:h:f:i:s:v:w:n:");
    let number = Number(options.value("v") ?? 1);
    const width = Number(options.value("w") ?? 6);
    return yield* eachInput(sys, "nl", options.operands, function* (fd) {
      const lines = new LineReader(sys, fd);
      for (let line = yield* lines.next(); line !== undefined; line = yield* lines.next()) {
        const counted = options.value("b") === "a" || line !== "";
        yield* sys.write(
          1,
          `${counted ? `${String(number++).padStart(width)}${options.value("s") ?? "\t"}` : " ".repeat(width + 1)}${line}\n`,
        );
      }
    });
  }),
  rev: applet("rev", function* (sys, args) {
    return yield* eachInput(sys, "rev", args, function* (fd) {
      const lines = new LineReader(sys, fd);
      for (let line = yield* lines.next(); line !== undefined; line = yield* lines.next())
        yield* sys.write(1, Array.from(line).reverse().join("") + (lines.terminated ? "\n" : ""));
    });
  }),
};
