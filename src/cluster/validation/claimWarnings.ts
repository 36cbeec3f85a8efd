/** Remarks on the storage that a claim asks for (pkg/api/persistentvolumeclaim). */
import { formatQuantity, isWhole, quantityOf } from "../api/quantity.ts";
import { goQuote } from "./fieldError.ts";

interface ClaimSpec {
  readonly resources?: { readonly requests?: Readonly<Record<string, string | number>> };
}

/** Of claims and of templates in ephemeral volumes. */
export function claimWarnings(spec: ClaimSpec | undefined, path: string): string[] {
  const storage = spec?.resources?.requests?.storage;
  if (storage === undefined || isWhole(quantityOf(storage))) return [];
  const text = goQuote(formatQuantity(quantityOf(storage)));
  return [`${path}.resources.requests[storage]: fractional byte value ${text} is invalid, must be an integer`];
}
