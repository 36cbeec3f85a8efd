/** What `kubectl apply` sends: deletions of what was applied before and is gone, and all that differs from the live object. */
import coreV1 from "../../assets/core-v1-schema.json" with { type: "json" };
import type { MergeField } from "../cluster/patch/strategicMerge.ts";

type Obj = Record<string, unknown>;
const schema = coreV1 as unknown as Record<string, { readonly fields?: Record<string, MergeField> } | undefined>;

/** An empty patch means that nothing changed. `type` is the structure's name: the kind. */
export function threeWayPatch(original: Obj, modified: Obj, current: Obj, type: string): Obj {
  return diffObject(original, modified, current, type);
}

function diffObject(original: Obj, modified: Obj, current: Obj, type: string | undefined): Obj {
  const patch: Obj = {};
  const fields = type ? schema[type]?.fields : undefined;
  for (const [key, value] of Object.entries(modified)) {
    const field = fields?.[key];
    const [was, is] = [original[key], current[key]];
    if (value === null) {
      if (is !== undefined && is !== null) patch[key] = null;
    } else if (isObject(value) && isObject(is)) {
      const inner = diffObject(isObject(was) ? was : {}, value, is, field?.ref);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (Array.isArray(value) && Array.isArray(is) && field?.["patch-strategy"]?.includes("merge")) {
      Object.assign(patch, diffList(key, Array.isArray(was) ? was : [], value, is, field));
    } else if (!equal(value, is)) patch[key] = value;
  }
  for (const key of Object.keys(original)) if (!(key in modified) && key in current) patch[key] = null;
  return patch;
}

function diffList(name: string, original: unknown[], modified: unknown[], current: unknown[], field: MergeField): Obj {
  const mergeKey = field["patch-merge-key"];
  if (!mergeKey) {
    const added = modified.filter((item) => !current.some((other) => equal(item, other)));
    const gone = original.filter((item) => !modified.some((other) => equal(item, other)));
    return {
      ...(added.length > 0 && { [name]: added }),
      ...(gone.length > 0 && { [`$deleteFromPrimitiveList/${name}`]: gone }),
    };
  }
  const keyed = (list: unknown[], key: unknown) =>
    list.find((item) => isObject(item) && item[mergeKey] === key) as Obj | undefined;
  const items: Obj[] = [];
  for (const item of modified) {
    if (!isObject(item)) continue;
    const is = keyed(current, item[mergeKey]);
    if (!is) items.push(item);
    else {
      const inner = diffObject(keyed(original, item[mergeKey]) ?? {}, item, is, field.items?.ref);
      if (Object.keys(inner).length > 0) items.push({ ...inner, [mergeKey]: item[mergeKey] });
    }
  }
  for (const item of original) {
    if (!isObject(item) || keyed(modified, item[mergeKey]) || !keyed(current, item[mergeKey])) continue;
    items.push({ $patch: "delete", [mergeKey]: item[mergeKey] });
  }
  if (items.length === 0) return {};
  const order = modified.map((item) => ({ [mergeKey]: (item as Obj)[mergeKey] }));
  return { [`$setElementOrder/${name}`]: order, [name]: items };
}

/** Quantities and numbers are compared as they are written. */
function equal(a: unknown, b: unknown): boolean {
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]));
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && equal(a[key], b[key]));
}

function isObject(value: unknown): value is Obj {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
