/** awk's text, cut into tokens. Whether `/` divides or begins a pattern depends on what stands before it. */
import { leadingNumber } from "../../cFormat.ts";
import { escapeAt } from "../escapes.ts";
import { Fault } from "../options.ts";

export interface Token {
  readonly kind: "number" | "string" | "regex" | "name" | "builtin" | "keyword" | "operator" | "newline" | "end";
  readonly text: string;
  readonly value: number;
  readonly line: number;
  /** `(` follows at once. */
  readonly called: boolean;
}

const KEYWORDS: ReadonlySet<string> = new Set(
  "BEGIN END function func if else while for do break continue next nextfile exit return delete print printf getline in".split(
    " ",
  ),
);

const BUILTINS: ReadonlySet<string> = new Set(
  (
    "atan2 cos exp int log rand sin sqrt srand and or xor compl lshift rshift close fflush system length " +
    "index match split sprintf sub gsub gensub substr tolower toupper strftime mktime systime"
  ).split(" "),
);

const OPERATORS = [
  "**=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**", "==", "!=", "<=", ">=", "!~", ">>",
  "{", "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<", "|", "?", ":", "~", "$", "=",
]; // biome-ignore format: a table

/** A fault with the place in the program, as busybox words it. */
export function syntaxFault(program: string, line: number, problem: string): Fault {
  return new Fault(`awk: ${program}:${line}: ${problem}\n`);
}

/** Throws Fault. */
export function tokenize(source: string, program: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  const add = (kind: Token["kind"], text: string, value = 0) => {
    tokens.push({ kind, text, value, line, called: source[at] === "(" });
  };
  while (at < source.length) {
    const c = source[at]!;
    if (c === " " || c === "\t" || c === "\r") at++;
    else if (c === "\\" && /^\\\r?\n/.test(source.slice(at, at + 3))) {
      at = source.indexOf("\n", at) + 1;
      line++;
    } else if (c === "#") {
      while (at < source.length && source[at] !== "\n") at++;
    } else if (c === "\n") {
      at++;
      add("newline", "\n");
      line++;
    } else if (c === '"') {
      const { text, end } = quoted(source, at + 1, program, line);
      at = end;
      add("string", text);
    } else if (c === "/" && !endsOperand(tokens.at(-1))) {
      const { text, end } = pattern(source, at + 1, program, line);
      at = end;
      add("regex", text);
    } else if (/[0-9.]/.test(c) && /^\.?\d/.test(source.slice(at, at + 2))) {
      const { value, length } = programNumber(source.slice(at, at + 400));
      at += length;
      if (/[\w.]/.test(source[at] ?? "")) throw syntaxFault(program, line, "Unexpected token");
      add("number", "", value);
    } else if (/[A-Za-z_]/.test(c)) {
      const word = /^\w+/.exec(source.slice(at))![0];
      at += word.length;
      add(
        KEYWORDS.has(word) ? "keyword" : BUILTINS.has(word) ? "builtin" : "name",
        word === "func" ? "function" : word,
      );
    } else {
      const operator = OPERATORS.find((one) => source.startsWith(one, at));
      if (operator === undefined) throw syntaxFault(program, line, "Unexpected token");
      at += operator.length;
      add("operator", { "**": "^", "**=": "^=" }[operator] ?? operator);
    }
  }
  // The end of the text ends a statement, too; it is no line feed to speak of.
  add("newline", "");
  add("end", "");
  return tokens;
}

function endsOperand(token: Token | undefined): boolean {
  if (!token) return false;
  if (token.kind === "operator") return [")", "]", "$", "++", "--"].includes(token.text);
  return token.kind === "number" || token.kind === "string" || token.kind === "name" || token.kind === "builtin";
}

/** Hexadecimal and octal as in C; anything else as strtod reads it. */
function programNumber(text: string): { value: number; length: number } {
  const integer = /^0[xX][0-9a-fA-F]+|^0[0-7]+(?![\d.])/.exec(text)?.[0];
  if (integer === undefined) return leadingNumber(text);
  const value = /^0x/i.test(integer) ? Number(integer) : Number.parseInt(integer, 8);
  return { value, length: integer.length };
}

function quoted(source: string, start: number, program: string, line: number): { text: string; end: number } {
  let text = "";
  for (let at = start; ; ) {
    const c = source[at];
    if (c === undefined || c === "\n") throw syntaxFault(program, line, "Unexpected end of string");
    if (c === '"') return { text, end: at + 1 };
    if (c !== "\\") {
      text += c;
      at++;
      continue;
    }
    const escaped = escapeAt(source, at);
    if (escaped) {
      text += escaped.text;
      at += escaped.length;
    } else {
      // An unknown escape is the character itself; an escaped line feed vanishes.
      if (source[at + 1] !== "\n") text += source[at + 1] ?? "";
      at += 2;
    }
  }
}

function pattern(source: string, start: number, program: string, line: number): { text: string; end: number } {
  let text = "";
  for (let at = start; ; ) {
    const c = source[at];
    if (c === undefined || c === "\n") throw syntaxFault(program, line, "Unexpected end of string");
    if (c === "/") return { text, end: at + 1 };
    if (c !== "\\") {
      text += c;
      at++;
      continue;
    }
    const escaped = escapeAt(source, at);
    if (escaped) {
      // An escaped backslash stays escaped: it is the pattern's.
      text += escaped.text === "\\" && source[at + 1] === "\\" ? "\\\\" : escaped.text;
      at += escaped.length;
    } else {
      text += `\\${source[at + 1] ?? ""}`;
      at += 2;
    }
  }
}

/** What `-v` and `-F` make of their text. */
export function unescapeArgument(text: string): string {
  let out = "";
  for (let at = 0; at < text.length; ) {
    const escaped = text[at] === "\\" ? escapeAt(text, at) : undefined;
    if (escaped) {
      out += escaped.text;
      at += escaped.length;
    } else if (text[at] === "\\" && at + 1 < text.length) {
      if (text[at + 1] !== "\n") out += text[at + 1];
      at += 2;
    } else out += text[at++];
  }
  return out;
}
