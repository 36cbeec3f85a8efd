/** A course of somebody who means harm, or a file that is no lesson at all: words, never a fault of the program, in bounded work. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { parseLesson } from "../src/course/lesson.ts";
import { readManifest } from "../src/manifest/readManifest.ts";
import { course, newFolder } from "./cliRun.ts";

const pod = (word: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: hello\nspec:\n  restartPolicy: Never\n  containers:\n    - name: hello\n      image: busybox:1.36\n      command: ["sh", "-c", "echo ${word}; sleep 5"]\n`;
const expectBlock = "seconds: 20\nstarterFails: g\nexpect:\n  - {id: g, log: /^goodbye$/, by: 15s}";

interface Parts {
  readonly id?: string;
  readonly title?: string;
  readonly page?: string;
  readonly slug?: string;
  readonly expect?: string;
}

function lesson({ id = "x", title = "T", page = "", slug = "e", expect = expectBlock }: Parts): string {
  return `---\nid: ${id}\ntitle: ${title}\nsummary: S\nminutes: 5\nobjectives:\n  - o\n---\n\n# T\n\nhello\n\n${page}\n\n## Exercise: E {#${slug}}\n\nDo it.\n\n\`\`\`yaml starter\n${pod("hello")}\`\`\`\n\n\`\`\`yaml expect\n${expect}\n\`\`\`\n\n<details><summary>Hint</summary>\n\nLook.\n\n</details>\n\n<details><summary>Solution</summary>\n\n\`\`\`yaml solution\n${pod("goodbye")}\`\`\`\n\n</details>\n`;
}

const exercisesIn = (text: string) =>
  parseLesson(text, "x.md").lesson?.parts.filter(({ kind }) => kind === "exercise").length ?? 0;

test("the lesson itself is fine", () => assert.equal(exercisesIn(lesson({})), 1));

const bomb = [
  "a: &a [x,x,x,x,x,x,x,x,x]",
  ...[..."bcdefghij"].map((c, i) => `${c}: &${c} [${Array(9).fill(`*${"abcdefghij"[i]}`)}]`),
];
const withExpect = (line: string) => `${expectBlock}\n${line}`;
const hostile: readonly [what: string, parts: Parts, why: RegExp][] = [
  ["an alias bomb", { expect: `${bomb.join("\n")}\nexpect: *j` }, /alias/i],
  ["YAML nested without end", { expect: "[".repeat(20_000) }, /nested too deeply/],
  ["quotations nested without end", { page: `${"> ".repeat(20_000)}x` }, /nested too deeply/],
  ["a paragraph that takes for ever to read", { page: "*a _".repeat(50_000) }, /longer than 20000/],
  ["a file without end", { page: "x\n\n".repeat(200_000) }, /the file is longer than/],
  [
    "thousands of objects",
    { expect: withExpect(`objects: [${"{kind: A, metadata: {name: a}},".repeat(5000)}]`) },
    /block is longer/,
  ],
  [
    "hundreds of long worlds",
    {
      expect: `seconds: 86400\n${expectBlock.replace("seconds: 20\n", "")}\nworlds: [${Array.from({ length: 300 }, (_, i) => `{name: w${i}}`)}]`,
    },
    /more than 30 worlds/,
  ],
  ["a run of years", { expect: expectBlock.replace("20", "99999999999") }, /too long/],
  ["a pattern that looks behind", { expect: expectBlock.replace("^goodbye", "(?<=x)y") }, /bounded time/],
  ["a pattern that grows", { expect: expectBlock.replace("/^goodbye$/", "'/((a{50}){50}){50}/'") }, /too large/],
  [
    "a pattern that is none, in a part",
    { expect: `${expectBlock}\n  - {structure: spec, has: {a: /(/}, because: b}` },
    /is not closed/,
  ],
  ["a title with an escape sequence", { title: '"A\\x1b]52;c;AA\\x07"' }, /control character/],
  ["a title that is read backwards", { title: '"A\\u202eB"' }, /control character/],
  ["what is expected with an escape sequence", { expect: `${expectBlock}\n  - {log: "\\e[2J"}` }, /control character/],
  ["an id that leads elsewhere", { id: '"../../etc"' }, /an id has only/],
  ["an exercise's id that leads elsewhere", { slug: "../../x" }, /of a-z, 0-9 and -/],
  ["a name that Windows keeps", { id: "con" }, /Windows/],
  ["an exercise with a name that Windows keeps", { slug: "lpt1" }, /Windows/],
];
for (const [what, parts, why] of hostile)
  test(`${what} is refused with the place`, () => {
    const text = lesson(parts);
    assert.equal(exercisesIn(text), 0);
    const problem = parseLesson(text, "x.md").problems.find(({ message }) => why.test(message));
    assert.ok(problem, JSON.stringify(parseLesson(text, "x.md").problems.slice(0, 5)));
    assert.ok(problem.line >= 1);
  });

test("a demo's name leads nowhere", () => {
  const demo = `\`\`\`yaml demo name=../../../x\n${pod("a")}\`\`\`\n\n\`\`\`yaml demo name=..\\..\\y\n${pod("a")}\`\`\``;
  const { lesson: read } = parseLesson(lesson({ page: demo }), "x.md");
  const ids = read!.parts.flatMap((part) => (part.kind === "page" ? part.demos.map(({ id }) => id) : []));
  assert.deepEqual(ids, ["x/demo-1", "x/demo-2"]);
});

test("no key of an expect block reaches the prototype of all objects", () => {
  const keys =
    "__proto__: {polluted: 1}\nedits: [{set: __proto__.polluted, to: 1}, {set: constructor.prototype.polluted, to: 1}]";
  parseLesson(lesson({ expect: withExpect(keys) }), "x.md");
  const cwd = writeCourse(lesson({ expect: withExpect(keys.split("\n")[1]!) }));
  assert.equal(course(["--course", "hostile", "check", "e", "-"], { cwd, input: pod("goodbye") }).status, 0);
  assert.equal(({} as { polluted?: number }).polluted, undefined);
});

function writeCourse(text: string): string {
  const cwd = newFolder();
  const folder = join(cwd, "hostile/lessons/en");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "01-x.md"), text);
  return cwd;
}

test("opened with --course: what is left out is said, and nothing is written outside of the workspace", () => {
  const faulty = writeCourse(`${lesson({})}\n${lesson({ slug: "../../y" }).split("# T")[1]}`);
  const { stdout, stderr } = course(["--course", "hostile", "list"], { cwd: faulty });
  assert.match(stdout, /x\/e/);
  assert.match(stderr, /This course has a fault, and what is faulty is left out:\n {2}lessons\/en\/01-x\.md:\d+: /);
  course(["--course", "hostile", "show", "e"], { cwd: faulty });
  assert.deepEqual(readdirSync(faulty).sort(), ["hostile", "podcourse"]);
  assert.ok(existsSync(join(faulty, "podcourse/courses/hostile/x/e.yaml")));
});

test("a pattern made to hang a check does not", () => {
  const cwd = writeCourse(
    lesson({ expect: expectBlock.replace("/^goodbye$/", '"/^((h|h|he|hel|hell|(a|a)*)*(o+)+(l+)+)+x$/"') }),
  );
  const { status } = course(["--course", "hostile", "check", "e", "-"], { cwd, input: pod(`${"hello".repeat(500)}`) });
  assert.equal(status, 1);
});

const scrap = fc.constantFrom(
  ...[
    "---\n",
    "id: x\n",
    "title: T\n",
    "\n",
    "\n\n",
    "# T",
    "## Exercise: E {#e}",
    "```yaml starter\n",
    "```yaml expect\n",
  ],
  ...[
    "```yaml demo\n",
    "```yaml world\n",
    "```yaml wrong breaks=g\n",
    "```yaml when\n",
    "```\n",
    "```console at 5s\n",
    "$ kubectl get pods\n",
  ],
  ...[
    "<details><summary>Hint</summary>\n",
    "</details>\n",
    "expect:\n",
    "  - {id: g, log: x}\n",
    "- {order: [{event: Started}]}\n",
    "seconds: -1\n",
  ],
  ...[
    "worlds: [{name: a}]\n",
    "objects: [1]\n",
    "actions: [{at: 1}]\n",
    "*a\n",
    "&a ",
    "!!binary x\n",
    "{",
    "}",
    "[",
    "]",
    ": ",
    "? ",
    "|\n",
    "> ",
    "\t",
    "\r\n",
    "\u0000",
    "%YAML 1.1\n",
    "null\n",
    "~\n",
    "-1e999\n",
  ],
);
const scraps = fc.array(fc.oneof({ weight: 6, arbitrary: scrap }, fc.string({ unit: "binary", maxLength: 6 })), {
  maxLength: 40,
});

test("the lesson parser takes any text: problems with a line, never a throw", () => {
  fc.assert(
    fc.property(scraps, fc.boolean(), (parts, whole) => {
      const text = whole ? lesson({ expect: parts.join("") }) : parts.join("");
      for (const { line, message } of parseLesson(text, "x.md").problems) {
        assert.ok(Number.isInteger(line) && line >= 1, message);
        assert.ok(message.length > 0);
      }
    }),
    { numRuns: 500 },
  );
});

test("the manifest reader takes any text, and says where it is wrong", () => {
  fc.assert(
    fc.property(scraps, (parts) => {
      const text = parts.join("");
      const { error } = readManifest(text, { fileName: "pod.yaml" });
      if (error?.position) assert.ok(error.position.line >= 1 && error.position.line <= text.split("\n").length + 1);
    }),
    { numRuns: 500 },
  );
});

/** A quadratic reader would take minutes for them. */
const growing: readonly [what: string, text: (n: number) => string][] = [
  ["brackets", (n) => "[".repeat(n)],
  ["braces", (n) => "{a: ".repeat(n)],
  ["anchors", (n) => Array.from({ length: n }, (_, i) => `a${i}: &a${i} x\n`).join("")],
  [
    "an alias of a list of aliases",
    (n) => `a: &a [${"x,".repeat(n)}]\n${Array.from({ length: 50 }, (_, i) => `b${i}: *a\n`).join("")}`,
  ],
  ["one long line", (n) => `a: ${"x ".repeat(n)}`],
  ["quotes that stay open", (n) => `a: "${"\\n".repeat(n)}`],
  ["comments", (n) => "# x\n".repeat(n)],
  ["documents", (n) => "---\na: 1\n".repeat(n)],
  ["JSON objects", (n) => "{}".repeat(5 * n)],
];
for (const [what, text] of growing)
  test(`a manifest of ${what}, as large as may be, is read or refused`, () => {
    const most = text(100_000).slice(0, 1024 * 1024 - 10);
    readManifest(most, { fileName: "pod.yaml" });
  });
