/** `xargs`: runs a command on the words, lines or records of its input, as they come (busybox: findutils/xargs.c). */
import type { Task } from "../../time/task.ts";
import { exitCodeOf } from "../signals.ts";
import { type Program, type Sys, SysError } from "../sys.ts";
import { spawnProgram, waitFor } from "./executables.ts";
import { applet, because, complain, Fault, parseOptions, usageFault } from "./options.ts";
import { openOrFail } from "./streams.ts";

/** Command lines are no longer than this, whatever the kernel would take; POSIX wants 2 KiB left for the environment. */
const MOST_BYTES = 32 * 1024 - 2048;

/** Bytes of the input, one at a time. */
class Bytes {
  readonly #sys: Sys;
  readonly #fd: number;
  #held = "";
  #at = 0;
  constructor(sys: Sys, fd: number) {
    this.#sys = sys;
    this.#fd = fd;
  }
  *next(): Task<string | undefined> {
    if (this.#at >= this.#held.length) {
      this.#held = yield* this.#sys.read(this.#fd, 4096);
      this.#at = 0;
      if (this.#held === "") return undefined;
    }
    return this.#held[this.#at++];
  }
  *drain(): Task {
    while ((yield* this.#sys.read(this.#fd, 4096)) !== "");
    this.#held = "";
  }
}

/** The next argument; undefined at the end. Throws Fault when it is longer than `most` bytes. */
type Reader = (input: Bytes, most: number) => Task<string | undefined>;

function push(word: string, c: string, most: number): string {
  if (word.length + 1 > most) throw new Fault("xargs: argument line too long\n");
  return word + c;
}

/** Blanks separate, quotes and backslashes protect. A word without a letter, even a quoted one, is none. */
function words(end: string | undefined): Reader {
  return function* (input, most) {
    let word: string | undefined;
    let quote = "";
    for (;;) {
      let c = yield* input.next();
      if (c === undefined || (quote === "" && /[ \t\n\r\v\f]/.test(c))) {
        if (quote !== "") throw new Fault(`xargs: unmatched ${quote === "'" ? "single" : "double"} quote\n`);
        if (word !== undefined && word === end) {
          yield* input.drain();
          return undefined;
        }
        if (word !== undefined || c === undefined) return word;
        continue;
      }
      if (quote !== "" && c === quote) quote = "";
      else if (quote === "" && (c === "'" || c === '"')) quote = c;
      else {
        if (quote === "" && c === "\\") {
          c = yield* input.next();
          if (c === undefined) return word;
        }
        word = push(word ?? "", c, most);
      }
    }
  };
}

/** For -0: whatever lies between two zero bytes. */
function* records(input: Bytes, most: number): Task<string | undefined> {
  let word: string | undefined;
  for (;;) {
    const c = yield* input.next();
    if (c === undefined) return word;
    if (c === "\0") return word ?? "";
    word = push(word ?? "", c, most);
  }
}

/** For -I: lines without the blanks before them; empty ones are passed over. */
function* lines(input: Bytes, most: number): Task<string | undefined> {
  let word = "";
  for (;;) {
    const c = yield* input.next();
    if (c === undefined || c === "\n") {
      if (word !== "" || c === undefined) return word === "" ? undefined : word;
    } else if (word !== "" || !/[ \t\r\v\f]/.test(c)) word = push(word, c, most);
  }
}

interface Running {
  readonly atOnce: number;
  active: number;
  /** 123 once a command failed. */
  status: number;
}

/** What a command's end (as a shell counts it) means. Throws Fault where it ends everything. */
function judge(running: Running, name: string, code: number): void {
  if (code === 255) throw new Fault(`xargs: ${name}: exited with status 255; aborting\n`, 124);
  if (code > 128) throw new Fault(`xargs: '${name}' terminated by signal ${code - 128}\n`, 125);
  if (code !== 0) running.status = 123;
}

function* run(sys: Sys, running: Running, argv: readonly string[]): Task {
  let pid: number;
  while (running.active >= running.atOnce) yield* reap(sys, running, argv[0]!);
  try {
    pid = spawnProgram(sys, argv);
  } catch (error) {
    const missing = error instanceof SysError && error.errno === "ENOENT";
    throw new Fault(`xargs: ${argv[0]}: ${because(error)}\n`, missing ? 127 : 126);
  }
  if (running.atOnce === 1) judge(running, argv[0]!, yield* waitFor(sys, pid));
  else running.active++;
}

function* reap(sys: Sys, running: Running, name: string): Task {
  const ended = yield* sys.wait(-1);
  running.active--;
  if (ended) judge(running, name, exitCodeOf(ended.status));
}

/** With -p: whoever sits at the terminal is asked. */
function* agreed(sys: Sys): Task<boolean> {
  const fd = yield* openOrFail(sys, "xargs", "/dev/tty");
  yield* complain(sys, " ?...");
  const answer = yield* sys.read(fd, 4096);
  sys.close(fd);
  return /^[yY]/.test(answer);
}

function within(text: string, least: number, most: number): number {
  if (!/^\d{1,15}$/.test(text)) throw new Fault(`xargs: invalid number '${text}'\n`);
  const value = Number(text);
  if (value < least || value > most) throw new Fault(`xargs: number ${text} is not in ${least}..${most} range\n`);
  return value;
}

function* xargs(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("xargs", args, "+trn:s:E:e::xI:i::0P:pa:", { "no-run-if-empty": "r" });
  if (options.operands[0] === "") throw usageFault("xargs");
  const command = options.operands.length === 0 ? ["echo"] : options.operands;
  const most = 2 ** 31 - 1;
  const running: Running = { atOnce: within(options.value("P") ?? "1", 0, most) || 100, active: 0, status: 0 };
  const replace = options.has("I") || options.has("i") ? options.value("I") || options.value("i") || "{}" : undefined;
  const fixed = command.reduce((sum, word) => sum + word.length + 1, 0);
  const bytes = (options.has("s") ? within(options.value("s")!, 1, most) : MOST_BYTES) - fixed;
  if (bytes <= 0) throw new Fault("xargs: can't fit single argument within argument list size limit\n");
  const perRun = replace !== undefined ? 1 : options.has("n") ? within(options.value("n")!, 1, most) : most;
  const end = options.value("E") ?? options.value("e");
  const read = options.has("0") ? records : replace !== undefined ? lines : words(end === "" ? undefined : end);
  const input = new Bytes(sys, options.has("a") ? yield* openOrFail(sys, "xargs", options.value("a")!) : 0);

  // Nothing fits: the command runs once without, unless asked not to, and at the end only with what is left.
  let again = !options.has("r") && replace === undefined;
  let kept: string | undefined;
  for (let ended = false; !ended; ) {
    const taken: string[] = [];
    let length = 0;
    while (taken.length < perRun) {
      const word = kept ?? (yield* read(input, bytes - 1));
      kept = undefined;
      if (word === undefined) {
        ended = true;
        break;
      }
      if (length + word.length + 1 > bytes) {
        kept = word;
        break;
      }
      taken.push(word);
      length += word.length + 1;
    }
    if (taken.length === 0 && !again) break;
    again = false;
    const argv =
      replace === undefined ? [...command, ...taken] : command.map((part) => part.replaceAll(replace, () => taken[0]!));
    if (options.has("t") || options.has("p")) yield* complain(sys, argv.join(" ") + (options.has("p") ? "" : "\n"));
    if (!options.has("p") || (yield* agreed(sys))) yield* run(sys, running, argv);
  }
  while (running.active > 0) yield* reap(sys, running, command[0]!);
  return running.status;
}

export const xargsApplets: Readonly<Record<string, Program>> = { xargs: applet("xargs", xargs) };
