/**
 * Probes: one worker for each probe of each container, from the Pod's first sync to its end (kubelet:
 * pkg/kubelet/prober/worker.go, prober_manager.go, prober.go).
 */
import type { Clock } from "../../time/clock.ts";
import { startTask, type Task, wait } from "../../time/task.ts";
import type { ContainerRuntime } from "../../runtime/cri.ts";
import { grpcText } from "../../runtime/cri.ts";
import type { HealthAnswer } from "../../runtime/grpcHealth.ts";
import { type EventRecorder, podReference } from "../eventRecorder.ts";
import type { Container, ContainerStatus, Pod, PodStatus, Probe } from "../api/types.ts";
import { expandCommand } from "./expansion.ts";
import { isSidecar } from "./podRuntime.ts";
import { goSeconds } from "./backOff.ts";
import { resolvePort } from "./probePort.ts";
import type { ProbeResult, ProbeResultStore, ProbeType } from "./probeResults.ts";

/** kubelet: maxProbeRetries. */
const attempts = 3;
/** pkg/probe/exec: maxReadLength. */
const outputLimit = 10 * 1024;

export const probeTypes: readonly {
  type: ProbeType;
  title: string;
  of: (c: Container) => Probe | undefined;
  initial: ProbeResult;
}[] = [
  { type: "startup", title: "Startup", of: (c) => c.startupProbe, initial: "unknown" },
  { type: "readiness", title: "Readiness", of: (c) => c.readinessProbe, initial: "failure" },
  { type: "liveness", title: "Liveness", of: (c) => c.livenessProbe, initial: "success" },
];

export interface ProberHost {
  readonly clock: Clock;
  /** Where virtual time 0 lies, in ms since 1970. */
  readonly epochMs: number;
  readonly runtime: ContainerRuntime;
  readonly recorder: EventRecorder;
  readonly results: ProbeResultStore;
  status(uid: string): PodStatus | undefined;
  /** The Pod as the kubelet knows it now. */
  pod(uid: string): Pod | undefined;
  /** Called when a decision changes. */
  onResult(pod: Pod, container: Container, type: ProbeType, result: ProbeResult): void;
}

/** What one run of a probe found. */
type Outcome =
  | { readonly result: "success" | "failure" | "warning" | "unknown"; readonly output: string }
  | { readonly error: string };

/** A warning is as good as a success; what is not known, or could not be asked, is a failure. */
export function resultOf(outcome: Outcome): { readonly result: ProbeResult; readonly error: boolean } {
  if ("error" in outcome) return { result: "failure", error: true };
  return { result: outcome.result === "success" || outcome.result === "warning" ? "success" : "failure", error: false };
}

export class Prober {
  readonly #host: ProberHost;
  readonly #workers = new Map<string, ProbeWorker[]>();

  constructor(host: ProberHost) {
    this.#host = host;
  }

