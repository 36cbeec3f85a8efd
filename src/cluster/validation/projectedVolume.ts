/**
 * Projected volumes (pkg/apis/core/validation: validateProjectionSources). Sources behind feature gates that are off
 * (clusterTrustBundle, podCertificate) are dropped before anything looks at them.
 */
import type { Volume, VolumeProjection } from "../api/types.ts";
import { validateDownwardFile } from "./downwardFile.ts";
import { type FieldError, forbiddenField, invalidValue, required } from "./fieldError.ts";
import { validateLocalNonReserved, validateMode } from "./localPath.ts";
import { validateKeyToPath } from "./volumeSources.ts";

const kinds = ["secret", "configMap", "downwardAPI", "serviceAccountToken"] as const;
/** Of tokens: ten minutes at least, and no more seconds than 32 bits hold. */
const TOKEN_SECONDS = { least: 600, most: 2 ** 32 };

export function validateProjected(
  { defaultMode, sources }: NonNullable<Volume["projected"]>,
  path: string,
): FieldError[] {
  const errors = validateMode(defaultMode, `${path}.defaultMode`);
  const paths = new Set<string>();
  /** Two files of one volume cannot lie at the same path; the message shows `value`, whatever it is. */
  const once = (target: string | undefined, value: string) => {
    if (!target) return;
    if (paths.has(target)) errors.push(invalidValue(path, value, "conflicting duplicate paths"));
    paths.add(target);
  };
  for (const [i, source] of (sources ?? []).entries()) {
    const at = `${path}.sources[${i}]`;
    for (const kind of ["secret", "configMap"] as const) {
      const projection = source[kind];
      if (!projection) continue;
      if (!projection.name) errors.push(required(`${at}.${kind}.name`));
      for (const [j, item] of (projection.items ?? []).entries()) {
        errors.push(...validateKeyToPath(item, `${at}.${kind}.items[${j}]`));
        once(item.path, projection.name ?? "");
      }
    }
    for (const file of source.downwardAPI?.items ?? []) {
      errors.push(...validateDownwardFile(file, `${at}.downwardAPI`));
      once(file.path, file.path);
    }
    errors.push(...validateToken(source, path, `${at}.serviceAccountToken`));
    if (kinds.filter((kind) => source[kind]).length > 1)
      errors.push(forbiddenField(at, "may not specify more than 1 volume type per source"));
  }
  return errors;
}

/** Of the token's path the server names the volume, not the source. */
function validateToken({ serviceAccountToken }: VolumeProjection, volume: string, path: string): FieldError[] {
  if (!serviceAccountToken) return [];
  const { expirationSeconds = 3600, path: target } = serviceAccountToken;
  const errors: FieldError[] = [];
  const at = `${path}.expirationSeconds`;
  if (expirationSeconds < TOKEN_SECONDS.least)
    errors.push(invalidValue(at, expirationSeconds, "may not specify a duration less than 10 minutes"));
  if (expirationSeconds > TOKEN_SECONDS.most)
    errors.push(invalidValue(at, expirationSeconds, "may not specify a duration larger than 2^32 seconds"));
  if (!target) errors.push(required(`${volume}.path`));
  else errors.push(...validateLocalNonReserved(target, `${volume}.path`));
  return errors;
}
