/** Walks a script's tree. */
import type { Task } from "../../time/task.ts";
import { isDone, JobTable, jobStatus, waitForJob } from "./jobs.ts";
import { type Builtin, builtins } from "./builtins.ts";
import { expandDeclarations, expandPattern, expandText, expandWords, plainWords } from "./expansion.ts";
import { FunctionReturn, LoopJump, ShellExit, ShellFault } from "./fault.ts";
import { execute, findProgram, startProgram } from "./program.ts";
import { compilePattern, matches } from "./pattern.ts";
import {
  expandRedirections,
  redirect,
  type Redirect,
  restoreDescriptors,
  type SavedDescriptors,
} from "./redirection.ts";
import type { Shell } from "./shell.ts";
import { forkShell, moveDescriptor, openPipe } from "./subshell.ts";
import type { Node, Redirection, SimpleCommand } from "./syntax.ts";
import { traceCommand } from "./trace.ts";
import { hasTraps, runErrorTrap, runPendingTraps } from "./traps.ts";

export interface Circumstances {
  /** Nothing comes after it in this shell: its program may take the shell's place. */
  readonly last: boolean;
  /** Its status decides something, so that `-e` does not apply. */
  readonly tested: boolean;
}

const ORDINARY: Circumstances = { last: false, tested: false };
const TESTED: Circumstances = { last: false, tested: true };

/** Runs a command; the result is its status, and `$?` is set. Throws the shell's jumps (fault.ts). */
export function* evaluate(shell: Shell, node: Node, how: Circumstances): Task<number> {
  if (shell.has("noexec")) return 0;
  if (shell.interrupted) interrupt(shell);
  if (shell.pendingSignals.size > 0) yield* runPendingTraps(shell);
  const pipes = shell.processPipes.length;
  let status: number;
  let checked = false;
  switch (node.kind) {
    case "simple":
      status = yield* simpleCommand(shell, node, how);
      checked = true;
      break;
    case "pipeline":
      status = yield* pipeline(shell, node.commands, node.background);
      checked = true;
      break;
    case "redirected":
      shell.line = node.line;
      status = yield* redirectedCommand(shell, node.body, node.redirections, how);
      break;
    case "background":
      shell.line = node.line;
      status = yield* background(shell, node.body, node.redirections);
      break;
    case "subshell":
      shell.line = node.line;
      status = yield* subshell(shell, node.body, node.redirections, how);
      checked = true;
      break;
    case "and":
    case "or":
      status = yield* evaluate(shell, node.left, TESTED);
      if ((status === 0) === (node.kind === "and")) return yield* evaluate(shell, node.right, how);
      break;
    case "sequence":
      status = 0;
      for (let index = 0; index < node.commands.length; index++) {
        const isLast = index === node.commands.length - 1;
        status = yield* evaluate(shell, node.commands[index]!, isLast ? how : how.tested ? TESTED : ORDINARY);
      }
      return status;
    case "not":
      status = yield* negated(shell, node.body);
      break;
    case "if":
      if ((yield* evaluate(shell, node.test, TESTED)) === 0) return yield* evaluate(shell, node.then, how);
      if (node.otherwise !== undefined) return yield* evaluate(shell, node.otherwise, how);
      status = 0;
      break;
    case "while":
    case "until":
      status = yield* conditionLoop(shell, node.kind === "while", node.test, node.body, how.tested);
      break;
    case "for":
      shell.line = node.line;
      status = yield* forLoop(shell, node.name, yield* expandWords(shell, node.words), node.body, how.tested);
      break;
    case "case":
      return yield* caseCommand(shell, node, how);
    case "function":
      shell.functions.set(node.name, node.body);
      status = 0;
  }
  while (shell.processPipes.length > pipes) shell.sys.close(shell.processPipes.pop()!);
  shell.status = status;
  if (shell.interrupted) interrupt(shell);
  if (shell.pendingSignals.size > 0) yield* runPendingTraps(shell);
  if (checked && status !== 0 && !how.tested) {
    if (shell.traps.has("ERR")) yield* runErrorTrap(shell);
    if (shell.has("errexit")) throw new ShellExit(status);
  }
  return status;
}

/** `!` turns even the status of a `return` around. */
function* negated(shell: Shell, body: Node): Task<number> {
  try {
    return (yield* evaluate(shell, body, TESTED)) === 0 ? 1 : 0;
  } catch (thrown) {
    throw thrown instanceof FunctionReturn ? new FunctionReturn(thrown.status === 0 ? 1 : 0) : thrown;
  }
}

