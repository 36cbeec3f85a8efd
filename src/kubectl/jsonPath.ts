/** kubectl's JSONPath templates (client-go: util/jsonpath): text with `{…}` in it. */
import { fail, Failure } from "./failure.ts";
import { goSyntax, goType } from "./goFormat.ts";

type Step =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "wildcard" }
  | { readonly kind: "recursive" }
  | { readonly kind: "slice"; readonly from?: number; readonly to?: number; readonly step?: number }
  | { readonly kind: "index"; readonly at: number }
  | { readonly kind: "union"; readonly paths: readonly (readonly Step[])[] }
  | { readonly kind: "filter"; readonly left: Operand; readonly operator?: string; readonly right?: Operand };

type Operand = { readonly path: readonly Step[] } | { readonly value: unknown };

type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "path"; readonly steps: readonly Step[] }
  | { readonly kind: "range"; readonly steps: readonly Step[]; readonly body: readonly Part[] };

export type JsonPath = readonly Part[];

/** The command ends when the template has a fault. */
export function parseJsonPath(template: string): JsonPath {
  const refuse = (why: string): never => fail(`error parsing jsonpath ${template}, ${why}`);
  const stack: { body: Part[]; steps: readonly Step[] }[] = [];
  let body: Part[] = [];
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf("{", at);
    if (open !== at) body.push({ kind: "text", text: template.slice(at, open < 0 ? undefined : open) });
    if (open < 0) break;
    const close = closingBrace(template, open + 1, refuse);
    const action = template.slice(open + 1, close).trim();
    at = close + 1;
    if (action === "end") {
      const outer = stack.pop();
      if (!outer) return refuse("not in range, nothing to end");
      outer.body.push({ kind: "range", steps: outer.steps, body });
      body = outer.body;
    } else if (/^range\b/.test(action)) {
      stack.push({ body, steps: parseSteps(action.slice(5).trim(), refuse) });
      body = [];
    } else {
      for (const word of actionWords(action))
        if (/^["']/.test(word)) body.push({ kind: "text", text: unquote(word) });
        else body.push({ kind: "path", steps: parseSteps(word, refuse) });
    }
  }
  if (stack.length > 0) refuse("unclosed action");
  return body;
}

function closingBrace(text: string, from: number, refuse: (why: string) => never): number {
  let quote = "";
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const c = text[i]!;
    if (quote) {
      if (c === "\\") i++;
      else if (c === quote) quote = "";
    } else if (c === '"' || c === "'") quote = c;
    else if (c === "[") depth++;
    else if (c === "]") depth--;
    else if (c === "}" && depth <= 0) return i;
  }
  return refuse(quote ? "unterminated quoted string" : depth > 0 ? "unterminated array" : "unclosed action");
}

/** `.a.b "text" .c`: split at spaces outside brackets and quotes. */
function actionWords(action: string): string[] {
  return (
    action.match(/(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\[(?:"[^"]*"|'[^']*'|\[[^\]]*\]|[^\]])*\]|[^\s"'[])+/g) ?? []
  );
}

function unquote(word: string): string {
  const names: Record<string, string> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v", "0": "\0" };
  return word.slice(1, -1).replace(/\\(.)/gs, (_, c: string) => names[c] ?? c);
}

function parseSteps(text: string, refuse: (why: string) => never): Step[] {
  const steps: Step[] = [];
  let i = 0;
  if (text[0] === "$" || text[0] === "@") i = 1;
  while (i < text.length) {
    const c = text[i]!;
    if (c === "." && text[i + 1] === ".") {
      steps.push({ kind: "recursive" });
      i++;
      if (text[i + 1] === "[") i++;
    } else if (c === ".") {
      i++;
      if (text[i] === "*") {
        steps.push({ kind: "wildcard" });
        i++;
        continue;
      }
      let name = "";
      while (i < text.length && !/[.[\]\s@]/.test(text[i]!)) {
        if (text[i] === "\\") i++;
        name += text[i++] ?? "";
      }
      if (name !== "") steps.push({ kind: "field", name });
    } else if (c === "[") {
      const close = closingBracket(text, i + 1);
      if (close < 0) return refuse("unterminated array");
      steps.push(bracket(text.slice(i + 1, close).trim(), refuse));
      i = close + 1;
    } else if (i === 0 && /[A-Za-z_]/.test(c)) {
      return refuse(`unrecognized identifier ${text}`);
    } else
      return refuse(
        `unrecognized character in action: U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")} '${c}'`,
      );
  }
  return steps;
}

function closingBracket(text: string, from: number): number {
  let quote = "";
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const c = text[i]!;
    if (quote) {
      if (c === quote) quote = "";
    } else if (c === '"' || c === "'") quote = c;
    else if (c === "[") depth++;
    else if (c === "]" && depth-- === 0) return i;
  }
  return -1;
}

function bracket(text: string, refuse: (why: string) => never): Step {
  if (text === "*") return { kind: "wildcard" };
  if (text.startsWith("?(") && text.endsWith(")")) return filter(text.slice(2, -1).trim(), refuse);
  const quoted = /^(?:'((?:\\.|[^'])*)'|"((?:\\.|[^"])*)")$/.exec(text);
  if (quoted && !/^'[^']*',/.test(text))
    return { kind: "field", name: (quoted[1] ?? quoted[2])!.replace(/\\(.)/g, "$1") };
  if (/^-?\d+$/.test(text)) return { kind: "index", at: Number(text) };
  const slice = /^(-?\d*):(-?\d*)(?::(-?\d*))?$/.exec(text);
  const number = (digits: string | undefined) => (digits ? { value: Number(digits) }.value : undefined);
  if (slice) {
    const [from, to, step] = [number(slice[1]), number(slice[2]), number(slice[3])];
    return {
      kind: "slice",
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(step !== undefined && { step }),
    };
  }
  if (text.includes(","))
    return { kind: "union", paths: text.split(",").map((part) => [bracket(part.trim(), refuse)]) };
  return refuse(`invalid array index ${text}`);
}

