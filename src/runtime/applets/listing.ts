/** `ls` and `stat`. */
import type { Task } from "../../time/task.ts";
import { type Program, type Stat, type Sys, SysError } from "../sys.ts";
import { formatDate, nanoseconds } from "./dateFormat.ts";
import { modeText, TYPE_BITS } from "./fileMode.ts";
import { joinPath, lstatIfPresent } from "./fileTree.ts";
import { applet, because, complain, type Options, parseOptions, usageFault } from "./options.ts";
import { Output } from "./streams.ts";
import { compareVersions } from "./sort.ts";
import { type Accounts, readAccounts } from "./users.ts";

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly stat: Stat;
}

const TYPE_NAMES: Readonly<Record<Stat["type"], string>> = {
  file: "regular file",
  directory: "directory",
  symlink: "symbolic link",
  fifo: "fifo",
  chardev: "character special file",
  socket: "socket",
};

const blocksOf = (stat: Stat) =>
  stat.type === "directory" ? 8 : stat.type === "file" ? Math.ceil(stat.size / 4096) * 8 : 0;

/** 1536 → "1.5K". */
export function humanSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < 5) {
    value /= 1024;
    unit++;
  }
  const suffix = ["", "K", "M", "G", "T", "P"][unit]!;
  return unit > 0 ? `${value.toFixed(1)}${suffix}` : String(value);
}

const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function sortEntries(entries: Entry[], options: Options): Entry[] {
  const time = (stat: Stat) => (options.has("c") ? stat.ctime : options.has("u") ? stat.atime : stat.mtime);
  entries.sort((a, b) => {
    const difference = options.has("S")
      ? b.stat.size - a.stat.size
      : options.has("t")
        ? time(b.stat) - time(a.stat)
        : 0;
    if (options.has("\x02") && (a.stat.type === "directory") !== (b.stat.type === "directory"))
      return a.stat.type === "directory" ? -1 : 1;
    const extension = (name: string) => (name.includes(".") ? name.slice(name.lastIndexOf(".")) : "");
    const byExtension = options.has("X") ? byName(extension(a.name), extension(b.name)) : 0;
    const byVersion = options.has("v") ? compareVersions(a.name, b.name) : 0;
    return difference || byExtension || byVersion || byName(a.name, b.name);
  });
  return options.has("r") ? entries.reverse() : entries;
}

/** With `--color=always`. */
function coloured(name: string, stat: Stat, when: string | undefined): string {
  if (when !== "always") return name;
  const colour = { directory: "1;34", symlink: "1;36", fifo: "0;33", socket: "1;35", chardev: "1;33", file: "0;0" }[
    stat.type
  ];
  return `\x1b[${stat.type === "file" && stat.mode & 0o111 ? "1;32" : colour}m${name}\x1b[m`;
}

function* show(sys: Sys, out: Output, entries: readonly Entry[], options: Options, accounts: Accounts): Task {
  const long = options.has("l") || options.has("n") || options.has("Z");
  const tty = sys.isatty(1);
  const plain: string[] = [];
  for (const { name, path, stat } of entries) {
    let line = options.has("i") ? `${String(stat.ino).padStart(7)} ` : "";
    if (options.has("s")) line += `${String(blocksOf(stat) / 2).padStart(6)} `;
    if (long) {
      const time = options.has("c") ? stat.ctime : options.has("u") ? stat.atime : stat.mtime;
      const user = (options.has("n") ? undefined : accounts.userName(stat.uid)) ?? String(stat.uid);
      const group = (options.has("n") ? undefined : accounts.groupName(stat.gid)) ?? String(stat.gid);
      const size =
        stat.type === "chardev"
          ? `${"1".padStart(4)}, ${"3".padStart(3)}`
          : options.has("h")
            ? humanSize(stat.size).padStart(9)
            : String(stat.size).padStart(9);
      const age = sys.now() - time;
      const recent = age < 183 * 86400_000 && age > -86400_000;
      const date = options.has("\x01")
        ? formatDate("%Y-%m-%d %H:%M:%S +0000", time)
        : formatDate(recent ? "%b %e %H:%M" : "%b %e  %Y", time);
      line += `${modeText(stat.type, stat.mode)} ${String(stat.nlink).padStart(4)} ${user.padEnd(8)} ${group.padEnd(8)} ${size} ${date} `;
    }
    line += coloured(name, stat, options.value("\x03"));
    if (options.has("F")) {
      const mark = { directory: "/", symlink: "@", fifo: "|", socket: "=", chardev: "", file: "" }[stat.type];
      line += mark || (stat.type === "file" && stat.mode & 0o111 ? "*" : "");
    } else if (options.has("p") && stat.type === "directory") line += "/";
    if (long && stat.type === "symlink") {
      try {
        line += ` -> ${sys.readlink(path)}`;
      } catch (error) {
        because(error);
      }
    }
    plain.push(line);
  }
  const inColumns = options.has("C") || options.has("x") || tty;
  if (long || options.has("1") || !inColumns) {
    for (const line of plain) yield* out.write(`${line}\n`);
    return;
  }
  // Columns for a terminal of 80, filled downwards, or along the lines with -x.
  const width = Math.max(0, ...entries.map(({ name }) => name.length)) + 2;
  const columns = Math.max(1, Math.floor(Number(options.value("w") ?? 80) / width));
  const rows = Math.ceil(plain.length / columns);
  for (let row = 0; row < rows; row++) {
    const cells: string[] = [];
    if (options.has("x")) cells.push(...plain.slice(row * columns, (row + 1) * columns));
    else for (let i = row; i < plain.length; i += rows) cells.push(plain[i]!);
    yield* out.write(`${cells.map((cell, i) => (i < cells.length - 1 ? cell.padEnd(width) : cell)).join("")}\n`);
  }
}

