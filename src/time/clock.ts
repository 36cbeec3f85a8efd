/**
 * Virtual time. Nothing else in src/ below the runner knows what time it is. The clock jumps from one due time to
 * the next and never ticks, so a cluster in which nothing happens costs nothing.
 */

/** A request to run something later; keep it only to cancel it. */
export interface Timer {
  readonly due: number;
  readonly sequence: number;
  action: (() => void) | undefined;
}

/** Thrown out of `runUntil` when a simulation used up its budget of steps; the text is for people. */
export class StepLimitExceeded extends Error {
  constructor(steps: number) {
    super(`the simulation stopped after ${steps} steps: something in it never comes to rest`);
  }
}

export class Clock {
  /** ms since the clock began. */
  now = 0;
  /** Actions run so far. */
  steps = 0;
  readonly #heap: Timer[] = [];
  readonly #maxSteps: number;
  #sequence = 0;

  constructor(maxSteps = 20_000_000) {
    this.#maxSteps = maxSteps;
  }

  /** Runs `action` in `ms` (at least 0). Equal due times run in the order they were asked for: the order is total. */
  after(ms: number, action: () => void): Timer {
    const timer: Timer = { due: this.now + Math.max(ms, 0), sequence: this.#sequence++, action };
    this.#push(timer);
    return timer;
  }

  /** A cancelled timer stays in the queue, empty, until its time comes; cancelling twice is harmless. */
  cancel(timer: Timer | undefined): void {
    if (timer) timer.action = undefined;
  }

  /** When the next action is due, or undefined when nothing will ever happen again by itself. */
  nextDue(): number | undefined {
    while (this.#heap.length > 0 && this.#heap[0]!.action === undefined) this.#pop();
    return this.#heap[0]?.due;
  }

  /** Runs all that is due up to and including `end`, then stands at `end`. Throws StepLimitExceeded. */
  runUntil(end: number): void {
    for (let due = this.nextDue(); due !== undefined && due <= end; due = this.nextDue()) {
      const { action } = this.#pop();
      this.now = due;
      if (++this.steps > this.#maxSteps) throw new StepLimitExceeded(this.#maxSteps);
      action!();
    }
    if (end > this.now) this.now = end;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(timer);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(timer, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = timer;
  }

  #pop(): Timer {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.due < b.due || (a.due === b.due && a.sequence < b.sequence);
}
