/**
 * The grammar of JavaScript's regular expressions without the flags u and v, as browsers have it (ECMA-262, annex B), read
 * into a tree. Left out, each refused in words: back references and lookbehind.
 */

/** What is wrong with a pattern, or that it is more than this can do. */
export class PatternProblem extends Error {}

export interface PatternFlags {
  readonly ignoreCase?: boolean;
  /** `^` and `$` at every line. */
  readonly multiline?: boolean;
  /** `.` is every character. */
  readonly dotAll?: boolean;
}

/** Characters of a pattern; parentheses in each other; what a repetition may count to. */
const longest = 1000;
const deepest = 100;
const mostTimes = 3000;

export type Place = "start" | "end" | "wordBoundary" | "notWordBoundary";

export type Node =
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "sequence" | "alternatives"; readonly parts: readonly Node[] }
  | { readonly kind: "repeat"; readonly body: Node; readonly min: number; readonly max: number; readonly lazy: boolean }
  /** The first parentheses that keep what they find. */
  | { readonly kind: "group"; readonly body: Node }
  | { readonly kind: "place"; readonly place: Place }
  | { readonly kind: "ahead"; readonly body: Node; readonly negative: boolean };

/** Throws PatternProblem. */
export function readPattern(source: string, flags: PatternFlags): Node {
  return new PatternReader(source, flags).pattern();
}

type CodeRange = readonly [from: number, to: number];
const last = 0xffff;

const digits: readonly CodeRange[] = [[48, 57]];
const words: readonly CodeRange[] = [...digits, [65, 90], [95, 95], [97, 122]];
/** ECMAScript: WhiteSpace and LineTerminator. */
const spaces: readonly CodeRange[] = [
  [9, 13],
  [32, 32],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const lineEnds: readonly CodeRange[] = [
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
];
const classes: Readonly<Record<string, readonly CodeRange[]>> = {
  d: digits,
  D: allBut(digits),
  w: words,
  W: allBut(words),
  s: spaces,
  S: allBut(spaces),
};

function allBut(ranges: readonly CodeRange[]): CodeRange[] {
  const out: CodeRange[] = [];
  let from = 0;
  for (const [first, to] of ranges) {
    if (first > from) out.push([from, first - 1]);
    from = to + 1;
  }
  return [...out, [from, last]];
}

/** Codes of UTF-16. */
export class CharacterSet {
  readonly #ranges: readonly CodeRange[];
  readonly #ignoreCase: boolean;
  readonly #inverted: boolean;
  readonly #low: Uint8Array;

  constructor(ranges: readonly CodeRange[], ignoreCase: boolean, inverted = false) {
    this.#ranges = ranges;
    this.#ignoreCase = ignoreCase;
    this.#inverted = inverted;
    this.#low = Uint8Array.from({ length: 128 }, (_, code) => Number(this.#find(code)));
  }

  has(code: number): boolean {
    return code < 128 ? this.#low[code] === 1 : this.#find(code);
  }

  #find(code: number): boolean {
    const found =
      this.#listed(code) ||
      (this.#ignoreCase && othersOf(code).some((other) => foldCase(other) === foldCase(code) && this.#listed(other)));
    return found !== this.#inverted;
  }

  #listed(code: number): boolean {
    return this.#ranges.some(([from, to]) => code >= from && code <= to);
  }
}

function othersOf(code: number): number[] {
  const text = String.fromCharCode(code);
  return [text.toLowerCase(), text.toUpperCase()].filter(({ length }) => length === 1).map((one) => one.charCodeAt(0));
}

/** ECMAScript: Canonicalize, without the flag u. */
function foldCase(code: number): number {
  const upper = String.fromCharCode(code).toUpperCase();
  const folded = upper.length === 1 ? upper.charCodeAt(0) : code;
  return code >= 128 && folded < 128 ? code : folded;
}

const escapes: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, 0: 0 };

class PatternReader {
  readonly #source: string;
  readonly #ignoreCase: boolean;
  readonly #dotAll: boolean;
  #at = 0;
  #depth = 0;
  #hasGroup = false;

  constructor(source: string, flags: PatternFlags) {
    if (source.length > longest) throw new PatternProblem(`it is longer than ${longest} characters`);
    this.#source = source;
    this.#ignoreCase = flags.ignoreCase === true;
    this.#dotAll = flags.dotAll === true;
  }

