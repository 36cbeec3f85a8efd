/**
 * `$(( ))` as busybox computes it (shell/math.c): signed 64-bit integers with C's operators, `**`, assignments and
 * variables, whose values are expressions themselves. It works with a stack of operands and one of operators, so that
 * both sides of `&&`, `||` and `?:` are always computed, and a variable is looked up only when an operator needs it.
 * Whole numbers that fit are JavaScript numbers, others are bigints.
 */

export type Integer = number | bigint;

export interface ArithmeticVariables {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
}

/** ash's own words: "arithmetic syntax error", "divide by zero"… */
export class ArithmeticError extends Error {}

const MAX_LENGTH = 20_000;
const MAX_DEPTH = 200;

/** Evaluates `text`. Throws ArithmeticError; what `variables` throws passes through. */
export function evaluateArithmetic(text: string, variables: ArithmeticVariables): Integer {
  const simple = /^[ \t\n]*(-?(?:0|[1-9][0-9]{0,14}))[ \t\n]*$/.exec(text);
  if (simple) return Number(simple[1]);
  return new Evaluation(variables, []).run(text);
}

function normalize(value: bigint): Integer {
  const wrapped = BigInt.asIntN(64, value);
  return wrapped >= -9007199254740991n && wrapped <= 9007199254740991n ? Number(wrapped) : wrapped;
}

const isTrue = (value: Integer): boolean => value !== 0 && value !== 0n;
const truth = (value: boolean): Integer => (value ? 1 : 0);

interface Operator {
  readonly precedence: number;
  readonly rightAssociative?: boolean;
  readonly fast?: (a: number, b: number) => number;
  readonly exact: (a: bigint, b: bigint) => bigint;
}

const OPEN = 0;
const ASSIGNMENT = 2;
const CONDITIONAL = 4;
const UNARY = 16;
/** `++x` and `--x`; one more for `x++` and `x--`. */
const PREFIX = 18;

const compare = (precedence: number, holds: (a: bigint | number, b: bigint | number) => boolean): Operator => ({
  precedence,
  fast: (a, b) => (holds(a, b) ? 1 : 0),
  exact: (a, b) => (holds(a, b) ? 1n : 0n),
});

const BINARY: Readonly<Record<string, Operator>> = {
  ",": { precedence: 1, exact: (_, b) => b },
  "||": compare(5, (a, b) => isTrue(a) || isTrue(b)),
  "&&": compare(6, (a, b) => isTrue(a) && isTrue(b)),
  "|": { precedence: 7, exact: (a, b) => a | b },
  "^": { precedence: 8, exact: (a, b) => a ^ b },
  "&": { precedence: 9, exact: (a, b) => a & b },
  "==": compare(10, (a, b) => a === b),
  "!=": compare(10, (a, b) => a !== b),
  "<": compare(11, (a, b) => a < b),
  ">": compare(11, (a, b) => a > b),
  "<=": compare(11, (a, b) => a <= b),
  ">=": compare(11, (a, b) => a >= b),
  // The processor looks at the lowest six bits of a shift's width.
  "<<": { precedence: 12, exact: (a, b) => a << (b & 63n) },
  ">>": { precedence: 12, exact: (a, b) => a >> (b & 63n) },
  "+": { precedence: 13, fast: (a, b) => a + b, exact: (a, b) => a + b },
  "-": { precedence: 13, fast: (a, b) => a - b, exact: (a, b) => a - b },
  "*": { precedence: 14, fast: (a, b) => a * b, exact: (a, b) => a * b },
  "/": { precedence: 14, fast: (a, b) => (b === 0 ? Number.NaN : Math.trunc(a / b)), exact: divide },
  "%": { precedence: 14, fast: (a, b) => (b === 0 ? Number.NaN : a % b), exact: remainder },
  "**": { precedence: 15, rightAssociative: true, exact: power },
};

function divide(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new ArithmeticError("divide by zero");
  return a / b;
}

function remainder(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new ArithmeticError("divide by zero");
  return a % b;
}

function power(a: bigint, b: bigint): bigint {
  if (b < 0n) throw new ArithmeticError("exponent less than 0");
  let result = 1n;
  let base = a;
  for (let left = b; left > 0n; left >>= 1n) {
    if (left & 1n) result = BigInt.asIntN(64, result * base);
    base = BigInt.asIntN(64, base * base);
  }
  return result;
}

