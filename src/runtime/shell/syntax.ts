/** The tree of a shell script, as the parser builds it and the evaluator walks it. Line numbers are ash's. */

export type WordPart =
  /** Text from the script; `quoted` text is neither split nor matched as a pattern. */
  | { readonly kind: "literal"; readonly text: string; readonly quoted: boolean }
  | ParameterPart
  | { readonly kind: "command"; readonly body: Node | undefined; readonly quoted: boolean }
  /** `<( )`, `>( )`: the path of a pipe to commands that run beside. */
  | { readonly kind: "process"; readonly direction: "<" | ">"; readonly body: Node | undefined }
  | { readonly kind: "arithmetic"; readonly parts: readonly WordPart[]; readonly quoted: boolean };

export type ParameterOperator =
  | ""
  | "length"
  | "-"
  | "="
  | "?"
  | "+"
  | "%"
  | "%%"
  | "#"
  | "##"
  | ":"
  | "/"
  | "//"
  | "bad";

export interface ParameterPart {
  readonly kind: "parameter";
  readonly name: string;
  readonly operator: ParameterOperator;
  /** `:-` and the like: an empty value counts as unset. */
  readonly colon: boolean;
  readonly word: readonly WordPart[];
  /** Length of a slice, or the replacement of `/`. */
  readonly second?: readonly WordPart[] | undefined;
  readonly quoted: boolean;
}

export interface Word {
  readonly parts: readonly WordPart[];
  /** Set when the word is plain text that expands to itself. */
  readonly plain: string | undefined;
  /** Some part of it was quoted. */
  readonly quoted: boolean;
}

export interface Assignment {
  readonly name: string;
  readonly value: Word;
}

export type Redirection =
  | {
      readonly kind: "file";
      readonly operator: "<" | ">" | ">>" | "<>" | ">|" | "&>";
      readonly fd: number;
      readonly target: Word;
    }
  | {
      readonly kind: "duplicate";
      readonly operator: "<&" | ">&";
      readonly fd: number;
      readonly from: number | "-" | Word;
    }
  | { readonly kind: "here"; readonly fd: number; readonly document: HereDocument };

/** The body arrives after the line that asked for it. */
export interface HereDocument {
  readonly delimiter: string;
  readonly expand: boolean;
  readonly stripTabs: boolean;
  body: readonly WordPart[];
}

export interface SimpleCommand {
  readonly kind: "simple";
  readonly line: number;
  readonly assignments: readonly Assignment[];
  readonly words: readonly Word[];
  readonly redirections: readonly Redirection[];
}

export interface CaseItem {
  readonly patterns: readonly Word[];
  readonly body: Node | undefined;
}

export type Node =
  | SimpleCommand
  | {
      readonly kind: "pipeline";
      readonly commands: readonly Node[];
      readonly background: boolean;
      readonly text: string;
    }
  | {
      readonly kind: "redirected";
      readonly line: number;
      readonly body: Node;
      readonly redirections: readonly Redirection[];
    }
  | {
      readonly kind: "background";
      readonly body: Node;
      readonly redirections: readonly Redirection[];
      readonly line: number;
    }
  | {
      readonly kind: "subshell";
      readonly body: Node;
      readonly redirections: readonly Redirection[];
      readonly line: number;
    }
  | { readonly kind: "and" | "or"; readonly left: Node; readonly right: Node }
  | { readonly kind: "sequence"; readonly commands: readonly Node[] }
  | { readonly kind: "not"; readonly body: Node }
  | { readonly kind: "if"; readonly test: Node; readonly then: Node; readonly otherwise: Node | undefined }
  | { readonly kind: "while" | "until"; readonly test: Node; readonly body: Node }
  | {
      readonly kind: "for";
      readonly line: number;
      readonly name: string;
      readonly words: readonly Word[];
      readonly body: Node;
    }
  | { readonly kind: "case"; readonly line: number; readonly word: Word; readonly items: readonly CaseItem[] }
  | { readonly kind: "function"; readonly name: string; readonly body: Node };

/** A fault of the script's text: ash's own words, and the line that it counts. */
export class ShellSyntaxError extends Error {
  readonly line: number;
  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

export const keywords: ReadonlySet<string> = new Set([
  "!",
  "case",
  "do",
  "done",
  "elif",
  "else",
  "esac",
  "fi",
  "for",
  "function",
  "if",
  "in",
  "then",
  "until",
  "while",
  "{",
  "}",
]);
