/** `trap`: signals are noted when they arrive and handled between two commands. */
import type { Task } from "../../time/task.ts";
import { SIGNAL_NUMBERS, signalOfNumber } from "../signals.ts";
import type { SignalName } from "../sys.ts";
import { FunctionReturn, ShellExit, ShellFault, ShellInterrupt } from "./fault.ts";
import { runText } from "./script.ts";
import type { Shell } from "./shell.ts";

export type TrapName = SignalName | "EXIT" | "ERR";

/** In the order of `trap`'s listing. */
export function trapNumber(name: TrapName): number {
  return name === "EXIT" ? 0 : name === "ERR" ? 64 : SIGNAL_NUMBERS[name];
}

/** What `trap` names: as `kill`, and ERR. */
export function parseTrapName(text: string): TrapName | undefined {
  return text === "ERR" ? text : parseSignalName(text);
}

/** `TERM`, `SIGTERM`, `15`, `EXIT` and `0`; undefined when there is no such signal. */
export function parseSignalName(text: string): SignalName | "EXIT" | undefined {
  if (/^\d+$/.test(text)) return Number(text) === 0 ? "EXIT" : signalOfNumber(Number(text));
  const upper = text.toUpperCase();
  if (upper === "EXIT" || upper === "SIGEXIT") return "EXIT";
  const name = upper.startsWith("SIG") ? upper : `SIG${upper}`;
  return Object.hasOwn(SIGNAL_NUMBERS, name) ? (name as SignalName) : undefined;
}

/** `command` undefined restores the default, "" ignores. */
export function setTrap(shell: Shell, name: TrapName, command: string | undefined): void {
  if (command === undefined) shell.traps.delete(name);
  else shell.traps.set(name, command);
  if (name === "EXIT" || name === "ERR" || name === "SIGKILL" || name === "SIGSTOP") return;
  shell.pendingSignals.delete(name);
  if (shell.isIgnoredForGood(name)) return;
  if (command === undefined) defaultAction(shell, name);
  else if (command === "") shell.sys.signal(name, "ignore");
  else shell.sys.signal(name, () => void shell.pendingSignals.add(name));
}

/** What the first shell does about a signal without a trap differs from other programs. */
export function defaultAction(shell: Shell, name: SignalName): void {
  const isFirst = !shell.isSubshell;
  if (isFirst && name === "SIGQUIT") shell.sys.signal(name, "ignore");
  else if (isFirst && name === "SIGTERM" && shell.has("interactive")) shell.sys.signal(name, () => {});
  else if (isFirst && name === "SIGINT" && shell.has("interactive"))
    shell.sys.signal(name, () => void shell.pendingSignals.add(name));
  else if (isFirst && name === "SIGINT" && (shell.has("command") || !shell.has("stdin")))
    shell.sys.signal(name, () => shell.onInterrupt());
  else shell.sys.signal(name, "default");
}

/** In a subshell caught signals are as before again; ignored ones stay ignored. */
export function resetTraps(shell: Shell): void {
  for (const [name, command] of [...shell.traps]) if (command !== "") setTrap(shell, name, undefined);
}

/** Does something remain to be done for the shell before another program may take its place? */
export function hasTraps(shell: Shell): boolean {
  for (const command of shell.traps.values()) if (command !== "") return true;
  return false;
}

/** Runs the commands of the signals that came, by their numbers; those that come meanwhile wait for their own turn. */
export function* runPendingTraps(shell: Shell): Task {
  while (shell.pendingSignals.size > 0) {
    const { statusBeforeTrap } = shell;
    shell.statusBeforeTrap ??= shell.status;
    const came = [...shell.pendingSignals].sort((a, b) => SIGNAL_NUMBERS[a] - SIGNAL_NUMBERS[b]);
    shell.pendingSignals.clear();
    for (const name of came) {
      const command = shell.traps.get(name);
      if (command === undefined && name === "SIGINT") throw new ShellInterrupt();
      if (command === undefined || command === "") continue;
      const { status, substitutionStatus } = shell;
      yield* runText(shell, command, "trap");
      shell.status = status;
      shell.substitutionStatus = substitutionStatus;
    }
    shell.statusBeforeTrap = statusBeforeTrap;
  }
}

/** The command for ERR: a command failed whose status nobody asks for. */
export function* runErrorTrap(shell: Shell): Task {
  const command = shell.traps.get("ERR");
  if (command === undefined || command === "" || shell.inErrorTrap) return;
  const { status } = shell;
  // ash keeps it after the trap as well, also for what EXIT's command makes the status.
  shell.statusBeforeTrap = status;
  shell.inErrorTrap = true;
  try {
    yield* runText(shell, command, "trap");
  } catch (thrown) {
    if (!(thrown instanceof ShellFault)) throw thrown;
    yield* shell.report(thrown);
  } finally {
    shell.inErrorTrap = false;
  }
  shell.status = status;
}

/** The command for EXIT, once; the result is the shell's exit status. */
export function* runExitTrap(shell: Shell, status: number): Task<number> {
  const command = shell.traps.get("EXIT");
  if (command === undefined || command === "") return status;
  shell.traps.delete("EXIT");
  shell.status = status;
  shell.statusBeforeTrap = status;
  try {
    yield* runText(shell, command, "trap");
  } catch (thrown) {
    if (thrown instanceof ShellExit) return thrown.status;
    if (!(thrown instanceof FunctionReturn)) throw thrown;
  }
  return shell.statusBeforeTrap;
}
