import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiServer, type ApiObject } from "../src/cluster/apiServer.ts";
import { decodeObject } from "../src/cluster/api/index.ts";
import type { Event } from "../src/cluster/api/types.ts";
import { Kubelet } from "../src/cluster/kubelet/kubelet.ts";
import { Scheduler } from "../src/cluster/scheduler/scheduler.ts";
import { TraceRecorder } from "../src/simulation/traceRecorder.ts";
import { Clock } from "../src/time/clock.ts";
import { Random } from "../src/time/random.ts";
import { scriptedRuntime } from "./scriptedRuntime.ts";

/** Runs a Pod alone on a node; `at` does things to it, by second. */
function run(spec: object, seconds: number, at: Record<number, (api: ApiServer) => void> = {}): TraceRecorder {
  const clock = new Clock();
  const random = new Random(1);
  const api = new ApiServer(clock, random, 0);
  const insert = (kind: string, name: string, more = {}, namespace?: string) =>
    api.insert({ apiVersion: "v1", kind, metadata: { name, ...(namespace && { namespace }) }, ...more } as ApiObject);
  insert("Namespace", "default", { status: { phase: "Active" } });
  insert("ServiceAccount", "default", { automountServiceAccountToken: false }, "default");
  const allocatable = { cpu: "2", memory: "8Gi", pods: "110" };
  insert("Node", "n", {
    spec: {},
    status: { allocatable, capacity: allocatable, addresses: [{ type: "InternalIP", address: "192.168.49.2" }] },
  });
  new Scheduler(clock, api);
  const runtime = scriptedRuntime(clock);
  new Kubelet({ clock, api, runtime, random, nodeName: "n", typical: true, manifestFolder: "/m" }).start();
  const recorder = new TraceRecorder(api, "p", () => clock.now / 1000);
  const decoded = decodeObject({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec });
  if ("status" in decoded) throw new Error(decoded.status.message);
  const created = api.create(decoded.object as ApiObject);
  assert.ok(!("status" in created), JSON.stringify(created));
  for (const [second, action] of Object.entries(at)) clock.after(Number(second) * 1000, () => action(api));
  clock.runUntil(seconds * 1000);
  return recorder;
}

const container = (command: string[], more = {}) => ({ name: "a", image: "x:1", command, ...more });
const statuses = (r: TraceRecorder) => r.watch.map((w) => ("gone" in w ? "gone" : `${w.status} ${w.restarts}`));
const times = (r: TraceRecorder, reason: string) =>
  r.events.filter((e) => e.reason === reason).map((e) => Math.round(e.t));

test("a Pod that ends well under Never is Completed", () => {
  const r = run({ restartPolicy: "Never", containers: [container(["run", "3", "0"])] }, 30);
  assert.deepEqual(statuses(r), ["Pending 0", "ContainerCreating 0", "Running 0", "Completed 0"]);
  assert.deepEqual(
    r.phases.map((p) => p.phase),
    ["Pending", "Running", "Succeeded"],
  );
});

test("a crash loop restarts at once, then waits 10 s, 20 s, 40 s, each stretched", () => {
  const r = run({ containers: [container(["run", "1", "1"])] }, 130);
  const starts = r.events.filter((e) => e.reason === "Started").map((e) => e.t);
  const gaps = starts.slice(1).map((t, i) => t - starts[i]! - 1);
  assert.ok(gaps[0]! < 2.5, `first restart after ${gaps[0]}`);
  for (const [i, nominal] of [
    [1, 10],
    [2, 20],
    [3, 40],
  ] as const)
    assert.ok(gaps[i]! >= nominal && gaps[i]! <= nominal * 1.5 + 2.5, `gap ${i}: ${gaps[i]}`);
  assert.ok(statuses(r).includes("CrashLoopBackOff 1"), statuses(r).join());
});

test("a failed liveness probe restarts the container after its grace period", () => {
  const probe = { exec: { command: ["exitAfter", "30"] }, initialDelaySeconds: 5, periodSeconds: 5 };
  const r = run({ containers: [container(["hang"], { livenessProbe: probe })] }, 100);
  assert.equal(times(r, "Unhealthy").length, 3);
  const [killing] = times(r, "Killing");
  assert.ok(Math.abs(killing! - 45) <= 3, `killed at ${killing}`);
  assert.deepEqual(statuses(r).at(-1), "Running 1");
});

test("init containers run one after the other, then the others", () => {
  const init = (name: string) => ({ name, image: "x:1", command: ["run", "2", "0"] });
  const r = run({ initContainers: [init("i"), init("j")], containers: [container(["hang"])] }, 30);
  assert.deepEqual(statuses(r), ["Pending 0", "Init:0/2 0", "Init:1/2 0", "PodInitializing 0", "Running 0"]);
});

test("a deleted Pod is stopped and leaves the API", () => {
  const r = run({ terminationGracePeriodSeconds: 5, containers: [container(["hang"])] }, 40, {
    10: (api) => api.delete("Pod", "default", "p"),
  });
  assert.deepEqual(statuses(r).slice(-3), ["Terminating 0", "Error 0", "gone"]);
  assert.ok(Math.abs(r.watch.at(-1)!.t - 16) < 2.5);
});

test("a Pod that fits no node says so and waits", () => {
  const r = run({ containers: [container(["hang"], { resources: { requests: { cpu: "3" } } })] }, 20);
  const [event] = r.events as unknown as Event[];
  assert.equal(
    event!.message,
    "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
  );
  assert.deepEqual(statuses(r), ["Pending 0"]);
});
