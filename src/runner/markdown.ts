/**
 * Lesson pages: Markdown → text for a terminal. The one file that knows marked and marked-terminal, with cures for what
 * they get wrong: emphasis in lists is printed raw, prose is not wrapped, tables colour pipes and run over the edge.
 */
import { Marked, type Tokens } from "marked";
import { markedTerminal } from "marked-terminal";
import { colourCode } from "./codeColour.ts";
import { typable } from "./prose.ts";
import type { Style } from "./style.ts";
import { widthOf, wrap } from "./textWidth.ts";

type Parser = { parseInline(tokens: Tokens.Generic[]): string; parse(tokens: Tokens.Generic[]): string };
type Self = { parser: Parser };

/** Lines are at most `width` cells wide, code and tables as far as they can be. */
export function renderMarkdown(markdown: string, width: number, style: Style): string {
  const asIs = (text: string) => text;
  const tableOptions: Record<string, unknown> = {
    style: { head: [], border: [] },
    wordWrap: true,
    ...(!style.unicode && { chars: asciiTable }),
  };
  const terminal = markedTerminal({
    code: asIs,
    blockquote: asIs,
    html: () => "",
    heading: style.bold,
    firstHeading: style.bold,
    hr: style.dim,
    listitem: asIs,
    table: asIs,
    paragraph: asIs,
    strong: style.bold,
    em: asIs,
    codespan: (text: string) => (style.colour ? style.cyan(text) : `\`${text}\``),
    del: asIs,
    link: asIs,
    href: style.cyan,
    text: asIs,
    emoji: false,
    width,
    reflowText: false,
    showSectionPrefix: false,
    tab: 2,
    tableOptions,
  });
  const { renderer } = terminal;
  const table = renderer.table as (this: unknown, token: unknown) => string;
  Object.assign(renderer, {
    // Inside list items marked hands over text that still has its tokens; marked-terminal would print it raw.
    text(this: Self, token: Tokens.Text | string): string {
      if (typeof token === "string") return token;
      return token.tokens ? this.parser.parseInline(token.tokens as Tokens.Generic[]) : token.text;
    },
    paragraph(this: Self, token: Tokens.Paragraph): string {
      const text = entities(this.parser.parseInline(token.tokens as Tokens.Generic[]));
      return `${text
        .split(hardBreak)
        .flatMap((part) => wrap(part.replace(/\s*\n\s*/g, " "), width))
        .join("\n")}\n\n`;
    },
    br: () => hardBreak,
    code(token: Tokens.Code): string {
      const language = token.lang?.split(/\s/)[0] ?? "";
      return `${colourCode(token.text, language, width - 4, style)
        .map((line) => `    ${line}`)
        .join("\n")}\n\n`;
    },
    codespan: (token: Tokens.Codespan) => (style.colour ? style.cyan(token.text) : `\`${token.text}\``),
    blockquote(this: Self, token: Tokens.Blockquote): string {
      const lines = (token.tokens as Tokens.Generic[]).flatMap((inner) =>
        inner.type === "paragraph"
          ? wrap(entities(this.parser.parseInline(inner.tokens ?? [])).replace(/\s*\n\s*/g, " "), width - 2)
          : this.parser.parse([inner]).trimEnd().split("\n"),
      );
      return `${lines.map((line) => `${style.dim(style.glyph.bar)} ${line}`).join("\n")}\n\n`;
    },
    list(this: Self, token: Tokens.List): string {
      return `${listLines(this.parser, token, width, style).join("\n")}\n\n`;
    },
    table(this: Self, token: Tokens.Table): string {
      const cell = (one: Tokens.TableCell) => entities(this.parser.parseInline(one.tokens as Tokens.Generic[]));
      if (style.plain) return `${tableSentences(token, cell).join("\n")}\n\n`;
      tableOptions.colWidths = columnWidths(token, cell, width);
      return dropInnerRules(table.call(this, token));
    },
    link(this: Self, token: Tokens.Link): string {
      const text = this.parser.parseInline(token.tokens as Tokens.Generic[]);
      if (!/^https?:/.test(token.href) || text === token.href)
        return /^https?:/.test(token.href) ? style.cyan(text) : text;
      return `${text} (${style.cyan(token.href)})`;
    },
  });
  const marked = new Marked(terminal);
  const text = marked.parse(typable(markdown, style), { async: false });
  return carryColours(
    text
      .replace(/\n{3,}/g, "\n\n")
      .replace(/^\n+|\s+$/g, "")
      .split("\n"),
  ).join("\n");
}

