/**
 * Not a Pod simulator: answers just enough, by a simple rule, to test the grader without one. A container with a
 * liveness probe is restarted once, after failures at 21 s + periodSeconds and each period after that (failureThreshold 3).
 */
import type { Run, Simulate } from "../src/simulation/trace.ts";

interface FakePod {
  metadata: { name: string };
  spec: { containers: { name: string; imagePullPolicy?: string; livenessProbe?: { periodSeconds?: number } }[] };
}

export const restartingSimulator: Simulate = (scenario) => {
  const pod = scenario.pod as FakePod;
  const seconds = scenario.seconds ?? 60;
  const trace: Run["trace"] = {
    seconds,
    static: false,
    watch: [],
    events: [],
    phases: [],
    conditions: [],
    containers: [],
    object: null,
    kubectl: { get: "", wide: "", describe: "", events: "", logs: {}, previous: {}, logsDefault: "" },
  };
  const [container] = pod?.spec?.containers ?? [];
  const refuse = (message: string, fields: string[]): Run => ({
    rejected: { message, fields },
    warnings: [],
    trace,
    logs: [],
    looks: [],
    notModelled: [],
    steps: 0,
  });
  if (!pod?.metadata?.name || typeof container?.name !== "string") return refuse("The Pod is invalid", []);
  if (container.imagePullPolicy === "Sometimes")
    return refuse('The Pod "web" is invalid: spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes"', [
      "spec.containers[0].imagePullPolicy",
    ]);
  const { name } = pod.metadata;
  const app = container.name;
  const period = container.livenessProbe && (container.livenessProbe.periodSeconds ?? 10);
  const restart = period === undefined ? undefined : 21 + 3 * period;
  const events: [number, "Normal" | "Warning", string, string, string][] = [
    [0.1, "Normal", "Scheduled", "", `assigned default/${name} to minikube`],
  ];
  if (restart !== undefined)
    for (const n of [1, 2, 3])
      events.push([21 + n * period!, "Warning", "Unhealthy", `spec.containers{${app}}`, "Liveness probe failed"]);
  if (restart !== undefined)
    events.push([restart, "Normal", "Killing", `spec.containers{${app}}`, "will be restarted"]);
  trace.events = events
    .filter(([t]) => t <= seconds)
    .map(([t, type, reason, field, message]) => ({
      t,
      type,
      reason,
      object: `Pod/${name}`,
      field,
      from: "kubelet",
      message,
    }));
  trace.watch = [
    { t: 0.1, pod: name, ready: "0/1", status: "ContainerCreating", restarts: 0 },
    { t: 1, pod: name, ready: "1/1", status: "Running", restarts: 0 },
  ];
  trace.phases = [
    { t: 0.1, phase: "Pending" },
    { t: 1, phase: "Running" },
  ];
  trace.conditions = [
    { t: 0.2, type: "Ready", status: "False", reason: "ContainersNotReady" },
    { t: 1, type: "Ready", status: "True" },
  ];
  trace.containers = [{ t: 1, name: app, state: "running", ready: true, restarts: 0, started: true }];
  const logs: Run["logs"][number][] = [{ t: 1, container: app, restart: 0, stream: "stdout", text: "hello" }];
  if (restart !== undefined && restart <= seconds) {
    trace.watch.push({ t: restart, pod: name, ready: "1/1", status: "Running", restarts: 1 });
    trace.containers.push({ t: restart, name: app, state: "running", ready: true, restarts: 1, started: true });
    logs.push({ t: restart, container: app, restart: 1, stream: "stdout", text: "hello" });
  }
  const looks = (scenario.looks ?? []).map((look) => {
    const words = "exec" in look ? look.exec : "client" in look ? look.client : look.kubectl;
    return { at: look.at, exit: 0, stdout: `${words.join(" ")}\n`, stderr: "" };
  });
  return { warnings: [], trace, logs, looks, notModelled: [], steps: 0 };
};
