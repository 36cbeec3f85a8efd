/** The commands of the built program, without a terminal: what they print, where, and their exit status. */
import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { commandTable } from "../src/cli/commandTable.ts";
import { course, listed, newFolder } from "./cliRun.ts";

const first = listed(newFolder())[0]!;
const solution = course(["solution", first.id]).stdout;
const file = (folder: string) => join(folder, "podcourse", ...first.id.split("/")) + ".yaml";

test("list --json is the contract: version 1, two spaces, id, lesson, title, done", () => {
  const { stdout, status } = course(["list", "--json"]);
  const list = JSON.parse(stdout);
  assert.equal(status, 0);
  assert.equal(stdout, `${JSON.stringify(list, null, 2)}\n`);
  assert.equal(list.version, 1);
  assert.deepEqual(Object.keys(list.exercises[0]), ["id", "lesson", "title", "done"]);
});

test("a solution is pure YAML and passes when piped into check", () => {
  const cwd = newFolder();
  assert.match(solution, /^apiVersion: v1\n/);
  const { status, stdout, stderr } = course(["check", first.id, "-"], { cwd, input: solution });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /Passed/);
  assert.equal(listed(cwd).find(({ id }) => id === first.id)?.done, true);
});

test("lines may end as on Windows, in a manifest and in a script", () => {
  const lessons = JSON.parse(readFileSync(new URL("../dist/course.json", import.meta.url), "utf8")).lessons;
  const exercises: { id: string; answers?: string }[] = lessons.flatMap(
    ({ exercises }: { exercises: unknown[] }) => exercises,
  );
  const script = exercises.find(({ answers }) => answers === "commands");
  for (const { id } of [first, ...(script ? [script] : [])]) {
    const text = course(["solution", id]).stdout;
    assert.match(text, /\n/);
    const { status, stdout } = course(["check", id, "-"], { input: text.replaceAll("\n", "\r\n") });
    assert.equal(status, 0, stdout);
  }
});

test("show writes the starter once and never over what the learner wrote", () => {
  const cwd = newFolder();
  assert.equal(course(["show", first.id], { cwd }).status, 0);
  assert.equal(course(["check", first.id], { cwd }).status, 1);
  writeFileSync(file(cwd), "mine: true\n");
  course(["show", first.id], { cwd });
  assert.equal(readFileSync(file(cwd), "utf8"), "mine: true\n");
});

test("reset keeps what was there", () => {
  const cwd = newFolder();
  course(["show", first.id], { cwd });
  const starter = readFileSync(file(cwd), "utf8");
  writeFileSync(file(cwd), "mine: true\n");
  assert.equal(course(["reset", first.id], { cwd }).status, 0);
  assert.equal(readFileSync(file(cwd), "utf8"), starter);
  assert.equal(readFileSync(`${file(cwd)}.bak`, "utf8"), "mine: true\n");
});

test("predict writes answers into the file, then shows the run; without answers it asks", () => {
  const cwd = newFolder();
  const run = (...args: string[]) => course(["predict", ...args], { cwd });
  const asked = run("probes/predict");
  assert.equal(asked.status, 2);
  assert.match(asked.stdout, /^unhealthy-events: how many/);
  assert.match(asked.stderr, /course predict probes\/predict unhealthy-events=…/);
  const half = run("probes/predict", "unhealthy-events=2", "restarts-at-40s=7");
  assert.equal(half.status, 1);
  assert.match(half.stdout, /1 question is open/);
  assert.doesNotMatch(half.stdout, /What happened|Killing .*\d s/);
  const whole = run("probes/predict", "killing-second=30", "restarts-at-40s=0");
  assert.equal(whole.status, 0, whole.stdout);
  assert.match(readFileSync(join(cwd, "podcourse", "probes", "predict.yaml"), "utf8"), /killing-second: "30"\n/);
  assert.match(run("probes/predict", "kiling-second=1").stderr, /Did you mean killing-second\?/);
  assert.match(run("probes/warm-up").stderr, /asks no questions/);
  const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: nginx}]}\n";
  const free = (...args: string[]) => course(["predict", "-", ...args], { cwd, input: pod });
  assert.equal(free("phase=Running", "restarts=0").status, 0);
  const wrong = free("--for", "5m", "phase=Running", "last-event=Killing");
  assert.equal(wrong.status, 1);
  assert.match(wrong.stdout, /last-event: you said Killing; it was Started/);
  assert.equal(free("restarts").status, 2);
});

