/** What a real kubectl printed for good and bad manifests, and the objects a real server stored. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { replay } from "../src/sandbox/transcript.ts";
import { maskDeep, maskLog } from "./fidelity/mask.mjs";

interface Outcome {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Recorded {
  readonly name: string;
  readonly text: string;
  readonly create: Outcome;
  readonly apply: Outcome;
  readonly stored?: unknown;
}

const recorded: Recorded[] = JSON.parse(
  readFileSync(new URL("recordings/manifests.json", import.meta.url), "utf8"),
) as Recorded[];

const command = (verb: string) => `kubectl ${verb} --dry-run=server -f pod.yaml`;

/** Nothing is stored, so that all manifests can be handed in to one cluster. */
const { steps } = replay({
  steps: recorded.flatMap(({ text }) => [
    { write: "pod.yaml", text },
    { run: command("create") },
    { run: command("apply") },
    { run: `${command("create")} -o json` },
  ]),
});

for (const [i, { name, stored, ...outcomes }] of recorded.entries()) {
  const printed = (at: number) => steps[i * 4 + at] as Outcome;
  for (const [at, verb] of ["create", "apply"].entries())
    test(`${name}: kubectl ${verb}`, () => {
      const { exit, stdout, stderr } = printed(at + 1);
      const wanted = outcomes[verb as "create" | "apply"];
      assert.equal(maskLog(stderr), wanted.stderr);
      assert.deepEqual({ exit, stdout: maskLog(stdout) }, { exit: wanted.exit, stdout: wanted.stdout });
    });
  if (stored)
    test(`${name}: the object as stored`, () => assert.deepEqual(maskDeep(JSON.parse(printed(3).stdout)), stored));
}
