/** Runs a sed script over lines: a pattern space, a hold space, and one line of foresight for `$`. */
import type { Task } from "../../../time/task.ts";
import type { PosixRegex } from "../../regex/index.ts";
import { type Sys, SysError } from "../../sys.ts";
import { because, complain, Fault } from "../options.ts";
import { Pace } from "../pace.ts";
import { LineReader, Output, readFile } from "../streams.ts";
import type { Address, Command } from "./command.ts";
import { substitute } from "./substitute.ts";

/** What the pattern and hold space may grow to. */
const MAX_SPACE = 64 * 1024 * 1024;

interface Line {
  readonly text: string;
  readonly terminated: boolean;
}

/** Where lines go. A line that was not terminated is, as soon as another follows it. */
export class LineOutput {
  readonly output: Output;
  #open = false;

  constructor(output: Output) {
    this.output = output;
  }
  put(text: string, terminated = true): void {
    if (this.#open) this.output.add("\n");
    this.output.add(terminated ? `${text}\n` : text);
    this.#open = !terminated && text !== "";
  }
}

/** The files that `w` writes, shared by all of one run. */
export class WrittenFiles {
  readonly #sys: Sys;
  readonly #standard: LineOutput;
  readonly #files = new Map<string, LineOutput>();

  constructor(sys: Sys, standard: LineOutput) {
    this.#sys = sys;
    this.#standard = standard;
  }
  /** Opened before the first line is read. Throws Fault. */
  *open(path: string): Task {
    if (this.#files.has(path)) return;
    if (path === "/dev/stdout") this.#files.set(path, this.#standard);
    else {
      try {
        const fd = yield* this.#sys.openBlocking(path, { write: true, create: true, truncate: true }, 0o666);
        this.#files.set(path, new LineOutput(new Output(this.#sys, fd)));
      } catch (error) {
        throw new Fault(`sed: can't open '${path}': ${because(error)}\n`);
      }
    }
  }
  put(path: string, text: string, terminated: boolean): void {
    this.#files.get(path)!.put(text, terminated);
  }
  *settle(): Task {
    for (const file of this.#files.values()) yield* file.output.settle();
  }
  *flush(): Task {
    for (const file of this.#files.values()) yield* file.output.flush();
  }
}

/** Lines of several files, one after another. */
export class Input {
  failed = false;
  readonly #sys: Sys;
  readonly #paths: string[];
  #reader: LineReader | undefined;
  #fd = 0;

  constructor(sys: Sys, paths: readonly string[]) {
    this.#sys = sys;
    this.#paths = [...paths];
  }

  get ready(): boolean {
    return this.#reader?.ready ?? false;
  }

  *next(): Task<Line | undefined> {
    for (;;) {
      if (this.#reader) {
        const text = yield* this.#line(this.#reader);
        if (text !== undefined) return { text, terminated: this.#reader.terminated };
        if (this.#fd > 0) this.#sys.close(this.#fd);
        this.#reader = undefined;
      }
      const path = this.#paths.shift();
      if (path === undefined) return undefined;
      try {
        this.#fd = path === "-" ? 0 : yield* this.#sys.openBlocking(path, { read: true });
        this.#reader = new LineReader(this.#sys, this.#fd);
      } catch (error) {
        yield* complain(this.#sys, `sed: ${path}: ${because(error)}\n`);
        this.failed = true;
      }
    }
  }

  /** A folder can be opened but not read. */
  *#line(reader: LineReader): Task<string | undefined> {
    try {
      return yield* reader.next();
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== "EISDIR") throw error;
      return undefined;
    }
  }
}

export class Sed {
  readonly #sys: Sys;
  readonly #commands: readonly Command[];
  readonly #quiet: boolean;
  readonly #pace: Pace;
  /** Where the jump of b, t or T leads, or where a block ends. */
  readonly #targets: readonly number[];
  #hold = "";
  #previous: PosixRegex | undefined;

  constructor(sys: Sys, commands: readonly Command[], quiet: boolean) {
    this.#sys = sys;
    this.#commands = commands;
    this.#quiet = quiet;
    this.#pace = new Pace(sys);
    this.#targets = commands.map(({ name, text }, i) => {
      if (name === "{") return blockEnd(commands, i);
      if (!"btT".includes(name)) return i;
      return text === "" ? commands.length : commands.findIndex((other) => other.name === ":" && other.text === text);
    });
  }

  /** Throws Fault. */
  *run(input: Input, out: LineOutput, written: WrittenFiles): Task<void> {
    const commands = this.#commands;
    let number = 0;
    let line = yield* input.next();
    let following: Line | undefined;
    /** Whether `following` is read: a line is read ahead only for the sake of what needs it. */
    let looked = false;
    const needsLast = commands.some(
      ({ name, from, to }) => (from && "last" in from) || (to && "last" in to) || name === "n" || name === "N",
    );
    const lookAhead = function* (): Task<Line | undefined> {
      if (!looked) {
        following = yield* input.next();
        looked = true;
      }
      return following;
    };
    while (line) {
      number++;
      let { text: space, terminated } = line;
      let ended = false;
      let replaced = false;
      let again = true;
      if (needsLast) yield* lookAhead();
      while (again) {
        again = false;
        const appended: Line[] = [];
        let print = !this.#quiet;
        for (let i = 0; i < commands.length; i++) {
          if (this.#pace.step(1 + space.length / 256)) {
            yield* out.output.settle();
            yield* this.#pace.pay();
          }
          const command = commands[i]!;
          const { name } = command;
          const matched = this.#selects(command, number, space, looked && following === undefined);
          if (matched === command.inverted) {
            if (name === "{") i = this.#targets[i]!;
            continue;
          }
          if (command.from && "regex" in command.from) this.#previous = command.from.regex;
          switch (name) {
            case "s": {
              const { regex: own, print: show, file } = command.substitution!;
              const regex = own ?? this.#previous;
              if (!regex) throw new Fault("sed: no previous regexp\n");
              this.#previous = regex;
              const changed = substitute(command.substitution!, regex, space);
              if (changed === undefined) break;
              space = this.#bounded(changed);
              replaced = true;
              if (show) out.put(space, terminated);
              if (file !== undefined) written.put(file, space, terminated);
              break;
            }
            case "y":
              space = Array.from(space, (c) => command.translation!.get(c) ?? c).join("");
              break;
            case "=":
              out.put(String(number));
              break;
            case "p":
              out.put(space, terminated);
              break;
            case "P": {
              const end = space.indexOf("\n");
              if (end < 0) out.put(space, true);
              else out.put(space.slice(0, end), true);
              break;
            }
            case "a":
              appended.push({ text: command.text, terminated: true });
              break;
            case "i":
              out.put(command.text);
              break;
            case "c":
              if (!command.inMatch) out.put(command.text);
              print = false;
              i = commands.length;
              break;
            case "d":
              print = false;
              i = commands.length;
              break;
            case "D": {
              print = false;
              const end = space.indexOf("\n");
              if (end >= 0) {
                space = space.slice(end + 1);
                again = true;
              }
              i = commands.length;
              break;
            }
            case "r":
              for (const text of yield* this.#linesOf(command.text)) appended.push({ text, terminated: true });
              break;
            case "w":
              written.put(command.text, space, terminated);
              break;
            case "n": {
              if (print) out.put(space, terminated);
              const next = yield* lookAhead();
              if (!next) {
                print = false;
                ended = true;
                i = commands.length;
                break;
              }
              ({ text: space, terminated } = next);
              looked = false;
              number++;
              replaced = false;
              flushAppended(out, appended);
              if (needsLast) yield* lookAhead();
              break;
            }
            case "N": {
              const next = yield* lookAhead();
              if (!next) {
                ended = true;
                i = commands.length;
                break;
              }
              space = this.#bounded(`${space}\n${next.text}`);
              terminated = next.terminated;
              looked = false;
              number++;
              if (needsLast) yield* lookAhead();
              break;
            }
            case "q":
              ended = true;
              i = commands.length;
              break;
            case "h":
              this.#hold = space;
              break;
            case "H":
              this.#hold = this.#bounded(`${this.#hold}\n${space}`);
              break;
            case "g":
              space = this.#hold;
              break;
            case "G":
              space = this.#bounded(`${space}\n${this.#hold}`);
              terminated = true;
              break;
            case "x":
              [space, this.#hold] = [this.#hold, space];
              terminated = true;
              break;
            case "b":
            case "t":
            case "T":
              if (name === "b" || replaced === (name === "t")) i = this.#targets[i]!;
              if (name === "t") replaced = false;
              break;
          }
        }
        if (print) out.put(space, terminated);
        flushAppended(out, appended);
      }
      if (ended) break;
      if (!looked && !input.ready) {
        // What comes next may be long in coming.
        yield* out.output.settle();
        yield* written.settle();
        this.#pace.rested();
      }
      line = yield* lookAhead();
      looked = false;
    }
    yield* out.output.flush();
    yield* written.flush();
  }

  #bounded(space: string): string {
    if (space.length > MAX_SPACE) throw new Fault("sed: out of memory\n");
    return space;
  }

  *#linesOf(path: string): Task<string[]> {
    try {
      const text = yield* readFile(this.#sys, path);
      return text === "" ? [] : text.replace(/\n$/, "").split("\n");
    } catch (error) {
      because(error);
      return [];
    }
  }

  /** Is the line selected? Moves the command's range on. */
  #selects(command: Command, number: number, space: string, isLast: boolean): boolean {
    const { from, to } = command;
    const before = command.inMatch;
    command.inMatch ||= begins(command, from, number, space, isLast);
    if (!command.inMatch) return false;
    if (to && "line" in to) command.endLine = to.line;
    else if (to && "more" in to && !before) command.endLine = number + to.more;
    if (from && "line" in from) command.spent = true;
    let ends = !to;
    if (to && "last" in to) ends = isLast;
    else if (to && "regex" in to) ends = before && to.regex.test(space);
    else if (to) ends = command.endLine! <= number;
    command.inMatch = !ends;
    return true;
  }
}

function begins(command: Command, from: Address | undefined, number: number, space: string, isLast: boolean): boolean {
  if (!from) return !command.to;
  if ("line" in from) {
    if (command.spent || from.line === 0) return false;
    return command.to ? from.line <= number : from.line === number;
  }
  if ("regex" in from) return from.regex.test(space);
  return "last" in from && isLast;
}

function flushAppended(out: LineOutput, appended: Line[]): void {
  for (const { text, terminated } of appended) out.put(text, terminated);
  appended.length = 0;
}

function blockEnd(commands: readonly Command[], start: number): number {
  let depth = 0;
  for (let i = start; i < commands.length; i++) {
    if (commands[i]!.name === "{") depth++;
    else if (commands[i]!.name === "}" && --depth === 0) return i;
  }
  return commands.length;
}
