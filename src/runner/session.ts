/**
 * What the learner sees, as data, and what a key or a saved file changes in it. Pure: whatever must be done outside
 * (grading, writing, opening an editor) is returned as a list of tasks for the loop in launch.ts.
 */
import type { Demo, Exercise, Lesson, Part } from "../course/types.ts";
import type { Verdict } from "../grader/types.ts";

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
  readonly demo?: { readonly index: number; readonly text: readonly string[] };
  /** Exercise ids. */
  readonly done: ReadonlySet<string>;
  /** One line above the footer, until the next key. */
  readonly notice: string;
  /** Position of this lesson among all, from 0, and how many there are. */
  readonly lessonIndex: number;
  readonly lessonCount: number;
}

export type View = "page" | "task" | "verdict" | "hints" | "solution" | "demo" | "help";

export interface ExerciseState {
  /** As shown to the learner. */
  readonly file: string;
  readonly verdict?: Verdict;
  /** The text that was graded. */
  readonly manifest: string;
  /** Why the file could not be graded at all. */
  readonly unreadable?: string;
  readonly hints: number;
  readonly solutionAsked: boolean;
  readonly more: boolean;
  readonly checks: number;
}

export type Input =
  | { readonly type: "key"; readonly key: Key }
  | { readonly type: "graded"; readonly verdict: Verdict; readonly manifest: string; readonly bySave: boolean }
  | { readonly type: "unreadable"; readonly message: string }
  | { readonly type: "opened"; readonly file: string; readonly hints: number; readonly notice: string }
  | { readonly type: "demo ran"; readonly index: number; readonly text: readonly string[] }
  | { readonly type: "drawn"; readonly bodyLines: number; readonly room: number }
  | { readonly type: "notice"; readonly text: string };

/** A printable character, or the name of a key. */
export type Key = string;

export type Task =
  | { readonly do: "quit" }
  | { readonly do: "menu" }
  | { readonly do: "save position" }
  | { readonly do: "open exercise" }
  | { readonly do: "close exercise" }
  | { readonly do: "grade" }
  | { readonly do: "edit" }
  | { readonly do: "open shell" }
  | { readonly do: "reset" }
  | { readonly do: "count hint"; readonly count: number }
  | { readonly do: "run demo"; readonly index: number }
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

export function update(session: Session, input: Input): Step {
  switch (input.type) {
    case "key":
      return press({ ...session, notice: "" }, input.key);
    case "drawn": {
      const most = Math.max(0, input.bodyLines - input.room);
      return only({ ...session, bodyLines: input.bodyLines, room: input.room, scroll: Math.min(session.scroll, most) });
    }
    case "notice":
      return only({ ...session, notice: input.text });
    case "opened":
      return only({
        ...session,
        notice: input.notice,
        exercise: { file: input.file, manifest: "", hints: input.hints, solutionAsked: false, more: false, checks: 0 },
      });
    case "demo ran":
      return only({
        ...session,
        view: "demo",
        scroll: 0,
        demo: { index: input.index, text: input.text },
        nextDemo: (input.index + 1) % Math.max(1, demosOf(session).length),
      });
    case "unreadable":
      if (!session.exercise) return only(session);
      return only({
        ...session,
        view: "verdict",
        scroll: 0,
        exercise: { ...session.exercise, unreadable: input.message },
      });
    case "graded": {
      const { exercise } = session;
      if (!exercise) return only(session);
      const { unreadable: _, ...kept } = exercise;
      const done = input.verdict.passed ? new Set([...session.done, input.verdict.exercise]) : session.done;
      return only({
        ...session,
        done,
        view: "verdict",
        scroll: 0,
        exercise: { ...kept, verdict: input.verdict, manifest: input.manifest, checks: exercise.checks + 1 },
      });
    }
  }
}

function only(session: Session): Step {
  return { session, tasks: [] };
}

function press(session: Session, key: Key): Step {
  if (key === "ctrl-c" || key === "ctrl-d") return { session, tasks: [{ do: "quit" }] };
  const scrolled = scroll(session, key);
  if (scrolled) return scrolled;
  if (session.view === "help" || session.view === "demo") return pressInside(session, key);
  if ((key === "return" || key === "space") && inExercise(session) && !passedHere(session)) {
    return only({ ...session, notice: "Save your file and it is checked. r checks it now, n skips the exercise." });
  }
  const action = actions.find((one) => one.keys.includes(key) && one.when(session));
  return action ? action.run(session) : only(session);
}

/** In help and in a demo's output: back to where the learner came from. */
function pressInside(session: Session, key: Key): Step {
  if (key === "d" && session.view === "demo") return { session, tasks: [{ do: "run demo", index: session.nextDemo }] };
  if (key === "q") return session.view === "help" || session.view === "demo" ? only(home(session)) : only(session);
  if (["escape", "return", "b", "?", "space", "left", "backspace"].includes(key)) return only(home(session));
  if (key === "n" || key === "right") return move(home(session), 1);
  if (key === "p") return move(home(session), -1);
  return only(session);
}

function home(session: Session): Session {
  const isExercise = partOf(session).kind === "exercise";
  return { ...session, view: isExercise ? (session.exercise?.verdict ? "verdict" : "task") : "page", scroll: 0 };
}

function scroll(session: Session, key: Key): Step | undefined {
  const most = Math.max(0, session.bodyLines - session.room);
  const page = Math.max(1, session.room - 1);
  const to: Record<string, number> = {
    up: session.scroll - 1,
    k: session.scroll - 1,
    down: session.scroll + 1,
    j: session.scroll + 1,
    pageup: session.scroll - page,
    pagedown: session.scroll + page,
    home: 0,
    end: most,
  };
  const target = to[key] ?? (key === "space" && session.scroll < most ? session.scroll + page : undefined);
  if (target === undefined) return undefined;
  return only({ ...session, scroll: Math.max(0, Math.min(most, target)) });
}

