/** Go's text/template: text and `{{actions}}` to nodes. Faults are worded as Go words the commonest of them. */

export class TemplateFault extends Error {}

export type TemplateNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipeline: Pipeline }
  | Branch
  | { readonly kind: "template"; readonly name: string; readonly pipeline?: Pipeline }
  | { readonly kind: "break" | "continue" };

export interface Branch {
  readonly kind: "if" | "with" | "range";
  readonly pipeline: Pipeline;
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[];
}

export interface Pipeline {
  readonly text: string;
  readonly variables: readonly string[];
  /** `=` in place of `:=` */
  readonly assigns: boolean;
  readonly commands: readonly (readonly Term[])[];
}

export type Term = { readonly text: string; readonly fields: readonly string[] } & (
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "dot" }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "pipeline"; readonly pipeline: Pipeline }
);

export interface Template {
  readonly body: readonly TemplateNode[];
  readonly defined: ReadonlyMap<string, readonly TemplateNode[]>;
}

export function parseTemplate(text: string, name = "output"): Template {
  return new Parser(text, name).parse();
}

type Piece = { readonly line: number } & ({ readonly text: string } | { readonly action: string });

class Parser {
  readonly #name: string;
  readonly #pieces: Piece[];
  readonly #defined = new Map<string, readonly TemplateNode[]>();
  #at = 0;

  constructor(text: string, name: string) {
    this.#name = name;
    this.#pieces = this.#cut(text);
  }

  parse(): Template {
    const { nodes, ended } = this.#list();
    if (ended) this.#fail(`unexpected {{${ended}}}`);
    return { body: nodes, defined: this.#defined };
  }

  #fail(why: string, line = this.#pieces[Math.max(0, this.#at - 1)]?.line ?? 1): never {
    throw new TemplateFault(`template: ${this.#name}:${line}: ${why}`);
  }

