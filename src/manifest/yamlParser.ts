/** YAML tokens to a tree of nodes that know their places; go-yaml's words and lines for what is wrong. */
import { type Mark, type Token, YamlFault, YamlScanner } from "./yamlScanner.ts";

export type YamlNode = ScalarNode | SequenceNode | MappingNode | AliasNode;

interface Common {
  readonly start: Mark;
  readonly tag: string;
}

export interface ScalarNode extends Common {
  readonly kind: "scalar";
  readonly value: string;
  /** Written without quotes and tag, so its text decides what it is. */
  readonly plain: boolean;
}

export interface SequenceNode extends Common {
  readonly kind: "sequence";
  readonly items: YamlNode[];
}

export interface MappingNode extends Common {
  readonly kind: "mapping";
  readonly entries: { readonly key: YamlNode; readonly value: YamlNode }[];
}

export interface AliasNode extends Common {
  readonly kind: "alias";
  readonly name: string;
  readonly target: YamlNode;
}

/** The first document of the text; undefined when there is none. Throws YamlFault. */
export function parseYaml(text: string): YamlNode | undefined {
  const control = /[^\t\n\r\x20-\x7e\u0085\u00a0-\ud7ff\ud800-\udfff\ue000-\ufffd\ufeff]/.exec(text);
  if (control) {
    const before = text.slice(0, control.index);
    const line = before.split("\n").length - 1;
    throw new YamlFault("control characters are not allowed", undefined, {
      index: control.index,
      line,
      column: before.length - before.lastIndexOf("\n") - 1,
    });
  }
  return new Parser(new YamlScanner(text)).document();
}

const DEEPEST = 500;

