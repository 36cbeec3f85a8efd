/**
 * Publishes Pod statuses (kubelet: pkg/kubelet/status/status_manager.go): the newest status of each Pod is known at once
 * on the node and written to the API a moment later, quick changes merged into one write. A Pod that is being deleted
 * leaves the API when its containers are gone.
 */
import type { Clock } from "../../time/clock.ts";
import { sameValue } from "../api/sameValue.ts";
import type { ApiServer } from "../apiServer.ts";
import type { Container, ContainerStatus, Pod, PodCondition, PodStatus } from "../api/types.ts";

import { isSidecar, mayRestartAll, policyRestarts } from "./podRuntime.ts";

/** One PATCH to the API server. */
const writeMs = 12;

interface Entry {
  pod: Pod;
  status: PodStatus;
  finished: boolean;
  pending: boolean;
}

const terminal = (phase: string | undefined) => phase === "Succeeded" || phase === "Failed";

export class StatusManager {
  readonly #clock: Clock;
  readonly #api: ApiServer;
  readonly #entries = new Map<string, Entry>();
  #stopped = false;
  /** A static Pod's status goes to its mirror Pod: [namespace, name, uid of the API object]. */
  mirrorOf: (pod: Pod) => { namespace: string; name: string; uid?: string; superseded: boolean } | undefined = () =>
    undefined;

  constructor(clock: Clock, api: ApiServer) {
    this.#clock = clock;
    this.#api = api;
  }

  get(uid: string): PodStatus | undefined {
    return this.#entries.get(uid)?.status;
  }

  /** `mayRun`: containers may still run, so that a terminal phase must wait. */
  set(pod: Pod, status: PodStatus, mayRun: boolean): void {
    const uid = pod.metadata.uid!;
    const entry = this.#entries.get(uid);
    const old = entry?.status ?? pod.status;
    if (leavesItsEnd(pod, old, status)) return;
    const next = this.#merge(pod, old, status, mayRun);
    if (entry && sameValue(entry.status, next)) {
      entry.pod = pod;
      return;
    }
    const updated: Entry = { pod, status: next, finished: entry?.finished ?? false, pending: entry?.pending ?? false };
    this.#entries.set(uid, updated);
    this.#push(uid, updated);
  }

  /** A probe's decision goes into the status at once, without a sync. */
  setContainerFlag(
    pod: Pod,
    name: string,
    flag: "ready" | "started",
    value: boolean,
    conditions: (status: PodStatus) => PodStatus,
  ): void {
    const entry = this.#entries.get(pod.metadata.uid!);
    if (!entry) return;
    let changed = false;
    const update = (statuses: PodStatus["containerStatuses"]) =>
      statuses?.map((s) => {
        if (s.name !== name || s[flag] === value) return s;
        changed = true;
        return { ...s, [flag]: value };
      });
    const status = {
      ...entry.status,
      containerStatuses: update(entry.status.containerStatuses),
      initContainerStatuses: update(entry.status.initContainerStatuses),
    };
    if (!status.initContainerStatuses) delete status.initContainerStatuses;
    if (changed) this.set(entry.pod, conditions(status), true);
  }

  /** All containers are gone: the Pod may leave the API. `before`: what the API said when it was told to end. */
  terminate(pod: Pod, before: PodStatus | undefined): void {
    const entry = this.#entries.get(pod.metadata.uid!);
    if (!entry) return;
    entry.finished = true;
    // A Pod that ends before it could decide is counted as failed (kubelet: status_manager.go, TerminatePod).
    if (!terminal(entry.status.phase) && pod.metadata.deletionTimestamp && this.mirrorOf(pod) === undefined) {
      entry.status = { ...entry.status, phase: "Failed" };
    }
    const { containerStatuses, initContainerStatuses } = entry.status;
    if (containerStatuses && hasInitialized(pod, before))
      entry.status = { ...entry.status, containerStatuses: containerStatuses.map(lostUnlessEnded) };
    if (initContainerStatuses?.length) {
      const tried = Math.max(
        0,
        initContainerStatuses.findLastIndex((s) => !s.state?.waiting || s.lastState?.terminated),
      );
      const statuses = initContainerStatuses.map((s, i) => (i <= tried ? lostUnlessEnded(s) : s));
      entry.status = { ...entry.status, initContainerStatuses: statuses };
    }
    entry.pod = pod;
    this.#push(pod.metadata.uid!, entry);
  }

