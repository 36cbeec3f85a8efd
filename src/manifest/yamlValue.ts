/** A tree of YAML nodes to JSON values, as sigs.k8s.io/yaml on go-yaml 2 reads them (YAML 1.1: `yes` is true, 0644 is 420). */
import type { MappingNode, ScalarNode, YamlNode } from "./yamlParser.ts";
import { type Mark, YamlFault } from "./yamlScanner.ts";

/** Where the parts of a value are: the same shape as the value. */
export interface Place {
  /** Of a key where there is one, else of the value. */
  readonly mark: Mark;
  readonly valueMark: Mark;
  readonly fields?: ReadonlyMap<string, Place>;
  readonly items?: readonly Place[];
}

/** go-yaml lets aliases make up 99 % of a small document; this many values are enough for any manifest. */
const MOST_VALUES = 200_000;

/** The value and where its parts are. Throws YamlFault. */
export function valueOf(node: YamlNode): { value: unknown; place: Place } {
  const reader = new Reader();
  const { value, place } = reader.read(node, node.start);
  return { value: reader.toJson(value), place };
}

type MapKey = string | number | bigint | boolean | null;
type GoValue = null | boolean | number | bigint | string | GoValue[] | GoMap;

/** A mapping before its keys are made strings: several may become the same one. */
class GoMap {
  readonly entries = new Map<MapKey, GoValue>();
}

interface Read {
  value: GoValue;
  place: Place;
}

class Reader {
  #decoded = 0;
  #aliased = 0;
  #aliasDepth = 0;
  readonly #open = new Set<YamlNode>();

