import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node, Pod } from "../src/cluster/api/types.ts";
import type { NodeOptions } from "../src/cluster/cluster.ts";
import { asking, sleeper, testCluster } from "./cluster.ts";

const zones: readonly NodeOptions[] = [
  { name: "a1", labels: { zone: "a" } },
  { name: "b1", labels: { zone: "b" } },
];
const app = { labels: { app: "web" } };
const selector = { matchLabels: { app: "web" } };
const spread = {
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: selector },
  ],
};
const near = { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone", labelSelector: selector }] };
const preferred = {
  preferredDuringSchedulingIgnoredDuringExecution: [
    { weight: 100, podAffinityTerm: { topologyKey: "zone", labelSelector: selector } },
  ],
};
const anyway = { ...spread.topologySpreadConstraints[0], whenUnsatisfiable: "ScheduleAnyway" };
const unhelpful = "no new claims to deallocate, preemption: 0/2 nodes are available:";

/** Pods in order, a second apart; where each lands, or what the scheduler says. */
const placements: readonly [title: string, nodes: readonly NodeOptions[], pods: object[], expected: string[]][] = [
  [
    "spread over zones",
    zones,
    [sleeper("p1", spread, app), sleeper("p2", spread, app), sleeper("p3", spread, app)],
    ["a1", "b1", "a1"],
  ],
  [
    "a domain that is missing",
    [zones[0]!, { name: "bare" }],
    [sleeper("p1", spread, app), sleeper("p2", { ...spread, nodeSelector: { "kubernetes.io/hostname": "bare" } }, app)],
    [
      "a1",
      `0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) didn't match pod topology spread constraints (missing required label). ${unhelpful} 2 Preemption is not helpful for scheduling.`,
    ],
  ],
  [
    "too few domains for minDomains",
    [zones[0]!],
    [
      sleeper("p1", { topologySpreadConstraints: [{ ...spread.topologySpreadConstraints[0], minDomains: 2 }] }, app),
      sleeper("p2", { topologySpreadConstraints: [{ ...spread.topologySpreadConstraints[0], minDomains: 2 }] }, app),
    ],
    [
      "a1",
      "0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
    ],
  ],
  [
    "affinity and anti-affinity",
    zones,
    [
      sleeper("p1", { nodeSelector: { zone: "b" } }, app),
      sleeper("p2", { affinity: { podAffinity: near } }),
      sleeper("p3", { affinity: { podAntiAffinity: near } }),
    ],
    ["b1", "b1", "a1"],
  ],
  [
    "affinity to nobody",
    zones,
    [sleeper("p1", { affinity: { podAffinity: near } })],
    [
      `0/2 nodes are available: 2 node(s) didn't match pod affinity rules. ${unhelpful} 2 Preemption is not helpful for scheduling.`,
    ],
  ],
  ["the first of a group that wants company", zones, [sleeper("p1", { affinity: { podAffinity: near } }, app)], ["a1"]],
  [
    "those who are there want no company",
    [zones[0]!],
    [sleeper("p1", { affinity: { podAntiAffinity: near } }), sleeper("p2", {}, app)],
    [
      "a1",
      "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
    ],
  ],
  [
    "taints, a cordoned node, cpu",
    [
      { name: "t", taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }] },
      { name: "c", unschedulable: true },
    ],
    [asking("p1", { cpu: "1" })],
    [
      `0/2 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. ${unhelpful} 2 Preemption is not helpful for scheduling.`,
    ],
  ],
  [
    "the emptier node",
    [{ name: "n1" }, { name: "n2" }],
    [asking("p1", { cpu: "1" }), asking("p2", { cpu: "500m" })],
    ["n1", "n2"],
  ],
  [
    "rather with its like",
    zones,
    [
      sleeper("p1", { nodeSelector: { zone: "b" } }, app),
      sleeper("p2", { affinity: { podAffinity: preferred } }),
      sleeper("p3", { affinity: { podAntiAffinity: preferred } }),
    ],
    ["b1", "b1", "a1"],
  ],
  [
    "rather spread",
    zones,
    ["p1", "p2"].map((name) => sleeper(name, { topologySpreadConstraints: [anyway] }, app)),
    ["a1", "b1"],
  ],
  [
    "a host port is taken",
    [{ name: "n1" }],
    ["p1", "p2"].map((name) =>
      sleeper(name, {
        containers: [
          {
            name: "main",
            image: "busybox:1.36",
            command: ["sleep", "99"],
            ports: [{ containerPort: 80, hostPort: 80 }],
          },
        ],
      }),
    ),
    [
      "n1",
      "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
    ],
  ],
  [
    "a claim that does not exist",
    [{ name: "n1" }],
    [sleeper("p1", { volumes: [{ name: "d", persistentVolumeClaim: { claimName: "data" } }] })],
    ['0/1 nodes are available: persistentvolumeclaim "data" not found. not found'],
  ],
];

