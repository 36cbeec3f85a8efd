/**
 * The kubelet of one node: takes Pods from the API server and from the node's folder of static manifests, and keeps each
 * as it should be. One worker a Pod (kubelet: pkg/kubelet/pod_workers.go), woken by changes of the Pod, of its containers
 * (pkg/kubelet/pleg/generic.go) and of its probes, and by timers.
 */
import type { Clock, Timer } from "../../time/clock.ts";
import type { Random } from "../../time/random.ts";
import { Signal, startTask, type Task, type TaskHandle, withTimeout } from "../../time/task.ts";
import type { Container as RuntimeContainer, ContainerRuntime } from "../../runtime/cri.ts";
import { utf8Decode } from "../../runtime/bytes.ts";
import type { ApiServer } from "../apiServer.ts";
import { wholeValue } from "../api/quantity.ts";
import { podLimits, podRequests } from "../api/resources.ts";
import type { Container, ContainerStatus, Node, Pod, PodStatus } from "../api/types.ts";
import { EventRecorder, podReference } from "../eventRecorder.ts";
import { admissionRefusal, admitPod, generalPredicates } from "./admission.ts";
import { BackOff } from "./backOff.ts";
import { containerStatuses, resetStatus, type StartFailure } from "./containerStatuses.ts";
import { isCritical, preempting, victimsFor } from "./preemption.ts";
import { limitsStorage, storageExcess } from "./localStorage.ts";
import { ImageManager } from "./imageManager.ts";
import { findSpec, killPod } from "./killPod.ts";
import { podConditions, podPhase } from "./podPhase.ts";
import { nothingRuns, type PodRuntime, restartOfAll } from "./podRuntime.ts";
import { Prober } from "./prober.ts";
import { pullCredentials } from "./pullSecrets.ts";
import { PodResize } from "./podResize.ts";
import { resizeRefusal } from "./resize.ts";
import { ProbeResultStore } from "./probeResults.ts";
import { StaticPods } from "./staticPods.ts";
import { StatusManager } from "./statusManager.ts";
import { type SyncContext, type SyncOutcome, syncPod, terminationLogPath } from "./syncPod.ts";
import { VolumeManager } from "./volumes.ts";

/** kubelet: genericPlegRelistPeriod, and the sync loop's tick. */
const relistMs = 1000;
const tickMs = 1000;
/** kubelet: syncFrequency, backOffPeriod; both are stretched by up to a half. */
const resyncMs = 60_000;
const retryMs = 10_000;
const longestBackOffCheckMs = 60_000;
/** kubelet: status_manager.go, syncPeriod; where in it the rounds lie. */
const statusRoundMs = 10_000;
const statusPhaseMs = 2_000;
/** kubelet: evictionMonitoringPeriod, immediateEvictionGracePeriodSeconds. */
const evictionRoundMs = 10_000;
const evictionGraceMs = 1000;
/** kubelet: ContainerGCPeriod; where in it the rounds lie. */
const containerGcMs = 60_000;
const containerGcPhaseMs = 30_000;
/** From the API server's write to the kubelet's worker. */
const watchMs = 60;

/** What a node's kubelet may be configured with; empty: the defaults. */
export interface KubeletSettings {
  /** More than 1 only with serializeImagePulls off. */
  readonly maxParallelImagePulls?: number;
}

export interface KubeletOptions {
  readonly settings?: KubeletSettings;
  readonly clock: Clock;
  readonly api: ApiServer;
  readonly runtime: ContainerRuntime;
  readonly random: Random;
  readonly nodeName: string;
  /** Every random wait takes its middle: the most typical run. */
  readonly typical: boolean;
  readonly manifestFolder: string;
}

type Stage = "sync" | "terminating" | "terminated";

interface Worker {
  readonly uid: string;
  /** With what it was granted, which may be other than what it asks for. */
  pod: Pod;
  /** As the API has it. */
  asked: Pod;
  readonly resize: PodResize;
  readonly isStatic: boolean;
  /** A static Pod's file went away. */
  isUnwanted: boolean;
  stage: Stage;
  busy: boolean;
  pending: boolean;
  task: TaskHandle | undefined;
  /** Its sync waits for volumes: the only step that is given up when the Pod is to end. */
  waitsForVolumes: boolean;
  /** When the last sync ended; the next one must see newer facts. */
  lastSync: number;
  /** What the last look at the runtime found, and when. */
  seen: PodRuntime;
  seenAt: number;
  relistDue: boolean;
  /** Fires at each look. */
  readonly looked: Signal;
  wake: { due: number; cancel: () => void } | undefined;
  /** When the last of its syncs ended that left nothing to do; undefined while there is something to wait for. */
  restingSince: number | undefined;
  failures: Map<string, StartFailure>;
  graceMs: number | undefined;
  /** What the API said when the Pod was told to end. */
  statusAtEnd: PodStatus | undefined;
  /** Why the Pod fails although its containers would go on. */
  evicted: { reason: string; message: string } | undefined;
  rejected: boolean;
  /** The deadline that is being watched, in seconds, and its timer. */
  deadline: { readonly seconds: number; readonly timer: Timer } | undefined;
  /** All containers were removed to start anew, and no status has said so yet. */
  isReset: boolean;
  gone: boolean;
  /** Pods that must have stopped before this one may start. */
  readonly waitsFor: Set<string>;
}

