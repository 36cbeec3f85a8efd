/**
 * Stopping containers (kubelet: pkg/kubelet/kuberuntime/kuberuntime_container.go killContainer,
 * kuberuntime_termination_order.go): all in parallel, each with its event, its preStop hook and its grace period;
 * a sidecar's signal waits until what needs it has stopped.
 */
import { all, Signal, startTask, type Task, withTimeout } from "../../time/task.ts";
import type { Container as RuntimeContainer } from "../../runtime/cri.ts";
import type { Container, Pod } from "../api/types.ts";
import type { SyncContext } from "./syncPod.ts";
import { runHook } from "./hooks.ts";
import { containerReference } from "./names.ts";
import { isSidecar } from "./podRuntime.ts";

/** kubelet: minimumGracePeriodInSeconds. */
const minimumGraceMs = 2000;

export interface Kill {
  readonly message: string;
  readonly reason: "liveness" | "startup" | "other";
  /** Replaces the Pod's own grace period; ms. */
  readonly graceMs?: number;
  /** Sidecars' signals wait for those that must go first. */
  readonly order?: TerminationOrder;
}

/** Who must have stopped before whom. */
class TerminationOrder {
  readonly #pod: Pod;
  readonly #running: Set<string>;
  readonly #stopped = new Signal();

  constructor(pod: Pod, running: readonly string[]) {
    this.#pod = pod;
    this.#running = new Set(running);
  }

  isStopped(name: string): void {
    this.#running.delete(name);
    this.#stopped.fire();
  }

  *waitForTurn(name: string): Task {
    while (this.#mustWait(name)) yield* this.#stopped.next();
  }

  #mustWait(name: string): boolean {
    const sidecars = (this.#pod.spec.initContainers ?? []).filter(isSidecar);
    const index = sidecars.findIndex((c) => c.name === name);
    if (index < 0) return false;
    return (
      this.#pod.spec.containers.some((c) => this.#running.has(c.name)) ||
      sidecars.slice(index + 1).some((c) => this.#running.has(c.name))
    );
  }
}

export function findSpec(pod: Pod, name: string): Container | undefined {
  const ephemeral = (pod.spec.ephemeralContainers ?? []) as unknown as Container[];
  return [...pod.spec.containers, ...(pod.spec.initContainers ?? []), ...ephemeral].find((c) => c.name === name);
}

/** Stops one running container and waits until it is gone. */
export function* killContainer(context: SyncContext, pod: Pod, instance: RuntimeContainer, kill: Kill): Task {
  const { clock, runtime, recorder } = context;
  const container = findSpec(pod, instance.name);
  let graceMs = graceOf(pod, container, kill);
  recorder.record(
    containerReference(pod, instance.name),
    "Normal",
    "Killing",
    kill.message || `Stopping container ${instance.name}`,
  );
  const begun = clock.now;
  const preStop = container?.lifecycle?.preStop;
  if (preStop && graceMs > 0) {
    const podIp = hookIp(context, pod);
    const inputs = { runtime, recorder, pod, container: container!, containerId: instance.id, podIp };
    // A hook that outlives the grace period goes on until its container dies, and fails then.
    const finished = new Signal();
    let over = false;
    startTask(clock, runHook(inputs, preStop), (error) => {
      over = true;
      if (error) {
        recorder.record(containerReference(pod, instance.name), "Warning", "FailedPreStopHook", "PreStopHook failed");
      }
      finished.fire();
    });
    if (!over) yield* withTimeout(graceMs, finished.next());
    graceMs -= Math.floor((clock.now - begun) / 1000) * 1000;
  }
  if (kill.order && container && isSidecar(container)) {
    const waited = clock.now;
    yield* withTimeout(Math.max(graceMs, 0), kill.order.waitForTurn(instance.name));
    graceMs -= Math.floor((clock.now - waited) / 1000) * 1000;
  }
  yield* runtime.stopContainer(instance.id, Math.max(graceMs, minimumGraceMs));
  kill.order?.isStopped(instance.name);
}

/** Where an httpGet hook without a host goes. */
export function hookIp({ runtime, node }: SyncContext, pod: Pod): string {
  return pod.spec.hostNetwork ? node.ip : (runtime.sandboxes(pod.metadata.uid!)[0]?.ip ?? "");
}

function graceOf(pod: Pod, container: Container | undefined, kill: Kill): number {
  const probe =
    kill.reason === "liveness"
      ? container?.livenessProbe
      : kill.reason === "startup"
        ? container?.startupProbe
        : undefined;
  if (kill.graceMs !== undefined) return kill.graceMs;
  if (pod.metadata.deletionGracePeriodSeconds !== undefined) return pod.metadata.deletionGracePeriodSeconds * 1000;
  if (probe?.terminationGracePeriodSeconds !== undefined) return probe.terminationGracePeriodSeconds * 1000;
  return (pod.spec.terminationGracePeriodSeconds ?? 2) * 1000;
}

/** Stops all running containers of a Pod, then its sandboxes. */
export function* killPod(context: SyncContext, pod: Pod, graceMs: number | undefined): Task {
  const uid = pod.metadata.uid!;
  const running = context.runtime.containers(uid).filter((c) => c.state === "running");
  const specOrder = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map((c) => c.name);
  running.sort((a, b) => specOrder.indexOf(a.name) - specOrder.indexOf(b.name));
  const order = new TerminationOrder(
    pod,
    running.map((c) => c.name),
  );
  yield* all(
    running.map((c) =>
      killContainer(context, pod, c, {
        message: "",
        reason: "other",
        order,
        ...(graceMs !== undefined && { graceMs }),
      }),
    ),
  );
  for (const sandbox of context.runtime.sandboxes(uid))
    if (sandbox.ready) yield* context.runtime.stopPodSandbox(sandbox.id);
}
