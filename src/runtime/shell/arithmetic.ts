/**
 * `$(( ))` as busybox computes it: signed 64-bit integers with C's operators, `**`, assignments and variables, whose
 * values are expressions themselves. Whole numbers that fit are JavaScript numbers, others are bigints.
 */

export type Integer = number | bigint;

export interface ArithmeticVariables {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
}

/** ash's own words: "arithmetic syntax error", "divide by zero"… */
export class ArithmeticError extends Error {}

const maxRecursion = 30;
const maxLength = 20_000;

/** Evaluates `text`. Throws ArithmeticError; what `variables` throws passes through. */
export function evaluateArithmetic(text: string, variables: ArithmeticVariables): Integer {
  const simple = /^[ \t\n]*(-?(?:0|[1-9][0-9]{0,14}))[ \t\n]*$/.exec(text);
  if (simple) return Number(simple[1]);
  return new Evaluation(variables, 0).run(text);
}

export function normalize(value: bigint): Integer {
  const wrapped = BigInt.asIntN(64, value);
  return wrapped >= -9007199254740991n && wrapped <= 9007199254740991n ? Number(wrapped) : wrapped;
}

type Operation = (a: bigint, b: bigint) => bigint;

interface BinaryOperator {
  readonly precedence: number;
  readonly fast?: (a: number, b: number) => number | undefined;
  readonly exact: Operation;
}

const isTrue = (value: Integer): boolean => value !== 0 && value !== 0n;
const truth = (value: boolean): bigint => (value ? 1n : 0n);

