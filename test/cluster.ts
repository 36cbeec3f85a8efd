/** A cluster of one or more nodes to try things on, by second. */
import catalogueData from "../assets/images.json" with { type: "json" };
import { decodeObject } from "../src/cluster/api/index.ts";
import type { ApiObject } from "../src/cluster/apiServer.ts";
import type { Event, Pod } from "../src/cluster/api/types.ts";
import { Cluster, type NodeOptions } from "../src/cluster/cluster.ts";
import { loadCatalogue } from "../src/runtime/index.ts";
import { Clock } from "../src/time/clock.ts";

const catalogue = loadCatalogue(catalogueData as never);

export interface TestCluster {
  readonly cluster: Cluster;
  create(object: object): void;
  /** What is to happen at a second. */
  at(second: number, action: () => void): void;
  runTo(second: number): void;
  pod(name: string): Pod | undefined;
  /** `Scheduled: Successfully assigned …`, of one object, in order. */
  events(name: string): string[];
}

export function testCluster(nodes: readonly NodeOptions[] = [{ name: "n1" }]): TestCluster {
  const clock = new Clock();
  const cluster = new Cluster({ clock, nodes, catalogue });
  for (const runtime of cluster.runtimes.values()) runtime.preloadImage("busybox:1.36");
  return {
    cluster,
    create(object) {
      const decoded = decodeObject(object);
      if ("status" in decoded) throw new Error(decoded.status.message);
      const outcome = cluster.api.create(decoded.object as ApiObject);
      if ("status" in outcome) throw new Error(outcome.status.message);
    },
    at: (second, action) => void clock.after(second * 1000 - clock.now, action),
    runTo: (second) => clock.runUntil(second * 1000),
    pod: (name) => cluster.api.get<Pod>("Pod", "default", name),
    events: (name) =>
      cluster.api
        .list<Event>("Event", "default")
        .filter((e) => e.involvedObject.name === name)
        .map((e) => `${e.reason}: ${e.message}`),
  };
}

/** A Pod of one container that sleeps, and whatever else its spec shall have. */
export function sleeper(name: string, spec: object = {}, metadata: object = {}): object {
  const containers = [{ name: "main", image: "busybox:1.36", command: ["sleep", "3600"] }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...metadata },
    spec: { terminationGracePeriodSeconds: 1, containers, ...spec },
  };
}

/** The same with requests. */
export function asking(name: string, requests: object, spec: object = {}, metadata: object = {}): object {
  const container = { name: "main", image: "busybox:1.36", command: ["sleep", "3600"], resources: { requests } };
  return sleeper(name, { containers: [container], ...spec }, metadata);
}
