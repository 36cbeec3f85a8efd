/** Describes recorded Pods; recordings mask times, so one time stands for all of them on both sides. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { describePod } from "../src/kubectl/describePod.ts";

const time = "2026-01-01T00:00:01Z";
const traces = new URL("recordings/traces/", import.meta.url);
const upToEvents = (text: string) => text.split("\nEvents:")[0]!.replace(/\(lasts [^)]*\)/, "(lasts <age>)");

for (const group of ["lifecycle", "probes"]) {
  for (const file of readdirSync(new URL(`${group}/`, traces)).sort()) {
    const trace = JSON.parse(readFileSync(new URL(`${group}/${file}`, traces), "utf8"));
    if (!trace.object) continue;
    test(`describe ${group}/${file}`, () => {
      const pod = JSON.parse(JSON.stringify(trace.object).replaceAll("<time>", time));
      const text = describePod(pod, [], Date.parse(time)).replaceAll("Thu, 01 Jan 2026 00:00:01 +0000", "<time>");
      assert.equal(upToEvents(text), upToEvents(trace.kubectl.describe));
    });
  }
}
