/** PersistentVolumeClaims, and their templates in ephemeral volumes. */
import { compareQuantities, formatQuantity, quantityOf } from "../api/quantity.ts";
import type { LabelSelector, ObjectMeta } from "../api/types.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported, required, Verbatim } from "./fieldError.ts";
import { isLabel, isSubdomain } from "./formats.ts";
import {
  faults,
  immutable,
  validateAnnotations,
  validateLabels,
  validateLabelSelector,
  validateMetadata,
  validateMetadataUpdate,
} from "./metadata.ts";
import { internalText } from "./internalJson.ts";
import { stable } from "./stable.ts";
import { unifiedDiff } from "./unifiedDiff.ts";

/** The parts that are looked at. */
interface ClaimSpec {
  readonly accessModes?: readonly string[];
  readonly selector?: LabelSelector;
  readonly resources?: { readonly requests?: Readonly<Record<string, string | number>> };
  readonly storageClassName?: string;
  readonly volumeMode?: string;
  readonly volumeName?: string;
  readonly dataSource?: DataSource;
  readonly dataSourceRef?: DataSource & { readonly namespace?: string };
  readonly volumeAttributesClassName?: string;
}

interface DataSource {
  readonly apiGroup?: string;
  readonly kind?: string;
  readonly name?: string;
}

export interface Claim {
  readonly metadata: ObjectMeta;
  readonly spec?: ClaimSpec;
  readonly status?: { readonly phase?: string; readonly capacity?: Readonly<Record<string, string | number>> };
}

const accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const volumeModes = ["Block", "Filesystem"];

export function validateClaim({ metadata, spec }: Claim): FieldError[] {
  return [...validateMetadata(metadata, true, isSubdomain), ...validateClaimSpec(spec ?? {}, "spec")];
}

export function validateClaimTemplate(
  { metadata, spec }: { metadata?: ObjectMeta; spec?: ClaimSpec },
  path: string,
): FieldError[] {
  const errors = [
    ...validateAnnotations(metadata?.annotations, `${path}.metadata.annotations`),
    ...validateLabels(metadata?.labels, `${path}.metadata.labels`),
  ];
  for (const field of Object.keys(metadata ?? {}))
    if (field !== "labels" && field !== "annotations")
      errors.push(forbiddenField(`${path}.metadata.${field}`, "cannot be set"));
  return [...errors, ...validateClaimSpec(spec ?? {}, `${path}.spec`)];
}

function validateClaimSpec(spec: ClaimSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const modes = spec.accessModes ?? [];
  if (modes.length === 0) errors.push(required(`${path}.accessModes`, "at least 1 access mode is required"));
  errors.push(...validateLabelSelector(spec.selector, `${path}.selector`));
  for (const mode of modes)
    if (!accessModes.includes(mode)) errors.push(notSupported(`${path}.accessModes`, mode, accessModes));
  if (
    modes.includes("ReadWriteOncePod") &&
    modes.some((mode) => mode !== "ReadWriteOncePod" && accessModes.includes(mode))
  )
    errors.push(forbiddenField(`${path}.accessModes`, "may not use ReadWriteOncePod with other access modes"));
  const storage = spec.resources?.requests?.storage;
  const at = `${path}.resources[storage]`;
  if (storage === undefined) errors.push(required(at));
  else if (quantityOf(storage).nano <= 0n)
    errors.push(invalidValue(at, formatQuantity(quantityOf(storage)), "must be greater than zero"));
  if (spec.storageClassName) errors.push(...faults(`${path}.storageClassName`, spec.storageClassName, isSubdomain));
  if (spec.volumeMode !== undefined && !volumeModes.includes(spec.volumeMode))
    errors.push(notSupported(`${path}.volumeMode`, spec.volumeMode, volumeModes));
  errors.push(...validateDataSources(spec, path));
  if (spec.volumeAttributesClassName)
    errors.push(...faults(`${path}.volumeAttributesClassName`, spec.volumeAttributesClassName, isSubdomain));
  return errors;
}

function validateDataSources({ dataSource, dataSourceRef }: ClaimSpec, path: string): FieldError[] {
  const errors = [
    ...validateDataSource(dataSource, `${path}.dataSource`),
    ...validateDataSource(dataSourceRef, `${path}.dataSourceRef`),
  ];
  const namespace = dataSourceRef?.namespace;
  if (namespace) errors.push(...faults(`${path}.dataSourceRef.namespace`, namespace, isLabel));
  // The server shows a path as the value, of which JSON has nothing.
  const value = new Verbatim("{}");
  if (dataSource && namespace)
    errors.push(invalidValue(path, value, "may not be specified when dataSourceRef.namespace is specified"));
  else if (
    dataSource &&
    dataSourceRef &&
    (["apiGroup", "kind", "name"] as const).some((field) => dataSource[field] !== dataSourceRef[field])
  )
    errors.push(invalidValue(path, value, "must match dataSourceRef"));
  return errors;
}

function validateDataSource(source: DataSource | undefined, path: string): FieldError[] {
  if (!source) return [];
  const errors: FieldError[] = [];
  if (!source.name) errors.push(required(`${path}.name`));
  if (!source.kind) errors.push(required(`${path}.kind`));
  if (!source.apiGroup && source.kind !== "PersistentVolumeClaim")
    errors.push(
      invalidValue(path, source.kind ?? "", "must be 'PersistentVolumeClaim' when referencing the default apiGroup"),
    );
  if (source.apiGroup) errors.push(...faults(`${path}.apiGroup`, source.apiGroup, isSubdomain));
  return errors;
}

/** Of a bound claim the request and the attributes class may change; nothing else of a spec does. */
export function validateClaimUpdate(claim: Claim, old: Claim): FieldError[] {
  const errors = [...validateMetadataUpdate(claim.metadata, old.metadata), ...validateClaim(claim)];
  const before = old.spec ?? {};
  const after: Record<string, unknown> = { ...claim.spec };
  if (claim.status?.phase === "Bound") {
    const requests = { ...claim.spec?.resources?.requests, storage: before.resources?.requests?.storage };
    after.resources = { ...claim.spec?.resources, requests };
    after.volumeAttributesClassName = before.volumeAttributesClassName;
  }
  // The controller binds a claim by setting this.
  const unchanged = before.volumeName ? before : { ...before, volumeName: claim.spec?.volumeName };
  if (stable(after) !== stable(unchanged))
    errors.push(
      forbiddenField(
        "spec",
        `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${unifiedDiff(
          internalText("PersistentVolumeClaimSpec", unchanged),
          internalText("PersistentVolumeClaimSpec", after),
        )}`,
      ),
    );
  const [size, was] = [claim, old].map(({ spec }) => quantityOf(spec?.resources?.requests?.storage));
  if (compareQuantities(size!, was!) < 0 && compareQuantities(size!, quantityOf(old.status?.capacity?.storage)) <= 0)
    errors.push(forbiddenField("spec.resources.requests.storage", "field can not be less than status.capacity"));
  if (claim.spec?.volumeMode !== before.volumeMode)
    errors.push(invalidValue("volumeMode", claim.spec?.volumeMode ?? null, immutable));
  return errors;
}
