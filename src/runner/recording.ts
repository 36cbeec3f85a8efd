/** A run that can be looked at again at any instant: the same scenario gives the same run, so it is simply run again. */
import type { Exercise } from "../course/types.ts";
import { scenarioOf, scenarioOfSession } from "../grader/grade.ts";
import type { Verdict } from "../grader/types.ts";
import { simulateSession } from "../sandbox/session.ts";
import type { Run, Scenario, Session } from "../simulation/trace.ts";
import { watchedOn } from "./gradeText.ts";
import { momentsOf } from "./moments.ts";
import { type Picture, pictures, podOf, sameInstantSeconds } from "./pictures.ts";
import type { TimeState } from "./timeView.ts";

export interface Recording {
  readonly title: string;
  readonly scenario: Scenario;
  readonly run: Run;
}

export function record(scenario: Scenario, title: string): Recording {
  return { title, scenario, run: simulateSession(scenario) };
}

/**
 * An answer in the world that a verdict shows: the first that failed, else the first. `typed` says when each command
 * came, where that is known. Undefined: nothing ran.
 */
export function recordAnswer(
  exercise: Exercise,
  { text, typed }: { readonly text: string; readonly typed?: Session | undefined },
  verdict: Verdict | undefined,
): Recording | undefined {
  const failed = verdict?.first?.world ?? verdict?.worlds.find(({ passed }) => !passed)?.name;
  const { worlds } = typed ? watchedOn(exercise, typed) : exercise;
  const world = worlds.find(({ name }) => name === failed) ?? worlds[0];
  const scenario = world && (typed ? scenarioOfSession(typed, world) : scenarioOf(exercise, text, world));
  if (!scenario) return undefined;
  const of = exercise.answers === "commands" ? "your commands" : "your manifest";
  const recording = record(scenario, exercise.worlds.length > 1 ? `${of}, when: ${world.name}` : of);
  return recording.run.rejected ? undefined : recording;
}

export function timeStateOf({ run, title }: Recording, picture: Picture): TimeState {
  return { title, trace: run.trace, logs: run.logs, moments: momentsOf(run.trace), t: 0, picture };
}

/** What kubectl prints at second `t`, when everything that happens at `t` has happened. */
export function lookAt({ scenario, run }: Recording, t: number, picture: Picture): string {
  const argv = pictures[picture].kubectl?.(podOf(run.trace));
  if (!argv) return "";
  const at = Math.min(t + sameInstantSeconds, run.trace.seconds);
  const { looks } = simulateSession({ ...scenario, looks: [{ at, kubectl: argv }] });
  return (looks[0]?.stdout ?? "") + (looks[0]?.stderr ?? "");
}
