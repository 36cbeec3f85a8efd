/** Colours for the three kinds of code that lessons show. A whole highlighter would be most of what npx downloads. */
import type { Style } from "./style.ts";
import { harmless, truncate, widthOf } from "./textWidth.ts";

/** Lines of at most `width` cells: a longer one goes on below, further in, after a sign that it does. */
export function colourCode(code: string, language: string, width: number, style: Style): string[] {
  const lines = code
    .replace(/\n$/, "")
    .split("\n")
    .flatMap((line) => fold(harmless(line), width, style));
  if (!style.colour) return lines;
  if (/^(yaml|yml)$/.test(language)) return lines.map((line) => yamlLine(line, style));
  if (/^(console|sh|bash|shell)$/.test(language)) {
    return lines.map((line) =>
      /^(\w*[$#]) /.test(line) ? style.bold(line) : language === "console" ? line : shellLine(line, style),
    );
  }
  if (language === "events") return lines.map((line) => (/\bWarning\b/.test(line) ? style.yellow(line) : line));
  return lines;
}

export function fold(line: string, width: number, style: Style): string[] {
  if (widthOf(line) <= width) return [line];
  const sign = style.unicode ? "↪ " : "\\ ";
  const indent = " ".repeat(Math.min(line.length - line.trimStart().length + 2, Math.floor(width / 3)));
  const out: string[] = [];
  let rest = line;
  for (let lead = ""; rest !== ""; lead = indent + sign) {
    const room = width - widthOf(lead);
    let head = truncate(rest, room, "");
    // Better between words, if there is a space in the last half.
    const space = head.lastIndexOf(" ");
    if (head.length < rest.length && space > room / 2) head = head.slice(0, space + 1);
    if (head === "") break;
    out.push(lead + head.trimEnd());
    rest = rest.slice(head.length);
  }
  return out;
}

function yamlLine(line: string, style: Style): string {
  if (/^\s*#/.test(line)) return style.dim(line);
  const comment = commentStart(line);
  const before = line.slice(0, comment);
  const rest = line.slice(comment);
  const coloured = before.replace(
    /^(\s*(?:- )*)([\w./-]+)(:)(?=\s|$)/,
    (_, indent: string, key: string, colon: string) => indent + style.cyan(key) + colon,
  );
  return coloured.replace(/"[^"]*"|'[^']*'/g, (text) => style.green(text)) + style.dim(rest);
}

/** Where a comment begins: a # after a space and outside quotes; the end of the line when there is none. */
function commentStart(line: string): number {
  let quote = "";
  for (let i = 0; i < line.length; i++) {
    const letter = line[i]!;
    if (quote !== "") quote = letter === quote ? "" : quote;
    else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === "#" && /\s/.test(line[i - 1] ?? "")) return i;
  }
  return line.length;
}

function shellLine(line: string, style: Style): string {
  return /^\s*#/.test(line) ? style.dim(line) : line;
}
