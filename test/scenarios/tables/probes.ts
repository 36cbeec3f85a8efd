/** One probe's worker by itself: what it decides from a series of answers, when it holds still, when it ends. */
import type { Container, Pod, PodStatus } from "../../../src/cluster/api/types.ts";
import { resolvePort } from "../../../src/cluster/kubelet/probePort.ts";
import { ProbeWorker, probeTypes, resultOf } from "../../../src/cluster/kubelet/prober.ts";
import { type ProbeResult, ProbeResultStore, type ProbeType } from "../../../src/cluster/kubelet/probeResults.ts";
import type { ContainerRuntime } from "../../../src/runtime/cri.ts";
import { Clock } from "../../../src/time/clock.ts";
import { startTask } from "../../../src/time/task.ts";
import { equal, type Json, NotModelled, onlyKeys } from "../format.ts";
import { podOf, type Table } from "./table.ts";

const named: Readonly<Record<string, ProbeResult>> = { Success: "success", Failure: "failure", Unknown: "unknown" };

function resultNamed(name: string): ProbeResult {
  const result = named[name];
  if (!result) throw new NotModelled(`result ${name}`);
  return result;
}

/** A worker with nothing but a clock around it; `answer` is what the next probe finds. */
class Bench {
  readonly clock = new Clock();
  readonly results = new ProbeResultStore();
  readonly worker: ProbeWorker;
  readonly type: ProbeType;
  answer = "Success";
  started: boolean;
  containerId = "c0";
  state: "running" | "waiting" | "terminated" | undefined = "running";
  phase: string | undefined = "Running";
  deleted = false;

  constructor(type: ProbeType, probe: Json, restartPolicy = "Always") {
    this.type = type;
    const kind = probeTypes.find((one) => one.type === type);
    if (!kind) throw new NotModelled(`probe type ${type}`);
    const handler = { exec: { command: ["probe"] }, ...probe };
    const container: Container = { name: "c", [`${type}Probe`]: handler };
    this.started = type !== "startup";
    const runtime = {
      exec: function* (this: Bench) {
        const exitCode = this.answer === "Success" ? 0 : 1;
        const error = ["error", "Error"].includes(this.answer)
          ? { error: { ok: false, code: "Unknown", message: "test" } }
          : {};
        return { exitCode, stdout: "", stderr: "", combined: "", timedOut: false, ...error };
      }.bind(this),
    } as unknown as ContainerRuntime;
    const spec = { restartPolicy, containers: [container] };
    const host = {
      clock: this.clock,
      epochMs: 0,
      runtime,
      recorder: { record() {} } as never,
      results: this.results,
      status: () => this.#status(),
      pod: (): Pod =>
        podOf(spec, { metadata: { name: "p", uid: "u", ...(this.deleted && { deletionTimestamp: "x" }) } }),
      onResult() {},
    };
    this.worker = new ProbeWorker(host, "u", container, handler, kind);
  }

  #status(): PodStatus | undefined {
    if (this.phase === undefined) return undefined;
    const details = { running: { startedAt: "1970-01-01T00:00:00Z" }, waiting: {}, terminated: { exitCode: 1 } };
    const status = {
      name: "c",
      ready: false,
      restartCount: 0,
      image: "",
      imageID: "",
      containerID: `containerd://${this.containerId}`,
      started: this.started,
      state: this.state && { [this.state]: details[this.state] },
    };
    return { phase: this.phase, ...(this.state && { containerStatuses: [status] }) } as PodStatus;
  }

  /** Probes once; whether the worker goes on. */
  probe(): boolean {
    let goesOn = true;
    startTask(this.clock, this.worker.doProbe(), (result) => {
      goesOn = result;
    });
    this.clock.runUntil(this.clock.now);
    return goesOn;
  }

  get result(): string {
    const result = this.results[this.type](this.containerId) ?? "unknown";
    return result[0]!.toUpperCase() + result.slice(1);
  }
}

const probeOf = (input: Json): Json => ({
  failureThreshold: input.failureThreshold ?? 3,
  successThreshold: input.successThreshold ?? 1,
  ...(input.initialDelaySeconds !== undefined && { initialDelaySeconds: input.initialDelaySeconds }),
});

