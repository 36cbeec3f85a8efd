/** The glossary of a course: `glossary.md`, one `## Term` and a few sentences each. */
import { isHeading, readMarkdown } from "./markdown.ts";

export interface GlossaryEntry {
  readonly term: string;
  /** Markdown */
  readonly text: string;
}

export function parseGlossary(source: string): GlossaryEntry[] {
  const entries: { term: string; text: string }[] = [];
  for (const { token } of readMarkdown(source).blocks) {
    if (isHeading(token) && token.depth === 2) entries.push({ term: token.text, text: "" });
    else if (entries.length > 0) entries.at(-1)!.text += `${token.raw.trim()}\n\n`;
  }
  return entries.map(({ term, text }) => ({ term, text: text.trim() })).filter(({ text }) => text !== "");
}
