/**
 * What a program's own work costs. A loop that computes and waits for nothing gets dearer, as the shell's do: it may take
 * hours of virtual time, and these must not take hours of real time.
 */
import type { Task } from "../../time/task.ts";
import { type Sys, SysError } from "../sys.ts";

const STEPS_A_SLICE = 20_000;
const SLICE_MS = 2;
/** Slices after which a program counts as busy without end. */
const BUSY_SLICES = 50;
const DEAREST = 50_000;

export class Pace {
  readonly #sys: Sys;
  #steps = 0;
  #slices = 0;

  constructor(sys: Sys) {
    this.#sys = sys;
  }

  /** Counts a step; `true` when `pay` is due. */
  step(steps = 1): boolean {
    this.#steps += steps;
    return this.#steps >= STEPS_A_SLICE;
  }

  *pay(): Task {
    const slices = this.#steps / STEPS_A_SLICE;
    this.#steps = 0;
    this.#slices += slices;
    const dearer = this.#slices > BUSY_SLICES ? Math.min(DEAREST, (this.#slices / BUSY_SLICES) ** 3) : 1;
    try {
      yield* this.#sys.cpu(SLICE_MS * slices * dearer);
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== "EINTR") throw error;
    }
  }

  /** The program waited for something. */
  rested(): void {
    this.#slices = 0;
  }
}
