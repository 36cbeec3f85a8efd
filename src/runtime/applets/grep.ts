/** `grep`, `egrep` and `fgrep`. */
import type { Task } from "../../time/task.ts";
import { type Program, type Sys, SysError } from "../sys.ts";
import { joinPath, statIfPresent } from "./fileTree.ts";
import { applet, because, complain, Fault, parseOptions, usageFault, wholeNumber } from "./options.ts";
import { literalRegExp, posixRegExp } from "./posixRegExp.ts";
import { LineReader, Output, readFile } from "./streams.ts";

const grepProgram = (name: "grep" | "egrep" | "fgrep"): Program =>
  applet(name, function* (sys, args) {
    const options = parseOptions("grep", args, "HhnlLoqvscFEiwxrRe:f:m:A:B:C:azI", {
      quiet: "q",
      "ignore-case": "i",
      color: "a",
      "line-number": "n",
      count: "c",
      "invert-match": "v",
      recursive: "r",
      "only-matching": "o",
      "extended-regexp": "E",
      "fixed-strings": "F",
    });
    const operands = [...options.operands];
    const sources = options.values("e").flatMap((text) => text.split("\n"));
    for (const file of options.values("f")) {
      try {
        const text = yield* readFile(sys, file);
        sources.push(...text.replace(/\n$/, "").split("\n"));
      } catch (error) {
        throw new Fault(`grep: can't open '${file}': ${because(error)}\n`, 2);
      }
    }
    if (!options.has("e") && !options.has("f")) {
      const pattern = operands.shift();
      if (pattern === undefined) throw Object.assign(usageFault("grep"), { status: 2 });
      sources.push(...pattern.split("\n"));
    }
    const flags = options.has("i") ? "gi" : "g";
    const fixed = options.has("F") || name === "fgrep";
    let patterns: RegExp[];
    try {
      patterns = sources.map((source) => {
        const inner = fixed
          ? literalRegExp(source)
          : posixRegExp("grep", source, options.has("E") || name === "egrep", "").source;
        const whole = options.has("x") ? `^(?:${inner})$` : options.has("w") ? `(?<!\\w)(?:${inner})(?!\\w)` : inner;
        return new RegExp(whole, `s${flags}`);
      });
    } catch (error) {
      if (error instanceof Fault) throw new Fault(error.message, 2);
      throw error;
    }
    const recursive = options.has("r") || options.has("R");
    const number = (option: string) => wholeNumber("grep", options.value(option) ?? options.value("C") ?? "0");
    const after = number("A");
    const before = number("B");
    const limit = options.has("m") ? wholeNumber("grep", options.value("m")!) : Number.POSITIVE_INFINITY;
    const withName = (options.has("H") || operands.length > 1 || recursive) && !options.has("h");
    const out = new Output(sys);
    let found = false;
    let failed = false;

    const matchesIn = (line: string): RegExpMatchArray[] => {
      const matches: RegExpMatchArray[] = [];
      for (const pattern of patterns) {
        pattern.lastIndex = 0;
        matches.push(...line.matchAll(pattern));
      }
      return matches.sort((a, b) => a.index! - b.index!);
    };

    function* search(fd: number, label: string): Task {
      const title = label === "-" ? "(standard input)" : label;
      const prefix = withName ? title : "";
      const lines = new LineReader(sys, fd, options.has("z") ? "\0" : "\n");
      let count = 0;
      let lineNumber = 0;
      let held: string[] = [];
      let trailing = 0;
      let lastShown = 0;
      const shownAs = (line: string, n: number, mark: string) =>
        `${prefix === "" ? "" : prefix + mark}${options.has("n") ? n + mark : ""}${line}\n`;
      const quiet = options.has("q") || options.has("c") || options.has("l") || options.has("L");
      for (let line = yield* lines.next(); line !== undefined; line = yield* lines.next()) {
        lineNumber++;
        const matched = patterns.some((pattern) => {
          pattern.lastIndex = 0;
          return pattern.test(line!);
        });
        if (matched !== options.has("v")) {
          count++;
          if (options.has("q")) {
            found = true;
            return;
          }
          if (options.has("l") || options.has("L")) break;
          if (!quiet) {
            if ((after > 0 || before > 0) && lastShown > 0 && lineNumber - held.length > lastShown + 1) out.add("--\n");
            held.forEach((text, i) => {
              out.add(shownAs(text, lineNumber - held.length + i, "-"));
            });
            held = [];
            if (options.has("o")) {
              let end = 0;
              if (!options.has("v"))
                for (const match of matchesIn(line)) {
                  if (match[0] === "" || match.index! < end) continue;
                  out.add(shownAs(match[0], lineNumber, ":"));
                  end = match.index! + match[0].length;
                }
            } else out.add(shownAs(line, lineNumber, ":"));
            lastShown = lineNumber;
            trailing = after;
          }
          if (count >= limit) break;
        } else if (!quiet && trailing > 0) {
          trailing--;
          out.add(shownAs(line, lineNumber, "-"));
          lastShown = lineNumber;
        } else if (before > 0) {
          held.push(line);
          if (held.length > before) held.shift();
        }
        if (!lines.ready) yield* out.flush();
      }
      if (count > 0) found = true;
      if (options.has("c")) out.add(`${prefix === "" ? "" : `${prefix}:`}${count}\n`);
      if ((options.has("l") && count > 0) || (options.has("L") && count === 0)) out.add(`${title}\n`);
      yield* out.flush();
    }

    function* searchPath(path: string, depth: number): Task {
      if (recursive && path !== "-" && statIfPresent(sys, path)?.type === "directory") {
        if (depth < 100)
          for (const entry of sys.readdir(path).sort()) {
            if (entry !== "." && entry !== "..") yield* searchPath(joinPath(path, entry), depth + 1);
          }
        return;
      }
      let fd = 0;
      try {
        fd = path === "-" ? 0 : yield* sys.openBlocking(path, { read: true });
        yield* search(fd, path);
      } catch (error) {
        if (!(error instanceof SysError) || error.errno === "EPIPE") throw error;
        failed = true;
        if (!options.has("s")) yield* complain(sys, `grep: ${path}: ${because(error)}\n`);
      } finally {
        closeQuietly(sys, fd);
      }
    }
    for (const path of operands.length === 0 ? [recursive ? "." : "-"] : operands) {
      yield* searchPath(path, 0);
      if (found && options.has("q")) return 0;
    }
    if (failed) return 2;
    return found ? 0 : 1;
  });

function closeQuietly(sys: Sys, fd: number): void {
  if (fd > 2 && sys.isOpen(fd)) sys.close(fd);
}

export const grepApplets: Readonly<Record<string, Program>> = {
  grep: grepProgram("grep"),
  egrep: grepProgram("egrep"),
  fgrep: grepProgram("fgrep"),
};
