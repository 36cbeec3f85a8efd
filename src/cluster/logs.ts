/** What a container has written, found through the Pod's status as the kubelet finds it. */
import { utf8Decode } from "../runtime/bytes.ts";
import type { Container, LogEntry } from "../runtime/cri.ts";
import type { ContainerStatus, Pod } from "./api/types.ts";
import type { Cluster } from "./cluster.ts";

/** The runtime knows a static Pod by its own UID, not by its mirror's. */
export function runtimeUid(pod: Pod): string {
  return pod.metadata.annotations?.["kubernetes.io/config.hash"] ?? pod.metadata.uid!;
}

/** The running instance of a container. */
export function runningContainer(cluster: Cluster, pod: Pod, name: string): Container | undefined {
  return cluster
    .runtimeOf(pod)
    ?.containers(runtimeUid(pod))
    .find((container) => container.name === name && container.state === "running");
}

export interface LogOptions {
  /** The run before this one. */
  readonly previous?: boolean;
  /** Each line begins with when it was written, as RFC 3339. */
  readonly timestamps?: boolean;
  /** Only what was written in the last so many ms. */
  readonly sinceMs?: number;
}

/** As text. Undefined when that run's log is no longer kept, or there is none. */
export function containerLog(
  cluster: Cluster,
  pod: Pod,
  name: string,
  { previous = false, timestamps = false, sinceMs }: LogOptions = {},
): string | undefined {
  const entries = logEntries(cluster, pod, name, previous);
  if (!entries) return undefined;
  const { epochMs } = cluster.api;
  const from = sinceMs === undefined ? -Infinity : cluster.api.now() - epochMs - sinceMs;
  const text = entries
    .filter(({ ms }) => ms >= from)
    .map((entry) => (timestamps ? `${rfc3339Nano(epochMs + entry.ms)} ${entry.text}` : entry.text))
    .join("");
  return utf8Decode(text);
}

function logEntries(cluster: Cluster, pod: Pod, name: string, previous: boolean): readonly LogEntry[] | undefined {
  const runtime = cluster.runtimeOf(pod);
  const { state, lastState, containerID } = statusOf(pod, name) ?? {};
  const id = (
    previous
      ? lastState?.terminated?.containerID
      : state?.running
        ? containerID
        : (state?.terminated ?? lastState?.terminated)?.containerID
  )?.replace("containerd://", "");
  const instance = runtime?.containers(runtimeUid(pod)).find((c) => c.name === name && c.id === id);
  return instance && runtime!.log(instance.id);
}

function statusOf({ status }: Pod, name: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status;
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find((s) => s.name === name);
}

/** `2026-01-01T12:00:03.250000000Z` */
function rfc3339Nano(epochMs: number): string {
  const whole = new Date(Math.floor(epochMs)).toISOString().slice(0, -1);
  const micros = Math.floor((epochMs % 1) * 1e6);
  return `${whole}${String(micros).padStart(6, "0")}Z`;
}
