/** What each type of volume needs (pkg/apis/core/validation: validateVolumeSource and its kin). */
import { quantityOf } from "../api/quantity.ts";
import type { KeyToPath, Volume } from "../api/types.ts";
import { validateClaimTemplate } from "./claims.ts";
import { validateDownwardFile } from "./downwardFile.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported, required, tooLong } from "./fieldError.ts";
import { isLabel, isSubdomain, utf8Length } from "./formats.ts";
import { validateLocalNonReserved, validateLocalPath, validateMode, validateNoBacksteps } from "./localPath.ts";
import { faults } from "./metadata.ts";
import { validateProjected } from "./projectedVolume.ts";

/** In the order in which the server looks for a second source. */
export const volumeSources = [
  "emptyDir",
  "hostPath",
  "gitRepo",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "secret",
  "nfs",
  "iscsi",
  "glusterfs",
  "flocker",
  "persistentVolumeClaim",
  "rbd",
  "cinder",
  "cephfs",
  "quobyte",
  "downwardAPI",
  "fc",
  "flexVolume",
  "configMap",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "storageos",
  "projected",
  "scaleIO",
  "csi",
  "ephemeral",
  "image",
] as const;

export type VolumeSource = (typeof volumeSources)[number];

type Check<Name extends VolumeSource> = (source: NonNullable<Volume[Name]>, path: string) => FieldError[];

export function checkSource<Name extends VolumeSource>(volume: Volume, name: Name, path: string): FieldError[] {
  return (checks[name] as Check<Name>)(volume[name]!, path);
}

/** The fields that must not be empty; a check of more is put behind. */
function needs(...fields: string[]): (source: object, path: string) => FieldError[] {
  return (source, path) =>
    fields.flatMap((field) => {
      const value = (source as Record<string, unknown>)[field];
      const empty = Array.isArray(value) ? value.length === 0 : !value;
      return empty ? [required(`${path}.${field}`)] : [];
    });
}

