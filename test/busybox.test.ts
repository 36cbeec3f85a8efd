/** busybox' own shell and the simulator's run the same scripts and say the same, to the letter. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, test } from "node:test";
import fc from "fast-check";
import { Pair, whyNoBusybox } from "./busyboxPair.ts";
import { script } from "./scriptGenerator.ts";

const FOLDER = new URL("busybox/", import.meta.url);
const GENERATED = 100;
/** Runs of the real shell side by side; most of their time is waiting. */
const LANES = 4;

const skip = whyNoBusybox ?? false;
const pair = new Pair();
after(() => pair.close());

/** Process ids are the only thing that may differ. */
function masked(outcome: object): string {
  return JSON.stringify(outcome, null, 1).replace(/\bpid \d+/g, "pid N");
}

async function compare(text: string): Promise<void> {
  let { real, simulated } = await pair.run(text);
  // Which of two processes runs first is luck: what the real shell does now and then is right as well.
  for (let again = 0; again < 4 && masked(simulated) !== masked(real); again++)
    ({ real, simulated } = await pair.run(text));
  assert.equal(masked(simulated), masked(real), `sh -c ${text}`);
}

/** One file a topic, with a line of %% between two scripts. */
for (const file of readdirSync(FOLDER).sort()) {
  test(`scripts about ${file.replace(".txt", "")} do what they do under busybox`, { skip }, async () => {
    const scripts = readFileSync(new URL(file, FOLDER), "utf8").split(/^%%\n/m);
    const queue = scripts.values();
    await Promise.all(
      Array.from({ length: LANES }, async () => {
        for (const text of queue) await compare(text.replace(/\n$/, ""));
      }),
    );
  });
}

test("generated scripts do what they do under busybox", { skip }, async () => {
  await fc.assert(fc.asyncProperty(script, compare), { numRuns: GENERATED, seed: 20260101, endOnFailure: false });
});
