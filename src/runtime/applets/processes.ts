/** Applets about processes: ps, top, kill, killall, pidof, time, watch. */
import { parseSignal, SIGNAL_NUMBERS } from "../signals.ts";
import type { ProcessInfo, Program, SignalName, Sys } from "../sys.ts";
import { spawnProgram, waitFor } from "./executables.ts";
import { applet, because, complain, duration, Fault, parseOptions, usageFault } from "./options.ts";
import { baseName } from "./simple.ts";
import { type Accounts, readAccounts } from "./users.ts";

/** A process' command as `ps` shows it. */
function commandOf(process: ProcessInfo): string {
  if (process.argv.length === 0) return `[${process.comm}]`;
  // A script of several lines is one line here (busybox: libbb/procps.c, read_cmdline).
  const line = process.argv.join(" ").replace(/[\x00-\x1f]/g, " ");
  // A program that says more about itself in its first word still goes by it.
  const first = baseName(process.argv[0]!.split(" ")[0]!).replace(/^-/, "");
  return first.startsWith(process.comm) ? line : `{${process.comm}} ${line}`;
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly of: (process: ProcessInfo, accounts: Accounts) => string;
}

/** In the order in which a complaint about another name lists them. */
const COLUMNS: Readonly<Record<string, Column>> = {
  user: { title: "USER", width: 8, of: (p, accounts) => accounts.userName(p.uid) ?? String(p.uid) },
  group: { title: "GROUP", width: 8, of: (p, accounts) => groupOf(p, accounts) },
  comm: { title: "COMMAND", width: 16, of: (p) => p.comm },
  args: { title: "COMMAND", width: 256, of: commandOf },
  pid: { title: "PID", width: -5, of: (p) => String(p.pid) },
  ppid: { title: "PPID", width: -5, of: (p) => String(p.ppid) },
  pgid: { title: "PGID", width: -5, of: (p) => String(p.pid) },
  nice: { title: "NI", width: -3, of: () => "0" },
  rgroup: { title: "RGROUP", width: 8, of: (p, accounts) => groupOf(p, accounts) },
  ruser: { title: "RUSER", width: 8, of: (p, accounts) => accounts.userName(p.uid) ?? String(p.uid) },
  tty: { title: "TT", width: 6, of: (p) => p.tty ?? "?" },
  vsz: { title: "VSZ", width: 5, of: (p) => String(Math.floor(p.rssBytes / 1024)) },
  sid: { title: "SID", width: -5, of: (p) => String(p.pid) },
  stat: { title: "STAT", width: 4, of: (p) => p.state },
  rss: { title: "RSS", width: 4, of: (p) => String(Math.floor(p.rssBytes / 1024)) },
};

/** A process' group is not told by the kernel here: its user's own stands in. */
function groupOf(process: ProcessInfo, accounts: Accounts): string {
  const gid = accounts.users.find(({ uid }) => uid === process.uid)?.gid ?? process.uid;
  return accounts.groupName(gid) ?? String(gid);
}

/** Signals as options to kill, killall: "-9", "-TERM", "-s TERM". */
export function takeSignal(
  name: string,
  args: readonly string[],
): { signal: SignalName | undefined; rest: readonly string[] } {
  const [first, second] = args;
  let text = "TERM";
  let rest = args;
  if (first === "-s" && second !== undefined) {
    text = second;
    rest = args.slice(2);
  } else if (first?.startsWith("-") && first !== "--" && first !== "-q") {
    text = first.slice(1);
    rest = args.slice(1);
  }
  if (rest[0] === "--") rest = rest.slice(1);
  if (text === "0") return { signal: undefined, rest };
  const signal = parseSignal(text);
  if (signal === undefined) throw new Fault(`${name}: bad signal name '${text}'\n`);
  return { signal, rest };
}

export function listSignals(args: readonly string[]): string {
  const names = Object.entries(SIGNAL_NUMBERS).map(([name, number]) => [name.slice(3), number] as const);
  if (args.length === 0) return names.map(([name, number]) => `${String(number).padStart(2)}) ${name}\n`).join("");
  return args
    .map((arg) => {
      const number = Number(arg) > 128 ? Number(arg) - 128 : Number(arg);
      if (/^\d+$/.test(arg)) return `${names.find(([, n]) => n === number)?.[0] ?? arg}\n`;
      return `${names.find(([name]) => name === arg.replace(/^SIG/i, "").toUpperCase())?.[1] ?? arg}\n`;
    })
    .join("");
}

const named = (sys: Sys, name: string): ProcessInfo[] =>
  sys
    .processes()
    .filter((p) => p.pid !== sys.pid && (p.comm === name.slice(0, 15) || baseName(p.argv[0] ?? "") === baseName(name)));

