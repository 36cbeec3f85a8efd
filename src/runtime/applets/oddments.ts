/** Small applets of several kinds: setsid, more, groups, who, clear, cal and their like. */
import type { Task } from "../../time/task.ts";
import type { Program, Sys } from "../sys.ts";
import { formatDate } from "./dateFormat.ts";
import { become, spawnProgram, waitFor } from "./executables.ts";
import { applet, because, complain, Fault, parseOptions, usageFault } from "./options.ts";
import { copyStream, LineReader, readAll } from "./streams.ts";
import { readAccounts } from "./users.ts";

const printing = (name: string, text: string): Program =>
  applet(name, function* (sys) {
    yield* sys.write(1, text);
    return 0;
  });

/** Without a terminal `more` and `less` just copy. */
const pager = (name: "more" | "less"): Program =>
  applet(name, function* (sys, args) {
    const options = parseOptions(name, args, name === "more" ? "dlfpcsuz" : "EFIMmNSRh~");
    const paths = options.operands;
    if (name === "less" && paths.length === 0 && sys.isatty(0)) throw new Fault("less: missing filename\n");
    let status = 0;
    for (const path of paths.length === 0 ? ["-"] : paths) {
      if (path === "-") {
        yield* copyStream(sys, 0, 1);
        continue;
      }
      try {
        const fd = yield* sys.openBlocking(path, { read: true });
        yield* copyStream(sys, fd, 1);
        sys.close(fd);
      } catch (error) {
        yield* complain(sys, `${name}: can't open '${path}': ${because(error)}\n`);
        status = 1;
      }
    }
    return status;
  });

const MONTHS = "January February March April May June July August September October November December".split(" ");

function monthRows(year: number, month: number): string[] {
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const cells = [
    ...Array<string>(first).fill("  "),
    ...Array.from({ length: days }, (_v, i) => String(i + 1).padStart(2)),
  ];
  return Array.from({ length: 6 }, (_v, week) => cells.slice(week * 7, week * 7 + 7).join(" "));
}

function* calendar(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("cal", args, "jy");
  const now = new Date(sys.now());
  const words = options.operands;
  const within = (text: string, least: number, most: number) => {
    const value = Number(text);
    if (!/^\d+$/.test(text)) throw new Fault(`cal: invalid number '${text}'\n`);
    if (value < least || value > most) throw new Fault(`cal: number ${text} is not in ${least}..${most} range\n`);
    return value;
  };
  if (options.has("j")) throw new Fault("cal: -j is not modelled by this simulator\n");
  if (options.has("y") || words.length === 1) {
    const year = words[0] === undefined ? now.getUTCFullYear() : within(words[0], 1, 9999);
    yield* sys.write(1, yearText(year));
    return 0;
  }
  const month = words[0] === undefined ? now.getUTCMonth() + 1 : within(words[0], 1, 12);
  const year = words[1] === undefined ? now.getUTCFullYear() : within(words[1], 1, 9999);
  const title = `${MONTHS[month - 1]} ${year}`;
  const rows = monthRows(year, month).map((row) => (row === "" ? " ".repeat(21) : row));
  yield* sys.write(
    1,
    `${" ".repeat(Math.floor((20 - title.length) / 2))}${title}\nSu Mo Tu We Th Fr Sa\n${rows.join("\n")}\n`,
  );
  return 0;
}

function centred(text: string, width: number): string {
  const left = Math.floor((width - text.length) / 2);
  return " ".repeat(Math.max(0, left)) + text + " ".repeat(Math.max(0, width - text.length - left));
}

