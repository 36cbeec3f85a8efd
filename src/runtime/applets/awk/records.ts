/** Records of a file or a pipe, cut by RS: one character, empty lines, or a pattern. */
import type { Task } from "../../../time/task.ts";
import type { PosixRegex } from "../../regex/index.ts";
import { type Sys, SysError } from "../../sys.ts";
import type { Pace } from "../pace.ts";

const CHUNK = 65536;
const MAX_HELD = 64 * 1024 * 1024;

export type Separator = { readonly character: string } | { readonly paragraphs: true } | { readonly regex: PosixRegex };

export interface AwkRecord {
  readonly text: string;
  /** RT: what stood behind it. */
  readonly separator: string;
}

export class RecordReader {
  readonly fd: number;
  readonly #sys: Sys;
  readonly #pace: Pace;
  #held = "";
  #at = 0;
  #ended = false;

  constructor(sys: Sys, fd: number, pace: Pace) {
    this.#sys = sys;
    this.fd = fd;
    this.#pace = pace;
  }

  /** Is a whole line here already? */
  get ready(): boolean {
    return this.#ended || this.#held.indexOf("\n", this.#at) >= 0;
  }

  *#more(): Task<boolean> {
    if (this.#ended) return false;
    const data = yield* this.#sys.read(this.fd, CHUNK);
    this.#pace.rested();
    if (data === "") {
      this.#ended = true;
      return false;
    }
    this.#held = this.#held.slice(this.#at) + data;
    this.#at = 0;
    if (this.#held.length > MAX_HELD) throw new SysError("ENOMEM");
    return true;
  }

  /** Undefined at the end. */
  *next(separator: Separator): Task<AwkRecord | undefined> {
    if ("paragraphs" in separator) {
      do {
        while (this.#held[this.#at] === "\n") this.#at++;
      } while (this.#at >= this.#held.length && (yield* this.#more()));
    }
    let searchFrom = this.#at;
    for (;;) {
      const found = this.#find(separator, searchFrom);
      if (found) {
        const text = this.#held.slice(this.#at, found.index);
        const between = this.#held.slice(found.index, found.end);
        this.#at = found.end;
        return { text, separator: between };
      }
      const searched = "character" in separator ? this.#held.length - this.#at : 0;
      if (yield* this.#more()) {
        searchFrom = this.#at + searched;
        continue;
      }
      const last = this.#held.slice(this.#at);
      this.#held = "";
      this.#at = 0;
      if (last === "") return undefined;
      return { text: last, separator: "" };
    }
  }

  #find(separator: Separator, from: number): { index: number; end: number } | undefined {
    if ("character" in separator) {
      const index = this.#held.indexOf(separator.character, from);
      return index < 0 ? undefined : { index, end: index + 1 };
    }
    if ("paragraphs" in separator) {
      const index = this.#held.indexOf("\n\n", this.#at);
      if (index < 0) return undefined;
      let end = index + 2;
      while (this.#held[end] === "\n") end++;
      // More line feeds may follow.
      return end === this.#held.length && !this.#ended ? undefined : { index, end };
    }
    const rest = this.#held.slice(this.#at);
    const match = separator.regex.exec(rest);
    if (!match || match.end === match.index || (match.end === rest.length && !this.#ended)) return undefined;
    return { index: this.#at + match.index, end: this.#at + match.end };
  }
}
