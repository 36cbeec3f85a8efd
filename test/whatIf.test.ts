/** What if: two runs compared; a run as a picture. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { divergence, sayDivergence } from "../src/runner/divergence.ts";
import { runTimeline } from "../src/runner/runText.ts";
import { timelineSvg } from "../src/runner/timelineSvg.ts";
import { simulate } from "../src/simulation/simulate.ts";
import { course, newFolder } from "./cliRun.ts";

const pod = (restartPolicy: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web" },
  spec: { restartPolicy, containers: [{ name: "a", image: "busybox:1.36", command: ["sh", "-c", "sleep 5; exit 1"] }] },
});

test("runs are the same until they part", () => {
  const run = (policy: string) => simulate({ pod: pod(policy), seconds: 40 });
  assert.equal(divergence(run("Always"), run("Always")), undefined);
  const found = divergence(run("Always"), run("Never"))!;
  assert.ok(found.t > 5 && found.t < 8);
  assert.match(sayDivergence(found, ["one", "other"]), /^The first difference is at \d.*s:\n {2}one: .*\n {2}other: /);
});

test("what a container writes is seen, too", () => {
  const run = (word: string) => {
    const one = pod("Never");
    one.spec.containers[0]!.command = ["sh", "-c", `echo ${word}; sleep 5`];
    return simulate({ pod: one, seconds: 20 });
  };
  const found = divergence(run("hello"), run("goodbye"))!;
  assert.deepEqual([found.first, found.second], ["container a writes: hello", "container a writes: goodbye"]);
});

test("a picture: every lane, nothing that a manifest could smuggle in", () => {
  const { trace } = simulate({ pod: pod("Never"), seconds: 40 });
  const svg = timelineSvg(runTimeline(trace), '<script>"&');
  for (const word of ["STATUS READY", "Scheduled", "Started", "10s"]) assert.ok(svg.includes(word), word);
  assert.ok(!svg.includes("<script>"));
});

test("course simulate --set", () => {
  const cwd = newFolder();
  writeFileSync(join(cwd, "pod.yaml"), JSON.stringify(pod("Always")));
  const changed = course(["simulate", "pod.yaml", "--set", "spec.restartPolicy=Never"], { cwd });
  assert.equal(changed.status, 0);
  assert.match(changed.stdout, /as it is.*with spec.restartPolicy=Never.*The first difference is at/s);
  const same = course(["simulate", "pod.yaml", "--set", "spec.nope.x=1"], { cwd });
  assert.equal(same.status, 2);
  assert.match(same.stderr, /changes nothing/);
  assert.match(course(["simulate", "pod.yaml", "--output", "svg"], { cwd }).stdout, /^<svg /);
});

test("course simulate --at: one instant", () => {
  const cwd = newFolder();
  writeFileSync(join(cwd, "pod.yaml"), JSON.stringify(pod("Never")));
  const look = (at: string) => course(["simulate", "pod.yaml", "--at", at], { cwd }).stdout;
  assert.match(look("3s"), /▼ 3s[\s\S]*\$ kubectl get pods\s+NAME.*\s+web +1\/1 +Running[\s\S]*State: +Running/);
  assert.match(look("2m"), /web +0\/1 +Error/);
  assert.match(course(["simulate", "pod.yaml", "--at", "soon"], { cwd }).stderr, /--at takes a duration/);
  assert.equal(course(["simulate", "pod.yaml", "--at", "3s", "--output", "svg"], { cwd }).status, 2);
});

test("course simulate --at --output: each picture of that instant, the end's without --at", () => {
  const cwd = newFolder();
  writeFileSync(join(cwd, "pod.yaml"), JSON.stringify(pod("Never")));
  const look = (output: string, ...at: string[]) =>
    course(["simulate", "pod.yaml", "--output", output, ...at], { cwd }).stdout;
  const at = (output: string) => look(output, "--at", "3s");
  assert.match(at("pods"), /^\$ kubectl get pods\nNAME.*\nweb +1\/1 +Running.*\n$/);
  assert.match(at("watch"), /^\$ kubectl get pods -w\nTIME[\s\S]* Running +0\n$/);
  assert.match(look("watch"), /Error/);
  assert.match(at("describe"), /^\$ kubectl describe pod web\nName:[\s\S]*State: +Running/);
  assert.match(look("describe"), /State: +Terminated/);
  assert.match(at("events"), /Started +.*\n$/);
  assert.match(at("logs"), /nothing yet|app/);
  assert.match(look("pods"), /web +0\/1 +Error/);
});

test("course solution --compare", () => {
  const cwd = newFolder();
  const { id } = JSON.parse(course(["list", "--json"]).stdout).exercises[0];
  assert.equal(course(["solution", id, "--compare"], { cwd }).status, 2);
  course(["show", id], { cwd });
  const { status, stdout } = course(["solution", id, "--compare"], { cwd });
  assert.equal(status, 0);
  assert.match(stdout, /What they do\s+(When|The first)[\s\S]*\+\+\+ [\s\S]*\n@@ /);
});