  pattern(): Node {
    const node = this.#alternatives();
    if (this.#at < this.#source.length) throw new PatternProblem("there is a ) too many");
    return node;
  }

  #alternatives(): Node {
    if (++this.#depth > deepest) throw new PatternProblem("its parentheses are nested too deeply");
    const parts = [this.#sequence()];
    while (this.#take("|")) parts.push(this.#sequence());
    this.#depth--;
    return parts.length === 1 ? parts[0]! : { kind: "alternatives", parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#source.length && !"|)".includes(this.#source[this.#at]!)) parts.push(this.#repeated());
    return parts.length === 1 ? parts[0]! : { kind: "sequence", parts };
  }

  #repeated(): Node {
    const body = this.#single();
    const times = this.#times();
    if (!times) return body;
    if (body.kind === "place") throw new PatternProblem("there is nothing to repeat before a *, + or ?");
    return { kind: "repeat", body, ...times, lazy: this.#take("?") };
  }

  #times(): { min: number; max: number } | undefined {
    if (this.#take("*")) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#take("+")) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#take("?")) return { min: 0, max: 1 };
    const braces = this.#match(/\{(\d+)(,(\d*))?\}/y);
    if (!braces) return undefined;
    const min = Number(braces[1]);
    const max = braces[2] === undefined ? min : braces[3] === "" ? Number.POSITIVE_INFINITY : Number(braces[3]);
    if (max < min) throw new PatternProblem(`${braces[0]} ends before it begins`);
    if (min > mostTimes || (max > mostTimes && max !== Number.POSITIVE_INFINITY))
      throw new PatternProblem(`${braces[0]} is too often`);
    return { min, max };
  }

  #single(): Node {
    const c = this.#source[this.#at]!;
    switch (c) {
      case "(":
        return this.#group();
      case "[":
        return this.#class();
      case "\\":
        return this.#escape();
      case "*":
      case "+":
      case "?":
        throw new PatternProblem(`there is nothing to repeat before ${c}`);
      case "{":
        if (/^\{\d+(,\d*)?\}/.test(this.#source.slice(this.#at)))
          throw new PatternProblem("there is nothing to repeat before {");
        break;
      case "^":
        this.#at++;
        return { kind: "place", place: "start" };
      case "$":
        this.#at++;
        return { kind: "place", place: "end" };
      case ".":
        this.#at++;
        return this.#set(this.#dotAll ? [[0, last]] : lineEnds, !this.#dotAll);
      default:
    }
    this.#at++;
    return this.#character(c.charCodeAt(0));
  }

  #group(): Node {
    const open = this.#match(/\((\?(?:[:=!]|<[A-Za-z_$][\w$]*>|.{0,2}))?/sy)![1] ?? "";
    if (open === "?<=" || open === "?<!")
      throw new PatternProblem("it looks behind itself, which cannot be done in bounded time: say it another way");
    if (open !== "" && !/^\?([:=!]|<\w)/.test(open)) throw new PatternProblem(`(${open} is no group`);
    const isFirst = !this.#hasGroup && (open === "" || open.startsWith("?<"));
    if (isFirst) this.#hasGroup = true;
    const body = this.#alternatives();
    if (!this.#take(")")) throw new PatternProblem("a ( is not closed");
    if (open === "?=" || open === "?!") return { kind: "ahead", body, negative: open === "?!" };
    if (isFirst) return { kind: "group", body };
    // Its own kind, so that ^* is nothing and (^)* is something.
    return { kind: "sequence", parts: [body] };
  }

  #escape(): Node {
    const c = this.#source[this.#at + 1];
    if (c === "b" || c === "B") {
      this.#at += 2;
      return { kind: "place", place: c === "b" ? "wordBoundary" : "notWordBoundary" };
    }
    if (c !== undefined && /[1-9]/.test(c))
      throw new PatternProblem(`\\${c} refers back, which cannot be done in bounded time: say it another way`);
    const ranges = this.#escaped();
    return this.#set(ranges);
  }

  /** What stands for one character, or for a class of them. */
  #escaped(): readonly CodeRange[] {
    this.#at++;
    const c = this.#source[this.#at++];
    if (c === undefined) throw new PatternProblem("it ends in \\");
    if (classes[c]) return classes[c];
    if (c === "k" || c === "p" || c === "P") throw new PatternProblem(`\\${c} is not understood`);
    const control = c === "c" ? this.#match(/[A-Za-z]/y) : undefined;
    const hex = c === "x" ? this.#match(/[0-9a-fA-F]{2}/y) : c === "u" ? this.#match(/[0-9a-fA-F]{4}/y) : undefined;
    if (c === "c" && !control) throw new PatternProblem("\\c needs a letter");
    const code = control ? control[0].charCodeAt(0) % 32 : hex ? Number.parseInt(hex[0], 16) : escapes[c];
    const one = code ?? c.charCodeAt(0);
    return [[one, one]];
  }

  #class(): Node {
    this.#at++;
    const inverted = this.#take("^");
    const ranges: CodeRange[] = [];
    while (!this.#take("]")) {
      const from = this.#classAtom();
      const isRange = this.#source[this.#at] === "-" && !["]", undefined].includes(this.#source[this.#at + 1]);
      if (!isRange) {
        ranges.push(...from);
        continue;
      }
      this.#at++;
      const to = this.#classAtom();
      const [first, final] = [from[0]![0], to[0]![0]];
      if (from.length > 1 || to.length > 1 || from[0]![1] !== first || to[0]![1] !== final) {
        // One side is a class: the - means itself.
        ranges.push(...from, [45, 45], ...to);
      } else if (final < first) throw new PatternProblem("a range in [] ends before it begins");
      else ranges.push([first, final]);
    }
    return this.#set(ranges, inverted);
  }

  #classAtom(): readonly CodeRange[] {
    const c = this.#source[this.#at];
    if (c === undefined) throw new PatternProblem("a [ is not closed");
    if (c === "\\") {
      if (this.#source[this.#at + 1] !== "b") return this.#escaped();
      this.#at += 2;
      return [[8, 8]];
    }
    this.#at++;
    return [[c.charCodeAt(0), c.charCodeAt(0)]];
  }

  #set(ranges: readonly CodeRange[], inverted = false): Node {
    return { kind: "set", set: new CharacterSet(ranges, this.#ignoreCase, inverted) };
  }

  #character(code: number): Node {
    return this.#set([[code, code]]);
  }

  #take(c: string): boolean {
    if (this.#source[this.#at] !== c) return false;
    this.#at++;
    return true;
  }

  /** `pattern` is sticky. */
  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }
}
