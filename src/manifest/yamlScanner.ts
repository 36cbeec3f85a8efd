/**
 * YAML text to tokens, as kubectl's YAML library (go-yaml 2, after libyaml) cuts it: the same texts are accepted, and
 * the same words and lines come with those that are not. YAML 1.1, which differs from 1.2 in places.
 */
export interface Mark {
  readonly index: number;
  /** From 0. */
  readonly line: number;
  readonly column: number;
}

export type TokenType =
  | "stream end"
  | "version directive"
  | "tag directive"
  | "document start"
  | "document end"
  | "block sequence start"
  | "block mapping start"
  | "block end"
  | "flow sequence start"
  | "flow sequence end"
  | "flow mapping start"
  | "flow mapping end"
  | "block entry"
  | "flow entry"
  | "key"
  | "value"
  | "alias"
  | "anchor"
  | "tag"
  | "scalar";

export interface Token {
  readonly type: TokenType;
  readonly start: Mark;
  readonly end: Mark;
  /** A scalar's text, an anchor's name, a tag's or directive's parts joined by a space. */
  readonly value?: string;
  readonly plain?: boolean;
}

/** A fault that the scanner, the parser or the reader of values found; `line` is the one go-yaml names, if any. */
export class YamlFault extends Error {
  readonly problem: string;
  /** As go-yaml says it, from 1; undefined where it says none. */
  readonly line: number | undefined;
  /** Where it is in truth. */
  readonly mark: Mark | undefined;
  /** Where the thing began that could not be finished. */
  readonly context: Mark | undefined;

  constructor(problem: string, line?: number, mark?: Mark, context?: Mark) {
    super(problem);
    this.problem = problem;
    this.line = line;
    this.mark = mark;
    this.context = context;
  }
}

interface SimpleKey {
  possible: boolean;
  required: boolean;
  /** Counted from the first token of the stream. */
  token: number;
  mark: Mark;
}

/** A key may be this long before its colon. */
const LONGEST_KEY = 1024;
/** go-yaml stops at 10000; no manifest comes near either. */
const DEEPEST = 1000;

const breaks = "\n\r\u0085\u2028\u2029";
const blank = (c: string) => c === " " || c === "\t";
const lineBreak = (c: string) => c !== "" && breaks.includes(c);
const breakOrEnd = (c: string) => c === "" || lineBreak(c);
const blankOrEnd = (c: string) => blank(c) || breakOrEnd(c);
const wordCharacter = (c: string) => /^[0-9A-Za-z_-]$/.test(c);

