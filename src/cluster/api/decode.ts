/**
 * JSON to an object, as strictly as the API server decodes what kubectl sends: unknown fields, wrong types and malformed
 * quantities are refused with its words. What comes out is what the server would write: zeros that are not pointers are
 * left out, quantities are canonical.
 */
import { goQuote } from "../validation/fieldError.ts";
import { embeddedPart, isHeldByValue, isPointer, isResourceList, namedType } from "./goTypes.ts";
import { findKind, kindNamed, notSimulated } from "./kinds.ts";
import type { ApiObject } from "./object.ts";
import { formatQuantity, parseQuantity } from "./quantity.ts";
import { type FieldSchema, structNamed } from "./schema.ts";
import { badRequest, type Status } from "./status.ts";

/** Why decoding failed, before it is put into a sentence. */
export type DecodeFault =
  | {
      readonly kind: "type";
      readonly message: string;
      readonly path: string;
      readonly got: string;
      readonly want: string;
    }
  | { readonly kind: "value"; readonly message: string; readonly path: string }
  | { readonly kind: "unknown"; readonly message: string; readonly paths: readonly string[] };

/** More unknown fields than this are not listed (sigs.k8s.io/json). */
const MOST_UNKNOWN = 100;
/** Deeper than any object of the API can be. */
const DEEPEST = 100;

interface Context {
  /** The structure of the field that is being read, and the names down to it. */
  readonly struct: string;
  readonly names: readonly string[];
}

class Decoder {
  readonly unknown: string[] = [];
  /** The first type error; decoding goes on after it. */
  saved: DecodeFault | undefined;
  /** A fault that ended the decoding at once: from a type with its own reader. */
  aborted: DecodeFault | undefined;

  struct(
    name: string,
    value: unknown,
    path: string,
    context: Context | undefined,
    depth: number,
  ): Record<string, unknown> | undefined {
    if (value === null || value === undefined) return {};
    if (!isRecord(value) || depth > DEEPEST) {
      this.typeFault(value, `v1.${name}`, path, context);
      return undefined;
    }
    const fields = structNamed(name)!.fields!;
    const requiredFields = structNamed(name)!.required ?? [];
    const out: Record<string, unknown> = {};
    for (const key of Object.keys(value).sort(byBytes)) {
      if (this.aborted) return out;
      const schema = Object.hasOwn(fields, key) ? fields[key] : undefined;
      const fieldPath = path ? `${path}.${key}` : key;
      if (!schema) {
        if (this.unknown.length < MOST_UNKNOWN) this.unknown.push(fieldPath);
        continue;
      }
      const part = embeddedPart(name, key);
      const decoded = this.field(
        name,
        key,
        schema,
        value[key],
        fieldPath,
        { struct: name, names: [...(context?.names ?? []), ...(part ? [part] : []), key] },
        depth + 1,
      );
      if (decoded === undefined) continue;
      if (isZero(decoded, schema) && !isPointer(name, key) && !requiredFields.includes(key)) continue;
      out[key] = decoded;
    }
    for (const key of requiredFields) if (!(key in out) && fields[key]) setZero(out, key, fields[key]);
    for (const [key, schema] of Object.entries(fields))
      if (!(key in out) && isHeldByValue(name, key))
        out[key] = schema.ref === "Quantity" ? "0" : this.struct(schema.ref!, {}, key, undefined, depth + 1);
    return out;
  }

  /** undefined: leave the field out. */
  field(
    struct: string,
    name: string,
    schema: FieldSchema,
    value: unknown,
    path: string,
    context: Context,
    depth: number,
  ): unknown {
    if (schema.type === "array") {
      if (value === null || value === undefined) return undefined;
      if (!Array.isArray(value)) {
        this.typeFault(value, goType(struct, name, schema), path, context);
        return undefined;
      }
      const items = schema.items!;
      return value.map((item, i) => this.element(struct, name, items, item, `${path}[${i}]`, context, depth));
    }
    if (schema.map) {
      if (value === null || value === undefined) return undefined;
      if (!isRecord(value)) {
        this.typeFault(value, goType(struct, name, schema), path, context);
        return undefined;
      }
      const out: Record<string, unknown> = {};
      for (const key of Object.keys(value).sort(byBytes)) {
        if (this.aborted) return out;
        const item = this.element(struct, name, schema.map, value[key], `${path}.${key}`, context, depth);
        if (item !== undefined)
          Object.defineProperty(out, key, { value: item, enumerable: true, writable: true, configurable: true });
      }
      return out;
    }
    if (value === null || value === undefined) return undefined;
    return this.one(struct, name, schema, value, path, context, depth);
  }