const checks: { readonly [Name in VolumeSource]: Check<Name> } = {
  emptyDir: ({ sizeLimit }, path) =>
    sizeLimit !== undefined && quantityOf(sizeLimit).nano < 0n
      ? [forbiddenField(`${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity")]
      : [],
  hostPath: validateHostPath,
  gitRepo: (source, path) => [
    ...needs("repository")(source, path),
    ...validateLocalPath(source.directory ?? "", `${path}.directory`),
  ],
  gcePersistentDisk: (source, path) => [...needs("pdName")(source, path), ...partition(source.partition, path)],
  awsElasticBlockStore: (source, path) => [...needs("volumeID")(source, path), ...partition(source.partition, path)],
  secret: (source, path) => [
    ...needs("secretName")(source, path),
    ...validateMode(source.defaultMode, `${path}.defaultMode`),
    ...validateItems(source.items, `${path}.items`),
  ],
  nfs: (source, path) => [
    ...needs("server", "path")(source, path),
    ...(source.path?.startsWith("/")
      ? []
      : [invalidValue(`${path}.path`, source.path ?? "", "must be an absolute path")]),
  ],
  iscsi: validateIscsi,
  glusterfs: needs("endpoints", "path"),
  flocker: ({ datasetName = "", datasetUUID = "" }, path) => [
    ...(datasetName || datasetUUID ? [] : [required(path, "one of datasetName and datasetUUID is required")]),
    ...(datasetName && datasetUUID
      ? [invalidValue(path, "resource", "datasetName and datasetUUID can not be specified simultaneously")]
      : []),
    ...(datasetName.includes("/") ? [invalidValue(`${path}.datasetName`, datasetName, "must not contain '/'")] : []),
  ],
  persistentVolumeClaim: needs("claimName"),
  rbd: needs("monitors", "image"),
  cinder: (source, path) => [
    ...needs("volumeID")(source, path),
    ...(source.secretRef && !source.secretRef.name ? [required(`${path}.secretRef.name`)] : []),
  ],
  cephfs: needs("monitors"),
  quobyte: validateQuobyte,
  downwardAPI: ({ defaultMode, items }, path) => [
    ...validateMode(defaultMode, `${path}.defaultMode`),
    ...(items ?? []).flatMap((file) => validateDownwardFile(file, path)),
  ],
  fc: validateFibreChannel,
  flexVolume: (source, path) => [
    ...needs("driver")(source, path),
    ...Object.keys(source.options ?? {})
      .sort()
      .filter((key) => /(^|\.)(kubernetes|k8s)\.io$/.test(key.split("/")[0]!.toLowerCase()))
      .map((key) => invalidValue(`${path}.options[${key}]`, key, "kubernetes.io and k8s.io namespaces are reserved")),
  ],
  configMap: (source, path) => [
    ...needs("name")(source, path),
    ...validateMode(source.defaultMode, `${path}.defaultMode`),
    ...validateItems(source.items, `${path}.items`),
  ],
  azureFile: needs("secretName", "shareName"),
  vsphereVolume: needs("volumePath"),
  photonPersistentDisk: needs("pdID"),
  portworxVolume: needs("volumeID"),
  azureDisk: validateAzureDisk,
  storageos: ({ volumeName, volumeNamespace, secretRef }, path) => [
    ...(volumeName ? faults(`${path}.volumeName`, volumeName, isLabel) : [required(`${path}.volumeName`)]),
    ...(volumeNamespace ? faults(`${path}.volumeNamespace`, volumeNamespace, isLabel) : []),
    ...(secretRef && !secretRef.name ? [required(`${path}.secretRef.name`)] : []),
  ],
  projected: validateProjected,
  scaleIO: needs("gateway", "system", "volumeName"),
  csi: validateCsi,
  ephemeral: ({ volumeClaimTemplate }, path) =>
    volumeClaimTemplate
      ? validateClaimTemplate(volumeClaimTemplate, `${path}.volumeClaimTemplate`)
      : [required(`${path}.volumeClaimTemplate`)],
  image: ({ reference, pullPolicy }, path) => [
    ...(reference ? [] : [required(`${path}.reference`)]),
    ...validatePullPolicy(pullPolicy, `${path}.pullPolicy`),
  ],
};

const pullPolicies = ["Always", "IfNotPresent", "Never"];

/** Of containers and image volumes. */
export function validatePullPolicy(policy: string | undefined, path: string): FieldError[] {
  if (!policy) return [required(path)];
  return pullPolicies.includes(policy) ? [] : [notSupported(path, policy, pullPolicies)];
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

const within255 = (value: number) => value >= 0 && value <= 255;
const lunRange = "must be between 0 and 255, inclusive";

function partition(number: number | undefined, path: string): FieldError[] {
  return within255(number ?? 0)
    ? []
    : [invalidValue(`${path}.partition`, number, "must be between 1 and 255, inclusive")];
}

function validateItems(items: readonly KeyToPath[] | undefined, path: string): FieldError[] {
  return (items ?? []).flatMap((item, i) => validateKeyToPath(item, `${path}[${i}]`));
}

export function validateKeyToPath(item: KeyToPath, path: string): FieldError[] {
  return [
    ...needs("key", "path")(item, path),
    ...validateLocalNonReserved(item.path ?? "", `${path}.path`),
    ...validateMode(item.mode, `${path}.mode`),
  ];
}

const iscsiNames: readonly [string, RegExp][] = [
  ["iqn", /^iqn\.\d{4}-\d{2}\.[a-zA-Z0-9.-]+(:[^,;*&$|\s]+)$/],
  ["eui", /^eui.[a-zA-Z0-9]{16}$/],
  ["naa", /^naa.[a-zA-Z0-9]{32}$/],
];

function iscsiName(name: string, path: string): FieldError[] {
  const form = iscsiNames.find(([prefix]) => name.startsWith(prefix));
  if (!form) return [invalidValue(path, name, "must be valid format starting with iqn, eui, or naa")];
  return form[1].test(name) ? [] : [invalidValue(path, name, "must be valid format")];
}

function validateIscsi(source: NonNullable<Volume["iscsi"]>, path: string): FieldError[] {
  const errors = needs("targetPortal", "iqn")(source, path);
  if (source.iqn) errors.push(...iscsiName(source.iqn, `${path}.iqn`));
  if (!within255(source.lun)) errors.push(invalidValue(`${path}.lun`, source.lun, lunRange));
  if ((source.chapAuthDiscovery || source.chapAuthSession) && !source.secretRef)
    errors.push(required(`${path}.secretRef`));
  // The server writes this one in small letters.
  if (source.initiatorName !== undefined) errors.push(...iscsiName(source.initiatorName, `${path}.initiatorname`));
  return errors;
}

const hostPortPairs = "must be a host:port pair or multiple pairs separated by commas";
/** A tenant is a UUID. */
const LONGEST_TENANT = 64;

function validateQuobyte(source: NonNullable<Volume["quobyte"]>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!source.registry) errors.push(required(`${path}.registry`, hostPortPairs));
  else if ((source.tenant?.length ?? 0) > LONGEST_TENANT)
    errors.push(required(`${path}.tenant`, "must be a UUID and may not exceed a length of 64 characters"));
  else
    for (const pair of source.registry.split(","))
      if (!/^(\[[^[\]]*\]|[^:[\]]*):[^:]*$/.test(pair))
        errors.push(invalidValue(`${path}.registry`, source.registry, hostPortPairs));
  return [...errors, ...needs("volume")(source, path)];
}

function validateFibreChannel(source: NonNullable<Volume["fc"]>, path: string): FieldError[] {
  const { targetWWNs = [], wwids = [], lun } = source;
  const at = `${path}.targetWWNs`;
  const errors: FieldError[] = [];
  if (targetWWNs.length === 0 && wwids.length === 0)
    errors.push(required(at, "must specify either targetWWNs or wwids, but not both"));
  if (targetWWNs.length > 0 && wwids.length > 0)
    errors.push(invalidValue(at, targetWWNs, "targetWWNs and wwids can not be specified simultaneously"));
  if (targetWWNs.length > 0) {
    if (lun === undefined) errors.push(required(`${path}.lun`, "lun is required if targetWWNs is specified"));
    else if (!within255(lun)) errors.push(invalidValue(`${path}.lun`, lun, lunRange));
  }
  return errors;
}

const cachingModes = ["None", "ReadOnly", "ReadWrite"];
const diskKinds = ["Dedicated", "Managed", "Shared"];

function validateAzureDisk(source: NonNullable<Volume["azureDisk"]>, path: string): FieldError[] {
  const errors = needs("diskName", "diskURI")(source, path);
  const { cachingMode, kind, diskURI = "" } = source;
  if (cachingMode !== undefined && !cachingModes.includes(cachingMode))
    errors.push(notSupported(`${path}.cachingMode`, cachingMode, cachingModes));
  if (kind !== undefined && !diskKinds.includes(kind)) errors.push(notSupported(`${path}.kind`, kind, diskKinds));
  if (kind === "Managed" && !diskURI.startsWith("/subscriptions/"))
    errors.push(
      notSupported(`${path}.diskURI`, diskURI, [
        "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}",
      ]),
    );
  if (kind !== undefined && kind !== "Managed" && !diskURI.startsWith("https://"))
    errors.push(
      notSupported(`${path}.diskURI`, diskURI, [
        "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd",
      ]),
    );
  return errors;
}

const LONGEST_DRIVER = 63;

function validateCsi({ driver, nodePublishSecretRef }: NonNullable<Volume["csi"]>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!driver) errors.push(required(`${path}.driver`));
  else {
    if (utf8Length(driver) > LONGEST_DRIVER) errors.push(tooLong(`${path}.driver`, LONGEST_DRIVER));
    for (const fault of isSubdomain(driver.toLowerCase())) errors.push(invalidValue(`${path}.driver`, driver, fault));
  }
  if (nodePublishSecretRef) {
    if (!nodePublishSecretRef.name) errors.push(required(`${path}.nodePublishSecretRef.name`));
    else errors.push(...faults(`${path}.name`, nodePublishSecretRef.name, isSubdomain));
  }
  return errors;
}
