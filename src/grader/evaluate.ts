/** One expectation against one run: does it hold, and if not, what came nearest. */
import { evaluateAnswer, evaluateTyped } from "./commandsEvidence.ts";
import type { LogRow, LookResult, Run, TraceEvent } from "../simulation/trace.ts";
import { describe, describeWhen, full, sayTime } from "./describe.ts";
import { type Documents, nameOfDocument } from "./edits.ts";
import { findPaths, parsePath, sayPath, valueAt } from "./fieldPath.ts";
import type { History } from "./history.ts";
import type { LookPlan } from "./looks.ts";
import { distance, evaluateCondition, evaluateContainer, evaluatePod } from "./stateEvidence.ts";
import { evaluateGiven, evaluatePrediction, type Judge } from "./prediction.ts";
import { containsPart, fits, inRange } from "./pattern.ts";
import type {
  EventExpectation,
  Expectation,
  Finding,
  Lane,
  LogExpectation,
  LookExpectation,
  OrderExpectation,
  StructureExpectation,
} from "./types.ts";

/** What an expectation is held against. */
export interface Evidence {
  readonly run: Run;
  readonly history: History;
  readonly looks: LookPlan;
  /** As the learner wrote them, after the world's edits; the Pod first. */
  readonly documents: Documents;
}

export interface Outcome {
  readonly passed: boolean;
  /** What happened: the nearest thing when it failed. */
  readonly actual: string;
  readonly marks?: Lane["marks"];
  readonly spans?: Lane["spans"];
  /** A question that has no answer yet. */
  readonly open?: true;
}

export function evaluate(expectation: Expectation, evidence: Evidence): Outcome {
  switch (expectation.kind) {
    case "event":
      return evaluateEvent(expectation, evidence);
    case "log":
      return evaluateLog(expectation, evidence);
    case "pod":
      return evaluatePod(expectation, evidence.history);
    case "container":
      return evaluateContainer(expectation, evidence.history);
    case "condition":
      return evaluateCondition(expectation, evidence.history);
    case "client":
    case "exec":
    case "file":
    case "kubectl":
      return evaluateLook(expectation, evidence);
    case "order":
      return evaluateOrder(expectation, evidence);
    case "structure":
      return evaluateStructure(expectation, evidence.documents);
    case "answer":
      return evaluateAnswer(expectation, evidence.run.session);
    case "typed":
      return evaluateTyped(expectation, evidence.run.session);
    case "predict":
      return evaluatePrediction(expectation, evidence, judgeOf(evidence));
    case "given":
      return evaluateGiven(expectation, evidence.documents);
    case "rejected": {
      const { rejected } = evidence.run;
      if (!rejected) return { passed: false, actual: "it was accepted" };
      const passed = !expectation.message || fits(expectation.message, rejected.message);
      return { passed, actual: passed ? "it was refused" : `it was refused with other words: ${rejected.message}` };
    }
    case "warning": {
      const { warnings } = evidence.run;
      const passed = warnings.some((text) => !expectation.message || fits(expectation.message, text));
      return { passed, actual: warnings.length === 0 ? "there was no warning" : `it warned: ${warnings.join("; ")}` };
    }
    case "any": {
      const outcomes = expectation.of.map((one) => evaluate(one, evidence));
      const best = outcomes.find((one) => one.passed);
      return best ?? { passed: false, actual: outcomes.map((one) => one.actual).join("; ") };
    }
    case "all": {
      for (const one of expectation.of) {
        const outcome = evaluate(one, evidence);
        if (!outcome.passed) return { ...outcome, actual: `${full(one)}: ${outcome.actual}` };
      }
      return { passed: true, actual: "all held" };
    }
  }
}

/** For measuring what a run answers to a question. */
export function judgeOf(evidence: Evidence): Judge {
  return {
    holds: (expectation) => evaluate(expectation, evidence).passed,
    moments: (what) => moments(what, evidence),
  };
}

export function toFinding(expectation: Expectation, outcome: Outcome, world: string): Finding {
  return {
    expectation: expectation.id,
    ...(world ? { world } : {}),
    passed: outcome.passed,
    expected: describe(expectation),
    when: describeWhen(expectation),
    actual: outcome.actual,
    // A question that is open needs no help yet.
    ...(expectation.say && !outcome.passed && !outcome.open ? { say: expectation.say } : {}),
    ...(expectation.kind === "predict"
      ? { question: { name: expectation.annotation, open: outcome.open === true } }
      : {}),
  };
}

