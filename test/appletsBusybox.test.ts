/**
 * The simulated applets against a real busybox 1.35: the same command lines, the same files, and output, complaints and exit
 * status must be equal. busyboxCommands/NAME.txt has one command line a line (`\N` is a line feed), NAME.jsonl what busybox
 * did; `BUSYBOX_RECORD=1` records again.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { runScript } from "./appletProcess.ts";
import { hasRealBusybox, runAllReal } from "./realBusybox.ts";

const FILES: Readonly<Record<string, string>> = {
  f: "one\ntwo\nthree\nfour\nfive\n",
  g: "one\n2\nthree\nFour\nfive\nsix\n",
  empty: "",
  nonl: "a b\nc d",
  t: "b 2 x\na 10 y\nc 1 z\na 2 w\n",
  csv: "id,name,qty\n1,apple,5\n2,pear,0\n3,fig,12\n",
  pw: "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\n",
  sp: "  lead\ttab  two\n\n\nend  \n",
  dup: "a\na\nb\nB\nb\nb\nc\n",
  "d/x": "x\n",
  "d/y.txt": "yy\n",
  "d/e/z.txt": "zzz\n",
  bin: "\x00\x01\xff\x7fELF\nabc\x00def ghi\n",
  num: "10\n9\n-3\n2.5\n1e2\nabc\n",
};

const tables = new URL("busyboxCommands/", import.meta.url);
const here = hasRealBusybox();

type Row = readonly [script: string, exit: number | undefined, stdout: string, stderr: string];

/** The command lines of a table. */
function scriptsOf(name: string): string[] {
  return readFileSync(new URL(`${name}.txt`, tables), "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => line.replaceAll("\\N", "\n"));
}

/** What a busybox 1.35 printed for them, recorded: so this test runs where none is installed, too. */
function recorded(name: string): Row[] {
  const lines = readFileSync(new URL(`${name}.jsonl`, tables), "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Row);
}

function real(scripts: readonly string[]): Row[] {
  return runAllReal(scripts, { files: FILES }).map(({ exit, stdout, stderr }, i) => [
    scripts[i]!,
    exit,
    stdout,
    stderr,
  ]);
}

const names = readdirSync(tables)
  .filter((file) => file.endsWith(".txt"))
  .map((file) => file.slice(0, -4))
  .sort();

if (process.env.BUSYBOX_RECORD !== undefined) {
  for (const name of names) {
    const lines = real(scriptsOf(name)).map((row) => `${JSON.stringify(row)}\n`);
    writeFileSync(new URL(`${name}.jsonl`, tables), lines.join(""));
  }
}

for (const name of names) {
  const rows = recorded(name);
  test(`${name}: the recording has all command lines`, () => {
    assert.deepEqual(
      rows.map(([script]) => script),
      scriptsOf(name),
      "record again with BUSYBOX_RECORD=1",
    );
  });
  test(`${name} does what busybox did`, () => {
    const different = rows.flatMap((row) => {
      const { exit, stdout, stderr } = runScript(row[0], { files: FILES });
      const [theirs, ours] = [row.slice(1), [exit, stdout, stderr]].map((part) => JSON.stringify(part));
      if (theirs === ours) return [];
      return [`${row[0]}\n  busybox ${theirs!.slice(0, 400)}\n  ours    ${ours!.slice(0, 400)}`];
    });
    assert.equal(different.length, 0, different.slice(0, 10).join("\n"));
  });
}

test("the recordings are true", { skip: here ? false : "no busybox 1.35 is installed here" }, () => {
  const sample = names.flatMap((name) => recorded(name).filter((_row, i) => i % 25 === 0));
  assert.deepEqual(real(sample.map(([script]) => script)), sample);
});
