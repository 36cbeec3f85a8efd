/**
 * Carries out one sync of a Pod at the container runtime (kubelet: pkg/kubelet/kuberuntime/kuberuntime_manager.go
 * SyncPod, kuberuntime_container.go startContainer), in the fixed order of the real one.
 */
import type { Clock } from "../../time/clock.ts";
import type { Task } from "../../time/task.ts";
import type { ContainerConfig, ContainerRuntime, Mount, SandboxConfig } from "../../runtime/cri.ts";
import { utf8Encode } from "../../runtime/bytes.ts";
import type { ApiServer } from "../apiServer.ts";
import type { Container, EphemeralContainer, Pod, PodStatus } from "../api/types.ts";
import { milliValue, wholeValue } from "../api/quantity.ts";
import { type EventRecorder, podReference } from "../eventRecorder.ts";
import { type BackOff, goSeconds } from "./backOff.ts";
import { resetReason, type StartFailure } from "./containerStatuses.ts";
import { computePodActions } from "./computePodActions.ts";
import { environmentOf } from "./environment.ts";
import { expandCommand } from "./expansion.ts";
import { etcHosts, hostnameOf } from "./hostname.ts";
import { runHook } from "./hooks.ts";
import type { Credentials } from "../../runtime/imageCatalogue.ts";
import type { ImageManager } from "./imageManager.ts";
import { hookIp, killContainer, killPod } from "./killPod.ts";
import { containerReference, podId } from "./names.ts";
import { containerHash, findContainer, isSidecar, type PodRuntime } from "./podRuntime.ts";
import type { ProbeResults } from "./probeResults.ts";
import type { VolumeManager } from "./volumes.ts";

export interface SyncContext {
  readonly clock: Clock;
  readonly api: ApiServer;
  readonly runtime: ContainerRuntime;
  readonly recorder: EventRecorder;
  readonly images: ImageManager;
  readonly volumes: VolumeManager;
  readonly crashBackOff: BackOff;
  readonly results: ProbeResults;
  readonly node: {
    readonly name: string;
    readonly ip: string;
    readonly allocatable: Readonly<Record<string, string | number>>;
    readonly memoryBytes: number;
  };
  /** The Pod's status as published last, for the IPs that variables need. */
  status(uid: string): PodStatus | undefined;
  /** Told when the Pod's sandbox has its network. */
  onNetworkReady(pod: Pod, ip: string): void;
}

/** How the containers that this sync tried to start fared: undefined means started. */
export type SyncResult = {
  readonly container: string;
  readonly failure: StartFailure | undefined /** Of a crash back-off: ms until it ends. */;
  readonly remainingMs?: number;
}[];

export interface SyncOutcome {
  readonly results: SyncResult;
  /** Something was done that the runtime should be looked at for. */
  readonly acted: boolean;
  readonly failed: boolean;
  /** All containers were removed and the Pod starts anew: the next sync follows at once. */
  readonly reset?: boolean;
  /** What became of the running containers' new limits; undefined: there were none. */
  readonly resized?: { readonly error?: string };
}

export function* syncPod(
  context: SyncContext,
  pod: Pod,
  runtimeState: PodRuntime,
  credentials: readonly Credentials[] = [],
): Task<SyncOutcome> {
  const { runtime, recorder } = context;
  const uid = pod.metadata.uid!;
  const actions = computePodActions(pod, runtimeState, context.results);
  const results: SyncResult = [];
  let acted = false;
  let state = runtimeState;
  if (actions.containersToReset.length > 0) {
    for (const name of actions.containersToReset) yield* resetContainer(context, pod, name);
    return { results, acted: true, failed: false, reset: true };
  }
  if (actions.killPod) {
    acted = true;
    if (actions.createSandbox && actions.sandboxId) {
      recorder.record(
        podReference(pod),
        "Normal",
        "SandboxChanged",
        "Pod sandbox changed, it will be killed and re-created.",
      );
    }
    yield* killPod(context, pod, undefined);
    if (actions.createSandbox) {
      // Init containers run again from the start: their old instances and logs go.
      const names = new Set((pod.spec.initContainers ?? []).map((c) => c.name));
      for (const c of runtime.containers(uid))
        if (names.has(c.name) && c.state !== "running") runtime.removeContainer(c.id);
      state = { containers: state.containers.filter((c) => !names.has(c.name)), sandboxes: state.sandboxes };
    }
  } else {
    for (const kill of actions.containersToKill) {
      acted = true;
      const instance = runtime.container(kill.id);
      if (instance?.state !== "running") continue;
      const reason = kill.reason === "liveness" || kill.reason === "startup" ? kill.reason : "other";
      yield* killContainer(context, pod, instance, { message: kill.message, reason });
    }
  }
  let sandboxId = actions.sandboxId;
  if (actions.createSandbox) {
    acted = true;
    const made = yield* runtime.runPodSandbox(sandboxConfig(pod, actions.attempt));
    if (!made.ok) {
      recorder.record(
        podReference(pod),
        "Warning",
        "FailedCreatePodSandBox",
        `Failed to create pod sandbox: rpc error: code = ${made.code} desc = ${made.message}`,
      );
      return { results, acted, failed: true };
    }
    sandboxId = made.sandbox.id;
    context.onNetworkReady(pod, made.sandbox.ip);
  }
  const start = function* (container: Container): Task<boolean> {
    acted = true;
    const backedOff = crashBackOff(context, pod, container, state);
    if (backedOff) {
      results.push({ container: container.name, ...backedOff });
      return false;
    }
    const failure = yield* startContainer(context, pod, container, sandboxId, state, credentials);
    results.push({ container: container.name, failure });
    return failure === undefined;
  };
  for (const i of actions.ephemeralContainersToStart)
    yield* start(pod.spec.ephemeralContainers![i] as unknown as Container);
  for (const i of actions.initContainersToStart) {
    const container = pod.spec.initContainers![i]!;
    const started = yield* start(container);
    if (!started && !isSidecar(container)) return { results, acted, failed: true };
  }
  let resized: SyncOutcome["resized"];
  for (const { id, container } of actions.containersToUpdate)
    resized = { ...resized, ...resize(runtime, id, container) };
  for (const i of actions.containersToStart) yield* start(pod.spec.containers[i]!);
  const failed = results.some((r) => r.failure) || resized?.error !== undefined;
  return { results, acted, failed, ...(resized && { resized }) };
}

