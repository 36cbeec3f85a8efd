/** The interactive course in a real terminal, through tmux: launch, fail, edit, pass, and what is left on the screen. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { course, listed, newFolder, program } from "./cliRun.ts";
import { skip, Terminal } from "./tmuxTerminal.ts";

const first = listed(newFolder())[0]!;
const solution = course(["solution", first.id]).stdout;
const fileIn = (folder: string) => join(folder, "podcourse", ...first.id.split("/")) + ".yaml";

interface BuiltPart {
  readonly id?: string;
  readonly demos?: readonly { readonly id: string }[];
}

const partsOf = (lesson: string): BuiltPart[] =>
  JSON.parse(readFileSync(new URL(`../dist/lessons/${lesson}.json`, import.meta.url), "utf8")).parts;

/** A folder where the learner last stood at this part of a lesson. */
function standingAt(lesson: string, isIt: (part: BuiltPart) => boolean): string {
  const cwd = newFolder();
  const part = partsOf(lesson).findIndex(isIt);
  mkdirSync(join(cwd, "podcourse/.podcourse"), { recursive: true });
  writeFileSync(
    join(cwd, "podcourse/.podcourse/progress.jsonl"),
    `${JSON.stringify({ v: 1, did: "at", lesson, part })}\n`,
  );
  return cwd;
}

function atFirstExercise(): string {
  const cwd = standingAt(first.lesson, ({ id }) => id === first.id);
  course(["show", first.id], { cwd });
  return cwd;
}

test("from the menu to the first page, and quit", { skip }, async () => {
  const terminal = new Terminal(newFolder(), 80, 24);
  await terminal.shows(/Where to\?/);
  terminal.press("Enter");
  await terminal.shows(/1 of \d+/);
  terminal.press("?");
  await terminal.shows(/Keys/);
  terminal.press("Escape");
  await terminal.shows(/l {2}list/);
  terminal.press("q");
  await terminal.ends(0);
});

for (const [columns, rows] of [
  [80, 24],
  [200, 50],
] as const) {
  test(`the menu at ${columns}x${rows}: a lesson's exercises, filters, a search, and back`, { skip }, async () => {
    const cwd = newFolder();
    course(["check", first.id, "-"], { cwd, input: solution });
    const terminal = new Terminal(cwd, columns, rows);
    const lessons = await terminal.shows(/Where to\?/);
    assert.match(lessons, /Go on: /);
    assert.match(lessons, /█+░+ +1 of \d+ +\d+ min/);
    assert.ok(lessons.split("\n").every((line) => line.length <= columns));
    terminal.press("Tab");
    await terminal.shows(/Tab only done/);
    terminal.press("Tab");
    await terminal.shows(/Tab all/);
    terminal.press("Down", "Enter");
    const exercises = await terminal.shows(/Which exercise\?/);
    assert.match(exercises, new RegExp(`✓ ${first.title}`));
    assert.doesNotMatch(exercises, /○/);
    terminal.press("Tab");
    await terminal.shows(/○/);
    terminal.press("Escape");
    await terminal.shows(/Where to\?/);
    terminal.resize(columns - 10, rows);
    await terminal.shows(/Where to\?/);
    const last = listed(cwd).at(-1)!;
    terminal.press("-l", last.title);
    await terminal.shows(new RegExp(`Where to\\? … ${last.title}\\s+❯? +○ .*: ${last.title}`));
    terminal.press("Enter");
    await terminal.shows(/Exercise: /);
    terminal.press("q");
    await terminal.ends(0);
  });
}

test("a lesson is found by what it is about; Esc first leaves the search, then the menu", { skip }, async () => {
  const terminal = new Terminal(newFolder(), 80, 24);
  await terminal.shows(/Esc quit/);
  terminal.press("-l", "liveness");
  await terminal.shows(/❯ +Probes/);
  terminal.press("-l", " nowhere");
  await terminal.shows(/No matching/);
  terminal.press("Escape");
  await terminal.shows(/❯ +Begin/);
  terminal.press("Escape");
  await terminal.ends(0);
});

