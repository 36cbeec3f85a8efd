import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { formatPrintf } from "../src/runtime/shell/printf.ts";
import { runScript } from "./shellProcess.ts";

interface Recorded {
  readonly script: string;
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Scripts whose programs are not the shell's: they are told by what our own shell does not find. */
test("recorded scripts that need nothing but the shell print what they printed", () => {
  const all = JSON.parse(readFileSync(new URL("recordings/shell.json", import.meta.url), "utf8")) as Recorded[];
  let agreed = 0;
  for (const one of all) {
    const ran = runScript(one.script);
    if (ran.exit === one.exit && ran.stdout === one.stdout && ran.stderr === one.stderr) agreed++;
  }
  assert.ok(agreed >= 64, `${agreed} of ${all.length}`);
});

const CASES: readonly (readonly [script: string, exit: number, stdout: string, stderr: string])[] = [
  ['IFS=" :"; x=" a : b  c: "; set -- $x; echo $#; for i; do echo "[$i]"; done', 0, "3\n[a]\n[b]\n[c]\n", ""],
  ['set --; for i in "$@"; do echo no; done; set -- x"$@"y; echo $# $1', 0, "1 xy\n", ""],
  ["set -e; f() { false; echo in; }; f || echo caught; f; echo no", 1, "in\n", ""],
  ["trap 'echo bye $?' EXIT; false", 1, "bye 1\n", ""],
  ["trap 'echo got; exit 5' TERM; kill -TERM $$; echo no", 5, "got\n", ""],
  ["trap 'echo got' TERM; (sleep 0.2; kill -TERM $$) & sleep 1 & wait $!; echo $?", 0, "got\n143\n", ""],
  ["sleep 5 & kill $!; wait $!; echo $?", 0, "143\n", "Terminated\n"],
  ["cd /nope; echo $?", 0, "2\n", "/bin/sh: cd: line 0: can't cd to /nope: No such file or directory\n"],
  ["readonly R=1; R=2; echo no", 2, "", "/bin/sh: R: is read only\n"],
  [": > /nope/x; echo no", 1, "", "/bin/sh: can't create /nope/x: nonexistent directory\n"],
  ["exec nosuch; echo no", 127, "", "/bin/sh: exec: line 0: nosuch: not found\n"],
  ["eval 'if'; echo no", 2, "", '/bin/sh: eval: line 0: syntax error: unexpected end of file (expecting "then")\n'],
  ["set -x; a='x y'; echo $a in", 0, "x y in\n", "+ a='x y'\n+ echo x y 'in'\n"],
  ["printf 'a:b:c\\n' | { IFS=: read x y; echo \"$x|$y\"; }", 0, "a|b:c\n", ""],
  ["[[ abc == a* && x != y ]] && echo yes", 0, "yes\n", ""],
  ["f() { f; }; f", 139, "", ""],
];

for (const [script, exit, stdout, stderr] of CASES) {
  test(`sh -c ${script}`, () => {
    const ran = runScript(script);
    assert.deepEqual([ran.exit, ran.stdout, ran.stderr], [exit, stdout, stderr]);
  });
}

test("a loop that never rests ends with virtual time, not with ours", () => {
  const ran = runScript("while :; do :; done");
  assert.equal(ran.exit, undefined);
});

test("a first process that traps TERM hears it only after the command that it waits for", () => {
  const ran = runScript("trap 'echo stop; exit 0' TERM; sleep 3; echo no", { signals: [[1000, "SIGTERM"]] });
  assert.deepEqual([ran.exit, ran.stdout, Math.round(ran.seconds)], [0, "stop\n", 3]);
});

test("a first process without a trap does not hear TERM", () => {
  const ran = runScript("sleep 2; echo done", { signals: [[1000, "SIGTERM"]] });
  assert.deepEqual([ran.exit, ran.stdout], [0, "done\n"]);
});

test("a script can come through standard input", () => {
  const ran = runScript("", { argv: ["sh"], stdin: "if true\nthen echo yes\nfi\nnosuch\n" });
  assert.deepEqual([ran.exit, ran.stdout, ran.stderr], [127, "yes\n", "sh: nosuch: not found\n"]);
});

test("printf repeats its format while arguments are left", () => {
  assert.deepEqual(formatPrintf(["%s-%d\n", "a", "1", "b", "0x10"]), { out: "a-1\nb-16\n", errors: [], status: 0 });
});
