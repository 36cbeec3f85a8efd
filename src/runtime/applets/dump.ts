/** `od`: bytes in rows of sixteen, as characters or numbers. */
import type { Program } from "../sys.ts";
import { applet, parseOptions } from "./options.ts";
import { openOrFail, Output, readAll } from "./streams.ts";

const NAMED: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

function shown(c: string): string {
  const code = c.charCodeAt(0);
  return (NAMED[c] ?? (code >= 32 && code < 127 ? c : code.toString(8).padStart(3, "0"))).padStart(4);
}

export const dumpApplets: Readonly<Record<string, Program>> = {
  od: applet("od", function* (sys, args) {
    const options = parseOptions("od", args, "abcdfhilovxsA:t:N:j:w:");
    const input = options.operands[0];
    const data = yield* readAll(sys, input === undefined || input === "-" ? 0 : yield* openOrFail(sys, "od", input));
    const radix = { x: 16, d: 10 }[options.value("A") ?? ""] ?? 8;
    const offset = (n: number) =>
      options.value("A") === "n" ? "" : n.toString(radix).padStart(radix === 16 ? 6 : 7, "0");
    const type = options.value("t");
    const cell = (row: string): string => {
      if (options.has("c") || type === "c") return Array.from(row, shown).join("");
      if (options.has("b") || type === "o1")
        return Array.from(row, (c) => ` ${c.charCodeAt(0).toString(8).padStart(3, "0")}`).join("");
      if (type?.startsWith("x1"))
        return Array.from(row, (c) => ` ${c.charCodeAt(0).toString(16).padStart(2, "0")}`).join("");
      if (type?.startsWith("u1")) return Array.from(row, (c) => String(c.charCodeAt(0)).padStart(4)).join("");
      const hex = options.has("x") || options.has("h") || type?.startsWith("x");
      let text = "";
      for (let i = 0; i < row.length; i += 2) {
        const word = row.charCodeAt(i) | ((row.charCodeAt(i + 1) || 0) << 8);
        text += ` ${word.toString(hex ? 16 : 8).padStart(hex ? 4 : 6, "0")}`;
      }
      return text;
    };
    const out = new Output(sys);
    for (let at = 0; at < data.length; at += 16) yield* out.write(`${offset(at)}${cell(data.slice(at, at + 16))}\n`);
    yield* out.write(options.value("A") === "n" ? "" : `${offset(data.length)}\n`);
    yield* out.flush();
    return 0;
  }),
};
