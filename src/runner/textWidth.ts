/** How much room text takes on a terminal, and fitting it: ANSI codes take none, wide characters take two cells. */
const ansi = /\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g;
/** Latin letters, punctuation, arrows, lines and blocks: each takes one cell and stands alone. */
const simple = /^[\x20-\x7e\xa0-\u02ff\u2010-\u2027\u2190-\u22ff\u2500-\u25fc\u2713\u2717\u276f]*$/;
let segmenter: Intl.Segmenter | undefined;

/** What a person would call the letters of a text. A segmenter takes 8 ms to make, and most text needs none. */
function graphemes(text: string): Iterable<string> {
  if (simple.test(text)) return text;
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

export function withoutAnsi(text: string): string {
  return text.replace(ansi, "");
}

/** Control characters of a program could take over the terminal: only line ends, tabs and backspaces stay. */
export function harmlessLines(text: string): string {
  return withoutAnsi(text.replace(/\r\n/g, "\n")).replace(/[\x00-\x07\x0b-\x1f\x7f\x80-\x9f]/g, "\ufffd");
}

/** Text of others (a manifest, a log line) made safe to print: control characters would move the cursor. */
export function harmless(text: string): string {
  return text.replace(/\t/g, "  ").replace(/[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]/g, "\ufffd");
}

/** The same without a trace of them. */
export function withoutControls(text: string): string {
  return text.replace(/[\x00-\x1f\x7f\x80-\x9f]/g, " ");
}

export function widthOf(text: string): number {
  const bare = text.includes("\x1b") ? withoutAnsi(text) : text;
  if (simple.test(bare)) return bare.length;
  let width = 0;
  for (const grapheme of graphemes(bare)) width += cells(grapheme);
  return width;
}

function cells(grapheme: string): number {
  const code = grapheme.codePointAt(0)!;
  if (code < 32 || (code >= 0x7f && code < 0xa0)) return 0;
  if (/^\p{Mark}/u.test(grapheme)) return 0;
  if (grapheme.includes("\ufe0f") || /^\p{Emoji_Presentation}/u.test(grapheme)) return 2;
  // East Asian Wide and Fullwidth, coarsely: Hangul, CJK and kana, compatibility forms, fullwidth forms, planes 2 and 3.
  const wide =
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0x303e) ||
    (code >= 0x3041 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x20000 && code <= 0x3fffd);
  return wide ? 2 : 1;
}

export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

/** Cuts at `width` cells; ANSI codes survive, so that a colour that was opened is closed. */
export function truncate(text: string, width: number, ellipsis = "…"): string {
  if (widthOf(text) <= width) return text;
  const room = Math.max(0, width - widthOf(ellipsis));
  let used = 0;
  let out = "";
  let full = false;
  let last = 0;
  const take = (part: string) => {
    for (const segment of graphemes(part)) {
      const next = cells(segment);
      if (full || used + next > room) {
        if (!full) out += ellipsis;
        full = true;
        return;
      }
      used += next;
      out += segment;
    }
  };
  for (const match of text.matchAll(ansi)) {
    take(text.slice(last, match.index));
    out += match[0];
    last = match.index + match[0].length;
  }
  take(text.slice(last));
  return out;
}

/** Breaks prose at spaces; a word longer than a line is cut. `text` may have ANSI codes but no newlines. */
export function wrap(text: string, width: number, indent = ""): string[] {
  const room = Math.max(8, width - widthOf(indent));
  const lines: string[] = [];
  let line = "";
  let used = 0;
  for (let word of text.split(/ +/)) {
    let size = widthOf(word);
    if (used > 0 && used + 1 + size > room) {
      lines.push(indent + line);
      line = "";
      used = 0;
    }
    while (size > room) {
      const head = truncate(withoutAnsi(word), room, "");
      lines.push(indent + head);
      word = withoutAnsi(word).slice(head.length);
      size = widthOf(word);
    }
    line += (used > 0 ? " " : "") + word;
    used += (used > 0 ? 1 : 0) + size;
  }
  if (line !== "" || lines.length === 0) lines.push(indent + line);
  return lines;
}
