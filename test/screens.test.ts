/**
 * Every screen in every kind of terminal: one walk through the whole course, and what has to be true of each screen on
 * the way. Where tmux is missing the walks are skipped.
 */
import assert from "node:assert/strict";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { course, newFolder } from "./cliRun.ts";
import { skip, Terminal, withoutColours } from "./tmuxTerminal.ts";

/** A kind of terminal, and what a screen in it may have. */
interface Look {
  readonly name: string;
  readonly columns: number;
  readonly rows: number;
  readonly environment: string;
  readonly colour: boolean;
  readonly unicode: boolean;
  readonly plain: boolean;
}

const colourful = { environment: "", colour: true, unicode: true, plain: false };
const kinds = [
  { name: "coloured", ...colourful },
  { name: "NO_COLOR", ...colourful, environment: "NO_COLOR=1", colour: false },
  { name: "without Unicode", ...colourful, environment: "LANG=C LC_ALL=C", unicode: false },
  { name: "dumb, so plain", environment: "TERM=dumb", colour: false, unicode: false, plain: true },
];
const looks: readonly Look[] = [
  ...[
    [80, 24],
    [120, 40],
  ].flatMap(([columns, rows]) => kinds.map((kind) => ({ ...kind, columns: columns!, rows: rows! }))),
  { name: "small", ...colourful, columns: 40, rows: 12 },
  { name: "large", ...colourful, columns: 200, rows: 50 },
];

const { lessons } = JSON.parse(readFileSync(new URL("../dist/course.json", import.meta.url), "utf8")) as {
  lessons: { id: string; exercises: { id: string; title: string; answers?: string }[] }[];
};
const exercises = lessons.flatMap((lesson) => lesson.exercises.map((one) => ({ ...one, lesson: lesson.id })));
const first = exercises[0]!;
const withShell = exercises.find(({ answers }) => answers === "commands")!;
const solution = course(["solution", first.id]).stdout;

/** A step of the walk: what is done, what must be on the screen then, and what is not looked at there. */
interface Step {
  readonly name: string;
  /** Keys of tmux; in plain mode each is a line. */
  readonly keys?: readonly string[];
  /** In plain mode, where it is another way. */
  readonly lines?: readonly string[];
  readonly act?: (place: Place) => void;
  readonly shows: RegExp;
  /** No header and footer: the menu's and the shell's. */
  readonly frameless?: boolean;
  /** The learner's own shell wraps by itself. */
  readonly anyWidth?: boolean;
}

interface Place {
  readonly cwd: string;
  readonly file: string;
  readonly terminal: Terminal;
}

const find = (title: string): Pick<Step, "keys" | "lines"> => ({
  keys: ["l", ...title, "Enter"],
  lines: ["l", title, "1"],
});

