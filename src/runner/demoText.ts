/** What a demo did, as a screen: a drawing over time, events, `kubectl get pods`, the manifest. */
import { eventLines } from "../course/eventLines.ts";
import { colourCode, fold } from "./codeColour.ts";
import { divergence, sayDivergence } from "./divergence.ts";
import { carryColours } from "./markdown.ts";
import { type Recording, record } from "./recording.ts";
import { runTimeline } from "./runText.ts";
import type { Scenario } from "../simulation/trace.ts";
import type { Style } from "./style.ts";
import { harmless, wrap } from "./textWidth.ts";
import { timelineLines } from "./timelineText.ts";

/** A demo, or the learner's own version of one. */
export interface DemoToShow {
  readonly manifest: string;
  /** What ran, or why nothing did. */
  readonly ran: Recording | { readonly fault: string };
  /** The demo as the lesson has it, where this is another. */
  readonly original?: Scenario;
}

export function demoLines({ manifest, ran, original }: DemoToShow, columns: number, style: Style): string[] {
  const yaml = ["", ...colourCode(manifest, "yaml", columns - 4, style).map((line) => `  ${line}`)];
  const refused = (text: string) =>
    text
      .trimEnd()
      .split("\n")
      .flatMap((line) => wrap(harmless(line), columns - 2))
      .map(style.red);
  if ("fault" in ran) return [...refused(ran.fault), ...yaml];
  const { trace, rejected } = ran.run;
  if (rejected) return [...refused(rejected.message), ...yaml];
  return carryColours([
    style.bold(`What happens in ${trace.seconds} seconds of a cluster's time`),
    "",
    ...(original ? [...against(original, ran, columns), ""] : []),
    ...timelineLines(runTimeline(trace), Math.min(columns - 2, 140), style),
    "",
    style.bold("Events"),
    ...eventLines(trace.events).flatMap((line) => fold(harmless(line), columns - 2, style)),
    "",
    style.bold("$ kubectl get pods"),
    ...trace.kubectl.get.trimEnd().split("\n"),
    "",
    style.bold("The manifest"),
    ...yaml,
  ]);
}

/** Where the learner's version parts from the lesson's. */
function against(original: Scenario, ran: Recording, columns: number): string[] {
  const { run } = record(original, "");
  const found = divergence(run, ran.run);
  return sayDivergence(found, ["the example", "yours"])
    .split("\n")
    .flatMap((line) => wrap(harmless(line), columns - 2, /^ */.exec(line)![0]));
}
