/** Fields that a Pod may use and the simulator accepts but does not act on: told once, by name. */

/** Paths as in a manifest; `[]` stands for each element. */
const paths: readonly string[] = [
  "spec.hostIPC",
  "spec.hostUsers",
  "spec.overhead",
  "spec.resourceClaims",
  "spec.runtimeClassName",
  "spec.securityContext.appArmorProfile",
  "spec.securityContext.seLinuxOptions",
  "spec.securityContext.seccompProfile",
  "spec.securityContext.windowsOptions",
  ...["containers", "initContainers"].flatMap((list) =>
    [
      "lifecycle.stopSignal",
      "resizePolicy",
      "securityContext.appArmorProfile",
      "securityContext.capabilities",
      "securityContext.procMount",
      "securityContext.seLinuxOptions",
      "securityContext.seccompProfile",
      "securityContext.windowsOptions",
      "volumeDevices",
    ].map((field) => `spec.${list}[].${field}`),
  ),
  ...[
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "csi",
    "ephemeral",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "gitRepo",
    "glusterfs",
    "image",
    "iscsi",
    "nfs",
    "persistentVolumeClaim",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
  ].map((type) => `spec.volumes[].${type}`),
];

/** In the manifest's own paths: `spec.containers[0].resizePolicy`. */
export function notModelledIn(pod: unknown): string[] {
  return paths.flatMap((path) => found(pod, path.split("."), ""));
}

function found(value: unknown, [step, ...rest]: readonly string[], at: string): string[] {
  if (step === undefined) return value === undefined || value === null ? [] : [at];
  if (typeof value !== "object" || value === null) return [];
  const list = step.endsWith("[]");
  const name = list ? step.slice(0, -2) : step;
  const next = (value as Record<string, unknown>)[name];
  const path = at ? `${at}.${name}` : name;
  if (!list) return found(next, rest, path);
  return Array.isArray(next) ? next.flatMap((element, i) => found(element, rest, `${path}[${i}]`)) : [];
}
