/**
 * Fields that a Pod may use and the simulator accepts but does not act on: told once, by name. The test of this table
 * knows all fields of core v1's Pod, so a new one must be named here or there.
 */
import { type FieldSchema, structNamed } from "../cluster/api/schema.ts";

const volumeTypes =
  "awsElasticBlockStore azureDisk azureFile cephfs cinder csi ephemeral fc flexVolume flocker gcePersistentDisk gitRepo " +
  "glusterfs image iscsi nfs persistentVolumeClaim photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos " +
  "vsphereVolume";
const container = "volumeDevices";
const confinement = "appArmorProfile seLinuxOptions seccompProfile windowsOptions";

/** By structure, or by the field that holds it (`PodSpec.resources`) where that matters. */
export const notModelledFields: Readonly<Record<string, string>> = {
  ObjectMeta: "finalizers managedFields ownerReferences",
  PodSpec: "hostIPC hostUsers resourceClaims runtimeClassName schedulingGroup",
  "PodSpec.resources": "limits",
  PodSecurityContext: `${confinement} seLinuxChangePolicy supplementalGroupsPolicy`,
  Container: container,
  EphemeralContainer: container,
  SecurityContext: `${confinement} procMount`,
  Lifecycle: "stopSignal",
  ResourceRequirements: "claims",
  VolumeMount: "mountPropagation recursiveReadOnly",
  EnvVarSource: "fileKeyRef",
  Volume: volumeTypes,
  VolumeProjection: "clusterTrustBundle podCertificate",
};

/** What a field may say that makes no difference: the same as not naming it. */
const neutral: Readonly<Record<string, unknown>> = {
  hostIPC: false,
  hostUsers: true,
  procMount: "Default",
  supplementalGroupsPolicy: "Merge",
  mountPropagation: "None",
  recursiveReadOnly: "Disabled",
};

const sets = new Map(Object.entries(notModelledFields).map(([struct, names]) => [struct, new Set(names.split(" "))]));

export function isNotModelled(struct: string, field: string, holder?: string): boolean {
  return sets.get(struct)?.has(field) === true || (holder !== undefined && sets.get(holder)?.has(field) === true);
}

/** In the manifest's own paths: `spec.containers[0].volumeDevices`. */
export function notModelledIn(pod: unknown): string[] {
  const { metadata, spec } = (pod ?? {}) as { metadata?: unknown; spec?: unknown };
  return [...found("ObjectMeta", metadata, "metadata"), ...found("PodSpec", spec, "spec")];
}

function found(struct: string, value: unknown, at: string, holder?: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(structNamed(struct)?.fields ?? {}).flatMap(([name, schema]) => {
    const inner = (value as Record<string, unknown>)[name];
    if (inner === undefined || inner === null) return [];
    const path = `${at}.${name}`;
    if (isNotModelled(struct, name, holder)) return inner === neutral[name] ? [] : [path];
    return below(schema, inner, path, `${struct}.${name}`);
  });
}

function below(schema: FieldSchema, value: unknown, path: string, holder: string): string[] {
  if (schema.ref) return found(schema.ref, value, path, holder);
  const element = schema.items?.ref;
  if (!element || !Array.isArray(value)) return [];
  return value.flatMap((item, i) => found(element, item, `${path}[${i}]`, holder));
}
