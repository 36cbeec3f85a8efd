import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLesson } from "../src/course/lesson.ts";
import type { Exercise } from "../src/course/types.ts";
import { grade, gradeFirst } from "../src/grader/grade.ts";
import { sayPattern } from "../src/grader/pattern.ts";
import { restartingSimulator } from "./fakeSimulator.ts";
import { podYaml } from "./podYaml.ts";

/** An exercise with this expect block, and solutions and wrong answers for a liveness probe. */
function exerciseWith(expect: string, wrong = ""): Exercise {
  const { lesson, problems } = parseLesson(
    `---\nid: t\ntitle: T\nsummary: S\nminutes: 1\nobjectives: [o]\n---\n\n## Exercise: E {#e}\n\nDo it.\n\n\`\`\`yaml starter\n${podYaml("")}\n\`\`\`\n\n\`\`\`yaml expect\n${expect}\n\`\`\`\n\n<details><summary>Hint</summary>\n\nH\n\n</details>\n\n<details><summary>Solution</summary>\n\nS\n\n\`\`\`yaml solution\n${podYaml("      livenessProbe: {exec: {command: [cat, /tmp/healthy]}, periodSeconds: 5}")}\n\`\`\`\n\n</details>\n\n<details><summary>Wrong answer: readiness</summary>\n\n\`\`\`yaml wrong breaks=restarted\n${podYaml("      readinessProbe: {exec: {command: [cat, /tmp/healthy]}}")}\n\`\`\`\n\nNo restart.\n\n\`\`\`yaml when\n- {structure: "spec.containers[*].readinessProbe", has: {}}\n\`\`\`\n\n</details>\n${wrong}`,
    "t.md",
  );
  assert.deepEqual(
    problems.filter((problem) => problem.severity === "error"),
    [],
  );
  return lesson!.parts[0] as Exercise;
}

const restarted =
  "seconds: 120\nstarterFails: restarted\nexpect:\n  - {id: restarted, container: app, restarts: 1, by: 60s, say: Why.}";

test("a solution passes, with a timeline", () => {
  const exercise = exerciseWith(restarted);
  const verdict = grade(exercise, exercise.solutions[0]!.manifest, restartingSimulator);
  assert.equal(verdict.passed, true);
  assert.deepEqual(verdict.worlds[0]!.timeline.lanes[0]!.windows, [{ from: 0, to: 60, mode: "some" }]);
  assert.ok(verdict.worlds[0]!.timeline.lanes[0]!.spans.some((span) => span.fits && span.from === 36));
  assert.deepEqual(JSON.parse(JSON.stringify(verdict)), verdict, "a verdict is plain JSON data");
});

test("a failure says what was nearest and which line decided, proven by a rerun", () => {
  const exercise = exerciseWith(restarted);
  const { first, reply, passed } = grade(exercise, exercise.starter, restartingSimulator);
  assert.equal(passed, false);
  assert.equal(reply, undefined);
  assert.equal(first!.expectation, "restarted");
  assert.equal(first!.say, "Why.");
  assert.match(first!.actual, /it never was so: at 60s container app was running/);
  assert.equal(first!.place!.path, "spec.containers[0]");
  assert.equal(first!.place!.line, 7);
  assert.equal(first!.place!.proven, true);
  assert.match(first!.place!.why!, /there is no livenessProbe here/);
});

test("the verdict comes first, the line that decided later: a rerun a step, and nothing else changes", () => {
  const exercise = exerciseWith(restarted);
  let runs = 0;
  const { verdict, search } = gradeFirst(exercise, exercise.starter, (scenario) => {
    runs++;
    return restartingSimulator(scenario);
  });
  assert.equal(runs, 1);
  const steps = search!();
  assert.deepEqual([steps.next().done, runs], [false, 1]);
  const last = steps.next();
  assert.deepEqual([last.done, runs], [true, 2]);
  const whole = grade(exercise, exercise.starter, restartingSimulator);
  assert.deepEqual(last.value, whole);
  const { place: _, ...first } = whole.first!;
  assert.deepEqual(verdict.first, first);
  assert.deepEqual({ ...verdict, first: 0, worlds: 0 }, { ...whole, first: 0, worlds: 0 });
  assert.equal(gradeFirst(exercise, exercise.solutions[0]!.manifest, restartingSimulator).search, undefined);
  assert.equal(gradeFirst(exercise, "a: [", restartingSimulator).search, undefined);
});

test("anything other than one text is said in words, another pattern as it is", () => {
  assert.equal(sayPattern({ matches: "^(?!good morning$)" }), 'other than "good morning"');
  assert.equal(sayPattern({ matches: "^(?!good.*$)" }), "/^(?!good.*$)/");
});

test("the field whose value decides is named with its line", () => {
  const exercise = exerciseWith(restarted);
  const slow = podYaml("      livenessProbe:\n        exec: {command: [cat, /tmp/healthy]}\n        periodSeconds: 30");
  const { first } = grade(exercise, slow, restartingSimulator);
  assert.match(first!.actual, /became so at 111s, 51s too late/);
  assert.deepEqual(
    [first!.place!.path, first!.place!.line, first!.place!.proven],
    ["spec.containers[0].livenessProbe.periodSeconds", 11, true],
  );
  assert.equal(first!.place!.text, "        periodSeconds: 30");
});

