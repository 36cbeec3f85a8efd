/** Imports point one way, and only the runner touches the terminal, files, the wall clock and chance. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../src/", import.meta.url));

/** From the top down: a part may import itself and what stands below it. */
const order = [
  "main",
  "cli",
  "runner",
  "course",
  "grader",
  "sandbox",
  "simulation",
  "kubectl",
  "cluster",
  "runtime",
  "manifest",
  "time",
];
/** Parts that may use Node and the real world. */
const outside = new Set(["main", "cli", "runner"]);
/** The types of API objects and the words of a trace are data that every part speaks about. */
const shared = new Set(["cluster/api/types.ts", "simulation/trace.ts"]);

const forbidden: readonly [what: RegExp, why: string][] = [
  [/\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/, "the wall clock"],
  [/\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/, "real timers"],
  [/\bMath\.random\b|\bcrypto\.(?:randomUUID|getRandomValues)\b/, "chance that no seed decides"],
  [
    /(?<![\w.$"'`-])process\.(?:std(?:in|out|err)|exitCode|platform|on\(|nextTick|hrtime|memoryUsage)/,
    "Node's process",
  ],
  [/^\s*(?:export )?async function\b|\bawait [\w(]|\bnew Promise\b/, "asynchronous code"],
];

interface Line {
  readonly file: string;
  readonly number: number;
  readonly text: string;
}

function* filesOf(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesOf(path);
    else if (/(?<!\.d)\.ts$/.test(entry.name)) yield path;
  }
}

const files = [...filesOf(source)].map((path) => relative(source, path).split(sep).join("/"));

function partOf(file: string): string {
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : file.replace(/\.ts$/, "");
}

/** The lines of a file without comments and without what stands in quotes that span lines. */
function linesOf(file: string): Line[] {
  const text = readFileSync(join(source, file), "utf8").replace(/\/\*[\s\S]*?\*\//g, (comment) =>
    comment.replace(/[^\n]/g, ""),
  );
  return text.split("\n").map((line, i) => ({ file, number: i + 1, text: line.replace(/(^|\s)\/\/.*$/, "$1") }));
}

function importsOf(lines: readonly Line[]): (Line & { from: string })[] {
  return lines.flatMap((line) => {
    const match = /(?:\bfrom|^import|\bimport\()\s*"([^"]+)"/.exec(line.text);
    return match ? [{ ...line, from: match[1]! }] : [];
  });
}

const place = ({ file, number, text }: Line) => `src/${file}:${number}: ${text.trim()}`;

test("every folder of src has its place in the order", () => {
  const unknown = [...new Set(files.map(partOf))].filter((part) => !order.includes(part));
  assert.deepEqual(unknown, [], "add the folder to the order in this test, and to ARCHITECTURE.md");
});

test("imports point down", () => {
  const broken = files.flatMap((file) =>
    importsOf(linesOf(file)).flatMap((line) => {
      if (!line.from.startsWith(".")) return [];
      const target = new URL(line.from, new URL(file, "file:///src/")).pathname.replace(/^\/src\//, "");
      if (target.startsWith("/") || shared.has(target)) return [];
      const from = order.indexOf(partOf(file));
      const to = order.indexOf(partOf(target));
      return to < from ? [`${place(line)} (${partOf(file)} must not know ${partOf(target)})`] : [];
    }),
  );
  assert.deepEqual(broken, []);
});

test("imported files exist", () => {
  const broken = files.flatMap((file) =>
    importsOf(linesOf(file))
      .filter((line) => line.from.startsWith(".") && !existsSync(new URL(line.from, new URL(file, `file://${source}`))))
      .map(place),
  );
  assert.deepEqual(broken, []);
});

test("below the runner nothing imports Node's modules", () => {
  const broken = files
    .filter((file) => !outside.has(partOf(file)) && partOf(file) !== "build")
    .flatMap((file) =>
      importsOf(linesOf(file))
        .filter((line) => line.from.startsWith("node:"))
        .map(place),
    );
  assert.deepEqual(broken, []);
});

test("below the runner there is no wall clock, no timer, no chance and no process", () => {
  const broken = files
    .filter((file) => !outside.has(partOf(file)))
    .flatMap((file) =>
      linesOf(file).flatMap((line) =>
        forbidden.filter(([what]) => what.test(line.text)).map(([, why]) => `${place(line)} (${why})`),
      ),
    );
  assert.deepEqual(broken, []);
});

test("the rules can fail", () => {
  const broken = [
    "const t = Date.now();",
    "setTimeout(go, 5);",
    "Math.random()",
    "process.stdout.write(x)",
    "async function f() {",
  ];
  const fine = ["clock.after(5, go)", "random.next()", "process.argv = loaded.argv;", "this.#process.cwd = place;"];
  const isForbidden = (text: string) => forbidden.some(([what]) => what.test(text));
  assert.deepEqual(
    broken.filter((text) => !isForbidden(text)),
    [],
  );
  assert.deepEqual(fine.filter(isForbidden), []);
});

test("one file knows each package of the terminal", () => {
  const adapters: Record<string, string> = {
    enquirer: "runner/prompt.ts",
    "marked-terminal": "runner/markdown.ts",
    boxen: "runner/box.ts",
    commander: "cli/program.ts",
  };
  for (const [name, only] of Object.entries(adapters)) {
    const users = files.filter((file) => importsOf(linesOf(file)).some((line) => line.from === name));
    assert.deepEqual(users, [only], name);
  }
});