function interrupt(shell: Shell): never {
  shell.dieOfInterrupt();
  throw new ShellExit(130);
}

// --- Loops and choices

function* conditionLoop(shell: Shell, wanted: boolean, test: Node, body: Node, tested: boolean): Task<number> {
  const how = tested ? TESTED : ORDINARY;
  let status = 0;
  shell.loopDepth++;
  try {
    for (;;) {
      try {
        if (((yield* evaluate(shell, test, TESTED)) === 0) !== wanted) return status;
        status = yield* evaluate(shell, body, how);
      } catch (thrown) {
        if (!(thrown instanceof LoopJump)) throw thrown;
        status = 0;
        if (--thrown.levels > 0) throw thrown;
        if (thrown.kind === "break") return status;
      }
    }
  } finally {
    shell.loopDepth--;
  }
}

function* forLoop(shell: Shell, name: string, values: readonly string[], body: Node, tested: boolean): Task<number> {
  const how = tested ? TESTED : ORDINARY;
  let status = 0;
  shell.loopDepth++;
  try {
    for (const value of values) {
      shell.variables.set(name, value);
      try {
        status = yield* evaluate(shell, body, how);
      } catch (thrown) {
        if (!(thrown instanceof LoopJump)) throw thrown;
        status = 0;
        if (--thrown.levels > 0) throw thrown;
        if (thrown.kind === "break") return status;
      }
    }
    return status;
  } finally {
    shell.loopDepth--;
  }
}

function* caseCommand(shell: Shell, node: Extract<Node, { kind: "case" }>, how: Circumstances): Task<number> {
  shell.line = node.line;
  const text = yield* expandText(shell, node.word);
  for (const item of node.items) {
    for (const word of item.patterns) {
      const pattern = yield* expandPattern(shell, word.parts);
      if (!matches(compilePattern(pattern), text)) continue;
      if (item.body !== undefined) return yield* evaluate(shell, item.body, how);
      shell.status = 0;
      return 0;
    }
  }
  shell.status = 0;
  return 0;
}

// --- Processes of the shell's own

function* pipeline(shell: Shell, commands: readonly Node[], inBackground: boolean): Task<number> {
  const pids: number[] = [];
  let input: number | undefined;
  for (const [index, command] of commands.entries()) {
    const isLast = index === commands.length - 1;
    const pipe = isLast ? undefined : openPipe(shell);
    const from = input;
    pids.push(
      forkShell(shell, function* (child) {
        const { sys } = child;
        if (inBackground) detach(child, index === 0);
        if (command.kind === "simple" && command.words[0]?.plain === "jobs") child.jobs = new JobTable(shell.jobs);
        if (from !== undefined) moveDescriptor(sys, from, 0);
        if (pipe !== undefined) {
          sys.close(pipe[0]);
          moveDescriptor(sys, pipe[1], 1);
        }
        return yield* evaluate(child, command, { last: true, tested: false });
      }),
    );
    if (input !== undefined) shell.sys.close(input);
    input = pipe?.[0];
    if (pipe !== undefined) shell.sys.close(pipe[1]);
  }
  const job = shell.jobs.add(pids, inBackground);
  if (!inBackground) return (yield* waitForJob(shell, job)) ?? 0;
  shell.lastBackground = pids.at(-1);
  return 0;
}

function* background(shell: Shell, body: Node, redirections: readonly Redirection[]): Task<number> {
  const redirects = yield* expandRedirections(shell, redirections);
  const pid = forkShell(shell, function* (child) {
    detach(child, true);
    yield* redirectForGood(child, redirects);
    return yield* evaluate(child, body, { last: true, tested: false });
  });
  shell.jobs.add([pid], true);
  shell.lastBackground = pid;
  return 0;
}

/** Without job control a background job reads nothing and does not hear the terminal's signals. */
function detach(child: Shell, takesInput: boolean): void {
  child.ignoreForGood("SIGINT");
  child.ignoreForGood("SIGQUIT");
  if (!takesInput) return;
  try {
    const fd = child.sys.open("/dev/null", { read: true });
    moveDescriptor(child.sys, fd, 0);
  } catch {
    // A container without /dev/null: the job keeps the shell's input.
  }
}

