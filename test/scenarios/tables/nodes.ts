/** Whether a node has room for a Pod: the scheduler's filter and the kubelet's own check. */
import type { Node, Pod } from "../../../src/cluster/api/types.ts";
import { generalPredicates } from "../../../src/cluster/kubelet/admission.ts";
import { fitsResources } from "../../../src/cluster/scheduler/filters.ts";
import { equal, type Json, onlyKeys } from "../format.ts";
import { podOf, type Table } from "./table.ts";

function nodeOf(name: string, allocatable: Json, more: Json = {}): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: more.labels ?? {} },
    spec: { ...(more.taints && { taints: more.taints }), ...(more.unschedulable && { unschedulable: true }) },
    status: { allocatable: { pods: "110", ...allocatable } },
  } as Node;
}

/** One Pod that takes all that is in use. */
function usedBy(used: Json, ports: readonly Json[] = []): Pod[] {
  const { pods, ...requests } = used ?? {};
  const count = Number(pods ?? 1);
  const containerPorts = ports.map((port) =>
    typeof port === "number"
      ? { hostPort: port, containerPort: port }
      : { containerPort: 1, ...port, hostPort: port.hostPort ?? port.port },
  );
  const first = podOf({ containers: [{ name: "used", resources: { requests }, ports: containerPorts }] });
  return Array.from({ length: count }, (_, i) => (i === 0 ? first : podOf({ containers: [] })));
}

export const fit: Table = {
  when: ["nodeAllocatable"],
  input: ["nodeAllocatable", "nodeUsed", "podSpec"],
  expect: ["fits", "reasons", "unresolvable"],
  check({ nodeAllocatable, nodeUsed, podSpec }, expect) {
    const node = nodeOf("node", nodeAllocatable);
    const reasons = fitsResources({ pod: podOf(podSpec), node, onNode: usedBy(nodeUsed) });
    equal(reasons.length === 0, expect.fits, "fits");
    equal(
      reasons.map((r) => r.text),
      expect.reasons,
      "reasons",
    );
    if (expect.unresolvable !== undefined)
      equal(
        reasons.some((r) => !r.curable),
        expect.unresolvable,
        "unresolvable",
      );
  },
};

export const kubeletAdmission: Table = {
  when: ["static", "node"],
  input: ["podSpec", "static", "node", "nodeUsed", "usedHostPorts"],
  expect: ["admit", "reasons"],
  check({ podSpec, static: isStatic, node, nodeUsed, usedHostPorts }, expect) {
    onlyKeys(node, ["name", "allocatable", "taints", "labels", "unschedulable"], "node");
    const others = usedBy(nodeUsed, usedHostPorts);
    const reasons = generalPredicates(
      podOf(podSpec),
      nodeOf(node.name, node.allocatable, node),
      others,
      isStatic === true,
    );
    equal(reasons.length === 0, expect.admit, "admit");
    equal(reasons, expect.reasons, "reasons");
  },
};
