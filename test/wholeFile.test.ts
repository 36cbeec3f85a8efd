/** Answers that cannot be lost: writers killed at any instant, two who reset at once, a full disk, and what is no file at all. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, posix, win32 } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { exerciseOfFile, findWorkspace, isInside, resetExercise, writeStarter } from "../src/runner/workspace.ts";
import { createFile, FileTooLarge, makeFolder, moveFile, NoPlainFile, readPlainFile } from "../src/runner/wholeFile.ts";
import { course, listed, newFolder } from "./cliRun.ts";
import { bundled, kills, killWriters } from "./killedWriter.ts";

const isWindows = process.platform === "win32";
const first = listed(newFolder())[0]!;
const fileOf = (home: string) => `${join(home, ...first.id.split("/"))}.yaml`;

/** Where a text is in a folder, at any depth. */
function holders(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name), "utf8") === text)
    .map(({ name }) => name);
}

test("learners who save and reset, each killed: no answer is lost, no starter is half there", {
  skip: isWindows,
}, async () => {
  const folder = newFolder();
  const starter = "s".repeat(20_000);
  const script = await bundled(`import { renameSync, writeFileSync, writeSync } from "node:fs";
    import { exercisePath, resetExercise, writeStarter } from "./src/runner/workspace.ts";
    const [folder, lesson] = process.argv.slice(2);
    const starter = "s".repeat(20_000);
    for (let i = 0; ; i++) {
      const exercise = { lesson, slug: "x" + (i % 3) };
      const { path } = writeStarter({ folder, because: "" }, exercise, starter);
      writeFileSync(path + "~", lesson + " " + i);
      renameSync(path + "~", path);
      writeSync(1, lesson + " " + i + "\\n");
      resetExercise({ folder, because: "" }, exercise, starter);
    }`);
  const said = await killWriters(script, (name) => [folder, name]);
  assert.ok(said.length >= kills);
  const texts = new Set(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith("unfinished-") && !entry.name.endsWith("~"))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8")),
  );
  for (const text of said) assert.ok(texts.has(text), `${text} is lost`);
  // An empty file is a backup's name that was taken just before the kill.
  for (const text of texts)
    assert.ok(text === starter || text === "" || /^k\d+ \d+$/.test(text), `half a file: ${text.slice(0, 40)}`);
});

test("a file that is replaced while the writer is killed is the old one or the new one", {
  skip: isWindows,
}, async () => {
  const folder = newFolder();
  const script = await bundled(`import { writeSync } from "node:fs";
    import { replaceFile } from "./src/runner/wholeFile.ts";
    const [folder] = process.argv.slice(2);
    for (let i = 0; ; i++) {
      replaceFile(folder + "/shared.yaml", String(i % 10).repeat(200_000), folder);
      writeSync(1, i + "\\n");
    }`);
  await killWriters(script, () => [folder]);
  const text = readFileSync(join(folder, "shared.yaml"), "utf8");
  assert.equal(text, text[0]!.repeat(200_000));
});

test("ten who reset at once: what the learner wrote is kept, and the starter is there", {
  skip: isWindows,
}, async () => {
  const folder = newFolder();
  const workspace = { folder, because: "" };
  const exercise = { lesson: "a", slug: "b" };
  const { path } = writeStarter(workspace, exercise, "starter\n");
  const script = await bundled(`import { resetExercise } from "./src/runner/workspace.ts";
    const [folder] = process.argv.slice(2);
    try { resetExercise({ folder, because: "" }, { lesson: "a", slug: "b" }, "starter\\n"); }
    catch (error) { if (error.constructor.name !== "WorkspaceFault") throw error; }`);
  for (let round = 0; round < 3; round++) {
    writeFileSync(path, `mine ${round}\n`);
    const line = Array.from({ length: 10 }, () => `"${process.execPath}" "${script}" "${folder}" &`).join(" ");
    const { stderr } = spawnSync("sh", ["-c", `${line} wait`], { encoding: "utf8" });
    assert.equal(stderr, "");
    assert.equal(holders(folder, `mine ${round}\n`).length, 1, `mine ${round} is lost`);
    assert.equal(readFileSync(path, "utf8"), "starter\n");
  }
});

/** A disk of 64 kB with a workspace on it. */
function tinyDisk(): string | undefined {
  const disk = newFolder();
  return spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]).status === 0 ? disk : undefined;
}

