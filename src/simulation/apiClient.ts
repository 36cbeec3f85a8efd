/** What kubectl asks of a cluster, answered by the simulated one in the same process. */
import { applyJsonPatch } from "../cluster/patch/jsonPatch.ts";
import { applyMergePatch } from "../cluster/patch/mergePatch.ts";
import { applyStrategicMerge, type MergeSchema } from "../cluster/patch/strategicMerge.ts";
import { type DecodeFault, decodeObject, kindNamed, type Subresource, systemPriorities } from "../cluster/api/index.ts";
import { structNamed } from "../cluster/api/schema.ts";
import { badRequest, forbidden, notFound, type Status, unprocessable } from "../cluster/api/status.ts";
import type { Pod } from "../cluster/api/types.ts";
import { type ApiServer, withCondition } from "../cluster/apiServer.ts";
import { leavesOf } from "../cluster/fieldOwners.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { containerLog, runningContainer, runtimeUid } from "../cluster/logs.ts";
import type { Answer, ApiClient, ApiObject, PatchOptions, PatchType } from "../kubectl/client.ts";
import { goText } from "../kubectl/goFormat.ts";
import { utf8Decode, utf8Encode } from "../runtime/bytes.ts";
import { SourceFile } from "../runtime/index.ts";
import type { NetworkNamespace } from "../runtime/network.ts";
import { Signal } from "../time/task.ts";
import { forwardPort } from "./portForward.ts";
import { applyOnServer } from "./serverSideApply.ts";
import schema from "../../assets/core-v1-schema.json" with { type: "json" };

/** `machine`: where kubectl runs, for ports that it opens there. */
export function apiClient(
  cluster: Cluster,
  machine: () => NetworkNamespace | undefined = () => undefined,
  manager?: string,
): ApiClient {
  const { api, fieldOwners } = cluster;
  /** Puts down to the manager what a write has changed. */
  const owned = (answer: Answer, before: ApiObject | undefined, dryRun: boolean | undefined): Answer => {
    if (manager !== undefined && "object" in answer && !dryRun)
      fieldOwners.wrote(manager, answer.object, before ? leavesOf(before) : new Map());
    return answer;
  };
  return {
    as: (name) => apiClient(cluster, machine, name),
    apply: (document, options) => applyOnServer(cluster, document, options),
    get: (kind, namespace, name) => api.get(kind, namespace, name),
    list: (kind, namespace) => api.list(kind, namespace),
    create(document, options = {}) {
      const decoded = decodeObject(document);
      if ("status" in decoded) return decoded;
      const answer = api.create(decoded.object as ApiObject, { dryRun: options.dryRun === true });
      return owned(answer, undefined, options.dryRun);
    },
    replace(document, options = {}) {
      const { name = "", namespace } = (document.metadata ?? {}) as ApiObject["metadata"];
      const before = api.get<ApiObject>(String(document.kind), namespace, name);
      return owned(update(api, document, options), before, options.dryRun);
    },
    patch(kind, namespace, name, patch, type, options = {}) {
      const before = api.get<ApiObject>(kind, namespace, name);
      return owned(patchObject(api, { kind, namespace, name }, patch, type, options), before, options.dryRun);
    },
    delete: (kind, namespace, name, options = {}) => deleteObject(api, kind, namespace, name, options.grace),
    evict: (namespace, name, options = {}) => evictPod(api, namespace, name, options.grace),
    watch: (kind, listener) => api.watch<ApiObject>(kind, listener),
    logs: (pod, container, options) => containerLog(cluster, pod, container, options),
    exec: (pod, container, command, streams) => execIn(cluster, pod, container, command, streams),
    logsChanged(pod, container, listener) {
      const runtime = cluster.runtimeOf(pod);
      const instance = runningContainer(cluster, pod, container);
      return instance && runtime ? runtime.watchLog(instance.id, () => listener()) : () => {};
    },
    attach: (pod, container, streams) => attachTo(cluster, pod, container, streams),
    portForward(pod, options) {
      const from = machine();
      const namespace = cluster.runtimeOf(pod)?.networkOf(runtimeUid(pod));
      if (!from || !namespace) return { error: `pods "${pod.metadata.name}" has no network yet` };
      return forwardPort(cluster.clock, from, { network: cluster.network, namespace }, options);
    },
    now: () => api.now(),
  };
}

