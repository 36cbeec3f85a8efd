/**
 * A task is a generator that yields what it waits for. Processes in containers and the cluster's loops (a Pod worker,
 * a probe) are all tasks: they read from top to bottom and never call back.
 */
import type { Clock, Timer } from "./clock.ts";

/**
 * Something that can be waited for. `start` is called once and calls `done` at most once, never before it returns;
 * the function that it returns abandons the wait.
 */
export interface Wait<T> {
  start(clock: Clock, done: (value: T) => void): () => void;
}

// biome-ignore lint/suspicious/noExplicitAny: each `wait` casts its own answer, beside the call that it belongs to.
export type Task<Result = void> = Generator<Wait<any>, Result, any>;

/** Waits inside a task: `const value = yield* wait(...)`. */
export function* wait<T>(what: Wait<T>): Task<T> {
  return (yield what) as T;
}

/** Waits `ms` of virtual time. */
export function sleep(ms: number): Task<void> {
  return wait(pause(ms));
}

/** The same to be yielded as it is, where it happens so often that a generator for each would count. */
export function pause(ms: number): Wait<void> {
  return {
    start(clock, done) {
      const timer = clock.after(ms, done as () => void);
      return () => clock.cancel(timer);
    },
  };
}

/** A running task, from outside. */
export interface TaskHandle {
  readonly done: boolean;
  /** Abandons the task where it stands; its `finally` blocks run. Harmless when it is done. */
  cancel(): void;
}

/** Starts a task now; `onDone` gets its result. Exceptions are faults of ours and pass through to `runUntil`. */
export function startTask<R>(clock: Clock, task: Task<R>, onDone?: (result: R) => void): TaskHandle {
  let abandon: (() => void) | undefined;
  let finished = false;
  const step = (value?: unknown): void => {
    abandon = undefined;
    const next = task.next(value);
    if (next.done) {
      finished = true;
      onDone?.(next.value);
    } else if (!finished) {
      abandon = next.value.start(clock, step);
    }
  };
  step();
  return {
    get done() {
      return finished;
    },
    cancel() {
      if (finished) return;
      finished = true;
      abandon?.();
      task.return(undefined as R);
    },
  };
}

/** A condition that tasks wait for: `fire` wakes all that wait now, in the order they came. */
export class Signal<T = void> {
  #waiting = new Set<(value: T) => void>();

  fire(value: T): void {
    const woken = this.#waiting;
    this.#waiting = new Set();
    for (const done of woken) done(value);
  }

  /** Waits for the next `fire`. */
  next(): Task<T> {
    return wait(this.asWait());
  }

  asWait(): Wait<T> {
    return {
      start: (_clock, done) => {
        this.#waiting.add(done);
        return () => this.#waiting.delete(done);
      },
    };
  }
}

/** Runs tasks side by side and waits for all; results in the order given. */
export function all<R>(tasks: readonly Task<R>[]): Task<R[]> {
  return wait<R[]>({
    start(clock, done) {
      const results: R[] = new Array(tasks.length);
      let left = tasks.length;
      if (left === 0) {
        const timer = clock.after(0, () => done(results));
        return () => clock.cancel(timer);
      }
      let settled: Timer | undefined;
      const handles = tasks.map((task, i) =>
        startTask(clock, task, (result) => {
          results[i] = result;
          if (--left === 0) settled = clock.after(0, () => done(results));
        }),
      );
      return () => {
        clock.cancel(settled);
        for (const handle of handles) handle.cancel();
      };
    },
  });
}

/** Runs a task for at most `ms`; undefined when time ran out (the task is abandoned then). */
export function withTimeout<R>(ms: number, task: Task<R>): Task<R | undefined> {
  return wait<R | undefined>({
    start(clock, done) {
      let settled: Timer | undefined;
      const timer = clock.after(ms, () => {
        handle.cancel();
        done(undefined);
      });
      const handle = startTask(clock, task, (result) => {
        clock.cancel(timer);
        settled = clock.after(0, () => done(result));
      });
      return () => {
        clock.cancel(timer);
        clock.cancel(settled);
        handle.cancel();
      };
    },
  });
}