  /** An element of a list or map: null is the zero value there. */
  element(
    struct: string,
    name: string,
    schema: FieldSchema,
    value: unknown,
    path: string,
    context: Context,
    depth: number,
  ): unknown {
    if (this.aborted) return undefined;
    if (value !== null && value !== undefined) return this.one(struct, name, schema, value, path, context, depth);
    if (schema.ref === "Quantity") return "0";
    if (schema.ref) return structNamed(schema.ref) ? (this.struct(schema.ref, {}, path, context, depth) ?? {}) : "";
    return schema.type === "string" ? "" : schema.type === "boolean" ? false : 0;
  }

  one(
    struct: string,
    name: string,
    schema: FieldSchema,
    value: unknown,
    path: string,
    context: Context,
    depth: number,
  ): unknown {
    switch (schema.ref) {
      case undefined:
        break;
      case "Quantity":
        return this.quantity(value, path);
      case "IntOrString":
        return this.intOrString(value, path, context);
      case "Time":
      case "MicroTime":
        return this.time(value, path, context);
      case "FieldsV1":
        return isRecord(value) ? value : undefined;
      default:
        return this.struct(schema.ref, value, path, context, depth);
    }
    const want = elementType(struct, name, schema);
    switch (schema.type) {
      case "string":
        if (typeof value !== "string") {
          this.typeFault(value, schema.format === "byte" ? "[]uint8" : want, path, context);
          return undefined;
        }
        if (schema.format === "byte") return this.base64(value, path);
        return value;
      case "boolean":
        if (typeof value !== "boolean") {
          this.typeFault(value, "bool", path, context);
          return undefined;
        }
        return value;
      case "integer":
        return this.integer(value, schema.format ?? "int64", path, context);
      case "number":
        return typeof value === "number" ? value : undefined;
      default:
        return value;
    }
  }

  integer(value: unknown, type: string, path: string, context: Context): number | undefined {
    if (typeof value !== "number" && typeof value !== "bigint") {
      this.typeFault(value, type, path, context);
      return undefined;
    }
    const fits =
      type === "int32"
        ? Number(value) >= -(2 ** 31) && Number(value) < 2 ** 31
        : Number(value) >= -(2 ** 63) && Number(value) < 2 ** 63;
    if (!Number.isInteger(Number(value)) || !fits) {
      this.typeFault(value, type, path, context, `number ${numberText(value)}`);
      return undefined;
    }
    return Number(value);
  }

  quantity(value: unknown, path: string): string | undefined {
    const text =
      typeof value === "string" || typeof value === "number"
        ? value
        : typeof value === "bigint"
          ? numberText(value)
          : "{}";
    const parsed = parseQuantity(text);
    if (!("fault" in parsed)) return formatQuantity(parsed);
    this.aborted ??= { kind: "value", message: parsed.fault, path };
    return undefined;
  }

  intOrString(value: unknown, path: string, context: Context): number | string | undefined {
    if (typeof value === "string") return value;
    const before = this.saved;
    this.saved = undefined;
    const number = this.integer(value, "int32", path, context);
    // The type reads itself, so its fault ends the decoding.
    if (this.saved) this.aborted ??= this.saved;
    this.saved = before;
    return number;
  }

  time(value: unknown, path: string, context: Context): string | undefined {
    if (typeof value !== "string") {
      this.aborted ??= this.faultOfType(value, "string", path, context);
      return undefined;
    }
    const fault = timeFault(value);
    if (fault) {
      this.aborted ??= { kind: "value", message: fault, path };
      return undefined;
    }
    const date = new Date(value);
    return /\.\d+Z?/.test(value) && !Number.isNaN(date.getTime()) ? value : `${date.toISOString().slice(0, 19)}Z`;
  }

  base64(value: string, path: string): string {
    const at = base64FaultAt(value);
    if (at !== undefined) this.saved ??= { kind: "value", message: `illegal base64 data at input byte ${at}`, path };
    return value;
  }

