/**
 * Strategic merge patch: objects merge, and a list whose schema names a merge key merges element by element. Knows the
 * directives `$patch`, `$retainKeys`, `$deleteFromPrimitiveList/…` and `$setElementOrder/…`. Fields without a schema
 * merge as JSON does (apimachinery, util/strategicpatch).
 */

/** The part of assets/core-v1-schema.json that merging needs. */
export interface MergeField {
  readonly ref?: string;
  readonly items?: { readonly ref?: string };
  readonly "patch-merge-key"?: string;
  readonly "patch-strategy"?: string;
}
export type MergeSchema = Readonly<
  Record<string, { readonly fields?: Readonly<Record<string, MergeField>> } | undefined>
>;

export type StrategicMergeResult = { readonly value: unknown } | { readonly error: string };

type Obj = Record<string, unknown>;

class MergeFault {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** `document` of the schema's type `type` with `patch` merged into a copy. */
export function applyStrategicMerge(
  document: Obj,
  patch: Obj,
  type: string,
  schema: MergeSchema,
): StrategicMergeResult {
  try {
    return { value: mergeObject(structuredClone(document), structuredClone(patch), type, schema) };
  } catch (fault) {
    if (fault instanceof MergeFault) return { error: fault.text };
    throw fault;
  }
}

function mergeObject(into: Obj, patch: Obj, type: string | undefined, schema: MergeSchema): Obj {
  if (patch.$patch === "replace") return without(patch, "$patch");
  if (patch.$patch === "delete") return {};
  if ("$patch" in patch && patch.$patch !== "merge")
    throw new MergeFault(`Unknown patch type: ${String(patch.$patch)}`);
  const out: Obj = { ...into };
  const retained = patch.$retainKeys;
  if (Array.isArray(retained)) for (const key of Object.keys(out)) if (!retained.includes(key)) delete out[key];
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith("$deleteFromPrimitiveList/")) {
      const name = key.slice(key.indexOf("/") + 1);
      const gone = Array.isArray(value) ? value : [];
      if (Array.isArray(out[name])) out[name] = (out[name] as unknown[]).filter((item) => !gone.includes(item));
    }
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith("$")) continue;
    if (value === null) delete out[key];
    else
      set(
        out,
        key,
        mergeValue(Object.hasOwn(out, key) ? out[key] : undefined, value, fieldOf(type, key, schema), schema),
      );
  }
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith("$setElementOrder/") || !Array.isArray(order)) continue;
    const name = key.slice(key.indexOf("/") + 1);
    const mergeKey = fieldOf(type, name, schema)?.["patch-merge-key"];
    if (Array.isArray(out[name])) out[name] = inOrder(out[name] as unknown[], order, mergeKey);
  }
  return out;
}

function mergeValue(before: unknown, patch: unknown, field: MergeField | undefined, schema: MergeSchema): unknown {
  if (isObject(patch)) return mergeObject(isObject(before) ? before : {}, patch, field?.ref, schema);
  if (!Array.isArray(patch)) return patch;
  if (!field?.["patch-strategy"]?.split(",").includes("merge")) return patch;
  const list = Array.isArray(before) ? before : [];
  const mergeKey = field["patch-merge-key"];
  if (mergeKey === undefined) return [...list, ...patch.filter((item) => !list.includes(item))];
  return mergeList(list, patch, mergeKey, field.items?.ref, schema);
}

function mergeList(
  list: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
  type: string | undefined,
  schema: MergeSchema,
): unknown[] {
  if (patch.some((item) => isObject(item) && item.$patch === "replace")) {
    return patch.filter((item) => !(isObject(item) && item.$patch === "replace"));
  }
  const out = [...list];
  for (const item of patch) {
    if (!isObject(item) || !(mergeKey in item)) {
      throw new MergeFault(`map: ${goMap(item)} does not contain declared merge key: ${mergeKey}`);
    }
    const at = out.findIndex((other) => isObject(other) && other[mergeKey] === item[mergeKey]);
    if (item.$patch === "delete") {
      if (at >= 0) out.splice(at, 1);
    } else if (at < 0) out.push(mergeObject({}, item, type, schema));
    else out[at] = mergeObject(out[at] as Obj, item, type, schema);
  }
  return out;
}

/** The elements named in `order` in that order; each of the others keeps its place behind the one it stood behind. */
function inOrder(list: readonly unknown[], order: readonly unknown[], mergeKey: string | undefined): unknown[] {
  const keyOf = (item: unknown) => (mergeKey !== undefined && isObject(item) ? item[mergeKey] : item);
  const places = order.map(keyOf);
  const named = list.filter((item) => places.includes(keyOf(item)));
  const sorted = named.sort((a, b) => places.indexOf(keyOf(a)) - places.indexOf(keyOf(b)));
  list.forEach((item, i) => {
    if (!places.includes(keyOf(item))) sorted.splice(Math.min(i, sorted.length), 0, item);
  });
  return sorted;
}

function fieldOf(type: string | undefined, key: string, schema: MergeSchema): MergeField | undefined {
  return type === undefined ? undefined : schema[type]?.fields?.[key];
}

function isObject(value: unknown): value is Obj {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function without(object: Obj, key: string): Obj {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

function set(object: Obj, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Go's %v of a map: `map[a:1 b:2]`. */
function goMap(value: unknown): string {
  if (!isObject(value)) return String(value);
  const keys = Object.keys(value).sort();
  return `map[${keys.map((key) => `${key}:${goMap(value[key])}`).join(" ")}]`;
}
