/**
 * Predictions: what a question about a run has for an answer, worked out from the run itself, and whether what the
 * learner said comes to the same. Nothing here knows a right answer beforehand.
 */
import { compareQuantities, type ExactQuantity, parseQuantity } from "../cluster/api/quantity.ts";
import type { Documents } from "./edits.ts";
import type { Evidence, Outcome } from "./evaluate.ts";
import { sayPath, valueAt } from "./fieldPath.ts";
import type { Segment } from "./history.ts";
import { compilePattern, inRange } from "./pattern.ts";
import type { Expectation, GivenExpectation, Measure, OrderStep, PredictExpectation } from "./types.ts";

/** What this file needs of evaluate.ts, which calls it. */
export interface Judge {
  holds(expectation: Expectation): boolean;
  /** When each thing happened or began, seconds, sorted. */
  moments(what: OrderStep["what"]): number[];
}

/** A number with what it may be off by, or a text. `unit`: s for seconds. */
export type Answer =
  | { readonly number: number; readonly unit: "" | "s" }
  | { readonly text: string }
  /** It never came to that: no such event, no such line. */
  | { readonly never: true };

/** What stands for "not answered yet" in a starter. */
const noAnswer = /^\s*\??\s*$/;

export function isOpen(said: unknown): boolean {
  return typeof said !== "string" || noAnswer.test(said);
}

export function evaluatePrediction(expectation: PredictExpectation, evidence: Evidence, judge: Judge): Outcome {
  const said = valueAt(evidence.documents[0], ["metadata", "annotations", expectation.annotation]);
  if (typeof said !== "string" || isOpen(said)) return { passed: false, open: true, actual: "no answer yet" };
  const right = measured(expectation.measure, evidence, judge);
  const passed = comesTo(said, right, expectation.tolerance);
  const { measure } = expectation;
  const marks =
    "what" in measure ? judge.moments(measure.what).map((t) => ({ t, label: nameOf(measure.what), fits: true })) : [];
  return {
    passed,
    marks,
    actual: passed
      ? `you said ${said.trim()}, and it was ${sayAnswer(right)}`
      : `you said ${said.trim()}; it was not so`,
  };
}

function nameOf(what: OrderStep["what"]): string {
  return what.kind === "event" ? what.reason : what.kind === "condition" ? what.condition : "here";
}

/** The answer that the run gives. */
export function measured(measure: Measure, evidence: Evidence, judge: Judge): Answer {
  const { history, run, looks } = evidence;
  switch (measure.of) {
    case "count": {
      const { when } = measure.what;
      const inside = judge.moments(measure.what).filter((t) => inRange({ min: when.from, max: when.to ?? t }, t));
      return { number: inside.length, unit: "" };
    }
    case "second": {
      const [first] = judge.moments(measure.what);
      return first === undefined ? { never: true } : { number: first, unit: "s" };
    }
    case "status":
    case "ready":
    case "phase": {
      const state = at(history.podStates(), measure.at);
      return !state || state.gone ? { never: true } : { text: state[measure.of] };
    }
    case "restarts": {
      const { container } = measure;
      const state = container
        ? at(history.containerStates(container)[0]?.segments ?? [], measure.at)
        : at(history.podStates(), measure.at);
      return state ? { number: state.restarts, unit: "" } : { never: true };
    }
    case "lastEvent": {
      const last = run.trace.events.findLast(({ t, object }) => t <= measure.at && object === `Pod/${history.pod}`);
      return last ? { text: last.reason } : { never: true };
    }
    case "line": {
      const name = measure.container && history.containerName(measure.container);
      const rows = run.logs.filter(({ container }) => name === undefined || container === name);
      const row = rows[measure.number - 1];
      return row ? { text: row.text } : { never: true };
    }
    case "prints": {
      const printed = looks.resultsOf(measure.look, run).at(-1)?.stdout ?? "";
      const { part } = measure;
      const text = part ? compilePattern(part.matches, part.flags).firstGroup(printed) : printed;
      return text === undefined || text.trim() === "" ? { never: true } : { text };
    }
    case "stays": {
      const [first, second] = looks.resultsOf(measure.look, run).map((result) => result?.stdout);
      return { text: first === second ? "same" : "other" };
    }
    case "which": {
      const right = Object.entries(measure.choices).find(([, expectation]) => judge.holds(expectation));
      return right ? { text: right[0] } : { never: true };
    }
  }
}

function at<T>(segments: readonly Segment<T>[], t: number): T | undefined {
  return segments.findLast(({ from }) => from <= t)?.value;
}

/** Whether a learner's text is that answer: case and spaces don't count, and 0.5 is 500m. */
export function comesTo(said: string, right: Answer, tolerance = 0): boolean {
  const text = plain(said);
  if ("never" in right) return text === "never" || text === "none";
  if ("text" in right) {
    const wanted = plain(right.text);
    if (text === wanted) return true;
    const [own, theirs] = [quantity(said.trim()), quantity(right.text.trim())];
    return own !== undefined && theirs !== undefined && compareQuantities(own, theirs) === 0;
  }
  const number = /^(\d+(?:\.\d+)?)\s*(?:s|sec|seconds?)?$/.exec(text)?.[1];
  if (number === undefined || (right.unit === "" && !/^\d+$/.test(text))) return false;
  // An event at 29.4 s comes in second 29, and whoever rounds says 29 or 30.
  const off = Math.min(Math.abs(Number(number) - right.number), Math.abs(Number(number) - Math.round(right.number)));
  return off <= tolerance;
}

/** For those who have answered: `29.4 s`, `Running`. */
export function sayAnswer(answer: Answer): string {
  if ("never" in answer) return "never";
  if ("text" in answer) return answer.text.trim();
  return answer.unit === "s" ? `${Math.round(answer.number * 10) / 10} s` : String(answer.number);
}

function plain(text: string): string {
  return text
    .trim()
    .replace(/\s+/g, " ")
    .replace(/ ?\/ ?/g, "/")
    .toLowerCase();
}

function quantity(text: string): ExactQuantity | undefined {
  const read = parseQuantity(text);
  return "fault" in read ? undefined : read;
}

// ---- what is given

export function evaluateGiven({ field, value }: GivenExpectation, documents: Documents): Outcome {
  const changed = firstChange(valueAt(documents[0], [field]), value, [field]);
  return changed ? { passed: false, actual: `${sayPath(changed)} is changed` } : { passed: true, actual: "it is so" };
}

/** Where two values begin to differ. */
export function firstChange(
  own: unknown,
  wanted: unknown,
  keys: readonly (string | number)[],
): readonly (string | number)[] | undefined {
  if (Object.is(own, wanted)) return undefined;
  if (!isTree(own) || !isTree(wanted) || Array.isArray(own) !== Array.isArray(wanted)) return keys;
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(own)])];
  for (const name of names) {
    const key = Array.isArray(own) ? Number(name) : name;
    const found = firstChange(own[name], wanted[name], [...keys, key]);
    if (found) return found;
  }
  return undefined;
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