/** Gives a running container other limits; memory that it uses is not taken from it. */
function resize(runtime: ContainerRuntime, id: string, container: Container): { error?: string } {
  const limits = limitsOf(container);
  const used = runtime.memoryUsed?.(id) ?? 0;
  if (limits.memoryLimit !== undefined && limits.memoryLimit < used)
    return {
      error: `cannot decrease memory limits: attempting to set container ${JSON.stringify(container.name)} memory limit (${limits.memoryLimit}) below current usage (${used})`,
    };
  runtime.updateContainer?.(id, limits);
  return {};
}

/** Stops a container without its hook and removes all that is left of it. */
function* resetContainer(context: SyncContext, pod: Pod, name: string): Task {
  const { runtime } = context;
  const instances = runtime.containers(pod.metadata.uid!).filter((c) => c.name === name);
  for (const instance of instances) {
    if (instance.state === "running")
      yield* killContainer(context, pod, instance, { message: "killing", reason: "other", graceMs: 0 });
    runtime.removeContainer(instance.id);
  }
}

/** Why a container may not start yet. Starting it counts as the next step of its back-off. */
function crashBackOff(
  context: SyncContext,
  pod: Pod,
  container: Container,
  state: PodRuntime,
): { failure: StartFailure; remainingMs: number } | undefined {
  const ended = state.containers.find((c) => c.name === container.name && c.state === "exited");
  if (!ended) return undefined;
  const { clock, crashBackOff: backOff } = context;
  const key = `${pod.metadata.uid}_${container.name}_${container.image}_${JSON.stringify(container.resources ?? {})}`;
  if (!backOff.isInBackOffSince(key, ended.finishedMs, clock.now)) {
    backOff.next(key, ended.finishedMs, clock.now);
    return undefined;
  }
  context.recorder.record(
    containerReference(pod, container.name),
    "Warning",
    "BackOff",
    `Back-off restarting failed container ${container.name} in pod ${podId(pod)}`,
  );
  const waitMs = backOff.get(key);
  const message = `back-off ${goSeconds(waitMs)} restarting failed container=${container.name} pod=${podId(pod)}`;
  return {
    failure: { reason: "CrashLoopBackOff", message },
    remainingMs: Math.max(0, ended.finishedMs + waitMs - clock.now),
  };
}

