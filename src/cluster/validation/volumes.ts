/** Volumes: their names, and that each has one source (pkg/apis/core/validation: ValidateVolumes). */
import type { Volume } from "../api/types.ts";
import { duplicate, type FieldError, forbiddenField, invalidValue, required } from "./fieldError.ts";
import { isLabel, isSubdomain } from "./formats.ts";
import { faults } from "./metadata.ts";
import { checkSource, type VolumeSource, volumeSources } from "./volumeSources.ts";

/**
 * Errors, and the volumes that are well formed: mounts of others are not found.
 * @param podName undefined for Pod templates; claims of ephemeral volumes are named after the Pod
 */
export function validateVolumes(
  volumes: readonly Volume[] | undefined,
  path: string,
  podName?: string,
): { errors: FieldError[]; named: Map<string, Volume> } {
  const errors: FieldError[] = [];
  const named = new Map<string, Volume>();
  const created = new Set(
    podName ? (volumes ?? []).flatMap(({ ephemeral, name }) => (ephemeral ? `${podName}-${name}` : [])) : [],
  );
  for (const [i, volume] of (volumes ?? []).entries()) {
    const at = `${path}[${i}]`;
    const own = validateSource(volume, at, podName);
    if (!volume.name) own.push(required(`${at}.name`));
    else own.push(...faults(`${at}.name`, volume.name, isLabel));
    if (named.has(volume.name)) own.push(duplicate(`${at}.name`, volume.name));
    errors.push(...own);
    if (own.length === 0) named.set(volume.name, volume);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim !== undefined && created.has(claim))
      errors.push(
        invalidValue(
          `${at}.persistentVolumeClaim.claimName`,
          claim,
          "must not reference a PVC that gets created for an ephemeral volume",
        ),
      );
  }
  return { errors, named };
}

/** Where the server's paths are not the field's name. */
const pathOfSecond: Partial<Record<VolumeSource, string>> = { cephfs: "cephFS", downwardAPI: "downwarAPI" };
const pathOfFirst: Partial<Record<VolumeSource, string>> = { gcePersistentDisk: "persistentDisk" };
/** Of `<volume name>:<portal>`, with an initiator of one's own. */
const LONGEST_PORTAL = 64;

function validateSource(volume: Volume, path: string, podName: string | undefined): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const source of volumeSources) {
    if (!volume[source]) continue;
    if (count > 0)
      errors.push(
        forbiddenField(`${path}.${pathOfSecond[source] ?? source}`, "may not specify more than 1 volume type"),
      );
    else errors.push(...checkSource(volume, source, `${path}.${pathOfFirst[source] ?? source}`));
    if (source === "iscsi") errors.push(...portalLength(volume, path));
    if (source === "ephemeral" && count === 0) errors.push(...claimName(volume, path, podName));
    count++;
  }
  if (count === 0) errors.push(required(path, "must specify a volume type"));
  return errors;
}

function portalLength({ name, iscsi }: Volume, path: string): FieldError[] {
  return iscsi?.initiatorName !== undefined && `${name}:${iscsi.targetPortal}`.length > LONGEST_PORTAL
    ? [
        invalidValue(
          `${path}.name`,
          name,
          "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.",
        ),
      ]
    : [];
}

function claimName({ name }: Volume, path: string, podName: string | undefined): FieldError[] {
  if (!podName || !name) return [];
  const claim = `${podName}-${name}`;
  return isSubdomain(claim).map((fault) =>
    invalidValue(`${path}.name`, name, `PVC name ${JSON.stringify(claim)}: ${fault}`),
  );
}