function yearText(year: number): string {
  let out = `${centred(String(year), 64).trimEnd()}\n\n`;
  for (let quarter = 0; quarter < 4; quarter++) {
    const months = [1, 2, 3].map((i) => quarter * 3 + i);
    out += `${months.map((month) => centred(MONTHS[month - 1]!, 20)).join("  ").trimEnd()}\n`; // biome-ignore format: one thought
    out += `${months.map(() => "Su Mo Tu We Th Fr Sa").join("  ")}\n`;
    const rows = months.map((month) => monthRows(year, month));
    for (let week = 0; week < 6; week++) out += `${rows.map((month) => month[week]!.padEnd(20)).join("  ").trimEnd()}\n`; // biome-ignore format: one thought
  }
  return out;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_v, i) => {
  let value = i;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

export function crc32(data: string): number {
  let crc = 0xffffffff;
  for (let i = 0; i < data.length; i++) crc = CRC_TABLE[(crc ^ data.charCodeAt(i)) & 255]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

export const oddmentApplets: Readonly<Record<string, Program>> = {
  arch: printing("arch", "x86_64\n"),
  clear: printing("clear", "\x1b[H\x1b[J"),
  hostid: printing("hostid", "007f0100\n"),
  more: pager("more"),
  less: pager("less"),
  cal: applet("cal", calendar),
  nologin: applet("nologin", function* (sys) {
    yield* sys.write(1, "This account is not available\n");
    yield* sys.sleep(5000);
    return 1;
  }),
  who: applet("who", function* (sys, args) {
    const options = parseOptions("who", args, "aH");
    if (options.has("H")) yield* sys.write(1, "USER\t\tTTY\t\tIDLE\tTIME\t\t HOST\n");
    return 0;
  }),
  w: printing("w", "USER\t\tTTY\t\tIDLE\tTIME\t\t HOST\n"),
  logname: applet("logname", function* () {
    throw new Fault("logname: getlogin: No such device or address\n");
  }),
  // Nothing listens on /dev/log in a container: what is logged is lost, and that is no error.
  logger: applet("logger", function* (sys, args) {
    const options = parseOptions("logger", args, "sp:t:");
    const tag = options.value("t") ?? "root";
    const said = options.operands.length > 0 ? [options.operands.join(" ")] : (yield* readAll(sys, 0)).split("\n");
    if (options.has("s")) for (const line of said) yield* complain(sys, `${tag}: ${line}\n`);
    return 0;
  }),
  crc32: applet("crc32", function* (sys, args) {
    let status = 0;
    for (const path of args.length === 0 ? ["-"] : args) {
      try {
        const fd = path === "-" ? 0 : yield* sys.openBlocking(path, { read: true });
        const sum = crc32(yield* readAll(sys, fd))
          .toString(16)
          .padStart(8, "0");
        yield* sys.write(1, path === "-" && args.length === 0 ? `${sum}\n` : `${sum} ${path}\n`);
        if (fd > 0) sys.close(fd);
      } catch (error) {
        yield* complain(sys, `crc32: can't open '${path}': ${because(error)}\n`);
        status = 1;
      }
    }
    return status;
  }),
  groups: applet("groups", function* (sys, args) {
    const accounts = yield* readAccounts(sys);
    const [who] = args;
    const user = accounts.users.find(({ name }) => name === who);
    if (who !== undefined && !user) throw new Fault(`groups: unknown user ${who}\n`);
    const ids = user ? [user.gid] : [...new Set([sys.gid, ...sys.groups])];
    yield* sys.write(1, `${ids.map((id) => accounts.groupName(id) ?? String(id)).join(" ")}\n`);
    return 0;
  }),
  link: applet("link", function* (sys, args) {
    const [from, to, more] = args;
    if (from === undefined || to === undefined || more !== undefined) throw usageFault("link");
    try {
      sys.link(from, to);
    } catch (error) {
      throw new Fault(`link: can't create link '${to}' to '${from}': ${because(error)}\n`);
    }
    return 0;
  }),
  setsid: applet("setsid", function* (sys, args) {
    const options = parseOptions("setsid", args, "+c");
    if (options.operands.length === 0) throw usageFault("setsid");
    const { operands } = options;
    // The leader of a group cannot begin a session: a child does.
    const child = sys.fork(function* (inner) {
      inner.setpgid(0, 0);
      return yield* applet("setsid", () => become(inner, "setsid", operands))(inner);
    });
    return yield* waitFor(sys, child);
  }),
  ionice: applet("ionice", (sys, args) => prefixed(sys, "ionice", args, "+c:n:p:t", "none: prio 0\n")),
  taskset: applet("taskset", function* (sys, args) {
    const options = parseOptions("taskset", args, "+apc");
    const [, ...command] = options.operands;
    if (options.has("p")) throw new Fault("taskset: -p is not modelled by this simulator\n");
    if (command.length === 0) throw usageFault("taskset");
    return yield* become(sys, "taskset", command);
  }),
  ts: applet("ts", function* (sys, args) {
    const options = parseOptions("ts", args, "is");
    if (options.has("i") || options.has("s") || options.operands.length > 0)
      throw new Fault("ts: options and formats are not modelled by this simulator\n");
    const lines = new LineReader(sys, 0);
    for (let line = yield* lines.next(); line !== undefined; line = yield* lines.next())
      yield* sys.write(1, `${formatDate("%b %d %H:%M:%S", sys.now())} ${line}\n`);
    return 0;
  }),
  "run-parts": applet("run-parts", function* (sys, args) {
    const options = parseOptions("run-parts", args, "a:u:l", { arg: "a", umask: "u", test: "l" });
    const [folder] = options.operands;
    if (folder === undefined) throw usageFault("run-parts");
    let names: string[];
    try {
      names = sys.readdir(folder).sort();
    } catch (error) {
      throw new Fault(`run-parts: can't open '${folder}': ${because(error)}\n`);
    }
    let status = 0;
    for (const name of names) {
      const path = `${folder}/${name}`;
      if (!/^[A-Za-z0-9_-]+$/.test(name) || sys.stat(path).type !== "file" || !sys.access(path, "execute")) continue;
      if (options.has("l")) {
        yield* sys.write(1, `${path}\n`);
        continue;
      }
      const code = yield* waitFor(sys, spawnProgram(sys, [path, ...options.values("a")]));
      if (code === 0) continue;
      status = 1;
      yield* complain(sys, `run-parts: ${path}: exit status ${code}\n`);
    }
    return status;
  }),
};

function* prefixed(sys: Sys, name: string, args: readonly string[], spec: string, alone: string): Task<number> {
  const options = parseOptions(name, args, spec);
  if (options.operands.length > 0) return yield* become(sys, name, options.operands);
  yield* sys.write(1, alone);
  return 0;
}
