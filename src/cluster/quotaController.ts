/** Keeps `status.used` of ResourceQuotas true (kube-controller-manager: pkg/controller/resourcequota). */
import type { Clock } from "../time/clock.ts";
import { countedByQuotas, quotaUsage } from "./api/resourceQuota.ts";
import { sameValue } from "./api/sameValue.ts";
import type { ResourceQuota } from "./api/types.ts";
import type { ApiServer } from "./apiServer.ts";

/** It hears of what has gone through a watch and a queue; what comes is counted by the API server as it admits it. */
const syncMs = 50;

export class QuotaController {
  readonly #clock: Clock;
  readonly #api: ApiServer;
  readonly #queued = new Set<string>();

  constructor(clock: Clock, api: ApiServer) {
    this.#clock = clock;
    this.#api = api;
    for (const kind of countedByQuotas)
      api.watch(kind, ({ type, object: { metadata } }) => {
        if (this.#api.list("ResourceQuota", metadata.namespace).length === 0) return;
        if (type === "ADDED") this.#sync(metadata.namespace!);
        else this.#syncLater(metadata.namespace!);
      });
  }

  #syncLater(namespace: string): void {
    if (this.#queued.has(namespace)) return;
    this.#queued.add(namespace);
    this.#clock.after(syncMs, () => {
      this.#queued.delete(namespace);
      this.#sync(namespace);
    });
  }

  #sync(namespace: string): void {
    for (const { metadata } of this.#api.list<ResourceQuota>("ResourceQuota", namespace))
      this.#api.modify<ResourceQuota>("ResourceQuota", namespace, metadata.name!, (quota) => {
        const used = quotaUsage(quota, {
          lookup: (kind, place, name) => this.#api.get(kind, place, name),
          list: (kind, place) => this.#api.list(kind, place),
        });
        return sameValue(used, quota.status?.used) ? quota : { ...quota, status: { ...quota.status, used } };
      });
  }
}
