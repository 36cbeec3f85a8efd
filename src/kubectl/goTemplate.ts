/** Go's text/template for `-o go-template`: parsed by goTemplateParser.ts into nodes, executed here on JSON values. */
import { base64Decode } from "./base64.ts";
import {
  type Branch,
  parseTemplate,
  type Pipeline,
  type Template,
  type TemplateNode,
  TemplateFault,
  type Term,
} from "./goTemplateParser.ts";
import { goPrintf, goText } from "./goFormat.ts";

export { parseTemplate, TemplateFault };

/** The text; a fault of the execution is thrown as TemplateFault. */
export function executeTemplate(template: Template, data: unknown, name = "output"): string {
  return new Execution(template, name).run(data);
}

class LoopExit {
  readonly kind: "break" | "continue";
  constructor(kind: "break" | "continue") {
    this.kind = kind;
  }
}

/** What a missing key gives: printed as `<no value>`. */
const missing = Symbol("no value");

/** More output, or deeper calls, than any honest template makes. */
const maxLength = 4_000_000;
const maxDepth = 200;

class Execution {
  #out = "";
  #depth = 0;
  readonly #template: Template;
  readonly #name: string;
  readonly #variables: { name: string; value: unknown }[] = [];

  constructor(template: Template, name: string) {
    this.#template = template;
    this.#name = name;
  }

  run(data: unknown): string {
    this.#variables.push({ name: "$", value: data });
    this.#list(this.#template.body, data);
    return this.#out;
  }

