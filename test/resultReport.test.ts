/** Results for other tools: JUnit XML and Exercism's results.json. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { report, type Result } from "../src/runner/resultReport.ts";
import { course, listed, newFolder } from "./cliRun.ts";

const rows: readonly Result[] = [
  { group: "pods", name: "One & <two>", result: "passed" },
  { group: "pods", name: "Three", result: "failed", message: 'said "no"\u0007', detail: "a\nb ]]> \ud800" },
  { group: "probes", name: "Four", result: "skipped", message: "not begun" },
];

/** Every tag is closed in order; no character that XML does not know. */
function assertWellFormed(xml: string): void {
  assert.doesNotMatch(xml, /[\x00-\x08\x0b\x0c\x0e-\x1f]|&(?!#\d+;)/);
  const open: string[] = [];
  for (const [, close, name, attributes, alone] of xml.matchAll(/<(\/?)(\w+)((?: \w+="[^"<]*")*)(\/?)>/g)) {
    assert.ok(!(close && attributes));
    if (close) assert.equal(open.pop(), name);
    else if (!alone) open.push(name!);
  }
  assert.deepEqual(open, []);
  assert.equal(xml.replace(/<\/?\w+(?: \w+="[^"<]*")*\/?>|<\?[^>]*\?>/g, "").includes("<"), false);
}

test("JUnit: suites, cases, counts, nothing unescaped", () => {
  const xml = report("junit", rows);
  assertWellFormed(xml);
  assert.match(xml, /<testsuites name="podcourse" tests="3" failures="1" errors="0" skipped="1">/);
  assert.match(xml, /<testsuite name="pods" tests="2" failures="1" errors="0" skipped="0">/);
  assert.match(xml, /name="One &#38; &#60;two&#62;"\/>/);
  assert.match(xml, /<skipped message="not begun"\/>/);
});

test("Exercism: version 2, a status, a test each", () => {
  const value = JSON.parse(report("exercism", rows));
  assert.deepEqual([value.version, value.status, value.message], [2, "fail", null]);
  assert.deepEqual(value.tests[0], { name: "pods: One & <two>", status: "pass", message: null });
  assert.equal(JSON.parse(report("exercism", rows.slice(0, 1))).status, "pass");
  assert.deepEqual(JSON.parse(report("exercism", [], "no YAML")), {
    version: 2,
    status: "error",
    message: "no YAML",
    tests: [],
  });
});

test("course check --report: one exercise, expectation by expectation", () => {
  const cwd = newFolder();
  const first = listed(cwd)[0]!;
  const solution = course(["solution", first.id], { cwd }).stdout;
  const run = (format: string, input: string) => course(["check", first.id, "-", "--report", format], { cwd, input });
  const passed = run("exercism", solution);
  assert.equal(passed.status, 0, passed.stderr);
  assert.equal(JSON.parse(passed.stdout).status, "pass");
  assert.ok(JSON.parse(passed.stdout).tests.length > 0);
  const torn = run("exercism", "a: [\n");
  assert.equal(torn.status, 1);
  assert.equal(JSON.parse(torn.stdout).status, "error");
  const refused = run("junit", solution.replace(/name: .*/, "name: Not_A_Name"));
  assert.equal(refused.status, 1);
  assertWellFormed(refused.stdout);
  assert.match(refused.stdout, /<failure message=".*Not_A_Name/);
  assert.match(course(["check", first.id, "--report", "juint"], { cwd }).stderr, /Did you mean junit/);
});

test("course check --all --report writes a file", () => {
  const cwd = newFolder();
  const [first] = listed(cwd);
  course(["show", first!.id], { cwd });
  writeFileSync(
    `${join(cwd, "podcourse", ...first!.id.split("/"))}.yaml`,
    course(["solution", first!.id], { cwd }).stdout,
  );
  const { status, stdout } = course(["check", "--all", "--report", "junit", "results.xml"], { cwd });
  assert.deepEqual([status, stdout], [1, ""]);
  const xml = readFileSync(join(cwd, "results.xml"), "utf8");
  assertWellFormed(xml);
  const count = listed(cwd).length;
  assert.match(xml, new RegExp(`tests="${count}" failures="0" errors="0" skipped="${count - 1}"`));
});
