/**
 * A run drawn over time in text: one row a lane, what was expected above what happened, one axis below. In plain mode
 * the same as sentences, since a drawing says nothing to a screen reader.
 */
import type { Lane, Timeline } from "../grader/types.ts";
import type { Style } from "./style.ts";
import { padEnd, truncate } from "./textWidth.ts";
import { seconds } from "./timeInWords.ts";

/** `cursor`: the second that is being looked at, marked above the drawing and on each lane. */
export function timelineLines(timeline: Timeline, width: number, style: Style, cursor?: number): string[] {
  if (style.plain) return timeline.lanes.flatMap((lane) => laneSentences(lane));
  const labelWidth = Math.min(
    Math.max(10, ...timeline.lanes.map((lane) => lane.label.length)),
    Math.max(12, Math.floor(width / 3)),
  );
  const cells = Math.max(20, Math.min(width - labelWidth - 3, 120));
  const scale = new Scale(timeline.seconds, cells);
  const out: string[] = [];
  const marked = cursor === undefined ? undefined : scale.cell(cursor);
  if (marked !== undefined) out.push(`${padEnd("", labelWidth)} ${cursorRow(cursor!, marked, scale, style)}`);
  for (const lane of timeline.lanes) {
    const label = padEnd(truncate(lane.label, labelWidth, style.glyph.ellipsis), labelWidth);
    if (lane.windows.length > 0) {
      const tint = lane.passed === false ? style.yellow : style.dim;
      out.push(`${padEnd("", labelWidth)} ${style.dim(style.glyph.bar)}${tint(windowRow(lane, scale, style))}`);
    }
    const paintLabel = lane.passed === undefined ? (text: string) => text : lane.passed ? style.green : style.red;
    out.push(`${paintLabel(label)} ${style.dim(style.glyph.bar)}${happenedRow(lane, scale, style, marked)}`);
  }
  out.push(`${padEnd("", labelWidth)} ${style.dim(axis(scale, style))}`);
  const ticks = ticksRow(scale);
  out.push(`${padEnd("", labelWidth)} ${style.dim(ticks)}`);
  return out;
}

/** What the marks mean; shown once below a drawing. */
export function legend(style: Style): string {
  const { window, mark, badMark, span } = style.glyph;
  return style.dim(
    `${window}${window} expected then   ${mark} fits   ${badMark} does not   ${span}${span} a state that lasts`,
  );
}

class Scale {
  readonly seconds: number;
  readonly cells: number;
  constructor(seconds: number, cells: number) {
    this.seconds = Math.max(seconds, 1);
    this.cells = cells;
  }
  cell(t: number): number {
    return Math.max(0, Math.min(this.cells - 1, Math.floor((t / this.seconds) * this.cells)));
  }
}

function windowRow(lane: Lane, scale: Scale, style: Style): string {
  const row = new Array<string>(scale.cells).fill(" ");
  for (const { from, to, mode } of lane.windows) {
    const start = scale.cell(from);
    const end = Math.max(start, scale.cell(Math.min(to, scale.seconds)));
    row.fill(mode === "never" ? style.glyph.quiet : style.glyph.window, start, end + 1);
    const word = mode === "never" ? " never " : mode === "every" ? " all the time " : " expected ";
    if (end - start > word.length + 3) {
      const at = start + Math.floor((end - start - word.length) / 2);
      for (let i = 0; i < word.length; i++) row[at + i] = word[i]!;
    }
  }
  return row.join("").trimEnd();
}

/** The sign above the column, and the second beside it on the side that has room. */
function cursorRow(t: number, cell: number, { cells }: Scale, style: Style): string {
  const sign = style.unicode ? "▼" : "v";
  const word = seconds(t);
  const right = cell + 3 + word.length <= cells;
  const row = right
    ? `${" ".repeat(cell + 1)}${sign} ${word}`
    : `${" ".repeat(Math.max(0, cell - word.length))}${word} ${sign}`;
  return style.yellow(row);
}