const walk: readonly Step[] = [
  { name: "menu", shows: /Where to\?/, frameless: true },
  { name: "menu, open ones", keys: ["Tab"], lines: ["f"], shows: /Tab only done|f: only done/, frameless: true },
  { name: "menu, done ones", keys: ["Tab"], lines: ["f"], shows: /Nothing is done yet/, frameless: true },
  { name: "menu, all again", keys: ["Tab"], lines: ["f"], shows: /(Tab|f:) only open[\s\S]*$/, frameless: true },
  { name: "a lesson's exercises", keys: ["Down", "Enter"], lines: ["2"], shows: /Which exercise\?/, frameless: true },
  { name: "menu again", keys: ["Escape"], lines: [""], shows: /Where to\?[^?]*$/, frameless: true },
  { name: "page", keys: ["Up", "Enter"], lines: ["1"], shows: /\b1 of \d+/ },
  { name: "page with a demo", keys: ["n"], shows: /\b2 of \d+/ },
  { name: "guess", keys: ["a"], shows: /phase/ },
  { name: "page after the guess", keys: ["Escape"], lines: ["back"], shows: /\b2 of \d+[\s\S]*(run the demo)/ },
  { name: "demo", keys: ["d"], shows: /What happens in/ },
  { name: "time of a demo", keys: ["v"], shows: /the beginning/ },
  { name: "back to the demo", keys: ["Escape"], lines: ["b"], shows: /What happens in/ },
  { name: "demo, edited", keys: ["e"], shows: /first difference|do the same/ },
  { name: "demo, put back", keys: ["x"], shows: /The example is back/ },
  { name: "help", keys: ["?"], shows: /Keys that work here/ },
  { name: "demo after help", keys: ["Escape"], lines: ["b"], shows: /What happens in/ },
  { name: "task", ...find(first.title), shows: /Exercise: / },
  { name: "failed", keys: ["r"], shows: /Not yet[\s\S]*(?<!Looking[\s\S]*)$/ },
  { name: "failed, all of it", keys: ["m", "End"], lines: ["m"], shows: /Everything that was expected|\bend *$/m },
  { name: "time: timeline", keys: ["v"], shows: /the beginning/ },
  { name: "time: a second that is typed", keys: ["7"], lines: ["7s"], shows: /Go to second .*: 7_|^7s of /m },
  { name: "time: between two changes", keys: ["Enter", ","], lines: [","], shows: /\b6s of / },
  { name: "time: get pods", keys: ["g"], shows: /kubectl get pods\s+NAME/ },
  { name: "time: get -w", keys: ["g"], shows: /kubectl get pods -w\s+TIME/ },
  { name: "time: describe", keys: ["g"], shows: /kubectl describe pod/ },
  { name: "time: events", keys: ["g"], shows: /Events until then/ },
  { name: "time: logs", keys: ["g"], shows: /What the containers wrote/ },
  { name: "help of the time view", keys: ["?"], shows: /Keys that work here/ },
  { name: "time after help", keys: ["Escape"], lines: ["b"], shows: /What the containers wrote/ },
  { name: "verdict after the time view", keys: ["Escape"], lines: ["b"], shows: /Not yet/ },
  { name: "hint", keys: ["h"], shows: /Hint 1/ },
  { name: "solution, asked", keys: ["s"], shows: /Press s again/ },
  { name: "solution", keys: ["s"], shows: /apiVersion/ },
  {
    name: "unreadable",
    act: ({ file }) => writeFileSync(file, "a: \0\n"),
    keys: ["r"],
    shows: /is not text/,
  },
  {
    name: "refused",
    act: ({ file }) => writeFileSync(file, solution.replace(/name: \S+/, "name: No_Capitals")),
    keys: ["r"],
    shows: /Not yet[\s\S]*(Invalid value|invalid)/,
  },
  { name: "no YAML", act: ({ file }) => writeFileSync(file, "kind: [\n"), keys: ["r"], shows: /Not yet/ },
  {
    name: "workspace gone",
    act: ({ cwd }) => rmSync(join(cwd, "podcourse"), { recursive: true, maxRetries: 20 }),
    keys: ["r"],
    shows: /There is no file/,
  },
  { name: "starting file back", keys: ["x"], shows: /The starting file is back/ },
  { name: "passed", act: ({ file }) => writeFileSync(file, `# mine\n${solution}`), shows: /Passed/ },
  { name: "compare", keys: ["c"], shows: /What they do/ },
  { name: "passed, after comparing", keys: ["Escape"], lines: ["b"], shows: /Passed/ },
  { name: "task of commands", ...find(withShell.title), shows: /Exercise: [\s\S]*o +shell/ },
  { name: "shell", keys: ["o"], shows: /exit leaves[\s\S]*\$ *\n*$/, frameless: true, anyWidth: true },
  {
    name: "shell, a command",
    act: ({ terminal }) => terminal.type("kubectl get pods"),
    keys: ["Enter"],
    lines: [""],
    shows: /NAME +READY +STATUS[\s\S]*\$ *\n*$/,
    frameless: true,
    anyWidth: true,
  },
  {
    name: "tried in the shell",
    act: ({ terminal }) => terminal.type("exit"),
    keys: ["Enter"],
    lines: [""],
    shows: /Not yet/,
  },
];

