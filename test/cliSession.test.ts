/** Update and View of the interactive course: keys change a session, a session is a screen. Also progress and editors. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Lesson, Page } from "../src/course/types.ts";
import type { Verdict } from "../src/grader/types.ts";
import { chooseEditor } from "../src/runner/editor.ts";
import { foldProgress } from "../src/runner/progress.ts";
import { type ScreenTools, viewLinear, viewScreen } from "../src/runner/screens.ts";
import { actions } from "../src/runner/keys.ts";
import { enter, type Input, type Key, type Session } from "../src/runner/session.ts";
import { update } from "../src/runner/update.ts";
import { styleFor } from "../src/runner/style.ts";
import { widthOf } from "../src/runner/textWidth.ts";

const page: Page = {
  kind: "page",
  title: "Probes",
  markdown: Array.from({ length: 60 }, (_, i) => `line ${i}`).join("\n"),
  demos: [],
  line: 1,
};
const exercise = {
  kind: "exercise" as const,
  id: "probes/one",
  slug: "one",
  lesson: "probes",
  title: "One",
  task: "Do it.",
  starter: "a: 1\n",
  starterFails: "x",
  hints: ["first", "second"],
  solutions: [{ title: "Solution", manifest: "a: 2\n", notes: "", line: 1 }],
  survivors: [],
  file: "",
  line: 1,
  expectLine: 1,
  worlds: [],
  expect: [],
  documents: [],
  wrongAnswers: [],
};
const lesson: Lesson = {
  id: "probes",
  title: "Probes",
  summary: "",
  minutes: 5,
  objectives: ["Know"],
  file: "",
  parts: [page, exercise, { ...page, title: "After" }],
};
const begin = (part: number) => enter(lesson, part, { done: new Set(), lessonIndex: 0, lessonCount: 1 }).session;
const press = (session: Session, ...keys: Key[]) =>
  keys.reduce((now, key) => update(now, { type: "key", key }).session, session);
const tasksOf = (session: Session, key: Key) => update(session, { type: "key", key }).tasks.map((task) => task.do);
const opened = update(begin(1), { type: "opened", file: "one.yaml", hints: 0, notice: "" }).session;
const verdict = (passed: boolean): Verdict => ({
  version: 1,
  exercise: "probes/one",
  passed,
  warnings: [],
  worlds: [],
  notModelled: [],
  ...(!passed && { first: { expectation: "x", passed: false, expected: "a restart", when: "by 60s", actual: "none" } }),
});
const graded = (passed: boolean): Input => ({
  type: "graded",
  verdict: verdict(passed),
  manifest: "a: 1\n",
  bySave: true,
});

const tools = (columns: number, rows: number, plain = false): ScreenTools => ({
  style: styleFor({ colour: false, unicode: !plain, plain }),
  columns,
  rows,
  markdown: (text) => text.split("\n"),
  box: (lines, title) => [title, ...lines],
});

test("entering an exercise asks for its file; entering a page does not", () => {
  assert.deepEqual(
    enter(lesson, 1, begin(0)).tasks.map((task) => task.do),
    ["save position", "open exercise"],
  );
  assert.deepEqual(
    enter(lesson, 0, begin(0)).tasks.map((task) => task.do),
    ["save position"],
  );
});

test("space scrolls to the end first, then goes on", () => {
  let session = update(begin(0), { type: "drawn", bodyLines: 30, room: 20 }).session;
  session = press(session, "space");
  assert.equal(session.scroll, 10);
  assert.equal(press(session, "space").part, 1);
});

test("Enter and space do not skip an exercise that is not passed; n does", () => {
  assert.equal(press(opened, "return").part, 1);
  assert.match(press(opened, "space").notice, /n skips/);
  assert.equal(press(opened, "n").part, 2);
  assert.equal(press(update(opened, graded(true)).session, "return").part, 2);
});

test("a save shows the verdict, from its top, and nothing older below it", () => {
  const session = update({ ...opened, scroll: 3, notice: "The file was written." }, graded(false)).session;
  assert.equal(session.notice, "");
  assert.equal(session.view, "verdict");
  assert.equal(session.scroll, 0);
  assert.equal(session.done.size, 0);
  assert.deepEqual([...update(session, graded(true)).session.done], ["probes/one"]);
});

test("the line that decided comes later, to the verdict it belongs to, and leaves the rest as it is", () => {
  const of = verdict(false);
  const step = update(opened, { type: "graded", verdict: of, manifest: "a: 1\n", bySave: true, searching: true });
  assert.deepEqual(step.tasks, [{ do: "find line" }]);
  const words = (session: Session) => viewLinear(session, tools(80, 24)).join("\n");
  assert.match(words(step.session), /Looking for the line/);
  const found = { ...of, first: { ...of.first!, place: { document: 0, line: 1, column: 1, path: "a", text: "a: 1" } } };
  const input: Input = { type: "line found", of, verdict: found };
  const reading = update({ ...step.session, view: "hints", scroll: 2 }, input).session;
  assert.deepEqual([reading.view, reading.scroll, reading.exercise?.checks], ["hints", 2, 1]);
  assert.match(words({ ...reading, view: "verdict" }), /Line 1 of your YAML/);
  assert.doesNotMatch(words({ ...reading, view: "verdict" }), /Looking for/);
  const newer = update(step.session, graded(false)).session;
  assert.equal(update(newer, input).session, newer);
});

test("hints come one at a time and are counted", () => {
  const one = update(opened, { type: "key", key: "h" });
  assert.deepEqual(one.tasks, [{ do: "count hint", count: 1 }]);
  assert.equal(press(one.session, "h").exercise?.hints, 2);
  assert.match(press(one.session, "h", "h").notice, /no more hints/);
});

test("a solution is shown when asked twice, or once after passing", () => {
  assert.equal(press(opened, "s").view, "task");
  assert.equal(press(opened, "s", "s").view, "solution");
  assert.equal(press(update(opened, graded(true)).session, "s").view, "solution");
});

test("leaving an exercise ends the watching of its file", () => {
  for (const key of ["n", "p", "l"]) assert.equal(tasksOf(opened, key)[0], "close files");
});

test("Ctrl-C and q quit from everywhere; unknown keys do nothing", () => {
  for (const session of [begin(0), opened, press(opened, "?")]) {
    assert.deepEqual(tasksOf(session, "ctrl-c"), ["quit"]);
    assert.deepEqual(update(session, { type: "key", key: "ctrl-q" }), {
      session: { ...session, notice: "" },
      tasks: [],
    });
  }
  assert.deepEqual(tasksOf(begin(0), "q"), ["quit"]);
});

test("help begins with what works where it was opened", () => {
  const help = (session: Session) => viewLinear(press(session, "?"), tools(100, 60)).join("\n").split("Keys elsewhere");
  const [onPage, elsewhere] = help(begin(0));
  assert.doesNotMatch(onPage!, /a hint/);
  assert.match(elsewhere!, /a hint/);
  assert.match(help(opened)[0]!, /a hint/);
  assert.match(help(opened)[1]!, /back to where you were/);
});

test("Esc, q and b go back, step by step, the same from every view", () => {
  const tried = update(opened, graded(false)).session;
  const demo: Input = { type: "demo ran", index: 0, text: ["demo"], ran: true, edited: true };
  for (const back of ["escape", "q", "b", "backspace"]) {
    for (const key of ["h", "?", "t"]) assert.equal(press(tried, key, back).view, "verdict", `${key} ${back}`);
    assert.equal(press(opened, "h", back).view, "task");
    assert.equal(press(opened, "s", "s", "?", back).view, "solution");
    assert.equal(press(update(begin(0), demo).session, "?", back).view, "demo");
    assert.equal(press(update(begin(0), demo).session, back).view, "page");
  }
  assert.deepEqual(tasksOf(press(opened, "h"), "l"), ["close files", "menu"]);
  assert.deepEqual(tasksOf(opened, "escape"), ["close files", "menu"]);
});

test("help names every key", () => {
  const text = viewLinear(press(begin(0), "?"), tools(80, 24)).join("\n");
  for (const { help } of actions) assert.ok(text.replace(/\s+/g, " ").includes(help.slice(0, 20)), help);
});

const anyKey = fc.constantFrom(
  ...actions.flatMap((action) => action.keys),
  "up",
  "down",
  "pagedown",
  "pageup",
  "home",
  "end",
  "z",
  "ctrl-z",
  "escape",
);
const anyInput: fc.Arbitrary<Input> = fc.oneof(
  { weight: 8, arbitrary: anyKey.map((key): Input => ({ type: "key", key })) },
  fc.boolean().map(graded),
  fc.constant<Input>({ type: "unreadable", message: "There is no file one.yaml." }),
  fc.constant<Input>({ type: "opened", file: "one.yaml", hints: 1, notice: "written" }),
  fc.constant<Input>({ type: "demo ran", index: 0, text: ["demo"], ran: true, edited: false }),
);

test("whatever is pressed, every screen has the size of the window", () => {
  fc.assert(
    fc.property(
      fc.array(anyInput, { maxLength: 30 }),
      fc.integer({ min: 20, max: 200 }),
      fc.integer({ min: 6, max: 60 }),
      (inputs, columns, rows) => {
        let session = begin(0);
        for (const input of inputs) {
          session = update(session, input).session;
          const screen = viewScreen(session, tools(columns, rows));
          assert.ok(screen.lines.length <= rows);
          for (const line of screen.lines) assert.ok(widthOf(line) <= columns, line);
          session = update(session, { type: "drawn", bodyLines: screen.bodyLines, room: screen.room }).session;
          assert.ok(session.scroll >= 0 && session.scroll <= Math.max(0, screen.bodyLines - screen.room));
        }
      },
    ),
  );
});

test("the linear text has no sign that only a screen can show", () => {
  const session = update(opened, graded(false)).session;
  assert.match(viewLinear(session, tools(80, 24, true)).join("\n"), /^[\x20-\x7e\n]*$/);
});

const lines = {
  passed: '{"v":1,"did":"passed","exercise":"a/b","digest":"d"}',
  hint: '{"v":1,"did":"hint","exercise":"a/b","count":2}',
  at: '{"v":1,"did":"at","lesson":"a","part":3}',
};

test("progress: lines add up, in any order, and what is torn or strange is skipped", () => {
  const text = [
    lines.hint,
    "",
    "nonsense",
    '{"v":2,"did":"passed","exercise":"x/y"}',
    lines.passed,
    lines.at,
    '{"v":1,"did":"hint","exercise":"a/b","count":1}',
    '{"v":1,"did":"pas',
  ].join("\n");
  const progress = foldProgress(text);
  assert.deepEqual([...progress.passed], [["a/b", "d"]]);
  assert.equal(progress.hints.get("a/b"), 2);
  assert.deepEqual(progress.at, { lesson: "a", part: 3 });
});

test("progress: cut anywhere, earlier lines hold", () => {
  const text = `${lines.passed}\n${lines.hint}\n${lines.at}\n`;
  for (let length = lines.passed.length + 1; length <= text.length; length++)
    assert.equal(foldProgress(text.slice(0, length)).passed.size, 1);
});

const editors: readonly [env: Record<string, string>, expected: [string, string[], boolean] | undefined][] = [
  [{}, undefined],
  [{ EDITOR: "vim" }, ["vim", ["+7", "a.yaml"], false]],
  [{ VISUAL: "nano", EDITOR: "vim" }, ["nano", ["+7", "a.yaml"], false]],
  [{ VISUAL: "code --wait" }, ["code", ["--goto", "a.yaml:7"], true]],
  [{ TERM_PROGRAM: "vscode" }, ["code", ["--goto", "a.yaml:7"], true]],
  [{ EDITOR: "'/opt/my editor/bin/edit' -n" }, ["/opt/my editor/bin/edit", ["-n", "a.yaml"], false]],
];
for (const [env, expected] of editors) {
  test(`editor: ${JSON.stringify(env)}`, () => {
    const editor = chooseEditor(env, "a.yaml", 7);
    assert.deepEqual(editor && [editor.command, editor.args, editor.ownWindow], expected);
  });
}
