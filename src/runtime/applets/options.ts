/** Command lines as getopt reads them, and how an applet says that it was used wrongly. */
import type { Task } from "../../time/task.ts";
import { strerror } from "../errno.ts";
import { RegexTooSlow } from "../regex/index.ts";
import { type Program, type Sys, SysError } from "../sys.ts";
import { usages } from "./usage.ts";

export const BANNER = "BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.";

/** Ends an applet: `message` (with its line feed) goes to stderr, `status` is the exit code. */
export class Fault extends Error {
  readonly status: number;
  constructor(message: string, status = 1) {
    super(message);
    this.status = status;
  }
}

export class Options {
  readonly #values = new Map<string, string[]>();
  readonly operands: string[] = [];
  /** Options in the order given, for those where the order counts. */
  readonly order: { readonly option: string; readonly value: string }[] = [];

  add(option: string, value: string): void {
    const values = this.#values.get(option);
    if (values) values.push(value);
    else this.#values.set(option, [value]);
    this.order.push({ option, value });
  }
  has(option: string): boolean {
    return this.#values.has(option);
  }
  /** The last value given. */
  value(option: string): string | undefined {
    return this.#values.get(option)?.at(-1);
  }
  values(option: string): readonly string[] {
    return this.#values.get(option) ?? [];
  }
  count(option: string): number {
    return this.#values.get(option)?.length ?? 0;
  }
}

/**
 * `spec` as for getopt(3): "ab:" has -a and -b VALUE; "c::" takes a value only when it is attached; a leading "+" stops at
 * the first operand. `long` maps long names to short ones. Throws Fault.
 */
export function parseOptions(
  name: string,
  args: readonly string[],
  spec: string,
  long: Readonly<Record<string, string>> = {},
): Options {
  const options = new Options();
  const stopEarly = spec.startsWith("+");
  const kind = (c: string): "none" | "flag" | "value" | "optional" => {
    const at = c === ":" || c === "+" ? -1 : spec.indexOf(c);
    if (at < 0) return "none";
    return spec[at + 1] !== ":" ? "flag" : spec[at + 2] === ":" ? "optional" : "value";
  };
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") {
      options.operands.push(...args.slice(i + 1));
      break;
    }
    if (arg.startsWith("--")) {
      const equals = arg.indexOf("=");
      const word = equals < 0 ? arg.slice(2) : arg.slice(2, equals);
      const option = long[word];
      if (option === undefined) throw usageFault(name, `unrecognized option '${arg}'`);
      const takes = kind(option);
      if (equals >= 0 && takes === "flag") throw usageFault(name, `option '--${word}' doesn't allow an argument`);
      if (equals >= 0) options.add(option, arg.slice(equals + 1));
      else if (takes === "value") {
        const value = args[++i];
        if (value === undefined) throw usageFault(name, `option '--${word}' requires an argument`);
        options.add(option, value);
      } else options.add(option, "");
    } else if (arg.startsWith("-") && arg.length > 1) {
      for (let at = 1; at < arg.length; at++) {
        const c = arg[at]!;
        const takes = kind(c);
        if (takes === "none") throw usageFault(name, `invalid option -- '${c}'`);
        if (takes === "flag") {
          options.add(c, "");
          continue;
        }
        let value = arg.slice(at + 1);
        if (value === "" && takes === "value") {
          const next = args[++i];
          if (next === undefined) throw usageFault(name, `option requires an argument -- '${c}'`);
          value = next;
        }
        options.add(c, value);
        break;
      }
    } else {
      options.operands.push(arg);
      if (stopEarly) {
        options.operands.push(...args.slice(i + 1));
        break;
      }
    }
  }
  return options;
}

/** The usage text, after what was wrong if that can be said. */
export function usageFault(name: string, problem?: string): Fault {
  const usage = usages[name] ?? `Usage: ${name}\n`;
  return new Fault(`${problem === undefined ? "" : `${name}: ${problem}\n`}${BANNER}\n\n${usage}`);
}

/** "can't open 'x': No such file or directory" and the like, for a failed call. */
export function because(error: unknown): string {
  if (error instanceof SysError) return strerror(error.errno);
  throw error;
}

/** A whole number that is not negative. Throws Fault as busybox' xatou does. */
export function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Fault(`${name}: invalid number '${text}'\n`);
  return Number(text);
}

const SUFFIXES: Readonly<Record<string, number>> = {
  "": 1,
  c: 1,
  w: 2,
  b: 512,
  k: 1024,
  K: 1024,
  kD: 1000,
  kB: 1000,
  KB: 1000,
  m: 1048576,
  M: 1048576,
  MD: 1e6,
  MB: 1e6,
  g: 2 ** 30,
  G: 2 ** 30,
  GB: 1e9,
  T: 2 ** 40,
};

/** A number with a size suffix ("4k"). Throws Fault. */
export function sizeNumber(name: string, text: string): number {
  const match = /^(\d{1,15})([a-zA-Z]*)$/.exec(text);
  const factor = match ? SUFFIXES[match[2]!] : undefined;
  if (!match || factor === undefined) throw new Fault(`${name}: invalid number '${text}'\n`);
  return Number(match[1]) * factor;
}

/** A duration such as "1.5", "3s" or "2m" in ms; undefined when it is none. */
export function duration(text: string): number | undefined {
  if (text === "inf" || text === "infinity") return Number.POSITIVE_INFINITY;
  const match = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(text);
  if (!match) return undefined;
  const unit = { "": 1, s: 1, m: 60, h: 3600, d: 86400 }[match[2]!] ?? 1;
  return Number(match[1]) * unit * 1000;
}

/**
 * Makes a program of an applet's body: a Fault becomes its message and exit code, a failed write the usual words. `failure` is
 * the exit code where the Fault asks for no other than 1.
 */
export function applet(name: string, body: (sys: Sys, args: readonly string[]) => Task<number>, failure = 1): Program {
  return function* (sys) {
    try {
      return yield* body(sys, sys.argv.slice(1));
    } catch (error) {
      if (error instanceof Fault) {
        yield* complain(sys, error.message);
        return error.status === 1 ? failure : error.status;
      }
      if (error instanceof RegexTooSlow) {
        yield* complain(sys, `${name}: stopped: this simulator gives up on a pattern that takes so long to match\n`);
        return failure;
      }
      if (error instanceof SysError) {
        const where = error.errno === "EPIPE" || error.errno === "ENOSPC" ? "write error: " : "";
        yield* complain(sys, `${name}: ${where}${strerror(error.errno)}\n`);
        return failure;
      }
      throw error;
    }
  };
}

/** Writes to stderr; that it is closed is no reason to fail. */
export function* complain(sys: Sys, message: string): Task {
  try {
    yield* sys.write(2, message);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
}
