/** Where awk's values are kept: variables, fields, elements of arrays. */
import { type Awk, Cell } from "./interpreter.ts";
import { arithmetic } from "./operators.ts";
import { type Expression, lift, type Place, plain, type Variable } from "./program.ts";
import { toNumber, type Value } from "./value.ts";

/** The cell that a name stands for now. */
export function read(awk: Awk, { name, local }: Variable): Cell {
  if (local === undefined) return awk.globals.get(name)!;
  return (awk.frame[local] ??= new Cell());
}

export function elementPlace(variable: Variable, key: Expression): Place {
  return { kind: "element", variable, key };
}

/** `key` is the value of the place's key, worked out before. */
export function load(awk: Awk, place: Place, key: Value, line: number): Value {
  if (place.kind === "field") return awk.field(toNumber(key), line);
  const variable = place.variable!;
  if (place.kind === "element") return read(awk, variable).array.get(awk.text(key));
  if (variable.name === "NF" && variable.local === undefined) return awk.fieldCount;
  return read(awk, variable).value;
}

export function store(awk: Awk, place: Place, key: Value, value: Value, line: number): Value {
  if (place.kind === "field") awk.setField(toNumber(key), value ?? "", line);
  else {
    const variable = place.variable!;
    // What was never set is an empty text once it is assigned.
    const kept = value === undefined ? "" : value;
    if (place.kind === "element") read(awk, variable).array.set(awk.text(key), kept);
    else if (variable.name === "NF" && variable.local === undefined) awk.fieldCount = Math.trunc(toNumber(value));
    else read(awk, variable).value = kept;
  }
  return value;
}

/** The expression that a place is. */
export function valueOf(place: Place, line: number): Expression {
  if (place.key) return { ...lift([place.key], (awk, [key]) => load(awk, place, key, line)), place };
  const { name, local } = place.variable!;
  if (local === undefined && name !== "NF") {
    let cell: Cell | undefined;
    return { ...plain((awk) => (cell ??= awk.globals.get(name)!).value), place };
  }
  return { ...plain((awk) => load(awk, place, undefined, line)), place };
}

/** A task that works out a place's key, then does something with it. */
function withKey(
  place: Place,
  others: readonly Expression[],
  use: (awk: Awk, key: Value, rest: readonly Value[]) => Value,
) {
  if (!place.key) {
    if (others.length === 0) return plain((awk) => use(awk, undefined, []));
    return lift(others, (awk, values) => use(awk, undefined, values));
  }
  return lift([place.key, ...others], (awk, [key, ...rest]) => use(awk, key, rest));
}

export function increment(place: Place, by: number, after: boolean, line: number): Expression {
  return withKey(place, [], (awk, key) => {
    const old = toNumber(load(awk, place, key, line));
    store(awk, place, key, old + by, line);
    return after ? old : old + by;
  });
}

export function assign(place: Place, operator: string, value: Expression, line: number): Expression {
  if (operator === "=") return withKey(place, [value], (awk, key, [given]) => store(awk, place, key, given, line));
  const name = operator.slice(0, -1);
  return withKey(place, [value], (awk, key, [given]) => {
    const result = arithmetic(awk, line, name, toNumber(load(awk, place, key, line)), toNumber(given));
    return store(awk, place, key, result, line);
  });
}
