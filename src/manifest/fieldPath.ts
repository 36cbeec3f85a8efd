/** Go's field paths (`spec.containers[0].ports[1].name`, `limits[cpu]`) and where a document has them. */
import type { ManifestDocument, Path, Position } from "./readManifest.ts";

/** The parts of a path: `["spec", "containers", 0, "image"]`. What stands in brackets and is no number is a key. */
export function partsOf(field: string): (string | number)[] {
  const parts: (string | number)[] = [];
  const pattern = /\[([^\]]*)\]|([^.[\]]+)/g;
  for (const [, bracketed, name] of field.matchAll(pattern)) {
    if (bracketed === undefined) parts.push(name!);
    else parts.push(/^\d+$/.test(bracketed) ? Number(bracketed) : bracketed);
  }
  return parts;
}

/**
 * Where the field of a message is. When the document does not have it (a required field, one that was defaulted), the
 * nearest part above it that the document has; `exact` tells which.
 */
export function positionOfField(
  document: ManifestDocument,
  field: string,
): { position: Position; exact: boolean; path: Path } | undefined {
  const parts = candidates(document, partsOf(field));
  for (let length = parts.length; length >= 0; length--) {
    const path = parts.slice(0, length);
    const position = document.positionOf(path);
    if (position) return { position, exact: length === parts.length, path };
  }
  return undefined;
}

/** A key with dots in it was taken apart (unknown field `metadata.labels.a.b`): joins what the document has as one. */
function candidates(document: ManifestDocument, parts: (string | number)[]): (string | number)[] {
  for (let i = 0; i < parts.length; i++) {
    if (document.positionOf(parts.slice(0, i + 1))) continue;
    for (let j = parts.length; j > i + 1; j--) {
      const joined = [...parts.slice(0, i), parts.slice(i, j).join("."), ...parts.slice(j)];
      if (document.positionOf(joined.slice(0, i + 1))) return candidates(document, joined);
    }
    break;
  }
  return parts;
}
