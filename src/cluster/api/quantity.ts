/**
 * Quantities: `500m`, `64Mi`, `1e3`. Held exactly, in billionths, as the API server holds them; printed canonically
 * (apimachinery: pkg/api/resource/quantity.go).
 */
export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

export interface ExactQuantity {
  /** Billionths of one unit. */
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

/** What the server answers; neither names the field. */
const quantityFaults = {
  format: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  suffix: "unable to parse quantity's suffix",
  numeric: "unable to parse numeric part of quantity",
} as const;

const BILLION = 1_000_000_000n;
const MILLION = 1_000_000n;
/** The largest value a number of many digits may have: it is cut to this. */
const LARGEST = (2n ** 63n - 1n) * BILLION;
const zero: ExactQuantity = { nano: 0n, format: "DecimalSI" };

const decimalSuffixes: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binarySuffixes: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const decimalNames: Readonly<Record<number, string>> = {
  [-9]: "n",
  [-6]: "u",
  [-3]: "m",
  0: "",
  3: "k",
  6: "M",
  9: "G",
  12: "T",
  15: "P",
  18: "E",
};
const binaryNames = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** The text of a quantity as YAML or JSON gives it (numbers too), or the server's words about it. */
export function parseQuantity(value: string | number): ExactQuantity | { readonly fault: string } {
  const text = String(value).trim();
  if (text === "") return { fault: quantityFaults.format };
  // Digits may be missing altogether: the server takes `m` for 0m.
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/.exec(text);
  if (!match) return { fault: quantityFaults.format };
  const [, sign, whole = "", fraction = "", suffix = ""] = match;
  const scale = scaleOf(suffix);
  if (!scale) return { fault: quantityFaults.suffix };
  const digits = (whole + fraction).replace(/^0+/, "");
  if (digits.length > 1000) return { fault: quantityFaults.numeric };
  const mantissa = BigInt(digits || "0");
  let nano = scaled(mantissa, fraction.length, scale);
  if (digits.length > 15 && nano > LARGEST) nano = LARGEST;
  return { nano: sign === "-" ? -nano : nano, format: scale.format };
}

interface Scale {
  readonly base: 2 | 10;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

function scaleOf(suffix: string): Scale | undefined {
  if (Object.hasOwn(decimalSuffixes, suffix))
    return { base: 10, exponent: decimalSuffixes[suffix]!, format: "DecimalSI" };
  if (Object.hasOwn(binarySuffixes, suffix)) return { base: 2, exponent: binarySuffixes[suffix]!, format: "BinarySI" };
  const exponent = /^[eE]([-+]?[0-9]{1,4})$/.exec(suffix)?.[1];
  if (exponent === undefined || Math.abs(Number(exponent)) > 1000) return undefined;
  return { base: 10, exponent: Number(exponent), format: "DecimalExponent" };
}

/** mantissa × 10^-decimals × scale, in billionths; what is smaller counts as one billionth. */
function scaled(mantissa: bigint, decimals: number, scale: Scale): bigint {
  if (scale.base === 2) return divideUp(mantissa * BILLION * 2n ** BigInt(scale.exponent), 10n ** BigInt(decimals));
  const exponent = scale.exponent - decimals + 9;
  return exponent >= 0 ? mantissa * 10n ** BigInt(exponent) : divideUp(mantissa, 10n ** BigInt(-exponent));
}

/** Away from zero. */
function divideUp(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  if (a % b === 0n) return quotient;
  return a < 0n ? quotient - 1n : quotient + 1n;
}

/** A quantity that was already decoded; absent is 0, and so is what never went through decoding and is malformed. */
export function quantityOf(value: string | number | undefined): ExactQuantity {
  if (value === undefined) return zero;
  const parsed = parseQuantity(value);
  return "fault" in parsed ? zero : parsed;
}

/** `0.5` → `500m`, `1024Mi` → `1Gi`: a whole mantissa, the largest suffix that loses nothing, the family kept. */
export function formatQuantity({ nano, format }: ExactQuantity): string {
  if (nano === 0n) return "0";
  const small = nano > -1024n * BILLION && nano < 1024n * BILLION;
  if (format === "BinarySI" && !small && nano % BILLION === 0n) {
    let value = nano / BILLION;
    let power = 0;
    while (power < binaryNames.length - 1 && value % 1024n === 0n) {
      value /= 1024n;
      power++;
    }
    return `${value}${binaryNames[power]}`;
  }
  let mantissa = nano;
  let exponent = -9;
  while (mantissa % 1000n === 0n && (exponent < 18 || format === "DecimalExponent")) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (format === "DecimalExponent") return exponent === 0 ? String(mantissa) : `${mantissa}e${exponent}`;
  return `${mantissa}${decimalNames[exponent]}`;
}

export function canonicalQuantity(value: string | number): string {
  return formatQuantity(quantityOf(value));
}

export function addQuantities(a: ExactQuantity, b: ExactQuantity): ExactQuantity {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format };
}

/** Negative, 0 or positive, as sort functions want it. */
export function compareQuantities(a: ExactQuantity, b: ExactQuantity): number {
  return a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0;
}

export function roundUpToMilli(quantity: ExactQuantity): ExactQuantity {
  return { nano: divideUp(quantity.nano, MILLION) * MILLION, format: quantity.format };
}

/** Whole units, rounded up: bytes of memory, for instance. */
export function wholeValue(value: string | number | undefined): number {
  return Number(divideUp(quantityOf(value).nano, BILLION));
}

/** Thousandths, rounded up: millicores. */
export function milliValue(value: string | number | undefined): number {
  return Number(divideUp(quantityOf(value).nano, MILLION));
}

export function isWhole(quantity: ExactQuantity): boolean {
  return quantity.nano % BILLION === 0n;
}
