/** Copies of the shell that run as processes of their own. */
import type { Task } from "../../time/task.ts";
import { strerror } from "../errno.ts";
import { type Sys, SysError } from "../sys.ts";
import { evaluate } from "./evaluate.ts";
import { ShellFault } from "./fault.ts";
import { type Job, waitForJob } from "./jobs.ts";
import { runToEnd } from "./runToEnd.ts";
import { Shell } from "./shell.ts";
import type { Node } from "./syntax.ts";
import { defaultAction, resetTraps } from "./traps.ts";

/** Signals that only the first shell treats in its own way. */
const FIRST_ONLY = ["SIGINT", "SIGQUIT", "SIGTERM"] as const;

/** Forks a copy of the shell. `prepare` arranges its descriptors. Throws ShellFault. */
export function forkShell(shell: Shell, body: (child: Shell) => Task<number>): number {
  // The copy is taken now: the child may start after the shell went on.
  const child = new Shell(shell.sys, shell);
  try {
    return shell.sys.fork(function* (sys: Sys): Task<number> {
      child.sys = sys;
      resetTraps(child);
      if (!shell.isSubshell) for (const signal of FIRST_ONLY) defaultAction(child, signal);
      return yield* runToEnd(child, body(child));
    });
  } catch (error) {
    if (error instanceof SysError) throw new ShellFault(`can't fork: ${strerror(error.errno)}`);
    throw error;
  }
}

/** `$( )`: what the commands write, without newlines at its end. */
export function* substituteCommand(shell: Shell, body: Node | undefined): Task<string> {
  if (body === undefined) {
    shell.substitutionStatus = 0;
    return "";
  }
  const [read, write] = openPipe(shell);
  const pid = forkShell(shell, function* (child) {
    child.sys.close(read);
    moveDescriptor(child.sys, write, 1);
    if (isBareTrap(body)) child.shownTraps = shell.traps;
    return yield* evaluate(child, body, { last: true, tested: false });
  });
  shell.sys.close(write);
  const job: Job = shell.jobs.add([pid], false);
  const text = yield* shell.readAll(read);
  shell.sys.close(read);
  shell.substitutionStatus = (yield* waitForJob(shell, job)) ?? 0;
  let end = text.length;
  while (end > 0 && text[end - 1] === "\n") end--;
  const kept = text.slice(0, end);
  return kept.includes("\0") ? kept.replaceAll("\0", "") : kept;
}

/** Descriptors of process substitutions are this one or above. */
const FIRST_PROCESS_PIPE = 64;

/** `<( )`, `>( )`: starts the commands at the other end of a pipe, of which this is the path. Nobody waits for them. */
export function substituteProcess(shell: Shell, direction: "<" | ">", body: Node | undefined): string {
  const [read, write] = openPipe(shell);
  const [own, other] = direction === "<" ? [read, write] : [write, read];
  forkShell(shell, function* (child) {
    child.sys.close(own);
    moveDescriptor(child.sys, other, direction === "<" ? 1 : 0);
    return body === undefined ? 0 : yield* evaluate(child, body, { last: true, tested: false });
  });
  shell.sys.close(other);
  const kept = shell.sys.dup(own, FIRST_PROCESS_PIPE);
  shell.sys.close(own);
  shell.processPipes.push(kept);
  return `/dev/fd/${kept}`;
}

/** `$(trap)` is for saving traps: the copy shows those that it does not have any more. */
function isBareTrap(body: Node): boolean {
  return body.kind === "simple" && body.words.length === 1 && body.words[0]!.plain === "trap";
}

/** Throws ShellFault. */
export function openPipe(shell: Shell): readonly [number, number] {
  try {
    return shell.sys.pipe();
  } catch (error) {
    if (error instanceof SysError) throw new ShellFault(`can't create pipe: ${strerror(error.errno)}`);
    throw error;
  }
}

export function moveDescriptor(sys: Sys, from: number, to: number): void {
  if (from === to) return;
  sys.dup2(from, to);
  sys.close(from);
}
