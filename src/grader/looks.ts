/** Which looks a world's run needs for the expectations, and which result answers which expectation. */
import type { Look, LookResult, Run } from "../simulation/trace.ts";
import type { Expectation, LookExpectation } from "./types.ts";

export interface LookPlan {
  readonly looks: readonly Look[];
  /** What each look of an expectation gave, in the order of its moments. */
  resultsOf(expectation: LookExpectation, run: Run): (LookResult | undefined)[];
}

export function planLooks(
  expectations: readonly Expectation[],
  pod: string,
  seconds: number,
  containerOf: (one: LookExpectation) => string | undefined,
): LookPlan {
  const wanted: { expectation: LookExpectation; look: Look }[] = [];
  for (const expectation of lookExpectations(expectations)) {
    const moments = expectation.at.length > 0 ? expectation.at : [seconds];
    for (const at of moments)
      wanted.push({ expectation, look: lookFor(expectation, Math.min(at, seconds), pod, containerOf(expectation)) });
  }
  // In the order of time (a stable sort): then a run that answers in the order asked and one that answers in the order done agree.
  wanted.sort((a, b) => a.look.at - b.look.at);
  return {
    looks: wanted.map(({ look }) => look),
    resultsOf: (expectation, run) =>
      wanted.flatMap((one, i) => (one.expectation === expectation ? [run.looks[i]] : [])),
  };
}

function lookFor(expectation: LookExpectation, at: number, pod: string, container: string | undefined): Look {
  const command = expectation.command.map((word) => word.replace(/\bPOD\b(?!_)/g, pod));
  if (expectation.kind === "client") return { at, client: command };
  if (expectation.kind === "kubectl") return { at, kubectl: command };
  return { at, exec: command, ...(pod ? { pod } : {}), ...(container ? { container } : {}) };
}

function lookExpectations(expectations: readonly Expectation[]): LookExpectation[] {
  return expectations.flatMap((one) => {
    switch (one.kind) {
      case "any":
      case "all":
        return lookExpectations(one.of);
      case "client":
      case "exec":
      case "file":
      case "kubectl":
        return [one];
      case "predict":
        if ("look" in one.measure) return [one.measure.look];
        return one.measure.of === "which" ? lookExpectations(Object.values(one.measure.choices)) : [];
      default:
        return [];
    }
  });
}
