/** Applets that pass a stream on: cat, head, tail, tee and tac. */
import type { Task } from "../../time/task.ts";
import { hold } from "../heldMemory.ts";
import { type Program, type Sys, SysError } from "../sys.ts";
import { applet, because, complain, Fault, parseOptions, sizeNumber } from "./options.ts";
import { copyStream, eachInput, giveUp, LineReader, Output, readAll } from "./streams.ts";

/** Old-style counts: -5 for -n5. */
function modernCounts(args: readonly string[]): string[] {
  return args.map((arg, i) =>
    i === 0 && /^[-+]\d+$/.test(arg) ? `-n${arg.startsWith("+") ? arg : arg.slice(1)}` : arg,
  );
}

interface Followed {
  readonly path: string;
  fd: number;
  ino: number | undefined;
}

/** The last `count` lines or bytes. */
function lastPart(data: string, count: number, bytes: boolean): string {
  if (count === 0) return "";
  if (bytes) return data.slice(-count);
  let at = data.length - (data.endsWith("\n") ? 1 : 0);
  for (let n = 0; n < count; n++) {
    at = at <= 0 ? -1 : data.lastIndexOf("\n", at - 1);
    if (at < 0) return data;
  }
  return data.slice(at + 1);
}

/** Reads to the end and keeps only what `tail` may still need. */
function* readTail(sys: Sys, fd: number, count: number, bytes: boolean): Task<string> {
  let held = "";
  let trimAt = 1 << 20;
  for (;;) {
    const data = yield* sys.read(fd, 65536);
    if (data === "") return lastPart(held, count, bytes);
    const before = held.length;
    held += data;
    if (held.length > trimAt) {
      held = lastPart(held, count, bytes);
      trimAt = Math.max(1 << 20, 2 * held.length);
    }
    yield* hold(sys, before, held.length);
    if (held.length > 64 << 20) yield* giveUp(sys);
  }
}

/** Everything from the line (or byte) number `from`, counted from 1. */
function* copyFrom(sys: Sys, fd: number, from: number, bytes: boolean): Task {
  let skip = Math.max(0, from - 1);
  for (;;) {
    let data = yield* sys.read(fd, 65536);
    if (data === "") return;
    while (skip > 0 && data !== "") {
      const end = bytes ? Math.min(skip, data.length) : data.indexOf("\n") + 1;
      if (end === 0) {
        data = "";
        break;
      }
      skip -= bytes ? end : 1;
      data = data.slice(end);
    }
    if (data !== "") yield* sys.write(1, data);
  }
}