test("without an editor, or with one that is missing or fails, the whole sentence says so", { skip }, async () => {
  for (const [editor, says] of [
    ["", /Neither VISUAL nor EDITOR is set: open\s+podcourse\S+ in your editor\s+and save it\./],
    ["nosuch", /no program nosuch here\.\s+VISUAL and EDITOR\s+say which editor to\s+use\./],
    ["false", /false ended with an error/],
  ] as const) {
    const terminal = new Terminal(atFirstExercise(), 80, 24, `VISUAL= TERM_PROGRAM= EDITOR=${editor}`);
    await terminal.shows(/e {2}edit/);
    terminal.press("e");
    await terminal.shows(says);
    terminal.press("q");
    await terminal.ends(0);
  }
});

test("keys that come all at once are not lost between the menu and the pages", { skip }, async () => {
  const terminal = new Terminal(newFolder(), 80, 24);
  await terminal.shows(/Where to\?/);
  const last = listed(newFolder()).at(-1)!.title;
  terminal.press("Tab", "Tab", "Tab", "Enter", "n", "n", "l", ...last, "Enter", "?");
  await terminal.shows(new RegExp(`Exercise: ${last}[\\s\\S]*Keys`));
  terminal.press("q", "q");
  await terminal.ends(0);
});

test("fail, edit, pass at 80x24", { skip }, async () => {
  const cwd = atFirstExercise();
  const terminal = new Terminal(cwd, 80, 24);
  await terminal.shows(/Exercise: /);
  terminal.press("r");
  const failed = await terminal.shows(/Not yet/);
  assert.match(failed, /Expected/);
  assert.match(failed, /Actual/);
  assert.ok(failed.split("\n").every((line) => line.length <= 80));
  writeFileSync(fileIn(cwd), solution);
  await terminal.shows(/Passed/);
  terminal.press("q");
  await terminal.ends(0);
  assert.equal(listed(cwd).find(({ id }) => id === first.id)?.done, true);
});

test("a save by renaming, as many editors do it, is seen", { skip }, async () => {
  const cwd = atFirstExercise();
  const terminal = new Terminal(cwd, 80, 24);
  await terminal.shows(/Exercise: /);
  execFileSync("sh", ["-c", 'cat > "$1.tmp" && mv "$1.tmp" "$1"', "sh", fileIn(cwd)], { input: solution });
  await terminal.shows(/Passed/);
  terminal.press("q");
  await terminal.ends(0);
});

test("the next start goes on where this one ended; Ctrl-C is 130 and leaves the terminal as it was", {
  skip,
}, async () => {
  const cwd = newFolder();
  const begin = new Terminal(cwd, 120, 40);
  await begin.shows(/Where to\?/);
  begin.press("Enter");
  await begin.shows(/1 of \d+/);
  begin.press("n");
  await begin.shows(/2 of \d+/);
  begin.press("C-c");
  await begin.ends(130);
  const again = new Terminal(cwd, 120, 40);
  await again.shows(/2 of \d+/);
  again.press("q");
  await again.ends(0);
});

test("Ctrl-Z stops whatever started it, too, and fg brings the screen back", { skip }, async () => {
  const between = `sh -mc 'sh -c "\\"\\$0\\" \\"\\$@\\"; exit \\$?" "$0" "$@"; echo it is stopped; sleep 1; fg >/dev/null'`;
  const terminal = new Terminal(atFirstExercise(), 80, 24, between);
  await terminal.shows(/q {2}quit/);
  terminal.press("C-z");
  await terminal.shows(/it is stopped/);
  await terminal.shows(/q {2}quit/);
  terminal.press("q");
  await terminal.ends(0);
});

test("Ctrl-Z without a shell that could continue it changes nothing", { skip }, async () => {
  const terminal = new Terminal(atFirstExercise(), 80, 24);
  await terminal.shows(/q {2}quit/);
  terminal.press("C-z", "?");
  await terminal.shows(/Keys that work here/);
  terminal.press("Escape");
  await terminal.shows(/q {2}quit/);
  terminal.press("q");
  await terminal.ends(0);
});

test("clear clears the screen of the simulated shell", { skip }, async () => {
  const terminal = new Terminal(newFolder(), 80, 24, "", "shell");
  await terminal.shows(/\$ $/m);
  terminal.type("echo one; clear; echo two\n");
  await terminal.shows(/^two\n.*\$/);
  terminal.type("exit\n");
  await terminal.ends(0);
});

test("Ctrl-C and Ctrl-D in the menu end with 130", { skip }, async () => {
  for (const key of ["C-c", "C-d"]) {
    const terminal = new Terminal(newFolder(), 80, 24);
    await terminal.shows(/Where to\?/);
    terminal.press(key);
    await terminal.ends(130);
  }
});

