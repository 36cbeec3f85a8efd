import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../src/cluster/api/types.ts";
import { sleeper, testCluster } from "./cluster.ts";

interface Slice {
  metadata: { name: string; labels: Record<string, string> };
  endpoints: { conditions: { ready: boolean; serving: boolean; terminating: boolean }; targetRef: { name: string } }[];
  ports: { name: string; port: number }[] | null;
}

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: "http" }] },
};

function server(name: string, port: number, spec: object = {}): object {
  const container = {
    name: "main",
    image: "busybox:1.36",
    command: ["sh", "-c", "trap 'sleep 5; exit' TERM; touch /ready; sleep 3600 & wait"],
    ports: [{ name: "http", containerPort: port }],
    readinessProbe: { exec: { command: ["cat", "/ready"] }, periodSeconds: 1, failureThreshold: 1 },
  };
  return sleeper(
    name,
    { terminationGracePeriodSeconds: 30, containers: [container], ...spec },
    { labels: { app: "web" } },
  );
}

/** `name: ready serving terminating` of each endpoint, slice by slice. */
function seen(world: ReturnType<typeof testCluster>): string[][] {
  return (
    world.cluster.api
      .list<Slice>("EndpointSlice", "default")
      // The API server's own is there from the beginning.
      .filter(({ metadata }) => metadata.name !== "kubernetes")
      .map((slice) =>
        (slice.endpoints ?? []).map(
          ({ targetRef, conditions: c }) => `${targetRef.name}: ${c.ready} ${c.serving} ${c.terminating}`,
        ),
      )
  );
}

test("a slice follows readiness, termination and removal", () => {
  const world = testCluster();
  world.create(service);
  world.create(server("a", 8080));
  world.runTo(0.5);
  assert.deepEqual(seen(world), [[]], "no address yet");
  world.runTo(5);
  assert.deepEqual(seen(world), [["a: true true false"]]);
  world.at(10, () => world.cluster.api.delete("Pod", "default", "a"));
  world.runTo(12);
  assert.deepEqual(seen(world), [["a: false true true"]]);
  world.runTo(30);
  assert.deepEqual(seen(world), [[]]);
  world.cluster.api.delete("Service", "default", "web");
  world.runTo(31);
  assert.deepEqual(seen(world), []);
});

test("Pods whose named port has another number are in a slice of their own", () => {
  const world = testCluster();
  world.create(service);
  world.create(server("a", 8080));
  world.create(server("b", 9090));
  world.runTo(5);
  assert.deepEqual(seen(world).sort(), [["a: true true false"], ["b: true true false"]]);
  const endpoints = world.cluster.api.get<{ subsets: { ports: { port: number }[] }[] }>("Endpoints", "default", "web")!;
  assert.deepEqual(
    endpoints.subsets.map((s) => s.ports[0]!.port),
    [8080, 9090],
  );
});

test("a readiness gate keeps a Pod out until its condition is true", () => {
  const world = testCluster();
  world.create(service);
  world.create(server("a", 8080, { readinessGates: [{ conditionType: "example.com/lb" }] }));
  world.runTo(5);
  assert.deepEqual(seen(world), [["a: false false false"]]);
  const ready = (pod: Pod) => pod.status.conditions!.find((c) => c.type === "Ready")!;
  assert.equal(
    ready(world.pod("a")!).message,
    'corresponding condition of pod readiness gate "example.com/lb" does not exist.',
  );
  const condition = { type: "example.com/lb", status: "True" } as never;
  world.cluster.api.updatePodStatus("default", "a", undefined, (status) => ({
    ...status,
    conditions: [...(status.conditions ?? []), condition],
  }));
  world.runTo(8);
  assert.deepEqual(seen(world), [["a: true true false"]]);
});
