/**
 * The deterministic automaton of an expression, built while it runs: each byte of the text is looked at once, so no pattern
 * takes exponential time. It tells where matches end, not what groups held.
 */
import type { RegexProgram } from "./program.ts";
import { type Assertion, isWordByte } from "./syntax.ts";

/** What stands before a position. */
export type Context = 0 | 1 | 2 | 3 | 4;
/** The beginning of the buffer, where a line begins. */
export const BUFFER_START: Context = 0;
/** The beginning of the buffer, but not of a line (REG_NOTBOL). */
export const BUFFER_START_INSIDE_LINE: Context = 1;
const AFTER_NEWLINE: Context = 2;
const AFTER_WORD: Context = 3;
const AFTER_OTHER: Context = 4;

/** The symbol behind the last byte. */
const END = 256;
const SYMBOLS = 257;
const DEAD = 0;
/** States kept at once; a pattern that makes more begins afresh. */
const MAX_STATES = 600;

export function contextAfter(byte: number): Context {
  return byte === 10 ? AFTER_NEWLINE : isWordByte(byte) ? AFTER_WORD : AFTER_OTHER;
}

/** Does an assertion hold between what stands before and the next symbol? */
export function holds(what: Assertion, before: Context, next: number, newline: boolean): boolean {
  switch (what) {
    case "lineStart":
      return before === BUFFER_START || (newline && before === AFTER_NEWLINE);
    case "lineEnd":
      return next === END || (newline && next === 10);
    case "bufferStart":
      return before === BUFFER_START || before === BUFFER_START_INSIDE_LINE;
    case "bufferEnd":
      return next === END;
    default: {
      const wordBefore = before === AFTER_WORD;
      const wordNext = next !== END && isWordByte(next);
      if (what === "wordStart") return !wordBefore && wordNext;
      if (what === "wordEnd") return wordBefore && !wordNext;
      return (wordBefore !== wordNext) === (what === "wordBoundary");
    }
  }
}

interface State {
  readonly positions: readonly number[];
  readonly context: Context;
  /** By symbol: 0 is not known yet, else 1 + 2 * (next state) + (a match ends before the symbol). */
  readonly next: Int32Array;
}

export class Automaton {
  readonly #program: RegexProgram;
  readonly #newline: boolean;
  /** Whether a match may begin at every position, not only where the run began. */
  readonly #anywhere: boolean;
  readonly #asserts: boolean;
  readonly #mark: Uint32Array;
  #generation = 0;
  #states: State[] = [];
  #byKey = new Map<string, number>();

  constructor(program: RegexProgram, newline: boolean, anywhere: boolean) {
    this.#program = program;
    this.#newline = newline;
    this.#anywhere = anywhere;
    this.#asserts = program.code.some(({ op }) => op === "assert");
    this.#mark = new Uint32Array(program.code.length);
    this.#forget();
  }

  #forget(): void {
    this.#states = [{ positions: [], context: AFTER_OTHER, next: new Int32Array(SYMBOLS).fill(1) }];
    this.#byKey = new Map();
  }

  #state(positions: readonly number[], before: Context): number {
    if (positions.length === 0) return DEAD;
    const context = this.#asserts ? before : AFTER_OTHER;
    const key = `${context}:${positions.join()}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const made = this.#states.push({ positions, context, next: new Int32Array(SYMBOLS) }) - 1;
    this.#byKey.set(key, made);
    return made;
  }

  #step(from: State, symbol: number): number {
    const { code } = this.#program;
    const generation = ++this.#generation;
    const stack = [...from.positions].reverse();
    const next: number[] = [];
    let matched = 0;
    while (stack.length > 0) {
      const at = stack.pop()!;
      if (this.#mark[at] === generation) continue;
      this.#mark[at] = generation;
      const instruction = code[at]!;
      switch (instruction.op) {
        case "set":
          if (symbol !== END && instruction.set[symbol]) next.push(at + 1);
          break;
        case "split":
          stack.push(instruction.second, instruction.first);
          break;
        case "jump":
          stack.push(instruction.to);
          break;
        case "assert":
          if (holds(instruction.what, from.context, symbol, this.#newline)) stack.push(at + 1);
          break;
        case "match":
          matched = 1;
          break;
        default:
          stack.push(at + 1);
      }
    }
    const positions = [...new Set(this.#anywhere && symbol !== END ? [...next, 0] : next)].sort((a, b) => a - b);
    return 1 + 2 * this.#state(positions, symbol === END ? AFTER_OTHER : contextAfter(symbol)) + matched;
  }

  /** Where the longest match that begins at `from` ends (or, for matches anywhere, the first end found); -1: none. */
  run(text: string, from: number, before: Context): number {
    if (this.#states.length > MAX_STATES) this.#forget();
    let state = this.#state([0], before);
    let end = -1;
    for (let at = from; ; at++) {
      const symbol = at < text.length ? text.charCodeAt(at) & 255 : END;
      const current = this.#states[state]!;
      let entry = current.next[symbol]!;
      if (entry === 0) {
        if (this.#states.length > MAX_STATES) {
          const { positions, context } = current;
          this.#forget();
          state = this.#state(positions, context);
          entry = this.#step(this.#states[state]!, symbol);
        } else entry = this.#step(current, symbol);
        this.#states[state]!.next[symbol] = entry;
      }
      if (((entry - 1) & 1) === 1) {
        end = at;
        if (this.#anywhere) return end;
      }
      state = (entry - 1) >> 1;
      if (state === DEAD || symbol === END) return end;
    }
  }
}