export const processApplets: Readonly<Record<string, Program>> = {
  ps: applet("ps", function* (sys, args) {
    // Letters of other systems' ps (aux, -ef) are ignored, as busybox ignores operands.
    const options = parseOptions("ps", args, "o:T");
    const accounts = yield* readAccounts(sys);
    const columns: Column[] = [];
    for (const word of (options.values("o").join(",") || "pid,user,args").split(",")) {
      const [key = "", title] = word.split("=");
      const column = COLUMNS[key];
      if (!column) {
        throw new Fault(`ps: bad -o argument '${key}', supported arguments: ${Object.keys(COLUMNS).join(",")}\n`);
      }
      columns.push(title === undefined ? column : { ...column, title });
    }
    const line = (cells: readonly string[], heading: boolean) =>
      `${cells
        .map((cell, i) => {
          const { width } = columns[i]!;
          if (i === cells.length - 1 && width > 0) return cell;
          return width < 0 && !heading ? cell.padStart(-width) : cell.padEnd(Math.abs(width));
        })
        .join(" ")}\n`;
    let text = line(
      columns.map((column) => column.title),
      true,
    );
    for (const process of [...sys.processes()].sort((a, b) => a.pid - b.pid))
      text += line(
        columns.map((column) => column.of(process, accounts)),
        false,
      );
    yield* sys.write(1, text);
    return 0;
  }),
  kill: applet("kill", function* (sys, args) {
    if (args.length === 0) throw usageFault("kill");
    if (args[0] === "-l") {
      yield* sys.write(1, listSignals(args.slice(1)));
      return 0;
    }
    const { signal, rest } = takeSignal("kill", args);
    if (rest.length === 0) throw new Fault("kill: you need to specify whom to kill\n");
    let status = 0;
    for (const arg of rest) {
      if (!/^-?\d+$/.test(arg)) {
        yield* complain(sys, `kill: invalid number '${arg}'\n`);
        status = 1;
        continue;
      }
      try {
        sys.kill(Number(arg), signal);
      } catch (error) {
        yield* complain(sys, `kill: can't kill pid ${arg}: ${because(error)}\n`);
        status = 1;
      }
    }
    return status;
  }),
  killall: applet("killall", function* (sys, args) {
    const { signal, rest } = takeSignal("killall", args);
    const quiet = rest.includes("-q");
    const names = rest.filter((arg) => arg !== "-q");
    if (names.length === 0) throw usageFault("killall");
    let status = 0;
    for (const name of names) {
      const found = named(sys, name);
      if (found.length === 0) {
        if (!quiet) yield* complain(sys, `killall: ${name}: no process killed\n`);
        status = 1;
      }
      for (const { pid } of found) {
        try {
          sys.kill(pid, signal);
        } catch (error) {
          yield* complain(sys, `killall: can't kill pid ${pid}: ${because(error)}\n`);
          status = 1;
        }
      }
    }
    return status;
  }),
  pidof: applet("pidof", function* (sys, args) {
    const options = parseOptions("pidof", args, "so:");
    const omitted = new Set(options.values("o").map((text) => (text === "%PPID" ? sys.ppid : Number(text))));
    let pids = options.operands
      .flatMap((name) => named(sys, name).map((p) => p.pid))
      .filter((pid) => !omitted.has(pid));
    if (options.has("s")) pids = pids.slice(0, 1);
    if (pids.length > 0) yield* sys.write(1, `${pids.join(" ")}\n`);
    return pids.length > 0 ? 0 : 1;
  }),
  time: applet("time", function* (sys, args) {
    const { operands } = parseOptions("time", args, "+vp");
    if (operands.length === 0) throw usageFault("time");
    const begun = sys.now();
    let status: number;
    try {
      status = yield* waitFor(sys, spawnProgram(sys, operands));
    } catch (error) {
      throw new Fault(`time: can't execute '${operands[0]}': ${because(error)}\n`, 127);
    }
    const shown = (ms: number) => `${Math.floor(ms / 60000)}m ${((ms % 60000) / 1000).toFixed(2)}s`;
    yield* complain(sys, `real\t${shown(sys.now() - begun)}\nuser\t0m 0.00s\nsys\t0m 0.00s\n`);
    return status;
  }),
  watch: applet("watch", function* (sys, args) {
    const options = parseOptions("watch", args, "+n:t");
    const pause = duration(options.value("n") ?? "2");
    if (pause === undefined || options.operands.length === 0) throw usageFault("watch");
    const command = options.operands.join(" ");
    for (;;) {
      if (!options.has("t")) yield* sys.write(1, `\x1b[H\x1b[JEvery ${pause / 1000}s: ${command}\n\n`);
      yield* waitFor(sys, spawnProgram(sys, ["sh", "-c", command]));
      yield* sys.sleep(Math.max(pause, 100));
    }
  }),
  top: applet("top", function* (sys, args) {
    parseOptions("top", args, "d:n:bmHs");
    const accounts = yield* readAccounts(sys);
    const { memoryTotal, memoryFree, load } = sys.limits();
    let text = `Mem: ${Math.floor((memoryTotal - memoryFree) / 1024)}K used, ${Math.floor(memoryFree / 1024)}K free, 0K shrd, 0K buff, 0K cached\n`;
    text += `Load average: ${load.map((one) => one.toFixed(2)).join(" ")}\n  PID  PPID USER     STAT   VSZ %VSZ CPU %CPU COMMAND\n`;
    for (const p of sys.processes()) {
      const user = (accounts.userName(p.uid) ?? String(p.uid)).padEnd(8);
      text += `${String(p.pid).padStart(5)} ${String(p.ppid).padStart(5)} ${user} ${p.state.padEnd(4)} ${String(Math.floor(p.rssBytes / 1024)).padStart(5)}   0%   0   0% ${commandOf(p)}\n`;
    }
    yield* sys.write(1, text);
    return 0;
  }),
};
