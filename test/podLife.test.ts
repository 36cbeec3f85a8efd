/** Turns of a Pod's life that no recording shows: what happens, in short lines. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { simulate } from "../src/simulation/simulate.ts";
import type { Pod } from "../src/cluster/api/types.ts";
import type { Scenario } from "../src/simulation/trace.ts";
import { utf8Encode } from "../src/runtime/bytes.ts";
import { manifestFolder } from "../src/cluster/cluster.ts";
import { sleeper, testCluster } from "./cluster.ts";

const sleeping = { name: "c", image: "busybox:1.36", command: ["sleep", "3600"] };
const pod = (spec: object) => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec });
const given = { nodeImages: ["busybox:1.36"], seconds: 60 };

function run(scenario: Scenario): { statuses: string[]; events: string[] } {
  const { trace, rejected } = simulate(scenario);
  assert.equal(rejected, undefined);
  return {
    statuses: trace.watch.map((w) => ("gone" in w ? "gone" : w.status)),
    events: trace.events.map((e) => `${e.reason}: ${e.message}`),
  };
}

test("deleted while its image is pulled: the pull goes on, and the container runs for a moment", () => {
  const { statuses, events } = run({
    pod: pod({ terminationGracePeriodSeconds: 2, containers: [{ name: "c", image: "nginx:1.27" }] }),
    images: { "nginx:1.27": { pullSeconds: 30 } },
    actions: [{ at: 5, delete: "p" }],
    seconds: 40,
  });
  assert.deepEqual(statuses.slice(-4), ["Terminating", "Terminating", "Completed", "gone"]);
  assert.deepEqual(events.slice(-3), [
    "Created: Container created",
    "Started: Container started",
    "Killing: Stopping container c",
  ]);
});

test("deleted during a hook or a kill: that comes to its end first", () => {
  const kills = (container: object, deleted: object) => {
    const spec = { terminationGracePeriodSeconds: 6, containers: [{ ...sleeping, ...container }] };
    const { trace } = simulate({ ...given, pod: pod(spec), actions: [{ at: 5, delete: "p" }, deleted] as never });
    return trace.events.filter((e) => e.reason === "Killing").map((e) => `${Math.floor(e.t)}: ${e.message}`);
  };
  const postStart = { exec: { command: ["sleep", "20"] } };
  assert.deepEqual(kills({ lifecycle: { postStart } }, { at: 8, delete: "p", grace: 1 }), ["20: Stopping container c"]);
  const livenessProbe = { exec: { command: ["false"] }, initialDelaySeconds: 3, periodSeconds: 1, failureThreshold: 1 };
  // The sync that kills also starts anew.
  assert.deepEqual(kills({ livenessProbe }, { at: 5.5, delete: "p", grace: 3 }), [
    "3: Container c failed liveness probe, will be restarted",
    "9: Stopping container c",
  ]);
  // A shorter time comes too late, and nothing is killed twice.
  assert.deepEqual(kills({}, { at: 7, delete: "p", grace: 0 }), ["5: Stopping container c"]);
});

test("deleted during an init container: the others are left as they wait", () => {
  const { statuses } = run({
    ...given,
    pod: pod({
      terminationGracePeriodSeconds: 2,
      initContainers: [{ ...sleeping, name: "i" }],
      containers: [sleeping],
    }),
    actions: [{ at: 5, delete: "p" }],
  });
  assert.deepEqual(statuses.slice(-3), ["Terminating", "Init:Error", "gone"]);
});

test("an init container that never started counts as lost at the end, and so does one that waits to be repeated", () => {
  const missing = { name: "i", image: "nope:1" };
  const failing = { ...sleeping, name: "i", command: ["false"] };
  const end = (init: object, more: object) => {
    const initContainers = [init, { ...sleeping, name: "j" }];
    const { statuses } = run({ ...given, pod: pod({ initContainers, containers: [sleeping], ...more }) });
    return statuses.at(-1);
  };
  assert.equal(end(missing, { activeDeadlineSeconds: 5 }), "Init:ContainerStatusUnknown");
  assert.equal(end(failing, { activeDeadlineSeconds: 5 }), "Init:ContainerStatusUnknown");
});

test("an init container that had ended is not said to run again: its Pod looks unchanged until it ends", () => {
  const again = (restartPolicy: string) => {
    const initContainers = [{ ...sleeping, name: "i", command: ["sleep", "5"] }];
    const containers = [{ ...sleeping, command: ["sh", "-c", "trap 'exit 3' TERM; while true; do sleep 1; done"] }];
    const spec = { restartPolicy, initContainers, containers };
    const { trace } = simulate({ ...given, pod: pod(spec), actions: [{ at: 12, killSandbox: "p" }] });
    return trace.containers.filter((c) => c.t > 12 && c.name === "i").map((c) => c.state);
  };
  assert.deepEqual(again("Always"), ["running", "terminated"]);
  assert.deepEqual(again("OnFailure"), []);
});

test("no kubelet can run a tcpSocket hook", () => {
  const { events } = run({
    ...given,
    pod: pod({
      terminationGracePeriodSeconds: 2,
      containers: [{ ...sleeping, lifecycle: { preStop: { tcpSocket: { port: 80 } } } }],
    }),
    actions: [{ at: 5, delete: "p" }],
  });
  assert.ok(events.includes("FailedPreStopHook: PreStopHook failed"));
});

test("past its deadline a Pod is stopped, and each status says so", () => {
  const { statuses, events } = run({
    ...given,
    pod: pod({ activeDeadlineSeconds: 10, terminationGracePeriodSeconds: 2, containers: [sleeping] }),
  });
  assert.equal(events.filter((e) => e.startsWith("DeadlineExceeded: ")).length, 4);
  assert.equal(statuses.at(-1), "Error");
});

const hungry = ["tail /dev/zero", "x=x; while true; do x=$x$x; done", "head -c 50000000 /dev/zero | sort; exit 137"];
for (const script of hungry) {
  test(`a memory limit ends ${script}`, () => {
    const limited = { ...sleeping, command: ["sh", "-c", script], resources: { limits: { memory: "20Mi" } } };
    const { statuses } = run({ ...given, seconds: 20, pod: pod({ restartPolicy: "Never", containers: [limited] }) });
    assert.equal(statuses.at(-1), "OOMKilled");
  });
}

/** Writes static manifests and says which Pods run, and since which second. */
function staticPods(steps: readonly [second: number, file: string, text: string | undefined][], seconds: number) {
  const world = testCluster();
  const files = world.cluster.runtimes.get("n1")!.nodeFiles;
  for (const [second, file, text] of steps)
    world.at(second, () => {
      if (text === undefined) files.remove(`${manifestFolder}/${file}`);
      else files.writeFile(`${manifestFolder}/${file}`, utf8Encode(text), { mode: 0o644 });
    });
  world.runTo(seconds);
  return world;
}

