/**
 * Making room: which Pods of lower priority would have to go so that a Pod fits (Kubernetes: pkg/scheduler/framework/
 * preemption, plugins/defaultpreemption). There are no disruption budgets here.
 */
import type { Node, Pod } from "../api/types.ts";
import type { FilterInputs } from "./filter.ts";
import { type Refusal, refusalOf } from "./filters.ts";

export interface Candidate {
  readonly node: Node;
  readonly victims: readonly Pod[];
}

/** Where room can be made, or why nowhere: the end of the fit message. */
export type Preemption = { readonly candidate: Candidate } | { readonly message: string };

export const disruptionReason = "PreemptionByScheduler";

export const priorityOf = (pod: Pod): number => pod.spec.priority ?? 0;

export interface Verdict {
  readonly inputs: FilterInputs;
  readonly refusal: Refusal;
}

export function planPreemption(pod: Pod, verdicts: readonly Verdict[]): Preemption {
  if (pod.spec.preemptionPolicy === "Never") return { message: "not eligible due to preemptionPolicy=Never." };
  const nominated = verdicts.find((v) => v.inputs.node.metadata.name === pod.status.nominatedNodeName);
  const waitsFor = (p: Pod) => priorityOf(p) < priorityOf(pod) && isLeavingForAnother(p);
  if (nominated && isCurable(nominated.refusal) && nominated.inputs.onNode.some(waitsFor))
    return { message: "not eligible due to a terminating pod on the nominated node." };
  const candidates: Candidate[] = [];
  const reasons: string[] = [];
  for (const verdict of verdicts) {
    const found = isCurable(verdict.refusal) ? victimsOn(verdict.inputs) : ["Preemption is not helpful for scheduling"];
    if (Array.isArray(found)) reasons.push(...found);
    else candidates.push(found);
  }
  const best = candidates.sort(byCost)[0];
  return best ? { candidate: best } : { message: `0/${verdicts.length} nodes are available: ${counted(reasons)}.` };
}

/** `2 Insufficient cpu, 1 node(s) were unschedulable`, sorted as strings. */
export function counted(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts]
    .map(([text, n]) => `${n} ${text}`)
    .sort((a, b) => (a < b ? -1 : 1))
    .join(", ");
}

function isCurable({ reasons }: Refusal): boolean {
  return reasons.every((r) => r.curable);
}

function isLeavingForAnother(pod: Pod): boolean {
  return (
    pod.metadata.deletionTimestamp !== undefined &&
    (pod.status.conditions ?? []).some((c) => c.type === "DisruptionTarget" && c.reason === disruptionReason)
  );
}

/** The fewest Pods that must go, the least important ones; or the texts of why it would not help. */
function victimsOn(inputs: FilterInputs): Candidate | string[] {
  const { pod, node, onNode } = inputs;
  const lower = onNode.filter((p) => priorityOf(p) < priorityOf(pod));
  if (lower.length === 0) return ["No preemption victims found for incoming pod"];
  const gone = new Set(lower);
  const refusal = () => refusalOf(without(inputs, gone));
  const stillRefused = refusal();
  if (stillRefused) return stillRefused.reasons.map((r) => r.text);
  // The most important ones are spared first.
  for (const p of [...lower].sort(byImportance)) {
    gone.delete(p);
    if (refusal()) gone.add(p);
  }
  return { node, victims: [...gone].sort(byImportance) };
}

function without(inputs: FilterInputs, gone: ReadonlySet<Pod>): FilterInputs {
  return {
    ...inputs,
    onNode: inputs.onNode.filter((p) => !gone.has(p)),
    everywhere: inputs.everywhere.filter((e) => !gone.has(e.pod)),
    social: inputs.social.filter((e) => !gone.has(e.pod)),
  };
}

const startOf = (pod: Pod): number => Date.parse(pod.status.startTime ?? pod.metadata.creationTimestamp ?? "") || 0;

/** Higher priority first, then who began earlier. */
function byImportance(a: Pod, b: Pod): number {
  return priorityOf(b) - priorityOf(a) || startOf(a) - startOf(b);
}

/** The cheapest node first: its most important victim, their sum, their number, and who began latest. */
function byCost(a: Candidate, b: Candidate): number {
  const highest = ({ victims }: Candidate) => priorityOf(victims[0]!);
  // Each victim counts, even one of negative priority.
  const sum = ({ victims }: Candidate) => victims.reduce((total, p) => total + priorityOf(p) + 2 ** 31, 0);
  const begun = (c: Candidate) => Math.min(...c.victims.filter((p) => priorityOf(p) === highest(c)).map(startOf));
  return highest(a) - highest(b) || sum(a) - sum(b) || a.victims.length - b.victims.length || begun(b) - begun(a);
}
