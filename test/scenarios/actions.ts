/** What is done to the cluster during a scenario, by the key that an action has. */
import { type ApiObject, withCondition } from "../../src/cluster/apiServer.ts";
import { decodeObject, type Subresource } from "../../src/cluster/api/index.ts";
import type { Node, Pod, Taint } from "../../src/cluster/api/types.ts";
import { manifestFolder } from "../../src/cluster/cluster.ts";
import { applyMergePatch } from "../../src/cluster/patch/mergePatch.ts";
import { utf8Encode } from "../../src/runtime/bytes.ts";
import { type Json, NotModelled, onlyKeys } from "./format.ts";
import { accepted, type Refusal, refusalOf } from "./refusal.ts";
import type { World } from "./world.ts";

/** The value of the action's own key, and the whole action. */
type Act = (world: World, value: Json, action: Json) => Refusal | undefined;

const noSuchPod: Refusal = { message: "not found", errors: [] };

const acts: Readonly<Record<string, Act>> = {
  delete(world, _value, action) {
    const pod = target(world, action);
    if (!pod) return noSuchPod;
    const grace = action.gracePeriodSeconds;
    world.cluster.api.delete("Pod", pod.metadata.namespace, pod.metadata.name!, grace === undefined ? {} : { grace });
    return undefined;
  },
  patchPod: (world, patch, action) => change(world, action, (pod) => applyMergePatch(pod, patch)),
  patchContainerImage: (world, { container, image }, action) =>
    change(world, action, (pod) => {
      const changed = (list: Json[] | undefined) => list?.map((c) => (c.name === container ? { ...c, image } : c));
      const { initContainers, containers } = pod.spec;
      return {
        ...pod,
        spec: {
          ...pod.spec,
          containers: changed(containers),
          ...(initContainers && { initContainers: changed(initContainers) }),
        },
      };
    }),
  patchStatusCondition: (world, condition, action) =>
    change(
      world,
      action,
      (pod) => ({
        ...pod,
        status: withCondition(pod.status, {
          lastProbeTime: null as never,
          lastTransitionTime: world.timestamp(),
          ...condition,
        }),
      }),
      "status",
    ),
  addToleration: (world, toleration, action) =>
    change(world, action, (pod) => ({
      ...pod,
      spec: { ...pod.spec, tolerations: [...(pod.spec.tolerations ?? []), toleration] },
    })),
  addEphemeralContainer: (world, container, action) =>
    change(
      world,
      action,
      (pod) => ({
        ...pod,
        spec: { ...pod.spec, ephemeralContainers: [...(pod.spec.ephemeralContainers ?? []), container] },
      }),
      "ephemeralcontainers",
    ),
  createPod(world, name) {
    const manifest = world.scenario.pods?.find((pod) => pod.metadata.name === name) ?? world.scenario.pod;
    return world.createPod(manifest);
  },
  apply(world, object) {
    const decoded = decodeObject(object);
    if ("status" in decoded) return refusalOf(decoded.status, object);
    const { kind, metadata } = decoded.object;
    if (!world.cluster.api.get(kind, metadata.namespace, metadata.name!)) return world.create(object);
    return answer(world.cluster.api.update(decoded.object as ApiObject), object);
  },
  deleteObject(world, { kind, name, namespace }) {
    const outcome = world.cluster.api.delete(kind, namespace ?? "default", name);
    return "status" in outcome ? noSuchPod : undefined;
  },
  addTaint: (world, { node, taint }) =>
    changeTaints(world, node, (taints) => [
      ...taints.filter((t) => t.key !== taint.key || t.effect !== taint.effect),
      taint.effect === "NoExecute" ? { timeAdded: world.timestamp(), ...taint } : taint,
    ]),
  removeTaint: (world, { node, taint }) =>
    changeTaints(world, node, (taints) =>
      taints.filter((t) => t.key !== taint.key || (taint.effect !== undefined && t.effect !== taint.effect)),
    ),
  rebootNode(world, node) {
    world.cluster.rebootNode(node);
    return undefined;
  },
  writeStaticManifest: (world, value) => writeManifest(world, world.scenario.pod, value?.node),
  updateStaticManifest: (world, manifest) => writeManifest(world, manifest, undefined),
  removeStaticManifest(world) {
    for (const runtime of world.cluster.runtimes.values()) runtime.nodeFiles.remove(manifestPath);
    return undefined;
  },
};

/** One file: a new manifest takes the place of the one before, whatever its Pod is called. */
const manifestPath = `${manifestFolder}/scenario.yaml`;

export function act(world: World, action: Json): void {
  const keys = Object.keys(action).filter((key) => !["at", "pod", "gracePeriodSeconds"].includes(key));
  const perform = keys.length === 1 ? acts[keys[0]!] : undefined;
  if (!perform) throw new NotModelled(`action ${keys.join(", ")}`);
  const refusal = perform(world, action[keys[0]!], action);
  if (refusal && refusal.message !== "") world.refusals.push(refusal);
}

/** Reports an action that nobody knows before anything runs. */
export function checkActions(actions: readonly Json[]): void {
  for (const action of actions)
    onlyKeys(action, ["at", "pod", "gracePeriodSeconds", ...Object.keys(acts)], "an action");
}

/** The Pod's name under which its static manifest is shown, where there is one. */
export function staticNodeOf(actions: readonly Json[]): string | undefined {
  return actions.find((action) => action.writeStaticManifest)?.writeStaticManifest.node;
}

function target(world: World, action: Json): Pod | undefined {
  const { pod, pods } = world.scenario;
  return world.pod(action.pod ?? pod?.metadata.name ?? pods?.[0]?.metadata.name);
}

function change(world: World, action: Json, make: (pod: Pod) => Json, subresource?: Subresource): Refusal {
  const pod = target(world, action);
  if (!pod) return noSuchPod;
  const next = make(pod);
  const decoded = decodeObject(JSON.parse(JSON.stringify(next)));
  if ("status" in decoded) return refusalOf(decoded.status, next);
  return answer(world.cluster.api.update(decoded.object as ApiObject, subresource ? { subresource } : {}), next);
}

function answer(outcome: ReturnType<World["cluster"]["api"]["update"]>, object: unknown): Refusal {
  return "status" in outcome ? refusalOf(outcome.status, object) : accepted;
}

function changeTaints(world: World, name: string, make: (taints: Taint[]) => Taint[]): undefined {
  world.cluster.api.modify<Node>("Node", undefined, name, (node) => ({
    ...node,
    spec: { ...node.spec, taints: make(node.spec.taints ?? []) },
  }));
  return undefined;
}

function writeManifest(world: World, manifest: Json, node: string | undefined): undefined {
  const { runtimes } = world.cluster;
  const runtime = runtimes.get(node ?? staticNodeOf(world.scenario.actions ?? []) ?? "") ?? [...runtimes.values()][0]!;
  const text = typeof manifest === "string" ? manifest : JSON.stringify(world.filled(manifest));
  runtime.nodeFiles.writeFile(manifestPath, utf8Encode(text), { mode: 0o644 });
  return undefined;
}
