/** Progress that cannot be lost: killed while it is written, on a full disk, by two at once, on two machines. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { before, test } from "node:test";
import fc from "fast-check";
import { foldProgress, linesToImport } from "../src/runner/progress.ts";
import { course, listed, newFolder, program } from "./cliRun.ts";
import { bundled, kills, killWriters } from "./killedWriter.ts";

const first = listed(newFolder())[0]!;
const solution = course(["solution", first.id]).stdout;
const progressIn = (cwd: string) => join(cwd, "podcourse/.podcourse/progress.jsonl");

/** Writes entries for ever and says after each one which it was. */
let writer = "";
before(async () => {
  writer = await bundled(`import { writeSync } from "node:fs";
        import { addProgress } from "./src/runner/progress.ts";
        const [folder, name] = process.argv.slice(2);
        for (let i = 0; ; i++) {
          addProgress({ folder, because: "" }, i % 3 ? { did: "passed", exercise: name + "/" + i, digest: "d".repeat(i % 90) } : { did: "tried", exercise: name + "/" + i });
          writeSync(1, name + "/" + i + "\\n");
        }`);
});

test("runners, five at a time, each killed while it writes: nothing that was said to be saved is lost", {
  skip: process.platform === "win32",
}, async () => {
  const folder = newFolder();
  const said = await killWriters(writer, (name) => [folder, name]);
  const { passed, tries } = foldProgress(readFileSync(join(folder, ".podcourse/progress.jsonl"), "utf8"));
  assert.ok(said.length >= kills, `${said.length} entries`);
  for (const name of said) assert.ok(passed.has(name) || tries.has(name), `${name} is lost`);
});

test("a file that cannot grow: the verdict comes, the fault is said, nothing is lost", {
  skip: process.platform === "win32",
}, () => {
  const cwd = newFolder();
  course(["hint", first.id], { cwd });
  const earlier = `${readFileSync(progressIn(cwd), "utf8")}${'{"v":1,"did":"tried","exercise":"a/b"}\n'.repeat(300)}`;
  writeFileSync(progressIn(cwd), earlier);
  const blocks = Math.floor(Buffer.byteLength(earlier) / 512);
  const { status, stdout, stderr } = spawnSync(
    "sh",
    ["-c", `trap '' XFSZ; ulimit -f ${blocks}; exec "$0" "$@"`, process.execPath, program, "check", first.id, "-"],
    { cwd, input: solution, encoding: "utf8", env: { ...process.env, COURSE_HOME: "" } },
  );
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /Passed/);
  assert.match(stderr, /Progress could not be saved, earlier progress is as it was.*may not make it larger/);
  assert.ok(readFileSync(progressIn(cwd), "utf8").startsWith(earlier.slice(0, blocks * 512)));
  assert.equal(foldProgress(readFileSync(progressIn(cwd), "utf8")).tries.get("a/b"), 300);
});

test("lines of a newer version are kept and said", () => {
  const cwd = newFolder();
  mkdirSync(join(cwd, "podcourse/.podcourse"), { recursive: true });
  const newer = '{"v":2,"won":["everything"]}\n';
  writeFileSync(progressIn(cwd), newer);
  const { status, stderr } = course(["check", first.id, "-"], { cwd, input: solution });
  assert.equal(status, 0);
  assert.equal(stderr.match(/lines of a newer podcourse \(1\)/g)?.length, 1);
  assert.ok(readFileSync(progressIn(cwd), "utf8").startsWith(newer));
  assert.equal(listed(cwd)[0]!.done, true);
});

