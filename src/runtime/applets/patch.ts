/** `patch`: applies unified diffs, without fuzz, as busybox does (busybox: editors/patch.c). */
import type { Task } from "../../time/task.ts";
import { type Program, type Sys, SysError } from "../sys.ts";
import { applet, because, complain, Fault, parseOptions, wholeNumber } from "./options.ts";
import { dirName } from "./simple.ts";
import { openOrFail, readAll } from "./streams.ts";

interface Hunk {
  /** Where it says to stand: the first old and new line. */
  readonly oldLine: number;
  readonly newLine: number;
  readonly lines: readonly string[];
  /** It ended before all its lines were there. */
  readonly broken: boolean;
}

interface FilePatch {
  readonly oldName: string;
  readonly newName: string;
  readonly hunks: readonly Hunk[];
}

const RANGES = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))?/;

/** What stands before a tab; a file of 1970 is one that is not there. */
function nameIn(line: string): string {
  const [name = "", date = ""] = line.slice(4).split("\t");
  return /^(1970-01-01 00:00:00|Thu Jan {2}1 00:00:00 1970)/.test(date) ? "/dev/null" : name.trimEnd();
}

function filePatches(text: string): FilePatch[] {
  const lines = text.replace(/\n$/, "").split("\n");
  const found: { oldName: string; newName: string; hunks: Hunk[] }[] = [];
  let oldName: string | undefined;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    const ranges = RANGES.exec(line);
    if (line.startsWith("--- ")) oldName = nameIn(line);
    else if (line.startsWith("+++ ") && oldName !== undefined) {
      found.push({ oldName, newName: nameIn(line), hunks: [] });
      oldName = undefined;
    } else if (ranges && found.length > 0) {
      let left = Number(ranges[2] ?? 1);
      let right = Number(ranges[4] ?? 1);
      const own: string[] = [];
      while ((left > 0 || right > 0) && /^[-+ ]/.test(lines[i + 1] ?? "")) {
        const next = lines[++i]!;
        if (next[0] !== "+") left--;
        if (next[0] !== "-") right--;
        own.push(next);
      }
      const broken = left > 0 || right > 0;
      found.at(-1)!.hunks.push({ oldLine: Number(ranges[1]), newLine: Number(ranges[3]), lines: own, broken });
    }
  }
  return found;
}

/** The lines with the hunks in them; the number of the first hunk that has no place. */
function applied(lines: readonly string[], hunks: readonly Hunk[], reverse: boolean): string[] | { failed: number } {
  const [gone, come] = reverse ? ["+", "-"] : ["-", "+"];
  const out: string[] = [];
  let at = 0;
  for (const [index, hunk] of hunks.entries()) {
    const old = hunk.lines.filter((line) => line[0] !== come).map((line) => line.slice(1));
    const isContext = (line: string) => line[0] === " ";
    const firstChange = hunk.lines.findIndex((line) => !isContext(line));
    const leading = firstChange < 0 ? hunk.lines.length : firstChange;
    const lastChange = hunk.lines.findLastIndex((line) => !isContext(line));
    const trailing = hunk.lines.length - 1 - lastChange;
    // With less context behind than before it, or none, it belongs at the end of the file.
    const atEnd = trailing === 0 || trailing < leading;
    let place = at;
    const fits = () =>
      old.every((line, i) => lines[place + i] === line) && (!atEnd || place + old.length === lines.length);
    while (place + old.length <= lines.length && !fits()) place++;
    if (hunk.broken || place + old.length > lines.length) return { failed: index };
    out.push(...lines.slice(at, place));
    let from = place;
    for (const line of hunk.lines) {
      if (line[0] === come) out.push(line.slice(1));
      else if (line[0] === gone) from++;
      else out.push(lines[from++]!);
    }
    at = from;
  }
  return [...out, ...lines.slice(at)];
}

function makeFolders(sys: Sys, path: string): void {
  if (path === "." || path === "/") return;
  makeFolders(sys, dirName(path));
  try {
    sys.mkdir(path);
  } catch (error) {
    if (!(error instanceof SysError) || error.errno !== "EEXIST") throw error;
  }
}

/** `-pN`: the name without its first N folders; without the option only its last part. Undefined: it has fewer. */
function stripped(name: string, count: number | undefined): string | undefined {
  if (count === undefined) return name.slice(name.lastIndexOf("/") + 1);
  const parts = name.split(/\/+/);
  return count < parts.length ? parts.slice(count).join("/") : undefined;
}

function* patch(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("patch", args, "p:i:RNEug", { "dry-run": "g", reverse: "R", forward: "N", strip: "p" });
  const [original, source] = options.operands;
  const path = options.value("i") ?? source;
  const text = yield* readAll(sys, path === undefined || path === "-" ? 0 : yield* openOrFail(sys, "patch", path));
  const count = options.has("p") ? wholeNumber("patch", options.value("p")!) : undefined;
  const reverse = options.has("R");
  const dry = options.has("g");
  let status = 0;
  for (const { oldName, newName, hunks } of filePatches(text)) {
    if (hunks.length === 0) continue;
    const removes = !reverse && newName === "/dev/null";
    const name = original ?? stripped(reverse || removes ? oldName : newName, count);
    if (name === undefined) continue;
    const first = hunks[0]!;
    const creates =
      !reverse && (oldName === "/dev/null" || (first.oldLine === 0 && first.lines.every((l) => l[0] === "+")));
    if (removes && options.has("E")) {
      yield* sys.write(1, `removing ${name}\n`);
      if (!dry) sys.unlink(name);
      continue;
    }
    let lines: string[] = [];
    yield* sys.write(1, `${creates ? "creating" : "patching file"} ${name}\n`);
    if (creates) {
      if (dry) continue;
      try {
        makeFolders(sys, dirName(name));
        sys.close(sys.open(name, { write: true, create: true, exclusive: true }, 0o666));
      } catch (error) {
        throw new Fault(`patch: can't open '${name}': ${because(error)}\n`);
      }
    } else {
      const fd = yield* openOrFail(sys, "patch", name);
      const old = yield* readAll(sys, fd);
      sys.close(fd);
      lines = old === "" ? [] : old.replace(/\n$/, "").split("\n");
    }
    const result = applied(lines, hunks, reverse);
    if (!Array.isArray(result)) {
      const { oldLine, newLine, lines: shown } = hunks[result.failed]!;
      yield* complain(
        sys,
        `Hunk ${result.failed + 1} FAILED ${oldLine}/${newLine}.\n${shown.map((line) => `${line}\n`).join("")}`,
      );
      status = 1;
    } else if (dry) continue;
    else {
      const fd = yield* openOrFail(sys, "patch", name, { write: true, truncate: true });
      yield* sys.write(fd, result.map((line) => `${line}\n`).join(""));
      sys.close(fd);
    }
  }
  return status;
}

export const patchApplets: Readonly<Record<string, Program>> = { patch: applet("patch", patch) };