/** The row of the drawing for an expectation, or undefined when it has nothing to do with time. */
export function toLane(expectation: Expectation, outcome: Outcome, seconds: number): Lane | undefined {
  const windows: Lane["windows"][number][] = [];
  if ("when" in expectation) {
    const { mode, from, to, end } = expectation.when;
    windows.push({ mode, from: end ? seconds : from, to: end ? seconds : Math.min(to ?? seconds, seconds) });
  } else if ("at" in expectation) {
    for (const at of expectation.at.length > 0 ? expectation.at : [seconds])
      windows.push({ mode: "every", from: at, to: at });
  } else if (expectation.kind !== "order" && !outcome.marks?.length) {
    return undefined;
  }
  return {
    label: expectation.kind === "predict" ? expectation.annotation : describe(expectation),
    expectation: expectation.id,
    passed: outcome.passed,
    windows,
    marks: outcome.marks ?? [],
    spans: outcome.spans ?? [],
  };
}

// ---- things that happen

interface Happening {
  readonly t: number;
  readonly label: string;
  /** What keeps it from being the one asked for, the gravest first; empty when it is. */
  readonly faults: readonly string[];
}

function eventHappenings(expectation: EventExpectation, { run, history }: Evidence): Happening[] {
  const { reason, type, message, object, container } = expectation;
  const wantedObject = object ?? `Pod/${history.pod}`;
  const name = container && history.containerName(container);
  return run.trace.events
    .filter((event) => event.reason === reason)
    .map((event) => {
      const faults: string[] = [];
      if (event.object !== wantedObject) faults.push(`it was about ${event.object}`);
      const of = containerOf(event);
      if (container && of !== name)
        faults.push(`it was about ${of === undefined ? "the Pod, not a container" : `container ${of}`}`);
      if (type && event.type !== type) faults.push(`its type was ${event.type}`);
      if (message && !fits(message, event.message)) faults.push(`it said ${JSON.stringify(shorten(event.message))}`);
      return { t: event.t, label: event.reason, faults };
    });
}

function containerOf(event: TraceEvent): string | undefined {
  return /\{(.+)\}$/.exec(event.field)?.[1];
}

function logHappenings(expectation: LogExpectation, { run, history }: Evidence): Happening[] {
  const { text, container, stream, restart } = expectation;
  const name = container && history.containerName(container);
  const fitting = (row: LogRow) => fits(text, row.text);
  return run.logs.filter(fitting).map((row) => {
    const faults: string[] = [];
    if (container && row.container !== name) faults.push(`container ${row.container} wrote it`);
    if (stream && row.stream !== stream) faults.push(`it went to ${row.stream}`);
    if (restart !== undefined && row.restart !== restart)
      faults.push(`it was written in run ${row.restart + 1} of the container`);
    return { t: row.t, label: shorten(row.text), faults };
  });
}

function evaluateEvent(expectation: EventExpectation, evidence: Evidence): Outcome {
  const happenings = eventHappenings(expectation, evidence);
  const outcome = evaluateCount(happenings, expectation, `event ${expectation.reason}`);
  if (outcome.passed || happenings.length > 0) return outcome;
  const warnings = [
    ...new Set(evidence.run.trace.events.filter((event) => event.type === "Warning").map((event) => event.reason)),
  ];
  const last = evidence.run.trace.events.at(-1);
  const instead =
    warnings.length > 0
      ? `; warnings were ${warnings.join(", ")}`
      : last
        ? `; the last event was ${last.reason} at ${sayTime(last.t)}`
        : "; there was no event at all";
  return { ...outcome, actual: `no event ${expectation.reason} came${instead}` };
}

function evaluateLog(expectation: LogExpectation, evidence: Evidence): Outcome {
  const happenings = logHappenings(expectation, evidence);
  const outcome = evaluateCount(happenings, expectation, "such a line");
  if (outcome.passed || happenings.length > 0) return outcome;
  const name = expectation.container && evidence.history.containerName(expectation.container);
  const lines = evidence.run.logs.filter((row) => name === undefined || row.container === name);
  const last = lines.at(-1);
  return {
    ...outcome,
    actual: last
      ? `no line fits; of ${lines.length} line${lines.length === 1 ? "" : "s"} the last was ${JSON.stringify(shorten(last.text))} at ${sayTime(last.t)}`
      : "the log is empty",
  };
}

