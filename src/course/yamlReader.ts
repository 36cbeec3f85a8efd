/** YAML inside a lesson, read with the place of every value, so that a fault names its line. */
import { Document, isNode, LineCounter, parseDocument, YAMLParseError } from "yaml";
import { withoutHarmful } from "./markdown.ts";
import type { Problem } from "./types.ts";
import type { Read } from "./values.ts";

export type Path = readonly (string | number)[];

export class YamlReader {
  readonly data: unknown;
  readonly #broken: boolean;
  readonly problems: Problem[];
  readonly #document: Document;
  readonly #lines = new LineCounter();
  readonly #file: string;
  readonly #firstLine: number;
  readonly #about: string;

  /** `firstLine` is the file's line of the block's first line; `about` begins each message: `exercise probes/x: `. */
  constructor(text: string, file: string, firstLine: number, about: string, problems: Problem[]) {
    this.#file = file;
    this.#firstLine = firstLine;
    this.#about = about;
    this.problems = problems;
    const [document, data] = read(text, this.#lines);
    this.#document = document;
    for (const error of this.#document.errors)
      problems.push({
        file,
        line: firstLine + this.#lines.linePos(error.pos[0]).line - 1,
        message: `${about}${error.message.split("\n")[0]}`,
        severity: "error",
      });
    this.data = data;
    this.#broken = this.#document.errors.length > 0;
    if (this.#broken) return;
    const wrong = harmfulIn(data, [], new Set());
    if (!wrong) return;
    this.fault(wrong, "there is a control character in this text, which would move the reader's cursor");
    this.data = undefined;
    this.#broken = true;
  }

  get broken(): boolean {
    return this.#broken;
  }

  /** The file's line of the value at `path`, or of what is nearest to it. */
  line(path: Path): number {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.#firstLine + this.#lines.linePos(node.range[0]).line - 1;
    }
    return this.#firstLine;
  }

  fault(path: Path, message: string, severity: Problem["severity"] = "error"): void {
    this.problems.push({ file: this.#file, line: this.line(path), message: this.#about + message, severity });
  }

  /** The value, or undefined after a fault was noted. */
  take<T>(path: Path, read: Read<T>, name = String(path.at(-1) ?? "")): T | undefined {
    if ("value" in read) return read.value;
    this.fault(path, name ? `${name}: ${read.fault}` : read.fault);
    return undefined;
  }

  /** Notes each key that is not allowed, with the nearest one that is. */
  onlyKeys(path: Path, value: object, allowed: readonly string[], of: string): void {
    for (const key of Object.keys(value)) {
      if (allowed.includes(key)) continue;
      const near = nearest(key, allowed);
      this.fault(
        [...path, key],
        `${of} has no ${key}${near ? `; did you mean ${near}?` : `; it may have ${allowed.join(", ")}`}`,
      );
    }
  }
}

/** Characters of one block: the longest of a long lesson has 4,000. */
const longest = 64_000;
/** Times that what is written once may be repeated by aliases. */
const mostAliases = 1000;
const tooDeep = "this is nested too deeply";

/** The document and what it says; undefined beside a document that has errors. */
function read(text: string, lineCounter: LineCounter): [Document, unknown] {
  const faulty = (message: string): [Document, undefined] => {
    const document = new Document();
    document.errors.push(new YAMLParseError([0, 0], "IMPOSSIBLE", message));
    return [document, undefined];
  };
  if (text.length > longest) return faulty(`this block is longer than ${longest} characters`);
  try {
    const document = parseDocument(text, { lineCounter });
    // yaml hands over what the stack said as its own error.
    if (document.errors.some(({ message }) => message.startsWith("Maximum call stack"))) return faulty(tooDeep);
    return [document, document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: mostAliases })];
  } catch (error) {
    // yaml: aliases that grow without bound, and ones to nothing.
    if (error instanceof ReferenceError) return faulty(error.message);
    if (error instanceof RangeError) return faulty(tooDeep);
    throw error;
  }
}

/** Where a text has a character that moves the cursor or turns the order of what is read round. */
function harmfulIn(value: unknown, path: Path, seen: Set<unknown>): Path | undefined {
  if (typeof value === "string") return withoutHarmful(value) === value ? undefined : path;
  if (typeof value !== "object" || value === null || seen.has(value)) return undefined;
  seen.add(value);
  for (const [key, inner] of Object.entries(value)) {
    const found = harmfulIn(key, path, seen) ?? harmfulIn(inner, [...path, key], seen);
    if (found) return found;
  }
  return undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The word of `words` that differs from `word` in at most two letters, or undefined. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.min(3, Math.max(2, word.length / 2));
  for (const candidate of words) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 3) return 9;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}
