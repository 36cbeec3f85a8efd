/** YAML inside a lesson, read with the place of every value, so that a fault names its line. */
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import type { Problem } from "./types.ts";
import type { Read } from "./values.ts";

export type Path = readonly (string | number)[];

export class YamlReader {
  readonly data: unknown;
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
    this.#document = parseDocument(text, { lineCounter: this.#lines });
    for (const error of this.#document.errors)
      problems.push({
        file,
        line: firstLine + this.#lines.linePos(error.pos[0]).line - 1,
        message: `${about}${error.message.split("\n")[0]}`,
        severity: "error",
      });
    this.data = this.#document.errors.length > 0 ? undefined : this.#document.toJS({ maxAliasCount: 1000 });
  }

  get broken(): boolean {
    return this.#document.errors.length > 0;
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
