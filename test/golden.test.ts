/**
 * Runs every recorded scenario and holds the trace against what a real cluster did. A trace that is known to differ is
 * listed with the reason in test/recordings/known-differences.json; the list must be true in both directions.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { simulate } from "../src/simulation/simulate.ts";
import type { Scenario, Trace } from "../src/simulation/trace.ts";
import { compare } from "./fidelity/compare.mjs";

const folder = new URL("recordings/traces/", import.meta.url).pathname;
const known: Record<string, string> = JSON.parse(
  readFileSync(new URL("recordings/known-differences.json", import.meta.url), "utf8"),
);

type Golden = Scenario & Trace & { name: string };

function differences(golden: Golden, trace: Trace): string[] {
  const aspects = Object.entries(compare(golden, trace) as Record<string, string[]>);
  return aspects.flatMap(([aspect, found]) => found.map((text) => `${aspect}: ${text}`));
}

for (const group of readdirSync(folder)) {
  for (const file of readdirSync(join(folder, group)).filter((f) => f.endsWith(".json") && !f.endsWith(".run2.json"))) {
    const id = `${group}/${file.replace(".json", "")}`;
    test(id, () => {
      const paths = [join(folder, group, file), join(folder, group, file.replace(".json", ".run2.json"))].filter((p) =>
        existsSync(p),
      );
      const runs: Golden[] = paths.map((p) => JSON.parse(readFileSync(p, "utf8")));
      const { node, nodeImages, seconds, static: isStatic, pod, objects, actions } = runs[0]!;
      const run = simulate({ node, nodeImages, seconds, static: isStatic, pod, objects, actions });
      const found = runs.map((golden) => differences(golden, run.trace)).sort((a, b) => a.length - b.length)[0]!;
      if (known[id]) assert.notEqual(found.length, 0, `${id} agrees now: take it off the list of known differences`);
      else assert.equal(found.length, 0, found.join("\n"));
    });
  }
}