  #fail(at: string, why: string): never {
    throw new TemplateFault(`template: ${this.#name}: executing "${this.#name}" at <${at}>: ${why}`);
  }

  #write(text: string): void {
    this.#out += text;
    if (this.#out.length > maxLength) throw new TemplateFault("the output is too long");
  }

  #list(nodes: readonly TemplateNode[], dot: unknown): void {
    for (const node of nodes) this.#node(node, dot);
  }

  #node(node: TemplateNode, dot: unknown): void {
    switch (node.kind) {
      case "text":
        return this.#write(node.text);
      case "action": {
        const value = this.#pipeline(node.pipeline, dot);
        if (node.pipeline.variables.length === 0) this.#write(shown(value));
        return;
      }
      case "if":
      case "with": {
        const mark = this.#variables.length;
        const value = this.#pipeline(node.pipeline, dot);
        if (truth(value)) this.#list(node.body, node.kind === "with" ? value : dot);
        else this.#list(node.otherwise, dot);
        this.#variables.length = mark;
        return;
      }
      case "range":
        return this.#range(node, dot);
      case "template": {
        const body = this.#template.defined.get(node.name);
        if (!body)
          this.#fail(`{{template ${JSON.stringify(node.name)}}}`, `template ${JSON.stringify(node.name)} not defined`);
        if (++this.#depth > maxDepth) throw new TemplateFault("exceeded maximum template depth");
        const value = node.pipeline ? this.#pipeline(node.pipeline, dot) : undefined;
        const outer = this.#variables.splice(0, this.#variables.length, { name: "$", value });
        this.#list(body as readonly TemplateNode[], value);
        this.#variables.splice(0, this.#variables.length, ...outer);
        this.#depth--;
        return;
      }
      case "break":
      case "continue":
        throw new LoopExit(node.kind);
    }
  }

  #range(node: Branch, dot: unknown): void {
    const mark = this.#variables.length;
    const value = this.#pipeline(node.pipeline, dot, false);
    const entries = entriesOf(value);
    if (!entries) this.#fail(node.pipeline.text, `range can't iterate over ${goText(value)}`);
    const pairs = entries as [unknown, unknown][];
    try {
      for (const [key, item] of pairs) {
        this.#variables.length = mark;
        const [first, second] = node.pipeline.variables;
        if (first && second) this.#variables.push({ name: first, value: key }, { name: second, value: item });
        else if (first) this.#variables.push({ name: first, value: item });
        try {
          this.#list(node.body, item);
        } catch (exit) {
          if (!(exit instanceof LoopExit) || exit.kind === "break") throw exit;
        }
      }
    } catch (exit) {
      if (!(exit instanceof LoopExit)) throw exit;
    }
    this.#variables.length = mark;
    if (pairs.length === 0) this.#list(node.otherwise, dot);
  }

  #pipeline(pipeline: Pipeline, dot: unknown, declare = true): unknown {
    let value: unknown;
    pipeline.commands.forEach((terms, i) => {
      value = this.#command(terms, dot, i > 0 ? [value] : [], pipeline.text);
    });
    if (declare)
      for (const name of pipeline.variables) {
        const old = pipeline.assigns ? this.#variables.findLast((variable) => variable.name === name) : undefined;
        if (old) old.value = value;
        else this.#variables.push({ name, value });
      }
    return value;
  }

  #command(terms: readonly Term[], dot: unknown, last: readonly unknown[], text: string): unknown {
    const [head, ...rest] = terms;
    if (head!.kind === "function") {
      const args = () => [...rest.map((term) => this.#term(term, dot, text)), ...last];
      return this.#call(head!.name, args, rest, last, dot, text);
    }
    if (rest.length > 0 || last.length > 0) this.#fail(text, `can't give argument to non-function ${head!.text}`);
    return this.#term(head!, dot, text);
  }

  #call(
    name: string,
    args: () => unknown[],
    terms: readonly Term[],
    last: readonly unknown[],
    dot: unknown,
    text: string,
  ): unknown {
    // These two stop at the first that decides.
    if (name === "and" || name === "or") {
      let value: unknown;
      for (const term of terms) {
        value = this.#term(term, dot, text);
        if (truth(value) === (name === "or")) return value;
      }
      return last.length > 0 ? last[0] : value;
    }
    const run = functions[name];
    if (!run) return this.#fail(text, `function ${JSON.stringify(name)} not defined`);
    try {
      return run(...args());
    } catch (fault) {
      if (fault instanceof CallFault) return this.#fail(text, `error calling ${name}: ${fault.message}`);
      throw fault;
    }
  }

  #term(term: Term, dot: unknown, text: string): unknown {
    let value: unknown;
    switch (term.kind) {
      case "value":
        value = term.value;
        break;
      case "dot":
        value = dot;
        break;
      case "variable": {
        const found = this.#variables.findLast((variable) => variable.name === term.name);
        if (!found) return this.#fail(text, `undefined variable: ${term.name}`);
        value = found.value;
        break;
      }
      case "pipeline":
        value = this.#pipeline(term.pipeline, dot);
        break;
      case "function":
        value = this.#call(term.name, () => [], [], [], dot, text);
        break;
    }
    for (const field of term.fields) value = this.#field(value, field, term.text);
    return value;
  }

  #field(value: unknown, field: string, text: string): unknown {
    if (value === missing || value === null || value === undefined) {
      if (value === missing || value === undefined)
        return this.#fail(text, "nil pointer evaluating interface {}." + field);
      return this.#fail(text, `nil pointer evaluating interface {}.${field}`);
    }
    if (typeof value !== "object" || Array.isArray(value))
      return this.#fail(text, `can't evaluate field ${field} in type ${typeName(value)}`);
    const object = value as Record<string, unknown>;
    return Object.hasOwn(object, field) ? object[field] : missing;
  }
}

class CallFault extends Error {}

function shown(value: unknown): string {
  return value === missing || value === undefined || value === null ? "<no value>" : goText(value);
}

function truth(value: unknown): boolean {
  if (value === missing || value === undefined || value === null) return false;
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return value !== 0;
  if (typeof value === "string") return value !== "";
  return Array.isArray(value) ? value.length > 0 : Object.keys(value as object).length > 0;
}

function entriesOf(value: unknown): [unknown, unknown][] | undefined {
  if (value === missing || value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map((item, i) => [i, item]);
  if (typeof value === "number" && Number.isInteger(value))
    return Array.from({ length: Math.max(0, value) }, (_, i) => [i, i]);
  if (typeof value === "object") return Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1));
  return undefined;
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function compare(a: unknown, b: unknown): number {
  if (typeof a !== typeof b) throw new CallFault("incompatible types for comparison");
  if (typeof a !== "string" && typeof a !== "number") throw new CallFault("invalid type for comparison");
  return a === b ? 0 : (a as number) < (b as number) ? -1 : 1;
}

