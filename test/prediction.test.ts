import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLesson } from "../src/course/lesson.ts";
import type { Exercise, Problem } from "../src/course/types.ts";
import { grade } from "../src/grader/grade.ts";
import { comesTo } from "../src/grader/prediction.ts";
import { simulate } from "../src/simulation/simulate.ts";

const spec = `spec:
  containers:
    - name: app
      image: busybox:1.36
      command: ["sh", "-c", "echo one; echo two; sleep 3; exit 7"]`;

function manifest(answers: Record<string, string>, ofSpec = spec): string {
  const annotations = Object.entries(answers).map(([name, said]) => `    ${name}: ${JSON.stringify(said)}\n`);
  return `apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  annotations:\n${annotations.join("")}${ofSpec}\n`;
}

function parsed(expect: string, names: readonly string[], solution: Record<string, string>, starter = spec) {
  const questions = names.map((name) => `- \`${name}\`: what about ${name}?`).join("\n");
  const open = Object.fromEntries(names.map((name) => [name, "?"]));
  return parseLesson(
    `---\nid: t\ntitle: T\nsummary: S\nminutes: 1\nobjectives: [o]\n---\n\n## Exercise: E {#e}\n\nSay it.\n\n${questions}\n
\`\`\`yaml starter\n${manifest(open, starter)}\`\`\`\n\n\`\`\`yaml expect\nseconds: 40\nnodeImages: ["busybox:1.36"]\n${expect}\n\`\`\`\n
<details><summary>Hint</summary>\n\nH\n\n</details>\n\n<details><summary>Solution</summary>\n
\`\`\`yaml solution\n${manifest(solution, starter)}\`\`\`\n\n</details>\n`,
    "t.md",
  );
}

function exercise(expect: string, names: readonly string[], starter = spec): Exercise {
  const { lesson, problems } = parsed(expect, names, {}, starter);
  assert.deepEqual(
    problems.filter(({ severity }) => severity === "error"),
    [],
  );
  return lesson!.parts[0] as Exercise;
}

/** The same questions about two Pods: a stored answer would be wrong for one of them. */
const slower = spec.replace("sleep 3; exit 7", "sleep 600");
const rows: { about: string; right: [string, string]; wrong: string }[] = [
  { about: "restarts: 39s", right: ["2", "0"], wrong: "3" },
  { about: "status: 10s", right: ["Error", "Running"], wrong: "CrashLoopBackOff" },
  { about: "ready: 10s", right: ["0/1", "1/1"], wrong: "1/0" },
  { about: "phase: 39s", right: ["running", "Running"], wrong: "Failed" },
  { about: "lastEvent: 10s", right: ["BackOff", "Started"], wrong: "Pulled" },
  { about: "count: {event: Started}", right: ["3", "1"], wrong: "9" },
  { about: "count: {log: one, by: 10s}", right: ["2", "1"], wrong: "3" },
  { about: "second: {container: app, state: terminated}", right: ["4", "never"], wrong: "9" },
  { about: "second: {event: BackOff}", right: ["8 s", "never"], wrong: "12" },
  { about: "line: 2", right: ["two", "two"], wrong: "one" },
  { about: "line: 3", right: ["one", "never"], wrong: "three" },
  {
    about: 'prints: {kubectl: [get, pod, POD, -o, "jsonpath={.status.containerStatuses[0].restartCount}"], at: 30s}',
    right: ["2", "0"],
    wrong: "5",
  },
  {
    about: "prints: {kubectl: describe pod POD, at: 30s}\n    part: '/exit code: +(\\d+)/i'",
    right: ["7", "never"],
    wrong: "1",
  },
  {
    about: 'stays: {kubectl: "get pod POD -o jsonpath={.status.podIP}", at: [5s, 30s]}',
    right: ["same", "same"],
    wrong: "other",
  },
  {
    about: 'stays: {kubectl: "get pod POD -o jsonpath={.status.containerStatuses[0].restartCount}", at: [2s, 30s]}',
    right: ["other", "same"],
    wrong: "yes",
  },
  {
    about:
      'which: {"yes": {container: app, restarts: {min: 1}, by: 30s}, "no": {container: app, restarts: 0, at: 30s}}',
    right: ["Yes", "no"],
    wrong: "maybe",
  },
];

for (const { about, right, wrong } of rows)
  test(`worked out from the run: ${about.split("\n")[0]}`, () => {
    const expect = `starterFails: it\nexpect:\n  - id: it\n    predict: it\n    ${about}`;
    for (const [i, given] of [spec, slower].entries()) {
      const asked = exercise(expect, ["it"], given);
      const said = (answer: string) => grade(asked, manifest({ it: answer }, given), simulate);
      const verdict = said(right[i]!);
      assert.equal(verdict.passed, true, `${right[i]}: ${verdict.first?.actual}`);
      assert.equal(said(wrong).passed, false);
      assert.deepEqual(said("?").first!.question, { name: "it", open: true });
    }
  });

