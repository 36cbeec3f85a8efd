/** Kubernetes' own tests of pure functions: phase, conditions, sync decisions, expansion, QoS, requests. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Container as RuntimeContainer, Sandbox } from "../src/runtime/cri.ts";
import { qosClassOf, staticPodDefaults, milliValue, wholeValue } from "../src/cluster/api/index.ts";
import type { Container, ContainerStatus, Pod, PodStatus } from "../src/cluster/api/types.ts";
import { containerStatuses } from "../src/cluster/kubelet/containerStatuses.ts";
import { computePodActions } from "../src/cluster/kubelet/computePodActions.ts";
import { expand } from "../src/cluster/kubelet/expansion.ts";
import { podConditions, podPhase } from "../src/cluster/kubelet/podPhase.ts";
import { containerHash } from "../src/cluster/kubelet/podRuntime.ts";
import { podRequests } from "../src/cluster/scheduler/requests.ts";
import { ProbeResultStore } from "../src/cluster/kubelet/probeResults.ts";

interface Row {
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: the rows of each table have a form of their own.
  readonly input: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly expect: any;
}

function table(name: string, check: (row: Row) => void): void {
  const lines = readFileSync(new URL(`recordings/scenarios/${name}.jsonl`, import.meta.url), "utf8")
    .trim()
    .split("\n");
  for (const line of lines) {
    const row: Row = JSON.parse(line);
    test(row.id, () => check(row));
  }
}

const podOf = (spec: object, more: object = {}): Pod =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "default", uid: "u" },
    spec,
    status: {},
    ...more,
  }) as Pod;

table("phase", ({ input, expect }) => {
  const { status, spec, podIsTerminal, previousStatus } = input;
  if (previousStatus) {
    const statuses = containerStatuses({
      pod: podOf(spec, input.podDeleted ? { metadata: { deletionTimestamp: "x" } } : {}),
      runtime: { containers: input.runtimeContainers, sandboxes: [] },
      old: previousStatus.containerStatuses,
      kind: "regular",
      failure: () => undefined,
      terminationMessage: () => "",
      epochMs: 0,
    });
    for (const [name, wanted] of Object.entries<Record<string, unknown>>(expect.containerStates)) {
      const { state, lastState, restartCount } = statuses.find((s) => s.name === name)!;
      assert.equal(state?.waiting?.reason, wanted.reason);
      const { state: _, ...last } = wanted.lastState as Record<string, unknown>;
      for (const [key, value] of Object.entries(last))
        assert.equal((lastState?.terminated as unknown as Record<string, unknown>)[key], value);
      assert.equal(restartCount, expect.restartCount[name].min);
    }
    return;
  }
  const statuses: ContainerStatus[] = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  assert.equal(podPhase(podOf(spec), statuses, podIsTerminal === true, false), expect.phase);
});

table("conditions", ({ input, expect }) => {
  const { spec, phase, containerStatuses, initContainerStatuses, conditions, sandboxes } = input;
  const status: PodStatus = {
    phase,
    ...(containerStatuses && { containerStatuses }),
    ...(initContainerStatuses && { initContainerStatuses }),
    ...(conditions && { conditions }),
  };
  const got = podConditions(
    podOf(spec, { status }),
    status,
    (sandboxes ?? []).some((s: { state: string; ip?: string }) => s.state === "READY" && s.ip),
  );
  for (const wanted of expect.conditions) {
    const found = got.find((c) => c.type === wanted.type);
    for (const [key, value] of Object.entries(wanted))
      assert.equal(
        (found as unknown as Record<string, unknown> | undefined)?.[key] ?? "",
        value,
        `${wanted.type}.${key}`,
      );
  }
});

table("expansion", ({ input, expect }) => {
  const contexts: Record<string, string>[] = input.contexts ?? [input.context];
  assert.equal(
    expand(input.text, (name) => contexts.map((context) => context[name]).find((value) => value !== undefined)),
    expect.output,
  );
});

table("qos", ({ input, expect }) => {
  const pod = podOf(input.spec);
  assert.equal(qosClassOf((input.apiDefaultingApplied ? staticPodDefaults(pod) : pod).spec), expect.qosClass);
});

table("actions", ({ input, expect }) => {
  const pod = podOf(
    { restartPolicy: "Always", ...input.spec },
    input.deletionTimestamp ? { metadata: { name: "p", uid: "u", deletionTimestamp: "x" } } : {},
  );
  const results = new ProbeResultStore();
  const specs = new Map<string, Container>(
    [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((c) => [c.name, c]),
  );
  const containers = (input.runtime.containers ?? []).map(
    (c: { name: string; state: string; id?: string }, i: number) => {
      const id = c.id ?? `id-${i}`;
      for (const type of ["liveness", "startup"] as const) {
        const result = input.probeResults?.[type]?.[c.name];
        if (result) results.set(type, id, result.toLowerCase());
      }
      const hash = input.specHashChanged?.includes(c.name)
        ? "other"
        : containerHash(specs.get(c.name) ?? ({ name: c.name } as Container));
      return {
        reason: "",
        message: "",
        exitCode: 0,
        attempt: 0,
        ...c,
        id,
        state: c.state.toLowerCase(),
        hash,
      } as unknown as RuntimeContainer;
    },
  );
  const sandboxes = (input.runtime.sandboxes ?? []).map(
    (s: { state: string; ip?: string; attempt: number; id?: string }, i: number) =>
      ({
        id: s.id ?? `s${i}`,
        podUid: "u",
        attempt: s.attempt,
        ready: s.state === "READY",
        ip: s.ip ?? "",
        createdMs: 0,
      }) as Sandbox,
  );
  const actions = computePodActions(pod, { containers, sandboxes }, results);
  const names = (list: readonly Container[] | undefined, indexes: readonly number[]) =>
    indexes.map((i) => list![i]!.name);
  const got = {
    killPod: actions.killPod,
    createSandbox: actions.createSandbox,
    ...(expect.attempt !== undefined && { attempt: actions.attempt }),
    containersToStart: names(pod.spec.containers, actions.containersToStart),
    containersToKill: actions.containersToKill.map((k) => k.container.name).sort(),
    initContainersToStart: names(pod.spec.initContainers, actions.initContainersToStart),
    ephemeralContainersToStart: names(
      pod.spec.ephemeralContainers as unknown as Container[],
      actions.ephemeralContainersToStart,
    ),
  };
  const { containersToKill = [], ...rest } = expect;
  assert.deepEqual(got, { ...rest, containersToKill: [...containersToKill].sort() });
});

table("requests", ({ input, expect }) => {
  const pod = podOf(input.spec, { status: input.status ?? {} });
  const options = input.options ?? {};
  if (Object.keys(options).length > 0 || !expect.requests) return;
  const amount = (name: string, value: string | number) => (name === "cpu" ? milliValue(value) : wholeValue(value));
  const wanted = Object.entries<string>(expect.requests).map(([name, value]) => [name, amount(name, value)]);
  const got = [...podRequests(pod)];
  assert.deepEqual(Object.fromEntries(got), Object.fromEntries(wanted));
});