  typeFault(value: unknown, want: string, path: string, context: Context | undefined, got = jsonType(value)): void {
    this.saved ??= this.faultOfType(value, want, path, context, got);
  }

  faultOfType(
    value: unknown,
    want: string,
    path: string,
    context: Context | undefined,
    got = jsonType(value),
  ): DecodeFault {
    const where = context ? `Go struct field ${context.struct}.${context.names.join(".")}` : "Go value";
    return { kind: "type", message: `json: cannot unmarshal ${got} into ${where} of type ${want}`, path, got, want };
  }
}

/** Hears of each field that the API does not know, in the server's words; the field is left out. */
type OnUnknown = (warning: string) => void;

/** An object of one structure (`Pod`, `ObjectMeta`); faults in the server's words. */
export function decodeStruct(
  struct: string,
  value: unknown,
  path = "",
  names: readonly string[] = [],
  parent?: string,
  onUnknown?: OnUnknown,
): { value: Record<string, unknown> } | { fault: DecodeFault } {
  const decoder = new Decoder();
  const context = parent ? { struct: parent, names } : undefined;
  const decoded = decoder.struct(struct, value, path, context, 0);
  const fault = decoder.aborted ?? decoder.saved;
  if (fault) return { fault };
  const unknown = decoder.unknown.map((field) => `unknown field ${goQuote(field)}`);
  if (onUnknown) unknown.forEach(onUnknown);
  else if (unknown.length > 0)
    return {
      fault: {
        kind: "unknown",
        message: `strict decoding error: ${unknown.join(", ")}`,
        paths: decoder.unknown,
      },
    };
  return { value: decoded ?? {} };
}

/**
 * What the server makes of a request's body. `fault` comes with a status when one field is to blame.
 * `onUnknown` makes it warn of unknown fields where it would refuse them (fieldValidation=Warn).
 */
export function decodeObject(
  value: unknown,
  onUnknown?: OnUnknown,
): { object: ApiObject } | { status: Status; fault?: DecodeFault } {
  if (!isRecord(value))
    return {
      status: badRequest(
        "couldn't get version/kind; json parse error: json: cannot unmarshal into Go value of type struct",
      ),
    };
  const { apiVersion, kind } = value;
  if (typeof kind !== "string" || kind === "")
    return { status: badRequest(`Object 'Kind' is missing in '${textOf(value)}'`) };
  if (typeof apiVersion !== "string" || apiVersion === "")
    return { status: badRequest(`Object 'apiVersion' is missing in '${textOf(value)}'`) };
  const info = findKind(apiVersion, kind);
  if (!info) {
    const elsewhere = kindNamed(kind);
    const version = apiVersion.split("/").at(-1)!;
    return {
      status: badRequest(
        elsewhere
          ? `no kind "${kind}" is registered for version "${apiVersion}"; ${kind} is served as ${elsewhere.apiVersion}`
          : `no kind "${kind}" is registered for version "${version}" in scheme "${SCHEME}"`,
      ),
    };
  }
  if (info.kind !== kind)
    return {
      status: badRequest(
        `${kind} in version "${lastPart(apiVersion)}" cannot be handled as a ${info.kind}: no kind "${kind}" is registered for version "${apiVersion}" in scheme "${SCHEME}"`,
      ),
    };
  if (!info.simulated) return { status: badRequest(notSimulated(info)) };
  const decoded = decodeStruct(info.kind, value, "", [], undefined, onUnknown);
  if ("fault" in decoded)
    return {
      status: badRequest(
        `${kind} in version "${lastPart(apiVersion)}" cannot be handled as a ${kind}: ${decoded.fault.message}`,
      ),
      fault: decoded.fault,
    };
  const { apiVersion: _, kind: __, metadata, ...rest } = decoded.value;
  return { object: { apiVersion, kind, metadata: (metadata ?? {}) as ApiObject["metadata"], ...rest } };
}

/** Where the server keeps its registry of kinds; part of the message. */
const SCHEME = "pkg/api/legacyscheme/scheme.go:30";

function lastPart(apiVersion: string): string {
  return apiVersion.split("/").at(-1)!;
}

function textOf(value: unknown): string {
  const text = JSON.stringify(value, (_, v) => (typeof v === "bigint" ? Number(v) : v));
  return text.length > 2000 ? `${text.slice(0, 2000)}…` : text;
}

