/** What a demo does, as the lesson has it or as the learner's own version: a run, and the screen about it. */
import { scenarioOfDemo } from "../course/demo.ts";
import type { Demo } from "../course/types.ts";
import { judgeGuesses, usualQuestions } from "../grader/guess.ts";
import { demoLines } from "./demoText.ts";
import { guessLines } from "./questionForm.ts";
import { type Recording, record } from "./recording.ts";
import type { Style } from "./style.ts";
import { seconds } from "./timeInWords.ts";

export interface HowToRun {
  /** The learner's own, in place of the lesson's. */
  readonly manifest?: string | undefined;
  /** What the learner thinks that it does, by question. */
  readonly guesses?: Readonly<Record<string, string>> | undefined;
}

export interface DemoOutcome {
  readonly lines: readonly string[];
  /** Absent when the manifest was refused. */
  readonly recording?: Recording;
  /** It is the learner's own version. */
  readonly edited: boolean;
}

export function demoOutcome(
  demo: Demo,
  { manifest, guesses }: HowToRun,
  { columns, style }: { readonly columns: number; readonly style: Style },
): DemoOutcome {
  const edited = manifest !== undefined && manifest !== demo.manifest;
  const toRun = edited ? { ...demo, manifest } : demo;
  const scenario = scenarioOfDemo(toRun);
  const original = edited ? scenarioOfDemo(demo) : undefined;
  const ran = "fault" in scenario ? scenario : record(scenario, edited ? "your version of the example" : "the example");
  const lines = demoLines(
    { manifest: toRun.manifest, ran, ...(original && !("fault" in original) && { original }) },
    columns,
    style,
  );
  if ("fault" in ran || ran.run.rejected) return { lines, edited };
  if (!guesses) return { lines, recording: ran, edited };
  return { lines: [...guessLines(judge(ran, guesses), columns - 2, style), "", ...lines], recording: ran, edited };
}

function judge({ scenario, run }: Recording, guesses: Readonly<Record<string, string>>) {
  const at = run.trace.seconds;
  return judgeGuesses(guesses, usualQuestions(seconds(at)), { run, pod: scenario.pod, at });
}
