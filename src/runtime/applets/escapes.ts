/** Backslash escapes as busybox' programs read them (bb_process_escape_sequence). */

const LETTERS: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

/** The escape that begins with the backslash at `at`: its byte and how long it is. Undefined when it is none. */
export function escapeAt(text: string, at: number): { text: string; length: number } | undefined {
  const c = text[at + 1];
  if (c === undefined) return undefined;
  if (Object.hasOwn(LETTERS, c)) return { text: LETTERS[c]!, length: 2 };
  const digits = /^(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3}))/.exec(text.slice(at + 1, at + 5));
  if (!digits) return undefined;
  let octal = digits[2];
  // \777 is too much for a byte: the last digit does not belong to it.
  if (octal !== undefined && Number.parseInt(octal, 8) > 255) octal = octal.slice(0, 2);
  const value = octal === undefined ? Number.parseInt(digits[1]!, 16) : Number.parseInt(octal, 8);
  return { text: String.fromCharCode(value), length: 1 + (octal?.length ?? digits[0].length) };
}