export class Kubelet {
  readonly #o: KubeletOptions;
  readonly #workers = new Map<string, Worker>();
  readonly #recorder: EventRecorder;
  readonly #statuses: StatusManager;
  readonly #prober: Prober;
  readonly #results = new ProbeResultStore();
  readonly #volumes: VolumeManager;
  readonly #context: SyncContext;
  readonly #static: StaticPods;
  /** The grid of relists and of ticks: a moment within the second, the same for all Pods. */
  readonly #relistPhase: number;
  readonly #tickPhase: number;
  readonly #unwatches: (() => void)[] = [];
  /** Pods whose use of the disk is limited. */
  readonly #limited = new Set<string>();
  #storageCheckDue = false;
  #stopped = false;

  constructor(options: KubeletOptions) {
    this.#o = options;
    const { clock, api, runtime, nodeName, random } = options;
    const node = this.#node();
    const allocatable = (node?.status.allocatable ?? {}) as Record<string, string | number>;
    this.#relistPhase = options.typical ? 500 : random.below(relistMs);
    this.#tickPhase = options.typical ? 900 : random.below(tickMs);
    this.#recorder = new EventRecorder(api, "kubelet", nodeName);
    this.#statuses = new StatusManager(clock, api);
    this.#volumes = new VolumeManager(clock, api, runtime, this.#recorder, allocatable);
    const images = new ImageManager(clock, runtime, this.#recorder, {
      maxParallelPulls: options.settings?.maxParallelImagePulls ?? 1,
    });
    const ip = node?.status.addresses?.find((a) => a.type === "InternalIP")?.address ?? "192.168.49.2";
    this.#context = {
      clock,
      api,
      runtime,
      recorder: this.#recorder,
      images,
      volumes: this.#volumes,
      // kubelet: initial 10 s, MaxCrashLoopBackOff 300 s.
      crashBackOff: new BackOff(10_000, 300_000),
      results: this.#results,
      node: { name: nodeName, ip, allocatable, memoryBytes: wholeValue(node?.status.capacity?.memory) },
      status: (uid) => this.#statuses.get(uid),
      onNetworkReady: (pod) => this.#publishNetworkReady(pod),
    };
    this.#prober = new Prober({
      clock,
      epochMs: api.epochMs,
      runtime,
      recorder: this.#recorder,
      results: this.#results,
      status: (uid) => this.#statuses.get(uid),
      pod: (uid) => this.#workers.get(uid)?.pod,
      onResult: (pod, container, type, result) => this.#onProbeResult(pod, container, type, result),
    });
    this.#static = new StaticPods({
      clock,
      api,
      runtime,
      nodeName,
      folder: options.manifestFolder,
      start: (pod) => this.#update(pod, true),
      stop: (uid) => this.#terminate(uid),
      isRunning: (uid) => {
        const worker = this.#workers.get(uid);
        return worker !== undefined && !worker.gone && worker.stage !== "terminated";
      },
      nextTryMs: () => this.#nextTick(clock.now + this.#jittered(retryMs)) - clock.now,
      // A status that found no mirror Pod is written again by the status manager's next full round.
      onMirrorMade: (uid) =>
        clock.after(nextOnGrid(clock.now, statusRoundMs, statusPhaseMs) - clock.now, () => this.#statuses.refresh(uid)),
    });
    this.#statuses.mirrorOf = (pod) => this.#static.mirrorOf(pod);
    runtime.onChange = (uid) => this.#onRuntimeChange(uid);
    runtime.onStorageGrowth = () => this.#onStorageGrowth();
    for (const kind of ["ConfigMap", "Secret"] as const)
      this.#unwatches.push(
        api.watch(kind, ({ object: { metadata } }) => this.#onMountedObject(kind, metadata.namespace, metadata.name)),
      );
    const unwatchPods = api.watch<Pod>("Pod", ({ type, object, old }) => {
      if (object.spec.nodeName !== nodeName) return;
      if (this.#static.isMirror(object)) {
        clock.after(watchMs, () => this.#static.onMirrorChange(type, object));
        return;
      }
      // A status that comes back is no news, readiness gates aside.
      if (
        type === "MODIFIED" &&
        old &&
        old.spec === object.spec &&
        sameMetadata(old, object) &&
        !object.spec.readinessGates
      ) {
        const worker = this.#workers.get(object.metadata.uid!);
        if (worker) {
          worker.pod = { ...worker.pod, status: object.status };
          worker.asked = { ...worker.asked, status: object.status };
        }
        return;
      }
      clock.after(watchMs, () => {
        if (this.#stopped) return;
        if (type === "DELETED") this.#onRemoved(object);
        else this.#update(this.#latest(object), false);
      });
    });
    this.#unwatches.push(unwatchPods);
  }

  /** Reads the folder of static manifests and takes the Pods that are bound to this node already. */
  start(): void {
    const { api, clock, nodeName } = this.#o;
    this.#static.start();
    for (const pod of api.list<Pod>("Pod")) {
      if (pod.spec.nodeName !== nodeName || this.#static.isMirror(pod)) continue;
      clock.after(watchMs, () => {
        if (!this.#stopped && api.get("Pod", pod.metadata.namespace, pod.metadata.name!))
          this.#update(this.#latest(pod), false);
      });
    }
  }

  /** The kubelet's process ends: whatever it was doing is left as it stands. */
  stop(): void {
    this.#stopped = true;
    for (const unwatch of this.#unwatches) unwatch();
    this.#static.stop();
    for (const worker of this.#workers.values()) {
      worker.gone = true;
      worker.wake?.cancel();
      worker.task?.cancel();
      this.#prober.removePod(worker.uid);
    }
    this.#workers.clear();
    this.#statuses.stop();
  }

  /** The Pods that this node runs, terminated ones aside. */
  activePods(): Pod[] {
    return [...this.#workers.values()]
      .filter((w) => !w.gone && w.stage !== "terminated" && !w.rejected)
      .map((w) => w.pod);
  }

  #node(): Node | undefined {
    return this.#o.api.get<Node>("Node", undefined, this.#o.nodeName);
  }

  #latest(pod: Pod): Pod {
    const now = this.#o.api.get<Pod>("Pod", pod.metadata.namespace, pod.metadata.name!);
    return now && now.metadata.uid === pod.metadata.uid ? now : pod;
  }

  #update(pod: Pod, isStatic: boolean): void {
    const uid = pod.metadata.uid!;
    let worker = this.#workers.get(uid);
    if (!worker) {
      worker = this.#newWorker(pod, isStatic);
      this.#workers.set(uid, worker);
      if (limitsStorage(pod)) this.#limited.add(uid);
      // What a Pod of this UID left on the node, before a reboot or as a static Pod.
      if (this.#o.runtime.sandboxes(uid).length > 0) this.#look(worker);
      if (!pod.metadata.deletionTimestamp && !this.#admit(worker)) return;
      this.#setDeadline(worker);
    }
    if (worker.gone) return;
    const labelsChanged = worker.pod !== pod;
    worker.asked = pod;
    this.#grant(worker);
    if (pod.metadata.deletionTimestamp) {
      const graceMs = Math.max(1, pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
      if (worker.stage === "sync") this.#beginTermination(worker, graceMs);
      else if (worker.stage === "terminating" && worker.graceMs !== undefined) {
        // Too late for a kill that is under way: it keeps the time it was given (kubelet: kubelet.go, SyncTerminatingPod).
        worker.graceMs = Math.min(worker.graceMs, graceMs);
      }
      if (worker.stage === "terminated") this.#statuses.terminate(pod, worker.statusAtEnd);
    }
    this.#setDeadline(worker);
    if (labelsChanged || !worker.busy) this.#poke(worker);
  }

  #newWorker(pod: Pod, isStatic: boolean): Worker {
    return {
      uid: pod.metadata.uid!,
      pod,
      asked: pod,
      resize: new PodResize(pod, this.#recorder, () => this.#o.api.timestamp()),
      isStatic,
      isUnwanted: false,
      stage: "sync",
      busy: false,
      pending: false,
      task: undefined,
      waitsForVolumes: false,
      lastSync: -1,
      seen: nothingRuns,
      seenAt: 0,
      relistDue: false,
      looked: new Signal(),
      wake: undefined,
      restingSince: undefined,
      failures: new Map(),
      graceMs: undefined,
      statusAtEnd: undefined,
      evicted: undefined,
      rejected: false,
      deadline: undefined,
      isReset: false,
      gone: false,
      waitsFor: new Set(),
    };
  }

  /** Gives a Pod what it asks for, when the node can; true when that is other than before. */
  #grant(worker: Worker): boolean {
    const { asked, resize } = worker;
    worker.pod = resize.allocated(asked);
    if (worker.pod === asked) return false;
    const node = this.#node();
    if (!node || worker.stage !== "sync") return false;
    const others = this.activePods().filter((p) => p.metadata.uid !== worker.uid);
    if (resize.decide(asked, resizeRefusal(asked, node, others)) === "refused") return false;
    worker.pod = asked;
    return true;
  }

  /** Some Pod needs less than before: those that wait for room may have it. */
  #retryResizes(): void {
    for (const worker of this.#workers.values())
      if (worker.resize.isDeferred && this.#grant(worker)) this.#poke(worker);
  }

  /** The kubelet's own admission; a refused Pod fails for good. */
  #admit(worker: Worker): boolean {
    const node = this.#node();
    if (!node) return true;
    const others = this.activePods().filter((p) => p.metadata.uid !== worker.uid);
    const refusal = admitPod(worker.pod, node, others, worker.isStatic);
    if (!refusal || this.#makeRoom(worker, node, others)) return true;
    const { pod } = worker;
    worker.rejected = true;
    this.#recorder.record(podReference(pod), "Warning", refusal.reason, refusal.message);
    const status: PodStatus = {
      phase: "Failed",
      reason: refusal.reason,
      message: `Pod was rejected: ${refusal.message}`,
      qosClass: pod.status.qosClass,
    };
    const conditions = pod.status.conditions;
    this.#statuses.set(
      pod,
      { ...status, ...(conditions && { conditions }), startTime: this.#o.api.timestamp() },
      false,
    );
    worker.stage = "terminated";
    return false;
  }

  /** A critical Pod that lacks only room has others stopped, and waits until they are. */
  #makeRoom(worker: Worker, node: Node, others: readonly Pod[]): boolean {
    const { pod, isStatic } = worker;
    if (!isCritical(pod, isStatic) || admissionRefusal(pod, node)) return false;
    const candidates = others.map((other) => ({
      pod: other,
      isStatic: this.#workers.get(other.metadata.uid!)?.isStatic ?? false,
    }));
    const victims = victimsFor(generalPredicates(pod, node, others, isStatic), candidates);
    for (const victim of victims ?? []) {
      const other = this.#workers.get(victim.metadata.uid!)!;
      worker.waitsFor.add(other.uid);
      this.#evict(other, preempting.reason, preempting.message, undefined);
    }
    return victims !== undefined;
  }

  /** A Pod has been stopped: those that need its room may start. */
  #onRoomMade(uid: string): void {
    for (const worker of this.#workers.values())
      if (worker.waitsFor.delete(uid) && worker.waitsFor.size === 0) this.#poke(worker);
  }

  /** kubelet: pkg/kubelet/active_deadline.go. The deadline may be brought forward while the Pod runs. */
  #setDeadline(worker: Worker): void {
    const seconds = worker.pod.spec.activeDeadlineSeconds;
    if (seconds === undefined || worker.deadline?.seconds === seconds || worker.stage !== "sync") return;
    const { clock, api } = this.#o;
    clock.cancel(worker.deadline?.timer);
    const begun = this.#statuses.get(worker.uid)?.startTime ?? worker.pod.status.startTime;
    const from = begun ? Date.parse(begun) - api.epochMs : clock.now;
    const due = this.#nextTick(Math.max(from + seconds * 1000, clock.now));
    const timer = clock.after(due - clock.now, () => {
      if (worker.stage !== "sync") return;
      const message = "Pod was active on the node longer than the specified deadline";
      worker.evicted = { reason: "DeadlineExceeded", message };
      this.#poke(worker);
    });
    worker.deadline = { seconds, timer };
  }

  /** Files grow: Pods with limits are looked at in the eviction manager's next round. */
  #onStorageGrowth(): void {
    // Each line of each log comes by here.
    if (this.#storageCheckDue || this.#limited.size === 0 || this.#limitedWorkers().length === 0) return;
    this.#storageCheckDue = true;
    const { clock, runtime } = this.#o;
    const due = nextOnGrid(clock.now, evictionRoundMs, evictionRoundMs / 2);
    clock.after(due - clock.now, () => {
      this.#storageCheckDue = false;
      for (const worker of this.#limitedWorkers()) {
        const { pod } = worker;
        const message = storageExcess(pod, {
          container: (name) => {
            const instance = runtime.containers(worker.uid).find((c) => c.name === name);
            return instance ? (runtime.storageUsed?.(instance.id) ?? 0) : 0;
          },
          emptyDir: (volume) => this.#volumes.usedBytes(pod, volume),
        });
        if (message) this.#evict(worker, "Evicted", message, evictionGraceMs);
      }
    });
  }

  #limitedWorkers(): Worker[] {
    return [...this.#limited].flatMap((uid) => {
      const worker = this.#workers.get(uid);
      if (!worker) this.#limited.delete(uid);
      return worker && worker.stage === "sync" && !worker.gone ? [worker] : [];
    });
  }

  /** Stops a Pod for the node's sake: it fails. Without `graceMs` it has its own time to end. */
  #evict(worker: Worker, reason: string, message: string, graceMs: number | undefined): void {
    worker.evicted = { reason, message };
    this.#recorder.record(podReference(worker.pod), "Warning", reason, message);
    this.#beginTermination(worker, graceMs);
    this.#poke(worker);
  }

  /** The Pod's object is gone from the API: it was deleted by force, or the kubelet itself removed it. */
  #onRemoved(pod: Pod): void {
    const worker = this.#workers.get(pod.metadata.uid!);
    if (!worker || worker.gone) return;
    if (worker.stage === "terminated" || worker.rejected) {
      this.#forget(worker);
      return;
    }
    if (worker.stage === "sync")
      this.#beginTermination(
        worker,
        (pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30) * 1000,
      );
    this.#poke(worker);
  }

  /** Stops a static Pod whose file went away. */
  #terminate(uid: string): void {
    const worker = this.#workers.get(uid);
    if (!worker || worker.gone) return;
    worker.isUnwanted = true;
    if (worker.stage === "terminated") this.#forget(worker);
    if (worker.stage !== "sync") return;
    this.#beginTermination(worker, undefined);
    this.#poke(worker);
  }

  #beginTermination(worker: Worker, graceMs: number | undefined): void {
    worker.stage = "terminating";
    worker.graceMs = graceMs;
    worker.statusAtEnd = worker.pod.status;
    worker.pending = true;
    if (worker.waitsForVolumes) this.#giveUpVolumes(worker);
  }

  /**
   * The sync that is under way ends here. One that is further (it pulls, it kills, a hook runs) goes on to its end first,
   * and may even start a container for a moment (kubelet: kubelet.go, SyncPod: its runtime calls are never cancelled).
   */
  #giveUpVolumes(worker: Worker): void {
    worker.task?.cancel();
    worker.waitsForVolumes = false;
    worker.busy = false;
    worker.task = undefined;
    this.#run(worker);
  }

  #poke(worker: Worker): void {
    worker.pending = true;
    if (!worker.busy) this.#run(worker);
  }

  #run(worker: Worker): void {
    if (worker.busy || !worker.pending || worker.gone || worker.waitsFor.size > 0) return;
    worker.busy = true;
    worker.pending = false;
    worker.wake?.cancel();
    worker.wake = undefined;
    worker.restingSince = undefined;
    // Started from the queue, so that a call never runs a sync inside another one.
    const timer = this.#o.clock.after(0, () => {
      worker.task = startTask(this.#o.clock, this.#work(worker), () => {
        worker.busy = false;
        worker.task = undefined;
        worker.lastSync = this.#o.clock.now;
        this.#run(worker);
      });
    });
    worker.task = { done: false, cancel: () => this.#o.clock.cancel(timer) };
  }

  *#work(worker: Worker): Task {
    yield* this.#freshFacts(worker);
    if (worker.stage === "sync") yield* this.#sync(worker);
    else if (worker.stage === "terminating") yield* this.#syncTerminating(worker);
    else this.#syncTerminated(worker);
  }

  /** A sync never uses facts older than the end of the one before (kubelet: runtime cache, GetNewerThan). */
  *#freshFacts(worker: Worker): Task {
    const { clock } = this.#o;
    if (worker.lastSync < 0 || worker.seenAt > worker.lastSync) return;
    const due = this.#nextRelist(worker.lastSync);
    if (due > clock.now) yield* withTimeout(due - clock.now, worker.looked.next());
    if (worker.seenAt <= worker.lastSync) this.#look(worker);
  }

  *#sync(worker: Worker): Task {
    const { clock } = this.#o;
    const { pod } = worker;
    if (worker.resize.end(pod, worker.seen)) this.#retryResizes();
    const status = this.#generateStatus(worker, false);
    this.#statuses.set(pod, status, true);
    if (status.phase === "Succeeded" || status.phase === "Failed") {
      worker.stage = "terminating";
      worker.graceMs = undefined;
      worker.statusAtEnd = worker.pod.status;
      worker.pending = true;
      return;
    }
    if (worker.isStatic) this.#static.ensureMirror(pod);
    worker.waitsForVolumes = true;
    const isMounted = yield* this.#volumes.waitForMounts(pod);
    worker.waitsForVolumes = false;
    if (!isMounted) {
      this.#wakeIn(worker, this.#jittered(retryMs));
      return;
    }
    this.#prober.addPod(pod);
    const credentials = pullCredentials(this.#o.api, this.#recorder, pod);
    const outcome: SyncOutcome = yield* syncPod(this.#context, pod, worker.seen, credentials);
    for (const result of outcome.results) {
      if (result.failure) worker.failures.set(result.container, result.failure);
      else worker.failures.delete(result.container);
    }
    if (outcome.resized) this.#onResized(worker, outcome.resized.error);
    const backOffs = outcome.results.filter((r) => r.remainingMs !== undefined);
    const onlyBackOff = outcome.failed && outcome.results.every((r) => !r.failure || r.remainingMs !== undefined);
    if (outcome.reset) {
      worker.isReset = true;
      worker.pending = true;
      clock.after(0, () => this.#relist(worker));
    } else if (!outcome.failed) {
      // The runtime is looked at again at once, before anything that just started can have ended.
      if (outcome.acted) clock.after(0, () => this.#relist(worker));
      // A periodic sync in which nothing could happen is left out, so that a Pod at rest costs nothing.
      if (outcome.acted || pod.spec.imagePullSecrets?.length) this.#wakeIn(worker, this.#jittered(resyncMs));
      else worker.restingSince = clock.now;
    } else if (onlyBackOff) {
      const remaining = Math.min(longestBackOffCheckMs, ...backOffs.map((r) => r.remainingMs!));
      this.#wakeIn(worker, this.#jittered(remaining));
    } else this.#wakeIn(worker, this.#jittered(retryMs));
  }

  /** The next sync sees whether the runtime did it. */
  #onResized(worker: Worker, error: string | undefined): void {
    if (error === undefined) {
      worker.pending = true;
      return;
    }
    worker.resize.failed(worker.pod, worker.asked, error);
    this.#statuses.set(worker.pod, this.#generateStatus(worker, false), true);
  }

  *#syncTerminating(worker: Worker): Task {
    const { pod } = worker;
    this.#statuses.set(pod, this.#generateStatus(worker, false), true);
    this.#prober.stopLivenessAndStartup(pod);
    yield* killPod(this.#context, pod, worker.graceMs);
    this.#prober.removePod(worker.uid);
    // Asked of the runtime itself: the next sync waits for the relist after this one all the same.
    worker.seen = this.#inRuntime(worker);
    this.#statuses.set(pod, this.#generateStatus(worker, true), false);
    worker.stage = "terminated";
    worker.pending = true;
    this.#onRoomMade(worker.uid);
    this.#retryResizes();
  }

  #syncTerminated(worker: Worker): void {
    const { pod } = worker;
    this.#statuses.set(pod, this.#generateStatus(worker, true), false);
    this.#volumes.remove(pod);
    for (const sandbox of this.#o.runtime.sandboxes(worker.uid)) {
      if (pod.metadata.deletionTimestamp) this.#o.runtime.removePodSandbox(sandbox.id);
    }
    this.#statuses.terminate(pod, worker.statusAtEnd);
    if (worker.isStatic) {
      // One that ended by itself is kept as it is for as long as its file lies there (kubelet: pod_workers.go, SyncKnownPods).
      if (worker.isUnwanted) this.#forget(worker);
      else this.#static.onEnded(pod);
      return;
    }
    const stored = this.#o.api.get<Pod>("Pod", pod.metadata.namespace, pod.metadata.name!);
    if (!stored || stored.metadata.uid !== worker.uid) this.#forget(worker);
  }

  #forget(worker: Worker): void {
    worker.gone = true;
    worker.wake?.cancel();
    this.#tidyUp(worker);
    this.#statuses.forget(worker.uid);
    this.#context.crashBackOff.forget(`${worker.uid}_`);
    this.#workers.delete(worker.uid);
    if (worker.isStatic) this.#static.onStopped(worker.pod);
  }

  /** What is left of a static Pod lies there until the next round: the same Pod may come back. */
  #tidyUp({ uid, isStatic }: Worker): void {
    const { clock, runtime } = this.#o;
    const remove = () => {
      if (this.#workers.has(uid)) return;
      for (const container of runtime.containers(uid))
        if (container.state !== "running") runtime.removeContainer(container.id);
      if (isStatic) for (const sandbox of runtime.sandboxes(uid)) runtime.removePodSandbox(sandbox.id);
    };
    if (isStatic) clock.after(nextOnGrid(clock.now, containerGcMs, containerGcPhaseMs) - clock.now, remove);
    else clock.after(0, remove);
  }

  // What the runtime says.

  #onRuntimeChange(uid: string): void {
    const worker = this.#workers.get(uid);
    if (!worker || worker.relistDue || worker.gone) return;
    worker.relistDue = true;
    const { clock } = this.#o;
    clock.after(this.#nextRelist(clock.now) - clock.now, () => {
      if (worker.relistDue) this.#relist(worker);
    });
  }

  /** Looks at the runtime and wakes the worker once for each thing that changed. */
  #relist(worker: Worker): void {
    if (worker.gone) return;
    const before = worker.seen;
    this.#look(worker);
    let changes = 0;
    for (const container of worker.seen.containers) {
      const old = before.containers.find((c) => c.id === container.id);
      if (old?.state === container.state || container.state === "created") continue;
      changes++;
      if (container.state === "exited") this.#removeOlder(worker, container);
    }
    for (const sandbox of worker.seen.sandboxes) {
      const old = before.sandboxes.find((s) => s.id === sandbox.id);
      if (old?.ready !== sandbox.ready && (old || sandbox.ready)) changes++;
    }
    if (changes === 0) return;
    this.#poke(worker);
    if (changes > 1 && worker.busy) worker.pending = true;
  }

  #look(worker: Worker): void {
    worker.relistDue = false;
    worker.seen = this.#inRuntime(worker);
    worker.seenAt = this.#o.clock.now + 0.001;
    worker.looked.fire();
  }

  #inRuntime({ uid }: Worker): PodRuntime {
    const { runtime } = this.#o;
    return { containers: runtime.containers(uid), sandboxes: runtime.sandboxes(uid) };
  }

  /** One dead instance of each container is kept (kubelet: pod_container_deletor.go). */
  #removeOlder(worker: Worker, exited: RuntimeContainer): void {
    const dead = worker.seen.containers.filter((c) => c.name === exited.name && c.state === "exited");
    for (const old of dead.slice(1)) this.#o.runtime.removeContainer(old.id);
  }

  #nextRelist(after: number): number {
    return nextOnGrid(after, relistMs, this.#relistPhase);
  }

  #nextTick(after: number): number {
    return nextOnGrid(after, tickMs, this.#tickPhase);
  }

  /** Waits are stretched by 0 to 50 % (client-go: wait.Jitter). */
  #jittered(ms: number): number {
    return ms * (1 + 0.5 * (this.#o.typical ? 0.5 : this.#o.random.next()));
  }

  /** What Pods mount has changed: those at rest see it in the periodic sync that would be next. */
  #onMountedObject(kind: "ConfigMap" | "Secret", namespace: string | undefined, name: string | undefined): void {
    for (const worker of this.#workers.values()) {
      const { pod, restingSince } = worker;
      if (restingSince === undefined || pod.metadata.namespace !== namespace || !mounts(pod, kind, name)) continue;
      const { clock } = this.#o;
      let due = restingSince;
      while (due <= clock.now) due = this.#nextTick(due + this.#jittered(resyncMs));
      worker.restingSince = undefined;
      this.#wakeIn(worker, due - clock.now - 1);
    }
  }

  #wakeIn(worker: Worker, ms: number): void {
    const { clock } = this.#o;
    const due = this.#nextTick(clock.now + ms);
    worker.wake?.cancel();
    const timer = clock.after(due - clock.now, () => {
      worker.wake = undefined;
      this.#poke(worker);
    });
    worker.wake = { due, cancel: () => clock.cancel(timer) };
  }

  // Status.

  #generateStatus(worker: Worker, terminal: boolean): PodStatus {
    const { pod, seen } = worker;
    const { api } = this.#o;
    const old = this.#statuses.get(worker.uid) ?? pod.status;
    const inputs = {
      pod,
      runtime: seen,
      epochMs: api.epochMs,
      failure: (name: string) => worker.failures.get(name),
      terminationMessage: (c: RuntimeContainer) => this.#terminationMessage(pod, c),
    };
    let init = containerStatuses({ ...inputs, kind: "init", old: old.initContainerStatuses ?? [] });
    let regular = containerStatuses({ ...inputs, kind: "regular", old: old.containerStatuses ?? [] });
    const ephemeral = containerStatuses({ ...inputs, kind: "ephemeral", old: old.ephemeralContainerStatuses ?? [] });
    this.#prober.updateStatus(pod, regular, init);
    let phase: string = podPhase(
      pod,
      [...init, ...regular],
      terminal || worker.stage !== "sync" || pod.metadata.deletionTimestamp !== undefined,
      worker.isStatic,
    );
    if (old.phase === "Succeeded" || old.phase === "Failed") phase = old.phase;
    if (worker.isReset) {
      worker.isReset = false;
      const published = [...(old.containerStatuses ?? []), ...(old.initContainerStatuses ?? [])];
      const reset = (s: ContainerStatus) =>
        resetStatus(
          s,
          published.find((before) => before.name === s.name),
        );
      [init, regular] = [init.map(reset), regular.map(reset)];
    }
    const status: PodStatus = { phase: phase as PodStatus["phase"] };
    if (phase === old.phase) {
      if (old.reason) status.reason = old.reason;
      if (old.message) status.message = old.message;
    }
    if (worker.evicted) {
      Object.assign(status, { phase: "Failed", ...worker.evicted });
      // Told each time a status is made, so more than once.
      if (worker.evicted.reason === "DeadlineExceeded")
        this.#recorder.record(podReference(pod), "Normal", worker.evicted.reason, worker.evicted.message);
    }
    if (pod.status.qosClass) status.qosClass = pod.status.qosClass;
    if (init.length > 0) status.initContainerStatuses = init;
    status.containerStatuses = regular;
    if (ephemeral.length > 0) status.ephemeralContainerStatuses = ephemeral;
    status.resources = resourcesOf(pod);
    const { ip } = this.#context.node;
    status.hostIP = ip;
    status.hostIPs = [{ ip }];
    const sandboxIp = pod.spec.hostNetwork ? ip : (seen.sandboxes.find((s) => s.ready)?.ip ?? old.podIP ?? "");
    if (sandboxIp && (!pod.spec.hostNetwork || seen.sandboxes.length > 0 || old.podIP)) {
      status.podIP = sandboxIp;
      status.podIPs = [{ ip: sandboxIp }];
    }
    this.#setConditions(
      worker,
      status,
      seen.sandboxes.some((s) => s.ready && (s.ip !== "" || pod.spec.hostNetwork === true)),
    );
    return status;
  }

  #setConditions(worker: Worker, status: PodStatus, hasNetwork: boolean): void {
    const { pod, seen } = worker;
    const drafts = podConditions(pod, status, hasNetwork, restartOfAll(pod, seen));
    const { evicted } = worker;
    status.conditions = [
      ...worker.resize.conditions,
      ...drafts,
      ...(evicted && evicted.reason !== "DeadlineExceeded"
        ? [
            {
              type: "DisruptionTarget",
              status: "True",
              reason: "TerminationByKubelet",
              message: disruptionMessage(evicted),
            },
          ]
        : []),
    ] as PodStatus["conditions"];
  }

  /**
   * The end of the file, at most 4096 bytes, or of the log: 80 lines and 2048 bytes. All containers of a Pod share 12 KiB
   * evenly; what is more is cut off behind (kubelet: kuberuntime_container.go, getTerminationMessage; status_manager.go,
   * normalizeStatus).
   */
  #terminationMessage(pod: Pod, instance: RuntimeContainer): string {
    const { runtime } = this.#o;
    const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
    const share = Math.floor((12 * 1024) / (containers.length + initContainers.length + ephemeralContainers.length));
    const shared = (bytes: string) => utf8Decode(bytes.slice(0, share));
    const container = findSpec(pod, instance.name);
    const written =
      runtime.nodeFiles.readFile(terminationLogPath(pod.metadata.uid!, instance.name, instance.attempt)) ?? "";
    if (written) return shared(written.slice(-4096));
    if (container?.terminationMessagePolicy !== "FallbackToLogsOnError" || instance.exitCode === 0) return "";
    const text = runtime
      .log(instance.id)
      .slice(-80)
      .map((l) => l.text)
      .join("");
    return shared(text.slice(-2048));
  }

  /** The condition is true as soon as the sandbox has its network, without waiting for a sync. */
  #publishNetworkReady(pod: Pod): void {
    const worker = this.#workers.get(pod.metadata.uid!);
    const old = this.#statuses.get(pod.metadata.uid!);
    if (!worker || !old?.conditions) return;
    const conditions = old.conditions.map((c) =>
      c.type === "PodReadyToStartContainers" ? { ...c, status: "True" } : c,
    );
    this.#statuses.set(worker.pod, { ...old, conditions }, true);
  }

  #onProbeResult(pod: Pod, container: Container, type: string, result: string): void {
    const worker = this.#workers.get(pod.metadata.uid!);
    if (!worker || worker.gone) return;
    const recompute = (status: PodStatus): PodStatus => {
      const next = { ...status };
      const hasNetwork =
        status.conditions?.some((c) => c.type === "PodReadyToStartContainers" && c.status === "True") ?? false;
      this.#setConditions(worker, next, hasNetwork);
      return next;
    };
    if (type === "liveness") {
      if (result === "failure") this.#poke(worker);
      return;
    }
    const flag = type === "readiness" ? "ready" : "started";
    const current = this.#statusOf(worker, container.name);
    if (current?.containerID && (type === "startup" || current.started)) {
      this.#statuses.setContainerFlag(worker.pod, container.name, flag, result === "success", recompute);
    }
    this.#poke(worker);
  }

  #statusOf(worker: Worker, name: string): ContainerStatus | undefined {
    const status = this.#statuses.get(worker.uid);
    return [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(
      (s) => s.name === name,
    );
  }
}

