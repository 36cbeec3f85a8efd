/** Calls of a program's own functions. */
import { Cell, Jump } from "./interpreter.ts";
import { read } from "./places.ts";
import { blocking, type Expression, type UserFunction, type Variable } from "./program.ts";
import type { Value } from "./value.ts";

export interface Argument {
  readonly value: Expression;
  /** Only a variable's name: it may be an array. */
  readonly bare: Variable | undefined;
}

export function call(target: UserFunction, parts: readonly Argument[], line: number): Expression {
  return blocking(function* (awk) {
    if (target.parameters < 0) throw awk.fault(line, "Call to undefined function");
    const frame: Cell[] = [];
    for (const { value, bare } of parts) {
      if (bare) {
        const cell = read(awk, bare);
        const held: Value = cell.isArray ? undefined : yield* value.task(awk);
        frame.push(new Cell(held, cell.isArray || held === undefined ? cell : undefined));
      } else frame.push(new Cell(yield* value.task(awk)));
    }
    const before = awk.frame;
    awk.frame = frame;
    awk.enter();
    try {
      yield* target.body(awk);
      return undefined;
    } catch (jump) {
      if (jump instanceof Jump && jump.kind === "return") return jump.value;
      throw jump;
    } finally {
      awk.frame = before;
      awk.depth--;
    }
  });
}
