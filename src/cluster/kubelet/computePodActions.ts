/**
 * What one sync of a Pod will do, decided from its spec and from what runs (kubelet:
 * pkg/kubelet/kuberuntime/kuberuntime_manager.go, computePodActions; kuberuntime_container.go,
 * computeInitContainerActions). Pure: carrying it out is `syncPod.ts`'s work.
 */
import type { Container, Pod } from "../api/types.ts";
import {
  asksForRestartOfAll,
  containerHash,
  findContainer,
  initFailed,
  isSidecar,
  type PodRuntime,
  policyRestarts,
  policyRestartsAfterProbe,
  shouldBeRestarted,
} from "./podRuntime.ts";
import type { ProbeResults } from "./probeResults.ts";
import { resizeNeed } from "./resize.ts";

export type KillReason = "liveness" | "startup" | "changed" | "resize" | "unknown";

export interface ContainerToKill {
  readonly id: string;
  readonly container: Container;
  /** The event's message. */
  readonly message: string;
  readonly reason: KillReason;
}

export interface PodActions {
  /** Stop everything, the sandbox too. */
  killPod: boolean;
  createSandbox: boolean;
  /** Of the sandbox that will be made. */
  attempt: number;
  /** The sandbox to use when none is made. */
  sandboxId: string;
  /** Indexes into spec.initContainers, in order. */
  initContainersToStart: number[];
  /** Indexes into spec.containers, in order. */
  containersToStart: number[];
  ephemeralContainersToStart: number[];
  containersToKill: ContainerToKill[];
  /** Running ones that get other limits. */
  containersToUpdate: { readonly id: string; readonly container: Container }[];
  /** All to be stopped and removed, in this order, so that the Pod starts anew where it is. */
  containersToReset: string[];
}

export function computePodActions(pod: Pod, runtime: PodRuntime, probes: ProbeResults): PodActions {
  const sandbox = sandboxDecision(pod, runtime);
  const actions: PodActions = {
    killPod: sandbox.create,
    createSandbox: sandbox.create,
    attempt: sandbox.attempt,
    sandboxId: sandbox.id,
    initContainersToStart: [],
    containersToStart: [],
    ephemeralContainersToStart: [],
    containersToKill: [],
    containersToUpdate: [],
    containersToReset: [],
  };
  const { initContainers = [], containers, ephemeralContainers = [] } = pod.spec;
  if (sandbox.create) {
    if (
      pod.spec.restartPolicy === "Never" &&
      !anyMayRestart(pod) &&
      sandbox.attempt !== 0 &&
      runtime.containers.length > 0
    ) {
      actions.createSandbox = false;
      return actions;
    }
    const succeeded = (c: Container) => {
      const status = findContainer(runtime, c.name);
      return (
        status?.state === "exited" &&
        !policyRestarts(pod, c, status.exitCode) &&
        (c.restartPolicy ?? pod.spec.restartPolicy) === "OnFailure"
      );
    };
    const toStart = containers.flatMap((c, i) => (succeeded(c) ? [] : [i]));
    if (toStart.length === 0) {
      // All is done already and needs no new sandbox, unless initialisation never finished.
      const undone = initContainers.some((c) => !isSidecar(c) && findContainer(runtime, c.name)?.state !== "exited");
      if (!undone) {
        actions.createSandbox = false;
        return actions;
      }
    }
    if (initContainers.length > 0) actions.initContainersToStart = [0];
    else actions.containersToStart = toStart;
    return actions;
  }

  actions.containersToReset = resetOrder(pod, runtime);
  if (actions.containersToReset.length > 0) return actions;

  ephemeralContainers.forEach((c, i) => {
    if (!findContainer(runtime, c.name)) actions.ephemeralContainersToStart.push(i);
  });
  const initialized = initContainerActions(pod, runtime, probes, actions);
  if (actions.killPod || !initialized) return actions;

  let kept = 0;
  containers.forEach((container, i) => {
    const status = findContainer(runtime, container.name);
    if (!status || status.state !== "running") {
      if (!shouldBeRestarted(pod, container, runtime)) return;
      actions.containersToStart.push(i);
      if (status?.state === "unknown") {
        const message = `Container is in "unknown" state, try killing it before restart`;
        actions.containersToKill.push({ id: status.id, container, message, reason: "unknown" });
      }
      return;
    }
    let restart = policyRestartsAfterProbe(pod, container);
    let message: string;
    let reason: KillReason;
    if (status.hash !== containerHash(container)) {
      [message, reason, restart] = [`Container ${container.name} definition changed`, "changed", true];
    } else if (probes.liveness(status.id) === "failure") {
      [message, reason] = [`Container ${container.name} failed liveness probe`, "liveness"];
    } else if (probes.startup(status.id) === "failure") {
      [message, reason] = [`Container ${container.name} failed startup probe`, "startup"];
    } else {
      const need = resizeNeed(container, status.resources ?? container.resources ?? {});
      if (need === "restart") {
        const words = `Container ${container.name} resize requires restart`;
        actions.containersToKill.push({ id: status.id, container, message: words, reason: "resize" });
        actions.containersToStart.push(i);
        return;
      }
      if (need === "update") actions.containersToUpdate.push({ id: status.id, container });
      kept++;
      return;
    }
    if (restart) {
      message += ", will be restarted";
      actions.containersToStart.push(i);
    }
    actions.containersToKill.push({ id: status.id, container, message, reason });
  });
  if (kept === 0 && actions.containersToStart.length === 0) {
    actions.killPod = true;
    // Sidecars must not keep a finished Pod alive.
    actions.initContainersToStart = [];
  }
  return actions;
}

