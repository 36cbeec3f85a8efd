/**
 * A cluster full of Pods for ten virtual minutes: what it takes in time and memory. Run by itself, it prints one load as
 * JSON: `node --import tsx test/manyPods.ts 1000 idle`.
 */
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import catalogueData from "../assets/images.json" with { type: "json" };
import { type ApiObject, decodeObject } from "../src/cluster/api/index.ts";
import type { Pod } from "../src/cluster/api/types.ts";
import { Cluster } from "../src/cluster/cluster.ts";
import { loadCatalogue } from "../src/runtime/index.ts";
import { Clock } from "../src/time/clock.ts";

export interface Load {
  readonly pods: number;
  readonly kind: Kind;
  /** Of the processor. */
  readonly ms: number;
  readonly msPerPod: number;
  /** Of the heap, after a collection, while the cluster is still there. */
  readonly megabytes: number;
  /** The clock's: what happened. */
  readonly steps: number;
}

const podsPerNode = 250;
const seconds = 600;
const maxSteps = 2_000_000_000;
const image = "busybox:1.36";

const containers = {
  /** Nothing happens in it. */
  idle: { image, command: ["sleep", "1000000"] },
  /** Writes a line each second and is probed every ten. */
  busy: {
    image,
    command: ["sh", "-c", "while true; do echo tick; sleep 1; done"],
    readinessProbe: { exec: { command: ["true"] } },
  },
} as const;

export type Kind = keyof typeof containers;

export function manyPods(count: number, kind: Kind): Load {
  const catalogue = loadCatalogue(catalogueData as never);
  const before = heap();
  const begun = process.cpuUsage();
  const clock = new Clock(maxSteps);
  const capacity = { cpu: "1000", memory: "1000Gi", pods: String(podsPerNode + 10) };
  const nodes = Array.from({ length: Math.ceil(count / podsPerNode) }, (_, i) => ({ name: `node-${i}`, capacity }));
  const cluster = new Cluster({ clock, nodes, catalogue });
  for (const runtime of cluster.runtimes.values()) runtime.preloadImage(image);
  for (let i = 0; i < count; i++) create(cluster, i, kind);
  clock.runUntil(seconds * 1000);
  const { user, system } = process.cpuUsage(begun);
  const ms = (user + system) / 1000;
  const running = cluster.api.list<Pod>("Pod").filter((pod) => pod.status.phase === "Running").length;
  if (running !== count) throw new Error(`only ${running} of ${count} Pods run`);
  const rounded = (n: number) => Math.round(n * 100) / 100;
  return {
    pods: count,
    kind,
    ms: rounded(ms),
    msPerPod: rounded(ms / count),
    megabytes: rounded((heap() - before) / 2 ** 20),
    steps: clock.steps,
  };
}

function create(cluster: Cluster, i: number, kind: Kind): void {
  const decoded = decodeObject({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `pod-${i}`, namespace: "default" },
    spec: { containers: [{ name: "c", ...containers[kind] }] },
  });
  if ("object" in decoded) cluster.api.create(decoded.object as ApiObject);
}

function heap(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [count = "100", kind = "idle"] = process.argv.slice(2);
  console.log(JSON.stringify(manyPods(Number(count), kind as Kind)));
}
