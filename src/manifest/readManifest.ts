/**
 * A manifest's text to values with their places, as kubectl reads files: documents are cut at `---` lines, text that
 * begins with `{` is tried as JSON first, and each document is YAML.
 */
import { byteLength, endOfJson, type JsonFault } from "./jsonText.ts";
import { adviceFor } from "./syntaxAdvice.ts";
import { parseYaml } from "./yamlParser.ts";
import { type Mark, YamlFault } from "./yamlScanner.ts";
import { type Place, valueOf } from "./yamlValue.ts";

/** From 1, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type Path = readonly (string | number)[];

export interface ManifestDocument {
  /** JSON values; whole numbers beyond 2^53 are bigints. Empty documents and `null` are left out of the list. */
  readonly value: unknown;
  /** The file's line on which the document begins, from 1. */
  readonly line: number;
  /** Where the field is (its key, or a list's item), or undefined when the document has none such. */
  positionOf(path: Path): Position | undefined;
  /** Where the value itself begins: often the same line, not when it is a mapping. */
  valuePositionOf(path: Path): Position | undefined;
}

export interface ManifestError {
  /** What kubectl prints, without `error: ` and the newline: `error parsing pod.yaml: error converting YAML to JSON: yaml: line 4: …` */
  readonly message: string;
  /** go-yaml's own words: `did not find expected key` */
  readonly problem: string;
  /** Where the file has the fault (not always the line in the message: go-yaml counts from the document's start, and sometimes one less). */
  readonly position: Position | undefined;
  /** For learners: what it means, and the likely cure. */
  readonly advice: string;
}

export interface ReadOptions {
  /** In messages; `STDIN` for standard input. */
  readonly fileName: string;
  /** More is refused; 1 MiB unless told. */
  readonly maxBytes?: number;
}

export interface Manifest {
  /** Those before the first fault. */
  readonly documents: readonly ManifestDocument[];
  readonly error?: ManifestError;
}

const MAX_BYTES = 1024 * 1024;

export function readManifest(text: string, options: ReadOptions): Manifest {
  const limit = options.maxBytes ?? MAX_BYTES;
  if (text.length > limit || byteLength(text) > limit)
    return { documents: [], error: tooLarge(options.fileName, limit) };
  const reader = new ManifestReader(text, options.fileName);
  reader.read();
  return reader.error ? { documents: reader.documents, error: reader.error } : { documents: reader.documents };
}

function tooLarge(fileName: string, limit: number): ManifestError {
  const size = limit % MAX_BYTES === 0 ? `${limit / MAX_BYTES} MiB` : `${limit} bytes`;
  return {
    message: `error parsing ${fileName}: the file is larger than ${size}`,
    problem: "the file is too large",
    position: undefined,
    advice: `A manifest may have at most ${size}. Is it the right file?`,
  };
}