test("a wrong answer gets its reply, another manifest that fails alike does not", () => {
  const exercise = exerciseWith(restarted);
  assert.equal(grade(exercise, exercise.wrongAnswers[0]!.manifest, restartingSimulator).reply!.text, "No restart.");
});

const outcomes: [string, boolean, RegExp][] = [
  ["{event: Unhealthy, count: 3, between: [20s, 40s]}", true, /./],
  ["{event: Unhealthy, count: 4, between: [20s, 40s]}", false, /only 3 times in that time/],
  ["{event: Unhealthy, between: [40s, 50s]}", false, /came at 36s, 4s too early/],
  ["{event: Unhealthy, type: Normal}", false, /but its type was Warning/],
  ["{event: Unhealthy, container: other}", false, /but it was about container app/],
  ["{event: Unhealthy, message: Readiness}", false, /but it said "Liveness probe failed"/],
  ["{event: Unhealthy, never: true}", false, /it came at 26s, 31s, 36s/],
  ["{event: BackOff, never: true}", true, /no event BackOff came/],
  ["{event: BackOff}", false, /no event BackOff came; warnings were Unhealthy/],
  ["{status: Running, ready: 1/1, at: 20s}", true, /./],
  ["{status: Running, at: 0.5s}", false, /was 0\/1 ContainerCreating; it became so at 1s, 0.5s too late/],
  ["{status: Running, at: 0}", false, /not there yet/],
  ["{status: ContainerCreating, by: 10s}", true, /./],
  ["{status: [Error, Completed], never: true}", true, /./],
  ["{status: Running, never: [10s, 20s]}", false, /at 10s the Pod was 1\/1 Running/],
  ["{status: Running, always: [10s, 110s]}", true, /./],
  ["{ready: true, always: true}", false, /at 0.1s the Pod was 0\/1 ContainerCreating/],
  ["{status: ContainerCreating, for: 20s, by: 30s}", false, /only from 0.1s to 1s, 0.9s long/],
  ["{phase: Running}", true, /./],
  ["{phase: Succeeded}", false, /at the end, at 120s the Pod was 1\/1 Running phase Running/],
  ["{gone: true}", false, /./],
  ["{restarts: {max: 0}}", false, /1 restart/],
  ["{container: 0, state: running, at: 20s}", true, /./],
  ["{container: nobody, state: running}", false, /container nobody never had a state; there is app/],
  ["{condition: Ready, by: 5s}", true, /./],
  ["{condition: Ready, is: False, at: 0.5s}", true, /./],
  ["{log: hello, by: 3s}", true, /./],
  ["{log: hello, restart: 1, by: 60s}", true, /./],
  ["{log: bye}", false, /of 2 lines the last was "hello" at 36s/],
  ["{client: wget POD_IP, stdout: wget POD_IP, at: [5s, 10s]}", true, /./],
  ["{kubectl: get pod POD, stdout: /pod web$/}", true, /./],
  ["{exec: [ls, /], exit: 3}", false, /at 120s it exited with 0 and printed "ls \/"/],
  ["{file: /x, container: app, contains: cat}", true, /./],
  ["{file: /x, absent: true}", false, /it is there/],
  ["{order: [{event: Unhealthy}, {event: Killing, within: 12s}, {container: app, restarts: 1}]}", true, /./],
  [
    "{order: [{event: Killing}, {event: Scheduled}]}",
    false,
    /event Scheduled came at 0.1s, before event Killing at 36s/,
  ],
  ["{container: app, restarts: 1, begins: [35s, 37s]}", true, /./],
  ["{container: app, restarts: 1, begins: [37s, 40s]}", false, /it became so at 36s, 1s too early/],
  [
    "{order: [{event: Unhealthy}, {event: Killing, within: 2s}]}",
    false,
    /came 10s after event Unhealthy, not within 2s/,
  ],
  ["{any: [{phase: Succeeded}, {phase: Running}]}", true, /./],
  ["{all: [{phase: Succeeded}, {phase: Running}]}", false, /phase Succeeded/],
  ["{structure: 'spec.containers[name=app].image', has: busybox, because: x}", false, /is "busybox:1.28"/],
  ["{structure: 'spec.containers[name=app].image', has: '/^busybox/', because: x}", true, /./],
  ["{structure: spec.containers, count: 1, because: x}", true, /./],
  ["{structure: spec.hostNetwork, absent: true, because: x}", true, /./],
  ["{structure: spec.initContainers, has: {}, because: x}", false, /there is no spec.initContainers/],
  ["{rejected: true}", false, /it was accepted/],
  ["{warning: true}", false, /there was no warning/],
];