function* subshell(shell: Shell, body: Node, redirections: readonly Redirection[], how: Circumstances): Task<number> {
  const redirects = yield* expandRedirections(shell, redirections);
  if (how.last && !hasTraps(shell)) {
    yield* redirectForGood(shell, redirects);
    shell.isSubshell = true;
    return yield* evaluate(shell, body, how);
  }
  const pid = forkShell(shell, function* (child) {
    yield* redirectForGood(child, redirects);
    return yield* evaluate(child, body, { last: true, tested: how.tested });
  });
  const job = shell.jobs.add([pid], false);
  return (yield* waitForJob(shell, job)) ?? (isDone(job) ? jobStatus(job, false) : 0);
}

/** A subshell whose redirection fails ends like any shell with a fault. */
function* redirectForGood(shell: Shell, redirects: readonly Redirect[]): Task {
  try {
    yield* redirect(shell, redirects, undefined);
  } catch (thrown) {
    throw thrown instanceof ShellFault ? new ShellFault(thrown.message) : thrown;
  }
}

function* redirectedCommand(
  shell: Shell,
  body: Node,
  redirections: readonly Redirection[],
  how: Circumstances,
): Task<number> {
  const redirects = yield* expandRedirections(shell, redirections);
  return yield* withRedirects(
    shell,
    redirects,
    () => evaluate(shell, body, how.tested ? TESTED : ORDINARY),
    (fault) => fault.status,
  );
}

/** `onFailure` says what a redirection that failed means. */
function* withRedirects(
  shell: Shell,
  redirects: readonly Redirect[],
  body: (traceFd: number) => Task<number>,
  onFailure: (fault: ShellFault) => number,
): Task<number> {
  if (redirects.length === 0) return yield* body(2);
  const saved: SavedDescriptors = new Map();
  try {
    yield* redirect(shell, redirects, saved);
  } catch (thrown) {
    if (!(thrown instanceof ShellFault)) throw thrown;
    restoreDescriptors(shell, saved);
    yield* shell.report(thrown);
    return onFailure(thrown);
  }
  let status: number;
  try {
    status = yield* body(saved.get(2) ?? 2);
  } catch (thrown) {
    if (thrown instanceof ShellFault) yield* shell.report(thrown);
    if (isJump(thrown)) restoreDescriptors(shell, saved);
    throw thrown;
  }
  restoreDescriptors(shell, saved);
  return status;
}

/** One of ours: anything else means that the process is over, and its descriptors with it. */
function isJump(thrown: unknown): boolean {
  return (
    thrown instanceof ShellFault ||
    thrown instanceof ShellExit ||
    thrown instanceof FunctionReturn ||
    thrown instanceof LoopJump
  );
}

// --- Simple commands

const NO_REDIRECTS: readonly Redirect[] = [];

const DECLARING: ReadonlySet<string> = new Set(["export", "readonly", "local"]);

/**
 * Returns the innermost task that it can: whatever waits in a command wakes through all tasks around it, so that plain
 * words and a command without redirections go straight to what runs it.
 */
function simpleCommand(shell: Shell, node: SimpleCommand, how: Circumstances): Task<number> {
  shell.line = node.line;
  shell.substitutionStatus = 0;
  const words = node.redirections.length === 0 && !declares(node) ? plainWords(node.words) : undefined;
  if (words === undefined) return expandedCommand(shell, node, how);
  if (shell.owes()) return paidCommand(shell, node, words, how);
  return command(shell, node, words, NO_REDIRECTS, how);
}

function* expandedCommand(shell: Shell, node: SimpleCommand, how: Circumstances): Task<number> {
  const words = yield* (declares(node) ? expandDeclarations : expandWords)(shell, node.words);
  const redirects = node.redirections.length === 0 ? NO_REDIRECTS : yield* expandRedirections(shell, node.redirections);
  if (shell.owes()) yield* shell.pay();
  return yield* command(shell, node, words, redirects, how);
}

function* paidCommand(shell: Shell, node: SimpleCommand, words: readonly string[], how: Circumstances): Task<number> {
  yield* shell.pay();
  return yield* command(shell, node, words, NO_REDIRECTS, how);
}

function declares({ words }: SimpleCommand): boolean {
  return DECLARING.has(words[0]?.plain ?? "");
}

