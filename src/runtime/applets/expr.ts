/** `expr`: 64-bit integers and texts, each operator a level of its own. */
import type { Program } from "../sys.ts";
import { applet, Fault } from "./options.ts";
import { posixRegex } from "./posixRegExp.ts";

type Value = bigint | string;

const LEVELS: readonly (readonly string[])[] = [
  ["|"],
  ["&"],
  ["<", "<=", "=", "==", "!=", ">=", ">"],
  ["+", "-"],
  ["*", "/", "%"],
  [":"],
];

/** A word as a number, as strtoll(3) would have it; undefined when it is none. */
function integer(value: Value): bigint | undefined {
  if (typeof value === "bigint") return value;
  const match = /^[ \t\n\v\f\r]*([-+]?\d+)$/.exec(value);
  if (!match) return undefined;
  const number = BigInt(match[1]!);
  const most = 2n ** 63n;
  return number >= most ? most - 1n : number < -most ? -most : number;
}

function isNull(value: Value): boolean {
  return value === 0n || value === "" || value === "0";
}

class Expression {
  readonly #args: readonly string[];
  #at = 0;

  constructor(args: readonly string[]) {
    this.#args = args;
  }

  /** Throws Fault with exit code 2. */
  value(): Value {
    const value = this.#level(0);
    if (this.#at < this.#args.length) this.#wrong();
    return value;
  }

  #wrong(problem = "syntax error"): never {
    throw new Fault(`expr: ${problem}\n`, 2);
  }

  #level(depth: number): Value {
    if (this.#args.length - this.#at > 1000) this.#wrong();
    const operators = LEVELS[depth];
    if (!operators) return this.#function();
    let left = this.#level(depth + 1);
    for (let word = this.#args[this.#at]; word !== undefined && operators.includes(word); word = this.#args[this.#at]) {
      this.#at++;
      left = this.#apply(word, left, this.#level(depth + 1));
    }
    return left;
  }

  #apply(operator: string, left: Value, right: Value): Value {
    if (operator === "|") return isNull(left) ? right : left;
    if (operator === "&") return isNull(left) || isNull(right) ? 0n : left;
    if (operator === ":") return this.#match(left, right);
    const a = integer(left);
    const b = integer(right);
    if (LEVELS[2]!.includes(operator)) {
      const [x, y] = a === undefined || b === undefined ? [String(left), String(right)] : [a, b];
      const order = x < y ? -1 : x > y ? 1 : 0;
      return COMPARISONS[operator]!(order) ? 1n : 0n;
    }
    if (a === undefined || b === undefined) return this.#wrong("non-numeric argument");
    if ((operator === "/" || operator === "%") && b === 0n) this.#wrong("division by zero");
    const result =
      operator === "+" ? a + b : operator === "-" ? a - b : operator === "*" ? a * b : operator === "/" ? a / b : a % b;
    return BigInt.asIntN(64, result);
  }

  #match(value: Value, pattern: Value): Value {
    const text = String(value);
    const regex = posixRegex("expr", String(pattern), {}, 2);
    const match = regex.exec(text);
    if (!match || match.index !== 0) return regex.groups > 0 ? "" : 0n;
    const [group] = match.groups;
    if (regex.groups > 0) return group ? text.slice(group[0], group[1]) : "";
    return BigInt(match.end);
  }

  #taken(word: string): boolean {
    if (this.#args[this.#at] !== word) return false;
    this.#at++;
    return true;
  }

  #function(): Value {
    if (this.#taken("quote")) return this.#args[this.#at] === undefined ? this.#wrong() : this.#args[this.#at++]!;
    if (this.#taken("length")) return BigInt(String(this.#function()).length);
    if (this.#taken("match")) return this.#match(this.#function(), this.#function());
    if (this.#taken("index")) {
      const text = String(this.#function());
      const set = String(this.#function());
      return BigInt([...text].findIndex((c) => set.includes(c)) + 1);
    }
    if (this.#taken("substr")) {
      const text = String(this.#function());
      const from = Number(integer(this.#function()) ?? 0n);
      const count = Number(integer(this.#function()) ?? 0n);
      return from <= 0 || count <= 0 ? "" : text.slice(from - 1, from - 1 + count);
    }
    if (this.#taken("(")) {
      const value = this.#level(0);
      if (!this.#taken(")")) this.#wrong();
      return value;
    }
    const word = this.#args[this.#at++];
    return word === undefined || word === ")" ? this.#wrong() : word;
  }
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  "=": (order) => order === 0,
  "==": (order) => order === 0,
  "!=": (order) => order !== 0,
  ">=": (order) => order >= 0,
  ">": (order) => order > 0,
};

export const exprApplets: Readonly<Record<string, Program>> = {
  expr: applet("expr", function* (sys, args) {
    if (args.length === 0) throw new Fault("expr: too few arguments\n", 2);
    const value = new Expression(args).value();
    yield* sys.write(1, `${value}\n`);
    return isNull(value) ? 1 : 0;
  }),
};
