/** Every key that does something on a page or in an exercise, as one table: the footer and the help read it, too. */
import { asksQuestions } from "../course/predictions.ts";
import {
  demosOf,
  exerciseOf,
  home,
  inExercise,
  isHome,
  type Key,
  move,
  only,
  passedHere,
  type Session,
  type Step,
} from "./session.ts";

export interface Action {
  readonly keys: readonly Key[];
  /** For the footer; empty: not shown there. */
  readonly label: (session: Session) => string;
  /** For the help screen. */
  readonly help: string;
  readonly when: (session: Session) => boolean;
  readonly run: (session: Session) => Step;
}

const always = () => true;

export function openHelp(session: Session): Session {
  return { ...session, view: "help", scroll: 0, helpFrom: session.view };
}

/** Every key that does something, what it says in the footer and in the help; the first that may do it does. */
export const actions: readonly Action[] = [
  {
    keys: ["escape", "q", "b", "backspace"],
    label: () => "Esc back",
    help: "back to where you were",
    when: (session) => !isHome(session),
    run: (session) => only(home(session)),
  },
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
    keys: ["a"],
    label: () => "a guess first",
    help: "say what you think the example will do, then run it",
    when: (session) => demosOf(session).length > 0,
    run: (session) => ({ session, tasks: [{ do: "ask" }] }),
  },
  {
    keys: ["a"],
    label: () => "a answer",
    help: "answer the questions of this exercise here; they are written into your file",
    when: (session) => asksQuestions(exerciseOf(session)),
    run: (session) => ({ session, tasks: [{ do: "ask" }] }),
  },
  {
    keys: ["e"],
    label: () => "e edit it",
    help: "edit a copy of the example in your editor, and see what it does then",
    when: (session) => demosOf(session).length > 0,
    run: (session) => ({ session, tasks: [{ do: "edit demo", index: demoHere(session) }] }),
  },
  {
    keys: ["x"],
    label: () => "",
    help: "the example as it was, in place of your copy, which is kept as a .bak file",
    when: (session) => demosOf(session).length > 0,
    run: (session) => ({ session, tasks: [{ do: "reset demo", index: demoHere(session) }] }),
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
    keys: ["v"],
    label: () => "v see time",
    help: "see time: go through the run, from change to change or to any second; ? there tells the keys",
    when: hasRun,
    run: (session) => ({ session, tasks: [{ do: "open time", picture: "timeline" }] }),
  },
  {
    keys: ["g"],
    label: () => "",
    help: "the same, beginning with kubectl get pods at that instant",
    when: hasRun,
    run: (session) => ({ session, tasks: [{ do: "open time", picture: "pods" }] }),
  },
  {
    keys: ["c"],
    label: (session) => (passedHere(session) ? "c compare" : ""),
    help: "compare by what they do and line by line: after passing yours and a solution, before that your last two saves",
    when: (session) =>
      hasRun(session) && inExercise(session) && (passedHere(session) || session.exercise?.before !== undefined),
    run: (session) => ({ session, tasks: [{ do: "compare" }] }),
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
    label: (session) =>
      session.view === "hints" && (session.exercise?.hints ?? 0) < exerciseOf(session)!.hints.length
        ? "h next hint"
        : "h hint",
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
    label: (session) => (isHome(session) ? "l list" : ""),
    help: "the list of all lessons and exercises",
    when: always,
    run: (session) => ({
      session,
      tasks: [{ do: "close files" }, { do: "menu" }],
    }),
  },
  {
    keys: ["?"],
    label: () => "? help",
    help: "this help",
    when: always,
    run: (session) => only(openHelp(session)),
  },
  {
    keys: ["q"],
    label: () => "q quit",
    help: "quit; next time you are back here",
    when: isHome,
    run: (session) => ({ session, tasks: [{ do: "quit" }] }),
  },
];

/** There is a run on the screen that can be looked at: a demo's, or of an answer that was not refused and is no open question. */
export function hasRun({ view, demo, exercise }: Session): boolean {
  if (view === "demo") return demo?.ran === true;
  const verdict = exercise?.verdict;
  if (verdict?.worlds.some(({ results }) => results.some(({ question }) => question?.open))) return false;
  return verdict !== undefined && !verdict.rejected && verdict.worlds.length > 0 && exercise?.manifest !== "";
}

/** The demo on the screen, else the one that comes next. */
export function demoHere({ view, demo, nextDemo }: Session): number {
  return view === "demo" && demo ? demo.index : nextDemo;
}
