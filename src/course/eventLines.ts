/** Events as lines, for `events` blocks in lessons: time, type, reason, message; the container on request. */
import type { TraceEvent } from "../simulation/trace.ts";

export interface EventLinesOptions {
  /** Seconds; later events are left out. */
  readonly to?: number;
  readonly reasons?: readonly string[];
  readonly containers?: boolean;
}

export function eventLines(
  events: readonly TraceEvent[],
  { to, reasons, containers }: EventLinesOptions = {},
): string[] {
  const rows = events
    .filter((event) => (to === undefined || event.t <= to) && (!reasons || reasons.includes(event.reason)))
    .map((event) => {
      const time = `${event.t.toFixed(1)}s`;
      const container = /\{(.+)\}$/.exec(event.field)?.[1] ?? "-";
      return [
        time,
        event.type,
        event.reason,
        ...(containers ? [container] : []),
        event.message.replace(/\s*\n\s*/g, " "),
      ];
    });
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padStart(widths[0]!) : i === columns - 1 ? cell : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd(),
  );
}
