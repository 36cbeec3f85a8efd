/** What one sync would do, which variables stand for what, quality of service, and what a Pod asks for. */
import {
  compareQuantities,
  podLimits,
  podRequests,
  qosClassOf,
  quantityOf,
  staticPodDefaults,
} from "../../../src/cluster/api/index.ts";
import type { Container } from "../../../src/cluster/api/types.ts";
import { computePodActions } from "../../../src/cluster/kubelet/computePodActions.ts";
import { expand } from "../../../src/cluster/kubelet/expansion.ts";
import { containerHash } from "../../../src/cluster/kubelet/podRuntime.ts";
import { ProbeResultStore } from "../../../src/cluster/kubelet/probeResults.ts";
import type { Container as RuntimeContainer, Sandbox } from "../../../src/runtime/cri.ts";
import { check, equal, type Json, NotModelled, onlyKeys } from "../format.ts";
import { podOf, type Table } from "./table.ts";

export const expansion: Table = {
  when: ["text"],
  input: ["text", "context", "contexts"],
  expect: ["output"],
  check({ text, context, contexts }, expect) {
    const maps: Record<string, string>[] = contexts ?? [context];
    const lookup = (name: string) => maps.map((map) => map[name]).find((value) => value !== undefined);
    equal(expand(text, lookup), expect.output, "output");
  },
};

export const qos: Table = {
  when: ["apiDefaultingApplied"],
  input: ["spec", "apiDefaultingApplied"],
  expect: ["qosClass"],
  check({ spec, apiDefaultingApplied }, expect) {
    const pod = podOf(spec);
    equal(qosClassOf((apiDefaultingApplied ? staticPodDefaults(pod) : pod).spec), expect.qosClass, "qosClass");
  },
};

export const requests: Table = {
  when: ["spec", "options"],
  input: ["spec", "options", "status"],
  expect: ["requests", "limits"],
  check({ spec, options, status }, expect) {
    onlyKeys(options, ["ExcludeOverhead", "SkipPodLevelResources", "UseStatusResources"], "options");
    const asked = {
      excludeOverhead: options.ExcludeOverhead === true,
      skipPodLevel: options.SkipPodLevelResources === true,
      ...(options.UseStatusResources === true && { status: status ?? {} }),
    };
    if (expect.requests) sameQuantities(podRequests(spec, asked), expect.requests, "requests");
    if (expect.limits) sameQuantities(podLimits(spec, asked), expect.limits, "limits");
  },
};

function sameQuantities(got: Record<string, string>, wanted: Record<string, string>, what: string): void {
  equal(Object.keys(got).sort(), Object.keys(wanted).sort(), `${what}: resources`);
  for (const [name, value] of Object.entries(wanted))
    check(
      compareQuantities(quantityOf(got[name]!), quantityOf(value)) === 0,
      `${what}.${name} is ${got[name]}, not ${value}`,
    );
}

export const actions: Table = {
  when: ["runtime"],
  input: ["spec", "runtime", "probeResults", "specHashChanged", "deletionTimestamp", "status"],
  expect: [
    ...["killPod", "createSandbox", "attempt", "containersToStart", "containersToKill"],
    ...["initContainersToStart", "ephemeralContainersToStart"],
  ],
  check(input, expect) {
    onlyKeys(input.runtime, ["sandboxes", "containers"], "runtime");
    onlyKeys(input.probeResults, ["liveness", "startup", "readiness"], "probeResults");
    const metadata = { name: "p", uid: "u", ...(input.deletionTimestamp && { deletionTimestamp: "x" }) };
    const pod = podOf({ restartPolicy: "Always", ...input.spec }, { metadata });
    const results = new ProbeResultStore();
    const inits = pod.spec.initContainers ?? [];
    const ephemeral = (pod.spec.ephemeralContainers ?? []) as unknown as Container[];
    const specs = new Map([...inits, ...pod.spec.containers, ...ephemeral].map((c) => [c.name, c]));
    const containers = (input.runtime.containers ?? []).map((c: Json, i: number) => {
      const id = c.id ?? `id-${i}`;
      for (const type of ["liveness", "startup", "readiness"] as const) {
        const result = input.probeResults?.[type]?.[c.name];
        if (result) results.set(type, id, result.toLowerCase());
      }
      const hash = input.specHashChanged?.includes(c.name)
        ? "other"
        : containerHash(specs.get(c.name) ?? ({ name: c.name } as Container));
      return { reason: "", message: "", exitCode: 0, attempt: 0, ...c, id, state: stateName(c.state), hash };
    }) as RuntimeContainer[];
    const sandboxes = (input.runtime.sandboxes ?? []).map((s: Json, i: number) => ({
      id: s.id ?? `s${i}`,
      podUid: "u",
      attempt: s.attempt ?? 0,
      ready: s.state === "READY",
      ip: s.ip ?? "",
      createdMs: 0,
    })) as Sandbox[];
    const decided = computePodActions(pod, { containers, sandboxes }, results);
    const names = (list: readonly Container[], indexes: readonly number[]) => indexes.map((i) => list[i]!.name);
    const got: Json = {
      killPod: decided.killPod,
      createSandbox: decided.createSandbox,
      attempt: decided.attempt,
      containersToStart: names(pod.spec.containers, decided.containersToStart),
      containersToKill: decided.containersToKill.map((kill) => kill.container.name).sort(),
      initContainersToStart: names(inits, decided.initContainersToStart),
      ephemeralContainersToStart: names(ephemeral, decided.ephemeralContainersToStart),
    };
    for (const [key, value] of Object.entries(expect))
      equal(got[key], key === "containersToKill" ? [...(value as string[])].sort() : value, key);
  },
};

function stateName(state: string): string {
  const name = state.toLowerCase();
  if (!["created", "running", "exited", "unknown"].includes(name)) throw new NotModelled(`container state ${state}`);
  return name;
}