  /** Writes the status again, e.g. to a new mirror Pod. */
  refresh(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry) this.#push(uid, entry);
  }

  /** Nothing more is written. */
  stop(): void {
    this.#stopped = true;
  }

  forget(uid: string): void {
    this.#entries.delete(uid);
  }

  #merge(pod: Pod, old: PodStatus, next: PodStatus, mayRun: boolean): PodStatus {
    const merged: PodStatus = { ...next };
    if (mayRun && !terminal(old.phase) && terminal(next.phase)) {
      merged.phase = old.phase;
      for (const key of ["reason", "message"] as const) {
        if (old[key] === undefined) delete merged[key];
        else merged[key] = old[key];
      }
    }
    const now = this.#api.timestamp();
    merged.startTime = old.startTime ?? next.startTime ?? now;
    merged.conditions = next.conditions?.map((condition) => {
      const before = old.conditions?.find((c) => c.type === condition.type);
      const lastTransitionTime = before && before.status === condition.status ? before.lastTransitionTime : now;
      return orderedCondition(condition, condition.lastTransitionTime ?? lastTransitionTime!, pod.metadata.generation);
    });
    if (pod.metadata.generation !== undefined) merged.observedGeneration = pod.metadata.generation;
    return merged;
  }

  #push(uid: string, entry: Entry): void {
    if (entry.pending) return;
    entry.pending = true;
    this.#clock.after(writeMs, () => {
      if (this.#stopped) return;
      entry = this.#entries.get(uid) ?? entry;
      entry.pending = false;
      this.#write(entry);
    });
  }

  #write({ pod, status, finished }: Entry): void {
    const mirror = this.mirrorOf(pod);
    if (mirror?.superseded) return;
    const target = mirror ?? {
      namespace: pod.metadata.namespace!,
      name: pod.metadata.name!,
      uid: pod.metadata.uid,
    };
    const { namespace, name, uid } = target;
    const stored = this.#api.get<Pod>("Pod", namespace, name);
    if (!stored || (uid !== undefined && stored.metadata.uid !== uid)) return;
    this.#api.updatePodStatus(namespace, name, uid, (current) => {
      // Others' conditions stay; a resize's are the kubelet's own, and gone when it does not name them.
      const foreign = (current.conditions ?? []).filter(
        (c) => !c.type.startsWith("PodResize") && !status.conditions?.some((own) => own.type === c.type),
      );
      const next = { ...current, ...status, conditions: [...foreign, ...(status.conditions ?? [])] };
      for (const key of ["reason", "message", "podIP", "podIPs", "initContainerStatuses"] as const)
        if (status[key] === undefined) delete next[key];
      return sameValue(next, current) ? current : next;
    });
    if (finished && !mirror && stored.metadata.deletionTimestamp) {
      this.#clock.after(writeMs, () => this.#api.delete("Pod", namespace, name, { grace: 0, uid }));
    }
  }
}

/** Whether the Pod's own containers had their turn (kubelet: status_manager.go, hasPodInitialized). */
function hasInitialized(pod: Pod, status: PodStatus | undefined): boolean {
  const last = pod.spec.initContainers?.at(-1);
  if (!last) return true;
  if (status?.containerStatuses?.some((s) => s.lastState?.terminated || !s.state?.waiting)) return true;
  const found = status?.initContainerStatuses?.find((s) => s.name === last.name);
  if (isSidecar(last)) return found?.state?.running !== undefined && found.started === true;
  return found?.state?.terminated?.exitCode === 0 || found?.lastState?.terminated?.exitCode === 0;
}

/**
 * Whether a container that had ended for good is said to run or wait again: a status that is not published. An init
 * container that is repeated in a new sandbox is such a one (kubelet: status_manager.go, checkContainerStateTransition).
 */
function leavesItsEnd(pod: Pod, old: PodStatus, next: PodStatus): boolean {
  const { spec } = pod;
  if ((spec.restartPolicy ?? "Always") === "Always" || mayRestartAll(pod)) return false;
  const leaves = (container: Container, before: PodStatus["containerStatuses"], after: typeof before): boolean => {
    const ended = before?.find((s) => s.name === container.name)?.state?.terminated;
    if (!ended || policyRestarts(pod, container, ended.exitCode)) return false;
    const now = after?.find((s) => s.name === container.name);
    return now !== undefined && !now.state?.terminated;
  };
  return (
    spec.containers.some((c) => leaves(c, old.containerStatuses, next.containerStatuses)) ||
    (spec.initContainers ?? []).some(
      (c) => !isSidecar(c) && leaves(c, old.initContainerStatuses, next.initContainerStatuses),
    )
  );
}

/** A container of which nothing is known at the end counts as failed, even one that never started. */
function lostUnlessEnded(status: ContainerStatus): ContainerStatus {
  if (status.state?.terminated) return status;
  const message = "The container could not be located when the pod was terminated";
  const terminated = { exitCode: 137, reason: "ContainerStatusUnknown", message };
  const never = { startedAt: null as never, finishedAt: null as never };
  return { ...status, state: { terminated: { ...terminated, ...never } }, ready: false, started: false };
}

function orderedCondition(
  condition: Partial<PodCondition> & Pick<PodCondition, "type" | "status">,
  lastTransitionTime: string,
  generation: number | undefined,
): PodCondition {
  return {
    lastProbeTime: condition.lastProbeTime ?? (null as never),
    lastTransitionTime,
    ...(condition.message && { message: condition.message }),
    ...(generation !== undefined && { observedGeneration: condition.observedGeneration ?? generation }),
    ...(condition.reason && { reason: condition.reason }),
    status: condition.status,
    type: condition.type,
  };
}