function equal(a: unknown, b: unknown): boolean {
  const plain = (value: unknown) => (value === missing || value === undefined ? null : value);
  const [x, y] = [plain(a), plain(b)];
  if (x === null || y === null) return x === y;
  if (typeof x !== typeof y) throw new CallFault("incompatible types for comparison");
  if (typeof x === "object") throw new CallFault("non-comparable type");
  return x === y;
}

function indexed(value: unknown, keys: readonly unknown[]): unknown {
  let found = value;
  for (const key of keys) {
    if (found === missing || found === null || found === undefined) throw new CallFault("index of untyped nil");
    if (Array.isArray(found) || typeof found === "string") {
      if (typeof key !== "number") throw new CallFault(`cannot index slice/array with type ${typeName(key)}`);
      if (key < 0 || key >= found.length) throw new CallFault(`index out of range: ${key}`);
      found = typeof found === "string" ? found.charCodeAt(key) : found[key];
    } else if (typeof found === "object") {
      const object = found as Record<string, unknown>;
      if (typeof key !== "string") throw new CallFault(`value has type ${typeName(key)}; should be string`);
      found = Object.hasOwn(object, key) ? object[key] : missing;
    } else throw new CallFault(`can't index item of type ${typeName(found)}`);
  }
  return found;
}

type TemplateFunction = (...args: readonly unknown[]) => unknown;

const escapes: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&#34;",
  "'": "&#39;",
};

/** Go's own functions, and the two that kubectl adds (cli-runtime: printers/template.go). */
const functions: Readonly<Record<string, TemplateFunction>> = {
  not: (value) => !truth(value),
  eq: (first, ...others) => {
    if (others.length === 0) throw new CallFault("missing argument for comparison");
    return others.some((other) => equal(first, other));
  },
  ne: (a, b) => !equal(a, b),
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
  len: (value) => {
    if (typeof value === "string" || Array.isArray(value)) return value.length;
    if (typeof value === "object" && value !== null) return Object.keys(value).length;
    throw new CallFault(
      value === missing || value === null || value === undefined
        ? "len of nil pointer"
        : `len of type ${typeName(value)}`,
    );
  },
  index: (value, ...keys) => indexed(value, keys),
  slice: (value, from = 0, to) => {
    if (typeof value !== "string" && !Array.isArray(value))
      throw new CallFault(`can't slice item of type ${typeName(value)}`);
    const end = (to as number | undefined) ?? value.length;
    if ((from as number) < 0 || end > value.length || (from as number) > end)
      throw new CallFault(`index out of range: ${end}`);
    return value.slice(from as number, end);
  },
  print: (...values) => sprint(values),
  println: (...values) => `${values.map(shown).join(" ")}\n`,
  printf: (format, ...values) =>
    goPrintf(
      String(format),
      values.map((value) => (value === missing ? null : value)),
    ),
  html: (...values) => sprint(values).replace(/[<>&"']/g, (c) => escapes[c]!),
  js: (...values) =>
    sprint(values).replace(/[\\'"<>&=\n]/g, (c) =>
      c === "\n" ? "\\n" : `<>&=`.includes(c) ? `\\u00${c.charCodeAt(0).toString(16).toUpperCase()}` : `\\${c}`,
    ),
  urlquery: (...values) => encodeURIComponent(sprint(values)).replaceAll("%20", "+"),
  exists: (value, ...keys) => {
    try {
      const found = indexed(value, keys);
      return found !== missing && found !== undefined && found !== null;
    } catch (fault) {
      if (fault instanceof CallFault) return false;
      throw fault;
    }
  },
  base64decode: (value) => {
    const text = base64Decode(String(value));
    if (text === undefined) throw new CallFault("base64 decode failed");
    return text;
  },
};

/** fmt.Sprint: a space between two operands of which neither is a string. */
function sprint(values: readonly unknown[]): string {
  return values
    .map(
      (value, i) => (i > 0 && typeof value !== "string" && typeof values[i - 1] !== "string" ? " " : "") + shown(value),
    )
    .join("");
}