test("what the help of a command takes as an example exists", () => {
  const ids = new Set(listed(newFolder()).map(({ id }) => id));
  const lessons = [...ids].map((id) => id.split("/")[0]!);
  for (const { name, examples = [] } of commandTable.filter(({ name }) => name !== "demo"))
    for (const [id] of examples.join("\n").matchAll(new RegExp(`\\b(?:${lessons.join("|")})/[a-z-]+`, "g")))
      assert.ok(ids.has(id), `course help ${name} has ${id}`);
});

test("explain knows words of the course, and fields by their last name", () => {
  assert.match(course(["explain", "CrashLoopBackOff"]).stdout, /starts a container/);
  const field = course(["explain", "livenessProbe"]);
  assert.match(field.stdout, /FIELD: livenessProbe/);
  assert.match(field.stderr, /This is pod\.spec\.containers\.livenessProbe\./);
  assert.match(course(["explain", "image"]).stderr, /also a field: course explain pod\.spec\.\S*image/);
  assert.match(course(["explain", "livenesProbe"]).stderr, /Did you mean livenessProbe\?/);
});

test("shell -c runs beside the cluster of an exercise, and says when there is none", () => {
  const shell = (name: string) => course(["shell", name, "-c", "kubectl get pods"]);
  assert.match(shell("welcome/ask-the-cluster").stdout, /1\/1 +Running/);
  assert.match(shell("nosuch").stderr, /no exercise nosuch/);
  assert.match(shell(first.id).stderr, /asks for a manifest/);
  assert.equal(shell("nosuch").status, 2);
});

test("help for a command that does not exist says so", () => {
  const { stderr, status } = course(["help", "chek"]);
  assert.equal(status, 2);
  assert.match(stderr, /no command chek\. Did you mean check\?/);
});

test("an example goes by its own name where only one is called that", () => {
  assert.equal(course(["demo", "liveness-exec"]).stdout, course(["demo", "probes/liveness-exec"]).stdout);
  assert.match(course(["demo", "livenes-exec"]).stderr, /Did you mean probes\/liveness-exec\?/);
});

test("a lesson can be read and its examples run without a screen", () => {
  const cwd = newFolder();
  const run = (...args: string[]) => course(args, { cwd });
  const contents = run("show", "probes").stdout;
  const [, number, demo] = /^ *(\d+) .*course demo (probes\/\S+)/m.exec(contents)!;
  assert.match(contents, /Exercise: .*course show probes\/warm-up/);
  const page = run("show", "probes", number!);
  assert.match(page.stdout, new RegExp(`Run it: course demo ${demo}`));
  assert.ok(run("show", "probes", "--all").stdout.includes(page.stdout.trim()));
  assert.match(run("show", "probes", "99").stderr, /probes has parts 1 to \d+, not 99/);
  const ran = run("demo", demo!);
  assert.equal(ran.status, 0);
  assert.match(ran.stdout, /\$ kubectl get pods/);
  const file = join(cwd, "podcourse", "probes", "demos", `${demo!.split("/")[1]}.yaml`);
  assert.equal(run("demo", demo!, "--copy").stdout, ran.stdout);
  writeFileSync(file, readFileSync(file, "utf8").replace(/image: \S+/, "image: nginx:nope"));
  assert.match(run("demo", demo!, "--copy").stdout, /ErrImagePull|ImagePullBackOff/);
  assert.match(run("demo", demo!, "--reset").stdout, /is the example again/);
  assert.equal(run("demo", demo!, "--copy").stdout, ran.stdout);
  assert.match(run("demo", "probes/nothing").stderr, /There is no example probes\/nothing/);
  assert.equal(run("demo", "nothing").status, 2);
});

test("the exercise is known from the file's place", () => {
  const cwd = newFolder();
  course(["show", first.id], { cwd });
  writeFileSync(file(cwd), solution);
  assert.equal(course(["check", file(cwd)], { cwd }).status, 0);
  const elsewhere = join(cwd, "pod.yaml");
  writeFileSync(elsewhere, solution);
  const { status, stderr } = course(["check", elsewhere], { cwd });
  assert.equal(status, 2);
  assert.match(stderr, /Which exercise/);
});

test("check --json is a verdict and nothing else", () => {
  const { stdout, status } = course(["check", first.id, "-", "--json"], { input: solution });
  assert.equal(status, 0);
  const verdict = JSON.parse(stdout);
  assert.equal(verdict.version, 1);
  assert.equal(verdict.passed, true);
});

