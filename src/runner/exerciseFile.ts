/** The exercise on the screen and the learner's file for it: opened, watched, graded, edited, put back, its shell. */
import type { Exercise } from "../course/types.ts";
import type { FirstVerdict } from "../grader/grade.ts";
import type { Verdict } from "../grader/types.ts";
import { readAnswer } from "./answerFile.ts";
import { scriptOf } from "../simulation/sessionScript.ts";
import type { Session } from "../simulation/trace.ts";
import { compareLines, nearestSolution } from "./compareText.ts";
import { standings } from "./courseProgress.ts";
import { gradeText, gradeTextFirst, looksHalfWritten } from "./gradeText.ts";
import { keyboard } from "./keyboard.ts";
import { type Answers, openAnswers, questionsOf, saveAnswers } from "./predictionFile.ts";
import { formFor } from "./questionForm.ts";
import { exerciseOf } from "./session.ts";
import type { Stage } from "./stage.ts";
import { update } from "./update.ts";
import { exercisePath, resetExercise, shownPath, WorkspaceFault, writeStarter } from "./workspace.ts";

export class ExerciseFile {
  readonly #stage: Stage;
  /** For the line that decided the last verdict. */
  #search: { readonly of: Verdict; readonly steps: ReturnType<NonNullable<FirstVerdict["search"]>> } | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Nothing more is looked for. */
  close(): void {
    this.#search = undefined;
  }

