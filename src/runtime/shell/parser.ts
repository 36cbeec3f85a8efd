/**
 * ash's grammar. A script is parsed one complete command (line) at a time, as ash does it: what stands before a syntax
 * error runs before the error is reported. Left out: interactive prompts and history.
 */
import {
  type Assignment,
  type CaseItem,
  type HereDocument,
  keywords,
  type Node,
  type ParameterOperator,
  type Redirection,
  ShellSyntaxError,
  type Word,
  type WordPart,
} from "./syntax.ts";

export const endOfScript = Symbol("end of script");

/** Operators, reserved words, and "word", "redirection", "newline", "end of file". */
type Token = string;

const listEnd: ReadonlySet<Token> = new Set([
  "end of file",
  ")",
  ";;",
  "`",
  "do",
  "done",
  "elif",
  "else",
  "esac",
  "fi",
  "then",
  "}",
]);
const specialBuiltins: ReadonlySet<string> = new Set([
  ".",
  ":",
  "break",
  "continue",
  "eval",
  "exec",
  "exit",
  "export",
  "readonly",
  "return",
  "set",
  "shift",
  "times",
  "trap",
  "unset",
]);
const allChecks = { newlines: true, keywords: true, aliases: true };
const noChecks = { newlines: false, keywords: false, aliases: false };
const maxDepth = 200;

type Context = "base" | "double" | "heredoc" | "arithmetic";

interface OpenAlias {
  readonly name: string;
  /** Characters of the script that come after its text. */
  readonly left: number;
  /** Its text ends with a blank, and the word after it was not seen yet. */
  continues: boolean;
}

export class Parser {
  #text: string;
  #at = 0;
  #line: number;
  #aliases: ReadonlyMap<string, string> | undefined;
  #token: Token = "";
  #word: Word = emptyWord;
  #redirection: Redirection | undefined;
  #pushedBack = false;
  #check: { newlines: boolean; keywords: boolean; aliases: boolean } = noChecks;
  #pendingHere: HereDocument[] = [];
  #missesDelimiter = false;
  /** Aliases whose text is being read. */
  #openAliases: OpenAlias[] = [];
  #depth = 0;
  #isHereText = false;
  #inArithmetic = false;

  /** `firstLine` is 1 for files and 0 for strings (`-c`, eval): ash counts so. */
  constructor(text: string, firstLine: number, aliases?: ReadonlyMap<string, string>) {
    this.#text = text;
    this.#line = firstLine;
    this.#aliases = aliases;
  }

  /** The next complete command, undefined for an empty line, or `endOfScript`. Throws ShellSyntaxError. */
  next(): Node | undefined | typeof endOfScript {
    this.#pushedBack = false;
    this.#check = noChecks;
    this.#pendingHere = [];
    this.#depth = 0;
    return this.#list("line");
  }

  /** After `next`: the script's end was seen, so that this command is the last. */
  get sawEnd(): boolean {
    return this.#pushedBack && this.#token === "end of file";
  }

  /** The text ended inside a here-document: where more can come, the command is not whole yet. */
  get missesDelimiter(): boolean {
    return this.#missesDelimiter;
  }

  get line(): number {
    return this.#line;
  }

  // --- Grammar

