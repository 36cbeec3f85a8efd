/**
 * POSIX regular expressions as the GNU C library reads them: basic and extended, over bytes. The words of the problems are
 * regerror(3)'s.
 */

export type RegexNode =
  | { readonly kind: "empty" }
  /** One byte out of a set; `set[byte]` is 1 for members. */
  | { readonly kind: "set"; readonly set: Uint8Array }
  | { readonly kind: "assert"; readonly what: Assertion }
  | { readonly kind: "sequence"; readonly parts: readonly RegexNode[] }
  | { readonly kind: "alternatives"; readonly parts: readonly RegexNode[] }
  | { readonly kind: "group"; readonly index: number; readonly body: RegexNode }
  | { readonly kind: "backReference"; readonly index: number }
  /** `max` Infinity: without end. */
  | { readonly kind: "repeat"; readonly body: RegexNode; readonly min: number; readonly max: number };

export type Assertion =
  | "lineStart"
  | "lineEnd"
  | "wordBoundary"
  | "notWordBoundary"
  | "wordStart"
  | "wordEnd"
  | "bufferStart"
  | "bufferEnd";

export interface RegexFlags {
  readonly extended?: boolean;
  readonly ignoreCase?: boolean;
  /** REG_NEWLINE: `^` and `$` match at line feeds, `.` and `[^x]` do not match them. */
  readonly newline?: boolean;
  /** As GNU grep reads them (RE_SYNTAX_GREP, RE_SYNTAX_EGREP): a misplaced repetition is no error. */
  readonly lenient?: boolean;
}

/** What is wrong with an expression, in regerror's words. */
export class RegexProblem extends Error {}

/** RE_DUP_MAX. */
const MAX_REPEAT = 32767;

