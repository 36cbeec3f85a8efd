/** Exercises that ask for predictions: the task's questions, and the Pod that is given with them. */
import { readLearnerManifest } from "../grader/learnerManifest.ts";
import type { Assignment, Expectation, PredictExpectation, World } from "../grader/types.ts";
import type { Block } from "./markdown.ts";

/** The questions of a task by name: list items like "- `restarts-at-40s`: what does RESTARTS show after 40 seconds?" */
export function questionsOf(task: readonly Block[]): Map<string, string> {
  const questions = new Map<string, string>();
  for (const { token } of task) {
    if (token.type !== "list") continue;
    for (const { text } of token.items as { text: string }[]) {
      const item = /^`([^`]+)`:\s*(\S[\s\S]*)$/.exec(text);
      if (item) questions.set(item[1]!, item[2]!.trim().replace(/\s+/g, " "));
    }
  }
  return questions;
}

export function predictionsIn(expect: readonly Expectation[]): PredictExpectation[] {
  return expect.filter((one) => one.kind === "predict");
}

export function asksQuestions(exercise: Pick<Assignment, "expect"> | undefined): boolean {
  return exercise?.expect.some(({ kind }) => kind === "predict") ?? false;
}

/**
 * Each prediction with its question, and before them all that the Pod is the given one: about another Pod the questions
 * would be easy. Without predictions nothing is changed.
 */
export function withQuestions(
  expect: readonly Expectation[],
  from: {
    readonly questions: ReadonlyMap<string, string>;
    readonly starter: string;
    readonly worlds: readonly World[];
  },
  fault: (line: number | undefined, message: string) => void,
): Expectation[] {
  const predictions = predictionsIn(expect);
  if (predictions.length === 0) return [...expect];
  for (const { annotation, line } of predictions)
    if (!from.questions.has(annotation))
      fault(
        line,
        `the task asks no question ${annotation}: write there a list item "- \`${annotation}\`: the question"`,
      );
  const taken = expect.find(({ id }) => id === given);
  if (taken) fault(taken.line, `the id ${given} has a meaning of its own where there are predictions; choose another`);
  if (from.worlds.some(({ edits }) => edits))
    fault(predictions[0]!.line, "predictions are about the Pod of the starter, so that worlds cannot have edits");
  const starter = readLearnerManifest(from.starter, []);
  if ("fault" in starter) {
    fault(undefined, `the starter cannot be read: ${starter.fault.actual}`);
    return [...expect];
  }
  const { spec } = (starter.documents[0] ?? {}) as { spec?: unknown };
  const asked = expect.map((one) =>
    one.kind === "predict" ? { ...one, question: from.questions.get(one.annotation) ?? one.annotation } : one,
  );
  return [{ kind: "given", id: given, field: "spec", value: spec, say: sayGiven }, ...asked];
}

const given = "given";
const sayGiven =
  "This exercise is about a Pod that is given. Put its `spec` back as it was; only the annotations are yours.";
