/**
 * A control group: the processes of one container with their limits. It also paces programs that never rest: a loop
 * without a wait in it costs real time for every step, so its steps are made to take ever more virtual time.
 */
import type { MemoryAccount } from "./inode.ts";
import type { Process } from "./process.ts";

export interface CgroupLimits {
  /** Bytes. */
  readonly memory?: number;
  /** Thousandths of a CPU. */
  readonly cpu?: number;
  readonly processes?: number;
  readonly oomScoreAdj?: number;
  /** Called once, when its steps have become dear. */
  readonly onRestless?: () => void;
}

/** CFS bandwidth control: cpu.cfs_period_us (pkg/kubelet/cm/helpers_linux.go: 100 ms). */
const PERIOD_MS = 100;
/** pkg/kubelet/cm/helpers_linux.go minQuotaPeriod: 1 ms in each period. */
const MIN_QUOTA_MS = 1;
const DEFAULT_PROCESSES = 1024;

/** Steps that a container may make at their natural cost before each step begins to cost more. */
const BURST_STEPS = 10_000;
/** The cost of a step doubles each time so many more were made. */
const DOUBLING_STEPS = 1_000;
/** Steps regained for each millisecond in which nothing in the container used the CPU, and in which something did. */
const REGAINED_IDLE = 5;
const REGAINED_BUSY = 0.004;
const MAX_STEP_MS = 10_000;
/** From this factor on a container counts as one that never rests. */
const RESTLESS = 2 ** 8;

export class Cgroup implements MemoryAccount {
  memoryLimit: number | undefined;
  cpuLimit: number | undefined;
  readonly processLimit: number;
  readonly oomScoreAdj: number;
  readonly processes = new Set<Process>();
  tmpfsBytes = 0;
  /** Processes that the kernel killed here for want of memory. */
  oomKills = 0;
  maxMemory = 0;
  cpuMs = 0;
  /** CPU time used but not yet waited for. */
  debt = 0;
  #period = 0;
  #used = 0;
  #steps = 0;
  #lastCharge = 0;
  #busyUntil = 0;
  #onRestless: (() => void) | undefined;

  constructor(limits: CgroupLimits) {
    this.#onRestless = limits.onRestless;
    this.memoryLimit = limits.memory;
    this.cpuLimit = limits.cpu;
    this.processLimit = limits.processes ?? DEFAULT_PROCESSES;
    this.oomScoreAdj = limits.oomScoreAdj ?? 0;
  }

  get memory(): number {
    let sum = Math.max(0, this.tmpfsBytes);
    for (const process of this.processes) sum += process.rss;
    return sum;
  }

  /**
   * Counts one step that took `cost` ms of the CPU; somebody in the container has to wait for it soon. `weight`: how
   * many steps it is worth for whoever simulates it; `busyWeight`: the same when the burst is used up.
   */
  charge(now: number, cost: number, weight = 1, busyWeight = weight): void {
    this.debt += cost * this.#pace(now, cost, this.#steps > BURST_STEPS ? busyWeight : weight);
  }

  /** The factor that the cost of a step at `now` is to be multiplied by. */
  #pace(now: number, cost: number, weight: number): number {
    const elapsed = now - this.#lastCharge;
    if (elapsed > 0) {
      const busy = Math.max(0, Math.min(this.#busyUntil, now) - this.#lastCharge);
      this.#steps = Math.max(0, this.#steps - busy * REGAINED_BUSY - (elapsed - busy) * REGAINED_IDLE);
      this.#lastCharge = now;
    }
    this.#steps += weight;
    if (this.#steps <= BURST_STEPS || cost <= 0) return 1;
    const factor = 2 ** ((this.#steps - BURST_STEPS) / DOUBLING_STEPS);
    if (factor > RESTLESS) {
      this.#onRestless?.();
      this.#onRestless = undefined;
    }
    return Math.min(factor, MAX_STEP_MS / cost);
  }

  /** How long `cpuMs` of work takes from `now` on: longer when the quota of a period is used up. */
  wallTime(now: number, cpuMs: number): number {
    this.cpuMs += cpuMs;
    let wall = cpuMs;
    if (this.cpuLimit !== undefined) {
      const quota = Math.max((this.cpuLimit / 1000) * PERIOD_MS, MIN_QUOTA_MS);
      const period = Math.floor(now / PERIOD_MS);
      if (period !== this.#period) {
        this.#used = Math.max(0, this.#used - quota * (period - this.#period));
        this.#period = period;
      }
      this.#used += cpuMs;
      const later = Math.max(0, Math.ceil(this.#used / quota) - 1);
      if (later > 0) wall = Math.max(cpuMs, (period + later) * PERIOD_MS + (this.#used - later * quota) - now);
    }
    this.#busyUntil = Math.max(this.#busyUntil, now + wall);
    return wall;
  }
}
