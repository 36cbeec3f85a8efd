/** The author check: everything that a course claims is run. Pure; `course author check` prints and writes. */

import { commandsPass, grade, passes } from "../grader/grade.ts";
import { readLearnerManifest } from "../grader/learnerManifest.ts";
import type { Expectation } from "../grader/types.ts";
import { matchesWildcard } from "../runtime/wildcard.ts";
import type { Simulate } from "../simulation/trace.ts";
import { firstDifference, runDemo } from "./demo.ts";
import { emittedReasons } from "./emittedReasons.ts";
import { parseLesson } from "./lesson.ts";
import { mutantsOf } from "./mutants.ts";
import type { Exercise, Lesson, Problem } from "./types.ts";

export interface LessonSource {
  readonly file: string;
  readonly text: string;
}

export interface CourseReport {
  readonly version: 1;
  readonly ok: boolean;
  readonly lessons: number;
  readonly lessonIds: readonly string[];
  readonly exercises: readonly ExerciseReport[];
  /** Share of all mutants that the expectations notice, accepted survivors left out; 0 to 1, 1 when there are none. */
  readonly mutationScore: number;
  /** Demo blocks compared. */
  readonly blocks: number;
  readonly problems: readonly Problem[];
  /** Files that `update` would change: the new text. */
  readonly updates: readonly LessonSource[];
}

export interface ExerciseReport {
  readonly id: string;
  readonly mutants: number;
  readonly killed: number;
  readonly accepted: number;
  readonly mutationScore: number;
  readonly survivors: readonly { readonly mutant: string; readonly solution: string }[];
}

export interface CheckOptions {
  /** Put what the simulator prints into console and events blocks that differ. */
  readonly update?: boolean;
  readonly mutants?: boolean;
  /** Called after each exercise, for a progress line. */
  readonly progress?: (exercise: string) => void;
}

export function checkCourse(
  sources: readonly LessonSource[],
  simulate: Simulate,
  options: CheckOptions = {},
): CourseReport {
  const problems: Problem[] = [];
  const exercises: ExerciseReport[] = [];
  const updates: LessonSource[] = [];
  const lessons: Lesson[] = [];
  let blocks = 0;
  for (const source of sources) {
    const parsed = parseLesson(source.text, source.file);
    problems.push(...parsed.problems);
    if (!parsed.lesson) continue;
    const { lesson } = parsed;
    const twin = lessons.find((one) => one.id === lesson.id);
    if (twin) problems.push(twinFault(source.file, lesson.id, twin.file));
    lessons.push(lesson);
    const demos = checkDemos(lesson, source.text, simulate, options.update === true);
    problems.push(...demos.problems);
    blocks += demos.blocks;
    if (demos.text !== source.text) updates.push({ file: source.file, text: demos.text });
    for (const part of lesson.parts) {
      if (part.kind !== "exercise") continue;
      problems.push(...checkExercise(part, simulate));
      if (options.mutants !== false) {
        const report = killMutants(part, simulate);
        exercises.push(report);
        problems.push(...report.survivors.map((survivor) => unnoticed(part, survivor)));
      }
      options.progress?.(part.id);
    }
  }
  return summed({ lessonIds: lessons.map(({ id }) => id), exercises, blocks, problems, updates });
}

/** Reports about one lesson each, in the order of the course, as the report that one check of them all would have given. */
export function joinReports(reports: readonly (CourseReport & { readonly file: string })[]): CourseReport {
  const taken = new Map<string, string>();
  const twins = reports.flatMap(({ file, lessonIds }) =>
    lessonIds.flatMap((id) => {
      const by = taken.get(id);
      taken.set(id, by ?? file);
      return by === undefined ? [] : [twinFault(file, id, by)];
    }),
  );
  return summed({
    lessonIds: reports.flatMap((one) => one.lessonIds),
    exercises: reports.flatMap((one) => one.exercises),
    blocks: reports.reduce((sum, one) => sum + one.blocks, 0),
    problems: [...twins, ...reports.flatMap((one) => one.problems)],
    updates: reports.flatMap((one) => one.updates),
  });
}

function summed(
  found: Pick<CourseReport, "lessonIds" | "exercises" | "blocks" | "problems" | "updates">,
): CourseReport {
  const { lessonIds, exercises, blocks, problems, updates } = found;
  const mutants = exercises.reduce((sum, one) => sum + one.mutants - one.accepted, 0);
  const killed = exercises.reduce((sum, one) => sum + one.killed, 0);
  return {
    version: 1,
    ok: problems.every((problem) => problem.severity !== "error"),
    lessons: lessonIds.length,
    lessonIds,
    exercises,
    mutationScore: mutants === 0 ? 1 : Math.round((killed / mutants) * 1000) / 1000,
    blocks,
    problems: problems.toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line)),
    updates,
  };
}

