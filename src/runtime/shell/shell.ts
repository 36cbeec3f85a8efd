/** What one running shell knows. A subshell starts with a copy. */
import type { Task } from "../../time/task.ts";
import { hold, outgrow } from "../heldMemory.ts";
import { type Sys, type SignalName, SysError } from "../sys.ts";
import { OUT_OF_MEMORY, ShellFault } from "./fault.ts";
import { JobTable } from "./jobs.ts";
import type { Node } from "./syntax.ts";
import { Variables } from "./variables.ts";

/** `set` options by letter, in the order of `$-`; a word of more letters has no letter. */
export const OPTIONS = [
  ["errexit", "e"],
  ["noglob", "f"],
  ["ignoreeof", "I"],
  ["monitor", "m"],
  ["noexec", "n"],
  ["xtrace", "x"],
  ["verbose", "v"],
  ["noclobber", "C"],
  ["allexport", "a"],
  ["notify", "b"],
  ["nounset", "u"],
  ["errtrace", "E"],
  ["vi", "V"],
  ["pipefail", ""],
] as const;

export type OptionName = (typeof OPTIONS)[number][0] | "interactive" | "stdin" | "command";

/** The letters of `$-` in ash's order, which is its table from the end. */
const FLAGS: readonly (readonly [OptionName, string])[] = [
  ["nounset", "u"],
  ["notify", "b"],
  ["allexport", "a"],
  ["noclobber", "C"],
  ["verbose", "v"],
  ["xtrace", "x"],
  ["command", "c"],
  ["stdin", "s"],
  ["noexec", "n"],
  ["monitor", "m"],
  ["interactive", "i"],
  ["ignoreeof", "I"],
  ["noglob", "f"],
  ["errexit", "e"],
];

/** A built-in command takes some microseconds of CPU time; what is owed is paid in one piece. */
const COMMAND_MS = 0.004;
const PAID_AT_ONCE_MS = 1;
/** Commands that are worth one system call to whoever simulates them. */
const COMMANDS_A_STEP = 10;
/** A script that calls itself without end overflows the stack, as the real one does. */
const MAX_FUNCTION_DEPTH = 700;
const MAX_OUTPUT_FROM_COMMAND = 16 << 20;

export class Shell {
  /** A copy for a subshell gets the child's when that starts. */
  sys: Sys;
  readonly variables: Variables;
  readonly functions: Map<string, Node>;
  readonly aliases: Map<string, string>;
  options: Set<OptionName>;
  jobs: JobTable;
  /** Commands by signal name, "EXIT" and "ERR". "" ignores. */
  readonly traps: Map<SignalName | "EXIT" | "ERR", string>;
  /** What `$(trap)` shows: those of the shell around it. */
  shownTraps: ReadonlyMap<SignalName | "EXIT" | "ERR", string> | undefined;
  readonly pendingSignals = new Set<SignalName>();
  /** Signals with what was found when they were first asked about: those that were ignored at the start stay so. */
  readonly #ignoredAtStart: Map<SignalName, boolean>;
  /** SIGINT came, and no trap hears it. */
  interrupted = false;
  positional: readonly string[];
  name: string;
  /** Where the shell is, by the names that were typed; PWD may be set to anything. */
  folder: string;
  /** `$?` */
  status = 0;
  /** The status of the last command substitution, for commands that have no words. */
  substitutionStatus = 0;
  /** Descriptors of `<( )` and `>( )`, open until the command that names them has ended. */
  readonly processPipes: number[] = [];
  lastBackground: number | undefined;
  line = 0;
  /** Prefix of complaints: the script's file, or the built-in command that runs. */
  commandName: string | undefined;
  functionDepth = 0;
  loopDepth = 0;
  sourceDepth = 0;
  isSubshell = false;
  /** `$$` stays that of the first shell. */
  rootPid: number;
  /** Where `getopts` is: the argument, from 1, and the place in it. */
  getoptsIndex = 1;
  getoptsOffset = 0;
  /** Options as they were before `local -` in the function that runs. */
  savedOptions: Set<OptionName> | undefined;
  inErrorTrap = false;
  /** `$?` as it was when a trap began: what `exit` without a number means there. */
  statusBeforeTrap: number | undefined;
  /** A built-in command could not write: it fails without a word. */
  writeError: SysError | undefined;
  /** `ulimit`: letters with values that were set. */
  readonly limits: Map<string, string>;
  #owedMs = 0;
  #chargedBytes = 0;

  constructor(sys: Sys, from?: Shell) {
    this.sys = sys;
    this.variables = new Variables(from?.variables);
    this.functions = new Map(from?.functions);
    this.aliases = new Map(from?.aliases);
    this.options = new Set(from?.options);
    this.jobs = new JobTable();
    this.traps = new Map(from?.traps);
    this.#ignoredAtStart = new Map(from === undefined ? [] : from.#ignoredAtStart);
    this.limits = new Map(from?.limits);
    this.positional = from?.positional ?? [];
    this.name = from?.name ?? "sh";
    this.folder = from?.folder ?? sys.cwd;
    this.rootPid = from?.rootPid ?? sys.pid;
    if (from !== undefined) {
      this.status = from.status;
      this.lastBackground = from.lastBackground;
      this.line = from.line;
      this.commandName = from.commandName;
      this.functionDepth = from.functionDepth;
      this.loopDepth = from.loopDepth;
      this.sourceDepth = from.sourceDepth;
      this.getoptsIndex = from.getoptsIndex;
      this.getoptsOffset = from.getoptsOffset;
      this.isSubshell = true;
    }
    this.#defineDynamicVariables(from);
    this.variables.onChange = (name, value) => {
      if (name === "OPTIND") {
        this.getoptsIndex = Math.max(1, Number(value) || 1);
        this.getoptsOffset = 0;
      }
      if (this.options.has("allexport") && value !== undefined) this.variables.mark(name, "exported");
    };
  }

