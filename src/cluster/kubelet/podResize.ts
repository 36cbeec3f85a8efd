/** One Pod's resize under way: what it was granted, what it waits for, and what its conditions and events say of that. */
import type { Pod } from "../api/types.ts";
import { type EventRecorder, podReference } from "../eventRecorder.ts";
import type { PodRuntime } from "./podRuntime.ts";
import {
  type Allocation,
  allocationOf,
  type ResizeCondition,
  resizeNeed,
  type ResizeRefusal,
  resizeText,
  type Resources,
  withAllocation,
} from "./resize.ts";

export class PodResize {
  #granted: Allocation;
  #pending: ResizeCondition | undefined;
  #inProgress: ResizeCondition | undefined;
  readonly #recorder: EventRecorder;
  /** The time now, RFC 3339. */
  readonly #timestamp: () => string;

  /** A Pod that is admitted has what it asks for. */
  constructor(pod: Pod, recorder: EventRecorder, timestamp: () => string) {
    this.#granted = allocationOf(pod);
    this.#recorder = recorder;
    this.#timestamp = timestamp;
  }

  get isDeferred(): boolean {
    return this.#pending?.reason === "Deferred";
  }

  get conditions(): ResizeCondition[] {
    return [this.#pending, this.#inProgress].filter((condition) => condition !== undefined);
  }

  /** The Pod with what it was granted; the same object when it asks for nothing else. */
  allocated(asked: Pod): Pod {
    const pod = withAllocation(asked, this.#granted);
    if (pod === asked) this.#pending = undefined;
    return pod;
  }

  /** Gives the Pod what it asks for, unless the node cannot. */
  decide(asked: Pod, refusal: ResizeRefusal | undefined): "granted" | "refused" {
    if (refusal) {
      this.#refuse(asked, refusal);
      return "refused";
    }
    this.#granted = allocationOf(asked);
    this.#pending = undefined;
    this.#inProgress = this.#condition("PodResizeInProgress", asked, undefined);
    this.#record(asked, "Normal", "ResizeStarted", "Pod resize started");
    return "granted";
  }

  /** The event comes once for each request and answer. */
  #refuse(asked: Pod, { reason, message }: ResizeRefusal): void {
    const before = this.#pending;
    this.#pending = this.#condition("PodResizePending", asked, before, reason, message);
    if (
      before?.reason !== reason ||
      before.message !== message ||
      before.observedGeneration !== asked.metadata.generation
    )
      this.#record(asked, "Warning", `Resize${reason}`, `Pod resize ${reason}`, message);
  }

  /** The runtime would not do it. */
  failed(pod: Pod, asked: Pod, error: string): void {
    const before = this.#inProgress;
    this.#inProgress = this.#condition("PodResizeInProgress", asked, before, "Error", error);
    if (before?.message !== error) this.#record(pod, "Warning", "ResizeError", "Pod resize error", error);
  }

  /**
   * Over when all that runs has what it was granted (kubelet: kuberuntime_manager.go, IsPodResizeInProgress). True when it
   * ends with this look.
   */
  end(pod: Pod, { containers }: PodRuntime): boolean {
    if (!this.#inProgress) return false;
    const isDone = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].every((container) => {
      const instance = containers.find((c) => c.name === container.name);
      if (instance?.state !== "running" || !instance.resources) return true;
      return resizeNeed(container, instance.resources as Resources) === "nothing";
    });
    if (!isDone) return false;
    this.#inProgress = undefined;
    this.#record(pod, "Normal", "ResizeCompleted", "Pod resize completed");
    return true;
  }

  #record(pod: Pod, type: "Normal" | "Warning", reason: string, prefix: string, error?: string): void {
    this.#recorder.record(podReference(pod), type, reason, resizeText(prefix, pod, error));
  }

  #condition(
    type: ResizeCondition["type"],
    asked: Pod,
    before: ResizeCondition | undefined,
    reason?: string,
    message?: string,
  ): ResizeCondition {
    const now = this.#timestamp();
    return {
      type,
      status: "True",
      lastProbeTime: now,
      lastTransitionTime: before && before.reason === reason ? before.lastTransitionTime! : now,
      ...(reason && { reason }),
      ...(message && { message }),
      observedGeneration: asked.metadata.generation!,
    };
  }
}
