/** `kill`, with jobs. */
import type { Task } from "../../time/task.ts";
import { strerror } from "../errno.ts";
import { SIGNAL_NUMBERS } from "../signals.ts";
import { type SignalName, SysError } from "../sys.ts";
import type { Shell } from "./shell.ts";
import { parseSignalName } from "./traps.ts";

/** Linux' names in their order; 0 and 32 and up are left out. */
const NAMES = [
  ..."HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN".split(" "),
  ..."TTOU URG XCPU XFSZ VTALRM PROF WINCH POLL PWR SYS".split(" "),
];

export function* killCommand(shell: Shell, args: readonly string[]): Task<number> {
  let signal: SignalName | undefined = "SIGTERM";
  let at = 1;
  const complain = (message: string): Task => shell.error(`${shell.appletName}: ${message}\n`);
  const first = args[1];
  if (first === "-l" || first === "-L") return yield* listSignals(shell, args.slice(2));
  if (first !== undefined && first.startsWith("-") && first !== "--") {
    const isSpelled = first === "-s" && args.length > 2;
    const text = isSpelled ? args[2] : first.slice(1);
    at = isSpelled ? 3 : 2;
    const name = text === undefined ? undefined : parseSignalName(text);
    if (name === undefined) {
      yield* complain(`bad signal name '${text ?? ""}'`);
      return 1;
    }
    signal = name === "EXIT" ? undefined : name;
  }
  if (args[at] === "--") at++;
  if (at >= args.length) {
    yield* complain("you need to specify whom to kill");
    return 1;
  }
  let failures = 0;
  for (const text of args.slice(at)) {
    let pids: readonly number[];
    if (text.startsWith("%")) {
      const job = shell.jobs.find(text);
      if (typeof job === "string") {
        yield* shell.say(job);
        return 2;
      }
      pids = job.pids;
    } else if (/^-?\d{1,9}$/.test(text)) pids = [Number(text)];
    else {
      yield* complain(`invalid number '${text}'`);
      failures++;
      continue;
    }
    for (const pid of pids) {
      try {
        shell.sys.kill(pid, signal);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        if (text.startsWith("%")) continue;
        yield* complain(`can't kill pid ${pid}: ${strerror(error.errno)}`);
        failures++;
      }
    }
  }
  return failures > 0 ? 1 : 0;
}

function* listSignals(shell: Shell, asked: readonly string[]): Task<number> {
  if (asked.length === 0) {
    return yield* shell.print(NAMES.map((name, index) => `${String(index + 1).padStart(2)}) ${name}\n`).join(""));
  }
  let status = 0;
  for (const text of asked) {
    if (/^\d+$/.test(text)) {
      const number = Number(text) >= 128 ? Number(text) - 128 : Number(text);
      yield* shell.print(`${number === 0 ? "EXIT" : (NAMES[number - 1] ?? number)}\n`);
      continue;
    }
    const name = parseSignalName(text);
    if (name === undefined) {
      yield* shell.error(`${shell.appletName}: unknown signal '${text}'\n`);
      status = 1;
    } else yield* shell.print(`${name === "EXIT" ? 0 : SIGNAL_NUMBERS[name]}\n`);
  }
  return status;
}
