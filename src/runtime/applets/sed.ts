/** `sed`. */
import type { Task } from "../../time/task.ts";
import type { Program, Sys } from "../sys.ts";
import { applet, because, complain, Fault, parseOptions, usageFault } from "./options.ts";
import { posixRegExp } from "./posixRegExp.ts";
import { LineReader, Output, readFile } from "./streams.ts";

type Address =
  | { readonly line: number }
  | { readonly last: true }
  | { readonly regexp: RegExp | undefined }
  | { readonly first: number; readonly step: number };

interface Command {
  readonly name: string;
  readonly from?: Address;
  readonly to?: Address | { readonly plus: number };
  readonly negated: boolean;
  readonly text: string;
  readonly regexp?: RegExp | undefined;
  readonly flags: string;
  /** Where `}`'s partner or a label is. */
  target: number;
  active: boolean;
  until: number;
}

const MAX_STEPS = 1_000_000;

class Parser {
  readonly commands: Command[] = [];
  #at = 0;
  readonly #open: number[] = [];
  readonly #source: string;
  readonly #extended: boolean;

  constructor(source: string, extended: boolean) {
    this.#source = source;
    this.#extended = extended;
    while (this.#skip(/[\s;]*/y) || this.#at < source.length) {
      if (this.#at >= source.length) break;
      this.#command();
    }
    if (this.#open.length > 0) throw new Fault("sed: unmatched '{'\n");
    for (const command of this.commands) {
      if (!"btT".includes(command.name)) continue;
      command.target =
        command.text === ""
          ? this.commands.length
          : this.commands.findIndex((one) => one.name === ":" && one.text === command.text);
      if (command.target < 0) throw new Fault(`sed: can't find label for jump to '${command.text}'\n`);
    }
  }

  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  /** Text up to an unescaped delimiter; `\` before the delimiter goes. */
  #delimited(delimiter: string, regexp: boolean): string {
    let out = "";
    let inBracket = false;
    for (; this.#at < this.#source.length; this.#at++) {
      const c = this.#source[this.#at]!;
      if (c === "\\" && !inBracket) {
        const next = this.#source[++this.#at] ?? "";
        if (next === delimiter)
          out +=
            regexp && /[|(){}+?]/.test(delimiter)
              ? delimiter
              : regexp && delimiter !== "/"
                ? delimiter
                : next === "&"
                  ? "\\&"
                  : next;
        else out += `\\${next}`;
        continue;
      }
      if (regexp && c === "[" && !inBracket) {
        inBracket = true;
        out += c;
        if (this.#source[this.#at + 1] === "^") out += this.#source[++this.#at];
        if (this.#source[this.#at + 1] === "]") out += this.#source[++this.#at];
        continue;
      }
      if (inBracket && c === "]") inBracket = false;
      else if (c === delimiter && !inBracket) {
        this.#at++;
        return out;
      }
      out += c;
    }
    throw new Fault("sed: unmatched '" + delimiter + "'\n");
  }

  #regexp(source: string, flags = ""): RegExp | undefined {
    return source === "" ? undefined : posixRegExp("sed", source, this.#extended, flags);
  }

  #address(): Address | undefined {
    const number = this.#skip(/\d+/y);
    if (number !== "") {
      const step = this.#skip(/~\d+/y);
      return step === "" ? { line: Number(number) } : { first: Number(number), step: Number(step.slice(1)) };
    }
    if (this.#skip(/\$/y)) return { last: true };
    const start = this.#skip(/\/|\\./y);
    if (start === "") return undefined;
    const source = this.#delimited(start.at(-1)!, true);
    const flags = this.#skip(/[IM]*/y);
    return { regexp: this.#regexp(source, flags.includes("I") ? "i" : "") };
  }

  #command(): void {
    if (this.#skip(/#[^\n]*/y)) return;
    const from = this.#address();
    let to: Command["to"];
    if (from && this.#skip(/[ \t]*,[ \t]*/y)) {
      const plus = this.#skip(/\+\d+/y);
      to = plus === "" ? this.#address() : { plus: Number(plus.slice(1)) };
      if (!to) throw new Fault("sed: unexpected ','\n");
    }
    this.#skip(/[ \t]*/y);
    const negated = this.#skip(/![! \t]*/y) !== "";
    const name = this.#source[this.#at++];
    if (name === undefined) throw new Fault("sed: missing command\n");
    let text = "";
    let flags = "";
    let regexp: RegExp | undefined;
    if (name === "{") this.#open.push(this.commands.length);
    else if (name === "}") {
      const start = this.#open.pop();
      if (start === undefined) throw new Fault("sed: unexpected '}'\n");
      this.commands[start]!.target = this.commands.length;
    } else if (name === "s" || name === "y") {
      const delimiter = this.#source[this.#at++];
      if (delimiter === undefined) throw new Fault(`sed: bad option in substitution expression\n`);
      const source = this.#delimited(delimiter, name === "s");
      text = this.#delimited(delimiter, false);
      if (name === "s") {
        flags = this.#skip(/[gpiIem0-9]*/y);
        if (this.#skip(/w[ \t]*/y)) flags += `w${this.#skip(/[^\n]*/y)}`;
        regexp = this.#regexp(source, /[iI]/.test(flags.split("w")[0]!) ? "gi" : "g");
      } else {
        flags = source;
        if (unescape(source).length !== unescape(text).length)
          throw new Fault("sed: strings for 'y' command are different lengths\n");
      }
    } else if ("aic".includes(name)) {
      this.#skip(/[ \t]*(\\\n)?[ \t]*/y);
      text = this.#skip(/(?:[^\n\\]|\\[\s\S])*/y).replace(/\\([\s\S])/g, "$1");
    } else if (":btT".includes(name)) {
      this.#skip(/[ \t]*/y);
      text = this.#skip(name === ":" ? /[^\n;]*/y : /[^\n;}]*/y).trim();
    } else if ("rw".includes(name)) {
      this.#skip(/[ \t]*/y);
      text = this.#skip(/[^\n]*/y);
    } else if ("qQ".includes(name)) {
      this.#skip(/[ \t]*/y);
      text = this.#skip(/\d*/y);
    } else if (!"=dDgGhHlnNpPxz".includes(name)) throw new Fault(`sed: unsupported command ${name}\n`);
    this.commands.push({
      name,
      ...(from ? { from } : {}),
      ...(to ? { to } : {}),
      negated,
      text,
      regexp,
      flags,
      target: -1,
      active: false,
      until: -1,
    });
  }
}

function unescape(text: string): string {
  return text.replace(/\\(.)/gs, (_all, c: string) => (c === "n" ? "\n" : c === "t" ? "\t" : c));
}

/** What `s` puts in the place of a match. */
function replacement(template: string, match: readonly (string | undefined)[]): string {
  let out = "";
  let fold: "" | "U" | "L" = "";
  let once: "" | "u" | "l" = "";
  const add = (text: string) => {
    let shown = fold === "U" ? text.toUpperCase() : fold === "L" ? text.toLowerCase() : text;
    if (once && shown !== "") {
      shown = (once === "u" ? shown[0]!.toUpperCase() : shown[0]!.toLowerCase()) + shown.slice(1);
      once = "";
    }
    out += shown;
  };
  for (let i = 0; i < template.length; i++) {
    const c = template[i]!;
    if (c === "&") add(match[0] ?? "");
    else if (c === "\\" && i + 1 < template.length) {
      const next = template[++i]!;
      if (/\d/.test(next)) add(match[Number(next)] ?? "");
      else if (next === "U" || next === "L") fold = next;
      else if (next === "E") fold = "";
      else if (next === "u" || next === "l") once = next;
      else add(next === "n" ? "\n" : next === "t" ? "\t" : next === "r" ? "\r" : next);
    } else add(c);
  }
  return out;
}

export const sedApplets: Readonly<Record<string, Program>> = {
  sed: applet("sed", function* (sys, args) {
    const options = parseOptions("sed", args, "i::nEre:f:sz", {
      quiet: "n",
      silent: "n",
      expression: "e",
      file: "f",
      "in-place": "i",
      "regexp-extended": "E",
    });
    const operands = [...options.operands];
    const sources: string[] = [];
    for (const { option, value } of options.order) {
      if (option === "e") sources.push(value);
      else if (option === "f") {
        try {
          sources.push((yield* readFile(sys, value)).replace(/\n$/, ""));
        } catch (error) {
          throw new Fault(`sed: ${value}: ${because(error)}\n`);
        }
      }
    }
    if (sources.length === 0) {
      const script = operands.shift();
      if (script === undefined) throw usageFault("sed");
      sources.push(script);
    }
    const extended = options.has("E") || options.has("r");
    const { commands } = new Parser(sources.join("\n"), extended);
    if (!options.has("i"))
      return yield* run(sys, commands, operands.length === 0 ? ["-"] : operands, options.has("n"), 1);
    let status = 0;
    for (const path of operands) {
      const suffix = options.value("i") ?? "";
      const draft = `${path}.sed-draft`;
      let fd: number;
      let mode: number;
      try {
        mode = sys.stat(path).mode;
        fd = sys.open(draft, { write: true, create: true, truncate: true }, 0o600);
      } catch (error) {
        yield* complain(sys, `sed: ${path}: ${because(error)}\n`);
        status = 1;
        continue;
      }
      try {
        for (const command of commands) command.active = false;
        status |= yield* run(sys, commands, [path], options.has("n"), fd);
        sys.close(fd);
        sys.chmod(draft, mode);
        if (suffix !== "") sys.rename(path, path + suffix);
        sys.rename(draft, path);
      } catch (error) {
        yield* complain(sys, `sed: can't create '${path}': ${because(error)}\n`);
        status = 1;
      }
    }
    return status;
  }),
};

/** Lines of several files, with one line of foresight for `$`. */
class Input {
  status = 0;
  terminated = true;
  #next: { line: string; terminated: boolean } | undefined;
  #reader: LineReader | undefined;
  #fd = -1;
  readonly #paths: string[];
  readonly #sys: Sys;

  constructor(sys: Sys, paths: readonly string[]) {
    this.#sys = sys;
    this.#paths = [...paths];
  }
  *read(): Task<string | undefined> {
    const taken = this.#next ?? (yield* this.#fetch());
    this.#next = undefined;
    if (taken) this.terminated = taken.terminated;
    return taken?.line;
  }
  *isLast(): Task<boolean> {
    this.#next ??= yield* this.#fetch();
    return this.#next === undefined;
  }
  *#fetch(): Task<{ line: string; terminated: boolean } | undefined> {
    for (;;) {
      if (this.#reader) {
        const line = yield* this.#reader.next();
        if (line !== undefined) return { line, terminated: this.#reader.terminated };
        this.#reader = undefined;
        if (this.#fd > 0) this.#sys.close(this.#fd);
      }
      const path = this.#paths.shift();
      if (path === undefined) return undefined;
      try {
        this.#fd = path === "-" ? 0 : yield* this.#sys.openBlocking(path, { read: true });
        this.#reader = new LineReader(this.#sys, this.#fd);
      } catch (error) {
        yield* complain(this.#sys, `sed: ${path}: ${because(error)}\n`);
        this.status = 1;
      }
    }
  }
}

function* run(
  sys: Sys,
  commands: readonly Command[],
  paths: readonly string[],
  quiet: boolean,
  fd: number,
): Task<number> {
  const input = new Input(sys, paths);
  const out = new Output(sys, fd);
  const needsLast = commands.some(
    (one) => (one.from && "last" in one.from) || (one.to && "last" in one.to) || one.name === "N",
  );
  let hold = "";
  let lastRegExp: RegExp | undefined;
  let number = 0;
  let steps = 0;
  const written = new Map<string, Output>();

  function* matchesAddress(address: Address, space: string): Task<boolean> {
    if ("line" in address) return number === address.line;
    if ("last" in address) return yield* input.isLast();
    if ("step" in address)
      return address.step === 0
        ? number === address.first
        : number >= address.first && (number - address.first) % address.step === 0;
    const regexp = address.regexp ?? lastRegExp;
    if (!regexp) throw new Fault("sed: no previous regexp\n");
    lastRegExp = regexp;
    regexp.lastIndex = 0;
    return regexp.test(space);
  }
  function* selects(command: Command, space: string): Task<boolean> {
    if (!command.from) return true;
    if (!command.to) return yield* matchesAddress(command.from, space);
    if (!command.active) {
      if (!(yield* matchesAddress(command.from, space))) return false;
      command.until = "plus" in command.to ? number + command.to.plus : "line" in command.to ? command.to.line : -1;
      command.active = !(command.until >= 0 && command.until <= number);
      return true;
    }
    if (command.until >= 0) {
      command.active = number < command.until;
      return number <= command.until;
    }
    if (!("plus" in command.to) && (yield* matchesAddress(command.to, space))) command.active = false;
    return true;
  }

  for (let line = yield* input.read(); line !== undefined; line = yield* input.read()) {
    number++;
    let space = line;
    let again = true;
    while (again) {
      again = false;
      let appended = "";
      let replaced = false;
      let print = !quiet;
      let ended: number | undefined;
      for (let i = 0; i < commands.length; i++) {
        if (++steps > MAX_STEPS) {
          steps = 0;
          yield* sys.cpu(1000);
        }
        const command = commands[i]!;
        if (command.name === "}" || command.name === ":") continue;
        if ((yield* selects(command, space)) === command.negated) {
          if (command.name === "{") i = command.target;
          continue;
        }
        const { name } = command;
        if (name === "s") {
          const regexp = command.regexp ?? lastRegExp;
          if (!regexp) throw new Fault("sed: no previous regexp\n");
          lastRegExp = regexp;
          const flags = command.flags.split("w")[0]!;
          const wanted = Number(/\d+/.exec(flags)?.[0] ?? 1);
          let count = 0;
          let changed = false;
          regexp.lastIndex = 0;
          const global = new RegExp(regexp.source, regexp.flags.includes("g") ? regexp.flags : `${regexp.flags}g`);
          space = space.replace(global, (...found: unknown[]) => {
            count++;
            if (count < wanted || (count > wanted && !flags.includes("g"))) return found[0] as string;
            changed = true;
            const groups = found.slice(
              0,
              found.findIndex((one) => typeof one === "number"),
            ) as (string | undefined)[];
            return replacement(command.text, groups);
          });
          if (changed) {
            replaced = true;
            if (flags.includes("p")) out.add(`${space}\n`);
            if (command.flags.includes("w"))
              (yield* fileFor(sys, written, command.flags.slice(command.flags.indexOf("w") + 1).trim(), out)).add(
                `${space}\n`,
              );
          }
        } else if (name === "y") {
          const [from, to] = [unescape(command.flags), unescape(command.text)];
          space = Array.from(space, (c) => (from.includes(c) ? to[from.indexOf(c)]! : c)).join("");
        } else if (name === "p") out.add(`${space}\n`);
        else if (name === "P") out.add(`${space.split("\n")[0]}\n`);
        else if (name === "d") {
          print = false;
          break;
        } else if (name === "D") {
          print = false;
          const at = space.indexOf("\n");
          if (at >= 0) {
            space = space.slice(at + 1);
            again = true;
          }
          break;
        } else if (name === "q" || name === "Q") {
          if (name === "Q") print = false;
          ended = Number(command.text || 0);
          break;
        } else if (name === "=") out.add(`${number}\n`);
        else if (name === "a") appended += `${command.text}\n`;
        else if (name === "i") out.add(`${command.text}\n`);
        else if (name === "c") {
          if (!command.to || !command.active) out.add(`${command.text}\n`);
          print = false;
          break;
        } else if (name === "n") {
          if (yield* input.isLast()) {
            if (quiet) print = false;
            ended = 0;
            break;
          }
          if (!quiet) out.add(`${space}\n`);
          out.add(appended);
          appended = "";
          space = (yield* input.read()) ?? "";
          number++;
        } else if (name === "N") {
          if (yield* input.isLast()) {
            ended = 0;
            break;
          }
          space += `\n${(yield* input.read()) ?? ""}`;
          number++;
        } else if (name === "h") hold = space;
        else if (name === "H") hold += `\n${space}`;
        else if (name === "g") space = hold;
        else if (name === "G") space += `\n${hold}`;
        else if (name === "x") [space, hold] = [hold, space];
        else if (name === "z") space = "";
        else if (name === "b" || (name === "t" && replaced) || (name === "T" && !replaced)) {
          if (name === "t") replaced = false;
          i = command.target;
        } else if (name === "r") {
          try {
            appended += yield* readFile(sys, command.text);
          } catch (error) {
            because(error);
          }
        } else if (name === "w") (yield* fileFor(sys, written, command.text, out)).add(`${space}\n`);
        else if (name === "l")
          out.add(`${space.replace(/\\/g, "\\\\").replace(/\t/g, "\\t").replace(/\n/g, "\\n")}$\n`);
      }
      if (print) out.add(space + (input.terminated || appended !== "" ? "\n" : ""));
      out.add(appended);
      // Shown at once: what comes next may be long in coming.
      if (!needsLast || ended !== undefined) yield* out.flush();
      if (ended !== undefined) {
        for (const file of written.values()) yield* file.flush();
        return ended;
      }
    }
  }
  yield* out.flush();
  for (const file of written.values()) yield* file.flush();
  return input.status;
}

function* fileFor(sys: Sys, files: Map<string, Output>, path: string, out: Output): Task<Output> {
  if (path === "/dev/stdout") return out;
  let file = files.get(path);
  if (!file) {
    file = new Output(sys, yield* sys.openBlocking(path, { write: true, create: true, truncate: true }, 0o666));
    files.set(path, file);
  }
  return file;
}
