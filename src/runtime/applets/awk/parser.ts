/** An awk program's text as statements that run. */
import { ARGUMENT_COUNTS, builtinCall } from "./builtins.ts";
import { assign, elementPlace, increment, read, valueOf } from "./places.ts";
import { syntaxFault, type Token, tokenize } from "./lexer.ts";
import { Cell } from "./interpreter.ts";
import { blocking, type Expression, lift, type Place, plain, type Program, type Rule } from "./program.ts";
import type { Statement, UserFunction, Variable } from "./program.ts";
import * as statements from "./statements.ts";
import { call, type Argument } from "./functions.ts";
import { binary, compare, divide, joinSubscript, matches, negate } from "./operators.ts";
import { isTrue, toNumber } from "./value.ts";

const ASSIGNMENTS: ReadonlySet<string> = new Set(["=", "+=", "-=", "*=", "/=", "%=", "^="]);
const COMPARISONS: ReadonlySet<string> = new Set(["<", "<=", "==", "!=", ">", ">="]);
/** Operators that cannot begin an operand: before them nothing is joined. */
const STARTS_OPERAND: ReadonlySet<string> = new Set(["$", "!", "(", "-", "+", "++", "--"]);

interface Where {
  /** `>` is where `print` writes to, not a comparison. */
  readonly noGreater?: boolean;
  /** `in` belongs to `for (k in a)`. */
  readonly noIn?: boolean;
}

