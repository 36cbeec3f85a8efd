/** `awk`: patterns, actions, fields, arrays and the usual functions; no redirections, getline or own functions. */
import { formatPrintf } from "../shell/printf.ts";
import type { Program } from "../sys.ts";
import { applet, Fault, parseOptions, usageFault } from "./options.ts";
import { posixRegExp } from "./posixRegExp.ts";
import { eachInput, LineReader, Output } from "./streams.ts";

type Value = string | number;
class Jump extends Error {
  readonly kind: string;
  readonly code: number;
  constructor(kind: string, code = 0) {
    super(kind);
    this.kind = kind;
    this.code = code;
  }
}
const str = (v: Value) =>
  typeof v === "number" ? (Number.isInteger(v) ? String(v) : String(Number(v.toPrecision(6)))) : v;
const num = (v: Value) =>
  typeof v === "number" ? v : Number.parseFloat(/^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?/i.exec(v)?.[0] ?? "0");
const looksNumeric = (v: Value) => typeof v === "number" || /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(v);
const truth = (v: Value) => (looksNumeric(v) ? num(v) !== 0 : v !== "");

class Awk {
  readonly vars = new Map<string, Value>([
    ["FS", " "],
    ["OFS", " "],
    ["ORS", "\n"],
    ["NR", 0],
    ["SUBSEP", "\x1c"],
  ]);
  readonly arrays = new Map<string, Map<string, Value>>();
  fields: string[] = [""];
  out = "";
  steps = 0;
  setRecord(line: string): void {
    const fs = str(this.vars.get("FS")!);
    const parts =
      fs === " "
        ? line
            .trim()
            .split(/\s+/)
            .filter((p) => p !== "")
        : line === ""
          ? []
          : line.split(fs.length === 1 ? fs : posixRegExp("awk", fs, true));
    this.fields = [line, ...parts];
    this.vars.set("NF", parts.length);
  }
  array(name: string): Map<string, Value> {
    let found = this.arrays.get(name);
    if (!found) this.arrays.set(name, (found = new Map()));
    return found;
  }
}
type Code = (a: Awk) => Value;

