/** Grades a manifest with the simulator: the one place where the runner puts the two together. */
import type { Exercise } from "../course/types.ts";
import { grade, verdictOnSession } from "../grader/grade.ts";
import type { Verdict } from "../grader/types.ts";
import { simulateSession } from "../sandbox/session.ts";
import type { Session } from "../simulation/trace.ts";

export function gradeText(exercise: Exercise, text: string): Verdict {
  return grade(exercise, text, simulateSession);
}

/** What was typed at the shell of the exercise's cluster; each world is watched on after the last command as long as it is for a script. */
export function gradeSession(exercise: Exercise, session: Session): Verdict {
  const last = session.inputs.at(-1)?.at ?? 0;
  const worlds = exercise.worlds.map((world) => ({ ...world, seconds: world.seconds + last }));
  return verdictOnSession({ ...exercise, worlds }, session, simulateSession);
}

/** Empty, or YAML that breaks off: what a file looks like while an editor writes it. */
export function looksHalfWritten(text: string, verdict: Verdict): boolean {
  return text.trim() === "" || (!verdict.passed && verdict.first?.expectation === "yaml");
}
