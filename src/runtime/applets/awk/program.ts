/**
 * What a parsed awk program is made of. An expression that cannot block is a plain function; one that can (it reads, runs a
 * command or calls a function of the program's) is a task. `lift` makes the one or the other out of its parts.
 */
import type { Task } from "../../../time/task.ts";
import type { Awk } from "./interpreter.ts";
import type { Value } from "./value.ts";

export interface Expression {
  /** Undefined: it can block. */
  readonly now: ((awk: Awk) => Value) | undefined;
  readonly task: (awk: Awk) => Task<Value>;
  /** Where a value can be put. */
  readonly place?: Place;
  /** A pattern written between slashes: its text. */
  readonly pattern?: string;
  /** `(a, b)`: what `print` takes as its list and `in` as a subscript. */
  readonly list?: readonly Expression[];
  /** `k in a`, for `for`. */
  readonly within?: { readonly key: Place; readonly array: Variable };
}

/** A variable: of the whole program, or the n-th of the function that runs. */
export interface Variable {
  readonly name: string;
  readonly local: number | undefined;
}

/** Where a value is kept. `key` is worked out first, once. */
export interface Place {
  readonly kind: "variable" | "field" | "element";
  readonly variable: Variable | undefined;
  readonly key: Expression | undefined;
}

export type Statement = (awk: Awk) => Task<void>;

export interface UserFunction {
  readonly name: string;
  readonly parameters: number;
  body: Statement;
}

export interface Rule {
  readonly kind: "pattern" | "range";
  readonly from: Expression | undefined;
  readonly to: Expression | undefined;
  readonly body: Statement;
  active: boolean;
}

export interface Program {
  readonly begin: readonly Statement[];
  readonly rules: readonly Rule[];
  readonly end: readonly Statement[];
}

/** An expression of its parts' values. */
export function lift(parts: readonly Expression[], combine: (awk: Awk, values: readonly Value[]) => Value): Expression {
  const ready = parts.map(({ now }) => now);
  if (ready.every((one) => one !== undefined)) {
    const [a, b] = ready as ((awk: Awk) => Value)[];
    const now: (awk: Awk) => Value =
      parts.length === 1
        ? (awk) => combine(awk, [a!(awk)])
        : parts.length === 2
          ? (awk) => combine(awk, [a!(awk), b!(awk)])
          : (awk) =>
              combine(
                awk,
                ready.map((one) => one!(awk)),
              );
    return plain(now);
  }
  return blocking(function* (awk) {
    const values: Value[] = [];
    for (const part of parts) values.push(part.now ? part.now(awk) : yield* part.task(awk));
    return combine(awk, values);
  });
}

export function plain(now: (awk: Awk) => Value): Expression {
  return {
    now,
    *task(awk) {
      return now(awk);
    },
  };
}

export function blocking(task: (awk: Awk) => Task<Value>): Expression {
  return { now: undefined, task };
}
