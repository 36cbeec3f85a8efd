import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { applyJsonPatch } from "../src/cluster/patch/jsonPatch.ts";
import { applyMergePatch } from "../src/cluster/patch/mergePatch.ts";
import { applyStrategicMerge } from "../src/cluster/patch/strategicMerge.ts";

const asset = JSON.parse(readFileSync(new URL("../assets/core-v1-schema.json", import.meta.url), "utf8"));
const schema = asset.definitions ?? asset.types ?? asset;
const pod = { metadata: { labels: { a: "1" } }, spec: { containers: [{ name: "x", image: "i:1" }, { name: "y" }] } };

const jsonPatches: readonly [patch: string, expected: unknown][] = [
  ['[{"op":"replace","path":"/a/0","value":9}]', { value: { a: [9, 2] } }],
  ['[{"op":"add","path":"/a/-","value":3}]', { value: { a: [1, 2, 3] } }],
  ['[{"op":"remove","path":"/a/-1"}]', { value: { a: [1] } }],
  ['[{"op":"add","path":"/b~1c","value":1}]', { value: { a: [1, 2], "b/c": 1 } }],
  ['[{"op":"test","path":"/a/0","value":2}]', { error: "testing value /a/0 failed: test failed", stage: "apply" }],
];
for (const [patch, expected] of jsonPatches) {
  test(`JSON patch ${patch}`, () => assert.deepEqual(applyJsonPatch({ a: [1, 2] }, patch), expected));
}

test("a merge patch removes what is null", () => {
  assert.deepEqual(applyMergePatch({ a: 1, b: { c: 2 } }, { a: null, b: { d: 3 } }), { b: { c: 2, d: 3 } });
});

test("a strategic merge patch finds containers by name", () => {
  const merged = applyStrategicMerge(pod, { spec: { containers: [{ name: "x", image: "i:2" }] } }, "Pod", schema);
  const expected = { ...pod, spec: { containers: [{ name: "x", image: "i:2" }, { name: "y" }] } };
  assert.deepEqual(merged, { value: expected });
});

test("a strategic merge patch deletes an element", () => {
  const merged = applyStrategicMerge(pod, { spec: { containers: [{ name: "x", $patch: "delete" }] } }, "Pod", schema);
  assert.deepEqual(merged, { value: { ...pod, spec: { containers: [{ name: "y" }] } } });
});
