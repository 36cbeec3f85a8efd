/** `sort`, with keys as busybox cuts and compares them. */
import { leadingNumber } from "../cFormat.ts";
import type { Program } from "../sys.ts";
import { applet, because, complain, Fault, parseOptions } from "./options.ts";
import { Output, readAll } from "./streams.ts";

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/** Options that a key may have, too. `B` stands for a `b` behind the comma: blanks at the end do not count. */
const KEY_OPTIONS = "ngMVbdfir";

interface Key {
  /** Field and character where it begins, field and character where it ends; 0: not said. */
  readonly range: readonly [number, number, number, number];
  readonly flags: string;
}

/** Throws Fault. */
function parseKey(text: string): Key {
  const range: [number, number, number, number] = [0, 0, 0, 0];
  let flags = "";
  let at = 0;
  const number = () => {
    const digits = /^\d+/.exec(text.slice(at))?.[0];
    if (digits === undefined || Number(digits) === 0) throw new Fault("sort: bad field specification\n");
    at += digits.length;
    return Number(digits);
  };
  for (let half = 0; at < text.length; ) {
    range[2 * half] = number();
    if (text[at] === ".") {
      at++;
      range[2 * half + 1] = number();
    }
    while (at < text.length) {
      const c = text[at]!;
      if (c === "," && half === 0) {
        at++;
        half = 1;
        break;
      }
      if (!KEY_OPTIONS.includes(c)) throw new Fault("sort: unknown key option\n");
      flags += half === 1 && c === "b" ? "B" : c;
      at++;
    }
  }
  return { range, flags };
}

const isSpace = (c: string | undefined) => c !== undefined && /[ \t\n\v\f\r]/.test(c);

/** The part of a line that a key is about. */
function keyOf(line: string, { range }: Key, flags: string, separator: string | undefined): string {
  const [, fromChar, , toChar] = range;
  let start = 0;
  let end = 0;
  for (let half = 0; half < 2; half++) {
    const field = range[2 * half]!;
    if (field === 0) end = line.length;
    else {
      end = 0;
      let last = "";
      for (let i = 1; i < field + half; i++) {
        if (separator !== undefined) {
          last = "";
          while (end < line.length) {
            last = line[end++]!;
            if (last === separator) break;
          }
        } else {
          while (isSpace(line[end])) end++;
          while (end < line.length && !isSpace(line[end])) end++;
        }
      }
      if (half === 1 && last === separator && separator !== undefined) end--;
    }
    if (half === 0) start = end;
  }
  if (flags.includes("b")) while (isSpace(line[start])) start++;
  if (flags.includes("B")) while (end > start && isSpace(line[end - 1])) end--;
  if (toChar > 0) end = Math.min(toChar, line.length);
  if (fromChar > 0) start = Math.min(start + fromChar - 1, line.length);
  let part = line.slice(start, Math.max(start, end));
  if (flags.includes("d")) part = part.replace(/[^A-Za-z0-9 \t\n\v\f\r]/g, "");
  if (flags.includes("i")) part = part.replace(/[^ -~]/g, "");
  if (flags.includes("f")) part = part.toUpperCase();
  return part;
}

function compareParts(flags: string, x: string, y: string): number {
  if (flags.includes("g")) {
    const [a, b] = [leadingNumber(x), leadingNumber(y)];
    if (a.length === 0 || b.length === 0) return (a.length > 0 ? 1 : 0) - (b.length > 0 ? 1 : 0);
    if (Number.isNaN(a.value) || Number.isNaN(b.value)) return +!Number.isNaN(a.value) - +!Number.isNaN(b.value);
    return a.value > b.value ? 1 : a.value < b.value ? -1 : 0;
  }
  if (flags.includes("n")) {
    const [a, b] = [leadingNumber(x).value, leadingNumber(y).value];
    return a > b ? 1 : a < b ? -1 : 0;
  }
  if (flags.includes("M")) {
    const month = (text: string) => MONTHS.findIndex((name) => text.trimStart().toLowerCase().startsWith(name));
    return month(x) - month(y);
  }
  if (flags.includes("V")) return compareVersions(x, y);
  return x < y ? -1 : x > y ? 1 : 0;
}