function* listDirectory(
  sys: Sys,
  out: Output,
  path: string,
  options: Options,
  accounts: Accounts,
  title: "none" | "first" | "next",
  depth: number,
): Task<number> {
  let names: string[];
  try {
    names = sys.readdir(path);
  } catch (error) {
    yield* out.flush();
    yield* complain(sys, `ls: can't open '${path}': ${because(error)}\n`);
    return 1;
  }
  if (title !== "none") yield* out.write(`${title === "next" ? "\n" : ""}${path}:\n`);
  names = names.filter((name) => name !== "." && name !== "..");
  if (!options.has("a") && !options.has("A")) names = names.filter((name) => !name.startsWith("."));
  if (options.has("a")) names.push(".", "..");
  const entries: Entry[] = [];
  for (const name of names) {
    const full = joinPath(path, name);
    const stat = lstatIfPresent(sys, full);
    if (stat) entries.push({ name, path: full, stat: options.has("L") ? sys.stat(full) : stat });
  }
  sortEntries(entries, options);
  if (options.has("l") || options.has("n") || options.has("s")) {
    yield* out.write(`total ${entries.reduce((sum, entry) => sum + blocksOf(entry.stat) / 2, 0)}\n`);
  }
  yield* show(sys, out, entries, options, accounts);
  let status = 0;
  if (options.has("R") && depth < 100) {
    for (const entry of entries) {
      if (entry.stat.type !== "directory" || entry.name === "." || entry.name === "..") continue;
      status |= yield* listDirectory(sys, out, entry.path, options, accounts, "next", depth + 1);
    }
  }
  return status;
}

/** What `stat -c` puts in the place of each directive. */
function statField(c: string, path: string, stat: Stat, accounts: Accounts, sys: Sys): string {
  const seconds = (ms: number) => String(Math.floor(ms / 1000));
  const date = (ms: number) => `${formatDate("%Y-%m-%d %H:%M:%S", ms)}.${nanoseconds(ms)} +0000`;
  switch (c) {
    case "n":
      return path;
    case "N":
      return stat.type === "symlink" ? `'${path}' -> '${sys.readlink(path)}'` : path;
    case "a":
      return stat.mode.toString(8);
    case "A":
      return modeText(stat.type, stat.mode);
    case "f":
      return (TYPE_BITS[stat.type] | stat.mode).toString(16);
    case "F":
      return stat.type === "file" && stat.size === 0 ? "regular empty file" : TYPE_NAMES[stat.type];
    case "u":
      return String(stat.uid);
    case "g":
      return String(stat.gid);
    case "U":
      return accounts.userName(stat.uid) ?? "UNKNOWN";
    case "G":
      return accounts.groupName(stat.gid) ?? "UNKNOWN";
    case "s":
      return String(stat.size);
    case "b":
      return String(blocksOf(stat));
    case "B":
      return "512";
    case "o":
      return "4096";
    case "h":
      return String(stat.nlink);
    case "i":
      return String(stat.ino);
    case "d":
      return String(stat.dev);
    case "D":
      return stat.dev.toString(16);
    case "t":
    case "T":
      return "0";
    case "x":
      return date(stat.atime);
    case "y":
      return date(stat.mtime);
    case "z":
      return date(stat.ctime);
    case "X":
      return seconds(stat.atime);
    case "Y":
      return seconds(stat.mtime);
    case "Z":
      return seconds(stat.ctime);
    case "%":
      return "%";
    default:
      return "?";
  }
}

