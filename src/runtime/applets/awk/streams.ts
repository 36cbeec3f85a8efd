/** What an awk program has open besides its main input: files and commands, read or written, by the name it gave them. */
import type { Task } from "../../../time/task.ts";
import { exitCodeOf } from "../../signals.ts";
import { SIGNAL_NUMBERS } from "../../signals.ts";
import { type Sys, SysError } from "../../sys.ts";
import { because, Fault } from "../options.ts";
import type { Pace } from "../pace.ts";
import { Output } from "../streams.ts";
import { RecordReader } from "./records.ts";

interface Stream {
  readonly fd: number;
  readonly reader?: RecordReader;
  readonly output?: Output;
  /** The command's process. */
  readonly pid?: number;
}

export class Streams {
  readonly stdout: Output;
  readonly #sys: Sys;
  readonly #pace: Pace;
  readonly #open = new Map<string, Stream>();

  constructor(sys: Sys, pace: Pace) {
    this.#sys = sys;
    this.#pace = pace;
    this.stdout = new Output(sys);
  }

  /** Where `print > name` and the like write. Throws Fault when a file cannot be opened. */
  *writer(name: string, mode: ">" | ">>" | "|"): Task<Output> {
    const known = this.#open.get(name);
    if (known?.output) return known.output;
    if (mode === "|") {
      yield* this.flush();
      const [read, write] = this.#sys.pipe();
      this.#sys.setCloseOnExec(write, true);
      const pid = this.#shell(name, new Map([[0, read], [1, 1], [2, 2]])); // biome-ignore format: three descriptors
      this.#sys.close(read);
      return this.#keep(name, { fd: write, output: new Output(this.#sys, write), pid });
    }
    try {
      const flags = { write: true, create: true, truncate: mode === ">", append: mode === ">>" };
      const fd = yield* this.#sys.openBlocking(name, flags, 0o666);
      this.#sys.setCloseOnExec(fd, true);
      return this.#keep(name, { fd, output: new Output(this.#sys, fd) });
    } catch (error) {
      throw new Fault(`awk: can't open '${name}': ${because(error)}\n`);
    }
  }

  #keep(name: string, stream: Stream & { readonly output: Output }): Output {
    this.#open.set(name, stream);
    return stream.output;
  }

  /** What `getline < name` or `name | getline` reads. Throws SysError when a file cannot be opened. */
  *reader(name: string, isCommand: boolean): Task<RecordReader> {
    const known = this.#open.get(name);
    if (known?.reader) return known.reader;
    let fd = 0;
    let pid: number | undefined;
    if (isCommand) {
      yield* this.flush();
      const [read, write] = this.#sys.pipe();
      this.#sys.setCloseOnExec(read, true);
      pid = this.#shell(name, new Map([[0, 0], [1, write], [2, 2]])); // biome-ignore format: three descriptors
      this.#sys.close(write);
      fd = read;
    } else if (name !== "-") fd = yield* this.#sys.openBlocking(name, { read: true });
    const reader = new RecordReader(this.#sys, fd, this.#pace);
    this.#open.set(name, { fd, reader, ...(pid === undefined ? {} : { pid }) });
    return reader;
  }

  #shell(command: string, fds: ReadonlyMap<number, number>): number {
    return this.#sys.spawn({ path: "/bin/sh", argv: ["sh", "-c", command], env: this.#sys.env, fds });
  }

  /** `system()`: the command's exit code. */
  *run(command: string): Task<number> {
    yield* this.flush();
    const pid = this.#shell(command, new Map([[0, 0], [1, 1], [2, 2]])); // biome-ignore format: three descriptors
    this.#pace.rested();
    return (yield* this.#wait(pid)) >> 8;
  }

  /** A child's end as waitpid(2) encodes it. */
  *#wait(pid: number): Task<number> {
    for (;;) {
      try {
        const ended = yield* this.#sys.wait(pid);
        if (!ended) return 0;
        return "exited" in ended.status ? exitCodeOf(ended.status) << 8 : (SIGNAL_NUMBERS[ended.status.signaled] ?? 0);
      } catch (error) {
        if (!(error instanceof SysError) || error.errno !== "EINTR") throw error;
      }
    }
  }

  /** What close() returns. */
  *close(name: string): Task<number> {
    const stream = this.#open.get(name);
    if (!stream) return 0;
    this.#open.delete(name);
    yield* this.stdout.flush();
    if (stream.output) yield* stream.output.flush();
    if (stream.fd > 2) this.#sys.close(stream.fd);
    return stream.pid === undefined ? 0 : yield* this.#wait(stream.pid);
  }

  *closeAll(): Task {
    yield* this.flush();
    for (const name of [...this.#open.keys()]) yield* this.close(name);
  }

  /** All that was written and not yet sent. */
  *flush(): Task {
    yield* this.stdout.flush();
    for (const { output } of this.#open.values()) if (output) yield* output.flush();
  }

  *flushOne(name: string): Task<number> {
    const output = this.#open.get(name)?.output;
    if (!output) return -1;
    yield* output.flush();
    return 0;
  }
}
