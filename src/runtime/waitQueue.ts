/** Those who wait for a file to become readable, a child to end, room in a pipe: woken in the order they came. */
import type { Wait } from "../time/task.ts";

export class WaitQueue {
  #waiting: Set<() => void> | undefined;

  get isEmpty(): boolean {
    return this.#waiting === undefined || this.#waiting.size === 0;
  }

  /** Wakes all, each in an event of its own at the present time. */
  wake(): void {
    if (!this.#waiting || this.#waiting.size === 0) return;
    const woken = this.#waiting;
    this.#waiting = undefined;
    for (const resume of woken) resume();
  }

  wait(): Wait<void> {
    return {
      start: (clock, done) => {
        let cancelled = false;
        const resume = () => {
          clock.after(0, () => {
            if (!cancelled) done();
          });
        };
        (this.#waiting ??= new Set()).add(resume);
        return () => {
          cancelled = true;
          this.#waiting?.delete(resume);
        };
      },
    };
  }
}
