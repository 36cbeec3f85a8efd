/** A container's log, line by line as the runtime writes it (CRI log format: containerd internal/cri/io/logger.go). */
import type { LogEntry } from "./cri.ts";

/** containerd's max_container_log_line_size: a longer line is cut into parts. */
const MAX_LINE = 16 * 1024;
/** What one container may log in one run, for our memory's sake. */
const MAX_LOG = 4 << 20;
const MAX_LINES = 200_000;

export class ContainerLog {
  #entries: LogEntry[] = [];
  readonly #now: () => number;
  readonly #partial = { stdout: "", stderr: "" };
  #bytes = 0;
  #full = false;
  /** Called with each new entry. */
  readonly listeners = new Set<(entry: LogEntry) => void>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Of text. */
  get bytes(): number {
    return this.#bytes;
  }

  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  write(stream: "stdout" | "stderr", data: string): void {
    if (this.#full) return;
    const partial = this.#partial[stream];
    if (partial === "" && data.length <= MAX_LINE && data.indexOf("\n") === data.length - 1 && data !== "") {
      this.#add(stream, data);
      return;
    }
    let rest = partial + data;
    for (;;) {
      const newline = rest.indexOf("\n");
      const end = newline < 0 || newline >= MAX_LINE ? (rest.length >= MAX_LINE ? MAX_LINE : 0) : newline + 1;
      if (end === 0) break;
      this.#add(stream, rest.slice(0, end));
      rest = rest.slice(end);
    }
    this.#partial[stream] = rest;
  }

  /** The streams are closed: what is left is a line without its end. */
  close(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.#partial[stream] !== "") this.#add(stream, this.#partial[stream]);
      this.#partial[stream] = "";
    }
  }

  #add(stream: "stdout" | "stderr", text: string): void {
    if (this.#full) return;
    this.#bytes += text.length;
    if (this.#bytes > MAX_LOG || this.#entries.length >= MAX_LINES) {
      this.#full = true;
      const most = this.#bytes > MAX_LOG ? `${MAX_LOG >> 20} MiB` : `${MAX_LINES} lines`;
      text = `(the simulator keeps no more than ${most} of a container's log: the rest is left out)\n`;
    }
    const entry: LogEntry = { ms: this.#now(), stream, text };
    this.#entries.push(entry);
    for (const listener of this.listeners) listener(entry);
  }
}
