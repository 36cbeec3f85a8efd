/** Applets on bytes and trees: dd, base64, checksums, find, du, and busybox itself. */
import type { Task } from "../../time/task.ts";
import { outgrow } from "../heldMemory.ts";
import { compilePattern, matches } from "../shell/pattern.ts";
import type { Program, Stat, Sys } from "../sys.ts";
import { spawnProgram, waitFor } from "./executables.ts";
import { joinPath } from "./fileTree.ts";
import { humanSize } from "./listing.ts";
import { applet, because, complain, Fault, parseOptions, sizeNumber } from "./options.ts";
import { md5, sha256 } from "./digest.ts";
import { baseName } from "./simple.ts";
import { eachInput, openOrFail, Output, readAll } from "./streams.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function base64Encode(data: string): string {
  let out = "";
  for (let i = 0; i < data.length; i += 3) {
    const left = data.length - i;
    const bits = (data.charCodeAt(i) << 16) | ((data.charCodeAt(i + 1) || 0) << 8) | (data.charCodeAt(i + 2) || 0);
    out += ALPHABET[bits >> 18]! + ALPHABET[(bits >> 12) & 63]!;
    out += left > 1 ? ALPHABET[(bits >> 6) & 63]! : "=";
    out += left > 2 ? ALPHABET[bits & 63]! : "=";
  }
  return out;
}

/** The bytes, or undefined when the text is no base64. */
export function base64Decode(text: string): string | undefined {
  let out = "";
  let bits = 0;
  let held = 0;
  for (const c of text.replace(/\s/g, "").replace(/=+$/, "")) {
    const value = ALPHABET.indexOf(c);
    if (value < 0) return undefined;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += String.fromCharCode((bits >> held) & 255);
    }
  }
  return out;
}

const sumProgram = (name: string, digest: (data: string) => string): Program =>
  applet(name, function* (sys, args) {
    const { operands } = parseOptions(name, args, "csw");
    return yield* eachInput(sys, name, operands, function* (fd, label) {
      yield* sys.write(1, `${digest(yield* readAll(sys, fd))}  ${label}\n`);
    });
  });

type Test = (sys: Sys, path: string, stat: Stat) => Task<boolean>;