function happenedRow(lane: Lane, scale: Scale, style: Style, marked?: number): string {
  type Paint = (text: string) => string;
  const asIs: Paint = (text) => text;
  const row: { text: string; paint: Paint }[] = Array.from({ length: scale.cells }, () => ({ text: " ", paint: asIs }));
  lane.spans.forEach(({ from, to, label, fits }, i) => {
    const start = scale.cell(from);
    // A span ends where the next begins.
    const end = Math.max(start + 1, to >= scale.seconds ? scale.cells : scale.cell(to));
    const paint: Paint = fits === undefined ? style.cyan : fits ? style.green : style.red;
    const fill = i % 2 === 0 ? style.glyph.span : style.glyph.otherSpan;
    for (let c = start; c < end && c < scale.cells; c++) row[c] = { text: fill, paint };
    if (end - start >= label.length + 2)
      for (let c = 0; c < label.length; c++) row[start + 1 + c] = { text: label[c]!, paint: asIs };
    if (end - start >= label.length + 2) {
      row[start] = { text: style.unicode ? "▐" : "[", paint };
      row[start + 1 + label.length] = { text: style.unicode ? "▌" : "]", paint };
    }
  });
  let free = 0;
  for (const { t, label, fits } of [...lane.marks].sort((a, b) => a.t - b.t)) {
    const at = scale.cell(t);
    row[at] = { text: fits ? style.glyph.mark : style.glyph.badMark, paint: fits ? style.green : style.red };
    // The first words that have room are written beside their mark.
    if (lane.spans.length > 0 || at < free) continue;
    const next = lane.marks.map((mark) => scale.cell(mark.t)).filter((cell) => cell > at);
    const room = Math.min(scale.cells, ...next) - at - 2;
    if (room >= label.length && label !== "") {
      for (let c = 0; c < label.length; c++) row[at + 1 + c] = { text: label[c]!, paint: style.dim };
      free = at + label.length + 2;
    }
  }
  if (marked !== undefined) {
    const { text, paint } = row[marked]!;
    row[marked] = { text: text === " " ? style.glyph.bar : text, paint: (one) => style.inverse(paint(one)) };
  }
  let out = "";
  for (let i = 0; i < row.length; ) {
    const { paint } = row[i]!;
    let run = "";
    while (i < row.length && row[i]!.paint === paint) run += row[i++]!.text;
    out += paint(run);
  }
  return out.trimEnd();
}

function axis(scale: Scale, style: Style): string {
  const corner = style.unicode ? "└" : "+";
  return corner + style.glyph.rule.repeat(scale.cells);
}

function ticksRow(scale: Scale): string {
  const step = tickStep(scale.seconds, Math.floor(scale.cells / 8));
  const row = new Array<string>(scale.cells + 8).fill(" ");
  let free = 0;
  for (let t = 0; t <= scale.seconds; t += step) {
    const word = seconds(t);
    const at = Math.min(1 + scale.cell(t), 1 + scale.cells - word.length);
    if (at < free) continue;
    for (let i = 0; i < word.length; i++) row[at + i] = word[i]!;
    free = at + word.length + 1;
  }
  return row.join("").trimEnd();
}

export function tickStep(total: number, most: number): number {
  for (const step of [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400]) {
    if (total / step <= Math.max(most, 2)) return step;
  }
  return 86400 * 7;
}

function laneSentences(lane: Lane): string[] {
  const verdict = lane.passed === undefined ? "" : lane.passed ? "holds: " : "does not hold: ";
  const out = [`${verdict}${lane.label}`];
  for (const { from, to, mode } of lane.windows) {
    const word = mode === "never" ? "never" : mode === "every" ? "all the time" : "at some time";
    out.push(`  expected ${word} between ${seconds(from)} and ${seconds(to)}`);
  }
  for (const { from, to, label } of lane.spans) out.push(`  from ${seconds(from)} to ${seconds(to)}: ${label}`);
  for (const { t, label, fits } of lane.marks.slice(0, 12))
    out.push(`  at ${seconds(t)}${label ? `: ${label}` : ""}${fits ? "" : " (does not fit)"}`);
  if (lane.marks.length > 12) out.push(`  and ${lane.marks.length - 12} more`);
  return out;
}
