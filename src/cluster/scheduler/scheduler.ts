/** Gives each Pod a node, or says why none will do (Kubernetes: pkg/scheduler). One Pod at a time, the most important first. */
import type { Clock, Timer } from "../../time/clock.ts";
import { type ApiServer, withCondition } from "../apiServer.ts";
import { milliValue, wholeValue } from "../api/quantity.ts";
import type { Node, Pod } from "../api/types.ts";
import { podReference, SeriesRecorder } from "../eventRecorder.ts";
import { matchesTerm, type Reason, refusals, toleratesTaint } from "./filters.ts";
import { podRequests } from "./requests.ts";

/** From a Pod's creation to its binding: as recorded. */
const bindMs = 30;
/** pkg/scheduler/backend/queue: initial and longest back-off, and the longest stay among the unschedulable. */
const firstBackOffMs = 1000;
const longestBackOffMs = 10_000;
const leftoverMs = 300_000;

interface Waiting {
  attempts: number;
  lastAttempt: number;
  timer: Timer | undefined;
}

export class Scheduler {
  readonly #clock: Clock;
  readonly #api: ApiServer;
  readonly #recorder: SeriesRecorder;
  readonly #waiting = new Map<string, Waiting>();

  constructor(clock: Clock, api: ApiServer) {
    this.#clock = clock;
    this.#api = api;
    this.#recorder = new SeriesRecorder(api, "default-scheduler");
    api.watch<Pod>("Pod", ({ type, object, old }) => {
      if (type === "DELETED") {
        this.#waiting.delete(object.metadata.uid!);
        if (object.spec.nodeName) this.#retryAll();
        return;
      }
      if (isMine(object)) {
        if (
          type === "ADDED" ||
          (old && (old.spec.schedulingGates?.length ?? 0) > 0) ||
          (old && old.spec !== object.spec)
        )
          this.#queue(object, bindMs);
      } else if (old && !isEnded(old) && isEnded(object)) this.#retryAll();
    });
    api.watch<Node>("Node", ({ type, object, old }) => {
      if (
        type !== "MODIFIED" ||
        !old ||
        old.spec !== object.spec ||
        old.metadata.labels !== object.metadata.labels ||
        old.status.allocatable !== object.status.allocatable
      )
        this.#retryAll();
    });
  }

  #queue(pod: Pod, ms: number): void {
    const uid = pod.metadata.uid!;
    const entry = this.#waiting.get(uid) ?? { attempts: 0, lastAttempt: 0, timer: undefined };
    this.#waiting.set(uid, entry);
    this.#clock.cancel(entry.timer);
    entry.timer = this.#clock.after(ms, () => this.#schedule(pod.metadata.namespace!, pod.metadata.name!, uid));
  }

  /** Something changed that may help: Pods that waited try again after their back-off. */
  #retryAll(): void {
    for (const pod of this.#api.all<Pod>("Pod")) {
      const entry = this.#waiting.get(pod.metadata.uid!);
      if (!entry || entry.attempts === 0 || !isMine(pod)) continue;
      const backOff = Math.min(firstBackOffMs * 2 ** (entry.attempts - 1), longestBackOffMs);
      this.#queue(pod, Math.max(bindMs, entry.lastAttempt + backOff - this.#clock.now));
    }
  }

  #schedule(namespace: string, name: string, uid: string): void {
    const pod = this.#api.get<Pod>("Pod", namespace, name);
    const entry = this.#waiting.get(uid);
    if (!pod || !entry || pod.metadata.uid !== uid || !isMine(pod)) return;
    entry.attempts++;
    entry.lastAttempt = this.#clock.now;
    const nodes = this.#api.list<Node>("Node");
    const placed = [...this.#api.all<Pod>("Pod")].filter((p) => p.spec.nodeName && !isEnded(p));
    const byName = new Map(nodes.map((n) => [n.metadata.name!, n]));
    const everywhere = placed.flatMap((p) =>
      byName.has(p.spec.nodeName!) ? [{ pod: p, node: byName.get(p.spec.nodeName!)! }] : [],
    );
    const verdicts = nodes.map((node) => ({
      node,
      reasons: refusals({
        pod,
        node,
        onNode: placed.filter((p) => p.spec.nodeName === node.metadata.name),
        everywhere,
      }),
    }));
    const fitting = verdicts.filter((v) => v.reasons.length === 0).map((v) => v.node);
    if (fitting.length > 0) {
      const node = fitting.length === 1 ? fitting[0]! : best(pod, fitting, placed);
      this.#waiting.delete(uid);
      if (this.#api.bind(namespace, name, node.metadata.name!)) return;
      this.#recorder.record(
        podReference(pod),
        "Normal",
        "Scheduled",
        "Binding",
        `Successfully assigned ${namespace}/${name} to ${node.metadata.name}`,
      );
      return;
    }
    const message = fitMessage(
      pod,
      verdicts.map((v) => v.reasons),
      verdicts.length,
    );
    this.#recorder.record(podReference(pod), "Warning", "FailedScheduling", "Scheduling", message);
    this.#api.updatePodStatus(namespace, name, uid, (status) =>
      withCondition(status, {
        lastProbeTime: null as never,
        lastTransitionTime: this.#api.timestamp(),
        message,
        ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
        reason: "Unschedulable",
        status: "False",
        type: "PodScheduled",
      }),
    );
    entry.timer = this.#clock.after(leftoverMs, () => this.#schedule(namespace, name, uid));
  }
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

