import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { evaluateArithmetic } from "../src/runtime/shell/arithmetic.ts";
import { endOfScript, Parser } from "../src/runtime/shell/parser.ts";
import { compilePattern, matches, replaceMatches } from "../src/runtime/shell/pattern.ts";
import { ShellSyntaxError } from "../src/runtime/shell/syntax.ts";

/** The syntax error that parsing all of a script ends in, or undefined. */
function syntaxErrorOf(script: string): string | undefined {
  try {
    const parser = new Parser(script, 0);
    while (parser.next() !== endOfScript);
    return undefined;
  } catch (error) {
    if (error instanceof ShellSyntaxError) return error.message;
    throw error;
  }
}

const recordings = JSON.parse(readFileSync(new URL("recordings/shell.json", import.meta.url), "utf8")) as {
  script: string;
  stderr: string;
}[];
for (const { script, stderr } of recordings) {
  test(`parses as recorded: ${script}`, () => {
    assert.equal(syntaxErrorOf(script), /syntax error: .*/.exec(stderr.replace("arithmetic syntax error", ""))?.[0]);
  });
}

const faults: readonly [script: string, error: string | undefined][] = [
  ["cat <<< hi", "unexpected redirection"],
  ["echo a |& cat", 'unexpected "&"'],
  ["a=(1 2)", 'unexpected "("'],
  ["echo (a)", 'unexpected word (expecting ")")'],
  ["for in a; do :; done", 'unexpected word (expecting "do")'],
  ["for 1x in a; do :; done", "bad for loop variable"],
  ["case x in (x) echo 1;& y) echo 2;; esac", 'unexpected "&"'],
  ["if; then echo x; fi", 'unexpected ";"'],
  ["echo $(", 'unexpected end of file (expecting ")")'],
  ["echo `ls", "EOF in backquote substitution"],
  ["echo ${x", "missing '}'"],
  ["echo $((1+2", "missing '))'"],
  ["echo 'abc", "unterminated quoted string"],
  ["f-g() { echo x; }", "bad function name"],
  ["{ echo a; echo b", 'unexpected end of file (expecting "}")'],
  ["case x in x) echo 1;; *) echo 2; esac", undefined],
  ["f() echo hi; f", undefined],
  ["((1+1)); echo $?", undefined],
  ["cat <<EOF", undefined],
];
for (const [script, error] of faults) {
  test(`syntax of ${script}`, () => assert.equal(syntaxErrorOf(script), error && `syntax error: ${error}`));
}

const sums: readonly [text: string, value: string][] = [
  ["2**10", "1024"],
  ["8#17 + 0x1f", "46"],
  ["9223372036854775807+1", "-9223372036854775808"],
  ["3**40", "-6289078614652622815"],
  ["-7/2", "-3"],
  ["i++ + ++i", "12"],
  ["0 && (i=9), i", "9"],
];
for (const [text, value] of sums) {
  test(`$((${text}))`, () => {
    const variables = new Map([["i", "5"]]);
    assert.equal(String(evaluateArithmetic(text, variables)), value);
  });
}

test("patterns match as fnmatch does", () => {
  assert.ok(matches(compilePattern("[a-c]*.tx?"), "b-x.txt"));
  assert.ok(!matches(compilePattern("[!a]*"), "abc"));
  assert.ok(matches(compilePattern("\\*"), "*"));
  assert.equal(replaceMatches(compilePattern("X"), "aXbXc", "-", true), "a-b-c");
});
