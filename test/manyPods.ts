/** A cluster full of Pods for ten virtual minutes: what it takes in time and memory. */
import { performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import catalogueData from "../assets/images.json" with { type: "json" };
import { Cluster } from "../src/cluster/cluster.ts";
import { decodeObject } from "../src/cluster/api/index.ts";
import { type ImageCatalogue, loadCatalogue } from "../src/runtime/index.ts";
import type { Pod } from "../src/cluster/api/types.ts";
import { Clock } from "../src/time/clock.ts";

export interface Load {
  readonly ms: number;
  /** Of the heap, after a collection, while the cluster is still there. */
  readonly megabytes: number;
  readonly running: number;
}

const podsPerNode = 250;
const seconds = 600;

const containers = {
  /** Nothing happens in it. */
  idle: { image: "busybox:1.36", command: ["sleep", "1000000"] },
  /** Writes a line each second and is probed every ten. */
  busy: {
    image: "busybox:1.36",
    command: ["sh", "-c", "while true; do echo tick; sleep 1; done"],
    readinessProbe: { exec: { command: ["true"] } },
  },
} as const;

let catalogue: ImageCatalogue | undefined;

export function manyPods(count: number, kind: keyof typeof containers): Load {
  catalogue ??= loadCatalogue(catalogueData as never);
  const before = heap();
  const begun = performance.now();
  const clock = new Clock(2_000_000_000);
  const capacity = { cpu: "1000", memory: "1000Gi", pods: String(podsPerNode + 10) };
  const nodes = Array.from({ length: Math.ceil(count / podsPerNode) }, (_, i) => ({ name: `node-${i}`, capacity }));
  const cluster = new Cluster({ clock, nodes, catalogue });
  for (const runtime of cluster.runtimes.values()) runtime.preloadImage("busybox:1.36");
  for (let i = 0; i < count; i++) {
    const manifest = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `pod-${i}`, namespace: "default" },
      spec: { containers: [{ name: "c", ...containers[kind] }] },
    };
    const decoded = decodeObject(manifest);
    if ("object" in decoded) cluster.api.create(decoded.object as never);
  }
  clock.runUntil(seconds * 1000);
  const ms = performance.now() - begun;
  const running = cluster.api.list<Pod>("Pod").filter((pod) => pod.status.phase === "Running").length;
  return { ms, megabytes: (heap() - before) / 2 ** 20, running };
}

function heap(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
