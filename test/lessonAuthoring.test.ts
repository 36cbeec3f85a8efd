import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readExpectations } from "../src/course/expectation.ts";
import { parseLesson } from "../src/course/lesson.ts";
import { isCode, readMarkdown } from "../src/course/markdown.ts";
import type { Problem } from "../src/course/types.ts";
import { YamlReader } from "../src/course/yamlReader.ts";

const { blocks } = readMarkdown(readFileSync(new URL("../lessons/AUTHORING.md", import.meta.url), "utf8"));
const examples = blocks.flatMap(({ token, line }) =>
  isCode(token) && token.lang === "yaml" && token.text.startsWith("- ") ? [{ text: token.text, line }] : [],
);

test("the guide has examples of every part of the language", () => assert.ok(examples.length >= 8));

for (const { text, line } of examples)
  test(`the example at line ${line} of lessons/AUTHORING.md is read without a fault`, () => {
    const problems: Problem[] = [];
    // `…` stands for what an example leaves out.
    const reader = new YamlReader(
      text.replaceAll("[…]", "[{status: Running}]"),
      "AUTHORING.md",
      line + 1,
      "",
      problems,
    );
    const read = readExpectations(reader, [], reader.data, new Set());
    assert.deepEqual(problems, []);
    assert.ok(read.length > 0);
  });

test("the guide's exercise is one", () => {
  const whole = blocks.flatMap(({ token }) =>
    isCode(token) && token.text.startsWith("## Exercise:") ? token.text : [],
  )[0]!;
  const { problems, lesson } = parseLesson(
    `---\nid: a\ntitle: A\nsummary: S\nminutes: 1\nobjectives: [x]\n---\n\n${whole}`,
    "a.md",
  );
  assert.deepEqual(problems, []);
  assert.equal(lesson!.parts.length, 1);
});