/** Throws Fault. */
export function parseProgram(
  sources: readonly { text: string; program: string }[],
  globals: Map<string, Cell>,
): Program {
  const functions = new Map<string, UserFunction>();
  const begin: Statement[] = [];
  const end: Statement[] = [];
  const rules: Rule[] = [];
  for (const { text, program } of sources) {
    new Parser(tokenize(text, program), program, globals, functions).parse(begin, rules, end);
  }
  return { begin, rules, end };
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #program: string;
  readonly #globals: Map<string, Cell>;
  readonly #functions: Map<string, UserFunction>;
  #at = 0;
  #locals: readonly string[] = [];
  #depth = 0;
  #loops = 0;

  constructor(
    tokens: readonly Token[],
    program: string,
    globals: Map<string, Cell>,
    functions: Map<string, UserFunction>,
  ) {
    this.#tokens = tokens;
    this.#program = program;
    this.#globals = globals;
    this.#functions = functions;
  }

  get #token(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)]!;
  }

  #unexpected(): never {
    const atEnd = this.#tokens[this.#at - 1];
    const before = atEnd?.kind === "newline" && atEnd.text === "" ? this.#tokens[this.#at - 2] : atEnd;
    const afterNewline = before?.text === "\n";
    throw syntaxFault(this.#program, this.#token.line, afterNewline ? "Unexpected end of string" : "Unexpected token");
  }

  #is(kind: Token["kind"], text?: string): boolean {
    const token = this.#token;
    return token.kind === kind && (text === undefined || token.text === text);
  }
  #isOperator(text: string): boolean {
    return this.#is("operator", text);
  }
  #take(text: string): boolean {
    if (!this.#isOperator(text)) return false;
    this.#at++;
    return true;
  }
  #need(text: string): void {
    if (!this.#take(text)) this.#unexpected();
  }
  #skipNewlines(): void {
    while (this.#is("newline")) this.#at++;
  }
  #skipTerminators(): void {
    while (this.#is("newline") || this.#isOperator(";")) this.#at++;
  }

  parse(begin: Statement[], rules: Rule[], end: Statement[]): void {
    for (this.#skipTerminators(); !this.#is("end"); this.#skipTerminators()) {
      if (this.#is("keyword", "BEGIN") || this.#is("keyword", "END")) {
        const list = this.#token.text === "BEGIN" ? begin : end;
        this.#at++;
        this.#skipNewlines();
        if (!this.#isOperator("{")) this.#unexpected();
        list.push(this.#block());
      } else if (this.#is("keyword", "function")) this.#function();
      else rules.push(this.#rule());
    }
  }

  #rule(): Rule {
    const from = this.#isOperator("{") ? undefined : this.#expression({});
    let to: Expression | undefined;
    if (from && this.#take(",")) {
      this.#skipNewlines();
      to = this.#expression({});
    }
    let body: Statement = statements.print(undefined, undefined);
    if (this.#isOperator("{")) body = this.#block();
    else if (!this.#is("newline") && !this.#isOperator(";") && !this.#is("end")) this.#unexpected();
    return { kind: to ? "range" : "pattern", from, to, body, active: false };
  }

  #function(): void {
    this.#at++;
    const name = this.#token;
    if (name.kind !== "name") this.#unexpected();
    this.#at++;
    this.#need("(");
    const parameters: string[] = [];
    while (!this.#take(")")) {
      if (parameters.length > 0) this.#need(",");
      this.#skipNewlines();
      if (!this.#is("name")) this.#unexpected();
      parameters.push(this.#token.text);
      this.#at++;
      this.#skipNewlines();
    }
    this.#skipNewlines();
    this.#locals = parameters;
    const known = this.#declare(name.text);
    Object.assign(known, { parameters: parameters.length });
    if (!this.#isOperator("{")) this.#unexpected();
    known.body = this.#block();
    this.#locals = [];
  }

  #declare(name: string): UserFunction {
    let known = this.#functions.get(name);
    if (!known) {
      known = { name, parameters: -1, body: statements.sequence([]) };
      this.#functions.set(name, known);
    }
    return known;
  }

  // ── Statements ──

  #block(): Statement {
    this.#need("{");
    if (++this.#depth > 500) this.#unexpected();
    const parts: Statement[] = [];
    for (this.#skipTerminators(); !this.#take("}"); this.#skipTerminators()) {
      if (this.#is("end")) this.#unexpected();
      parts.push(this.#statement());
    }
    this.#depth--;
    return statements.sequence(parts);
  }

  /** What a simple statement ends with; a closing brace and the end of the text will do. */
  #ended(): void {
    if (this.#isOperator("}")) return;
    if (this.#is("newline") || this.#isOperator(";")) this.#at++;
    else this.#unexpected();
  }

  #body(): Statement {
    this.#skipNewlines();
    if (this.#take(";")) return statements.sequence([]);
    return this.#statement();
  }

  #loopBody(): Statement {
    this.#loops++;
    try {
      return this.#body();
    } finally {
      this.#loops--;
    }
  }

  #condition(): Expression {
    this.#need("(");
    this.#skipNewlines();
    const test = this.#expression({});
    this.#skipNewlines();
    this.#need(")");
    return test;
  }

  #statement(): Statement {
    const token = this.#token;
    if (this.#isOperator("{")) return this.#block();
    if (token.kind !== "keyword" || token.text === "getline") {
      const value = this.#expression({});
      this.#ended();
      return statements.evaluate(value);
    }
    this.#at++;
    switch (token.text) {
      case "if":
        return this.#if();
      case "while": {
        const test = this.#condition();
        return statements.loop(undefined, test, undefined, this.#loopBody(), false);
      }
      case "do": {
        const body = this.#loopBody();
        this.#skipTerminators();
        if (!this.#is("keyword", "while")) this.#unexpected();
        this.#at++;
        const test = this.#condition();
        if (this.#is("newline") || this.#isOperator(";")) this.#at++;
        return statements.loop(undefined, test, undefined, body, true);
      }
      case "for":
        return this.#for();
      case "print":
      case "printf":
        return this.#print(token);
      case "break":
      case "continue":
      case "next":
      case "nextfile":
        if (this.#loops === 0 && !token.text.startsWith("next"))
          throw syntaxFault(this.#program, token.line, `'${token.text}' not in a loop`);
        this.#ended();
        return statements.jump(token.text);
      case "return":
      case "exit": {
        const bare = this.#is("newline") || this.#isOperator(";") || this.#isOperator("}");
        const value = bare ? undefined : this.#expression({});
        this.#ended();
        return statements.leave(token.text, value);
      }
      case "delete": {
        if (!this.#is("name")) throw syntaxFault(this.#program, token.line, "Too few arguments");
        const name = this.#name();
        let key: Expression | undefined;
        if (this.#take("[")) {
          key = this.#subscript();
        }
        this.#ended();
        return statements.remove(name, key);
      }
      default:
        this.#at--;
        return this.#unexpected();
    }
  }

  #if(): Statement {
    const test = this.#condition();
    const yes = this.#body();
    const before = this.#at;
    this.#skipNewlines();
    if (this.#is("keyword", "else")) {
      this.#at++;
      return statements.choose(test, yes, this.#body());
    }
    this.#at = before;
    return statements.choose(test, yes, undefined);
  }

  #for(): Statement {
    this.#need("(");
    const first = this.#isOperator(";") ? undefined : this.#expression({});
    if (first?.within && this.#take(")")) return statements.each(first.within, this.#loopBody());
    this.#need(";");
    this.#skipNewlines();
    const test = this.#isOperator(";") ? undefined : this.#expression({});
    this.#need(";");
    this.#skipNewlines();
    const step = this.#isOperator(")") ? undefined : this.#expression({});
    this.#need(")");
    return statements.loop(first, test, step, this.#loopBody(), false);
  }

  #print(token: Token): Statement {
    const ends = () =>
      this.#is("newline") || ["}", ";", ">", ">>", "|"].some((text) => this.#isOperator(text)) || this.#is("end");
    let parts: Expression[] = [];
    if (!ends()) {
      do {
        this.#skipNewlines();
        parts.push(this.#expression({ noGreater: true }));
      } while (this.#take(","));
    }
    if (parts.length === 1 && parts[0]!.list) parts = [...parts[0]!.list];
    let target: statements.Target | undefined;
    const mode = this.#token.text;
    if (this.#token.kind === "operator" && (mode === ">" || mode === ">>" || mode === "|")) {
      this.#at++;
      target = { mode, name: this.#expression({}) };
    }
    this.#ended();
    return token.text === "print"
      ? statements.print(parts.length === 0 ? undefined : parts, target)
      : statements.printf(parts, target, token.line);
  }

  // ── Expressions, loosest first ──

  #expression(where: Where): Expression {
    if (++this.#depth > 500) this.#unexpected();
    try {
      const left = this.#conditional(where);
      const { kind, text, line } = this.#token;
      if (!left.place || kind !== "operator" || !ASSIGNMENTS.has(text)) return left;
      this.#at++;
      return assign(left.place, text, this.#expression(where), line);
    } finally {
      this.#depth--;
    }
  }

  #conditional(where: Where): Expression {
    const test = this.#or(where);
    if (!this.#take("?")) return test;
    this.#skipNewlines();
    const yes = this.#expression(where);
    this.#skipNewlines();
    this.#need(":");
    this.#skipNewlines();
    const no = this.#conditional(where);
    if (test.now && yes.now && no.now) {
      const [condition, one, other] = [test.now, yes.now, no.now];
      return plain((awk) => (isTrue(condition(awk)) ? one(awk) : other(awk)));
    }
    return blocking(function* (awk) {
      return isTrue(yield* test.task(awk)) ? yield* yes.task(awk) : yield* no.task(awk);
    });
  }

  #or(where: Where): Expression {
    let left = this.#and(where);
    while (this.#take("||")) {
      this.#skipNewlines();
      left = binary("||", left, this.#and(where));
    }
    return left;
  }
  #and(where: Where): Expression {
    let left = this.#in(where);
    while (this.#take("&&")) {
      this.#skipNewlines();
      left = binary("&&", left, this.#in(where));
    }
    return left;
  }

  #in(where: Where): Expression {
    let left = this.#match(where);
    while (this.#is("keyword", "in")) {
      this.#at++;
      const array = this.#name();
      const key = left.list ? joinSubscript(left.list) : left;
      const within = left.place ? { within: { key: left.place, array } } : {};
      left = { ...lift([key], (awk, [name]) => (read(awk, array).array.has(awk.text(name)) ? 1 : 0)), ...within };
    }
    return left;
  }

  #match(where: Where): Expression {
    let left = this.#comparison(where);
    while (this.#isOperator("~") || this.#isOperator("!~")) {
      const wanted = this.#token.text === "~";
      this.#at++;
      left = matches(left, this.#comparison(where), wanted);
    }
    return left;
  }

  #comparison(where: Where): Expression {
    let left = this.#piped(where);
    for (;;) {
      const { kind, text } = this.#token;
      if (kind !== "operator" || !COMPARISONS.has(text) || (text === ">" && where.noGreater)) return left;
      this.#at++;
      left = compare(text, left, this.#piped(where));
    }
  }

  /** `command | getline`. */
  #piped(where: Where): Expression {
    let left = this.#joined(where);
    while (this.#isOperator("|") && this.#isGetline(1)) {
      this.#at += 2;
      left = statements.getline(this.#optionalPlace(), left, true);
    }
    return left;
  }
  #isGetline(ahead: number): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token?.kind === "keyword" && token.text === "getline";
  }

  #joined(where: Where): Expression {
    let left = this.#sum(where);
    for (;;) {
      const { kind, text } = this.#token;
      const more =
        kind === "number" ||
        kind === "string" ||
        kind === "regex" ||
        kind === "name" ||
        kind === "builtin" ||
        (kind === "operator" && STARTS_OPERAND.has(text) && text !== "-" && text !== "+") ||
        (kind === "keyword" && text === "getline");
      if (!more) return left;
      left = lift([left, this.#sum(where)], (awk, [a, b]) => awk.bounded(awk.text(a) + awk.text(b)));
    }
  }

  #sum(where: Where): Expression {
    let left = this.#product(where);
    for (;;) {
      if (this.#take("+")) left = lift([left, this.#product(where)], (_awk, [a, b]) => toNumber(a) + toNumber(b));
      else if (this.#take("-")) left = lift([left, this.#product(where)], (_awk, [a, b]) => toNumber(a) - toNumber(b));
      else return left;
    }
  }

  #product(where: Where): Expression {
    let left = this.#unary(where);
    for (;;) {
      const { text, line } = this.#token;
      if (this.#take("*")) left = lift([left, this.#unary(where)], (_awk, [a, b]) => toNumber(a) * toNumber(b));
      else if (this.#take("/") || this.#take("%")) {
        left = lift([left, this.#unary(where)], (awk, [a, b]) => divide(awk, line, text, toNumber(a), toNumber(b)));
      } else return left;
    }
  }

  #unary(where: Where): Expression {
    this.#skipNewlines();
    if (++this.#depth > 1000) this.#unexpected();
    try {
      if (this.#take("!")) return lift([this.#unary(where)], (_awk, [value]) => (isTrue(value) ? 0 : 1));
      if (this.#take("-")) return negate(this.#unary(where));
      if (this.#take("+")) return lift([this.#unary(where)], (_awk, [value]) => toNumber(value));
      return this.#power(where);
    } finally {
      this.#depth--;
    }
  }

  #power(where: Where): Expression {
    const base = this.#postfix(where);
    const { line } = this.#token;
    if (!this.#take("^")) return base;
    // The build that the images carry has no mathematics.
    const exponent = this.#unary(where);
    return lift([base, exponent], (awk) => {
      throw awk.fault(line, "Math support is not compiled in");
    });
  }

  #postfix(where: Where): Expression {
    const operand = this.#primary(where);
    const { place } = operand;
    if (!place) return operand;
    const { kind, text, line } = this.#token;
    if (kind !== "operator") return operand;
    if (text === "++" || text === "--") {
      this.#at++;
      return increment(place, text === "++" ? 1 : -1, true, line);
    }
    return operand;
  }

  #primary(where: Where): Expression {
    this.#skipNewlines();
    const token = this.#token;
    switch (token.kind) {
      case "number": {
        this.#at++;
        return plain(() => token.value);
      }
      case "string":
        this.#at++;
        return plain(() => token.text);
      case "regex": {
        this.#at++;
        const { text } = token;
        return { ...plain((awk) => (awk.regex(text).test(awk.text(awk.record)) ? 1 : 0)), pattern: text };
      }
      case "keyword":
        if (token.text !== "getline") return this.#unexpected();
        this.#at++;
        return this.#getline();
      case "builtin":
        this.#at++;
        return this.#builtin(token);
      case "name":
        return this.#named(token);
      case "operator":
        break;
      default:
        return this.#unexpected();
    }
    if (this.#take("(")) return this.#grouped();
    if (this.#take("$")) {
      const isNumber = this.#is("number");
      const index = this.#fieldIndex(where);
      if (isNumber && (this.#isOperator("++") || this.#isOperator("--"))) this.#unexpected();
      return valueOf({ kind: "field", variable: undefined, key: index }, token.line);
    }
    if (token.text === "++" || token.text === "--") {
      this.#at++;
      const { place } = this.#primary(where);
      if (!place) return this.#unexpected();
      return increment(place, token.text === "++" ? 1 : -1, false, token.line);
    }
    return this.#unexpected();
  }

  /** What follows `$`: binds tighter than anything, a sign or `++` before it included. */
  #fieldIndex(where: Where): Expression {
    if (this.#take("-")) return negate(this.#fieldIndex(where));
    if (this.#take("+")) return this.#fieldIndex(where);
    if (this.#take("!")) return lift([this.#fieldIndex(where)], (_awk, [value]) => (isTrue(value) ? 0 : 1));
    return this.#primary(where);
  }

  #grouped(): Expression {
    const parts = [this.#expression({})];
    this.#skipNewlines();
    while (this.#take(",")) {
      this.#skipNewlines();
      parts.push(this.#expression({}));
      this.#skipNewlines();
    }
    this.#need(")");
    if (parts.length > 1) return { ...joinSubscript(parts), list: parts };
    const { now, task, within, place } = parts[0]!;
    return { now, task, ...(within ? { within } : {}), ...(place ? { place } : {}) };
  }

  #name(): Variable {
    const token = this.#token;
    if (token.kind !== "name") this.#unexpected();
    this.#at++;
    return this.#variable(token.text);
  }

  #variable(name: string): Variable {
    const local = this.#locals.indexOf(name);
    if (local >= 0) return { name, local };
    let cell = this.#globals.get(name);
    if (!cell) {
      cell = new Cell();
      this.#globals.set(name, cell);
    }
    return { name, local: undefined };
  }

  /** The rest of `[a, b]`. */
  #subscript(): Expression {
    const parts: Expression[] = [];
    do {
      this.#skipNewlines();
      parts.push(this.#expression({}));
    } while (this.#take(","));
    this.#need("]");
    return parts.length === 1 ? parts[0]! : joinSubscript(parts);
  }

  #named(token: Token): Expression {
    this.#at++;
    if (token.called && this.#isOperator("(")) return this.#call(token);
    if (this.#isOperator("(") && this.#functions.has(token.text) && !this.#locals.includes(token.text))
      return this.#call(token);
    const variable = this.#variable(token.text);
    if (this.#take("[")) return valueOf(elementPlace(variable, this.#subscript()), token.line);
    return valueOf({ kind: "variable", variable, key: undefined }, token.line);
  }

  #arguments(): Expression[] {
    this.#need("(");
    const parts: Expression[] = [];
    this.#skipNewlines();
    while (!this.#take(")")) {
      if (parts.length > 0) {
        this.#need(",");
        this.#skipNewlines();
      }
      parts.push(this.#expression({}));
      this.#skipNewlines();
    }
    return parts;
  }

  #call(token: Token): Expression {
    const parts: Argument[] = this.#arguments().map((value) => ({
      value,
      bare: value.place?.kind === "variable" ? value.place.variable : undefined,
    }));
    return call(this.#declare(token.text), parts, token.line);
  }

  #builtin(token: Token): Expression {
    if (!this.#isOperator("(")) {
      if (token.text !== "length") this.#unexpected();
      if (this.#isOperator("$") || this.#isOperator("!")) this.#unexpected();
      return builtinCall("length", [], token.line);
    }
    const parts = this.#arguments();
    const [least, most] = ARGUMENT_COUNTS[token.text] ?? [0, Number.POSITIVE_INFINITY];
    if (parts.length < least) throw syntaxFault(this.#program, token.line, "Too few arguments");
    if (parts.length > most) throw syntaxFault(this.#program, token.line, "Too many arguments");
    return builtinCall(token.text, parts, token.line);
  }

  // ── getline ──

  #optionalPlace(): Place | undefined {
    if (this.#is("name") && !this.#functions.has(this.#token.text)) {
      const token = this.#token;
      this.#at++;
      const variable = this.#variable(token.text);
      return this.#take("[")
        ? elementPlace(variable, this.#subscript())
        : { kind: "variable", variable, key: undefined };
    }
    if (this.#take("$")) return { kind: "field", variable: undefined, key: this.#fieldIndex({}) };
    return undefined;
  }

  #getline(): Expression {
    const place = this.#optionalPlace();
    const source = this.#take("<") ? this.#joined({}) : undefined;
    return statements.getline(place, source, false);
  }
}
