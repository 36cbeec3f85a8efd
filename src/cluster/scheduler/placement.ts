/** Where Pods are: the scheduler's own picture of the nodes, kept up with each change (Kubernetes: pkg/scheduler/backend/cache). */
import type { Node, Pod } from "../api/types.ts";
import type { PlacedPod } from "./filter.ts";
import { podRequests } from "./requests.ts";

export class Placement {
  /** By node, then by UID. */
  readonly #pods = new Map<string, Map<string, Pod>>();
  /** The same as lists, made when asked for; a list never changes. */
  readonly #lists = new Map<string, readonly Pod[]>();
  /** Pods with rules about other Pods, by UID. */
  readonly #social = new Map<string, Pod>();

  /** A Pod came, changed or ended. */
  set(pod: Pod): void {
    const { phase } = pod.status;
    if (!pod.spec.nodeName || phase === "Succeeded" || phase === "Failed") return this.remove(pod);
    const { nodeName } = pod.spec;
    let here = this.#pods.get(nodeName);
    if (!here) this.#pods.set(nodeName, (here = new Map()));
    const uid = pod.metadata.uid!;
    const old = here.get(uid);
    if (old && isSame(old, pod)) return;
    here.set(uid, pod);
    if (isSocial(pod)) this.#social.set(uid, pod);
    this.#lists.delete(nodeName);
  }

  remove(pod: Pod): void {
    const { nodeName } = pod.spec;
    if (!nodeName || !this.#pods.get(nodeName)?.delete(pod.metadata.uid!)) return;
    this.#social.delete(pod.metadata.uid!);
    this.#lists.delete(nodeName);
  }

  onNode(name: string): readonly Pod[] {
    let list = this.#lists.get(name);
    if (!list) this.#lists.set(name, (list = [...(this.#pods.get(name)?.values() ?? [])]));
    return list;
  }

  /** Those with affinity or anti-affinity rules of their own. */
  social(): readonly Pod[] {
    return [...this.#social.values()];
  }
}

/** Only what filters and scores look at counts. */
function isSame(a: Pod, b: Pod): boolean {
  return (
    a.spec === b.spec &&
    a.metadata.deletionTimestamp === b.metadata.deletionTimestamp &&
    (a.metadata.labels === b.metadata.labels || JSON.stringify(a.metadata.labels) === JSON.stringify(b.metadata.labels))
  );
}

export function isSocial(pod: Pod): boolean {
  return pod.spec.affinity?.podAffinity !== undefined || pod.spec.affinity?.podAntiAffinity !== undefined;
}

export function placed(pods: readonly Pod[], nodes: ReadonlyMap<string, Node>): PlacedPod[] {
  return pods.flatMap((pod) => {
    const node = nodes.get(pod.spec.nodeName!);
    return node ? [{ pod, node }] : [];
  });
}

const sums = new WeakMap<readonly Pod[], ReadonlyMap<string, number>>();

/** What the Pods of a list ask for together; worked out once for each list. */
export function requestedBy(pods: readonly Pod[]): ReadonlyMap<string, number> {
  const known = sums.get(pods);
  if (known) return known;
  const total = new Map<string, number>();
  for (const pod of pods)
    for (const [name, amount] of podRequests(pod)) total.set(name, (total.get(name) ?? 0) + amount);
  sums.set(pods, total);
  return total;
}
