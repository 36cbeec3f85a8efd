/** What kubectl asks of a cluster, answered by the simulated one in the same process. */
import { applyJsonPatch } from "../cluster/patch/jsonPatch.ts";
import { applyMergePatch } from "../cluster/patch/mergePatch.ts";
import { applyStrategicMerge, type MergeSchema } from "../cluster/patch/strategicMerge.ts";
import { decodeObject, kindNamed, type Subresource } from "../cluster/api/index.ts";
import { badRequest, forbidden, notFound, type Status } from "../cluster/api/status.ts";
import type { Pod } from "../cluster/api/types.ts";
import type { ApiServer } from "../cluster/apiServer.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { containerLog, runningContainer, runtimeUid } from "../cluster/logs.ts";
import type { Answer, ApiClient, ApiObject, PatchType } from "../kubectl/client.ts";
import { utf8Decode, utf8Encode } from "../runtime/bytes.ts";
import { SourceFile } from "../runtime/index.ts";
import type { NetworkNamespace } from "../runtime/network.ts";
import { Signal } from "../time/task.ts";
import { forwardPort } from "./portForward.ts";
import schema from "../../assets/core-v1-schema.json" with { type: "json" };

/** `machine`: where kubectl runs, for ports that it opens there. */
export function apiClient(cluster: Cluster, machine: () => NetworkNamespace | undefined = () => undefined): ApiClient {
  const { api } = cluster;
  return {
    get: (kind, namespace, name) => api.get(kind, namespace, name),
    list: (kind, namespace) => api.list(kind, namespace),
    create(document, options = {}) {
      const decoded = decodeObject(document);
      if ("status" in decoded) return decoded;
      return api.create(decoded.object as ApiObject, { dryRun: options.dryRun === true });
    },
    replace: (document, options = {}) => update(api, document, options),
    patch: (kind, namespace, name, patch, type, options = {}) =>
      patchObject(api, { kind, namespace, name }, patch, type, options),
    delete: (kind, namespace, name, options = {}) => deleteObject(api, kind, namespace, name, options.grace),
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
  options: { readonly dryRun?: boolean; readonly subresource?: Subresource },
): Answer {
  const old = api.get(kind, namespace, name);
  if (!old) return { status: notFound(kind, name) };
  const patched = applyPatch(old, kind, patch, type);
  if ("status" in patched) return patched;
  return update(api, patched.value, options);
}

function update(
  api: ApiServer,
  document: unknown,
  { dryRun, subresource }: { readonly dryRun?: boolean; readonly subresource?: Subresource },
): Answer {
  const decoded = decodeObject(document);
  if ("status" in decoded) return decoded;
  return api.update(decoded.object as ApiObject, { dryRun: dryRun === true, ...(subresource && { subresource }) });
}

function applyPatch(
  old: ApiObject,
  kind: string,
  patch: unknown,
  type: PatchType,
): { readonly value: unknown } | { readonly status: Status } {
  if (type === "merge") return { value: applyMergePatch(old, patch) };
  if (type === "json") {
    const result = applyJsonPatch(old, JSON.stringify(patch));
    if ("value" in result) return result;
    return { status: result.stage === "decode" ? badRequest(result.error) : unprocessable(result.error) };
  }
  const known = schema as unknown as MergeSchema;
  const result = applyStrategicMerge({ ...old }, patch as Record<string, unknown>, kind, known);
  return "value" in result ? result : { status: badRequest(result.error) };
}

/** The server names no object and no fields when a JSON patch does not apply. */
function unprocessable(message: string): Status {
  const why = `the server rejected our request due to an error in our request: ${message}`;
  return { ...badRequest(why), reason: "Invalid", code: 422 };
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
  const deleted = api.delete(kind, kindNamed(kind)?.namespaced === false ? undefined : namespace, name, {
    ...(grace !== undefined && { grace }),
  });
  return isStatus(deleted) ? deleted : { object: deleted, warnings: [] };
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
