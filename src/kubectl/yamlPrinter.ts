/** YAML as kubectl prints it: go-yaml 2 with sorted keys, lists not indented, long lines folded at 80 columns. */
import { resolvePlain } from "../manifest/yamlValue.ts";

/** yaml/emitterc.go: best_width. */
const bestWidth = 80;

export function toYaml(value: unknown): string {
  const text = block(value, 0, 0);
  return text.startsWith("\n") ? text.slice(1) : `${text.replace(/^ /, "")}`;
}

/** The value after `key:` or `-`, from its separating space or newline to its last newline. `indent` is the parent's. */
function block(value: unknown, indent: number, column: number): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return " []\n";
    return `\n${value.map((item) => listItem(item, indent)).join("")}`;
  }
  if (isObject(value)) {
    const entries = sorted(value);
    if (entries.length === 0) return " {}\n";
    return `\n${mapping(entries, indent)}`;
  }
  return ` ${scalar(value, indent + 2, column + 1)}\n`;
}

function mapping(entries: readonly [string, unknown][], indent: number): string {
  const pad = " ".repeat(indent);
  return entries
    .map(([key, value]) => {
      const head = `${pad}${keyText(key)}:`;
      const inner = isObject(value) ? indent + 2 : indent;
      return head + block(value, inner, head.length);
    })
    .join("");
}

function listItem(item: unknown, indent: number): string {
  const pad = `${" ".repeat(indent)}-`;
  if (isObject(item) && Object.keys(item).length > 0 && sorted(item).length > 0)
    return `${pad} ${mapping(sorted(item), indent + 2).slice(indent + 2)}`;
  if (Array.isArray(item) && item.length > 0)
    return `${pad} ${item
      .map((inner) => listItem(inner, indent + 2))
      .join("")
      .slice(indent + 2)}`;
  return pad + block(item, indent, pad.length);
}

function keyText(key: string): string {
  const text = scalar(key, 0, Number.NEGATIVE_INFINITY, true);
  return text;
}

function scalar(value: unknown, indent: number, column: number, isKey = false): string {
  if (value === null || value === undefined) return "null";
  if (typeof value !== "string") return String(value);
  const look = analyse(value);
  if (value.includes("\n") && look.block && !isKey) return literal(value, indent);
  const plain = typeof resolvePlain(value) === "string" && !base60.test(value) && !value.includes("\n");
  // A timestamp resolves to no string in go-yaml.
  if (!plain || timestamp.test(value) || look.special) return doubleQuoted(value, indent, column);
  if (look.plain) return folded(value, indent, column, isKey);
  if (look.single) return `'${folded(value.replaceAll("'", "''"), indent, column + 1, isKey)}'`;
  return doubleQuoted(value, indent, column);
}

const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const timestamp = /^\d{4}-\d{1,2}-\d{1,2}([Tt ]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d\d:\d\d)?)?$/;

/** yaml_emitter_analyze_scalar, as far as it decides between the styles. */
function analyse(text: string) {
  const special = /[\u0000-\u0009\u000b-\u001f\u007f-\u0084\u0086-\u009f\ufeff\ufffe\uffff]/.test(text);
  const indicator =
    /^[#,[\]{}&*!|>'"%@`]/.test(text) ||
    /^[?:](\s|$)/.test(text) ||
    /^-(\s|$)/.test(text) ||
    /^(---|\.\.\.)/.test(text) ||
    /:(\s|$)/.test(text) ||
    /\s#/.test(text);
  const spaceBreak = / \n/.test(text);
  const breakSpace = /\n /.test(text);
  const edge = /^[ \n]|[ \n]$/.test(text);
  return {
    special,
    plain: !indicator && !edge && !special && !spaceBreak && !breakSpace && !text.includes("\n"),
    single: !special && !spaceBreak && !breakSpace,
    block: !special && !spaceBreak && !text.endsWith(" "),
  };
}

function literal(text: string, indent: number): string {
  const hint = /^[ \n]/.test(text) ? "2" : "";
  const chomp = !text.endsWith("\n") ? "-" : text.length === 1 || text.endsWith("\n\n") ? "+" : "";
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  const pad = " ".repeat(indent);
  return `|${hint}${chomp}\n${body
    .split("\n")
    .map((line) => (line === "" ? "" : pad + line))
    .join("\n")}`;
}

/** Breaks at single spaces once the line is over the width. */
function folded(text: string, indent: number, column: number, isKey: boolean): string {
  if (isKey) return text;
  let out = "";
  let at = column;
  for (let i = 0; i < text.length; i++) {
    const single = text[i] === " " && text[i - 1] !== " " && text[i + 1] !== " " && i > 0 && i < text.length - 1;
    if (single && at > bestWidth) {
      out += `\n${" ".repeat(indent)}`;
      at = indent;
    } else {
      out += text[i];
      at++;
    }
  }
  return out;
}

const escapes: Record<string, string> = {
  "\0": "\\0",
  "\u0007": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\u001b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
  "\u0085": "\\N",
  "\ufeff": "\\uFEFF",
};

function doubleQuoted(text: string, indent: number, column: number): string {
  let out = '"';
  let at = column + 1;
  const characters = [...text];
  characters.forEach((c, i) => {
    const code = c.codePointAt(0)!;
    if (c === " " && characters[i - 1] !== " " && at > bestWidth && i > 0 && i < characters.length - 1) {
      out += `\n${" ".repeat(indent)}${characters[i + 1] === " " ? "\\" : ""}`;
      at = indent;
      return;
    }
    const hidden = code < 0x20 || (code >= 0x7f && code < 0xa0);
    const shown = escapes[c] ?? (hidden ? `\\x${code.toString(16).toUpperCase().padStart(2, "0")}` : c);
    out += shown;
    at += shown.length;
  });
  return `${out}"`;
}

function sorted(value: Record<string, unknown>): [string, unknown][] {
  return Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON with four spaces; `sort` for what came from the server, whose fields kubectl no longer knows the order of. */
export function toJson(value: unknown, sort: boolean): string {
  return `${JSON.stringify(sort ? sortedCopy(value) : value, null, 4)}\n`;
}

/** The same value with its keys in order, as Go writes maps. */
export function sortedCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedCopy);
  if (!isObject(value)) return value;
  return Object.fromEntries(sorted(value).map(([key, item]) => [key, sortedCopy(item)]));
}
