/** One thing wrong with one field, and its exact words (apimachinery: pkg/util/validation/field/errors.go). */
export type FieldErrorType =
  | "FieldValueRequired"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueDuplicate"
  | "FieldValueNotFound"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTypeInvalid"
  | "InternalError";

export interface FieldError {
  readonly type: FieldErrorType;
  /** Go's path: `spec.containers[0].ports[1].name`, `metadata.labels`, `resources.limits[cpu]`. */
  readonly field: string;
  readonly value: unknown;
  readonly detail: string;
  /** What is printed after the field. */
  readonly body: string;
  /** For enums: what would be accepted. */
  readonly supported?: readonly string[];
}

export function required(field: string, detail = ""): FieldError {
  return { type: "FieldValueRequired", field, value: "", detail, body: withDetail("Required value", detail) };
}

export function invalidValue(field: string, value: unknown, detail: string): FieldError {
  return {
    type: "FieldValueInvalid",
    field,
    value,
    detail,
    body: withDetail(`Invalid value: ${goValue(value)}`, detail),
  };
}

export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const detail = supported.length > 0 ? `supported values: ${supported.map(goQuote).join(", ")}` : "";
  return {
    type: "FieldValueNotSupported",
    field,
    value,
    detail,
    body: withDetail(`Unsupported value: ${goValue(value)}`, detail),
    supported,
  };
}

export function duplicate(field: string, value: unknown): FieldError {
  return { type: "FieldValueDuplicate", field, value, detail: "", body: `Duplicate value: ${goValue(value)}` };
}

export function notFoundValue(field: string, value: unknown): FieldError {
  return { type: "FieldValueNotFound", field, value, detail: "", body: `Not found: ${goValue(value)}` };
}

export function forbiddenField(field: string, detail: string): FieldError {
  return { type: "FieldValueForbidden", field, value: "", detail, body: withDetail("Forbidden", detail) };
}

/** The same error with something said behind it, where its kind usually says nothing. */
export function withMore(error: FieldError, detail: string): FieldError {
  return { ...error, detail, body: withDetail(error.body, detail) };
}

export function tooLong(field: string, bytes: number): FieldError {
  const detail = `may not be more than ${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  return { type: "FieldValueTooLong", field, value: "<value omitted>", detail, body: `Too long: ${detail}` };
}

function withDetail(body: string, detail: string): string {
  return detail ? `${body}: ${detail}` : body;
}

/** A value that is printed as it stands: a structure in Go's JSON, `null`. */
export class Verbatim {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function goValue(value: unknown): string {
  if (value instanceof Verbatim) return value.text;
  if (typeof value === "string") return goQuote(value);
  if (value === undefined || value === null) return "null";
  if (typeof value === "object") return goJson(value);
  return String(value);
}

/** encoding/json, which also escapes `<`, `>` and `&`. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\t": "\\t",
  "\r": "\\r",
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\v": "\\v",
};

/** strconv.Quote */
export function goQuote(text: string): string {
  let out = '"';
  for (const c of text) {
    const code = c.codePointAt(0)!;
    if (escapes[c]) out += escapes[c];
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, "0")}`;
    else if (/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/u.test(c) || (/\p{Zs}/u.test(c) && c !== " "))
      out += code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
    else out += c;
  }
  return `${out}"`;
}

/** `a: Required value`, or `[a: Required value, b: …]`; equal ones once (apimachinery: pkg/util/errors). */
export function errorListText(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(({ field, body }) => (field ? `${field}: ${body}` : body)))];
  return texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
}
