/**
 * What the learner sees, as data, and what can happen to it. Pure: whatever must be done outside (grading, writing,
 * opening an editor) is a list of tasks for the loop in launch.ts. What keys do is in keys.ts, the rest in update.ts.
 */
import type { Demo, Exercise, Lesson, Part } from "../course/types.ts";
import type { Verdict } from "../grader/types.ts";
import type { Session as Typed } from "../simulation/trace.ts";
import type { Picture } from "./pictures.ts";
import type { QuestionForm } from "./questionForm.ts";
import type { Look, TimeState } from "./timeView.ts";

export interface Session {
  readonly lesson: Lesson;
  /** Position in lesson.parts. */
  readonly part: number;
  readonly view: View;
  /** First line of the body that is shown. */
  readonly scroll: number;
  /** Lines of the body and room for them, as last drawn: how far scrolling can go. */
  readonly bodyLines: number;
  readonly room: number;
  readonly exercise?: ExerciseState;
  /** Which demo of the page is next, and what the last one did. */
  readonly nextDemo: number;
  readonly demo?: DemoState;
  /** The run that is looked at from instant to instant. */
  readonly time?: TimeState;
  /** The view that help was opened from. */
  readonly helpFrom?: View;
  /** Questions to be answered before a run is seen: of the exercise, or about a demo. */
  readonly form?: QuestionForm;
  /** Two manifests beside each other, in words. */
  readonly comparison?: readonly string[];
  /** Exercise ids. */
  readonly done: ReadonlySet<string>;
  /** One line above the footer, until the next key. */
  readonly notice: string;
  /** Position of this lesson among all, from 0, and how many there are. */
  readonly lessonIndex: number;
  readonly lessonCount: number;
}

export type View =
  | "page"
  | "task"
  | "verdict"
  | "hints"
  | "solution"
  | "demo"
  | "help"
  | "time"
  | "comparison"
  | "questions";

export interface DemoState {
  readonly index: number;
  readonly text: readonly string[];
  /** There is a run that can be looked at. */
  readonly ran: boolean;
  /** It is the learner's own version. */
  readonly edited: boolean;
}

export interface ExerciseState {
  /** As shown to the learner. */
  readonly file: string;
  readonly verdict?: Verdict;
  /** The line that decided it is searched for. */
  readonly searching: boolean;
  /** The text that was graded, and the one before it where they differ. */
  readonly manifest: string;
  /** It was typed at the exercise's shell, at these times; `manifest` has the same as a script. */
  readonly typed?: Typed;
  readonly before?: string;
  /** Why the file could not be graded at all. */
  readonly unreadable?: string;
  readonly hints: number;
  readonly solutionAsked: boolean;
  readonly more: boolean;
  readonly checks: number;
}

export type Input =
  /** `text`: what the key types; `line`: all that was typed, where keys come as lines (plain mode). */
  | { readonly type: "key"; readonly key: Key; readonly text?: string; readonly line?: string }
  | {
      readonly type: "graded";
      readonly verdict: Verdict;
      readonly manifest: string;
      readonly typed?: Typed;
      readonly bySave: boolean;
      /** Not all of it is known: `find line` goes on. */
      readonly searching?: boolean;
    }
  /** The same verdict with the line that decided it, where there is one. */
  | { readonly type: "line found"; readonly of: Verdict; readonly verdict: Verdict }
  | { readonly type: "unreadable"; readonly message: string }
  | { readonly type: "opened"; readonly file: string; readonly hints: number; readonly notice: string }
  | ({ readonly type: "demo ran" } & DemoState)
  | { readonly type: "time"; readonly time: TimeState }
  | { readonly type: "asked"; readonly form: QuestionForm }
  | { readonly type: "looked"; readonly look: Look }
  | { readonly type: "compared"; readonly text: readonly string[] }
  | { readonly type: "drawn"; readonly bodyLines: number; readonly room: number }
  | { readonly type: "notice"; readonly text: string };