/** Counts what fits inside the window. On failure: the nearest miss, first what was outside the window, then what had a fault. */
function evaluateCount(
  happenings: readonly Happening[],
  { count, when }: EventExpectation | LogExpectation,
  what: string,
): Outcome {
  const to = when.to ?? Number.POSITIVE_INFINITY;
  const inside = ({ t }: Happening) => t >= when.from && t <= to;
  const right = happenings.filter((one) => one.faults.length === 0);
  const counted = right.filter(inside);
  const passed = inRange(count, counted.length);
  const marks = happenings.map((one) => ({
    t: one.t,
    label: one.label,
    fits: one.faults.length === 0 && inside(one) && when.mode !== "never",
  }));
  const listed = sayMoments(counted.map((one) => one.t));
  if (passed) return { passed, marks, actual: counted.length === 0 ? `no ${what} came` : `it came ${listed}` };
  if (counted.length > (count.max ?? Number.POSITIVE_INFINITY))
    return {
      passed,
      marks,
      actual: count.max === 0 ? `it came ${listed}` : `it came ${times(counted.length)}: ${listed}`,
    };
  const outside = right.filter((one) => !inside(one));
  const nearest = [...outside].sort((a, b) => distance(a.t, when) - distance(b.t, when))[0];
  const faulty = [...happenings]
    .filter((one) => one.faults.length > 0)
    .sort((a, b) => a.faults.length - b.faults.length || distance(a.t, when) - distance(b.t, when))[0];
  const counting = counted.length > 0 ? `it came only ${times(counted.length)} in that time (${listed})` : "";
  if (nearest) {
    const late = nearest.t > to;
    const miss = `${counting ? "the next" : "it"} came at ${sayTime(nearest.t)}, ${sayTime(distance(nearest.t, when))} too ${late ? "late" : "early"}`;
    return { passed, marks, actual: [counting, miss].filter(Boolean).join("; ") };
  }
  if (faulty)
    return {
      passed,
      marks,
      actual: [counting, `${what} came at ${sayTime(faulty.t)}, but ${faulty.faults.join(" and ")}`]
        .filter(Boolean)
        .join("; "),
    };
  return { passed, marks, actual: counting || `no ${what} came` };
}

// ---- looks

function evaluateLook(expectation: LookExpectation, { looks, run }: Evidence): Outcome {
  const results = looks.resultsOf(expectation, run);
  const marks = results.flatMap((result) =>
    result ? [{ t: result.at, label: `exit ${result.exit}`, fits: lookFault(expectation, result) === undefined }] : [],
  );
  for (const result of results) {
    const fault = result ? lookFault(expectation, result) : "it could not be looked at: the run ended before";
    if (fault !== undefined)
      return { passed: false, actual: result ? `at ${sayTime(result.at)} ${fault}` : fault, marks };
  }
  return { passed: true, actual: "it answered so", marks };
}

function lookFault(expectation: LookExpectation, result: LookResult): string | undefined {
  const { exit, stdout, stderr, kind } = expectation;
  const said = [
    result.stdout && `printed ${JSON.stringify(shorten(result.stdout))}`,
    result.stderr && `said ${JSON.stringify(shorten(result.stderr))}`,
  ]
    .filter(Boolean)
    .join(" and ");
  if (exit && !inRange(exit, result.exit)) {
    if (kind === "file")
      return exit.min === 1
        ? "it is there"
        : `it could not be read: ${shorten(result.stderr) || `exit code ${result.exit}`}`;
    return `it exited with ${result.exit}${said ? ` and ${said}` : ""}`;
  }
  for (const pattern of stdout ?? [])
    if (!fits(pattern, result.stdout)) return said ? `it ${said}` : `it printed nothing (exit code ${result.exit})`;
  for (const pattern of stderr ?? [])
    if (!fits(pattern, result.stderr))
      return result.stderr ? `it said ${JSON.stringify(shorten(result.stderr))}` : "it said nothing on stderr";
  return undefined;
}

