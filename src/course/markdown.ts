/** Markdown → blocks with their lines: marked's tokens, front matter apart. */
import { marked, type Token, type Tokens } from "marked";

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

/** The front matter (undefined when there is none) and the blocks after it. */
export function readMarkdown(source: string): { frontMatter?: FrontMatter; blocks: Block[] } {
  const text = source.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
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
  for (const token of marked.lexer(lines.slice(first).join("\n"))) {
    const leading = /^(\s*\n)*/.exec(token.raw)![0].split("\n").length - 1;
    if (token.type !== "space") blocks.push({ token, line: line + leading });
    line += token.raw.split("\n").length - 1;
  }
  return { frontMatter, blocks };
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
      const raw = token.raw.replace(/\s+$/, "");
      if (!isCode(token)) return raw;
      const { language } = readInfo(token.lang);
      return raw.replace(/^(\s*(?:`{3,}|~{3,}))[^\n]*/, `$1${language}`);
    })
    .join("\n\n")
    .trim();
}
