/** Applets about processes: ps, kill, pidof, xargs, timeout, time, nohup, watch. */
import { parseSignal, SIGNAL_NUMBERS } from "../signals.ts";
import { type ProcessInfo, type Program, type SignalName, type Sys, SysError } from "../sys.ts";
import { execProgram, spawnProgram, waitFor } from "./executables.ts";
import { applet, because, complain, duration, Fault, parseOptions, usageFault, wholeNumber } from "./options.ts";
import { posixRegex } from "./posixRegExp.ts";
import { baseName } from "./simple.ts";
import { readAll } from "./streams.ts";
import { type Accounts, readAccounts } from "./users.ts";

/** A process' command as `ps` shows it. */
function commandOf(process: ProcessInfo): string {
  if (process.argv.length === 0) return `[${process.comm}]`;
  // A script of several lines is one line here (busybox: libbb/procps.c, read_cmdline).
  const line = process.argv.join(" ").replace(/[\x00-\x1f]/g, " ");
  const first = baseName(process.argv[0]!.replace(/^-/, "")).slice(0, 15);
  return first === process.comm ? line : `{${process.comm}} ${line}`;
}

const clockTime = (ms: number): string => {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};

interface Column {
  readonly title: string;
  readonly width: number;
  readonly of: (process: ProcessInfo, accounts: Accounts, sys: Sys) => string;
}

const COLUMNS: Readonly<Record<string, Column>> = {
  pid: { title: "PID", width: -5, of: (p) => String(p.pid) },
  ppid: { title: "PPID", width: -5, of: (p) => String(p.ppid) },
  user: { title: "USER", width: 8, of: (p, accounts) => accounts.userName(p.uid) ?? String(p.uid) },
  comm: { title: "COMMAND", width: 16, of: (p) => p.comm },
  args: { title: "COMMAND", width: 256, of: commandOf },
  stat: { title: "STAT", width: 4, of: (p) => p.state },
  time: { title: "TIME", width: 6, of: (p) => clockTime(p.cpuMs) },
  etime: { title: "ELAPSED", width: 7, of: (p, _accounts, sys) => clockTime(sys.uptime() - p.startedMs) },
  rss: { title: "RSS", width: 4, of: (p) => String(Math.floor(p.rssBytes / 1024)) },
  vsz: { title: "VSZ", width: 5, of: (p) => String(Math.floor(p.rssBytes / 1024)) },
  tty: { title: "TT", width: 6, of: (p) => p.tty ?? "?" },
  nice: { title: "NI", width: -3, of: () => "0" },
  pgid: { title: "PGID", width: -5, of: (p) => String(p.pid) },
};

