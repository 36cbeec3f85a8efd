/**
 * Elastic tab stops as Go's text/tabwriter sets them: a column is a run of consecutive lines that have a tab at that
 * place, and it is as wide as the widest of its cells. The text after a line's last tab belongs to no column.
 */

/** `text` with its tabs replaced by spaces; `padding` spaces follow the widest cell of each column. */
export function alignTabs(text: string, padding = 2): string {
  const lines = text.split("\n").map((line) => line.split("\t"));
  const widths = lines.map((line) => new Array<number>(line.length - 1).fill(0));
  measure(lines, widths, 0, lines.length, 0, padding);
  return lines
    .map((line, at) => line.map((cell, i) => (i < line.length - 1 ? padEnd(cell, widths[at]![i]!) : cell)).join(""))
    .join("\n");
}

/** Finds the runs of lines that have column `column` and sets its width in each, then looks inside the runs. */
function measure(
  lines: readonly (readonly string[])[],
  widths: number[][],
  from: number,
  to: number,
  column: number,
  padding: number,
): void {
  for (let at = from; at < to; at++) {
    if (column >= lines[at]!.length - 1) continue;
    const first = at;
    let width = 0;
    for (; at < to && column < lines[at]!.length - 1; at++) {
      width = Math.max(width, textWidth(lines[at]![column]!) + padding);
    }
    for (let i = first; i < at; i++) widths[i]![column] = width;
    measure(lines, widths, first, at, column + 1, padding);
  }
}

/** Go counts runes, not columns of the terminal. */
export function textWidth(text: string): number {
  return [...text].length;
}

export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - textWidth(text)));
}
