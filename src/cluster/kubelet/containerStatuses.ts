/**
 * The API's view of each container from what the runtime reports, what was known before and why the last start failed
 * (kubelet: pkg/kubelet/kubelet_pods.go, convertToAPIContainerStatuses).
 */
import type { Container as RuntimeContainer } from "../../runtime/cri.ts";
import { timestampOf } from "../apiServer.ts";
import type { Container, ContainerState, ContainerStatus, Pod } from "../api/types.ts";
import { findContainer, isSidecar, type PodRuntime, shouldBeRestarted } from "./podRuntime.ts";
import type { Resources } from "./resize.ts";

/** kubelet: of a container that was removed because another one's exit restarts all. */
export const resetReason = "RestartingAllContainers";
const resetMessage = "The container is removed because RestartAllContainers in place";

/** What is said of a container between its removal and its new start. */
export function resetStatus(status: ContainerStatus, before: ContainerStatus | undefined): ContainerStatus {
  const ended = { exitCode: 137, reason: resetReason, message: resetMessage };
  const { containerID: _id, ...rest } = status;
  return {
    ...rest,
    state: { waiting: { reason: resetReason, message: resetMessage } },
    lastState: { terminated: { ...ended, startedAt: null as never, finishedAt: null as never } },
    restartCount: (before?.restartCount ?? 0) + 1,
    started: false,
  };
}

/** Why the last attempt to start a container failed: the waiting reason and message. */
export interface StartFailure {
  readonly reason: string;
  readonly message: string;
}

export interface StatusInputs {
  readonly pod: Pod;
  readonly runtime: PodRuntime;
  /** The statuses published before. */
  readonly old: readonly ContainerStatus[];
  readonly kind: "init" | "regular" | "ephemeral";
  failure(container: string): StartFailure | undefined;
  terminationMessage(container: RuntimeContainer): string;
  /** Virtual ms → ms since 1970. */
  readonly epochMs: number;
}