/** A printable character, or the name of a key. */
export type Key = string;

export type Task =
  | { readonly do: "quit" }
  | { readonly do: "menu" }
  | { readonly do: "save position" }
  | { readonly do: "open exercise" }
  | { readonly do: "close files" }
  | { readonly do: "grade" }
  | { readonly do: "find line" }
  | { readonly do: "edit" }
  | { readonly do: "open shell" }
  | { readonly do: "reset" }
  | { readonly do: "count hint"; readonly count: number }
  | { readonly do: "ask" }
  | { readonly do: "answer"; readonly answers: Readonly<Record<string, string>> }
  /** `guesses`: what the learner thinks, by question. */
  | { readonly do: "run demo"; readonly index: number; readonly guesses?: Readonly<Record<string, string>> }
  | { readonly do: "edit demo"; readonly index: number }
  | { readonly do: "reset demo"; readonly index: number }
  /** The run of the demo or of the answer that is on the screen. */
  | { readonly do: "open time"; readonly picture: Picture }
  | { readonly do: "look"; readonly t: number; readonly picture: Picture }
  | { readonly do: "compare" }
  | { readonly do: "next lesson" }
  | { readonly do: "previous lesson" };

export interface Step {
  readonly session: Session;
  readonly tasks: readonly Task[];
}

export function partOf(session: Session): Part {
  return session.lesson.parts[session.part]!;
}

export function exerciseOf(session: Session): Exercise | undefined {
  const part = partOf(session);
  return part.kind === "exercise" ? part : undefined;
}

export function demosOf(session: Session): readonly Demo[] {
  const part = partOf(session);
  return part.kind === "page" ? part.demos : [];
}

/** A session that stands at `part` of `lesson`; the tasks say what to do first. */
export function enter(lesson: Lesson, part: number, rest: Pick<Session, "done" | "lessonIndex" | "lessonCount">): Step {
  const at = Math.max(0, Math.min(part, lesson.parts.length - 1));
  const isExercise = lesson.parts[at]?.kind === "exercise";
  const session: Session = {
    ...rest,
    lesson,
    part: at,
    view: isExercise ? "task" : "page",
    scroll: 0,
    bodyLines: 0,
    room: 1,
    nextDemo: 0,
    notice: "",
  };
  return { session, tasks: [{ do: "save position" }, ...(isExercise ? [{ do: "open exercise" } as const] : [])] };
}

export function only(session: Session): Step {
  return { session, tasks: [] };
}

export function inExercise(session: Session): boolean {
  return exerciseOf(session) !== undefined;
}

export function passedHere(session: Session): boolean {
  return session.exercise?.verdict?.passed === true;
}

/** To the part before or after this one, in the next lesson if need be. */
export function move(session: Session, by: 1 | -1): Step {
  const part = session.part + by;
  const closing: Task[] = [{ do: "close files" }];
  const { exercise: _, demo: __, time: ___, comparison: ____, form: _____, ...rest } = session;
  if (part < 0)
    return session.lessonIndex === 0
      ? only({ ...session, notice: "This is the beginning." })
      : { session: rest, tasks: [...closing, { do: "previous lesson" }] };
  if (part >= session.lesson.parts.length) {
    if (session.lessonIndex === session.lessonCount - 1) return { session: rest, tasks: [...closing, { do: "menu" }] };
    return { session: rest, tasks: [...closing, { do: "next lesson" }] };
  }
  const step = enter(session.lesson, part, session);
  return { session: step.session, tasks: [...closing, ...step.tasks] };
}

/** The view that a part shows by itself. */
export function home(session: Session): Session {
  return { ...session, view: homeView(session), scroll: 0 };
}

function homeView(session: Session): View {
  if (partOf(session).kind !== "exercise") return "page";
  return session.exercise?.verdict || session.exercise?.unreadable ? "verdict" : "task";
}

export function isHome(session: Session): boolean {
  return session.view === homeView(session);
}