/** Signals as options to kill, killall: "-9", "-TERM", "-s TERM". */
function takeSignal(
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

function listSignals(args: readonly string[]): string {
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
        columns.map((column) => column.of(process, accounts, sys)),
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
  pgrep: applet("pgrep", function* (sys, args) {
    const options = parseOptions("pgrep", args, "flanovxs:P:");
    const pattern = options.operands[0];
    if (pattern === undefined) throw usageFault("pgrep");
    const expression = posixRegex("pgrep", options.has("x") ? `^(${pattern})$` : pattern, { extended: true });
    let found = sys.processes().filter((p) => {
      const matched = p.pid !== sys.pid && expression.test(options.has("f") ? p.argv.join(" ") : p.comm);
      return matched !== options.has("v") && (!options.has("P") || p.ppid === Number(options.value("P")));
    });
    if (options.has("n")) found = found.slice(-1);
    if (options.has("o")) found = found.slice(0, 1);
    const text = found.map(
      (p) => `${p.pid}${options.has("a") ? ` ${p.argv.join(" ")}` : options.has("l") ? ` ${p.comm}` : ""}\n`,
    );
    yield* sys.write(1, text.join(""));
    return found.length > 0 ? 0 : 1;
  }),
  timeout: applet("timeout", function* (sys, args) {
    const options = parseOptions("timeout", args, "+s:k:");
    const [time, ...command] = options.operands;
    if (time === undefined || command.length === 0) throw usageFault("timeout");
    const ms = duration(time);
    if (ms === undefined) throw new Fault(`timeout: invalid number '${time}'\n`);
    const signalText = options.value("s") ?? "TERM";
    const signal = parseSignal(signalText);
    if (signal === undefined) throw new Fault(`timeout: unknown signal '${signalText}'\n`);
    const killAfter = options.has("k") ? duration(options.value("k")!) : undefined;
    // A watcher sleeps beside the command and this process waits, so that the command's exit code is its own.
    let child: number;
    try {
      child = spawnProgram(sys, command);
    } catch (error) {
      const status = error instanceof SysError && error.errno === "ENOENT" ? 127 : 126;
      throw new Fault(`timeout: can't execute '${command[0]}': ${because(error)}\n`, status);
    }
    let fired = false;
    const watcher = sys.fork(function* (own) {
      yield* own.sleep(ms);
      fired = true;
      try {
        own.kill(child, signal);
        if (killAfter !== undefined) {
          yield* own.sleep(killAfter);
          own.kill(child, "SIGKILL");
        }
      } catch (error) {
        because(error);
      }
      return 0;
    });
    for (const caught of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      sys.signal(caught, () => {
        try {
          sys.kill(child, caught);
        } catch (error) {
          because(error);
        }
      });
    }
    const status = yield* waitFor(sys, child);
    try {
      sys.kill(watcher, "SIGKILL");
    } catch (error) {
      because(error);
    }
    return fired && status === 128 + SIGNAL_NUMBERS[signal] ? (signal === "SIGTERM" ? 143 : status) : status;
  }),
  nohup: applet("nohup", function* (sys, args) {
    if (args.length === 0) throw usageFault("nohup");
    sys.signal("SIGHUP", "ignore");
    try {
      return yield* execProgram(sys, args);
    } catch (error) {
      throw new Fault(`nohup: can't execute '${args[0]}': ${because(error)}\n`, 127);
    }
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
  xargs: applet("xargs", function* (sys, args) {
    const options = parseOptions("xargs", args, "+0rn:I:L:s:tpE:e::P:xa:", { null: "0", "no-run-if-empty": "r" });
    const command = options.operands.length === 0 ? ["echo"] : options.operands;
    const data = yield* readAll(sys, 0);
    const replace = options.value("I");
    let words: string[];
    if (options.has("0")) words = data.split("\0").filter((word, i, list) => i < list.length - 1 || word !== "");
    else if (replace !== undefined)
      words = data
        .split("\n")
        .map((line) => line.trimStart())
        .filter((line) => line !== "");
    else words = shellWords(data);
    const perRun = options.has("n")
      ? wholeNumber("xargs", options.value("n")!)
      : options.has("L")
        ? wholeNumber("xargs", options.value("L")!)
        : 5000;
    const runs: string[][] = [];
    if (replace !== undefined)
      for (const word of words) runs.push(command.map((part) => part.split(replace).join(word)));
    else {
      for (let i = 0; i < words.length; i += Math.max(1, perRun))
        runs.push([...command, ...words.slice(i, i + Math.max(1, perRun))]);
      if (words.length === 0 && !options.has("r")) runs.push([...command]);
    }
    let status = 0;
    for (const argv of runs) {
      if (options.has("t")) yield* complain(sys, `${argv.join(" ")}\n`);
      let code: number;
      try {
        code = yield* waitFor(sys, spawnProgram(sys, argv));
      } catch (error) {
        const missing = error instanceof SysError && error.errno === "ENOENT";
        throw new Fault(`xargs: ${argv[0]}: ${because(error)}\n`, missing ? 127 : 126);
      }
      if (code === 255) throw new Fault(`xargs: ${argv[0]}: exited with status 255; aborting\n`, 124);
      if (code > 128) throw new Fault(`xargs: '${argv[0]}' terminated by signal ${code - 128}\n`, 125);
      if (code !== 0) status = 123;
    }
    return status;
  }),
  top: applet("top", function* (sys) {
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

/** Words as xargs splits its input: blanks separate, quotes and backslashes protect. */
function shellWords(data: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < data.length; i++) {
    const c = data[i]!;
    if (c === " " || c === "\t" || c === "\n") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (c === "'" || c === '"') {
      const end = data.indexOf(c, i + 1);
      if (end < 0) throw new Fault(`xargs: unmatched ${c === "'" ? "single" : "double"} quote\n`);
      word = (word ?? "") + data.slice(i + 1, end);
      i = end;
    } else if (c === "\\" && i + 1 < data.length) word = (word ?? "") + data[++i]!;
    else word = (word ?? "") + c;
  }
  if (word !== undefined) words.push(word);
  return words;
}
