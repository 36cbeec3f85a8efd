/** Two runs side by side: until when they are the same, and what comes first that is not. */
import type { Run } from "../simulation/trace.ts";
import { type Happening, happenings } from "./moments.ts";
import { seconds } from "./timeInWords.ts";

export interface Divergence {
  /** Seconds. */
  readonly t: number;
  /** What the one and the other did then, in words; absent: nothing. */
  readonly first?: string;
  readonly second?: string;
}

type Seen = Pick<Run, "trace" | "logs">;

/** Undefined: nothing differs that can be seen from outside. */
export function divergence(first: Seen, second: Seen): Divergence | undefined {
  const [a, b] = [allOf(first), allOf(second)];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [one, other] = [a[i], b[i]];
    if (one?.t === other?.t && one?.text === other?.text) continue;
    const t = Math.min(one?.t ?? Infinity, other?.t ?? Infinity);
    return {
      t,
      ...(one && one.t === t && { first: one.text }),
      ...(other && other.t === t && { second: other.text }),
    };
  }
  return undefined;
}

/**
 * As divergence, but for runs in which somebody does the same a little earlier or later: what happens and in which order
 * counts, not when.
 */
export function divergenceInOrder(first: Seen, second: Seen): Divergence | undefined {
  const [a, b] = [allOf(first), allOf(second)];
  /** Seconds by which the second run is behind. */
  let lag = 0;
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [one, other] = [a[i], b[i]];
    if (one && other && withoutClock(one.text) === withoutClock(other.text)) {
      lag = other.t - one.t;
      continue;
    }
    // The other run ended before it would have come to this.
    if (!other && one!.t + lag > second.trace.seconds) return undefined;
    if (!one && other!.t - lag > first.trace.seconds) return undefined;
    const t = Math.min(one?.t ?? Infinity, other?.t ?? Infinity);
    const words = (what: Happening) => (what.t === t ? what.text : `${what.text} (at ${seconds(what.t)})`);
    return { t, ...(one && { first: words(one) }), ...(other && { second: words(other) }) };
  }
  return undefined;
}

/** Containers write the time of day into their logs. */
function withoutClock(text: string): string {
  return text.replace(/\d{1,2}:\d\d:\d\d(?:[.,]\d+)?/g, "");
}

export function sayDivergence(found: Divergence | undefined, names: readonly [string, string]): string {
  if (!found) return `${names[0]} and ${names[1]} do the same.`;
  const said = (text: string | undefined) => text ?? "nothing";
  return [
    `The first difference is at ${seconds(found.t)}:`,
    `  ${names[0]}: ${said(found.first)}`,
    `  ${names[1]}: ${said(found.second)}`,
  ].join("\n");
}

/** What kubectl shows: events, rows of `get -w`, and what containers write. */
function allOf({ trace, logs }: Seen): Happening[] {
  const lines = logs.map(({ t, container, text }) => ({
    t: Math.round(t * 10) / 10,
    text: `container ${container} writes: ${text.trimEnd()}`,
  }));
  // Sorting keeps equal times in the order of the log.
  return [...happenings(trace), ...lines].sort((a, b) => a.t - b.t);
}