class ManifestReader {
  readonly documents: ManifestDocument[] = [];
  error: ManifestError | undefined;
  readonly #text: string;
  readonly #file: string;
  readonly #counted = { index: 0, line: 1 };

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  read(): void {
    const rest = /^[\s\ufeff]*\{/.test(this.#text) ? this.#readJson() : { from: 0, fault: undefined };
    if (rest) this.#readYaml(rest.from, rest.fault);
  }

  /** Objects one after another. Where JSON ends the text may go on as YAML, but not after a second object. */
  #readJson(): { from: number; fault: JsonFault } | undefined {
    let pos = this.#text.startsWith("\ufeff") ? 1 : 0;
    for (let count = 0; ; count++) {
      const start = pos + /^\s*/.exec(this.#text.slice(pos))![0].length;
      if (start >= this.#text.length) return undefined;
      const found = endOfJson(this.#text, start);
      if ("fault" in found) {
        if (count <= 1) return { from: afterSpace(this.#text, pos), fault: found.fault };
        this.error = this.#jsonError(found.fault);
        return undefined;
      }
      pos = found.end;
      this.#addJson(this.#text.slice(start, pos), start);
    }
  }

  #addJson(json: string, start: number): void {
    let place: Place | undefined | null = null;
    // A file may hold very many objects; few are asked for places.
    this.#add(
      JSON.parse(json),
      () => (place === null ? (place = placeInJson(json)) : place),
      start,
      this.#lineOf(start),
    );
  }

  #readYaml(from: number, jsonFault: JsonFault | undefined): void {
    for (const chunk of chunksOf(this.#text, from)) {
      if (chunk.fault !== undefined) {
        this.#fail(chunk, new YamlFault(chunk.fault), "", jsonFault);
        return;
      }
      try {
        const node = parseYaml(chunk.text);
        if (!node) continue;
        const { value, place } = valueOf(node);
        const line = this.#lineOf(chunk.start);
        const first = place ? positionAt(this.#text, chunk.start, line, place.valueMark).line : line;
        this.#add(value, () => place, chunk.start, first);
      } catch (fault) {
        if (!(fault instanceof YamlFault)) throw fault;
        // Faults in values, found after parsing, are not said to be YAML's when JSON cannot hold them.
        this.#fail(
          chunk,
          fault,
          /^(unsupported map key|json: )/.test(fault.problem) ? CONVERTING : `${CONVERTING}yaml: `,
          jsonFault,
        );
        return;
      }
      // A file that began as JSON and went on as YAML has only YAML's faults from here.
      jsonFault = undefined;
    }
  }

  /** `first`: the line of the value's beginning. */
  #add(value: unknown, place: () => Place | undefined, start: number, first: number): void {
    if (value === null || value === undefined) return;
    const line = this.#lineOf(start);
    const at = (mark: Mark | undefined): Position | undefined =>
      mark ? positionAt(this.#text, start, line, mark) : undefined;
    const find = (path: Path) => placeAt(place(), path);
    this.documents.push({
      value,
      line: first,
      positionOf: (path) => at(find(path)?.mark),
      valuePositionOf: (path) => at(find(path)?.valueMark),
    });
  }

  /** The line of a place, which is never before the place that was asked for last: a file may have many documents. */
  #lineOf(index: number): number {
    const counted = this.#counted;
    const next = (from: number) => this.#text.indexOf("\n", from);
    for (let i = next(counted.index); i >= 0 && i < index; i = next(i + 1)) counted.line++;
    counted.index = Math.max(counted.index, index);
    return counted.line;
  }

  #fail(chunk: Chunk, fault: YamlFault, prefix: string, jsonFault: JsonFault | undefined): void {
    if (jsonFault) {
      this.error = this.#jsonError(jsonFault);
      return;
    }
    const line = fault.line === undefined ? "" : `line ${fault.line}: `;
    const first = this.#lineOf(chunk.start);
    const position = fault.mark ? positionAt(this.#text, chunk.start, first, fault.mark) : undefined;
    const context = fault.context ? positionAt(this.#text, chunk.start, first, fault.context) : undefined;
    this.error = {
      message: `error parsing ${this.#file}: ${prefix}${line}${fault.problem}`,
      problem: fault.problem,
      position,
      advice: adviceFor(fault.problem, this.#text, position, context),
    };
  }

  #jsonError(fault: JsonFault): ManifestError {
    const before = this.#text.slice(0, fault.index);
    const line = before.split("\n").length;
    const position = { line, column: fault.index - before.lastIndexOf("\n") };
    return {
      message: `error parsing ${this.#file}: ${fault.offset === undefined ? "" : `json: offset ${fault.offset}: `}${fault.problem}`,
      problem: fault.problem,
      position,
      advice: adviceFor(fault.problem, this.#text, position, undefined),
    };
  }
}

/** Undefined for JSON that YAML does not take (`\/`, a long key). */
function placeInJson(json: string): Place | undefined {
  try {
    const node = parseYaml(json);
    return node && valueOf(node).place;
  } catch (fault) {
    if (!(fault instanceof YamlFault)) throw fault;
    return undefined;
  }
}

const CONVERTING = "error converting YAML to JSON: ";

/** kubectl eats the white space after a JSON object up to the end of its line. */
function afterSpace(text: string, from: number): number {
  let pos = from;
  while (pos < text.length && /\s/.test(text[pos]!)) if (text[pos++] === "\n") return pos;
  return pos;
}

interface Chunk {
  readonly text: string;
  /** Its index in the file. */
  readonly start: number;
  readonly fault?: string;
}

/** The text between lines that begin with `---` (apimachinery: pkg/util/yaml/decoder.go). */
function* chunksOf(text: string, from: number): Generator<Chunk> {
  let start = from;
  let pos = from;
  while (pos < text.length) {
    const newline = text.indexOf("\n", pos);
    const end = newline < 0 ? text.length : newline + 1;
    if (text.startsWith("---", pos)) {
      const after = text.slice(pos + 3, end).trim();
      if (after !== "" && !after.startsWith("#")) {
        yield { text: "", start: pos, fault: `invalid Yaml document separator: ${after}` };
        return;
      }
      if (pos > start) {
        yield { text: withNewline(text.slice(start, pos)), start };
        start = end;
      }
    }
    pos = end;
  }
  if (start < text.length) yield { text: withNewline(text.slice(start)), start };
}

/** kubectl ends every line, also the last, and drops carriage returns. */
function withNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

/** Marks count from the chunk's start, which is on `line`. */
function positionAt(text: string, start: number, line: number, mark: Mark): Position {
  const column = mark.line === 0 ? start - text.lastIndexOf("\n", start - 1) + mark.column : mark.column + 1;
  return { line: line + mark.line, column };
}

function placeAt(place: Place | undefined, path: Path): Place | undefined {
  let at = place;
  for (const part of path) at = typeof part === "number" ? at?.items?.[part] : at?.fields?.get(part);
  return at;
}