for (const [title, nodes, pods, expected] of placements) {
  test(title, () => {
    const world = testCluster(nodes);
    const names = pods.map((pod, i) => {
      world.at(i, () => world.create(pod));
      return (pod as Pod).metadata.name!;
    });
    world.runTo(pods.length + 3);
    const found = names.map((name) => world.pod(name)!).map(whereOrWhy);
    assert.deepEqual(found, expected);
  });
}

function whereOrWhy(pod: Pod): string {
  return pod.spec.nodeName ?? pod.status.conditions?.find((c) => c.type === "PodScheduled")?.message ?? "not tried";
}

test("a more important Pod makes the least important one leave", () => {
  const world = testCluster([{ name: "n1", capacity: { cpu: "2" } }]);
  world.create({ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: "high" }, value: 100 });
  world.create({ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: "middle" }, value: 50 });
  world.create(asking("low", { cpu: "1" }));
  world.create(asking("mid", { cpu: "1" }, { priorityClassName: "middle" }));
  world.at(5, () => world.create(asking("vip", { cpu: "1" }, { priorityClassName: "high" })));
  world.runTo(5.5);
  const vip = world.pod("vip")!;
  assert.equal(vip.status.nominatedNodeName, "n1");
  assert.deepEqual(world.events("vip"), ["FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu."]);
  const disrupted = world.pod("low")!.status.conditions!.find((c) => c.type === "DisruptionTarget")!;
  assert.equal(disrupted.reason, "PreemptionByScheduler");
  assert.ok(world.events("low").includes(`Preempted: Preempted by pod ${vip.metadata.uid} on node n1`));
  world.runTo(20);
  assert.equal(world.pod("low"), undefined);
  assert.equal(world.pod("vip")!.spec.nodeName, "n1");
  assert.equal(world.pod("vip")!.status.nominatedNodeName, undefined);
  assert.ok(world.pod("mid"));
});

test("with preemptionPolicy Never a Pod waits, however important", () => {
  const world = testCluster([{ name: "n1", capacity: { cpu: "1" } }]);
  const polite = { metadata: { name: "polite" }, value: 100, preemptionPolicy: "Never" };
  world.create({ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", ...polite });
  world.create(asking("low", { cpu: "1" }));
  world.at(5, () => world.create(asking("vip", { cpu: "1" }, { priorityClassName: "polite" })));
  world.runTo(10);
  assert.match(whereOrWhy(world.pod("vip")!), /preemption: not eligible due to preemptionPolicy=Never\.$/);
});

test("of those that wait for room the most important gets it", () => {
  const world = testCluster([{ name: "n1", capacity: { cpu: "1" } }]);
  const polite = { metadata: { name: "polite" }, value: 100, preemptionPolicy: "Never" };
  world.create({ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", ...polite });
  world.create(asking("first", { cpu: "1" }));
  world.at(2, () => world.create(asking("later", { cpu: "1" })));
  world.at(3, () => world.create(asking("vip", { cpu: "1" }, { priorityClassName: "polite" })));
  world.at(20, () => world.cluster.api.delete("Pod", "default", "first"));
  world.runTo(40);
  assert.equal(world.pod("vip")!.spec.nodeName, "n1");
  assert.equal(world.pod("later")!.spec.nodeName, undefined);
});

test("only a change that can help wakes a Pod that waits", () => {
  const world = testCluster();
  world.create(asking("big", { cpu: "64" }));
  const relabel = (labels: Record<string, string>) =>
    world.cluster.api.modify<Node>("Node", undefined, "n1", (node) => ({
      ...node,
      metadata: { ...node.metadata, labels: { ...node.metadata.labels, ...labels } },
    }));
  world.at(10, () => relabel({ disk: "ssd" }));
  world.runTo(30);
  assert.equal(world.events("big").length, 1);
  world.at(31, () =>
    world.cluster.api.modify<Node>("Node", undefined, "n1", (node) => ({
      ...node,
      status: { ...node.status, allocatable: { ...node.status.allocatable, cpu: "128" } },
    })),
  );
  world.runTo(40);
  assert.equal(world.pod("big")!.spec.nodeName, "n1");
});

test("a gate holds a Pod back without a word until it is removed", () => {
  const world = testCluster();
  world.create(sleeper("gated", { schedulingGates: [{ name: "example.com/go" }] }));
  world.runTo(10);
  const scheduled = world.pod("gated")!.status.conditions!.find((c) => c.type === "PodScheduled")!;
  assert.deepEqual([scheduled.status, scheduled.reason], ["False", "SchedulingGated"]);
  assert.deepEqual(world.events("gated"), []);
  const pod = world.pod("gated")!;
  const outcome = world.cluster.api.update({ ...pod, spec: { ...pod.spec, schedulingGates: [] } } as never);
  assert.ok(!("status" in outcome), JSON.stringify(outcome));
  world.runTo(15);
  assert.equal(world.pod("gated")!.status.phase, "Running");
});