/** Turns the expression of `find` into one test. Throws Fault. */
function findExpression(words: readonly string[]): {
  test: Test;
  minDepth: number;
  maxDepth: number;
  depthFirst: boolean;
} {
  let at = 0;
  let acts = false;
  const limits = { minDepth: 0, maxDepth: 100, depthFirst: false };
  const value = (option: string) => {
    const word = words[at++];
    if (word === undefined) throw new Fault(`find: ${option} requires an argument\n`);
    return word;
  };
  const letters: Readonly<Record<string, Stat["type"]>> = {
    f: "file",
    d: "directory",
    l: "symlink",
    p: "fifo",
    c: "chardev",
    s: "socket",
  };
  const simple = (check: (path: string, stat: Stat, sys: Sys) => boolean): Test =>
    function* (sys, path, stat) {
      return check(path, stat, sys);
    };
  const compare = (text: string) => {
    const number = Number.parseInt(text.replace(/^[+-]/, ""), 10);
    return (n: number) => (text.startsWith("+") ? n > number : text.startsWith("-") ? n < number : n === number);
  };
  const primary = (): Test => {
    const word = words[at++]!;
    if (word === "(") {
      const inner = either();
      if (words[at++] !== ")") throw new Fault("find: unmatched '('\n");
      return inner;
    }
    if (word === "!" || word === "-not") {
      const inner = primary();
      return function* (sys, path, stat) {
        return !(yield* inner(sys, path, stat));
      };
    }
    if (word === "-name" || word === "-iname") {
      const text = value(word);
      const pattern = compilePattern(word === "-iname" ? text.toLowerCase() : text);
      return simple((path) => matches(pattern, word === "-iname" ? baseName(path).toLowerCase() : baseName(path)));
    }
    if (word === "-path") {
      const pattern = compilePattern(value(word));
      return simple((path) => matches(pattern, path));
    }
    if (word === "-type") {
      const type = letters[value(word)];
      return simple((_path, stat) => stat.type === type);
    }
    if (word === "-maxdepth" || word === "-mindepth") {
      limits[word === "-maxdepth" ? "maxDepth" : "minDepth"] = Number(value(word));
      return simple(() => true);
    }
    if (word === "-depth") {
      limits.depthFirst = true;
      return simple(() => true);
    }
    if (word === "-empty")
      return simple((path, stat, sys) =>
        stat.type === "directory"
          ? sys.readdir(path).filter((n) => n !== "." && n !== "..").length === 0
          : stat.size === 0,
      );
    if (word === "-mmin" || word === "-mtime") {
      const holds = compare(value(word));
      const unit = word === "-mmin" ? 60_000 : 86_400_000;
      return simple((_path, stat, sys) => holds(Math.floor((sys.now() - stat.mtime) / unit)));
    }
    if (word === "-size") {
      const text = value(word);
      const holds = compare(text);
      const unit = { c: 1, k: 1024, b: 512 }[text.at(-1)!] ?? 512;
      return simple((_path, stat) => holds(Math.ceil(stat.size / unit)));
    }
    if (word === "-newer") {
      const file = value(word);
      return simple((_path, stat, sys) => stat.mtime > sys.stat(file).mtime);
    }
    if (word === "-print" || word === "-print0") {
      acts = true;
      return function* (sys, path) {
        yield* sys.write(1, path + (word === "-print" ? "\n" : "\0"));
        return true;
      };
    }
    if (word === "-delete") {
      acts = true;
      limits.depthFirst = true;
      return simple((path, stat, sys) => {
        if (stat.type === "directory") sys.rmdir(path);
        else sys.unlink(path);
        return true;
      });
    }
    if (word === "-exec") {
      acts = true;
      const end = words.findIndex((one, i) => i >= at && (one === ";" || one === "+"));
      if (end < 0) throw new Fault("find: -exec requires an argument\n");
      const command = words.slice(at, end);
      at = end + 1;
      return function* (sys, path) {
        return (
          (yield* waitFor(
            sys,
            spawnProgram(
              sys,
              command.map((part) => part.split("{}").join(path)),
            ),
          )) === 0
        );
      };
    }
    throw new Fault(`find: unrecognized: ${word}\n`);
  };
  const both = (): Test => {
    const parts: Test[] = [];
    while (at < words.length && words[at] !== ")" && words[at] !== "-o" && words[at] !== "-or") {
      if (words[at] === "-a" || words[at] === "-and") at++;
      else parts.push(primary());
    }
    return function* (sys, path, stat) {
      for (const part of parts) if (!(yield* part(sys, path, stat))) return false;
      return true;
    };
  };
  const either = (): Test => {
    const parts = [both()];
    while (words[at] === "-o" || words[at] === "-or") {
      at++;
      parts.push(both());
    }
    return function* (sys, path, stat) {
      for (const part of parts) if (yield* part(sys, path, stat)) return true;
      return false;
    };
  };
  const expression = either();
  if (at < words.length) throw new Fault(`find: unrecognized: ${words[at]}\n`);
  const test: Test = acts
    ? expression
    : function* (sys, path, stat) {
        if (yield* expression(sys, path, stat)) yield* sys.write(1, `${path}\n`);
        return true;
      };
  return { ...limits, test };
}

/** What busybox itself needs. */
const DD_BYTES = 1 << 20;

