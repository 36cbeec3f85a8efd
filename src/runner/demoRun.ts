/** The demos of the page on the screen: run as the lesson has them, or as the learner's own copies. */
import type { Demo } from "../course/types.ts";
import { usualQuestions } from "../grader/guess.ts";
import { readInWorkspace } from "./answerFile.ts";
import { demoOutcome, type HowToRun } from "./demoOutcome.ts";
import { formFor } from "./questionForm.ts";
import { demosOf } from "./session.ts";
import type { Stage } from "./stage.ts";
import { seconds } from "./timeInWords.ts";
import { demoPath, resetFile, shownPath, writeOnce } from "./workspace.ts";

export function runDemo(stage: Stage, index: number, how: HowToRun = {}): void {
  const demo = demoAt(stage, index);
  if (!demo) return;
  const { lines, recording, edited } = demoOutcome(demo, how, stage.context.terminal);
  stage.recording = recording;
  stage.feed({ type: "demo ran", index, text: lines, ran: recording !== undefined, edited });
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

function demoAt({ session }: Stage, index: number): Demo | undefined {
  return session && demosOf(session)[index];
}