test("check --all tells each exercise", () => {
  const cwd = newFolder();
  course(["show", first.id], { cwd });
  writeFileSync(file(cwd), solution);
  const { stdout, status } = course(["check", "--all", "--json"], { cwd });
  const results = JSON.parse(stdout).exercises as { id: string; result: string }[];
  assert.equal(results.find(({ id }) => id === first.id)?.result, "passed");
  assert.equal(status, results.every(({ result }) => result === "passed") ? 0 : 1);
});

test("hints come one by one and the count is kept", () => {
  const cwd = newFolder();
  assert.match(course(["hint", first.id], { cwd }).stdout, /^Hint 1 of /);
  assert.match(course(["hint", first.id], { cwd }).stdout, /^Hint [12] of /);
  assert.match(readFileSync(join(cwd, "podcourse/.podcourse/progress.jsonl"), "utf8"), /"did":"hint"/);
});

test("next goes on after what is done", () => {
  const cwd = newFolder();
  assert.match(course(["next"], { cwd }).stdout, new RegExp(first.id));
  course(["check", first.id, "-"], { cwd, input: solution });
  assert.doesNotMatch(course(["next"], { cwd }).stdout.split("\n")[0]!, new RegExp(`${first.id}$`));
});

test("COURSE_HOME and the nearest folder upwards", () => {
  const cwd = newFolder();
  const home = join(newFolder(), "elsewhere");
  course(["show", first.id], { cwd, env: { COURSE_HOME: home } });
  assert.ok(existsSync(join(home, ".podcourse")));
  const deep = join(home, "a/b");
  mkdirSync(deep, { recursive: true });
  assert.equal(JSON.parse(course(["where", "--json"], { cwd: deep }).stdout).workspace.endsWith("elsewhere"), true);
});

test("a torn last line of progress, strange lines and another version's lines are survived", () => {
  const cwd = newFolder();
  course(["check", first.id, "-"], { cwd, input: solution });
  const progress = join(cwd, "podcourse/.podcourse/progress.jsonl");
  appendFileSync(progress, 'rubbish\n{"v":99,"did":"passed","exercise":"from/the-future"}\n{"v":1,"did":"pas');
  assert.equal(listed(cwd)[0]!.done, true);
  course(["hint", first.id], { cwd });
  assert.equal(listed(cwd)[0]!.done, true);
  assert.match(readFileSync(progress, "utf8"), /"did":"pas\n\{"v":1/);
});

test("a symbolic link out of the workspace is refused", { skip: process.platform === "win32" }, () => {
  const cwd = newFolder();
  const outside = join(newFolder(), "precious.yaml");
  writeFileSync(outside, "precious\n");
  mkdirSync(join(file(cwd), ".."), { recursive: true });
  mkdirSync(join(cwd, "podcourse/.podcourse"), { recursive: true });
  symlinkSync(outside, file(cwd));
  const { status, stderr } = course(["reset", first.id], { cwd });
  assert.equal(status, 2);
  assert.match(stderr, /symbolic link/);
  assert.equal(readFileSync(outside, "utf8"), "precious\n");
});

test("launch without a terminal says what to run instead", () => {
  for (const args of [[], ["launch"]]) {
    const { status, stdout, stderr } = course(args);
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /course next/);
  }
});

const wrongUsages: readonly [args: string[], says: RegExp][] = [
  [["lst"], /Did you mean list/],
  [["check"], /Which exercise/],
  [["check", "no/such"], /There is no exercise no\/such/],
  [["check", `${first.id}x`, "-"], new RegExp(`Did you mean ${first.id}`)],
  [["check", first.lesson, "-"], /is a lesson, not an exercise/],
  [["check", first.id, "missing.yaml"], /There is no file .*missing\.yaml/],
  [["check", first.id, "."], /is a directory/],
  [["check", first.id], /course show/],
  [["show"], /missing required argument/i],
  [["simulate", "missing.yaml"], /There is no file/],
  [["simulate", "-", "--output", "evnts"], /Did you mean events/],
  [["simulate", "-", "--for", "soon"], /--for takes a duration/],
  [["completion", "fsh"], /Did you mean fish/],
  [["author", "chek"], /Did you mean check/],
  [["list", "--jsn"], /Did you mean --json/],
];
for (const [args, says] of wrongUsages) {
  test(`course ${args.join(" ")}: exit 2 and what to do`, () => {
    const { status, stdout, stderr } = course(args);
    assert.equal(status, 2, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, /^ +at /m);
  });
}

