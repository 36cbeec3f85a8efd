/** A scenario with Pods: made, acted upon, run to its horizon, held against what is expected. */
import { act, checkActions, staticNodeOf } from "./actions.ts";
import { Differs, NotModelled, type TestScenario } from "./format.ts";
import { checkExpectations } from "./expectations.ts";
import { checkRefusal, refusalKeys } from "./refusal.ts";
import { World } from "./world.ts";

/** Of scenarios that name no horizon: they are about what is refused. */
const shortHorizon = 30;

export function runPods(scenario: TestScenario): void {
  const { actions = [], expect } = scenario;
  checkActions(actions);
  const world = new World(scenario);
  const pods = scenario.pods ?? [scenario.pod];
  const later = new Set(actions.flatMap((action) => action.createPod ?? []));
  const isStatic = staticNodeOf(actions) !== undefined;
  const refusals: ReturnType<World["create"]>[] = [];
  let failure: unknown;
  const guarded = (run: () => void) => () => {
    try {
      run();
    } catch (error) {
      if (!(error instanceof NotModelled || error instanceof Differs)) throw error;
      failure ??= error;
    }
  };
  for (const pod of pods)
    if (!isStatic && !later.has(pod?.metadata?.name))
      world.at(
        0,
        guarded(() => void refusals.push(world.createPod(pod))),
      );
  for (const action of actions)
    world.at(
      action.at,
      guarded(() => act(world, action)),
    );
  const lastAction = Math.max(0, ...actions.map(({ at }) => at));
  const horizon = scenario.horizon ?? Math.max(shortHorizon, lastAction + 1);
  world.runUntil(horizon);
  if (failure) throw failure;
  const refused = refusals.find(({ message }) => message !== "");
  const ofCreation = expect.rejected !== undefined;
  const ofAction = expect.actionRejected !== undefined;
  if (ofCreation || ofAction) {
    const found = (ofAction ? world.refusals[0] : refused) ?? { message: "", errors: [] };
    if (ofAction && refused) throw new Differs(`the Pod was refused: ${refused.message}`);
    checkRefusal(found, expect);
  } else if (refused) throw new Differs(`the Pod was refused: ${refused.message}`);
  const rest = Object.fromEntries(Object.entries(expect).filter(([key]) => !refusalKeys.includes(key)));
  if (refused && Object.keys(rest).length > 0) throw new NotModelled("more is expected of a Pod that was refused");
  if (!refused) checkExpectations(world, rest, horizon);
}
