/** `course check`: grades a manifest. The way from the command line to the verdict loads nothing else. */
import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Verdict } from "../../grader/types.ts";
import type { ExerciseEntry } from "../../runner/courseFiles.ts";
import type { Progress } from "../../runner/progress.ts";
import { readAnswer } from "../../runner/answerFile.ts";
import { gradeText, looksHalfWritten } from "../../runner/gradeText.ts";
import { type Input, readInput } from "../../runner/inputFile.ts";
import { nearest } from "../../runner/nearMiss.ts";
import { report, type ReportFormat, reportFormats, type Result, resultsOf } from "../../runner/resultReport.ts";
import { verdictLines } from "../../runner/verdictText.ts";
import { isThere } from "../../runner/wholeFile.ts";
import { exerciseOfFile, exercisePath, shownPath, WorkspaceFault } from "../../runner/workspace.ts";
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
  const format = reportFormat(options);
  if (options.all) {
    if (first !== undefined && !format)
      throw new UsageFault("--all checks every exercise in the workspace; leave the exercise out.");
    return checkAll(context, options, format, first);
  }
  if (first === undefined)
    throw new UsageFault(
      "Which exercise? For example: course check probes/warm-up (course list shows all), or course check --all",
    );
  const target = targetOf(context, first, second);
  if (format && options.watch) throw new UsageFault("--report goes with one check, not with --watch.");
  if (options.watch) {
    if (target.file === "-") throw new UsageFault("--watch needs a file; standard input does not change.");
    const { watchFile } = await import("../../runner/watchFile.ts");
    context.terminal.note(`Watching ${shownPath(target.file, context.cwd)}. Ctrl-C ends it.`);
    check(context, target, options);
    await watchFile(target.file, (settled) => {
      const read = readTarget(context, target);
      if (
        !settled &&
        read.ok &&
        looksHalfWritten(read.text, gradeText(context.course.exercise(target.entry), read.text))
      )
        return false;
      check(context, target, options);
      return true;
    }).untilInterrupted();
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
    if (!isThere(file)) {
      throw new UsageFault(
        `There is no ${shownPath(file, cwd)} yet. course show ${byName.id} writes the file to begin with.`,
      );
    }
    return { entry: byName, file };
  }
  if (first === "-") throw new UsageFault("Which exercise is it for? For example: course check probes/warm-up -");
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

/** A file that was named may be anywhere; the workspace's own may not lead out of it. */
function readTarget({ workspace }: Context, { entry, file }: Target): Input {
  return file === exercisePath(workspace, entry) ? readAnswer(workspace, entry) : readInput(file);
}

function check(context: Context, target: Target, options: Options): number {
  const { terminal } = context;
  const { entry } = target;
  const input = readTarget(context, target);
  if (!input.ok) {
    terminal.note(input.message);
    return wrongUsage;
  }
  const exercise = context.course.exercise(entry);
  const verdict = gradeText(exercise, input.text);
  remember(context, entry, verdict);
  const format = reportFormat(options);
  if (format) {
    const { results, fault } = resultsOf(verdict);
    terminal.print(report(format, results, fault));
    return verdict.passed ? passed : notYet;
  }
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

/** The verdict counts, also where progress cannot be read: that is said once, and nothing is written over it. */
function knownProgress(context: Context): Progress | undefined {
  try {
    return context.progress;
  } catch (error) {
    if (!(error instanceof WorkspaceFault)) throw error;
    if (!faultsSaid.has(context)) context.terminal.note(error.message);
    faultsSaid.add(context);
    return undefined;
  }
}

const faultsSaid = new WeakSet<Context>();

function remember(context: Context, entry: ExerciseEntry, verdict: Verdict): void {
  if (!verdict.passed) return;
  const progress = knownProgress(context);
  if (!progress || progress.passed.get(entry.id) === entry.digest) return;
  context.record({ did: "passed", exercise: entry.id, digest: entry.digest });
}

function whatNext(context: Context): string {
  const { course } = context;
  const progress = knownProgress(context);
  if (!progress) return "";
  const next = course.exercises.find((exercise) => !progress.passed.has(exercise.id));
  return next ? `\nNext: course show ${next.id}` : "\nThat was the last one: everything is done.";
}

interface Row {
  readonly id: string;
  readonly result: "passed" | "not yet" | "not begun";
  readonly message?: string;
}

function reportFormat({ report: asked, json }: Options): ReportFormat | undefined {
  if (asked === undefined) return undefined;
  const format = reportFormats.find((one) => one === asked);
  if (format && json) throw new UsageFault("Either --json or --report, not both.");
  if (format) return format;
  const near = nearest(String(asked), reportFormats);
  throw new UsageFault(
    `--report is ${reportFormats.join(" or ")}, not ${asked}.${near ? ` Did you mean ${near}?` : ""}`,
  );
}

/** Writes the report to `file`, or prints it. */
function giveReport({ terminal, cwd }: Context, text: string, file: string | undefined): void {
  if (file === undefined || file === "-") return terminal.print(text);
  try {
    writeFileSync(resolve(cwd, file), text);
  } catch (error) {
    throw new UsageFault(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
  terminal.note(`The report is in ${file}.`);
}

function checkAll(context: Context, options: Options, format?: ReportFormat, reportFile?: string): number {
  const { terminal, course, workspace } = context;
  const { style } = terminal;
  const rows = course.exercises.map((entry): Row => {
    const file = exercisePath(workspace, entry);
    if (!isThere(file)) return { id: entry.id, result: "not begun" };
    const input = readAnswer(workspace, entry);
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
  if (format) {
    const results = rows.map(({ id, result, message }): Result => {
      const { lesson, title } = course.find(id)!;
      const said = message ?? (result === "not begun" ? "not begun" : "");
      const how = { passed: "passed", "not yet": "failed", "not begun": "skipped" } as const;
      return { group: lesson, name: title, result: how[result], ...(result !== "passed" && { message: said }) };
    });
    giveReport(context, report(format, results), reportFile);
  } else if (options.json) {
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
