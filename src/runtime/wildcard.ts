/** Patterns of which one sign stands for any text: names with `*`, lines with `…`. Never looks back, so none is slow. */

/** Whether `text` is what `pattern` says as a whole. */
export function matchesWildcard(pattern: string, text: string, sign = "*"): boolean {
  const parts = pattern.split(sign);
  const [first = "", last = ""] = [parts.shift(), parts.pop()];
  if (!pattern.includes(sign)) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - at >= last.length && text.endsWith(last);
}