  #list(mode: "line" | "body"): Node | undefined;
  #list(mode: "line" | "body"): Node | undefined | typeof endOfScript;
  #list(mode: "line" | "body"): Node | undefined | typeof endOfScript {
    if (++this.#depth > maxDepth) this.#fail("nesting too deep");
    // Flat, however long a script is: only what is nested is a matter of depth.
    const commands: Node[] = [];
    const list = (): Node | undefined => (commands.length > 1 ? { kind: "sequence", commands } : commands[0]);
    let endAllowed = false;
    for (;;) {
      const first = this.#read();
      if (first === "newline") {
        if (mode === "line") {
          this.#readHereDocuments();
          this.#depth--;
          return list();
        }
      } else if (first === "end of file") {
        this.#readHereDocuments();
        this.#pushedBack = true;
        this.#depth--;
        if (commands.length === 0 && mode === "line") return endOfScript;
        return list();
      }
      this.#pushedBack = true;
      this.#check = allChecks;
      if (mode === "body" && (endAllowed ? listEnd.has(this.#peek()) : this.#peek() === "end of file")) {
        this.#depth--;
        return list();
      }
      endAllowed = true;
      let command = this.#andOr();
      const after = this.#read();
      if (after === "&") command = inBackground(command);
      commands.push(command);
      if (after === "newline" || after === "end of file") this.#pushedBack = true;
      else if (after !== "&" && after !== ";") {
        if (mode === "line") this.#unexpected();
        this.#pushedBack = true;
        this.#depth--;
        return list();
      }
    }
  }

  #body(): Node {
    const node = this.#list("body");
    return node ?? { kind: "simple", line: this.#line, assignments: [], words: [], redirections: [] };
  }

  #andOr(): Node {
    let left = this.#pipeline();
    for (;;) {
      const token = this.#read();
      if (token !== "&&" && token !== "||") {
        this.#pushedBack = true;
        return left;
      }
      this.#check = allChecks;
      const right = this.#pipeline();
      left = { kind: token === "&&" ? "and" : "or", left, right };
    }
  }

  #pipeline(): Node {
    let negated = false;
    if (this.#read() === "!") {
      negated = true;
      this.#check = { newlines: false, keywords: true, aliases: true };
    } else this.#pushedBack = true;
    const start = this.#at;
    const first = this.#command();
    let node = first;
    if (this.#read() === "|") {
      const commands = [first];
      do {
        this.#check = allChecks;
        commands.push(this.#command());
      } while (this.#read() === "|");
      node = { kind: "pipeline", commands, background: false, text: this.#text.slice(start, this.#at) };
    }
    this.#pushedBack = true;
    return negated ? { kind: "not", body: node } : node;
  }

  #command(): Node {
    const line = this.#line;
    let end: Token;
    let node: Node;
    switch (this.#read()) {
      case "if":
        node = this.#if();
        end = "fi";
        break;
      case "while":
      case "until": {
        const kind = this.#token as "while" | "until";
        const test = this.#body();
        if (this.#read() !== "do") this.#unexpected("do");
        node = { kind, test, body: this.#body() };
        end = "done";
        break;
      }
      case "for":
        node = this.#for();
        end = "done";
        break;
      case "case":
        return this.#redirected(this.#case(), line);
      case "(":
        node = { kind: "subshell", body: this.#body(), redirections: [], line };
        end = ")";
        break;
      case "{":
        node = this.#body();
        end = "}";
        break;
      case "function": {
        if (this.#read() !== "word") this.#unexpected("word");
        const name = this.#word.plain;
        if (name === undefined || !isName(name) || specialBuiltins.has(name)) this.#fail("bad function name");
        this.#check = allChecks;
        if (this.#read() === "(") {
          if (this.#read() !== ")") this.#unexpected(")");
          this.#check = allChecks;
        } else {
          this.#pushedBack = true;
          this.#recheck(allChecks);
        }
        return { kind: "function", name, body: this.#command() };
      }
      case "word":
      case "redirection":
        this.#pushedBack = true;
        return this.#simple();
      default:
        return this.#unexpected();
    }
    if (this.#read() !== end) this.#unexpected(end);
    return this.#redirected(node, line);
  }

  #redirected(node: Node, line: number): Node {
    const redirections: Redirection[] = [];
    this.#check = { newlines: false, keywords: true, aliases: true };
    while (this.#read() === "redirection") redirections.push(this.#redirect());
    this.#pushedBack = true;
    if (redirections.length === 0) return node;
    if (node.kind === "subshell") return { ...node, redirections };
    return { kind: "redirected", body: node, redirections, line };
  }

  #if(): Node {
    const test = this.#body();
    if (this.#read() !== "then") this.#unexpected("then");
    const then = this.#body();
    const after = this.#read();
    if (after === "elif") return { kind: "if", test, then, otherwise: this.#if() };
    if (after === "else") return { kind: "if", test, then, otherwise: this.#body() };
    this.#pushedBack = true;
    return { kind: "if", test, then, otherwise: undefined };
  }

  #for(): Node {
    const line = this.#line;
    const name = this.#read() === "word" ? this.#word.plain : undefined;
    if (name === undefined || this.#word.quoted || !isName(name)) this.#fail("bad for loop variable");
    this.#check = allChecks;
    const words: Word[] = [];
    if (this.#read() === "in") {
      while (this.#read() === "word") words.push(this.#word);
      if (this.#token !== "newline" && this.#token !== ";") this.#unexpected();
      if (this.#token === "newline") this.#readHereDocuments();
    } else {
      words.push(allParameters);
      if (this.#token !== ";") this.#pushedBack = true;
    }
    if (this.#pushedBack) this.#recheck(allChecks);
    else this.#check = allChecks;
    if (this.#read() !== "do") this.#unexpected("do");
    return { kind: "for", line, name, words, body: this.#body() };
  }

  #case(): Node {
    const line = this.#line;
    if (this.#read() !== "word") this.#unexpected("word");
    const word = this.#word;
    this.#check = allChecks;
    if (this.#read() !== "in") this.#unexpected("in");
    const items: CaseItem[] = [];
    this.#check = { newlines: true, keywords: true, aliases: false };
    let token = this.#read();
    while (token !== "esac") {
      if (token === "(") this.#read();
      const patterns: Word[] = [];
      for (;;) {
        patterns.push(this.#word);
        if (this.#read() !== "|") break;
        this.#read();
      }
      if ((this.#token as string) !== ")") this.#unexpected(")");
      items.push({ patterns, body: this.#caseBody() });
      this.#check = { newlines: true, keywords: true, aliases: false };
      token = this.#read();
      if (token === "esac") break;
      if (token !== ";;") this.#unexpected(";;");
      this.#check = { newlines: true, keywords: true, aliases: false };
      token = this.#read();
    }
    return { kind: "case", line, word, items };
  }

  /** Unlike other bodies, a branch may be empty. */
  #caseBody(): Node | undefined {
    this.#check = allChecks;
    if (listEnd.has(this.#peek())) return undefined;
    return this.#list("body");
  }

  #simple(): Node {
    const assignments: Assignment[] = [];
    const words: Word[] = [];
    const redirections: Redirection[] = [];
    let aliases = true;
    let brackets = false;
    const line = this.#line;
    for (;;) {
      this.#check = { newlines: false, keywords: false, aliases };
      const token = this.#read();
      if (token === "word") {
        const word = this.#word;
        if (word.plain === "[[") brackets = true;
        else if (word.plain === "]]") brackets = false;
        const assignment = aliases && words.length === 0 ? asAssignment(word) : undefined;
        if (assignment !== undefined) assignments.push(assignment);
        else {
          words.push(word);
          aliases = false;
        }
      } else if (brackets && (token === "&&" || token === "||")) {
        words.push(plainWord(token === "&&" ? "-a" : "-o"));
      } else if (token === "redirection") {
        redirections.push(this.#redirect());
      } else if (token === "(" && words.length === 1 && assignments.length === 0 && redirections.length === 0) {
        if (this.#read() !== ")") this.#unexpected(")");
        const name = words[0]!.plain;
        if (name === undefined || !isName(name) || specialBuiltins.has(name)) this.#fail("bad function name");
        this.#check = allChecks;
        return { kind: "function", name, body: this.#command() };
      } else {
        this.#pushedBack = true;
        return { kind: "simple", line, assignments, words, redirections };
      }
    }
  }

  /** Reads what follows the operator that was just read. */
  #redirect(): Redirection {
    const started = this.#redirection!;
    if (started.kind === "here") {
      if (this.#read() !== "word") this.#unexpected();
      const delimiter = this.#word.parts.map((part) => (part.kind === "literal" ? part.text : "")).join("");
      const document = { ...started.document, delimiter, expand: !this.#word.quoted };
      this.#pendingHere.push(document);
      return { ...started, document };
    }
    if (this.#read() !== "word") this.#unexpected();
    if (started.kind === "file") return { ...started, target: this.#word };
    const { plain } = this.#word;
    if (plain === "-") return { ...started, from: "-" };
    if (plain !== undefined && /^[0-9]$/.test(plain)) return { ...started, from: Number(plain) };
    if (started.operator === ">&" && started.fd === 1 && plain !== undefined && !/^[0-9]+$/.test(plain)) {
      return { kind: "file", operator: "&>", fd: 1, target: this.#word };
    }
    return { ...started, from: this.#word };
  }

  // --- Tokens

  #peek(): Token {
    const token = this.#read();
    this.#pushedBack = true;
    return token;
  }

  /** A token that was read without checks is looked at again with them. */
  #recheck(check: typeof allChecks): void {
    this.#check = check;
  }

  #read(): Token {
    const check = this.#check;
    for (;;) {
      let token: Token;
      if (this.#pushedBack) {
        this.#pushedBack = false;
        token = this.#token;
      } else token = this.#scan();
      if (check.newlines) {
        while (token === "newline") {
          this.#readHereDocuments();
          token = this.#scan();
        }
      }
      this.#check = noChecks;
      this.#token = token;
      const aliases = check.aliases || (this.#openAliases.length > 0 && this.#continuesAlias());
      if (token !== "word" || this.#word.quoted || this.#word.plain === undefined) return token;
      const text = this.#word.plain;
      if (check.keywords && keywords.has(text)) {
        this.#token = text;
        return text;
      }
      if (aliases && this.#aliases !== undefined && this.#expandAlias(text)) {
        this.#check = { ...check, aliases };
        continue;
      }
      return token;
    }
  }

  /** Puts an alias' text in its place. It is not expanded again inside its own text. */
  #expandAlias(name: string): boolean {
    const left = this.#text.length - this.#at;
    this.#openAliases = this.#openAliases.filter((alias) => left >= alias.left);
    const value = this.#aliases!.get(name);
    if (value === undefined || this.#openAliases.some((alias) => alias.name === name)) return false;
    if (value === "") return true;
    this.#text = value + this.#text.slice(this.#at);
    this.#at = 0;
    this.#openAliases.push({ name, left, continues: /[ \t]$/.test(value) });
    return true;
  }

  /** After a token: was it the first one behind an alias that ends with a blank? Then it may be an alias too. */
  #continuesAlias(): boolean {
    let continues = false;
    for (const alias of this.#openAliases) {
      if (!alias.continues || this.#text.length - this.#at >= alias.left) continue;
      alias.continues = false;
      continues = true;
    }
    return continues;
  }

  #scan(): Token {
    const text = this.#text;
    for (;;) {
      const c = text[this.#at];
      if (c === " " || c === "\t") {
        this.#at++;
      } else if (c === "#") {
        while (this.#at < text.length && text[this.#at] !== "\n") this.#at++;
      } else if (c === "\\" && text[this.#at + 1] === "\n") {
        this.#at += 2;
        this.#line++;
      } else break;
    }
    const c = text[this.#at];
    const following = text[this.#at + 1];
    switch (c) {
      case undefined:
        return "end of file";
      case "\n":
        this.#at++;
        this.#line++;
        return "newline";
      case "&":
        if (following === "&") return this.#take(2, "&&");
        if (following === ">") {
          this.#at += 2;
          this.#redirection = { kind: "file", operator: "&>", fd: 1, target: emptyWord };
          return "redirection";
        }
        return this.#take(1, "&");
      case "|":
        return following === "|" ? this.#take(2, "||") : this.#take(1, "|");
      case ";":
        return following === ";" ? this.#take(2, ";;") : this.#take(1, ";");
      case "(":
      case ")":
        return this.#take(1, c);
      case "<":
      case ">":
        if (following !== "(") return this.#scanRedirection(undefined);
    }
    let end = this.#at;
    while (isDigit(text[end])) end++;
    if (end > this.#at && end - this.#at < 5 && (text[end] === "<" || text[end] === ">") && text[end + 1] !== "(") {
      const fd = Number(text.slice(this.#at, end));
      this.#at = end;
      return this.#scanRedirection(fd);
    }
    this.#word = this.#scanWord();
    return "word";
  }

  #take(length: number, token: Token): Token {
    this.#at += length;
    return token;
  }

  #scanRedirection(fd: number | undefined): Token {
    const text = this.#text;
    const c = text[this.#at++];
    const following = text[this.#at];
    if (c === ">") {
      const output = fd ?? 1;
      const file = (operator: ">" | ">>" | ">|"): Redirection => ({
        kind: "file",
        operator,
        fd: output,
        target: emptyWord,
      });
      if (following === ">") {
        this.#at++;
        this.#redirection = file(">>");
      } else if (following === "|") {
        this.#at++;
        this.#redirection = file(">|");
      } else if (following === "&") {
        this.#at++;
        this.#redirection = { kind: "duplicate", operator: ">&", fd: output, from: emptyWord };
      } else this.#redirection = file(">");
      return "redirection";
    }
    const input = fd ?? 0;
    if (following === "<") {
      this.#at++;
      const stripTabs = text[this.#at] === "-";
      if (stripTabs) this.#at++;
      this.#redirection = { kind: "here", fd: input, document: { delimiter: "", expand: true, stripTabs, body: [] } };
    } else if (following === "&") {
      this.#at++;
      this.#redirection = { kind: "duplicate", operator: "<&", fd: input, from: emptyWord };
    } else if (following === ">") {
      this.#at++;
      this.#redirection = { kind: "file", operator: "<>", fd: input, target: emptyWord };
    } else this.#redirection = { kind: "file", operator: "<", fd: input, target: emptyWord };
    return "redirection";
  }

  // --- Words

  #scanWord(): Word {
    const collector = new PartCollector();
    this.#scanParts(collector, "base", isWordEnd);
    return collector.word();
  }

  /**
   * Collects parts up to a character for which `isEnd` holds (not taken), or the end of the text. In "double" text
   * single quotes are ordinary, in "heredoc" text double quotes too.
   */
  #scanParts(into: PartCollector, context: Context, isEnd: (c: string) => boolean): void {
    const quoted = context === "double" || context === "heredoc";
    for (;;) {
      const c = this.#text[this.#at];
      if (context === "base" && (c === "<" || c === ">") && this.#text[this.#at + 1] === "(") {
        this.#at += 2;
        into.addPart({ kind: "process", direction: c, body: this.#scanSubstitution() });
        continue;
      }
      if (c === undefined || isEnd(c)) return;
      this.#at++;
      switch (c) {
        case "\n":
          this.#line++;
          into.add(c, quoted);
          break;
        case "\\":
          this.#scanBackslash(into, context);
          break;
        case "'":
          if (context === "base") into.addQuoted(this.#scanSingleQuoted());
          else into.add(c, quoted);
          break;
        case '"':
          // Quotes mean nothing in `$(( ))`, where they are a fault, but they do in `${x:"1"}`.
          if (context === "heredoc" || (context === "arithmetic" && this.#braces === 0)) into.add(c, quoted);
          else if (context === "double") this.#scanNestedDoubleQuotes(into);
          else this.#scanDoubleQuoted(into);
          break;
        case "$":
          this.#scanDollar(into, context);
          break;
        case "`":
          into.addPart({ kind: "command", body: this.#scanBackquoted(quoted), quoted });
          break;
        default:
          into.add(c, quoted);
      }
    }
  }

  #scanBackslash(into: PartCollector, context: Context): void {
    const c = this.#text[this.#at];
    if (c === undefined) {
      into.add("\\", context !== "base" && context !== "arithmetic");
      return;
    }
    if (c === "\n") {
      this.#at++;
      this.#line++;
      return;
    }
    this.#at++;
    if (context === "base") into.addQuoted(c);
    else if (context === "arithmetic") into.add(c, false);
    else if (
      c === "$" ||
      c === "`" ||
      c === "\\" ||
      (c === '"' && context === "double") ||
      (c === "}" && this.#braces > 0)
    ) {
      into.addQuoted(c);
    } else into.addQuoted(`\\${c}`);
  }

  /** Depth of `${` around the text that is being read. */
  #braces = 0;

  #scanSingleQuoted(): string {
    const end = this.#text.indexOf("'", this.#at);
    if (end < 0) {
      this.#countLines(this.#at, this.#text.length);
      this.#at = this.#text.length;
      this.#fail("unterminated quoted string");
    }
    const text = this.#text.slice(this.#at, end);
    this.#countLines(this.#at, end);
    this.#at = end + 1;
    return text;
  }

  #scanDoubleQuoted(into: PartCollector): void {
    into.addQuoted("");
    const braces = this.#braces;
    this.#braces = 0;
    this.#scanParts(into, "double", isDoubleQuote);
    this.#braces = braces;
    if (this.#text[this.#at] !== '"') this.#fail("unterminated quoted string");
    this.#at++;
  }

  /** `"${x:-"y"}"`: the inner quotes only group. */
  #scanNestedDoubleQuotes(into: PartCollector): void {
    this.#scanParts(into, "double", isDoubleQuote);
    if (this.#text[this.#at] !== '"') this.#fail("unterminated quoted string");
    this.#at++;
  }

  #scanDollar(into: PartCollector, context: Context): void {
    const quoted = context === "double" || context === "heredoc";
    const text = this.#text;
    const c = text[this.#at];
    if (c === "(") {
      if (text[this.#at + 1] === "(") {
        this.#scanArithmetic(into, quoted);
        return;
      }
      this.#at++;
      into.addPart({ kind: "command", body: this.#scanSubstitution(), quoted });
      return;
    }
    if (c === "{") {
      this.#at++;
      into.addPart(this.#scanBraces(quoted));
      return;
    }
    if (c === "'" && context === "base") {
      this.#at++;
      into.addQuoted(this.#scanDollarSingleQuoted());
      return;
    }
    const name = this.#scanParameterName(false);
    if (name === "") into.add("$", quoted);
    else into.addPart({ kind: "parameter", name, operator: "", colon: false, word: [], quoted });
  }

  /** A name, a special parameter or digits (only one outside braces); "" when there is none. */
  #scanParameterName(inBraces: boolean): string {
    const text = this.#text;
    const start = this.#at;
    const c = text[start];
    if (c === undefined) return "";
    if (isNameStart(c)) {
      let end = start + 1;
      while (isNameCharacter(text[end])) end++;
      this.#at = end;
    } else if (isDigit(c)) {
      let end = start + 1;
      if (inBraces) while (isDigit(text[end])) end++;
      this.#at = end;
    } else if ("@*#?-$!".includes(c)) this.#at++;
    return text.slice(start, this.#at);
  }

  /** After `${`. */
  #scanBraces(quoted: boolean): WordPart {
    const text = this.#text;
    const line = this.#line;
    if (text[this.#at] === "#") {
      const after = text[this.#at + 1];
      const isLength =
        after !== undefined && (isNameCharacter(after) || ("@*#?-$!".includes(after) && text[this.#at + 2] === "}"));
      if (isLength && after !== "}") {
        this.#at++;
        const name = this.#scanParameterName(true);
        if (text[this.#at] === "}") {
          this.#at++;
          return { kind: "parameter", name, operator: "length", colon: false, word: [], quoted };
        }
        return this.#badBraces(quoted);
      }
    }
    const name = this.#scanParameterName(true);
    if (name === "") return this.#badBraces(quoted);
    const c = text[this.#at];
    const part = (
      operator: ParameterOperator,
      colon: boolean,
      word: readonly WordPart[],
      second?: readonly WordPart[],
    ): WordPart => ({
      kind: "parameter",
      name,
      operator,
      colon,
      word,
      second,
      quoted,
    });
    if (c === undefined) this.#failInBraces(quoted, line);
    this.#at++;
    switch (c) {
      case "}":
        return part("", false, []);
      case ":": {
        const operator = text[this.#at];
        if (operator !== undefined && "-=?+".includes(operator)) {
          this.#at++;
          return part(operator as ParameterOperator, true, this.#scanOperand(quoted ? "double" : "base"));
        }
        const first = this.#scanOperand("arithmetic", true, quoted);
        if (text[this.#at - 1] === ":") return part(":", false, first, this.#scanOperand("arithmetic", false, quoted));
        return part(":", false, first);
      }
      case "-":
      case "=":
      case "?":
      case "+":
        return part(c, false, this.#scanOperand(quoted ? "double" : "base"));
      case "#":
      case "%": {
        const twice = text[this.#at] === c;
        if (twice) this.#at++;
        return part((twice ? c + c : c) as ParameterOperator, false, this.#scanOperand("base"));
      }
      case "/": {
        // Even between double quotes both halves are read as if there were none around them.
        const twice = text[this.#at] === "/";
        if (twice) this.#at++;
        const [pattern, second] = this.#scanReplacement();
        return part(twice ? "//" : "/", false, pattern, second);
      }
      default:
        this.#at--;
        return this.#badBraces(quoted);
    }
  }

  /** A substitution that means nothing is a fault only when it is expanded. */
  #badBraces(quoted: boolean): WordPart {
    this.#scanOperand("base", false, quoted);
    return { kind: "parameter", name: "", operator: "bad", colon: false, word: [], quoted };
  }

  /** A slash ends the pattern, but not as its first character. */
  #scanReplacement(): readonly [pattern: readonly WordPart[], replacement: readonly WordPart[] | undefined] {
    const collector = new PartCollector();
    if (this.#text[this.#at] === "/") {
      collector.add("/", false);
      this.#at++;
    }
    this.#braces++;
    this.#scanParts(collector, "base", (c) => c === "}" || c === "/");
    this.#braces--;
    if (this.#at >= this.#text.length) this.#fail("missing '}'");
    const slash = this.#text[this.#at++] === "/";
    return [collector.parts(), slash ? this.#scanOperand("base") : undefined];
  }

  /** The text ends inside `${`: ash misses the quotes around it first. */
  #failInBraces(quoted: boolean, line = this.#line): never {
    this.#fail(
      (quoted || this.#inArithmetic) && !this.#isHereText ? "unterminated quoted string" : "missing '}'",
      line,
    );
  }

  /** Up to and with the closing brace, or an earlier `:`. */
  #scanOperand(context: Context, colonEnds = false, quoted = context === "double"): readonly WordPart[] {
    const collector = new PartCollector();
    this.#braces++;
    this.#scanParts(collector, context, (c) => c === "}" || (colonEnds && c === ":"));
    this.#braces--;
    if (this.#at >= this.#text.length) this.#failInBraces(quoted);
    this.#at++;
    return collector.parts();
  }

  #scanSubstitution(): Node | undefined {
    // The same text goes on, so the inner list is read with this parser's state put aside.
    const saved = {
      token: this.#token,
      word: this.#word,
      redirection: this.#redirection,
      pushed: this.#pushedBack,
      check: this.#check,
    };
    const here = this.#pendingHere;
    const braces = this.#braces;
    this.#pendingHere = [];
    this.#braces = 0;
    this.#pushedBack = false;
    this.#check = allChecks;
    let body: Node | undefined;
    if (this.#peek() === ")") this.#read();
    else {
      body = this.#list("body");
      if (this.#read() !== ")") this.#unexpected(")");
    }
    this.#readHereDocuments();
    this.#token = saved.token;
    this.#word = saved.word;
    this.#redirection = saved.redirection;
    this.#pushedBack = saved.pushed;
    this.#check = saved.check;
    this.#pendingHere = here;
    this.#braces = braces;
    return body;
  }

  #scanBackquoted(quoted: boolean): Node | undefined {
    const text = this.#text;
    let source = "";
    for (;;) {
      const c = text[this.#at++];
      if (c === undefined) this.#fail("EOF in backquote substitution");
      if (c === "`") break;
      if (c === "\n") this.#line++;
      if (c === "\\") {
        const next = text[this.#at];
        if (next === "\n") {
          this.#at++;
          this.#line++;
          continue;
        }
        if (next === "\\" || next === "`" || next === "$" || (next === '"' && quoted)) {
          source += next;
          this.#at++;
          continue;
        }
      }
      source += c;
    }
    const inner = new Parser(source, this.#line, this.#aliases);
    const commands: Node[] = [];
    for (;;) {
      const node = inner.next();
      if (node === endOfScript) return commands.length > 1 ? { kind: "sequence", commands } : commands[0];
      if (node !== undefined) commands.push(node);
    }
  }

  /** At `((`. A bracket too many is for the arithmetic to complain about. */
  #scanArithmetic(into: PartCollector, quoted: boolean): void {
    this.#at += 2;
    const collector = new PartCollector();
    let depth = 0;
    const outside = this.#inArithmetic;
    for (;;) {
      this.#inArithmetic = true;
      this.#scanParts(collector, "arithmetic", isBracket);
      this.#inArithmetic = outside;
      const c = this.#text[this.#at++];
      if (c === undefined) this.#fail("missing '))'");
      if (c === "(") depth++;
      else if (depth > 0) depth--;
      else if (this.#text[this.#at] === ")") {
        this.#at++;
        into.addPart({ kind: "arithmetic", parts: collector.parts(), quoted });
        return;
      }
      collector.add(c, false);
    }
  }

  /** After `$'`. */
  #scanDollarSingleQuoted(): string {
    const text = this.#text;
    let out = "";
    for (;;) {
      const c = text[this.#at++];
      if (c === undefined) this.#fail("unterminated quoted string");
      if (c === "'") return out;
      if (c === "\n") this.#line++;
      if (c !== "\\") {
        out += c;
        continue;
      }
      const escaped = text[this.#at++];
      if (escaped === undefined) this.#fail("unterminated quoted string");
      if (escaped === "x") {
        const hex = /^[0-9a-fA-F]{1,2}/.exec(text.slice(this.#at, this.#at + 2))?.[0];
        if (hex === undefined) out += "\\x";
        else {
          out += String.fromCharCode(Number.parseInt(hex, 16));
          this.#at += hex.length;
        }
      } else if (escaped >= "0" && escaped <= "7") {
        const octal = /^[0-7]{1,3}/.exec(text.slice(this.#at - 1, this.#at + 2))![0];
        out += String.fromCharCode(Number.parseInt(octal, 8) & 255);
        this.#at += octal.length - 1;
      } else out += simpleEscapes[escaped] ?? `\\${escaped}`;
    }
  }

  #readHereDocuments(): void {
    const pending = this.#pendingHere;
    this.#pendingHere = [];
    for (const document of pending) this.#readHereDocument(document);
  }

  #readHereDocument(document: HereDocument): void {
    const text = this.#text;
    const lines: string[] = [];
    let closed = false;
    while (this.#at < text.length) {
      let end = text.indexOf("\n", this.#at);
      const last = end < 0;
      if (last) end = text.length;
      let line = text.slice(this.#at, end);
      this.#at = last ? end : end + 1;
      if (!last) this.#line++;
      if (document.stripTabs) line = line.replace(/^\t+/, "");
      if (line === document.delimiter) {
        closed = true;
        break;
      }
      if (document.expand && !last && /(^|[^\\])(\\\\)*\\$/.test(line)) {
        // The next line is joined, so it cannot be the delimiter.
        lines.push(line);
        let nextEnd = text.indexOf("\n", this.#at);
        if (nextEnd < 0) nextEnd = text.length;
        lines.push(`${text.slice(this.#at, nextEnd)}\n`);
        this.#at = Math.min(nextEnd + 1, text.length);
        this.#line++;
        lines[lines.length - 2] = `${lines[lines.length - 2]}\n`;
        continue;
      }
      lines.push(last ? line : `${line}\n`);
    }
    if (!closed) this.#missesDelimiter = true;
    const body = lines.join("");
    if (!document.expand) {
      document.body = body === "" ? [] : [{ kind: "literal", text: body, quoted: true }];
      return;
    }
    document.body = parseHereText(body, this.#line, this.#aliases);
  }

  /** For `parseHereText`: all of the text as one double-quoted word. */
  hereText(): readonly WordPart[] {
    this.#isHereText = true;
    const collector = new PartCollector();
    this.#scanParts(collector, "heredoc", never);
    return collector.parts();
  }

  #countLines(from: number, to: number): void {
    for (let i = this.#text.indexOf("\n", from); i >= 0 && i < to; i = this.#text.indexOf("\n", i + 1)) this.#line++;
  }

  #unexpected(expected?: Token): never {
    const wanted = expected === undefined ? "" : ` (expecting ${tokenName(expected)})`;
    return this.#fail(`unexpected ${tokenName(this.#token)}${wanted}`);
  }

  #fail(message: string, line = this.#line): never {
    throw new ShellSyntaxError(`syntax error: ${message}`, line);
  }
}

/** Text with `$` expansions as in a here-document (also PS4 and the like). Throws ShellSyntaxError. */
export function parseHereText(text: string, line = 0, aliases?: ReadonlyMap<string, string>): readonly WordPart[] {
  return new Parser(text, line, aliases).hereText();
}

class PartCollector {
  readonly #parts: WordPart[] = [];
  #text = "";
  #textQuoted = false;
  #hasText = false;
  #anyQuoted = false;

  add(text: string, quoted: boolean): void {
    if (this.#hasText && this.#textQuoted !== quoted) this.#flush();
    this.#text += text;
    this.#textQuoted = quoted;
    this.#hasText = true;
  }

  addQuoted(text: string): void {
    this.#anyQuoted = true;
    this.add(text, true);
  }

  addPart(part: WordPart): void {
    this.#flush();
    this.#parts.push(part);
  }

  parts(): readonly WordPart[] {
    this.#flush();
    return this.#parts;
  }

  word(): Word {
    this.#flush();
    const parts = this.#parts;
    const only = parts.length === 1 ? parts[0]! : undefined;
    // `[` alone, as in `[ -f x ]`, is no pattern.
    const special = parts.some((part) => part.kind === "literal" && part.text.includes("]")) ? /[*?[\\~]/ : /[*?\\~]/;
    const isPlain = parts.every((part) => part.kind === "literal" && (part.quoted || !special.test(part.text)));
    const plain = only?.kind === "literal" && isPlain ? only.text : isPlain ? literalText(parts) : undefined;
    return { parts, plain, quoted: this.#anyQuoted };
  }

  #flush(): void {
    if (!this.#hasText) return;
    this.#parts.push({ kind: "literal", text: this.#text, quoted: this.#textQuoted });
    this.#text = "";
    this.#hasText = false;
  }
}

function literalText(parts: readonly WordPart[]): string {
  return parts.map((part) => (part.kind === "literal" ? part.text : "")).join("");
}

const emptyWord: Word = { parts: [], plain: "", quoted: false };
const allParameters: Word = {
  parts: [{ kind: "parameter", name: "@", operator: "", colon: false, word: [], quoted: true }],
  plain: undefined,
  quoted: true,
};

function plainWord(text: string): Word {
  return { parts: [{ kind: "literal", text, quoted: false }], plain: text, quoted: false };
}

/** `name=value`, where the name and the sign are unquoted. */
function asAssignment(word: Word): Assignment | undefined {
  const first = word.parts[0];
  if (first?.kind !== "literal" || first.quoted) return undefined;
  const sign = first.text.indexOf("=");
  if (sign <= 0 || !isName(first.text.slice(0, sign))) return undefined;
  const rest = first.text.slice(sign + 1);
  const parts: WordPart[] =
    rest === "" ? word.parts.slice(1) : [{ kind: "literal", text: rest, quoted: false }, ...word.parts.slice(1)];
  const isPlain = parts.every((part) => part.kind === "literal" && (part.quoted || !part.text.includes("~")));
  const value = { parts, plain: isPlain ? literalText(parts) : undefined, quoted: word.quoted };
  return { name: first.text.slice(0, sign), value };
}

function inBackground(node: Node): Node {
  if (node.kind === "pipeline") return { ...node, background: true };
  if (node.kind === "subshell")
    return { kind: "background", body: node.body, redirections: node.redirections, line: node.line };
  return { kind: "background", body: node, redirections: [], line: 0 };
}

function tokenName(token: Token): string {
  return token === "end of file" || token === "newline" || token === "redirection" || token === "word"
    ? token
    : `"${token}"`;
}

export function isName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}

function isNameStart(c: string): boolean {
  return (c >= "a" && c <= "z") || (c >= "A" && c <= "Z") || c === "_";
}

function isDigit(c: string | undefined): boolean {
  return c !== undefined && c >= "0" && c <= "9";
}

function isNameCharacter(c: string | undefined): boolean {
  return c !== undefined && (isNameStart(c) || isDigit(c));
}

function isWordEnd(c: string): boolean {
  return (
    c === " " ||
    c === "\n" ||
    c === ";" ||
    c === "&" ||
    c === "|" ||
    c === ")" ||
    c === "(" ||
    c === "<" ||
    c === ">" ||
    c === "\t"
  );
}

function isDoubleQuote(c: string): boolean {
  return c === '"';
}

function isBracket(c: string): boolean {
  return c === "(" || c === ")";
}

function never(): boolean {
  return false;
}

const simpleEscapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};
