/** Volumes, and where containers mount them. */
import { quantityOf } from "../api/quantity.ts";
import type { Container, DownwardAPIVolumeFile, KeyToPath, Volume, VolumeProjection } from "../api/types.ts";
import {
  resourceFields,
  validateFieldRef,
  validateLocalPath,
  validateNoBacksteps,
  validateResourceFieldRef,
} from "./env.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundValue,
  notSupported,
  required,
} from "./fieldError.ts";
import { isLabel } from "./formats.ts";
import { faults } from "./metadata.ts";

/** In the order in which the server looks for a second source. */
const sourceOrder = [
  "emptyDir",
  "hostPath",
  "gitRepo",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "secret",
  "nfs",
  "iscsi",
  "glusterfs",
  "persistentVolumeClaim",
  "rbd",
  "cinder",
  "cephfs",
  "flocker",
  "downwardAPI",
  "fc",
  "flexVolume",
  "configMap",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "quobyte",
  "azureDisk",
  "storageos",
  "scaleIO",
  "projected",
  "csi",
  "ephemeral",
  "image",
] as const;

/** Errors, and the names of volumes that are well named: mounts of others are not found. */
export function validateVolumes(
  volumes: readonly Volume[] | undefined,
  path: string,
): { errors: FieldError[]; named: Map<string, Volume> } {
  const errors: FieldError[] = [];
  const named = new Map<string, Volume>();
  for (const [i, volume] of (volumes ?? []).entries()) {
    const at = `${path}[${i}]`;
    const own = validateSource(volume, at);
    if (!volume.name) own.push(required(`${at}.name`));
    else own.push(...faults(`${at}.name`, volume.name, isLabel));
    if (volume.name && named.has(volume.name)) own.push(duplicate(`${at}.name`, volume.name));
    errors.push(...own);
    if (own.length === 0) named.set(volume.name, volume);
  }
  return { errors, named };
}

function validateSource(volume: Volume, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const source of sourceOrder) {
    if (!volume[source]) continue;
    if (count > 0) errors.push(forbiddenField(`${path}.${source}`, "may not specify more than 1 volume type"));
    else errors.push(...validateOne(volume, source, `${path}.${source}`));
    count++;
  }
  if (count === 0) errors.push(required(path, "must specify a volume type"));
  return errors;
}

