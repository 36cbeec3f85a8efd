/** `uuencode` and `uudecode`: bytes as text in two alphabets. */
import type { Task } from "../../time/task.ts";
import type { Program, Sys } from "../sys.ts";
import { base64Decode, base64Encode } from "./blocks.ts";
import { applet, because, Fault, parseOptions, usageFault } from "./options.ts";
import { openOrFail, readAll } from "./streams.ts";

const BYTES_A_LINE = 45;
const character = (bits: number) => (bits === 0 ? "`" : String.fromCharCode(32 + bits));

function uuLine(bytes: string): string {
  let out = character(bytes.length);
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [0, 1, 2].map((n) => bytes.charCodeAt(i + n) || 0) as [number, number, number];
    out += [a >> 2, ((a << 4) | (b >> 4)) & 63, ((b << 2) | (c >> 6)) & 63, c & 63].map(character).join("");
  }
  return out;
}

/** The bytes of one line; undefined when it is too short for what it announces. */
function uuBytes(line: string): string | undefined {
  const values = Array.from(line, (c) => (c.charCodeAt(0) - 32) & 63);
  const length = values.shift() ?? 0;
  if (values.length < Math.ceil((length * 4) / 3)) return undefined;
  let out = "";
  for (let i = 0; out.length < length; i += 4) {
    const bits = (values[i]! << 18) | (values[i + 1]! << 12) | ((values[i + 2] ?? 0) << 6) | (values[i + 3] ?? 0);
    out += String.fromCharCode(bits >> 16, (bits >> 8) & 255, bits & 255);
  }
  return out.slice(0, length);
}

function* uuencode(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("uuencode", args, "m");
  const [first, second, more] = options.operands;
  if (first === undefined || more !== undefined) throw usageFault("uuencode");
  let fd = 0;
  let mode = 0o666 & ~sys.umask;
  if (second !== undefined) {
    fd = yield* openOrFail(sys, "uuencode", first);
    mode = sys.fstat(fd).mode & 0o777;
  }
  const data = yield* readAll(sys, fd);
  const base64 = options.has("m");
  let out = `begin${base64 ? "-base64" : ""} ${mode.toString(8)} ${second ?? first}\n`;
  for (let at = 0; at < data.length; at += BYTES_A_LINE) {
    const row = data.slice(at, at + BYTES_A_LINE);
    out += `${base64 ? base64Encode(row) : uuLine(row)}\n`;
  }
  yield* sys.write(1, `${out}${base64 ? "====\n" : "`\nend\n"}`);
  return 0;
}

function* uudecode(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("uudecode", args, "o:");
  const [path] = options.operands;
  let fd = 0;
  try {
    if (path !== undefined && path !== "-") fd = yield* sys.openBlocking(path, { read: true });
  } catch (error) {
    throw new Fault(`uudecode: ${path}: ${because(error)}\n`);
  }
  const lines = (yield* readAll(sys, fd)).split("\n");
  const start = lines.findIndex((line) => /^begin(-base64)? [0-7]+ ./.test(line));
  if (start < 0) throw new Fault("uudecode: no 'begin' line\n");
  const [, base64, mode, name] = /^begin(-base64)? ([0-7]+) (.*)$/.exec(lines[start]!)!;
  const target = options.value("o") ?? name!.trimEnd();
  let out = 1;
  if (target !== "-") {
    out = yield* openOrFail(sys, "uudecode", target, { write: true, create: true, truncate: true });
    sys.chmod(target, Number.parseInt(mode!, 8));
  }
  for (const line of lines.slice(start + 1)) {
    if (line === (base64 ? "====" : "end")) return 0;
    if (!base64 && (line === "`" || line === "")) continue;
    const bytes = base64 ? base64Decode(line) : uuBytes(line);
    if (bytes === undefined) break;
    yield* sys.write(out, bytes);
  }
  throw new Fault("uudecode: short file\n");
}

export const uuencodeApplets: Readonly<Record<string, Program>> = {
  uudecode: applet("uudecode", uudecode),
  uuencode: applet("uuencode", uuencode),
};
