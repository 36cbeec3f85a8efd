/** awk's own functions. */
import { formatDate, makeTime } from "../dateFormat.ts";
import { formatAwk } from "./format.ts";
import type { Awk } from "./interpreter.ts";
import { LibraryRandom } from "./random.ts";
import { load, read, store } from "./places.ts";
import { blocking, type Expression, lift, type Place, plain } from "./program.ts";
import { InputText, toNumber, type Value } from "./value.ts";

type Simple = (awk: Awk, values: readonly Value[], line: number) => Value;

const noMath: Simple = (awk, _values, line) => {
  throw awk.fault(line, "Math support is not compiled in");
};

const bits =
  (combine: (a: bigint, b: bigint) => bigint): Simple =>
  (_awk, [a, b]) =>
    Number(BigInt.asUintN(64, combine(whole(a), whole(b))));

function whole(value: Value): bigint {
  const number = Math.trunc(toNumber(value));
  return Number.isFinite(number) ? BigInt.asUintN(64, BigInt(number)) : 0n;
}

const SIMPLE: Readonly<Record<string, Simple>> = {
  atan2: noMath,
  cos: noMath,
  exp: noMath,
  log: noMath,
  sin: noMath,
  sqrt: noMath,
  int: (_awk, [value]) => Math.trunc(toNumber(value)),
  rand: (awk) => {
    const low = ((awk.random.next() << 16) ^ awk.random.next()) >>> 0;
    return (awk.random.next() + low / 2 ** 32) / 2 ** 31;
  },
  srand: (awk, values) => {
    const before = awk.seed;
    awk.seed = values.length > 0 ? Math.trunc(toNumber(values[0])) >>> 0 : Math.trunc(awk.sys.now() / 1000);
    awk.random = new LibraryRandom(awk.seed);
    return before;
  },
  and: bits((a, b) => a & b),
  or: bits((a, b) => a | b),
  xor: bits((a, b) => a ^ b),
  compl: bits((a) => ~a),
  lshift: bits((a, b) => a << (b & 63n)),
  rshift: bits((a, b) => a >> (b & 63n)),
  index(awk, [text, part]) {
    const wanted = awk.text(part);
    return wanted === "" ? 0 : awk.text(text).indexOf(wanted) + 1;
  },
  substr(awk, values) {
    const text = awk.text(values[0]);
    const start = Math.min(text.length, Math.max(0, Math.trunc(toNumber(values[1])) - 1));
    const count = values.length > 2 ? Math.max(0, Math.trunc(toNumber(values[2]))) : text.length - start;
    return text.slice(start, start + count);
  },
  sprintf: (awk, values, line) => formatAwk(awk, values, line),
  tolower: (awk, [text]) => awk.text(text).replace(/[A-Z]+/g, (found) => found.toLowerCase()),
  toupper: (awk, [text]) => awk.text(text).replace(/[a-z]+/g, (found) => found.toUpperCase()),
  systime: (awk) => Math.floor(awk.sys.now() / 1000),
  strftime: (awk, values) => {
    const format = values.length > 0 ? awk.text(values[0]) : "%a %b %e %H:%M:%S %Z %Y";
    const seconds = values.length > 1 ? Math.trunc(toNumber(values[1])) : Math.floor(awk.sys.now() / 1000);
    return formatDate(format, seconds * 1000);
  },
  mktime: (awk, [text]) => makeTime(awk.text(text)),
};

const MANY = Number.POSITIVE_INFINITY;

/** How many arguments each takes, at least and at most; others take what they are given. */
export const ARGUMENT_COUNTS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  atan2: [2, MANY],
  and: [2, MANY],
  close: [1, 1],
  compl: [1, MANY],
  cos: [1, 1],
  exp: [1, 1],
  fflush: [0, 1],
  gensub: [3, MANY],
  gsub: [2, MANY],
  index: [2, MANY],
  int: [1, 1],
  length: [0, 1],
  log: [1, 1],
  lshift: [2, MANY],
  match: [2, MANY],
  or: [2, MANY],
  rand: [0, 0],
  rshift: [2, MANY],
  sin: [1, 1],
  split: [2, MANY],
  sqrt: [1, 1],
  srand: [0, 1],
  sub: [2, MANY],
  substr: [2, MANY],
  system: [1, 1],
  systime: [0, 0],
  tolower: [1, MANY],
  toupper: [1, MANY],
  xor: [2, MANY],
};

export function builtinCall(name: string, parts: readonly Expression[], line: number): Expression {
  switch (name) {
    case "length":
      return length(parts);
    case "match":
      return match(parts);
    case "split":
      return split(parts);
    case "sub":
    case "gsub":
      return substitute(name, parts, line);
    case "gensub":
      return gensub(parts);
    case "system":
      return blocking(function* (awk) {
        return parts[0] ? yield* awk.streams.run(awk.text(yield* parts[0].task(awk))) : 0;
      });
    case "close":
      return blocking(function* (awk) {
        return yield* awk.streams.close(awk.text(parts[0] && (yield* parts[0].task(awk))));
      });
    case "fflush":
      return blocking(function* (awk) {
        if (parts[0]) return yield* awk.streams.flushOne(awk.text(yield* parts[0].task(awk)));
        yield* awk.flush();
        return 0;
      });
  }
  const simple = SIMPLE[name]!;
  if (parts.length === 0) return plain((awk) => simple(awk, [], line));
  return lift(parts, (awk, values) => simple(awk, values, line));
}