export function containerStatuses(inputs: StatusInputs): ContainerStatus[] {
  const { pod, runtime, old, kind } = inputs;
  const specs = specsOf(pod, kind);
  const hasInit = (pod.spec.initContainers?.length ?? 0) > 0;
  const waiting = hasInit && kind !== "ephemeral" ? "PodInitializing" : "ContainerCreating";
  const statuses = specs.map((container) => {
    const before = old.find((s) => s.name === container.name);
    const instances = runtime.containers.filter((c) => c.name === container.name);
    let status = instances[0]
      ? {
          ...statusOf(inputs, container, instances[0], before),
          ...(instances[1] && { lastState: stateOf(inputs, container, instances[1], undefined) }),
        }
      : missing(pod, container, before, waiting);
    status = withFailure(inputs, container, status, runtime);
    return { container, status };
  });
  const out = statuses.map(({ status }) => status);
  return kind === "init" ? out : out.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function specsOf(pod: Pod, kind: StatusInputs["kind"]): readonly Container[] {
  if (kind === "init") return pod.spec.initContainers ?? [];
  return kind === "regular" ? pod.spec.containers : ((pod.spec.ephemeralContainers ?? []) as unknown as Container[]);
}

/** No instance in the runtime: never started, or removed behind the kubelet's back. */
function missing(
  pod: Pod,
  container: Container,
  before: ContainerStatus | undefined,
  waiting: string,
): ContainerStatus {
  if (before?.state?.terminated) return before;
  const status: ContainerStatus = {
    name: container.name,
    state: { waiting: { reason: waiting } },
    lastState: before?.lastState ?? {},
    ready: false,
    restartCount: before?.restartCount ?? 0,
    image: container.image ?? "",
    imageID: "",
    started: false,
  };
  if (!before?.state?.running) return status;
  const lost = {
    exitCode: 137,
    reason: "ContainerStatusUnknown",
    message: "The container could not be located when the pod was deleted.  The container used to be Running",
    startedAt: null as never,
    finishedAt: null as never,
  };
  return {
    ...status,
    lastState: status.lastState?.terminated ? status.lastState : { terminated: lost },
    restartCount: status.restartCount + (pod.metadata.deletionTimestamp ? 0 : 1),
  };
}

function statusOf(
  inputs: StatusInputs,
  container: Container,
  instance: RuntimeContainer,
  before: ContainerStatus | undefined,
): ContainerStatus {
  const { uid, gid, groups } = instance.user;
  const mounts = (container.volumeMounts ?? []).map(({ name, mountPath, readOnly }) => ({
    name,
    mountPath,
    ...(readOnly && { readOnly, recursiveReadOnly: "Disabled" }),
  }));
  const { requests, limits } = (instance.resources as Resources | undefined) ?? container.resources ?? {};
  const given = container.resources?.requests;
  const allocated = given && Object.keys(given).length > 0 ? { allocatedResources: given } : {};
  return {
    name: container.name,
    state: stateOf(inputs, container, instance, before),
    lastState: before?.lastState ?? {},
    ready: false,
    restartCount: instance.attempt,
    image: instance.image,
    imageID: instance.imageDigest,
    containerID: `containerd://${instance.id}`,
    started: false,
    ...allocated,
    resources: { ...(limits && { limits }), ...(requests && { requests }) },
    ...(mounts.length > 0 && { volumeMounts: mounts }),
    ...(instance.state !== "created" && { user: { linux: { uid, gid, supplementalGroups: [...groups] } } }),
  };
}

function stateOf(
  inputs: StatusInputs,
  container: Container,
  instance: RuntimeContainer,
  before: ContainerStatus | undefined,
): ContainerState {
  const at = (ms: number) => timestampOf(ms === 0 ? 0 : inputs.epochMs + ms);
  if (instance.state === "running") return { running: { startedAt: at(instance.startedMs) } };
  if (instance.state === "exited") {
    const message = instance.message || inputs.terminationMessage(instance);
    return {
      terminated: {
        exitCode: instance.exitCode,
        reason: instance.reason,
        ...(message && { message }),
        startedAt: at(instance.startedMs),
        finishedAt: at(instance.finishedMs),
        containerID: `containerd://${instance.id}`,
      },
    };
  }
  if (instance.state === "unknown" && before?.state?.running) {
    const message = "The container could not be located when the pod was terminated";
    return {
      terminated: {
        exitCode: 137,
        reason: "ContainerStatusUnknown",
        message,
        startedAt: before.state.running.startedAt,
        finishedAt: at(instance.finishedMs),
        containerID: `containerd://${instance.id}`,
      },
    };
  }
  void container;
  return { waiting: {} };
}

/** A container that should run and failed to start is waiting, with the reason of the failure. */
function withFailure(
  inputs: StatusInputs,
  container: Container,
  status: ContainerStatus,
  runtime: PodRuntime,
): ContainerStatus {
  const instance = findContainer(runtime, container.name);
  if (inputs.kind === "init" && !isSidecar(container) && instance?.state === "exited" && instance.exitCode === 0)
    return status;
  const restarts =
    inputs.kind === "init" && !instance
      ? !inputs.pod.metadata.deletionTimestamp
      : restartsInit(inputs, container, runtime);
  if (!restarts) return status;
  const failure = inputs.failure(container.name);
  if (!failure) return status;
  return {
    ...status,
    lastState: status.state?.terminated ? { terminated: status.state.terminated } : (status.lastState ?? {}),
    state: { waiting: { reason: failure.reason, ...(failure.message && { message: failure.message }) } },
  };
}

function restartsInit(inputs: StatusInputs, container: Container, runtime: PodRuntime): boolean {
  if (inputs.kind === "ephemeral") return !findContainer(runtime, container.name);
  return shouldBeRestarted(inputs.pod, container, runtime);
}
