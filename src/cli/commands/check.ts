/** `course check`: grades a manifest. The way from the command line to the verdict loads nothing else. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Verdict } from "../../grader/types.ts";
import type { ExerciseEntry } from "../../runner/courseFiles.ts";
import { gradeText } from "../../runner/gradeText.ts";
import { readInput } from "../../runner/inputFile.ts";
import { nearest } from "../../runner/nearMiss.ts";
import { verdictLines } from "../../runner/verdictText.ts";
import { exerciseOfFile, exercisePath, shownPath } from "../../runner/workspace.ts";
import type { Options } from "../commandTable.ts";
import { type Context, UsageFault } from "../context.ts";
import { notYet, passed, wrongUsage } from "../exitCode.ts";

interface Target {
  readonly entry: ExerciseEntry;
  /** A path, or `-`. */
  readonly file: string;
}

export async function run(
  context: Context,
  [first, second]: readonly (string | undefined)[],
  options: Options,
): Promise<number> {
  if (options.all) {
    if (first !== undefined)
      throw new UsageFault("--all checks every exercise in the workspace; leave the exercise out.");
    return checkAll(context, options);
  }
  if (first === undefined)
    throw new UsageFault(
      "Which exercise? For example: course check probes/liveness (course list shows all), or course check --all",
    );
  const target = targetOf(context, first, second);
  if (options.watch) {
    if (target.file === "-") throw new UsageFault("--watch needs a file; standard input does not change.");
    const { watchFile } = await import("../../runner/watchFile.ts");
    context.terminal.note(`Watching ${shownPath(target.file, context.cwd)}. Ctrl-C ends it.`);
    check(context, target, options);
    await watchFile(target.file, () => void check(context, target, options)).untilInterrupted();
    return passed;
  }
  return check(context, target, options);
}

function targetOf(context: Context, first: string, second: string | undefined): Target {
  const { course, workspace, cwd } = context;
  if (second !== undefined)
    return { entry: context.exercise(first), file: second === "-" ? "-" : resolve(cwd, second) };
  const byName = course.find(first);
  if (byName) {
    const file = exercisePath(workspace, byName);
    if (!existsSync(file)) {
      throw new UsageFault(
        `There is no ${shownPath(file, cwd)} yet. course show ${byName.id} writes the file to begin with.`,
      );
    }
    return { entry: byName, file };
  }
  if (first === "-") throw new UsageFault("Which exercise is it for? For example: course check probes/liveness -");
  const path = resolve(cwd, first);
  const isPath = existsSync(path) || /\.(ya?ml|json|sh)$/i.test(first);
  if (!isPath) throw new UsageFault(course.unknown(first));
  const entry = exerciseOfFile(path, course.exercises);
  if (entry) return { entry, file: path };
  const input = readInput(path);
  if (!input.ok) throw new UsageFault(input.message);
  const near = nearest(
    path
      .split(/[\\/]/)
      .at(-1)!
      .replace(/\.\w+$/, ""),
    course.exercises.map((exercise) => exercise.id),
  );
  throw new UsageFault(
    `Which exercise is ${first} for? Its name does not say.${near ? ` For example: course check ${near} ${first}` : ` Name it first: course check EXERCISE ${first}`}`,
  );
}

function check(context: Context, { entry, file }: Target, options: Options): number {
  const { terminal } = context;
  const input = readInput(file);
  if (!input.ok) {
    terminal.note(input.message);
    return wrongUsage;
  }
  const exercise = context.course.exercise(entry);
  const verdict = gradeText(exercise, input.text);
  remember(context, entry, verdict);
  if (options.json) {
    terminal.print(JSON.stringify(verdict, null, 2));
    return verdict.passed ? passed : notYet;
  }
  const { style } = terminal;
  const width = Math.min(terminal.columns, 120);
  terminal.print(style.bold(exercise.title) + style.dim(`  ${entry.id}`));
  terminal.print(verdictLines({ verdict, manifest: input.text, debrief: exercise.debrief, width, style }).join("\n"));
  terminal.note(verdict.passed ? whatNext(context) : `\nHelp: course hint ${entry.id}`);
  return verdict.passed ? passed : notYet;
}

function remember(context: Context, entry: ExerciseEntry, verdict: Verdict): void {
  if (!verdict.passed) return;
  if (context.progress.passed.get(entry.id) === entry.digest) return;
  context.record({ did: "passed", exercise: entry.id, digest: entry.digest });
}

function whatNext({ course, progress }: Context): string {
  const next = course.exercises.find((exercise) => !progress.passed.has(exercise.id));
  return next ? `\nNext: course show ${next.id}` : "\nThat was the last one: everything is done.";
}

interface Row {
  readonly id: string;
  readonly result: "passed" | "not yet" | "not begun";
  readonly message?: string;
}

function checkAll(context: Context, options: Options): number {
  const { terminal, course, workspace } = context;
  const { style } = terminal;
  const rows = course.exercises.map((entry): Row => {
    const file = exercisePath(workspace, entry);
    if (!existsSync(file)) return { id: entry.id, result: "not begun" };
    const input = readInput(file);
    if (!input.ok) return { id: entry.id, result: "not yet", message: input.message };
    const verdict = gradeText(course.exercise(entry), input.text);
    remember(context, entry, verdict);
    const message = verdict.first
      ? `${verdict.first.expected}: ${verdict.first.actual}`
      : verdict.rejected?.message.split("\n")[0];
    return {
      id: entry.id,
      result: verdict.passed ? "passed" : "not yet",
      ...(message && !verdict.passed && { message }),
    };
  });
  if (options.json) {
    terminal.print(JSON.stringify({ version: 1, exercises: rows }, null, 2));
  } else {
    const width = Math.max(...rows.map((row) => row.id.length), 8);
    for (const { id, result, message } of rows) {
      const paint = result === "passed" ? style.green : result === "not yet" ? style.red : style.dim;
      terminal.print(`${paint(result.padEnd(9))}  ${id.padEnd(width)}${message ? `  ${message}` : ""}`);
    }
  }
  return rows.every((row) => row.result === "passed") ? passed : notYet;
}