test("a full disk: the verdict comes, no half file is left, and after room was made all goes on", (t) => {
  const disk = process.platform === "linux" ? tinyDisk() : undefined;
  if (!disk) return t.skip("only root can mount a tiny disk");
  try {
    const env = { COURSE_HOME: join(disk, "home") };
    course(["show", first.id], { env });
    writeFileSync(fileOf(env.COURSE_HOME), "mine: true\n");
    course(["hint", first.id], { env });
    const before = readFileSync(join(env.COURSE_HOME, ".podcourse/progress.jsonl"), "utf8");
    spawnSync("sh", ["-c", `cat /dev/zero > "${join(disk, "ballast")}"`]);
    // What is left of the progress file's last block.
    for (let i = 0; i < 60; i++) course(["hint", first.id], { env });
    const { status, stdout, stderr } = course(["check", first.id, "-"], {
      env,
      input: course(["solution", first.id]).stdout,
    });
    assert.equal(status, 0);
    assert.match(stdout, /Passed/);
    assert.match(stderr, /Progress could not be saved, earlier progress is as it was\. .*the disk is full\. Make room/);
    const reset = course(["reset", first.id], { env });
    assert.equal(reset.status, 2);
    assert.match(reset.stderr, /cannot be written: the disk is full\. Make room/);
    assert.equal(readFileSync(fileOf(env.COURSE_HOME), "utf8"), "mine: true\n");
    const next = listed(newFolder())[1]!;
    assert.match(course(["show", next.id], { env }).stderr, /the disk is full/);
    assert.equal(existsSync(join(env.COURSE_HOME, ...`${next.id}.yaml`.split("/"))), false);
    rmSync(join(disk, "ballast"));
    assert.equal(course(["reset", first.id], { env }).status, 0);
    assert.ok(readFileSync(join(env.COURSE_HOME, ".podcourse/progress.jsonl"), "utf8").startsWith(before));
    course(["check", first.id, "-"], { env, input: course(["solution", first.id]).stdout });
    const list = JSON.parse(course(["list", "--json"], { env }).stdout).exercises as { id: string; done: boolean }[];
    assert.equal(list.find(({ id }) => id === first.id)?.done, true);
  } finally {
    spawnSync("umount", [disk]);
  }
});

test("a folder that may only be read: each command says what to do, a check still gives its verdict", (t) => {
  const home = newFolder();
  chmodSync(home, 0o555);
  const asNobody = process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--clear-groups", "--regid=65534"] : [];
  const probe = spawnSync("sh", ["-c", `${asNobody.join(" ")} "${process.execPath}" -e 0`]);
  if (isWindows || probe.status !== 0) return t.skip("no other user can run the program here");
  const run = (args: string, input = "") =>
    spawnSync("sh", ["-c", `${asNobody.join(" ")} "${process.execPath}" dist/main.js ${args}`], {
      input,
      encoding: "utf8",
      cwd: new URL("..", import.meta.url),
      env: { ...process.env, COURSE_HOME: home, NO_COLOR: "1" },
    });
  const checked = run(`check ${first.id} -`, course(["solution", first.id]).stdout);
  if (/EACCES.*dist/.test(checked.stderr)) return t.skip("this checkout is not readable for others");
  assert.equal(checked.status, 0, checked.stderr);
  assert.match(checked.stderr, /Progress could not be saved.*permission denied\. Set COURSE_HOME/);
  assert.match(run(`show ${first.id}`).stderr, /cannot be written: permission denied\. Set COURSE_HOME/);
  assert.match(run(`reset ${first.id}`).stderr, /permission denied\. Set COURSE_HOME/);
  assert.equal(run("list").status, 0);
});

const made: Readonly<Record<string, (path: string) => void>> = {
  "a folder": (path) => mkdirSync(path),
  "a pipe": (path) => void spawnSync("mkfifo", [path]),
  "a device without end": (path) => symlinkSync("/dev/zero", path),
  "100 MB": (path) => writeFileSync(path, Buffer.alloc(100 << 20)),
  "a link out of the workspace": (path) => symlinkSync("/etc/passwd", path),
  "a link to itself": (path) => symlinkSync(path, path),
};
for (const [what, make] of Object.entries(made)) {
  test(`${what} in place of an answer and of the progress: refused at once, with words`, { skip: isWindows }, () => {
    const home = newFolder();
    const env = { COURSE_HOME: home };
    mkdirSync(join(home, ".podcourse"));
    mkdirSync(join(fileOf(home), ".."));
    make(fileOf(home));
    for (const args of [
      ["check", first.id],
      ["check", fileOf(home)],
      ["solution", first.id, "--compare"],
    ]) {
      const { status, stdout, stderr } = course(args, { env });
      assert.deepEqual([status, stdout], [2, ""], args.join(" "));
      assert.match(stderr, /^\S+ (is a folder|is a pipe or a device|is too large|is a symbolic link)/);
    }
    make(join(home, ".podcourse/progress.jsonl"));
    const listing = course(["list"], { env });
    assert.equal(listing.status, 2);
    assert.match(listing.stderr, /progress\.jsonl (is a folder|is a pipe or a device|is larger|is a symbolic link)/);
    const checked = course(["check", first.id, "-"], { env, input: course(["solution", first.id]).stdout });
    assert.equal(checked.status, 0);
    assert.equal(checked.stderr.match(/progress\.jsonl/g)?.length, 1);
  });
}

