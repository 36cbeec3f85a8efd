/** What must hold for any manifest: a verdict and no exception, within limits; the same input always gives the same run. */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { buildSync } from "esbuild";
import fc from "fast-check";
import { manifestItems } from "../src/cluster/api/index.ts";
import { simulate } from "../src/simulation/simulate.ts";
import type { Run, Scenario } from "../src/simulation/trace.ts";
import { mutatedPod, recorded } from "./mutations.ts";

const seconds = 20;
/** Far above what any of these takes, and far below what a learner would wait for. */
const longestMs = 20_000;
/** The same cases each time; another number explores others. */
const cases = { seed: 20260101, numRuns: 120 } as const;

function checked(scenario: Scenario): Run {
  const begun = performance.now();
  const run = simulate(scenario);
  assert.ok(performance.now() - begun < longestMs, "it takes too long");
  assert.ok(run.rejected || run.trace.watch.length > 0, "neither refused nor seen");
  if (run.rejected) assert.notEqual(run.rejected.message, "");
  assert.doesNotThrow(() => JSON.stringify(run));
  return run;
}

test("a mutated Pod is refused or runs", () => {
  fc.assert(
    fc.property(mutatedPod, ({ pod, objects, nodeImages }) => {
      checked({ pod, objects, nodeImages, seconds });
    }),
    cases,
  );
});

test("a mutated static Pod and mutated objects do no harm", () => {
  fc.assert(
    fc.property(mutatedPod, mutatedPod, ({ pod, nodeImages }, { pod: object }) => {
      const run = simulate({ pod, objects: [object], nodeImages, seconds: 5, static: true });
      assert.equal(typeof JSON.stringify(run), "string");
    }),
    { ...cases, numRuns: 40 },
  );
});

test("any text is read as a manifest or refused with words", () => {
  const text = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc.string({ unit: fc.constantFrom(..."-:{}[]&*!|>'\"%@`#, \n\tab1~?\\"), maxLength: 200 }),
    fc.tuple(mutatedPod, fc.nat(5000), fc.string({ maxLength: 6 })).map(([{ pod }, at, put]) => {
      const json = JSON.stringify(pod, null, 1) ?? "";
      return json.slice(0, at) + put + json.slice(at + 1);
    }),
  );
  fc.assert(
    fc.property(text, (source) => {
      for (const item of manifestItems(source, "pod.yaml")) if ("refusal" in item) assert.notEqual(item.refusal, "");
    }),
    { ...cases, numRuns: 400 },
  );
});

/** The simulator as one script that needs nothing beside it. */
function workerCode(): string {
  const contents = `
    import { parentPort, workerData } from "node:worker_threads";
    import { simulate } from "./src/simulation/simulate.ts";
    parentPort.postMessage(workerData.map((scenario) => JSON.stringify(simulate(scenario))));`;
  const resolveDir = fileURLToPath(new URL("..", import.meta.url));
  const stdin = { contents, resolveDir, loader: "ts" } as const;
  return buildSync({ stdin, bundle: true, write: false, platform: "node", format: "cjs" }).outputFiles[0]!.text;
}

test("the same scenario and seed give the same run, in a worker thread too", async () => {
  const scenarios: Scenario[] = recorded.slice(0, 12).map(({ pod, objects, nodeImages }, i) => ({
    pod,
    objects,
    nodeImages,
    seconds: 30,
    ...(i % 2 === 0 && { seed: i }),
  }));
  const mutated = fc.sample(mutatedPod, { seed: cases.seed, numRuns: 20 });
  for (const { pod, objects, nodeImages } of mutated) scenarios.push({ pod, objects, nodeImages, seconds, seed: 7 });
  const first = scenarios.map((scenario) => JSON.stringify(simulate(scenario)));
  const again = scenarios.map((scenario) => JSON.stringify(simulate(scenario)));
  assert.deepEqual(again, first);
  const worker = new Worker(workerCode(), { eval: true, workerData: scenarios });
  const elsewhere = await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  await worker.terminate();
  assert.deepEqual(elsewhere, first);
});
