/**
 * Regular expressions for the programs in containers: POSIX, leftmost-longest, over bytes, and never slower than a learner's
 * pattern may make them.
 */
import { Automaton, BUFFER_START, BUFFER_START_INSIDE_LINE, type Context, contextAfter } from "./automaton.ts";
import { backtrack, MAX_STEPS, RegexTooSlow } from "./backtrack.ts";
import { compileRegex, type RegexProgram } from "./program.ts";
import { parseRegex, type RegexFlags, type RegexNode, RegexProblem } from "./syntax.ts";

export { RegexProblem, RegexTooSlow, type RegexFlags };

/** Where a match and its groups lie: pairs of positions, undefined for a group that took no part. */
export interface RegexMatch {
  readonly index: number;
  readonly end: number;
  readonly groups: readonly (readonly [from: number, to: number] | undefined)[];
}

/** Bytes looked at in one search, over all the places where a match could begin. */
const MAX_LOOKS = 50_000_000;

export class PosixRegex {
  readonly groups: number;
  readonly #program: RegexProgram;
  readonly #flags: RegexFlags;
  /** All that the pattern says, when it is a plain text. */
  readonly #literal: string | undefined;
  /** The bytes that a match can begin with; undefined when a match can be empty. */
  readonly #first: Uint8Array | undefined;
  readonly #backReferences: boolean;
  #anchored: Automaton | undefined;
  #anywhere: Automaton | undefined;

  /** Throws RegexProblem. */
  constructor(source: string, flags: RegexFlags = {}) {
    const { tree, groups, backReferences } = parseRegex(source, flags);
    this.groups = groups;
    this.#flags = flags;
    this.#program = compileRegex(tree);
    this.#backReferences = backReferences;
    this.#literal = literalOf(tree);
    this.#first = backReferences ? undefined : firstBytes(this.#program);
  }

  /** `insideLine`: `^` does not match at `from` (REG_NOTBOL); what stands before `from` is never looked at. Throws RegexTooSlow. */
  test(text: string, from = 0, insideLine = false): boolean {
    if (this.#literal !== undefined) return text.indexOf(this.#literal, from) >= 0;
    if (this.#backReferences) return this.exec(text, from, insideLine) !== undefined;
    return this.#matchesAnywhere(text, from, insideLine ? BUFFER_START_INSIDE_LINE : BUFFER_START);
  }

  #matchesAnywhere(text: string, from: number, before: Context): boolean {
    this.#anywhere ??= new Automaton(this.#program, this.#flags.newline ?? false, true);
    return this.#anywhere.run(text, from, before) >= 0;
  }

  /** The leftmost match, and of those that begin there the longest. Throws RegexTooSlow. */
  exec(text: string, from = 0, insideLine = false, context?: Context): RegexMatch | undefined {
    if (this.#literal !== undefined) {
      const index = text.indexOf(this.#literal, from);
      return index < 0 ? undefined : { index, end: index + this.#literal.length, groups: [] };
    }
    const before = context ?? (insideLine ? BUFFER_START_INSIDE_LINE : BUFFER_START);
    const contextAt = (at: number) => (at === from ? before : contextAfter(text.charCodeAt(at - 1) & 255));
    if (this.#backReferences) {
      const budget = { steps: MAX_STEPS };
      for (let at = from; at <= text.length; at++) {
        const found = this.#slots(text, at, contextAt(at), undefined, budget);
        if (found) return this.#match(found);
      }
      return undefined;
    }
    this.#anchored ??= new Automaton(this.#program, this.#flags.newline ?? false, false);
    // Short texts are tried at once; for long ones it pays to know first that there is something to find.
    if (text.length - from > 200 && !this.#matchesAnywhere(text, from, before)) return undefined;
    let looks = 0;
    for (let at = from; at <= text.length; at++) {
      if (this.#first && (at === text.length || !this.#first[text.charCodeAt(at) & 255])) continue;
      const end = this.#anchored.run(text, at, contextAt(at));
      if (end >= 0) {
        if (this.groups === 0) return { index: at, end, groups: [] };
        const slots = this.#slots(text, at, contextAt(at), end);
        return slots ? this.#match(slots) : { index: at, end, groups: [] };
      }
      looks += Math.min(text.length - at, 1000);
      if (looks > MAX_LOOKS) throw new RegexTooSlow();
    }
    return undefined;
  }

  /** The next match from `from` on in a text of which the part before was searched: what stands there counts. */
  execAfter(text: string, from: number): RegexMatch | undefined {
    return this.exec(text, from, from > 0, from > 0 ? contextAfter(text.charCodeAt(from - 1) & 255) : undefined);
  }

  #slots(
    text: string,
    from: number,
    before: Context,
    end?: number,
    budget?: { steps: number },
  ): Int32Array | undefined {
    return backtrack(this.#program, this.groups, {
      text,
      from,
      before,
      newline: this.#flags.newline ?? false,
      ignoreCase: this.#flags.ignoreCase ?? false,
      ...(end === undefined ? {} : { end }),
      ...(budget ? { budget } : {}),
    });
  }

  #match(slots: Int32Array): RegexMatch {
    const groups: (readonly [number, number] | undefined)[] = [];
    for (let i = 1; i <= this.groups; i++) {
      const end = slots[2 * i + 1]!;
      groups.push(end < 0 ? undefined : [slots[2 * i]!, end]);
    }
    return { index: slots[0]!, end: slots[1]!, groups };
  }
}

function literalOf(tree: RegexNode): string | undefined {
  const parts = tree.kind === "sequence" ? tree.parts : [tree];
  let text = "";
  for (const part of parts) {
    if (part.kind !== "set") return undefined;
    const only = part.set.indexOf(1);
    if (only < 0 || part.set.indexOf(1, only + 1) >= 0) return undefined;
    text += String.fromCharCode(only);
  }
  return text;
}

/** Undefined when the program can end without taking a byte. */
function firstBytes({ code }: RegexProgram): Uint8Array | undefined {
  const first = new Uint8Array(256);
  const seen = new Set<number>();
  const stack = [0];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const instruction = code[at]!;
    if (instruction.op === "match") return undefined;
    if (instruction.op === "set") instruction.set.forEach((member, byte) => void (member && (first[byte] = 1)));
    else if (instruction.op === "split") stack.push(instruction.first, instruction.second);
    else if (instruction.op === "jump") stack.push(instruction.to);
    else stack.push(at + 1);
  }
  return first;
}
