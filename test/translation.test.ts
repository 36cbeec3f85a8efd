/** A lesson in another language: prose in its place, everything else inherited, what lacks told. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseLesson } from "../src/course/lesson.ts";
import { translateLesson } from "../src/course/translation.ts";
import { compileCourse } from "../src/runner/compiledCourse.ts";
import { course, newFolder } from "./cliRun.ts";

const english = `---
id: one
title: One
summary: The first
minutes: 5
objectives: [see]
---

# One

Hello.

\`\`\`text
a drawing
\`\`\`

## Second

\`\`\`yaml demo
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: a, image: nginx}]}
\`\`\`

## Exercise: Run {#run}

Run it.

\`\`\`yaml starter
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: a, image: "nginx:nope"}]}
\`\`\`

\`\`\`yaml expect
starterFails: runs
expect:
  - {id: runs, status: Running, say: It must run.}
worlds:
  - {name: usual}
  - {name: slow, say: The registry is slow., expect: [{id: late, status: Running}]}
\`\`\`

<details><summary>Hint</summary>

Look.

</details>

<details><summary>Solution</summary>

Because.

\`\`\`yaml solution
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: a, image: nginx}]}
\`\`\`

</details>

<details><summary>Wrong answer: another name</summary>

\`\`\`yaml wrong breaks=runs world=usual
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: a, image: ngnix}]}
\`\`\`

No such image.

</details>
`;
const korean = `---
id: one
title: 하나
summary: 첫째
objectives: [보기]
---

# 하나

안녕하세요.

\`\`\`text
그림
\`\`\`

## 둘째

\`\`\`yaml demo
\`\`\`

## 연습: 실행 {#run}

실행하세요.

\`\`\`yaml say
expectations: {runs: 실행되어야 합니다.}
worlds:
  usual: {name: 보통}
  slow: {name: 느림, say: 레지스트리가 느립니다.}
\`\`\`

<details><summary>힌트</summary>

보세요.

</details>

<details><summary>해답</summary>

왜냐하면.

</details>

<details><summary>오답: 다른 이름</summary>

그런 이미지는 없습니다.

</details>
`;

function translated(text: string) {
  const { lesson, problems } = parseLesson(english, "en.md");
  assert.deepEqual(problems, []);
  return translateLesson(lesson!, { file: "en.md", text: english }, { file: "ko.md", text });
}

test("prose is translated, the rest inherited", () => {
  const { lesson, problems } = translated(korean);
  assert.deepEqual(problems, []);
  const [first, second, exercise] = lesson.parts;
  assert.ok(first?.kind === "page" && second?.kind === "page" && exercise?.kind === "exercise");
  assert.equal(lesson.title, "하나");
  assert.equal(first.markdown, "안녕하세요.\n\n```text\n그림\n```");
  assert.equal(second.title, "둘째");
  assert.match(second.markdown, /^```yaml\napiVersion: v1\n/);
  assert.equal(second.demos.length, 1);
  assert.deepEqual([exercise.title, exercise.task, exercise.hints[0]], ["실행", "실행하세요.", "보세요."]);
  assert.deepEqual(
    exercise.worlds.map(({ name, say }) => [name, say]),
    [
      ["보통", undefined],
      ["느림", "레지스트리가 느립니다."],
    ],
  );
  assert.deepEqual(
    exercise.expect.map(({ id, say, worlds }) => [id, say, worlds]),
    [
      ["runs", "실행되어야 합니다.", undefined],
      ["late", undefined, ["느림"]],
    ],
  );
  const [wrong] = exercise.wrongAnswers;
  assert.deepEqual([wrong!.title, wrong!.reply, wrong!.world], ["다른 이름", "그런 이미지는 없습니다.", "보통"]);
  assert.match(exercise.solutions[0]!.manifest, /image: nginx/);
});

test("what lacks or does not fit is told", () => {
  const told = (text: string) =>
    translated(text)
      .problems.map(({ message }) => message)
      .join("\n");
  assert.match(told(korean.replace(/## 둘째[\s\S]*?(?=## 연습)/, "")), /there are 1 pages, and 2 in en\.md/);
  assert.match(told(korean.replace(/<details><summary>힌트[\s\S]*?<\/details>/, "")), /hint 1 is not translated/);
  assert.match(told(korean.replace("runs:", "walks:")), /there is no expectation walks/);
  assert.match(told(korean.replace("{#run}", "{#walk}")), /exercise one\/run is not translated[\s\S]*no exercise walk/);
  assert.match(told(korean.replace("```yaml demo\n```", "```console\n```")), /the place of a yaml block/);
});

test("passed in one language is passed in the other", () => {
  const files = (text: string) => [{ name: "01-one.md", text }];
  const compiled = compileCourse([
    { language: "en", lessons: files(english) },
    { language: "ko", lessons: files(korean) },
  ]);
  const exercises = (language: string) => compiled.get(language)!.index.lessons[0]!.exercises[0]!;
  assert.equal(exercises("ko").title, "실행");
  assert.equal(exercises("ko").digest, exercises("en").digest);
});

test("a course of somebody else, in a folder or a package", () => {
  const cwd = newFolder();
  const folder = join(cwd, "node_modules", "mine");
  for (const [language, text] of [
    ["en", english],
    ["ko", korean],
  ] as const) {
    mkdirSync(join(folder, "lessons", language), { recursive: true });
    writeFileSync(join(folder, "lessons", language, "01-one.md"), text);
  }
  assert.match(course(["--course", "mine", "list"], { cwd }).stdout, /one\/run +Run/);
  assert.match(course(["--course", "node_modules/mine", "--lang", "ko", "list"], { cwd }).stdout, /one\/run +실행/);
  const checked = course(["--course", "mine", "check", "run", "-"], {
    cwd,
    input: english.split("```yaml solution\n")[1]!.split("```")[0]!,
  });
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  const report = JSON.parse(course(["author", "check", folder, "--json"], { cwd }).stdout);
  assert.deepEqual(report.languages, [{ language: "ko", translated: 1, lacks: [], problems: [] }]);
  const none = course(["--course", "nope", "list"], { cwd });
  assert.equal(none.status, 3);
  assert.match(none.stderr, /There is no course at nope/);
  assert.equal(course(["--lang", "xx", "list"], { cwd }).status, 2);
});
