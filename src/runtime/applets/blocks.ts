/** Applets on bytes and trees: dd, base64, du. */
import type { Task } from "../../time/task.ts";
import { outgrow } from "../heldMemory.ts";
import type { Program } from "../sys.ts";
import { joinPath } from "./fileTree.ts";
import { humanSize } from "./listing.ts";
import { applet, because, complain, Fault, parseOptions, sizeNumber } from "./options.ts";
import { openOrFail, Output, readAll } from "./streams.ts";

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
  let out = "";
  let bits = 0;
  let held = 0;
  for (const c of text.replace(/\s/g, "").replace(/=+$/, "")) {
    const value = ALPHABET.indexOf(c);
    if (value < 0) return undefined;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += String.fromCharCode((bits >> held) & 255);
    }
  }
  return out;
}

/** What busybox itself needs. */
const DD_BYTES = 1 << 20;

export const blockApplets: Readonly<Record<string, Program>> = {
  base64: applet("base64", function* (sys, args) {
    const options = parseOptions("base64", args, "dw:", { decode: "d", wrap: "w" });
    const width = Number(options.value("w") ?? 76);
    const input = options.operands[0];
    const fd = input === undefined || input === "-" ? 0 : yield* openOrFail(sys, "base64", input);
    const data = yield* readAll(sys, fd);
    if (options.has("d")) {
      const decoded = base64Decode(data);
      if (decoded === undefined) throw new Fault("base64: truncated input\n");
      yield* sys.write(1, decoded);
    } else {
      const text = base64Encode(data);
      const lines = width > 0 ? (text.match(new RegExp(`.{1,${width}}`, "g")) ?? []) : [text];
      yield* sys.write(1, lines.join("\n") + (width > 0 && text !== "" ? "\n" : ""));
    }
    return 0;
  }),
  dd: applet("dd", function* (sys, args) {
    const given = new Map(args.map((arg) => [arg.split("=")[0]!, arg.slice(arg.indexOf("=") + 1)] as const));
    const size = (name: string, otherwise: number) =>
      given.has(name) ? sizeNumber("dd", given.get(name)!) : otherwise;
    const block = size("bs", size("ibs", 512));
    const count = size("count", Number.POSITIVE_INFINITY);
    const notrunc = (given.get("conv") ?? "").includes("notrunc");
    if (block > 64 * 2 ** 20) yield* outgrow(sys);
    if (block === 0 || block > 64 * 2 ** 20) throw new Fault("dd: memory exhausted\n");
    const input = given.has("if") ? yield* openOrFail(sys, "dd", given.get("if")!) : 0;
    let output = 1;
    const target = given.get("of");
    if (target !== undefined) {
      try {
        output = yield* sys.openBlocking(
          target,
          { write: true, create: true, truncate: !notrunc && !given.has("seek") },
          0o666,
        );
      } catch (error) {
        throw new Fault(`dd: can't open '${target}': ${because(error)}\n`);
      }
    }
    for (let skip = size("skip", 0); skip > 0; skip--) if ((yield* sys.read(input, block)) === "") break;
    if (given.has("seek")) sys.lseek(output, size("seek", 0) * block, "set");
    let [full, partial, total] = [0, 0, 0];
    let failure = "";
    let held = 1 << 16;
    const begun = sys.now();
    while (full + partial < count) {
      const data = yield* sys.read(input, block);
      if (data === "") break;
      // The pages of the buffer are there once they are written to.
      if (data.length > held) {
        held = data.length;
        yield* sys.memory(DD_BYTES + held);
      }
      try {
        yield* sys.write(output, data);
      } catch (error) {
        failure = `dd: error writing '${target ?? "standard output"}': ${because(error)}\n`;
        break;
      }
      if (data.length === block) full++;
      else partial++;
      total += data.length;
    }
    const seconds = (sys.now() - begun) / 1000;
    const rate = seconds > 0 ? `${humanSize(total / seconds)}B/s` : `${humanSize(total)}B/s`;
    const records = `${full}+${partial} records`;
    const summary =
      given.get("status") === "none"
        ? ""
        : `${records} in\n${records} out\n${given.get("status") === "noxfer" ? "" : `${total} bytes (${humanSize(total)}B) copied, ${seconds.toFixed(6)} seconds, ${rate}\n`}`;
    yield* complain(sys, failure + summary);
    return failure === "" ? 0 : 1;
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
