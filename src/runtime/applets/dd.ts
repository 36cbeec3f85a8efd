/** `dd`: copies in blocks (busybox: coreutils/dd.c). */
import type { Task } from "../../time/task.ts";
import { outgrow } from "../heldMemory.ts";
import type { Program, Sys } from "../sys.ts";
import { applet, because, complain, Fault, sizeNumber, usageFault } from "./options.ts";
import { openOrFail } from "./streams.ts";

/** What busybox itself needs. */
const DD_BYTES = 1 << 20;

const OPERANDS: ReadonlySet<string> = new Set("if of bs ibs obs count skip seek conv iflag oflag status".split(" "));
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  conv: ["notrunc", "sync", "noerror", "fsync", "swab"],
  iflag: ["skip_bytes", "count_bytes", "fullblock", "direct"],
  oflag: ["seek_bytes", "append", "direct"],
  status: ["none", "noxfer"],
};

function readOperands(args: readonly string[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const arg of args.filter((one, i) => i > 0 || one !== "--")) {
    const at = arg.indexOf("=");
    const name = arg.slice(0, at);
    if (at < 0 || !OPERANDS.has(name)) throw usageFault("dd");
    given.set(name, arg.slice(at + 1));
  }
  for (const [name, known] of Object.entries(FLAGS))
    for (const flag of given.get(name)?.split(",") ?? [])
      if (!known.includes(flag)) throw new Fault(`dd: invalid argument '${flag}' to '${name}'\n`);
  return given;
}

/** Each two bytes change places; a last odd one stays. */
const swapped = (data: string) => data.replace(/(.)(.)/gs, "$2$1");

/** Reads `size` bytes; fewer where a pipe has fewer and `full` does not ask to wait. */
function* readBlock(sys: Sys, fd: number, size: number, full: boolean): Task<string> {
  let data = yield* sys.read(fd, size);
  while (full && data !== "" && data.length < size) {
    const more = yield* sys.read(fd, size - data.length);
    if (more === "") break;
    data += more;
  }
  return data;
}

function* dd(sys: Sys, args: readonly string[]): Task<number> {
  const given = readOperands(args);
  const has = (name: string, flag: string) => given.get(name)?.split(",").includes(flag) ?? false;
  const size = (name: string, otherwise: number) => (given.has(name) ? sizeNumber("dd", given.get(name)!) : otherwise);
  const input = size("bs", size("ibs", 512));
  const output = size("bs", size("obs", 512));
  if (input === 0 || output === 0) throw new Fault("dd: number 0 is not in 1..9223372036854775807 range\n");
  if (input > 64 * 2 ** 20) {
    yield* outgrow(sys);
    throw new Fault("dd: memory exhausted\n");
  }
  const count = size("count", Number.POSITIVE_INFINITY);
  const byBytes = has("iflag", "count_bytes");
  const source = given.get("if");
  const from = source === undefined ? 0 : yield* openOrFail(sys, "dd", source);
  const target = given.get("of");
  let to = 1;
  if (target !== undefined) {
    const append = has("oflag", "append");
    const truncate = !has("conv", "notrunc") && !given.has("seek");
    to = yield* openOrFail(sys, "dd", target, { write: true, create: true, truncate, append });
  }
  const fail = (path: string | undefined, standard: string, error: unknown) =>
    new Fault(`dd: ${path ?? standard}: ${because(error)}\n`);
  if (given.has("skip")) {
    let left = size("skip", 0) * (has("iflag", "skip_bytes") ? 1 : input);
    while (left > 0) {
      const passed = yield* sys.read(from, Math.min(left, input));
      if (passed === "") break;
      // A block that comes in part counts as one, as when it is copied.
      left -= has("iflag", "skip_bytes") || has("iflag", "fullblock") ? passed.length : Math.min(left, input);
    }
  }
  if (given.has("seek")) {
    try {
      sys.lseek(to, size("seek", 0) * (has("oflag", "seek_bytes") ? 1 : output), "set");
    } catch (error) {
      throw fail(target, "standard output", error);
    }
  }
  const twoBuffers = given.has("obs") && !given.has("bs") && output !== input;
  const records = { inFull: 0, inPart: 0, outFull: 0, outPart: 0 };
  let [held, waiting, failure, taken] = [1 << 16, "", "", 0];
  function* put(data: string): Task {
    yield* sys.write(to, data);
    if (data.length === output) records.outFull++;
    else records.outPart++;
  }
  for (;;) {
    const left = byBytes ? count - taken : records.inFull + records.inPart < count ? Number.POSITIVE_INFINITY : 0;
    if (left <= 0) break;
    let data: string;
    try {
      data = yield* readBlock(sys, from, Math.min(input, left), has("iflag", "fullblock"));
    } catch (error) {
      throw fail(source, "standard input", error);
    }
    if (data === "") break;
    taken += data.length;
    if (data.length === input) records.inFull++;
    else {
      records.inPart++;
      if (has("conv", "sync")) data = data.padEnd(input, "\0");
    }
    if (has("conv", "swab")) {
      if (data.length % 2 === 1 && data.length === input)
        throw new Fault(`dd: can't swab ${data.length} byte buffer\n`);
      data = swapped(data);
    }
    // The pages of the buffer are there once they are written to.
    if (data.length > held) {
      held = data.length;
      yield* sys.memory(DD_BYTES + held);
    }
    try {
      if (!twoBuffers) yield* put(data);
      else for (waiting += data; waiting.length >= output; waiting = waiting.slice(output)) yield* put(waiting.slice(0, output)); // biome-ignore format: one thought
    } catch (error) {
      failure = `dd: error writing '${target ?? "standard output"}': ${because(error)}\n`;
      break;
    }
  }
  if (waiting !== "" && failure === "") yield* put(waiting);
  const { inFull, inPart, outFull, outPart } = records;
  // This build has no third line about bytes and seconds.
  const summary = `${inFull}+${inPart} records in\n${outFull}+${outPart} records out\n`;
  yield* complain(sys, failure + (has("status", "none") ? "" : summary));
  return failure === "" ? 0 : 1;
}

export const ddApplets: Readonly<Record<string, Program>> = { dd: applet("dd", dd) };
