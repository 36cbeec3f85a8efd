/** Scripts that would never end, or take all there is, end soon in real time, and what stopped them is told. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import process from "node:process";
import { loadCatalogue, runContainer } from "../src/runtime/index.ts";
import { simulate } from "../src/simulation/simulate.ts";
import { harmlessLines } from "../src/runner/textWidth.ts";

/** Of CPU time, on a slow machine. */
const MAX_SECONDS = 12;
const HOUR = 3_600_000;

const catalogue = loadCatalogue(JSON.parse(readFileSync(new URL("../assets/images.json", import.meta.url), "utf8")));

const ENDLESS: readonly string[] = [
  "while :; do :; done",
  "while true; do echo x; done",
  "yes",
  "yes > /f",
  "cat /dev/zero > /f",
  "while true; do date; done",
  "while true; do x=$(true); done",
  "while sleep 0; do :; done",
  "i=0; while true; do i=$((i+1)); echo $i > /f$i; done",
  "while read x; do :; done < /dev/zero",
  "wc -l /dev/zero",
  "until false; do while true; do break; done; done",
];

function cpuSeconds(body: () => void): number {
  const before = process.cpuUsage();
  body();
  const { user } = process.cpuUsage(before);
  return user / 1e6;
}

for (const script of ENDLESS) {
  test(`an hour of ${script} is soon over`, () => {
    let still: boolean | undefined;
    const spent = cpuSeconds(() => {
      const ran = runContainer({ catalogue, image: "busybox", command: ["sh", "-c", script], maxMs: HOUR });
      still = ran.ok && ran.timedOut;
    });
    assert.equal(still, true);
    assert.ok(spent < MAX_SECONDS, `${spent} s`);
  });
}

/** Script, exit status, and what is said last. */
const ENDING: readonly (readonly [script: string, exit: number, last: RegExp])[] = [
  ["f() { f; }; f", 139, /^$/],
  ["a() { b; }; b() { a; }; a; echo no", 139, /^$/],
  ["f() { f & f; }; f; exit 0", 2, /can't fork: Resource temporarily unavailable/],
  ["x=a; while :; do x=$x$x; done", 2, /out of memory/],
  ["x=$(yes)", 2, /out of memory/],
  ["cat /dev/zero | sed s/a/b/", 1, /Cannot allocate memory/],
  ["sort /dev/zero", 2, /Cannot allocate memory/],
  [
    "x=$(head -c 1000000 /dev/zero | tr '\\0' a); echo ${#x} ${x##*b} | wc -c; echo ${x%%?*}; echo ${x//a/b} | wc -c",
    0,
    /1000001/,
  ],
  ["x=$(printf '%200000s' ''); echo ${x##*( )} ${x/*b/} ${x//?/ab} | wc -c", 0, /./],
  [`eval "$(yes 'echo a;' | head -20000 | tr -d '\\n')" | wc -l`, 0, /20000/],
  ["head -c 300000 /dev/urandom | md5sum | wc -c", 0, /36/],
  ["printf '\\377\\376\\0abc\\200' | od -c", 0, /abc|a {3}b {3}c/],
];

for (const [script, exit, last] of ENDING) {
  test(`${script.slice(0, 60)} ends by itself`, () => {
    let output = "";
    let code: number | undefined;
    const spent = cpuSeconds(() => {
      const ran = runContainer({ catalogue, image: "busybox", command: ["sh", "-c", script], maxMs: HOUR });
      assert.ok(ran.ok && !ran.timedOut);
      code = ran.exitCode;
      output = ran.stdout + ran.stderr;
    });
    assert.equal(code, exit);
    assert.match(output, last);
    assert.ok(spent < MAX_SECONDS, `${spent} s`);
  });
}

test("a run names the containers that never rest", () => {
  const container = (name: string, script: string) => ({ name, image: "busybox", command: ["sh", "-c", script] });
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: [container("busy", "while :; do :; done"), container("calm", "while sleep 1; do date; done")] },
  };
  assert.deepEqual(simulate({ pod, seconds: 600 }).restless, ["busy"]);
});

test("output does not reach a terminal as escapes", () => {
  const text = "\x1b[31mred\x1b[0m\x1b]0;title\x07\x1b[2J\x1bc\r\n\ta\x00\x9b1m";
  assert.equal(harmlessLines(text), "red\ufffdc\n\ta\ufffd\ufffd1m");
});
