/** The cluster of a scenario: its nodes and objects, a clock, and what is written down. */
import { type ApiObject, timestampOf } from "../../src/cluster/apiServer.ts";
import { decodeObject } from "../../src/cluster/api/index.ts";
import { Cluster, type NodeOptions } from "../../src/cluster/cluster.ts";
import type { Pod } from "../../src/cluster/api/types.ts";
import type { Image } from "../../src/runtime/imageCatalogue.ts";
import { parseImageReference } from "../../src/runtime/imageReference.ts";
import type { ImageCatalogue } from "../../src/runtime/index.ts";
import { Clock } from "../../src/time/clock.ts";
import { asList, type Json, NotModelled, onlyKeys, type TestScenario } from "./format.ts";
import { surroundingsOf } from "./hints.ts";
import { manifestsOf } from "./manifests.ts";
import { Observation } from "./observation.ts";
import { accepted, type Refusal, refusalOf, withDefaults } from "./refusal.ts";

/** Objects exist this long before the Pods. */
const leadMs = 3000;

/** Where a scenario names no node, "any one roomy linux node will do". */
const roomyNode: NodeOptions = {
  name: "node-1",
  capacity: { cpu: "16", memory: "64Gi", pods: "110", "ephemeral-storage": "500Gi" },
};

export class World {
  readonly clock = new Clock();
  readonly cluster: Cluster;
  readonly seen: Observation;
  readonly scenario: TestScenario;
  readonly #catalogue: ImageCatalogue;
  /** What the API server said to each action that it refused. */
  readonly refusals: Refusal[] = [];

  constructor(scenario: TestScenario) {
    this.scenario = scenario;
    const nodes = (scenario.objects ?? []).filter((object) => object?.kind === "Node").map(nodeOptions);
    const { catalogue, settings } = surroundingsOf(scenario);
    this.#catalogue = catalogue;
    this.cluster = new Cluster({
      clock: this.clock,
      nodes: nodes.length > 0 ? nodes : [roomyNode],
      catalogue,
      kubelet: settings,
    });
    this.seen = new Observation(this.cluster, this.clock, (ms) => Math.round(ms - leadMs) / 1000);
    this.#prepareNamespaces();
    for (const object of scenario.objects ?? []) if (object?.kind !== "Node") this.exists(object);
  }

  /** Since the Pods' creation. */
  get seconds(): number {
    return Math.round(this.clock.now - leadMs) / 1000;
  }

  at(seconds: number, act: () => void): void {
    this.clock.after(leadMs + seconds * 1000 - this.clock.now, act);
  }

  runUntil(seconds: number): void {
    this.clock.runUntil(leadMs + seconds * 1000);
  }

  /** Test frameworks make the namespaces and accounts that their Pods name. */
  #prepareNamespaces(): void {
    const { api } = this.cluster;
    const insert = (kind: string, name: string, namespace?: string) => {
      if (!api.get(kind, namespace, name))
        api.insert({ apiVersion: "v1", kind, metadata: { name, ...(namespace && { namespace }) } });
    };
    for (const object of [...manifestsOf(this.scenario), ...(this.scenario.objects ?? [])]) {
      const namespace = object?.metadata?.namespace;
      if (typeof namespace === "string" && !api.get("Namespace", undefined, namespace))
        api.insert({
          apiVersion: "v1",
          kind: "Namespace",
          metadata: { name: namespace },
          spec: { finalizers: ["kubernetes"] },
          status: { phase: "Active" },
        });
      const account = object?.spec?.serviceAccountName;
      if (object?.spec?.containers && typeof account === "string")
        insert("ServiceAccount", account, namespace ?? "default");
    }
  }

  /** The object is there, whatever the API server would say to it. */
  exists(object: Json): void {
    const { api } = this.cluster;
    const stored = withDefaults(object);
    const { kind, metadata } = stored;
    if (api.get(kind, metadata.namespace, metadata.name!))
      api.delete(kind, metadata.namespace, metadata.name!, { grace: 0 });
    if (this.create(object).message !== "") api.insert(stored as ApiObject);
  }

  create(object: unknown): Refusal {
    const decoded = decodeObject(object);
    if ("status" in decoded) return refusalOf(decoded.status, object);
    const outcome = this.cluster.api.create(decoded.object as ApiObject);
    return "status" in outcome ? refusalOf(outcome.status, object) : accepted;
  }

  /** With `{{podIP:NAME}}` put in. */
  filled(manifest: Json): Json {
    const text = JSON.stringify(manifest).replace(/\{\{podIP:([^}]*)\}\}/g, (_all, name: string) => {
      const ip = this.pod(name)?.status.podIP;
      if (!ip) throw new NotModelled(`Pod ${name} has no address yet`);
      return ip;
    });
    return JSON.parse(text);
  }

  createPod(manifest: Json): Refusal {
    return this.create(this.filled(manifest));
  }

  /** By name, in whichever namespace. */
  pod(name: string): Pod | undefined {
    for (const pod of this.cluster.api.all<Pod>("Pod")) if (pod.metadata.name === name) return pod;
    return undefined;
  }

  imageOf(name: string): Image {
    const reference = parseImageReference(name);
    const image = "error" in reference ? undefined : this.#catalogue.find(reference);
    if (!image) throw new NotModelled(`image ${name}`);
    return image;
  }

  /** ms since 1970. */
  now(seconds: number): number {
    return this.cluster.api.epochMs + leadMs + seconds * 1000;
  }

  timestamp(): string {
    return timestampOf(this.cluster.api.now());
  }
}

function nodeOptions(node: Json): NodeOptions {
  onlyKeys(node.spec, ["taints", "unschedulable", "podCIDR"], `node ${node.metadata?.name}`);
  onlyKeys(
    node.status,
    ["allocatable", "capacity", "conditions", "addresses", "nodeInfo"],
    `node ${node.metadata?.name}`,
  );
  const { capacity, allocatable } = node.status ?? {};
  return {
    name: node.metadata.name,
    ...(node.metadata.labels && { labels: node.metadata.labels }),
    ...(node.spec?.taints && { taints: asList(node.spec.taints) as never }),
    ...(node.spec?.unschedulable && { unschedulable: true }),
    ...((capacity ?? allocatable) && { capacity: capacity ?? allocatable }),
    ...((allocatable ?? capacity) && { allocatable: allocatable ?? capacity }),
  };
}
