/**
 * Writes down all that happens in a run: each version of each Pod, events, every run of every container with its output
 * and variables, hooks, probes, pulls, and the requests that servers saw. Times are seconds since the Pods were created.
 */
import type { Cluster } from "../../src/cluster/cluster.ts";
import type { Container as ContainerSpec, Event, Pod, Probe } from "../../src/cluster/api/types.ts";
import { utf8Decode } from "../../src/runtime/bytes.ts";
import type { ContainerConfig, ContainerRuntime, LogEntry } from "../../src/runtime/cri.ts";
import type { Clock } from "../../src/time/clock.ts";
import type { Task } from "../../src/time/task.ts";

export interface PodVersion {
  readonly t: number;
  /** Undefined: gone. */
  readonly pod: Pod | undefined;
}

export interface SeenEvent {
  readonly t: number;
  readonly pod: string;
  readonly reason: string;
  readonly container: string;
  readonly source: string;
  readonly type: string;
  readonly message: string;
}

/** One instance of a container from its start. */
export interface ContainerRun {
  readonly pod: string;
  readonly container: string;
  readonly started: number;
  exited: number | undefined;
  exitCode: number | undefined;
  readonly log: readonly LogEntry[];
}

/** Something with a beginning and an end. */
export interface Span {
  readonly kind: "postStart" | "preStop" | "probe" | "pull";
  readonly pod: string;
  /** The image's name for a pull. */
  readonly what: string;
  readonly begin: number;
  end: number | undefined;
}

export class Observation {
  readonly versions = new Map<string, PodVersion[]>();
  readonly events: SeenEvent[] = [];
  readonly runs: ContainerRun[] = [];
  readonly spans: Span[] = [];
  readonly requests: { readonly t: number; readonly ip: string; readonly port: number; readonly path: string }[] = [];
  /** By Pod and container: the latest configuration. */
  readonly configs = new Map<string, ContainerConfig>();
  readonly #cluster: Cluster;
  readonly #secondsAt: (ms: number) => number;
  readonly #clock: Clock;
  readonly #podOf = new Map<string, string>();
  readonly #runOf = new Map<string, ContainerRun>();

