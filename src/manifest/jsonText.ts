/** JSON text, read as Go's encoding/json reads a stream of it: its words and offsets for what is wrong. */
export interface JsonFault {
  /** `invalid character '}' looking for beginning of object key string` */
  readonly problem: string;
  /** Bytes up to and with the character at fault; undefined when the text just ends. */
  readonly offset: number | undefined;
  /** Of the character in the text. */
  readonly index: number;
}

class Stop extends Error {
  readonly fault: JsonFault;
  constructor(fault: JsonFault) {
    super(fault.problem);
    this.fault = fault;
  }
}

const DEEPEST = 1000;

/** Where the JSON value that begins at `start` (after white space) ends, or what is wrong with it. */
export function endOfJson(text: string, start: number): { end: number } | { fault: JsonFault } {
  let pos = start;
  const fail = (context: string): never => {
    if (pos >= text.length) throw new Stop({ problem: "unexpected EOF", offset: undefined, index: pos });
    const c = String.fromCodePoint(text.codePointAt(pos)!);
    throw new Stop({
      problem: `invalid character ${quoted(c)} ${context}`,
      offset: byteLength(text.slice(0, pos)) + 1,
      index: pos,
    });
  };
  const space = () => {
    while (pos < text.length && " \t\r\n".includes(text[pos]!)) pos++;
  };
  const string = () => {
    pos++;
    for (;;) {
      const c = text[pos];
      if (c === undefined || c < " ") fail("in string literal");
      pos++;
      if (c === '"') return;
      if (c !== "\\") continue;
      const escape = text[pos];
      if (escape === undefined || !'bfnrt\\/"u'.includes(escape)) fail("in string escape code");
      pos++;
      if (escape === "u")
        for (let i = 0; i < 4; i++, pos++)
          if (!/^[0-9a-fA-F]$/.test(text[pos] ?? "")) fail("in \\u hexadecimal character escape");
    }
  };
  const literal = (word: string) => {
    for (let i = 0; i < word.length; i++, pos++)
      if (text[pos] !== word[i])
        fail(i === 0 ? "looking for beginning of value" : `in literal ${word} (expecting ${quoted(word[i]!)})`);
  };
  const digits = () => {
    while (/^[0-9]$/.test(text[pos] ?? "")) pos++;
  };
  const number = () => {
    if (text[pos] === "-") {
      pos++;
      if (!/^[0-9]$/.test(text[pos] ?? "")) fail("in numeric literal");
    }
    if (text[pos] === "0") pos++;
    else digits();
    if (text[pos] === ".") {
      pos++;
      if (!/^[0-9]$/.test(text[pos] ?? "")) fail("after decimal point in numeric literal");
      digits();
    }
    if (text[pos] === "e" || text[pos] === "E") {
      pos++;
      if (text[pos] === "+" || text[pos] === "-") pos++;
      if (!/^[0-9]$/.test(text[pos] ?? "")) fail("in exponent of numeric literal");
      digits();
    }
  };
  const value = (depth: number) => {
    space();
    if (depth > DEEPEST)
      throw new Stop({ problem: "exceeded max depth", offset: byteLength(text.slice(0, pos)) + 1, index: pos });
    const c = text[pos];
    if (c === "{") object(depth);
    else if (c === "[") array(depth);
    else if (c === '"') string();
    else if (c === "t") literal("true");
    else if (c === "f") literal("false");
    else if (c === "n") literal("null");
    else if (c !== undefined && /^[-0-9]$/.test(c)) number();
    else fail("looking for beginning of value");
  };
  const object = (depth: number) => {
    pos++;
    space();
    if (text[pos] === "}") {
      pos++;
      return;
    }
    for (;;) {
      space();
      if (text[pos] !== '"') fail("looking for beginning of object key string");
      string();
      space();
      if (text[pos] !== ":") fail("after object key");
      pos++;
      value(depth + 1);
      space();
      if (text[pos] === "}") {
        pos++;
        return;
      }
      if (text[pos] !== ",") fail("after object key:value pair");
      pos++;
    }
  };
  const array = (depth: number) => {
    pos++;
    space();
    if (text[pos] === "]") {
      pos++;
      return;
    }
    for (;;) {
      value(depth + 1);
      space();
      if (text[pos] === "]") {
        pos++;
        return;
      }
      if (text[pos] !== ",") fail("after array element");
      pos++;
    }
  };
  try {
    value(0);
    return { end: pos };
  } catch (error) {
    if (error instanceof Stop) return { fault: error.fault };
    throw error;
  }
}

function quoted(c: string): string {
  if (c === "'") return "'\\''";
  if (c === '"') return "'\"'";
  const simple: Record<string, string> = { "\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\" };
  return `'${simple[c] ?? (c < " " ? `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}` : c)}'`;
}

/** Of the text in UTF-8. */
export function byteLength(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) bytes++;
    else if (code < 0x800) bytes += 2;
    else if (code >= 0xd800 && code < 0xdc00) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}
