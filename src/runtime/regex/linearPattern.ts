/**
 * Regular expressions as JavaScript writes them, for patterns that somebody else wrote: whether a text holds a match, in time
 * that grows with text times pattern and no faster. A set of states is carried over the text from its end to its beginning,
 * so that a lookahead is known where it is asked for. Back references and lookbehind cannot be had that way.
 */
import {
  type CharacterSet,
  type Node,
  type PatternFlags,
  PatternProblem,
  type Place,
  readPattern,
} from "./linearPatternSyntax.ts";

export { type PatternFlags, PatternProblem };

/** States of a pattern once repetitions are written out. */
const mostStates = 3000;
/** States times characters that are kept to find out what a group holds: bytes. */
const mostKept = 1 << 26;

/** One state; all but sets go on without taking a character, where their condition holds. */
type State =
  | { readonly kind: "set"; readonly set: CharacterSet; readonly next: number }
  | { readonly kind: "fork" }
  | { readonly kind: "place"; readonly place: Place }
  | { readonly kind: "ahead"; readonly start: number; readonly negative: boolean }
  | { readonly kind: "open" | "close" }
  | { readonly kind: "match" };

/** The states of the pattern itself, or of one lookahead. */
interface Part {
  readonly sets: number[];
  readonly match: number;
}

export class LinearPattern {
  readonly #flags: PatternFlags;
  readonly #states: State[] = [];
  /** By state: those that go on to it without a character. */
  readonly #before: number[][] = [];
  /** By state: those that it goes on to without a character, the ones that JavaScript tries first before the others. */
  readonly #after: number[][] = [];
  /** Lookaheads before the parts that ask for them; the pattern itself comes last. */
  readonly #parts: Part[] = [];
  readonly #start: number;

  /** Throws PatternProblem. */
  constructor(source: string, flags: PatternFlags = {}) {
    this.#flags = flags;
    this.#start = this.#compilePart(readPattern(source, flags));
  }

