/** Markdown → blocks with their lines: marked's tokens, front matter apart. */
import { Lexer, type Token, type Tokens } from "marked";

export interface Block {
  readonly token: Token;
  /** Line in the file, from 1, of the token's first line that is not empty. */
  readonly line: number;
}

export interface FrontMatter {
  readonly text: string;
  /** The file's line of its first line. */
  readonly line: number;
}

/** Characters. A long lesson has 80,000. */
const longest = 500_000;
/** Of a paragraph, list or table: what reads emphasis in it takes time that grows with the square. */
const longestBlock = 20_000;
/** Without the characters that would move a reader's cursor, or turn the order of what is read round. */
export function withoutHarmful(text: string): string {
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, "");
}

export interface MarkdownFile {
  /** Undefined when there is none. */
  readonly frontMatter?: FrontMatter;
  /** After the front matter. None where there is a fault. */
  readonly blocks: Block[];
  /** Why the text cannot be taken. */
  readonly fault?: { readonly line: number; readonly message: string };
}

export function readMarkdown(source: string): MarkdownFile {
  if (source.length > longest)
    return { blocks: [], fault: { line: 1, message: `the file is longer than ${longest} characters: make two of it` } };
  const text = withoutHarmful(source.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n"));
  const lines = text.split("\n");
  let first = 0;
  let frontMatter: FrontMatter | undefined;
  if (lines[0]?.trim() === "---") {
    const end = lines.findIndex((line, i) => i > 0 && line.trim() === "---");
    if (end > 0) {
      frontMatter = { text: lines.slice(1, end).join("\n"), line: 2 };
      first = end + 1;
    }
  }
  let line = first + 1;
  const blocks: Block[] = [];
  const tokens = blockTokens(lines.slice(first).join("\n"));
  if (!tokens)
    return {
      blocks: [],
      fault: { line, message: "lists or quotations are nested too deeply for the course to be read" },
    };
  for (const token of tokens) {
    const leading = token.raw.slice(0, token.raw.length - token.raw.trimStart().length).split("\n").length - 1;
    if (token.raw.length > longestBlock && !isCode(token))
      return { blocks: [], fault: { line, message: `this is longer than ${longestBlock} characters: divide it` } };
    if (token.type !== "space") blocks.push({ token, line: line + leading });
    line += token.raw.split("\n").length - 1;
  }
  return { ...(frontMatter && { frontMatter }), blocks };
}

/** Nobody asks here what is in a paragraph. Undefined: the stack was not deep enough for it. */
function blockTokens(text: string): Token[] | undefined {
  try {
    return new Lexer().blockTokens(text, []);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

export function isCode(token: Token): token is Tokens.Code {
  return token.type === "code" && (token as Tokens.Code).codeBlockStyle !== "indented";
}

export function isHeading(token: Token): token is Tokens.Heading {
  return token.type === "heading";
}

/** The words after the backticks: `yaml wrong breaks=restarted world="db never"`. */
export interface Info {
  readonly language: string;
  /** The word that gives the block its meaning, or "". */
  readonly role: string;
  readonly rest: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

export function readInfo(lang: string | undefined): Info {
  const words = [...(lang ?? "").matchAll(/([\w-]+)=("[^"]*"|'[^']*'|\S+)|\S+/g)];
  const rest: string[] = [];
  const options: Record<string, string> = {};
  for (const [whole, key, value] of words) {
    if (key === undefined) rest.push(whole);
    else options[key] = value!.replace(/^(["'])(.*)\1$/, "$2");
  }
  return { language: rest[0] ?? "", role: rest[1] ?? "", rest: rest.slice(1), options };
}

/** A `<details><summary>TITLE</summary>` line, its closing, or neither. */
export function readDetails(token: Token): { opens?: string; closes?: boolean; closed?: boolean } {
  if (token.type !== "html") return {};
  const open = /^\s*<details[^>]*>\s*<summary>([\s\S]*?)<\/summary>([\s\S]*)$/i.exec(token.raw);
  if (open) return { opens: open[1]!.replace(/<[^>]+>/g, "").trim(), closed: open[2]!.trim() !== "" };
  return /^\s*<\/details>/i.test(token.raw) ? { closes: true } : {};
}

/**
 * Blocks as Markdown again; fences say only their language, so that a reader is not told what they mean to the program.
 * The circumstances of a demo (`yaml world`) are left out: they are the author's to say in prose.
 */
export function toMarkdown(blocks: readonly Block[]): string {
  return blocks
    .filter(({ token }) => !isCode(token) || readInfo(token.lang).role !== "world")
    .map(({ token }) => {
      const raw = token.raw.trimEnd();
      if (!isCode(token)) return raw;
      const { language } = readInfo(token.lang);
      return raw.replace(/^(\s*(?:`{3,}|~{3,}))[^\n]*/, `$1${language}`);
    })
    .join("\n\n")
    .trim();
}