/** A command whose words and redirections were expanded. */
function command(
  shell: Shell,
  node: SimpleCommand,
  words: readonly string[],
  redirects: readonly Redirect[],
  how: Circumstances,
): Task<number> {
  if (words.length === 0) return assignments(shell, node, redirects);
  let name = words[0]!;
  let own = shell.functions.get(name);
  let builtin = own === undefined ? builtins.get(name) : undefined;
  let args: readonly string[] = words;
  // `command NAME` looks past functions, and what is special about a built-in command.
  let plainly = false;
  while (builtin !== undefined && args[0] === "command" && args.length > 1 && !args[1]!.startsWith("-")) {
    args = args.slice(1);
    name = args[0]!;
    own = undefined;
    builtin = builtins.get(name);
    plainly = true;
  }
  if (own === undefined && builtin === undefined) return externalCommand(shell, node, words, args, redirects, how);
  const special = builtin?.special === true && !plainly;
  if (builtin !== undefined && name === "exec") return execCommand(shell, node, args, redirects, special);
  if (redirects.length === 0 && node.assignments.length === 0 && !shell.has("xtrace")) {
    // The common case, with fewer frames: functions may call themselves deeply.
    return own !== undefined ? callFunction(shell, own, words, how) : runBuiltin(shell, builtin!, args, special);
  }
  const call = { own, builtin, words, args, special, how };
  return redirects.length > 0 || node.assignments.length > 0
    ? redirectedCall(shell, node, redirects, call)
    : tracedCall(shell, [], 2, call);
}

/** A call of a function of the script's own, or else of a built-in command. */
interface Call {
  readonly own: Node | undefined;
  readonly builtin: Builtin | undefined;
  readonly words: readonly string[];
  readonly args: readonly string[];
  readonly special: boolean;
  readonly how: Circumstances;
}

function* tracedCall(
  shell: Shell,
  assignments: readonly (readonly [string, string])[],
  traceFd: number,
  { own, builtin, words, args, special, how }: Call,
): Task<number> {
  if (shell.has("xtrace")) yield* traceCommand(shell, assignments, words, traceFd);
  if (own !== undefined) return yield* callFunction(shell, own, words, how);
  return yield* runBuiltin(shell, builtin!, args, special);
}

function redirectedCall(shell: Shell, node: SimpleCommand, redirects: readonly Redirect[], call: Call): Task<number> {
  return withRedirects(
    shell,
    redirects,
    function* (traceFd) {
      if (node.assignments.length === 0) return yield* tracedCall(shell, [], traceFd, call);
      if (call.special) return yield* tracedCall(shell, yield* assign(shell, node, false), traceFd, call);
      shell.variables.pushScope();
      try {
        return yield* tracedCall(shell, yield* assign(shell, node, true), traceFd, call);
      } finally {
        shell.variables.popScope();
      }
    },
    (fault) => failure(fault, call.special),
  );
}

/** What a redirection that failed means for a command: a special one ends the shell. */
function failure(fault: ShellFault, special: boolean): number {
  if (special) throw fault;
  return fault.status;
}

function assignments(shell: Shell, node: SimpleCommand, redirects: readonly Redirect[]): Task<number> {
  return withRedirects(
    shell,
    redirects,
    (traceFd) => assignOnly(shell, node, traceFd),
    (fault) => fault.status,
  );
}

function* assignOnly(shell: Shell, node: SimpleCommand, traceFd: number): Task<number> {
  const traced: [string, string][] = [];
  for (const { name, value } of node.assignments) {
    const text = yield* expandText(shell, value, true);
    shell.variables.set(name, text);
    traced.push([name, text]);
  }
  if (traced.length > 0 && shell.has("xtrace")) yield* traceCommand(shell, traced, [], traceFd);
  return shell.substitutionStatus;
}

/** Assignments before a command, one after the other; `local` ones are undone by the caller's scope and exported. */
function* assign(shell: Shell, node: SimpleCommand, local: boolean): Task<[string, string][]> {
  const out: [string, string][] = [];
  for (const { name, value } of node.assignments) {
    const text = yield* expandText(shell, value, true);
    if (local) {
      shell.variables.makeLocal(name, text);
      shell.variables.mark(name, "exported");
    } else shell.variables.set(name, text);
    out.push([name, text]);
  }
  return out;
}

