/**
 * The interactive course: one thin loop around Update (session.ts) and View (screens.ts). Keys and saved files go in,
 * text comes out, and the tasks that Update asks for are done here. On every way out the terminal is as it was.
 */
import { scenarioOfDemo } from "../course/demo.ts";
import type { Demo, Exercise, Lesson } from "../course/types.ts";
import type { Verdict } from "../grader/types.ts";
import { box } from "./box.ts";
import { Cancelled } from "./cancelled.ts";
import { compareLines, nearestSolution } from "./compareText.ts";
import { readAnswer } from "./answerFile.ts";
import { CourseBroken, type CourseFiles } from "./courseFiles.ts";
import { standings } from "./courseProgress.ts";
import { demoLines } from "./demoText.ts";
import { chooseEditor, openEditor } from "./editor.ts";
import { gradeText, looksHalfWritten } from "./gradeText.ts";
import { readInput } from "./inputFile.ts";
import { interruptedStatus } from "./interrupt.ts";
import { markdownLines } from "./markdown.ts";
import type { Filter } from "./menu.ts";
import { chooseFromMenu, type MenuContext } from "./menuPrompt.ts";
import type { Entry, Progress } from "./progress.ts";
import { ask } from "./prompt.ts";
import { lookAt, type Recording, record, recordAnswer, timeStateOf } from "./recording.ts";
import { Screen } from "./screen.ts";
import { type ScreenTools, viewLinear, viewScreen } from "./screens.ts";
import { demosOf, enter, exerciseOf, type Input, partOf, type Session, type Step, type Task } from "./session.ts";
import type { Terminal } from "./terminal.ts";
import type { Picture } from "./timeView.ts";
import { update } from "./update.ts";
import { type FileWatch, watchFile } from "./watchFile.ts";
import {
  demoPath,
  exercisePath,
  resetExercise,
  shownPath,
  type Workspace,
  WorkspaceFault,
  writeOnce,
  writeStarter,
} from "./workspace.ts";

export interface LaunchContext {
  readonly terminal: Terminal;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly course: CourseFiles;
  readonly workspace: Workspace;
  readonly progress: Progress;
  /** `say` gets why it could not be saved. */
  record(entry: Entry, say: (fault: string) => void): void;
}

/** Resolves to the exit status when the learner quits. */
export async function launch(context: LaunchContext): Promise<number> {
  const course = new Launch(context);
  try {
    return await course.run();
  } catch (error) {
    if (error instanceof Cancelled) return interruptedStatus;
    throw error;
  } finally {
    course.close();
  }
}

class Launch {
  readonly #context: LaunchContext;
  readonly #screen: Screen;
  #session: Session | undefined;
  #watch: FileWatch | undefined;
  #filter: Filter = "all";
  /** The run that the time view is about. */
  #recording: Recording | undefined;
  /** Inputs that wait while one is worked on; files are saved and windows resized at any time. */
  readonly #waiting: Input[] = [];
  #wake: (() => void) | undefined;

  constructor(context: LaunchContext) {
    this.#context = context;
    this.#screen = new Screen(context.terminal);
  }

  async run(): Promise<number> {
    const at = this.#context.progress.at;
    const lesson = at && this.#context.course.index.lessons.find((one) => one.id === at.lesson);
    let status: number | undefined;
    if (lesson && at) status = await this.#act(this.#enterPart(lesson.id, at.part));
    else status = await this.#menu();
    while (status === undefined) {
      this.#draw();
      const input = await this.#nextInput();
      if (input.type === "key" && input.key === "ctrl-c") return interruptedStatus;
      if (!this.#session) continue;
      status = await this.#act(update(this.#session, input));
    }
    return status;
  }

  close(): void {
    this.#watch?.stop();
    this.#screen.close();
  }

  #feed(input: Input): void {
    this.#waiting.push(input);
    this.#wake?.();
  }

  async #nextInput(): Promise<Input> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next) return next;
      if (this.#context.terminal.plain) {
        const line = await Promise.race([
          this.#askLine(),
          new Promise<undefined>((resolve) => (this.#wake = () => resolve(undefined))),
        ]);
        if (line !== undefined) return { type: "key", key: line };
        continue;
      }
      this.#screen.listen((key) => {
        if (key === "resize") this.#draw();
        else this.#feed({ type: "key", key });
      });
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #pendingLine: Promise<string> | undefined;

