/** A sed script's text as commands, with the faults in busybox' words. */
import type { PosixRegex } from "../../regex/index.ts";
import { Fault } from "../options.ts";
import { posixRegex } from "../posixRegExp.ts";
import type { Address, Command, Substitution } from "./command.ts";

const COMMANDS = "saicrw:btTydDgGhHlnNpPqx={}";
const BLANK_OR_SEMICOLON = /[; \n\r\t\v]*/y;

function fault(problem: string): Fault {
  return new Fault(`sed: ${problem}\n`);
}

/** `\n`, `\t` and `\r` become what they mean; other escapes stay. */
function unescapeLetters(text: string): string {
  return text.replace(/\\([\s\S])/g, (all, c: string) => ({ n: "\n", t: "\t", r: "\r" })[c] ?? all);
}

export class SedParser {
  readonly commands: Command[] = [];
  quiet = false;
  readonly #extended: boolean;
  #previous: PosixRegex | undefined;
  /** Lines so far of a command that a backslash continues. */
  #unfinished: string | undefined;
  #text = "";
  #at = 0;

  constructor(extended: boolean) {
    this.#extended = extended;
  }

  /** Adds a script, line by line. Throws Fault. */
  add(script: string): void {
    for (const line of script.split("\n")) this.#line(line);
  }

  /** After the last script: a dangling backslash is nothing; labels must be there. Throws Fault. */
  finish(): void {
    if (this.#unfinished !== undefined) {
      const text = this.#unfinished;
      this.#unfinished = undefined;
      this.#commandsOf(text);
    }
    for (const { name, text } of this.commands) {
      if (!"btT".includes(name) || text === "") continue;
      if (!this.commands.some((other) => other.name === ":" && other.text === text))
        throw fault(`can't find label for jump to '${text}'`);
    }
  }

