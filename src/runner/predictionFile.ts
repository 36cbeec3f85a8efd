/** The learner's answers to the questions of an exercise: they are in the annotations of the learner's file. */
import { predictionsIn } from "../course/predictions.ts";
import type { Exercise } from "../course/types.ts";
import type { Question } from "../grader/guess.ts";
import { readAnswers, writeAnswers } from "./answerAnnotations.ts";
import { readAnswer } from "./answerFile.ts";
import { exercisePath, replaceFile, type Workspace, WorkspaceFault, writeStarter } from "./workspace.ts";

export type Answers = Readonly<Record<string, string>>;

export function questionsOf({ expect }: Exercise): Question[] {
  return predictionsIn(expect).map(({ annotation, question }) => ({ name: annotation, text: question }));
}

/** What the file says so far; the starter is written where there is none. */
export function openAnswers(workspace: Workspace, exercise: Exercise): { answers: Answers } | { fault: string } {
  return withText(workspace, exercise, (text) => {
    const answers = readAnswers(text, questionsOf(exercise));
    return answers ? { answers } : { fault: unreadable };
  });
}

/** Puts them into the file, as if they had been typed there. */
export function saveAnswers(
  workspace: Workspace,
  exercise: Exercise,
  answers: Answers,
): { changed: boolean } | { fault: string } {
  return withText(workspace, exercise, (text) => {
    const written = writeAnswers(text, answers);
    if (written === undefined) return { fault: unreadable };
    if (written !== text) replaceFile(workspace, exercisePath(workspace, exercise), written);
    return { changed: written !== text };
  });
}

const unreadable = "Your file is no YAML as it is, so no answers can be put into it. Check it first.";

function withText<T>(workspace: Workspace, exercise: Exercise, use: (text: string) => T): T | { fault: string } {
  try {
    // Somebody may have removed it meanwhile.
    writeStarter(workspace, exercise, exercise.starter);
    const input = readAnswer(workspace, exercise);
    return input.ok ? use(input.text) : { fault: input.message };
  } catch (error) {
    if (error instanceof WorkspaceFault) return { fault: error.message };
    throw error;
  }
}
