/** A run as text: a drawing over time of Pod, containers and events, and the rows of `kubectl get pods -w`. */
import type { Lane, Timeline } from "../grader/types.ts";
import type { ContainerRow, Trace } from "../simulation/trace.ts";
import { seconds } from "./timeInWords.ts";

/** What happened, without anything expected of it. */
export function runTimeline(trace: Trace): Timeline {
  const lanes: Lane[] = [];
  const pods = [...new Set(trace.watch.map((row) => row.pod))];
  for (const pod of pods) {
    const rows = trace.watch.filter((row) => row.pod === pod);
    const spans = rows.flatMap((row, i) =>
      "gone" in row ? [] : [{ from: row.t, to: rows[i + 1]?.t ?? trace.seconds, label: `${row.status} ${row.ready}` }],
    );
    lanes.push({ label: pods.length > 1 ? `Pod ${pod}` : "STATUS READY", windows: [], marks: [], spans: merge(spans) });
  }
  for (const name of [...new Set(trace.containers.map((row) => row.name))]) {
    const rows = trace.containers.filter((row) => row.name === name);
    const spans = rows.map((row, i) => ({ from: row.t, to: rows[i + 1]?.t ?? trace.seconds, label: stateWord(row) }));
    lanes.push({ label: name, windows: [], marks: [], spans: merge(spans) });
  }
  const reasons = [...new Set(trace.events.map((event) => event.reason))];
  for (const reason of reasons) {
    const events = trace.events.filter((event) => event.reason === reason);
    const marks = events.map((event) => ({ t: event.t, label: "", fits: event.type === "Normal" }));
    lanes.push({ label: events.length > 1 ? `${reason} x${events.length}` : reason, windows: [], marks, spans: [] });
  }
  return { seconds: trace.seconds, lanes };
}

type Span = Lane["spans"][number];

function merge(spans: readonly Span[]): Span[] {
  const out: Span[] = [];
  for (const span of spans) {
    const last = out.at(-1);
    if (last?.label === span.label) out[out.length - 1] = { ...last, to: span.to };
    else out.push(span);
  }
  return out;
}

function stateWord({ state, reason, exitCode, ready, started }: ContainerRow): string {
  if (state === "running") return ready ? "ready" : started === false ? "starting" : "running";
  if (state === "terminated")
    return reason && reason !== "Completed" && reason !== "Error" ? reason : `exit ${exitCode ?? "?"}`;
  return reason ?? "waiting";
}

/** The rows of `kubectl get pods -w`, each with its second. */
export function watchLines(trace: Trace): string[] {
  const rows = trace.watch.map((row) =>
    "gone" in row
      ? [seconds(row.t), row.pod, "", "(gone)", ""]
      : [seconds(row.t), row.pod, row.ready, row.status, String(row.restarts)],
  );
  const all = [["TIME", "NAME", "READY", "STATUS", "RESTARTS"], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("   ")
      .trimEnd(),
  );
}
