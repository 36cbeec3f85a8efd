/** The cluster of a scenario, at virtual time 0, before anything is in it. */
import catalogueData from "../../assets/images.json" with { type: "json" };
import { Cluster, type NodeOptions } from "../cluster/cluster.ts";
import { type ImageCatalogue, loadCatalogue } from "../runtime/index.ts";
import { Clock } from "../time/clock.ts";
import type { Scenario } from "./trace.ts";

/** Enough for a thousand busy Pods for ten minutes; an endless loop ends here. */
const maxSteps = 20_000_000;

let loaded: ImageCatalogue | undefined;

export function clusterFor(scenario: Pick<Scenario, "node" | "nodeImages" | "images" | "seed">): {
  readonly clock: Clock;
  readonly cluster: Cluster;
  readonly nodeName: string;
} {
  const clock = new Clock(maxSteps);
  loaded ??= loadCatalogue(catalogueData as never);
  const node = nodeOptions(scenario.node);
  const cluster = new Cluster({
    clock,
    nodes: [node],
    catalogue: loaded.with(scenario.images ?? {}),
    ...(scenario.seed !== undefined && { seed: scenario.seed }),
  });
  const runtime = cluster.runtimes.get(node.name)!;
  for (const image of scenario.nodeImages ?? []) runtime.preloadImage(image);
  return { clock, cluster, nodeName: node.name };
}

function nodeOptions(node: Scenario["node"]): NodeOptions {
  return typeof node === "object" ? { name: "minikube", ...node } : { name: "minikube" };
}
