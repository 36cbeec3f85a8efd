/** Applets that the recorded build lacks but other images' have: which image has them, and what they do. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { loadCatalogue, runContainer } from "../src/runtime/index.ts";

const catalogue = loadCatalogue(JSON.parse(readFileSync(new URL("../assets/images.json", import.meta.url), "utf8")));

type Case = readonly [image: string, script: string, stdout: string, stderr?: string];

const cases: readonly Case[] = [
  ["busybox", "printenv; busybox printenv", "", "sh: printenv: not found\nprintenv: applet not found\n"],
  ["alpine", "A=1 printenv A NOPE; echo $?; busybox printenv HOME", "1\n1\n/root\n"],
  ["alpine", "busybox --list | grep -x -e pgrep -e comm; busybox --list-full | grep /nice", "comm\npgrep\nbin/nice\n"],
  ["busybox", "busybox --list | grep -x -e pgrep -e comm; echo $?", "1\n"],
  [
    "registry.k8s.io/busybox",
    "printf 'a\\nb\\nd\\n' > x; printf 'b\\nc\\nd\\n' > y; comm x y",
    "a\n\t\tb\n\tc\n\t\td\n",
  ],
  [
    "alpine",
    "printf 'a\\nb\\n' > x; printf 'b\\nc\\n' > y; comm -1 x y; comm -12 x y; comm -3 x y",
    "\tb\nc\nb\na\n\tc\n",
  ],
  ["alpine", "comm x", "", "comm: usage"],
  ["alpine", "seq 5 | split -l 2; cat xaa; echo -; cat xac; ls x*", "1\n2\n-\n5\nxaa\nxab\nxac\n"],
  ["alpine", "printf abcdefg | split -b 3 -a 1 - p; ls p?; cat pb", "pa\npb\npc\ndef"],
  ["alpine", "seq 30 | split -l 1 -a 1; ls x? | wc -l", "26\n", "split: suffixes exhausted\n"],
  ["alpine", "echo hi > a; install -m 640 a /tmp/b; ls -l /tmp/b | cut -c1-10; cat /tmp/b", "-rw-r-----\nhi\n"],
  [
    "alpine",
    "install -d /x/y/z; ls -ld /x/y/z | cut -c1-10; echo 1 > f; install -D f /q/r/s; cat /q/r/s",
    "drwxr-xr-x\n1\n",
  ],
  ["alpine", "install nope /tmp/x; echo $?", "1\n", "install: can't open 'nope': No such file or directory\n"],
  [
    "alpine",
    "sleep 77 & sleep 88 & pgrep sleep | wc -l; pgrep -f '^sleep 8' -l | cut -d' ' -f2; pgrep -x slee; echo $?",
    "2\nsleep\n1\n",
  ],
  ["alpine", "sleep 77 & pkill -9 -f 'sleep 7'; wait $!; echo $?; pkill sleep; echo $?", "137\n1\n"],
  ["alpine", "sleep 77 & pkill -e sleep | tr -d '0-9'; wait $!; echo $?", "sleep killed (pid )\n143\n"],
  [
    "alpine",
    "nohup sh -c 'kill -HUP $$; echo still here'; nohup nope; echo $?",
    "still here\n127\n",
    "nohup: can't execute 'nope': No such file or directory\n",
  ],
  ["alpine", "nice echo a; nice; nice -n 5 sh -c 'exit 3'; echo $?", "a\n0\n3\n"],
  [
    "alpine",
    "(echo a; sleep 2; echo b) | xargs -n1 sh -c 'date +%s; echo $0' | awk 'NR%2{if (p) print $1-p; p=$1}'",
    "2\n",
  ],
  ["alpine", "printf '3\\n3\\n3\\n' | (s=$(date +%s); xargs -P3 -n1 sleep; echo $(($(date +%s) - s)))", "3\n"],
  ["alpine", "timeout 5 sh -c 'trap \"echo t; exit 9\" TERM; sleep 60 & wait'; echo $?", "t\n9\n"],
  ["alpine", "timeout -k 2 1 sh -c 'trap \"\" TERM; sleep 60'; echo $?", "137\n", "Killed\n"],
];

for (const [image, script, stdout, stderr = ""] of cases)
  test(`${image}: ${script}`, () => {
    const ran = runContainer({ catalogue, image, command: ["sh", "-c", script], maxMs: 120_000 });
    assert.ok(ran.ok);
    if (stderr === "comm: usage") assert.match(ran.stderr, /\n\nUsage: comm /);
    else assert.equal(ran.stderr, stderr);
    assert.equal(ran.stdout, stdout);
  });