const two =
  "starterFails: a\nexpect:\n  - {id: a, predict: a, restarts: 39s, say: Count.}\n  - {id: b, predict: b, phase: 39s}";

test("nothing of the run is told before every question has an answer", () => {
  const asked = exercise(two, ["a", "b"]);
  const half = grade(asked, manifest({ a: "99", b: "?" }), simulate);
  assert.equal(half.first!.expectation, "b", "an open question comes before a wrong answer");
  assert.deepEqual(half.worlds[0]!.timeline.lanes, []);
  assert.deepEqual(
    half.worlds[0]!.results.map(({ expectation }) => expectation),
    ["b"],
  );
  assert.equal(half.first!.say, undefined);
  const whole = grade(asked, manifest({ a: "99", b: "Running" }), simulate);
  assert.equal(whole.first!.expectation, "a");
  assert.equal(whole.first!.say, "Count.");
  assert.doesNotMatch(JSON.stringify(whole.first), /\b2\b/, "what is right is for the learner to see in the run");
  assert.ok(whole.worlds[0]!.timeline.lanes.length > 0);
});

test("a wrong answer is shown in the file", () => {
  const { first } = grade(exercise(two, ["a", "b"]), manifest({ a: "99", b: "Running" }), simulate);
  assert.deepEqual([first!.place!.path, first!.place!.line], ["metadata.annotations.a", 6]);
});

test("the Pod is given: another one is told first, with the line that was changed", () => {
  const asked = exercise(two, ["a", "b"]);
  const { first } = grade(asked, manifest({ a: "?", b: "?" }, slower), simulate);
  assert.equal(first!.expectation, "given");
  assert.equal(first!.place!.path, "spec.containers[0].command[2]");
  assert.equal(grade(asked, manifest({ a: "0", b: "Running" }, slower), simulate).passed, false);
  assert.equal(grade(asked, manifest({ a: "2", b: "Running" }), simulate).passed, true);
});

test("numbers, names and quantities in the learner's words", () => {
  const second = { number: 29.4, unit: "s" } as const;
  for (const said of ["29", "30", "29s", "29.4 s", "29 seconds"]) assert.ok(comesTo(said, second, 1), said);
  for (const said of ["27", "31", "about 29", "", "-29"]) assert.ok(!comesTo(said, second, 1), said);
  assert.ok(comesTo(" 2 ", { number: 2, unit: "" }));
  assert.ok(!comesTo("2.0", { number: 2, unit: "" }) && !comesTo("2s", { number: 2, unit: "" }));
  assert.ok(comesTo("0.5", { text: "500m" }) && comesTo("1Gi", { text: "1024Mi" }));
  assert.ok(comesTo("init:0 / 2", { text: "Init:0/2\n" }));
  assert.ok(comesTo("never", { never: true }) && !comesTo("0", { never: true }));
});

test("authors are told what a prediction needs", () => {
  const faults = (expect: string, names: readonly string[] = ["a"]): Problem["message"][] =>
    parsed(`starterFails: a\n${expect}`, names, {}).problems.flatMap(({ severity, message }) =>
      severity === "error" ? message : [],
    );
  const cases: [string, RegExp][] = [
    ["expect:\n  - {id: a, predict: b, phase: 3s}", /the task asks no question b: write there a list item/],
    ["expect:\n  - {id: a, predict: a}", /exactly one of count, second,/],
    ["expect:\n  - {id: a, predict: a, phase: 3s, ready: 3s}", /exactly one of/],
    ["expect:\n  - {id: a, predict: a, count: {phase: Running}}", /count is about one of event, log, not pod/],
    ["expect:\n  - {id: a, predict: a, stays: {kubectl: get pods, at: 3s}}", /two moments/],
    ["expect:\n  - {id: a, predict: a, prints: {kubectl: get pods}, part: x}", /no regular expression with a group/],
    ["expect:\n  - {id: a, predict: a, which: {yes: {phase: Running}}}", /two answers or more/],
    ["edits: [{remove: spec.hostname}]\nexpect:\n  - {id: a, predict: a, phase: 3s}", /worlds cannot have edits/],
    [
      "expect:\n  - {id: a, predict: a, phase: 3s}\n  - {id: given, phase: Running}",
      /the id given has a meaning of its own/,
    ],
  ];
  for (const [expect, wanted] of cases) assert.match(faults(expect).join("\n"), wanted, expect);
});
