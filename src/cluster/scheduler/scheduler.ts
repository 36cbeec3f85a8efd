/**
 * Gives each Pod a node, or says why none will do and whether others must make room (Kubernetes: pkg/scheduler). One Pod
 * at a time, the most important first.
 */
import type { Clock, Timer } from "../../time/clock.ts";
import { type ApiServer, withCondition } from "../apiServer.ts";
import type { Namespace, Node, PersistentVolumeClaim, Pod, PodCondition } from "../api/types.ts";
import { podReference, SeriesRecorder } from "../eventRecorder.ts";
import type { FilterInputs, PlacedPod } from "./filter.ts";
import { type Plugin, refusalOf } from "./filters.ts";
import { isSocial, Placement, placed } from "./placement.ts";
import { counted, disruptionReason, planPreemption, priorityOf, type Verdict } from "./preemption.ts";
import { type ClusterEvent, mayHelp } from "./queueingHints.ts";
import { bestNode } from "./scoring.ts";

/** From a Pod's creation to its binding: as recorded. */
const bindMs = 30;
/** pkg/scheduler/backend/queue: initial and longest back-off; the longest stay among the unschedulable, and how often it is looked at. */
const firstBackOffMs = 1000;
const longestBackOffMs = 10_000;
const leftoverMs = 300_000;
const leftoverRoundMs = 30_000;

interface Waiting {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Whether its turn has come; its priority then. */
  active: boolean;
  priority: number;
  attempts: number;
  lastAttempt: number;
  /** When it came into the queue, in virtual ms. */
  queued: number;
  refusedBy: ReadonlySet<Plugin>;
  timer: Timer | undefined;
}

/** Why a Pod found no node. */
interface Failure {
  readonly message: string;
  readonly refusedBy: ReadonlySet<Plugin>;
  /** Where others were told to make room. */
  readonly nominated?: string;
}

export class Scheduler {
  readonly #clock: Clock;
  readonly #api: ApiServer;
  readonly #recorder: SeriesRecorder;
  readonly #waiting = new Map<string, Waiting>();
  /** Those whose turn it is: the most important first, then the one that came first. */
  readonly #active: Waiting[] = [];
  /** Those of the waiting that no node would take. */
  readonly #refused = new Set<Waiting>();
  readonly #placement = new Placement();

  constructor(clock: Clock, api: ApiServer) {
    this.#clock = clock;
    this.#api = api;
    this.#recorder = new SeriesRecorder(api, "default-scheduler");
    api.watch<Pod>("Pod", ({ type, object, old }) => this.#onPod(type, object, old));
    api.watch<Node>("Node", ({ type, object, old }) => {
      if (type === "ADDED") this.#wake({ kind: "node added", node: object });
      else if (type === "DELETED") this.#wake({ kind: "node removed" });
      else if (!old || sawChange(old, object)) this.#wake({ kind: "node changed", node: object, ...(old && { old }) });
    });
    api.watch("PersistentVolumeClaim", () => this.#retryAll());
  }

  #onPod(type: string, pod: Pod, old: Pod | undefined): void {
    if (type === "DELETED") {
      this.#forget(pod.metadata.uid!);
      this.#placement.remove(pod);
      if (pod.spec.nodeName) this.#wake({ kind: "pod gone", pod });
      return;
    }
    this.#placement.set(pod);
    if (isMine(pod)) {
      const ungated = old && (old.spec.schedulingGates?.length ?? 0) > 0;
      if (type === "ADDED" || ungated || (old && old.spec !== pod.spec) || relabelled(old, pod))
        this.#queue(pod, bindMs);
    } else if (!pod.spec.nodeName) this.#forget(pod.metadata.uid!);
    else if (isEnded(pod)) {
      if (old && !isEnded(old)) this.#wake({ kind: "pod gone", pod });
    } else if (!old?.spec.nodeName) this.#wake({ kind: "pod placed", pod });
    else if (relabelled(old, pod)) this.#wake({ kind: "pod relabelled", pod });
  }

  #forget(uid: string): void {
    const entry = this.#waiting.get(uid);
    if (!entry) return;
    this.#clock.cancel(entry.timer);
    if (entry.active) this.#active.splice(this.#active.indexOf(entry), 1);
    this.#refused.delete(entry);
    this.#waiting.delete(uid);
  }

