/** `timeout` and `nohup`: programs that become the command they are given. */
import type { Task } from "../../time/task.ts";
import { parseSignal } from "../signals.ts";
import { type Program, type Sys, SysError } from "../sys.ts";
import { become, waitFor } from "./executables.ts";
import { applet, because, complain, duration, Fault, parseOptions, usageFault } from "./options.ts";

/** Is `pid` still there when `ms` have gone by? busybox looks once a second. */
function* outlasts(sys: Sys, ms: number, pid: number): Task<boolean> {
  for (let left = ms; ; ) {
    const step = Math.min(left, 1000);
    yield* sys.sleep(step);
    left -= step;
    try {
      sys.kill(pid, undefined);
    } catch (error) {
      because(error);
      return false;
    }
    if (left <= 0) return true;
  }
}

/**
 * The process that was started becomes the command, so that its parent sees how it ends; a grandchild, which belongs to
 * process 1, watches it (busybox: coreutils/timeout.c).
 */
function* timeout(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("timeout", args, "+s:k:");
  const [time, ...command] = options.operands;
  const signalText = options.value("s") ?? "TERM";
  const signal = parseSignal(signalText);
  if (signal === undefined) throw new Fault(`timeout: unknown signal '${signalText}'\n`);
  const milliseconds = (text: string) => {
    const ms = duration(text);
    if (ms === undefined) throw new Fault(`timeout: invalid number '${text}'\n`);
    return ms;
  };
  const killAfter = milliseconds(options.value("k") ?? "0");
  if (time === undefined) throw usageFault("timeout");
  const limit = milliseconds(time);
  if (command.length === 0) throw usageFault("timeout");
  const watched = sys.pid;
  const between = sys.fork(function* (child) {
    child.fork(function* (watcher) {
      watcher.setpgid(0, 0);
      for (const fd of [0, 1, 2]) if (watcher.isOpen(fd)) watcher.close(fd);
      try {
        if (!(yield* outlasts(watcher, limit, watched))) return 0;
        watcher.kill(watched, signal);
        if (killAfter > 0 && (yield* outlasts(watcher, killAfter, watched))) watcher.kill(watched, "SIGKILL");
      } catch (error) {
        because(error);
      }
      return 0;
    });
    return 0;
  });
  yield* waitFor(sys, between);
  return yield* become(sys, "timeout", command);
}

function* nohup(sys: Sys, args: readonly string[]): Task<number> {
  if (args.length === 0) throw usageFault("nohup");
  const terminal = sys.isatty(1);
  // What a terminal would have read comes from nowhere, what it would have shown goes to a file (coreutils/nohup.c).
  if (sys.isatty(0)) {
    const empty = sys.open("/dev/null", { read: true });
    sys.dup2(empty, 0);
    sys.close(empty);
  }
  if (terminal) {
    const flags = { write: true, create: true, append: true } as const;
    let path = "nohup.out";
    let fd: number;
    try {
      fd = sys.open(path, flags, 0o600);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      path = `${sys.env.get("HOME") ?? ""}/nohup.out`;
      try {
        fd = sys.open(path, flags, 0o600);
      } catch (again) {
        throw new Fault(`nohup: can't open '${path}': ${because(again)}\n`, 127);
      }
    }
    yield* complain(sys, `nohup: appending output to ${path}\n`);
    sys.dup2(fd, 1);
    sys.close(fd);
  }
  if (sys.isatty(2)) sys.dup2(1, 2);
  sys.signal("SIGHUP", "ignore");
  return yield* become(sys, "nohup", args);
}

export const timeoutApplets: Readonly<Record<string, Program>> = {
  nohup: applet("nohup", nohup),
  timeout: applet("timeout", timeout),
  nice: applet("nice", function* (sys, args) {
    // Every process has the same priority here: there is nothing to adjust.
    const old = args.map((arg, i) => (i === 0 && /^-\d+$/.test(arg) ? `-n${arg.slice(1)}` : arg));
    const { operands } = parseOptions("nice", old, "+n:");
    if (operands.length > 0) return yield* become(sys, "nice", operands);
    yield* sys.write(1, "0\n");
    return 0;
  }),
};
