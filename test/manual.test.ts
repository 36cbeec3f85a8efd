/** The manual page and the completion scripts: made from the table of commands, complete, and understood by the tools they are for. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { commandTable } from "../src/cli/commandTable.ts";
import { exitMeanings } from "../src/cli/exitCode.ts";
import { environment, globalOptions } from "../src/cli/globalOptions.ts";
import { actions } from "../src/runner/keys.ts";
import { course, listed, newFolder } from "./cliRun.ts";

const manual = course(["man"]).stdout;
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const plain = manual.replaceAll("\\-", "-");

test("the manual has every command, option, variable, key and exit status; the package names it", () => {
  for (const { name, summary, options = [] } of commandTable) {
    assert.ok(plain.includes(`course ${name}`), name);
    for (const text of [summary, ...options.flat()]) assert.ok(plain.includes(text), text);
  }
  for (const text of [...globalOptions, ...environment].flat()) assert.ok(plain.includes(text), text);
  const { stdout: help } = course(["--help"]);
  for (const [name] of [...globalOptions, ...environment]) assert.ok(help.includes(name), name);
  for (const { help } of actions) assert.ok(plain.includes(help), help);
  for (const [status, meaning] of exitMeanings) assert.ok(plain.includes(`.B ${status}\n${meaning}`), meaning);
  const { man } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  assert.equal(readFileSync(new URL(`../${man[0]}`, import.meta.url), "utf8"), manual);
});

test("no line of the manual is a request by mistake", () => {
  for (const line of manual.trimEnd().split("\n"))
    if (/^[.']/.test(line)) assert.match(line, /^\.(TH|SH|TP|PP|B|I|RS|RE|nf|fi)( |$)/);
});

test("the README's table has every command", () => {
  for (const { name } of commandTable)
    assert.match(readme, new RegExp(`\`course ${name}\\b|\\b\`?course .*\`${name}\\b`), name);
});

test("groff has nothing to say about the manual", {
  skip: spawnSync("groff", ["--version"]).error ? "groff is missing" : false,
}, () => {
  const { status, stderr } = spawnSync("groff", ["-man", "-Tascii", "-ww"], { input: manual, encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""]);
});

test("completion scripts name every command, its options, exercises and words", () => {
  const first = listed(newFolder())[0]!;
  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    const { stdout } = course(["completion", shell]);
    for (const { name, options = [] } of commandTable) {
      assert.match(stdout, new RegExp(`\\b${name}\\b`), `${shell}: ${name}`);
      for (const [flags] of options) {
        const word = /--([\w-]+)/.exec(flags)![1]!;
        assert.ok(stdout.includes(shell === "fish" ? `-l ${word}` : `--${word}`), `${shell}: --${word}`);
      }
    }
    for (const word of [first.id, "BackOff", "kubelet", "preview", "import", "powershell"])
      assert.ok(stdout.includes(word), `${shell}: ${word}`);
  }
});

const hasBash = spawnSync("bash", ["-c", ":"]).status === 0;
const typed: readonly [words: string[], offers: string[]][] = [
  [["expl"], ["explain"]],
  [["shell", "welcome/ask"], ["welcome/ask-the-cluster"]],
  [["author", "p"], ["preview"]],
  [["progress", "i"], ["import"]],
  [["check", "--rep"], ["--report"]],
  [["explain", "BackO"], ["BackOff"]],
  [["glossary", "kubel"], ["kubelet"]],
];
test("bash completes what is typed", { skip: hasBash ? false : "bash is missing" }, () => {
  const script = course(["completion", "bash"]).stdout;
  for (const [words, offers] of typed) {
    const ask = `${script}\nCOMP_WORDS=(course ${words.join(" ")}); COMP_CWORD=${words.length}; _course; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", ask], { encoding: "utf8", cwd: newFolder() });
    assert.deepEqual([stdout.trim().split("\n"), stderr], [offers, ""], words.join(" "));
  }
});

const has = (shell: string) => spawnSync(shell, ["-c", ":"]).status === 0;

test("fish completes what is typed", { skip: has("fish") ? false : "fish is missing" }, () => {
  const cwd = newFolder();
  const script = course(["completion", "fish"]).stdout;
  for (const [words, offers] of typed) {
    const ask = `${script}\ncomplete -C "course ${words.join(" ")}"`;
    const { stdout, stderr } = spawnSync("fish", ["--no-config", "-c", ask], { encoding: "utf8", cwd });
    const offered = stdout
      .trim()
      .split("\n")
      .map((line) => line.split("\t")[0]);
    assert.deepEqual([offered, stderr], [offers, ""], words.join(" "));
  }
  // Exercises belong to the first argument of the commands that take one.
  const { stdout } = spawnSync("fish", ["--no-config", "-c", `${script}\ncomplete -C "course list w"`], {
    encoding: "utf8",
    cwd,
  });
  assert.equal(stdout, "");
});

test("zsh completes what is typed", { skip: has("zsh") ? false : "zsh is missing" }, () => {
  const cwd = newFolder();
  const script = course(["completion", "zsh"]).stdout;
  for (const [words, offers] of typed) {
    // zsh itself chooses from what compadd gets; its own functions need a terminal.
    const ask = `compdef() { : }; _files() { : }; _describe() { print -l -- \${\${(P)2}%%:*} }; compadd() { shift; print -l -- "$@" }
${script}
words=(course ${words.join(" ")}); CURRENT=${words.length + 1}; _course`;
    const { stdout, stderr } = spawnSync("zsh", ["-fc", ask], { encoding: "utf8", cwd });
    const offered = stdout
      .trim()
      .split("\n")
      .filter((word) => word.startsWith(words.at(-1)!));
    assert.deepEqual([offered, stderr], [offers, ""], words.join(" "));
  }
});
