/** `pgrep` and `pkill`: processes chosen by a pattern (busybox: procps/pgrep.c). */
import type { Task } from "../../time/task.ts";
import type { ProcessInfo, Program, Sys } from "../sys.ts";
import { applet, because, complain, Fault, type Options, parseOptions, usageFault, wholeNumber } from "./options.ts";
import { posixRegex } from "./posixRegExp.ts";
import { listSignals, takeSignal } from "./processes.ts";

/** The processes that the options choose, oldest first; never the one that asks. */
function chosen(sys: Sys, name: string, options: Options): ProcessInfo[] {
  const { operands } = options;
  const byParent = options.has("P") ? wholeNumber(name, options.value("P")!) : undefined;
  if (operands.length > 1 || (operands.length === 0 && byParent === undefined)) throw usageFault(name);
  const expression = operands[0] === undefined ? undefined : posixRegex(name, operands[0], { extended: true });
  const matches = (process: ProcessInfo) => {
    if (byParent !== undefined && process.ppid !== byParent) return false;
    if (!expression) return true;
    const text = options.has("f") && process.argv.length > 0 ? process.argv.join(" ") : process.comm;
    const match = expression.exec(text);
    return match !== undefined && (!options.has("x") || match.end - match.index === text.length);
  };
  const found = [...sys.processes()]
    .sort((a, b) => a.pid - b.pid)
    .filter((process) => process.pid !== sys.pid && matches(process) !== options.has("v"));
  if (options.has("n")) return found.slice(-1);
  return options.has("o") ? found.slice(0, 1) : found;
}

function* pkill(sys: Sys, args: readonly string[]): Task<number> {
  if (args[0] === "-l") {
    yield* sys.write(1, listSignals(args.slice(1)));
    return 0;
  }
  const given = /^-(\d+|(SIG)?[A-Z][A-Z0-9]+)$/.test(args[0] ?? "");
  const { signal, rest } = given ? takeSignal("pkill", args) : { signal: "SIGTERM" as const, rest: args };
  const options = parseOptions("pkill", rest, "xfvnoes:P:");
  const found = chosen(sys, "pkill", options);
  let status = found.length > 0 ? 0 : 1;
  for (const { pid, comm } of found) {
    try {
      sys.kill(pid, signal);
      if (options.has("e")) yield* sys.write(1, `${comm} killed (pid ${pid})\n`);
    } catch (error) {
      yield* complain(sys, `pkill: ${pid}: ${because(error)}\n`);
      status = 1;
    }
  }
  return status;
}

export const pgrepApplets: Readonly<Record<string, Program>> = {
  pgrep: applet("pgrep", function* (sys, args) {
    const options = parseOptions("pgrep", args, "flanovxs:P:");
    if (options.has("s")) throw new Fault("pgrep: -s: sessions are not modelled by this simulator\n");
    const found = chosen(sys, "pgrep", options);
    const label = ({ argv, comm }: ProcessInfo) =>
      options.has("a") ? ` ${argv.join(" ") || `[${comm}]`}` : options.has("l") ? ` ${comm}` : "";
    yield* sys.write(1, found.map((process) => `${process.pid}${label(process)}\n`).join(""));
    return found.length > 0 ? 0 : 1;
  }),
  pkill: applet("pkill", pkill),
};
