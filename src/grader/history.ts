/** A run → what was true when: segments of the Pod's, containers' and conditions' states, from the trace's changes. */
import type { Pod } from "../cluster/api/types.ts";
import type { ConditionRow, ContainerRow, Run } from "../simulation/trace.ts";
import type { ContainerRef } from "./types.ts";

/** `value` was true from `from` to `to`, seconds. Segments of one history do not overlap and leave no gap. */
export interface Segment<T> {
  readonly from: number;
  readonly to: number;
  readonly value: T;
}

export interface PodState {
  readonly ready: string;
  readonly status: string;
  readonly restarts: number;
  readonly phase: string;
  readonly gone: boolean;
}

export class History {
  readonly run: Run;
  readonly seconds: number;
  /** Name of the learner's Pod as the cluster knows it. */
  readonly pod: string;
  readonly #manifest: unknown;
  readonly #pods = new Map<string, Segment<PodState>[]>();

  constructor(run: Run, manifest: unknown) {
    this.run = run;
    this.seconds = run.trace.seconds;
    this.#manifest = manifest;
    this.pod = podName(run, manifest);
  }

  podStates(pod = this.pod): Segment<PodState>[] {
    const known = this.#pods.get(pod);
    if (known) return known;
    const rows = this.run.trace.watch.filter((row) => row.pod === pod);
    const phases = pod === this.pod ? this.run.trace.phases : [];
    const changes: { t: number; change: Partial<PodState> }[] = [
      ...rows.map((row) => ({
        t: row.t,
        change:
          "gone" in row
            ? { gone: true }
            : { ready: row.ready, status: row.status, restarts: row.restarts, gone: false },
      })),
      ...phases.map(({ t, phase }) => ({ t, change: { phase } })),
    ].sort((a, b) => a.t - b.t);
    let value: PodState = { ready: "", status: "", restarts: 0, phase: "", gone: false };
    const moments: { t: number; value: PodState }[] = [];
    for (const { t, change } of changes) {
      value = { ...value, ...change };
      if (moments.at(-1)?.t === t && "phase" in change) moments[moments.length - 1] = { t, value };
      else moments.push({ t, value });
    }
    const segments = toSegments(moments, this.seconds);
    this.#pods.set(pod, segments);
    return segments;
  }

  /** One history a container that `ref` names; all containers when it is absent. */
  containerStates(ref?: ContainerRef): { name: string; segments: Segment<ContainerRow>[] }[] {
    const names = ref
      ? [this.containerName(ref)].filter((name) => name !== undefined)
      : [...new Set(this.run.trace.containers.map((row) => row.name))];
    return names.map((name) => ({
      name,
      segments: toSegments(
        this.run.trace.containers.filter((row) => row.name === name).map((row) => ({ t: row.t, value: row })),
        this.seconds,
      ),
    }));
  }

  conditionStates(type: string): Segment<ConditionRow>[] {
    const rows = this.run.trace.conditions.filter((row) => row.type === type);
    return toSegments(
      rows.map((row) => ({ t: row.t, value: row })),
      this.seconds,
    );
  }

  containerName(ref: ContainerRef): string | undefined {
    if ("name" in ref) return ref.name;
    const spec = (this.run.trace.object ?? (this.#manifest as Partial<Pod> | null))?.spec as unknown as
      | Record<string, unknown>
      | undefined;
    const list = spec?.[ref.list];
    const name = Array.isArray(list) ? (list[ref.position] as { name?: unknown } | undefined)?.name : undefined;
    return typeof name === "string" ? name : undefined;
  }
}

function podName(run: Run, manifest: unknown): string {
  const metadata = (manifest as { metadata?: { name?: unknown; generateName?: unknown } } | null)?.metadata;
  const rows = run.trace.watch;
  const fromObject = run.trace.object?.metadata?.name;
  if (typeof fromObject === "string") return fromObject;
  if (typeof metadata?.name === "string") {
    const { name } = metadata;
    if (!run.trace.static) return name;
    // A static Pod's mirror carries the node's name behind its own. One that the kubelet rejects has events, but no mirror.
    const mirror = rows.find((row) => row.pod.startsWith(`${name}-`))?.pod;
    const event = run.trace.events.find(({ object }) => object.startsWith(`Pod/${name}-`));
    return mirror ?? event?.object.slice("Pod/".length) ?? name;
  }
  const prefix = typeof metadata?.generateName === "string" ? metadata.generateName : "";
  return rows.find((row) => row.pod.startsWith(prefix))?.pod ?? "";
}

function toSegments<T>(moments: readonly { t: number; value: T }[], end: number): Segment<T>[] {
  return moments.map(({ t, value }, i) => ({ from: t, to: Math.max(t, moments[i + 1]?.t ?? end), value }));
}
