/** Two runs side by side: until when they are the same, and what comes first that is not. */
import type { Trace } from "../simulation/trace.ts";
import { happenings } from "./moments.ts";
import { seconds } from "./timelineText.ts";

export interface Divergence {
  /** Seconds. */
  readonly t: number;
  /** What the one and the other did then, in words; absent: nothing. */
  readonly first?: string;
  readonly second?: string;
}

/** Undefined: nothing differs that can be seen from outside. */
export function divergence(first: Trace, second: Trace): Divergence | undefined {
  const [a, b] = [happenings(first), happenings(second)];
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

export function sayDivergence(found: Divergence | undefined, names: readonly [string, string]): string {
  if (!found) return `${names[0]} and ${names[1]} do the same.`;
  const said = (text: string | undefined) => text ?? "nothing";
  return [
    `The first difference is at ${seconds(found.t)}:`,
    `  ${names[0]}: ${said(found.first)}`,
    `  ${names[1]}: ${said(found.second)}`,
  ].join("\n");
}
