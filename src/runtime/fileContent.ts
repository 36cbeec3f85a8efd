/**
 * The bytes of one file, as chunks: appending is cheap, a long run of one byte (`dd if=/dev/zero`) takes no room, and
 * nothing is ever copied into one huge string.
 */

interface Chunk {
  /** Undefined for a run of `fill`. */
  readonly text: string | undefined;
  readonly fill: string;
  readonly length: number;
}

const CHUNK = 1 << 18;
/** Below this a run of one byte is kept as it is. */
const SMALLEST_RUN = 4096;

export class FileContent {
  #chunks: Chunk[];
  #size: number;
  #stored: number;

  constructor(text = "", size = text.length) {
    this.#chunks = text === "" ? [] : [chunkOf(text)];
    if (size > text.length) this.#chunks.push({ text: undefined, fill: "\0", length: size - text.length });
    this.#size = Math.max(size, text.length);
    this.#stored = storedIn(this.#chunks);
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes really held in memory. */
  get stored(): number {
    return this.#stored;
  }

  read(offset: number, max: number): string {
    const end = Math.min(offset + max, this.#size);
    if (offset >= end) return "";
    const only = this.#chunks[0]!;
    if (this.#chunks.length === 1 && only.text !== undefined) return only.text.slice(offset, end);
    let out = "";
    let at = 0;
    for (const chunk of this.#chunks) {
      if (at >= end) break;
      const from = Math.max(offset - at, 0);
      const to = Math.min(end - at, chunk.length);
      if (to > from) out += chunk.text === undefined ? chunk.fill.repeat(to - from) : chunk.text.slice(from, to);
      at += chunk.length;
    }
    return out;
  }

  write(offset: number, data: string): void {
    if (data === "") return;
    if (offset > this.#size) this.truncate(offset);
    if (offset === this.#size) {
      const last = this.#chunks[this.#chunks.length - 1];
      const added = chunkOf(data);
      if (last?.text !== undefined && added.text !== undefined && last.length + data.length <= CHUNK) {
        this.#chunks[this.#chunks.length - 1] = chunkOf(last.text + data, false);
      } else this.#chunks.push(added);
      this.#stored += added.text === undefined ? 0 : data.length;
      this.#size += data.length;
      return;
    }
    const head = cut(this.#chunks, 0, offset);
    const tail = cut(this.#chunks, offset + data.length, this.#size);
    this.#replace([...head, chunkOf(data), ...tail]);
  }

  truncate(size: number): void {
    if (size < this.#size) this.#replace(cut(this.#chunks, 0, size));
    else if (size > this.#size)
      this.#replace([...this.#chunks, { text: undefined, fill: "\0", length: size - this.#size }]);
  }

  #replace(chunks: Chunk[]): void {
    this.#chunks = chunks;
    this.#size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    this.#stored = storedIn(chunks);
  }
}

function chunkOf(text: string, lookForRun = text.length >= SMALLEST_RUN): Chunk {
  if (lookForRun && isRun(text)) return { text: undefined, fill: text[0]!, length: text.length };
  return { text, fill: "\0", length: text.length };
}

/** The last run that was looked for: whoever writes runs writes many of one size, and making one costs more than comparing. */
let knownRun = "";

function isRun(text: string): boolean {
  const fill = text[0]!;
  if (text[text.length - 1] !== fill || text[text.length >> 1] !== fill) return false;
  if (knownRun.length !== text.length || knownRun[0] !== fill) knownRun = fill.repeat(text.length);
  return text === knownRun;
}

function storedIn(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, chunk) => sum + (chunk.text === undefined ? 0 : chunk.length), 0);
}

function cut(chunks: readonly Chunk[], from: number, to: number): Chunk[] {
  const out: Chunk[] = [];
  let at = 0;
  for (const chunk of chunks) {
    const start = Math.max(from - at, 0);
    const end = Math.min(to - at, chunk.length);
    if (end > start) {
      const text = chunk.text?.slice(start, end);
      out.push({ text, fill: chunk.fill, length: end - start });
    }
    at += chunk.length;
  }
  return out;
}