  /** Harmless when the Pod has its workers. */
  addPod(pod: Pod): void {
    const uid = pod.metadata.uid!;
    if (this.#workers.has(uid)) return;
    const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar);
    const workers = [...pod.spec.containers, ...sidecars].flatMap((container) =>
      probeTypes.flatMap((kind) => {
        const probe = kind.of(container);
        return probe ? [new ProbeWorker(this.#host, uid, container, probe, kind)] : [];
      }),
    );
    this.#workers.set(uid, workers);
    for (const worker of workers) worker.start();
  }

  /** The Pod is being stopped: only readiness goes on, and what sidecars have until they are stopped. */
  stopLivenessAndStartup(pod: Pod): void {
    for (const worker of this.#workers.get(pod.metadata.uid!) ?? []) {
      if (worker.type !== "readiness" && !isSidecar(worker.container)) worker.stop();
    }
  }

  removePod(uid: string): void {
    for (const worker of this.#workers.get(uid) ?? []) worker.stop();
    this.#workers.delete(uid);
  }

  /** Sets `started` and `ready` of each container's status (kubelet: UpdatePodStatus). Asks for readiness at once where it is due. */
  updateStatus(pod: Pod, statuses: readonly ContainerStatus[], initStatuses: readonly ContainerStatus[]): void {
    const uid = pod.metadata.uid!;
    const workers = this.#workers.get(uid) ?? [];
    const before = this.#host.status(uid);
    const published = [...(before?.containerStatuses ?? []), ...(before?.initContainerStatuses ?? [])];
    // Until the startup probe's worker has met a new container, what was said of the one before it stands: a container
    // that was killed and restarted in one sync counts as started until the worker's next turn.
    const startedBefore = (name: string) => published.find((s) => s.name === name)?.started === true;
    const hasStarted = (status: ContainerStatus, container: Container) => {
      if (!container.startupProbe) return true;
      const result = this.#host.results.startup(runtimeId(status));
      return result === undefined ? startedBefore(status.name) : result === "success";
    };
    const flags = (status: ContainerStatus, container: Container) => {
      const id = runtimeId(status);
      status.started = status.state?.running !== undefined && hasStarted(status, container);
      status.ready = false;
      if (!status.started) return;
      const worker = workers.find((w) => w.type === "readiness" && w.container.name === container.name);
      status.ready = !container.readinessProbe || this.#host.results.readiness(id) === "success";
      if (!status.ready) worker?.trigger();
    };
    for (const status of statuses) {
      const container = pod.spec.containers.find((c) => c.name === status.name);
      if (container) flags(status, container);
    }
    for (const status of initStatuses) {
      const container = pod.spec.initContainers?.find((c) => c.name === status.name);
      if (container && isSidecar(container)) flags(status, container);
      else {
        status.started = status.state?.running !== undefined;
        status.ready = status.state?.terminated?.exitCode === 0;
      }
    }
  }
}

/** Everything that one probe of one container remembers. */
export class ProbeWorker {
  readonly type: ProbeType;
  readonly container: Container;
  readonly #host: ProberHost;
  readonly #uid: string;
  readonly #probe: Probe;
  readonly #title: string;
  readonly #initial: ProbeResult;
  readonly #periodMs: number;
  #containerId = "";
  #last: ProbeResult = "unknown";
  #run = 0;
  #onHold = false;
  #nextTick = 0;
  #wake: (() => void) | undefined;
  #triggered = false;
  #stopped = false;

  constructor(host: ProberHost, uid: string, container: Container, probe: Probe, kind: (typeof probeTypes)[number]) {
    this.#host = host;
    this.#uid = uid;
    this.container = container;
    this.#probe = probe;
    this.type = kind.type;
    this.#title = kind.title;
    this.#initial = kind.initial;
    this.#periodMs = (probe.periodSeconds || 10) * 1000;
  }

  /** Held until the container is replaced: its fate is decided. */
  get onHold(): boolean {
    return this.#onHold;
  }

  /** How many times in a row the last answer came. */
  get resultRun(): number {
    return this.#run;
  }

  /** Another container takes the place of the one that was probed. */
  begin(containerId: string, result = this.#initial): void {
    if (this.#containerId) this.#host.results.remove(this.type, this.#containerId);
    this.#containerId = containerId;
    this.#onHold = false;
    const pod = this.#host.pod(this.#uid);
    if (pod) this.#decide(pod, result, true);
  }

  start(): void {
    this.#nextTick = this.#host.clock.now + this.#periodMs;
    startTask(this.#host.clock, this.#loop());
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    // A probe that is running finishes by itself; its result is no longer used.
    this.#wake?.();
  }

  /** Probes at once; the period starts anew. */
  trigger(): void {
    this.#triggered = true;
    this.#wake?.();
  }

  *#loop(): Task {
    // Let the sync that made this worker go on first.
    while ((yield* this.doProbe()) && !this.#stopped) {
      yield* this.#nextTurn();
      if (this.#stopped) break;
    }
    this.#host.results.remove(this.type, this.#containerId);
  }

  *#nextTurn(): Task {
    const { clock } = this.#host;
    if (!this.#triggered) {
      yield* wait<void>({
        start: (_clock, done) => {
          const finish = () => {
            this.#wake = undefined;
            clock.cancel(timer);
            clock.after(0, done as () => void);
          };
          const timer = clock.after(this.#nextTick - clock.now, finish);
          this.#wake = finish;
          return () => clock.cancel(timer);
        },
      });
    }
    if (this.#triggered) {
      this.#triggered = false;
      this.#nextTick = clock.now + this.#periodMs;
    } else {
      // A tick that came while the probe ran is kept, further ones are lost, as with Go's ticker.
      do this.#nextTick += this.#periodMs;
      while (this.#nextTick <= clock.now - this.#periodMs);
    }
  }

  /** False when the worker's work is over. */
  *doProbe(): Task<boolean> {
    const host = this.#host;
    const pod = host.pod(this.#uid);
    const status = host.status(this.#uid);
    if (!pod || !status) return true;
    if (status.phase === "Failed" || status.phase === "Succeeded") return false;
    const all = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
    const own = all.find((s) => s.name === this.container.name);
    if (!own?.containerID) return true;
    const containerId = runtimeId(own);
    if (containerId !== this.#containerId) {
      this.begin(containerId);
    }
    if (this.#onHold) return true;
    if (!own.state?.running) {
      this.#decide(pod, "failure");
      const policy = this.container.restartPolicy ?? pod.spec.restartPolicy ?? "Always";
      return !own.state?.terminated || policy !== "Never";
    }
    if (pod.metadata.deletionTimestamp && this.type !== "readiness" && !isSidecar(this.container)) {
      // A last good word, so that the end is quiet.
      this.#decide(pod, "success", true);
      return false;
    }
    const startedAt = Date.parse(own.state.running.startedAt!);
    const nowMs = host.clock.now + host.epochMs;
    if (Math.floor((nowMs - startedAt) / 1000) < (this.#probe.initialDelaySeconds ?? 0)) return true;
    if (own.started ? this.type === "startup" : this.type !== "startup") return true;

    const outcome = yield* this.#probeWithRetries(pod, status);
    if (this.#stopped) return false;
    if ("error" in outcome) return true;
    const { result } = resultOf(outcome);
    if (this.#last === result) this.#run++;
    else [this.#last, this.#run] = [result, 1];
    const threshold = result === "failure" ? (this.#probe.failureThreshold ?? 3) : (this.#probe.successThreshold ?? 1);
    if (this.#run < threshold) return true;
    this.#decide(pod, result);
    if ((this.type === "liveness" && result === "failure") || this.type === "startup") {
      // On hold until the container is a new one.
      this.#onHold = true;
      this.#run = 0;
    }
    return true;
  }

  #decide(pod: Pod, result: ProbeResult, silent = false): void {
    const changed = this.#host.results.set(this.type, this.#containerId, result);
    // A first value is told only where it may differ from what the status says.
    if (changed && (!silent || this.type !== "liveness")) this.#host.onResult(pod, this.container, this.type, result);
  }

  *#probeWithRetries(pod: Pod, status: PodStatus): Task<Outcome> {
    let outcome: Outcome = { error: "" };
    for (let i = 0; i < attempts; i++) {
      outcome = yield* runProbe(this.#host, status, this.container, this.#probe, this.#containerId);
      if (!("error" in outcome)) break;
    }
    if (this.#stopped) return outcome;
    const { recorder } = this.#host;
    const field =
      isSidecar(this.container) && pod.spec.initContainers?.some((c) => c.name === this.container.name)
        ? "initContainers"
        : "containers";
    const reference = podReference(pod, `spec.${field}{${this.container.name}}`);
    if ("error" in outcome) {
      recorder.record(
        reference,
        "Warning",
        "Unhealthy",
        `${this.#title} probe errored and resulted in unknown state: ${outcome.error}`,
      );
    } else if (outcome.result === "failure" || outcome.result === "unknown") {
      recorder.record(reference, "Warning", "Unhealthy", `${this.#title} probe failed: ${outcome.output}`);
    } else if (outcome.result === "warning") {
      recorder.record(reference, "Warning", "ProbeWarning", `${this.#title} probe warning: ${outcome.output}`);
    }
    return outcome;
  }
}

/** The runtime's own id: the status has it as `containerd://ID`. */
function runtimeId(status: ContainerStatus): string {
  return (status.containerID ?? "").replace("containerd://", "");
}

/** Runs one probe once (kubelet: pkg/kubelet/prober/prober.go). */
function* runProbe(
  host: ProberHost,
  status: PodStatus,
  container: Container,
  probe: Probe,
  containerId: string,
): Task<Outcome> {
  const timeoutMs = (probe.timeoutSeconds || 1) * 1000;
  const ip = status.podIP ?? "";
  if (probe.exec) {
    const env = new Map(
      (container.env ?? []).flatMap((e) => (e.value !== undefined ? [[e.name, e.value] as const] : [])),
    );
    const command = expandCommand(probe.exec.command ?? [], env);
    const result = yield* host.runtime.exec(containerId, command, timeoutMs);
    if (result.error) return { error: grpcText(result.error) };
    if (result.timedOut)
      return {
        result: "failure",
        output: `command timed out: "${command.join(" ")}" timed out after ${goSeconds(timeoutMs)}`,
      };
    return {
      result: result.exitCode === 0 ? "success" : "failure",
      output: result.combined.slice(0, outputLimit).replace(/\n+$/, ""),
    };
  }
  if (probe.httpGet) {
    const port = resolvePort(probe.httpGet.port, container);
    if (typeof port === "string") return { error: port };
    const scheme = probe.httpGet.scheme === "HTTPS" ? "HTTPS" : "HTTP";
    const path = probe.httpGet.path || "/";
    const request = {
      host: probe.httpGet.host || ip,
      port,
      path,
      scheme,
      headers: probe.httpGet.httpHeaders ?? [],
    } as const;
    const outcome = yield* host.runtime.http(request, timeoutMs);
    if (!outcome.ok) {
      const url = `${scheme.toLowerCase()}://${request.host}:${port}${path.startsWith("/") ? path : `/${path}`}`;
      return {
        result: "failure",
        output: outcome.error.startsWith("Get ") ? outcome.error : `Get "${url}": ${outcome.error}`,
      };
    }
    if (outcome.status >= 200 && outcome.status < 300) return { result: "success", output: outcome.body };
    if (outcome.status >= 300 && outcome.status < 400) {
      // A redirect to another host is not followed.
      return { result: "warning", output: `Probe terminated redirects, Response body: ${outcome.body}` };
    }
    return { result: "failure", output: `HTTP probe failed with statuscode: ${outcome.status}` };
  }
  if (probe.tcpSocket) {
    const port = resolvePort(probe.tcpSocket.port, container);
    if (typeof port === "string") return { error: port };
    const outcome = yield* host.runtime.tcpConnect(probe.tcpSocket.host || ip, port, timeoutMs);
    return outcome.ok ? { result: "success", output: "" } : { result: "failure", output: outcome.error };
  }
  if (probe.grpc) {
    const { port, service } = probe.grpc;
    const answer = yield* host.runtime.grpcHealth(ip, port, service ?? "", timeoutMs);
    return healthOutcome(answer, `${ip}:${port}`, goSeconds(timeoutMs));
  }
  return { error: `missing probe handler for ${container.name}` };
}

/** kubelet: pkg/probe/grpc. */
function healthOutcome(answer: HealthAnswer | "timeout" | undefined, address: string, timeout: string): Outcome {
  const failure = (output: string): Outcome => ({ result: "failure", output });
  if (answer === undefined)
    return failure(`timeout: failed to connect service "${address}" within ${timeout}: context deadline exceeded`);
  if (answer === "timeout") return failure(`timeout: health rpc did not complete within ${timeout}`);
  if ("status" in answer)
    return answer.status === "SERVING"
      ? { result: "success", output: "service healthy" }
      : failure(`service unhealthy (responded with "${answer.status}")`);
  const { code, message } = answer;
  if (code === "Unimplemented")
    return failure(
      `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${message}`,
    );
  return failure(`error: health rpc probe failed: rpc error: code = ${code} desc = ${message}`);
}
