/** The instants of a run at which something changed that can be seen from outside, each with what it was. */
import type { ContainerRow, Trace } from "../simulation/trace.ts";

export interface Moment {
  /** Seconds; when everything of this moment has happened. */
  readonly t: number;
  readonly what: readonly string[];
}

export interface Happening {
  readonly t: number;
  readonly text: string;
}

/** Events and rows of `kubectl get pods -w`, in the order of time; equal times in the order of their words. */
export function happenings(trace: Trace): Happening[] {
  const rows = [
    ...trace.events.map(({ t, reason, message }) => ({ t, text: `${reason}: ${message.split("\n")[0]}` })),
    ...trace.watch.map((row) => ({
      t: row.t,
      text: "gone" in row ? "the Pod is gone" : `STATUS ${row.status}, READY ${row.ready}, RESTARTS ${row.restarts}`,
    })),
  ];
  return rows.sort((a, b) => a.t - b.t || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
}

/** Times in a trace are tenths of a second; equal ones are one moment. */
const togetherSeconds = 0.05;

/** From second 0 to the end of the run, both always there. */
export function momentsOf(trace: Trace): Moment[] {
  const changes = [...happenings(trace), ...trace.containers.map((row) => ({ t: row.t, text: containerWords(row) }))]
    .filter(({ t }) => t <= trace.seconds)
    .sort((a, b) => a.t - b.t);
  const moments: { begin: number; t: number; what: string[] }[] = [{ begin: 0, t: 0, what: [] }];
  for (const { t, text } of changes) {
    const last = moments.at(-1)!;
    if (t - last.begin >= togetherSeconds) moments.push({ begin: t, t, what: [text] });
    else {
      last.t = Math.max(last.t, t);
      if (!last.what.includes(text)) last.what.push(text);
    }
  }
  if (moments.at(-1)!.t < trace.seconds) moments.push({ begin: trace.seconds, t: trace.seconds, what: [] });
  return moments.map(({ t, what }) => ({ t, what }));
}

function containerWords({ name, state, reason, exitCode, ready, restarts }: ContainerRow): string {
  const how =
    state === "running"
      ? ready
        ? "running and ready"
        : "running, not ready"
      : state === "terminated"
        ? `ended${exitCode === undefined ? "" : ` with ${exitCode}`}${reason ? ` (${reason})` : ""}`
        : `waiting${reason ? ` (${reason})` : ""}`;
  return `container ${name} ${how}${restarts > 0 ? `, restarted ${restarts} times`.replace(/ 1 times/, " once") : ""}`;
}