function unnoticed(
  { id, file, expectLine }: Exercise,
  { mutant, solution }: ExerciseReport["survivors"][number],
): Problem {
  return {
    file,
    line: expectLine,
    severity: "warning",
    message: `exercise ${id}: nothing notices ${mutant} (${solution}): expect more, or list it under survivors with the reason`,
  };
}

function twinFault(file: string, id: string, by: string): Problem {
  return error(file, 2, `the id ${id} is taken by ${by}`);
}

function error(file: string, line: number, message: string): Problem {
  return { file, line, message, severity: "error" };
}

// ---- demos

function checkDemos(
  lesson: Lesson,
  source: string,
  simulate: Simulate,
  update: boolean,
): { problems: Problem[]; blocks: number; text: string } {
  const problems: Problem[] = [];
  const lines = source.replace(/\r\n?/g, "\n").split("\n");
  const changes: { line: number; count: number; to: readonly string[] }[] = [];
  let blocks = 0;
  for (const part of lesson.parts) {
    const claims = part.kind === "page" ? part.demos : part.evidence ? [part.evidence] : [];
    for (const demo of claims) {
      const about = `${part.kind === "page" ? "demo" : "exercise"} ${demo.id}: `;
      const ran = runDemo(demo, simulate);
      if ("fault" in ran) {
        problems.push(error(lesson.file, demo.line, `${about}${ran.fault}`));
        continue;
      }
      for (const field of ran.run.notModelled)
        problems.push({
          file: lesson.file,
          line: demo.line,
          severity: "warning",
          message: `${about}${field} is not simulated`,
        });
      if (ran.run.stoppedBy) problems.push(error(lesson.file, demo.line, `${about}${ran.run.stoppedBy}`));
      demo.blocks.forEach((block, i) => {
        blocks++;
        const printed = ran.blocks[i]!;
        const difference = firstDifference(block, printed);
        if (!difference) return;
        if (update)
          changes.push({ line: block.line, count: block.text === "" ? 0 : block.text.split("\n").length, to: printed });
        else
          problems.push(
            error(
              lesson.file,
              difference.line,
              `${about}this is not what happens\n    written: ${difference.claimed}\n    printed: ${difference.printed}\n  course author check --update writes what is printed`,
            ),
          );
      });
    }
  }
  for (const { line, count, to } of changes.sort((a, b) => b.line - a.line)) lines.splice(line - 1, count, ...to);
  return { problems, blocks, text: changes.length > 0 ? lines.join("\n") : source };
}

// ---- exercises

function checkExercise(exercise: Exercise, simulate: Simulate): Problem[] {
  const problems: Problem[] = [];
  const about = `exercise ${exercise.id}: `;
  const fault = (line: number, message: string, severity: Problem["severity"] = "error") =>
    problems.push({ file: exercise.file, line, message: about + message, severity });
  for (const expectation of exercise.expect)
    checkReasons(expectation, (line, message) => fault(line ?? exercise.expectLine, message, "warning"));

  const starter = grade(exercise, exercise.starter, simulate, { findLine: false });
  if (starter.passed) fault(exercise.line, "the starter passes already");
  else if (starter.first!.expectation !== exercise.starterFails)
    fault(
      exercise.expectLine,
      `the starter should fail first for ${exercise.starterFails}, but it fails for ${sayFinding(starter.first!)}`,
    );
  for (const solution of exercise.solutions) {
    const verdict = grade(exercise, solution.manifest, simulate, { findLine: false });
    if (!verdict.passed) fault(solution.line, `${solution.title} does not pass: ${sayFinding(verdict.first!)}`);
    for (const field of verdict.notModelled) fault(solution.line, `${field} is not simulated`, "warning");
  }
  for (const wrong of exercise.wrongAnswers) {
    const line = wrong.line ?? exercise.line;
    const verdict = grade(exercise, wrong.manifest, simulate, { findLine: false });
    if (verdict.passed) fault(line, `the wrong answer "${wrong.title}" passes`);
    else if (verdict.first!.expectation !== wrong.breaks)
      fault(
        line,
        `the wrong answer "${wrong.title}" should break ${wrong.breaks} first, but it breaks ${sayFinding(verdict.first!)}`,
      );
    else if (wrong.world !== undefined && verdict.first!.world !== wrong.world)
      fault(
        line,
        `the wrong answer "${wrong.title}" should fail in world ${wrong.world}, but it fails in ${verdict.first!.world}`,
      );
    else if (verdict.reply?.id !== wrong.id)
      fault(
        line,
        `the wrong answer "${wrong.title}" gets ${verdict.reply ? `the reply of "${verdict.reply.title}"` : "no reply"}: give it a yaml when block that holds for it and no other`,
      );
  }
  return problems;
}

