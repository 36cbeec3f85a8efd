import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLesson } from "../src/course/lesson.ts";
import type { Exercise, Page } from "../src/course/types.ts";

const probes = `---
id: probes
title: Probes
summary: How the kubelet knows.
minutes: 25
objectives:
  - Say what a liveness probe does
---

# Probes

The first page.

## Seeing it

\`\`\`yaml demo
apiVersion: v1
kind: Pod
metadata: {name: hello}
\`\`\`

\`\`\`console at 10s
$ kubectl get pods
NAME
# at 20s
client$ wget -qO- "http://POD_IP:80/a b"
\`\`\`

## Exercise: Restart it {#restart}

Make the kubelet restart it.

\`\`\`yaml starter
apiVersion: v1
kind: Pod
\`\`\`

\`\`\`yaml expect
seconds: 120
starterFails: restarted
expect:
  - id: restarted
    container: app
    restarts: 1
    by: 1m
    say: Only a liveness probe restarts.
  - {event: Unhealthy, count: {min: 3}, between: [30s, 50s]}
worlds:
  - name: usual
  - name: slow
    seconds: 200
    actions: [{at: 5s, delete: POD}]
    expect: [{log: /bye$/, never: true}]
\`\`\`

<details><summary>Hint</summary>

Which probe?

</details>

<details><summary>Solution: exec</summary>

Why.

\`\`\`yaml solution
apiVersion: v1
kind: Pod
\`\`\`

</details>

<details><summary>Wrong answer: a readiness probe</summary>

\`\`\`yaml wrong breaks=restarted world=usual
apiVersion: v1
kind: Pod
\`\`\`

It never restarts anything.

</details>
`;

test("a lesson is read into pages, demos and exercises", () => {
  const { lesson, problems } = parseLesson(probes, "probes.md");
  assert.deepEqual(problems, []);
  assert.equal(lesson!.id, "probes");
  assert.deepEqual(
    lesson!.parts.map((part) => [part.kind, part.title]),
    [
      ["page", "Probes"],
      ["page", "Seeing it"],
      ["exercise", "Restart it"],
    ],
  );
  const page = lesson!.parts[1] as Page;
  assert.match(page.markdown, /^```yaml$/m);
  assert.deepEqual(
    page.demos[0]!.blocks[0]!.steps.map(({ at, where, argv, output, line }) => ({ at, where, argv, output, line })),
    [
      { at: 10, where: "kubectl", argv: ["get", "pods"], output: ["NAME"], line: lineOf("kubectl get pods") },
      { at: 20, where: "client", argv: ["wget", "-qO-", "http://POD_IP:80/a b"], output: [], line: lineOf("client$") },
    ],
  );
  const exercise = lesson!.parts[2] as Exercise;
  assert.equal(exercise.id, "probes/restart");
  assert.equal(exercise.task, "Make the kubelet restart it.");
  assert.deepEqual(exercise.hints, ["Which probe?"]);
  assert.equal(exercise.solutions[0]!.notes, "Why.");
  assert.equal(exercise.wrongAnswers[0]!.reply, "It never restarts anything.");
  assert.deepEqual(
    exercise.worlds.map(({ name, seconds }) => [name, seconds]),
    [
      ["usual", 120],
      ["slow", 200],
    ],
  );
  assert.deepEqual(
    exercise.expect.map(({ id, kind, worlds }) => [id, kind, worlds]),
    [
      ["restarted", "container", undefined],
      ["event-unhealthy", "event", undefined],
      ["log-bye", "log", ["slow"]],
    ],
  );
  assert.deepEqual(JSON.parse(JSON.stringify(lesson)), lesson, "a lesson is plain JSON data");
});

/** Line of the first line that has this text. */
const lineOf = (text: string) => probes.split("\n").findIndex((line) => line.includes(text)) + 1;

const faults: [string, (text: string) => string, RegExp][] = [
  ["front matter", (text) => text.replace("minutes: 25\n", ""), /^probes.md:\d+: front matter: add minutes/],
  [
    "a hint",
    (text) => text.replace(/<details><summary>Hint[\s\S]*?<\/details>/, ""),
    new RegExp(`^probes.md:${lineOf("## Exercise")}: exercise probes/restart: add a hint$`),
  ],
  [
    "a misspelt key",
    (text) => text.replace("between:", "betwen:"),
    new RegExp(`^probes.md:${lineOf("between:")}: .*has no betwen; did you mean between\\?$`),
  ],
  [
    "an impossible time",
    (text) => text.replace("[30s, 50s]", "[50s, 30s]"),
    new RegExp(`^probes.md:${lineOf("between:")}: .*ends before it begins`),
  ],
  ["an unknown breaks", (text) => text.replace("breaks=restarted", "breaks=other"), /there is no expectation other/],
  [
    "no empty line after summary",
    (text) => text.replace("Hint</summary>\n\nWhich", "Hint</summary>\nWhich"),
    /leave an empty line after <summary>Hint/,
  ],
  [
    "an open details",
    (text) => text.replace("Which probe?\n\n</details>", "Which probe?"),
    /close the <details> of line \d+ first/,
  ],
  ["a heading without an id", (text) => text.replace(" {#restart}", ""), /end its heading with \{#id\}/],
  [
    "broken YAML",
    (text) => text.replace("starterFails: restarted", "starterFails: [restarted"),
    /^probes.md:4\d: exercise probes\/restart: /,
  ],
  [
    "a starterFails that is not there",
    (text) => text.replace("starterFails: restarted", "starterFails: nothing"),
    /there is no expectation nothing/,
  ],
];

for (const [name, change, message] of faults)
  test(`a fault names file, line and remedy: ${name}`, () => {
    const changed = change(probes);
    assert.notEqual(changed, probes);
    const { problems } = parseLesson(changed, "probes.md");
    assert.ok(
      problems.some((problem) => message.test(`${problem.file}:${problem.line}: ${problem.message}`)),
      JSON.stringify(problems, null, 1),
    );
  });

test("lines are right with Windows line ends too", () => {
  const { problems } = parseLesson(probes.replace("between:", "betwen:").replace(/\n/g, "\r\n"), "probes.md");
  assert.equal(problems[0]!.line, lineOf("between:"));
});
