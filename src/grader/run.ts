/** One world: the learner's documents, edited, in its circumstances, simulated and held against what is expected there. */
import type { Action, Run, Scenario, Session, Simulate } from "../simulation/trace.ts";
import { applyEdits, type Documents } from "./edits.ts";
import { evaluate, evaluateStructure, type Evidence, type Outcome } from "./evaluate.ts";
import { History } from "./history.ts";
import { planLooks } from "./looks.ts";
import { evaluateGiven } from "./prediction.ts";
import type { Assignment, Expectation, World } from "./types.ts";

export interface WorldRun {
  readonly world: World;
  readonly evidence: Evidence;
  readonly run: Run;
  readonly outcomes: readonly { readonly expectation: Expectation; readonly outcome: Outcome }[];
  /** The first that failed; `rejected` and `limit` are not expectations but fail as well. */
  readonly failed?: Expectation | "rejected" | "limit";
}

/** Questions of this world that have no answer yet. */
export function isOpen({ outcomes }: WorldRun): boolean {
  return outcomes.some(({ outcome }) => outcome.open);
}

function expectationsIn(assignment: Assignment, world: World): Expectation[] {
  return assignment.expect.filter((one) => !one.worlds || one.worlds.includes(world.name));
}

/** The first expectation about the manifest alone that does not hold. */
export function wrongStructure(assignment: Assignment, world: World, documents: Documents): Expectation | undefined {
  const asked = expectationsIn(assignment, world).filter((one) => one.kind === "structure" || one.kind === "given");
  if (asked.length === 0) return undefined;
  const edited = applyEdits(documents, world.edits);
  return asked.find((one) =>
    one.kind === "given" ? !evaluateGiven(one, edited).passed : !evaluateStructure(one, edited).passed,
  );
}

/** With `stopAtFirst` the outcomes end with the first failure. */
export function runWorld(
  assignment: Assignment,
  world: World,
  documents: Documents,
  simulate: Simulate,
  stopAtFirst = false,
  session?: Session,
): WorldRun {
  const expectations = expectationsIn(assignment, world);
  const edited = applyEdits(documents, world.edits);
  const pod = nameOf(edited[0]);
  const alsoAsked = assignment.wrongAnswers.flatMap((wrong) => wrong.when);
  const looks = planLooks(stopAtFirst ? expectations : [...expectations, ...alsoAsked], pod, world.seconds, (one) => {
    if (!one.container || "name" in one.container) return one.container?.name;
    const spec = (edited[0] as { spec?: Record<string, unknown> } | null)?.spec;
    const list = spec?.[one.container.list];
    return Array.isArray(list) ? nameIn(list[one.container.position]) : undefined;
  });
  const run = simulate({ ...scenarioOf(world, edited, pod, looks.looks), ...(session && commandsIn(world, session)) });
  const evidence: Evidence = { run, history: new History(run, edited[0]), looks, documents: edited };
  const asksForRefusal = expectations.some((one) => one.kind === "rejected");
  if (run.rejected && !asksForRefusal) return { world, evidence, run, outcomes: [], failed: "rejected" };
  const outcomes: { expectation: Expectation; outcome: Outcome }[] = [];
  let failed: WorldRun["failed"];
  for (const expectation of expectations) {
    const outcome = evaluate(expectation, evidence);
    outcomes.push({ expectation, outcome });
    if (outcome.passed) continue;
    failed ??= expectation;
    if (stopAtFirst) break;
  }
  // Nobody is told what is right before every question has an answer. Only a Pod that is another one goes before that.
  const open = outcomes.find(({ outcome }) => outcome.open)?.expectation;
  if (open && (failed as Expectation).kind !== "given") failed = open;
  if (run.stoppedBy) failed = "limit";
  return { world, evidence, run, outcomes, ...(failed ? { failed } : {}) };
}

/** The cluster of a world whose Pod is the author's, before anybody types. */
export function scenarioOfWorld(world: World): Scenario {
  const pod = world.pod ?? { metadata: { name: world.about ?? "" } };
  return { ...scenarioOf(world, [pod], nameOf(pod), []), ...commandsIn(world, { inputs: [] }) };
}

/** What an answer makes of a world, with nothing looked at: for those who want to see it happen. */
export function scenarioOfAnswer(world: World, documents: Documents, session?: Session): Scenario {
  const edited = applyEdits(documents, world.edits);
  return { ...scenarioOf(world, edited, nameOf(edited[0]), []), ...(session && commandsIn(world, session)) };
}

/** Where the answer is commands, the Pod is the author's. */
function commandsIn({ pod, about, from }: World, session: Session): Partial<Scenario> {
  return { pod, session: { ...session, ...(from !== undefined && { from }) }, ...(about !== undefined && { about }) };
}

function scenarioOf(world: World, [pod, ...others]: Documents, name: string, looks: Scenario["looks"]): Scenario {
  return {
    pod,
    seconds: world.seconds,
    objects: [...(world.objects ?? []), ...others],
    actions: (world.actions ?? []).map((action) => onPod(action, name)),
    looks: looks ?? [],
    ...(world.static ? { static: true } : {}),
    ...(world.node === undefined ? {} : { node: world.node }),
    ...(world.nodeImages ? { nodeImages: world.nodeImages } : {}),
    ...(world.images ? { images: world.images } : {}),
    ...(world.seed === undefined ? {} : { seed: world.seed }),
  };
}

/** POD in an action is the learner's Pod. */
function onPod(action: Action, name: string): Action {
  const named = (text: string) => (text === "POD" ? name : text);
  if ("delete" in action) return { ...action, delete: named(action.delete) };
  if ("patch" in action) return { ...action, patch: [named(action.patch[0]), action.patch[1]] };
  if ("killContainer" in action)
    return { ...action, killContainer: [named(action.killContainer[0]), action.killContainer[1]] };
  if ("killSandbox" in action) return { ...action, killSandbox: named(action.killSandbox) };
  if ("staticRemove" in action) return { ...action, staticRemove: named(action.staticRemove) };
  return action;
}

function nameOf(pod: unknown): string {
  return nameIn((pod as { metadata?: unknown } | null)?.metadata) ?? "";
}

function nameIn(value: unknown): string | undefined {
  const name = (value as { name?: unknown } | null | undefined)?.name;
  return typeof name === "string" ? name : undefined;
}
