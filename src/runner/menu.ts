/** What there is to choose from in the menu, as data: lessons first, a lesson's exercises when it is opened. */
import { bar, doneIn, type Lesson, mark, type Standings } from "./courseProgress.ts";
import type { Choice } from "./prompt.ts";
import type { Style } from "./style.ts";
import { padEnd, widthOf } from "./textWidth.ts";

export type Filter = "all" | "open" | "done";

const filters: readonly Filter[] = ["all", "open", "done"];

export function nextFilter(filter: Filter): Filter {
  return filters[(filters.indexOf(filter) + 1) % filters.length]!;
}

export interface MenuSource {
  readonly lessons: readonly Lesson[];
  readonly now: Standings;
  readonly filter: Filter;
  readonly style: Style;
  readonly columns: number;
}

/** Ids of choices that are no lesson and no exercise. */
export const goOn = "go on";
export const readLesson = "read";
export const showAll = "show all";

/**
 * Every lesson with how far it is. Exercises are found by searching only, or the list would be longer than any screen.
 * `first` is the line for those who just want to go on.
 */
export function lessonChoices(source: MenuSource, first: string): Choice[] {
  const { lessons, now, style, columns } = source;
  const rows = lessons
    .map((lesson) => ({ lesson, done: doneIn(lesson, now) }))
    .filter(({ lesson }) => wanted(lesson, source).length > 0 || source.filter === "all");
  const titleWidth = Math.max(0, ...rows.map(({ lesson }) => widthOf(lesson.title)));
  // The pointer, a bar and its numbers take so much beside the title.
  const isNarrow = columns < titleWidth + 36;
  const cells = columns >= 120 ? 20 : 10;
  const shown = rows.map(({ lesson, done }): Choice => {
    const all = lesson.exercises.length;
    const topics = [lesson.summary, ...lesson.topics].join(" ");
    const count = `${done} of ${all}${style.plain ? " done" : ""}`;
    if (isNarrow && !style.plain)
      return { id: lesson.id, text: `${`${done}/${all}`.padEnd(5)} ${lesson.title}`, topics };
    const parts = style.plain
      ? [lesson.title, count, `${lesson.minutes} min`]
      : [
          padEnd(lesson.title, titleWidth),
          bar(done, all, cells, style),
          count.padStart(8),
          `${lesson.minutes} min`.padStart(6),
        ];
    const summary = columns >= 120 && !style.plain ? `  ${style.dim(lesson.summary)}` : "";
    return { id: lesson.id, text: parts.join(style.plain ? ", " : "  ") + summary, topics };
  });
  if (shown.length === 0) return [nothing(source.filter)];
  const found = rows.flatMap(({ lesson }) =>
    wanted(lesson, source).map((exercise) => ({ ...exerciseChoice(exercise, source, lesson.title), onlyFound: true })),
  );
  return [{ id: goOn, text: first }, ...shown, ...found];
}

export function exerciseChoices(source: MenuSource, lesson: Lesson): Choice[] {
  const exercises = wanted(lesson, source).map((exercise) => exerciseChoice(exercise, source));
  const read = { id: readLesson, text: `Read the lesson, from the beginning` };
  return exercises.length > 0 ? [read, ...exercises] : [read, nothing(source.filter)];
}

function wanted(lesson: Lesson, { filter, now }: MenuSource): Lesson["exercises"] {
  return lesson.exercises.filter(
    (exercise) => filter === "all" || (now.of(exercise) === "open") === (filter === "open"),
  );
}

function exerciseChoice(exercise: Lesson["exercises"][number], { now, style }: MenuSource, lesson?: string): Choice {
  const standing = now.of(exercise);
  const changed = standing === "changed" ? style.yellow("  (changed since you passed)") : "";
  return {
    id: exercise.id,
    text: `${mark(standing, style)} ${lesson ? `${lesson}: ` : ""}${exercise.title}${changed}`,
  };
}

function nothing(filter: Filter): Choice {
  return {
    id: showAll,
    text: filter === "done" ? "Nothing is done yet. Show everything." : "Everything is done. Show it all.",
  };
}
