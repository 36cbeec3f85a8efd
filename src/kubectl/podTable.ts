/**
 * The columns of `kubectl get pods`. STATUS is no field of a Pod: the API server works it out from phase, reason and
 * the states of the containers (pkg/printers/internalversion/printers.go, printPod).
 */
import type { ContainerStatus, Pod } from "../cluster/api/types.ts";
import { ageOf, humanDuration } from "./duration.ts";
import type { Column } from "./table.ts";

export interface PodRow {
  /** `1/2` */
  readonly ready: string;
  readonly status: string;
  /** `0` or `3 (75s ago)` */
  readonly restarts: string;
}

export const podColumns: readonly Column<Pod>[] = [
  { header: "NAME", cell: (pod) => pod.metadata.name },
  { header: "READY", cell: (pod, now) => podRow(pod, now).ready },
  { header: "STATUS", cell: (pod, now) => podRow(pod, now).status },
  { header: "RESTARTS", cell: (pod, now) => podRow(pod, now).restarts },
  { header: "AGE", cell: (pod, now) => ageOf(pod.metadata.creationTimestamp, now) },
  { header: "IP", wide: true, cell: (pod) => pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || "<none>" },
  { header: "NODE", wide: true, cell: (pod) => pod.spec.nodeName || "<none>" },
  { header: "NOMINATED NODE", wide: true, cell: (pod) => pod.status?.nominatedNodeName || "<none>" },
  { header: "READINESS GATES", wide: true, cell: readinessGates },
];

/** READY, STATUS and RESTARTS of a Pod at `now` (ms since the epoch). */
export function podRow(pod: Pod, now: number): PodRow {
  const status = pod.status ?? {};
  const init = initProgress(pod);
  const counted: ContainerStatus[] = [...init.counted];
  let total = pod.spec.containers.length + sidecarNames(pod).size;
  let ready = init.readySidecars;
  let reason = status.reason || status.phase || "";
  if (condition(pod, "PodScheduled")?.reason === "SchedulingGated") reason = "SchedulingGated";
  if (init.reason !== undefined) reason = init.reason;
  if (init.reason === undefined || condition(pod, "Initialized")?.status === "True") {
    counted.splice(0, counted.length, ...init.sidecars);
    const regular = regularContainers(status.containerStatuses ?? [], reason);
    counted.push(...(status.containerStatuses ?? []));
    ready += regular.ready;
    reason = regular.reason;
    if (reason === "Completed") reason = whenSomeRun(pod, regular);
  }
  if (pod.metadata.deletionTimestamp) {
    if (status.reason === "NodeLost") reason = "Unknown";
    else if (status.phase !== "Succeeded" && status.phase !== "Failed") reason = "Terminating";
  }
  total = Math.max(total, 0);
  return { ready: `${ready}/${total}`, status: reason, restarts: restartsText(counted, now) };
}

interface InitProgress {
  /** Undefined when all init containers have done their part. */
  readonly reason: string | undefined;
  /** Statuses whose restarts count while the Pod initialises. */
  readonly counted: readonly ContainerStatus[];
  readonly sidecars: readonly ContainerStatus[];
  readonly readySidecars: number;
}

function initProgress(pod: Pod): InitProgress {
  const names = sidecarNames(pod);
  const counted: ContainerStatus[] = [];
  const sidecars: ContainerStatus[] = [];
  let readySidecars = 0;
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const isSidecar = names.has(status.name);
    counted.push(status);
    if (isSidecar) sidecars.push(status);
    const { terminated, waiting } = status.state ?? {};
    if (terminated && terminated.exitCode === 0) continue;
    if (isSidecar && status.started) {
      if (status.ready) readySidecars++;
      continue;
    }
    let reason = `Init:${index}/${pod.spec.initContainers?.length ?? 0}`;
    if (terminated) reason = `Init:${terminatedText(terminated)}`;
    else if (waiting?.reason && waiting.reason !== "PodInitializing") reason = `Init:${waiting.reason}`;
    return { reason, counted, sidecars, readySidecars };
  }
  return { reason: undefined, counted, sidecars, readySidecars };
}

interface RegularContainers {
  readonly reason: string;
  readonly ready: number;
  readonly someRunning: boolean;
  /** Why a container that failed ended; the first in the list has the last word. */
  readonly failure: string | undefined;
}

function regularContainers(statuses: readonly ContainerStatus[], start: string): RegularContainers {
  let reason = start;
  let ready = 0;
  let someRunning = false;
  let failure: string | undefined;
  for (const status of [...statuses].reverse()) {
    const { waiting, terminated, running } = status.state ?? {};
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated) {
      reason = terminatedText(terminated);
      if (terminated.exitCode !== 0) failure = reason;
    } else if (status.ready && running) {
      someRunning = true;
      ready++;
    }
  }
  return { reason, ready, someRunning, failure };
}

/** A Pod of which one container completed is not completed while others run, or when one of them failed. */
function whenSomeRun(pod: Pod, regular: RegularContainers): string {
  if (regular.someRunning && condition(pod, "Ready")?.status === "True") return "Running";
  if (regular.failure !== undefined) return regular.failure;
  return regular.someRunning ? "NotReady" : "Completed";
}

function terminatedText(terminated: { exitCode: number; reason?: string; signal?: number }): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

function restartsText(statuses: readonly ContainerStatus[], now: number): string {
  const restarts = statuses.reduce((sum, status) => sum + (status.restartCount ?? 0), 0);
  const ends = statuses.flatMap((status) => status.lastState?.terminated?.finishedAt ?? []).map((t) => Date.parse(t));
  if (restarts === 0 || ends.length === 0) return String(restarts);
  return `${restarts} (${humanDuration(now - Math.max(...ends))} ago)`;
}

function sidecarNames(pod: Pod): Set<string> {
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  return new Set(sidecars.map((container) => container.name));
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  const met = gates.filter((gate) => condition(pod, gate.conditionType)?.status === "True");
  return `${met.length}/${gates.length}`;
}

function condition(pod: Pod, type: string) {
  return pod.status?.conditions?.find((c) => c.type === type);
}