test("export and import: what both machines have, once; a second import changes nothing", () => {
  const [laptop, desktop] = [newFolder(), newFolder()];
  course(["check", first.id, "-"], { cwd: laptop, input: solution });
  course(["hint", first.id], { cwd: desktop });
  appendFileSync(progressIn(laptop), '{"v":3,"from":"the future"}\nrubbish\n{"v":1,"did":"pas');
  const exported = course(["progress", "export"], { cwd: laptop });
  assert.equal(exported.status, 0);
  assert.doesNotMatch(exported.stdout, /rubbish|"pas$/m);
  writeFileSync(join(desktop, "from-laptop.jsonl"), exported.stdout.replaceAll("\n", "\r\n"));
  const imported = course(["progress", "import", "from-laptop.jsonl"], { cwd: desktop });
  assert.equal(imported.status, 0, imported.stderr);
  assert.match(imported.stdout, /new\. 1 exercise done \(0 before\)/);
  assert.equal(listed(desktop)[0]!.done, true);
  const after = readFileSync(progressIn(desktop), "utf8");
  assert.match(after, /"did":"hint"/);
  assert.match(after, /"from":"the future"/);
  assert.match(
    course(["progress", "import", "-"], { cwd: desktop, input: exported.stdout }).stdout,
    /^0 lines are new/,
  );
  assert.equal(readFileSync(progressIn(desktop), "utf8"), after);
});

test("export never writes over a file; import of something else is refused", () => {
  const cwd = newFolder();
  course(["hint", first.id], { cwd });
  writeFileSync(join(cwd, "a.txt"), "mine\n");
  assert.equal(course(["progress", "export", "a.txt"], { cwd }).status, 2);
  assert.equal(readFileSync(join(cwd, "a.txt"), "utf8"), "mine\n");
  assert.equal(course(["progress", "export", "b.jsonl"], { cwd }).status, 0);
  assert.ok(existsSync(join(cwd, "b.jsonl")));
  assert.match(course(["progress", "import", "a.txt"], { cwd }).stderr, /has no progress in it/);
  assert.match(course(["progress", "exprt"], { cwd }).stderr, /Did you mean export/);
});

const line = fc
  .record({
    v: fc.constantFrom(1, 1, 1, 2),
    time: fc.integer({ min: 0, max: 9 }).map((n) => `2026-01-0${n}`),
    did: fc.constantFrom("passed", "tried", "hint"),
    exercise: fc.constantFrom("a/b", "c/d"),
    digest: fc.constantFrom("x", "y"),
    count: fc.integer({ min: 1, max: 3 }),
  })
  .map((value) => JSON.stringify(value));
const file = fc.array(line, { maxLength: 8 }).map((lines) => lines.map((one) => `${one}\n`).join(""));

test("merging loses nothing, whichever way round", () => {
  fc.assert(
    fc.property(file, file, (ours, theirs) => {
      const merge = (one: string, other: string) =>
        foldProgress(
          one +
            linesToImport(one, other)
              .map((text) => `${text}\n`)
              .join(""),
        );
      const [there, back] = [merge(ours, theirs), merge(theirs, ours)];
      assert.deepEqual([...there.passed.keys()].sort(), [...back.passed.keys()].sort());
      for (const text of [ours, theirs]) {
        const alone = foldProgress(text);
        for (const id of alone.passed.keys()) assert.ok(there.passed.has(id));
        for (const [id, count] of alone.hints) assert.ok(there.hints.get(id)! >= count);
      }
    }),
  );
});

test("an older pass that comes in by an import does not hide the newer one", () => {
  const pass = (time: string, digest: string) => JSON.stringify({ v: 1, time, did: "passed", exercise: "a/b", digest });
  const [old, now] = [pass("2026-01-01", "old"), pass("2026-02-01", "new")];
  for (const text of [`${old}\n${now}`, `${now}\n${old}`]) assert.equal(foldProgress(text).passed.get("a/b"), "new");
});

test("an editor's byte order mark, other line ends and a half line at the end: nothing else is lost", () => {
  const pass = (exercise: string) => JSON.stringify({ v: 1, time: "2026-01-01", did: "passed", exercise, digest: "x" });
  const text = `\ufeff${pass("a/b")}\r\n${pass("c/d")}\r\n{"v":1,"did":"passed","exer`;
  assert.deepEqual([...foldProgress(text).passed.keys()], ["a/b", "c/d"]);
  assert.deepEqual(linesToImport("", text), [pass("a/b"), pass("c/d")]);
  assert.deepEqual(linesToImport(text, `${pass("a/b")}\n`), []);
});

test("progress as Windows PowerShell's > writes it can be imported", () => {
  const [from, to] = [newFolder(), newFolder()];
  course(["check", first.id, "-"], { cwd: from, input: solution });
  const text = course(["progress", "export"], { cwd: from }).stdout.replaceAll("\n", "\r\n");
  writeFileSync(join(to, "p.jsonl"), `\ufeff${text}`, "utf16le");
  const { status, stderr } = course(["progress", "import", "p.jsonl"], { cwd: to });
  assert.equal(status, 0, stderr);
  assert.equal(listed(to)[0]!.done, true);
});
