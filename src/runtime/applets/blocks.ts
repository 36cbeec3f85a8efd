/** Applets on bytes and trees: base64, du. */
import type { Task } from "../../time/task.ts";
import type { Program } from "../sys.ts";
import { joinPath } from "./fileTree.ts";
import { humanSize } from "./listing.ts";
import { applet, because, complain, Fault, parseOptions, usageFault, wholeNumber } from "./options.ts";
import { Output, readAll } from "./streams.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function base64Encode(data: string): string {
  let out = "";
  for (let i = 0; i < data.length; i += 3) {
    const left = data.length - i;
    const bits = (data.charCodeAt(i) << 16) | ((data.charCodeAt(i + 1) || 0) << 8) | (data.charCodeAt(i + 2) || 0);
    out += ALPHABET[bits >> 18]! + ALPHABET[(bits >> 12) & 63]!;
    out += left > 1 ? ALPHABET[(bits >> 6) & 63]! : "=";
    out += left > 2 ? ALPHABET[bits & 63]! : "=";
  }
  return out;
}

/** The bytes, or undefined when the text is no base64. */
export function base64Decode(text: string): string | undefined {
  const { bytes, whole } = decodeGroups(text);
  return whole ? bytes : undefined;
}

/**
 * The bytes of all whole groups of four letters; not `whole` when the last one is cut off or a padded one is not the last.
 * What is no letter is passed over (busybox: libbb/uuencode.c, decode_base64).
 */
function decodeGroups(text: string): { bytes: string; whole: boolean } {
  const parts: string[] = [];
  let group: number[] = [];
  let padding = 0;
  let ended = false;
  for (const c of text) {
    const value = c === "=" ? 0 : ALPHABET.indexOf(c);
    if (value < 0) continue;
    if (ended) return { bytes: parts.join(""), whole: c === "=" };
    if (c === "=") padding++;
    // Padding ends the data: a letter behind it does not belong there.
    else if (padding > 0) return { bytes: parts.join(""), whole: false };
    group.push(value);
    if (group.length < 4) continue;
    const bits = (group[0]! << 18) | (group[1]! << 12) | (group[2]! << 6) | group[3]!;
    const bytes = String.fromCharCode(bits >> 16, (bits >> 8) & 255, bits & 255);
    parts.push(padding > 2 ? "" : bytes.slice(0, 3 - padding));
    ended = padding > 0;
    group = [];
    padding = 0;
  }
  return { bytes: parts.join(""), whole: group.length === 0 };
}

export const blockApplets: Readonly<Record<string, Program>> = {
  base64: applet("base64", function* (sys, args) {
    const options = parseOptions("base64", args, "dw:", { decode: "d", wrap: "w" });
    const width = wholeNumber("base64", options.value("w") ?? "76");
    const [input, more] = options.operands;
    if (more !== undefined) throw usageFault("base64");
    let fd = 0;
    try {
      if (input !== undefined && input !== "-") fd = yield* sys.openBlocking(input, { read: true });
    } catch (error) {
      throw new Fault(`base64: ${input}: ${because(error)}\n`);
    }
    const data = yield* readAll(sys, fd);
    if (options.has("d")) {
      const { bytes, whole } = decodeGroups(data);
      yield* sys.write(1, bytes);
      if (!whole) throw new Fault("base64: truncated input\n");
    } else {
      const text = base64Encode(data);
      const lines = width > 0 ? (text.match(new RegExp(`.{1,${width}}`, "g")) ?? []) : [text];
      yield* sys.write(1, lines.join("\n") + (width > 0 && text !== "" ? "\n" : ""));
    }
    return 0;
  }),
  du: applet("du", function* (sys, args) {
    const options = parseOptions("du", args, "aHLkmhsd:xlcb");
    const out = new Output(sys);
    const unit = options.has("m") ? 2 ** 20 : 1024;
    let status = 0;
    function* visit(path: string, depth: number): Task<number> {
      try {
        const stat = sys.lstat(path);
        let total = stat.type === "directory" ? 4096 : Math.ceil(stat.size / 4096) * 4096;
        if (stat.type === "directory" && depth < 100)
          for (const name of sys.readdir(path))
            if (name !== "." && name !== "..") total += yield* visit(joinPath(path, name), depth + 1);
        const shown =
          depth === 0 ||
          (!options.has("s") &&
            (stat.type === "directory" || options.has("a")) &&
            depth <= Number(options.value("d") ?? 100));
        if (shown) out.add(`${options.has("h") ? humanSize(total) : Math.ceil(total / unit)}\t${path}\n`);
        return total;
      } catch (error) {
        yield* complain(sys, `du: ${path}: ${because(error)}\n`);
        status = 1;
        return 0;
      }
    }
    for (const path of options.operands.length === 0 ? ["."] : options.operands) yield* visit(path, 0);
    yield* out.flush();
    return status;
  }),
};