/** What has to be true of every screen; each gives words for what is wrong, or nothing. */
const rules: readonly (readonly [string, (screen: string, coloured: string, look: Look, step: Step) => boolean])[] = [
  [
    "a line is wider than the screen",
    (screen, _, { columns }, { anyWidth }) =>
      !anyWidth && screen.split("\n").some((line) => [...line].length > columns),
  ],
  ["a control character is on it", (screen) => /[\x00-\x09\x0b-\x1f\x7f-\x9f]|\[\d+(;\d+)*m/.test(screen)],
  ["a letter that only Unicode has", (screen, _, { unicode }) => !unicode && !/^[\x20-\x7e\n]*$/.test(screen)],
  ["a colour", (_, coloured, { colour }) => !colour && /\x1b\[[\d;]*(?:3|4|9)[0-7]m/.test(coloured)],
  ["no colour at all", (_, coloured, { colour }) => colour && !/\x1b\[/.test(coloured)],
  ["the header is not whole", (screen, _, look, step) => hasFrame(look, step) && !headerIsWhole(screen, look)],
  ["a key of the footer is cut", (screen, _, look, step) => hasFrame(look, step) && !footerIsWhole(screen, look)],
  ["what cannot be: undefined, NaN, [object", (screen) => /\bundefined\b|\bNaN\b|\[object /.test(screen)],
];

function hasFrame({ plain }: Look, { frameless }: Step): boolean {
  return !plain && frameless !== true;
}

/** The title and the place in the lesson, and a rule below them over the whole width. */
function headerIsWhole(screen: string, { columns, unicode }: Look): boolean {
  const [title, rule] = screen.split("\n");
  return / \d+ of \d+ *$/.test(title!) && rule === (unicode ? "─" : "-").repeat(columns);
}

/** Each key has two spaces behind it, then its words; at the end there are no others. */
function footerIsWhole(screen: string, { rows, columns }: Look): boolean {
  const lines = screen.split("\n").slice(0, rows);
  const last = lines.findLast((line) => line.trim() !== "") ?? "";
  const fits = /^ \S+ {2}\S.*$/.test(last) && !/…|\.\.\.$/.test(last) && last.length <= columns;
  return fits && /\? {2}help|Esc {2}(back|stay)/.test(lines.slice(-4).join("\n"));
}

function check(screen: string, coloured: string, look: Look, step: Step): void {
  const wrong = rules.filter(([, isWrong]) => isWrong(screen, coloured, look, step)).map(([what]) => what);
  assert.deepEqual(wrong, [], `${step.name}, ${look.name} at ${look.columns}x${look.rows}:\n${screen}`);
}

/** Linear text runs on and on: it gets a window that all of a screen's text has room in. */
const plainRows = 300;

async function walkThrough(look: Look): Promise<void> {
  const cwd = newFolder();
  const editor = join(newFolder(), "edit");
  writeFileSync(editor, `#!/bin/sh\nsed -i 's/^  name: .*/  name: renamed-by-me/' "$1"\n`);
  chmodSync(editor, 0o755);
  const rows = look.plain ? plainRows : look.rows;
  const terminal = new Terminal(cwd, look.columns, rows, `VISUAL='${editor}' ${look.environment}`);
  const place = { cwd, terminal, file: `${join(cwd, "podcourse", ...first.id.split("/"))}.yaml` };
  for (const step of walk) {
    if (look.plain) terminal.clear();
    step.act?.(place);
    const keys = look.plain ? (step.lines ?? step.keys ?? []) : (step.keys ?? []);
    if (look.plain) for (const line of keys) terminal.press(...line, "Enter");
    else terminal.press(...keys);
    const coloured = await terminal.shows(step.shows, true);
    check(withoutColours(coloured), coloured, look, step);
  }
  if (look.plain) terminal.press("q", "Enter");
  else {
    terminal.resize(look.columns - 7, look.rows - 1);
    const narrower = { ...look, columns: look.columns - 7, rows: look.rows - 1 };
    const coloured = await terminal.shows(new RegExp(`^.* \\d+ of \\d+ *\\n[-─]{${narrower.columns}}\\n`), true);
    check(withoutColours(coloured), coloured, narrower, { ...walk.at(-1)!, name: "resized" });
    terminal.press("q");
  }
  await terminal.ends(0);
}

test("every screen", { skip, concurrency: 3 }, async (t) => {
  await Promise.all(
    looks.map((look) => t.test(`${look.name} at ${look.columns}x${look.rows}`, () => walkThrough(look))),
  );
});