  get #exercise(): Exercise | undefined {
    const { session } = this.#stage;
    return session && exerciseOf(session);
  }

  open(): void {
    const { workspace, cwd, progress, course } = this.#stage.context;
    const exercise = this.#exercise!;
    const path = exercisePath(workspace, exercise);
    let notice = "";
    try {
      const { written } = writeStarter(workspace, exercise, exercise.starter);
      if (written) notice = "The file to edit was written into your workspace.";
      else if (
        standings(progress.passed).of({ ...exercise, digest: course.find(exercise.id)?.digest ?? "" }) === "changed"
      )
        notice = "What this exercise asks for has changed since you passed it.";
    } catch (error) {
      notice = error instanceof WorkspaceFault ? error.message : String(error);
    }
    this.#stage.session = update(this.#stage.session!, {
      type: "opened",
      file: shownPath(path, cwd),
      hints: progress.hints.get(exercise.id) ?? 0,
      notice,
    }).session;
    this.#stage.watch(path, (settled) => this.grade(true, settled));
    // A file that was worked on before is checked at once; an untouched starter says nothing new.
    const input = readAnswer(workspace, exercise);
    if (input.ok && input.text !== exercise.starter) this.grade(false);
  }

  /** False: the file looks half written, and nothing is said yet. */
  grade(bySave: boolean, settled = true): boolean {
    const stage = this.#stage;
    const exercise = this.#exercise;
    if (!exercise) return true;
    const input = readAnswer(stage.context.workspace, exercise);
    if (!input.ok) {
      stage.feed({ type: "unreadable", message: input.message });
      return true;
    }
    const { verdict, search } = this.#gradeText(exercise, input.text);
    if (!settled && looksHalfWritten(input.text, verdict)) return false;
    this.#search = search && { of: verdict, steps: search() };
    stage.feed({ type: "graded", verdict, manifest: input.text, bySave, searching: search !== undefined });
    // After the verdict, because what cannot be saved is said below it.
    if (verdict.passed) this.#recordPassed(exercise);
    else if (bySave) stage.record({ did: "tried", exercise: exercise.id });
    return true;
  }

  /** A screen can be drawn twice; what is read aloud should be whole. */
  #gradeText(exercise: Exercise, text: string): FirstVerdict {
    return this.#stage.context.terminal.plain ? { verdict: gradeText(exercise, text) } : gradeTextFirst(exercise, text);
  }

  /** One rerun at a time, so that keys and saves need not wait; a newer verdict ends it. */
  findLine(): void {
    const search = this.#search;
    if (!search) return;
    const goOn = () => {
      if (this.#search !== search) return;
      const step = search.steps.next();
      if (step.done) this.#stage.feed({ type: "line found", of: search.of, verdict: step.value });
      else setImmediate(goOn);
    };
    setImmediate(goOn);
  }

  /** The exercise's questions, with the answers that the file has already. */
  ask(): void {
    const exercise = this.#exercise!;
    const opened = openAnswers(this.#stage.context.workspace, exercise);
    if ("fault" in opened) this.#stage.say(opened.fault);
    else this.#stage.feed({ type: "asked", form: formFor(questionsOf(exercise), exercise.starter, opened.answers) });
  }

  answer(answers: Answers): void {
    const saved = saveAnswers(this.#stage.context.workspace, this.#exercise!, answers);
    if ("fault" in saved) this.#stage.say(saved.fault);
    else this.grade(saved.changed);
  }

  edit(): void {
    const exercise = this.#exercise!;
    const { workspace } = this.#stage.context;
    try {
      // Somebody may have removed it meanwhile.
      writeStarter(workspace, exercise, exercise.starter);
    } catch (error) {
      this.#stage.sayFault(error);
      return;
    }
    const line = this.#stage.session?.exercise?.verdict?.first?.place?.line ?? 1;
    this.#stage.openInEditor(exercisePath(workspace, exercise), line, () => this.grade(true));
  }

  reset(): void {
    const exercise = this.#exercise!;
    const { workspace, cwd } = this.#stage.context;
    try {
      const { path, backup } = resetExercise(workspace, exercise, exercise.starter);
      this.#stage.fileIsKnown();
      this.#stage.feed({
        type: "opened",
        file: shownPath(path, cwd),
        hints: this.#stage.session?.exercise?.hints ?? 0,
        notice: `The starting file is back${backup ? `; yours is ${shownPath(backup, cwd)}` : ""}.`,
      });
    } catch (error) {
      this.#stage.sayFault(error);
    }
  }

  /** The screen comes back when the shell is left, with what was typed until it was enough. */
  async openShell(): Promise<void> {
    const exercise = this.#exercise!;
    const { terminal, env, workspace } = this.#stage.context;
    this.#stage.screen.leave();
    keyboard.forget();
    const { exerciseShell } = await import("./exerciseShell.ts");
    let best: { readonly verdict: Verdict; readonly typed: Session } | undefined;
    await exerciseShell({ terminal, env, workspace }, exercise, (verdict, typed) => {
      if (best?.verdict.passed) return;
      best = { verdict, typed };
      if (verdict.passed) this.#recordPassed(exercise);
    });
    if (!best) return;
    if (!best.verdict.passed) this.#stage.record({ did: "tried", exercise: exercise.id });
    this.#stage.feed({ type: "graded", ...best, manifest: scriptOf(best.typed), bySave: false });
  }

  /** After passing with a solution, before that the last two saves. */
  compare(): void {
    const exercise = this.#exercise;
    const state = this.#stage.session?.exercise;
    if (!exercise || !state) return;
    const { columns, style } = this.#stage.context.terminal;
    const yours = { name: "yours", text: state.manifest, typed: state.typed };
    const pair = state.verdict?.passed
      ? ([yours, nearestSolution(exercise, state.manifest)] as const)
      : ([
          { name: "the save before", text: state.before ?? "" },
          { ...yours, name: state.typed ? "the shell" : "the last save" },
        ] as const);
    if (!pair[1]) return;
    const text = compareLines(exercise, pair[0], pair[1], { width: Math.min(columns - 2, 140), style });
    this.#stage.feed({ type: "compared", text });
  }

  #recordPassed({ id }: Exercise): void {
    const { course, progress } = this.#stage.context;
    const digest = course.find(id)?.digest ?? "";
    let before: string | undefined;
    try {
      before = progress.passed.get(id);
    } catch (error) {
      this.#stage.sayFault(error);
    }
    if (before !== digest) this.#stage.record({ did: "passed", exercise: id, digest });
  }
}