const binary: Readonly<Record<string, BinaryOperator>> = {
  "|": { precedence: 5, exact: (a, b) => a | b },
  "^": { precedence: 6, exact: (a, b) => a ^ b },
  "&": { precedence: 7, exact: (a, b) => a & b },
  "==": { precedence: 8, fast: (a, b) => (a === b ? 1 : 0), exact: (a, b) => truth(a === b) },
  "!=": { precedence: 8, fast: (a, b) => (a !== b ? 1 : 0), exact: (a, b) => truth(a !== b) },
  "<": { precedence: 9, fast: (a, b) => (a < b ? 1 : 0), exact: (a, b) => truth(a < b) },
  ">": { precedence: 9, fast: (a, b) => (a > b ? 1 : 0), exact: (a, b) => truth(a > b) },
  "<=": { precedence: 9, fast: (a, b) => (a <= b ? 1 : 0), exact: (a, b) => truth(a <= b) },
  ">=": { precedence: 9, fast: (a, b) => (a >= b ? 1 : 0), exact: (a, b) => truth(a >= b) },
  "<<": { precedence: 10, exact: (a, b) => a << (b & 63n) },
  ">>": { precedence: 10, exact: (a, b) => a >> (b & 63n) },
  "+": { precedence: 11, fast: (a, b) => a + b, exact: (a, b) => a + b },
  "-": { precedence: 11, fast: (a, b) => a - b, exact: (a, b) => a - b },
  "*": { precedence: 12, fast: (a, b) => a * b, exact: (a, b) => a * b },
  "/": { precedence: 12, fast: (a, b) => (b === 0 ? undefined : Math.trunc(a / b)), exact: divide },
  "%": { precedence: 12, fast: (a, b) => (b === 0 ? undefined : a % b), exact: remainder },
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

function apply(operator: BinaryOperator, a: Integer, b: Integer): Integer {
  if (typeof a === "number" && typeof b === "number" && operator.fast) {
    const result = operator.fast(a, b);
    if (result !== undefined && Number.isSafeInteger(result)) return result + 0 === 0 ? 0 : result;
  }
  return normalize(operator.exact(BigInt(a), BigInt(b)));
}

const assignmentOperators = ["<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="];
const operators = [
  "<<=",
  ">>=",
  "**",
  "++",
  "--",
  "<<",
  ">>",
  "<=",
  ">=",
  "==",
  "!=",
  "&&",
  "||",
  "+=",
  "-=",
  "*=",
  "/=",
  "%=",
  "&=",
  "|=",
  "^=",
  "+",
  "-",
  "*",
  "/",
  "%",
  "<",
  ">",
  "&",
  "|",
  "^",
  "~",
  "!",
  "=",
  "?",
  ":",
  ",",
  "(",
  ")",
];

class Evaluation {
  readonly #variables: ArithmeticVariables;
  readonly #recursion: number;
  #tokens: string[] = [];
  #at = 0;
  /** Above 0 in a branch that is not taken: nothing is assigned or divided. */
  #skipping = 0;

  constructor(variables: ArithmeticVariables, recursion: number) {
    this.#variables = variables;
    this.#recursion = recursion;
  }

  run(text: string): Integer {
    if (text.length > maxLength) throw new ArithmeticError("arithmetic syntax error");
    this.#tokens = tokenize(text);
    if (this.#tokens.length === 0) return 0;
    const value = this.#comma();
    if (this.#at < this.#tokens.length) throw syntaxError();
    return value;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #accept(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #comma(): Integer {
    let value = this.#assignment();
    while (this.#accept(",")) value = this.#assignment();
    return value;
  }

  #assignment(): Integer {
    const name = this.#peek();
    const operator = this.#tokens[this.#at + 1];
    if (name !== undefined && operator !== undefined && isName(name)) {
      if (operator === "=") {
        this.#at += 2;
        return this.#store(name, this.#assignment());
      }
      if (assignmentOperators.includes(operator)) {
        this.#at += 2;
        const right = this.#assignment();
        if (this.#skipping > 0) return 0;
        return this.#store(name, apply(binary[operator.slice(0, -1)]!, this.#load(name), right));
      }
    }
    return this.#ternary();
  }

  #ternary(): Integer {
    const test = this.#or();
    if (!this.#accept("?")) return test;
    const chosen = isTrue(test);
    if (!chosen) this.#skipping++;
    const first = this.#comma();
    if (!chosen) this.#skipping--;
    if (!this.#accept(":")) throw new ArithmeticError("malformed ?: operator");
    if (chosen) this.#skipping++;
    const second = this.#assignment();
    if (chosen) this.#skipping--;
    return chosen ? first : second;
  }

  #or(): Integer {
    let left = this.#and();
    while (this.#accept("||")) {
      const decided = isTrue(left);
      if (decided) this.#skipping++;
      const right = this.#and();
      if (decided) this.#skipping--;
      left = decided || isTrue(right) ? 1 : 0;
    }
    return left;
  }

  #and(): Integer {
    let left = this.#binary(5);
    while (this.#accept("&&")) {
      const decided = !isTrue(left);
      if (decided) this.#skipping++;
      const right = this.#binary(5);
      if (decided) this.#skipping--;
      left = !decided && isTrue(right) ? 1 : 0;
    }
    return left;
  }

  #binary(precedence: number): Integer {
    let left = this.#power();
    for (;;) {
      const token = this.#peek();
      const operator = token === undefined || !Object.hasOwn(binary, token) ? undefined : binary[token]!;
      if (operator === undefined || operator.precedence < precedence) return left;
      this.#at++;
      const right = this.#binary(operator.precedence + 1);
      left = this.#skipping > 0 ? 0 : apply(operator, left, right);
    }
  }

  #power(): Integer {
    const base = this.#unary();
    if (!this.#accept("**")) return base;
    const exponent = this.#power();
    return this.#skipping > 0 ? 0 : normalize(power(BigInt(base), BigInt(exponent)));
  }

  #unary(): Integer {
    const token = this.#tokens[this.#at++];
    switch (token) {
      case undefined:
        throw syntaxError();
      case "-": {
        const value = this.#unary();
        return typeof value === "number" ? (value === 0 ? 0 : -value) : normalize(-value);
      }
      case "+":
        return this.#unary();
      case "!":
        return isTrue(this.#unary()) ? 0 : 1;
      case "~":
        return normalize(~BigInt(this.#unary()));
      case "++":
      case "--": {
        const name = this.#peek();
        if (name === undefined || !isName(name)) {
          // `--5` is twice a minus.
          const value = this.#unary();
          return value;
        }
        this.#at++;
        return this.#store(name, apply(binary[token[0]!]!, this.#load(name), 1));
      }
      case "(": {
        const value = this.#comma();
        if (!this.#accept(")")) throw syntaxError();
        return value;
      }
    }
    if (isName(token)) {
      const next = this.#peek();
      const value = this.#load(token);
      if (next === "++" || next === "--") {
        this.#at++;
        this.#store(token, apply(binary[next[0]!]!, value, 1));
      }
      return value;
    }
    return parseNumber(token);
  }

  #load(name: string): Integer {
    if (this.#skipping > 0) return 0;
    const text = this.#variables.get(name);
    if (text === undefined || text === "") return 0;
    if (/^(?:0|[1-9][0-9]{0,14})$/.test(text)) return Number(text);
    if (this.#recursion >= maxRecursion) throw new ArithmeticError("expression recursion loop detected");
    return new Evaluation(this.#variables, this.#recursion + 1).run(text);
  }

  #store(name: string, value: Integer): Integer {
    if (this.#skipping === 0) this.#variables.set(name, String(value));
    return value;
  }
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  let at = 0;
  while (at < text.length) {
    const c = text[at]!;
    if (c === " " || c === "\t" || c === "\n" || c === "\r") {
      at++;
      continue;
    }
    const word = /^(?:[0-9]+#[A-Za-z0-9@_]+|[0-9][0-9A-Za-z]*|[A-Za-z_][A-Za-z0-9_]*)/.exec(
      text.slice(at, at + 200),
    )?.[0];
    const token = word ?? operators.find((operator) => text.startsWith(operator, at));
    if (token === undefined) throw syntaxError();
    tokens.push(token);
    at += token.length;
  }
  return tokens;
}

function parseNumber(token: string): Integer {
  const based = /^([0-9]+)#([A-Za-z0-9@_]+)$/.exec(token);
  if (based) return parseDigits(based[2]!, Number(based[1]));
  if (/^0[xX][0-9a-fA-F]+$/.test(token)) return parseDigits(token.slice(2), 16);
  if (/^0[0-7]*$/.test(token)) return parseDigits(token, 8);
  if (/^[1-9][0-9]*$/.test(token)) return token.length < 16 ? Number(token) : normalize(BigInt(token));
  throw syntaxError();
}

function parseDigits(digits: string, base: number): Integer {
  if (base < 2 || base > 64) throw syntaxError();
  let value = 0n;
  for (const c of digits) {
    let digit: number;
    if (c >= "0" && c <= "9") digit = c.charCodeAt(0) - 48;
    else if (c >= "a" && c <= "z") digit = c.charCodeAt(0) - 87;
    else if (c >= "A" && c <= "Z") digit = c.charCodeAt(0) - (base <= 36 ? 55 : 29);
    else digit = c === "@" ? 62 : 63;
    if (digit >= base) throw syntaxError();
    value = value * BigInt(base) + BigInt(digit);
  }
  return normalize(value);
}

function isName(token: string): boolean {
  return /^[A-Za-z_]/.test(token);
}

function syntaxError(): ArithmeticError {
  return new ArithmeticError("arithmetic syntax error");
}
