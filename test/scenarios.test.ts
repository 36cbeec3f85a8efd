/** Scenarios of Kubernetes' own test suites, each a test. What differs is listed with the reason. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { TestScenario } from "./scenarios/format.ts";
import { runScenario } from "./scenarios/run.ts";

/** Where the scenario and a real cluster do not agree, or the simulator is known to be wrong. */
const known: Readonly<Record<string, string>> = {
  "env/configmap-envfrom": "the recorded cluster has a busybox whose shell drops such names: its log shows none",
  "env/secret-envfrom": "as above",
  "lifecycle/deadline-update":
    "the STATUS column was filled in by hand: kubectl shows the reason of a terminated container before that of the Pod",
  "resources/evicted-ephemeral-storage": "as above: the containers of an evicted Pod have ended in error",
  "volumes/emptydir-dirmode-memory": "the recorded cluster has the sticky bit there",
  "lifecycle/generation-delete":
    "the look comes one second after the delete: a real Pod lingers half a second to one and a half, here half a second",
};

const folder = new URL("recordings/scenarios/", import.meta.url);
for (const file of readdirSync(folder).filter((name) => name.endsWith(".jsonl"))) {
  for (const line of readFileSync(new URL(file, folder), "utf8").trim().split("\n")) {
    const scenario = JSON.parse(line) as TestScenario;
    test(scenario.id, () => {
      const verdict = runScenario(scenario);
      const text = "reason" in verdict ? `${verdict.outcome}: ${verdict.reason}` : verdict.outcome;
      if (known[scenario.id]) assert.match(text, /^differs/, "it agrees now: take it off the list");
      else assert.equal(text, "ok");
    });
  }
}