function apply(operator: Operator, a: Integer, b: Integer): Integer {
  if (typeof a === "number" && typeof b === "number" && operator.fast) {
    const result = operator.fast(a, b);
    if (Number.isSafeInteger(result)) return result + 0 === 0 ? 0 : result;
  }
  return normalize(operator.exact(BigInt(a), BigInt(b)));
}

/** Longest first. */
const TOKENS = [
  ..."<<= >>= << >> || && != <= >= == |= &= *= /= %= += -= -- ^= ++ **".split(" "),
  ..."!<>=|&*/%+-^~,?:)(",
];
const ASSIGNING: ReadonlySet<string> = new Set("= |= &= *= /= %= += -= ^= <<= >>=".split(" "));

function precedenceOf(operator: string): number {
  if (operator === "(") return OPEN;
  if (ASSIGNING.has(operator)) return ASSIGNMENT;
  if (operator === "?" || operator === ":") return CONDITIONAL;
  if (operator === "!" || operator === "~") return UNARY;
  if (operator === "unary -" || operator === "unary +") return UNARY + 1;
  if (operator === "++x" || operator === "--x") return PREFIX;
  if (operator === "++" || operator === "--") return PREFIX + 1;
  return BINARY[operator]!.precedence;
}

/** What an operator that reads `+` turns into where an operand is expected. */
const BEFORE_OPERAND: Readonly<Record<string, string>> = {
  "+": "unary +",
  "-": "unary -",
  "++": "++x",
  "--": "--x",
};

interface Operand {
  value: Integer;
  /** A variable that was not looked up yet. */
  name: string | undefined;
  /** After `a : b`, the b; the value is a. */
  second: Integer | undefined;
}

class Evaluation {
  readonly #variables: ArithmeticVariables;
  /** Names that are being looked up: one that leads to itself is a fault. */
  readonly #names: string[];
  readonly #operands: Operand[] = [];
  readonly #operators: string[] = ["("];
  #afterNumber = false;

  constructor(variables: ArithmeticVariables, names: string[]) {
    this.#variables = variables;
    this.#names = names;
  }

  run(text: string): Integer {
    if (text.length > MAX_LENGTH || this.#names.length > MAX_DEPTH) throw syntaxError();
    if (/^\s*$/.test(text)) return 0;
    let at = 0;
    for (;;) {
      while (isBlank(text[at])) at++;
      const c = text[at];
      if (c === undefined) break;
      const name = /[A-Za-z_]/.test(c) ? /^[A-Za-z_0-9]+/.exec(text.slice(at))![0] : undefined;
      if (name !== undefined) {
        this.#push(0, name);
        at += name.length;
      } else if (c >= "0" && c <= "9") {
        const [value, length] = parseNumber(text.slice(at, at + 100));
        this.#push(value, undefined);
        at += length;
      } else {
        const token = this.#doubledSign(text, at) ? c : TOKENS.find((one) => text.startsWith(one, at));
        if (token === undefined) throw syntaxError();
        at += token.length;
        this.#operator(token);
      }
    }
    this.#operator(")");
    if (this.#operands.length !== 1) throw syntaxError();
    return this.#operands[0]!.value;
  }

  #push(value: Integer, name: string | undefined): void {
    this.#operands.push({ value, name, second: undefined });
    this.#afterNumber = true;
  }

  /** `++` and `--` belong together only beside a variable: `5++5` is a sum, `--5` is twice a minus. */
  #doubledSign(text: string, at: number): boolean {
    const c = text[at];
    if ((c !== "+" && c !== "-") || text[at + 1] !== c) return false;
    if (this.#operands.at(-1)?.name !== undefined) return false;
    let next = at + 2;
    while (isBlank(text[next])) next++;
    return !/[A-Za-z_]/.test(text[next] ?? "");
  }

  #operator(token: string): void {
    const operator = this.#afterNumber ? token : (BEFORE_OPERAND[token] ?? token);
    const closes = operator === ")";
    const precedence = closes ? OPEN : precedenceOf(operator);
    if (closes || (precedence > OPEN && precedence < UNARY)) {
      if (!this.#afterNumber) throw syntaxError();
      const rightAssociative =
        precedence === ASSIGNMENT || precedence === CONDITIONAL || BINARY[operator]?.rightAssociative === true;
      for (;;) {
        const previous = this.#operators.pop();
        if (previous === undefined) break;
        if (closes) {
          if (previous === "(") {
            const top = this.#operands.at(-1)!;
            this.#lookUp(top);
            top.name = undefined;
            this.#afterNumber = true;
            return;
          }
        } else {
          const before = precedenceOf(previous);
          if (before < precedence || (before === precedence && rightAssociative)) {
            this.#operators.push(previous);
            break;
          }
        }
        this.#apply(previous);
      }
      if (closes) throw syntaxError();
    }
    this.#operators.push(operator);
    // `a++` is an operand again.
    this.#afterNumber = operator === "++" || operator === "--";
  }

  #apply(operator: string): void {
    const top = this.#operands.at(-1);
    if (top === undefined) throw syntaxError();
    this.#lookUp(top);
    switch (operator) {
      case "unary +":
        this.#settle(top, top.value);
        return;
      case "unary -":
        this.#settle(top, normalize(-BigInt(top.value)));
        return;
      case "!":
        this.#settle(top, truth(!isTrue(top.value)));
        return;
      case "~":
        this.#settle(top, normalize(~BigInt(top.value)));
        return;
      case "++x":
      case "--x":
      case "++":
      case "--": {
        const before = top.value;
        const after = apply(BINARY[operator[0]!]!, before, 1);
        this.#store(top, after);
        this.#settle(top, operator.length === 2 ? before : after);
        return;
      }
    }
    this.#operands.pop();
    const left = this.#operands.at(-1);
    if (left === undefined) throw syntaxError();
    if ((top.second !== undefined) !== (operator === "?")) throw new ArithmeticError("malformed ?: operator");
    if (operator !== "=") this.#lookUp(left);
    if (operator === "?") this.#settle(left, isTrue(left.value) ? top.value : top.second!);
    else if (operator === ":") {
      if (this.#operands.length === 1) throw new ArithmeticError("malformed ?: operator");
      const { value } = left;
      this.#settle(left, value);
      left.second = top.value;
    } else if (operator === "=") {
      this.#store(left, top.value);
      this.#settle(left, top.value);
    } else {
      const assigns = ASSIGNING.has(operator);
      const value = apply(BINARY[assigns ? operator.slice(0, -1) : operator]!, left.value, top.value);
      if (assigns) this.#store(left, value);
      this.#settle(left, value);
    }
  }

  #settle(operand: Operand, value: Integer): void {
    operand.value = value;
    operand.name = undefined;
  }

