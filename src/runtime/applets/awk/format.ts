/** awk's printf: C's, one conversion after the other, with values as busybox passes them. */
import { type Conversion, formatFloat, formatInteger, formatText } from "../../cFormat.ts";
import type { Awk } from "./interpreter.ts";
import { isNumeric, toNumber, type Value } from "./value.ts";

/** Throws Fault. */
export function formatAwk(awk: Awk, values: readonly Value[], line: number): string {
  const format = awk.text(values[0]);
  let next = 1;
  let out = "";
  for (let at = 0; at < format.length; ) {
    const percent = format.indexOf("%", at);
    if (percent < 0) return awk.bounded(out + format.slice(at));
    out += format.slice(at, percent);
    if (format[percent + 1] === "%") {
      out += "%";
      at = percent + 2;
      continue;
    }
    let end = percent + 1;
    while (end < format.length && !/[A-Za-z]/.test(format[end]!)) {
      if (format[end] === "*") throw awk.fault(line, "%*x formats are not supported");
      end++;
    }
    const letter = format[end];
    // The tail holds no conversion: it is printed as it is.
    if (letter === undefined) return awk.bounded(out + format.slice(percent));
    const value = values[next++];
    out += convert(awk, format.slice(percent, end), letter, value, line);
    awk.bounded(out);
    at = end + 1;
  }
  return out;
}

function convert(awk: Awk, head: string, letter: string, value: Value, line: number): string {
  const parsed = /^%([-+ #0']*)(\d*)(?:\.(\d*))?$/.exec(head);
  if (!"csdiouxXeEfFgGaA".includes(letter)) throw awk.fault(line, "Invalid format specifier");
  if (!parsed) return head + letter;
  const conversion: Conversion = {
    flags: parsed[1]!,
    width: Number(parsed[2]),
    precision: parsed[3] === undefined ? undefined : Number(parsed[3]),
    letter,
  };
  if (letter === "s") return formatText(conversion, awk.text(value));
  if (letter === "c") {
    const text = awk.text(value);
    const byte = isNumeric(value)
      ? String.fromCharCode(Math.trunc(toNumber(value)) & 255)
      : text === ""
        ? "\0"
        : text[0]!;
    return formatText({ ...conversion, precision: undefined }, byte);
  }
  const number = toNumber(value);
  if ("eEfFgGaA".includes(letter)) return formatFloat(conversion, number);
  const fits = number > -2147483649 && number < 2147483648;
  const integer = fits ? Math.trunc(number) : -2147483648;
  return formatInteger(conversion, BigInt("di".includes(letter) ? integer : integer >>> 0));
}