interface Named {
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

function patchObject(
  api: ApiServer,
  { kind, namespace, name }: Named,
  patch: unknown,
  type: PatchType,
  options: PatchOptions,
): Answer {
  const old = api.get(kind, namespace, name);
  if (!old) return { status: notFound(kind, name) };
  const patched = applyPatch(old, kind, patch, type);
  if ("status" in patched) return patched;
  const warnings: string[] = [];
  const decoded = decodeObject(patched.value, options.strict ? undefined : (text) => warnings.push(text));
  if ("status" in decoded) {
    const { fault } = decoded;
    if (!fault) return decoded;
    const [shown, why] =
      type === "strategic" ? [goText(patch), conversionFault(fault)] : [JSON.stringify(patched.value), fault.message];
    return {
      status: unprocessable([
        { reason: "FieldValueInvalid", message: `Invalid value: ${JSON.stringify(shown)}: ${why}`, field: "patch" },
      ]),
    };
  }
  const answer = updateDecoded(api, decoded.object as ApiObject, options);
  return "status" in answer ? answer : { ...answer, warnings: [...warnings, ...answer.warnings] };
}

/** A strategic patch is laid over the object in Go's own types (apimachinery: pkg/runtime/converter.go, fromUnstructured). */
function conversionFault(fault: DecodeFault): string {
  if (fault.kind !== "type") return fault.message;
  const kind = { object: "map", array: "slice", number: "int64" }[fault.got] ?? fault.got;
  if (fault.want.startsWith("[]")) return `cannot restore slice from ${kind}`;
  if (fault.want.startsWith("map[") || fault.want === "v1.ResourceList") return `cannot restore map from ${kind}`;
  if (/^v1\.[A-Z]\w+$/.test(fault.want) && structNamed(fault.want.slice(3)))
    return `cannot restore struct from: ${kind}`;
  const got = { map: "map[string]interface {}", slice: "[]interface {}" }[kind] ?? kind;
  return `cannot convert ${got} to ${fault.want}`;
}

interface UpdateOptions {
  readonly dryRun?: boolean;
  readonly subresource?: Subresource;
}

function update(api: ApiServer, document: unknown, options: UpdateOptions): Answer {
  const decoded = decodeObject(document);
  return "status" in decoded ? decoded : updateDecoded(api, decoded.object as ApiObject, options);
}

function updateDecoded(api: ApiServer, object: ApiObject, { dryRun, subresource }: UpdateOptions): Answer {
  return api.update(object, { dryRun: dryRun === true, ...(subresource && { subresource }) });
}

function applyPatch(
  old: ApiObject,
  kind: string,
  patch: unknown,
  type: PatchType,
): { readonly value: unknown } | { readonly status: Status } {
  const want = type === "json" ? "[]handlers.jsonPatchOp" : "map[string]interface {}";
  if (patch === null || typeof patch !== "object" || Array.isArray(patch) !== (type === "json")) {
    const got = Array.isArray(patch) ? "array" : typeof patch === "boolean" ? "bool" : typeof patch;
    const why = `json: cannot unmarshal ${got} into Go value of type ${want}`;
    return { status: badRequest(type === "strategic" ? why : `error decoding patch: ${why}`) };
  }
  if (type === "merge") return { value: applyMergePatch(old, patch) };
  if (type === "json") {
    const result = applyJsonPatch(old, JSON.stringify(patch));
    if ("value" in result) return result;
    // Why it does not apply stays with the server.
    return { status: result.stage === "decode" ? badRequest(result.error) : unprocessable() };
  }
  const known = schema as unknown as MergeSchema;
  const result = applyStrategicMerge({ ...old }, patch as Record<string, unknown>, kind, known);
  return "value" in result ? result : { status: badRequest(result.error) };
}

/** Namespaces that the system cannot do without. */
const kept = ["default", "kube-system", "kube-public"];

function deleteObject(
  api: ApiServer,
  kind: string,
  namespace: string | undefined,
  name: string,
  grace: number | undefined,
): Answer {
  if (kind === "Namespace" && kept.includes(name))
    return { status: forbidden(kind, name, "this namespace may not be deleted") };
  if (kind === "PriorityClass" && name in systemPriorities)
    return { status: forbidden(kind, name, "this is a system priority class and cannot be deleted") };
  const deleted = api.delete(kind, kindNamed(kind)?.namespaced === false ? undefined : namespace, name, {
    ...(grace !== undefined && { grace }),
  });
  return isStatus(deleted) ? deleted : { object: deleted, warnings: [] };
}

/** No budget stands in the way here: there are none (pkg/registry/core/pod/storage/eviction.go). */
function evictPod(api: ApiServer, namespace: string, name: string, grace: number | undefined): Answer {
  const pod = api.get<Pod>("Pod", namespace, name);
  if (pod && !pod.metadata.deletionTimestamp)
    api.updatePodStatus(namespace, name, pod.metadata.uid, (status) =>
      withCondition(status, {
        type: "DisruptionTarget",
        status: "True",
        reason: "EvictionByEvictionAPI",
        message: "Eviction API: evicting",
        lastProbeTime: null as never,
        lastTransitionTime: api.timestamp(),
      }),
    );
  return deleteObject(api, "Pod", namespace, name, grace);
}

function isStatus(answer: ApiObject | { status: Status }): answer is { status: Status } {
  return !("kind" in answer);
}

function* execIn(
  cluster: Cluster,
  pod: Pod,
  container: string,
  command: readonly string[],
  streams: Parameters<ApiClient["exec"]>[3],
): ReturnType<ApiClient["exec"]> {
  const instance = runningContainer(cluster, pod, container);
  const runtime = cluster.runtimeOf(pod);
  if (!instance || !runtime) return { error: `unable to upgrade connection: container not found ("${container}")` };
  const { stdin } = streams;
  const source =
    stdin === undefined
      ? undefined
      : new SourceFile(
          typeof stdin === "string" ? utf8Encode(stdin) : "",
          typeof stdin !== "string",
          streams.tty === true,
        );
  const stop = typeof stdin === "function" ? stdin((data, end) => source!.feed(utf8Encode(data), end)) : undefined;
  try {
    const end = yield* runtime.execStreams(instance.id, command.map(utf8Encode), Infinity, {
      ...(source && { stdin: source }),
      tty: streams.tty === true,
      out: (data) => streams.out(utf8Decode(data)),
      err: (data) => streams.err(utf8Decode(data)),
    });
    // The kubelet wraps what the runtime says, and the API server what the kubelet says.
    if (end.error)
      return {
        error: `Internal error occurred: Internal error occurred: error executing command in container: ${end.error.message}`,
      };
    return { exitCode: end.exitCode ?? 1 };
  } finally {
    stop?.();
  }
}

/** The runtime knows a container that has ended, the kubelet none that has not been made. */
function notAttachable({ metadata, status }: Pod, container: string): string {
  const statuses = [
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ];
  return statuses.some(({ name, containerID }) => name === container && containerID)
    ? "Internal error occurred: Internal error occurred: error attaching to container: failed to load task: no running task found: not found"
    : `unable to upgrade connection: container ${container} not found in pod ${metadata.name}_${metadata.namespace}`;
}

/** What the container writes from now on, until it ends. */
function* attachTo(
  cluster: Cluster,
  pod: Pod,
  container: string,
  streams: Parameters<ApiClient["exec"]>[3],
): ReturnType<ApiClient["exec"]> {
  const instance = runningContainer(cluster, pod, container);
  const runtime = cluster.runtimeOf(pod);
  if (!instance || !runtime) return { error: notAttachable(pod, container) };
  const { stdin } = streams;
  const feed = (data: string, end: boolean) => runtime.writeStdin?.(instance.id, utf8Encode(data), end);
  if (typeof stdin === "string") feed(stdin, true);
  const stopInput = typeof stdin === "function" ? stdin(feed) : undefined;
  const stopLog = runtime.watchLog(instance.id, ({ stream, text }) =>
    (stream === "stdout" || streams.tty ? streams.out : streams.err).call(streams, utf8Decode(text)),
  );
  const changed = new Signal();
  const stopWatch = cluster.api.watch("Pod", () => changed.fire());
  try {
    for (;;) {
      const now = runtime.container(instance.id);
      if (now?.state !== "running") return { exitCode: now?.exitCode ?? 0 };
      yield* changed.next();
    }
  } finally {
    stopInput?.();
    stopLog();
    stopWatch();
  }
}
