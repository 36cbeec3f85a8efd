/** `printf`, as busybox prints it. Bytes in, bytes out. */
import { formatFloat, formatInteger } from "../cFormat.ts";
import { unescapeText } from "./echo.ts";

export interface PrintfResult {
  readonly out: string;
  /** Complaints, without a program's name. */
  readonly errors: readonly string[];
  readonly status: number;
}

const MAX_WIDTH = 100_000;

/** `args` without the command's own name: the format first. */
export function formatPrintf(args: readonly string[]): PrintfResult {
  const format = args[0];
  if (format === undefined) {
    return { out: "", errors: ["usage: printf FORMAT [ARGUMENT...]"], status: 2 };
  }
  const formatting = new Formatting(args.slice(1));
  formatting.run(format);
  return { out: formatting.out, errors: formatting.errors, status: formatting.status };
}

class Formatting {
  out = "";
  readonly errors: string[] = [];
  status = 0;
  readonly #args: readonly string[];
  #at = 0;
  #stopped = false;

  constructor(args: readonly string[]) {
    this.#args = args;
  }

  run(format: string): void {
    do {
      const before = this.#at;
      this.#once(format);
      if (this.#stopped || this.#at === before) return;
    } while (this.#at < this.#args.length);
  }

  #next(): string | undefined {
    return this.#args[this.#at++];
  }

  #once(format: string): void {
    for (let i = 0; i < format.length; i++) {
      const c = format[i]!;
      if (c === "\\") {
        const sequence = /^\\(?:[0-7]{1,3}|x[0-9a-fA-F]{1,2}|.?)/s.exec(format.slice(i, i + 4))![0];
        const { out, stopped } = unescapeText(sequence, false);
        this.out += out;
        if (stopped) {
          this.#stopped = true;
          return;
        }
        i += sequence.length - 1;
      } else if (c !== "%") {
        this.out += c;
      } else if (format[i + 1] === "%") {
        this.out += "%";
        i++;
      } else {
        const parsed = /^%([-+ #0]*)(\*|[0-9]*)(?:\.(\*|[0-9]*))?([hlLz]*)(.?)/s.exec(format.slice(i, i + 40))!;
        const [, flags = "", width = "", precision, sizes = ""] = parsed;
        const head = `%${flags}${width}${precision === undefined ? "" : `.${precision}`}`;
        // A complaint shows the format without the sizes.
        if (!this.#convert(parsed, head + format.slice(i + head.length + sizes.length))) {
          this.#stopped = true;
          return;
        }
        if (this.#stopped) return;
        i += parsed[0].length - 1;
      }
    }
  }

  /** False when the format is no good. */
  #convert(parsed: RegExpExecArray, rest: string): boolean {
    const [, flagText = "", widthText = "", precisionText, , conversion = ""] = parsed;
    let flags = flagText;
    let width = widthText === "*" ? Number(this.#number(this.#next())) : Number(widthText);
    if (width < 0) {
      flags += "-";
      width = -width;
    }
    let precision =
      precisionText === undefined
        ? undefined
        : precisionText === "*"
          ? Number(this.#number(this.#next()))
          : Number(precisionText);
    if (precision !== undefined && precision < 0) precision = undefined;
    width = Math.min(width, MAX_WIDTH);
    if (precision !== undefined) precision = Math.min(precision, MAX_WIDTH);
    switch (conversion) {
      case "s":
        this.#pad((this.#next() ?? "").slice(0, precision), width, flags);
        return true;
      case "b": {
        const { out, stopped } = unescapeText(this.#next() ?? "", true);
        this.#pad(out.slice(0, precision), width, flags);
        if (stopped) this.#stopped = true;
        return true;
      }
      case "c":
        this.#pad((this.#next() || "\0").slice(0, 1), width, flags);
        return true;
      case "d":
      case "i":
      case "u":
      case "o":
      case "x":
      case "X":
        this.#integer(conversion, this.#number(this.#next()), width, precision, flags);
        return true;
      case "e":
      case "E":
      case "f":
      case "F":
      case "g":
      case "G":
        this.#float(conversion, this.#next(), width, precision ?? 6, flags);
        return true;
      default:
        this.errors.push(`${rest}: invalid format`);
        this.status = 1;
        return false;
    }
  }

  #number(text: string | undefined): bigint {
    if (text === undefined || text === "") {
      this.errors.push("invalid number ''");
      this.status = 1;
      return 0n;
    }
    if (text[0] === '"' || text[0] === "'") return BigInt(text.length > 1 ? text.charCodeAt(1) : 0);
    const parsed = /^[ \t\n]*([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.exec(text);
    if (!parsed) {
      this.errors.push(`invalid number '${text}'`);
      this.status = 1;
      return 0n;
    }
    const digits = parsed[2]!;
    const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
    if (value >= 1n << 64n) {
      this.errors.push(`invalid number '${text}'`);
      this.status = 1;
      return 0n;
    }
    return parsed[1] === "-" ? -value : value;
  }

  #integer(conversion: string, value: bigint, width: number, precision: number | undefined, flags: string): void {
    const signed = conversion === "d" || conversion === "i";
    const fitted = signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
    this.out += formatInteger({ flags, width, precision, letter: conversion }, fitted);
  }

  #float(conversion: string, text: string | undefined, width: number, precision: number, flags: string): void {
    const trimmed = (text ?? "").trim();
    let value = trimmed === "" ? 0 : Number(trimmed);
    if (trimmed[0] === '"' || trimmed[0] === "'") value = trimmed.charCodeAt(1) || 0;
    if (Number.isNaN(value)) {
      this.errors.push(`invalid number '${text}'`);
      this.status = 1;
      value = 0;
    }
    this.out += formatFloat({ flags, width, precision, letter: conversion }, value);
  }

  #pad(text: string, width: number, flags: string): void {
    this.out += flags.includes("-") ? text.padEnd(width) : text.padStart(width);
  }
}