function goType(struct: string, name: string, schema: FieldSchema): string {
  if (schema.type === "array") return `[]${elementType(struct, name, schema.items!)}`;
  if (schema.map?.ref === "Quantity" && isResourceList(name)) return "v1.ResourceList";
  if (schema.map) return `map[string]${elementType(struct, name, schema.map)}`;
  return elementType(struct, name, schema);
}

function elementType(struct: string, name: string, schema: FieldSchema): string {
  if (schema.ref) return schema.ref === "Quantity" ? "resource.Quantity" : `v1.${schema.ref}`;
  if (schema.type === "string") return schema.format === "byte" ? "[]uint8" : (namedType(struct, name) ?? "string");
  if (schema.type === "boolean") return "bool";
  if (schema.type === "integer") return schema.format ?? "int64";
  return "string";
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (value !== null && typeof value === "object") return "object";
  if (typeof value === "boolean") return "bool";
  return typeof value === "string" ? "string" : "number";
}

/** kubectl holds whole numbers in 64 bits, larger ones as floats. */
function numberText(value: number | bigint): string {
  return String(BigInt.asIntN(64, BigInt(typeof value === "bigint" ? value : 0)) === value ? value : Number(value));
}

function setZero(out: Record<string, unknown>, key: string, schema: FieldSchema): void {
  if (schema.type === "string") out[key] = "";
  else if (schema.type === "integer") out[key] = 0;
  else if (schema.type === "boolean") out[key] = false;
  else if (schema.type === "array") out[key] = [];
  else if (schema.ref === "IntOrString") out[key] = 0;
  else if (schema.ref === "Quantity") out[key] = "0";
}

function isZero(value: unknown, schema: FieldSchema): boolean {
  if (value === "" || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return schema.map !== undefined && Object.keys(value as object).length === 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Go's order of strings. UTF-16 order differs only beyond the Basic Multilingual Plane. */
export function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function timeFault(value: string): string | undefined {
  const layout = "2006-01-02T15:04:05Z07:00";
  const say = (rest: string, part: string) =>
    `parsing time ${goQuote(value)} as ${goQuote(layout)}: cannot parse ${goQuote(rest)} as ${goQuote(part)}`;
  const parts: [RegExp, string][] = [
    [/^\d{4}/, "2006"],
    [/^-/, "-"],
    [/^\d{2}/, "01"],
    [/^-/, "-"],
    [/^\d{2}/, "02"],
    [/^T/, "T"],
    [/^\d{2}/, "15"],
    [/^:/, ":"],
    [/^\d{2}/, "04"],
    [/^:/, ":"],
    [/^\d{2}(\.\d+)?/, "05"],
    [/^(Z|[-+]\d{2}:\d{2})/, "Z07:00"],
  ];
  let rest = value;
  for (const [pattern, part] of parts) {
    const match = pattern.exec(rest);
    if (!match) return say(rest, part);
    rest = rest.slice(match[0].length);
  }
  if (rest) return `parsing time ${goQuote(value)}: extra text: ${goQuote(rest)}`;
  const [, month = 0, day = 0, hour = 0, minute = 0, second = 0] =
    /^\d{4}-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)/.exec(value)?.map(Number) ?? [];
  const range =
    month < 1 || month > 12
      ? "month"
      : day < 1 || day > 31
        ? "day"
        : hour > 23
          ? "hour"
          : minute > 59
            ? "minute"
            : second > 59
              ? "second"
              : "";
  return range ? `parsing time ${goQuote(value)}: ${range} out of range` : undefined;
}

/** Where encoding/base64 would stop, newlines not counted against it; undefined when all is well. */
function base64FaultAt(value: string): number | undefined {
  let count = 0;
  let padding = 0;
  for (let i = 0; i < value.length; i++) {
    const c = value[i]!;
    if (c === "\n" || c === "\r") continue;
    if (c === "=") {
      // Padding may stand only in the last two places of a group of four.
      if (padding === 0 ? count % 4 < 2 : padding === 2 || count % 4 === 0) return i;
      padding++;
      count++;
    } else {
      if (padding > 0 || !/[A-Za-z0-9+/]/.test(c)) return padding > 0 && count % 4 !== 0 ? i - padding + 1 : i;
      count++;
    }
  }
  return count % 4 === 0 ? undefined : value.length;
}