function move(session: Session, by: 1 | -1): Step {
  const part = session.part + by;
  const closing: Task[] = session.exercise ? [{ do: "close exercise" }] : [];
  const { exercise: _, demo: __, ...rest } = session;
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

interface Action {
  readonly keys: readonly Key[];
  /** For the footer; empty: not shown there. */
  readonly label: (session: Session) => string;
  /** For the help screen. */
  readonly help: string;
  readonly when: (session: Session) => boolean;
  readonly run: (session: Session) => Step;
}

const always = () => true;
const inExercise = (session: Session) => exerciseOf(session) !== undefined;
const passedHere = (session: Session) => session.exercise?.verdict?.passed === true;

/** Every key that does something, what it says in the footer and in the help. */
export const actions: readonly Action[] = [
  {
    keys: ["n", "right", "return", "space"],
    label: (session) => (inExercise(session) && !passedHere(session) ? "n skip" : "n next"),
    help: "go on to the next page or exercise; space first scrolls to the end",
    when: always,
    run: (session) => move(session, 1),
  },
  {
    keys: ["p", "left", "backspace"],
    label: () => "p previous",
    help: "back to the page before",
    when: always,
    run: (session) => move(session, -1),
  },
  {
    keys: ["d"],
    label: (session) => {
      const count = demosOf(session).length;
      return count > 1 ? `d run demo ${session.nextDemo + 1} of ${count}` : "d run the demo";
    },
    help: "run the example on this page",
    when: (session) => demosOf(session).length > 0,
    run: (session) => ({ session, tasks: [{ do: "run demo", index: session.nextDemo }] }),
  },
  {
    keys: ["e"],
    label: () => "e edit",
    help: "open your file in your editor (VISUAL, EDITOR or VS Code)",
    when: inExercise,
    run: (session) => ({ session, tasks: [{ do: "edit" }] }),
  },
  {
    keys: ["o"],
    label: () => "o shell",
    help: "open a shell in the cluster of this exercise",
    when: (session) => exerciseOf(session)?.answers === "commands",
    run: (session) => ({ session, tasks: [{ do: "open shell" }] }),
  },
  {
    keys: ["r"],
    label: () => "r run",
    help: "check your file now; saving it does the same",
    when: inExercise,
    run: (session) => ({ session, tasks: [{ do: "grade" }] }),
  },
  {
    keys: ["t", "tab"],
    label: (session) => (session.view === "task" ? (session.exercise?.verdict ? "t result" : "") : "t task"),
    help: "switch between the task and the result",
    when: inExercise,
    run: (session) =>
      only({
        ...session,
        scroll: 0,
        view: session.view !== "task" ? "task" : session.exercise?.verdict ? "verdict" : "task",
      }),
  },
  {
    keys: ["m"],
    label: (session) =>
      session.exercise?.verdict && session.view === "verdict" ? (session.exercise.more ? "m less" : "m more") : "",
    help: "everything that was expected, not only the first thing that broke",
    when: (session) => session.exercise?.verdict !== undefined,
    run: (session) =>
      only({
        ...session,
        view: "verdict",
        scroll: 0,
        exercise: { ...session.exercise!, more: !session.exercise!.more },
      }),
  },
  {
    keys: ["h"],
    label: () => "h hint",
    help: "a hint; again for the next one",
    when: inExercise,
    run(session) {
      const exercise = session.exercise;
      const all = exerciseOf(session)!.hints.length;
      if (!exercise) return only(session);
      const hints =
        session.view === "hints" || exercise.hints === 0 ? Math.min(exercise.hints + 1, all) : exercise.hints;
      const last = session.view === "hints" && exercise.hints === all;
      return {
        session: {
          ...session,
          view: "hints",
          scroll: 0,
          notice: last ? "There are no more hints. s shows a solution." : "",
          exercise: { ...exercise, hints },
        },
        tasks: hints === exercise.hints ? [] : [{ do: "count hint", count: hints }],
      };
    },
  },
  {
    keys: ["s"],
    label: () => "s solution",
    help: "a solution; before you have passed it asks once whether you mean it",
    when: inExercise,
    run(session) {
      const exercise = session.exercise;
      if (!exercise) return only(session);
      const mayShow = exercise.solutionAsked || session.done.has(exerciseOf(session)!.id);
      if (mayShow)
        return only({ ...session, view: "solution", scroll: 0, exercise: { ...exercise, solutionAsked: true } });
      return only({
        ...session,
        notice: "Press s again to see a solution. h gives a hint instead.",
        exercise: { ...exercise, solutionAsked: true },
      });
    },
  },
  {
    keys: ["x"],
    label: () => "",
    help: "put the starting file back; yours is kept as a .bak file",
    when: inExercise,
    run: (session) => ({ session, tasks: [{ do: "reset" }] }),
  },
  {
    keys: ["l", "escape"],
    label: () => "l list",
    help: "the list of all lessons and exercises",
    when: always,
    run: (session) => ({
      session,
      tasks: [...(session.exercise ? [{ do: "close exercise" } as const] : []), { do: "menu" }],
    }),
  },
  {
    keys: ["?"],
    label: () => "? help",
    help: "this help",
    when: always,
    run: (session) => only({ ...session, view: "help", scroll: 0 }),
  },
  {
    keys: ["q"],
    label: () => "q quit",
    help: "quit; next time you are back here",
    when: always,
    run: (session) => ({ session, tasks: [{ do: "quit" }] }),
  },
];