test("a file that grows while it is read, a pipe, a folder", { skip: isWindows }, () => {
  const folder = newFolder();
  const path = join(folder, "f");
  writeFileSync(path, "12345");
  assert.equal(readPlainFile(path, 5).toString(), "12345");
  assert.throws(() => readPlainFile(path, 4), FileTooLarge);
  assert.throws(() => readPlainFile(folder, 4), NoPlainFile);
  // Files of /proc say that they are empty.
  if (existsSync("/proc/self/status")) assert.throws(() => readPlainFile("/proc/self/status", 10), FileTooLarge);
});

test("a folder that can never be made ends with an error, not never", { skip: !existsSync("/proc/self") }, () => {
  assert.throws(() => makeFolder("/proc/no/such/folder"), /ENOENT/);
  assert.match(course(["show", first.id], { env: { COURSE_HOME: "/proc/no" } }).stderr, /Set COURSE_HOME to a folder/);
});

test("nobody stands in a folder that is gone", { skip: isWindows }, () => {
  const cwd = newFolder();
  const { stdout, stderr } = spawnSync(
    "sh",
    [
      "-c",
      `rmdir "${cwd}"; exec "$0" "$1" list`,
      process.execPath,
      new URL("../dist/main.js", import.meta.url).pathname,
    ],
    { cwd, encoding: "utf8" },
  );
  assert.deepEqual([stdout, stderr.includes("Go to another one (cd)")], ["", true]);
  mkdirSync(cwd);
});

test("a disk without hard links gets its files, too, and nothing is written over", () => {
  const folder = newFolder();
  assert.equal(createFile(join(folder, "a"), "one", folder), true);
  assert.equal(createFile(join(folder, "a"), "two", folder), false);
  assert.equal(readFileSync(join(folder, "a"), "utf8"), "one");
  assert.deepEqual(readdirSync(folder), ["a"]);
});

test("on Windows a rename is tried again while a scanner has the file open", () => {
  const busy = (times: number, code: string) => {
    let left = times;
    return () => {
      if (left-- > 0) throw Object.assign(new Error(code), { code });
    };
  };
  moveFile("a", "b", busy(2, "EPERM"), true);
  assert.throws(() => moveFile("a", "b", busy(1, "EPERM"), false), /EPERM/);
  assert.throws(() => moveFile("a", "b", busy(1, "ENOENT"), true), /ENOENT/);
});

const places: readonly [paths: typeof win32 | typeof posix, folder: string, target: string, inside: boolean][] = [
  [posix, "/home/me/podcourse", "/home/me/podcourse/a/b.yaml", true],
  [posix, "/home/me/podcourse", "/home/me/podcourse", true],
  [posix, "/home/me/podcourse", "/home/me/podcourse-2/b.yaml", false],
  [posix, "/home/me/podcourse", "/home/me/podcourse/..a", true],
  [posix, "/home/me/podcourse", "/etc/passwd", false],
  [posix, "/", "/etc/passwd", true],
  [win32, "C:\\Users\\me\\podcourse", "c:\\users\\ME\\podcourse\\a.yaml", true],
  [win32, "C:\\Users\\me\\podcourse", "D:\\Users\\me\\podcourse\\a.yaml", false],
  [win32, "C:\\Users\\me\\podcourse", "C:\\Users\\me\\podcourse2\\a.yaml", false],
  [win32, "\\\\server\\share\\podcourse", "\\\\SERVER\\share\\podcourse\\a", true],
  [win32, "\\\\server\\share\\podcourse", "\\\\server\\other\\podcourse\\a", false],
  [win32, "C:\\podcourse", "\\\\server\\share\\podcourse", false],
];
for (const [paths, folder, target, expected] of places)
  test(`${target} is ${expected ? "" : "not "}in ${folder}`, () =>
    assert.equal(isInside(folder, target, paths), expected));

test("an exercise's file is known by any capitals; a workspace is found from a course's folder in it", () => {
  const entry = { id: "probes/liveness", lesson: "probes", slug: "liveness", title: "", digest: "" };
  assert.equal(exerciseOfFile("/x/Probes/LIVENESS.YAML", [entry]), entry);
  const home = newFolder();
  mkdirSync(join(home, ".podcourse"));
  mkdirSync(join(home, "courses/mine/.podcourse"), { recursive: true });
  assert.equal(findWorkspace(join(home, "courses/mine"), {}).folder, home);
  assert.equal(findWorkspace(home, { COURSE_HOME: "~/pods", HOME: home }).folder.includes("~"), false);
});

test("a link in the workspace's own place is fine; one that leads out of it is not", { skip: isWindows }, () => {
  const [real, elsewhere] = [newFolder(), newFolder()];
  const link = join(newFolder(), "link");
  symlinkSync(real, link);
  const { path } = resetExercise({ folder: link, because: "" }, { lesson: "a", slug: "b" }, "x");
  assert.equal(readFileSync(path, "utf8"), "x");
  symlinkSync(elsewhere, join(real, "out"));
  assert.throws(
    () => resetExercise({ folder: link, because: "" }, { lesson: "out", slug: "b" }, "x"),
    /leads out of the workspace/,
  );
});
