/** Texts, ranges and subsets: does what was read fit what was asked for? */
import { LinearPattern } from "../runtime/regex/linearPattern.ts";
import type { Pattern, Range } from "./types.ts";

export function fits(pattern: Pattern, text: string): boolean {
  if ("contains" in pattern) return text.includes(pattern.contains);
  if ("equals" in pattern) return withoutLastNewline(text) === withoutLastNewline(pattern.equals);
  if ("not" in pattern) return !fits(pattern.not, text);
  // Without the last newline, so that `$` is the end of the last line, as an author expects.
  return compiled(pattern.matches, pattern.flags ?? "").test(withoutLastNewline(text));
}

export function inRange(range: Range, value: number): boolean {
  return value >= (range.min ?? Number.NEGATIVE_INFINITY) && value <= (range.max ?? Number.POSITIVE_INFINITY);
}

/** Maps: each field of `part` is there and contained; lists: each item of `part` is somewhere; texts: equal, or `/…/`. */
export function containsPart(whole: unknown, part: unknown): boolean {
  if (Array.isArray(part))
    return Array.isArray(whole) && part.every((item) => whole.some((one) => containsPart(one, item)));
  if (typeof part === "object" && part !== null)
    return (
      whole !== undefined &&
      (Object.keys(part).length === 0 ||
        (typeof whole === "object" &&
          whole !== null &&
          Object.entries(part).every(([key, value]) => containsPart((whole as Record<string, unknown>)[key], value))))
    );
  const regular = regularIn(part);
  if (regular !== undefined && (typeof whole === "string" || typeof whole === "number"))
    return compiled(regular, "").test(String(whole));
  return whole === part;
}

/** `/…/` in a subset: the expression between the slashes. */
export function regularIn(part: unknown): string | undefined {
  return typeof part === "string" ? /^\/(.+)\/$/s.exec(part)?.[1] : undefined;
}

/** Flags: `i`, `m`, `s`. Throws PatternProblem; an author is told when the lesson is read. */
export function compilePattern(source: string, flags = ""): LinearPattern {
  return new LinearPattern(source, {
    ignoreCase: flags.includes("i"),
    multiline: flags.includes("m"),
    dotAll: flags.includes("s"),
  });
}

/** Compiled patterns, which never change: emptied when there are so many that other exercises must have left them. */
const cache = new Map<string, LinearPattern>();
const mostCached = 500;

/** The same pattern is asked of every line of a log. */
function compiled(source: string, flags: string): LinearPattern {
  const key = `${flags}/${source}`;
  let pattern = cache.get(key);
  if (!pattern) {
    pattern = compilePattern(source, flags);
    if (cache.size >= mostCached) cache.clear();
    cache.set(key, pattern);
  }
  return pattern;
}

export function sayPattern(pattern: Pattern): string {
  if ("contains" in pattern) return JSON.stringify(pattern.contains);
  if ("equals" in pattern) return pattern.equals === "" ? "nothing" : `exactly ${JSON.stringify(pattern.equals)}`;
  if ("not" in pattern) return `not ${sayPattern(pattern.not)}`;
  const other = /^\^\(\?!([^\\^$.*+?()[\]{}|]+)\$\)$/.exec(pattern.matches)?.[1];
  if (other !== undefined && !pattern.flags) return `other than ${JSON.stringify(other)}`;
  return `/${pattern.matches}/${pattern.flags ?? ""}`;
}

export function sayRange(range: Range): string {
  if (range.min === range.max) return String(range.min);
  if (range.max === undefined) return `${range.min} or more`;
  if (range.min === undefined) return `at most ${range.max}`;
  return `${range.min} to ${range.max}`;
}

function withoutLastNewline(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