test("a signal from outside ends it with 128 and its number, the terminal as it was", {
  skip: skip || (spawnSync("ps", ["-A"]).error ? "ps is missing" : false),
}, async () => {
  for (const [signal, status] of [
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    const terminal = new Terminal(atFirstExercise(), 80, 24);
    await terminal.shows(/Exercise: /);
    terminal.kill(signal);
    await terminal.ends(status);
  }
});

test("a crash says so where it can be read, with the terminal as it was", {
  skip: skip || (spawnSync("ps", ["-A"]).error ? "ps is missing" : false),
}, async () => {
  const crash = join(newFolder(), "crash.mjs");
  writeFileSync(crash, 'process.on("SIGUSR2", () => { throw new Error("boom"); });\n');
  const terminal = new Terminal(atFirstExercise(), 80, 24, `NODE_OPTIONS='--import=${crash}'`);
  await terminal.shows(/Exercise: /);
  terminal.kill("SIGUSR2");
  await terminal.ends(3);
  assert.match(terminal.screen(), /Something in podcourse itself broke[\s\S]*Error: boom/);
});

test("hints, a solution after asking twice, and the same at other sizes", { skip }, async () => {
  const terminal = new Terminal(atFirstExercise(), 80, 24);
  await terminal.shows(/Exercise: /);
  terminal.press("h");
  await terminal.shows(/Hint 1 of/);
  terminal.press("s");
  await terminal.shows(/Press s again/);
  terminal.press("s");
  await terminal.shows(/apiVersion/);
  terminal.resize(200, 50);
  await terminal.shows(/Esc {2}back/);
  terminal.resize(40, 12);
  await terminal.shows(/Esc {2}back/);
  terminal.press("q", "q");
  await terminal.ends(0);
});

test("NO_COLOR: not one colour on any screen", { skip }, async () => {
  const terminal = new Terminal(newFolder(), 80, 24, "NO_COLOR=1");
  const colour = /\u001b\[[\d;]*(?:3|4|9)\dm/;
  assert.doesNotMatch(await terminal.shows(/Where to\?/, true), colour);
  terminal.press("Enter");
  assert.doesNotMatch(await terminal.shows(/1 of \d+/, true), colour);
  terminal.press("C-c");
  await terminal.ends(130);
});

test("--plain: the same course as linear text, a letter and Enter", { skip }, async () => {
  const cwd = atFirstExercise();
  const terminal = new Terminal(cwd, 80, 40, "", "--plain launch");
  await terminal.shows(/Keys, each with Enter/);
  terminal.press("r", "Enter");
  assert.match(await terminal.shows(/Not yet/), /^[\x20-\x7e\n]*$/);
  terminal.press("q", "Enter");
  await terminal.ends(0);
});

for (const [columns, rows] of [
  [80, 24],
  [120, 40],
] as const) {
  test(`see time: an answer's run from change to change at ${columns}x${rows}`, { skip }, async () => {
    const terminal = new Terminal(atFirstExercise(), columns, rows);
    await terminal.shows(/Exercise: /);
    terminal.press("r");
    await terminal.shows(/Not yet/);
    terminal.press("v");
    const begin = await terminal.shows(/the beginning/);
    assert.match(begin, /▼ 0s/);
    terminal.press("Right");
    await terminal.shows(/change 1 of/);
    terminal.press("g");
    await terminal.shows(/\$ kubectl get pods\s+NAME +READY/);
    terminal.press("End");
    await terminal.shows(/the end/);
    terminal.press("g", "g");
    const described = await terminal.shows(/\$ kubectl describe pod/);
    terminal.press("7");
    await terminal.shows(/Go to second .*: 7_/);
    terminal.press("Enter");
    await terminal.shows(/^ 7s of /m);
    assert.ok(described.split("\n").every((line) => line.length <= columns));
    terminal.press("Z", "F5", "C-q");
    terminal.press("Escape");
    await terminal.shows(/Not yet/);
    terminal.press("q");
    await terminal.ends(0);
  });
}

const withDemo = JSON.parse(readFileSync(new URL("../dist/course.json", import.meta.url), "utf8"))
  .lessons.map(({ id }: { id: string }) => id)
  .find((id: string) => partsOf(id).some(({ demos }) => demos?.length));

test("a demo is run, looked at, edited in the learner's editor and run again", { skip }, async () => {
  const cwd = standingAt(withDemo, ({ demos }) => (demos?.length ?? 0) > 0);
  const editor = join(newFolder(), "edit");
  writeFileSync(editor, `#!/bin/sh\nsed -i 's/^  name: .*/  name: renamed-by-me/' "$1"\n`);
  chmodSync(editor, 0o755);
  const terminal = new Terminal(cwd, 120, 40, `VISUAL='${editor}'`);
  await terminal.shows(/run (the )?demo/);
  terminal.press("d");
  await terminal.shows(/What happens in/);
  terminal.press("v");
  await terminal.shows(/the beginning/);
  terminal.press("Escape");
  await terminal.shows(/What happens in/);
  terminal.press("e");
  await terminal.shows(/first difference|do the same/);
  terminal.press("v");
  await terminal.shows(/your version of the example/);
  terminal.press("q");
  await terminal.shows(/x {2}reset/);
  terminal.press("x");
  await terminal.shows(/The example is back; yours is .*\.yaml\.bak/);
  assert.doesNotMatch(terminal.screen(), /x {2}reset|renamed-by-me/);
  terminal.press("x");
  await terminal.shows(/Your copy is the same as the example/);
  terminal.press("q", "q");
  await terminal.ends(0);
});

test("a workspace that goes, a link out of it, 100 MB: words on the screen, and on it goes", { skip }, async () => {
  const cwd = atFirstExercise();
  const terminal = new Terminal(cwd, 80, 24);
  await terminal.shows(/Exercise: /);
  rmSync(join(cwd, "podcourse"), { recursive: true });
  terminal.press("r");
  await terminal.shows(/There is no file/);
  terminal.press("h");
  await terminal.shows(/Hint 1/);
  terminal.press("x");
  await terminal.shows(/The starting file is back/);
  truncateSync(fileIn(cwd), 100 * 1024 * 1024);
  await terminal.shows(/too large/);
  const outside = join(newFolder(), "precious.yaml");
  writeFileSync(outside, solution);
  rmSync(fileIn(cwd));
  symlinkSync(outside, fileIn(cwd));
  terminal.press("r");
  await terminal.shows(/symbolic link/);
  rmSync(fileIn(cwd));
  writeFileSync(fileIn(cwd), solution.replaceAll("\n", "\r\n"));
  await terminal.shows(/Passed/);
  rmSync(join(cwd, "podcourse"), { recursive: true });
  writeFileSync(join(cwd, "podcourse"), "a file where the workspace was");
  terminal.press("h");
  await terminal.shows(/Hint 1/);
  terminal.press("h");
  await terminal.shows(/Progress could not be saved/);
  terminal.press("q", "q");
  await terminal.ends(0);
});

test("a course that is replaced while it runs: said, and the learner stays where they are", { skip }, async () => {
  const installed = join(newFolder(), "dist");
  cpSync(dirname(program), installed, { recursive: true });
  const terminal = new Terminal(atFirstExercise(), 80, 24, "", "launch", join(installed, "main.js"));
  await terminal.shows(/Exercise: /);
  rmSync(join(installed, "lessons"), { recursive: true });
  terminal.press("l");
  await terminal.shows(/Where to\?/);
  terminal.press("Down", "Enter");
  await terminal.shows(/Which exercise\?/);
  terminal.press("Enter");
  await terminal.shows(/Exercise: [\s\S]*The course has changed on the disk/);
  terminal.press("q");
  await terminal.ends(0);
});

test("compare: what yours and the solution do, and a diff", { skip }, async () => {
  const cwd = atFirstExercise();
  const terminal = new Terminal(cwd, 80, 24);
  await terminal.shows(/Exercise: /);
  writeFileSync(fileIn(cwd), `# mine\n${solution}`);
  await terminal.shows(/Passed/);
  terminal.press("c");
  const compared = await terminal.shows(/What they do/);
  assert.match(compared, /The same/);
  await terminal.shows(/-# mine/);
  terminal.press("Escape");
  await terminal.shows(/Passed/);
  terminal.press("q");
  await terminal.ends(0);
});

const withShell: { lesson: string; id: string } | undefined = JSON.parse(
  readFileSync(new URL("../dist/course.json", import.meta.url), "utf8"),
)
  .lessons.flatMap((lesson: { id: string; exercises: { id: string; answers?: string }[] }) =>
    lesson.exercises.map((exercise) => ({ ...exercise, lesson: lesson.id })),
  )
  .find(({ answers }: { answers?: string }) => answers === "commands");

for (const [columns, rows] of [
  [80, 24],
  [120, 40],
] as const) {
  test(`the shell of a command exercise at ${columns}x${rows}: typed, passed, and back on the screen`, {
    skip: skip || (withShell ? false : "no exercise asks for commands"),
  }, async () => {
    const cwd = standingAt(withShell!.lesson, ({ id }) => id === withShell!.id);
    const terminal = new Terminal(cwd, columns, rows);
    await terminal.shows(/o {2}shell/);
    terminal.press("o");
    await terminal.shows(/exit leaves[\s\S]*\$\s*$/);
    terminal.press("-l", "kubectl get pods");
    terminal.press("Enter");
    await terminal.shows(/NAME +READY +STATUS/);
    terminal.press("-l", "exit");
    terminal.press("Enter");
    await terminal.shows(/Not yet/);
    terminal.press("o");
    await terminal.shows(/exit leaves[\s\S]*\$\s*$/);
    for (const line of course(["solution", withShell!.id]).stdout.trim().split("\n")) {
      terminal.press("-l", line);
      terminal.press("Enter");
    }
    await terminal.shows(/✓ passed/);
    terminal.press("-l", "exit");
    terminal.press("Enter");
    await terminal.shows(/Passed/);
    terminal.press("v");
    await terminal.shows(/the beginning +│ +your commands/);
    terminal.press("Escape");
    await terminal.shows(/Passed/);
    terminal.press("c");
    await terminal.shows(/The same[\s\S]*How they are written/);
    terminal.press("q", "q");
    await terminal.ends(0);
    assert.equal(listed(cwd).find(({ id }) => id === withShell!.id)?.done, true);
  });
}

test("--plain: time, comparison, menu and filters, in words", { skip }, async () => {
  const cwd = atFirstExercise();
  const terminal = new Terminal(cwd, 80, 50, "", "--plain");
  const say = (text: string) => terminal.press(text, "Enter");
  await terminal.shows(/Keys, each with Enter/);
  say("r");
  await terminal.shows(/Not yet/);
  say("v");
  await terminal.shows(/the beginning/);
  say("n");
  await terminal.shows(/change 1 of/);
  say("g");
  await terminal.shows(/\$ kubectl get pods/);
  say("7s");
  await terminal.shows(/^7s of /m);
  say("b");
  writeFileSync(fileIn(cwd), solution);
  await terminal.shows(/Passed/);
  say("c");
  await terminal.shows(/How they are written/);
  say("l");
  await terminal.shows(/Where to\?[^?]*$/);
  say("f");
  assert.match(await terminal.shows(/f: only done/), /^[\x20-\x7e\n]*$/);
  say("q");
  await terminal.ends(0);
});

test("without Unicode: every screen in ASCII; with FORCE_COLOR=0 none has a colour", { skip }, async () => {
  const cwd = atFirstExercise();
  const terminal = new Terminal(cwd, 80, 24, "LANG=C LC_ALL=C FORCE_COLOR=0");
  const ascii = async (what: RegExp) => {
    const screen = await terminal.shows(what, true);
    assert.match(screen.replace(/\u001b\[[\d;]*m|\u001b\(B/g, ""), /^[\x20-\x7e\n]*$/);
    assert.doesNotMatch(screen, /\u001b\[[\d;]*(?:3|4|9)\dm/);
  };
  await ascii(/Exercise: /);
  for (const [key, what] of [
    ["r", /Not yet/],
    ["v", /the beginning/],
    ["g", /kubectl get pods/],
    ["Escape", /Not yet/],
    ["?", /Keys/],
    ["Escape", /Not yet/],
    ["h", /Hint 1/],
    ["l", /Where to/],
  ] as const) {
    terminal.press(key);
    await ascii(what);
  }
  terminal.press("Down", "Enter");
  await ascii(/Which exercise/);
  terminal.press("C-c");
  await terminal.ends(130);
});

test("wide letters of a manifest keep the screen in its window", { skip }, async () => {
  const cwd = atFirstExercise();
  const terminal = new Terminal(cwd, 80, 24);
  await terminal.shows(/Exercise: /);
  writeFileSync(fileIn(cwd), `# ${"漢字 한글 👍 ".repeat(20)}\nkind: [${"漢".repeat(60)}\n`);
  const screen = await terminal.shows(/Not yet[\s\S]*漢/);
  assert.match(screen, /q {2}quit/);
  terminal.press("q");
  await terminal.ends(0);
});