function* startContainer(
  context: SyncContext,
  pod: Pod,
  container: Container,
  sandboxId: string,
  state: PodRuntime,
  credentials: readonly Credentials[],
): Task<StartFailure | undefined> {
  const { runtime, recorder } = context;
  const reference = containerReference(pod, container.name);
  const fail = (failure: StartFailure, text = failure.reason): StartFailure => {
    recorder.record(reference, "Warning", "Failed", `Error: ${text}`);
    return failure;
  };
  const imageFailure = yield* context.images.ensure(pod, container, reference, credentials);
  if (imageFailure) return fail(imageFailure);
  const previous = findContainer(state, container.name);
  const attempt = previous ? previous.attempt + 1 : resetsOf(context, pod, container.name);
  const config = containerConfig(context, pod, container, sandboxId, attempt);
  if ("error" in config) return fail({ reason: "CreateContainerConfigError", message: config.error }, config.error);
  const created = yield* runtime.createContainer(sandboxId, config);
  if (!created.ok) return fail({ reason: "CreateContainerError", message: created.message }, created.message);
  recorder.record(reference, "Normal", "Created", "Container created");
  const started = yield* runtime.startContainer(created.id);
  if (!started.ok) return fail({ reason: "RunContainerError", message: started.message }, started.message);
  recorder.record(reference, "Normal", "Started", "Container started");
  const postStart = container.lifecycle?.postStart;
  if (!postStart) return undefined;
  const podIp = hookIp(context, pod);
  const error = yield* runHook({ runtime, recorder, pod, container, containerId: created.id, podIp }, postStart);
  if (error === undefined) return undefined;
  recorder.record(reference, "Warning", "FailedPostStartHook", "PostStartHook failed");
  const instance = runtime.container(created.id);
  if (instance?.state === "running")
    yield* killContainer(context, pod, instance, { message: "FailedPostStartHook", reason: "other" });
  return { reason: "PostStartHookError", message: error };
}

/** How often a container counts as restarted that was removed to start anew: no instance tells any more. */
function resetsOf(context: SyncContext, pod: Pod, name: string): number {
  const { containerStatuses = [], initContainerStatuses = [] } = context.status(pod.metadata.uid!) ?? {};
  const status = [...containerStatuses, ...initContainerStatuses].find((c) => c.name === name);
  return status?.lastState?.terminated?.reason === resetReason && !status.containerID ? status.restartCount : 0;
}

function sandboxConfig(pod: Pod, attempt: number): SandboxConfig {
  const { spec, metadata } = pod;
  const namespace = metadata.namespace!;
  const sysctls = Object.fromEntries((spec.securityContext?.sysctls ?? []).map((s) => [s.name, s.value]));
  const hostPorts = [...spec.containers, ...(spec.initContainers ?? [])].flatMap((c) =>
    (c.ports ?? []).flatMap((p) =>
      p.hostPort
        ? [
            {
              hostPort: p.hostPort,
              containerPort: p.containerPort,
              protocol: p.protocol ?? "TCP",
              hostIp: p.hostIP ?? "",
            },
          ]
        : [],
    ),
  );
  return {
    podName: metadata.name!,
    podNamespace: namespace,
    podUid: metadata.uid!,
    attempt,
    hostname: spec.hostNetwork ? "" : hostnameOf(pod),
    hostNetwork: spec.hostNetwork === true,
    shareProcessNamespace: spec.shareProcessNamespace === true,
    hostPid: spec.hostPID === true,
    dns: dnsConfig(pod),
    sysctls,
    hostPorts: spec.hostNetwork ? [] : hostPorts,
  };
}

function dnsConfig(pod: Pod): NonNullable<SandboxConfig["dns"]> {
  const own = pod.spec.dnsConfig;
  const policy = pod.spec.dnsPolicy ?? "ClusterFirst";
  const cluster = policy === "ClusterFirstWithHostNet" || (policy === "ClusterFirst" && !pod.spec.hostNetwork);
  const namespace = pod.metadata.namespace!;
  const base = cluster
    ? {
        servers: ["10.96.0.10"],
        searches: [`${namespace}.svc.cluster.local`, "svc.cluster.local", "cluster.local"],
        options: ["ndots:5"],
      }
    : policy === "None"
      ? { servers: [], searches: [], options: [] }
      : { servers: ["192.168.49.1"], searches: [], options: [] };
  const options = (own?.options ?? []).map((o) => (o.value ? `${o.name}:${o.value}` : o.name!));
  const kept = base.options.filter((o) => !options.some((mine) => mine.split(":")[0] === o.split(":")[0]));
  return {
    servers: [...base.servers, ...(own?.nameservers ?? [])],
    searches: [...base.searches, ...(own?.searches ?? [])],
    options: [...kept, ...options],
  };
}