for (const [expectation, passed, actual] of outcomes)
  test(`${expectation} ${passed ? "holds" : "fails"}`, () => {
    const exercise = exerciseWith(
      `seconds: 120\nstarterFails: restarted\nexpect:\n  - ${expectation}\n  - {id: restarted, restarts: 1}`,
    );
    const verdict = grade(exercise, exercise.solutions[0]!.manifest, restartingSimulator, { findLine: false });
    const result = verdict.worlds[0]!.results[0]!;
    assert.equal(result.passed, passed, result.actual);
    assert.match(result.actual, actual);
  });

const unusable: [string, string, string, RegExp, number | undefined][] = [
  ["nothing", "", "yaml", /empty/, undefined],
  ["a broken list", "apiVersion: v1\nspec: [\n", "yaml", /./, 3],
  [
    "a tab",
    "apiVersion: v1\nspec:\n\tcontainers: []\n",
    "yaml",
    /line 3: found character that cannot start any token/,
    3,
  ],
  ["an alias inside its own anchor", "kind: Pod\nspec: &a {b: *a}\n", "yaml", /anchor 'a' value contains itself/, 2],
  ["a Deployment", "apiVersion: apps/v1\nkind: Deployment\n", "documents", /its Pod template is at spec.template/, 2],
  ["two Pods", "kind: Pod\n---\nkind: Pod\n", "documents", /2 Pods/, 3],
  ["a ConfigMap too", "kind: Pod\n---\nkind: ConfigMap\n", "documents", /document 2 is of kind ConfigMap/, 3],
];

for (const [name, text, expectation, actual, line] of unusable)
  test(`${name} is a verdict, not an exception`, () => {
    const { first, passed } = grade(exerciseWith(restarted), text, restartingSimulator);
    assert.equal(passed, false);
    assert.equal(first!.expectation, expectation);
    assert.match(first!.actual, actual);
    assert.equal(first!.place?.line, line);
  });

test("a bomb of aliases is a verdict", () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${[..."bcdefgh"].map((c, i) => `${c}: &${c} [${Array(10).fill(`*${"abcdefgh"[i]}`).join(",")}]`).join("\n")}\n`;
  assert.equal(grade(exerciseWith(restarted), bomb, restartingSimulator).passed, false);
});

test("a refusal has the server's words first and the line of the field", () => {
  const exercise = exerciseWith(restarted);
  const { first, rejected } = grade(exercise, podYaml("      imagePullPolicy: Sometimes"), restartingSimulator);
  assert.match(first!.actual, /^The Pod "web" is invalid/);
  assert.equal(rejected!.plain[0]!.place!.line, 9);
});

test("a world's edits change the manifest, objects beside the Pod are objects", () => {
  const exercise = exerciseWith(
    `${restarted}\ndocuments: [ConfigMap]\nworlds:\n  - name: usual\n  - {name: slow, edits: [{set: "spec.containers[name=app].livenessProbe.periodSeconds", to: 40}, {set: data.x, to: "2", of: ConfigMap/c}], expect: [{structure: data.x, of: ConfigMap/c, has: "2", because: x}]}`,
  );
  const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {x: "1"}\n---\n${exercise.solutions[0]!.manifest}`;
  const verdict = grade(exercise, text, restartingSimulator);
  assert.deepEqual(
    verdict.worlds.map(({ name, passed }) => [name, passed]),
    [
      ["usual", true],
      ["slow", false],
    ],
  );
  assert.equal(verdict.first!.world, "slow");
  assert.equal(verdict.worlds[1]!.results.at(-1)!.passed, true);
});

test("a manifest that is dear to run is not run a dozen times for its line", () => {
  const exercise = exerciseWith(restarted);
  let runs = 0;
  const dear: typeof restartingSimulator = (scenario) => {
    runs++;
    return { ...restartingSimulator(scenario), steps: 30_000 };
  };
  const many = podYaml(
    "      stdin: true\n      tty: true\n      workingDir: /a\n      imagePullPolicy: Never\n      ports: [{containerPort: 1}]\n      terminationMessagePath: /b",
  );
  const { first } = grade(exercise, many, dear);
  assert.equal(first!.expectation, "restarted");
  assert.ok(runs <= 4, `${runs} runs`);
  runs = 0;
  grade(exercise, many, (scenario) => {
    runs++;
    return restartingSimulator({ ...scenario, seconds: 10 });
  });
  assert.ok(runs > 4, `an ordinary one may be: ${runs} runs`);
});

test("the untouched starter gets no reply to a mistake, unless the wrong answer says that it may", () => {
  const wrong = `\n<details><summary>Wrong answer: nothing</summary>\n\n\`\`\`yaml wrong breaks=restarted\n${podYaml("      stdin: true")}\n\`\`\`\n\nStdin decides nothing.\n\n</details>\n`;
  const exercise = exerciseWith(restarted, wrong);
  assert.equal(grade(exercise, `# mine\n${exercise.starter}`, restartingSimulator).reply, undefined);
  assert.equal(grade(exercise, podYaml("      tty: true"), restartingSimulator).reply?.text, "Stdin decides nothing.");
});
