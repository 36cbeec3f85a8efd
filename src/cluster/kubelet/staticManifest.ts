/** Reads a static Pod's file (kubelet: pkg/kubelet/config/common.go): API defaults, no admission, no references to other API objects. */
import { parse } from "yaml";
import { decodeObject, qosClassOf, staticPodDefaults, validateObject } from "../api/index.ts";
import type { Pod } from "../api/types.ts";

/** kubelet: pkg/kubelet/config/file.go, maxConfigLength. */
const maxBytes = 10 * 1024 * 1024;

/** Undefined: no Pod, an invalid one, or one that may not be static; the kubelet only logs it. */
export function readStaticPod(text: string): Pod | undefined {
  if (text.length > maxBytes) return undefined;
  let value: unknown;
  try {
    value = parse(text, { version: "1.1", maxAliasCount: 100 });
  } catch {
    return undefined;
  }
  const decoded = decodeObject(value);
  if ("status" in decoded || decoded.object.kind !== "Pod") return undefined;
  const read = staticPodDefaults(decoded.object as unknown as Pod);
  const pod = { ...read, metadata: { ...read.metadata, namespace: read.metadata.namespace ?? "default" } };
  if (!pod.spec || validateObject(pod as never).length > 0 || forbiddenReference(pod)) return undefined;
  return { ...pod, status: { qosClass: qosClassOf(pod.spec) } };
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
