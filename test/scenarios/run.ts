/** One scenario from its line to its verdict. */
import { Differs, NotModelled, onlyKeys, type Outcome, type TestScenario } from "./format.ts";
import { runPods } from "./pods.ts";
import { tableFor } from "./tables/index.ts";

/** The release that the simulator models. */
const release = 36;

const known = [
  ...["id", "source", "title", "conformance", "note", "minVersion", "featureGates"],
  ...["pod", "pods", "input", "objects", "actions", "horizon", "hints", "expect"],
];

export function runScenario(scenario: TestScenario): Outcome {
  try {
    onlyKeys(scenario as unknown as Record<string, unknown>, known, "the scenario");
    for (const [gate, on] of Object.entries(scenario.featureGates ?? {}))
      if (!on) throw new NotModelled(`feature gate ${gate} is off`);
    if (Number(scenario.minVersion?.split(".")[1] ?? 0) > release)
      throw new NotModelled(`release ${scenario.minVersion}`);
    if (scenario.input === undefined) runPods(scenario);
    else tableFor(scenario).run(scenario);
    return { outcome: "ok" };
  } catch (error) {
    const reason = String(error instanceof Error ? error.message : error)
      .split("\n")[0]!
      .slice(0, 400);
    if (error instanceof NotModelled) return { outcome: "not-modelled", reason };
    if (error instanceof Differs) return { outcome: "differs", reason };
    // A scenario that makes the simulator itself fail differs as well.
    return { outcome: "differs", reason: `${(error as Error).name}: ${reason}` };
  }
}
