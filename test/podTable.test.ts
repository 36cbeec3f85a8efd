import assert from "node:assert/strict";
import { test } from "node:test";
import { humanDuration } from "../src/kubectl/duration.ts";

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