class Parser {
  readonly rules: { kind: string; test: Code | undefined; body: Code }[] = [];
  #at = 0;
  readonly #tokens: string[] = [];
  constructor(source: string) {
    const pattern =
      /\s*(?:#[^\n]*)?[ \t]*("(?:\\.|[^"\\])*"|\d+\.?\d*|\.\d+|[A-Za-z_]\w*|&&|\|\||[-+*/%=!<>]=|\+\+|--|!~|\n|[^\s])/y;
    let last = "";
    let line = source.replace(/\n/g, ";");
    for (let at = 0; at < line.length; ) {
      pattern.lastIndex = at;
      let token = pattern.exec(line)?.[1];
      if (token === undefined) break;
      at = pattern.lastIndex;
      if ((token === "/" || token === "/=") && !/^[\w)\]$"]/.test(last.slice(-1))) {
        const m = /^(?:\\.|[^/\\])*\//.exec(line.slice(at - token.length + 1));
        if (!m) throw new Fault("awk: cmd. line:1: Unexpected end of string\n");
        at = at - token.length + 1 + m[0].length;
        token = `/${m[0]}`;
      }
      this.#tokens.push(token);
      last = token;
    }
    line = "";
    while (this.#take(";"));
    while (this.#peek() !== undefined) {
      const kind = this.#peek() === "BEGIN" || this.#peek() === "END" ? this.#next() : "line";
      const test = kind === "line" && this.#peek() !== "{" ? this.#expr() : undefined;
      const body: Code =
        this.#peek() === "{" ? this.#block() : (a) => ((a.out += a.fields[0] + str(a.vars.get("ORS")!)), 0);
      this.rules.push({ kind, test, body });
      while (this.#take(";"));
    }
  }
  #peek = () => this.#tokens[this.#at];
  #next(): string {
    const t = this.#tokens[this.#at++];
    if (t === undefined) throw new Fault("awk: cmd. line:1: Unexpected token\n");
    return t;
  }
  #take(t: string): boolean {
    if (this.#peek() !== t) return false;
    this.#at++;
    return true;
  }
  #need(t: string): void {
    if (!this.#take(t)) throw new Fault("awk: cmd. line:1: Unexpected token\n");
  }
  #block(): Code {
    this.#need("{");
    const parts: Code[] = [];
    while (!this.#take("}")) if (!this.#take(";")) parts.push(this.#statement());
    return (a) => (parts.forEach((p) => p(a)), 0);
  }
  #statement(): Code {
    if (this.#peek() === "{") return this.#block();
    if (this.#take(";")) return () => 0;
    const t = this.#peek();
    if (t === "print" || t === "printf") {
      this.#at++;
      const list: Code[] = [];
      if (![";", "}", undefined].includes(this.#peek()))
        do list.push(this.#expr());
        while (this.#take(","));
      if (t === "print")
        return (a) => (
          (a.out +=
            (list.length ? list.map((e) => str(e(a))).join(str(a.vars.get("OFS")!)) : a.fields[0]!) +
            str(a.vars.get("ORS")!)),
          0
        );
      return (a) => ((a.out += formatPrintf(list.map((e) => str(e(a)))).out), 0);
    }
    if (t === "next" || t === "exit") {
      this.#at++;
      const code = t === "exit" && ![";", "}", undefined].includes(this.#peek()) ? this.#expr() : undefined;
      return (a) => {
        throw new Jump(t, code ? num(code(a)) : 0);
      };
    }
    if (t === "if") {
      this.#at++;
      this.#need("(");
      const test = this.#expr();
      this.#need(")");
      const yes = this.#statement();
      while (this.#peek() === ";" && this.#tokens[this.#at + 1] === "else") this.#at++;
      const no = this.#take("else") ? this.#statement() : undefined;
      return (a) => (truth(test(a)) ? yes(a) : (no?.(a) ?? 0));
    }
    if (t === "while" || t === "for") {
      this.#at++;
      this.#need("(");
      if (t === "for" && this.#tokens[this.#at + 1] === "in") {
        const [name, , array] = [this.#next(), this.#next(), this.#next()];
        this.#need(")");
        const body = this.#statement();
        return (a) => ([...a.array(array!).keys()].forEach((k) => (a.vars.set(name!, k), body(a))), 0);
      }
      const first = t === "for" && this.#peek() !== ";" ? this.#expr() : undefined;
      if (t === "for") this.#need(";");
      const test = this.#peek() === ";" ? undefined : this.#expr();
      if (t === "for") this.#need(";");
      const step = t === "for" && this.#peek() !== ")" ? this.#expr() : undefined;
      this.#need(")");
      const body = this.#statement();
      return (a) => {
        for (first?.(a); test === undefined || truth(test(a)); step?.(a)) {
          if (++a.steps > 1e6) throw new Fault("awk: stopped: the program does not end\n");
          body(a);
        }
        return 0;
      };
    }
    return this.#expr();
  }
  #expr(): Code {
    const start = this.#at;
    const left = this.#binary(0);
    const op = this.#peek();
    if (op !== undefined && /^[-+*/%]?=$/.test(op)) {
      const end = this.#at++;
      const right = this.#expr();
      const set = this.#setter(start, end);
      return (a) => set(a, op === "=" ? right(a) : arith(op[0]!, num(left(a)), num(right(a))));
    }
    return left;
  }
  #setter(start: number, end: number): (a: Awk, v: Value) => Value {
    const name = this.#tokens[start]!;
    const saved = this.#at;
    this.#at = start + 1;
    const index =
      name === "$"
        ? this.#binary(6)
        : this.#tokens[start + 1] === "[" && end > start + 1
          ? (this.#at++, this.#expr())
          : undefined;
    this.#at = saved;
    return (a, v) => {
      if (name === "$") {
        const i = num(index!(a));
        if (i === 0) a.setRecord(str(v));
        else {
          if (i > 10_000) throw new Fault("awk: field number too big\n");
          while (a.fields.length <= i) a.fields.push("");
          a.fields[i] = str(v);
          a.fields[0] = a.fields.slice(1).join(str(a.vars.get("OFS")!));
          a.vars.set("NF", a.fields.length - 1);
        }
      } else if (index) a.array(name).set(str(index(a)), v);
      else a.vars.set(name, v);
      return v;
    };
  }
  #binary(level: number): Code {
    const levels = [["||"], ["&&"], ["~", "!~"], ["<", "<=", "==", "!=", ">", ">="], [], ["+", "-"], ["*", "/", "%"]];
    if (level === levels.length) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const op = this.#peek();
      const l = left;
      if (level === 4 && op !== undefined && /^["\w$(]/.test(op) && op !== "in") {
        const r = this.#binary(5);
        left = (a) => str(l(a)) + str(r(a));
        continue;
      }
      if (op === undefined || !levels[level]!.includes(op)) return left;
      this.#at++;
      const regexp = level === 2 && this.#peek()?.startsWith("/") ? this.#next().slice(1, -1) : undefined;
      const r = regexp === undefined ? this.#binary(level + 1) : () => regexp;
      if (level === 0) left = (a) => (truth(l(a)) || truth(r(a)) ? 1 : 0);
      else if (level === 1) left = (a) => (truth(l(a)) && truth(r(a)) ? 1 : 0);
      else if (level === 2)
        left = (a) => (posixRegExp("awk", str(r(a)), true).test(str(l(a))) === (op === "~") ? 1 : 0);
      else if (level === 3) left = (a) => compare(op, l(a), r(a));
      else left = (a) => arith(op, num(l(a)), num(r(a)));
    }
  }
  #unary(): Code {
    const start = this.#at;
    const t = this.#next();
    if (t === "!") {
      const e = this.#unary();
      return (a) => (truth(e(a)) ? 0 : 1);
    }
    if (t === "-") {
      const e = this.#unary();
      return (a) => -num(e(a));
    }
    if (t === "(") {
      const e = this.#expr();
      this.#need(")");
      return e;
    }
    if (t.startsWith('"')) {
      const text = t.slice(1, -1).replace(/\\(.)/g, (_m, c: string) => ({ n: "\n", t: "\t" })[c] ?? c);
      return () => text;
    }
    if (t.startsWith("/") && t.length > 1) {
      const regexp = posixRegExp("awk", t.slice(1, -1), true);
      return (a) => (regexp.test(a.fields[0]!) ? 1 : 0);
    }
    if (/^[\d.]/.test(t)) return () => Number(t);
    let value: Code;
    if (t === "$") {
      const e = this.#unary();
      value = (a) => a.fields[num(e(a))] ?? "";
    } else if (this.#peek() === "(" || t === "length") {
      const args: Code[] = [];
      if (this.#take("(")) {
        while (!this.#take(")")) if (!this.#take(",")) args.push(this.#expr());
      }
      return (a) =>
        call(
          t,
          args.map((e) => e(a)),
          a,
        );
    } else if (this.#take("[")) {
      const e = this.#expr();
      this.#need("]");
      value = (a) => a.array(t).get(str(e(a))) ?? "";
    } else value = (a) => a.vars.get(t) ?? "";
    const op = this.#peek();
    if (op !== "++" && op !== "--") return value;
    const set = this.#setter(start, this.#at++);
    return (a) => {
      const old = num(value(a));
      set(a, op === "++" ? old + 1 : old - 1);
      return old;
    };
  }
}
function compare(op: string, x: Value, y: Value): number {
  const d = looksNumeric(x) && looksNumeric(y) ? num(x) - num(y) : str(x) < str(y) ? -1 : str(x) > str(y) ? 1 : 0;
  return { "<": d < 0, "<=": d <= 0, "==": d === 0, "!=": d !== 0, ">": d > 0, ">=": d >= 0 }[op] ? 1 : 0;
}
function arith(op: string, x: number, y: number): number {
  if ((op === "/" || op === "%") && y === 0) throw new Fault("awk: cmd. line:1: Division by zero\n");
  return op === "+" ? x + y : op === "-" ? x - y : op === "*" ? x * y : op === "/" ? x / y : x % y;
}
function call(name: string, v: readonly Value[], a: Awk): Value {
  const s = str(v[0] ?? a.fields[0]!);
  if (name === "length") return s.length;
  if (name === "int") return Math.trunc(num(s));
  if (name === "toupper") return s.toUpperCase();
  if (name === "tolower") return s.toLowerCase();
  if (name === "index") return s.indexOf(str(v[1] ?? "")) + 1;
  if (name === "substr")
    return s.slice(
      Math.max(0, num(v[1] ?? 1) - 1),
      v[2] === undefined ? undefined : Math.max(0, num(v[1] ?? 1) - 1 + num(v[2])),
    );
  if (name === "sprintf") return formatPrintf(v.map(str)).out;
  throw new Fault(`awk: cmd. line:1: Call to undefined function\n`);
}

export const awkApplets: Readonly<Record<string, Program>> = {
  awk: applet("awk", function* (sys, args) {
    const options = parseOptions("awk", args, "+F:v:");
    const [source, ...files] = options.operands;
    if (source === undefined) throw usageFault("awk");
    const a = new Awk();
    if (options.has("F")) a.vars.set("FS", options.value("F")!.replace("\\t", "\t"));
    for (const v of options.values("v")) a.vars.set(v.split("=")[0]!, v.slice(v.indexOf("=") + 1));
    const { rules } = new Parser(source);
    const out = new Output(sys);
    let ended: number | undefined;
    const run = (kind: string) => {
      try {
        for (const r of rules) if (r.kind === kind && (r.test === undefined || truth(r.test(a)))) r.body(a);
      } catch (error) {
        if (!(error instanceof Jump)) throw error;
        if (error.kind === "exit") ended = error.code;
      }
      out.add(a.out);
      a.out = "";
    };
    run("BEGIN");
    let status = 0;
    if (ended === undefined && rules.some((r) => r.kind !== "BEGIN"))
      status = yield* eachInput(sys, "awk", files, function* (fd) {
        const lines = new LineReader(sys, fd);
        for (let l = yield* lines.next(); l !== undefined && ended === undefined; l = yield* lines.next()) {
          a.setRecord(l);
          a.vars.set("NR", num(a.vars.get("NR")!) + 1);
          run("line");
          if (!lines.ready) yield* out.flush();
        }
      });
    run("END");
    yield* out.flush();
    return ended ?? status;
  }),
};