function filter(text: string, refuse: (why: string) => never): Step {
  const match = /^(.*?)\s*(==|!=|<=|>=|<|>)\s*(.*)$/s.exec(text);
  if (!match) return { kind: "filter", left: operand(text, refuse) };
  return { kind: "filter", left: operand(match[1]!, refuse), operator: match[2]!, right: operand(match[3]!, refuse) };
}

function operand(text: string, refuse: (why: string) => never): Operand {
  if (/^["']/.test(text)) return { value: unquote(text) };
  if (text === "true" || text === "false") return { value: text === "true" };
  if (/^-?\d+(\.\d+)?$/.test(text)) return { value: Number(text) };
  return { path: parseSteps(text, refuse) };
}

/** The text that the template makes of `root`. Missing fields give nothing, as `get` allows them. */
export function executeJsonPath(path: JsonPath, root: unknown, template: string): string {
  try {
    return run(path, root);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return fail(
      `error executing jsonpath ${JSON.stringify(template)}: Error executing template: ${error.amongOthers}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(root)}\n\n`,
    );
  }
}

function run(parts: readonly Part[], current: unknown): string {
  return parts
    .map((part) => {
      if (part.kind === "text") return part.text;
      const found = follow(part.steps, current);
      if (part.kind === "path") return found.map(valueText).join(" ");
      return found.map((item) => run(part.body, item)).join("");
    })
    .join("");
}

/** The values at a bare path (`.metadata.name` or `{.metadata.name}`), for --sort-by, custom columns and wait. */
export function valuesAt(path: JsonPath, root: unknown): unknown[] {
  return path.flatMap((part) => (part.kind === "path" ? follow(part.steps, root) : []));
}

function follow(steps: readonly Step[], root: unknown): unknown[] {
  return steps.reduce<unknown[]>((values, step) => values.flatMap((value) => take(step, value)), [root]);
}

function take(step: Step, value: unknown): unknown[] {
  switch (step.kind) {
    case "field":
      return isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case "wildcard":
      return children(value);
    case "recursive":
      return descendants(value);
    case "index": {
      if (value === null || value === undefined) return [];
      const list = listOf(value);
      const at = step.at < 0 ? list.length + step.at : step.at;
      checkBound(list, at);
      return [list[at]];
    }
    case "slice": {
      if (value === null || value === undefined) return [];
      const list = listOf(value);
      const place = (index: number) => (index < 0 ? list.length + index : index);
      const [from, to] = [place(step.from ?? 0), place(step.to ?? list.length)];
      if (from !== to) {
        checkBound(list, from);
        checkBound(list, to - 1);
      }
      const cut = list.slice(from, to);
      return cut.filter((_, i) => i % Math.max(1, step.step ?? 1) === 0);
    }
    case "union":
      return step.paths.flatMap((path) => follow(path, value));
    case "filter":
      return (Array.isArray(value) ? value : []).filter((item) => passes(step, item));
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : fail(`${goType(value)} is not array or slice`);
}

function checkBound(list: readonly unknown[], at: number): void {
  if (at < 0 || at >= list.length) fail(`array index out of bounds: index ${at}, length ${list.length}`);
}

function passes({ left, operator, right }: Extract<Step, { kind: "filter" }>, item: unknown): boolean {
  const values = (side: Operand) => ("path" in side ? follow(side.path, item) : [side.value]);
  const a = values(left);
  if (!operator) return a.length > 0;
  const b = values(right!);
  if (a.length !== 1 || b.length !== 1) return false;
  const [x, y] = [a[0] as never, b[0] as never];
  switch (operator) {
    case "==":
      return x === y;
    case "!=":
      return x !== y;
    case "<":
      return x < y;
    case ">":
      return x > y;
    case "<=":
      return x <= y;
    default:
      return x >= y;
  }
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value)
    ? Object.keys(value)
        .sort()
        .map((key) => value[key])
    : [];
}

function descendants(value: unknown): unknown[] {
  return [value, ...children(value).flatMap(descendants)];
}

export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