class Parser {
  readonly #scanner: YamlScanner;
  readonly #anchors = new Map<string, YamlNode>();
  readonly #handles = new Map<string, string>([
    ["!", "!"],
    ["!!", "tag:yaml.org,2002:"],
  ]);
  #depth = 0;

  constructor(scanner: YamlScanner) {
    this.#scanner = scanner;
  }

  document(): YamlNode | undefined {
    let token = this.#peek();
    if (token.type === "stream end") return undefined;
    const marked =
      token.type === "version directive" || token.type === "tag directive" || token.type === "document start";
    let root: YamlNode;
    if (marked) {
      this.#directives();
      token = this.#peek();
      if (token.type !== "document start") this.#fail("did not find expected <document start>", token.start);
      this.#scanner.take();
      token = this.#peek();
      root = ["version directive", "tag directive", "document start", "document end", "stream end"].includes(token.type)
        ? empty(token.start)
        : this.#node(true, false);
    } else root = this.#node(true, false);
    // What follows the first document is not looked at, but its first token must be one.
    this.#peek();
    return root;
  }

  #directives(): void {
    let version = false;
    const given = new Set<string>();
    for (
      let token = this.#peek();
      token.type === "version directive" || token.type === "tag directive";
      token = this.#peek()
    ) {
      const [first = "", second = ""] = (token.value ?? "").split(" ");
      if (token.type === "version directive") {
        if (version) this.#fail("found duplicate %YAML directive", token.start);
        if (first !== "1" || second !== "1") this.#fail("found incompatible YAML document", token.start);
        version = true;
      } else {
        if (given.has(first)) this.#fail("found duplicate %TAG directive", token.start);
        given.add(first);
        this.#handles.set(first, second);
      }
      this.#scanner.take();
    }
  }

  #peek(): Token {
    return this.#scanner.peek();
  }

  /** Problems of the parser name the line before: go-yaml counts it from 0 and does not correct it. */
  #fail(problem: string, mark: Mark, context?: Mark): never {
    const line = mark.line > 0 ? mark.line : context && context.line > 0 ? context.line : undefined;
    throw new YamlFault(problem, line, mark, context);
  }

  #node(block: boolean, indentless: boolean): YamlNode {
    if (++this.#depth > DEEPEST) this.#fail("exceeded max depth of 10000", this.#peek().start);
    const node = this.#nodeWithin(block, indentless);
    this.#depth--;
    return node;
  }

  #nodeWithin(block: boolean, indentless: boolean): YamlNode {
    let token = this.#peek();
    if (token.type === "alias") {
      this.#scanner.take();
      const name = token.value!;
      const target = this.#anchors.get(name);
      if (!target) throw new YamlFault(`unknown anchor '${name}' referenced`, undefined, token.start);
      return { kind: "alias", start: token.start, tag: "", name, target };
    }
    const start = token.start;
    let anchor: string | undefined;
    let tag = "";
    while ((token.type === "anchor" && anchor === undefined) || (token.type === "tag" && tag === "")) {
      this.#scanner.take();
      if (token.type === "anchor") anchor = token.value!;
      else tag = this.#tagOf(token, start);
      token = this.#peek();
    }
    const node = this.#content(block, indentless, tag, start, anchor !== undefined || tag !== "", anchor);
    return node;
  }

  #tagOf(token: Token, start: Mark): string {
    const [handle = "", suffix = ""] = token.value!.split(" ");
    if (handle === "") return suffix;
    const prefix = this.#handles.get(handle);
    if (prefix === undefined) this.#fail("found undefined tag handle", token.start, start);
    return prefix + suffix;
  }

  #content(
    block: boolean,
    indentless: boolean,
    tag: string,
    start: Mark,
    hasProperties: boolean,
    anchor: string | undefined,
  ): YamlNode {
    const token = this.#peek();
    const remember = <T extends YamlNode>(node: T): T => {
      if (anchor !== undefined) this.#anchors.set(anchor, node);
      return node;
    };
    switch (token.type) {
      case "block entry":
        if (indentless) return this.#indentlessSequence(remember({ kind: "sequence", start, tag, items: [] }));
        break;
      case "scalar":
        this.#scanner.take();
        return remember({
          kind: "scalar",
          start,
          tag: tag === "!" ? "" : tag,
          value: token.value!,
          plain: tag === "!" || (tag === "" && token.plain === true),
        });
      case "flow sequence start":
        return this.#flowSequence(remember({ kind: "sequence", start, tag, items: [] }));
      case "flow mapping start":
        return this.#flowMapping(remember({ kind: "mapping", start, tag, entries: [] }));
      case "block sequence start":
        if (block) return this.#blockSequence(remember({ kind: "sequence", start, tag, items: [] }));
        break;
      case "block mapping start":
        if (block) return this.#blockMapping(remember({ kind: "mapping", start, tag, entries: [] }));
        break;
      default:
    }
    if (hasProperties) return remember({ kind: "scalar", start, tag, value: "", plain: tag === "" });
    return this.#fail("did not find expected node content", token.start, start);
  }

  #blockSequence(node: SequenceNode): SequenceNode {
    const { start } = this.#scanner.take();
    for (;;) {
      const token = this.#peek();
      if (token.type === "block end") {
        this.#scanner.take();
        return node;
      }
      if (token.type !== "block entry") this.#fail("did not find expected '-' indicator", token.start, start);
      this.#scanner.take();
      const next = this.#peek().type;
      node.items.push(next === "block entry" || next === "block end" ? empty(token.end) : this.#node(true, false));
    }
  }

  #indentlessSequence(node: SequenceNode): SequenceNode {
    for (let token = this.#peek(); token.type === "block entry"; token = this.#peek()) {
      this.#scanner.take();
      const next = this.#peek().type;
      node.items.push(
        next === "block entry" || next === "key" || next === "value" || next === "block end"
          ? empty(token.end)
          : this.#node(true, false),
      );
    }
    return node;
  }

  #blockMapping(node: MappingNode): MappingNode {
    const { start } = this.#scanner.take();
    for (;;) {
      const token = this.#peek();
      if (token.type === "block end") {
        this.#scanner.take();
        return node;
      }
      if (token.type !== "key") this.#fail("did not find expected key", token.start, start);
      const key = this.#blockPart();
      const value = this.#peek().type === "value" ? this.#blockPart() : empty(this.#peek().start);
      node.entries.push({ key, value });
    }
  }

  /** What follows the mark of a key or value, which is taken. */
  #blockPart(): YamlNode {
    const { end } = this.#scanner.take();
    const { type } = this.#peek();
    return type === "key" || type === "value" || type === "block end" ? empty(end) : this.#node(true, true);
  }

  #flowSequence(node: SequenceNode): SequenceNode {
    const { start } = this.#scanner.take();
    for (let first = true; ; first = false) {
      let token = this.#peek();
      if (token.type !== "flow sequence end" && !first) {
        if (token.type !== "flow entry") this.#fail("did not find expected ',' or ']'", token.start, start);
        this.#scanner.take();
        token = this.#peek();
      }
      if (token.type === "flow sequence end") {
        this.#scanner.take();
        return node;
      }
      node.items.push(token.type === "key" ? this.#pair(token) : this.#node(false, false));
    }
  }

  /** `[a: b]` is a list of one mapping. */
  #pair(token: Token): MappingNode {
    const key = this.#flowPart("flow sequence end");
    const value = this.#peek().type === "value" ? this.#flowPart("flow sequence end") : empty(this.#peek().start);
    return { kind: "mapping", start: token.start, tag: "", entries: [{ key, value }] };
  }

  #flowMapping(node: MappingNode): MappingNode {
    const { start } = this.#scanner.take();
    for (let first = true; ; first = false) {
      let token = this.#peek();
      if (token.type !== "flow mapping end" && !first) {
        if (token.type !== "flow entry") this.#fail("did not find expected ',' or '}'", token.start, start);
        this.#scanner.take();
        token = this.#peek();
      }
      if (token.type === "flow mapping end") {
        this.#scanner.take();
        return node;
      }
      if (token.type === "key") {
        const key = this.#flowPart("flow mapping end");
        const value = this.#peek().type === "value" ? this.#flowPart("flow mapping end") : empty(this.#peek().start);
        node.entries.push({ key, value });
      } else {
        const key = this.#node(false, false);
        node.entries.push({ key, value: empty(this.#peek().start) });
      }
    }
  }

  #flowPart(end: Token["type"]): YamlNode {
    const token = this.#scanner.take();
    const next = this.#peek();
    const nothing = next.type === "flow entry" || next.type === end || (token.type === "key" && next.type === "value");
    return nothing ? empty(next.start) : this.#node(false, false);
  }
}

function empty(start: Mark): ScalarNode {
  return { kind: "scalar", start, tag: "", value: "", plain: true };
}
