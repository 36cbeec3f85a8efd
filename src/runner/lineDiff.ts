/** Two texts line by line, as `diff -u` shows them: the longest common subsequence of lines, with context. */

export interface DiffLine {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** Lines beyond this in both texts after their common beginning and end are not compared one by one. */
const mostLines = 2000;

export function diffLines(before: string, after: string): DiffLine[] {
  const [a, b] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const same = (text: string): DiffLine => ({ sign: " ", text });
  return [
    ...a.slice(0, head).map(same),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...a.slice(a.length - tail).map(same),
  ];
}

/** Hunks with `context` lines around what differs; empty when nothing does. */
export function unifiedDiff(before: string, after: string, names: readonly [string, string], context = 3): string[] {
  const rows = diffLines(before, after);
  const keep = rows.map((_, i) =>
    rows.slice(Math.max(0, i - context), i + context + 1).some(({ sign }) => sign !== " "),
  );
  if (!keep.includes(true)) return [];
  const out = [`--- ${names[0]}`, `+++ ${names[1]}`];
  const at = { "-": 1, "+": 1 };
  for (let i = 0; i < rows.length; ) {
    let end = i;
    while (end < rows.length && keep[end] === keep[i]) end++;
    const hunk = rows.slice(i, end);
    const olds = hunk.filter(({ sign }) => sign !== "+").length;
    const news = hunk.filter(({ sign }) => sign !== "-").length;
    if (keep[i]) {
      out.push(`@@ -${range(at["-"], olds)} +${range(at["+"], news)} @@`);
      out.push(...hunk.map(({ sign, text }) => sign + text));
    }
    at["-"] += olds;
    at["+"] += news;
    i = end;
  }
  return out;
}

/** As `diff -u` says where a hunk is: a count of 1 is left out, and an empty one names the line before. */
function range(from: number, count: number): string {
  if (count === 0) return `${from - 1},0`;
  return count === 1 ? String(from) : `${from},${count}`;
}

function linesOf(text: string): string[] {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function middle(a: readonly string[], b: readonly string[]): DiffLine[] {
  const removed = a.map((text): DiffLine => ({ sign: "-", text }));
  const added = b.map((text): DiffLine => ({ sign: "+", text }));
  if (a.length === 0 || b.length === 0 || a.length > mostLines || b.length > mostLines) return [...removed, ...added];
  // longest[i][j]: of a from i and b from j.
  const longest = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i]![j] = a[i] === b[j] ? longest[i + 1]![j + 1]! + 1 : Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!);
  const out: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ sign: " ", text: a[i]! });
      i++;
      j++;
    } else if (i < a.length && (j === b.length || longest[i + 1]![j]! >= longest[i]![j + 1]!)) out.push(removed[i++]!);
    else out.push(added[j++]!);
  }
  return out;
}
