/**
 * Removes Pods from nodes whose NoExecute taints they do not tolerate, or tolerate only for a while
 * (kube-controller-manager: pkg/controller/tainteviction/taint_eviction.go).
 */
import type { Clock, Timer } from "../time/clock.ts";
import { type ApiServer, withCondition } from "./apiServer.ts";
import type { Node, Pod, Taint, Toleration } from "./api/types.ts";
import { EventRecorder, podReference } from "./eventRecorder.ts";
import { tolerates } from "./scheduler/matching.ts";

/** From a taint or a binding to the controller's work. */
const noticeMs = 50;

export class TaintEviction {
  readonly #clock: Clock;
  readonly #api: ApiServer;
  readonly #recorder: EventRecorder;
  /** By the Pod's uid: when it will be deleted. */
  readonly #planned = new Map<string, { readonly due: number; readonly since: number; readonly timer: Timer }>();

  constructor(clock: Clock, api: ApiServer) {
    this.#clock = clock;
    this.#api = api;
    this.#recorder = new EventRecorder(api, "taint-eviction-controller", "");
    api.watch<Pod>("Pod", ({ type, object, old }) => {
      if (type === "DELETED") this.#cancel(object, false);
      else if (object.spec.nodeName && object.spec !== old?.spec && this.#isTainted(object.spec.nodeName)) {
        clock.after(noticeMs, () => this.#consider(object.metadata.namespace!, object.metadata.name!));
      }
    });
    api.watch<Node>("Node", ({ type, object, old }) => {
      if (type === "DELETED" || (old && old.spec.taints === object.spec.taints)) return;
      const before = JSON.stringify(noExecute(old));
      if (before === JSON.stringify(noExecute(object))) return;
      clock.after(noticeMs, () => {
        for (const pod of api.list<Pod>("Pod"))
          if (pod.spec.nodeName === object.metadata.name) this.#consider(pod.metadata.namespace!, pod.metadata.name!);
      });
    });
  }

  #isTainted(nodeName: string): boolean {
    return noExecute(this.#api.get<Node>("Node", undefined, nodeName)).length > 0;
  }

  #consider(namespace: string, name: string): void {
    const pod = this.#api.get<Pod>("Pod", namespace, name);
    if (!pod || pod.metadata.deletionTimestamp) return;
    const taints = noExecute(this.#api.get<Node>("Node", undefined, pod.spec.nodeName!));
    const seconds = tolerationSeconds(pod.spec.tolerations ?? [], taints);
    if (seconds === Number.POSITIVE_INFINITY) return this.#cancel(pod, true);
    const uid = pod.metadata.uid!;
    const planned = this.#planned.get(uid);
    const since = planned?.since ?? this.#clock.now;
    const due = since + seconds * 1000;
    if (planned && planned.due <= due) return;
    this.#clock.cancel(planned?.timer);
    const timer = this.#clock.after(due - this.#clock.now, () => this.#evict(namespace, name, uid));
    this.#planned.set(uid, { due, since, timer });
  }

  #cancel(pod: Pod, tell: boolean): void {
    const planned = this.#planned.get(pod.metadata.uid!);
    if (!planned) return;
    this.#planned.delete(pod.metadata.uid!);
    this.#clock.cancel(planned.timer);
    if (tell) this.#record(pod, "Cancelling deletion of Pod");
  }

  #record(pod: Pod, words: string): void {
    const { namespace, name } = pod.metadata;
    this.#recorder.record(podReference(pod), "Normal", "TaintManagerEviction", `${words} ${namespace}/${name}`);
  }

  #evict(namespace: string, name: string, uid: string): void {
    this.#planned.delete(uid);
    const pod = this.#api.get<Pod>("Pod", namespace, name);
    if (!pod || pod.metadata.uid !== uid) return;
    this.#record(pod, "Marking for deletion Pod");
    this.#api.updatePodStatus(namespace, name, uid, (status) =>
      withCondition(status, {
        lastProbeTime: null as never,
        lastTransitionTime: this.#api.timestamp(),
        message: "Taint manager: deleting due to NoExecute taint",
        ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
        reason: "DeletionByTaintManager",
        status: "True",
        type: "DisruptionTarget",
      }),
    );
    this.#api.delete("Pod", namespace, name, { uid });
  }
}

function noExecute(node: Node | undefined): Taint[] {
  return (node?.spec.taints ?? []).filter((taint) => taint.effect === "NoExecute");
}

/** How long all taints are tolerated together: 0 when one is not, infinity when each is for good. */
function tolerationSeconds(tolerations: readonly Toleration[], taints: readonly Taint[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    // Only the first one that fits a taint counts (component-helpers: GetMatchingTolerations).
    const matching = tolerations.find((toleration) => tolerates(toleration, taint));
    if (!matching) return 0;
    const { tolerationSeconds: seconds } = matching;
    if (seconds !== undefined) least = Math.min(least, Math.max(0, seconds));
  }
  return least;
}
