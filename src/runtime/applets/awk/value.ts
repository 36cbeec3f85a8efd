/** awk's values: numbers, texts, texts from input that count as numbers when they look like one, and nothing yet. */
import { type Conversion, formatFloat, leadingNumber } from "../../cFormat.ts";

/** A text from outside (a field, a line read, `-v`): numeric when all of it is a number. */
export class InputText {
  readonly text: string;
  #number: number | undefined;
  #numeric = false;

  constructor(text: string) {
    this.text = text;
  }
  #read(): number {
    if (this.#number === undefined) {
      const { value, length } = leadingNumber(this.text);
      this.#number = value;
      this.#numeric = this.text !== "" && /^[ \t\n\v\f\r]*$/.test(this.text.slice(length));
    }
    return this.#number;
  }
  get number(): number {
    return this.#read();
  }
  get numeric(): boolean {
    this.#read();
    return this.#numeric;
  }
}

/** `undefined`: a variable that nothing was assigned to. */
export type Value = number | string | InputText | undefined;

export function toNumber(value: Value): number {
  if (typeof value === "number") return value;
  if (value === undefined) return 0;
  return typeof value === "string" ? leadingNumber(value).value : value.number;
}

export function isNumeric(value: Value): boolean {
  return typeof value === "number" || value === undefined || (value instanceof InputText && value.numeric);
}

/** `format` is CONVFMT or OFMT; whole numbers are written whole. */
export function toText(value: Value, format = "%.6g"): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return numberText(value, format);
  return value === undefined ? "" : value.text;
}

const LONG_LONG = 2 ** 63;

function numberText(value: number, format: string): string {
  if (Number.isInteger(value) && value >= -LONG_LONG && value < LONG_LONG) {
    return Math.abs(value) < 1e15 ? String(value + 0) : BigInt(value).toString();
  }
  const parsed = /^%([-+ #0]*)(\d*)(?:\.(\d*))?([eEfFgGaAdioxXu])$/.exec(format);
  const conversion: Conversion = parsed
    ? {
        flags: parsed[1]!,
        width: Number(parsed[2]),
        precision: parsed[3] === undefined ? undefined : Number(parsed[3]),
        letter: parsed[4]!,
      }
    : { flags: "", width: 0, precision: 6, letter: "g" };
  if (/[dioxXu]/.test(conversion.letter)) return String(Math.trunc(value));
  return formatFloat(conversion, value);
}

export function isTrue(value: Value): boolean {
  if (typeof value === "number") return value !== 0;
  if (typeof value === "string") return value !== "";
  if (value === undefined) return false;
  return value.numeric ? value.number !== 0 : value.text !== "";
}
