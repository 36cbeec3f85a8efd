/** Events are kept for an hour after they were last written (kube-apiserver: --event-ttl), with one timer for all of them. */
import type { Clock } from "../time/clock.ts";
import type { ApiServer } from "./apiServer.ts";

const keptMs = 3_600_000;

interface Kept {
  readonly namespace: string | undefined;
  readonly name: string;
  readonly until: number;
}

export class EventExpiry {
  readonly #clock: Clock;
  readonly #api: ApiServer;
  /** The oldest first: one that is written again goes to the end. */
  readonly #kept = new Map<string, Kept>();
  #waiting = false;

  constructor(clock: Clock, api: ApiServer) {
    this.#clock = clock;
    this.#api = api;
    api.watch("Event", ({ type, object: { metadata } }) => {
      const key = `${metadata.namespace}/${metadata.name}`;
      this.#kept.delete(key);
      if (type === "DELETED") return;
      this.#kept.set(key, { namespace: metadata.namespace, name: metadata.name!, until: clock.now + keptMs });
      this.#wait();
    });
  }

  #wait(): void {
    const oldest = this.#kept.values().next().value;
    if (this.#waiting || !oldest) return;
    this.#waiting = true;
    this.#clock.after(oldest.until - this.#clock.now, () => {
      this.#waiting = false;
      for (const { namespace, name, until } of [...this.#kept.values()]) {
        if (until > this.#clock.now) break;
        this.#api.delete("Event", namespace, name);
      }
      this.#wait();
    });
  }
}