function containerConfig(
  context: SyncContext,
  pod: Pod,
  container: Container,
  sandboxId: string,
  attempt: number,
): ContainerConfig | { error: string } {
  const { api, runtime, node } = context;
  const uid = pod.metadata.uid!;
  const sandbox = runtime.sandboxes(uid).find((s) => s.id === sandboxId);
  const podIp = pod.spec.hostNetwork ? node.ip : (sandbox?.ip ?? "");
  const published = context.status(uid) ?? pod.status;
  const status: PodStatus = {
    ...published,
    hostIP: node.ip,
    hostIPs: [{ ip: node.ip }],
    podIP: podIp,
    podIPs: [{ ip: podIp }],
  };
  const environment = environmentOf({ api, pod, container, status, allocatable: node.allocatable });
  if ("error" in environment) return environment;
  const values = new Map(environment.env.map((e) => [e.name, e.value]));
  const user = userOf(context, pod, container);
  if ("error" in user) return user;
  const volumeMounts = context.volumes.mountsOf(pod, container, values);
  if ("error" in volumeMounts) return volumeMounts;
  const files = runtime.nodeFiles;
  const own = `/var/lib/kubelet/pods/${uid}`;
  const mounts: Mount[] = [...volumeMounts.mounts];
  const hosts = `${own}/etc-hosts`;
  if (!mounts.some((m) => m.containerPath === "/etc/hosts")) {
    files.writeFile(hosts, utf8Encode(etcHosts(pod, podIp)), { mode: 0o644 });
    mounts.push({ containerPath: "/etc/hosts", hostPath: hosts, readOnly: false });
  }
  const messagePath = container.terminationMessagePath ?? "/dev/termination-log";
  const message = terminationLogPath(uid, container.name, attempt);
  files.writeFile(message, "", { mode: 0o666 });
  mounts.push({ containerPath: messagePath, hostPath: message, readOnly: false });
  const { requests = {} } = container.resources ?? {};
  const { targetContainerName } = container as EphemeralContainer;
  const target = targetContainerName && runtime.containers(uid).find((c) => c.name === targetContainerName);
  const encode = (words: readonly string[] | undefined) => expandCommand(words ?? [], values).map(utf8Encode);
  return {
    name: container.name,
    attempt,
    image: container.image ?? "",
    command: encode(container.command),
    args: encode(container.args),
    workingDir: container.workingDir ?? "",
    env: environment.env.map(({ name, value }) => ({ name: utf8Encode(name), value: utf8Encode(value) })),
    mounts,
    ...(user.user && { user: user.user }),
    readOnlyRootFilesystem: container.securityContext?.readOnlyRootFilesystem === true,
    privileged: container.securityContext?.privileged === true,
    capabilities: {
      add: container.securityContext?.capabilities?.add ?? [],
      drop: container.securityContext?.capabilities?.drop ?? [],
    },
    noNewPrivileges: container.securityContext?.allowPrivilegeEscalation === false,
    ...(target && { processesOf: target.id }),
    ...limitsOf(container),
    oomScoreAdj: oomScore(pod, wholeValue(requests.memory), node.memoryBytes),
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    hash: containerHash(container),
    logPath: `/var/log/pods/${pod.metadata.namespace}_${pod.metadata.name}_${uid}/${container.name}/${attempt}.log`,
  };
}

/** A container's limits for the runtime; none where nothing is said. */
function limitsOf({ resources = {} }: Container): Pick<ContainerConfig, "memoryLimit" | "cpuLimit" | "resources"> {
  const memoryLimit = wholeValue(resources.limits?.memory);
  const cpuLimit = milliValue(resources.limits?.cpu);
  return { ...(memoryLimit > 0 && { memoryLimit }), ...(cpuLimit > 0 && { cpuLimit }), resources };
}

/** Where on the node a container's termination message is kept. */
export function terminationLogPath(uid: string, container: string, attempt: number): string {
  return `/var/lib/kubelet/pods/${uid}/containers/${container}/${attempt}`;
}

/** The user to run as, or why it may not run (kubelet: kuberuntime/security_context_others.go). */
function userOf(
  context: SyncContext,
  pod: Pod,
  container: Container,
): { user: ContainerConfig["user"] | undefined } | { error: string } {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  const uid = own.runAsUser ?? shared.runAsUser;
  const gid = own.runAsGroup ?? shared.runAsGroup;
  const nonRoot = own.runAsNonRoot ?? shared.runAsNonRoot;
  const suffix = `(pod: "${podId(pod)}", container: ${container.name})`;
  if (nonRoot) {
    const imageUser = context.runtime.imageStatus(container.image ?? "")?.user ?? "";
    if (uid === 0) return { error: `container's runAsUser breaks non-root policy ${suffix}` };
    if (uid === undefined) {
      if (imageUser === "" || imageUser === "0")
        return { error: `container has runAsNonRoot and image will run as root ${suffix}` };
      if (!/^\d+$/.test(imageUser))
        return {
          error: `container has runAsNonRoot and image has non-numeric user (${imageUser}), cannot verify user is non-root ${suffix}`,
        };
    }
  }
  const groups = [...(shared.supplementalGroups ?? []), ...(shared.fsGroup !== undefined ? [shared.fsGroup] : [])];
  if (uid === undefined && gid === undefined && groups.length === 0) return { user: undefined };
  return { user: { ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }), groups } };
}

/** kubelet: pkg/kubelet/qos/policy.go. */
function oomScore(pod: Pod, memoryRequest: number, nodeMemory: number): number {
  if (pod.status.qosClass === "Guaranteed") return -997;
  if (pod.status.qosClass === "BestEffort") return 1000;
  return Math.min(999, Math.max(3, 1000 - Math.floor((1000 * memoryRequest) / nodeMemory)));
}
