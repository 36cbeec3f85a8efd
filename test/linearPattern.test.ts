/** Patterns of courses and of nginx: what JavaScript's own engine says of them, in time that no pattern can make long. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { LinearPattern, PatternProblem } from "../src/runtime/regex/linearPattern.ts";

const flagsOf = (flags: string) => ({
  ignoreCase: flags.includes("i"),
  multiline: flags.includes("m"),
  dotAll: flags.includes("s"),
});

const atom = fc.constantFrom(
  ...["a", "b", "A", "B", ".", "1", " ", "\n", "_", "-", "é", "ß", "ſ", "K", "{", "}", "]", "{1", "x{2}"],
  ...["\\d", "\\w", "\\s", "\\S", "\\W", "\\D", "\\b", "\\B", "^", "$", "\\n", "\\u00e9", "\\x41", "\\/", "\\cJ"],
  ...["[ab]", "[^a]", "[a-c]", "[\\w-]", "[^]", "[]", "[\\d-x]", "[k-s]", "[\\b]"],
);
const times = fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "+?");
const { pattern } = fc.letrec<{ pattern: string; repeated: string }>((tie) => ({
  pattern: fc.oneof(
    { depthSize: "small" },
    fc.array(tie("repeated"), { maxLength: 4 }).map((parts) => parts.join("")),
    fc.tuple(tie("pattern"), tie("pattern")).map((both) => both.join("|")),
  ),
  repeated: fc
    .tuple(
      fc.oneof(
        { depthSize: "small" },
        atom,
        fc.tuple(fc.constantFrom("(", "(?:", "(?=", "(?!"), tie("pattern")).map(([open, body]) => `${open}${body})`),
      ),
      times,
    )
    .map((both) => both.join("")),
}));
const letters = [
  "a",
  "b",
  "A",
  "B",
  "1",
  " ",
  "\n",
  "\r",
  "_",
  "-",
  "é",
  "É",
  "x",
  "K",
  "ſ",
  "s",
  "ß",
  "\u2028",
  "{",
  "]",
];
const text = fc.array(fc.constantFrom(...letters), { maxLength: 8 }).map((parts) => parts.join(""));

test("it finds a match where JavaScript does, and refuses what JavaScript refuses", () => {
  fc.assert(
    fc.property(pattern, fc.constantFrom("", "i", "m", "s", "im"), text, text, (source, flags, one, other) => {
      let theirs: RegExp | undefined;
      try {
        theirs = new RegExp(source, flags);
      } catch {
        assert.throws(() => new LinearPattern(source, flagsOf(flags)), PatternProblem);
        return;
      }
      const ours = new LinearPattern(source, flagsOf(flags));
      for (const text of [one, other]) assert.equal(ours.test(text), theirs.test(text), `/${source}/${flags} ${text}`);
    }),
    { numRuns: 3000 },
  );
});

test("what parentheses hold is what JavaScript finds in them", () => {
  // Few letters and much that can be matched in several ways: which way counts here.
  const piece = fc.constantFrom(
    "a",
    "b",
    ".",
    "[ab]",
    "\\w",
    "(?:a|ab)",
    "(?:ab|a|)",
    "(?:a*b?)",
    "(?=a)",
    "(?!b)",
    "\\b",
  );
  const ungrouped = fc
    .array(fc.tuple(piece, times), { maxLength: 3 })
    .map((pieces) => pieces.map((one) => one.join("")).join(""));
  const places = fc
    .array(fc.constantFrom("a", "b", "A", "1", " ", "-"), { maxLength: 12 })
    .map((parts) => parts.join(""));
  let held = 0;
  fc.assert(
    fc.property(
      ungrouped,
      ungrouped,
      ungrouped,
      fc.constantFrom("", "i", "m"),
      places,
      (before, body, after, flags, where) => {
        const source = `(?:${before})(${body})(?:${after})`;
        let theirs: RegExp;
        try {
          theirs = new RegExp(source, flags);
        } catch {
          return;
        }
        const found = theirs.exec(where)?.[1];
        if (found) held++;
        assert.equal(
          new LinearPattern(source, flagsOf(flags)).firstGroup(where),
          found,
          `/${source}/${flags} ${where}`,
        );
      },
    ),
    { numRuns: 5000, seed: 1 },
  );
  assert.ok(held > 300, `${held} with something in them`);
});

test("what parentheses hold is found in a text that makes a backtracking engine hang", () => {
  assert.equal(new LinearPattern("((?:a+)+)$b|(b)").firstGroup("a".repeat(20_000)), undefined);
  assert.equal(new LinearPattern("(?:a|aa)*(b)").firstGroup(`${"a".repeat(20_000)}b`), "b");
  assert.equal(new LinearPattern("x(?:(a)|b)").firstGroup("xb xa"), undefined);
  assert.equal(new LinearPattern("no parentheses").hasGroup, false);
  assert.equal(new LinearPattern("(?:a)\\((?=b)").hasGroup, false);
  assert.equal(new LinearPattern("(?<name>a)").hasGroup, true);
});

test("what a text of any kind is made into: a pattern, or a problem with words", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (source) => {
      try {
        new LinearPattern(source).test(source);
      } catch (error) {
        assert.ok(error instanceof PatternProblem, String(error));
        assert.match(error.message, /\w/);
      }
    }),
  );
});

test("patterns that make a backtracking engine hang", () => {
  const text = "a".repeat(20_000);
  for (const source of [
    "(a+)+$b",
    "(a|a)*b",
    "(a|aa)+!$",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "((?=(a+)+b)a)*c",
    ".*.*.*.*=x",
  ])
    assert.equal(new LinearPattern(source).test(text), false, source);
});

const refused: readonly [source: string, why: RegExp][] = [
  ["(a)\\1", /refers back/],
  ["(?<=a)b", /looks behind/],
  ["(a", /a \( is not closed/],
  ["a)", /a \) too many/],
  ["[a", /a \[ is not closed/],
  ["*a", /nothing to repeat/],
  ["(?i)a", /is no group/],
  ["((a{50}){50}){50}", /too large/],
  ["a{100000}", /too often/],
  ["(".repeat(200) + ")".repeat(200), /nested too deeply/],
  ["a".repeat(1001), /longer than/],
  ["a\\", /ends in/],
];
for (const [source, why] of refused)
  test(`${source.slice(0, 20)} is refused with words`, () => assert.throws(() => new LinearPattern(source), why));

test("every pattern of the course means what it means to JavaScript, in every text of the course", () => {
  const folder = new URL("../dist/lessons/", import.meta.url);
  const patterns = new Map<string, { source: string; flags: string }>();
  const texts = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === "string") {
      for (const line of value.split("\n").slice(0, 40)) texts.add(line.trim());
      const part = /^\/(.+)\/$/s.exec(value);
      if (part) patterns.set(value, { source: part[1]!, flags: "" });
    } else if (typeof value === "object" && value !== null) {
      const { matches, flags = "" } = value as { matches?: unknown; flags?: string };
      if (typeof matches === "string") patterns.set(`/${matches}/${flags}`, { source: matches, flags });
      Object.values(value).forEach(visit);
    }
  };
  for (const name of readdirSync(folder)) visit(JSON.parse(readFileSync(new URL(name, folder), "utf8")));
  assert.ok(patterns.size > 50, `${patterns.size} patterns`);
  const some = [...texts].filter((_, i) => i % 7 === 0);
  for (const [name, { source, flags }] of patterns) {
    let theirs: RegExp;
    try {
      theirs = new RegExp(source, flags);
    } catch {
      continue; // A path between slashes, no pattern.
    }
    const ours = new LinearPattern(source, flagsOf(flags));
    for (const one of some) assert.equal(ours.test(one), theirs.test(one), `${name} ${one}`);
  }
});