export const listingApplets: Readonly<Record<string, Program>> = {
  ls: applet("ls", function* (sys, args) {
    const options = parseOptions("ls", args, "1AaCxdLHRFplinshrSXvctukw:\x01\x02\x03::", {
      "full-time": "\x01",
      "group-directories-first": "\x02",
      color: "\x03",
    });
    if (options.has("\x01")) options.add("l", "");
    const accounts = options.has("l")
      ? yield* readAccounts(sys)
      : { userName: () => undefined, groupName: () => undefined };
    const out = new Output(sys);
    const files: Entry[] = [];
    const directories: Entry[] = [];
    let status = 0;
    const operands = options.operands.length === 0 ? ["."] : options.operands;
    for (const path of operands) {
      let stat: Stat;
      try {
        const follow =
          options.has("L") || options.has("H") || !(options.has("l") || options.has("d") || options.has("F"));
        stat = sys.lstat(path);
        if (follow && stat.type === "symlink") stat = sys.stat(path);
      } catch (error) {
        yield* complain(sys, `ls: ${path}: ${because(error)}\n`);
        status = 1;
        continue;
      }
      (stat.type === "directory" && !options.has("d") ? directories : files).push({ name: path, path, stat });
    }
    yield* show(sys, out, sortEntries(files, options), options, accounts as Accounts);
    let title: "none" | "first" | "next" = operands.length > 1 || options.has("R") ? "first" : "none";
    if (files.length > 0 && title === "first") title = "next";
    for (const { path } of sortEntries(directories, options)) {
      status |= yield* listDirectory(sys, out, path, options, accounts as Accounts, title, 0);
      if (title === "first") title = "next";
    }
    yield* out.flush();
    return status;
  }),
  stat: applet("stat", function* (sys, args) {
    const options = parseOptions("stat", args, "Lfc:t", { dereference: "L", format: "c", terse: "t" });
    if (options.operands.length === 0) throw usageFault("stat");
    const accounts = yield* readAccounts(sys);
    let status = 0;
    for (const path of options.operands) {
      let text: string;
      try {
        if (options.has("f")) {
          const { type, total, free } = sys.statfs(path);
          text = `  File: "${path}"\n    ID: 0 Namelen: 255     Type: ${type}\nBlock size: 4096      \nBlocks: Total: ${Math.floor(total / 4096)} Free: ${Math.floor(free / 4096)} Available: ${Math.floor(free / 4096)}\nInodes: Total: 0 Free: 0\n`;
        } else {
          const stat = options.has("L") ? sys.stat(path) : sys.lstat(path);
          const format =
            options.value("c") ??
            (options.has("t")
              ? "%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %o"
              : `  File: ${stat.type === "symlink" ? "%N" : "%n"}\n  Size: ${String(stat.size).padEnd(10)}\tBlocks: ${String(blocksOf(stat)).padEnd(10)} IO Block: 4096   %F\nDevice: %Dh/%dd\tInode: ${String(stat.ino).padEnd(10)}  Links: %h\nAccess: (${stat.mode.toString(8).padStart(4, "0")}/%A)  Uid: (${String(stat.uid).padStart(5)}/${(accounts.userName(stat.uid) ?? "UNKNOWN").padStart(8)})   Gid: (${String(stat.gid).padStart(5)}/${(accounts.groupName(stat.gid) ?? "UNKNOWN").padStart(8)})\nAccess: %x\nModify: %y\nChange: %z`);
          text = `${format.replace(/%(-?)(\d*)(.)/g, (_all, left: string, width: string, c: string) => {
            const value = statField(c, path, stat, accounts, sys);
            return left ? value.padEnd(Number(width)) : value.padStart(Number(width));
          })}\n`;
        }
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        yield* complain(
          sys,
          `stat: can't ${options.has("f") ? "read file system information for" : "stat"} '${path}': ${because(error)}\n`,
        );
        status = 1;
        continue;
      }
      yield* sys.write(1, text);
    }
    return status;
  }),
};