  #store(operand: Operand, value: Integer): void {
    if (operand.name === undefined) throw syntaxError();
    this.#variables.set(operand.name, String(value));
  }

  #lookUp(operand: Operand): void {
    const { name } = operand;
    if (name === undefined) return;
    const text = this.#variables.get(name);
    if (text === undefined) operand.value = 0;
    else if (/^(?:0|[1-9][0-9]{0,14})$/.test(text)) operand.value = Number(text);
    else {
      if (this.#names.includes(name)) throw new ArithmeticError("expression recursion loop detected");
      this.#names.push(name);
      operand.value = new Evaluation(this.#variables, this.#names).run(text);
      this.#names.pop();
    }
  }
}

function isBlank(c: string | undefined): boolean {
  return c === " " || (c !== undefined && c >= "\t" && c <= "\r");
}

/** As strtoull(3) with base 0 reads it, and `BASE#DIGITS`. A number too large for 64 bits is 0. */
function parseNumber(text: string): readonly [value: Integer, length: number] {
  const digits = /^(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(text)![0];
  const plain = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  if (text[digits.length] === "#" && digits[0] !== "0" && plain >= 2n && plain <= 64n) {
    let value = 0n;
    let at = digits.length + 1;
    for (; at < text.length; at++) {
      const digit = digitOf(text[at]!, Number(plain));
      if (digit === undefined) break;
      value = BigInt.asIntN(64, value * plain + BigInt(digit));
    }
    return [normalize(value), at];
  }
  return [plain < 1n << 64n ? normalize(plain) : 0, digits.length];
}

/** Up to base 36 capitals are the small letters' twins; beyond it they are 36 to 61, `@` 62 and `_` 63. */
function digitOf(c: string, base: number): number | undefined {
  let digit: number;
  if (c >= "0" && c <= "9") digit = c.charCodeAt(0) - 48;
  else if (c >= "a" && c <= "z") digit = c.charCodeAt(0) - 87;
  else if (c >= "A" && c <= "Z") digit = c.charCodeAt(0) - (base <= 36 ? 55 : 29);
  else if (base > 36 && (c === "@" || c === "_")) digit = c === "@" ? 62 : 63;
  else return undefined;
  return digit < base ? digit : undefined;
}

function syntaxError(): ArithmeticError {
  return new ArithmeticError("arithmetic syntax error");
}
