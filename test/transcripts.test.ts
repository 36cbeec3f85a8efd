/** Sessions with a real kubectl and a real cluster, replayed: each command must print and end as it did there. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Replayed, replay, type Step } from "../src/sandbox/transcript.ts";
import { maskLog } from "./fidelity/mask.mjs";

type Recorded = Replayed & { readonly run?: string; readonly at?: number };
interface Session {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly steps: readonly Recorded[];
}

/** Steps that are known to differ, with the reason; each must differ, or it goes from this list. */
const known: Readonly<Record<string, string>> = {
  "output: kubectl get all":
    "the recording was made in a namespace without the Service kubernetes, the sandbox is in default",
};

/** Ages move with the clock, columns are as wide as their longest cell. */
function plain(text: string | undefined): string {
  return (maskLog(text ?? "") as string)
    .replace(/\(x\d+ over [^)]*\)/g, "")
    .replace(/\b(\d+[dhms]){1,2}\b( ago)?/g, "<age>")
    .replace(/<age>\s*(?=\S)/g, "<age> ")
    .replace(/[ \t]+/g, " ")
    .replace(/ +$/gm, "")
    .trimEnd();
}

const recorded = JSON.parse(
  readFileSync(new URL("./recordings/transcripts.json", import.meta.url), "utf8"),
) as readonly Session[];

function inputOf(step: Recorded): Step {
  if (!("run" in step)) return step as Step;
  return { run: step.run!, ...(step.at !== undefined && { at: step.at }) };
}

for (const { name, files, steps } of recorded)
  test(`session ${name}`, () => {
    const replayed = replay({ name, files, steps: steps.map(inputOf) }).steps;
    steps.forEach((step, i) => {
      if (!("run" in step)) return;
      const { exit, stdout, stderr } = replayed[i]!;
      const real = { exit: step.exit, stdout: plain(step.stdout), stderr: plain(step.stderr) };
      const simulated = { exit, stdout: plain(stdout), stderr: plain(stderr) };
      const title = `${name}: ${step.run}`;
      if (known[title]) assert.notDeepEqual(simulated, real, `${title} agrees now: take it from the list`);
      else assert.deepEqual(simulated, real, title);
    });
  });