const hardBreak = "\r";

function listLines(parser: Parser, list: Tokens.List, width: number, style: Style): string[] {
  return list.items.flatMap((item, i) => {
    const bullet = list.ordered ? `${Number(list.start || 1) + i}. ` : `${style.glyph.bullet} `;
    const hang = " ".repeat(widthOf(bullet));
    const lines: string[] = [];
    for (const token of item.tokens as Tokens.Generic[]) {
      if (token.type === "text" || token.type === "paragraph") {
        const text = entities(token.tokens ? parser.parseInline(token.tokens) : String(token.text));
        lines.push(...wrap(text.replace(/\s*\n\s*/g, " "), width - hang.length));
      } else if (token.type === "list") {
        lines.push(...listLines(parser, token as Tokens.List, width - hang.length, style));
      } else if (token.type !== "space") {
        lines.push(...parser.parse([token]).trimEnd().split("\n"));
      }
    }
    return lines.map((line, n) => (n === 0 ? bullet : hang) + line);
  });
}

/** Each column as wide as its widest cell, the widest ones narrowed until the table fits. */
function columnWidths(token: Tokens.Table, cell: (one: Tokens.TableCell) => string, width: number): number[] {
  const widths = token.header.map(
    (head, column) =>
      Math.max(...[head, ...token.rows.map((row) => row[column]!)].map((one) => widthOf(cell(one)))) + 2,
  );
  const room = width - widths.length - 1;
  for (let total = widths.reduce((a, b) => a + b, 0); total > room; total--) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= 6) break;
    widths[widest]!--;
  }
  return widths;
}

/** Rules between rows help only where a row takes several lines. */
function dropInnerRules(table: string): string {
  const lines = table.split("\n");
  const isRule = (line: string) => /^[├+]/.test(line);
  const rules = lines.flatMap((line, i) => (isRule(line) ? i : []));
  const inner = rules.slice(
    lines[0]?.startsWith("+") ? 2 : 1,
    lines.findLast((line) => line.trim() !== "")?.startsWith("+") ? -1 : undefined,
  );
  const everyOther = inner.every((rule, i) => i === 0 || rule - inner[i - 1]! === 2);
  return everyOther ? lines.filter((_line, i) => !inner.includes(i)).join("\n") : table;
}

function tableSentences(token: Tokens.Table, cell: (one: Tokens.TableCell) => string): string[] {
  return token.rows.map((row) =>
    row
      .map((one, column) => `${cell(token.header[column]!)}: ${cell(one)}`)
      .filter((text) => !text.endsWith(": "))
      .join("; "),
  );
}

function entities(text: string): string {
  return text
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, "&");
}

const asciiTable = Object.fromEntries(
  ["top", "bottom", "mid"]
    .flatMap((side) => [
      [side, "-"],
      [`${side}-mid`, "+"],
      [`${side}-left`, "+"],
      [`${side}-right`, "+"],
    ])
    .concat([
      ["left", "|"],
      ["left-mid", "+"],
      ["mid-mid", "+"],
      ["right", "|"],
      ["right-mid", "+"],
      ["middle", "|"],
    ]),
);

/** A colour that goes over several lines is closed and opened again at each end, so that lines can be shown alone. */
export function carryColours(lines: readonly string[]): string[] {
  let open: string[] = [];
  return lines.map((line) => {
    const before = open.join("");
    for (const [code, number] of line.matchAll(/\x1b\[(\d+)m/g)) {
      const closes: Record<string, RegExp> = { "0": /./, "22": /\[[12]m/, "39": /\[3[0-7]m/, "27": /\[7m/ };
      const what = closes[number!];
      open = what ? open.filter((one) => !what.test(one)) : [...open, code];
    }
    return open.length > 0 || before !== "" ? `${before}${line}\x1b[0m` : line;
  });
}

/** For tests and callers that want lines. */
export function markdownLines(markdown: string, width: number, style: Style): string[] {
  return renderMarkdown(markdown, width, style).split("\n");
}
