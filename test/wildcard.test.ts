/** Patterns in which one sign stands for any text. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { firstDifference } from "../src/course/demo.ts";
import { matchesWildcard } from "../src/runtime/wildcard.ts";

test("a wildcard is any text, also none, and all else is itself", () => {
  const text = (...letters: string[]) =>
    fc.array(fc.constantFrom(...letters), { maxLength: 6 }).map((list) => list.join(""));
  fc.assert(
    fc.property(text("a", "b", ".", "*"), text("a", "b", "."), (pattern, text) => {
      const source = pattern.replaceAll(".", "\\.").replaceAll("*", ".*");
      assert.equal(matchesWildcard(pattern, text), new RegExp(`^${source}$`).test(text), `${pattern} ${text}`);
    }),
    { numRuns: 2000 },
  );
});

test("many wildcards are no reason to wait", () => {
  assert.equal(matchesWildcard(`${"*a".repeat(500)}b`, "a".repeat(5000)), false);
  const printed = Array.from({ length: 200 }, () => "same");
  const text = `${"...\nsame\n".repeat(40)}other`;
  assert.notEqual(firstDifference({ kind: "events", line: 10, text } as never, printed), undefined);
  const right = text.replace(/other$/, "same");
  assert.equal(firstDifference({ kind: "events", line: 10, text: right } as never, printed), undefined);
});
