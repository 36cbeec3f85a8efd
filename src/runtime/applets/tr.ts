/** `tr`: bytes for bytes. */
import type { Program } from "../sys.ts";
import { escapeAt } from "./escapes.ts";
import { applet, Fault, parseOptions, usageFault } from "./options.ts";

const CLASSES: Readonly<Record<string, string>> = {
  alpha: range("A", "Z") + range("a", "z"),
  alnum: range("0", "9") + range("A", "Z") + range("a", "z"),
  digit: range("0", "9"),
  lower: range("a", "z"),
  upper: range("A", "Z"),
  space: "\t\n\v\f\r ",
  blank: "\t ",
  punct: range("!", "/") + range(":", "@") + range("[", "`") + range("{", "~"),
  cntrl: `${range("\x00", "\x1f")}\x7f`,
  xdigit: range("0", "9") + range("A", "F") + range("a", "f"),
};

function range(from: string, to: string): string {
  let out = "";
  for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code++) out += String.fromCharCode(code);
  return out;
}

/** The bytes that a set stands for, in order. Throws Fault. */
function expand(text: string): string {
  let out = "";
  for (let at = 0; at < text.length; ) {
    if (text[at] === "[") {
      const named = /^\[:([a-z]+):\]/.exec(text.slice(at))?.[1];
      if (named !== undefined && Object.hasOwn(CLASSES, named)) {
        out += CLASSES[named];
        at += named.length + 4;
        continue;
      }
      if (text[at + 1] === "=") {
        if (text[at + 3] !== "=" || text[at + 4] !== "]") throw usageFault("tr");
        out += text[at + 2];
        at += 5;
        continue;
      }
    }
    const first = escapeAt(text, text[at] === "\\" ? at : text.length);
    const c = first?.text ?? text[at]!;
    at += first?.length ?? 1;
    if (text[at] !== "-" || at + 1 >= text.length) {
      out += c;
      continue;
    }
    const last = text[at + 1] === "\\" ? escapeAt(text, at + 1) : undefined;
    out += range(c, last?.text ?? text[at + 1]!);
    at += 1 + (last?.length ?? 1);
  }
  return out;
}

export const trApplets: Readonly<Record<string, Program>> = {
  tr: applet("tr", function* (sys, args) {
    const options = parseOptions("tr", args, "+Ccds");
    const [first, second] = options.operands;
    if (first === undefined) throw usageFault("tr");
    let from = expand(first);
    if (options.has("c") || options.has("C")) {
      const given = new Set(from);
      from = [...range("\x00", "\xff")].filter((c) => !given.has(c)).join("");
    }
    if (second === "") throw new Fault("tr: STRING2 cannot be empty\n");
    const to = second === undefined ? "" : expand(second);
    const map = new Map<string, string>();
    if (to !== "") [...from].forEach((c, i) => void map.set(c, to[Math.min(i, to.length - 1)]!));
    const removed = new Set(options.has("d") ? from : "");
    const squeeze = options.has("s");
    const [inside, outside] = [new Set(from), new Set(to)];
    let last = "";
    for (;;) {
      const data = yield* sys.read(0, 65536);
      if (data === "") return 0;
      const parts: string[] = [];
      for (const c of data) {
        if (removed.has(c)) continue;
        const mapped = map.get(c) ?? c;
        if (squeeze && mapped === last && (inside.has(c) || outside.has(mapped))) continue;
        parts.push(mapped);
        last = mapped;
      }
      yield* sys.write(1, parts.join(""));
    }
  }),
};
