/** `cut`: bytes or fields of each line. */
import type { PosixRegex } from "../regex/index.ts";
import type { Program } from "../sys.ts";
import { applet, Fault, type Options, parseOptions, usageFault } from "./options.ts";
import { posixRegex } from "./posixRegExp.ts";
import { eachInput, LineReader, Output } from "./streams.ts";

/** From 0, both ends belong to it. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** Throws Fault. */
function parseList(list: string): Range[] {
  const ranges: Range[] = [];
  const number = (text: string) => {
    if (!/^\d{1,9}$/.test(text)) throw new Fault(`cut: invalid number '${text}'\n`);
    return Number(text);
  };
  for (const part of list.split(",")) {
    if (part === "") continue;
    const hyphen = part.indexOf("-");
    const first = hyphen < 0 ? part : part.slice(0, hyphen);
    const from = first === "" ? 0 : Math.max(0, number(first) - 1);
    let to = from;
    if (hyphen >= 0) {
      const last = part.slice(hyphen + 1);
      const given = last === "" ? 0 : number(last);
      to = given === 0 ? Number.POSITIVE_INFINITY : given - 1;
      if (to < from) throw new Fault(`cut: ${given}<${from}\n`);
    }
    ranges.push({ from, to });
  }
  return ranges;
}

function bytesOf(line: string, ranges: readonly Range[]): string {
  const printed = new Set<number>();
  let out = "";
  for (const { from, to } of ranges) {
    for (let at = from; at < line.length && at <= to; at++) {
      if (printed.has(at)) continue;
      printed.add(at);
      out += line[at];
    }
  }
  return out;
}

/** The chosen fields; undefined: the line has no delimiter. */
function fieldsOf(
  line: string,
  ranges: readonly Range[],
  delimiter: string | PosixRegex,
  joint: string,
  unsorted: boolean,
): string | undefined {
  if (line === "") return "";
  const parts: string[] = [];
  let [start, next, end, seen] = [0, 0, 0, 0];
  for (let current = 0; ; ) {
    if (end === line.length || seen > ranges[current]!.to) {
      if (++current >= ranges.length) break;
      if (unsorted) [start, next, seen] = [0, 0, 0];
      end = 0;
    }
    const range = ranges[current]!;
    if (next === line.length) {
      end = line.length;
      if (!unsorted && current === 0 && seen === 0) return undefined;
      // A field that is not there is empty, but it is there.
      if (seen < range.from) start = line.length;
    } else {
      if (typeof delimiter === "string") {
        end = next++;
        if (line[end] !== delimiter) continue;
      } else {
        const match = delimiter.exec(line, next, true);
        if (!match) {
          next = line.length;
          continue;
        }
        end = match.index;
        next = Math.max(match.end, next + 1);
      }
      seen++;
      if (seen <= range.from) {
        start = next;
        continue;
      }
      // A range of patterns' fields keeps what stands between them.
      if (typeof delimiter !== "string" && seen <= range.to) continue;
    }
    parts.push(line.slice(start, end));
    start = next;
  }
  return parts.join(joint);
}

function listOf(options: Options): string {
  const given = ["b", "c", "f", "F"].filter((option) => options.has(option));
  if (given.length > 1) throw usageFault("cut");
  if (given.length === 0) throw new Fault("cut: expected a list of bytes, characters, or fields\n");
  const fields = given[0] === "f" || given[0] === "F";
  if (!fields && options.has("s"))
    throw new Fault("cut: suppressing non-delimited lines makes sense only when operating on fields\n");
  if (!fields && options.has("d")) throw new Fault("cut: a delimiter may be specified only when operating on fields\n");
  return options.value(given[0]!)!;
}

export const cutApplets: Readonly<Record<string, Program>> = {
  cut: applet("cut", function* (sys, args) {
    const options = parseOptions("cut", args, "b:c:f:F:d:O:sDn");
    const list = listOf(options);
    const unsorted = options.has("D");
    const ranges = parseList(list);
    if (!unsorted) ranges.sort((a, b) => a.from - b.from);
    const byPattern = options.has("F");
    const given = options.value("d")?.slice(0, options.has("F") ? undefined : 1);
    const delimiter = byPattern
      ? posixRegex("cut", given ?? "[[:space:]][[:space:]]*", { extended: true })
      : (given ?? "\t");
    const joint = options.value("O") ?? (byPattern ? " " : (given ?? "\t"));
    const out = new Output(sys);
    return yield* eachInput(
      sys,
      "cut",
      options.operands,
      function* (fd) {
        const lines = new LineReader(sys, fd);
        for (let line = yield* lines.next(); line !== undefined; line = yield* lines.next()) {
          if (options.has("b") || options.has("c")) out.add(`${bytesOf(line, ranges)}\n`);
          else {
            const chosen = fieldsOf(line, ranges, delimiter, joint, unsorted);
            if (chosen !== undefined) out.add(`${chosen}\n`);
            else if (!options.has("s")) out.add(`${line}\n`);
          }
          if (!lines.ready) yield* out.flush();
        }
        yield* out.flush();
      },
      (path, reason) => `cut: ${path}: ${reason}\n`,
    );
  }),
};
