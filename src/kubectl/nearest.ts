/** Names that a mistyped word may have meant, as cobra suggests commands: two slips away, or beginning alike. */

/** Words that people use for commands of another name (kubectl's own SuggestFor lists). */
const alsoCalled: Readonly<Record<string, readonly string[]>> = {
  get: ["list", "ls"],
  describe: ["inspect"],
  delete: ["rm", "remove"],
  top: ["stats"],
};

export function nearest(word: string, names: readonly string[]): string[] {
  const wanted = word.toLowerCase();
  return names.filter(
    (name) =>
      distance(wanted, name.toLowerCase()) <= 2 || name.startsWith(wanted) || alsoCalled[name]?.includes(wanted),
  );
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