const word = (byte: number): boolean =>
  (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || byte === 95 || (byte >= 97 && byte <= 122);
export const isWordByte = word;

const CLASSES: Readonly<Record<string, (byte: number) => boolean>> = {
  alpha: (b) => (b >= 65 && b <= 90) || (b >= 97 && b <= 122),
  digit: (b) => b >= 48 && b <= 57,
  alnum: (b) => word(b) && b !== 95,
  upper: (b) => b >= 65 && b <= 90,
  lower: (b) => b >= 97 && b <= 122,
  space: (b) => b === 32 || (b >= 9 && b <= 13),
  blank: (b) => b === 32 || b === 9,
  punct: (b) => b > 32 && b < 127 && !(word(b) && b !== 95),
  print: (b) => b >= 32 && b < 127,
  graph: (b) => b > 32 && b < 127,
  cntrl: (b) => b < 32 || b === 127,
  xdigit: (b) => (b >= 48 && b <= 57) || (b >= 65 && b <= 70) || (b >= 97 && b <= 102),
};

type Token =
  | { readonly type: "character"; readonly byte: number }
  | {
      readonly type:
        | "any"
        | "bracket"
        | "open"
        | "close"
        | "alternative"
        | "star"
        | "plus"
        | "question"
        | "interval"
        | "end";
    }
  | { readonly type: "anchor"; readonly what: Assertion }
  | { readonly type: "class"; readonly letter: string }
  | { readonly type: "backReference"; readonly index: number };

/** Anchors that a backslash makes. */
const ESCAPED_ANCHORS: Readonly<Record<string, Assertion>> = {
  b: "wordBoundary",
  B: "notWordBoundary",
  "<": "wordStart",
  ">": "wordEnd",
  "`": "bufferStart",
  "'": "bufferEnd",
};

export interface ParsedRegex {
  readonly tree: RegexNode;
  readonly groups: number;
  readonly backReferences: boolean;
}

/** Throws RegexProblem. */
export function parseRegex(source: string, flags: RegexFlags): ParsedRegex {
  return new Parser(source, flags).parse();
}

class Parser {
  #at = 0;
  #token: Token = { type: "end" };
  #groups = 0;
  readonly #completed = new Set<number>();
  #backReferences = false;
  readonly #source: string;
  readonly #extended: boolean;
  readonly #flags: RegexFlags;

  constructor(source: string, flags: RegexFlags) {
    this.#source = source;
    this.#flags = flags;
    this.#extended = flags.extended ?? false;
  }

  parse(): ParsedRegex {
    this.#next(true);
    const tree = this.#alternatives(0);
    return { tree, groups: this.#groups, backReferences: this.#backReferences };
  }

  /** Reads one token; `caretAnchors`: in a basic expression `^` is an anchor here. */
  #next(caretAnchors = false): void {
    const [token, length] = this.#peek(this.#at, caretAnchors);
    this.#token = token;
    this.#at += length;
  }

  #peek(at: number, caretAnchors: boolean): readonly [Token, number] {
    const c = this.#source[at];
    if (c === undefined) return [{ type: "end" }, 0];
    const character: readonly [Token, number] = [{ type: "character", byte: c.charCodeAt(0) & 255 }, 1];
    if (c === "\\") {
      const next = this.#source[at + 1];
      if (next === undefined) throw new RegexProblem("Trailing backslash");
      return [this.#escaped(next), 2];
    }
    if (c === "[") return [{ type: "bracket" }, 1];
    if (c === ".") return [{ type: "any" }, 1];
    if (c === "*") return [{ type: "star" }, 1];
    if (c === "^") return this.#extended || caretAnchors ? [{ type: "anchor", what: "lineStart" }, 1] : character;
    if (c === "$") {
      if (this.#extended || at + 1 === this.#source.length) return [{ type: "anchor", what: "lineEnd" }, 1];
      const [after] = this.#peek(at + 1, false);
      return after.type === "alternative" || after.type === "close"
        ? [{ type: "anchor", what: "lineEnd" }, 1]
        : character;
    }
    if (!this.#extended) return character;
    const type = (
      { "(": "open", ")": "close", "|": "alternative", "+": "plus", "?": "question", "{": "interval" } as const
    )[c as "("];
    return type === undefined ? character : [{ type }, 1];
  }

  #escaped(c: string): Token {
    if (Object.hasOwn(ESCAPED_ANCHORS, c)) return { type: "anchor", what: ESCAPED_ANCHORS[c]! };
    if (/[wWsS]/.test(c)) return { type: "class", letter: c };
    if (/[1-9]/.test(c)) return { type: "backReference", index: Number(c) };
    if (!this.#extended) {
      const type = (
        { "(": "open", ")": "close", "|": "alternative", "+": "plus", "?": "question", "{": "interval" } as const
      )[c as "("];
      if (type !== undefined) return { type };
    }
    return { type: "character", byte: c.charCodeAt(0) & 255 };
  }

  #alternatives(depth: number): RegexNode {
    const parts = [this.#branch(depth)];
    while (this.#token.type === "alternative") {
      this.#next(true);
      parts.push(this.#branch(depth));
    }
    return parts.length === 1 ? parts[0]! : { kind: "alternatives", parts };
  }

  #branch(depth: number): RegexNode {
    const parts: RegexNode[] = [];
    while (
      this.#token.type !== "alternative" &&
      this.#token.type !== "end" &&
      !(depth > 0 && this.#token.type === "close")
    )
      parts.push(this.#expression(depth));
    return parts.length === 1 ? parts[0]! : parts.length === 0 ? { kind: "empty" } : { kind: "sequence", parts };
  }

  #expression(depth: number): RegexNode {
    const token = this.#token;
    let node: RegexNode;
    switch (token.type) {
      case "anchor":
        // An anchor cannot be repeated: a star after it is a character, or wrong.
        this.#next(token.what === "lineStart" && !this.#extended);
        return { kind: "assert", what: token.what };
      case "open":
        node = this.#group(depth);
        break;
      case "bracket":
        node = { kind: "set", set: this.#bracket() };
        break;
      case "any":
        node = { kind: "set", set: setOf((byte) => byte !== 10 || !this.#flags.newline) };
        break;
      case "class": {
        const inClass = token.letter.toLowerCase() === "w" ? word : CLASSES.space!;
        const negated = token.letter < "a";
        node = { kind: "set", set: setOf((byte) => inClass(byte) !== negated) };
        break;
      }
      case "backReference":
        if (!this.#completed.has(token.index)) throw new RegexProblem("Invalid back reference");
        this.#backReferences = true;
        node = { kind: "backReference", index: token.index };
        break;
      case "character":
        node = this.#single(token.byte);
        break;
      case "star":
        if (this.#extended) return this.#misplaced(depth);
        node = this.#single(42);
        break;
      case "plus":
      case "question":
        if (this.#extended) return this.#misplaced(depth);
        node = this.#single(token.type === "plus" ? 43 : 63);
        break;
      case "close":
        if (!this.#extended) throw new RegexProblem("Unmatched ) or \\)");
        node = this.#single(41);
        break;
      case "interval":
        return this.#misplaced(depth);
      default:
        throw new RegexProblem("Invalid preceding regular expression");
    }
    this.#next();
    return this.#repeated(node);
  }

  /** A repetition with nothing before it. */
  #misplaced(depth: number): RegexNode {
    if (!this.#flags.lenient || !this.#extended) throw new RegexProblem("Invalid preceding regular expression");
    this.#next();
    const { type } = this.#token;
    if (type === "end" || type === "alternative" || (type === "close" && depth > 0)) return { kind: "empty" };
    return this.#expression(depth);
  }

  #single(byte: number): RegexNode {
    return { kind: "set", set: this.#folded(setOf((other) => other === byte)) };
  }

  /** With both cases of each letter, when case does not count. */
  #folded(set: Uint8Array): Uint8Array {
    if (!this.#flags.ignoreCase) return set;
    for (let byte = 65; byte <= 90; byte++) {
      if (set[byte] || set[byte + 32]) set[byte] = set[byte + 32] = 1;
    }
    return set;
  }

  #group(depth: number): RegexNode {
    if (depth > 200) throw new RegexProblem("Memory exhausted");
    const index = ++this.#groups;
    this.#next(true);
    const body: RegexNode = this.#token.type === "close" ? { kind: "empty" } : this.#alternatives(depth + 1);
    if (this.#token.type !== "close") throw new RegexProblem("Unmatched ( or \\(");
    this.#completed.add(index);
    return { kind: "group", index, body };
  }

  #repeated(first: RegexNode): RegexNode {
    let node = first;
    for (;;) {
      const { type } = this.#token;
      if (type === "star") node = { kind: "repeat", body: node, min: 0, max: Number.POSITIVE_INFINITY };
      else if (type === "plus") node = { kind: "repeat", body: node, min: 1, max: Number.POSITIVE_INFINITY };
      else if (type === "question") node = { kind: "repeat", body: node, min: 0, max: 1 };
      else if (type === "interval") {
        const interval = this.#interval();
        if (interval) node = { kind: "repeat", body: node, ...interval };
        else {
          // No interval after all: the brace is a character.
          this.#token = { type: "character", byte: 123 };
          return node;
        }
      } else return node;
      this.#next();
      // RE_CONTEXT_INVALID_DUP: a basic expression repeats once.
      const again: string = this.#token.type;
      if (!this.#extended && !this.#flags.lenient && (again === "star" || again === "interval"))
        throw new RegexProblem("Invalid preceding regular expression");
    }
  }

  /** Undefined: not written as one, where that is allowed. */
  #interval(): { min: number; max: number } | undefined {
    const close = this.#extended ? "}" : "\\}";
    const rest = this.#source.slice(this.#at);
    const match = /^(\d*)(,?)(\d*)/.exec(rest)!;
    const [text, from, comma, to] = match;
    if (!rest.startsWith(close, text.length)) {
      if (this.#flags.lenient && this.#extended) return undefined;
      throw new RegexProblem(text.length === rest.length ? "Unmatched \\{" : "Invalid content of \\{\\}");
    }
    if (from === "" && comma === "") throw new RegexProblem("Invalid content of \\{\\}");
    this.#at += text.length + close.length;
    const min = Number(from);
    const max = comma === "" ? min : to === "" ? Number.POSITIVE_INFINITY : Number(to);
    if (max < min) throw new RegexProblem("Invalid content of \\{\\}");
    if (min > MAX_REPEAT || (max > MAX_REPEAT && max !== Number.POSITIVE_INFINITY))
      throw new RegexProblem("Regular expression too big");
    return { min, max };
  }

  #bracket(): Uint8Array {
    const source = this.#source;
    const set = new Uint8Array(256);
    const negated = source[this.#at] === "^";
    if (negated) this.#at++;
    if (this.#at >= source.length) throw new RegexProblem("Invalid regular expression");
    for (let first = true; ; first = false) {
      const c = source[this.#at];
      if (c === undefined) throw new RegexProblem("Unmatched [, [^, [:, [., or [=");
      if (c === "]" && !first) break;
      const named = this.#namedClass();
      if (named) {
        for (let byte = 0; byte < 256; byte++) if (named(byte)) set[byte] = 1;
        continue;
      }
      const from = this.#bracketElement();
      if (source[this.#at] !== "-" || source[this.#at + 1] === "]" || source[this.#at + 1] === undefined) {
        set[from] = 1;
        continue;
      }
      this.#at++;
      if (source.startsWith("[:", this.#at)) throw new RegexProblem("Invalid range end");
      const to = this.#bracketElement();
      if (to < from) throw new RegexProblem("Invalid range end");
      for (let byte = from; byte <= to; byte++) set[byte] = 1;
    }
    this.#at++;
    this.#folded(set);
    if (!negated) return set;
    return setOf((byte) => !set[byte] && !(byte === 10 && this.#flags.newline));
  }

  #namedClass(): ((byte: number) => boolean) | undefined {
    const match = /^\[:([^\]]*?):\]/.exec(this.#source.slice(this.#at, this.#at + 40));
    if (!match) {
      if (this.#source.startsWith("[:", this.#at) && !this.#source.includes(":]", this.#at + 2)) return undefined;
      return undefined;
    }
    const found = Object.hasOwn(CLASSES, match[1]!) ? CLASSES[match[1]!] : undefined;
    if (!found) throw new RegexProblem("Invalid character class name");
    this.#at += match[0].length;
    return found;
  }

  /** One byte: itself, or written as `[.x.]` or `[=x=]`. */
  #bracketElement(): number {
    const collating = /^\[([.=])(.+?)\1\]/s.exec(this.#source.slice(this.#at, this.#at + 40));
    if (collating) {
      if (collating[2]!.length > 1) throw new RegexProblem("Invalid collation character");
      this.#at += collating[0].length;
      return collating[2]!.charCodeAt(0) & 255;
    }
    const c = this.#source[this.#at];
    if (c === undefined) throw new RegexProblem("Unmatched [, [^, [:, [., or [=");
    this.#at++;
    return c.charCodeAt(0) & 255;
  }
}

function setOf(member: (byte: number) => boolean): Uint8Array {
  const set = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) if (member(byte)) set[byte] = 1;
  return set;
}
