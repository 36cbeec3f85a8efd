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
import { type Picture, pictureNames } from "../src/runner/pictures.ts";
import { lookAt, record, recordAnswer, timeStateOf } from "../src/runner/recording.ts";
import { styleFor } from "../src/runner/style.ts";
import { widthOf } from "../src/runner/textWidth.ts";
import { needsLook, pressTime, type TimeState, timeViewLines } from "../src/runner/timeView.ts";

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

const keys = (time: TimeState, ...pressed: string[]) =>
  pressed.reduce((now, key) => pressTime(now, key)?.time ?? now, time);
const begin = timeStateOf(crash, "timeline");

test("keys step, jump and change the picture; others mean nothing", () => {
  const times = begin.moments.map(({ t }) => t);
  assert.equal(keys(begin, "left").t, 0);
  assert.equal(keys(begin, "right").t, times[1]);
  assert.equal(keys(begin, "right", "right", "left").t, times[1]);
  assert.equal(keys(begin, "end").t, 40);
  assert.equal(keys(begin, "end", "right").t, 40);
  assert.equal(keys(begin, "end", "left").t, times.at(-2));
  assert.equal(pressTime(begin, "z"), undefined);
  let time = begin;
  for (const picture of pictureNames) {
    assert.equal(time.picture, picture);
    time = keys(time, "g");
  }
  assert.equal(time.picture, "timeline");
  assert.equal(needsLook(begin), false);
  const asked = keys(begin, "g");
  assert.equal(needsLook(asked), true);
  const looked = { ...asked, looked: { t: 0, picture: asked.picture, text: "NAME" } };
  assert.equal(needsLook(looked), false);
  assert.equal(needsLook(keys(looked, "right")), true);
});

test("by a second, by ten, or to a second that is typed: also between two changes", () => {
  assert.equal(keys(begin, ".", ".").t, 2);
  assert.equal(keys(begin, ">", ">", "<", ",").t, 9);
  assert.equal(keys(begin, "<").t, 0);
  assert.equal(keys(begin, ">", ">", ">", ">", ">").t, 40);
  assert.equal(keys({ ...begin, t: 6.6 }, ".").t, 7);
  assert.equal(keys({ ...begin, t: 6.6 }, ",").t, 6);
  const typed = keys(begin, "3", "4");
  assert.equal(typed.t, 0);
  assert.equal(typed.typing, "34");
  assert.deepEqual([keys(typed, "return").t, keys(typed, "return").typing], [34, undefined]);
  assert.equal(keys(typed, "backspace", "return").t, 3);
  assert.deepEqual(keys(typed, "escape"), begin);
  assert.deepEqual(keys(typed, "backspace", "backspace"), begin);
  assert.deepEqual(keys(typed, "left", "g", "v", "space"), typed);
  assert.equal(keys(begin, ":", "0", "m", "2", ".", "5", "s", "return").t, 2.5);
  assert.deepEqual(keys(begin, ":", "return"), begin);
  assert.match(pressTime(keys(begin, "5", "m", "5"), "return")?.say ?? "", /5m5 is no time/);
  const beyond = pressTime(keys(begin, "9", "0"), "return");
  assert.deepEqual([beyond?.time.t, beyond?.say], [40, "The run ends at 40s."]);
});

test("where keys come as lines, a line is a time", () => {
  const line = (text: string) => pressTime(begin, text[0]!, text);
  assert.equal(line("7")?.time.t, 7);
  assert.equal(line("12s")?.time.t, 12);
  assert.equal(line(": 0m30s")?.time.t, 30);
  assert.match(line("12x")?.say ?? "", /12x is no time/);
});

test("between two changes: what was last, and every picture up to then", () => {
  const show = (t: number, picture: Picture, text = "") =>
    timeViewLines({ ...begin, t, picture, looked: { t, picture, text } }, 78, plain).join("\n");
  const started = crash.run.trace.events.find(({ reason }) => reason === "Started")!.t;
  const text = show(started + 1, "watch");
  assert.match(text, /between changes \d+ and \d+ of[\s\S]*Nothing new since/);
  assert.match(text, /\$ kubectl get pods -w\nTIME[\s\S]*Running/);
  assert.doesNotMatch(text, /Error/);
  assert.match(show(40, "watch"), /CrashLoopBackOff/);
  assert.doesNotMatch(show(started + 1, "events"), /BackOff/);
  assert.match(show(40, "events"), /Events until then\n[\s\S]*BackOff/);
  assert.match(show(started + 1, "logs"), /hello/);
  assert.match(show(0, "logs"), /nothing yet/);
  assert.match(show(9, "describe", "Name: web\n"), /\$ kubectl describe pod web\nName: web/);
  assert.match(lookAt(crash, started + 3.5, "pods"), /Running +0 +[34]s/);
});

test("the cursor stands over its instant, inside the window at any width", () => {
  for (const t of [...begin.moments.map(({ t }) => t), 3.3, 17, 39.9]) {
    for (const picture of pictureNames)
      for (const width of [40, 78, 140]) {
        const lines = timeViewLines({ ...begin, t, picture }, width, unicode);
        assert.equal(lines.filter((line) => line.includes("▼")).length, picture === "timeline" ? 1 : 0);
        for (const line of lines) assert.ok(widthOf(line) <= width, line);
      }
    assert.match(timeViewLines({ ...begin, t }, 78, plain).join("\n"), /^[\x20-\x7e\n]*$/);
  }
  assert.match(timeViewLines({ ...begin, picture: "logs", t: 40 }, 78, unicode).join("\n"), /app │ hello/);
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