  #line(line: string): void {
    const text = this.#unfinished === undefined ? line : `${this.#unfinished}\n${line}`;
    const slashes = /\\*$/.exec(text)![0].length;
    if (slashes % 2 === 1) {
      this.#unfinished = text.slice(0, -1);
      return;
    }
    this.#unfinished = undefined;
    this.#commandsOf(text);
  }

  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #commandsOf(text: string): void {
    this.#text = text;
    this.#at = 0;
    for (;;) {
      this.#skip(BLANK_OR_SEMICOLON);
      if (this.#at >= text.length) return;
      if (text[this.#at] === "#") {
        if (/^#n(\n|$)/.test(text.slice(this.#at, this.#at + 3))) this.quiet = true;
        this.#skip(/[^\n\r]*/y);
        continue;
      }
      this.#command();
    }
  }

  #command(): void {
    const from = this.#address(false);
    let to: Address | undefined;
    if (this.#text[this.#at] === ",") {
      this.#at++;
      to = this.#address(true);
      if (!to) throw fault("no address after comma");
    }
    this.#skip(/\s*/y);
    const inverted = this.#text[this.#at] === "!";
    if (inverted) {
      this.#at++;
      this.#skip(/\s*/y);
    }
    const name = this.#text[this.#at];
    if (name === undefined) throw fault("missing command");
    this.#at++;
    if (!COMMANDS.includes(name)) throw fault(`unsupported command ${name}`);
    if ("air".includes(name) && to) throw fault(`command '${name}' uses only one address`);
    const rest = this.#arguments(name);
    // Line 0 does not exist: alone it is no address at all.
    const start = from && "line" in from && from.line === 0 && !to ? undefined : from;
    this.commands.push({
      name,
      from: start,
      to,
      inverted,
      text: "",
      substitution: undefined,
      translation: undefined,
      ...rest,
      inMatch: false,
      spent: false,
      endLine: undefined,
    });
  }

  #address(second: boolean): Address | undefined {
    const c = this.#text[this.#at];
    if (c === "$") {
      this.#at++;
      return { last: true };
    }
    const plus = second ? this.#skip(/\+\d+/y) : "";
    if (plus !== "") return { more: Number(plus.slice(1)) };
    const number = this.#skip(/\d+/y);
    if (number !== "") return { line: Number(number) };
    if (c !== "/" && c !== "\\") return undefined;
    const delimiter = c === "/" ? c : this.#text[++this.#at];
    if (delimiter === undefined) throw fault("unmatched ''");
    this.#at++;
    const source = this.#until(delimiter, true);
    if (source === "") {
      if (!this.#previous) throw fault("no previous regexp");
      return { regex: this.#previous };
    }
    this.#previous = posixRegex("sed", unescapeLetters(source), { extended: this.#extended });
    return { regex: this.#previous };
  }

  /** The text up to the next delimiter that is neither escaped nor, in an expression, in brackets. */
  #until(delimiter: string, brackets: boolean): string {
    const start = this.#at;
    let bracket = -1;
    for (; this.#at < this.#text.length; this.#at++) {
      const at = this.#at;
      const c = this.#text[at]!;
      if (bracket >= 0) {
        const first = bracket === at - 1 || (bracket === at - 2 && this.#text[at - 1] === "^");
        if (c === "]" && !first) bracket = -1;
      } else if (c === "\\") this.#at++;
      else if (brackets && c === "[") bracket = at;
      else if (c === delimiter) {
        this.#at++;
        return this.#text.slice(start, at);
      }
    }
    throw fault(`unmatched '${delimiter}'`);
  }

  #arguments(name: string): Partial<Pick<Command, "text" | "substitution" | "translation">> {
    if (name === "s") return { substitution: this.#substitution() };
    if (name === "y") return { translation: this.#translation() };
    if ("aic".includes(name)) {
      this.#skip(/[ \t\r\v\f]*[\n\\]?/y);
      const text = this.#text.slice(this.#at);
      this.#at = this.#text.length;
      return { text: unescapeLetters(text).replace(/\\([\s\S]|$)/g, "$1") };
    }
    if (name === "r" || name === "w") return { text: this.#fileName() };
    if (":btT".includes(name)) {
      this.#skip(/\s*/y);
      return { text: this.#skip(/[^; \n\r\t\v}]*/y) };
    }
    return {};
  }

  #fileName(): string {
    this.#skip(/\s*/y);
    const name = this.#skip(/[^\n]*/y);
    if (name === "") throw fault("empty filename");
    return name;
  }

  /** The delimiter and the two texts between it. */
  #pair(): [delimiter: string, first: string, second: string] {
    const delimiter = this.#text[this.#at];
    if (delimiter === undefined) throw fault("bad format in substitution expression");
    this.#at++;
    const first = unescapeLetters(this.#until(delimiter, true));
    return [delimiter, first, unescapeLetters(this.#until(delimiter, false))];
  }

  #translation(): ReadonlyMap<string, string> {
    const [delimiter, ...texts] = this.#pair();
    const [from, to] = texts.map((text) =>
      text.replace(/\\([\s\S])/g, (all, c: string) => (c === delimiter || c === "\\" ? c : all)),
    ) as [string, string];
    const translation = new Map<string, string>();
    for (let i = 0; i < Math.min(from.length, to.length); i++) {
      if (!translation.has(from[i]!)) translation.set(from[i]!, to[i]!);
    }
    return translation;
  }

  #substitution(): Substitution {
    const [, source, replacement] = this.#pair();
    let which = 1;
    let ignoreCase = false;
    let print = false;
    let file: string | undefined;
    flags: for (; this.#at < this.#text.length; this.#at++) {
      const c = this.#text[this.#at]!;
      const number = this.#skip(/\d+/y);
      if (number !== "") {
        // A number means nothing to an expression that begins with ^.
        if (!source.startsWith("^")) which = Number(number);
        this.#at--;
        continue;
      }
      if (/\s/.test(c)) continue;
      switch (c) {
        case "g":
          which = 0;
          break;
        case "p":
          print = true;
          break;
        case "i":
        case "I":
          ignoreCase = true;
          break;
        case "w":
          this.#at++;
          file = this.#fileName();
          this.#at--;
          break;
        case "#":
          this.#at = this.#text.length;
          break flags;
        case ";":
        case "}":
          break flags;
        default:
          throw fault("bad option in substitution expression");
      }
    }
    const regex = source === "" ? undefined : posixRegex("sed", source, { extended: this.#extended, ignoreCase });
    if (regex) this.#previous = regex;
    return { regex, replacement, which, print, file };
  }
}
