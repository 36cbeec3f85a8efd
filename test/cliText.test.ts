/** Text for terminals: colours, widths, wrapping, drawings over time, Markdown. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Timeline } from "../src/grader/types.ts";
import { carryColours, renderMarkdown } from "../src/runner/markdown.ts";
import { editDistance, nearest } from "../src/runner/nearMiss.ts";
import { proseLines } from "../src/runner/prose.ts";
import { styleFor } from "../src/runner/style.ts";
import { supportsUnicode, usesColour } from "../src/runner/terminal.ts";
import { harmless, padEnd, truncate, widthOf, withoutAnsi, wrap } from "../src/runner/textWidth.ts";
import { timelineLines } from "../src/runner/timelineText.ts";

const looks = {
  colour: styleFor({ colour: true, unicode: true, plain: false }),
  mono: styleFor({ colour: false, unicode: true, plain: false }),
  ascii: styleFor({ colour: false, unicode: false, plain: false }),
  plain: styleFor({ colour: false, unicode: false, plain: true }),
};

const colourCases: readonly [
  flag: "always" | "never" | undefined,
  env: Record<string, string>,
  isTTY: boolean,
  expected: boolean,
][] = [
  [undefined, {}, true, true],
  [undefined, {}, false, false],
  [undefined, { NO_COLOR: "1" }, true, false],
  [undefined, { NO_COLOR: "" }, true, true], // Present but empty means nothing.
  [undefined, { TERM: "dumb" }, true, false],
  [undefined, { FORCE_COLOR: "1" }, false, true],
  [undefined, { FORCE_COLOR: "1", NO_COLOR: "1" }, false, true],
  [undefined, { FORCE_COLOR: "0" }, true, false],
  ["always", { NO_COLOR: "1" }, false, true],
  ["never", { FORCE_COLOR: "1" }, true, false],
];
for (const [flag, env, isTTY, expected] of colourCases) {
  test(`colour: ${flag ?? "auto"} ${JSON.stringify(env)} ${isTTY ? "terminal" : "pipe"}`, () => {
    assert.equal(usesColour(flag ? { colour: flag } : {}, env, isTTY), expected);
  });
}

const unicodeCases: readonly [env: Record<string, string>, platform: string, expected: boolean][] = [
  [{ LANG: "de_DE.UTF-8" }, "linux", true],
  [{}, "linux", true],
  [{ LANG: "C" }, "linux", false],
  [{ LANG: "C", LC_ALL: "C.UTF-8" }, "linux", true],
  [{ TERM: "linux" }, "linux", false],
  [{}, "win32", false],
  [{ WT_SESSION: "x" }, "win32", true],
];
for (const [env, platform, expected] of unicodeCases) {
  test(`Unicode: ${JSON.stringify(env)} on ${platform}`, () => assert.equal(supportsUnicode(env, platform), expected));
}

const widths: readonly [text: string, cells: number][] = [
  ["", 0],
  ["abc", 3],
  ["✓ •│", 4],
  ["漢字", 4],
  ["한", 2],
  ["e\u0301", 1],
  ["👍", 2],
  ["\x1b[31mred\x1b[39m", 3],
];
for (const [text, cells] of widths)
  test(`${JSON.stringify(text)} takes ${cells} cells`, () => assert.equal(widthOf(text), cells));

const anyText = fc.string({
  unit: fc.constantFrom("a", "b", " ", "漢", "é", "👍", "-", "\x1b[31m", "\x1b[39m"),
  maxLength: 60,
});

test("wrapped lines fit, and nothing but spaces is lost", () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 8, max: 40 }), (text, width) => {
      const lines = wrap(text, width);
      for (const line of lines) assert.ok(widthOf(line) <= width, `${JSON.stringify(line)} in ${width}`);
      const letters = (one: string) => withoutAnsi(one).replace(/ /g, "");
      assert.equal(letters(lines.join("")), letters(text));
    }),
  );
});

test("truncated text fits and padded text fills", () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 40 }), (text, width) => {
      assert.ok(widthOf(truncate(text, width)) <= width);
      assert.equal(widthOf(padEnd(truncate(text, width), width)), width);
    }),
  );
});

test("control characters of others cannot move the cursor", () => {
  assert.equal(harmless("a\x1b[2Jb\rc\x07\td"), "a\ufffd[2Jb\ufffdc\ufffd  d");
});

test("a near miss is found; a far one is not", () => {
  assert.equal(nearest("chekc", ["check", "list"]), "check");
  assert.equal(nearest("fsh", ["zsh", "fish"]), "fish");
  assert.equal(nearest("hung", ["probes/hang", "probes/ready"]), "probes/hang");
  assert.equal(nearest("kubernetes", ["check", "list"]), undefined);
});

test("edit distance is a distance", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 6 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      assert.equal(editDistance(a, b), editDistance(b, a));
      assert.equal(editDistance(a, b) === 0, a === b);
      assert.ok(editDistance(a, b) <= Math.max(a.length, b.length));
    }),
  );
});

const timeline: Timeline = {
  seconds: 120,
  lanes: [
    {
      label: "event Unhealthy of container app",
      passed: false,
      windows: [{ from: 30, to: 50, mode: "some" }],
      marks: [
        { t: 65.5, label: "Unhealthy", fits: false },
        { t: 75.5, label: "Unhealthy", fits: false },
      ],
      spans: [],
    },
    {
      label: "app",
      windows: [],
      marks: [],
      spans: [
        { from: 1, to: 90, label: "running" },
        { from: 90, to: 120, label: "waiting" },
      ],
    },
  ],
};

test("a timeline shows the window above what happened", () => {
  assert.deepEqual(
    timelineLines(timeline, 72, looks.ascii),
    [
      "                         |           ========",
      "event Unhealthy of co... |                        x   xUnhealthy",
      "app                      |[running]########################[waiting]:::",
      "                         +---------------------------------------------",
      "                          0s         30s        60s        90s       2m",
    ].map((line) => line),
  );
});

test("in plain mode a timeline is sentences", () => {
  assert.deepEqual(timelineLines(timeline, 72, looks.plain), [
    "does not hold: event Unhealthy of container app",
    "  expected at some time between 30s and 50s",
    "  at 65.5s: Unhealthy (does not fit)",
    "  at 75.5s: Unhealthy (does not fit)",
    "app",
    "  from 1s to 90s: running",
    "  from 90s to 2m: waiting",
  ]);
});

test("a timeline never runs over the edge", () => {
  const t = fc.integer({ min: 0, max: 200 });
  const label = fc.string({ unit: fc.constantFrom("a", "漢", " "), maxLength: 30 });
  const lane = fc.record({
    label,
    windows: fc.array(
      fc.record({ from: t, to: t, mode: fc.constantFrom("some" as const, "never" as const, "every" as const) }),
      { maxLength: 3 },
    ),
    marks: fc.array(fc.record({ t, label: fc.constantFrom("", "Killing"), fits: fc.boolean() }), { maxLength: 5 }),
    spans: fc.array(fc.record({ from: t, to: t, label: fc.constantFrom("", "running") }), { maxLength: 5 }),
  });
  fc.assert(
    fc.property(
      fc.array(lane, { maxLength: 4 }),
      fc.integer({ min: 0, max: 200 }),
      fc.integer({ min: 40, max: 200 }),
      (lanes, seconds, width) => {
        for (const line of timelineLines({ seconds, lanes }, width, looks.colour))
          assert.ok(widthOf(line) <= width + 4, line);
      },
    ),
  );
});

const page = `A **bold** word, \`image:tag:text\` and a [link](https://example.org/a).

- **liveness** in a list, \`code\` too, long enough that it has to be wrapped somewhere here
  - nested *item*

1. one

| probe | what |
| --- | --- |
| liveness | kills &lt;it&gt; :warning: |

> Said wisely.

\`\`\`yaml
key: "value" # why
\`\`\`
`;

test("Markdown: emphasis in lists, wrapping, tables and code come out right", () => {
  assert.deepEqual(renderMarkdown(page, 50, looks.ascii).split("\n"), [
    "A bold word, `image:tag:text` and a link",
    "(https://example.org/a).",
    "",
    "* liveness in a list, `code` too, long enough that",
    "  it has to be wrapped somewhere here",
    "  * nested item",
    "",
    "1. one",
    "",
    "+----------+----------------------+",
    "| probe    | what                 |",
    "+----------+----------------------+",
    "| liveness | kills <it> :warning: |",
    "+----------+----------------------+",
    "",
    "| Said wisely.",
    "",
    '    key: "value" # why',
  ]);
});

test("Markdown: no colour without colour, whatever the environment", () => {
  for (const style of [looks.mono, looks.ascii, looks.plain])
    assert.doesNotMatch(renderMarkdown(page, 60, style), /\x1b/);
  assert.match(renderMarkdown(page, 60, looks.colour), /\x1b\[36m/);
});

test("Markdown: in plain mode a table is sentences", () => {
  assert.match(renderMarkdown(page, 60, looks.plain), /^probe: liveness; what: kills <it> :warning:$/m);
});

test("a colour over several lines is closed at each end and opened again", () => {
  assert.deepEqual(carryColours(["\x1b[31mred", "still", "end\x1b[39m", "plain"]), [
    "\x1b[31mred\x1b[0m",
    "\x1b[31mstill\x1b[0m",
    "\x1b[31mend\x1b[39m\x1b[0m",
    "plain",
  ]);
});

test("short prose: paragraphs, lists, code", () => {
  assert.deepEqual(
    proseLines(
      "Some *text* that\ngoes on.\n\n- an **item** that is wrapped\n- two\n\n```yaml\na: 1\n```\nEnd.",
      20,
      looks.plain,
    ),
    ["Some text that goes", "on.", "", "* an item that is", "  wrapped", "* two", "", "    a: 1", "", "End."],
  );
});
