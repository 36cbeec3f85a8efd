/** `trap`: signals are noted when they arrive and handled between two commands. */
import type { Task } from "../../time/task.ts";
import { SIGNAL_NUMBERS, signalOfNumber } from "../signals.ts";
import type { SignalName } from "../sys.ts";
import { FunctionReturn, ShellExit, ShellInterrupt } from "./fault.ts";
import { runText } from "./script.ts";
import type { Shell } from "./shell.ts";

export type TrapName = SignalName | "EXIT";

/** `TERM`, `SIGTERM`, `15`, `EXIT` and `0`; undefined when there is no such signal. */
export function parseTrapName(text: string): TrapName | undefined {
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
  if (name === "EXIT" || name === "SIGKILL" || name === "SIGSTOP") return;
  shell.pendingSignals.delete(name);
  if (command === undefined) shell.sys.signal(name, "default");
  else if (command === "") shell.sys.signal(name, "ignore");
  else shell.sys.signal(name, () => void shell.pendingSignals.add(name));
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

/** Runs the commands of the signals that came. */
export function* runPendingTraps(shell: Shell): Task {
  while (shell.pendingSignals.size > 0) {
    let next: SignalName | undefined;
    for (const name of shell.pendingSignals) {
      if (next === undefined || SIGNAL_NUMBERS[name] < SIGNAL_NUMBERS[next]) next = name;
    }
    shell.pendingSignals.delete(next!);
    const command = shell.traps.get(next!);
    if (command === undefined && next === "SIGINT") throw new ShellInterrupt();
    if (command === undefined || command === "") continue;
    const { status, substitutionStatus } = shell;
    shell.inTrap = true;
    try {
      yield* runText(shell, command, "trap");
    } finally {
      shell.inTrap = false;
    }
    shell.status = status;
    shell.substitutionStatus = substitutionStatus;
  }
}

/** The command for EXIT, once; the result is the shell's exit status. */
export function* runExitTrap(shell: Shell, status: number): Task<number> {
  const command = shell.traps.get("EXIT");
  if (command === undefined || command === "") return status;
  shell.traps.delete("EXIT");
  shell.status = status;
  try {
    yield* runText(shell, command, "trap");
  } catch (thrown) {
    if (thrown instanceof ShellExit || thrown instanceof FunctionReturn) return thrown.status;
    throw thrown;
  }
  return status;
}