  /** Plain mode: a line with the letter of a key; an empty one goes on. */
  #askLine(): Promise<string> {
    this.#pendingLine ??= ask("> ").then((line) => {
      this.#pendingLine = undefined;
      if (line === undefined) return "ctrl-d";
      return line === "" ? "n" : line[0]!.toLowerCase();
    });
    return this.#pendingLine;
  }

  async #act({ session, tasks }: Step): Promise<number | undefined> {
    this.#session = session;
    for (const task of tasks) {
      const status = await this.#do(task);
      if (status !== undefined) return status;
    }
    return undefined;
  }

  async #do(task: Task): Promise<number | undefined> {
    const session = this.#session!;
    const { course, workspace } = this.#context;
    switch (task.do) {
      case "quit":
        return 0;
      case "menu":
        return this.#menu();
      case "save position":
        this.#record({ did: "at", lesson: session.lesson.id, part: session.part });
        return undefined;
      case "next lesson":
      case "previous lesson": {
        const lesson = course.index.lessons[session.lessonIndex + (task.do === "next lesson" ? 1 : -1)];
        return lesson
          ? this.#act(this.#enterPart(lesson.id, task.do === "next lesson" ? 0 : lesson.parts - 1))
          : undefined;
      }
      case "open exercise":
        this.#openExercise();
        return undefined;
      case "close files":
        this.#watch?.stop();
        this.#watch = undefined;
        return undefined;
      case "grade":
        this.#grade(false);
        return undefined;
      case "edit":
        this.#edit();
        return undefined;
      case "open shell":
        await this.#openShell();
        return undefined;
      case "reset":
        try {
          const exercise = exerciseOf(session)!;
          const { backup } = resetExercise(workspace, exercise, exercise.starter);
          this.#feed({
            type: "notice",
            text: backup
              ? `The starting file is back; yours is ${shownPath(backup, this.#context.cwd)}.`
              : "The starting file is back.",
          });
        } catch (error) {
          this.#sayFault(error);
        }
        return undefined;
      case "count hint":
        this.#record({ did: "hint", exercise: exerciseOf(session)!.id, count: task.count });
        return undefined;
      case "run demo":
        this.#runDemo(task.index);
        return undefined;
      case "edit demo":
        this.#editDemo(task.index);
        return undefined;
      case "open time":
        this.#openTime(task.picture);
        return undefined;
      case "look": {
        const moment = session.time?.moments[task.at];
        if (!this.#recording || !moment) return undefined;
        const text = lookAt(this.#recording, moment.t, task.picture);
        this.#feed({ type: "looked", look: { at: task.at, picture: task.picture, text } });
        return undefined;
      }
      case "compare":
        this.#compare();
        return undefined;
    }
  }

  /** `part`: a position, or the exercise that has it. */
  #enterPart(lessonId: string, part: number | { readonly id: string }): Step {
    const { course, progress } = this.#context;
    const session = this.#session;
    const place = (id: string) => ({
      done: session?.done ?? new Set(progress.passed.keys()),
      lessonIndex: course.index.lessons.findIndex((one) => one.id === id),
      lessonCount: course.index.lessons.length,
    });
    let lesson: Lesson;
    try {
      lesson = course.lesson(lessonId);
    } catch (error) {
      // Another version of the course was installed meanwhile; what is in memory still works.
      if (!(error instanceof CourseBroken) || !session) throw error;
      this.#feed({ type: "notice", text: "The course has changed on the disk. Quit (q) and start it again." });
      return enter(session.lesson, session.part, place(session.lesson.id));
    }
    return enter(lesson, typeof part === "number" ? part : partOfExercise(lesson, part.id), place(lessonId));
  }

  async #menu(): Promise<number | undefined> {
    this.#screen.leave();
    const chosen = await chooseFromMenu({ ...this.#menuContext(), filter: this.#filter });
    this.#filter = chosen.filter;
    const { course } = this.#context;
    switch (chosen.go) {
      case "quit":
        return 0;
      case "back":
        return this.#session ? this.#act(this.#enterPart(this.#session.lesson.id, this.#session.part)) : 0;
      case "lesson":
        return this.#act(this.#enterPart(chosen.id, 0));
      case "exercise": {
        const entry = course.find(chosen.id)!;
        return this.#act(this.#enterPart(entry.lesson, entry));
      }
    }
  }

  #menuContext(): Omit<MenuContext, "filter"> {
    const { course, terminal, progress } = this.#context;
    const session = this.#session;
    const exercise = session && exerciseOf(session);
    return {
      course,
      terminal,
      now: standings(progress.passed),
      ...(session && {
        at: {
          lesson: session.lesson.id,
          ...(exercise && { exercise: exercise.id }),
          title: exercise?.title ?? partOf(session).title,
        },
      }),
    };
  }

  #openExercise(): void {
    const { workspace, cwd, progress, course } = this.#context;
    const exercise = exerciseOf(this.#session!)!;
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
    this.#session = update(this.#session!, {
      type: "opened",
      file: shownPath(path, cwd),
      hints: progress.hints.get(exercise.id) ?? 0,
      notice,
    }).session;
    this.#watch?.stop();
    this.#watch = watchFile(path, (settled) => this.#grade(true, settled));
    // A file that was worked on before is checked at once; an untouched starter says nothing new.
    const input = readAnswer(workspace, exercise);
    if (input.ok && input.text !== exercise.starter) this.#grade(false);
  }

  /** False: the file looks half written, and nothing is said yet. */
  #grade(bySave: boolean, settled = true): boolean {
    const session = this.#session;
    const exercise = session && exerciseOf(session);
    if (!exercise) return true;
    const input = readAnswer(this.#context.workspace, exercise);
    if (!input.ok) {
      this.#feed({ type: "unreadable", message: input.message });
      return true;
    }
    const verdict = gradeText(exercise, input.text);
    if (!settled && looksHalfWritten(input.text, verdict)) return false;
    if (verdict.passed) this.#recordPassed(exercise);
    else if (bySave) this.#record({ did: "tried", exercise: exercise.id });
    this.#feed({ type: "graded", verdict, manifest: input.text, bySave });
    return true;
  }

  #recordPassed({ id }: Exercise): void {
    const digest = this.#context.course.find(id)?.digest ?? "";
    let before: string | undefined;
    try {
      before = this.#context.progress.passed.get(id);
    } catch (error) {
      this.#sayFault(error);
    }
    if (before !== digest) this.#record({ did: "passed", exercise: id, digest });
  }

  /** What cannot be saved is said on the screen, once it is drawn again. */
  #record(entry: Entry): void {
    this.#context.record(entry, (text) => this.#feed({ type: "notice", text }));
  }

  /** The screen comes back when the shell is left. */
  async #openShell(): Promise<void> {
    const exercise = exerciseOf(this.#session!)!;
    const { terminal, env, workspace } = this.#context;
    this.#screen.leave();
    const { exerciseShell } = await import("./exerciseShell.ts");
    let passed: Verdict | undefined;
    await exerciseShell({ terminal, env, workspace }, exercise, (verdict) => {
      passed ??= verdict;
      this.#recordPassed(exercise);
    });
    if (passed) this.#feed({ type: "graded", verdict: passed, manifest: "", bySave: false });
  }

  #edit(): void {
    const exercise = exerciseOf(this.#session!)!;
    const path = exercisePath(this.#context.workspace, exercise);
    try {
      // Somebody may have removed it meanwhile.
      writeStarter(this.#context.workspace, exercise, exercise.starter);
    } catch (error) {
      this.#sayFault(error);
      return;
    }
    this.#openInEditor(path, this.#session?.exercise?.verdict?.first?.place?.line ?? 1, () => this.#grade(true));
  }

  /** `saved` is called when an editor in this terminal was left; one in a window of its own is watched. */
  #openInEditor(path: string, line: number, saved: () => void): void {
    const editor = chooseEditor(this.#context.env, path, line);
    if (!editor) {
      const shown = shownPath(path, this.#context.cwd);
      this.#feed({
        type: "notice",
        text: `Neither VISUAL nor EDITOR is set: open ${shown} in your editor and save it.`,
      });
      return;
    }
    if (!editor.ownWindow) this.#screen.leave();
    const fault = openEditor(editor);
    this.#feed({
      type: "notice",
      text: fault ?? (editor.ownWindow ? `Opened in ${editor.command}. Save to see what it does.` : ""),
    });
    if (!fault && !editor.ownWindow) saved();
  }

  #demo(index: number): Demo | undefined {
    return this.#session && demosOf(this.#session)[index];
  }

  /** As the lesson has it, or with the learner's own manifest. */
  #runDemo(index: number, manifest?: string): void {
    const demo = this.#demo(index);
    if (!demo) return;
    const { style, columns } = this.#context.terminal;
    const edited = manifest !== undefined && manifest !== demo.manifest;
    const toRun = edited ? { ...demo, manifest } : demo;
    const scenario = scenarioOfDemo(toRun);
    const original = edited ? scenarioOfDemo(demo) : undefined;
    const ran =
      "fault" in scenario ? scenario : record(scenario, edited ? "your version of the example" : "the example");
    this.#recording = "fault" in ran || ran.run.rejected ? undefined : ran;
    const text = demoLines(
      { manifest: toRun.manifest, ran, ...(original && !("fault" in original) && { original }) },
      columns,
      style,
    );
    this.#feed({ type: "demo ran", index, text, ran: this.#recording !== undefined });
  }

  /** A copy in the workspace, which is run whenever it is saved while this page is open. */
  #editDemo(index: number): void {
    const demo = this.#demo(index);
    if (!demo) return;
    const { workspace } = this.#context;
    const path = demoPath(workspace, demo.id);
    try {
      writeOnce(workspace, path, demo.manifest);
    } catch (error) {
      this.#sayFault(error);
      return;
    }
    const run = (settled: boolean) => {
      const input = readInput(path);
      if (!input.ok) this.#feed({ type: "notice", text: input.message });
      else if (settled || input.text.trim() !== "") this.#runDemo(index, input.text);
      else return false;
      return true;
    };
    this.#watch?.stop();
    this.#watch = watchFile(path, run);
    this.#openInEditor(path, 1, () => run(true));
  }

  #openTime(picture: Picture): void {
    const session = this.#session!;
    const exercise = exerciseOf(session);
    if (exercise) this.#recording = recordAnswer(exercise, session.exercise?.manifest ?? "", session.exercise?.verdict);
    if (this.#recording) this.#feed({ type: "time", time: timeStateOf(this.#recording, picture) });
    else this.#feed({ type: "notice", text: "There is no run to look at yet." });
  }

  #compare(): void {
    const session = this.#session!;
    const exercise = exerciseOf(session);
    const state = session.exercise;
    if (!exercise || !state) return;
    const { columns, style } = this.#context.terminal;
    const yours = { name: "yours", text: state.manifest };
    const pair = state.verdict?.passed
      ? ([yours, nearestSolution(exercise, state.manifest)] as const)
      : ([
          { name: "the save before", text: state.before ?? "" },
          { ...yours, name: "the last save" },
        ] as const);
    if (!pair[1]) return;
    const text = compareLines(exercise, pair[0], pair[1], { width: Math.min(columns - 2, 140), style });
    this.#feed({ type: "compared", text });
  }

  #sayFault(error: unknown): void {
    if (!(error instanceof WorkspaceFault)) throw error;
    this.#feed({ type: "notice", text: error.message });
  }

  #lastLinear = "";

  #draw(): void {
    const { terminal } = this.#context;
    if (!this.#session || this.#waiting.length > 0) return;
    const tools: ScreenTools = {
      style: terminal.style,
      columns: terminal.columns,
      rows: terminal.rows,
      markdown: (text, width) => markdownLines(text, width, terminal.style),
      box: (lines, title, width, paint) => box(lines, title, width, terminal.style, paint),
    };
    if (terminal.plain) {
      const text =
        viewLinear(this.#session, tools).join("\n") + (this.#session.notice ? `\n${this.#session.notice}` : "");
      if (text !== this.#lastLinear) terminal.print(`\n${text}`);
      this.#lastLinear = text;
      return;
    }
    const screen = viewScreen(this.#session, tools);
    this.#session = update(this.#session, { type: "drawn", bodyLines: screen.bodyLines, room: screen.room }).session;
    this.#screen.draw(screen.lines);
  }
}

function partOfExercise({ parts }: Lesson, id: string): number {
  return Math.max(
    0,
    parts.findIndex((part) => part.kind === "exercise" && part.id === id),
  );
}
