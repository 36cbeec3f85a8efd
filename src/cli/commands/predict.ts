/** `course predict`: the questions first, the run afterwards. An exercise's answers go into the learner's file. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { asksQuestions } from "../../course/predictions.ts";
import { judgeGuesses, type Question, usualQuestions } from "../../grader/guess.ts";
import { Cancelled } from "../../runner/cancelled.ts";
import { readInput } from "../../runner/inputFile.ts";
import { nearest } from "../../runner/nearMiss.ts";
import { type Answers, openAnswers, questionsOf, saveAnswers } from "../../runner/predictionFile.ts";
import { ask } from "../../runner/prompt.ts";
import { inline } from "../../runner/prose.ts";
import { guessLines } from "../../runner/questionForm.ts";
import { record } from "../../runner/recording.ts";
import { runTimeline } from "../../runner/runText.ts";
import { harmless, wrap } from "../../runner/textWidth.ts";
import { seconds as sayTime } from "../../runner/timeInWords.ts";
import { timelineLines } from "../../runner/timelineText.ts";
import type { Options } from "../commandTable.ts";
import { type Context, UsageFault } from "../context.ts";
import { notYet, passed, wrongUsage } from "../exitCode.ts";
import { durationOf, readScenario } from "../scenarioFile.ts";
import { run as check } from "./check.ts";

export async function run(
  context: Context,
  [target, ...words]: readonly (string | undefined)[],
  options: Options,
): Promise<number> {
  const given = answersIn(words.filter((word) => word !== undefined));
  const entry = context.course.find(target!);
  if (entry) return ofExercise(context, entry.id, given, options);
  if (target !== "-" && !existsSync(resolve(context.cwd, target!)) && !/\.(ya?ml|json)$/i.test(target!))
    throw new UsageFault(context.course.unknown(target!));
  return ofFile(context, target!, given, options);
}

function answersIn(words: readonly string[]): Answers {
  return Object.fromEntries(
    words.map((word) => {
      const [, name, said] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
      if (name === undefined) throw new UsageFault(`An answer is NAME=ANSWER, for example restarts=2, not ${word}.`);
      return [name, said!];
    }),
  );
}

async function ofExercise(context: Context, id: string, given: Answers, options: Options): Promise<number> {
  const exercise = context.course.exercise(context.exercise(id));
  if (options.for !== undefined)
    throw new UsageFault("--for goes with a file; an exercise says itself how long its run is.");
  if (!asksQuestions(exercise)) throw new UsageFault(`${id} asks no questions. course check ${id} checks your file.`);
  const questions = questionsOf(exercise);
  refuseUnknown(given, questions);
  const opened = openAnswers(context.workspace, exercise);
  if ("fault" in opened) return refuse(context, opened.fault);
  const answers = Object.keys(given).length > 0 ? given : await askAll(context, questions, opened.answers);
  if (!answers) return unanswered(context, questions, id);
  const saved = saveAnswers(context.workspace, exercise, answers);
  return "fault" in saved ? refuse(context, saved.fault) : check(context, [id], {});
}

async function ofFile(context: Context, file: string, given: Answers, options: Options): Promise<number> {
  const { terminal, cwd } = context;
  const input = readInput(file === "-" ? "-" : resolve(cwd, file));
  if (!input.ok) return refuse(context, input.message);
  const read = readScenario(input.text);
  if ("lines" in read) {
    terminal.note(read.lines(context).join("\n"));
    return notYet;
  }
  const at = options.for === undefined ? (read.scenario.seconds ?? 60) : durationOf(String(options.for));
  const questions = usualQuestions(sayTime(at));
  refuseUnknown(given, questions);
  const answers = Object.keys(given).length > 0 ? given : await askAll(context, questions, {});
  if (!answers) return unanswered(context, questions, file);
  const { run } = record({ ...read.scenario, seconds: at }, "");
  if (run.rejected) {
    terminal.note(run.rejected.message.split("\n").map(harmless).join("\n"));
    return notYet;
  }
  const judged = judgeGuesses(answers, questions, { run, pod: read.scenario.pod, at });
  const width = Math.min(terminal.columns, 140);
  terminal.print(guessLines(judged, width, terminal.style).join("\n"));
  terminal.print(`\n${timelineLines(runTimeline(run.trace), width, terminal.style).join("\n")}`);
  return judged.every(({ right, said }) => right || (said === undefined && Object.keys(given).length > 0))
    ? passed
    : notYet;
}

function refuse({ terminal }: Context, message: string): number {
  terminal.note(message);
  return wrongUsage;
}

function refuseUnknown(given: Answers, questions: readonly Question[]): void {
  const names = questions.map(({ name }) => name);
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    throw new UsageFault(
      `There is no question ${name}.${near ? ` Did you mean ${near}?` : ""} There are ${names.join(", ")}.`,
    );
  }
}

/** One after the other; an empty line keeps the answer in brackets. Undefined: nobody is there to be asked. */
async function askAll(
  { terminal }: Context,
  questions: readonly Question[],
  known: Answers,
): Promise<Answers | undefined> {
  if (!terminal.interactive) return undefined;
  const answers: Record<string, string> = {};
  for (const { name, text } of questions) {
    terminal.print(
      `${terminal.style.bold(name)}: ${wrap(inline(text, terminal.style), terminal.columns - 2).join("\n  ")}`,
    );
    const said = await ask(known[name] === undefined ? "> " : `[${known[name]}] > `);
    if (said === undefined) throw new Cancelled();
    answers[name] = said === "" ? (known[name] ?? "") : said;
  }
  terminal.print("");
  return answers;
}

function unanswered({ terminal }: Context, questions: readonly Question[], target: string): number {
  for (const { name, text } of questions) terminal.print(`${name}: ${inline(text, terminal.style)}`);
  terminal.note(`\nAnswer like this: course predict ${target} ${questions.map(({ name }) => `${name}=…`).join(" ")}`);
  return wrongUsage;
}
