/** A learner's manifest → Verdict. Pure; whatever the learner wrote comes back as a verdict, never as an exception. */
import { sessionOf } from "../simulation/sessionScript.ts";
import type { Scenario, Session, Simulate } from "../simulation/trace.ts";
import { findDecidingField, type Rerun, same } from "./decidingField.ts";
import type { Documents } from "./edits.ts";
import { valueAt } from "./fieldPath.ts";
import { evaluate, toFinding, toLane } from "./evaluate.ts";
import { type LearnerManifest, readLearnerManifest } from "./learnerManifest.ts";
import { firstChange } from "./prediction.ts";
import { explainedRefusal, type Refusal, refusedBeside } from "./refusal.ts";
import { isOpen, runWorld, scenarioOfAnswer, type WorldRun, wrongStructure } from "./run.ts";
import type { Assignment, Expectation, Finding, Lane, Place, Timeline, Verdict, World, WorldVerdict } from "./types.ts";

/** What `grade` can use beyond the assignment. */
export interface GradeOptions {
  /** Look for the line that decided; costs up to a dozen reruns of one world. True when absent. */
  readonly findLine?: boolean;
}

/** An exercise has solutions; comparing with them finds the line that decided. The starter is nobody's answer yet. */
export type Gradable = Assignment & {
  readonly solutions?: readonly { readonly manifest: string }[];
  readonly starter?: string;
};

