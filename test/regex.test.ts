/** The engine behind grep, sed and awk: what it finds, what it refuses, and that no pattern takes for ever. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PosixRegex, type RegexFlags, RegexProblem, RegexTooSlow } from "../src/runtime/regex/index.ts";

const E: RegexFlags = { extended: true };

const matches: readonly (readonly [pattern: string, flags: RegexFlags, text: string, expected: string])[] = [
  ["a|ab", E, "xabc", "1-3"],
  ["(a|ab)(c|bcd)(d*)", E, "abcd", "0-4"],
  ["x*", E, "aaa", "0-0"],
  ["a\\{2\\}", {}, "baaa", "1-3"],
  ["\\(a*\\)b\\1", {}, "aabaa", "0-5"],
  ["^b", { newline: true }, "a\nb", "2-3"],
  ["^b", {}, "a\nb", "none"],
  ["\\<word\\>", {}, "a word.", "2-6"],
  ["[[:digit:]-]+", E, "x1-2y", "1-4"],
  ["[]a]+", E, "x]a]", "1-4"],
  ["A", { ignoreCase: true }, "xa", "1-2"],
  ["a{,2}b", E, "aaab", "1-4"],
];

for (const [pattern, flags, text, expected] of matches) {
  test(`${pattern} in ${JSON.stringify(text)}`, () => {
    const match = new PosixRegex(pattern, flags).exec(text);
    assert.equal(match ? `${match.index}-${match.end}` : "none", expected);
  });
}

const problems: readonly (readonly [pattern: string, flags: RegexFlags, problem: string])[] = [
  ["(", E, "Unmatched ( or \\("],
  ["\\)", {}, "Unmatched ) or \\)"],
  ["[a", {}, "Unmatched [, [^, [:, [., or [="],
  ["[", {}, "Invalid regular expression"],
  ["*a", E, "Invalid preceding regular expression"],
  ["a\\", {}, "Trailing backslash"],
  ["a{2,1}", E, "Invalid content of \\{\\}"],
  ["\\1", {}, "Invalid back reference"],
  ["[[:no:]]", {}, "Invalid character class name"],
  ["(a{200}){200}", E, "Memory exhausted"],
];

for (const [pattern, flags, problem] of problems) {
  test(`${pattern} is refused`, () => {
    assert.throws(() => new PosixRegex(pattern, flags), { message: problem });
    assert.throws(() => new PosixRegex(pattern, flags), RegexProblem);
  });
}

test("patterns that make backtracking engines hang are quick", () => {
  const text = "a".repeat(100_000);
  for (const pattern of ["(a*)*b", "(a|a)*b", "(a|aa)+$", "(.*)*x", "a?a?a?a?a?a?aaaaaab"]) {
    new PosixRegex(pattern, E).exec(text);
  }
});

test("back references stop in time", () => {
  assert.throws(() => new PosixRegex("(a*)(a*)(a*)\\1b", E).exec("a".repeat(5000)), RegexTooSlow);
});
