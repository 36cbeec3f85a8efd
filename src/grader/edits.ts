/** A world's edits to the learner's documents. An edit whose place does not exist there is left out. */
import { findPaths, parsePath, valueAt, withValue } from "./fieldPath.ts";
import type { Edit } from "./types.ts";

/** Documents as data: the Pod first. */
export type Documents = readonly unknown[];

export function applyEdits(documents: Documents, edits: readonly Edit[] = []): Documents {
  let result = [...documents];
  for (const edit of edits) {
    const at = edit.of === undefined ? 0 : result.findIndex((document) => nameOfDocument(document) === edit.of);
    if (at >= 0) result = result.map((document, i) => (i === at ? applyEdit(document, edit) : document));
  }
  return result;
}

/** `ConfigMap/settings` */
export function nameOfDocument(document: unknown): string {
  const { kind, metadata } = (document ?? {}) as { kind?: unknown; metadata?: { name?: unknown } };
  return `${String(kind)}/${String(metadata?.name)}`;
}

function applyEdit(document: unknown, edit: Edit): unknown {
  const steps = parsePath("set" in edit ? edit.set : "remove" in edit ? edit.remove : edit.in) ?? [];
  let result = document;
  // From the last to the first, so that removing an item of a list does not move those still to come.
  for (const keys of findPaths(document, steps, "set" in edit).reverse()) {
    if ("set" in edit) result = withValue(result, keys, edit.to);
    else if ("remove" in edit) result = withValue(result, keys, undefined);
    else result = withValue(result, keys, replaceTexts(valueAt(result, keys), edit.replace, edit.with));
  }
  return result;
}

function replaceTexts(value: unknown, from: string, to: string): unknown {
  if (typeof value === "string") return value.split(from).join(to);
  if (Array.isArray(value)) return value.map((item) => replaceTexts(item, from, to));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceTexts(item, from, to)]));
  return value;
}
