/** Grades a manifest with the simulator: the one place where the runner puts the two together. */
import type { Exercise } from "../course/types.ts";
import { type FirstVerdict, grade, gradeFirst, verdictOnSession } from "../grader/grade.ts";
import type { Verdict } from "../grader/types.ts";
import { simulateSession } from "../sandbox/session.ts";
import type { Session } from "../simulation/trace.ts";

export function gradeText(exercise: Exercise, text: string): Verdict {
  return grade(exercise, text, simulateSession);
}

/** The verdict at once; the line that decided it is searched for afterwards. */
export function gradeTextFirst(exercise: Exercise, text: string): FirstVerdict {
  return gradeFirst(exercise, text, simulateSession);
}

/** What was typed at the shell of the exercise's cluster. */
export function gradeSession(exercise: Exercise, session: Session): Verdict {
  return verdictOnSession(watchedOn(exercise, session), session, simulateSession);
}

/** The exercise with worlds that are watched after the last command as long as they are for a script. */
export function watchedOn(exercise: Exercise, session: Session): Exercise {
  const last = session.inputs.at(-1)?.at ?? 0;
  return { ...exercise, worlds: exercise.worlds.map((world) => ({ ...world, seconds: world.seconds + last })) };
}

/** Empty, or YAML that breaks off: what a file looks like while an editor writes it. */
export function looksHalfWritten(text: string, verdict: Verdict): boolean {
  return text.trim() === "" || (!verdict.passed && verdict.first?.expectation === "yaml");
}