// ---- order and structure

/** When each thing happened or began, sorted. */
function moments(what: OrderExpectation["steps"][number]["what"], evidence: Evidence): number[] {
  if (what.kind === "event")
    return eventHappenings(what, evidence).flatMap((one) => (one.faults.length === 0 ? one.t : []));
  if (what.kind === "log")
    return logHappenings(what, evidence).flatMap((one) => (one.faults.length === 0 ? one.t : []));
  const { spans } = evaluate(what, evidence);
  return (spans ?? []).flatMap((span, i, all) =>
    span.fits && !(all[i - 1]?.fits && all[i - 1]!.to === span.from && i > 0) ? span.from : [],
  );
}

function evaluateOrder({ steps }: OrderExpectation, evidence: Evidence): Outcome {
  let now = 0;
  const marks: Lane["marks"][number][] = [];
  for (const [i, { what, within }] of steps.entries()) {
    const all = moments(what, evidence);
    const earliest = now + (i > 0 ? (within?.min ?? 0) : 0);
    const next = all.find((t) => t >= earliest);
    const before = i > 0 ? describe(steps[i - 1]!.what) : "";
    if (next === undefined) {
      const near = all.at(-1);
      return {
        passed: false,
        marks,
        actual:
          near === undefined
            ? `${describe(what)}: never`
            : `${describe(what)} came at ${sayTime(near)}, before ${before} at ${sayTime(now)}`,
      };
    }
    if (i > 0 && within?.max !== undefined && next - now > within.max)
      return {
        passed: false,
        marks,
        actual: `${describe(what)} came ${sayTime(next - now)} after ${before}, not within ${sayTime(within.max)}`,
      };
    marks.push({ t: next, label: describe(what), fits: true });
    now = next;
  }
  return { passed: true, marks, actual: "it came in this order" };
}

export function evaluateStructure(expectation: StructureExpectation, documents: Documents): Outcome {
  const { path, of, has, each, matches, absent, count } = expectation;
  const document = of === undefined ? documents[0] : documents.find((one) => nameOfDocument(one) === of);
  if (document === undefined) return { passed: absent === true, actual: `the manifest has no ${of}` };
  const steps = parsePath(path);
  if (!steps) return { passed: false, actual: `${path} is no path` };
  const found = findPaths(document, steps).map((keys) => ({ keys, value: valueAt(document, keys) }));
  const missing = found.length === 0 ? `there is no ${path}` : "";
  if (absent !== undefined && absent !== (found.length === 0))
    return { passed: false, actual: missing || `there is ${found.map((one) => sayPath(one.keys)).join(", ")}` };
  if (has !== undefined && !found.some((one) => containsPart(one.value, has)))
    return {
      passed: false,
      actual:
        missing ||
        found.map((one) => `${sayPath(one.keys)} is ${shorten(JSON.stringify(one.value) ?? "null")}`).join(", "),
    };
  const odd = found.find(
    (one) =>
      (each !== undefined && !containsPart(one.value, each)) ||
      (matches && !fits(matches, typeof one.value === "string" ? one.value : JSON.stringify(one.value))),
  );
  if (odd) return { passed: false, actual: `${sayPath(odd.keys)} is ${shorten(JSON.stringify(odd.value) ?? "null")}` };
  if ((each !== undefined || matches) && missing) return { passed: false, actual: missing };
  const [only] = found;
  const size =
    found.length === 1 && Array.isArray(only!.value) && !path.endsWith("]") ? only!.value.length : found.length;
  if (count && !inRange(count, size)) return { passed: false, actual: `there ${size === 1 ? "is 1" : `are ${size}`}` };
  return { passed: true, actual: "it is so" };
}

// ---- words

function times(n: number): string {
  return n === 1 ? "once" : `${n} times`;
}

function sayMoments(moments: readonly number[]): string {
  const said = moments.slice(0, 5).map(sayTime).join(", ");
  return `at ${said}${moments.length > 5 ? ` and ${moments.length - 5} times more` : ""}`;
}

/** The first line, at most 160 characters. */
function shorten(text: string): string {
  const line = text.trim().split("\n")[0]!;
  return line.length > 160 ? `${line.slice(0, 157)}…` : line;
}
