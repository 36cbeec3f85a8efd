import assert from "node:assert/strict";
import { test } from "node:test";
import { readAnswers, writeAnswers } from "../src/runner/answerAnnotations.ts";
import { judgeGuesses, usualQuestions } from "../src/grader/guess.ts";
import { answersIn, formFor, formLines, guessLines, pressForm, type QuestionForm } from "../src/runner/questionForm.ts";
import { styleFor } from "../src/runner/style.ts";
import { widthOf, withoutAnsi } from "../src/runner/textWidth.ts";
import { simulate } from "../src/simulation/simulate.ts";

const questions = [
  { name: "restarts", text: "what does **RESTARTS** show?" },
  { name: "phase", text: "which phase is it?" },
];
const pod = `# mine
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    restarts: "?"   # think!
    phase: '?'
spec:
  containers: [{name: app, image: "busybox:1.36"}]
`;

function typed(form: QuestionForm, ...keys: string[]): QuestionForm | "done" | "left" {
  let now = form;
  for (const key of keys) {
    const step = pressForm(now, key.toLowerCase(), [...key].length === 1 ? key : undefined);
    if (step === "done" || step === "left") return step;
    now = step.form;
  }
  return now;
}

test("keys write the answer, Enter goes on, the last Enter is the end", () => {
  const form = formFor(questions, pod);
  const second = typed(form, "3", "0", "backspace", "return", "R", "u", "n") as QuestionForm;
  assert.deepEqual(answersIn(second), { restarts: "3", phase: "Run" });
  assert.equal(typed(second, "return"), "done");
  assert.equal(typed(second, "escape"), "left");
  const first = typed(second, "up", "ctrl-u", "down", "down") as QuestionForm;
  assert.deepEqual([first.at, answersIn(first).restarts], [1, ""]);
  assert.deepEqual(typed(form, "f5"), form, "a key that types nothing changes nothing");
});

test("in plain mode a line is an answer, an empty one keeps what is there, back goes back", () => {
  const form = formFor(questions, pod, { restarts: "2" });
  assert.equal(form.at, 1, "the first open question");
  const step = pressForm({ ...form, at: 0 }, "", undefined, "");
  assert.ok(typeof step === "object" && step.form.at === 1 && answersIn(step.form).restarts === "2");
  assert.equal(pressForm(form, "r", undefined, "Running"), "done");
  assert.equal(pressForm(form, "b", undefined, "back"), "left");
});

test("what is typed has no escapes and an end", () => {
  const long = typed(formFor(questions, pod), ..."x".repeat(200)) as QuestionForm;
  assert.equal(long.answers[0]!.length, 60);
  const step = pressForm(formFor(questions, pod), "x", "\x1b[31m");
  assert.ok(typeof step === "object" && !step.form.answers[0]!.includes("\x1b"));
});

for (const width of [40, 78, 118])
  for (const style of [
    styleFor({ colour: true, unicode: true, plain: false }),
    styleFor({ colour: false, unicode: false, plain: false }),
    styleFor({ colour: false, unicode: false, plain: true }),
  ])
    test(`the form fits ${width} columns (colour ${style.colour}, plain ${style.plain})`, () => {
      const lines = formLines(formFor(questions, pod), width, style);
      assert.ok(lines.every((line) => widthOf(line) <= width));
      const text = withoutAnsi(lines.join("\n"));
      assert.ok(text.includes("spec:") && !text.includes("apiVersion"));
    });

test("answers are written where they stand; comments and all else stay", () => {
  assert.deepEqual(readAnswers(pod, questions), {});
  const written = writeAnswers(pod, { restarts: '2 "or" 3', phase: " Running " })!;
  assert.equal(written, pod.replace('"?"   #', '"2 \\"or\\" 3"   #').replace("'?'", '"Running"'));
  assert.deepEqual(readAnswers(written, questions), { restarts: '2 "or" 3', phase: "Running" });
  assert.equal(writeAnswers(written, { restarts: "", phase: "" }), pod.replace("'?'", '"?"'));
});

test("an annotation that was taken out comes back; other documents stay as they are", () => {
  const other = "kind: ConfigMap\nmetadata:   {name: a}\n---\n";
  const without = other + pod.replace(/ {2}annotations:\n.*\n.*\n/, "");
  const written = writeAnswers(without, { phase: "Running" })!;
  assert.ok(written.startsWith(other) && written.includes("# mine"));
  assert.deepEqual(readAnswers(written, questions), { phase: "Running" });
});

test("a file that is no YAML is left alone", () => {
  assert.equal(readAnswers("a: [", questions), undefined);
  assert.equal(writeAnswers("a: [", { phase: "x" }), undefined);
});

test("guesses about any Pod are held against its run", () => {
  const given = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web" },
    spec: { containers: [{ name: "app", image: "busybox:1.36", command: ["sh", "-c", "exit 1"] }] },
  };
  const run = simulate({ pod: given, seconds: 60, nodeImages: ["busybox:1.36"] });
  const asked = usualQuestions("60s");
  const judged = judgeGuesses({ phase: "running", restarts: "9" }, asked, { run, pod: given, at: 60 });
  assert.deepEqual(
    judged.map(({ right, was }) => [right, was]),
    [
      [true, "Running"],
      [false, String(run.trace.watch.flatMap((row) => ("restarts" in row ? row.restarts : [])).at(-1))],
      [undefined, run.trace.events.at(-1)!.reason],
    ],
  );
  const text = guessLines(judged, 78, styleFor({ colour: false, unicode: false, plain: true })).join("\n");
  assert.match(text, /right: phase: running, and so it was\n {2}not right: restarts: you said 9; it was \d/);
  assert.match(text, /no answer: last-event: it was /);
});
