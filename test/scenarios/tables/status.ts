/** Phase, container statuses, conditions and the columns of `kubectl get pods`. */
import { containerStatuses } from "../../../src/cluster/kubelet/containerStatuses.ts";
import { podConditions, podPhase } from "../../../src/cluster/kubelet/podPhase.ts";
import type { Container as RuntimeContainer } from "../../../src/runtime/cri.ts";
import type { ContainerStatus, PodStatus } from "../../../src/cluster/api/types.ts";
import { podColumns, podRow } from "../../../src/kubectl/podTable.ts";
import { check, equal, inRange, type Json } from "../format.ts";
import { checkContainerState } from "../containerState.ts";
import { podOf, type Table } from "./table.ts";

export const phase: Table = {
  when: ["podIsTerminal"],
  input: ["spec", "status", "podIsTerminal"],
  expect: ["phase"],
  check({ spec, status, podIsTerminal }, expect) {
    const statuses: ContainerStatus[] = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
    equal(podPhase(podOf(spec), statuses, podIsTerminal === true, false), expect.phase, "phase");
  },
};

export const lostContainers: Table = {
  when: ["previousStatus"],
  input: ["spec", "previousStatus", "runtimeContainers", "podDeleted", "podIsTerminal", "status"],
  expect: ["phase", "containerStates", "restartCount"],
  check(input, expect) {
    const { spec, previousStatus, podDeleted, runtimeContainers } = input;
    const pod = podOf(spec, podDeleted ? { metadata: { name: "p", deletionTimestamp: "x" } } : {});
    const seen = (runtimeContainers ?? []).map((c: Json, i: number) => ({
      id: `id-${i}`,
      exitCode: 0,
      reason: "",
      message: "",
      attempt: 0,
      startedMs: 0,
      finishedMs: 0,
      user: { uid: 0, gid: 0, groups: [] },
      ...c,
      state: String(c.state).toLowerCase(),
    })) as RuntimeContainer[];
    const statusesOf = (kind: "init" | "regular", old: Json) =>
      containerStatuses({
        pod,
        runtime: { containers: seen, sandboxes: [] },
        old: old ?? [],
        kind,
        failure: () => undefined,
        terminationMessage: () => "",
        epochMs: 0,
      });
    const statuses = [
      ...statusesOf("init", previousStatus.initContainerStatuses),
      ...statusesOf("regular", previousStatus.containerStatuses),
    ];
    const of = (name: string) => statuses.find((s) => s.name === name);
    for (const [name, wanted] of Object.entries(expect.containerStates ?? {}))
      checkContainerState(of(name), wanted, name);
    for (const [name, range] of Object.entries(expect.restartCount ?? {}))
      inRange(of(name)?.restartCount, range, `restartCount of ${name}`);
    if (expect.phase !== undefined) equal(podPhase(pod, statuses, podDeleted === true, false), expect.phase, "phase");
  },
};

export const conditions: Table = {
  when: ["phase", "spec"],
  input: ["spec", "phase", "containerStatuses", "initContainerStatuses", "conditions", "sandboxes"],
  expect: ["conditions"],
  check({ spec, phase, containerStatuses, initContainerStatuses, conditions, sandboxes }, expect) {
    const status: PodStatus = {
      phase,
      ...(containerStatuses && { containerStatuses }),
      ...(initContainerStatuses && { initContainerStatuses }),
      ...(conditions && { conditions }),
    };
    const hasNetwork = (sandboxes ?? []).some((s: Json) => s.state === "READY" && s.ip);
    const got = podConditions(podOf(spec, { status }), status, hasNetwork);
    for (const wanted of expect.conditions) {
      const found = got.find((c) => c.type === wanted.type) as Json;
      for (const [key, value] of Object.entries(wanted)) equal(found?.[key] ?? "", value, `${wanted.type}.${key}`);
    }
  },
};

export const statusColumn: Table = {
  when: ["pod", "now"],
  input: ["pod", "now"],
  expect: ["ready", "statusColumn", "restarts", "wide"],
  check({ pod, now }, expect) {
    const at = Date.parse(now);
    const { ready, status, restarts } = podRow(pod, at);
    const got: Json = { ready, statusColumn: status, restarts };
    for (const key of ["ready", "statusColumn", "restarts"]) if (key in expect) equal(got[key], expect[key], key);
    for (const [header, text] of Object.entries(expect.wide ?? {})) {
      const column = podColumns.find((c) => c.header === header);
      check(column, `there is no column ${header}`);
      equal(column.cell(pod, at), text, header);
    }
  },
};