/** Kubernetes: pkg/scheduler/framework/types.go FitError. */
function fitMessage(pod: Pod, reasons: readonly (readonly Reason[])[], total: number): string {
  if (total === 0) return "no nodes available to schedule pods";
  const counted = (texts: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
    return [...counts]
      .map(([text, n]) => `${n} ${text}`)
      .sort((a, b) => (a < b ? -1 : 1))
      .join(", ");
  };
  const why = counted(reasons.flatMap((list) => list.map((r) => r.text)));
  const helpless = reasons.map((list) =>
    list.every((r) => r.curable)
      ? "No preemption victims found for incoming pod"
      : "Preemption is not helpful for scheduling",
  );
  const preemption =
    pod.spec.preemptionPolicy === "Never"
      ? "not eligible due to preemptionPolicy=Never."
      : `0/${total} nodes are available: ${counted(helpless)}.`;
  return `0/${total} nodes are available: ${why}. no new claims to deallocate, preemption: ${preemption}`;
}

/** The node with the highest score; the first of equals (Kubernetes: default plugin weights). */
function best(pod: Pod, nodes: readonly Node[], placed: readonly Pod[]): Node {
  const preferred = nodes.map((node) =>
    (pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).reduce(
      (sum, p) => sum + (matchesTerm(p.preference, node) ? p.weight : 0),
      0,
    ),
  );
  const soft = nodes.map(
    (node) => (node.spec.taints ?? []).filter((t) => t.effect === "PreferNoSchedule" && !toleratesTaint(pod, t)).length,
  );
  const [maxPreferred, maxSoft] = [Math.max(...preferred), Math.max(...soft)];
  const scores = nodes.map((node, i) => {
    const affinity = maxPreferred === 0 ? 0 : Math.floor((preferred[i]! * 100) / maxPreferred);
    const taints = maxSoft === 0 ? 100 : Math.floor(((maxSoft - soft[i]!) * 100) / maxSoft);
    return 3 * taints + 2 * affinity + leastAllocated(pod, node, placed);
  });
  return nodes[scores.indexOf(Math.max(...scores))]!;
}

function leastAllocated(pod: Pod, node: Node, placed: readonly Pod[]): number {
  const here = [...placed.filter((p) => p.spec.nodeName === node.metadata.name), pod];
  // A container without a request counts as 100m and 200 MiB.
  const defaults = { cpu: 100, memory: 200 * 1024 * 1024 };
  const score = (name: "cpu" | "memory") => {
    const value = node.status.allocatable?.[name] ?? 0;
    const total = name === "cpu" ? milliValue(value) : wholeValue(value);
    const used = here.reduce(
      (sum, p) => sum + (podRequests(p).get(name) || defaults[name] * p.spec.containers.length),
      0,
    );
    return used > total ? 0 : Math.floor(((total - used) * 100) / total);
  };
  return Math.floor((score("cpu") + score("memory")) / 2);
}
