/** Expectations about states, which last: the Pod, a container, a condition. */
import { sayContainer, sayTime } from "./describe.ts";
import type { Outcome } from "./evaluate.ts";
import type { History, Segment } from "./history.ts";
import { inRange } from "./pattern.ts";
import type { ConditionExpectation, ContainerExpectation, PodExpectation, When } from "./types.ts";

/** A history seen through an expectation: where it holds, and how each state is called. */
interface Judged {
  readonly segments: readonly Segment<{ holds: boolean; label: string }>[];
  /** What the history is of, for messages: `container app`. */
  readonly name: string;
}

export function evaluatePod(expectation: PodExpectation, history: History): Outcome {
  const { phase, status, ready, restarts, gone } = expectation;
  const segments = history.podStates(expectation.pod).map((segment) => {
    const state = segment.value;
    const [up, all] = state.ready.split("/");
    const holds =
      (gone === undefined ? !state.gone : state.gone === gone) &&
      (!phase || phase.includes(state.phase)) &&
      (!status || status.includes(state.status)) &&
      (ready === undefined ||
        (typeof ready === "string" ? state.ready === ready : (up === all && state.ready !== "") === ready)) &&
      (!restarts || inRange(restarts, state.restarts));
    const label = state.gone
      ? "gone"
      : [
          state.ready,
          state.status,
          phase && `phase ${state.phase}`,
          (restarts || state.restarts > 0) && `${state.restarts} restart${state.restarts === 1 ? "" : "s"}`,
        ]
          .filter(Boolean)
          .join(" ");
    return { ...segment, value: { holds, label } };
  });
  return judge(
    [{ segments, name: expectation.pod ? `Pod ${expectation.pod}` : "the Pod" }],
    expectation.when,
    history.seconds,
  );
}

export function evaluateContainer(expectation: ContainerExpectation, history: History): Outcome {
  const { container, state, reason, exitCode, signal, ready, started, restarts } = expectation;
  const all = history.containerStates(container).map(({ name, segments }) => ({
    name: `container ${name}`,
    segments: segments.map((segment) => {
      const row = segment.value;
      const holds =
        (!state || row.state === state) &&
        (!reason || reason.includes(row.reason ?? "")) &&
        (!exitCode || (row.exitCode !== undefined && inRange(exitCode, row.exitCode))) &&
        (signal === undefined || row.signal === signal) &&
        (ready === undefined || row.ready === ready) &&
        (started === undefined || row.started === started) &&
        (!restarts || inRange(restarts, row.restarts));
      const label = [
        row.state,
        row.reason && `(${row.reason})`,
        row.exitCode !== undefined && `exit code ${row.exitCode}`,
        ready !== undefined && (row.ready ? "ready" : "not ready"),
        started !== undefined && (row.started ? "started" : "not started"),
        (restarts || row.restarts > 0) && `${row.restarts} restart${row.restarts === 1 ? "" : "s"}`,
      ]
        .filter(Boolean)
        .join(" ");
      return { ...segment, value: { holds, label } };
    }),
  }));
  if (container && (all.length === 0 || all[0]!.segments.length === 0)) {
    const names = history.containerStates().map(({ name }) => name);
    const known = names.length > 0 ? `; there ${names.length === 1 ? "is" : "are"} ${names.join(", ")}` : "";
    const passed = expectation.when.mode === "never";
    return { passed, actual: `${sayContainer(container)} never had a state${known}` };
  }
  return judge(all, expectation.when, history.seconds);
}

export function evaluateCondition(expectation: ConditionExpectation, history: History): Outcome {
  const segments = history.conditionStates(expectation.condition).map((segment) => ({
    ...segment,
    value: {
      holds:
        segment.value.status === expectation.status &&
        (!expectation.reason || expectation.reason.includes(segment.value.reason ?? "")),
      label: `${segment.value.status}${segment.value.reason ? ` (${segment.value.reason})` : ""}`,
    },
  }));
  return judge([{ segments, name: `condition ${expectation.condition}` }], expectation.when, history.seconds);
}

/** With several histories (any container) one that fits is enough; none may when it is never. */
function judge(all: readonly Judged[], when: When, seconds: number): Outcome {
  const outcomes = all.map((one) => judgeOne(one, when, seconds));
  if (outcomes.length === 0) return { passed: when.mode === "never", actual: "no container ever had a state" };
  if (when.mode === "never") return outcomes.find((one) => !one.passed) ?? outcomes[0]!;
  return (
    outcomes.find((one) => one.passed) ?? outcomes.find((one) => one.spans!.some((span) => span.fits)) ?? outcomes[0]!
  );
}

