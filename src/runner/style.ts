/**
 * Colours and glyphs. Only the sixteen colours that the person's theme defines are used, and nothing is said by colour
 * or glyph alone: `passed` and `not yet` are always there as words.
 */
export interface Style {
  readonly colour: boolean;
  readonly unicode: boolean;
  readonly plain: boolean;
  readonly glyph: Glyphs;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
  inverse(text: string): string;
}

export interface Glyphs {
  readonly pass: string;
  readonly fail: string;
  readonly open: string;
  readonly bullet: string;
  readonly arrow: string;
  readonly rule: string;
  readonly bar: string;
  /** In drawings over time. */
  readonly window: string;
  readonly span: string;
  readonly otherSpan: string;
  readonly mark: string;
  readonly badMark: string;
  readonly quiet: string;
  readonly up: string;
  readonly down: string;
  readonly ellipsis: string;
}

const unicode: Glyphs = {
  pass: "✓",
  fail: "✗",
  open: "○",
  bullet: "•",
  arrow: "→",
  rule: "─",
  bar: "│",
  window: "▔",
  span: "█",
  otherSpan: "░",
  mark: "●",
  badMark: "✗",
  quiet: "·",
  up: "↑",
  down: "↓",
  ellipsis: "…",
};

const ascii: Glyphs = {
  pass: "+",
  fail: "x",
  open: "-",
  bullet: "*",
  arrow: "->",
  rule: "-",
  bar: "|",
  window: "=",
  span: "#",
  otherSpan: ":",
  mark: "o",
  badMark: "x",
  quiet: ".",
  up: "up",
  down: "down",
  ellipsis: "...",
};

export function styleFor(can: { colour: boolean; unicode: boolean; plain: boolean }): Style {
  const paint = (on: number, off: number) => (text: string) =>
    can.colour && text !== "" ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return {
    ...can,
    glyph: can.unicode ? unicode : ascii,
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
    inverse: paint(7, 27),
  };
}