function sayFinding({
  expectation,
  world,
  expected,
  when,
  actual,
}: {
  expectation: string;
  world?: string;
  expected: string;
  when: string;
  actual: string;
}): string {
  return `${expectation}${world ? ` in world "${world}"` : ""} (${[expected, when].filter(Boolean).join(" ")}: ${actual})`;
}

function checkReasons(expectation: Expectation, fault: (line: number | undefined, message: string) => void): void {
  if (expectation.kind === "event" && !emittedReasons.has(expectation.reason))
    fault(
      expectation.line,
      `no cluster emits an event ${expectation.reason}; reasons are spelt as kubectl describe shows them`,
    );
  if (expectation.kind === "order") for (const step of expectation.steps) checkReasons(step.what, fault);
  if (expectation.kind === "any" || expectation.kind === "all")
    for (const one of expectation.of) checkReasons(one, fault);
}

function killMutants(exercise: Exercise, simulate: Simulate): ExerciseReport {
  const survivors: { mutant: string; solution: string }[] = [];
  let mutants = 0;
  let killed = 0;
  let accepted = 0;
  if (exercise.answers === "commands") return dropLines(exercise, simulate);
  // What was tried on one solution need not be tried on the next: solutions differ in a few places only.
  const tried = new Set<string>();
  let { worlds } = exercise;
  /** The world that noticed the last one comes first: neighbours are often noticed by the same. */
  const survives = (documents: readonly unknown[]): boolean => {
    const { passed, world } = passes({ ...exercise, worlds }, documents, simulate);
    const noticed = worlds.find(({ name }) => name === world);
    if (noticed && noticed !== worlds[0]) worlds = [noticed, ...worlds.filter((one) => one !== noticed)];
    return passed;
  };
  for (const solution of exercise.solutions) {
    const read = readLearnerManifest(solution.manifest, exercise.documents);
    if ("fault" in read || !survives(read.documents)) continue;
    read.documents.forEach((document, i) => {
      for (const mutant of mutantsOf(document)) {
        const key = `${i} ${mutant.key}`;
        if (tried.has(key)) continue;
        tried.add(key);
        mutants++;
        const name = i === 0 ? mutant.name : `${String((document as { kind?: unknown } | null)?.kind)}: ${mutant.name}`;
        if (!survives(read.documents.with(i, mutant.document))) killed++;
        else if (exercise.survivors.some((one) => matchesWildcard(one.mutant, name))) accepted++;
        else survivors.push({ mutant: name, solution: solution.title });
      }
    });
  }
  return scored(exercise, mutants, killed, accepted, survivors);
}

function scored(
  { id }: Exercise,
  mutants: number,
  killed: number,
  accepted: number,
  survivors: ExerciseReport["survivors"],
): ExerciseReport {
  const counted = mutants - accepted;
  const mutationScore = counted === 0 ? 1 : Math.round((killed / counted) * 1000) / 1000;
  return { id, mutants, killed, accepted, mutationScore, survivors };
}

/** The mutants of a script: each of its lines left out. */
function dropLines(exercise: Exercise, simulate: Simulate): ExerciseReport {
  const survivors: { mutant: string; solution: string }[] = [];
  let [mutants, killed, accepted] = [0, 0, 0];
  for (const solution of exercise.solutions) {
    const lines = solution.manifest.split("\n");
    lines.forEach((line, i) => {
      if (/^\s*(#|$)/.test(line)) return;
      mutants++;
      const name = `${line.trim()} left out`;
      if (!commandsPass(exercise, lines.toSpliced(i, 1).join("\n"), simulate)) killed++;
      else if (exercise.survivors.some((one) => matchesWildcard(one.mutant, name))) accepted++;
      else survivors.push({ mutant: name, solution: solution.title });
    });
  }
  return scored(exercise, mutants, killed, accepted, survivors);
}
