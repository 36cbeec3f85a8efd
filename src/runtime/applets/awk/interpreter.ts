/** A running awk program: its variables, the current record and its fields, and what it has open. */
import type { Task } from "../../../time/task.ts";
import { PosixRegex, RegexProblem } from "../../regex/index.ts";
import { type Sys, SysError } from "../../sys.ts";
import { because, Fault } from "../options.ts";
import { Pace } from "../pace.ts";
import { AwkArray } from "./array.ts";
import { syntaxFault, unescapeArgument } from "./lexer.ts";
import { LibraryRandom } from "./random.ts";
import { type AwkRecord, RecordReader, type Separator } from "./records.ts";
import { Streams } from "./streams.ts";
import { InputText, toNumber, toText, type Value } from "./value.ts";

/** What a name stands for: a value, or an array once it is used as one. */
export class Cell {
  value: Value;
  #array: AwkArray | undefined;
  /** The caller's variable, when an unused one was handed to a function: an array made here is the caller's, too. */
  readonly #origin: Cell | undefined;

  constructor(value?: Value, origin?: Cell) {
    this.value = value;
    this.#origin = origin;
  }
  get isArray(): boolean {
    return this.#array !== undefined || (this.#origin?.isArray ?? false);
  }
  get array(): AwkArray {
    this.#array ??= this.#origin ? this.#origin.array : new AwkArray();
    return this.#array;
  }
}

/** How a program leaves its statements: `next`, `exit` and the like. */
export class Jump {
  readonly kind: "next" | "nextfile" | "exit" | "break" | "continue" | "return";
  readonly value: Value;
  constructor(kind: Jump["kind"], value?: Value) {
    this.kind = kind;
    this.value = value;
  }
}

/** What one text of a learner's program may grow to. */
const MAX_TEXT = 64 * 1024 * 1024;
const MAX_FIELDS = 1_000_000;
const MAX_DEPTH = 1500;

export class Awk {
  readonly sys: Sys;
  readonly streams: Streams;
  readonly pace: Pace;
  /** What faults call the program: `cmd. line`, or its file. */
  readonly program: string;
  readonly globals: ReadonlyMap<string, Cell>;
  frame: Cell[] = [];
  depth = 0;
  random = new LibraryRandom(1);
  seed = 1;
  exitCode = 0;
  readonly #regexes = new Map<string, PosixRegex>();
  #record: Value = new InputText("");
  /** Undefined: not split yet. */
  #fields: Value[] | undefined;
  #reached = 0;
  #cleared = 0;
  /** OFS at the last change of a field, when the record has to be put together again. */
  #joinWith: string | undefined;
  readonly #cells: Readonly<Record<"FS" | "OFS" | "RS" | "CONVFMT" | "OFMT" | "IGNORECASE" | "SUBSEP" | "ORS", Cell>>;

