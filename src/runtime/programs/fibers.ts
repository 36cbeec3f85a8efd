/**
 * Several activities in one process, as an event-driven server has them: each is a task, and the process waits for
 * whichever comes first. A caught signal interrupts the waiting (EINTR) but none of the activities.
 */
import type { Clock } from "../../time/clock.ts";
import type { Task, Wait } from "../../time/task.ts";
import { SysError } from "../sys.ts";

interface Fiber {
  readonly task: Task<void>;
  wait: Wait<unknown> | undefined;
  started: boolean;
  ready: boolean;
  value: unknown;
}

export class Fibers {
  readonly #all = new Set<Fiber>();
  #notify: (() => void) | undefined;

  get size(): number {
    return this.#all.size;
  }

  /** The function forgets the activity where it stands. */
  add(task: Task<void>): () => void {
    const fiber: Fiber = { task, wait: undefined, started: false, ready: true, value: undefined };
    this.#all.add(fiber);
    return () => this.#all.delete(fiber);
  }

  /** Runs until all activities have ended. Throws EINTR when a signal was caught; call it again to go on. */
  *run(): Task<void> {
    while (this.#all.size > 0) {
      for (const fiber of [...this.#all]) if (fiber.ready) this.#step(fiber);
      if (this.#all.size === 0) return;
      if (![...this.#all].some((fiber) => fiber.ready)) yield this.#any();
    }
  }

  #step(fiber: Fiber): void {
    fiber.ready = false;
    fiber.started = false;
    const { value } = fiber;
    fiber.value = undefined;
    try {
      const next = fiber.task.next(value);
      if (next.done) this.#all.delete(fiber);
      else fiber.wait = next.value;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      // A broken connection ends its own activity, not the server.
      this.#all.delete(fiber);
    }
  }

  #any(): Wait<void> {
    return {
      start: (clock: Clock, done) => {
        let told = false;
        this.#notify = () => {
          if (told) return;
          told = true;
          clock.after(0, () => {
            if (live) done();
          });
        };
        let live = true;
        for (const fiber of this.#all) {
          if (fiber.started || !fiber.wait) continue;
          fiber.started = true;
          fiber.wait.start(clock, (value) => {
            fiber.ready = true;
            fiber.value = value;
            this.#notify?.();
          });
        }
        return () => {
          live = false;
          this.#notify = undefined;
        };
      },
    };
  }
}
