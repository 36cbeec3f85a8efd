/** POSIX regular expressions, basic and extended, as JavaScript's; over bytes. */
import { Fault } from "./options.ts";

const CLASSES: Readonly<Record<string, string>> = {
  alpha: "A-Za-z",
  digit: "0-9",
  alnum: "A-Za-z0-9",
  upper: "A-Z",
  lower: "a-z",
  space: " \\t\\n\\r\\f\\v",
  blank: " \\t",
  punct: "!-\\/:-@\\[-`{-~",
  print: " -~",
  graph: "!-~",
  cntrl: "\\x00-\\x1f\\x7f",
  xdigit: "0-9A-Fa-f",
};

const MAX_SOURCE = 10_000;

/** A JavaScript expression for a POSIX one. Throws Fault with the words of regcomp(3) for `name`. */
export function posixRegExp(name: string, source: string, extended: boolean, flags = ""): RegExp {
  if (source.length > MAX_SOURCE) throw new Fault(`${name}: bad regex '${source.slice(0, 40)}': Memory exhausted\n`);
  try {
    return new RegExp(translate(source, extended), `s${flags}`);
  } catch (error) {
    const reason = error instanceof RegExpProblem ? error.message : "Invalid preceding regular expression";
    throw new Fault(`${name}: bad regex '${source}': ${reason}\n`);
  }
}

class RegExpProblem extends Error {}

function translate(source: string, extended: boolean): string {
  let out = "";
  let depth = 0;
  /** Whether a repetition could apply to what stands before. */
  let atom = false;
  const open = () => {
    depth++;
    out += "(";
    atom = false;
  };
  const close = () => {
    if (depth-- === 0) throw new RegExpProblem("Unmatched ) or \\)");
    out += ")";
    atom = true;
  };
  for (let i = 0; i < source.length; i++) {
    const c = source[i]!;
    if (c === "[") {
      const { text, end } = bracket(source, i);
      out += text;
      i = end;
      atom = true;
    } else if (c === "\\") {
      const next = source[++i];
      if (next === undefined) throw new RegExpProblem("Trailing backslash");
      if (!extended && next === "(") open();
      else if (!extended && next === ")") close();
      else if (!extended && next === "|") {
        out += "|";
        atom = false;
      } else if (!extended && (next === "+" || next === "?")) {
        out += atom ? next : `\\${next}`;
      } else if (!extended && next === "{") {
        const end = source.indexOf("\\}", i);
        if (end < 0) throw new RegExpProblem("Unmatched \\{");
        out += interval(source.slice(i + 1, end));
        i = end + 1;
      } else if (/[1-9]/.test(next)) {
        out += `(?:\\${next})`;
        atom = true;
      } else {
        out += ESCAPES[next] ?? literal(next);
        atom = true;
      }
    } else if (c === "*") {
      out += atom ? (out.endsWith("*") ? "" : "*") : "\\*";
      if (!atom) atom = true;
    } else if (c === "^") {
      const before = source.slice(Math.max(0, i - 2), i);
      const isAnchor: boolean = extended || i === 0 || before === "\\(" || before === "\\|";
      out += isAnchor ? "^" : "\\^";
      atom = !isAnchor;
    } else if (c === "$") {
      const rest = source.slice(i + 1, i + 3);
      out += extended || rest === "" || rest === "\\)" || rest === "\\|" ? "$" : "\\$";
    } else if (c === ".") {
      out += ".";
      atom = true;
    } else if (extended && c === "(") open();
    else if (extended && c === ")" && depth > 0) close();
    else if (extended && c === "|") {
      out += "|";
      atom = false;
    } else if (extended && (c === "+" || c === "?")) {
      if (!atom) throw new RegExpProblem("Invalid preceding regular expression");
      if (!/[*+?]$/.test(out) || /\\[*+?]$/.test(out)) out += c;
    } else if (extended && c === "{" && /^\{\d*(,\d*)?\}/.test(source.slice(i)) && atom) {
      const end = source.indexOf("}", i);
      out += interval(source.slice(i + 1, end));
      i = end;
    } else {
      out += literal(c);
      atom = true;
    }
  }
  if (depth > 0) throw new RegExpProblem(extended ? "Unmatched ( or \\(" : "Unmatched ( or \\(");
  return out;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\\n",
  t: "\\t",
  r: "\\r",
  f: "\\f",
  v: "\\v",
  w: "\\w",
  W: "\\W",
  s: "\\s",
  S: "\\S",
  b: "\\b",
  B: "\\B",
  "<": "\\b(?=\\w)",
  ">": "\\b(?<=\\w)",
  "`": "(?<![^])",
  "'": "(?![^])",
};

function interval(text: string): string {
  const match = /^(\d*)(,?)(\d*)$/.exec(text);
  if (!match || (match[1] === "" && match[2] === "")) throw new RegExpProblem("Invalid content of \\{\\}");
  if (Number(match[1]) > 32767 || Number(match[3]) > 32767) throw new RegExpProblem("Regular expression too big");
  return `{${match[1] || 0}${match[2]}${match[3]}}`;
}

function literal(c: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(c) ? `\\${c}` : c;
}

function bracket(source: string, start: number): { text: string; end: number } {
  let i = start + 1;
  let text = "[";
  if (source[i] === "^") {
    text += "^";
    i++;
  }
  const first = i;
  for (; i < source.length; i++) {
    const c = source[i]!;
    if (c === "]" && i > first) return { text: `${text}]`, end: i };
    const named = /^\[([:.=])(.*?)\1\]/s.exec(source.slice(i));
    if (named) {
      const members = named[1] === ":" ? CLASSES[named[2]!] : named[2]!.replace(/[\\\]^-]/g, "\\$&");
      if (members === undefined) throw new RegExpProblem("Invalid character class name");
      text += members;
      i += named[0].length - 1;
    } else if (c === "-" && (i === first || source[i + 1] === "]")) text += "\\-";
    else if (c === "-") text += "-";
    else text += /[\\\][^]/.test(c) ? `\\${c}` : c;
  }
  throw new RegExpProblem("Unmatched [, [^, [:, [., or [=");
}

/** Text as an expression that matches just it. */
export function literalRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
