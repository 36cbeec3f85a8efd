/** What kubectl or the API server refuses in a learner's file: their own words first, then the plain ones with the line. */
import { objectRefusal } from "../cluster/api/objectRefusal.ts";
import { explainRefusal } from "../cluster/validation/explain.ts";
import type { LearnerManifest } from "./learnerManifest.ts";
import type { Verdict } from "./types.ts";

export type Refusal = NonNullable<Verdict["rejected"]>;

/** @param value document `index` as it was handed in: a world may have edited it */
export function explainedRefusal(
  { message, fields }: { readonly message: string; readonly fields: readonly string[] },
  value: unknown,
  manifest: LearnerManifest,
  index: number,
): Refusal {
  return {
    message,
    plain: explainRefusal(message, fields, value).map(({ text, field }) => {
      const place = manifest.placeOfField(index, field ?? "");
      return place && field !== undefined ? { text, place } : { text };
    }),
  };
}

/** The first document beside the Pod that the server would not take. */
export function refusedBeside(manifest: LearnerManifest): Refusal | undefined {
  for (const [i, value] of manifest.documents.entries()) {
    if (i === 0) continue;
    const refusal = objectRefusal(value);
    if (refusal) return explainedRefusal(refusal, value, manifest, i);
  }
  return undefined;
}
