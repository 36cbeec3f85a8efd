/** A Pod's phase and conditions from its containers' statuses (kubelet: pkg/kubelet/kubelet_pods.go getPhase; status/generate.go). */
import type { ContainerStatus, Pod, PodCondition, PodStatus } from "../api/types.ts";
import { isSidecar, policyRestarts } from "./podRuntime.ts";

export type Phase = "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";

/** `terminating`: the kubelet is stopping the Pod and will not restart anything. */
export function podPhase(
  pod: Pod,
  statuses: readonly ContainerStatus[],
  terminating: boolean,
  isStatic: boolean,
): Phase {
  const byName = new Map(statuses.map((s) => [s.name, s]));
  const { initContainers = [], containers } = pod.spec;
  const hasRun = containers.some((c) => {
    const s = byName.get(c.name);
    return s?.state?.running || s?.state?.terminated || s?.lastState?.terminated;
  });
  let pendingInit = 0;
  let failedInit = 0;
  let pendingSidecars = 0;
  let running = 0;
  let waiting = 0;
  for (const container of initContainers) {
    const status = byName.get(container.name);
    if (isSidecar(container)) {
      if (!status) pendingSidecars++;
      else if (status.state?.running) {
        if (!status.started) pendingSidecars++;
        running++;
      } else if (status.state?.waiting && !status.lastState?.terminated) {
        waiting++;
        pendingSidecars++;
      }
      continue;
    }
    const ended = status?.state?.terminated ?? (status?.state?.waiting ? status.lastState?.terminated : undefined);
    if (!status || status.state?.running || !ended) pendingInit++;
    else if (ended.exitCode !== 0) {
      const restarts = container.restartPolicy
        ? policyRestarts(pod, container, ended.exitCode)
        : pod.spec.restartPolicy !== "Never" || policyRestarts(pod, container, ended.exitCode);
      if (!restarts) failedInit++;
    }
  }
  let unknown = 0;
  let stopped = 0;
  let succeeded = 0;
  let willRestart = 0;
  for (const container of containers) {
    const status = byName.get(container.name);
    const ended = status?.state?.terminated ?? (status?.state?.waiting ? status.lastState?.terminated : undefined);
    if (!status) unknown++;
    else if (status.state?.running) running++;
    else if (ended) {
      stopped++;
      if (status.state?.terminated && ended.exitCode === 0) succeeded++;
      if (status.state?.waiting || policyRestarts(pod, container, ended.exitCode)) willRestart++;
    } else if (status.state?.waiting) waiting++;
    else unknown++;
  }
  if (failedInit > 0) return "Failed";
  if (pendingInit > 0) return "Pending";
  if (pendingSidecars > 0 && !hasRun) return "Pending";
  if (waiting > 0) return "Pending";
  if (running > 0 && unknown === 0) return "Running";
  if (running === 0 && stopped > 0 && unknown === 0) {
    if (terminating && !isStatic) return stopped === succeeded ? "Succeeded" : "Failed";
    if (willRestart > 0) return "Running";
    return stopped === succeeded ? "Succeeded" : "Failed";
  }
  return "Pending";
}

const list = (names: readonly string[]) => `[${names.join(" ")}]`;

type Draft = Omit<PodCondition, "lastTransitionTime" | "lastProbeTime">;

function initializedCondition(pod: Pod, statuses: PodStatus): Draft {
  const inits = pod.spec.initContainers ?? [];
  const byName = new Map((statuses.initContainerStatuses ?? []).map((s) => [s.name, s]));
  if (!statuses.containerStatuses && inits.length > 0)
    return { type: "Initialized", status: "False", reason: "UnknownContainerStatuses" };
  const unknown: string[] = [];
  const incomplete: string[] = [];
  for (const container of inits) {
    const status = byName.get(container.name);
    if (!status) unknown.push(container.name);
    else if (isSidecar(container) ? !status.started : !status.ready) incomplete.push(container.name);
  }
  if (statuses.phase === "Succeeded" && unknown.length === 0)
    return { type: "Initialized", status: "True", reason: "PodCompleted" };
  // Once a regular container has started, a sidecar's trouble does not undo initialisation.
  const hasRun = (statuses.containerStatuses ?? []).some(
    (s) => s.state?.running || s.state?.terminated || s.lastState?.terminated,
  );
  if (hasRun || (unknown.length === 0 && incomplete.length === 0)) return { type: "Initialized", status: "True" };
  const texts = [];
  if (unknown.length > 0) texts.push(`containers with unknown status: ${list(unknown)}`);
  if (incomplete.length > 0) texts.push(`containers with incomplete status: ${list(incomplete)}`);
  return { type: "Initialized", status: "False", reason: "ContainersNotInitialized", message: texts.join(", ") };
}

function containersReadyCondition(pod: Pod, status: PodStatus): Draft {
  const type = "ContainersReady";
  if (!status.containerStatuses) return { type, status: "False", reason: "UnknownContainerStatuses" };
  if (status.phase === "Succeeded") return { type, status: "False", reason: "PodCompleted" };
  if (status.phase === "Failed") return { type, status: "False", reason: "PodFailed" };
  const byName = new Map(
    [...(status.initContainerStatuses ?? []), ...status.containerStatuses].map((s) => [s.name, s]),
  );
  const counted = [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers];
  const unknown = counted.filter((c) => !byName.has(c.name)).map((c) => c.name);
  const unready = counted.filter((c) => byName.get(c.name)?.ready === false).map((c) => c.name);
  if (unknown.length === 0 && unready.length === 0) return { type, status: "True" };
  const texts = [];
  if (unknown.length > 0) texts.push(`containers with unknown status: ${list(unknown)}`);
  if (unready.length > 0) texts.push(`containers with unready status: ${list(unready)}`);
  return { type, status: "False", reason: "ContainersNotReady", message: texts.join(", ") };
}

function readyCondition(pod: Pod, status: PodStatus, containersReady: Draft): Draft {
  if (containersReady.status !== "True") return { ...containersReady, type: "Ready" };
  const texts = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition =
      pod.status.conditions?.find((c) => c.type === conditionType) ??
      status.conditions?.find((c) => c.type === conditionType);
    if (!condition) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    return condition.status === "True"
      ? []
      : [`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`];
  });
  if (texts.length > 0)
    return { type: "Ready", status: "False", reason: "ReadinessGatesNotReady", message: texts.join(", ") };
  return { type: "Ready", status: "True" };
}

/**
 * The conditions that the kubelet owns, in its order. `hasNetwork`: a sandbox is ready and has its network.
 * `restartOfAll`: whether a container's exit is restarting all of them; undefined when no rule could.
 */
export function podConditions(pod: Pod, status: PodStatus, hasNetwork: boolean, restartOfAll?: boolean): Draft[] {
  const containersReady = containersReadyCondition(pod, status);
  return [
    { type: "PodReadyToStartContainers", status: hasNetwork ? "True" : "False" },
    initializedCondition(pod, status),
    readyCondition(pod, status, containersReady),
    containersReady,
    { type: "PodScheduled", status: "True" },
    ...(restartOfAll === undefined ? [] : [restartOfAllCondition(restartOfAll)]),
  ];
}

function restartOfAllCondition(isUnderWay: boolean): Draft {
  const type = "AllContainersRestarting";
  if (!isUnderWay) return { type, status: "False" };
  const message = "container exited with restart policy rule";
  return { type, status: "True", reason: "RestartAllContainersStarted", message };
}
