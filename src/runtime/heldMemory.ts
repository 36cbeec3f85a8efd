/** What a program keeps of its input counts as its memory, so that one that keeps too much meets its container's limit. */
import type { Task } from "../time/task.ts";
import type { Sys } from "./sys.ts";

/** A program that holds nothing. */
const BASE_BYTES = 1 << 20;
/** The kernel is told in steps of this size. */
const STEP_BYTES = 1 << 20;
/** What a program is taken to want when it wants more than can be held here. */
const OUTGROWN_BYTES = 4 * 2 ** 30;

/** The program held `before` bytes and now holds `after`. The OOM killer may end it inside the call. */
export function* hold(sys: Sys, before: number, after: number): Task {
  if (Math.floor(before / STEP_BYTES) !== Math.floor(after / STEP_BYTES)) yield* sys.memory(BASE_BYTES + after);
}

/**
 * The program has outgrown the simulator, and would go on growing: with a memory limit that is its end. Where there is
 * none this returns, and the program has to give up by itself.
 */
export function* outgrow(sys: Sys): Task {
  yield* sys.memory(OUTGROWN_BYTES);
  yield* sys.memory(BASE_BYTES);
}