export class YamlScanner {
  readonly #text: string;
  #pos = 0;
  #line = 0;
  #column = 0;
  readonly #queue: Token[] = [];
  #taken = 0;
  #ended = false;
  #indent = -1;
  readonly #indents: number[] = [];
  #flowLevel = 0;
  #keyAllowed = true;
  readonly #keys: SimpleKey[] = [
    { possible: false, required: false, token: 0, mark: { index: 0, line: 0, column: 0 } },
  ];

  /** The keys by the token they would stand before. */
  readonly #keyAt = new Map<number, SimpleKey>();

  constructor(text: string) {
    this.#text = text;
    // A byte order mark is no character of the first line; anywhere else it is one.
    if (text.startsWith("\ufeff")) this.#pos = 1;
  }

  /** The next token, left in place; after the end of the stream always that. */
  peek(): Token {
    while (this.#needsMore()) this.#fetch();
    return this.#queue[0]!;
  }

  take(): Token {
    const token = this.peek();
    if (token.type === "stream end") return token;
    this.#queue.shift();
    this.#taken++;
    return token;
  }

  /** More must be read before the first token is sure: a later colon may put a key before it. */
  #needsMore(): boolean {
    if (this.#queue.length === 0) return true;
    const key = this.#keyAt.get(this.#taken);
    return key !== undefined && this.#isValid(key) && !this.#ended;
  }

  #mark(): Mark {
    return { index: this.#pos, line: this.#line, column: this.#column };
  }

  #char(ahead = 0): string {
    return this.#text[this.#pos + ahead] ?? "";
  }

  #skip(count = 1): void {
    this.#pos += count;
    this.#column += count;
  }

  /** Over a line break; answers it as YAML keeps it. */
  #skipBreak(): string {
    const c = this.#char();
    this.#pos += c === "\r" && this.#char(1) === "\n" ? 2 : 1;
    this.#line++;
    this.#column = 0;
    return c === "\u2028" || c === "\u2029" ? c : "\n";
  }

  #fail(problem: string, context?: Mark): never {
    const mark = this.#mark();
    // The first line is named by none: go-yaml takes line 0 for no line.
    const line = mark.line > 0 ? mark.line + 1 : context && context.line > 0 ? context.line : undefined;
    throw new YamlFault(problem, line, mark, context);
  }

  #isValid(key: SimpleKey): boolean {
    if (!key.possible) return false;
    if (key.mark.line >= this.#line && key.mark.index + LONGEST_KEY >= this.#pos) return true;
    if (key.required) this.#fail("could not find expected ':'", key.mark);
    key.possible = false;
    return false;
  }

  #saveKey(): void {
    const required = this.#flowLevel === 0 && this.#indent === this.#column;
    if (!this.#keyAllowed) return;
    this.#removeKey();
    const key = { possible: true, required, token: this.#taken + this.#queue.length, mark: this.#mark() };
    this.#keys[this.#keys.length - 1] = key;
    this.#keyAt.set(key.token, key);
  }

  #removeKey(): void {
    const key = this.#keys.at(-1)!;
    if (!key.possible) return;
    if (key.required) this.#fail("could not find expected ':'", key.mark);
    key.possible = false;
    this.#keyAt.delete(key.token);
  }

  #rollIndent(column: number, type: TokenType, mark: Mark, at?: number): void {
    if (this.#flowLevel > 0 || this.#indent >= column) return;
    this.#indents.push(this.#indent);
    if (this.#indents.length > DEEPEST) this.#fail("exceeded max depth of 10000", mark);
    this.#indent = column;
    this.#insert({ type, start: mark, end: mark }, at);
  }

  #unrollIndent(column: number): void {
    if (this.#flowLevel > 0) return;
    while (this.#indent > column) {
      const mark = this.#mark();
      this.#queue.push({ type: "block end", start: mark, end: mark });
      this.#indent = this.#indents.pop()!;
    }
  }

  #insert(token: Token, at?: number): void {
    if (at === undefined) this.#queue.push(token);
    else this.#queue.splice(at - this.#taken, 0, token);
  }

  /** Takes `length` characters as a token of their own. */
  #indicator(type: TokenType, length: number): void {
    const start = this.#mark();
    this.#skip(length);
    this.#queue.push({ type, start, end: this.#mark() });
  }

  #fetch(): void {
    this.#toNextToken();
    this.#unrollIndent(this.#column);
    const c = this.#char();
    const next = this.#char(1);
    const flow = this.#flowLevel > 0;
    if (c === "") return this.#fetchEnd();
    if (this.#column === 0 && c === "%") return this.#fetchDirective();
    if (this.#atDocumentIndicator()) {
      this.#unrollIndent(-1);
      this.#removeKey();
      this.#keyAllowed = false;
      return this.#indicator(c === "-" ? "document start" : "document end", 3);
    }
    if (c === "[" || c === "{") return this.#fetchFlowStart(c);
    if (c === "]" || c === "}") {
      this.#removeKey();
      if (flow) {
        this.#flowLevel--;
        // Of an empty pair of brackets this forgets the key that the brackets themselves might be.
        this.#keyAt.delete(this.#keys.pop()!.token);
      }
      this.#keyAllowed = false;
      return this.#indicator(c === "]" ? "flow sequence end" : "flow mapping end", 1);
    }
    if (c === ",") {
      this.#removeKey();
      this.#keyAllowed = true;
      return this.#indicator("flow entry", 1);
    }
    if (c === "-" && blankOrEnd(next)) return this.#fetchBlockEntry();
    if (c === "?" && (flow || blankOrEnd(next))) return this.#fetchKey();
    if (c === ":" && (flow || blankOrEnd(next))) return this.#fetchValue();
    if (c === "*" || c === "&") return this.#fetchAnchor(c === "*" ? "alias" : "anchor");
    if (c === "!") return this.#fetchTag();
    if ((c === "|" || c === ">") && !flow) {
      this.#removeKey();
      this.#keyAllowed = true;
      return this.#blockScalar(c === "|");
    }
    if (c === "'" || c === '"') return this.#fetchQuoted(c);
    const indicator = "-?:,[]{}#&*!|>'\"%@`".includes(c) || blankOrEnd(c);
    if (!indicator || (c === "-" && !blank(next)) || (!flow && (c === "?" || c === ":") && !blankOrEnd(next)))
      return this.#fetchPlain();
    return this.#fail("found character that cannot start any token", this.#mark());
  }

  #toNextToken(): void {
    for (;;) {
      while (this.#char() === " " || (this.#char() === "\t" && (this.#flowLevel > 0 || !this.#keyAllowed)))
        this.#skip();
      if (this.#char() === "#") while (!breakOrEnd(this.#char())) this.#skip();
      if (!lineBreak(this.#char())) return;
      this.#skipBreak();
      if (this.#flowLevel === 0) this.#keyAllowed = true;
    }
  }

  #atDocumentIndicator(): boolean {
    const three = this.#text.substr(this.#pos, 3);
    return this.#column === 0 && (three === "---" || three === "...") && blankOrEnd(this.#char(3));
  }

  #fetchEnd(): void {
    if (this.#column !== 0) {
      this.#column = 0;
      this.#line++;
    }
    this.#unrollIndent(-1);
    this.#removeKey();
    this.#keyAllowed = false;
    this.#ended = true;
    const mark = this.#mark();
    this.#queue.push({ type: "stream end", start: mark, end: mark });
  }

  #fetchFlowStart(c: string): void {
    this.#saveKey();
    this.#keys.push({
      possible: false,
      required: false,
      token: this.#taken + this.#queue.length,
      mark: this.#mark(),
    });
    this.#flowLevel++;
    if (this.#flowLevel > DEEPEST) this.#fail("exceeded max depth of 10000", this.#mark());
    this.#keyAllowed = true;
    this.#indicator(c === "[" ? "flow sequence start" : "flow mapping start", 1);
  }

  #fetchBlockEntry(): void {
    if (this.#flowLevel === 0) {
      if (!this.#keyAllowed) this.#fail("block sequence entries are not allowed in this context", this.#mark());
      this.#rollIndent(this.#column, "block sequence start", this.#mark());
    }
    this.#removeKey();
    this.#keyAllowed = true;
    this.#indicator("block entry", 1);
  }

  #fetchKey(): void {
    if (this.#flowLevel === 0) {
      if (!this.#keyAllowed) this.#fail("mapping keys are not allowed in this context", this.#mark());
      this.#rollIndent(this.#column, "block mapping start", this.#mark());
    }
    this.#removeKey();
    this.#keyAllowed = this.#flowLevel === 0;
    this.#indicator("key", 1);
  }

  #fetchValue(): void {
    const key = this.#keys.at(-1)!;
    if (this.#isValid(key)) {
      this.#insert({ type: "key", start: key.mark, end: key.mark }, key.token);
      this.#rollIndent(key.mark.column, "block mapping start", key.mark, key.token);
      key.possible = false;
      this.#keyAt.delete(key.token);
      this.#keyAllowed = false;
    } else {
      if (this.#flowLevel === 0) {
        if (!this.#keyAllowed) this.#fail("mapping values are not allowed in this context", this.#mark());
        this.#rollIndent(this.#column, "block mapping start", this.#mark());
      }
      this.#keyAllowed = this.#flowLevel === 0;
    }
    this.#indicator("value", 1);
  }

  #fetchAnchor(type: "alias" | "anchor"): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const start = this.#mark();
    this.#skip();
    const value = this.#word();
    if (value === "" || !(blankOrEnd(this.#char()) || "?:,]}%@`".includes(this.#char())))
      this.#fail("did not find expected alphabetic or numeric character", start);
    this.#queue.push({ type, start, end: this.#mark(), value });
  }

  #word(): string {
    const from = this.#pos;
    while (wordCharacter(this.#char())) this.#skip();
    return this.#text.slice(from, this.#pos);
  }

  #fetchTag(): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const start = this.#mark();
    let handle = "";
    let suffix = "";
    if (this.#char(1) === "<") {
      this.#skip(2);
      suffix = this.#tagUri("", start);
      if (this.#char() !== ">") this.#fail("did not find the expected '>'", start);
      this.#skip();
    } else {
      handle = this.#tagHandle(start, false);
      if (handle.length > 1 && handle.endsWith("!")) suffix = this.#tagUri("", start);
      else {
        suffix = this.#tagUri(handle, start);
        handle = "!";
        if (suffix === "") [handle, suffix] = ["", "!"];
      }
    }
    if (!blankOrEnd(this.#char())) this.#fail("did not find expected whitespace or line break", start);
    this.#queue.push({ type: "tag", start, end: this.#mark(), value: `${handle} ${suffix}` });
  }

  #tagHandle(start: Mark, directive: boolean): string {
    if (this.#char() !== "!") this.#fail("did not find expected '!'", start);
    const from = this.#pos;
    this.#skip();
    this.#word();
    if (this.#char() === "!") this.#skip();
    else if (directive && this.#pos - from > 1) this.#fail("did not find expected '!'", start);
    return this.#text.slice(from, this.#pos);
  }

  #tagUri(head: string, start: Mark): string {
    let uri = head.slice(1);
    let found = head !== "";
    while (wordCharacter(this.#char()) || (this.#char() !== "" && ";/?:@&=+$,.!~*'()[]%".includes(this.#char()))) {
      if (this.#char() === "%") {
        const code = /^[0-9A-Fa-f]{2}$/.exec(this.#text.substr(this.#pos + 1, 2));
        if (!code) this.#fail("did not find URI escaped octet", start);
        uri += String.fromCharCode(Number.parseInt(code![0], 16));
        this.#skip(3);
      } else {
        uri += this.#char();
        this.#skip();
      }
      found = true;
    }
    if (!found) this.#fail("did not find expected tag URI", start);
    return uri;
  }

  #fetchDirective(): void {
    this.#unrollIndent(-1);
    this.#removeKey();
    this.#keyAllowed = false;
    const start = this.#mark();
    this.#skip();
    const name = this.#word();
    if (name === "") this.#fail("could not find expected directive name", start);
    if (!blankOrEnd(this.#char())) this.#fail("found unexpected non-alphabetical character", start);
    const spaces = () => {
      while (blank(this.#char())) this.#skip();
    };
    let value = "";
    if (name === "YAML") {
      spaces();
      value = this.#versionNumber(start);
      if (this.#char() !== ".") this.#fail("did not find expected digit or '.' character", start);
      this.#skip();
      value += ` ${this.#versionNumber(start)}`;
    } else if (name === "TAG") {
      spaces();
      value = this.#tagHandle(start, true);
      if (!blank(this.#char())) this.#fail("did not find expected whitespace", start);
      spaces();
      value += ` ${this.#tagUri("", start)}`;
      if (!blankOrEnd(this.#char())) this.#fail("did not find expected whitespace or line break", start);
    } else this.#fail("found unknown directive name", start);
    const end = this.#mark();
    this.#restOfLine(start);
    this.#queue.push({ type: name === "YAML" ? "version directive" : "tag directive", start, end, value });
  }

  #versionNumber(start: Mark): string {
    const from = this.#pos;
    while (/^[0-9]$/.test(this.#char())) {
      if (this.#pos - from >= 2) this.#fail("found extremely long version number", start);
      this.#skip();
    }
    if (this.#pos === from) this.#fail("did not find expected version number", start);
    return this.#text.slice(from, this.#pos);
  }

  /** Blanks and a comment may follow, nothing else. */
  #restOfLine(start: Mark): void {
    while (blank(this.#char())) this.#skip();
    if (this.#char() === "#") while (!breakOrEnd(this.#char())) this.#skip();
    if (!breakOrEnd(this.#char())) this.#fail("did not find expected comment or line break", start);
    if (lineBreak(this.#char())) this.#skipBreak();
  }

  #blockScalar(literal: boolean): void {
    const start = this.#mark();
    this.#skip();
    let chomping = "";
    let increment = 0;
    const takeChomping = () => {
      if (this.#char() !== "+" && this.#char() !== "-") return false;
      chomping = this.#char();
      this.#skip();
      return true;
    };
    const takeIncrement = () => {
      if (!/^[0-9]$/.test(this.#char())) return;
      if (this.#char() === "0") this.#fail("found an indentation indicator equal to 0", start);
      increment = Number(this.#char());
      this.#skip();
    };
    if (takeChomping()) takeIncrement();
    else {
      takeIncrement();
      if (increment > 0) takeChomping();
    }
    this.#restOfLine(start);
    let indent = increment > 0 ? Math.max(this.#indent, 0) + increment : 0;
    let trailing = "";
    [indent, trailing] = this.#blockBreaks(indent, start);
    let text = "";
    let leading = "";
    let leadingBlank = false;
    while (this.#column === indent && this.#char() !== "") {
      const startsBlank = blank(this.#char());
      if (!literal && leading.startsWith("\n") && !leadingBlank && !startsBlank) {
        if (trailing === "") text += " ";
      } else text += leading;
      text += trailing;
      leadingBlank = startsBlank;
      const from = this.#pos;
      while (!breakOrEnd(this.#char())) this.#skip();
      text += this.#text.slice(from, this.#pos);
      leading = this.#char() === "" ? "" : this.#skipBreak();
      [indent, trailing] = this.#blockBreaks(indent, start);
    }
    if (chomping !== "-") text += leading;
    if (chomping === "+") text += trailing;
    this.#queue.push({ type: "scalar", start, end: this.#mark(), value: text, plain: false });
  }

  /** Empty lines; finds the indentation where none was given. */
  #blockBreaks(given: number, start: Mark): [indent: number, breaks: string] {
    let widest = 0;
    let found = "";
    for (;;) {
      while ((given === 0 || this.#column < given) && this.#char() === " ") this.#skip();
      widest = Math.max(widest, this.#column);
      if ((given === 0 || this.#column < given) && this.#char() === "\t")
        this.#fail("found a tab character where an indentation space is expected", start);
      if (!lineBreak(this.#char())) break;
      found += this.#skipBreak();
    }
    return [given === 0 ? Math.max(widest, this.#indent + 1, 1) : given, found];
  }

  #fetchQuoted(quote: string): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const start = this.#mark();
    this.#skip();
    let text = "";
    for (;;) {
      if (this.#atDocumentIndicator()) this.#fail("found unexpected document indicator", start);
      if (this.#char() === "") this.#fail("found unexpected end of stream", start);
      let folded = false;
      while (!blankOrEnd(this.#char())) {
        if (quote === "'" && this.#char() === "'" && this.#char(1) === "'") {
          text += "'";
          this.#skip(2);
        } else if (this.#char() === quote) break;
        else if (quote === '"' && this.#char() === "\\" && lineBreak(this.#char(1))) {
          this.#skip();
          this.#skipBreak();
          folded = true;
          break;
        } else if (quote === '"' && this.#char() === "\\") text += this.#escape(start);
        else {
          text += this.#char();
          this.#skip();
        }
      }
      if (this.#char() === quote) break;
      text += this.#foldSpace(folded);
    }
    this.#skip();
    this.#queue.push({ type: "scalar", start, end: this.#mark(), value: text, plain: false });
  }

  /** Blanks and line breaks inside a scalar: kept on one line, folded over several. */
  #foldSpace(escapedBreak: boolean): string {
    let spaces = "";
    let first = escapedBreak ? "" : undefined;
    let more = "";
    while (blank(this.#char()) || lineBreak(this.#char())) {
      if (blank(this.#char())) {
        if (first === undefined) spaces += this.#char();
        this.#skip();
      } else if (first === undefined) first = this.#skipBreak();
      else more += this.#skipBreak();
    }
    if (first === undefined) return spaces;
    return first === "\n" ? more || " " : first + more;
  }

  #escape(start: Mark): string {
    const c = this.#char(1);
    const length = { x: 2, u: 4, U: 8 }[c];
    if (length === undefined) {
      const simple = simpleEscapes[c];
      if (simple === undefined || c === "") this.#fail("found unknown escape character", start);
      this.#skip(2);
      return simple!;
    }
    this.#skip(2);
    const digits = this.#text.substr(this.#pos, length);
    if (digits.length < length || !/^[0-9A-Fa-f]+$/.test(digits))
      this.#fail("did not find expected hexdecimal number", start);
    const code = Number.parseInt(digits, 16);
    if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
      this.#fail("found invalid Unicode character escape code", start);
    this.#skip(length);
    return String.fromCodePoint(code);
  }

  #fetchPlain(): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const start = this.#mark();
    const indent = this.#indent + 1;
    let end = start;
    let text = "";
    let between = "";
    let broken = false;
    for (;;) {
      if (this.#atDocumentIndicator() || this.#char() === "#") break;
      while (!blankOrEnd(this.#char())) {
        if (this.#char() === ":" && blankOrEnd(this.#char(1))) break;
        if (this.#flowLevel > 0 && ",?[]{}".includes(this.#char())) break;
        text += between + this.#char();
        between = "";
        broken = false;
        this.#skip();
        end = this.#mark();
      }
      if (!blank(this.#char()) && !lineBreak(this.#char())) break;
      [between, broken] = this.#plainSpace(indent, start, between, broken);
      if (this.#flowLevel === 0 && this.#column < indent) break;
    }
    this.#queue.push({ type: "scalar", start, end, value: text, plain: true });
    if (broken) this.#keyAllowed = true;
  }

  #plainSpace(indent: number, start: Mark, before: string, wasBroken: boolean): [text: string, broken: boolean] {
    let spaces = "";
    let first = "";
    let more = "";
    let broken = wasBroken;
    while (blank(this.#char()) || lineBreak(this.#char())) {
      if (blank(this.#char())) {
        if (broken && this.#column < indent && this.#char() === "\t")
          this.#fail("found a tab character that violates indentation", start);
        if (!broken) spaces += this.#char();
        this.#skip();
      } else if (broken) more += this.#skipBreak();
      else {
        first = this.#skipBreak();
        broken = true;
      }
    }
    if (!broken) return [before + spaces, false];
    return [first === "\n" || first === "" ? more || " " : first + more, true];
  }
}

const simpleEscapes: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  t: "\t",
  "\t": "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  e: "\x1b",
  " ": " ",
  '"': '"',
  "'": "'",
  "\\": "\\",
  N: "\u0085",
  _: "\u00a0",
  L: "\u2028",
  P: "\u2029",
};
