/** The commands that are part of the shell. */
import type { Task } from "../../time/task.ts";
import { strerror } from "../errno.ts";
import { SIGNAL_NUMBERS } from "../signals.ts";
import { type SignalName, SysError } from "../sys.ts";
import { echoText } from "./echo.ts";
import { computeArithmetic } from "./expansion.ts";
import { FunctionReturn, LoopJump, ShellExit, ShellFault } from "./fault.ts";
import { getopts } from "./getopts.ts";
import { isDone, jobStatus, reapOne, SIGNAL_TEXTS, waitForJob } from "./jobs.ts";
import { killCommand } from "./kill.ts";
import { isName } from "./parser.ts";
import { formatPrintf } from "./printf.ts";
import { appletNames, findProgram, isAppletName } from "./program.ts";
import { readCommand } from "./read.ts";
import { runText } from "./script.ts";
import { setCommand } from "./setCommand.ts";
import type { Shell } from "./shell.ts";
import { keywords } from "./syntax.ts";
import { evaluateTest, TestError } from "./test.ts";
import { singleQuoted } from "./trace.ts";
import { parseTrapName, setTrap, trapNumber } from "./traps.ts";
import { ulimitCommand } from "./ulimit.ts";
import { umaskCommand } from "./umask.ts";

export interface Builtin {
  /** POSIX calls it special: assignments before it stay, and its faults end the shell. */
  readonly special: boolean;
  /**
   * `args` with the command's own name first; the status, or the task that gives it. Throws ShellFault and the shell's
   * jumps.
   */
  readonly run: (shell: Shell, args: readonly string[]) => Task<number> | number;
}

const colon = (): number => 0;
const falseCommand = (): number => 1;

/** Whole numbers as arguments. Throws ShellFault. */
function parseCount(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new ShellFault(`Illegal number: ${text}`);
  return Number(text);
}

function rejectOptions(args: readonly string[], allowed = ""): { options: string; rest: readonly string[] } {
  let options = "";
  let at = 1;
  for (; at < args.length; at++) {
    const word = args[at]!;
    if (word === "--") {
      at++;
      break;
    }
    if (!word.startsWith("-") || word === "-") break;
    for (const letter of word.slice(1)) {
      if (!allowed.includes(letter)) throw new ShellFault(`illegal option -${letter}`);
      options += letter;
    }
  }
  return { options, rest: args.slice(at) };
}

// --- Control flow

function jump(kind: "break" | "continue") {
  return function* (shell: Shell, args: readonly string[]): Task<number> {
    const levels = args.length > 1 ? parseCount(args[1]!) : 1;
    if (levels === 0) throw new ShellFault(`Illegal number: ${args[1]}`);
    if (shell.loopDepth === 0) return 0;
    throw new LoopJump(kind, Math.min(levels, shell.loopDepth));
  };
}

function* returnCommand(shell: Shell, args: readonly string[]): Task<number> {
  throw new FunctionReturn(args.length > 1 ? parseCount(args[1]!) & 255 : shell.status);
}

function* exitCommand(shell: Shell, args: readonly string[]): Task<number> {
  throw new ShellExit(args.length > 1 ? parseCount(args[1]!) & 255 : (shell.statusBeforeTrap ?? shell.status));
}

function* evalCommand(shell: Shell, args: readonly string[]): Task<number> {
  if (args.length === 1) return 0;
  return yield* runText(shell, args.slice(1).join(" "), "eval");
}

function* sourceCommand(shell: Shell, args: readonly string[]): Task<number> {
  const name = args[1];
  if (name === undefined) return 2;
  const path = name.includes("/") ? name : locateSource(shell, name);
  if (path === undefined) throw new ShellFault(`${name}: not found`);
  let text: string;
  try {
    const fd = shell.sys.open(path, { read: true });
    text = yield* readScript(shell, fd);
    shell.sys.close(fd);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    throw new ShellFault(`can't open '${path}': ${strerror(error.errno)}`);
  }
  const { positional, commandName, line } = shell;
  if (args.length > 2) shell.positional = args.slice(2);
  if (++shell.sourceDepth > 100) throw new ShellFault("out of stack space");
  shell.commandName = name;
  try {
    return yield* runText(shell, text, "file");
  } catch (thrown) {
    if (thrown instanceof ShellFault) yield* shell.report(thrown);
    if (thrown instanceof FunctionReturn) return thrown.status;
    throw thrown;
  } finally {
    shell.sourceDepth--;
    shell.commandName = commandName;
    shell.line = line;
    if (args.length > 2) shell.positional = positional;
  }
}