export const probeWorker: Table = {
  when: ["probeType"],
  input: [
    ...[
      "probeType",
      "failureThreshold",
      "successThreshold",
      "initialDelaySeconds",
      "initialResult",
      "containerStarted",
    ],
    ...["answers", "steps", "checks", "probeAnswer"],
  ],
  expect: ["results", "onHold", "onHoldAfter", "resultRun"],
  check(input, expect) {
    const bench = new Bench(input.probeType, probeOf(input));
    if (input.probeAnswer !== undefined) bench.answer = input.probeAnswer;
    if (input.containerStarted !== undefined) bench.started = input.containerStarted;
    if (input.initialResult !== undefined) bench.worker.begin(bench.containerId, resultNamed(input.initialResult));
    const steps: Json[] = input.steps ?? input.checks ?? input.answers.map((answer: string) => ({ answer }));
    const seen = steps.map((step, i) => {
      onlyKeys(step, ["answer", "at", "newContainerID", "containerStarted"], "step");
      if (step.at !== undefined) bench.clock.runUntil(step.at * 1000);
      if (step.answer !== undefined) bench.answer = step.answer;
      if (step.newContainerID) bench.containerId = `c${i + 1}`;
      if (step.containerStarted !== undefined) {
        bench.started = step.containerStarted;
        // That a container counts as started is its startup probe's success.
        if (bench.started && bench.type === "startup") bench.results.set("startup", bench.containerId, "success");
      }
      bench.probe();
      return { result: bench.result, onHold: bench.worker.onHold, run: bench.worker.resultRun };
    });
    equal(
      seen.map((s) => s.result),
      expect.results,
      "results",
    );
    for (const key of ["onHold", "onHoldAfter"])
      if (expect[key])
        equal(
          seen.map((s) => s.onHold),
          expect[key],
          key,
        );
    if (expect.resultRun)
      equal(
        seen.map((s) => s.run),
        expect.resultRun,
        "resultRun",
      );
  },
};

export const oneProbe: Table = {
  when: ["podStatus"],
  input: [
    "podStatus",
    "restartPolicy",
    "deletionTimestamp",
    "container",
    "initialDelaySeconds",
    "answer",
    "containerState",
  ],
  expect: ["continue", "result", "resultSet", "perProbe"],
  check(input, expect) {
    onlyKeys(input.podStatus ?? {}, ["phase"], "podStatus");
    for (const { type } of probeTypes) {
      const bench = new Bench(type, probeOf(input), input.restartPolicy);
      bench.phase = input.podStatus?.phase;
      bench.deleted = Boolean(input.deletionTimestamp);
      if (input.answer !== undefined) bench.answer = input.answer;
      bench.state = stateOf(input.container ?? input.containerState);
      const goesOn = bench.probe();
      const wanted = { ...expect, ...expect.perProbe?.[type] };
      if (wanted.continue !== undefined) equal(goesOn, wanted.continue, `${type}: continue`);
      if (wanted.result !== undefined) equal(bench.result, wanted.result, `${type}: result`);
      const set = bench.results[type](bench.containerId) !== undefined;
      if (wanted.resultSet !== undefined) equal(set, wanted.resultSet, `${type}: resultSet`);
    }
  },
};

function stateOf(container: Json): Bench["state"] {
  if (container === undefined || container === null) return undefined;
  const name = typeof container === "string" ? container : Object.keys(container.state ?? container)[0];
  if (name !== "running" && name !== "waiting" && name !== "terminated")
    throw new NotModelled(`container ${JSON.stringify(container)}`);
  return name;
}

const outcomes: Readonly<Record<string, Parameters<typeof resultOf>[0] | undefined>> = {
  Success: { result: "success", output: "" },
  Warning: { result: "warning", output: "" },
  Failure: { result: "failure", output: "" },
  Unknown: { result: "unknown", output: "" },
  error: { error: "test" },
  Error: { error: "test" },
};

/** What an answer of a probe's handler comes to. */
export const prober: Table = {
  when: ["probe", "answer"],
  input: ["probe", "answer"],
  expect: ["result", "error"],
  check({ probe, answer }, expect) {
    // A container without a probe counts as healthy.
    const outcome = probe === "none" || answer === null ? outcomes.Success : outcomes[answer];
    if (!outcome) throw new NotModelled(`answer ${answer}`);
    const { result, error } = resultOf(outcome);
    equal(result, resultNamed(expect.result), "result");
    if (expect.error !== undefined) equal(error, expect.error, "error");
  },
};

export const port: Table = {
  when: ["port"],
  input: ["port", "containerPorts"],
  expect: ["port", "error"],
  check({ port, containerPorts }, expect) {
    const got = resolvePort(port, { name: "c", ports: containerPorts ?? [] });
    if (expect.error !== undefined) equal(typeof got === "string", expect.error, "error");
    if (expect.port !== undefined) equal(got, expect.port, "port");
  },
};
