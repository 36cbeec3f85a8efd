/**
 * What the groups of a match held, and matches of expressions with back references, by trying one way after another. Without
 * back references no way is tried twice, so the time is at most text times program; with them there is a limit.
 */
import { type Context, contextAfter, holds } from "./automaton.ts";
import type { RegexProgram } from "./program.ts";

/** Steps before a search with back references gives up. */
export const MAX_STEPS = 2_000_000;
const END = 256;

/** Thrown when a search would take too long. */
export class RegexTooSlow extends Error {}

export interface Search {
  readonly text: string;
  readonly from: number;
  readonly before: Context;
  /** Steps left for the whole search, over all the places where a match could begin. */
  readonly budget?: { steps: number };
  /** Only a match that ends here counts; undefined: the longest. */
  readonly end?: number;
  readonly newline: boolean;
  readonly ignoreCase: boolean;
}

/** Slots: 2n where group n begins, 2n + 1 where it ends, -1 when it took no part. Undefined: no match. Throws RegexTooSlow. */
export function backtrack({ code, registers }: RegexProgram, groups: number, search: Search): Int32Array | undefined {
  const { text, from, newline } = search;
  const limit = search.end ?? text.length;
  const width = limit - from + 1;
  const exact = search.end !== undefined;
  const visited = exact ? new Uint8Array(code.length * width) : undefined;
  const slotCount = 2 * (groups + 1);
  // Positions of groups, then where iterations began.
  const slots = new Int32Array(slotCount + registers).fill(-1);
  let best: Int32Array | undefined;
  let bestEnd = -1;
  const budget = search.budget ?? { steps: MAX_STEPS };
  // What to come back to: (instruction, position) or, with an instruction below zero, a slot to put back.
  const stack: number[] = [0, from];
  const remember = (slot: number, value: number) => {
    stack.push(-1 - slot, slots[slot]!);
    slots[slot] = value;
  };
  while (stack.length > 0) {
    let at = stack.pop()!;
    let pc = stack.pop()!;
    if (pc < 0) {
      slots[-1 - pc] = at;
      continue;
    }
    for (;;) {
      if (visited) {
        const key = pc * width + (at - from);
        if (visited[key]) break;
        visited[key] = 1;
      } else if (--budget.steps < 0) throw new RegexTooSlow();
      const instruction = code[pc]!;
      if (instruction.op === "match") {
        if (exact ? at === limit : at > bestEnd) {
          best = slots.slice(0, slotCount);
          bestEnd = at;
          best[0] = from;
          best[1] = at;
          if (exact) return best;
        }
        break;
      }
      if (instruction.op === "set") {
        if (at >= limit || !instruction.set[text.charCodeAt(at) & 255]) break;
        at++;
        pc++;
      } else if (instruction.op === "split") {
        stack.push(instruction.second, at);
        pc = instruction.first;
      } else if (instruction.op === "jump") pc = instruction.to;
      else if (instruction.op === "save") {
        remember(instruction.slot, at);
        pc++;
      } else if (instruction.op === "iteration") {
        remember(slotCount + instruction.register, at);
        pc++;
      } else if (instruction.op === "progress") {
        if (slots[slotCount + instruction.register] === at) break;
        pc++;
      } else if (instruction.op === "assert") {
        const before = at === from ? search.before : contextAfter(text.charCodeAt(at - 1) & 255);
        const next = at < text.length ? text.charCodeAt(at) & 255 : END;
        if (!holds(instruction.what, before, next, newline)) break;
        pc++;
      } else if (instruction.op === "backReference") {
        const start = slots[2 * instruction.index]!;
        const end = slots[2 * instruction.index + 1]!;
        if (start < 0 || end < start) break;
        const held = text.slice(start, end);
        const here = text.slice(at, at + held.length);
        if (held !== here && !(search.ignoreCase && held.toLowerCase() === here.toLowerCase())) break;
        at += held.length;
        pc++;
      }
    }
  }
  return best;
}