export function grade(assignment: Gradable, text: string, simulate: Simulate, options: GradeOptions = {}): Verdict {
  const { verdict, search } = gradeFirst(assignment, text, simulate);
  if (options.findLine === false || !search) return verdict;
  for (const steps = search(); ; ) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * A verdict for those who wait for it. Where it takes reruns to find the line that decided, `search` does them, one a
 * step, and returns the same verdict with the line.
 */
export interface FirstVerdict {
  readonly verdict: Verdict;
  readonly search?: () => Generator<void, Verdict>;
}

export function gradeFirst(assignment: Gradable, text: string, simulate: Simulate): FirstVerdict {
  if (assignment.answers === "commands") return { verdict: gradeCommands(assignment, text, simulate) };
  const manifest = readLearnerManifest(text, assignment.documents);
  if ("fault" in manifest) return { verdict: failedEarly(assignment, manifest.fault) };
  const beside = asksForRefusal(assignment) ? undefined : refusedBeside(manifest);
  if (beside) return { verdict: { ...failedEarly(assignment, refusedFinding(beside)), rejected: beside } };
  const runs = assignment.worlds.map((world) => runWorld(assignment, world, manifest.documents, simulate));
  const hidden = runs.some(isOpen);
  const worlds = runs.map((run) => toWorldVerdict(run, hidden));
  const openAt = runs.findIndex(isOpen);
  const failedAt = runs.findIndex((run) => run.failed !== undefined);
  const at = openAt > failedAt && isPrediction(runs[failedAt]!.failed) ? openAt : failedAt;
  const warnings = [...new Set(runs.flatMap(({ run }) => run.warnings))];
  const notModelled = [...new Set(runs.flatMap(({ run }) => run.notModelled))];
  const base = { version: 1, exercise: assignment.id, warnings, worlds, notModelled } as const;
  const failed = runs[at];
  if (!failed) return { verdict: { ...base, passed: true } };
  const reply = hidden ? undefined : findReply(assignment, failed, isStarter(assignment, manifest.documents));
  const rejected =
    failed.run.rejected && explainedRefusal(failed.run.rejected, failed.evidence.documents[0], manifest, 0);
  const verdictWith = (first: Finding): Verdict => ({
    ...base,
    passed: false,
    first,
    worlds: worlds.with(at, withFirst(worlds[at]!, first)),
    ...(reply ? { reply } : {}),
    ...(rejected ? { rejected } : {}),
  });
  const { expectation, finding } = firstFinding(failed, worlds[at]!, manifest, rejected);
  const verdict = verdictWith(finding);
  if (!expectation || finding.place) return { verdict };
  return {
    verdict,
    *search() {
      const place = yield* findPlace(assignment, failed, expectation, manifest, simulate);
      return place ? verdictWith({ ...finding, place }) : verdict;
    },
  };
}

/** The answer is a script: it is typed at the shell of each world's cluster. */
function gradeCommands(assignment: Assignment, script: string, simulate: Simulate): Verdict {
  return verdictOnSession(assignment, sessionOf(script), simulate);
}

/** What was typed, and when, in place of a script. */
export function verdictOnSession(assignment: Assignment, session: Session, simulate: Simulate): Verdict {
  const runs = assignment.worlds.map((world) =>
    runWorld(assignment, world, [subjectOf(world)], simulate, false, session),
  );
  const worlds = runs.map((run) => toWorldVerdict(run));
  const at = runs.findIndex((run) => run.failed !== undefined);
  const base = { version: 1, exercise: assignment.id, warnings: [], worlds, notModelled: [] } as const;
  const failed = runs[at];
  if (!failed) return { ...base, passed: true };
  const reply = findReply(assignment, failed);
  const first = failed.failed === "limit" ? limitFinding(failed) : worlds[at]!.results.find((one) => !one.passed)!;
  return { ...base, passed: false, first, ...(reply ? { reply } : {}) };
}

/** The scenario that an answer is in one of the worlds; undefined where the text cannot be read. */
export function scenarioOf(assignment: Assignment, text: string, world: World): Scenario | undefined {
  if (assignment.answers === "commands") return scenarioOfSession(sessionOf(text), world);
  const manifest = readLearnerManifest(text, assignment.documents);
  return "fault" in manifest ? undefined : scenarioOfAnswer(world, manifest.documents);
}

export function scenarioOfSession(session: Session, world: World): Scenario {
  return scenarioOfAnswer(world, [subjectOf(world)], session);
}

/** The Pod that expectations are about, as far as it is known before anybody types. */
function subjectOf({ pod, about }: World): unknown {
  return pod ?? { metadata: { name: about ?? "" } };
}

/** Whether a script passes, and what fails first where. */
export function commandsPass(assignment: Assignment, script: string, simulate: Simulate): boolean {
  const session = sessionOf(script);
  return assignment.worlds.every(
    (world) => runWorld(assignment, world, [subjectOf(world)], simulate, true, session).failed === undefined,
  );
}

/**
 * Only whether documents pass, and what fails where: for the author check, which asks a thousand times. Structure is
 * looked at first, since that needs no run; worlds are run in order until one fails.
 */
export function passes(
  assignment: Assignment,
  documents: Documents,
  simulate: Simulate,
): { passed: boolean; expectation?: string; world?: string } {
  for (const world of assignment.worlds) {
    const failed =
      wrongStructure(assignment, world, documents) ?? runWorld(assignment, world, documents, simulate, true).failed;
    if (failed)
      return { passed: false, expectation: typeof failed === "string" ? failed : failed.id, world: world.name };
  }
  return { passed: true };
}

function asksForRefusal({ expect }: Assignment): boolean {
  return expect.some((one) => one.kind === "rejected");
}

function refusedFinding({ message, plain }: Refusal): Finding {
  const place = plain.find((one) => one.place)?.place;
  return {
    expectation: "rejected",
    passed: false,
    expected: "the API server takes it",
    when: "",
    actual: message,
    ...(place ? { place } : {}),
  };
}

function failedEarly(assignment: Assignment, first: Finding): Verdict {
  return { version: 1, exercise: assignment.id, passed: false, first, warnings: [], worlds: [], notModelled: [] };
}

function isPrediction(failed: WorldRun["failed"]): boolean {
  return typeof failed === "object" && failed.kind === "predict";
}

/** `hidden`: a question is open, so that nothing of the run is shown, nor whether an answer is right. */
function toWorldVerdict({ world, run, outcomes, evidence, failed }: WorldRun, hidden = false): WorldVerdict {
  const told = hidden
    ? outcomes.filter(({ expectation, outcome }) => outcome.open || (expectation.kind === "given" && !outcome.passed))
    : outcomes;
  const results = told.map(({ expectation, outcome }) => toFinding(expectation, outcome, world.name));
  const lanes = told.flatMap(({ expectation, outcome }) => toLane(expectation, outcome, world.seconds) ?? []);
  const drawn = !hidden && outcomes.some(({ expectation }) => expectation.kind === "predict" || lanes.length > 0);
  const timeline: Timeline = { seconds: world.seconds, lanes: [...lanes, ...(drawn ? backdrop(evidence) : [])] };
  return {
    name: world.name,
    passed: failed === undefined,
    ...(failed !== undefined && world.say ? { say: world.say } : {}),
    results,
    timeline,
    notModelled: run.notModelled,
    ...(run.stoppedBy ? { stoppedBy: run.stoppedBy } : {}),
    ...(run.restless ? { restless: run.restless } : {}),
  };
}

/** What the Pod did, whatever was asked: its STATUS column, below the expectations. */
function backdrop({ history }: WorldRun["evidence"]): Lane[] {
  const states = history.podStates();
  if (states.length === 0) return [];
  const spans = states.map(({ from, to, value }) => ({
    from,
    to,
    label: value.gone ? "gone" : `${value.ready} ${value.status}`,
  }));
  return [{ label: `Pod ${history.pod}`, windows: [], marks: [], spans }];
}

function withFirst(world: WorldVerdict, first: Finding): WorldVerdict {
  return {
    ...world,
    results: world.results.map((one) => (one.expectation === first.expectation && !one.passed ? first : one)),
  };
}

function limitFinding({ world, run }: WorldRun): Finding {
  return {
    expectation: "limit",
    ...(world.name ? { world: world.name } : {}),
    passed: false,
    when: "",
    expected: `a run of ${world.seconds}s`,
    actual: run.stoppedBy ?? "",
  };
}

/** `expectation`: what failed, unless the run itself did. */
function firstFinding(
  failed: WorldRun,
  verdict: WorldVerdict,
  manifest: LearnerManifest,
  rejected: Verdict["rejected"],
): { readonly finding: Finding; readonly expectation?: Expectation } {
  const world = failed.world.name;
  const about = { ...(world ? { world } : {}), passed: false, when: "" };
  if (rejected && failed.failed === "rejected") return { finding: { ...refusedFinding(rejected), ...about } };
  if (failed.failed === "limit") return { finding: limitFinding(failed) };
  const expectation = failed.failed as Exclude<WorldRun["failed"], string | undefined>;
  const finding = verdict.results.find((one) => one.expectation === expectation.id && !one.passed)!;
  const place = placeOfManifestFault(expectation, failed.evidence.documents[0], manifest);
  return { expectation, finding: place ? { ...finding, place } : finding };
}

/** The line that decided, with a rerun of the world a step. */
function* findPlace(
  assignment: Gradable,
  { world }: WorldRun,
  expectation: Expectation,
  manifest: LearnerManifest,
  simulate: Simulate,
): Generator<void, Place | undefined> {
  const solutions = (assignment.solutions ?? []).flatMap(({ manifest: text }) => {
    const read = readLearnerManifest(text, assignment.documents);
    return "fault" in read ? [] : [read.documents];
  });
  const alone = { ...assignment, expect: [expectation], wrongAnswers: [] };
  const rerun = (documents: Documents): Rerun => {
    const { run, failed } = runWorld(alone, world, documents, simulate, true);
    return { holds: failed === undefined, cost: run.steps + run.logs.length };
  };
  const field = yield* findDecidingField(manifest.documents, solutions, expectation, rerun);
  const place = field && manifest.place(field.document, field.keys);
  return place && { ...place, why: field.why, proven: field.proven };
}

/** For what is said about the manifest alone, no run has to tell which line it is. */
function placeOfManifestFault(expectation: Expectation, pod: unknown, manifest: LearnerManifest): Place | undefined {
  if (expectation.kind === "predict") return manifest.place(0, ["metadata", "annotations", expectation.annotation]);
  const changed =
    expectation.kind === "given" &&
    firstChange(valueAt(pod, [expectation.field]), expectation.value, [expectation.field]);
  return changed ? manifest.place(0, changed) : undefined;
}

function isStarter({ starter, documents: kinds }: Gradable, documents: Documents): boolean {
  const read = starter === undefined ? undefined : readLearnerManifest(starter, kinds);
  return read !== undefined && !("fault" in read) && same(documents, read.documents);
}

/**
 * A wrong answer that fails first in the same way; one with checks of its own goes before one without. One without is
 * no answer to somebody who has not tried anything yet.
 */
function findReply(assignment: Assignment, failed: WorldRun, untouched = false): Verdict["reply"] {
  const id = typeof failed.failed === "string" ? failed.failed : failed.failed?.id;
  const [best] = assignment.wrongAnswers
    .filter((wrong) => wrong.breaks === id && (wrong.world === undefined || wrong.world === failed.world.name))
    .filter((wrong) => !untouched || wrong.when.length > 0)
    .filter((wrong) => wrong.when.every((one) => evaluate(one, failed.evidence).passed))
    .sort((a, b) => b.when.length - a.when.length);
  return best && { id: best.id, title: best.title, text: best.reply };
}
