/** The latest decision of each probe, by container id (kubelet: pkg/kubelet/prober/results). */
export type ProbeResult = "success" | "failure" | "unknown";
export type ProbeType = "liveness" | "readiness" | "startup";

export interface ProbeResults {
  liveness(containerId: string): ProbeResult | undefined;
  readiness(containerId: string): ProbeResult | undefined;
  startup(containerId: string): ProbeResult | undefined;
}

export class ProbeResultStore implements ProbeResults {
  readonly #results: Readonly<Record<ProbeType, Map<string, ProbeResult>>> = {
    liveness: new Map(),
    readiness: new Map(),
    startup: new Map(),
  };

  liveness(id: string): ProbeResult | undefined {
    return this.#results.liveness.get(id);
  }

  readiness(id: string): ProbeResult | undefined {
    return this.#results.readiness.get(id);
  }

  startup(id: string): ProbeResult | undefined {
    return this.#results.startup.get(id);
  }

  /** True when this changes what was known. */
  set(type: ProbeType, id: string, result: ProbeResult): boolean {
    if (this.#results[type].get(id) === result) return false;
    this.#results[type].set(id, result);
    return true;
  }

  remove(type: ProbeType, id: string): void {
    this.#results[type].delete(id);
  }
}
