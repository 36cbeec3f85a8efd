/** The menu on the terminal: from lessons to exercises and back, until something is chosen. */
import process from "node:process";
import { box } from "./box.ts";
import type { CourseFiles } from "./courseFiles.ts";
import { nextOpen, type Standings } from "./courseProgress.ts";
import { keyboard } from "./keyboard.ts";
import {
  exerciseChoices,
  type Filter,
  goOn,
  lessonChoices,
  type MenuSource,
  nextFilter,
  readLesson,
  showAll,
} from "./menu.ts";
import { choose, quit, redraw, switchFilter } from "./prompt.ts";
import type { Terminal } from "./terminal.ts";
import { truncate, wrap } from "./textWidth.ts";

export interface MenuContext {
  readonly course: CourseFiles;
  readonly terminal: Terminal;
  readonly now: Standings;
  readonly filter: Filter;
  /** One line below the welcome. */
  readonly news?: string | undefined;
  /** Where the learner comes from. */
  readonly at?: { readonly lesson: string; readonly exercise?: string; readonly title: string };
}

export type Chosen = { readonly filter: Filter } & (
  | { readonly go: "quit" | "back" }
  | { readonly go: "lesson" | "exercise"; readonly id: string }
);

/** Throws Cancelled at Ctrl-C and Ctrl-D. */
export async function chooseFromMenu(context: MenuContext): Promise<Chosen> {
  try {
    return await chooseStepByStep(context);
  } finally {
    keyboard.close();
    // enquirer leaves a line behind that looks like a fault.
    if (!context.terminal.plain) process.stdout.write(clearScreen);
  }
}

async function chooseStepByStep(context: MenuContext): Promise<Chosen> {
  const { course, terminal, now, at } = context;
  const { lessons } = course.index;
  let { filter } = context;
  let opened: string | undefined;
  let start: string | undefined = at?.lesson;
  for (;;) {
    const source: MenuSource = { lessons, now, filter, style: terminal.style, columns: terminal.columns };
    const lesson = lessons.find(({ id }) => id === opened);
    const top = lesson ? [lesson.summary] : [...welcome(course, now), ...(context.news ? [context.news] : [])];
    const linesAbove = draw(top, lesson?.title ?? "Kubernetes Pods", terminal);
    const first = firstLine(context);
    const chosen = await choose(
      lesson ? "Which exercise?" : "Where to?",
      lesson ? exerciseChoices(source, lesson) : lessonChoices(source, first.text),
      terminal,
      { start, tab: tabWords[filter], linesAbove, escape: lesson || at ? "back" : "quit" },
    );
    start = undefined;
    if (chosen === redraw) continue;
    if (chosen === quit) return { go: "quit", filter };
    if (chosen === undefined && !lesson) return { go: "back", filter };
    if (chosen === undefined) [start, opened] = [opened, undefined];
    else if (chosen === switchFilter) filter = nextFilter(filter);
    else if (chosen === showAll) filter = "all";
    else if (chosen === goOn) return { ...first.go, filter };
    else if (chosen === readLesson) return { go: "lesson", id: lesson!.id, filter };
    else if (lessons.some(({ id }) => id === chosen)) {
      opened = chosen;
      const { exercises = [] } = lessons.find(({ id }) => id === chosen) ?? {};
      const here = exercises.find(({ id }) => id === at?.exercise) ?? exercises.find((one) => now.of(one) === "open");
      start = here?.id;
    } else return { go: "exercise", id: chosen, filter };
  }
}

const clearScreen = "\x1b[2J\x1b[H";

const tabWords: Readonly<Record<Filter, string>> = { all: "only open", open: "only done", done: "all" };

/** Returns how many lines it took. */
function draw(lines: readonly string[], title: string, terminal: Terminal): number {
  if (!terminal.plain) process.stdout.write(clearScreen);
  const width = Math.min(terminal.columns, 64);
  // A small window has room for the list only.
  const framed =
    terminal.rows < 16 && !terminal.plain
      ? [terminal.style.bold(truncate(title, width, terminal.style.glyph.ellipsis))]
      : box(
          lines.flatMap((line) => wrap(line, width - 4)),
          title,
          width,
          terminal.style,
          terminal.style.cyan,
        );
  terminal.print(framed.join("\n"));
  return framed.length;
}

function welcome(course: CourseFiles, now: Standings): string[] {
  const done = course.exercises.filter((exercise) => now.of(exercise) !== "open").length;
  return [
    `Your YAML runs on a Pod simulator in this program and is graded by what the Pod does. ${done} of ${course.exercises.length} exercises done.`,
  ];
}

/** For those who just want to go on: where they were, the next exercise, or the beginning. */
function firstLine({ course, now, at }: MenuContext): {
  readonly text: string;
  readonly go: { readonly go: "back" } | { readonly go: "lesson" | "exercise"; readonly id: string };
} {
  if (at) return { text: `Back to: ${at.title}`, go: { go: "back" } };
  const begun = course.exercises.some((exercise) => now.of(exercise) !== "open");
  const next = nextOpen(course.exercises, now);
  const first = course.index.lessons[0]!;
  if (!begun || !next) return { text: `Begin: ${first.title}`, go: { go: "lesson", id: first.id } };
  return { text: `Go on: ${next.title}`, go: { go: "exercise", id: next.id } };
}
