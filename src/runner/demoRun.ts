/** The demos of the page on the screen: run as the lesson has them, or as the learner's own copies. */
import { scenarioOfDemo } from "../course/demo.ts";
import type { Demo } from "../course/types.ts";
import { judgeGuesses, usualQuestions } from "../grader/guess.ts";
import { readInWorkspace } from "./answerFile.ts";
import { demoLines } from "./demoText.ts";
import { formFor, guessLines } from "./questionForm.ts";
import { type Recording, record } from "./recording.ts";
import { demosOf } from "./session.ts";
import type { Stage } from "./stage.ts";
import { seconds } from "./timeInWords.ts";
import { demoPath, resetFile, shownPath, writeOnce } from "./workspace.ts";

interface HowToRun {
  /** The learner's own, in place of the lesson's. */
  readonly manifest?: string;
  /** What the learner thinks that it does, by question. */
  readonly guesses?: Readonly<Record<string, string>> | undefined;
}

export function runDemo(stage: Stage, index: number, { manifest, guesses }: HowToRun = {}): void {
  const demo = demoAt(stage, index);
  if (!demo) return;
  const { style, columns } = stage.context.terminal;
  const edited = manifest !== undefined && manifest !== demo.manifest;
  const toRun = edited ? { ...demo, manifest } : demo;
  const scenario = scenarioOfDemo(toRun);
  const original = edited ? scenarioOfDemo(demo) : undefined;
  const ran = "fault" in scenario ? scenario : record(scenario, edited ? "your version of the example" : "the example");
  stage.recording = "fault" in ran || ran.run.rejected ? undefined : ran;
  const shown = demoLines(
    { manifest: toRun.manifest, ran, ...(original && !("fault" in original) && { original }) },
    columns,
    style,
  );
  const judged = guesses && stage.recording ? judge(stage.recording, guesses) : undefined;
  const text = judged ? [...guessLines(judged, columns - 2, style), "", ...shown] : shown;
  stage.feed({ type: "demo ran", index, text, ran: stage.recording !== undefined, edited });
}

/** A copy in the workspace, which is run whenever it is saved while this page is open. */
export function editDemo(stage: Stage, index: number): void {
  const demo = demoAt(stage, index);
  if (!demo) return;
  const { workspace } = stage.context;
  const path = demoPath(workspace, demo.id);
  try {
    writeOnce(workspace, path, demo.manifest);
  } catch (error) {
    stage.sayFault(error);
    return;
  }
  const run = (settled: boolean) => {
    const input = readInWorkspace(workspace, path);
    if (!input.ok) stage.say(input.message);
    else if (settled || input.text.trim() !== "") runDemo(stage, index, { manifest: input.text });
    else return false;
    return true;
  };
  stage.watch(path, run);
  stage.openInEditor(path, 1, () => run(true));
}

/** The lesson's example in place of the learner's copy, which is kept beside it. */
export function resetDemo(stage: Stage, index: number): void {
  const demo = demoAt(stage, index);
  if (!demo) return;
  const { workspace, cwd } = stage.context;
  const path = demoPath(workspace, demo.id);
  const copy = readInWorkspace(workspace, path);
  if (copy.ok && copy.text === demo.manifest) {
    stage.say("Your copy is the same as the example.");
    return;
  }
  try {
    const { backup } = resetFile(workspace, path, demo.manifest);
    stage.fileIsKnown();
    runDemo(stage, index);
    stage.say(`The example is back${backup ? `; yours is ${shownPath(backup, cwd)}` : ""}.`);
  } catch (error) {
    stage.sayFault(error);
  }
}

/** Questions about the demo, before it is run. */
export function guessFirst(stage: Stage, index: number): void {
  const demo = demoAt(stage, index);
  if (demo) stage.feed({ type: "asked", form: formFor(usualQuestions(seconds(demo.world.seconds)), demo.manifest) });
}

function judge({ scenario, run }: Recording, guesses: Readonly<Record<string, string>>) {
  const at = run.trace.seconds;
  return judgeGuesses(guesses, usualQuestions(seconds(at)), { run, pod: scenario.pod, at });
}

function demoAt({ session }: Stage, index: number): Demo | undefined {
  return session && demosOf(session)[index];
}
