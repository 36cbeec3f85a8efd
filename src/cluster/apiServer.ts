/**
 * The API server's storage: objects by kind, namespace and name, resource versions, watches, and the special rules of
 * Pods (binding, graceful deletion, status). Decoding, defaults, admission and validation are in `api/` and
 * `validation/`. Objects handed out are never changed in place: a write replaces them.
 */
import type { Clock } from "../time/clock.ts";
import type { Random } from "../time/random.ts";
import { type CreateContext, prepareForCreate, prepareForUpdate, type Subresource } from "./api/index.ts";
import { alreadyExists, conflict, notFound, type Status } from "./api/status.ts";
import type { ObjectMeta, Pod, PodStatus } from "./api/types.ts";

export interface ApiObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

export interface WatchEvent<T = ApiObject> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: T;
  readonly old?: T;
}

export type Outcome<T = ApiObject> =
  | { readonly object: T; readonly warnings: readonly string[] }
  | { readonly status: Status };

type Listener = (event: WatchEvent) => void;

const clusterScoped = new Set(["Node", "Namespace", "PersistentVolume", "PriorityClass"]);

export class ApiServer {
  readonly #objects = new Map<string, Map<string, ApiObject>>();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #clock: Clock;
  readonly #random: Random;
  /** ms since 1970 at virtual time 0. */
  readonly epochMs: number;
  #version = 100;

  constructor(clock: Clock, random: Random, epochMs: number) {
    this.#clock = clock;
    this.#random = random;
    this.epochMs = epochMs;
  }

  /** ms since 1970. */
  now(): number {
    return this.epochMs + this.#clock.now;
  }

  /** The time as the API writes it: whole seconds. */
  timestamp(ms = this.now()): string {
    return timestampOf(ms);
  }

  resourceVersion(): string {
    return String(this.#version);
  }

  get<T = ApiObject>(kind: string, namespace: string | undefined, name: string): T | undefined {
    return this.#objects.get(kind)?.get(keyOf(kind, namespace, name)) as T | undefined;
  }

  /** In the order of the storage: by namespace, then name. */
  list<T = ApiObject>(kind: string, namespace?: string): T[] {
    const all = [...(this.#objects.get(kind)?.entries() ?? [])];
    const wanted =
      namespace === undefined || clusterScoped.has(kind)
        ? all
        : all.filter(([, object]) => object.metadata.namespace === namespace);
    return wanted.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, object]) => object as T);
  }