const manifest = (spec: object = {}) => JSON.stringify(sleeper("web", { containers: [sleeping], ...spec }));

test("of two files of one name the one written last runs; when it goes, the other comes back", () => {
  const second = manifest({ containers: [{ ...sleeping, name: "other" }] });
  const steps: [number, string, string | undefined][] = [
    [1, "a.yaml", manifest()],
    [5, "b.yaml", second],
  ];
  const names = (world: ReturnType<typeof testCluster>) => world.pod("web-n1")?.spec.containers.map((c) => c.name);
  assert.deepEqual(names(staticPods(steps, 4)), ["c"]);
  assert.deepEqual(names(staticPods(steps, 40)), ["other"]);
  assert.deepEqual(names(staticPods([...steps, [45, "b.yaml", undefined]], 90)), ["c"]);
});

test("a file that breaks takes its Pod with it only at the next full reading", () => {
  const steps: [number, string, string][] = [
    [1, "a.yaml", manifest()],
    [22, "a.yaml", "kind: [Pod"],
  ];
  assert.equal(staticPods(steps, 35).pod("web-n1")?.status.phase, "Running");
  assert.equal(staticPods(steps, 55).pod("web-n1"), undefined);
});

test("of several documents the first counts; unknown fields are passed over", () => {
  const text = `${manifest({ colour: "red" })}\n---\n${JSON.stringify(sleeper("second"))}\n`;
  const world = staticPods([[1, "a.yaml", text]], 10);
  assert.equal(world.pod("web-n1")?.status.phase, "Running");
  assert.equal(world.pod("second-n1"), undefined);
});

