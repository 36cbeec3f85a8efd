/** What a real kubectl printed for good and bad manifests, and the objects a real server stored. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { prepareForCreate, submitText } from "../src/cluster/api/index.ts";
import type { Server } from "../src/cluster/api/submit.ts";
import { Random } from "../src/time/random.ts";
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

function emptyServer(): Server {
  const random = new Random(1);
  return {
    get: () => undefined,
    create: (object) => prepareForCreate(object, { now: 0, random, lookup: () => undefined, list: () => [] }),
  };
}

for (const { name, text, stored, ...outcomes } of recorded) {
  for (const verb of ["create", "apply"] as const)
    test(`${name}: kubectl ${verb}`, () => {
      const { exit, stdout, stderr } = submitText({
        text,
        fileName: "pod.yaml",
        verb,
        dryRun: true,
        server: emptyServer(),
      });
      const wanted = outcomes[verb];
      assert.equal(maskLog(stderr), wanted.stderr);
      assert.deepEqual({ exit, stdout: maskLog(stdout) }, { exit: wanted.exit, stdout: wanted.stdout });
    });
  if (stored)
    test(`${name}: the object as stored`, () => {
      const { objects } = submitText({
        text,
        fileName: "pod.yaml",
        verb: "create",
        dryRun: true,
        server: emptyServer(),
      });
      assert.deepEqual(maskDeep(objects[0]), stored);
    });
}
