/** A parsed expression as a small program: the states of a nondeterministic automaton, one an instruction. */
import { type Assertion, type RegexNode, RegexProblem } from "./syntax.ts";

export type Instruction =
  /** Takes one byte of `set`, goes on behind itself. */
  | { readonly op: "set"; readonly set: Uint8Array }
  /** Goes on at both; `first` is preferred. */
  | { readonly op: "split"; first: number; second: number }
  | { readonly op: "jump"; to: number }
  /** Notes the position: slot 2n is where group n begins, 2n+1 where it ends. */
  | { readonly op: "save"; readonly slot: number }
  | { readonly op: "assert"; readonly what: Assertion }
  | { readonly op: "backReference"; readonly index: number }
  /** Notes where an iteration begins, so that `progress` can refuse one that took nothing. */
  | { readonly op: "iteration" | "progress"; readonly register: number }
  | { readonly op: "match" };

/** A repetition is written out, so `(a{1000}){1000}` would be a million instructions. */
const MAX_INSTRUCTIONS = 20_000;

export interface RegexProgram {
  readonly code: readonly Instruction[];
  readonly registers: number;
}

/** Throws RegexProblem when the program would be too long. */
export function compileRegex(tree: RegexNode): RegexProgram {
  const code: Instruction[] = [];
  let registers = 0;
  const add = <T extends Instruction>(instruction: T): T => {
    if (code.length >= MAX_INSTRUCTIONS) throw new RegexProblem("Memory exhausted");
    code.push(instruction);
    return instruction;
  };

  function emit(node: RegexNode): void {
    switch (node.kind) {
      case "empty":
        return;
      case "set":
        add({ op: "set", set: node.set });
        return;
      case "assert":
        add({ op: "assert", what: node.what });
        return;
      case "backReference":
        add({ op: "backReference", index: node.index });
        return;
      case "group":
        add({ op: "save", slot: 2 * node.index });
        emit(node.body);
        add({ op: "save", slot: 2 * node.index + 1 });
        return;
      case "sequence":
        node.parts.forEach(emit);
        return;
      case "alternatives": {
        const jumps: { op: "jump"; to: number }[] = [];
        node.parts.forEach((part, i) => {
          if (i === node.parts.length - 1) emit(part);
          else {
            const split = add({ op: "split", first: code.length + 1, second: 0 });
            emit(part);
            jumps.push(add({ op: "jump", to: 0 }));
            split.second = code.length;
          }
        });
        for (const jump of jumps) jump.to = code.length;
        return;
      }
      case "repeat":
        repeat(node.body, node.min, node.max);
    }
  }

  function repeat(body: RegexNode, min: number, max: number): void {
    for (let i = 0; i < min; i++) emit(body);
    if (max === Number.POSITIVE_INFINITY) {
      const split = add({ op: "split", first: code.length + 1, second: 0 });
      const start = code.length - 1;
      const register = registers++;
      add({ op: "iteration", register });
      emit(body);
      add({ op: "progress", register });
      add({ op: "jump", to: start });
      split.second = code.length;
      return;
    }
    const splits: { op: "split"; first: number; second: number }[] = [];
    for (let i = min; i < max; i++) {
      splits.push(add({ op: "split", first: code.length + 1, second: 0 }));
      const register = registers++;
      add({ op: "iteration", register });
      emit(body);
      add({ op: "progress", register });
    }
    for (const split of splits) split.second = code.length;
  }

  emit(tree);
  add({ op: "match" });
  return { code, registers };
}