  #defineDynamicVariables(from: Shell | undefined): void {
    const define = (name: string, read: () => string): void => {
      if (from === undefined || from.variables.isDynamic(name)) this.variables.defineDynamic(name, read);
    };
    define("LINENO", () => String(this.line));
    define("RANDOM", () => String(Math.floor(this.sys.random() * 32768)));
    define("EPOCHSECONDS", () => String(Math.floor(this.sys.now() / 1000)));
    define(
      "EPOCHREALTIME",
      () =>
        `${Math.floor(this.sys.now() / 1000)}.${String(Math.floor((this.sys.now() % 1000) * 1000)).padStart(6, "0")}`,
    );
  }

  /** LINENO counts again after it was set from outside. */
  restoreLineNumber(): void {
    this.variables.defineDynamic("LINENO", () => String(this.line));
  }

  isIgnoredForGood(signal: SignalName): boolean {
    let ignored = this.#ignoredAtStart.get(signal);
    if (ignored === undefined) {
      ignored = this.sys.isIgnored(signal);
      this.#ignoredAtStart.set(signal, ignored);
    }
    return ignored;
  }

  ignoreForGood(signal: SignalName): void {
    this.sys.signal(signal, "ignore");
    this.#ignoredAtStart.set(signal, true);
  }

  /** ash dies of SIGINT by its own hand, so that whoever waits for it sees the signal; between two commands. */
  onInterrupt(): void {
    this.interrupted = true;
  }

  /** Does not come back unless this is a container's first process, which no signal of its own ends. */
  dieOfInterrupt(): void {
    this.interrupted = false;
    this.sys.signal("SIGINT", "default");
    this.sys.kill(this.sys.pid, "SIGINT");
  }

  has(option: OptionName): boolean {
    return this.options.has(option);
  }

  /** `$-` */
  get flags(): string {
    let out = "";
    for (const [name, letter] of FLAGS) if (this.options.has(name)) out += letter;
    return out;
  }

  /** The name that commands inside busybox's shell use for it: argv[0] without folders. */
  get appletName(): string {
    return (this.sys.argv[0] ?? "sh").replace(/^.*\//, "").replace(/^-/, "");
  }

  /** How the shell itself starts a complaint. */
  prefix(): string {
    const { commandName, name } = this;
    if (commandName === undefined) return `${name}: `;
    return `${name}: ${commandName === name ? "" : `${commandName}: `}line ${this.line}: `;
  }

  *say(message: string): Task {
    yield* this.error(`${this.prefix()}${message}\n`);
  }

  /** Writes to standard error, whatever becomes of it. */
  *error(text: string, fd = 2): Task {
    try {
      yield* this.write(fd, text);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
  }

  /** Throws SysError. */
  *write(fd: number, data: string): Task {
    if (data === "") return;
    for (;;) {
      try {
        yield* this.sys.write(fd, data);
        return;
      } catch (error) {
        if (!(error instanceof SysError) || error.errno !== "EINTR") throw error;
      }
    }
  }

  /** Output of a built-in command; the result is its exit status. */
  *print(data: string): Task<number> {
    try {
      yield* this.write(1, data);
      return 0;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      this.writeError = error;
      return 1;
    }
  }

  /** Tells a fault where standard error still is what it was when it happened. */
  *report(fault: ShellFault): Task {
    if (fault.reported) return;
    fault.reported = true;
    if (fault.message === OUT_OF_MEMORY) yield* outgrow(this.sys);
    if (fault.message !== "") yield* this.say(fault.message);
  }

  enterFunction(): void {
    if (++this.functionDepth > MAX_FUNCTION_DEPTH) {
      throw new RangeError("Maximum call stack size exceeded");
    }
  }

  /** Counts one command of the shell's own; true when it is time to pay. */
  owes(): boolean {
    this.#owedMs += COMMAND_MS;
    return this.#owedMs >= PAID_AT_ONCE_MS || this.variables.bytes !== this.#chargedBytes;
  }

  /** Pays for the commands that were counted, and for what the variables hold. */
  *pay(): Task {
    const { bytes } = this.variables;
    if (bytes !== this.#chargedBytes) {
      yield* hold(this.sys, this.#chargedBytes, bytes);
      this.#chargedBytes = bytes;
    }
    if (this.#owedMs < PAID_AT_ONCE_MS) return;
    const ms = this.#owedMs;
    this.#owedMs = 0;
    try {
      yield* this.sys.cpu(ms, ms / COMMAND_MS / COMMANDS_A_STEP);
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== "EINTR") throw error;
    }
  }

  /** All that can be read from a descriptor. */
  *readAll(fd: number): Task<string> {
    const pieces: string[] = [];
    let size = 0;
    for (;;) {
      let data: string;
      try {
        data = yield* this.sys.read(fd, 65536);
      } catch (error) {
        if (error instanceof SysError && error.errno === "EINTR") continue;
        throw error;
      }
      if (data === "") break;
      size += data.length;
      if (size > MAX_OUTPUT_FROM_COMMAND) throw new ShellFault(OUT_OF_MEMORY);
      pieces.push(data);
    }
    return pieces.join("");
  }
}
