/** Signals: their numbers on Linux (x86-64) and what happens to a process that does not care. */
import type { ExitStatus, SignalName } from "./sys.ts";

export const SIGNAL_NUMBERS: Readonly<Record<SignalName, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGPOLL: 29,
  SIGPWR: 30,
  SIGSYS: 31,
};

export function signalOfNumber(number: number): SignalName | undefined {
  for (const [name, n] of Object.entries(SIGNAL_NUMBERS)) if (n === number) return name as SignalName;
  return undefined;
}

/** `TERM`, `SIGTERM`, `term` or `15`; undefined when there is no such signal. */
export function parseSignal(text: string): SignalName | undefined {
  if (/^\d+$/.test(text)) return signalOfNumber(Number(text));
  const upper = text.toUpperCase();
  const name = upper.startsWith("SIG") ? upper : `SIG${upper}`;
  return name in SIGNAL_NUMBERS ? (name as SignalName) : undefined;
}

export type DefaultAction = "terminate" | "ignore" | "stop" | "continue";

export function defaultAction(signal: SignalName): DefaultAction {
  switch (signal) {
    case "SIGCHLD":
    case "SIGURG":
    case "SIGWINCH":
      return "ignore";
    case "SIGCONT":
      return "continue";
    case "SIGSTOP":
    case "SIGTSTP":
    case "SIGTTIN":
    case "SIGTTOU":
      return "stop";
    default:
      return "terminate";
  }
}

/** The exit code that shells and container runtimes report: 128 + n for a signal. */
export function exitCodeOf(status: ExitStatus): number {
  return "exited" in status ? status.exited & 255 : 128 + SIGNAL_NUMBERS[status.signaled];
}
