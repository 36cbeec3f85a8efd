/** Expectations about a Pod at one moment. */
import type { ContainerStatus, Pod } from "../../src/cluster/api/types.ts";
import { podRow } from "../../src/kubectl/podTable.ts";
import { checkContainerState, checkLastState } from "./containerState.ts";
import type { View } from "./expectations.ts";
import { check, equal, inRange, type Json, onlyKeys, show } from "./format.ts";

type StateCheck = (view: View, value: Json) => void;

/** The Pod of a view; it must be there. */
export function podIn({ world, name, at }: View): Pod {
  const pod = world.seen.at(name, at);
  check(pod, `there is no Pod ${name}`);
  return pod;
}

export function statusesOf(pod: Pod): ContainerStatus[] {
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = pod.status;
  return [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses];
}

const statusIn = (view: View, container: string) => statusesOf(podIn(view)).find((s) => s.name === container);

const field =
  (name: string, read: (pod: Pod) => unknown): StateCheck =>
  (view, value) =>
    equal(read(podIn(view)) ?? null, value ?? null, name);

/** One value, or a list of allowed ones; null: absent. */
const oneOf =
  (name: string, read: (pod: Pod) => unknown): StateCheck =>
  (view, value) => {
    const got = read(podIn(view)) ?? null;
    const allowed: unknown[] = Array.isArray(value) ? value : [value];
    check(
      allowed.some((one) => show(one ?? null) === show(got)),
      `${name} is ${show(got)}, not ${show(value)}`,
    );
  };

const isSet =
  (name: string, read: (pod: Pod) => unknown): StateCheck =>
  (view, value) =>
    equal(Boolean(read(podIn(view))), value, `${name} set`);

const perContainer =
  (checkOne: (status: ContainerStatus | undefined, value: Json, container: string) => void): StateCheck =>
  (view, value) => {
    for (const [container, wanted] of Object.entries(value)) checkOne(statusIn(view, container), wanted, container);
  };

const subset =
  (name: string, read: (pod: Pod) => Readonly<Record<string, string>> | undefined): StateCheck =>
  (view, value) => {
    for (const [key, text] of Object.entries(value)) equal(read(podIn(view))?.[key] ?? null, text, `${name} ${key}`);
  };

export const stateChecks: Readonly<Record<string, StateCheck>> = {
  phase: field("phase", (pod) => pod.status.phase),
  reason: field("reason", (pod) => pod.status.reason),
  message: field("message", (pod) => pod.status.message),
  messageOfStatusContains: (view, value) => check(podIn(view).status.message?.includes(value), "status.message"),
  statusColumn(view, value) {
    equal(podRow(podIn(view), view.world.now(view.at)).status, value, "statusColumn");
  },
  ready: field(
    "ready",
    (pod) => pod.status.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false,
  ),
  qosClass: field("qosClass", (pod) => pod.status.qosClass),
  node: oneOf("node", (pod) => pod.spec.nodeName),
  nominatedNode: field("nominatedNode", (pod) => pod.status.nominatedNodeName),
  conditions(view, value) {
    for (const wanted of value) {
      onlyKeys(wanted, ["type", "status", "reason", "message", "messageContains"], "conditions");
      const found = podIn(view).status.conditions?.find((c) => c.type === wanted.type) as Json;
      for (const [key, text] of Object.entries<string>(wanted))
        if (key === "messageContains")
          check(found?.message?.includes(text), `${wanted.type}.message is ${found?.message}`);
        else equal(found?.[key] ?? "", text ?? "", `condition ${wanted.type}.${key}`);
    }
  },
  conditionsOnly(view, value) {
    equal((podIn(view).status.conditions ?? []).map((c) => c.type).sort(), [...value].sort(), "conditions");
  },
  labels: subset("label", (pod) => pod.metadata.labels),
  annotations: subset("annotation", (pod) => pod.metadata.annotations),
  annotationsPresent(view, value) {
    for (const key of value) check(podIn(view).metadata.annotations?.[key], `there is no annotation ${key}`);
  },
  generation: oneOf("generation", (pod) => pod.metadata.generation),
  observedGeneration: oneOf("observedGeneration", (pod) => pod.status.observedGeneration),
  spec(view, value) {
    for (const [path, wanted] of Object.entries(value))
      equal(valueAt(podIn(view).spec, path.replace(/^spec\./, "")) ?? null, wanted, `spec.${path}`);
  },
  deleted: field("deleted", (pod) => pod.metadata.deletionTimestamp !== undefined),
  deletionGracePeriodSeconds: field("deletionGracePeriodSeconds", (pod) => pod.metadata.deletionGracePeriodSeconds),
  hostIPSet: isSet("hostIP", (pod) => pod.status.hostIP),
  podIPSet: isSet("podIP", (pod) => pod.status.podIP),
  containerStarted: perContainer((status, value, name) => equal(status?.started ?? null, value, `started of ${name}`)),
  restartCount: perContainer((status, value, name) =>
    inRange(status?.restartCount ?? 0, value, `restartCount of ${name}`),
  ),
  containerStates: perContainer(checkContainerState),
  lastState: perContainer(checkLastState),
};

/** `containers[0].resources.requests` */
export function valueAt(value: Json, path: string): Json {
  let at = value;
  for (const [, name, index] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) at = at?.[name ?? Number(index)];
  return at;
}
