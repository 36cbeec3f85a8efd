/**
 * The interactive course: one thin loop around Update (update.ts) and View (screens.ts). Keys and saved files go in,
 * text comes out, and the tasks that Update asks for are handed to those who do them. On every way out the terminal is
 * as it was.
 */
import type { Lesson } from "../course/types.ts";
import { box } from "./box.ts";
import { Cancelled } from "./cancelled.ts";
import { CourseBroken } from "./courseFiles.ts";
import { standings } from "./courseProgress.ts";
import { editDemo, guessFirst, resetDemo, runDemo } from "./demoRun.ts";
import { ExerciseFile } from "./exerciseFile.ts";
import { interruptedStatus } from "./interrupt.ts";
import { demoHere } from "./keys.ts";
import { markdownLines } from "./markdown.ts";
import type { Filter } from "./menu.ts";
import { chooseFromMenu, type MenuContext } from "./menuPrompt.ts";
import { type ScreenTools, viewLinear, viewScreen } from "./screens.ts";
import { enter, exerciseOf, partOf, type Step, type Task } from "./session.ts";
import { type LaunchContext, Stage } from "./stage.ts";
import { lookAtInstant, openTime } from "./timeLook.ts";
import { update } from "./update.ts";

/** Resolves to the exit status when the learner quits. `news`: one line for the menu. */
export async function launch(context: LaunchContext, news?: string): Promise<number> {
  const course = new Launch(context, news);
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
  readonly #stage: Stage;
  readonly #file: ExerciseFile;
  readonly #news: string | undefined;
  #filter: Filter = "all";
  #lastLinear = "";

  constructor(context: LaunchContext, news: string | undefined) {
    this.#news = news;
    this.#stage = new Stage(context, () => this.#draw());
    this.#file = new ExerciseFile(this.#stage);
  }

  async run(): Promise<number> {
    const stage = this.#stage;
    const { at } = stage.context.progress;
    const lesson = at && stage.context.course.index.lessons.find((one) => one.id === at.lesson);
    let status: number | undefined;
    if (lesson && at) status = await this.#act(this.#enterPart(lesson.id, at.part));
    else status = await this.#menu();
    while (status === undefined) {
      this.#draw();
      const input = await stage.inputs.next();
      if (input.type === "key" && input.key === "ctrl-c") return interruptedStatus;
      if (!stage.session) continue;
      status = await this.#act(update(stage.session, input));
    }
    return status;
  }

  close(): void {
    this.#file.close();
    this.#stage.close();
  }

  async #act({ session, tasks }: Step): Promise<number | undefined> {
    this.#stage.session = session;
    for (const task of tasks) {
      const status = await this.#do(task);
      if (status !== undefined) return status;
    }
    return undefined;
  }

  /** A number ends the course with it. */
  async #do(task: Task): Promise<number | undefined> {
    const stage = this.#stage;
    const session = stage.session!;
    switch (task.do) {
      case "quit":
        return 0;
      case "menu":
        return this.#menu();
      case "next lesson":
        return this.#enterLesson(1);
      case "previous lesson":
        return this.#enterLesson(-1);
      case "save position":
        stage.record({ did: "at", lesson: session.lesson.id, part: session.part });
        break;
      case "count hint":
        stage.record({ did: "hint", exercise: exerciseOf(session)!.id, count: task.count });
        break;
      case "open exercise":
        this.#file.open();
        break;
      case "close files":
        stage.closeFiles();
        this.#file.close();
        break;
      case "grade":
        this.#file.grade(false);
        break;
      case "find line":
        this.#file.findLine();
        break;
      case "edit":
        this.#file.edit();
        break;
      case "open shell":
        await this.#file.openShell();
        break;
      case "reset":
        this.#file.reset();
        break;
      case "compare":
        this.#file.compare();
        break;
      case "run demo":
        runDemo(stage, task.index, { guesses: task.guesses });
        break;
      case "ask":
        if (exerciseOf(session)) this.#file.ask();
        else guessFirst(stage, demoHere(session));
        break;
      case "answer":
        this.#file.answer(task.answers);
        break;
      case "edit demo":
        editDemo(stage, task.index);
        break;
      case "reset demo":
        resetDemo(stage, task.index);
        break;
      case "open time":
        openTime(stage, task.picture);
        break;
      case "look":
        lookAtInstant(stage, task.t, task.picture);
        break;
    }
    return undefined;
  }

  /** The lesson before or after this one, if there is one. */
  async #enterLesson(by: 1 | -1): Promise<number | undefined> {
    const lesson = this.#stage.context.course.index.lessons[this.#stage.session!.lessonIndex + by];
    return lesson ? this.#act(this.#enterPart(lesson.id, by === 1 ? 0 : lesson.parts - 1)) : undefined;
  }

  /** `part`: a position, or the exercise that has it. */
  #enterPart(lessonId: string, part: number | { readonly id: string }): Step {
    const { course, progress } = this.#stage.context;
    const { session } = this.#stage;
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
      this.#stage.say("The course has changed on the disk. Quit (q) and start it again.");
      return enter(session.lesson, session.part, place(session.lesson.id));
    }
    return enter(lesson, typeof part === "number" ? part : partOfExercise(lesson, part.id), place(lessonId));
  }

  async #menu(): Promise<number | undefined> {
    this.#stage.screen.leave();
    const chosen = await chooseFromMenu({ ...this.#menuContext(), filter: this.#filter });
    this.#filter = chosen.filter;
    const { session } = this.#stage;
    switch (chosen.go) {
      case "quit":
        return 0;
      case "back":
        return session ? this.#act(this.#enterPart(session.lesson.id, session.part)) : 0;
      case "lesson":
        return this.#act(this.#enterPart(chosen.id, 0));
      case "exercise": {
        const entry = this.#stage.context.course.find(chosen.id)!;
        return this.#act(this.#enterPart(entry.lesson, entry));
      }
    }
  }

  #menuContext(): Omit<MenuContext, "filter"> {
    const { course, terminal, progress } = this.#stage.context;
    const { session } = this.#stage;
    const exercise = session && exerciseOf(session);
    return {
      course,
      terminal,
      now: standings(progress.passed),
      news: this.#news,
      ...(session && {
        at: {
          lesson: session.lesson.id,
          ...(exercise && { exercise: exercise.id }),
          title: exercise?.title ?? partOf(session).title,
        },
      }),
    };
  }

  /** Inputs that wait change the screen at once: nothing is drawn for a moment only. */
  #draw(): void {
    const stage = this.#stage;
    const { terminal } = stage.context;
    if (!stage.session || !stage.inputs.isEmpty) return;
    const tools: ScreenTools = {
      style: terminal.style,
      columns: terminal.columns,
      rows: terminal.rows,
      markdown: (text, width) => markdownLines(text, width, terminal.style),
      box: (lines, title, width, paint) => box(lines, title, width, terminal.style, paint),
    };
    if (terminal.plain) {
      const { notice } = stage.session;
      const text = viewLinear(stage.session, tools).join("\n") + (notice ? `\n${notice}` : "");
      if (text !== this.#lastLinear) terminal.print(`\n${text}`);
      this.#lastLinear = text;
      return;
    }
    const screen = viewScreen(stage.session, tools);
    stage.session = update(stage.session, { type: "drawn", bodyLines: screen.bodyLines, room: screen.room }).session;
    stage.screen.draw(screen.lines);
  }
}

function partOfExercise({ parts }: Lesson, id: string): number {
  return Math.max(
    0,
    parts.findIndex((part) => part.kind === "exercise" && part.id === id),
  );
}