function disruptionMessage({ reason, message }: { reason: string; message: string }): string {
  return reason === preempting.reason ? "Pod was preempted by Kubelet to accommodate a critical pod." : message;
}

/** The first moment after `after` on a grid of `period` that starts at `phase`. */
function nextOnGrid(after: number, period: number, phase: number): number {
  return Math.floor((after - phase) / period + 1) * period + phase;
}

function sameMetadata(a: Pod, b: Pod): boolean {
  const text = ({ metadata: { labels, annotations, deletionTimestamp, deletionGracePeriodSeconds } }: Pod) =>
    JSON.stringify([labels, annotations, deletionTimestamp, deletionGracePeriodSeconds]);
  return a.metadata === b.metadata || text(a) === text(b);
}

type PodResources = NonNullable<PodStatus["resources"]>;

const knownResources = new WeakMap<Pod["spec"], PodResources>();

/**
 * What the Pod as a whole was given (status.resources); empty when nothing is asked for. Worked out once for each spec:
 * stored objects never change, and every sync asks.
 */
function resourcesOf({ spec }: Pod): PodResources {
  let resources = knownResources.get(spec);
  if (!resources) {
    const [requests, limits] = [podRequests(spec), podLimits(spec)];
    resources = {
      ...(Object.keys(limits).length > 0 && { limits }),
      ...(Object.keys(requests).length > 0 && { requests }),
    };
    knownResources.set(spec, resources);
  }
  return resources;
}

/** Whether some volume of the Pod shows this object. */
function mounts(pod: Pod, kind: "ConfigMap" | "Secret", name: string | undefined): boolean {
  return (pod.spec.volumes ?? []).some(({ configMap, secret, projected }) => {
    const sources = [{ configMap, secret: secret && { name: secret.secretName } }, ...(projected?.sources ?? [])];
    return sources.some((source) => (kind === "ConfigMap" ? source.configMap : source.secret)?.name === name);
  });
}