  test(text: string): boolean {
    const count = this.#states.length;
    let alive = new Uint8Array(count);
    let later = new Uint8Array(count);
    for (let at = text.length; at >= 0; at--) {
      [alive, later] = [later, alive];
      alive.fill(0);
      for (const part of this.#parts) this.#enter(part, text, at, alive, later);
      if (alive[this.#start]) return true;
    }
    return false;
  }

  /** Whether there are parentheses that keep what they find. */
  get hasGroup(): boolean {
    return this.#states.some(({ kind }) => kind === "open");
  }

  /**
   * What the first parentheses hold in the match that JavaScript would find. Undefined: there is no match, or one
   * without them, or the text is too long for this pattern to be kept in mind.
   */
  firstGroup(text: string): string | undefined {
    const count = this.#states.length;
    if (count * (text.length + 2) > mostKept) return undefined;
    const alive: Uint8Array[] = [];
    for (let at = text.length; at >= 0; at--) {
      const now = (alive[at] = new Uint8Array(count));
      for (const part of this.#parts) this.#enter(part, text, at, now, alive[at + 1] ?? now);
    }
    let at = alive.findIndex((one) => one[this.#start] === 1);
    if (at < 0) return undefined;
    let open = -1;
    let close = -1;
    for (let id = this.#start; ; at++) {
      // Only states that lead to the match are walked through, so that no choice has to be taken back.
      const path = this.#pathFrom(id, alive[at]!);
      for (const step of path) {
        const { kind } = this.#states[step]!;
        if (kind === "open") open = at;
        else if (kind === "close") close = at;
      }
      const state = this.#states[path.at(-1)!]!;
      if (state.kind !== "set") return close < 0 ? undefined : text.slice(open, close);
      id = state.next;
    }
  }

  /** From a state to the one that takes the next character, or to the match; by way of what JavaScript would try first. */
  #pathFrom(id: number, alive: Uint8Array, seen = new Set<number>()): number[] {
    seen.add(id);
    const { kind } = this.#states[id]!;
    if (kind === "set" || kind === "match") return [id];
    for (const next of this.#after[id]!) {
      if (!alive[next] || seen.has(next)) continue;
      const rest = this.#pathFrom(next, alive, seen);
      if (rest.length > 0) return [id, ...rest];
    }
    return [];
  }

  /** Which states of a part lead to its match from `at` on. */
  #enter({ sets, match }: Part, text: string, at: number, alive: Uint8Array, later: Uint8Array): void {
    const open = [match];
    alive[match] = 1;
    if (at < text.length) {
      const code = text.charCodeAt(at);
      for (const id of sets) {
        const state = this.#states[id] as Extract<State, { kind: "set" }>;
        if (!later[state.next] || !state.set.has(code)) continue;
        alive[id] = 1;
        open.push(id);
      }
    }
    for (let id = open.pop(); id !== undefined; id = open.pop())
      for (const before of this.#before[id]!) {
        if (alive[before] || !this.#holds(this.#states[before]!, text, at, alive)) continue;
        alive[before] = 1;
        open.push(before);
      }
  }

  #holds(state: State, text: string, at: number, alive: Uint8Array): boolean {
    if (state.kind === "place") return isPlace(state.place, text, at, this.#flags.multiline === true);
    return state.kind !== "ahead" || (alive[state.start] === 1) !== state.negative;
  }

  #compilePart(node: Node): number {
    const part: Part = { sets: [], match: this.#add({ kind: "match" }) };
    const start = this.#compile(node, part.match, part);
    this.#parts.push(part);
    return start;
  }

  /** Adds the states of `node` before `next`; the first of them. */
  #compile(node: Node, next: number, part: Part): number {
    switch (node.kind) {
      case "set": {
        const id = this.#add({ kind: "set", set: node.set, next });
        part.sets.push(id);
        return id;
      }
      case "sequence":
        return node.parts.reduceRight((after, one) => this.#compile(one, after, part), next);
      case "alternatives":
        return this.#add(
          { kind: "fork" },
          node.parts.map((one) => this.#compile(one, next, part)),
        );
      case "place":
        return this.#add({ kind: "place", place: node.place }, [next]);
      case "ahead": {
        const start = this.#compilePart(node.body);
        return this.#add({ kind: "ahead", start, negative: node.negative }, [next]);
      }
      case "group":
        return this.#add({ kind: "open" }, [this.#compile(node.body, this.#add({ kind: "close" }, [next]), part)]);
      case "repeat": {
        let first = next;
        const choice = (more: number) => (node.lazy ? [next, more] : [more, next]);
        if (node.max === Number.POSITIVE_INFINITY) {
          first = this.#add({ kind: "fork" });
          this.#link(first, choice(this.#compile(node.body, first, part)));
        } else
          for (let i = node.min; i < node.max; i++)
            first = this.#add({ kind: "fork" }, choice(this.#compile(node.body, first, part)));
        for (let i = 0; i < node.min; i++) first = this.#compile(node.body, first, part);
        return first;
      }
    }
  }

  #add(state: State, next: readonly number[] = []): number {
    if (this.#states.length >= mostStates)
      throw new PatternProblem("it is too large: repetitions such as {1000} are written out");
    const id = this.#states.push(state) - 1;
    this.#before.push([]);
    this.#after.push([]);
    this.#link(id, next);
    return id;
  }

  #link(id: number, next: readonly number[]): void {
    this.#after[id]!.push(...next);
    for (const one of next) this.#before[one]!.push(id);
  }
}

function isPlace(place: Place, text: string, at: number, multiline: boolean): boolean {
  switch (place) {
    case "start":
      return at === 0 || (multiline && isLineEnd(text.charCodeAt(at - 1)));
    case "end":
      return at === text.length || (multiline && isLineEnd(text.charCodeAt(at)));
    default: {
      const isBoundary = isWord(text.charCodeAt(at - 1)) !== isWord(text.charCodeAt(at));
      return isBoundary === (place === "wordBoundary");
    }
  }
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13 || code === 0x2028 || code === 0x2029;
}

/** NaN, outside of the text, is none. */
function isWord(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);
}