  #queue(pod: Pod, ms: number): void {
    const { uid, namespace, name } = pod.metadata;
    const fresh = {
      uid: uid!,
      namespace: namespace!,
      name: name!,
      active: false,
      priority: 0,
      attempts: 0,
      lastAttempt: 0,
    };
    const entry = this.#waiting.get(uid!) ?? {
      ...fresh,
      queued: this.#clock.now,
      refusedBy: new Set<Plugin>(),
      timer: undefined,
    };
    this.#waiting.set(uid!, entry);
    this.#clock.cancel(entry.timer);
    entry.timer = this.#clock.after(ms, () => this.#activate(entry));
  }

  #activate(entry: Waiting): void {
    if (entry.active) return;
    entry.active = true;
    const pod = this.#api.get<Pod>("Pod", entry.namespace, entry.name);
    entry.priority = pod ? priorityOf(pod) : 0;
    // Nearly always it belongs at the end.
    let at = this.#active.length;
    while (at > 0 && comesBefore(entry, this.#active[at - 1]!)) at--;
    this.#active.splice(at, 0, entry);
    if (this.#active.length === 1) this.#clock.after(0, () => this.#takeNext());
  }

  #takeNext(): void {
    const next = this.#active.shift();
    if (!next) return;
    next.active = false;
    this.#schedule(next);
    if (this.#active.length > 0) this.#clock.after(0, () => this.#takeNext());
  }

  /** Something changed: Pods that it may help try again after their back-off. */
  #wake(event: ClusterEvent): void {
    for (const entry of this.#refused) {
      const pod = this.#api.get<Pod>("Pod", entry.namespace, entry.name);
      if (pod && isMine(pod) && mayHelp(event, pod, entry.refusedBy)) this.#queue(pod, this.#backOffOf(entry));
    }
  }

  #retryAll(): void {
    for (const entry of this.#refused) {
      const pod = this.#api.get<Pod>("Pod", entry.namespace, entry.name);
      if (pod && isMine(pod)) this.#queue(pod, this.#backOffOf(entry));
    }
  }

  #backOffOf({ attempts, lastAttempt }: Waiting): number {
    const backOff = Math.min(firstBackOffMs * 2 ** (attempts - 1), longestBackOffMs);
    return Math.max(bindMs, lastAttempt + backOff - this.#clock.now);
  }

  #schedule(entry: Waiting): void {
    const { uid, namespace, name } = entry;
    const pod = this.#api.get<Pod>("Pod", namespace, name);
    if (!pod || pod.metadata.uid !== uid || !isMine(pod)) return;
    entry.attempts++;
    entry.lastAttempt = this.#clock.now;
    const outcome = this.#findNode(pod);
    if ("node" in outcome) {
      this.#forget(uid);
      const node = outcome.node.metadata.name!;
      if (this.#api.bind(namespace, name, node)) return;
      const text = `Successfully assigned ${namespace}/${name} to ${node}`;
      this.#recorder.record(podReference(pod), "Normal", "Scheduled", "Binding", text);
      return;
    }
    entry.refusedBy = outcome.refusedBy;
    this.#refused.add(entry);
    this.#tellFailure(pod, outcome);
    // What no event wakes is tried again in the end.
    const due = Math.ceil((this.#clock.now + leftoverMs) / leftoverRoundMs) * leftoverRoundMs;
    entry.timer = this.#clock.after(due - this.#clock.now, () => this.#activate(entry));
  }

  #tellFailure(pod: Pod, { message, nominated }: Failure): void {
    const { namespace, name, uid, generation } = pod.metadata;
    this.#recorder.record(podReference(pod), "Warning", "FailedScheduling", "Scheduling", message);
    const condition: PodCondition = {
      lastProbeTime: null as never,
      lastTransitionTime: this.#api.timestamp(),
      message,
      ...(generation !== undefined && { observedGeneration: generation }),
      reason: "Unschedulable",
      status: "False",
      type: "PodScheduled",
    };
    this.#api.updatePodStatus(namespace!, name!, uid, (status) => {
      const next = withCondition(status, condition);
      return nominated ? { ...next, nominatedNodeName: nominated } : next;
    });
  }

  #findNode(pod: Pod): { readonly node: Node } | Failure {
    const nodes = this.#api.list<Node>("Node");
    const none = new Set<Plugin>();
    if (nodes.length === 0) return { message: "no nodes available to schedule pods", refusedBy: none };
    const all = `0/${nodes.length} nodes are available:`;
    const claim = this.#claimRefusal(pod);
    // The second post-filter then finds nothing to work on, and says just that.
    if (claim) return { message: `${all} ${claim}. not found`, refusedBy: none };
    const fitting: FilterInputs[] = [];
    const verdicts: Verdict[] = [];
    for (const inputs of this.#inputs(pod, nodes)) {
      const refusal = refusalOf(inputs);
      if (refusal) verdicts.push({ inputs, refusal });
      else fitting.push(inputs);
    }
    if (fitting.length > 0) return { node: fitting.length === 1 ? fitting[0]!.node : bestNode(fitting) };
    const why = counted(verdicts.flatMap((v) => v.refusal.reasons.map((r) => r.text)));
    const refusedBy = new Set(verdicts.map((v) => v.refusal.plugin));
    const plan = planPreemption(pod, verdicts);
    if ("message" in plan)
      return { message: `${all} ${why}. no new claims to deallocate, preemption: ${plan.message}`, refusedBy };
    const { node, victims } = plan.candidate;
    for (const victim of victims) this.#evict(victim, pod, node);
    return { message: `${all} ${why}.`, refusedBy, nominated: node.metadata.name! };
  }

  /** What the filters see of each node. Room that was made for a Pod of at least this one's priority counts as taken. */
  #inputs(pod: Pod, nodes: readonly Node[]): FilterInputs[] {
    const byName = new Map(nodes.map((n) => [n.metadata.name!, n]));
    const nominated = [...this.#refused].flatMap(({ namespace, name, uid }) => {
      const other = this.#api.get<Pod>("Pod", namespace, name);
      const counts =
        uid !== pod.metadata.uid && other?.status.nominatedNodeName && priorityOf(other) >= priorityOf(pod);
      return counts ? [{ ...other, spec: { ...other.spec, nodeName: other.status.nominatedNodeName! } }] : [];
    });
    const podsOn = (name: string): readonly Pod[] => {
      const own = nominated.filter((p) => p.spec.nodeName === name);
      return own.length > 0 ? [...this.#placement.onNode(name), ...own] : this.#placement.onNode(name);
    };
    // Only rules between Pods need to know of all Pods: most have none.
    let everywhere: PlacedPod[] | undefined;
    const all = () =>
      (everywhere ??= nodes.flatMap((node) => podsOn(node.metadata.name!).map((p) => ({ pod: p, node }))));
    const social = placed([...this.#placement.social(), ...nominated.filter(isSocial)], byName);
    const namespaceLabels = (name: string) =>
      this.#api.get<Namespace>("Namespace", undefined, name)?.metadata?.labels ?? {};
    return nodes.map((node) => ({
      pod,
      node,
      onNode: podsOn(node.metadata.name!),
      get everywhere() {
        return all();
      },
      social,
      nodes,
      namespaceLabels,
    }));
  }

  /** Claims are looked at before any node (pkg/scheduler/framework/plugins/volumebinding). Nothing binds them here. */
  #claimRefusal(pod: Pod): string | undefined {
    for (const { persistentVolumeClaim } of pod.spec.volumes ?? []) {
      if (!persistentVolumeClaim) continue;
      const { claimName } = persistentVolumeClaim;
      const claim = this.#api.get<PersistentVolumeClaim>("PersistentVolumeClaim", pod.metadata.namespace, claimName);
      if (!claim) return `persistentvolumeclaim "${claimName}" not found`;
      if (claim.metadata?.deletionTimestamp) return `persistentvolumeclaim "${claimName}" is being deleted`;
      if (!claim.spec?.volumeName) return "pod has unbound immediate PersistentVolumeClaims";
    }
    return undefined;
  }

  #evict(victim: Pod, preemptor: Pod, node: Node): void {
    const { namespace, name, uid, generation } = victim.metadata;
    this.#api.updatePodStatus(namespace!, name!, uid, (status) =>
      withCondition(status, {
        type: "DisruptionTarget",
        status: "True",
        reason: disruptionReason,
        message: "default-scheduler: preempting to accommodate a higher priority pod",
        lastProbeTime: null as never,
        lastTransitionTime: this.#api.timestamp(),
        ...(generation !== undefined && { observedGeneration: generation }),
      }),
    );
    this.#api.delete("Pod", namespace, name!, { uid: uid! });
    const text = `Preempted by pod ${preemptor.metadata.uid} on node ${node.metadata.name}`;
    this.#recorder.record(podReference(victim), "Normal", "Preempted", "Preempting", text);
  }
}

function comesBefore(a: Waiting, b: Waiting): boolean {
  return a.priority > b.priority || (a.priority === b.priority && a.queued < b.queued);
}

function isMine(pod: Pod): boolean {
  return (
    !pod.spec.nodeName &&
    (pod.spec.schedulerName ?? "default-scheduler") === "default-scheduler" &&
    !pod.spec.schedulingGates?.length &&
    !pod.metadata.deletionTimestamp
  );
}

function isEnded(pod: Pod): boolean {
  return pod.status.phase === "Succeeded" || pod.status.phase === "Failed";
}

function relabelled(old: Pod | undefined, pod: Pod): boolean {
  return (
    old !== undefined &&
    old.metadata.labels !== pod.metadata.labels &&
    JSON.stringify(old.metadata.labels) !== JSON.stringify(pod.metadata.labels)
  );
}

/** Heartbeats and addresses are of no account to the scheduler. */
function sawChange(old: Node, node: Node): boolean {
  return (
    old.spec !== node.spec ||
    old.metadata.labels !== node.metadata.labels ||
    old.status.allocatable !== node.status.allocatable
  );
}
