/** `echo`, as busybox prints it. Bytes in, bytes out. */

/** What `echo` with these arguments (without its own name) writes. */
export function echoText(args: readonly string[]): string {
  let newline = true;
  let escapes = false;
  let at = 0;
  for (; at < args.length; at++) {
    if (!/^-[neE]+$/.test(args[at]!)) break;
    for (const option of args[at]!.slice(1)) {
      if (option === "n") newline = false;
      else escapes = option === "e";
    }
  }
  const text = args.slice(at).join(" ");
  if (!escapes) return newline ? `${text}\n` : text;
  const { out, stopped } = unescapeText(text, true);
  return newline && !stopped ? `${out}\n` : out;
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

/**
 * Backslash escapes; `\c` ends the output (`stopped`). With `zero` an octal number may have a leading 0 before its three
 * digits (`echo -e`, `%b`).
 */
export function unescapeText(text: string, zero: boolean): { out: string; stopped: boolean } {
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c !== "\\" || i + 1 >= text.length) {
      out += c;
      continue;
    }
    const escaped = text[++i]!;
    if (escaped === "c") return { out, stopped: true };
    if (escaped === "x") {
      const hex = /^[0-9a-fA-F]{1,2}/.exec(text.slice(i + 1, i + 3))?.[0];
      if (hex === undefined) out += "\\x";
      else {
        out += String.fromCharCode(Number.parseInt(hex, 16));
        i += hex.length;
      }
    } else if (escaped >= "0" && escaped <= "7") {
      const start = zero && escaped === "0" ? i + 1 : i;
      const octal = /^[0-7]{0,3}/.exec(text.slice(start, start + 3))![0];
      out += String.fromCharCode(octal === "" ? 0 : Number.parseInt(octal, 8) & 255);
      i = start + octal.length - 1;
    } else out += SIMPLE[escaped] ?? `\\${escaped}`;
  }
  return { out, stopped: false };
}
