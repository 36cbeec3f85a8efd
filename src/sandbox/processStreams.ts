/** The streams of a program that waits for something elsewhere: a command in the cluster, a shell on a node. Data is bytes. */
import { Fibers } from "../runtime/programs/fibers.ts";
import type { Sys } from "../runtime/sys.ts";
import { Signal, type Task } from "../time/task.ts";

/** What is printed while something is waited for goes out at once; what comes in is handed on. */
export class ProcessStreams {
  readonly #sys: Sys;
  readonly #fibers = new Fibers();
  readonly #printed = new Signal();
  #pending: { fd: number; data: string }[] = [];
  #ended = false;

  constructor(sys: Sys) {
    this.#sys = sys;
  }

  print(fd: number, data: string): void {
    if (data === "") return;
    this.#pending.push({ fd, data });
    this.#printed.fire();
  }

  /** Standard input as it comes, until the function that it gives is called. */
  listen(feed: (data: string, end: boolean) => void): () => void {
    return this.#fibers.add(this.#read(feed));
  }

  *#read(feed: (data: string, end: boolean) => void): Task<void> {
    for (;;) {
      const data = yield* this.#sys.read(0, 4096);
      feed(data, data === "");
      if (data === "") return;
    }
  }

  *during(work: Task<void>): Task<void> {
    // A signal ends the process where it stands: what the command watches and runs elsewhere ends with it.
    this.#sys.atExit(() => work.return());
    this.#fibers.add(this.#run(work));
    this.#fibers.add(this.#write());
    yield* this.#fibers.run();
  }

  *#run(work: Task<void>): Task<void> {
    try {
      yield* work;
    } finally {
      this.#ended = true;
      this.#printed.fire();
    }
  }

  *#write(): Task<void> {
    for (;;) {
      for (const { fd, data } of this.#pending.splice(0)) yield* this.#sys.write(fd, data);
      if (this.#pending.length > 0) continue;
      if (this.#ended) return;
      yield* this.#printed.next();
    }
  }
}