  read(node: YamlNode, mark: Mark): Read {
    this.#decoded++;
    if (this.#aliasDepth > 0) this.#aliased++;
    if (
      (this.#aliased > 100 && this.#decoded > 1000 && this.#aliased / this.#decoded > 0.99) ||
      this.#decoded > MOST_VALUES
    )
      throw new YamlFault("document contains excessive aliasing", undefined, node.start);
    switch (node.kind) {
      case "alias": {
        if (this.#open.has(node))
          throw new YamlFault(`anchor '${node.name}' value contains itself`, undefined, node.start);
        this.#open.add(node);
        this.#aliasDepth++;
        const read = this.read(node.target, mark);
        this.#aliasDepth--;
        this.#open.delete(node);
        return read;
      }
      case "scalar":
        return { value: scalarValue(node), place: { mark, valueMark: node.start } };
      case "sequence": {
        const read = node.items.map((item) => this.read(item, item.start));
        return {
          value: read.map(({ value }) => value),
          place: { mark, valueMark: node.start, items: read.map(({ place }) => place) },
        };
      }
      case "mapping": {
        const map = new GoMap();
        const fields = new Map<string, Place>();
        this.#fill(node, map, fields);
        return { value: map, place: { mark, valueMark: node.start, fields } };
      }
    }
  }

  #fill(node: MappingNode, map: GoMap, fields: Map<string, Place>): void {
    for (const { key, value } of node.entries) {
      if (isMerge(key)) {
        this.#merge(value, map, fields);
        continue;
      }
      const name = this.read(key, key.start).value;
      if (name instanceof GoMap || Array.isArray(name))
        throw new YamlFault(`invalid map key: ${goSyntax(name)}`, undefined, key.start);
      const read = this.read(value, key.start);
      map.entries.set(name, read.value);
      if (name !== null) fields.set(keyText(name), read.place);
    }
  }

  /** `<<`: what is merged is set at once, so it also replaces what stands above it. */
  #merge(value: YamlNode, map: GoMap, fields: Map<string, Place>): void {
    const fail = () => new YamlFault("map merge requires map or sequence of maps as the value", undefined, value.start);
    const one = (node: YamlNode) => {
      const target = node.kind === "alias" ? node.target : node;
      if (target.kind !== "mapping") throw fail();
      if (this.#open.has(target))
        throw new YamlFault(
          `anchor '${node.kind === "alias" ? node.name : ""}' value contains itself`,
          undefined,
          node.start,
        );
      this.#open.add(target);
      if (++this.#decoded > MOST_VALUES)
        throw new YamlFault("document contains excessive aliasing", undefined, node.start);
      this.#fill(target, map, fields);
      this.#open.delete(target);
    };
    if (value.kind === "sequence") for (const item of [...value.items].reverse()) one(item);
    else one(value);
  }

  toJson(value: GoValue): unknown {
    if (Array.isArray(value)) return value.map((item) => this.toJson(item));
    if (typeof value === "number" && !Number.isFinite(value))
      throw new YamlFault(`json: unsupported value: ${Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf"}`);
    if (!(value instanceof GoMap)) return value;
    const out: Record<string, unknown> = {};
    for (const [key, item] of value.entries) {
      if (key === null)
        throw new YamlFault(
          `unsupported map key of type: %!s(<nil>), key: <nil>, value: ${item === null ? "<nil>" : goSyntax(item)}`,
        );
      const text = keyText(key);
      Object.defineProperty(out, text, {
        value: this.toJson(item),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return out;
  }
}

function isMerge(key: YamlNode): boolean {
  return key.kind === "scalar" && key.value === "<<" && (key.plain || key.tag === "tag:yaml.org,2002:merge");
}

function keyText(key: Exclude<MapKey, null>): string {
  return String(key);
}

const CORE = "tag:yaml.org,2002:";

function scalarValue(node: ScalarNode): GoValue {
  const { value, tag } = node;
  if (tag === "") return node.plain ? resolvePlain(value) : value;
  const resolved = resolvePlain(value);
  const fail = (as: string) =>
    new YamlFault(`cannot decode ${typeName(resolved)} \`${value}\` as a !!${as}`, undefined, node.start);
  switch (tag) {
    case `${CORE}int`:
      if (typeof resolved !== "bigint" && !(typeof resolved === "number" && Number.isInteger(resolved)))
        throw fail("int");
      return resolved;
    case `${CORE}float`:
      if (typeof resolved !== "number" && typeof resolved !== "bigint") throw fail("float");
      return resolved;
    case `${CORE}bool`:
      if (typeof resolved !== "boolean") throw fail("bool");
      return resolved;
    case `${CORE}null`:
      return null;
    case `${CORE}binary`: {
      const decoded = decodeBase64(value);
      if (decoded === undefined)
        throw new YamlFault("!!binary value contains invalid base64 data", undefined, node.start);
      return decoded;
    }
    default:
      return value;
  }
}

function typeName(value: GoValue): string {
  if (value === null) return "!!null";
  if (typeof value === "boolean") return "!!bool";
  if (typeof value === "bigint") return "!!int";
  if (typeof value === "number") return Number.isInteger(value) ? "!!int" : "!!float";
  return "!!str";
}

const words = new Map<string, GoValue>();
for (const text of ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"]) words.set(text, true);
for (const text of ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"]) words.set(text, false);
for (const text of ["", "~", "null", "Null", "NULL"]) words.set(text, null);
for (const text of [".nan", ".NaN", ".NAN"]) words.set(text, Number.NaN);
for (const text of [".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"]) words.set(text, Number.POSITIVE_INFINITY);
for (const text of ["-.inf", "-.Inf", "-.INF"]) words.set(text, Number.NEGATIVE_INFINITY);

/** What a scalar without quotes is. */
export function resolvePlain(text: string): GoValue {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (text.startsWith(".") && /^\.[0-9]+(_?[0-9])*([eE][-+]?[0-9]+)?$/.test(text)) return Number(text);
  if (!/^[-+0-9]/.test(text)) return text;
  if (isTimestamp(text)) return text;
  const plain = text.replaceAll("_", "");
  const whole = wholeNumber(plain);
  if (whole !== undefined) return whole;
  if (/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(plain)) {
    const number = Number(plain);
    if (Number.isFinite(number)) return number;
  }
  return text;
}

/** strconv.ParseInt with base 0, then ParseUint: 64 bits. */
function wholeNumber(text: string): number | bigint | undefined {
  const match = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]([0-7]+)|0[bB]([01]+)|(0[0-7]*)|([1-9][0-9]*))$/.exec(text);
  if (!match) return undefined;
  const [, sign, hex, octal, binary, oldOctal, decimal] = match;
  const digits = hex
    ? `0x${hex}`
    : octal
      ? `0o${octal}`
      : binary
        ? `0b${binary}`
        : oldOctal
          ? `0o${oldOctal}`
          : decimal!;
  const size = BigInt(digits);
  const value = sign === "-" ? -size : size;
  if (value < -(2n ** 63n) || value >= 2n ** 64n || (sign === "+" && value >= 2n ** 63n)) return undefined;
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function isTimestamp(text: string): boolean {
  return /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?)?$/.test(
    text,
  );
}

/** UTF-8 text; undefined when it is neither that nor base64. */
export function decodeBase64(text: string): string | undefined {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const compact = text.replace(/[\r\n]/g, "");
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return undefined;
  let bits = 0;
  let count = 0;
  const bytes: string[] = [];
  for (const c of compact.replace(/=+$/, "")) {
    bits = ((bits << 6) | alphabet.indexOf(c)) & 0xffffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push(`%${((bits >> count) & 255).toString(16).padStart(2, "0")}`);
    }
  }
  try {
    return decodeURIComponent(bytes.join(""));
  } catch {
    return undefined;
  }
}

/** fmt's %#v of what go-yaml makes of a value: shown when a list or mapping is used as a key. */
function goSyntax(value: GoValue): string {
  if (value === null) return "interface {}(nil)";
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (value instanceof GoMap) {
    const entries = [...value.entries]
      .map(([key, item]) => [goSyntax(key), goSyntax(item)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `map[interface {}]interface {}{${entries.map(([key, item]) => `${key}:${item}`).join(", ")}}`;
  }
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
