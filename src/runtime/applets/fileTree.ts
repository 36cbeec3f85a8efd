/** Applets that change the tree of files: touch, rm, mkdir, cp, mv, ln, chmod, chown and relatives. */
import type { Task } from "../../time/task.ts";
import { type Program, type Stat, type Sys, SysError } from "../sys.ts";
import { parseTime } from "./dateFormat.ts";
import { changedMode, modeText } from "./fileMode.ts";
import { applet, because, complain, Fault, type Options, parseOptions, sizeNumber, usageFault } from "./options.ts";
import { baseName, dirName } from "./simple.ts";
import { copyStream } from "./streams.ts";
import { type Accounts, readAccounts } from "./users.ts";

const MAX_DEPTH = 200;

export function lstatIfPresent(sys: Sys, path: string): Stat | undefined {
  try {
    return sys.lstat(path);
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
}

export function statIfPresent(sys: Sys, path: string): Stat | undefined {
  try {
    return sys.stat(path);
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
}

function isDirectory(sys: Sys, path: string): boolean {
  return statIfPresent(sys, path)?.type === "directory";
}

export function joinPath(directory: string, name: string): string {
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

/** Does `change` for each operand; what fails is told as `format` says, and the result is 1. */
function* forEach(
  sys: Sys,
  operands: readonly string[],
  change: (path: string) => void | Task,
  format: (path: string, reason: string) => string,
): Task<number> {
  let status = 0;
  for (const path of operands) {
    try {
      const task = change(path);
      if (task) yield* task;
    } catch (error) {
      yield* complain(sys, `${format(path, because(error))}\n`);
      status = 1;
    }
  }
  return status;
}

/** With `-i`: does whoever is asked say yes? */
function* agreed(sys: Sys, options: Options, question: string): Task<boolean> {
  if (!options.has("i")) return true;
  yield* complain(sys, question);
  let answer = "";
  for (let c = yield* sys.read(0, 1); c !== "" && c !== "\n"; c = yield* sys.read(0, 1)) answer += c;
  return /^[yY]/.test(answer);
}

function* removeTree(sys: Sys, path: string, options: Options, depth: number): Task<number> {
  const force = options.has("f");
  let stat: Stat;
  try {
    stat = sys.lstat(path);
  } catch (error) {
    if (force && error instanceof SysError && (error.errno === "ENOENT" || error.errno === "ENOTDIR")) return 0;
    yield* complain(sys, `rm: can't remove '${path}': ${because(error)}\n`);
    return 1;
  }
  try {
    if (stat.type !== "directory") {
      if (!(yield* agreed(sys, options, `rm: remove '${path}'? `))) return 0;
      sys.unlink(path);
      if (options.has("v")) yield* sys.write(1, `removed '${path}'\n`);
      return 0;
    }
    if (!options.has("r")) {
      yield* complain(sys, `rm: '${path}' is a directory\n`);
      return 1;
    }
    if (!(yield* agreed(sys, options, `rm: descend into directory '${path}'? `))) return 0;
    let status = 0;
    if (depth < MAX_DEPTH) {
      for (const name of sys.readdir(path)) {
        if (name === "." || name === "..") continue;
        status |= yield* removeTree(sys, joinPath(path, name), options, depth + 1);
      }
    }
    if (!(yield* agreed(sys, options, `rm: remove '${path}'? `))) return status;
    sys.rmdir(path);
    if (options.has("v")) yield* sys.write(1, `removed '${path}'\n`);
    return status;
  } catch (error) {
    yield* complain(sys, `rm: can't remove '${path}': ${because(error)}\n`);
    return 1;
  }
}

function realOf(sys: Sys, path: string): string {
  try {
    return sys.realpath(path);
  } catch (error) {
    because(error);
    return path;
  }
}

/** Copies one thing; directories with all that is in them. */
function* copyTree(sys: Sys, name: string, from: string, to: string, options: Options, depth = 0): Task<number> {
  const keepLinks = options.has("a") || options.has("d") || options.has("P") || options.has("R") || options.has("r");
  const keep = options.has("a") || options.has("p");
  let source: Stat;
  try {
    source = keepLinks && !options.has("L") ? sys.lstat(from) : sys.stat(from);
  } catch (error) {
    yield* complain(sys, `${name}: can't stat '${from}': ${because(error)}\n`);
    return 1;
  }
  const target = statIfPresent(sys, to);
  if (target && target.dev === source.dev && target.ino === source.ino) {
    yield* complain(sys, `${name}: '${from}' and '${to}' are the same file\n`);
    return 1;
  }
  if (target && options.has("n")) return 0;
  if (target && source.type === "directory" && realOf(sys, to).startsWith(`${realOf(sys, from)}/`)) {
    yield* complain(sys, `${name}: recursion detected, omitting directory '${from}'\n`);
    return 1;
  }
  if (target && target.type !== "directory" && !(yield* agreed(sys, options, `${name}: overwrite '${to}'? `))) return 0;
  if (target && options.has("u") && target.mtime >= source.mtime) return 0;
  let doing = `can't create '${to}'`;
  let status = 0;
  try {
    if (source.type === "directory") {
      if (!(options.has("R") || options.has("r") || options.has("a"))) {
        yield* complain(sys, `${name}: omitting directory '${from}'\n`);
        return 1;
      }
      if (target && target.type !== "directory") {
        yield* complain(sys, `${name}: target '${to}' is not a directory\n`);
        return 1;
      }
      doing = `can't create directory '${to}'`;
      if (!target) sys.mkdir(to, 0o777);
      doing = `can't open '${from}'`;
      const names = sys.readdir(from);
      if (depth < MAX_DEPTH)
        for (const entry of names) {
          if (entry === "." || entry === "..") continue;
          status |= yield* copyTree(sys, name, joinPath(from, entry), joinPath(to, entry), options, depth + 1);
        }
      if (!target) sys.chmod(to, keep ? source.mode : source.mode & ~sys.umask);
    } else if (options.has("l") || options.has("s")) {
      doing = `can't create ${options.has("l") ? "" : "sym"}link '${to}'`;
      if (target && options.has("f")) sys.unlink(to);
      if (options.has("l")) sys.link(from, to);
      else sys.symlink(from, to);
      return 0;
    } else if (source.type === "symlink") {
      doing = `can't create symlink '${to}'`;
      if (target && options.has("f")) sys.unlink(to);
      sys.symlink(sys.readlink(from), to);
      return 0;
    } else if (source.type === "fifo" && keepLinks) {
      sys.mkfifo(to, source.mode & ~sys.umask);
    } else {
      doing = `can't open '${from}'`;
      const input = yield* sys.openBlocking(from, { read: true });
      try {
        doing = `can't create '${to}'`;
        const flags = { write: true, create: true, truncate: true };
        let output: number;
        try {
          output = sys.open(to, flags, source.mode & 0o777);
        } catch (error) {
          if (!options.has("f") || !target) throw error;
          sys.unlink(to);
          output = sys.open(to, flags, source.mode & 0o777);
        }
        try {
          doing = "write error";
          yield* copyStream(sys, input, output);
        } finally {
          sys.close(output);
        }
      } finally {
        sys.close(input);
      }
    }
    if (options.has("v")) yield* sys.write(1, `'${from}' -> '${to}'\n`);
    if (keep) {
      doing = `can't preserve ownership of '${to}'`;
      sys.chmod(to, source.mode);
      sys.utimes(to, source.atime, source.mtime);
      if (sys.uid === 0) sys.chown(to, source.uid, source.gid);
    }
    return status;
  } catch (error) {
    yield* complain(sys, `${name}: ${doing}: ${because(error)}\n`);
    return 1;
  }
}

/** Splits operands into sources and where each goes, as cp, mv and ln have it. */
function* destinations(sys: Sys, name: string, options: Options): Task<(readonly [from: string, to: string])[]> {
  const operands = [...options.operands];
  const directory = options.value("t");
  if (operands.length < (directory === undefined ? 2 : 1)) throw usageFault(name);
  const last = directory ?? operands.pop()!;
  const into = !options.has("T") && isDirectory(sys, last);
  if (
    options.has("T") &&
    (operands.length > 1 || (name === "cp" && isDirectory(sys, last) && !isDirectory(sys, operands[0]!)))
  ) {
    if (operands.length > 1) throw usageFault(name);
    throw new Fault(`${name}: '${last}' is a directory\n`);
  }
  // Several things go into the last, whether it is a directory or not; what comes of that each call says.
  const inside = into || (name !== "ln" && (operands.length > 1 || directory !== undefined));
  return operands.map((from) => [from, inside ? joinPath(last, baseName(from)) : last] as const);
}

function* changeTree(
  sys: Sys,
  name: string,
  path: string,
  recurse: boolean,
  change: (path: string, stat: Stat) => void,
  options: Options,
  /** What `-v` and `-c` say of a change. */
  told: (path: string, stat: Stat) => string | undefined,
  depth = 0,
): Task<number> {
  let status = 0;
  try {
    const stat = depth === 0 ? sys.stat(path) : sys.lstat(path);
    if (depth > 0 && stat.type === "symlink" && name === "chmod") return 0;
    change(path, stat);
    const said = options.has("v") || options.has("c") ? told(path, stat) : undefined;
    if (said !== undefined) yield* sys.write(1, said);
    if (recurse && stat.type === "directory" && depth < MAX_DEPTH) {
      for (const entry of sys.readdir(path)) {
        if (entry === "." || entry === "..") continue;
        status |= yield* changeTree(sys, name, joinPath(path, entry), recurse, change, options, told, depth + 1);
      }
    }
  } catch (error) {
    const reason = because(error);
    if (!options.has("f")) yield* complain(sys, `${name}: ${path}: ${reason}\n`);
    status = 1;
  }
  return status;
}

function parseOwner(
  name: string,
  text: string,
  accounts: Accounts,
): { uid: number | undefined; gid: number | undefined } {
  const match = /^([^:.]*)(?:[:.](.*))?$/.exec(text)!;
  const [user, group] = name === "chgrp" ? ["", text] : [match[1]!, match[2]];
  const uid = /^\d+$/.test(user) ? Number(user) : accounts.users.find((one) => one.name === user)?.uid;
  if (user !== "" && uid === undefined) throw new Fault(`${name}: unknown user ${user}\n`);
  const gid = group && /^\d+$/.test(group) ? Number(group) : accounts.groups.find((one) => one.name === group)?.gid;
  if (group && gid === undefined) throw new Fault(`${name}: unknown group ${group}\n`);
  return { uid: user === "" ? undefined : uid, gid };
}

const ownerProgram = (name: "chown" | "chgrp"): Program =>
  applet(name, function* (sys, args) {
    const options = parseOptions(name, args, "RhfcvLHP", { recursive: "R" });
    const [owner, ...paths] = options.operands;
    if (owner === undefined || paths.length === 0) throw usageFault(name);
    const { uid, gid } = parseOwner(name, owner, yield* readAccounts(sys));
    let status = 0;
    for (const path of paths) {
      status |= yield* changeTree(
        sys,
        name,
        path,
        options.has("R"),
        (one, stat) => sys.chown(one, uid ?? stat.uid, gid ?? stat.gid, !options.has("h") && one === path),
        options,
        (one, stat) => {
          const [owner, group] = [uid ?? stat.uid, gid ?? stat.gid];
          if (!options.has("v") && owner === stat.uid && group === stat.gid) return undefined;
          return `changed ownership of '${one}' to ${owner}:${group}\n`;
        },
      );
    }
    return status;
  });

export const fileTreeApplets: Readonly<Record<string, Program>> = {
  touch: applet("touch", function* (sys, args) {
    const options = parseOptions("touch", args, "cd:t:r:amh", { "no-create": "c", date: "d", reference: "r" });
    if (options.operands.length === 0) throw usageFault("touch");
    let time = sys.now();
    const reference = options.value("r");
    if (reference !== undefined) {
      const stat = statIfPresent(sys, reference);
      if (!stat) throw new Fault(`touch: ${reference}: No such file or directory\n`);
      time = stat.mtime;
    }
    const date = options.value("d") ?? options.value("t");
    if (date !== undefined) {
      const parsed = parseTime(date, time);
      if (parsed === undefined) throw new Fault(`touch: invalid date '${date}'\n`);
      time = parsed;
    }
    return yield* forEach(
      sys,
      options.operands,
      (path) => {
        const stat = statIfPresent(sys, path);
        if (!stat && options.has("c")) return;
        if (!stat) sys.close(sys.open(path, { write: true, create: true }, 0o666));
        const mtime = options.has("a") && !options.has("m") ? (stat?.mtime ?? time) : time;
        if (stat || date !== undefined || reference !== undefined) sys.utimes(path, time, mtime);
      },
      (path, reason) => `touch: ${path}: ${reason}`,
    );
  }),
  rm: applet("rm", function* (sys, args) {
    const options = parseOptions("rm", args, "firRv", { recursive: "r", force: "f", interactive: "i" });
    if (options.has("R")) options.add("r", "");
    if (options.operands.length === 0 && !options.has("f")) throw usageFault("rm");
    let status = 0;
    for (const path of options.operands) {
      const last = baseName(path);
      if (last === "." || last === "..") {
        yield* complain(sys, "rm: can't remove '.' or '..'\n");
        status = 1;
      } else status |= yield* removeTree(sys, path, options, 0);
    }
    return status;
  }),
  mkdir: applet("mkdir", function* (sys, args) {
    const options = parseOptions("mkdir", args, "pm:v", { parents: "p", mode: "m", verbose: "v" });
    if (options.operands.length === 0) throw usageFault("mkdir");
    const given = options.value("m");
    const mode = given === undefined ? 0o777 : changedMode(given, 0o777, true, 0);
    if (mode === undefined) throw new Fault(`mkdir: invalid mode '${given}'\n`);
    const made: string[] = [];
    const make = (path: string, isLast = true): void => {
      if (options.has("p")) {
        if (isDirectory(sys, path)) return;
        const parent = dirName(path);
        if (parent !== path && !isDirectory(sys, parent)) make(parent, false);
      }
      // Parents are made as they come: the mode is for the last.
      sys.mkdir(path, isLast ? mode : 0o777);
      if (given !== undefined && isLast) sys.chmod(path, mode);
      if (options.has("v")) made.push(`created directory: '${path}'\n`);
    };
    return yield* forEach(
      sys,
      options.operands,
      function* (path) {
        make(path);
        yield* sys.write(1, made.splice(0).join(""));
      },
      (path, why) => `mkdir: can't create directory '${path}': ${why}`,
    );
  }),
  rmdir: applet("rmdir", function* (sys, args) {
    const options = parseOptions("rmdir", args, "p\x01", { parents: "p", "ignore-fail-on-non-empty": "\x01" });
    if (options.operands.length === 0) throw usageFault("rmdir");
    const remove = (path: string): void => {
      try {
        sys.rmdir(path);
      } catch (error) {
        if (error instanceof SysError && error.errno === "ENOTEMPTY" && options.has("\x01")) return;
        throw error;
      }
      if (options.has("p") && path.includes("/") && dirName(path) !== path) remove(dirName(path));
    };
    return yield* forEach(sys, options.operands, remove, (path, reason) => `rmdir: '${path}': ${reason}`);
  }),
  unlink: applet("unlink", function* (sys, args) {
    if (args.length !== 1) throw usageFault("unlink");
    return yield* forEach(
      sys,
      args,
      (path) => sys.unlink(path),
      (path, reason) => `unlink: can't remove file '${path}': ${reason}`,
    );
  }),
  cp: applet("cp", function* (sys, args) {
    const options = parseOptions("cp", args, "arRdPLHpfinlsTt:uv", { recursive: "R", archive: "a", force: "f" });
    let status = 0;
    for (const [from, to] of yield* destinations(sys, "cp", options))
      status |= yield* copyTree(sys, "cp", from, to, options);
    return status;
  }),
  mv: applet("mv", function* (sys, args) {
    const options = parseOptions("mv", args, "finTt:v");
    let status = 0;
    for (const [from, to] of yield* destinations(sys, "mv", options)) {
      if (options.has("n") && lstatIfPresent(sys, to)) continue;
      if (lstatIfPresent(sys, to) && !(yield* agreed(sys, options, `mv: overwrite '${to}'? `))) continue;
      try {
        sys.rename(from, to);
        if (options.has("v")) yield* sys.write(1, `'${from}' -> '${to}'\n`);
      } catch (error) {
        if (!(error instanceof SysError) || error.errno !== "EXDEV") {
          yield* complain(sys, `mv: can't rename '${from}': ${because(error)}\n`);
          status = 1;
          continue;
        }
        const whole = parseOptions("cp", ["-a", "-f"], "af");
        const failed = yield* copyTree(sys, "mv", from, to, whole);
        status |= failed || (yield* removeTree(sys, from, parseOptions("rm", ["-rf"], "rf"), 0));
      }
    }
    return status;
  }),
  ln: applet("ln", function* (sys, args) {
    const options = parseOptions("ln", args, "sfnbS:vTt:", { symbolic: "s", force: "f" });
    if (options.operands.length === 1) options.operands.push(".");
    if (options.has("n")) {
      const last = options.operands.at(-1);
      if (last !== undefined && lstatIfPresent(sys, last)?.type === "symlink") options.add("T", "");
    }
    return yield* forEachPair(sys, yield* destinations(sys, "ln", options), options.has("v"), (from, to) => {
      if (!options.has("s")) sys.lstat(from);
      if (options.has("f") && lstatIfPresent(sys, to)) sys.unlink(to);
      if (options.has("s")) sys.symlink(from, to);
      else sys.link(from, to);
    });
  }),
  chmod: applet("chmod", function* (sys, args) {
    // A mode such as -x looks like an option.
    const modeFirst = args.findIndex((arg) => /^-[rwxXst]+$/.test(arg));
    const words = modeFirst >= 0 ? ["--", ...args.filter((_, i) => i !== modeFirst)] : args;
    const options = parseOptions("chmod", words[0] === "--" ? words.slice(1) : words, "Rcvf", { recursive: "R" });
    const operands = modeFirst >= 0 ? [args[modeFirst]!, ...options.operands] : options.operands;
    const [mode, ...paths] = operands;
    if (mode === undefined || paths.length === 0) throw usageFault("chmod");
    if (changedMode(mode, 0, false, 0) === undefined) throw new Fault(`chmod: invalid mode '${mode}'\n`);
    let status = 0;
    for (const path of paths) {
      status |= yield* changeTree(
        sys,
        "chmod",
        path,
        options.has("R"),
        (one, stat) => sys.chmod(one, changedMode(mode, stat.mode, stat.type === "directory", sys.umask)!),
        options,
        (one, stat) => {
          const now = changedMode(mode, stat.mode, stat.type === "directory", sys.umask)!;
          if (!options.has("v") && now === (stat.mode & 0o7777)) return undefined;
          return `mode of '${one}' changed to ${now.toString(8).padStart(4, "0")} (${modeText(stat.type, now).slice(1)})\n`;
        },
      );
    }
    return status;
  }),
  chown: ownerProgram("chown"),
  chgrp: ownerProgram("chgrp"),
  readlink: applet("readlink", function* (sys, args) {
    const options = parseOptions("readlink", args, "fnvsqme");
    const path = options.operands[0];
    if (options.operands.length !== 1 || path === undefined) throw usageFault("readlink");
    try {
      const target = options.has("f") ? sys.realpath(path) : sys.readlink(path);
      yield* sys.write(1, options.has("n") ? target : `${target}\n`);
      return 0;
    } catch (error) {
      if (options.has("v")) throw new Fault(`readlink: ${path}: ${because(error)}\n`);
      because(error);
      return 1;
    }
  }),
  realpath: applet("realpath", function* (sys, args) {
    const { operands } = parseOptions("realpath", args, "");
    if (operands.length === 0) throw usageFault("realpath");
    return yield* forEach(
      sys,
      operands,
      function* (path) {
        yield* sys.write(1, `${sys.realpath(path)}\n`);
      },
      (path, reason) => `realpath: ${path}: ${reason}`,
    );
  }),
  mktemp: applet("mktemp", function* (sys, args) {
    const options = parseOptions("mktemp", args, "dqtp:u");
    const template = options.operands[0] ?? "tmp.XXXXXX";
    const inDirectory = options.operands.length === 0 || options.has("t") || options.has("p");
    const directory = options.value("p") ?? sys.env.get("TMPDIR") ?? "/tmp";
    if (!template.endsWith("XXXXXX")) throw new Fault("mktemp: (null): Invalid argument\n");
    const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    for (let attempt = 0; ; attempt++) {
      const name = template.replace(/X+$/, (xs) =>
        Array.from(xs, () => letters[Math.floor(sys.random() * letters.length)]).join(""),
      );
      const path = inDirectory ? joinPath(directory, name) : name;
      try {
        if (options.has("u")) lstatIfPresent(sys, path);
        else if (options.has("d")) sys.mkdir(path, 0o700);
        else sys.close(sys.open(path, { write: true, create: true, exclusive: true }, 0o600));
      } catch (error) {
        if (error instanceof SysError && error.errno === "EEXIST" && attempt < 100) continue;
        throw new Fault(`mktemp: (null): ${because(error)}\n`);
      }
      yield* sys.write(1, `${path}\n`);
      return 0;
    }
  }),
  mkfifo: applet("mkfifo", function* (sys, args) {
    const options = parseOptions("mkfifo", args, "m:");
    if (options.operands.length === 0) throw usageFault("mkfifo");
    const mode = changedMode(options.value("m") ?? "666", 0o666, false, 0) ?? 0o666;
    return yield* forEach(
      sys,
      options.operands,
      (path) => sys.mkfifo(path, mode),
      (path, reason) => `mkfifo: ${path}: ${reason}`,
    );
  }),
  truncate: applet("truncate", function* (sys, args) {
    const options = parseOptions("truncate", args, "cs:");
    const size = options.value("s");
    if (size === undefined || options.operands.length === 0) throw usageFault("truncate");
    const relative = /^[+-]/.exec(size)?.[0];
    const amount = sizeNumber("truncate", relative ? size.slice(1) : size);
    return yield* forEach(
      sys,
      options.operands,
      (path) => {
        const now = statIfPresent(sys, path)?.size;
        if (now === undefined) {
          if (options.has("c")) return;
          sys.close(sys.open(path, { write: true, create: true }, 0o666));
        }
        const was = now ?? 0;
        sys.truncate(path, relative === "+" ? was + amount : relative === "-" ? Math.max(0, was - amount) : amount);
      },
      (path, reason) => `truncate: ${path}: open: ${reason}`,
    );
  }),
};

function* forEachPair(
  sys: Sys,
  pairs: readonly (readonly [string, string])[],
  verbose: boolean,
  change: (from: string, to: string) => void,
): Task<number> {
  let status = 0;
  for (const [from, to] of pairs) {
    try {
      change(from, to);
      if (verbose) yield* sys.write(1, `'${to}' -> '${from}'\n`);
    } catch (error) {
      const missing = error instanceof SysError && error.errno === "ENOENT" && !lstatIfPresent(sys, from);
      yield* complain(sys, `ln: ${missing ? from : to}: ${because(error)}\n`);
      status = 1;
    }
  }
  return status;
}
