/** The run on the screen, a demo's or an answer's, looked at from instant to instant. */
import { lookAt, recordAnswer, timeStateOf } from "./recording.ts";
import { exerciseOf } from "./session.ts";
import type { Stage } from "./stage.ts";
import type { Picture } from "./pictures.ts";

export function openTime(stage: Stage, picture: Picture): void {
  const session = stage.session!;
  const exercise = exerciseOf(session);
  if (exercise) {
    const { manifest = "", typed, verdict } = session.exercise ?? {};
    stage.recording = recordAnswer(exercise, { text: manifest, typed }, verdict);
  }
  if (stage.recording) stage.feed({ type: "time", time: timeStateOf(stage.recording, picture) });
  else stage.say("There is no run to look at yet.");
}

/** What kubectl prints at second `t` of the run, which is run again for it. */
export function lookAtInstant(stage: Stage, t: number, picture: Picture): void {
  if (!stage.recording) return;
  stage.feed({ type: "looked", look: { t, picture, text: lookAt(stage.recording, t, picture) } });
}