test("a static Pod that ended by itself stays ended, until its file goes or changes", () => {
  const once = { restartPolicy: "Never", containers: [{ ...sleeping, command: ["sh", "-c", "sleep 2; exit 3"] }] };
  const first: [number, string, string | undefined] = [1, "a.yaml", manifest(once)];
  const ended = staticPods([first], 60).pod("web-n1");
  assert.deepEqual([ended?.status.phase, ended?.status.containerStatuses?.[0]?.restartCount], ["Failed", 0]);
  assert.equal(staticPods([first, [20, "a.yaml", undefined]], 25).pod("web-n1"), undefined);
  assert.equal(staticPods([first, [20, "a.yaml", manifest()]], 40).pod("web-n1")?.status.phase, "Running");
});

test("a subPath that is missing is made with the volume's permissions; a file in its way is a container that cannot start", () => {
  const mounted = (securityContext: object, subPath: string) => {
    const container = {
      name: "c",
      image: "busybox:1.36",
      command: ["sh", "-c", "ls -ldn /v | cut -d' ' -f1"],
      volumeMounts: [{ name: "v", mountPath: "/v", subPath }],
    };
    const volume = subPath.startsWith("ca.crt") ? { configMap: { name: "kube-root-ca.crt" } } : { emptyDir: {} };
    const volumes = [{ name: "v", ...volume }];
    const { trace } = simulate({
      ...given,
      seconds: 10,
      pod: pod({ restartPolicy: "Never", securityContext, containers: [container], volumes }),
    });
    return trace.kubectl.logs.c ?? "";
  };
  assert.equal(mounted({}, "a/b"), "drwxrwxrwx\n");
  assert.equal(mounted({ fsGroup: 2000 }, "a"), "drwxrwsrwx\n");
  assert.match(mounted({}, "ca.crt/x"), /CreateContainerConfigError/);
});

test("of a termination message the end is kept, and the containers of a Pod share what a status may hold", () => {
  const message = (count: number) => {
    const script = "i=0; while [ $i -lt 900 ]; do echo line $i; i=$((i+1)); done > /dev/termination-log";
    const containers = Array.from({ length: count }, (_, i) => ({
      ...sleeping,
      name: `c${i}`,
      command: ["sh", "-c", script],
    }));
    const { trace } = simulate({ ...given, seconds: 10, pod: pod({ restartPolicy: "Never", containers }) });
    return (trace.object as Pod).status.containerStatuses![0]!.state!.terminated!.message!;
  };
  const [whole, shared] = [message(1), message(4)];
  assert.deepEqual([whole.length, whole.endsWith("line 899\n")], [4096, true]);
  assert.deepEqual([shared.length, whole.startsWith(shared)], [3072, true]);
});

test("binaryData is a volume's bytes, and no variable's value", () => {
  const cm = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "cm" },
    data: { t: "é" },
    binaryData: { b: "AP8K" },
  };
  const spec = {
    restartPolicy: "Never",
    containers: [
      {
        ...sleeping,
        command: ["sh", "-c", "od -An -tx1 /v/b /v/t; echo ${b-none} $t"],
        envFrom: [{ configMapRef: { name: "cm" } }],
        volumeMounts: [{ name: "v", mountPath: "/v" }],
      },
    ],
    volumes: [{ name: "v", configMap: { name: "cm" } }],
  };
  const { trace } = simulate({ ...given, seconds: 10, pod: pod(spec), objects: [cm] });
  assert.deepEqual(trace.kubectl.logs.c!.trim().split(/\s+/), ["00", "ff", "0a", "c3", "a9", "none", "é"]);
});

test("whoever reads from a terminal waits; without one and without stdin it reads the end", () => {
  const status = (more: object) => {
    const containers = [{ name: "c", image: "busybox:1.36", ...more }];
    return run({ ...given, seconds: 10, pod: pod({ restartPolicy: "Never", containers }) }).statuses.at(-1);
  };
  assert.deepEqual([{}, { stdin: true }, { tty: true }, { stdin: true, tty: true }].map(status), [
    "Completed",
    "Running",
    "Running",
    "Running",
  ]);
});