function length(parts: readonly Expression[]): Expression {
  const [only] = parts;
  if (!only) return plain((awk) => awk.text(awk.record).length);
  const variable = only.place?.kind === "variable" ? only.place.variable : undefined;
  if (!variable) return lift([only], (awk, [value]) => awk.text(value).length);
  return plain((awk) => {
    const cell = read(awk, variable);
    return cell.isArray ? cell.array.size : awk.text(load(awk, only.place!, undefined, 0)).length;
  });
}

/** A pattern argument: between slashes as it is, anything else as its text. */
function patternOf(part: Expression): Expression {
  const { pattern } = part;
  return pattern === undefined ? part : plain(() => pattern);
}

function match([text, pattern]: readonly Expression[]): Expression {
  return lift([text!, patternOf(pattern!)], (awk, [value, source]) => {
    const found = awk.regex(awk.text(source)).exec(awk.text(value));
    awk.globals.get("RSTART")!.value = found ? found.index + 1 : 0;
    awk.globals.get("RLENGTH")!.value = found ? found.end - found.index : -1;
    return found ? found.index + 1 : 0;
  });
}

function split([text, array, separator]: readonly Expression[]): Expression {
  const variable = array!.place?.kind === "variable" ? array!.place.variable! : undefined;
  const inputs = separator ? [text!, patternOf(separator)] : [text!];
  return lift(inputs, (awk, [value, between]) => {
    const pattern = separator?.pattern;
    const parts = awk.split(awk.text(value), separator ? awk.text(between) : awk.setting("FS"), pattern !== undefined);
    if (!variable) return parts.length;
    const into = read(awk, variable).array;
    into.clear();
    parts.forEach((part, i) => void into.set(String(i + 1), new InputText(part)));
    return parts.length;
  });
}

function substitute(name: "sub" | "gsub", parts: readonly Expression[], line: number): Expression {
  const target = parts[2];
  const place: Place | undefined = target?.place;
  const record: Place = { kind: "field", variable: undefined, key: plain(() => 0) };
  const where = target ? place : record;
  const inputs = [patternOf(parts[0]!), parts[1]!, ...(where ? (where.key ? [where.key] : []) : [target!])];
  return lift(inputs, (awk, [source, template, keyOrValue]) => {
    const old = awk.text(where ? load(awk, where, keyOrValue, line) : keyOrValue);
    const { text, count } = replace(awk, awk.text(source), awk.text(template), name === "gsub" ? 0 : 1, old, false);
    // The target is set even when nothing was found: $0 is then split anew.
    if (where) store(awk, where, keyOrValue, text, line);
    return count;
  });
}

function gensub(parts: readonly Expression[]): Expression {
  const inputs = [patternOf(parts[0]!), ...parts.slice(1)];
  return lift(inputs, (awk, [source, template, how, text]) => {
    const which = awk.text(how);
    const nth = /^[gG]/.test(which) ? 0 : Math.max(1, Math.trunc(toNumber(how)));
    const old = awk.text(parts.length > 3 ? text : awk.record);
    return replace(awk, awk.text(source), awk.text(template), nth, old, true).text;
  });
}

/** `nth` 0: all matches. A match that is empty takes the next byte along. */
function replace(awk: Awk, source: string, template: string, nth: number, text: string, withGroups: boolean) {
  const regex = awk.regex(source);
  let out = "";
  let at = 0;
  let found = 0;
  let count = 0;
  while (at <= text.length) {
    const match = regex.exec(text, at, at > 0);
    if (!match) break;
    found++;
    out += text.slice(at, match.index);
    if (nth === 0 || found === nth) {
      count++;
      const groups = [
        text.slice(match.index, match.end),
        ...match.groups.map((g) => (g ? text.slice(g[0], g[1]) : "")),
      ];
      out += fill(template, groups, withGroups);
    } else out += text.slice(match.index, match.end);
    awk.bounded(out);
    awk.pace.step();
    at = match.end;
    if (match.end === match.index) out += text[at++] ?? "";
    if (nth !== 0 && found === nth) break;
  }
  return { text: out + text.slice(at), count };
}

/** `&` and `\1` in a replacement; a backslash before them makes them ordinary, and two make one. */
function fill(template: string, groups: readonly string[], withGroups: boolean): string {
  let out = "";
  let slashes = 0;
  for (const c of template) {
    out += c;
    if (c === "\\") {
      slashes++;
      continue;
    }
    if (c === "&" || (withGroups && c >= "0" && c <= "9")) {
      out = out.slice(0, out.length - ((slashes + 3) >> 1));
      const marks = c === "&" ? slashes : slashes + 1;
      out += marks % 2 === 1 ? c : (groups[c === "&" ? 0 : Number(c)] ?? "");
    }
    slashes = 0;
  }
  return out;
}