function* callFunction(shell: Shell, body: Node, words: readonly string[], how: Circumstances): Task<number> {
  const { positional, getoptsIndex, getoptsOffset, line, savedOptions } = shell;
  const caller = shell.variables.get("FUNCNAME");
  // Functions hear nothing of ERR without -E.
  const errorTrap = shell.has("errtrace") ? undefined : shell.traps.get("ERR");
  if (errorTrap !== undefined) shell.traps.delete("ERR");
  shell.enterFunction();
  shell.savedOptions = undefined;
  shell.positional = words.slice(1);
  shell.variables.setQuietly("FUNCNAME", words[0]!);
  shell.getoptsIndex = 1;
  shell.getoptsOffset = 0;
  shell.variables.pushScope();
  try {
    return yield* evaluate(shell, body, how.tested ? TESTED : ORDINARY);
  } catch (thrown) {
    if (thrown instanceof FunctionReturn) return thrown.status;
    throw thrown;
  } finally {
    shell.variables.popScope();
    shell.variables.setQuietly("FUNCNAME", caller ?? "");
    if (errorTrap !== undefined && !shell.traps.has("ERR")) shell.traps.set("ERR", errorTrap);
    if (shell.savedOptions !== undefined) shell.options = shell.savedOptions;
    shell.savedOptions = savedOptions;
    shell.positional = positional;
    shell.getoptsIndex = getoptsIndex;
    shell.getoptsOffset = getoptsOffset;
    shell.functionDepth--;
    shell.line = line;
  }
}

function* runBuiltin(shell: Shell, builtin: Builtin, args: readonly string[], special: boolean): Task<number> {
  const { commandName } = shell;
  shell.commandName = args[0]!;
  shell.writeError = undefined;
  try {
    const ran = builtin.run(shell, args);
    let status = typeof ran === "number" ? ran : yield* ran;
    if (shell.writeError !== undefined) status |= 1;
    shell.commandName = commandName;
    return status;
  } catch (thrown) {
    if (thrown instanceof ShellFault) {
      yield* shell.report(thrown);
      shell.commandName = commandName;
      if (!special) return thrown.status;
    } else shell.commandName = commandName;
    throw thrown;
  }
}

/** `exec`: its redirections stay. */
function* execCommand(
  shell: Shell,
  node: SimpleCommand,
  args: readonly string[],
  redirects: readonly Redirect[],
  special: boolean,
): Task<number> {
  try {
    yield* redirect(shell, redirects, undefined);
  } catch (thrown) {
    if (!(thrown instanceof ShellFault)) throw thrown;
    yield* shell.report(thrown);
    return failure(thrown, special);
  }
  const assignments = yield* assign(shell, node, false);
  if (args.length > 1) for (const [name] of assignments) shell.variables.mark(name, "exported");
  if (shell.has("xtrace")) yield* traceCommand(shell, assignments, args);
  if (args.length === 1) return 0;
  const { commandName } = shell;
  shell.commandName = "exec";
  try {
    const argv = args.slice(1);
    const status = yield* execute(shell, argv, findProgram(shell, argv[0]!), shell.variables.environment());
    throw new ShellExit(status);
  } finally {
    shell.commandName = commandName;
  }
}

function externalCommand(
  shell: Shell,
  node: SimpleCommand,
  words: readonly string[],
  args: readonly string[],
  redirects: readonly Redirect[],
  how: Circumstances,
): Task<number> {
  if (redirects.length === 0 && node.assignments.length === 0) return runProgram(shell, words, args, [], how, 2);
  return redirectedProgram(shell, node, words, args, redirects, how);
}

function redirectedProgram(
  shell: Shell,
  node: SimpleCommand,
  words: readonly string[],
  args: readonly string[],
  redirects: readonly Redirect[],
  how: Circumstances,
): Task<number> {
  return withRedirects(
    shell,
    redirects,
    function* (traceFd) {
      if (node.assignments.length === 0) return yield* runProgram(shell, words, args, [], how, traceFd);
      shell.variables.pushScope();
      try {
        const assignments = yield* assign(shell, node, true);
        return yield* runProgram(shell, words, args, assignments, how, traceFd);
      } finally {
        shell.variables.popScope();
      }
    },
    (fault) => fault.status,
  );
}

function* runProgram(
  shell: Shell,
  words: readonly string[],
  args: readonly string[],
  assignments: readonly (readonly [string, string])[],
  how: Circumstances,
  traceFd: number,
): Task<number> {
  if (shell.has("xtrace")) yield* traceCommand(shell, assignments, words, traceFd);
  const environment = shell.variables.environment();
  const path = findProgram(shell, args[0]!);
  if (path === undefined) {
    yield* shell.say(`${args[0]}: ${args[0] === "" ? "Permission denied" : "not found"}`);
    return 127;
  }
  if (how.last && !hasTraps(shell)) throw new ShellExit(yield* execute(shell, args, path, environment));
  const started = yield* startProgram(shell, args, path, environment);
  if (typeof started === "object") return started.failed;
  return (yield* waitForJob(shell, shell.jobs.add([started], false))) ?? 0;
}
