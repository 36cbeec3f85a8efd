/** `printf`, as busybox prints it. Bytes in, bytes out. */
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
    const base = conversion === "o" ? 8 : conversion === "x" || conversion === "X" ? 16 : 10;
    let digits = (fitted < 0n ? -fitted : fitted).toString(base);
    if (conversion === "X") digits = digits.toUpperCase();
    if (precision !== undefined) digits = digits.padStart(precision, "0");
    let prefix = fitted < 0n ? "-" : signed && flags.includes("+") ? "+" : signed && flags.includes(" ") ? " " : "";
    if (flags.includes("#") && fitted !== 0n) {
      if (base === 16) prefix += `0${conversion}`;
      else if (base === 8 && !digits.startsWith("0")) digits = `0${digits}`;
    }
    this.#padNumber(prefix, digits, width, flags, precision === undefined);
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
    const lower = conversion.toLowerCase();
    const magnitude = Math.abs(value);
    const places = Math.min(precision, 100);
    let digits: string;
    if (magnitude === Infinity) digits = "inf";
    else if (lower === "f") digits = fixed(magnitude, places);
    else if (lower === "e") digits = exponential(magnitude, places);
    else digits = general(magnitude, places === 0 ? 1 : places, flags.includes("#"));
    if (conversion !== lower) digits = digits.toUpperCase();
    const prefix = value < 0 || Object.is(value, -0) ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
    this.#padNumber(prefix, digits, width, flags, true);
  }

  #padNumber(prefix: string, digits: string, width: number, flags: string, zeroAllowed: boolean): void {
    if (flags.includes("0") && !flags.includes("-") && zeroAllowed) {
      this.out += prefix + digits.padStart(width - prefix.length, "0");
    } else this.#pad(prefix + digits, width, flags);
  }

  #pad(text: string, width: number, flags: string): void {
    this.out += flags.includes("-") ? text.padEnd(width) : text.padStart(width);
  }
}

/** C rounds a half to the even neighbour. */
function fixed(value: number, places: number): string {
  const rounded = value.toFixed(places);
  if (value >= 1e21 || places > 20) return rounded;
  // A half has few binary places, so that its decimal ones are soon all there.
  const all = value.toFixed(Math.min(100, places + 60));
  const cut = all.length - (Math.min(100, places + 60) - places);
  if (!/^50*$/.test(all.slice(cut))) return rounded;
  const below = all.slice(0, cut).replace(/\.$/, "");
  return /[02468]$/.test(below) ? below : rounded;
}

/** C writes at least two digits of exponent. */
function exponential(value: number, places: number): string {
  return value.toExponential(places).replace(/e([-+])(\d)$/, "e$10$2");
}

function general(value: number, significant: number, keepZeros: boolean): string {
  if (value === 0) return keepZeros ? `0.${"0".repeat(significant - 1)}` : "0";
  const exponent = Number(value.toExponential(significant - 1).split("e")[1]);
  const text =
    exponent < -4 || exponent >= significant
      ? exponential(value, significant - 1)
      : value.toFixed(Math.max(0, significant - 1 - exponent));
  if (keepZeros || !text.includes(".")) return text;
  return text.replace(/\.?0+(?=e|$)/, "");
}
