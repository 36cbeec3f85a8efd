/** What a scenario expects: keys about a moment (`stateChecks.ts`), about the whole run (`runChecks.ts`), and those that hold other expectations. */
import { check, Differs, type Json, NotModelled } from "./format.ts";
import { runChecks } from "./runChecks.ts";
import { stateChecks } from "./stateChecks.ts";
import { staticNodeOf } from "./actions.ts";
import type { World } from "./world.ts";

/** One Pod at one moment, with all that led to it. */
export interface View {
  readonly world: World;
  /** The Pod's name. */
  readonly name: string;
  /** Seconds. */
  readonly at: number;
}

export function checkExpectations(world: World, expect: Json, horizon: number): void {
  const { pod, pods, actions = [] } = world.scenario;
  const node = staticNodeOf(actions);
  const own = pod ?? pods?.[0];
  const name = expect.mirrorPod ?? (node ? `${own.metadata.name}-${node}` : own.metadata.name);
  const { pods: perPod = {}, ...rest } = expect;
  checkAll({ world, name, at: horizon }, rest);
  for (const [podName, wanted] of Object.entries(perPod))
    prefixed(podName, () => checkAll({ world, name: podName, at: horizon }, wanted));
}

type NestedCheck = (view: View, value: Json) => void;

const nested: Readonly<Record<string, NestedCheck>> = {
  checkpoints(view, list) {
    for (const { at, pods, ...wanted } of list) {
      prefixed(`at ${at}s`, () => checkAll({ ...view, at }, wanted));
      for (const [name, own] of Object.entries(pods ?? {}))
        prefixed(`${name} at ${at}s`, () => checkAll({ ...view, name, at }, own));
    }
  },
  eventually(view, list) {
    for (const wanted of list)
      check(
        moments(view).some((moment) => holds(moment, wanted)),
        `never seen: ${JSON.stringify(wanted)}`,
      );
  },
  never(view, list) {
    for (const { started, exitCode, container, ...wanted } of list) {
      const { seen } = view.world;
      if (started !== undefined) check(seen.runsOf(started, view.name).length === 0, `container ${started} ran`);
      if (exitCode !== undefined) {
        const runs = container === undefined ? seen.runs : seen.runsOf(container, view.name);
        check(!runs.some((run) => run.exitCode === exitCode), `container ${container} exited with ${exitCode}`);
        continue;
      }
      if (container !== undefined) throw new NotModelled("never: a container without an exitCode");
      if (Object.keys(wanted).length === 0) continue;
      const bad = moments(view).find((moment) => holds(moment, wanted));
      check(!bad, `seen at ${bad?.at}s: ${JSON.stringify(wanted)}`);
    }
  },
};

/** Each moment at which the Pod changed. */
function moments(view: View): View[] {
  const versions = view.world.seen.versions.get(view.name) ?? [];
  return versions.filter(({ pod, t }) => pod && t <= view.at).map(({ t }) => ({ ...view, at: t }));
}

/** Several versions may have one time: the last of them counts for all. */
function holds(view: View, wanted: Json): boolean {
  try {
    checkAll(view, wanted);
    return true;
  } catch (error) {
    if (error instanceof Differs) return false;
    throw error;
  }
}

function checkAll(view: View, expect: Json): void {
  for (const [key, value] of Object.entries(expect)) {
    const found = nested[key] ?? stateChecks[key] ?? runChecks[key];
    if (!found) throw new NotModelled(`expectation ${key}`);
    found(view, value);
  }
}

function prefixed(prefix: string, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) error.message = `${prefix}: ${error.message}`;
    throw error;
  }
}