function judgeOne({ segments, name }: Judged, when: When, seconds: number): Outcome {
  const spans = segments.map(({ from, to, value }) => ({ from, to, label: value.label, fits: value.holds }));
  const from = when.end ? seconds : when.from;
  const to = when.end ? seconds : Math.min(when.to ?? seconds, seconds);
  const outcome = (passed: boolean, actual: string): Outcome => ({ passed, actual, spans });
  if (segments.length === 0) return outcome(when.mode === "never", `${name} never had a state`);
  const at = (t: number) => segments.findLast((segment) => segment.from <= t);
  const was = (t: number) => `${sayTime(t)} ${name} was ${at(t)?.value.label ?? "not there yet"}`;
  const holding = joinHolding(segments);
  if (when.mode === "never") {
    const hit = holding.find((one) => one.to >= from && one.from <= to);
    return hit ? outcome(false, `at ${was(Math.max(hit.from, from))}`) : outcome(true, `${name} never was`);
  }
  if (when.mode === "every") {
    if (from === to) {
      const now = at(from);
      if (now?.value.holds) return outcome(true, `at ${was(from)}`);
      return outcome(false, `${when.end ? "at the end, at" : "at"} ${was(from)}${nearMiss(holding, from, to)}`);
    }
    // Nothing is anything before it has its first state.
    const start = Math.max(from, from === 0 ? segments[0]!.from : from);
    const broken =
      start < segments[0]!.from
        ? { from: start }
        : segments.find(
            (segment) =>
              !segment.value.holds &&
              segment.to >= start &&
              segment.from <= to &&
              !(segment.to === start && segment.from < start),
          );
    return broken
      ? outcome(false, `at ${was(Math.max(broken.from, start))}`)
      : outcome(true, `${name} was so all the time`);
  }
  if (when.begins) {
    const begun = [...holding].sort((a, b) => distance(a.from, when) - distance(b.from, when))[0];
    if (!begun) return outcome(false, `it never was so: at ${was(to)}`);
    const off = distance(begun.from, when);
    const became = `${name}: it became so at ${sayTime(begun.from)}`;
    return off === 0
      ? outcome(true, became)
      : outcome(false, `${became}, ${sayTime(off)} too ${begun.from > to ? "late" : "early"}`);
  }
  const lasting = when.lasting ?? 0;
  const hit = holding.find(
    (one) => one.to >= from && one.from <= to && Math.min(one.to, to) - Math.max(one.from, from) >= lasting,
  );
  if (hit) return outcome(true, `from ${sayTime(hit.from)} on ${name} was so`);
  const longest = holding
    .filter((one) => one.to >= from && one.from <= to)
    .sort((a, b) => b.to - b.from - (a.to - a.from))[0];
  if (longest)
    return outcome(
      false,
      `${name} was so only from ${sayTime(longest.from)} to ${sayTime(longest.to)}, ${sayTime(longest.to - longest.from)} long`,
    );
  const miss = nearMiss(holding, from, to);
  if (miss === "") return outcome(false, `it never was so: at ${was(to)}`);
  const after = holding.every((one) => one.from < from) ? `; at ${was(from)}` : "";
  return outcome(false, miss.replace(/^; /, `${name}: `) + after);
}

/** Neighbouring segments that hold, as one. */
function joinHolding(segments: Judged["segments"]): { from: number; to: number }[] {
  const joined: { from: number; to: number }[] = [];
  segments.forEach((segment, i) => {
    if (!segment.value.holds) return;
    const last = joined.at(-1);
    if (last && segments[i - 1]?.value.holds) last.to = segment.to;
    else joined.push({ from: segment.from, to: segment.to });
  });
  return joined;
}

function nearMiss(holding: readonly { from: number; to: number }[], from: number, to: number): string {
  const later = holding.find((one) => one.from > to);
  const earlier = holding.findLast((one) => one.to < from || (one.to === from && one.from < from));
  if (later && (!earlier || later.from - to <= from - earlier.to))
    return `; it became so at ${sayTime(later.from)}, ${sayTime(later.from - to)} too late`;
  return earlier ? `; it was so until ${sayTime(earlier.to)}` : "";
}

/** Seconds by which `t` misses the window. */
export function distance(t: number, { from, to }: When): number {
  return t < from ? from - t : to !== undefined && t > to ? t - to : 0;
}