  /** All objects of a kind in no promised order, without copying: for hot loops. */
  all<T = ApiObject>(kind: string): IterableIterator<T> {
    return (this.#objects.get(kind) ?? new Map()).values() as IterableIterator<T>;
  }

  /** Defaults, admission, validation, then storage. `object` must be decoded. */
  create(object: ApiObject, options: { dryRun?: boolean } = {}): Outcome {
    const prepared = prepareForCreate(object, this.#context());
    if ("status" in prepared) return prepared;
    const created = prepared.object as ApiObject;
    const { name, namespace } = created.metadata;
    if (this.get(created.kind, namespace, name!)) return { status: alreadyExists(created.kind, name!) };
    if (options.dryRun) return { object: created, warnings: prepared.warnings };
    return { object: this.insert(created), warnings: prepared.warnings };
  }

  /** Takes the place of a stored object: defaults, validation against the old one, then storage. `object` must be decoded. */
  update(object: ApiObject, options: { dryRun?: boolean; subresource?: Subresource } = {}): Outcome {
    const { kind, metadata } = object;
    const old = this.get(kind, metadata.namespace, metadata.name!);
    if (!old) return { status: notFound(kind, metadata.name!) };
    const prepared = prepareForUpdate(object, old, this.#context(), options.subresource);
    if ("status" in prepared) return prepared;
    const next = prepared.object as ApiObject;
    if (options.dryRun) return { object: next, warnings: [] };
    return { object: this.modify(kind, metadata.namespace, metadata.name!, () => next)!, warnings: [] };
  }

  #context(): CreateContext {
    return {
      now: this.now(),
      random: this.#random,
      lookup: (kind, namespace, name) => this.get(kind, namespace, name),
      list: (kind, namespace) => this.list(kind, namespace),
    };
  }

  /** Stores an object as it is: the system's own objects, mirror Pods, events. */
  insert(object: ApiObject): ApiObject {
    const { kind, metadata } = object;
    if (!metadata.uid) metadata.uid = this.#random.uuid();
    if (!metadata.creationTimestamp) metadata.creationTimestamp = this.timestamp();
    metadata.resourceVersion = String(++this.#version);
    let byName = this.#objects.get(kind);
    if (!byName) this.#objects.set(kind, (byName = new Map()));
    byName.set(keyOf(kind, metadata.namespace, metadata.name!), object);
    this.#notify({ type: "ADDED", object });
    return object;
  }

  /** Replaces an object with what `change` makes of it; undefined when there is none. `change` must not alter its argument. */
  modify<T = ApiObject>(
    kind: string,
    namespace: string | undefined,
    name: string,
    change: (object: T) => T,
  ): T | undefined {
    const key = keyOf(kind, namespace, name);
    const old = this.#objects.get(kind)?.get(key);
    if (!old) return undefined;
    const next = change(old as T) as ApiObject;
    if (next === old) return old as T;
    const object = { ...next, metadata: { ...next.metadata, resourceVersion: String(++this.#version) } };
    this.#objects.get(kind)!.set(key, object);
    this.#notify({ type: "MODIFIED", object, old });
    return object as T;
  }

  /** The status subresource. Nothing happens when the Pod is gone or is another one of the same name. */
  updatePodStatus(
    namespace: string,
    name: string,
    uid: string | undefined,
    change: (status: PodStatus) => PodStatus,
  ): void {
    this.modify<Pod>("Pod", namespace, name, (pod) => {
      if (uid !== undefined && pod.metadata.uid !== uid) return pod;
      const status = change(pod.status);
      return status === pod.status ? pod : { ...pod, status };
    });
  }

  /** The binding subresource: spec.nodeName and condition PodScheduled in one write. */
  bind(namespace: string, name: string, node: string): Status | undefined {
    const pod = this.get<Pod>("Pod", namespace, name);
    if (!pod) return notFound("Pod", name);
    if (pod.metadata.deletionTimestamp)
      return conflict("pods/binding", name, `pod ${name} is being deleted, cannot be assigned to a host`);
    if (pod.spec.nodeName)
      return conflict("pods/binding", name, `pod ${name} is already assigned to node "${pod.spec.nodeName}"`);
    this.modify<Pod>("Pod", namespace, name, (old) => ({
      ...old,
      spec: { ...old.spec, nodeName: node },
      // A nomination has served its purpose (ClearingNominatedNodeNameAfterBinding).
      status: withCondition(withoutNomination(old.status), {
        type: "PodScheduled",
        status: "True",
        lastProbeTime: null as never,
        lastTransitionTime: this.timestamp(),
        observedGeneration: old.metadata.generation,
      }),
    }));
    return undefined;
  }

  /**
   * Deletes: a Pod on a node only gets a deletion time unless the grace period is 0.
   * @param grace seconds; undefined: the Pod's own.
   */
  delete(
    kind: string,
    namespace: string | undefined,
    name: string,
    options: { grace?: number; uid?: string } = {},
  ): ApiObject | { status: Status } {
    const object = this.get(kind, namespace, name);
    if (!object || (options.uid !== undefined && object.metadata.uid !== options.uid))
      return { status: notFound(kind, name) };
    if (kind === "Pod") {
      const pod = object as unknown as Pod;
      const seconds = gracePeriodOf(pod, options.grace);
      if (seconds > 0) return this.#deleteGracefully(pod, seconds) as unknown as ApiObject;
    }
    if (kind === "Namespace" && hasFinalizers(object)) return this.#beginTermination(object);
    return this.remove(kind, namespace, name)!;
  }

  /** Takes an object away at once, whatever may be in its way: how deletions end. */
  remove(kind: string, namespace: string | undefined, name: string): ApiObject | undefined {
    const key = keyOf(kind, namespace, name);
    const object = this.#objects.get(kind)?.get(key);
    if (!object) return undefined;
    this.#objects.get(kind)!.delete(key);
    this.#version++;
    this.#notify({ type: "DELETED", object, old: object });
    return object;
  }

  /** The kinds of which there are objects, or were. */
  kinds(): string[] {
    return [...this.#objects.keys()];
  }

  /** A namespace goes when its controller has emptied it. */
  #beginTermination(namespace: ApiObject): ApiObject {
    if (namespace.metadata.deletionTimestamp) return namespace;
    return this.modify("Namespace", undefined, namespace.metadata.name!, (old: ApiObject) => ({
      ...old,
      metadata: { ...old.metadata, deletionTimestamp: this.timestamp() },
      status: { ...(old.status as object), phase: "Terminating" },
    }))!;
  }

  /** Called at once, inside the write; those who act on it wait a little first, as a watch would make them. */
  watch<T = ApiObject>(kind: string, listener: (event: WatchEvent<T>) => void): () => void {
    let listeners = this.#listeners.get(kind);
    if (!listeners) this.#listeners.set(kind, (listeners = new Set()));
    listeners.add(listener as unknown as Listener);
    return () => listeners.delete(listener as unknown as Listener);
  }

  #deleteGracefully(pod: Pod, seconds: number): Pod {
    const { metadata } = pod;
    // A second delete may only shorten the period (apiserver: registry/rest/delete.go).
    if (metadata.deletionTimestamp && (metadata.deletionGracePeriodSeconds ?? 0) <= seconds) return pod;
    return this.modify<Pod>("Pod", metadata.namespace, metadata.name!, (old) => ({
      ...old,
      metadata: {
        ...old.metadata,
        deletionTimestamp: this.timestamp(this.now() + seconds * 1000),
        deletionGracePeriodSeconds: seconds,
        generation: (old.metadata.generation ?? 1) + (metadata.deletionTimestamp ? 0 : 1),
      },
    }))!;
  }

  #notify(event: WatchEvent): void {
    for (const listener of this.#listeners.get(event.object.kind) ?? []) listener(event);
  }
}

function withoutNomination({ nominatedNodeName: _, ...status }: PodStatus): PodStatus {
  return status;
}

function gracePeriodOf(pod: Pod, asked: number | undefined): number {
  if (!pod.spec.nodeName || pod.status.phase === "Succeeded" || pod.status.phase === "Failed") return 0;
  const seconds = asked ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  return seconds < 0 ? 1 : seconds;
}

function hasFinalizers({ spec }: ApiObject): boolean {
  return ((spec as { finalizers?: string[] } | undefined)?.finalizers ?? []).length > 0;
}

function keyOf(kind: string, namespace: string | undefined, name: string): string {
  return clusterScoped.has(kind) ? name : `${namespace ?? "default"}/${name}`;
}

/** `2026-01-01T00:00:00Z` */
export function timestampOf(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  if (second !== lastTimestamp.second)
    lastTimestamp = { second, text: `${new Date(second * 1000).toISOString().slice(0, 19)}Z` };
  return lastTimestamp.text;
}

/** The same second is asked for many times in a row. */
let lastTimestamp = { second: Number.NaN, text: "" };

type PodConditionLike = NonNullable<PodStatus["conditions"]>[number];

/** The status with one condition set; its lastTransitionTime stays when its status does. */
export function withCondition(status: PodStatus, condition: PodConditionLike): PodStatus {
  const conditions = status.conditions ?? [];
  const old = conditions.find((c) => c.type === condition.type);
  const next =
    old && old.status === condition.status ? { ...condition, lastTransitionTime: old.lastTransitionTime } : condition;
  return { ...status, conditions: old ? conditions.map((c) => (c === old ? next : c)) : [...conditions, next] };
}