/** strverscmp(3): digits inside names are numbers; leading zeros make them fractions. */
export function compareVersions(x: string, y: string): number {
  let at = 0;
  while (at < x.length && x[at] === y[at]) at++;
  if (at === x.length && at === y.length) return 0;
  const digit = (c: string | undefined) => c !== undefined && c >= "0" && c <= "9";
  let start = at;
  while (start > 0 && digit(x[start - 1])) start--;
  const [a, b] = [/^\d*/.exec(x.slice(start))![0], /^\d*/.exec(y.slice(start))![0]];
  const plain = x < y ? -1 : 1;
  if (a === "" || b === "" || (at === start && !(digit(x[at]) && digit(y[at])))) return plain;
  if (a.startsWith("0") || b.startsWith("0")) return plain;
  return a.length === b.length ? plain : a.length - b.length;
}

export const sortApplets: Readonly<Record<string, Program>> = {
  sort: applet(
    "sort",
    function* (sys, args) {
      const options = parseOptions("sort", args, "ngMVucszbrdfimS:T:o:k:t:");
      const separator = options.value("t");
      if (separator !== undefined && separator.length > 1) throw new Fault("sort: bad -t parameter\n");
      const keys = options.values("k").map(parseKey);
      if (keys.length === 0) keys.push({ range: [1, 0, 0, 0], flags: "" });
      const overall = [...KEY_OPTIONS].filter((c) => options.has(c)).join("");
      const end = options.has("z") ? "\0" : "\n";
      const all: string[] = [];
      for (const path of options.operands.length === 0 ? ["-"] : options.operands) {
        let fd = 0;
        try {
          if (path !== "-") fd = yield* sys.openBlocking(path, { read: true });
        } catch (error) {
          throw new Fault(`sort: ${path}: ${because(error)}\n`);
        }
        const text = yield* readAll(sys, fd);
        if (fd > 0) sys.close(fd);
        if (text === "") continue;
        for (const line of (text.endsWith(end) ? text.slice(0, -1) : text).split(end)) all.push(line);
      }
      interface Item {
        readonly line: string;
        readonly index: number;
      }
      const items = all.map((line, index): Item => ({ line, index }));
      /** `tieBreak`: lines that the keys do not tell apart are compared as they are. */
      const compare = ({ line: a, index: i }: Item, { line: b, index: j }: Item, tieBreak: boolean): number => {
        let flags = overall;
        for (const key of keys) {
          flags = key.flags === "" ? overall : key.flags;
          const order = compareParts(flags, keyOf(a, key, flags, separator), keyOf(b, key, flags, separator));
          if (order !== 0) return flags.includes("r") ? -order : order;
        }
        if (options.has("s")) return flags.includes("r") ? j - i : i - j;
        if (!tieBreak) return 0;
        const order = a < b ? -1 : a > b ? 1 : 0;
        return overall.includes("r") ? -order : order;
      };
      if (options.has("c")) {
        const least = options.has("u") ? -1 : 0;
        for (let i = 1; i < items.length; i++) {
          if (compare(items[i - 1]!, items[i]!, true) <= least) continue;
          yield* complain(sys, `Check line ${i}\n`);
          return 1;
        }
        return 0;
      }
      items.sort((a, b) => compare(a, b, true));
      const kept: Item[] = [];
      for (const item of items) {
        const last = kept.at(-1);
        if (!options.has("u") || last === undefined || compare(last, item, false) !== 0) kept.push(item);
      }
      const file = options.value("o");
      let to = 1;
      try {
        if (file !== undefined) to = sys.open(file, { write: true, create: true, truncate: true }, 0o666);
      } catch (error) {
        throw new Fault(`sort: can't open '${file}': ${because(error)}\n`);
      }
      const out = new Output(sys, to);
      for (const { line } of kept) yield* out.write(line + end);
      yield* out.flush();
      return 0;
    },
    2,
  ),
};
