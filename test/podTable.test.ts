import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { humanDuration } from "../src/kubectl/duration.ts";
import { podRow } from "../src/kubectl/podTable.ts";

const scenarios = readFileSync(new URL("recordings/scenarios/status_column.jsonl", import.meta.url), "utf8");
for (const line of scenarios.trim().split("\n")) {
  const { id, input, expect } = JSON.parse(line);
  test(id, () => {
    const row = podRow(input.pod, Date.parse(input.now));
    const { ready, status: statusColumn, restarts } = row;
    const got: Record<string, string> = { ready, statusColumn, restarts };
    for (const [column, text] of Object.entries(expect)) {
      if (column in got) assert.equal(got[column], text);
    }
  });
}

const durations: readonly [seconds: number, expected: string][] = [
  [-2, "<invalid>"],
  [-1, "0s"],
  [119, "119s"],
  [120, "2m"],
  [599, "9m59s"],
  [600, "10m"],
  [10_799, "179m"],
  [10_800, "3h"],
  [28_799, "7h59m"],
  [28_800, "8h"],
  [172_799, "47h"],
  [172_800, "2d"],
  [691_199, "7d23h"],
  [691_200, "8d"],
  [63_072_000, "2y"],
  [252_288_000, "8y"],
];
for (const [seconds, expected] of durations) {
  test(`${seconds}s is ${expected}`, () => assert.equal(humanDuration(seconds * 1000), expected));
}
