/**
 * JSON Patch (RFC 6902) as the API server applies it: evanphx/json-patch v4, with that library's error texts. Array
 * indexes may be negative there (-1 is the last element), which the RFC does not know.
 */

/** `stage` tells the server's two answers apart: 400 when the patch cannot be read, 422 when it does not apply. */
export type JsonPatchResult =
  | { readonly value: unknown }
  | { readonly error: string; readonly stage: "decode" | "apply" };

interface Operation {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: unknown;
}

type Doc = Record<string, unknown> | unknown[];

class PatchFault {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** API server: maxJSONPatchOperations. */
const maxOperations = 10_000;
const missing = "missing value";

/** Applies `patchText` to a copy of `document`; the document itself is not touched. */
export function applyJsonPatch(document: unknown, patchText: string): JsonPatchResult {
  let patch: unknown;
  try {
    patch = JSON.parse(patchText);
  } catch {
    return { error: "error decoding patch: invalid JSON", stage: "decode" };
  }
  if (!Array.isArray(patch)) {
    const what = patch === null ? "null" : typeof patch;
    const text = `json: cannot unmarshal ${what} into Go value of type jsonpatch.Patch`;
    return { error: text, stage: "decode" };
  }
  if (patch.length > maxOperations) {
    const text = `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`;
    return { error: text, stage: "decode" };
  }
  const root = { value: structuredClone(document) };
  try {
    for (const operation of patch) apply(root, (operation ?? {}) as Operation);
  } catch (fault) {
    if (fault instanceof PatchFault) return { error: fault.text, stage: "apply" };
    throw fault;
  }
  return { value: root.value };
}

function apply(root: { value: unknown }, operation: Operation): void {
  const { op } = operation;
  if (typeof operation.path !== "string") throw new PatchFault(`${op} operation failed to decode path: ${missing}`);
  const path = operation.path;
  switch (op) {
    case "add":
      if (path === "") root.value = structuredClone(operation.value);
      else add(root, path, structuredClone(operation.value), "add");
      return;
    case "remove":
      remove(root, path, "remove");
      return;
    case "replace":
      if (path === "") root.value = structuredClone(operation.value);
      else replace(root, path, structuredClone(operation.value));
      return;
    case "move": {
      const value = read(root, fromOf(operation), "move");
      remove(root, fromOf(operation), "move");
      add(root, path, value, "move");
      return;
    }
    case "copy":
      add(root, path, structuredClone(read(root, fromOf(operation), "copy")), "copy");
      return;
    case "test":
      test(root, path, operation.value);
      return;
    default:
      throw new PatchFault(`Unexpected kind: ${op}`);
  }
}

function fromOf(operation: Operation): string {
  if (typeof operation.from !== "string")
    throw new PatchFault(`${operation.op} operation failed to decode from: ${missing}`);
  return operation.from;
}

/** The container that holds the last word of a pointer, and that word; undefined when the way there does not exist. */
function locate(root: { value: unknown }, path: string): { container: Doc; key: string } | undefined {
  const words = path.split("/");
  if (words.length < 2) return undefined;
  let at: unknown = root.value;
  for (const word of words.slice(1, -1)) {
    if (Array.isArray(at)) at = at[indexOf(at, unescapeWord(word), at.length - 1) ?? at.length];
    else if (isDoc(at))
      at = Object.hasOwn(at, unescapeWord(word)) ? (at as Record<string, unknown>)[unescapeWord(word)] : undefined;
    else return undefined;
  }
  return isDoc(at) ? { container: at, key: unescapeWord(words.at(-1)!) } : undefined;
}

function isDoc(value: unknown): value is Doc {
  return typeof value === "object" && value !== null;
}

function unescapeWord(word: string): string {
  return word.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** A place in an array, from 0 to `last`; undefined when the word is no such place. */
function indexOf(array: readonly unknown[], word: string, last: number): number | undefined {
  if (!/^-?\d+$/.test(word)) return undefined;
  const index = Number(word);
  const place = index < 0 ? array.length + index : index;
  return place >= 0 && place <= last ? place : undefined;
}

function outOfRange(word: string): string {
  if (!/^-?\d+$/.test(word)) return `strconv.Atoi: parsing ${JSON.stringify(word)}: invalid syntax`;
  return `Unable to access invalid index: ${word}: invalid index referenced`;
}

function add(root: { value: unknown }, path: string, value: unknown, op: string): void {
  const place = locate(root, path);
  if (!place) throw new PatchFault(`${op} operation does not apply: doc is missing path: "${path}": ${missing}`);
  const { container, key } = place;
  if (!Array.isArray(container)) {
    define(container, key, value);
    return;
  }
  // A negative index counts from the end of the array as it will be.
  const index = key === "-" ? container.length : indexOf([...container, value], key, container.length);
  if (index === undefined) throw new PatchFault(`error in ${op} for path: '${path}': ${outOfRange(key)}`);
  container.splice(index, 0, value);
}

function remove(root: { value: unknown }, path: string, op: string): void {
  const place = locate(root, path);
  if (!place) throw new PatchFault(`${op} operation does not apply: doc is missing path: "${path}": ${missing}`);
  const { container, key } = place;
  if (Array.isArray(container)) {
    const index = indexOf(container, key, container.length - 1);
    if (index === undefined) throw new PatchFault(`error in ${op} for path: '${path}': ${outOfRange(key)}`);
    container.splice(index, 1);
  } else {
    if (!Object.hasOwn(container, key)) {
      throw new PatchFault(`error in ${op} for path: '${path}': Unable to remove nonexistent key: ${key}: ${missing}`);
    }
    delete container[key];
  }
}

function replace(root: { value: unknown }, path: string, value: unknown): void {
  const place = locate(root, path);
  if (!place) throw new PatchFault(`replace operation does not apply: doc is missing path: ${path}: ${missing}`);
  const { container, key } = place;
  if (Array.isArray(container)) {
    const index = indexOf(container, key, container.length - 1);
    if (index === undefined)
      throw new PatchFault(`replace operation does not apply: doc is missing key: ${path}: ${missing}`);
    container[index] = value;
  } else {
    if (!Object.hasOwn(container, key)) {
      throw new PatchFault(`replace operation does not apply: doc is missing key: ${path}: ${missing}`);
    }
    define(container, key, value);
  }
}

function read(root: { value: unknown }, path: string, op: string): unknown {
  const place = locate(root, path);
  if (!place) throw new PatchFault(`${op} operation does not apply: doc is missing from path: ${path}: ${missing}`);
  const found = valueAt(place.container, place.key);
  if (found === undefined) throw new PatchFault(`error in ${op} for path: '${path}': ${missing}`);
  return found;
}

function test(root: { value: unknown }, path: string, expected: unknown): void {
  const place = path === "" ? undefined : locate(root, path);
  if (path !== "" && !place)
    throw new PatchFault(`test operation for path: '${path}' does not apply: doc is missing path: ${missing}`);
  const found = place ? valueAt(place.container, place.key) : root.value;
  if (!equal(found ?? null, expected ?? null)) throw new PatchFault(`testing value ${path} failed: test failed`);
}

function valueAt(container: Doc, key: string): unknown {
  if (!Array.isArray(container)) return Object.hasOwn(container, key) ? container[key] : undefined;
  const index = indexOf(container, key, container.length - 1);
  return index === undefined ? undefined : container[index];
}

/** Sets an own property, `__proto__` too: keys come from a learner. */
function define(container: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
}

function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isDoc(a) || !isDoc(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(x);
  return keys.length === Object.keys(y).length && keys.every((key) => Object.hasOwn(y, key) && equal(x[key], y[key]));
}
