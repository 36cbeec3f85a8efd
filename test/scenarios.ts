/**
 * Runs scenarios taken from Kubernetes' own test suites: `npm run scenarios -- FILE…` (JSONL; without a file those in
 * `recordings/scenarios`). One line each, and last how many agree.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { TestScenario } from "./scenarios/format.ts";
import { runScenario } from "./scenarios/run.ts";

const own = new URL("recordings/scenarios/", import.meta.url);
const given = process.argv.slice(2);
const files: readonly (string | URL)[] =
  given.length > 0
    ? given
    : readdirSync(own)
        .filter((name) => name.endsWith(".jsonl"))
        .sort()
        .map((name) => new URL(name, own));

let agree = 0;
let notModelled = 0;
let total = 0;
for (const file of files) {
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (line.trim() === "") continue;
    const scenario = JSON.parse(line) as TestScenario;
    const verdict = runScenario(scenario);
    total++;
    if (verdict.outcome === "ok") agree++;
    if (verdict.outcome === "not-modelled") notModelled++;
    console.log("reason" in verdict ? `${verdict.outcome} ${scenario.id} ${verdict.reason}` : `ok ${scenario.id}`);
  }
}
console.log(`agree: ${agree}/${total}, not modelled: ${notModelled}`);
