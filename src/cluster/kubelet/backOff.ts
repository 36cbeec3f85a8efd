/** A growing wait per key (client-go: util/flowcontrol/backoff.go). Times in ms. */
export class BackOff {
  readonly #initial: number;
  readonly #max: number;
  readonly #entries = new Map<string, { backoff: number; lastUpdate: number }>();

  constructor(initialMs: number, maxMs: number) {
    this.#initial = initialMs;
    this.#max = maxMs;
  }

  /** The current wait; 0 when there is none. */
  get(key: string): number {
    return this.#entries.get(key)?.backoff ?? 0;
  }

  /** Whether less than the wait has passed since `eventTime`. */
  isInBackOffSince(key: string, eventTime: number, now: number): boolean {
    const entry = this.#entries.get(key);
    if (!entry || this.#hasExpired(eventTime, entry.lastUpdate)) return false;
    return now - eventTime < entry.backoff;
  }

  isInBackOffSinceUpdate(key: string, now: number): boolean {
    const entry = this.#entries.get(key);
    if (!entry || this.#hasExpired(now, entry.lastUpdate)) return false;
    return now - entry.lastUpdate < entry.backoff;
  }

  /** Doubles the wait, or starts at the initial one after a quiet time of twice the maximum. */
  next(key: string, eventTime: number, now: number): void {
    const entry = this.#entries.get(key);
    const backoff =
      !entry || this.#hasExpired(eventTime, entry.lastUpdate) ? this.#initial : Math.min(entry.backoff * 2, this.#max);
    this.#entries.set(key, { backoff, lastUpdate: now });
  }

  forget(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }

  #hasExpired(eventTime: number, lastUpdate: number): boolean {
    return eventTime - lastUpdate > this.#max * 2;
  }
}

/** A duration as Go prints it, in whole seconds: `10s`, `1m20s`, `5m0s`. */
export function goSeconds(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const h = Math.floor(seconds / 3600);
  const m = Math.floor((seconds % 3600) / 60);
  const s = seconds % 60;
  return h > 0 ? `${h}h${m}m${s}s` : m > 0 ? `${m}m${s}s` : `${s}s`;
}
