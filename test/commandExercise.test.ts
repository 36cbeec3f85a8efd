/** An exercise whose answer is commands: parsed, checked, graded from a script and from what was typed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkCourse } from "../src/course/check.ts";
import { parseLesson } from "../src/course/lesson.ts";
import { compareLines, nearestSolution } from "../src/runner/compareText.ts";
import { gradeSession, gradeText } from "../src/runner/gradeText.ts";
import { recordAnswer } from "../src/runner/recording.ts";
import { styleFor } from "../src/runner/style.ts";
import { simulateSession } from "../src/sandbox/session.ts";
import { scriptOf, sessionOf, withoutPauses } from "../src/simulation/sessionScript.ts";

const source = (solution: string) => `---
id: ward
title: Ward
summary: Find the cause
minutes: 5
objectives: [find causes]
---

# Ward

## Exercise: Why does it wait? {#why}

The Pod web does not start. Say why, then make it run. Do not delete it.

\`\`\`sh starter
kubectl get pods
\`\`\`

\`\`\`yaml expect
seconds: 60
from: 20s
starterFails: cause
pod:
  apiVersion: v1
  kind: Pod
  metadata: {name: web}
  spec: {containers: [{name: app, image: "nginx:nope"}]}
expect:
  - {id: cause, answer: /image/i}
  - {id: kept, typed: delete, never: true}
  - {id: runs, status: Running}
\`\`\`

<details><summary>Hint</summary>

Look at the events.

</details>

<details><summary>Solution</summary>

The tag does not exist.

\`\`\`sh solution
${solution}
\`\`\`

</details>

<details><summary>Wrong answer: begin anew</summary>

\`\`\`sh wrong breaks=kept
answer image
kubectl delete pod web --now
kubectl run web --image=nginx
\`\`\`

It must stay.

</details>
`;
const right = "answer no such image\nkubectl set image pod/web app=nginx";
const exercise = (() => {
  const { lesson, problems } = parseLesson(source(right), "x.md");
  assert.deepEqual(problems, []);
  const part = lesson?.parts.find(({ kind }) => kind === "exercise");
  assert.ok(part?.kind === "exercise");
  return part;
})();

test("the author check runs scripts, and leaves out each line of a solution", () => {
  const report = checkCourse([{ file: "x.md", text: source(right) }], simulateSession);
  assert.deepEqual(report.problems, []);
  assert.deepEqual(report.exercises[0], {
    id: "ward/why",
    mutants: 2,
    killed: 2,
    accepted: 0,
    mutationScore: 1,
    survivors: [],
  });
  const idle = checkCourse([{ file: "x.md", text: source(`kubectl get pods\n${right}`) }], simulateSession);
  assert.match(idle.problems[0]!.message, /nothing notices kubectl get pods left out/);
});

test("a script is graded by what becomes of the cluster", () => {
  assert.equal(gradeText(exercise, right).passed, true);
  const verdict = gradeText(exercise, "answer memory");
  assert.equal(verdict.first?.expectation, "cause");
  assert.equal(verdict.first?.actual, "the answer was “memory”");
  const again = gradeText(exercise, "answer image; kubectl delete pod web --now");
  assert.equal(again.first?.expectation, "kept");
  assert.equal(again.reply?.title, "begin anew");
});

test("what was typed at its times is graded as it was", () => {
  const typed = (at: number, line: string) => ({ at, line });
  const inputs = [
    typed(70, "kubectl get pods"),
    typed(200, "answer the image"),
    typed(300, "kubectl set image pod/web app=nginx"),
  ];
  assert.equal(gradeSession(exercise, { inputs }).passed, true);
  assert.equal(gradeSession(exercise, { inputs: inputs.slice(0, 2) }).first?.expectation, "runs");
  const edited = [
    typed(30, "answer image"),
    typed(40, "kubectl get pod web -o yaml > p.yaml; vi p.yaml; kubectl apply -f p.yaml"),
  ];
  const yaml = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, image: nginx}]}\n";
  assert.equal(gradeSession(exercise, { inputs: edited, edits: [yaml] }).passed, true);
});

test("what was typed can be looked at over time, and compared with a solution as if both were typed as fast", () => {
  const typed = {
    inputs: [
      { at: 70, line: "answer the image" },
      { at: 90, write: "note.txt", text: "nginx\n" },
      { at: 300, line: "kubectl set image pod/web app=nginx" },
    ],
  };
  const verdict = gradeSession(exercise, typed);
  const text = scriptOf(typed);
  const recording = recordAnswer(exercise, { text, typed }, verdict);
  assert.equal(recording?.run.trace.seconds, 360);
  assert.deepEqual(
    recording?.run.session?.commands.map(({ t }) => t),
    [70, 300],
  );
  const look = { width: 78, style: styleFor({ colour: false, unicode: false, plain: true }) };
  const compare = (name: string, mine: typeof typed) =>
    compareLines(exercise, { name, text: scriptOf(mine), typed: mine }, nearestSolution(exercise, text)!, look).join(
      "\n",
    );
  assert.match(compare("yours", typed), /The same: nothing differs[\s\S]*\n-cat > note\.txt <<'END'\n-nginx\n-END\n/);
  const other = { inputs: [...typed.inputs.slice(0, 2), { at: 300, line: "kubectl set image pod/web app=redis" }] };
  assert.match(compare("yours", other), /The first difference is at [\s\S]*yours: .*redis/);
});

test("a script of a session is the same session without its times; Ctrl-C keeps them", () => {
  const lines = {
    inputs: [
      { at: 3, line: "kubectl get pods" },
      { at: 9, line: "answer x" },
    ],
  };
  assert.deepEqual(withoutPauses(lines), sessionOf(scriptOf(lines)));
  const keys = { inputs: [...lines.inputs, { at: 12, key: "interrupt" as const }] };
  assert.equal(withoutPauses(keys), keys);
  assert.match(scriptOf(keys), /answer x\n# Ctrl-C\n$/);
});
