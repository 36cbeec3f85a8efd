/** Words become arguments: tilde, parameters, command substitution, arithmetic, field splitting and pathnames. */
import type { Task } from "../../time/task.ts";
import { SysError } from "../sys.ts";
import { ArithmeticError, evaluateArithmetic } from "./arithmetic.ts";
import { OUT_OF_MEMORY, ShellFault } from "./fault.ts";
import {
  compilePattern,
  expandPathname,
  hasPattern,
  matchingPrefix,
  matchingSuffix,
  quotePattern,
  replaceMatches,
} from "./pattern.ts";
import type { Shell } from "./shell.ts";
import { substituteCommand, substituteProcess } from "./subshell.ts";
import type { ParameterPart, Word, WordPart } from "./syntax.ts";

const MAX_FIELDS = 200_000;
const MAX_TEXT = 16 << 20;

/** The arguments where every word is plain text, which is the common case: no task is needed for it. */
export function plainWords(words: readonly Word[]): string[] | undefined {
  if (words.length > MAX_FIELDS) return undefined;
  const out: string[] = [];
  for (const { plain } of words) {
    if (plain === undefined) return undefined;
    out.push(plain);
  }
  return out;
}

/** All the arguments that words give. Throws ShellFault. */
export function* expandWords(shell: Shell, words: readonly Word[]): Task<string[]> {
  const out: string[] = [];
  for (const word of words) {
    if (word.plain !== undefined) out.push(word.plain);
    else yield* expandFields(shell, word, out);
    if (out.length > MAX_FIELDS) throw new ShellFault(OUT_OF_MEMORY);
  }
  return out;
}

/** Arguments of `export` and the like: what looks like an assignment is expanded like one. */
export function* expandDeclarations(shell: Shell, words: readonly Word[]): Task<string[]> {
  const out: string[] = [];
  for (const word of words) {
    const first = word.parts[0];
    const sign = first?.kind === "literal" && !first.quoted ? /^[A-Za-z_][A-Za-z0-9_]*=/.exec(first.text) : null;
    if (word.plain !== undefined && !word.plain.includes("~")) out.push(word.plain);
    else if (sign === null || first?.kind !== "literal") yield* expandFields(shell, word, out);
    else {
      const rest: WordPart = { kind: "literal", text: first.text.slice(sign[0].length), quoted: false };
      const parts = rest.text === "" ? word.parts.slice(1) : [rest, ...word.parts.slice(1)];
      const value = yield* expandText(shell, { parts, plain: undefined, quoted: word.quoted }, true);
      out.push(sign[0] + value);
    }
  }
  return out;
}

/** One word that is neither split nor matched with files: assignments, `case`, redirections. */
export function* expandText(shell: Shell, word: Word, assignment = false): Task<string> {
  if (word.plain !== undefined) return word.plain;
  const collector = new Collector(shell, false);
  yield* expandParts(shell, yield* expandTilde(shell, word.parts, assignment), collector, false);
  return collector.text();
}

/** The body of a here-document, PS4 and the like. */
export function* expandHere(shell: Shell, parts: readonly WordPart[]): Task<string> {
  const collector = new Collector(shell, false);
  yield* expandParts(shell, parts, collector, false);
  return collector.text();
}

/** The text of a pattern; what was quoted in it matches itself. */
export function* expandPattern(shell: Shell, parts: readonly WordPart[]): Task<string> {
  const collector = new Collector(shell, false);
  yield* expandParts(shell, yield* expandTilde(shell, parts, false), collector, false);
  return collector.pattern();
}

function* expandFields(shell: Shell, word: Word, out: string[]): Task {
  const collector = new Collector(shell, true);
  yield* expandParts(shell, yield* expandTilde(shell, word.parts, false), collector, false);
  for (const field of collector.fields()) {
    if (!shell.has("noglob") && hasPattern(field.pattern)) {
      const paths = expandPathname(field.pattern, directoriesOf(shell));
      if (paths.length > 0) {
        out.push(...paths);
        continue;
      }
    }
    out.push(field.text);
  }
}