  /** `secondsAt` turns the clock's ms into seconds since the Pods' creation. */
  constructor(cluster: Cluster, clock: Clock, secondsAt: (ms: number) => number) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#secondsAt = secondsAt;
    const { api } = cluster;
    api.watch<Pod>("Pod", ({ type, object }) => {
      const name = object.metadata.name!;
      const list = this.versions.get(name) ?? [];
      this.versions.set(name, list);
      list.push({ t: this.t, pod: type === "DELETED" ? undefined : object });
    });
    const counts = new Map<string, number>();
    api.watch<Event>("Event", ({ type, object }) => {
      if (type === "DELETED") return;
      const { involvedObject, reason = "", message = "", source, reportingComponent, metadata } = object;
      if (involvedObject.kind !== "Pod") return;
      const count = object.series?.count ?? object.count ?? 1;
      const before = counts.get(metadata.name!) ?? 0;
      counts.set(metadata.name!, count);
      for (let i = before; i < count; i++)
        this.events.push({
          t: this.t,
          pod: involvedObject.name ?? "",
          reason,
          container: /\{(.*)\}/.exec(involvedObject.fieldPath ?? "")?.[1] ?? "",
          source: source?.component || reportingComponent || "",
          type: object.type ?? "",
          message,
        });
    });
    for (const runtime of cluster.runtimes.values()) this.#listen(runtime);
    this.#listenToNetwork();
  }

  get t(): number {
    return this.#secondsAt(this.#clock.now);
  }

  #listen(runtime: ContainerRuntime): void {
    let inner = runtime.onChange;
    const outer = (uid: string) => {
      this.#note(runtime, uid);
      inner(uid);
    };
    Object.defineProperty(runtime, "onChange", {
      get: () => outer,
      set: (next: (uid: string) => void) => {
        inner = next;
      },
    });
    const { runPodSandbox, createContainer, exec, http, tcpConnect, pullImage } = runtime;
    const self = this;
    runtime.runPodSandbox = function* (config) {
      self.#podOf.set(config.podUid, config.podName);
      return yield* runPodSandbox.call(runtime, config);
    };
    runtime.createContainer = function* (sandboxId, config) {
      const created = yield* createContainer.call(runtime, sandboxId, config);
      const uid = created.ok ? runtime.container(created.id)?.podUid : undefined;
      if (uid !== undefined) self.configs.set(`${self.#podOf.get(uid)}/${config.name}`, config);
      return created;
    };
    runtime.exec = function* (id, command, timeoutMs, stdin) {
      const container = runtime.container(id);
      const pod = self.#podOf.get(container?.podUid ?? "") ?? "";
      const kind = self.#purposeOf(pod, container?.name, (probe) => sameWords(probe.exec?.command, command));
      return yield* self.#span(kind, pod, container?.name ?? "", exec.call(runtime, id, command, timeoutMs, stdin));
    };
    runtime.http = function* (request, timeoutMs) {
      const [pod, container] = self.#containerAt(request.host, request.port);
      const kind = self.#purposeOf(pod, container, (probe) => probe.httpGet?.path === request.path);
      return yield* self.#span(kind, pod, container, http.call(runtime, request, timeoutMs));
    };
    runtime.tcpConnect = function* (ip, port, timeoutMs) {
      const [pod, container] = self.#containerAt(ip, port);
      return yield* self.#span("probe", pod, container, tcpConnect.call(runtime, ip, port, timeoutMs));
    };
    runtime.pullImage = function* (image, credentials) {
      return yield* self.#span("pull", "", image, pullImage.call(runtime, image, credentials));
    };
  }

  *#span<R>(kind: Span["kind"] | undefined, pod: string, what: string, task: Task<R>): Task<R> {
    if (!kind) return yield* task;
    const span: Span = { kind, pod, what, begin: this.t, end: undefined };
    this.spans.push(span);
    try {
      return yield* task;
    } finally {
      span.end = this.t;
    }
  }

  /** Probe or hook: what the container's spec has such a handler for. */
  #purposeOf(
    pod: string,
    container: string | undefined,
    matches: (handler: Probe) => boolean,
  ): Span["kind"] | undefined {
    const spec = specOf(this.latest(pod), container);
    if (!spec) return undefined;
    const { lifecycle = {}, livenessProbe, readinessProbe, startupProbe } = spec;
    for (const kind of ["preStop", "postStart"] as const)
      if (lifecycle[kind] && matches(lifecycle[kind] as Probe)) return kind;
    return [livenessProbe, readinessProbe, startupProbe].some((probe) => probe && matches(probe)) ? "probe" : undefined;
  }

  #containerAt(ip: string, port: number): [pod: string, container: string] {
    for (const [name, list] of this.versions) {
      const pod = list.at(-1)!.pod;
      if (pod?.status.podIP !== ip) continue;
      const all = everyContainer(pod);
      const owner =
        all.find((c) => c.ports?.some((p) => p.containerPort === port)) ??
        all.find((c) => [c.livenessProbe, c.readinessProbe, c.startupProbe].some((p) => p && portOf(p) === port)) ??
        all[0];
      return [name, owner?.name ?? ""];
    }
    return ["", ""];
  }

  /** The first line of each request that anyone sends. */
  #listenToNetwork(): void {
    const { network } = this.#cluster;
    const connect = network.connect;
    const self = this;
    network.connect = function* (from, address) {
      const socket = yield* connect.call(network, from, address);
      const write = socket.write;
      let head = "";
      socket.write = (data: string) => {
        if (head.length < 4096) {
          head += data;
          const line = /^[A-Z]+ (\S+) HTTP\/1/.exec(head);
          if (line) {
            self.requests.push({
              t: self.t,
              ip: socket.remote.ip,
              port: socket.remote.port,
              path: utf8Decode(line[1]!),
            });
            head = " ".repeat(4096);
          }
        }
        return write.call(socket, data);
      };
      return socket;
    };
  }

  #note(runtime: ContainerRuntime, uid: string): void {
    for (const { id, name, startedMs, finishedMs, state, exitCode } of runtime.containers(uid)) {
      if (startedMs === 0) continue;
      let run = this.#runOf.get(id);
      if (!run) {
        const log = runtime.log(id);
        run = {
          pod: this.#podOf.get(uid) ?? "",
          container: name,
          started: this.#secondsAt(startedMs),
          exited: undefined,
          exitCode: undefined,
          log,
        };
        this.#runOf.set(id, run);
        this.runs.push(run);
      }
      if (state === "exited" && run.exited === undefined) {
        run.exited = this.#secondsAt(finishedMs);
        run.exitCode = exitCode;
      }
    }
  }

  latest(pod: string): Pod | undefined {
    return this.versions.get(pod)?.findLast(({ pod: seen }) => seen)?.pod;
  }

  /** The Pod as it was at a time; undefined when it was not there. */
  at(pod: string, t: number): Pod | undefined {
    return this.versions.get(pod)?.findLast((version) => version.t <= t)?.pod;
  }

  /** All runs of a container in order. */
  runsOf(container: string, pod?: string): ContainerRun[] {
    return this.runs.filter((run) => run.container === container && (pod === undefined || run.pod === pod));
  }

  /** Beginnings and ends of a container's hooks; a sleeping hook begins with its cause. */
  hooksOf(kind: "postStart" | "preStop", container: string): Span[] {
    const spans = this.spans.filter((span) => span.kind === kind && span.what === container);
    if (spans.length > 0) return spans;
    const pods = [...this.versions.keys()];
    const pod = pods.find((name) => specOf(this.latest(name), container)?.lifecycle?.[kind]);
    if (pod === undefined) return [];
    const seconds = specOf(this.latest(pod), container)!.lifecycle![kind]!.sleep?.seconds;
    const reason = kind === "preStop" ? "Killing" : "Started";
    return this.events
      .filter((event) => event.pod === pod && event.container === container && event.reason === reason)
      .map(({ t }) => ({ kind, pod, what: container, begin: t, end: seconds === undefined ? undefined : t + seconds }));
  }
}

export function everyContainer(pod: Pod): ContainerSpec[] {
  const { initContainers = [], containers, ephemeralContainers = [] } = pod.spec;
  return [...initContainers, ...containers, ...(ephemeralContainers as unknown as ContainerSpec[])];
}

export function specOf(pod: Pod | undefined, container: string | undefined): ContainerSpec | undefined {
  return pod && everyContainer(pod).find((c) => c.name === container);
}

function portOf(probe: Probe): unknown {
  return probe.httpGet?.port ?? probe.tcpSocket?.port ?? probe.grpc?.port;
}

function sameWords(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a !== undefined && a.length === b.length && a.every((word, i) => word === b[i]);
}