/** What cannot be read, like a folder, is an empty script. */
function* readScript(shell: Shell, fd: number): Task<string> {
  try {
    return yield* shell.readAll(fd);
  } catch (error) {
    if (error instanceof SysError) return "";
    throw error;
  }
}

function locateSource(shell: Shell, name: string): string | undefined {
  for (const folder of (shell.variables.get("PATH") ?? "").split(":")) {
    const path = `${folder === "" ? "." : folder}/${name}`;
    try {
      if (shell.sys.stat(path).type === "file") return path;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
  }
  return undefined;
}

function* shiftCommand(shell: Shell, args: readonly string[]): Task<number> {
  const count = args.length > 1 ? parseCount(args[1]!) : 1;
  if (count > shell.positional.length) return 1;
  shell.positional = shell.positional.slice(count);
  return 0;
}

// --- Variables

function mark(as: "exported" | "readonly") {
  const word = as === "exported" ? "export" : "readonly";
  return function* (shell: Shell, args: readonly string[]): Task<number> {
    const { options, rest } = rejectOptions(args, as === "exported" ? "pn" : "p");
    if (rest.length === 0) {
      const lines = shell.variables.marked(as).map((name) => {
        const value = shell.variables.get(name);
        return `${word} ${name}${value === undefined ? "" : `=${singleQuoted(value)}`}\n`;
      });
      return yield* shell.print(lines.join(""));
    }
    for (const argument of rest) {
      const sign = argument.indexOf("=");
      const name = sign < 0 ? argument : argument.slice(0, sign);
      if (!isName(name)) throw new ShellFault(`${name}: bad variable name`);
      if (sign >= 0) shell.variables.set(name, argument.slice(sign + 1));
      shell.variables.mark(name, as, !options.includes("n"));
    }
    return 0;
  };
}

function* localCommand(shell: Shell, args: readonly string[]): Task<number> {
  if (shell.functionDepth === 0) throw new ShellFault("not in a function");
  for (const argument of args.slice(1)) {
    const sign = argument.indexOf("=");
    const name = sign < 0 ? argument : argument.slice(0, sign);
    if (argument === "-") {
      shell.savedOptions ??= new Set(shell.options);
      continue;
    }
    if (!isName(name)) throw new ShellFault(`${name}: bad variable name`);
    shell.variables.makeLocal(name, sign < 0 ? undefined : argument.slice(sign + 1));
  }
  return 0;
}

function* unsetCommand(shell: Shell, args: readonly string[]): Task<number> {
  const { options, rest } = rejectOptions(args, "vf");
  const functions = options.endsWith("f");
  for (const name of rest) {
    if (functions) {
      shell.functions.delete(name);
      continue;
    }
    if (!isName(name)) throw new ShellFault(`${name}: bad variable name`);
    shell.variables.unset(name);
  }
  return 0;
}

function* letCommand(shell: Shell, args: readonly string[]): Task<number> {
  if (args.length < 2) throw new ShellFault("expression expected");
  let value: number | bigint = 0;
  for (const text of args.slice(1)) value = computeArithmetic(shell, text);
  return Number(value) === 0 ? 1 : 0;
}

// --- Output

function* echoCommand(shell: Shell, args: readonly string[]): Task<number> {
  const status = yield* shell.print(echoText(args.slice(1)));
  if (shell.writeError !== undefined)
    yield* shell.error(`${shell.appletName}: write error: ${strerror(shell.writeError.errno)}\n`);
  return status;
}

function* printfCommand(shell: Shell, args: readonly string[]): Task<number> {
  const { out, errors, status } = formatPrintf(args[1] === "--" ? args.slice(2) : args.slice(1));
  for (const message of errors) yield* shell.error(`${shell.appletName}: ${message}\n`);
  const printed = yield* shell.print(out);
  return printed === 0 ? status : printed;
}

function testCommand(shell: Shell, args: readonly string[]): Task<number> | number {
  try {
    return evaluateTest(args, shell.sys);
  } catch (error) {
    if (!(error instanceof TestError)) throw error;
    return faultOfTest(shell, error);
  }
}

function* faultOfTest(shell: Shell, { message }: TestError): Task<number> {
  yield* shell.error(`${shell.appletName}: ${message}\n`);
  return 2;
}

// --- Places

function* cdCommand(shell: Shell, args: readonly string[]): Task<number> {
  const { options, rest } = rejectOptions(args, "LP");
  const physical = options.endsWith("P");
  let target = rest[0];
  let show = false;
  if (target === undefined) {
    target = shell.variables.get("HOME") ?? "";
  } else if (target === "-") {
    target = shell.variables.get("OLDPWD") ?? shell.variables.get("PWD") ?? ".";
    show = true;
  }
  // An empty name means the present folder, but it is looked for along CDPATH.
  const isPath = /^(\/|\.{1,2}(\/|$))/.test(target);
  if (target === "") target = ".";
  const searched = isPath ? [""] : [...(shell.variables.get("CDPATH") ?? "").split(":"), ""];
  let errno: SysError["errno"] = "ENOENT";
  for (const folder of searched) {
    const path = folder === "" ? target : `${folder}/${target}`;
    try {
      shell.sys.chdir(physical ? path : resolveLogically(currentFolder(shell), path));
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      errno = error.errno;
      continue;
    }
    const before = currentFolder(shell);
    const now = physical ? shell.sys.cwd : resolveLogically(before, path);
    shell.variables.set("OLDPWD", before, true);
    shell.variables.set("PWD", now, true);
    shell.folder = now;
    return show || folder !== "" ? yield* shell.print(`${now}\n`) : 0;
  }
  throw new ShellFault(`can't cd to ${target}: ${strerror(errno)}`);
}

function currentFolder(shell: Shell): string {
  return shell.folder;
}

/** `..` takes back what was typed, not where links lead. */
function resolveLogically(from: string, path: string): string {
  const out: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${from}/${path}`).split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") out.pop();
    else out.push(part);
  }
  return `/${out.join("/")}`;
}

function* pwdCommand(shell: Shell, args: readonly string[]): Task<number> {
  const { options } = rejectOptions(args, "LP");
  return yield* shell.print(`${options.endsWith("P") ? shell.sys.cwd : currentFolder(shell)}\n`);
}

function* hashCommand(shell: Shell, args: readonly string[]): Task<number> {
  const { rest } = rejectOptions(args, "r");
  let status = 0;
  for (const name of rest) {
    if (shell.functions.has(name) || builtins.has(name) || findProgram(shell, name) !== undefined) continue;
    yield* shell.say(`${name}: not found`);
    status = 1;
  }
  return status;
}

// --- Names of commands

function* typeCommand(shell: Shell, args: readonly string[]): Task<number> {
  let status = 0;
  for (const name of args.slice(1)) {
    if (name === "-p") continue;
    const text = describe(shell, name);
    if (text === undefined) status = 127;
    yield* shell.print(`${name}${text ?? ": not found"}\n`);
  }
  return status;
}

function describe(shell: Shell, name: string): string | undefined {
  if (keywords.has(name)) return " is a shell keyword";
  const alias = shell.aliases.get(name);
  if (alias !== undefined) return ` is an alias for ${alias}`;
  if (shell.functions.has(name)) return " is a function";
  const builtin = builtins.get(name);
  if (builtin !== undefined) return ` is a ${builtin.special ? "special " : ""}shell builtin`;
  const path = locate(shell, name);
  return path === undefined ? undefined : ` is ${path}`;
}

/** How `type` and `command -v` show a program: an applet by its bare name. */
function locate(shell: Shell, name: string): string | undefined {
  if (!name.includes("/") && isAppletName(shell, name)) return name;
  const path = findProgram(shell, name);
  return path === undefined || !shell.sys.access(path, "execute") ? undefined : path;
}

function* commandCommand(shell: Shell, args: readonly string[]): Task<number> {
  const { options, rest } = rejectOptions(args, "pvV");
  const name = rest[0];
  if (name === undefined) return 0;
  if (options.includes("V")) return yield* typeCommand(shell, ["type", name]);
  if (options.includes("v")) {
    const alias = shell.aliases.get(name);
    if (alias !== undefined) return yield* shell.print(`alias ${name}=${singleQuoted(alias)}\n`);
    if (keywords.has(name) || shell.functions.has(name) || builtins.has(name)) return yield* shell.print(`${name}\n`);
    const path = locate(shell, name);
    return path === undefined ? 127 : yield* shell.print(`${path}\n`);
  }
  const builtin = builtins.get(name);
  if (builtin !== undefined) {
    const ran = builtin.run(shell, rest);
    return typeof ran === "number" ? ran : yield* ran;
  }
  return yield* runText(shell, rest.map(singleQuoted).join(" "), "eval");
}

/** ash lists aliases in the order of its hash table. */
function aliasBucket(name: string): number {
  let hash = name.charCodeAt(0) << 4;
  for (let at = 0; at < name.length; at++) hash += name.charCodeAt(at);
  return hash % 39;
}

function* aliasCommand(shell: Shell, args: readonly string[]): Task<number> {
  if (args.length === 1) {
    const names = [...shell.aliases.keys()].sort((a, b) => aliasBucket(a) - aliasBucket(b));
    const lines = names.map((name) => `${name}=${singleQuoted(shell.aliases.get(name)!)}\n`);
    return yield* shell.print(lines.join(""));
  }
  let status = 0;
  for (const argument of args.slice(1)) {
    const sign = argument.indexOf("=", 1);
    const value = shell.aliases.get(argument);
    if (sign > 0) shell.aliases.set(argument.slice(0, sign), argument.slice(sign + 1));
    else if (value !== undefined) yield* shell.print(`${argument}=${singleQuoted(value)}\n`);
    else {
      yield* shell.error(`alias: ${argument} not found\n`);
      status = 1;
    }
  }
  return status;
}

function* unaliasCommand(shell: Shell, args: readonly string[]): Task<number> {
  const { options, rest } = rejectOptions(args, "a");
  if (options.includes("a")) shell.aliases.clear();
  let status = 0;
  for (const name of rest) {
    if (shell.aliases.delete(name)) continue;
    yield* shell.error(`unalias: ${name} not found\n`);
    status = 1;
  }
  return status;
}

// --- Signals and jobs

function* trapCommand(shell: Shell, args: readonly string[]): Task<number> {
  const { rest } = rejectOptions(args);
  if (rest.length === 0) {
    const traps = shell.shownTraps ?? shell.traps;
    const names = [...traps.keys()].sort((a, b) => trapNumber(a) - trapNumber(b));
    const lines = names.map((name) => `trap -- ${singleQuoted(traps.get(name)!)} ${name.replace(/^SIG/, "")}\n`);
    return yield* shell.print(lines.join(""));
  }
  const resets = rest.length === 1 || /^\d+$/.test(rest[0]!);
  const command = resets || rest[0] === "-" ? undefined : rest[0]!;
  let status = 0;
  for (const text of resets ? rest : rest.slice(1)) {
    const name = parseTrapName(text);
    if (name === undefined) {
      yield* shell.say(`${text}: invalid signal specification`);
      status = 1;
    } else setTrap(shell, name, command);
  }
  return status;
}

function* waitCommand(shell: Shell, args: readonly string[]): Task<number> {
  const { options, rest } = rejectOptions(args, "n");
  if (rest.length === 0) return yield* waitForAny(shell, options.includes("n"));
  let status = 0;
  for (const text of rest) {
    const found = text.startsWith("%") ? shell.jobs.find(text) : shell.jobs.findProcess(parseCount(text));
    if (typeof found === "string") throw new ShellFault(found);
    if (found === undefined) {
      status = 127;
      continue;
    }
    const ended = yield* waitForJob(shell, found, true);
    if (ended === undefined) return interruption(shell) ?? 130;
    status = ended;
  }
  return status;
}

/** All jobs, or with `one` the next that ends. */
function* waitForAny(shell: Shell, one: boolean): Task<number> {
  for (;;) {
    const running = shell.jobs.list.filter((job) => !isDone(job));
    if (running.length === 0) break;
    const signal = interruption(shell);
    if (signal !== undefined) return signal;
    try {
      if ((yield* reapOne(shell, false)) === undefined) break;
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== "EINTR") throw error;
    }
    const ended = one ? running.find(isDone) : undefined;
    if (ended !== undefined) return interruption(shell) ?? jobStatus(ended, shell.has("pipefail"));
  }
  for (const job of shell.jobs.list) job.waited = true;
  return one ? 127 : 0;
}

/** The status of a wait that a signal ended: the lowest that came. */
function interruption(shell: Shell): number | undefined {
  if (shell.interrupted) return 128 + SIGNAL_NUMBERS.SIGINT;
  let lowest: SignalName | undefined;
  for (const name of shell.pendingSignals) {
    if (lowest === undefined || SIGNAL_NUMBERS[name] < SIGNAL_NUMBERS[lowest]) lowest = name;
  }
  return lowest === undefined ? undefined : 128 + SIGNAL_NUMBERS[lowest];
}

function* jobsCommand(shell: Shell, args: readonly string[]): Task<number> {
  const { options } = rejectOptions(args, "lp");
  while ((yield* reapOne(shell, true)) !== undefined);
  let out = "";
  for (const job of [...shell.jobs.background].reverse()) {
    if (options.includes("p")) {
      out += `${job.pids[0]}\n`;
      continue;
    }
    // A job that is over is forgotten once it was shown, and the one before it becomes the current one.
    const { background } = shell.jobs;
    const current = job === background.at(-1) ? "+" : job === background.at(-2) ? "-" : " ";
    let state = "Running";
    if (isDone(job)) {
      const last = job.statuses.get(job.pids.at(-1)!)!;
      if ("signaled" in last) state = SIGNAL_TEXTS[last.signaled];
      else state = last.exited === 0 ? "Done" : `Done(${last.exited})`;
      shell.jobs.remove(job);
    }
    const head = `[${job.number}]${current}  `;
    const withPid = options.includes("l");
    out += `${head}${withPid ? `${job.pids[0]} ` : ""}${state}`.padEnd(33);
    // The commands' names are kept only under job control; what is left is what stands between them.
    for (const pid of job.pids.slice(1))
      out += withPid ? `\n${`${" ".repeat(head.length)}${pid} `.padEnd(33)}| ` : " | ";
    out += "\n";
  }
  return yield* shell.print(out);
}

/** `fg` and `bg`: no job of a shell without a terminal was made for them. */
function* resumeCommand(shell: Shell, args: readonly string[]): Task<number> {
  const { rest } = rejectOptions(args);
  const name = rest[0] ?? "%%";
  const job = shell.jobs.find(name);
  throw new ShellFault(typeof job === "string" ? job : `job ${name} not created under job control`);
}

/** History is the line editor's. */
function* historyCommand(): Task<number> {
  return 0;
}

function* helpCommand(shell: Shell): Task<number> {
  let out = "\nBuilt-in commands:\n------------------\n";
  let column = 0;
  for (const name of [...HELP_ORDER, ...appletNames(shell)]) {
    out += (column === 0 ? "\t" : " ") + name;
    column += name.length + 1;
    if (column > 60) {
      out += "\n";
      column = 0;
    }
  }
  return yield* shell.print(`${out}\n\n`);
}

const HELP_ORDER = (
  ". : [ [[ alias bg break cd chdir command continue echo eval exec exit export false fg getopts hash help history jobs " +
  "kill let local printf pwd read readonly return set shift source test times trap true type ulimit umask unalias unset wait"
).split(" ");

/** Time is not counted by process: a shell that only starts others uses next to none. */
function* timesCommand(shell: Shell): Task<number> {
  return yield* shell.print("0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n");
}

const ordinary = (run: Builtin["run"]): Builtin => ({ special: false, run });
const special = (run: Builtin["run"]): Builtin => ({ special: true, run });

/** The evaluator does what `exec` does; here it is only known. */
const execCommand = colon;

export const builtins: ReadonlyMap<string, Builtin> = new Map([
  [":", special(colon)],
  [".", special(sourceCommand)],
  ["[", ordinary(testCommand)],
  ["[[", ordinary(testCommand)],
  ["alias", ordinary(aliasCommand)],
  ["bg", ordinary(resumeCommand)],
  ["break", special(jump("break"))],
  ["cd", ordinary(cdCommand)],
  ["chdir", ordinary(cdCommand)],
  ["command", ordinary(commandCommand)],
  ["continue", special(jump("continue"))],
  ["echo", ordinary(echoCommand)],
  ["eval", special(evalCommand)],
  ["exec", special(execCommand)],
  ["exit", special(exitCommand)],
  ["export", special(mark("exported"))],
  ["false", ordinary(falseCommand)],
  ["fg", ordinary(resumeCommand)],
  ["getopts", ordinary(getopts)],
  ["hash", ordinary(hashCommand)],
  ["help", ordinary(helpCommand)],
  ["history", ordinary(historyCommand)],
  ["jobs", ordinary(jobsCommand)],
  ["kill", ordinary(killCommand)],
  ["let", ordinary(letCommand)],
  ["local", special(localCommand)],
  ["printf", ordinary(printfCommand)],
  ["pwd", ordinary(pwdCommand)],
  ["read", ordinary(readCommand)],
  ["readonly", special(mark("readonly"))],
  ["return", special(returnCommand)],
  ["set", special(setCommand)],
  ["shift", special(shiftCommand)],
  ["source", special(sourceCommand)],
  ["test", ordinary(testCommand)],
  ["times", special(timesCommand)],
  ["trap", special(trapCommand)],
  ["true", ordinary(colon)],
  ["type", ordinary(typeCommand)],
  ["ulimit", ordinary(ulimitCommand)],
  ["umask", ordinary(umaskCommand)],
  ["unalias", ordinary(unaliasCommand)],
  ["unset", special(unsetCommand)],
  ["wait", ordinary(waitCommand)],
]);