function directoriesOf(shell: Shell) {
  const { sys } = shell;
  return {
    list(directory: string): readonly string[] {
      try {
        return sys.readdir(directory).filter((name) => name !== "." && name !== "..");
      } catch (error) {
        if (error instanceof SysError) return [];
        throw error;
      }
    },
    exists(path: string): boolean {
      try {
        sys.lstat(path);
        return true;
      } catch (error) {
        if (error instanceof SysError) return false;
        throw error;
      }
    },
  };
}

interface Field {
  text: string;
  /** The same as a pattern: quoted characters are escaped. */
  pattern: string;
  /** Quotes make even an empty field count. */
  quoted: boolean;
}

class Collector {
  readonly splits: boolean;
  readonly #ifs: string;
  readonly #done: Field[] = [];
  #current: Field | undefined;
  /** White space ended the last field; a separator that follows belongs to it. */
  #endedByBlank = false;
  /** `"$@"` without parameters was seen: empty quotes around it make no field. */
  emptyList = false;
  #size = 0;

  constructor(shell: Shell, splits: boolean) {
    this.splits = splits;
    this.#ifs = shell.variables.get("IFS") ?? " \t\n";
  }

  #field(): Field {
    this.#current ??= { text: "", pattern: "", quoted: false };
    return this.#current;
  }

  #grow(by: number): void {
    this.#size += by + 1;
    if (this.#size > MAX_TEXT) throw new ShellFault(OUT_OF_MEMORY);
  }

  addQuoted(text: string): void {
    this.#grow(text.length);
    const field = this.#field();
    field.text += text;
    field.pattern += quotePattern(text);
    field.quoted = true;
    this.#endedByBlank = false;
  }

  addLiteral(text: string): void {
    if (text === "") return;
    this.#grow(text.length);
    const field = this.#field();
    field.text += text;
    field.pattern += text;
    this.#endedByBlank = false;
  }

  /** The value of an unquoted expansion. */
  addSplit(text: string): void {
    if (!this.splits || this.#ifs === "") {
      this.addLiteral(text);
      return;
    }
    let start = 0;
    for (let i = 0; i < text.length; i++) {
      const c = text[i]!;
      if (!this.#ifs.includes(c)) continue;
      if (i > start) this.addLiteral(text.slice(start, i));
      start = i + 1;
      if (c === " " || c === "\t" || c === "\n") {
        if (this.#current !== undefined) {
          this.endField();
          this.#endedByBlank = true;
        }
      } else if (this.#current !== undefined) this.endField();
      else if (this.#endedByBlank) this.#endedByBlank = false;
      else {
        this.#field();
        this.endField();
      }
    }
    if (start < text.length) this.addLiteral(text.slice(start));
  }

  endField(): void {
    if (this.#current !== undefined) this.#done.push(this.#current);
    this.#current = undefined;
    this.#endedByBlank = false;
    if (this.#done.length > MAX_FIELDS) throw new ShellFault(OUT_OF_MEMORY);
  }

  /** Between two parameters of `"$@"`: an empty one is a field as well. */
  nextParameter(): void {
    this.endField();
  }

  fields(): readonly Field[] {
    const current = this.#current;
    if (current !== undefined && !(this.emptyList && current.text === "")) this.#done.push(current);
    this.#current = undefined;
    return this.#done;
  }

  text(): string {
    return this.#current?.text ?? "";
  }

  pattern(): string {
    return this.#current?.pattern ?? "";
  }

  get separator(): string {
    return this.#ifs.slice(0, 1);
  }
}

/** `splitLiterals`: the word stands inside an unquoted `${x:-…}`, so that its plain text is split too. */
function* expandParts(shell: Shell, parts: readonly WordPart[], into: Collector, splitLiterals: boolean): Task {
  for (const part of parts) {
    switch (part.kind) {
      case "literal":
        if (part.quoted) into.addQuoted(part.text);
        else if (splitLiterals) into.addSplit(part.text);
        else into.addLiteral(part.text);
        break;
      case "command": {
        const text = yield* substituteCommand(shell, part.body);
        if (part.quoted) into.addQuoted(text);
        else into.addSplit(text);
        break;
      }
      case "process":
        into.addLiteral(substituteProcess(shell, part.direction, part.body));
        break;
      case "arithmetic": {
        const text = yield* arithmeticText(shell, part.parts);
        if (part.quoted) into.addQuoted(text);
        else into.addSplit(text);
        break;
      }
      case "parameter":
        yield* expandParameter(shell, part, into);
    }
  }
}

function* arithmeticText(shell: Shell, parts: readonly WordPart[]): Task<string> {
  return String(computeArithmetic(shell, yield* expandHere(shell, parts)));
}

/** Throws ShellFault. */
export function computeArithmetic(shell: Shell, text: string): number | bigint {
  try {
    return evaluateArithmetic(text, {
      get: (name) => parameterValue(shell, name),
      set: (name, value) => shell.variables.set(name, value),
    });
  } catch (error) {
    if (error instanceof ArithmeticError) throw new ShellFault(error.message);
    throw error;
  }
}

/** Undefined when it is not set; `@` and `*` always are. */
function parameterValue(shell: Shell, name: string): string | undefined {
  const first = name.charCodeAt(0);
  if (first >= 48 && first <= 57) {
    const index = Number(name);
    return index === 0 ? shell.name : shell.positional[index - 1];
  }
  switch (name) {
    case "?":
      return String(shell.status);
    case "#":
      return String(shell.positional.length);
    case "$":
      return String(shell.rootPid);
    case "!":
      return shell.lastBackground === undefined ? undefined : String(shell.lastBackground);
    case "-":
      return shell.flags;
    case "@":
    case "*":
      return shell.positional.join(" ");
    default:
      return shell.variables.get(name);
  }
}

/** Between the parameters of a list that becomes fields of its own. */
const NEXT = "\0";

function* expandParameter(shell: Shell, part: ParameterPart, into: Collector): Task {
  const { name, operator, quoted } = part;
  if (operator === "bad") throw new ShellFault("syntax error: bad substitution");
  const isList = name === "@" || name === "*";
  let value = isList ? listValue(shell, name, quoted, into) : parameterValue(shell, name);
  const missing = value === undefined || (part.colon && value === "");
  switch (operator) {
    case "":
      if (value === undefined) complainWhenUnset(shell, name);
      break;
    case "length": {
      if (value === undefined) complainWhenUnset(shell, name);
      const text = String(isList ? lengthOfList(shell) : (value ?? "").length);
      if (quoted) into.addQuoted(text);
      else into.addSplit(text);
      return;
    }
    case "-":
      if (missing) return yield* expandOperand(shell, part, into);
      break;
    case "+":
      if (!missing) return yield* expandOperand(shell, part, into);
      if (quoted) into.addQuoted("");
      return;
    case "=":
      if (!missing) break;
      value = yield* expandHere(shell, yield* expandTilde(shell, part.word, false));
      if (!/^[A-Za-z_]/.test(name)) throw new ShellFault(`${name}: bad variable name`);
      shell.variables.set(name, value);
      break;
    case "?": {
      if (!missing) break;
      const text = yield* expandHere(shell, part.word);
      const standard = `parameter not set${part.colon ? " or null" : ""}`;
      throw new ShellFault(`${name}: ${text === "" ? standard : text}`);
    }
    default:
      if (value === undefined) complainWhenUnset(shell, name);
      else value = yield* transform(shell, part, value);
  }
  if (isList) addList(value ?? "", name, quoted, shell.positional.length, into);
  else if (quoted) into.addQuoted(value ?? "");
  else if (value !== undefined) into.addSplit(value);
}

/** `@` and `*`: where fields are made they stay apart, elsewhere the first character of IFS joins them. */
function listValue(shell: Shell, name: string, quoted: boolean, into: Collector): string {
  const apart = into.splits && !(quoted && name === "*");
  if (!apart) return shell.positional.join(into.separator);
  return shell.positional.join(!quoted && shell.variables.get("IFS") === undefined ? " " : NEXT);
}

function lengthOfList(shell: Shell): number {
  return shell.positional.join(shell.variables.get("IFS") === "" ? "" : " ").length;
}

function addList(text: string, name: string, quoted: boolean, count: number, into: Collector): void {
  if (count === 0 && quoted && name === "@" && into.splits) {
    if (text === "") into.emptyList = true;
    return;
  }
  for (const [index, one] of text.split(NEXT).entries()) {
    if (index > 0) into.nextParameter();
    if (quoted) into.addQuoted(one);
    else into.addSplit(one);
  }
}

/** `${x:-word}`: the word with its own quotes. */
function* expandOperand(shell: Shell, part: ParameterPart, into: Collector): Task {
  if (part.quoted) into.addQuoted("");
  yield* expandParts(shell, yield* expandTilde(shell, part.word, false), into, !part.quoted);
}

function complainWhenUnset(shell: Shell, name: string): void {
  if (!shell.has("nounset")) return;
  throw new ShellFault(`${name}: parameter not set`);
}

function* transform(shell: Shell, part: ParameterPart, value: string): Task<string> {
  switch (part.operator) {
    case "#":
    case "##": {
      const pattern = compilePattern(yield* expandPattern(shell, part.word));
      const end = matchingPrefix(pattern, value, part.operator === "##");
      return end === undefined ? value : value.slice(end);
    }
    case "%":
    case "%%": {
      const pattern = compilePattern(yield* expandPattern(shell, part.word));
      const start = matchingSuffix(pattern, value, part.operator === "%%");
      return start === undefined ? value : value.slice(0, start);
    }
    case "/":
    case "//": {
      const text = yield* expandPattern(shell, part.word);
      const second = part.second === undefined ? [] : yield* expandTilde(shell, part.second, false);
      const replacement = yield* expandHere(shell, second);
      if (text === "" || value === "") return value;
      return replaceMatches(compilePattern(text), value, replacement, part.operator === "//");
    }
    default:
      return yield* slice(shell, part, value);
  }
}

function* slice(shell: Shell, part: ParameterPart, value: string): Task<string> {
  let start = Number(computeArithmetic(shell, yield* expandHere(shell, part.word)));
  let length =
    part.second === undefined ? value.length : Number(computeArithmetic(shell, yield* expandHere(shell, part.second)));
  if (start < 0) start = Math.max(0, start + value.length);
  if (length < 0) length = Math.max(0, value.length - start + length);
  return value.slice(start, start + length);
}

/** `~` and `~name` at the start of a word; in assignments also after each colon. */
function* expandTilde(shell: Shell, parts: readonly WordPart[], assignment: boolean): Task<readonly WordPart[]> {
  if (!parts.some((part) => part.kind === "literal" && !part.quoted && part.text.includes("~"))) return parts;
  const out: WordPart[] = [];
  for (const [index, part] of parts.entries()) {
    if (part.kind !== "literal" || part.quoted || (index > 0 && !assignment)) {
      out.push(part);
      continue;
    }
    const pieces = assignment ? part.text.split(/(?<=:)/) : [part.text];
    for (const [number, piece] of pieces.entries()) {
      const head = /^~([A-Za-z0-9_.-]*)/.exec(piece);
      const rest = head === null ? "" : piece.slice(head[0].length);
      const ends = rest.startsWith("/") || (assignment && rest.startsWith(":"));
      const isLast = number === pieces.length - 1 && index === parts.length - 1;
      const mayStart = index === 0 || number > 0;
      const home =
        head !== null && mayStart && (ends || (rest === "" && isLast)) ? yield* homeOf(shell, head[1]!) : undefined;
      if (home === undefined) out.push({ kind: "literal", text: piece, quoted: false });
      else {
        out.push({ kind: "literal", text: home, quoted: true });
        if (rest !== "") out.push({ kind: "literal", text: rest, quoted: false });
      }
    }
  }
  return out;
}

function* homeOf(shell: Shell, user: string): Task<string | undefined> {
  if (user === "") return shell.variables.get("HOME");
  try {
    const fd = shell.sys.open("/etc/passwd", { read: true });
    try {
      const text = yield* shell.readAll(fd);
      const line = text.split("\n").find((one) => one.startsWith(`${user}:`));
      return line?.split(":")[5];
    } finally {
      shell.sys.close(fd);
    }
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
}
