/**
 * Events as client-go's recorder writes them (client-go: tools/record/events_cache.go): similar ones are combined, equal
 * ones are counted, and an object that causes too many loses some. The scheduler's newer recorder
 * (client-go: tools/events) counts in a series instead.
 */
import type { ApiServer } from "./apiServer.ts";
import type { Event, ObjectReference } from "./api/types.ts";

export type EventType = "Normal" | "Warning";

/** client-go: defaultAggregateMaxEvents, defaultAggregateIntervalInSeconds. */
const maxSimilar = 10;
const similarForMs = 600_000;
/** client-go: defaultSpamBurst, defaultSpamQPS. */
const burst = 25;
const refillMs = 300_000;

export class EventRecorder {
  readonly #api: ApiServer;
  readonly #component: string;
  readonly #host: string;
  readonly #similar = new Map<string, { messages: Set<string>; last: number }>();
  readonly #counted = new Map<string, { name: string; count: number; first: string }>();
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(api: ApiServer, component: string, host: string) {
    this.#api = api;
    this.#component = component;
    this.#host = host;
  }

  record(object: ObjectReference, type: EventType, reason: string, message: string): void {
    const now = this.#api.now();
    const objectKey = `${object.kind}/${object.namespace}/${object.name}/${object.uid}`;
    const similarKey = `${objectKey}|${type}|${reason}`;
    let countKey = `${objectKey}|${object.fieldPath ?? ""}|${type}|${reason}|${message}`;
    let text = message;
    if (this.#isOneOfTooMany(similarKey, message, now)) {
      countKey = similarKey;
      text = `(combined from similar events): ${message}`;
    }
    const counted = this.#counted.get(countKey);
    const timestamp = this.#api.timestamp(now);
    if (counted) counted.count++;
    const entry = counted ?? { name: "", count: 1, first: timestamp };
    this.#counted.set(countKey, entry);
    if (!this.#hasBudget(`${objectKey}|${type}`, now)) return;
    const namespace = object.namespace ?? "default";
    const updated =
      entry.name !== "" &&
      this.#api.modify<Event>("Event", namespace, entry.name, (old) => ({
        ...old,
        count: entry.count,
        lastTimestamp: timestamp,
        message: text,
      }));
    if (updated) return;
    entry.name = eventName(object.name!, now, this.#api.resourceVersion());
    this.#api.insert({
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: entry.name, namespace },
      involvedObject: object,
      reason,
      message: text,
      type,
      count: entry.count,
      eventTime: null,
      firstTimestamp: entry.first,
      lastTimestamp: timestamp,
      source: { component: this.#component, host: this.#host },
      reportingComponent: this.#component,
      reportingInstance: this.#host,
    });
  }

  #isOneOfTooMany(key: string, message: string, now: number): boolean {
    let seen = this.#similar.get(key);
    if (!seen || now - seen.last > similarForMs) this.#similar.set(key, (seen = { messages: new Set(), last: now }));
    seen.last = now;
    seen.messages.add(message);
    if (seen.messages.size < maxSimilar) return false;
    seen.messages.delete(seen.messages.values().next().value!);
    return true;
  }

  #hasBudget(key: string, now: number): boolean {
    let bucket = this.#buckets.get(key);
    if (!bucket) this.#buckets.set(key, (bucket = { tokens: burst, at: now }));
    bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / refillMs);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }
}

/** The scheduler's recorder: one event a reason and version of the Pod, repeats counted in `series`, the first message kept. */
export class SeriesRecorder {
  readonly #api: ApiServer;
  readonly #controller: string;
  readonly #known = new Map<string, { name: string; count: number }>();

  constructor(api: ApiServer, controller: string) {
    this.#api = api;
    this.#controller = controller;
  }

  record(object: ObjectReference, type: EventType, reason: string, action: string, message: string): void {
    const now = this.#api.now();
    // The object's version is part of the key: the first event after a change of the Pod is one of its own.
    const { kind, name: objectName, uid, resourceVersion } = object;
    const key = [kind, object.namespace, objectName, uid, resourceVersion, type, reason, action].join("|");
    const namespace = object.namespace ?? "default";
    const time = new Date(now).toISOString().replace("Z", "000Z");
    const known = this.#known.get(key);
    if (known) {
      known.count++;
      // Later repeats are only counted in memory (client-go: tools/events/event_broadcaster.go, refreshTime 30 min).
      if (known.count === 2) {
        this.#api.modify<Event>("Event", namespace, known.name, (old) => ({
          ...old,
          series: { count: 2, lastObservedTime: time },
        }));
      }
      return;
    }
    const name = eventName(object.name!, now, this.#api.resourceVersion());
    this.#known.set(key, { name, count: 1 });
    this.#api.insert({
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace },
      involvedObject: object,
      reason,
      action,
      message: message.length > 1024 ? `${message.slice(0, 1020)} ...` : message,
      type,
      eventTime: time,
      firstTimestamp: null,
      lastTimestamp: null,
      source: {},
      reportingComponent: this.#controller,
      reportingInstance: `${this.#controller}-minikube`,
    });
  }
}

/** `<object>.<hex of unix nanoseconds>`; the version keeps names of one moment apart and in order. */
function eventName(object: string, ms: number, version: string): string {
  return `${object}.${(BigInt(Math.floor(ms)) * 1_000_000n + BigInt(version)).toString(16)}`;
}

/** A reference to a Pod, or to one of its containers: `spec.containers{app}`. */
export function podReference(
  pod: { metadata: { name?: string; namespace?: string; uid?: string; resourceVersion?: string } },
  fieldPath?: string,
): ObjectReference {
  const { name, namespace, uid, resourceVersion } = pod.metadata;
  return { kind: "Pod", namespace, name, uid, apiVersion: "v1", resourceVersion, ...(fieldPath && { fieldPath }) };
}
