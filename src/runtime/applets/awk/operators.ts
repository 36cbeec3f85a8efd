/** awk's operators on values. */
import type { Awk } from "./interpreter.ts";
import { blocking, type Expression, lift, plain } from "./program.ts";
import { isNumeric, isTrue, toNumber, type Value } from "./value.ts";

export function arithmetic(awk: Awk, line: number, operator: string, a: number, b: number): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "^":
      throw awk.fault(line, "Math support is not compiled in");
    default:
      return divide(awk, line, operator, a, b);
  }
}

export function divide(awk: Awk, line: number, operator: string, a: number, b: number): number {
  if (b === 0) throw awk.fault(line, "Division by zero");
  if (operator === "/") return a / b;
  // busybox' modulo goes through an integer quotient.
  return a - Math.trunc(a / b) * b;
}

export function negate(value: Expression): Expression {
  return lift([value], (_awk, [one]) => -toNumber(one));
}

function compareValues(awk: Awk, a: Value, b: Value): number {
  if (isNumeric(a) && isNumeric(b)) {
    const difference = toNumber(a) - toNumber(b);
    return Number.isNaN(difference) && toNumber(a) === toNumber(b) ? 0 : difference;
  }
  let [x, y] = [awk.text(a), awk.text(b)];
  if (awk.ignoreCase) [x, y] = [x.toLowerCase(), y.toLowerCase()];
  return x < y ? -1 : x > y ? 1 : 0;
}

export function compare(operator: string, left: Expression, right: Expression): Expression {
  const holds: (difference: number) => boolean = {
    "<": (d: number) => d < 0,
    "<=": (d: number) => d <= 0,
    "==": (d: number) => d === 0,
    "!=": (d: number) => d !== 0,
    ">": (d: number) => d > 0,
    ">=": (d: number) => d >= 0,
  }[operator]!;
  return lift([left, right], (awk, [a, b]) => (holds(compareValues(awk, a, b)) ? 1 : 0));
}

/** `left ~ right`; a pattern between slashes is not matched by itself first. */
export function matches(left: Expression, right: Expression, wanted: boolean): Expression {
  const { pattern } = right;
  if (pattern !== undefined) {
    return lift([left], (awk, [text]) => (awk.regex(pattern).test(awk.text(text)) === wanted ? 1 : 0));
  }
  return lift([left, right], (awk, [text, source]) =>
    awk.regex(awk.text(source)).test(awk.text(text)) === wanted ? 1 : 0,
  );
}

export function binary(operator: "||" | "&&", left: Expression, right: Expression): Expression {
  const decided = operator === "||";
  if (left.now && right.now) {
    const [a, b] = [left.now, right.now];
    return plain((awk) => (isTrue(a(awk)) === decided || isTrue(b(awk)) === decided ? +decided : +!decided));
  }
  return blocking(function* (awk) {
    if (isTrue(yield* left.task(awk)) === decided) return +decided;
    return isTrue(yield* right.task(awk)) === decided ? +decided : +!decided;
  });
}

/** `a[i, j]`: the parts with SUBSEP between them. */
export function joinSubscript(parts: readonly Expression[]): Expression {
  return lift(parts, (awk, values) => values.map((value) => awk.text(value)).join(awk.setting("SUBSEP")));
}
