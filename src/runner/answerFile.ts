/** What the learner wrote, as it is in the workspace now. */
import { type Input, readPlainInput } from "./inputFile.ts";
import { type ExercisePlace, exercisePath, refuseLinkOutside, type Workspace, WorkspaceFault } from "./workspace.ts";

export function readAnswer(workspace: Workspace, exercise: ExercisePlace): Input {
  return readInWorkspace(workspace, exercisePath(workspace, exercise));
}

/** Whatever is wrong, a link that leads out of the workspace included, is a message. */
export function readInWorkspace(workspace: Workspace, path: string): Input {
  try {
    refuseLinkOutside(workspace, path);
  } catch (error) {
    if (error instanceof WorkspaceFault) return { ok: false, message: error.message };
    throw error;
  }
  return readPlainInput(path);
}
