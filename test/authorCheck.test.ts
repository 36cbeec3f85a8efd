import assert from "node:assert/strict";
import { test } from "node:test";
import { checkCourse, joinReports } from "../src/course/check.ts";
import { mutantsOf } from "../src/course/mutants.ts";
import { restartingSimulator } from "./fakeSimulator.ts";
import { podYaml } from "./podYaml.ts";

const solution = podYaml("      livenessProbe: {exec: {command: [cat, /tmp/healthy]}, periodSeconds: 5}");
const lesson = `---
id: t
title: T
summary: S
minutes: 1
objectives: [o]
---

A page.

\`\`\`yaml demo
${solution}
\`\`\`

\`\`\`console at 30s
$ kubectl get pods
get pods
\`\`\`

\`\`\`events reason=Unhealthy,Killing
26.0s  Warning  Unhealthy  Liveness probe failed
...
36.0s  Normal   Killing    will … restarted
\`\`\`

## Exercise: E {#e}

Do it.

\`\`\`console at 20s
$ kubectl get pods
get pods
\`\`\`

\`\`\`yaml starter
${podYaml("")}
\`\`\`

\`\`\`yaml expect
seconds: 120
starterFails: restarted
expect:
  - {id: restarted, container: app, restarts: 1, begins: [35s, 37s]}
survivors:
  - {mutant: "spec.containers[0].livenessProbe.exec*", because: the fake simulator does not run it}
\`\`\`

<details><summary>Hint</summary>

H

</details>

<details><summary>Solution</summary>

\`\`\`yaml solution
${solution}
\`\`\`

</details>

<details><summary>Wrong answer: readiness</summary>

\`\`\`yaml wrong breaks=restarted
${podYaml("      readinessProbe: {exec: {command: [cat, /tmp/healthy]}}")}
\`\`\`

No restart.

</details>
`;

const check = (text: string, update = false) => checkCourse([{ file: "t.md", text }], restartingSimulator, { update });
const errors = (text: string) =>
  check(text).problems.flatMap((one) => (one.severity === "error" ? `${one.line}: ${one.message}` : []));

test("a true lesson has no errors, and its score is counted", () => {
  assert.deepEqual(errors(lesson), []);
  const report = check(lesson);
  assert.equal(report.ok, true);
  assert.equal(report.blocks, 3);
  const [exercise] = report.exercises;
  assert.ok(exercise!.killed > 5 && exercise!.accepted > 0);
  assert.deepEqual(
    exercise!.survivors.map((one) => one.mutant).filter((name) => name.includes("livenessProbe")),
    [],
  );
  assert.equal(
    report.mutationScore,
    Math.round((exercise!.killed / (exercise!.mutants - exercise!.accepted)) * 1000) / 1000,
  );
});

test("a lax expectation lets mutants survive", () => {
  const lax = check(lesson.replace("begins: [35s, 37s]", "by: 100s"));
  assert.ok(lax.mutationScore < check(lesson).mutationScore);
  assert.ok(
    lax.exercises[0]!.survivors.some((one) => one.mutant === "spec.containers[0].livenessProbe.periodSeconds 5 → 6"),
  );
});

const untrue: [string, string, string, RegExp][] = [
  [
    "output that is not printed",
    "get pods\n```",
    "get pots\n```",
    /^25: demo t\/demo-1: this is not what happens\n {4}written: get pots\n {4}printed: get pods/,
  ],
  [
    "output in a task that the starter does not give",
    "get pods\n```\n\n```yaml starter",
    "get pots\n```\n\n```yaml starter",
    /^40: exercise t\/e: this is not what happens/,
  ],
  ["an event at another time", "26.0s  W", "27.0s  W", /^29: .*not what happens/],
  ["a starter that passes", `${podYaml("")}\n\`\`\``, `${solution}\n\`\`\``, /the starter passes already/],
  ["a solution that fails", "begins: [35s, 37s]", "begins: [40s, 50s]", /Solution does not pass: restarted/],
  [
    "a wrong answer that passes",
    "readinessProbe:",
    "livenessProbe: {periodSeconds: 5}\n      readinessProbe:",
    /the wrong answer "readiness" passes/,
  ],
];

for (const [name, from, to, message] of untrue)
  test(`the check finds ${name}`, () => {
    assert.ok(lesson.includes(from));
    const found = errors(lesson.replace(from, to));
    assert.ok(
      found.some((one) => message.test(one)),
      found.join("\n"),
    );
  });

test("an unknown reason is a warning", () => {
  const { problems } = check(
    lesson.replace(
      "restarts: 1, begins: [35s, 37s]}",
      "restarts: 1, begins: [35s, 37s]}\n  - {event: Restarted, never: true}",
    ),
  );
  assert.ok(problems.some((one) => /no cluster emits an event Restarted/.test(one.message)));
});

test("update writes what is printed, and then the check is content", () => {
  const wrong = lesson.replaceAll("get pods\n```", "```").replace(/26\.0s[\s\S]*?restarted\n/, "");
  const [updated] = check(wrong, true).updates;
  assert.match(updated!.text, /\$ kubectl get pods\nget pods\n```/);
  assert.match(updated!.text, /31\.0s {2}Warning {2}Unhealthy/);
  assert.deepEqual(errors(updated!.text), []);
  assert.deepEqual(check(lesson, true).updates, []);
});

test("mutants change one place each", () => {
  const names = mutantsOf({
    kind: "Pod",
    metadata: { name: "x" },
    spec: { restartPolicy: "Never", containers: [{ name: "a", args: ["sleep 30"], ports: [{ containerPort: 80 }] }] },
  }).map((one) => one.name);
  for (const name of [
    "spec.restartPolicy removed",
    "spec.restartPolicy Never → Always",
    "spec.restartPolicy Never → OnFailure",
    "spec.containers[0] removed",
    "spec.containers[0].name a → a-x",
    "spec.containers[0].args[0] sleep 30 → sleep 60",
    "spec.containers[0].ports[0].containerPort 80 → 81",
    "spec.containers[0].ports[0].containerPort 80 → 160",
  ])
    assert.ok(names.includes(name), `${name} of ${names.join("; ")}`);
  assert.ok(!names.some((name) => name.startsWith("kind") || name.startsWith("metadata.name")));
  assert.equal(new Set(names).size, names.length);
});

test("reports about one lesson each join to the report about all", () => {
  const sources = ["t", "u", "t"].map((id, i) => ({
    file: `${i}.md`,
    text: lesson.replace("id: t", `id: ${id}`).replace("begins: [35s, 37s]", "by: 100s"),
  }));
  const alone = sources.map((source) => ({ ...checkCourse([source], restartingSimulator), file: source.file }));
  const together = checkCourse(sources, restartingSimulator);
  assert.deepEqual(joinReports(alone), together);
  assert.deepEqual(
    together.problems.flatMap(({ file, message, severity }) => (severity === "error" ? [[file, message]] : [])),
    [["2.md", "the id t is taken by 0.md"]],
  );
});