export const readingApplets: Readonly<Record<string, Program>> = {
  cat: applet("cat", function* (sys, args) {
    const options = parseOptions("cat", args, "nbvteAu");
    const numbered = options.has("n") || options.has("b");
    const visible = options.has("v") || options.has("t") || options.has("e") || options.has("A");
    const out = new Output(sys);
    let number = 1;
    return yield* eachInput(sys, "cat", options.operands, function* (fd) {
      if (!numbered && !visible) {
        yield* copyStream(sys, fd, 1);
        return;
      }
      // Lines are read through C's buffer, and nobody looks whether a folder gave any.
      if (numbered && !visible && sys.fstat(fd).type === "directory") return;
      const lines = new LineReader(sys, fd);
      for (let line = yield* lines.next(); line !== undefined; line = yield* lines.next()) {
        const count = options.has("b") ? line !== "" : options.has("n");
        const prefix = count ? `${String(number++).padStart(6)}\t` : "";
        let text = line;
        if (visible) text = showUnprintable(line, options.has("t") || options.has("A"));
        const end = lines.terminated ? (options.has("e") || options.has("A") ? "$\n" : "\n") : "";
        out.add(prefix + text + end);
        if (!lines.ready) yield* out.flush();
      }
      yield* out.flush();
    });
  }),
  head: applet("head", function* (sys, args) {
    const options = parseOptions("head", modernCounts(args), "n:c:qv", { lines: "n", bytes: "c" });
    const bytes = options.has("c");
    const text = options.value("c") ?? options.value("n") ?? "10";
    const fromEnd = text.startsWith("-");
    const count = sizeNumber("head", fromEnd ? text.slice(1) : text);
    const titles = options.has("v") || (options.operands.length > 1 && !options.has("q"));
    return yield* eachInput(
      sys,
      "head",
      options.operands,
      function* (fd, label, index) {
        if (titles)
          yield* sys.write(1, `${index > 0 ? "\n" : ""}==> ${label === "-" ? "standard input" : label} <==\n`);
        if (fromEnd) {
          const all = yield* readAll(sys, fd);
          yield* sys.write(1, all.slice(0, all.length - lastPart(all, count, bytes).length));
          return;
        }
        for (let left = count; left > 0; ) {
          const data = yield* sys.read(fd, bytes ? Math.min(left, 65536) : 4096);
          if (data === "") return;
          if (bytes) {
            left -= data.length;
            yield* sys.write(1, data);
            continue;
          }
          let end = 0;
          while (left > 0 && end < data.length) {
            const next = data.indexOf("\n", end);
            if (next < 0) end = data.length;
            else {
              end = next + 1;
              left--;
            }
          }
          yield* sys.write(1, data.slice(0, end));
        }
      },
      (path, reason) => `head: ${path}: ${reason}\n`,
      (path) => `head: ${path}: Input/output error\n`,
    );
  }),
  tail: applet("tail", function* (sys, args) {
    const options = parseOptions("tail", modernCounts(args), "fFn:c:qs:v", {
      follow: "f",
      lines: "n",
      bytes: "c",
      retry: "F",
    });
    const bytes = options.has("c");
    const text = options.value("c") ?? options.value("n") ?? "10";
    const fromStart = text.startsWith("+");
    const count = sizeNumber("tail", text.replace(/^[-+]/, ""));
    const retry = options.has("F");
    const pause = Number(options.value("s") ?? 1);
    if (!(pause >= 0)) throw new Fault(`tail: invalid number '${options.value("s")}'\n`);
    const operands = options.operands.length === 0 ? ["-"] : options.operands;
    const titles = options.has("v") || (operands.length > 1 && !options.has("q"));
    const followed: Followed[] = [];
    let status = 0;
    let shown: Followed | undefined;
    for (const path of operands) {
      const one: Followed = { path, fd: -1, ino: undefined };
      try {
        one.fd = path === "-" ? 0 : yield* sys.openBlocking(path, { read: true });
        one.ino = sys.fstat(one.fd).ino;
      } catch (error) {
        yield* complain(sys, `tail: can't open '${path}': ${because(error)}\n`);
        status = 1;
        if (retry) followed.push(one);
        continue;
      }
      followed.push(one);
    }
    if (followed.length === 0) {
      throw new Fault("tail: no files\n");
    }
    for (const [index, one] of followed.entries()) {
      if (one.fd < 0) continue;
      const name = one.path === "-" ? "standard input" : one.path;
      if (titles) yield* sys.write(1, `${index > 0 ? "\n" : ""}==> ${name} <==\n`);
      shown = one;
      try {
        if (fromStart) yield* copyFrom(sys, one.fd, count, bytes);
        else {
          const data = yield* readTail(sys, one.fd, count, bytes);
          if (data !== "") yield* sys.write(1, data);
        }
      } catch (error) {
        if (!(error instanceof SysError) || error.errno === "EPIPE") throw error;
        if (error.errno === "ENOSPC") throw error;
        yield* complain(sys, `tail: read error: ${because(error)}\n`);
        status = 1;
      }
    }
    if (!options.has("f") && !retry) return status;
    // Standard input that is a pipe has ended: nothing more can come from it.
    if (followed.every((one) => one.path === "-" && sys.fstat(0).type === "fifo")) return status;
    for (;;) {
      yield* sys.sleep(pause * 1000);
      for (const one of followed) {
        if (retry && one.path !== "-") yield* reopen(sys, one);
        if (one.fd < 0) continue;
        const size = sys.fstat(one.fd);
        if (size.type === "file" && sys.lseek(one.fd, 0, "cur") > size.size) {
          yield* complain(sys, `tail: file truncated: ${one.path}\n`);
          sys.lseek(one.fd, 0, "set");
        }
        if (size.type === "fifo") continue;
        for (;;) {
          const data = yield* sys.read(one.fd, 65536);
          if (data === "") break;
          if (titles && shown !== one) yield* sys.write(1, `\n==> ${one.path} <==\n`);
          shown = one;
          yield* sys.write(1, data);
        }
      }
    }
  }),
  tee: applet("tee", function* (sys, args) {
    const options = parseOptions("tee", args, "ai", { append: "a" });
    if (options.has("i")) sys.signal("SIGINT", "ignore");
    let status = 0;
    const outputs = [1];
    for (const path of options.operands) {
      try {
        const append = options.has("a");
        outputs.push(yield* sys.openBlocking(path, { write: true, create: true, append, truncate: !append }, 0o666));
      } catch (error) {
        yield* complain(sys, `tee: ${path}: ${because(error)}\n`);
        status = 1;
      }
    }
    for (;;) {
      const data = yield* sys.read(0, 65536);
      if (data === "") return status;
      for (const fd of outputs) yield* sys.write(fd, data);
    }
  }),
  tac: applet("tac", function* (sys, args) {
    return yield* eachInput(
      sys,
      "tac",
      args,
      function* (fd) {
        const lines = (yield* readAll(sys, fd)).match(/[^\n]*\n|[^\n]+$/g) ?? [];
        yield* sys.write(1, lines.reverse().join(""));
      },
      (path, reason) => `tac: ${path}: ${reason}\n`,
    );
  }),
};

function* reopen(sys: Sys, one: Followed): Task {
  let ino: number | undefined;
  try {
    ino = sys.stat(one.path).ino;
  } catch (error) {
    because(error);
  }
  if (ino === one.ino) return;
  const had = one.fd >= 0;
  if (ino === undefined) {
    // What the old file still holds is read on; the name is tried again.
    return;
  }
  try {
    const fd = sys.open(one.path, { read: true });
    if (had) sys.close(one.fd);
    yield* complain(sys, `tail: ${one.path} has ${had ? "been replaced" : "appeared"}; following end of new file\n`);
    one.fd = fd;
    one.ino = ino;
  } catch (error) {
    because(error);
  }
}

function showUnprintable(line: string, tabs: boolean): string {
  let out = "";
  for (const c of line) {
    let code = c.charCodeAt(0);
    if (code >= 128) {
      out += "M-";
      code -= 128;
    }
    if (code === 9 && c === "\t" && !tabs) out += "\t";
    else if (code < 32) out += `^${String.fromCharCode(code + 64)}`;
    else if (code === 127) out += "^?";
    else out += String.fromCharCode(code);
  }
  return out;
}