const pod = (container: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: app\n      image: busybox:1.36\n${container}`;
const aliasBomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${[..."bcdefghij"].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghi"[i]}`).join(", ")}]`).join("\n")}\n`;

const badManifests: readonly [name: string, text: string, says: RegExp][] = [
  ["not YAML", "a: [1, 2\nb: }{\n", /Line \d|line \d/],
  ["empty", "", /empty/],
  ["only a comment", "# nothing\n", /empty/],
  ["a word", "hello\n", /./],
  [
    "not a Pod",
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {}\n",
    /kind Deployment is not simulated; its Pod template is at spec\.template/,
  ],
  ["an unknown field", pod("      imagee: x\n"), /unknown field "spec\.containers\[0\]\.imagee"/],
  ["a wrong type", pod("      ports: [{containerPort: many}]\n"), /./],
  ["two Pods", `${pod("")}---\n${pod("")}`, /2 Pods/],
  ["an alias bomb", aliasBomb, /alias/i],
  ["an endless loop", pod('      command: ["sh", "-c", "while true; do :; done"]\n'), /./],
  ["a fork bomb", pod('      command: ["sh", "-c", "f() { f | f & }; f"]\n'), /./],
  ["endless output", pod('      command: ["sh", "-c", "yes"]\n'), /./],
  ["control characters", "a: \u001b[2J\u0007\n", /./],
];
for (const [name, text, says] of badManifests) {
  test(`${name}: not yet, in words, without a stack trace`, () => {
    const cwd = newFolder();
    course(["check", first.id, "-"], { cwd, input: solution });
    const { status, stdout, stderr } = course(["check", first.id, "-"], { cwd, input: text });
    assert.equal(status, 1, stdout + stderr);
    assert.match(stdout + stderr, says);
    assert.doesNotMatch(stdout + stderr, /^ +at |\u001b\[2J/m);
    assert.equal(listed(cwd)[0]!.done, true, "what was passed stays passed");
  });
}

test("10 MB are refused before they are read, from a file and from a pipe", () => {
  const cwd = newFolder();
  const big = `a: ${"x".repeat(10 * 1024 * 1024)}\n`;
  writeFileSync(join(cwd, "big.yaml"), big);
  for (const run of [
    course(["check", first.id, "big.yaml"], { cwd }),
    course(["check", first.id, "-"], { cwd, input: big }),
    course(["simulate", "big.yaml"], { cwd }),
  ]) {
    assert.equal(run.status, 2);
    assert.match(run.stderr, /too large/);
  }
});

test("bytes that are no text are refused", () => {
  const cwd = newFolder();
  writeFileSync(join(cwd, "a.yaml"), Buffer.from([0x61, 0xff, 0xfe, 0x0a]));
  writeFileSync(join(cwd, "b.yaml"), Buffer.from([0x61, 0x00, 0x0a]));
  for (const name of ["a.yaml", "b.yaml"]) assert.equal(course(["check", first.id, name], { cwd }).status, 2);
});

test("no colour in a pipe; colour when asked for; none again with --plain", () => {
  const check = (...more: string[]) => course([...more, "check", first.id, "-"], { input: solution }).stdout;
  assert.doesNotMatch(check(), /\u001b/);
  assert.match(check("--color", "always"), /\u001b\[32m/);
  assert.match(course(["check", first.id, "-"], { input: solution, env: { FORCE_COLOR: "1" } }).stdout, /\u001b\[/);
  assert.doesNotMatch(
    course(["check", first.id, "-", "--no-color"], { input: solution, env: { FORCE_COLOR: "1" } }).stdout,
    /\u001b/,
  );
  assert.match(check("--plain"), /^[\x20-\x7e\n]*$/);
});

test("options of the whole program are understood before a command and after it", () => {
  const before = course(["--plain", "--lang", "ko", "list"]);
  assert.match(before.stdout, /probes\/warm-up/);
  assert.equal(course(["list", "--plain", "--lang=ko"]).stdout, before.stdout);
  assert.notEqual(course(["list", "--plain"]).stdout, before.stdout);
  assert.match(course(["list", "--color", "always"]).stdout, /\x1b\[/);
  assert.doesNotMatch(course(["list", "--no-color"], { env: { FORCE_COLOR: "1" } }).stdout, /\x1b\[/);
  assert.doesNotMatch(course(["--color", "never", "list"], { env: { FORCE_COLOR: "1" } }).stdout, /\x1b\[/);
  assert.match(course(["list", "--lang", "xx"]).stderr, /no translation xx/);
});

test("simulate prints a timeline, events, rows, and a trace in the recorded format", () => {
  const input = pod('      command: ["sh", "-c", "echo hello; sleep 5"]\n  restartPolicy: Never\n');
  assert.match(course(["simulate", "-"], { input }).stdout, /Scheduled/);
  assert.match(course(["simulate", "-", "--output", "events"], { input }).stdout, /Normal +Started/);
  assert.match(course(["simulate", "-", "--output", "watch"], { input }).stdout, /Completed/);
  const trace = JSON.parse(course(["simulate", "-", "--output", "trace", "--for", "20s"], { input }).stdout);
  assert.equal(trace.seconds, 20);
  for (const key of ["watch", "events", "phases", "conditions", "containers", "object", "kubectl"])
    assert.ok(key in trace, key);
  assert.equal(trace.phases.at(-1).phase, "Succeeded");
});

test("simulate reads a scenario and several documents, and gives the same bytes each time", () => {
  const scenario = JSON.stringify({
    pod: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web" },
      spec: { containers: [{ name: "app", image: "busybox:1.36", command: ["sleep", "600"] }] },
    },
    actions: [{ at: 5, delete: "web", grace: 1 }],
    seconds: 30,
  });
  const run = () => course(["simulate", "-", "--output", "trace"], { input: scenario }).stdout;
  const once = run();
  assert.equal(JSON.parse(once).object, null);
  assert.equal(run(), once);
  const documents = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {greeting: servus}\n---\n${pod('      command: ["sh", "-c", "echo $GREETING; sleep 60"]\n      env: [{name: GREETING, valueFrom: {configMapKeyRef: {name: settings, key: greeting}}}]\n')}`;
  assert.match(
    JSON.parse(course(["simulate", "-", "--output", "trace"], { input: documents }).stdout).kubectl.logs.app,
    /servus/,
  );
});

test("simulate of what the server refuses: its words, exit 1", () => {
  const { status, stderr } = course(["simulate", "-"], { input: pod("").replace("name: app", "name: App") });
  assert.equal(status, 1);
  assert.match(stderr, /spec\.containers\[0\]\.name: Invalid value: "App"/);
});

test("run gives a container's output and exit status", () => {
  const { status, stdout, stderr } = course([
    "run",
    "busybox:1.36",
    "--",
    "sh",
    "-c",
    "echo out; echo err >&2; exit 3",
  ]);
  assert.deepEqual([status, stdout, stderr], [3, "out\n", "err\n"]);
});

test("author new makes a lesson that is true, once", () => {
  const cwd = newFolder();
  assert.equal(course(["author", "new", "sidecars"], { cwd }).status, 0);
  const { status, stdout } = course(["author", "check"], { cwd });
  assert.equal(status, 0, stdout);
  assert.equal(
    JSON.parse(course(["author", "check", "--json"], { cwd }).stdout).exercises[0].id,
    "sidecars/say-goodbye",
  );
  assert.equal(course(["author", "new", "sidecars"], { cwd }).status, 2);
  assert.match(
    course(["author", "preview", "lessons/en/01-sidecars.md"], { cwd }).stdout,
    /exercise sidecars\/say-goodbye/,
  );
});

test("author check says where a lesson is not true, exit 3", () => {
  const cwd = newFolder();
  course(["author", "new", "sidecars"], { cwd });
  const file = join(cwd, "lessons/en/01-sidecars.md");
  writeFileSync(file, readFileSync(file, "utf8").replace("echo goodbye", "echo farewell"));
  const { status, stdout } = course(["author", "check"], { cwd });
  assert.equal(status, 3);
  assert.match(stdout, /^lessons\/en\/01-sidecars\.md:\d+: .*solution/im);
});

test("completion scripts name every command and exercise", () => {
  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    const { status, stdout } = course(["completion", shell]);
    assert.equal(status, 0);
    for (const word of ["simulate", "check", first.id]) assert.ok(stdout.includes(word), `${shell}: ${word}`);
  }
});

test("doctor, where, --version and --help", () => {
  assert.match(course(["doctor"]).stdout, /solutions pass/);
  assert.match(course(["where"]).stdout, /podcourse/);
  assert.match(course(["--version"]).stdout, /^\d+\.\d+\.\d+\n$/);
  const help = course(["--help"]).stdout;
  for (const command of ["launch", "list", "check", "simulate", "author", "completion"])
    assert.match(help, new RegExp(`^ +${command}`, "m"));
  assert.match(course(["help", "check"]).stdout, /standard input/);
});
