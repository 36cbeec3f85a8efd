/** The small values of the expectation language: durations, ranges, texts to look for, command lines. Errors are returned as text. */
import { compilePattern, regularIn } from "../grader/pattern.ts";
import type { ContainerRef, Pattern, Range } from "../grader/types.ts";
import { PatternProblem } from "../runtime/regex/linearPattern.ts";

/** A value, or what is wrong with it. */
export type Read<T> = { readonly value: T } | { readonly fault: string };

/** `30s`, `1m30s`, `500ms`, `2h`, `30` → seconds. */
export function readDuration(raw: unknown): Read<number> {
  if (typeof raw === "number" && Number.isFinite(raw) && raw >= 0) return { value: raw };
  if (typeof raw === "string" && /^(\d+(\.\d+)?(ms|s|m|h))+$/.test(raw)) {
    const seconds = { ms: 0.001, s: 1, m: 60, h: 3600 };
    let total = 0;
    for (const [, number, unit] of raw.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
      total += Number(number) * seconds[unit as keyof typeof seconds];
    return { value: Math.round(total * 1000) / 1000 };
  }
  return { fault: `${show(raw)} is no duration: write 30s, 1m30s or a number of seconds` };
}

/** `[30s, 50s]` */
export function readWindow(raw: unknown): Read<[number, number]> {
  if (!Array.isArray(raw) || raw.length !== 2) return { fault: `${show(raw)} is no window: write [30s, 50s]` };
  const from = readDuration(raw[0]);
  const to = readDuration(raw[1]);
  if ("fault" in from) return from;
  if ("fault" in to) return to;
  if (to.value < from.value) return { fault: `the window ${show(raw)} ends before it begins` };
  return { value: [from.value, to.value] };
}

/** `3`, `{min: 2, max: 5}`; the numbers may be durations when `unit` says so. */
export function readRange(raw: unknown, unit: "number" | "duration" = "number"): Read<Range> {
  const number = (value: unknown): Read<number> =>
    unit === "duration"
      ? readDuration(value)
      : typeof value === "number" && Number.isFinite(value)
        ? { value }
        : { fault: `${show(value)} is no number` };
  if (typeof raw === "object" && raw !== null && !Array.isArray(raw)) {
    const range: { min?: number; max?: number } = {};
    for (const [key, value] of Object.entries(raw)) {
      if (key !== "min" && key !== "max") return { fault: `a range has min and max, not ${key}` };
      const read = number(value);
      if ("fault" in read) return read;
      range[key] = read.value;
    }
    if (range.min === undefined && range.max === undefined) return { fault: "a range needs min, max or both" };
    if (range.min !== undefined && range.max !== undefined && range.max < range.min)
      return { fault: `the range ${show(raw)} ends before it begins` };
    return { value: range };
  }
  const read = number(raw);
  if ("fault" in read) return { fault: `${read.fault}; a range like {min: 1, max: 3} is possible too` };
  return { value: { min: read.value, max: read.value } };
}

/** `ready`, `/^ready$/i`, `{equals: x}`, `{not: …}`, `{contains: x}`, `{matches: x}`. */
export function readPattern(raw: unknown): Read<Pattern> {
  if (typeof raw === "number" || typeof raw === "boolean") return { value: { contains: String(raw) } };
  if (typeof raw === "string") {
    const regular = /^\/(.+)\/([ims]*)$/s.exec(raw);
    return regular ? readRegular(regular[1]!, regular[2]!) : { value: { contains: raw } };
  }
  if (typeof raw === "object" && raw !== null && !Array.isArray(raw)) {
    const entries = Object.entries(raw);
    const [key, value] = entries[0] ?? [];
    if (entries.length === 1 && key === "not") {
      const inner = readPattern(value);
      return "fault" in inner ? inner : { value: { not: inner.value } };
    }
    if (entries.length === 1 && key === "equals") return { value: { equals: String(value) } };
    if (entries.length === 1 && key === "contains") return { value: { contains: String(value) } };
    if (entries.length === 1 && key === "matches") return readRegular(String(value).replace(/^\/(.*)\/$/s, "$1"), "");
  }
  return {
    fault: `${show(raw)} is no text to look for: write text, /regular expression/, {equals: text} or {not: text}`,
  };
}

function readRegular(source: string, flags: string): Read<Pattern> {
  const fault = patternFault(source, flags);
  if (fault) return { fault };
  return { value: flags ? { matches: source, flags } : { matches: source } };
}

function patternFault(source: string, flags: string): string | undefined {
  try {
    compilePattern(source, flags);
    return undefined;
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error;
    return `${show(`/${source}/`)} is no regular expression that can be used: ${error.message}`;
  }
}

/** A part of a manifest, in which texts may be `/…/`. */
export function readPart(raw: unknown): Read<unknown> {
  const regular = regularIn(raw);
  if (regular !== undefined) {
    const fault = patternFault(regular, "");
    return fault ? { fault } : { value: raw };
  }
  if (typeof raw === "object" && raw !== null)
    for (const value of Object.values(raw)) {
      const read = readPart(value);
      if ("fault" in read) return read;
    }
  return { value: raw };
}

/** One word or a list of words. */
export function readNames(raw: unknown): Read<string[]> {
  const list = Array.isArray(raw) ? raw : [raw];
  if (list.length === 0) return { fault: "the list is empty" };
  for (const item of list)
    if (typeof item !== "string" && typeof item !== "number" && typeof item !== "boolean")
      return { fault: `${show(item)} is no name` };
  return { value: list.map(String) };
}

export function readContainer(raw: unknown, list: "containers" | "initContainers"): Read<ContainerRef> {
  if (typeof raw === "string" && raw !== "") return { value: { name: raw } };
  if (typeof raw === "number" && Number.isInteger(raw) && raw >= 0) return { value: { position: raw, list } };
  return { fault: `${show(raw)} is no container: write its name, or its position from 0` };
}

/** A list of words, or one line divided as a shell would: quotes and backslashes work, nothing else has a meaning. */
export function readCommand(raw: unknown): Read<string[]> {
  if (Array.isArray(raw)) {
    if (raw.length === 0 || raw.some((word) => typeof word === "object"))
      return { fault: `${show(raw)} is no command` };
    return { value: raw.map(String) };
  }
  if (typeof raw !== "string" || raw.trim() === "")
    return { fault: `${show(raw)} is no command: write a line or a list of words` };
  return splitWords(raw);
}

export function splitWords(line: string): Read<string[]> {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (quote) {
      if (c === quote) quote = "";
      else if (c === "\\" && quote === '"' && '"\\$`'.includes(line[i + 1] ?? "x")) word = (word ?? "") + line[++i];
      else word = (word ?? "") + c;
    } else if (c === "'" || c === '"') {
      quote = c;
      word ??= "";
    } else if (c === "\\" && i + 1 < line.length) {
      word = (word ?? "") + line[++i];
    } else if (c === " " || c === "\t" || c === "\n") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + c;
    }
  }
  if (quote) return { fault: `the quote ${quote} is not closed` };
  if (word !== undefined) words.push(word);
  return words.length > 0 ? { value: words } : { fault: "the command is empty" };
}

/** A value for an error message, short. */
export function show(raw: unknown): string {
  const text = raw === undefined ? "nothing" : JSON.stringify(raw);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
