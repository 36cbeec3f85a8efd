/** Applets on lines of text: wc, uniq, nl, rev. */
import type { Program } from "../sys.ts";
import { applet, parseOptions, usageFault, wholeNumber } from "./options.ts";
import { eachInput, LineReader, Output, openOrFail } from "./streams.ts";

export const lineApplets: Readonly<Record<string, Program>> = {
  wc: applet("wc", function* (sys, args) {
    const options = parseOptions("wc", args, "lwcmL");
    const which = ["l", "w", "m", "c", "L"].filter((c) => options.has(c));
    const chosen = which.length === 0 ? ["l", "w", "c"] : which;
    const totals: Record<string, number> = { l: 0, w: 0, c: 0, m: 0, L: 0 };
    // One number of one file stands alone; otherwise columns line up.
    const only = chosen.length === 1 && options.operands.length < 2;
    const row = (counts: Record<string, number>, label: string) =>
      `${chosen.map((c) => (only ? String(counts[c]) : String(counts[c]).padStart(9))).join(" ")}${label === "" ? "" : ` ${label}`}\n`;
    let files = 0;
    const status = yield* eachInput(
      sys,
      "wc",
      options.operands,
      function* (fd, label) {
        const counts: Record<string, number> = { l: 0, w: 0, c: 0, m: 0, L: 0 };
        let inWord = false;
        let length = 0;
        for (;;) {
          const data = yield* sys.read(fd, 65536);
          if (data === "") break;
          counts.c! += data.length;
          if (only && chosen[0] === "c") continue;
          if (only && chosen[0] === "l") {
            for (let at = data.indexOf("\n"); at >= 0; at = data.indexOf("\n", at + 1)) counts.l!++;
            continue;
          }
          for (let i = 0; i < data.length; i++) {
            const code = data.charCodeAt(i);
            if (code === 10) {
              counts.l!++;
              counts.L = Math.max(counts.L!, length);
              length = 0;
            } else length++;
            if (code === 32 || (code >= 9 && code <= 13)) inWord = false;
            else if (!inWord) {
              inWord = true;
              counts.w!++;
            }
            if ((code & 0xc0) !== 0x80) counts.m!++;
          }
        }
        counts.L = Math.max(counts.L!, length);
        for (const c of Object.keys(totals))
          totals[c] = c === "L" ? Math.max(totals[c]!, counts[c]!) : totals[c]! + counts[c]!;
        files++;
        yield* sys.write(1, row(counts, options.operands.length === 0 ? "" : label));
      },
      (path, reason) => `wc: ${path}: ${reason}\n`,
    );
    if (options.operands.length > 1 && files > 0) yield* sys.write(1, row(totals, "total"));
    return status;
  }),
  uniq: applet("uniq", function* (sys, args) {
    const options = parseOptions("uniq", args, "cduif:s:w:z");
    const input =
      options.operands[0] === undefined || options.operands[0] === "-"
        ? 0
        : yield* openOrFail(sys, "uniq", options.operands[0]);
    if (options.operands.length > 2) throw usageFault("uniq");
    const target = options.operands[1];
    const to =
      target === undefined || target === "-"
        ? 1
        : yield* openOrFail(sys, "uniq", target, { write: true, create: true, truncate: true });
    const end = options.has("z") ? "\0" : "\n";
    const lines = new LineReader(sys, input);
    const out = new Output(sys, to);
    const skipFields = wholeNumber("uniq", options.value("f") ?? "0");
    const skipChars = wholeNumber("uniq", options.value("s") ?? "0");
    const key = (line: string) => {
      let text = line;
      for (let i = 0; i < skipFields; i++) text = text.replace(/^\s*\S*/, "");
      text = text.slice(skipChars);
      if (options.has("w")) text = text.slice(0, wholeNumber("uniq", options.value("w")!));
      return options.has("i") ? text.toLowerCase() : text;
    };
    let held: string | undefined;
    let count = 0;
    const show = () => {
      if (held === undefined || (options.has("d") && count < 2) || (options.has("u") && count > 1)) return;
      out.add(`${options.has("c") ? `${String(count).padStart(7)} ` : ""}${held}${end}`);
    };
    for (let line = yield* lines.next(); line !== undefined; line = yield* lines.next()) {
      if (held !== undefined && key(held) === key(line)) count++;
      else {
        show();
        held = line;
        count = 1;
      }
      if (!lines.ready) yield* out.flush();
    }
    show();
    yield* out.flush();
    return 0;
  }),
  nl: applet("nl", function* (sys, args) {
    const options = parseOptions("nl", args, "p:b:i:l:s:v:w:n:");
    const style = options.value("b") ?? "t";
    let number = Number(options.value("v") ?? 1);
    const step = Number(options.value("i") ?? 1);
    const width = Number(options.value("w") ?? 6);
    const separator = options.value("s") ?? "\t";
    const blank = " ".repeat(width + separator.length);
    return yield* eachInput(
      sys,
      "nl",
      options.operands,
      function* (fd) {
        const lines = new LineReader(sys, fd);
        const out = new Output(sys);
        for (let line = yield* lines.next(); line !== undefined; line = yield* lines.next()) {
          const counted = style === "a" || (style === "t" && line !== "");
          out.add(`${counted ? String(number).padStart(width) + separator : blank}${line}\n`);
          if (counted) number += step;
          if (!lines.ready) yield* out.flush();
        }
      },
      (path, reason) => `nl: ${path}: ${reason}\n`,
    );
  }),
  rev: applet("rev", function* (sys, args) {
    return yield* eachInput(
      sys,
      "rev",
      args,
      function* (fd) {
        const lines = new LineReader(sys, fd);
        for (let line = yield* lines.next(); line !== undefined; line = yield* lines.next())
          yield* sys.write(1, Array.from(line).reverse().join("") + (lines.terminated ? "\n" : ""));
      },
      (path, reason) => `rev: ${path}: ${reason}\n`,
    );
  }),
};