/**
 * Who is reset when a container ended in a way for which its rules ask for RestartAllContainers: regular containers, init
 * containers, and last the one that asked. Empty: nobody asked.
 */
function resetOrder(pod: Pod, runtime: PodRuntime): string[] {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const source = all.find((c) => {
    const status = findContainer(runtime, c.name);
    return status && asksForRestartOfAll(c, status);
  });
  if (!source) return [];
  const others = all.filter((c) => c !== source && findContainer(runtime, c.name));
  return [...others, source].map((c) => c.name);
}

/** Whether some container's own policy or rules may restart it although the Pod's policy is Never. */
function anyMayRestart(pod: Pod): boolean {
  return pod.spec.containers.some(
    (c) => (c.restartPolicy && c.restartPolicy !== "Never") || (c.restartPolicyRules?.length ?? 0) > 0,
  );
}

/** Whether the Pod needs a (new) sandbox (kubelet: kuberuntime/util/util.go, PodSandboxChanged). */
function sandboxDecision(pod: Pod, runtime: PodRuntime): { create: boolean; attempt: number; id: string } {
  const [newest] = runtime.sandboxes;
  if (!newest) return { create: true, attempt: 0, id: "" };
  const ready = runtime.sandboxes.filter((s) => s.ready);
  const broken = ready.length > 1 || !newest.ready || (!pod.spec.hostNetwork && newest.ip === "");
  return broken
    ? { create: true, attempt: newest.attempt + 1, id: newest.id }
    : { create: false, attempt: newest.attempt, id: newest.id };
}

/** Fills in what the init containers need; true when the Pod is initialised and regular containers may be looked at. */
function initContainerActions(pod: Pod, runtime: PodRuntime, probes: ProbeResults, actions: PodActions): boolean {
  const inits = pod.spec.initContainers ?? [];
  if (inits.length === 0) return true;
  let wasInitialized = pod.spec.containers.some((c) => {
    const state = findContainer(runtime, c.name)?.state;
    return state === "created" || state === "running";
  });
  let initialized = wasInitialized;
  let found = false;
  const start: number[] = [];
  // Backwards, because finished init containers may have been removed from the runtime.
  for (let i = inits.length - 1; i >= 0; i--) {
    const container = inits[i]!;
    const sidecar = isSidecar(container);
    const status = findContainer(runtime, container.name);
    if (!status) {
      if (wasInitialized && sidecar) start.push(i);
      continue;
    }
    found = true;
    if (wasInitialized && !sidecar) continue;
    const kill = (message: string, reason: KillReason) => {
      actions.containersToKill.push({ id: status.id, container, message, reason });
      start.push(i);
    };
    if (status.state === "running" && sidecar) {
      const startup = container.startupProbe ? probes.startup(status.id) : "success";
      if (startup === "failure") kill(`Init container ${container.name} failed startup probe`, "startup");
      if (startup === "success") {
        if (i === inits.length - 1) initialized = true;
        else if (!wasInitialized) start.push(i + 1);
        if (status.hash !== containerHash(container))
          kill(`Init container ${container.name} definition changed`, "changed");
        else if (probes.liveness(status.id) === "failure")
          kill(`Init container ${container.name} failed liveness probe`, "liveness");
        else {
          const need = resizeNeed(container, status.resources ?? container.resources ?? {});
          if (need === "restart") kill(`Container ${container.name} resize requires restart`, "resize");
          if (need === "update") actions.containersToUpdate.push({ id: status.id, container });
        }
      }
    } else if (status.state === "created") {
      start.push(i);
    } else if (status.state === "unknown" && (sidecar || pod.spec.restartPolicy !== "Never")) {
      kill(`Init container is in "unknown" state, try killing it before restart`, "unknown");
    } else if (status.state === "exited" || status.state === "unknown") {
      if (sidecar) start.push(i);
      else if (initFailed(status)) {
        // Always means OnFailure for a plain init container.
        const restarts = container.restartPolicy
          ? policyRestarts(pod, container, status.exitCode || 1)
          : pod.spec.restartPolicy !== "Never" || policyRestarts(pod, container, status.exitCode);
        if (!restarts) {
          actions.killPod = true;
          actions.initContainersToStart = [];
          return false;
        }
        start.push(i);
      } else if (i === inits.length - 1) initialized = true;
      else start.push(i + 1);
    }
    // All before the last one with a status have been through their turn.
    wasInitialized = true;
  }
  if (!initialized && !found) start.push(0);
  actions.initContainersToStart = start.sort((a, b) => a - b);
  return initialized;
}