export const blockApplets: Readonly<Record<string, Program>> = {
  md5sum: sumProgram("md5sum", md5),
  sha256sum: sumProgram("sha256sum", sha256),
  base64: applet("base64", function* (sys, args) {
    const options = parseOptions("base64", args, "dw:", { decode: "d", wrap: "w" });
    const width = Number(options.value("w") ?? 76);
    const input = options.operands[0];
    const fd = input === undefined || input === "-" ? 0 : yield* openOrFail(sys, "base64", input);
    const data = yield* readAll(sys, fd);
    if (options.has("d")) {
      const decoded = base64Decode(data);
      if (decoded === undefined) throw new Fault("base64: truncated input\n");
      yield* sys.write(1, decoded);
    } else {
      const text = base64Encode(data);
      const lines = width > 0 ? (text.match(new RegExp(`.{1,${width}}`, "g")) ?? []) : [text];
      yield* sys.write(1, lines.join("\n") + (width > 0 && text !== "" ? "\n" : ""));
    }
    return 0;
  }),
  dd: applet("dd", function* (sys, args) {
    const given = new Map(args.map((arg) => [arg.split("=")[0]!, arg.slice(arg.indexOf("=") + 1)] as const));
    const size = (name: string, otherwise: number) =>
      given.has(name) ? sizeNumber("dd", given.get(name)!) : otherwise;
    const block = size("bs", size("ibs", 512));
    const count = size("count", Number.POSITIVE_INFINITY);
    const notrunc = (given.get("conv") ?? "").includes("notrunc");
    if (block > 64 * 2 ** 20) yield* outgrow(sys);
    if (block === 0 || block > 64 * 2 ** 20) throw new Fault("dd: memory exhausted\n");
    const input = given.has("if") ? yield* openOrFail(sys, "dd", given.get("if")!) : 0;
    let output = 1;
    const target = given.get("of");
    if (target !== undefined) {
      try {
        output = yield* sys.openBlocking(
          target,
          { write: true, create: true, truncate: !notrunc && !given.has("seek") },
          0o666,
        );
      } catch (error) {
        throw new Fault(`dd: can't open '${target}': ${because(error)}\n`);
      }
    }
    for (let skip = size("skip", 0); skip > 0; skip--) if ((yield* sys.read(input, block)) === "") break;
    if (given.has("seek")) sys.lseek(output, size("seek", 0) * block, "set");
    let [full, partial, total] = [0, 0, 0];
    let failure = "";
    let held = 1 << 16;
    const begun = sys.now();
    while (full + partial < count) {
      const data = yield* sys.read(input, block);
      if (data === "") break;
      // The pages of the buffer are there once they are written to.
      if (data.length > held) {
        held = data.length;
        yield* sys.memory(DD_BYTES + held);
      }
      try {
        yield* sys.write(output, data);
      } catch (error) {
        failure = `dd: error writing '${target ?? "standard output"}': ${because(error)}\n`;
        break;
      }
      if (data.length === block) full++;
      else partial++;
      total += data.length;
    }
    const seconds = (sys.now() - begun) / 1000;
    const rate = seconds > 0 ? `${humanSize(total / seconds)}B/s` : `${humanSize(total)}B/s`;
    const records = `${full}+${partial} records`;
    const summary =
      given.get("status") === "none"
        ? ""
        : `${records} in\n${records} out\n${given.get("status") === "noxfer" ? "" : `${total} bytes (${humanSize(total)}B) copied, ${seconds.toFixed(6)} seconds, ${rate}\n`}`;
    yield* complain(sys, failure + summary);
    return failure === "" ? 0 : 1;
  }),
  find: applet("find", function* (sys, args) {
    const first = args.findIndex((arg) => arg.startsWith("-") || arg === "(" || arg === "!");
    const paths = first < 0 ? args : args.slice(0, first);
    const { test, minDepth, maxDepth, depthFirst } = findExpression(first < 0 ? [] : args.slice(first));
    let status = 0;
    function* visit(path: string, depth: number): Task {
      try {
        const stat = sys.lstat(path);
        if (!depthFirst && depth >= minDepth) yield* test(sys, path, stat);
        if (stat.type === "directory" && depth < maxDepth)
          for (const name of sys.readdir(path))
            if (name !== "." && name !== "..") yield* visit(joinPath(path, name), depth + 1);
        if (depthFirst && depth >= minDepth) yield* test(sys, path, stat);
      } catch (error) {
        yield* complain(sys, `find: ${path}: ${because(error)}\n`);
        status = 1;
      }
    }
    for (const path of paths.length === 0 ? ["."] : paths) yield* visit(path, 0);
    return status;
  }),
  du: applet("du", function* (sys, args) {
    const options = parseOptions("du", args, "aHLkmhsd:xlcb");
    const out = new Output(sys);
    const unit = options.has("m") ? 2 ** 20 : 1024;
    let status = 0;
    function* visit(path: string, depth: number): Task<number> {
      try {
        const stat = sys.lstat(path);
        let total = stat.type === "directory" ? 4096 : Math.ceil(stat.size / 4096) * 4096;
        if (stat.type === "directory" && depth < 100)
          for (const name of sys.readdir(path))
            if (name !== "." && name !== "..") total += yield* visit(joinPath(path, name), depth + 1);
        const shown =
          depth === 0 ||
          (!options.has("s") &&
            (stat.type === "directory" || options.has("a")) &&
            depth <= Number(options.value("d") ?? 100));
        if (shown) out.add(`${options.has("h") ? humanSize(total) : Math.ceil(total / unit)}\t${path}\n`);
        return total;
      } catch (error) {
        yield* complain(sys, `du: ${path}: ${because(error)}\n`);
        status = 1;
        return 0;
      }
    }
    for (const path of options.operands.length === 0 ? ["."] : options.operands) yield* visit(path, 0);
    yield* out.flush();
    return status;
  }),
};
