/** A run looked at from change to change, and two answers beside each other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseLesson } from "../src/course/lesson.ts";
import type { Exercise } from "../src/course/types.ts";
import { compareLines, nearestSolution } from "../src/runner/compareText.ts";
import { gradeText } from "../src/runner/gradeText.ts";
import { diffLines, unifiedDiff } from "../src/runner/lineDiff.ts";
import { momentsOf } from "../src/runner/moments.ts";
import { lookAt, record, recordAnswer, timeStateOf } from "../src/runner/recording.ts";
import { styleFor } from "../src/runner/style.ts";
import { widthOf } from "../src/runner/textWidth.ts";
import { needsLook, pictures, pressTime, timeViewLines } from "../src/runner/timeView.ts";

const unicode = styleFor({ colour: false, unicode: true, plain: false });
const plain = styleFor({ colour: false, unicode: false, plain: true });
const pod = (command: string, policy = "Always") => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web" },
  spec: { restartPolicy: policy, containers: [{ name: "app", image: "busybox:1.36", command: ["sh", "-c", command] }] },
});
const crash = record({ pod: pod("echo hello; sleep 5; exit 1"), seconds: 40 }, "your manifest");

test("moments: from the beginning to the end, apart, with everything that changed", () => {
  const moments = momentsOf(crash.run.trace);
  assert.equal(moments[0]!.t, 0);
  assert.equal(moments.at(-1)!.t, 40);
  moments.slice(1).forEach(({ t }, i) => assert.ok(t > moments[i]!.t));
  const all = moments.flatMap(({ what }) => what).join("\n");
  for (const { reason } of crash.run.trace.events) assert.ok(all.includes(reason), reason);
  assert.match(all, /container app ended with 1/);
});

test("kubectl at each moment says what the watch said last", () => {
  const { trace } = crash.run;
  for (const { t } of momentsOf(trace).slice(1, -1)) {
    const row = trace.watch.findLast((one) => one.t <= t);
    if (!row || "gone" in row) continue;
    const [, printed = ""] = lookAt(crash, t, "pods").split("\n");
    assert.deepEqual(printed.split(/ +/).slice(0, 3), [row.pod, row.ready, row.status], `at ${t}s`);
  }
});

test("describe is of that instant, not of the end", () => {
  const { t } = momentsOf(crash.run.trace).find(({ what }) => what.some((text) => text.startsWith("Started")))!;
  assert.match(lookAt(crash, t, "describe"), /State: +Running/);
  assert.doesNotMatch(lookAt(crash, t, "describe"), /BackOff/);
  assert.match(lookAt(crash, 40, "describe"), /BackOff/);
});

test("keys step, jump and change the picture; others mean nothing", () => {
  const begin = timeStateOf(crash, "timeline");
  const last = begin.moments.length - 1;
  assert.equal(pressTime(begin, "left")!.at, 0);
  assert.equal(pressTime(begin, "right")!.at, 1);
  assert.equal(pressTime(begin, "end")!.at, last);
  assert.equal(pressTime({ ...begin, at: last }, "right")!.at, last);
  assert.equal(pressTime(begin, "z"), undefined);
  let time = begin;
  for (const picture of Object.keys(pictures)) {
    assert.equal(time.picture, picture);
    time = pressTime(time, "g")!;
  }
  assert.equal(time.picture, "timeline");
  assert.equal(needsLook(begin), false);
  const asked = pressTime(begin, "g")!;
  assert.equal(needsLook(asked), true);
  const looked = { ...asked, looked: { at: 0, picture: asked.picture, text: "NAME" } };
  assert.equal(needsLook(looked), false);
  assert.equal(needsLook(pressTime(looked, "right")!), true);
});

test("the cursor stands over its instant, inside the window at any width", () => {
  const state = timeStateOf(crash, "timeline");
  for (let at = 0; at < state.moments.length; at++) {
    for (const width of [40, 78, 140]) {
      const lines = timeViewLines({ ...state, at }, width, unicode);
      assert.equal(lines.filter((line) => line.includes("▼")).length, 1);
      for (const line of lines) assert.ok(widthOf(line) <= width + 4, line);
    }
    assert.match(timeViewLines({ ...state, at }, 78, plain).join("\n"), /^[\x20-\x7e\n]*$/);
  }
  assert.match(
    timeViewLines({ ...state, picture: "logs", at: state.moments.length - 1 }, 78, unicode).join("\n"),
    /app │ hello/,
  );
});

const text = fc
  .array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 })
  .map((lines) => lines.map((line) => `${line}\n`).join(""));

test("a diff has both texts in it", () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const rows = diffLines(before, after);
      const side = (other: string) =>
        rows
          .filter(({ sign }) => sign !== other)
          .map((row) => `${row.text}\n`)
          .join("");
      assert.equal(side("+"), before);
      assert.equal(side("-"), after);
      assert.equal(unifiedDiff(before, after, ["a", "b"]).length === 0, before === after);
    }),
  );
});

test("a diff reads as diff -u prints it", () => {
  const before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
  assert.deepEqual(unifiedDiff(before, before.replace("5\n", "five\n"), ["one", "other"], 1), [
    "--- one",
    "+++ other",
    "@@ -4,3 +4,3 @@",
    " 4",
    "-5",
    "+five",
    " 6",
  ]);
  assert.deepEqual(unifiedDiff("", "1\n", ["a", "b"]).slice(2), ["@@ -0,0 +1 @@", "+1"]);
});

const yaml = (name: string, seconds: number) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec:\n  restartPolicy: Never\n  containers:\n    - {name: a, image: "busybox:1.36", command: [sleep, "${seconds}"]}\n`;
const fence = (kind: string, body: string) => `\`\`\`yaml ${kind}\n${body}\`\`\`\n`;
const details = (summary: string, body: string) => `<details><summary>${summary}</summary>\n\n${body}\n</details>\n\n`;
const lesson = `---\nid: naps\ntitle: Naps\nsummary: Short.\nminutes: 1\nobjectives:\n  - Nap\n---\n\n# Naps\n\nText.\n\n## Exercise: Nap {#nap}\n\nNap for 5 seconds.\n\n${fence("starter", yaml("nap", 50))}\n${fence("expect", "seconds: 20\nstarterFails: done\nexpect:\n  - {id: done, phase: Succeeded, by: 15s, say: Naps end.}\n")}\n${details("Hint", "Sleep less.\n")}${details("Solution", fence("solution", yaml("nap", 5)))}`;
const parsed = parseLesson(lesson, "lessons/en/01-naps.md");
const exercise = parsed.lesson?.parts.find((part): part is Exercise => part.kind === "exercise");

test("answers are compared by what they do and by how they are written", () => {
  assert.ok(exercise, parsed.problems.map(({ message }) => message).join("\n"));
  const compare = (mine: string) =>
    compareLines(exercise, { name: "yours", text: mine }, nearestSolution(exercise, mine)!, {
      width: 78,
      style: plain,
    }).join("\n");
  assert.match(
    compare(yaml("nap", 7)),
    /first difference is at .*\n {2}yours: nothing\n {2}the solution: .*Completed[\s\S]*-.*"7"[\s\S]*\+.*"5"/,
  );
  assert.match(compare(yaml("nap", 5)), /The same: nothing differs[\s\S]*The same, line by line/);
  assert.match(compare(`# mine\n${yaml("nap", 5)}`), /The same: nothing differs[\s\S]*\n-# mine/);
  assert.match(compare("a: [\n"), /cannot be read/);
});

test("an answer's run is that of the world that failed first; nothing ran, nothing to look at", () => {
  assert.ok(exercise);
  const mine = yaml("nap", 50);
  assert.equal(recordAnswer(exercise, { text: mine }, gradeText(exercise, mine))?.run.trace.watch.at(-1)?.pod, "nap");
  assert.equal(recordAnswer(exercise, { text: "a: [" }, gradeText(exercise, "a: [")), undefined);
  assert.equal(recordAnswer(exercise, { text: mine.replace("name: nap", "name: Nap") }, undefined), undefined);
});
