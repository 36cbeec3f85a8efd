/** The learner's answer to an exercise, as it is in the workspace now. */
import { type Input, readInput } from "./inputFile.ts";
import { type ExercisePlace, exercisePath, refuseLinkOutside, type Workspace, WorkspaceFault } from "./workspace.ts";

/** Whatever is wrong, a link that leads out of the workspace included, is a message. */
export function readAnswer(workspace: Workspace, exercise: ExercisePlace): Input {
  const path = exercisePath(workspace, exercise);
  try {
    refuseLinkOutside(workspace, path);
  } catch (error) {
    if (error instanceof WorkspaceFault) return { ok: false, message: error.message };
    throw error;
  }
  return readInput(path);
}
