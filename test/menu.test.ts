/** The menu and the list: how far the learner is, what a filter leaves, what fits into the window. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bar, type Lesson, standings } from "../src/runner/courseProgress.ts";
import {
  exerciseChoices,
  type Filter,
  goOn,
  lessonChoices,
  type MenuSource,
  nextFilter,
  showAll,
} from "../src/runner/menu.ts";
import { styleFor } from "../src/runner/style.ts";
import { widthOf } from "../src/runner/textWidth.ts";
import { course, listed, newFolder } from "./cliRun.ts";

const looks = {
  unicode: styleFor({ colour: false, unicode: true, plain: false }),
  ascii: styleFor({ colour: false, unicode: false, plain: false }),
  plain: styleFor({ colour: false, unicode: false, plain: true }),
};
const lesson = (id: string, titles: readonly string[]): Lesson => ({
  id,
  title: `Lesson ${id}`,
  summary: "What it is about.",
  minutes: 20,
  parts: 9,
  topics: [],
  exercises: titles.map((title) => ({ id: `${id}/${title}`, slug: title, title, digest: "new" })),
});
const lessons = [lesson("a", ["one", "two"]), lesson("b", ["three"]), lesson("漢字", ["four"])];
const now = standings(
  new Map([
    ["a/one", "new"],
    ["b/three", "old"],
  ]),
);
const source = (filter: Filter, style = looks.unicode, columns = 80): MenuSource => ({
  lessons,
  now,
  filter,
  style,
  columns,
});
const ids = (choices: readonly { id: string; onlyFound?: boolean }[], found = false) =>
  choices.filter(({ onlyFound = false }) => onlyFound === found).map(({ id }) => id);

test("lessons first; exercises only when they are searched for", () => {
  const choices = lessonChoices(source("all"), "Go on");
  assert.deepEqual(ids(choices), [goOn, "a", "b", "漢字"]);
  assert.deepEqual(ids(choices, true), ["a/one", "a/two", "b/three", "漢字/four"]);
});

test("filters leave what is open or done; all of them come round", () => {
  assert.deepEqual(ids(lessonChoices(source("open"), "")), [goOn, "a", "漢字"]);
  assert.deepEqual(ids(lessonChoices(source("done"), "")), [goOn, "a", "b"]);
  assert.deepEqual(ids(exerciseChoices(source("done"), lessons[0]!)).slice(1), ["a/one"]);
  assert.deepEqual(ids(exerciseChoices(source("open"), lessons[1]!)).slice(1), [showAll]);
  assert.deepEqual(nextFilter(nextFilter(nextFilter("all"))), "all");
  const nobody = { ...source("done"), now: standings(new Map()) };
  assert.deepEqual(ids(lessonChoices(nobody, "")), [showAll]);
});

test("bars stand below each other, whatever the letters", () => {
  const [, ...rows] = lessonChoices(source("all"), "").filter(({ onlyFound }) => !onlyFound);
  const starts = rows.map(({ text }) => widthOf(text.slice(0, text.search(/[█░]/))));
  assert.equal(new Set(starts).size, 1);
});

const bars: readonly [done: number, all: number, unicode: string, ascii: string][] = [
  [0, 6, "░░░░░░░░░░", "[----------]"],
  [1, 60, "█░░░░░░░░░", "[#---------]"],
  [3, 6, "█████░░░░░", "[#####-----]"],
  [59, 60, "█████████░", "[#########-]"],
  [6, 6, "██████████", "[##########]"],
];
for (const [done, all, unicode, ascii] of bars) {
  test(`bar: ${done} of ${all}`, () => {
    assert.equal(bar(done, all, 10, looks.unicode), unicode);
    assert.equal(bar(done, all, 10, looks.ascii), ascii);
    assert.equal(bar(done, all, 10, looks.plain), "");
  });
}

test("plain text has words for everything", () => {
  for (const { text } of [
    ...lessonChoices(source("all", looks.plain), "Go on"),
    ...exerciseChoices(source("all", looks.plain), lessons[1]!),
  ])
    assert.match(text, /^[\x20-\x7e漢字]*$/);
  assert.match(exerciseChoices(source("all", looks.plain), lessons[1]!)[1]!.text, /^done three {2}\(changed since/);
});

test("course list: what is done, what changed since, what is next", () => {
  const cwd = newFolder();
  const [first, second, third] = listed(cwd);
  mkdirSync(join(cwd, "podcourse/.podcourse"), { recursive: true });
  const passed = (exercise: string, digest: string) => `${JSON.stringify({ v: 1, did: "passed", exercise, digest })}\n`;
  writeFileSync(
    join(cwd, "podcourse/.podcourse/progress.jsonl"),
    passed(first!.id, "") + passed(second!.id, "of another course"),
  );
  const { stdout, stderr, status } = course(["list"], { cwd });
  assert.equal(status, 0);
  const row = (id: string) => stdout.split("\n").find((line) => line.includes(`${id} `)) ?? "";
  assert.match(row(first!.id), /✓ done/);
  assert.match(row(second!.id), /✓ done.*changed since you passed/);
  assert.match(row(third!.id), /○ open.*← next/);
  assert.match(stderr, new RegExp(`2 of \\d+ done\\. Next: course show ${third!.id}`));
  for (const line of stdout.split("\n")) assert.ok(widthOf(line) <= 100, line);
  assert.match(course(["--plain", "list"], { cwd }).stdout, /^[\x20-\x7e\n]*$/);
});
