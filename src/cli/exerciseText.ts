/** The task of an exercise as text; its starter is written into the workspace if there is no file yet. */
import { asksQuestions } from "../course/predictions.ts";
import type { ExerciseEntry } from "../runner/courseFiles.ts";
import { proseLines } from "../runner/prose.ts";
import { exercisePath, shownPath, WorkspaceFault, writeStarter } from "../runner/workspace.ts";
import type { Context } from "./context.ts";
import { passed } from "./exitCode.ts";

export function showExercise(context: Context, entry: ExerciseEntry): number {
  const { terminal } = context;
  const { style } = terminal;
  const exercise = context.course.exercise(entry);
  const width = Math.min(terminal.columns, 100);
  terminal.print(`${style.bold(exercise.title)}  ${style.dim(exercise.id)}\n\n`);
  terminal.print(proseLines(exercise.task, width, style).join("\n"));
  let path = exercisePath(context.workspace, entry);
  let written = false;
  try {
    ({ path, written } = writeStarter(context.workspace, entry, exercise.starter));
  } catch (error) {
    if (!(error instanceof WorkspaceFault)) throw error;
    terminal.note(`\n${error.message}`);
  }
  const shown = shownPath(path, context.cwd);
  terminal.print(`\n${written ? "The file to edit was written: " : "Your file: "}${shown}`);
  const then = asksQuestions(exercise) ? "predict" : "check";
  terminal.print(
    `${style.dim("Then:")} course ${then} ${exercise.id}   ${style.dim("Stuck:")} course hint ${exercise.id}`,
  );
  return passed;
}
