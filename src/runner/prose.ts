/**
 * Short Markdown (a task, a hint, a reply) as lines of text: paragraphs, lists, code, emphasis. Lesson pages, with
 * tables and coloured code, go through markdown.ts, which loads a whole library for it.
 */
import type { Style } from "./style.ts";
import { harmless, widthOf, wrap } from "./textWidth.ts";

export function proseLines(markdown: string, width: number, style: Style): string[] {
  const out: string[] = [];
  const lines = markdown.replace(/\r\n?/g, "\n").split("\n");
  let paragraph: string[] = [];
  let hang = "";
  const flush = () => {
    if (paragraph.length === 0) return;
    const [first, ...rest] = wrap(inline(paragraph.join(" "), style), width - widthOf(hang));
    out.push(
      ...(hang === "" ? [first!, ...rest] : [hang + first!, ...rest.map((line) => " ".repeat(widthOf(hang)) + line)]),
    );
    paragraph = [];
    hang = "";
  };
  const gap = () => {
    if (out.length > 0 && out.at(-1) !== "") out.push("");
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    const fence = /^\s*(```+|~~~+)/.exec(line);
    const item = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/.exec(line);
    if (fence) {
      flush();
      gap();
      for (i++; i < lines.length && !lines[i]!.trimStart().startsWith(fence[1]!); i++)
        out.push(`    ${style.cyan(typable(harmless(lines[i]!), style))}`);
      gap();
    } else if (line.trim() === "") {
      flush();
      gap();
    } else if (/^#{1,6}\s/.test(line)) {
      flush();
      gap();
      out.push(style.bold(inline(line.replace(/^#+\s+/, ""), style)), "");
    } else if (item) {
      flush();
      hang = `${item[1]}${/\d/.test(item[2]!) ? item[2] : style.glyph.bullet} `;
      paragraph = [item[3]!];
    } else {
      paragraph.push(line.trim());
    }
  }
  flush();
  while (out.at(-1) === "") out.pop();
  return out;
}

/** Signs that a terminal without Unicode cannot show, in signs that it can. */
export function typable(text: string, style: Style): string {
  if (style.unicode) return text;
  return text.replace(/[…→←≤≥–—’‘“”×·]/g, (sign) => plainSigns[sign]!);
}

const plainSigns: Readonly<Record<string, string>> = {
  "…": "...",
  "→": "->",
  "←": "<-",
  "≤": "<=",
  "≥": ">=",
  "–": "-",
  "—": "-",
  "’": "'",
  "‘": "'",
  "“": '"',
  "”": '"',
  "×": "x",
  "·": ".",
};

/** `code`, **strong**, *emphasis*, [text](link); in plain text the marks of code stay, since nothing else shows it. */
export function inline(text: string, style: Style): string {
  return typable(harmless(text), style)
    .split(/(`+[^`]+`+)/)
    .map((part) => {
      if (/^`/.test(part)) {
        const code = part.replace(/^`+ ?| ?`+$/g, "");
        return style.colour ? style.cyan(code) : `\`${code}\``;
      }
      return part
        .replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, (_, label: string, link: string) =>
          /^https?:/.test(link) ? `${label} (${link})` : label,
        )
        .replace(/\*\*([^*]+)\*\*/g, (_, strong: string) => style.bold(strong))
        .replace(/(^|[\s(])[*_]([^*_\s][^*_]*)[*_](?=$|[\s).,;:!?])/g, (_, before: string, em: string) => before + em);
    })
    .join("");
}
