/** What words mean: the glossary, fields, events. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { emittedReasons } from "../src/course/emittedReasons.ts";
import { parseGlossary } from "../src/course/glossary.ts";
import { eventWords, explainedReasons } from "../src/runner/eventWords.ts";
import { course } from "./cliRun.ts";

test("the glossary: a term a heading", () => {
  assert.deepEqual(parseGlossary("# G\n\nIntro.\n\n## A b\n\nOne.\n\nTwo.\n\n## C\n\nThree.\n\n## Empty\n"), [
    { term: "A b", text: "One.\n\nTwo." },
    { term: "C", text: "Three." },
  ]);
});

test("every explained event is one that a cluster emits", () => {
  for (const reason of explainedReasons) assert.ok(emittedReasons.has(reason), reason);
  assert.equal(eventWords("backoff")?.reason, "BackOff");
});

test("course glossary and course explain", () => {
  assert.match(course(["glossary"]).stdout, /Container.*Pod/s);
  assert.match(course(["glossary", "back-off"]).stdout, /^Back-off\n/);
  const unknown = course(["glossary", "kubelett"]);
  assert.deepEqual([unknown.status, /Did you mean kubelet/.test(unknown.stderr)], [2, true]);
  assert.match(course(["explain", "BackOff"]).stdout, /^Event BackOff\n/);
  assert.match(course(["explain", "spec.containers[0].image"]).stdout, /FIELD: image <string>/);
  const nothing = course(["explain", "BackOf"]);
  assert.deepEqual([nothing.status, /Did you mean BackOff/.test(nothing.stderr)], [2, true]);
  assert.equal(course(["explain", "x; rm -rf /"]).status, 2);
});