  constructor(sys: Sys, program: string, globals: ReadonlyMap<string, Cell>) {
    this.sys = sys;
    this.program = program;
    this.globals = globals;
    this.pace = new Pace(sys);
    this.streams = new Streams(sys, this.pace);
    const cell = (name: string) => globals.get(name)!;
    this.#cells = {
      FS: cell("FS"),
      OFS: cell("OFS"),
      RS: cell("RS"),
      CONVFMT: cell("CONVFMT"),
      OFMT: cell("OFMT"),
      IGNORECASE: cell("IGNORECASE"),
      SUBSEP: cell("SUBSEP"),
      ORS: cell("ORS"),
    };
  }

  fault(line: number, problem: string): Fault {
    return syntaxFault(this.program, line, problem);
  }

  text(value: Value): string {
    return typeof value === "string" ? value : toText(value, this.#format("CONVFMT"));
  }
  /** As `print` shows it. */
  shown(value: Value): string {
    return typeof value === "string" ? value : toText(value, this.#format("OFMT"));
  }
  #format(name: "CONVFMT" | "OFMT"): string {
    const { value } = this.#cells[name];
    return typeof value === "string" ? value : toText(value);
  }
  setting(name: "FS" | "OFS" | "RS" | "SUBSEP" | "ORS"): string {
    const { value } = this.#cells[name];
    return typeof value === "string" ? value : this.text(value);
  }
  get ignoreCase(): boolean {
    return toNumber(this.#cells.IGNORECASE.value) !== 0;
  }

  /** Throws Fault when a text outgrows what a container could hold. */
  bounded(text: string): string {
    if (text.length > MAX_TEXT) throw new Fault("awk: out of memory\n");
    return text;
  }

  regex(source: string): PosixRegex {
    const ignoreCase = this.ignoreCase;
    const key = ignoreCase ? `i${source}` : `c${source}`;
    let known = this.#regexes.get(key);
    if (!known) {
      try {
        known = new PosixRegex(source, { extended: true, ignoreCase });
      } catch (error) {
        if (!(error instanceof RegexProblem)) throw error;
        throw new Fault(`awk: bad regex '${source}': ${error.message}\n`);
      }
      if (this.#regexes.size > 500) this.#regexes.clear();
      this.#regexes.set(key, known);
    }
    return known;
  }

  // ── The record ──

  setRecord(value: Value): void {
    this.#record = value;
    this.#fields = undefined;
    this.#joinWith = undefined;
  }

  get record(): Value {
    if (this.#joinWith !== undefined) {
      this.#record = this.bounded(this.#fields!.map((field) => this.text(field)).join(this.#joinWith));
      this.#joinWith = undefined;
    }
    return this.#record;
  }

  get fieldCount(): number {
    return this.#split().length;
  }

  set fieldCount(count: number) {
    if (count < 0) throw this.fault(1, "NF set to negative value");
    const fields = this.#split();
    if (count > MAX_FIELDS) throw new Fault("awk: out of memory\n");
    while (fields.length < count) fields.push("");
    fields.length = Math.max(0, count);
    this.#joinWith = this.setting("OFS");
  }

  /** Throws Fault for a negative one. */
  field(index: number, line: number): Value {
    const at = Math.trunc(index);
    if (at === 0) return this.record;
    if (at < 0) throw this.fault(line, "Access to negative field");
    const fields = this.#split();
    if (at <= fields.length) return fields[at - 1];
    // A field that no record reached yet is like a variable never set; later it is an empty text.
    if (at <= this.#cleared) return "";
    this.#reached = Math.max(this.#reached, at);
    return undefined;
  }

  setField(index: number, value: Value, line: number): void {
    const at = Math.trunc(index);
    if (at < 0) throw this.fault(line, "Access to negative field");
    if (at === 0) {
      this.setRecord(value);
      return;
    }
    if (at > this.fieldCount) this.fieldCount = at;
    this.#fields![at - 1] = value;
    this.#joinWith = this.setting("OFS");
  }

  #split(): Value[] {
    if (!this.#fields) {
      this.#cleared = Math.max(this.#cleared, this.#reached);
      this.#fields = this.split(this.text(this.#record), this.setting("FS")).map((text) => new InputText(text));
      this.#reached = Math.max(this.#reached, this.#fields.length);
    }
    return this.#fields;
  }

  /** A text cut by a separator: a blank means runs of white space, one character itself, more is a pattern. */
  split(text: string, separator: string, isPattern = false): string[] {
    if (!isPattern && separator === " ") return text.match(/[^ \t\n\v\f\r]+/g) ?? [];
    if (text === "") return [];
    const alsoLines = this.setting("RS") === "";
    if (!isPattern && separator.length < 2) {
      if (separator === "") return [...text];
      const either = this.ignoreCase ? separator.toLowerCase() + separator.toUpperCase() : separator;
      if (either.length === 1 && !alsoLines) return text.split(separator);
      const set = alsoLines ? `${either}\n` : either;
      const parts: string[] = [];
      let start = 0;
      for (let i = 0; i < text.length; i++) {
        if (!set.includes(text[i]!)) continue;
        parts.push(text.slice(start, i));
        start = i + 1;
      }
      return [...parts, text.slice(start)];
    }
    return this.#splitByPattern(text, this.regex(separator), alsoLines);
  }

  #splitByPattern(text: string, regex: PosixRegex, alsoLines: boolean): string[] {
    const parts: string[] = [];
    let rest = text;
    while (rest !== "") {
      const newline = alsoLines ? rest.indexOf("\n") : -1;
      const limit = newline < 0 ? rest.length : newline;
      const match = firstNonEmpty(regex, rest);
      if (match && match.index <= limit) {
        parts.push(rest.slice(0, match.index));
        rest = rest.slice(match.end);
        if (rest === "") parts.push("");
      } else {
        parts.push(rest.slice(0, limit));
        rest = rest.slice(limit + 1);
      }
    }
    return parts;
  }

  // ── The main input ──

  #reader: RecordReader | undefined;
  #sawFile = false;
  #inputEnded = false;

  /** The next record of the files in ARGV (or stdin); undefined at the end. */
  *nextMainRecord(): Task<string | undefined> {
    for (;;) {
      if (this.#inputEnded || (!this.#reader && !(yield* this.#openNext()))) return undefined;
      const reader = this.#reader!;
      if (!reader.ready) yield* this.flush();
      const record = yield* this.#read(reader);
      if (record) {
        for (const name of ["NR", "FNR"]) {
          const cell = this.globals.get(name)!;
          cell.value = toNumber(cell.value) + 1;
        }
        this.globals.get("RT")!.value = record.separator;
        return record.text;
      }
      yield* this.leaveFile();
    }
  }

  *#read(reader: RecordReader): Task<AwkRecord | undefined> {
    try {
      return yield* reader.next(separatorOf(this));
    } catch (error) {
      if (!(error instanceof SysError) || error.errno === "EINTR") throw error;
      return undefined;
    }
  }

  *leaveFile(): Task {
    if (this.#reader && this.#reader.fd > 2) this.sys.close(this.#reader.fd);
    this.#reader = undefined;
  }

  /** Opens the next operand that is a file; assignments on the way are carried out. */
  *#openNext(): Task<boolean> {
    const argv = this.globals.get("ARGV")!.array;
    for (;;) {
      const index = this.globals.get("ARGIND")!;
      const at = toNumber(index.value) + 1;
      if (at >= toNumber(this.globals.get("ARGC")!.value)) {
        if (this.#sawFile) {
          this.#inputEnded = true;
          return false;
        }
        this.#sawFile = true;
        this.#enterFile("-", 0);
        return true;
      }
      index.value = at;
      const name = this.text(argv.get(String(at)));
      if (name === "") continue;
      const given = assignment(name);
      if (given) {
        const cell = this.globals.get(given.name);
        if (given.name === "NF") this.fieldCount = given.value.number;
        else if (cell) cell.value = given.value;
        continue;
      }
      this.#sawFile = true;
      try {
        this.#enterFile(name, name === "-" ? 0 : yield* this.sys.openBlocking(name, { read: true }));
        return true;
      } catch (error) {
        throw new Fault(`awk: ${name}: ${because(error)}\n`);
      }
    }
  }

  #enterFile(name: string, fd: number): void {
    this.#reader = new RecordReader(this.sys, fd, this.pace);
    this.globals.get("FILENAME")!.value = name;
    this.globals.get("FNR")!.value = 0;
  }

  enter(): void {
    if (++this.depth > MAX_DEPTH) throw new Fault("awk: out of memory\n");
  }

  *flush(): Task {
    yield* this.streams.flush();
  }
}

/** How RS cuts what is read now. */
export function separatorOf(awk: Awk): Separator {
  const rs = awk.setting("RS");
  if (rs === "") return { paragraphs: true };
  return rs.length === 1 ? { character: rs } : { regex: awk.regex(rs) };
}

/** `name=value`, or undefined. */
export function assignment(text: string): { name: string; value: InputText } | undefined {
  const equals = text.indexOf("=");
  if (equals < 1 || !/^\w/.test(text)) return undefined;
  return { name: text.slice(0, equals), value: new InputText(unescapeArgument(text.slice(equals + 1))) };
}

function firstNonEmpty(regex: PosixRegex, text: string) {
  for (let from = 0; from <= text.length; ) {
    const match = regex.exec(text, from, from > 0);
    if (!match || match.end > match.index) return match;
    from = match.end + 1;
  }
  return undefined;
}
