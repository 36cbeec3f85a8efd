/** Grades a manifest with the simulator: the one place where the runner puts the two together. */
import type { Exercise } from "../course/types.ts";
import { grade } from "../grader/grade.ts";
import type { Verdict } from "../grader/types.ts";
import { simulate } from "../simulation/simulate.ts";

export function gradeText(exercise: Exercise, text: string): Verdict {
  return grade(exercise, text, simulate);
}
