/**
 * Measures what design.md promises, as ratios within one run: against `node -e 0` for whole processes, against a fixed
 * loop for what runs inside one. Prints JSON. Run it alone on a quiet machine. `npm run bench -- 10000` adds clusters of
 * that many Pods, which takes a quarter of an hour.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseLesson } from "../src/course/lesson.ts";
import type { Lesson } from "../src/course/types.ts";
import { gradeText } from "../src/runner/gradeText.ts";
import { simulate } from "../src/simulation/simulate.ts";
import type { Scenario } from "../src/simulation/trace.ts";
import type { Kind, Load } from "./manyPods.ts";

const pod = (command: string[], more: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "bench" },
  spec: { containers: [{ name: "a", image: "busybox:1.28", command, ...more }] },
});

const scenarios: Record<string, Scenario> = {
  livenessHour: {
    pod: pod(["/bin/sh", "-c", "touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600"], {
      livenessProbe: { exec: { command: ["cat", "/tmp/healthy"] }, initialDelaySeconds: 5, periodSeconds: 5 },
    }),
    seconds: 3600,
    nodeImages: ["busybox:1.28"],
  },
  crashLoopHour: {
    pod: pod(["sh", "-c", "echo starting; sleep 1; exit 1"]),
    seconds: 3600,
    nodeImages: ["busybox:1.28"],
  },
  idleMinute: { pod: pod(["sleep", "100000"]), seconds: 60, nodeImages: ["busybox:1.28"] },
  idleDay: { pod: pod(["sleep", "100000"]), seconds: 86_400, nodeImages: ["busybox:1.28"] },
};

const leastOf = (times: number, measure: () => number) => Math.min(...Array.from({ length: times }, measure));

/** Of the processor: what else runs on the machine counts for less. */
const least = (times: number, run: () => unknown) =>
  leastOf(times, () => {
    const begun = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  });

/** A fixed amount of work, to compare machines and moments. */
function fixedLoop(): number {
  let x = 1;
  for (let i = 0; i < 10_000_000; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0;
  return x;
}

/** A whole process, by the clock on the wall. */
const node = (args: readonly string[], times = 20, cwd?: string) =>
  leastOf(times, () => {
    const begun = performance.now();
    spawnSync(process.execPath, args, { stdio: "ignore", cwd });
    return performance.now() - begun;
  });

/** ms that code runs before it counts as warm: until then V8 still compiles it. */
const warmMs = 3000;
function warm(run: () => unknown): void {
  for (const begun = performance.now(); performance.now() - begun < warmMs; ) run();
}
const loopMs = least(5, fixedLoop);
const bare = node(["-e", "0"]);
const inside = Object.fromEntries(
  Object.entries(scenarios).map(([name, scenario]) => {
    warm(() => simulate(scenario));
    const ms = least(10, () => simulate(scenario));
    return [name, { ms: round(ms), perFixedLoop: round(ms / loopMs) }];
  }),
);
const course = parsedCourse();
const exercises = course.flatMap(({ parts }) => parts.filter((part) => part.kind === "exercise"));
const folder = mkdtempSync(join(tmpdir(), "bench-"));
const checks: Record<string, { ms: number; perNode: number }> = {};
for (const { id } of exercises.slice(0, 2)) {
  const file = join(folder, "pod.yaml");
  writeFileSync(file, spawnSync(process.execPath, ["dist/main.js", "solution", id], { encoding: "utf8" }).stdout);
  const ms = node(["dist/main.js", "check", id, file]);
  checks[id] = { ms: round(ms), perNode: round(ms / bare) };
}

/** What learners type, in a workspace of its own. */
const program = join(process.cwd(), "dist/main.js");
const first = exercises[0]!.id;
const demo = course.flatMap(({ parts }) => parts.flatMap((part) => (part.kind === "page" ? part.demos : [])))[0]!.id;
const startUp = Object.fromEntries(
  [
    ["--version"],
    ["--help"],
    ["list"],
    ["next"],
    ["show", first],
    ["hint", first],
    ["solution", first],
    ["demo", demo],
    ["simulate", "pod.yaml"],
    ["predict", "pod.yaml", "phase=Running"],
    ["run", "busybox:1.36", "--", "true"],
    ["shell", "-c", "kubectl get pods"],
    ["explain", "BackOff"],
    ["glossary", "pod"],
    ["where"],
    ["man"],
  ].map((args) => [args[0]!, { perNode: round(node([program, ...args], 10, folder) / bare) }]),
);

/** An exercise's first solution in all its worlds. */
const answered = exercises.filter(({ solutions }) => solutions.length > 0);
const gradeAll = () => {
  for (const exercise of answered) gradeText(exercise, exercise.solutions[0]!.manifest);
};
warm(gradeAll);
const gradings = exercises.flatMap((exercise) => {
  const manifest = exercise.solutions[0]?.manifest;
  if (manifest === undefined) return [];
  return [least(5, () => gradeText(exercise, manifest))];
});
const gradingMs = gradings.reduce((sum, ms) => sum + ms, 0) / gradings.length;

/** Each in a process of its own, so that none inherits another's heap. */
function load(pods: number, kind: Kind): Load {
  const args = ["--import", "tsx", "test/manyPods.ts", String(pods), kind];
  return JSON.parse(spawnSync(process.execPath, args, { encoding: "utf8" }).stdout) as Load;
}
const counts = [100, 1000, ...process.argv.slice(2).map(Number)];
const loads = (["idle", "busy"] as const).flatMap((kind) => counts.map((count) => load(count, kind)));

/** In a process of its own; null where there is no pseudo-terminal to be had. */
const interactive =
  spawnSync("script", ["--version"]).status === 0
    ? JSON.parse(spawnSync(process.execPath, ["--import", "tsx", "test/latency.ts"], { encoding: "utf8" }).stdout)
    : null;

interface Packed {
  readonly size: number;
  readonly unpackedSize: number;
}
const packed = JSON.parse(
  spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { encoding: "utf8" }).stdout,
)[0] as Packed;

function parsedCourse(): readonly Lesson[] {
  return readdirSync("lessons/en")
    .filter((name) => /^\d.*\.md$/.test(name))
    .flatMap((name) => {
      const path = join("lessons/en", name);
      const { lesson } = parseLesson(readFileSync(path, "utf8"), path);
      return lesson ? [lesson] : [];
    });
}

console.log(
  JSON.stringify(
    {
      version: 1,
      node: process.version,
      bareNodeMs: round(bare),
      fixedLoopMs: round(loopMs),
      inside,
      checkWholeProcess: checks,
      startUp,
      gradeExercise: {
        exercises: gradings.length,
        averageMs: round(gradingMs),
        longestMs: round(Math.max(...gradings)),
      },
      interactive,
      clusters: loads,
      package: { megabytes: round(packed.size / 1e6), installedMegabytes: round(packed.unpackedSize / 1e6) },
    },
    null,
    2,
  ),
);

function round(n: number): number {
  return Math.round(n * 100) / 100;
}
