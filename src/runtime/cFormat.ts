/** Numbers and texts as C's printf writes them, one conversion at a time. */

/** `%-08.3f`, taken apart. */
export interface Conversion {
  /** Some of `-+ #0`. */
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  /** One of `diouxXeEfFgGaAcs`. */
  readonly letter: string;
}

/** A learner's `%1000000000d` must not fill the memory. */
const MAX_WIDTH = 1_000_000;

export function formatText({ flags, width, precision }: Conversion, text: string): string {
  return pad(text.slice(0, precision), width, flags);
}

/** `value` is taken as it is: the caller wraps it to the type that its C program uses. */
export function formatInteger({ flags, width, precision, letter }: Conversion, value: bigint): string {
  const base = letter === "o" ? 8 : letter === "x" || letter === "X" ? 16 : 10;
  const signed = letter === "d" || letter === "i";
  let digits = (value < 0n ? -value : value).toString(base);
  if (letter === "X") digits = digits.toUpperCase();
  if (precision === 0 && value === 0n) digits = "";
  if (precision !== undefined) digits = digits.padStart(Math.min(precision, MAX_WIDTH), "0");
  let prefix = value < 0n ? "-" : !signed ? "" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  if (flags.includes("#") && base === 16 && value !== 0n) prefix += `0${letter}`;
  if (flags.includes("#") && base === 8 && !digits.startsWith("0")) digits = `0${digits}`;
  return padNumber(prefix, digits, width, flags, precision === undefined);
}

export function formatFloat({ flags, width, precision, letter }: Conversion, value: number): string {
  const lower = letter.toLowerCase();
  const magnitude = Math.abs(value);
  const places = Math.min(precision ?? 6, MAX_WIDTH);
  const negative = value < 0 || Object.is(value, -0);
  const prefix = negative ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  let digits: string;
  if (!Number.isFinite(value)) digits = Number.isNaN(value) ? "nan" : "inf";
  else if (lower === "a") digits = hexadecimal(magnitude, precision);
  else if (lower === "f") digits = fixed(magnitude, places) + (places === 0 && flags.includes("#") ? "." : "");
  else if (lower === "e") digits = withPoint(exponential(magnitude, places), flags);
  else digits = withPoint(general(magnitude, places === 0 ? 1 : places, flags.includes("#")), flags);
  if (letter !== lower) digits = digits.toUpperCase();
  return padNumber(prefix, digits, width, flags, Number.isFinite(value));
}

/** `#`: there is always a point. */
function withPoint(digits: string, flags: string): string {
  return flags.includes("#") && !digits.includes(".") ? digits.replace(/(?=e|$)/, ".") : digits;
}

function padNumber(prefix: string, digits: string, width: number, flags: string, zeroAllowed: boolean): string {
  if (!flags.includes("0") || flags.includes("-") || !zeroAllowed) return pad(prefix + digits, width, flags);
  return prefix + digits.padStart(Math.min(width, MAX_WIDTH) - prefix.length, "0");
}

function pad(text: string, width: number, flags: string): string {
  const room = Math.min(width, MAX_WIDTH);
  return flags.includes("-") ? text.padEnd(room) : text.padStart(room);
}

/** A double's exact value is whole/2^shift; C rounds that, a half to the even neighbour. */
function exact(value: number): { whole: bigint; shift: bigint } {
  let whole = value;
  let shift = 0;
  while (!Number.isInteger(whole)) {
    whole *= 2;
    shift++;
  }
  return { whole: BigInt(whole), shift: BigInt(shift) };
}

function fixed(value: number, places: number): string {
  const { whole, shift } = exact(value);
  const scaled = whole * 10n ** BigInt(places);
  let quotient = scaled >> shift;
  const rest = scaled - (quotient << shift);
  const half = shift === 0n ? 0n : 1n << (shift - 1n);
  if (shift > 0n && (rest > half || (rest === half && (quotient & 1n) === 1n))) quotient++;
  const digits = quotient.toString().padStart(places + 1, "0");
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** C writes at least two digits of exponent. */
function exponential(value: number, places: number): string {
  const [mantissa, exponent] = value.toExponential(Math.min(places, 100)).split("e") as [string, string];
  const zeros = places > 100 ? "0".repeat(places - 100) : "";
  return `${mantissa}${zeros}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

function general(value: number, significant: number, keepZeros: boolean): string {
  if (value === 0) return keepZeros ? `0.${"0".repeat(significant - 1)}` : "0";
  const exponent = Number(value.toExponential(Math.min(significant - 1, 100)).split("e")[1]);
  const text =
    exponent < -4 || exponent >= significant
      ? exponential(value, significant - 1)
      : fixed(value, Math.max(0, significant - 1 - exponent));
  if (keepZeros || !text.includes(".")) return text;
  return text.replace(/\.?0+(?=e|$)/, "");
}

function hexadecimal(value: number, precision: number | undefined): string {
  if (value === 0) return `0x0${precision ? `.${"0".repeat(precision)}` : ""}p+0`;
  let exponent = Math.floor(Math.log2(value));
  if (2 ** exponent > value) exponent--;
  let digits = "";
  let rest = value / 2 ** exponent - 1;
  for (let i = 0; i < 13; i++) {
    rest *= 16;
    digits += Math.floor(rest).toString(16);
    rest -= Math.floor(rest);
  }
  digits = precision === undefined ? digits.replace(/0+$/, "") : digits.slice(0, precision).padEnd(precision, "0");
  return `0x1${digits === "" ? "" : `.${digits}`}p${exponent < 0 ? "-" : "+"}${Math.abs(exponent)}`;
}

/** strtod(3): the number at the beginning of a text and how many characters it took (0: none). */
export function leadingNumber(text: string): { value: number; length: number } {
  const match =
    /^[ \t\n\v\f\r]*([-+]?)(?:(0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][-+]?\d+)?)|((?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(inf(?:inity)?)|(nan(?:\([A-Za-z0-9_]*\))?))/i.exec(
      text,
    );
  if (!match) return { value: 0, length: 0 };
  const [all, sign, hex, decimal, infinite] = match;
  const magnitude =
    hex !== undefined ? hexNumber(hex) : decimal !== undefined ? Number(decimal) : infinite ? Infinity : Number.NaN;
  return { value: sign === "-" ? -magnitude : magnitude, length: all.length };
}

function hexNumber(text: string): number {
  const [, whole = "", fraction = "", power = "0"] = /^0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([-+]?\d+))?$/i.exec(text)!;
  let value = 0;
  for (const digit of whole + fraction) value = value * 16 + Number.parseInt(digit, 16);
  return value * 2 ** (Number(power) - 4 * fraction.length);
}
