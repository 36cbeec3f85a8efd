/** How far the learner is, exercise by exercise and lesson by lesson: for the menu, the list and `next`. */
import type { CourseIndex, ExerciseEntry } from "./courseFiles.ts";
import type { Style } from "./style.ts";

export type Lesson = CourseIndex["lessons"][number];

/** `changed`: passed once, but what it asks for is another thing since. */
export type Standing = "open" | "done" | "changed";

export interface Standings {
  of(exercise: { readonly id: string; readonly digest: string }): Standing;
}

/** `passed`: exercise id → digest of the exercise then, "" where it is not known. */
export function standings(passed: ReadonlyMap<string, string>): Standings {
  return {
    of({ id, digest }) {
      const before = passed.get(id);
      if (before === undefined) return "open";
      return before === "" || before === digest ? "done" : "changed";
    },
  };
}

export function doneIn(lesson: Lesson, now: Standings): number {
  return lesson.exercises.filter((exercise) => now.of(exercise) !== "open").length;
}

/** The first exercise that is not done; what was passed before it changed counts as done. */
export function nextOpen(exercises: readonly ExerciseEntry[], now: Standings): ExerciseEntry | undefined {
  return exercises.find((exercise) => now.of(exercise) === "open");
}

/** So many cells, filled as far as the learner is: `████░░░░░░`, `[####------]` without Unicode, nothing in plain text. */
export function bar(done: number, all: number, cells: number, style: Style): string {
  if (style.plain || all === 0) return "";
  // Only what is done looks done, and what is begun looks begun.
  const full =
    done === 0 ? 0 : done === all ? cells : Math.max(1, Math.min(cells - 1, Math.round((done / all) * cells)));
  const [on, off] = style.unicode ? ["█", "░"] : ["#", "-"];
  const drawn = style.green(on.repeat(full)) + style.dim(off.repeat(cells - full));
  return style.unicode ? drawn : `[${drawn}]`;
}

/** `✓`, `○`; words in plain text. */
export function mark(standing: Standing, style: Style): string {
  if (style.plain) return standing === "open" ? "open" : "done";
  return standing === "open" ? style.dim(style.glyph.open) : style.green(style.glyph.pass);
}
