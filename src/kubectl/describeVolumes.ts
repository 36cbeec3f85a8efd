/** The volume blocks of `kubectl describe pod`: a table of types, and the few that are more than a list of fields. */
import type { ProjectedVolumeSource, Volume } from "../cluster/api/types.ts";
import type { DescribeWriter } from "./describeWriter.ts";

type Source = Record<string, unknown>;
type VolumeType = Exclude<keyof Volume, "name">;
type Field = readonly [label: string, value: (source: Source) => unknown];

interface VolumeText {
  readonly type: string;
  readonly fields: readonly Field[];
}

const text = (key: string) => (source: Source) => source[key] ?? "";
const flag = (key: string) => (source: Source) => source[key] ?? false;
const number = (key: string) => (source: Source) => source[key] ?? 0;
const nameIn = (key: string) => (source: Source) => (source[key] as Source | undefined)?.name ?? "<nil>";
const fsType: Field = ["FSType", text("fsType")];
const readOnly: Field = ["ReadOnly", flag("readOnly")];

const volumeTexts: Partial<Record<VolumeType, VolumeText>> = {
  hostPath: {
    type: "HostPath (bare host directory volume)",
    fields: [
      ["Path", text("path")],
      ["HostPathType", (source) => source.type ?? "<none>"],
    ],
  },
  emptyDir: {
    type: "EmptyDir (a temporary directory that shares a pod's lifetime)",
    fields: [
      ["Medium", text("medium")],
      ["SizeLimit", (source) => source.sizeLimit || "<unset>"],
    ],
  },
  secret: {
    type: "Secret (a volume populated by a Secret)",
    fields: [
      ["SecretName", text("secretName")],
      ["Optional", flag("optional")],
    ],
  },
  configMap: {
    type: "ConfigMap (a volume populated by a ConfigMap)",
    fields: [
      ["Name", text("name")],
      ["Optional", flag("optional")],
    ],
  },
  persistentVolumeClaim: {
    type: "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
    fields: [["ClaimName", text("claimName")], readOnly],
  },
  image: {
    type: "Image (a container image or OCI artifact)",
    fields: [
      ["Reference", text("reference")],
      ["PullPolicy", text("pullPolicy")],
    ],
  },
  nfs: {
    type: "NFS (an NFS mount that lasts the lifetime of a pod)",
    fields: [["Server", text("server")], ["Path", text("path")], readOnly],
  },
  gcePersistentDisk: {
    type: "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
    fields: [["PDName", text("pdName")], fsType, ["Partition", number("partition")], readOnly],
  },
  awsElasticBlockStore: {
    type: "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
    fields: [["VolumeID", text("volumeID")], fsType, ["Partition", number("partition")], readOnly],
  },
  gitRepo: {
    type: "GitRepo (a volume that is pulled from git when the pod is created)",
    fields: [
      ["Repository", text("repository")],
      ["Revision", text("revision")],
    ],
  },
  glusterfs: {
    type: "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
    fields: [["EndpointsName", text("endpoints")], ["Path", text("path")], readOnly],
  },
  cephfs: {
    type: "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
    fields: [
      ["Monitors", (source) => `[${((source.monitors as string[] | undefined) ?? []).join(" ")}]`],
      ["Path", text("path")],
      ["User", text("user")],
      ["SecretFile", text("secretFile")],
      ["SecretRef", nameIn("secretRef")],
      readOnly,
    ],
  },
  csi: {
    type: "CSI (a Container Storage Interface (CSI) volume source)",
    fields: [["Driver", text("driver")], fsType, readOnly],
  },
};

export function describeVolumes(w: DescribeWriter, volumes: readonly Volume[] | undefined): void {
  if (!volumes?.length) {
    w.line(0, "Volumes:\t<none>");
    return;
  }
  w.line(0, "Volumes:");
  for (const volume of volumes) {
    w.line(1, `${volume.name}:`);
    describeVolume(w, volume);
  }
}

function describeVolume(w: DescribeWriter, volume: Volume): void {
  if (volume.projected) {
    w.line(2, "Type:\tProjected (a volume that contains injected data from multiple sources)");
    describeProjected(w, volume.projected);
    return;
  }
  if (volume.downwardAPI) {
    w.line(2, "Type:\tDownwardAPI (a volume populated by information about the pod)");
    w.line(2, "Items:");
    for (const { fieldRef, resourceFieldRef, path } of volume.downwardAPI.items ?? []) {
      w.line(3, `${fieldRef?.fieldPath ?? resourceFieldRef?.resource ?? ""} -> ${path}`);
    }
    return;
  }
  for (const [type, known] of Object.entries(volumeTexts)) {
    const source = volume[type as VolumeType] as Source | undefined;
    if (!source) continue;
    w.line(2, `Type:\t${known.type}`);
    for (const [label, value] of known.fields) w.line(2, `${label}:\t${value(source)}`);
    return;
  }
  w.line(1, "<unknown>");
}

function describeProjected(w: DescribeWriter, projected: ProjectedVolumeSource): void {
  for (const { secret, downwardAPI, configMap, serviceAccountToken } of projected.sources ?? []) {
    if (secret) {
      w.line(2, `SecretName:\t${secret.name ?? ""}`);
      w.line(2, `Optional:\t${secret.optional ?? false}`);
    } else if (downwardAPI) {
      w.line(2, "DownwardAPI:\ttrue");
    } else if (configMap) {
      w.line(2, `ConfigMapName:\t${configMap.name ?? ""}`);
      w.line(2, `Optional:\t${configMap.optional ?? false}`);
    } else if (serviceAccountToken) {
      w.line(2, `TokenExpirationSeconds:\t${serviceAccountToken.expirationSeconds ?? 3607}`);
    }
  }
}
