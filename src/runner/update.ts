/** What a key, a saved file or anything else that happens changes in a session. Pure. */
import { actions, demoHere, openHelp } from "./keys.ts";
import { answersIn, pressForm, type QuestionForm } from "./questionForm.ts";
import {
  demosOf,
  home,
  type Input,
  inExercise,
  type Key,
  move,
  only,
  passedHere,
  type Session,
  type Step,
  type View,
} from "./session.ts";
import { needsLook, pressTime } from "./timeView.ts";

type KeyInput = Extract<Input, { type: "key" }>;

export function update(session: Session, input: Input): Step {
  switch (input.type) {
    case "key":
      return press({ ...session, notice: "" }, input);
    case "drawn": {
      const most = Math.max(0, input.bodyLines - input.room);
      return only({ ...session, bodyLines: input.bodyLines, room: input.room, scroll: Math.min(session.scroll, most) });
    }
    case "notice":
      return only({ ...session, notice: input.text });
    case "opened":
      return only({
        ...session,
        view: "task",
        scroll: 0,
        notice: input.notice,
        exercise: {
          file: input.file,
          manifest: "",
          searching: false,
          hints: input.hints,
          solutionAsked: false,
          more: false,
          checks: 0,
        },
      });
    case "demo ran":
      return only({
        ...session,
        view: "demo",
        scroll: 0,
        demo: { index: input.index, text: input.text, ran: input.ran, edited: input.edited },
        nextDemo: (input.index + 1) % Math.max(1, demosOf(session).length),
      });
    case "time":
      return lookIfNeeded({ ...session, view: "time", scroll: 0, time: input.time });
    case "asked":
      return only({ ...session, view: "questions", scroll: 0, form: input.form });
    case "looked":
      return only(session.time ? { ...session, time: { ...session.time, looked: input.look } } : session);
    case "compared":
      return only({ ...session, view: "comparison", scroll: 0, comparison: input.text });
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
      const { unreadable: _, typed: __, before, ...kept } = exercise;
      const earlier = exercise.checks > 0 && exercise.manifest !== input.manifest ? exercise.manifest : before;
      const done = input.verdict.passed ? new Set([...session.done, input.verdict.exercise]) : session.done;
      const graded: Session = {
        ...session,
        done,
        view: "verdict",
        scroll: 0,
        notice: "",
        exercise: {
          ...kept,
          verdict: input.verdict,
          manifest: input.manifest,
          searching: input.searching === true,
          checks: exercise.checks + 1,
          ...(input.typed && { typed: input.typed }),
          ...(earlier !== undefined && { before: earlier }),
        },
      };
      return { session: graded, tasks: input.searching ? [{ do: "find line" }] : [] };
    }
    case "line found": {
      const { exercise } = session;
      // Something newer was graded meanwhile.
      if (exercise?.verdict !== input.of) return only(session);
      return only({ ...session, exercise: { ...exercise, verdict: input.verdict, searching: false } });
    }
  }
}

function press(session: Session, input: KeyInput): Step {
  const { key } = input;
  if (session.view === "questions" && session.form && key !== "ctrl-c")
    return pressQuestions(session, session.form, input);
  if (key === "ctrl-c" || key === "ctrl-d") return { session, tasks: [{ do: "quit" }] };
  if (session.view === "time" && session.time) {
    const pressed = pressTime(session.time, key, input.line);
    if (pressed) return lookIfNeeded({ ...session, time: pressed.time, notice: pressed.say ?? "" });
  }
  const scrolled = scroll(session, key);
  if (scrolled) return scrolled;
  if (isInside(session.view)) return pressInside(session, key);
  if ((key === "return" || key === "space") && inExercise(session) && !passedHere(session)) {
    return only({ ...session, notice: "Save your file and it is checked. r checks it now, n skips the exercise." });
  }
  const action = actions.find((one) => one.keys.includes(key) && one.when(session));
  return action ? action.run(session) : only(session);
}

/** All keys are letters of an answer here, but for those that move. */
function pressQuestions(session: Session, form: QuestionForm, { key, text, line }: KeyInput): Step {
  const { form: _, ...rest } = session;
  const scrolled = key === "pageup" || key === "pagedown" ? scroll(session, key) : undefined;
  if (scrolled) return scrolled;
  const next = pressForm(form, key, text, line);
  if (next === "left") return only(home(rest));
  if (next !== "done") return only({ ...session, form: next.form });
  const answers = answersIn(form);
  return inExercise(session)
    ? { session: home(rest), tasks: [{ do: "answer", answers }] }
    : { session: home(rest), tasks: [{ do: "run demo", index: demoHere(session), guesses: answers }] };
}

/** Views that are opened from another one, and left to it. */
export function isInside(view: View): boolean {
  return view === "help" || view === "demo" || view === "time" || view === "comparison" || view === "questions";
}

/** Back to where the learner came from; a few keys that mean something here, too. */
function pressInside(session: Session, key: Key): Step {
  if (session.view === "demo") {
    const action = actions.find(
      ({ keys, when }) => ["a", "d", "e", "x", "v", "g"].includes(key) && keys.includes(key) && when(session),
    );
    if (action) return action.run(session);
  }
  if (key === "?" && session.view !== "help") return only(openHelp(session));
  if (["q", "escape", "return", "b", "?", "space", "left", "backspace"].includes(key)) return only(outside(session));
  if (session.view === "time") return only(session);
  if (key === "l") return press(home(session), { type: "key", key });
  if (key === "n" || key === "right") return move(home(session), 1);
  if (key === "p") return move(home(session), -1);
  return only(session);
}

/** Help is left to where it was opened, a demo's run to the demo. */
function outside({ helpFrom, ...session }: Session): Session {
  if (session.view === "help" && helpFrom) return { ...session, view: helpFrom, scroll: 0 };
  return session.view === "time" && session.demo && !inExercise(session)
    ? { ...session, view: "demo", scroll: 0 }
    : home(session);
}

function lookIfNeeded(session: Session): Step {
  const { time } = session;
  if (!time || !needsLook(time)) return only(session);
  return { session, tasks: [{ do: "look", t: time.t, picture: time.picture }] };
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
