/**
 * Reads a static Pod's file (kubelet: pkg/kubelet/config/common.go): the first document, API defaults, validation, no
 * admission, no references to other API objects. Fields that nobody knows are passed over, as the kubelet does.
 */
import { partsOf } from "../../manifest/fieldPath.ts";
import { parseYaml } from "../../manifest/yamlParser.ts";
import { valueOf } from "../../manifest/yamlValue.ts";
import { copyOf, decodeObject, qosClassOf, staticPodDefaults, validateObject } from "../api/index.ts";
import type { ApiObject } from "../api/index.ts";
import type { Pod } from "../api/types.ts";

/** kubelet: pkg/kubelet/config/file.go, maxConfigLength. */
const maxBytes = 10 * 1024 * 1024;

/** What the kubelet adds to what the file says. */
export interface StaticOrigin {
  readonly nodeName: string;
  /** Of the file, on the node. */
  readonly path: string;
  /** The time, for the annotation `config.seen` and as the Pod's age. */
  readonly seen: string;
  readonly created: string;
  /** 32 hexadecimal digits for a text. */
  fingerprint(text: string): string;
}

export const staticAnnotation = {
  hash: "kubernetes.io/config.hash",
  mirror: "kubernetes.io/config.mirror",
  seen: "kubernetes.io/config.seen",
  source: "kubernetes.io/config.source",
} as const;

/** Undefined: no Pod, an invalid one, or one that may not be static; the kubelet only logs it. */
export function readStaticPod(text: string, origin: StaticOrigin): Pod | undefined {
  if (text.length > maxBytes) return undefined;
  const object = decodeLeniently(firstDocument(text));
  if (object?.kind !== "Pod") return undefined;
  const pod = withOrigin(staticPodDefaults(object as unknown as Pod), text, origin);
  if (!pod.spec || validateObject(pod as unknown as ApiObject).length > 0 || forbiddenReference(pod)) return undefined;
  return pod;
}

function firstDocument(text: string): unknown {
  try {
    const node = parseYaml(text);
    return node && valueOf(node).value;
  } catch {
    return undefined; // Not YAML: the parser's faults are exceptions.
  }
}

function decodeLeniently(value: unknown): ApiObject | undefined {
  let decoded = decodeObject(value);
  if ("status" in decoded && decoded.fault?.kind === "unknown") {
    const known = copyOf(value) as Record<string, unknown>;
    for (const path of decoded.fault.paths) dropField(known, partsOf(path));
    decoded = decodeObject(known);
  }
  return "object" in decoded ? decoded.object : undefined;
}

function dropField(value: unknown, path: readonly (string | number)[]): void {
  let at = value as Record<string | number, unknown> | undefined;
  for (const part of path.slice(0, -1)) at = at?.[part] as typeof at;
  if (at) delete at[path.at(-1)!];
}

/** Name, namespace, UID, annotations, node and toleration (kubelet: config/common.go, applyDefaults). */
function withOrigin(pod: Pod, text: string, { nodeName, path, seen, created, fingerprint }: StaticOrigin): Pod {
  const { metadata, spec } = pod;
  const uid = metadata.uid || fingerprint(`${text}host:${nodeName}file:${path}`);
  const tolerations = [...(spec?.tolerations ?? []), { effect: "NoExecute" as const, operator: "Exists" as const }];
  const annotations = {
    ...metadata.annotations,
    [staticAnnotation.hash]: uid,
    [staticAnnotation.seen]: seen,
    [staticAnnotation.source]: "file",
  };
  return {
    ...pod,
    metadata: {
      ...metadata,
      ...(metadata.name && { name: `${metadata.name}-${nodeName.toLowerCase()}` }),
      namespace: metadata.namespace || "default",
      uid,
      creationTimestamp: created,
      annotations,
    },
    spec: { ...spec, nodeName, tolerations },
    status: { phase: "Pending", qosClass: qosClassOf(spec) },
  };
}

/** What a static Pod may not reference (kubelet: pkg/api/pod/util.go, PreventStaticPodAPIReferences). */
function forbiddenReference(pod: Pod): string | undefined {
  const { spec } = pod;
  if (spec.serviceAccountName) return "a service account";
  if (spec.resourceClaims?.length) return "resource claims";
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    for (const source of container.envFrom ?? [])
      if (source.configMapRef || source.secretRef) return source.secretRef ? "secrets" : "configmaps";
    for (const { valueFrom } of container.env ?? []) {
      if (valueFrom?.configMapKeyRef) return "configmaps";
      if (valueFrom?.secretKeyRef) return "secrets";
    }
  }
  for (const volume of spec.volumes ?? []) {
    if (volume.configMap) return "configmaps";
    if (volume.secret) return "secrets";
    if (volume.persistentVolumeClaim || volume.ephemeral) return "persistent volume claims";
    if (volume.csi || volume.azureFile || volume.glusterfs) return "secrets";
    for (const source of volume.projected?.sources ?? []) if (!source.downwardAPI) return "secrets";
  }
  return undefined;
}
