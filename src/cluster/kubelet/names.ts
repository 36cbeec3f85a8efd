/** How the kubelet names things in its messages (kubelet: pkg/kubelet/util/format/pod.go, container/ref.go). */
import type { ObjectReference, Pod } from "../api/types.ts";
import { podReference } from "../eventRecorder.ts";

/** `web_default(0a1b…)` */
export function podId(pod: Pod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
}

export function containerReference(pod: Pod, name: string): ObjectReference {
  const { initContainers = [], ephemeralContainers = [] } = pod.spec;
  const field = initContainers.some((c) => c.name === name)
    ? "initContainers"
    : ephemeralContainers.some((c) => c.name === name)
      ? "ephemeralContainers"
      : "containers";
  return podReference(pod, `spec.${field}{${name}}`);
}
