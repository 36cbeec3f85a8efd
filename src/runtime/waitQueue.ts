/** Those who wait for a file to become readable, a child to end, room in a pipe: woken in the order they came. */
import type { Wait } from "../time/task.ts";

export class WaitQueue {
  /** Nearly always one or none. */
  #waiting: (() => void)[] | undefined;

  get isEmpty(): boolean {
    return this.#waiting === undefined || this.#waiting.length === 0;
  }

  /** Wakes all, each in an event of its own at the present time. */
  wake(): void {
    const woken = this.#waiting;
    if (!woken || woken.length === 0) return;
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
        (this.#waiting ??= []).push(resume);
        return () => {
          cancelled = true;
          const at = this.#waiting?.indexOf(resume) ?? -1;
          if (at >= 0) this.#waiting!.splice(at, 1);
        };
      },
    };
  }
}
