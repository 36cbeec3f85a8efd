/**
 * Pods that use more of the node's disk than they may (kubelet: pkg/kubelet/eviction/eviction_manager.go,
 * localStorageEviction): emptyDir volumes with a size limit, the Pod as a whole, each container. Pure.
 */
import { wholeValue } from "../api/quantity.ts";
import { podLimits } from "../api/resources.ts";
import type { Pod } from "../api/types.ts";

const RESOURCE = "ephemeral-storage";

/** Bytes in use. */
export interface StorageUse {
  /** A container's writable layer and log. */
  container(name: string): number;
  emptyDir(volume: string): number;
}

/** Whether there is anything to exceed. */
export function limitsStorage(pod: Pod): boolean {
  const { containers, initContainers = [], volumes = [] } = pod.spec;
  return (
    volumes.some((volume) => volume.emptyDir?.sizeLimit !== undefined) ||
    [...containers, ...initContainers].some((c) => c.resources?.limits?.[RESOURCE] !== undefined)
  );
}

/** The eviction's message, or undefined. */
export function storageExcess(pod: Pod, use: StorageUse): string | undefined {
  const { containers, initContainers = [], volumes = [] } = pod.spec;
  for (const { name, emptyDir } of volumes) {
    const limit = emptyDir?.sizeLimit;
    if (limit !== undefined && wholeValue(limit) > 0 && use.emptyDir(name) > wholeValue(limit))
      return `Usage of EmptyDir volume "${name}" exceeds the limit "${limit}". `;
  }
  const podLimit = podLimits(pod.spec)[RESOURCE];
  if (podLimit !== undefined) {
    const onDisk = volumes.filter(({ emptyDir }) => emptyDir && emptyDir.medium !== "Memory");
    const total =
      [...containers, ...initContainers].reduce((sum, c) => sum + use.container(c.name), 0) +
      onDisk.reduce((sum, { name }) => sum + use.emptyDir(name), 0);
    if (total > wholeValue(podLimit))
      return `Pod ephemeral local storage usage exceeds the total limit of containers ${podLimit}. `;
  }
  for (const { name, resources } of containers) {
    const limit = resources?.limits?.[RESOURCE];
    if (limit !== undefined && use.container(name) > wholeValue(limit))
      return `Container ${name} exceeded its local ephemeral storage limit "${limit}". `;
  }
  return undefined;
}
