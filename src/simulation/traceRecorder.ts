/** Watches one Pod from its hand-in to the end and writes down each change, as the recordings of a real cluster do. */
import type { ApiServer } from "../cluster/apiServer.ts";
import type { ContainerStatus, Event, Pod } from "../cluster/api/types.ts";
import { podRow } from "../kubectl/podTable.ts";
import type { ConditionRow, ContainerRow, TraceEvent, WatchRow } from "./trace.ts";

export class TraceRecorder {
  readonly watch: WatchRow[] = [];
  readonly events: TraceEvent[] = [];
  readonly phases: { t: number; phase: string }[] = [];
  readonly conditions: ConditionRow[] = [];
  readonly containers: ContainerRow[] = [];
  readonly #api: ApiServer;
  readonly podName: string;
  readonly #seconds: () => number;
  readonly #last = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** `seconds`: since the Pod was handed in. */
  constructor(api: ApiServer, podName: string, seconds: () => number) {
    this.#api = api;
    this.podName = podName;
    this.#seconds = seconds;
    api.watch<Pod>("Pod", ({ type, object }) => {
      if (object.metadata.name !== podName || object.metadata.namespace !== "default") return;
      this.#onPod(object, type === "DELETED");
    });
    // An old event that is dropped is nothing new.
    api.watch<Event>("Event", ({ type, object }) => {
      if (type !== "DELETED") this.#onEvent(object);
    });
  }

  get #t(): number {
    return Math.round(this.#seconds() * 10) / 10;
  }

  /** Whether `value` is new for `key`. */
  #isNew(key: string, value: object): boolean {
    const text = JSON.stringify(value);
    if (this.#last.get(key) === text) return false;
    this.#last.set(key, text);
    return true;
  }

  #onPod(pod: Pod, gone: boolean): void {
    const t = this.#t;
    if (gone) {
      this.watch.push({ t, pod: this.podName, gone: true });
      this.#last.clear();
      return;
    }
    const { ready, status, restarts } = podRow(pod, this.#api.now());
    const row = { pod: this.podName, ready, status, restarts: Number.parseInt(restarts, 10) };
    if (this.#isNew("watch", row)) this.watch.push({ t, ...row });
    const {
      phase = "",
      conditions = [],
      initContainerStatuses = [],
      containerStatuses = [],
      ephemeralContainerStatuses = [],
    } = pod.status;
    if (this.#isNew("phase", { phase })) this.phases.push({ t, phase });
    for (const { type, status: value, reason } of conditions) {
      const entry = { type, status: value, ...(reason && { reason }) };
      if (this.#isNew(`condition ${type}`, entry)) this.conditions.push({ t, ...entry });
    }
    for (const container of [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses]) {
      const entry = containerRow(container);
      if (this.#isNew(`container ${container.name}`, entry)) this.containers.push({ t, ...entry });
    }
  }

  #onEvent(event: Event): void {
    const { involvedObject, reason = "", message = "", type, source, reportingComponent, metadata } = event;
    if (involvedObject.kind !== "Pod" || involvedObject.name !== this.podName) return;
    const count = event.series?.count ?? event.count ?? 1;
    const before = this.#counts.get(metadata.name!) ?? 0;
    this.#counts.set(metadata.name!, count);
    for (let i = before; i < count; i++) {
      this.events.push({
        t: this.#t,
        type: type as TraceEvent["type"],
        reason,
        object: `Pod/${this.podName}`,
        field: involvedObject.fieldPath ?? "",
        from: source?.component || reportingComponent || "",
        message,
      });
    }
  }
}

function containerRow({ name, state = {}, ready, restartCount, started }: ContainerStatus): Omit<ContainerRow, "t"> {
  const rest = { ready, restarts: restartCount, ...(started !== undefined && { started }) };
  if (state.running) return { name, state: "running", ...rest };
  if (state.terminated) {
    const { reason, exitCode, signal } = state.terminated;
    return { name, state: "terminated", ...(reason && { reason }), exitCode, ...(signal && { signal }), ...rest };
  }
  return { name, state: "waiting", ...(state.waiting?.reason && { reason: state.waiting.reason }), ...rest };
}
