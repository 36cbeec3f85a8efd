/** The difference of two texts by lines: `@@ -1,4 +1,4 @@` and three lines of context, no file names. */
const CONTEXT = 3;

interface Line {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** Empty when the texts are the same. Ends with a newline. */
export function unifiedDiff(old: string, changed: string): string {
  const lines = compare(old.split("\n"), changed.split("\n"));
  let out = "";
  let oldLine = 0;
  let newLine = 0;
  const starts = lines.map(({ sign }) => {
    const start = [oldLine, newLine] as const;
    if (sign !== "+") oldLine++;
    if (sign !== "-") newLine++;
    return start;
  });
  for (let i = 0; i < lines.length; ) {
    if (lines[i]!.sign === " ") {
      i++;
      continue;
    }
    const from = Math.max(0, i - CONTEXT);
    let last = i;
    for (let j = i; j < lines.length && j <= last + 2 * CONTEXT; j++) if (lines[j]!.sign !== " ") last = j;
    const to = Math.min(lines.length, last + CONTEXT + 1);
    const hunk = lines.slice(from, to);
    const count = (sign: "-" | "+") => hunk.filter((line) => line.sign === " " || line.sign === sign).length;
    const [oldStart, newStart] = starts[from]!;
    out += `@@ -${range(oldStart, count("-"))} +${range(newStart, count("+"))} @@\n${hunk.map(({ sign, text }) => `${sign}${text}\n`).join("")}`;
    i = to;
  }
  return out;
}

function range(start: number, count: number): string {
  return count === 1 ? String(start + 1) : `${count === 0 ? start : start + 1},${count}`;
}

/** The longest common part stays; equal ends are cut off first, so the table stays small. */
function compare(a: readonly string[], b: readonly string[]): Line[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const middle = middleOf(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const same = (text: string): Line => ({ sign: " ", text });
  return [...a.slice(0, head).map(same), ...middle, ...(tail > 0 ? a.slice(a.length - tail).map(same) : [])];
}

/** More than this many lines on both sides are shown as wholly replaced. */
const LARGEST_TABLE = 4_000_000;

function middleOf(a: readonly string[], b: readonly string[]): Line[] {
  const removed = (texts: readonly string[]) => texts.map((text): Line => ({ sign: "-", text }));
  const added = (texts: readonly string[]) => texts.map((text): Line => ({ sign: "+", text }));
  if (a.length * b.length > LARGEST_TABLE) return [...removed(a), ...added(b)];
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      table[i * width + j] =
        a[i] === b[j]
          ? table[(i + 1) * width + j + 1]! + 1
          : Math.max(table[(i + 1) * width + j]!, table[i * width + j + 1]!);
  const out: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      out.push({ sign: " ", text: a[i]! });
      i++;
      j++;
    } else if (table[(i + 1) * width + j]! >= table[i * width + j + 1]!) out.push({ sign: "-", text: a[i++]! });
    else out.push({ sign: "+", text: b[j++]! });
  }
  return [...out, ...removed(a.slice(i)), ...added(b.slice(j))];
}