  /** Text and actions in turn; `{{-` and `-}}` take the space beside them away. */
  #cut(text: string): Piece[] {
    const pieces: Piece[] = [];
    let at = 0;
    let trim = false;
    const lineAt = (index: number) => text.slice(0, index).split("\n").length;
    for (;;) {
      const open = text.indexOf("{{", at);
      let plain = text.slice(at, open < 0 ? undefined : open);
      if (trim) plain = plain.replace(/^[ \t\r\n]+/, "");
      const trimsLeft = open >= 0 && /^-[ \t\r\n]/.test(text.slice(open + 2, open + 4));
      if (trimsLeft) plain = plain.replace(/[ \t\r\n]+$/, "");
      if (plain !== "") pieces.push({ text: plain, line: lineAt(at) });
      if (open < 0) return pieces;
      const close = endOfAction(text, open + 2);
      if (close < 0) this.#fail("unclosed action", lineAt(open));
      let action = text.slice(open + 2 + (trimsLeft ? 2 : 0), close);
      trim = /[ \t\r\n]-$/.test(action);
      if (trim) action = action.slice(0, -2);
      pieces.push({ action: action.trim(), line: lineAt(open) });
      at = close + 2;
    }
  }

  /** Up to `{{end}}` or `{{else…}}`, which is given back. */
  #list(): { nodes: TemplateNode[]; ended: string | undefined } {
    const nodes: TemplateNode[] = [];
    while (this.#at < this.#pieces.length) {
      const piece = this.#pieces[this.#at++]!;
      if ("text" in piece) {
        nodes.push({ kind: "text", text: piece.text });
        continue;
      }
      const [, word = "", rest = ""] = /^([a-z]*)\b\s*(.*)$/s.exec(piece.action) ?? [];
      if (piece.action.startsWith("/*")) continue;
      if (piece.action === "") this.#fail("missing value for command");
      if (word === "end" || word === "else") return { nodes, ended: piece.action };
      if (word === "if" || word === "with" || word === "range") nodes.push(this.#branch(word, rest));
      else if (word === "break" || word === "continue") nodes.push({ kind: word });
      else if (word === "define" || word === "block") {
        const named = /^"([^"]*)"\s*(.*)$/s.exec(rest);
        if (!named) return this.#fail(`unexpected ${JSON.stringify(rest)} in ${word} clause`);
        const body = this.#list();
        if (body.ended !== "end") this.#fail("unexpected EOF");
        this.#defined.set(named[1]!, body.nodes);
        if (word === "block")
          nodes.push({ kind: "template", name: named[1]!, pipeline: this.#pipeline(named[2]!, "block clause") });
      } else if (word === "template") {
        const named = /^"([^"]*)"\s*(.*)$/s.exec(rest);
        if (!named) return this.#fail(`unexpected ${JSON.stringify(rest)} in template clause`);
        nodes.push({
          kind: "template",
          name: named[1]!,
          ...(named[2] && { pipeline: this.#pipeline(named[2], "template clause") }),
        });
      } else nodes.push({ kind: "action", pipeline: this.#pipeline(piece.action, "command") });
    }
    return { nodes, ended: undefined };
  }

  #branch(kind: Branch["kind"], text: string): Branch {
    const pipeline = this.#pipeline(text, kind);
    const body = this.#list();
    let otherwise: TemplateNode[] = [];
    let ended = body.ended;
    if (ended?.startsWith("else")) {
      const chained = /^else\s+(if|with)\b\s*(.*)$/s.exec(ended);
      if (chained) {
        otherwise = [this.#branch(chained[1] as "if" | "with", chained[2]!)];
        ended = "end";
      } else ({ nodes: otherwise, ended } = this.#list());
    }
    if (ended !== "end") this.#fail("unexpected EOF");
    return { kind, pipeline, body: body.nodes, otherwise };
  }

  #pipeline(text: string, context: string): Pipeline {
    const declared = /^(\$\w+)(?:\s*,\s*(\$\w+))?\s*(:?=)\s*(.*)$/s.exec(text);
    const variables = declared ? [declared[1]!, ...(declared[2] ? [declared[2]] : [])] : [];
    const source = declared ? declared[4]! : text;
    const commands: Term[][] = [];
    const state = { text: source, at: 0 };
    for (;;) {
      const terms = this.#terms(state);
      if (terms.length === 0)
        this.#fail(context === "command" ? "missing value for command" : `missing value for ${context}`);
      commands.push(terms);
      if (state.text[state.at] !== "|") break;
      state.at++;
    }
    if (state.at < state.text.length)
      this.#fail(
        `unexpected ${JSON.stringify(state.text[state.at])} in ${context === "command" ? "operand" : context}`,
      );
    return { text: source, variables, assigns: declared?.[3] === "=", commands };
  }

  #terms(state: { text: string; at: number }): Term[] {
    const terms: Term[] = [];
    for (;;) {
      while (/\s/.test(state.text[state.at] ?? "")) state.at++;
      const c = state.text[state.at];
      if (c === undefined || c === "|" || c === ")") return terms;
      terms.push(this.#term(state));
    }
  }

  #term(state: { text: string; at: number }): Term {
    const begin = state.at;
    const rest = () => state.text.slice(state.at);
    const take = (pattern: RegExp): string | undefined => {
      const found = pattern.exec(rest())?.[0];
      if (found) state.at += found.length;
      return found;
    };
    const made = (term: Record<string, unknown>, fields: string[] = []): Term => {
      for (let field = take(/^\.\w+/); field; field = take(/^\.\w+/)) fields.push(field.slice(1));
      return { ...term, fields, text: state.text.slice(begin, state.at) } as unknown as Term;
    };
    const c = state.text[state.at]!;
    if (c === "(") {
      state.at++;
      const inner = state.at;
      const close = matching(state.text, inner);
      if (close < 0) this.#fail("unclosed left paren");
      state.at = close + 1;
      return made({
        kind: "pipeline",
        pipeline: this.#pipeline(state.text.slice(inner, close).trim(), "parenthesized pipeline"),
      });
    }
    const raw = take(/^`[^`]*`/);
    if (raw) return made({ kind: "value", value: raw.slice(1, -1) });
    const quoted = take(/^"(?:[^"\\]|\\.)*"/);
    if (quoted) return made({ kind: "value", value: unquoted(quoted) });
    const character = take(/^'(?:[^'\\]|\\.)'/);
    if (character) return made({ kind: "value", value: unquoted(`"${character.slice(1, -1)}"`).codePointAt(0) });
    const number = take(/^[-+]?(?:0x[0-9a-fA-F]+|\d[\d_]*(?:\.\d*)?(?:[eE][-+]?\d+)?)/);
    if (number) return made({ kind: "value", value: Number(number.replaceAll("_", "")) });
    const variable = take(/^\$\w*/);
    if (variable) return made({ kind: "variable", name: variable });
    if (c === ".") {
      const field = take(/^\.\w+/);
      if (field) return made({ kind: "dot" }, [field.slice(1)]);
      state.at++;
      return made({ kind: "dot" });
    }
    const word = take(/^[A-Za-z_]\w*/);
    if (word === "true" || word === "false") return made({ kind: "value", value: word === "true" });
    if (word === "nil") return made({ kind: "value", value: null });
    if (word) {
      if (!functionNames.has(word)) this.#fail(`function ${JSON.stringify(word)} not defined`);
      return made({ kind: "function", name: word });
    }
    return this.#fail(`unexpected ${JSON.stringify(c)} in operand`);
  }
}

const functionNames = new Set(
  "and or not eq ne lt le gt ge len index slice print printf println html js urlquery call exists base64decode".split(
    " ",
  ),
);

function unquoted(text: string): string {
  const named: Record<string, string> = {
    n: "\n",
    t: "\t",
    r: "\r",
    '"': '"',
    "'": "'",
    "\\": "\\",
    a: "\u0007",
    b: "\b",
    f: "\f",
    v: "\v",
  };
  return text
    .slice(1, -1)
    .replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/gs, (_, code: string) =>
      code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (named[code] ?? code),
    );
}

/** Where `}}` ends the action that begins at `from`, quotes and comments aside. */
function endOfAction(text: string, from: number): number {
  const comment = /^(?:-[ \t\r\n]+)?\/\*/.exec(text.slice(from));
  if (comment) {
    const end = text.indexOf("*/", from);
    return end < 0 ? -1 : text.indexOf("}}", end);
  }
  let quote = "";
  for (let i = from; i < text.length; i++) {
    const c = text[i]!;
    if (quote) {
      if (c === "\\" && quote !== "`") i++;
      else if (c === quote) quote = "";
    } else if (c === '"' || c === "`" || c === "'") quote = c;
    else if (c === "}" && text[i + 1] === "}") return i;
  }
  return -1;
}

function matching(text: string, from: number): number {
  let depth = 0;
  let quote = "";
  for (let i = from; i < text.length; i++) {
    const c = text[i]!;
    if (quote) {
      if (c === "\\" && quote !== "`") i++;
      else if (c === quote) quote = "";
    } else if (c === '"' || c === "`") quote = c;
    else if (c === "(") depth++;
    else if (c === ")" && depth-- === 0) return i;
  }
  return -1;
}