function validateOne(volume: Volume, source: (typeof sourceOrder)[number], path: string): FieldError[] {
  const missing = (fields: Record<string, unknown>) =>
    Object.keys(fields).flatMap((name) => (fields[name] ? [] : [required(`${path}.${name}`)]));
  switch (source) {
    case "emptyDir": {
      const limit = volume.emptyDir!.sizeLimit;
      return limit !== undefined && quantityOf(limit).nano < 0n
        ? [forbiddenField(`${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity")]
        : [];
    }
    case "hostPath":
      return validateHostPath(volume.hostPath!, path);
    case "secret":
      return [
        ...missing({ secretName: volume.secret!.secretName }),
        ...validateMode(volume.secret!.defaultMode, `${path}.defaultMode`),
        ...validateItems(volume.secret!.items, `${path}.items`),
      ];
    case "configMap":
      return [
        ...missing({ name: volume.configMap!.name }),
        ...validateMode(volume.configMap!.defaultMode, `${path}.defaultMode`),
        ...validateItems(volume.configMap!.items, `${path}.items`),
      ];
    case "downwardAPI":
      return [
        ...validateMode(volume.downwardAPI!.defaultMode, `${path}.defaultMode`),
        ...(volume.downwardAPI!.items ?? []).flatMap((file) => validateDownwardFile(file, path)),
      ];
    case "persistentVolumeClaim":
      return missing({ claimName: volume.persistentVolumeClaim!.claimName });
    case "projected":
      return validateProjected(volume, path);
    case "image":
      return validateImage(volume, path);
    case "nfs": {
      const { server, path: exported } = volume.nfs!;
      const errors = missing({ server, path: exported });
      if (exported && !exported.startsWith("/"))
        errors.push(invalidValue(`${path}.path`, exported, "must be an absolute path"));
      return errors;
    }
    case "csi":
      return missing({ driver: volume.csi!.driver });
    case "gitRepo":
      return [
        ...missing({ repository: volume.gitRepo!.repository }),
        ...validateLocalPath(volume.gitRepo!.directory ?? "", `${path}.directory`),
      ];
    case "ephemeral":
      return validateEphemeral(volume, path);
    case "awsElasticBlockStore":
      return missing({ volumeID: volume.awsElasticBlockStore!.volumeID });
    case "gcePersistentDisk":
      return missing({ pdName: volume.gcePersistentDisk!.pdName });
    case "cinder":
      return missing({ volumeID: volume.cinder!.volumeID });
    case "azureFile":
      return missing({ secretName: volume.azureFile!.secretName, shareName: volume.azureFile!.shareName });
    case "iscsi":
      return missing({ targetPortal: volume.iscsi!.targetPortal, iqn: volume.iscsi!.iqn });
    case "glusterfs":
      return missing({ endpoints: volume.glusterfs!.endpoints, path: volume.glusterfs!.path });
    default:
      return [];
  }
}

const hostPathTypes = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

function validateHostPath({ path: target, type }: NonNullable<Volume["hostPath"]>, path: string): FieldError[] {
  if (!target) return [required(`${path}.path`)];
  const errors = validateNoBacksteps(target, `${path}.path`);
  if (type !== undefined && !hostPathTypes.includes(type))
    errors.push(notSupported(`${path}.type`, type, hostPathTypes));
  return errors;
}

function validateMode(mode: number | undefined, path: string): FieldError[] {
  return mode !== undefined && (mode < 0 || mode > 0o777)
    ? [invalidValue(path, mode, "must be a number between 0 and 0777 (octal), both inclusive")]
    : [];
}

function validateItems(items: readonly KeyToPath[] | undefined, path: string): FieldError[] {
  return (items ?? []).flatMap((item, i) => validateKeyToPath(item, `${path}[${i}]`));
}

function validateKeyToPath(item: KeyToPath, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!item.key) errors.push(required(`${path}.key`));
  if (!item.path) errors.push(required(`${path}.path`));
  errors.push(...validateLocalNonReserved(item.path ?? "", `${path}.path`), ...validateMode(item.mode, `${path}.mode`));
  return errors;
}

/** Names that begin with two dots are the kubelet's own. */
function validateLocalNonReserved(target: string, path: string): FieldError[] {
  const errors = validateLocalPath(target, path);
  if (target.startsWith("..") && !target.startsWith("../") && target !== "..")
    errors.push(invalidValue(path, target, "must not start with '..'"));
  return errors;
}

const downwardFields = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];

function validateDownwardFile(file: DownwardAPIVolumeFile, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!file.path) errors.push(required(`${path}.path`));
  errors.push(...validateLocalNonReserved(file.path ?? "", `${path}.path`));
  if (file.fieldRef) {
    errors.push(...validateFieldRef(file.fieldRef, downwardFields, `${path}.fieldRef`));
    if (file.resourceFieldRef)
      errors.push(invalidValue(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
  } else if (file.resourceFieldRef)
    errors.push(...validateResourceFieldRef(file.resourceFieldRef, resourceFields, `${path}.resourceFieldRef`, true));
  else errors.push(required(path, "one of fieldRef and resourceFieldRef is required"));
  errors.push(...validateMode(file.mode, `${path}.mode`));
  return errors;
}

function validateProjected(volume: Volume, path: string): FieldError[] {
  const errors = validateMode(volume.projected!.defaultMode, `${path}.defaultMode`);
  const paths = new Set<string>();
  const once = (target: string | undefined, at: string) => {
    if (!target) return;
    if (paths.has(target)) errors.push(invalidValue(at, target, "conflicting duplicate paths"));
    paths.add(target);
  };
  for (const [i, source] of (volume.projected!.sources ?? []).entries())
    errors.push(...validateProjection(source, `${path}.sources[${i}]`, once));
  return errors;
}

const projections = [
  "secret",
  "configMap",
  "downwardAPI",
  "serviceAccountToken",
  "clusterTrustBundle",
  "podCertificate",
] as const;
/** Of tokens: ten minutes at least, and no more seconds than 32 bits hold. */
const TOKEN_SECONDS = { least: 600, most: 2 ** 32 };

function validateProjection(
  source: VolumeProjection,
  path: string,
  once: (target: string | undefined, at: string) => void,
): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const name of projections) {
    if (!source[name]) continue;
    const at = `${path}.${name}`;
    if (count++ > 0) {
      errors.push(forbiddenField(at, "may not specify more than 1 volume type"));
      continue;
    }
    if (name === "secret" || name === "configMap") {
      const projection = source[name]!;
      if (!projection.name) errors.push(required(`${at}.name`));
      for (const [j, item] of (projection.items ?? []).entries()) {
        errors.push(...validateKeyToPath(item, `${at}.items[${j}]`));
        once(item.path, path);
      }
    } else if (name === "downwardAPI")
      for (const file of source.downwardAPI!.items ?? []) {
        errors.push(...validateDownwardFile(file, at));
        once(file.path, path);
      }
    else if (name === "serviceAccountToken") {
      const { expirationSeconds = 3600, path: target } = source.serviceAccountToken!;
      if (expirationSeconds < TOKEN_SECONDS.least)
        errors.push(
          invalidValue(`${at}.expirationSeconds`, expirationSeconds, "may not specify a duration less than 10 minutes"),
        );
      if (expirationSeconds > TOKEN_SECONDS.most)
        errors.push(
          invalidValue(
            `${at}.expirationSeconds`,
            expirationSeconds,
            "may not specify a duration larger than 2^32 seconds",
          ),
        );
      if (!target) errors.push(required(`${at}.path`));
      else errors.push(...validateLocalNonReserved(target, `${at}.path`));
      once(target, path);
    }
  }
  if (count === 0) errors.push(required(path, "must specify a volume type"));
  return errors;
}

const pullPolicies = ["Always", "IfNotPresent", "Never"];

function validateImage(volume: Volume, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { reference = "", pullPolicy } = volume.image!;
  if (!reference) errors.push(required(`${path}.reference`));
  else if (reference !== reference.trim())
    errors.push(invalidValue(`${path}.reference`, reference, "must not have leading or trailing whitespace"));
  if (!pullPolicy) errors.push(required(`${path}.pullPolicy`));
  else if (!pullPolicies.includes(pullPolicy))
    errors.push(notSupported(`${path}.pullPolicy`, pullPolicy, pullPolicies));
  return errors;
}

function validateEphemeral(volume: Volume, path: string): FieldError[] {
  const template = volume.ephemeral!.volumeClaimTemplate;
  if (!template) return [required(`${path}.volumeClaimTemplate`)];
  const errors: FieldError[] = [];
  if (!template.spec?.accessModes?.length)
    errors.push(required(`${path}.volumeClaimTemplate.spec.accessModes`, "at least 1 access mode is required"));
  if (!template.spec?.resources?.requests?.storage)
    errors.push(required(`${path}.volumeClaimTemplate.spec.resources[storage]`));
  return errors;
}

const propagations = ["Bidirectional", "HostToContainer", "None"];

export function validateVolumeMounts(
  container: Container,
  volumes: ReadonlyMap<string, Volume>,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const mountPaths = new Set<string>();
  const devicePaths = new Set((container.volumeDevices ?? []).map(({ devicePath }) => devicePath));
  const deviceNames = new Set((container.volumeDevices ?? []).map(({ name }) => name));
  for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
    const at = `${path}[${i}]`;
    if (!mount.name) errors.push(required(`${at}.name`));
    const volume = volumes.get(mount.name);
    if (!volume) errors.push(notFoundValue(`${at}.name`, mount.name));
    if (!mount.mountPath) errors.push(required(`${at}.mountPath`));
    if (mountPaths.has(mount.mountPath))
      errors.push(invalidValue(`${at}.mountPath`, mount.mountPath, "must be unique"));
    mountPaths.add(mount.mountPath);
    if (deviceNames.has(mount.name))
      errors.push(invalidValue(`${at}.name`, mount.name, "must not already exist in volumeDevices"));
    if (devicePaths.has(mount.mountPath))
      errors.push(
        invalidValue(`${at}.mountPath`, mount.mountPath, "must not already exist as a path in volumeDevices"),
      );
    // The server's own paths name no index here.
    if (mount.subPath) errors.push(...validateLocalPath(mount.subPath, `${path}.subPath`));
    if (mount.subPathExpr) {
      if (mount.subPath)
        errors.push(
          invalidValue(`${at}.subPathExpr`, mount.subPathExpr, "subPathExpr and subPath are mutually exclusive"),
        );
      errors.push(...validateLocalPath(mount.subPathExpr, `${path}.subPathExpr`));
    }
    if (mount.mountPropagation !== undefined)
      errors.push(...validatePropagation(mount.mountPropagation, container, `${path}.mountPropagation`));
    errors.push(...validateRecursiveReadOnly(mount, `${path}.recursiveReadOnly`));
    if (volume?.image && (mount.mountPropagation ?? "None") !== "None")
      errors.push(
        invalidValue(`${path}.mountPropagation`, mount.mountPropagation, "must not be set for image volume mounts"),
      );
  }
  return errors;
}

function validatePropagation(mode: string, container: Container, path: string): FieldError[] {
  if (!propagations.includes(mode)) return [notSupported(path, mode, propagations)];
  if (mode === "Bidirectional" && container.securityContext?.privileged !== true)
    return [forbiddenField(path, "Bidirectional mount propagation is available only to privileged containers")];
  return [];
}

function validateRecursiveReadOnly(mount: NonNullable<Container["volumeMounts"]>[number], path: string): FieldError[] {
  const mode = mount.recursiveReadOnly as string | undefined;
  if (mode === undefined || mode === "Disabled") return [];
  if (mode !== "Enabled" && mode !== "IfPossible")
    return [notSupported(path, mode, ["Disabled", "Enabled", "IfPossible"])];
  const errors: FieldError[] = [];
  if (!mount.readOnly) errors.push(forbiddenField(path, "may only be specified when readOnly is true"));
  if ((mount.mountPropagation ?? "None") !== "None")
    errors.push(forbiddenField(path, "may only be specified when mountPropagation is None or not specified"));
  return errors;
}

export function validateVolumeDevices(
  container: Container,
  volumes: ReadonlyMap<string, Volume>,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  const paths = new Set<string>();
  for (const [i, device] of (container.volumeDevices ?? []).entries()) {
    const at = `${path}[${i}]`;
    if (!device.name) errors.push(required(`${at}.name`));
    if (names.has(device.name)) errors.push(invalidValue(`${at}.name`, device.name, "must be unique"));
    const volume = volumes.get(device.name);
    if (!volume) errors.push(notFoundValue(`${at}.name`, device.name));
    else if (!volume.persistentVolumeClaim && !volume.ephemeral)
      errors.push(
        invalidValue(
          `${at}.name`,
          device.name,
          "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode",
        ),
      );
    if (!device.devicePath) errors.push(required(`${at}.devicePath`));
    if (paths.has(device.devicePath))
      errors.push(invalidValue(`${at}.devicePath`, device.devicePath, "must be unique"));
    errors.push(...(device.devicePath ? validateNoBacksteps(device.devicePath, `${at}.devicePath`) : []));
    names.add(device.name);
    paths.add(device.devicePath);
  }
  return errors;
}
