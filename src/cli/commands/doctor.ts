/** `course doctor`: whether everything that the course needs is in place, and what to do where it is not. */
import { accessSync, constants, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { chooseEditor, findCommand } from "../../runner/editor.ts";
import { gradeText } from "../../runner/gradeText.ts";
import { updateNotice } from "../../runner/updateNotice.ts";
import { watchingWorks } from "../../runner/watchFile.ts";
import { createFile, isFolder } from "../../runner/wholeFile.ts";
import { exercisePath, markerFolder, refuseLinkOutside } from "../../runner/workspace.ts";
import type { Options } from "../commandTable.ts";
import type { Context } from "../context.ts";
import { broken, notYet, passed } from "../exitCode.ts";
import { released, version } from "../version.ts";

interface Finding {
  readonly what: string;
  readonly status: "ok" | "note" | "bad";
  readonly detail: string;
}

/** In the order in which they are told; the slow ones come last. */
const examinations: readonly ((context: Context) => Finding | Promise<Finding>)[] = [
  program,
  node,
  screen,
  editor,
  workspace,
  watching,
  progress,
  course,
];

export async function run(context: Context, _args: readonly unknown[], options: Options): Promise<number> {
  const { terminal } = context;
  const { style } = terminal;
  const marks = { ok: style.green("ok  "), note: style.yellow("note"), bad: style.red("bad ") };
  const findings: Finding[] = [];
  for (const examine of examinations) {
    const finding = await examine(context);
    findings.push(finding);
    if (!options.json) terminal.print(`${marks[finding.status]}  ${finding.what.padEnd(10)}  ${finding.detail}`);
  }
  const bad = findings.filter(({ status }) => status === "bad");
  if (options.json) terminal.print(JSON.stringify({ version: 1, ok: bad.length === 0, findings }, null, 2));
  if (bad.some(({ what }) => what === "course")) return broken;
  return bad.length > 0 ? notYet : passed;
}

function program({ env }: Context): Finding {
  const notice = updateNotice(released, new Date(), env);
  const of = released ? ` of ${released}` : "";
  return {
    status: notice ? "note" : "ok",
    what: "podcourse",
    detail: `${version}${of}, in ${dirname(process.argv[1] ?? "")}${notice ? `. ${notice}` : ""}`,
  };
}

function node(): Finding {
  const major = Number(process.versions.node.split(".")[0]);
  return {
    status: major >= 20 ? "ok" : "bad",
    what: "Node.js",
    detail: `${process.versions.node} on ${process.platform}${major >= 20 ? "" : "; get 20 or later from https://nodejs.org"}`,
  };
}

function screen({ terminal, env }: Context): Finding {
  const size = `${terminal.columns}x${terminal.rows}`;
  const can = `${terminal.style.colour ? "colours" : "no colours"}, ${terminal.style.unicode ? "Unicode" : "plain ASCII"}`;
  if (!terminal.interactive)
    return {
      status: "note",
      what: "terminal",
      detail: `standard input or output is not a terminal: course launch needs one, every other command does not`,
    };
  if (terminal.plain)
    return {
      status: "ok",
      what: "terminal",
      detail: `${size}, linear text (${env.TERM === "dumb" ? "TERM is dumb" : "asked for"})`,
    };
  const small = terminal.columns < 80 || terminal.rows < 24;
  return {
    status: small ? "note" : "ok",
    what: "terminal",
    detail: `${size}, ${can}${small ? "; 80x24 or larger reads better" : ""}`,
  };
}

function workspace({ workspace }: Context): Finding {
  const what = "workspace";
  let folder = workspace.folder;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const marker = join(workspace.folder, markerFolder);
  try {
    accessSync(folder, constants.W_OK);
    // Windows says yes to that; only writing tells.
    const probe = join(marker, `probe-${process.pid}`);
    if (isFolder(marker)) {
      createFile(probe, "", marker);
      rmSync(probe);
    }
    return { status: "ok", what, detail: `${workspace.folder} (${workspace.because})` };
  } catch {
    return { status: "bad", what, detail: `${folder} cannot be written; set COURSE_HOME to a folder of yours` };
  }
}

async function watching({ workspace }: Context): Promise<Finding> {
  const what = "saving";
  const marker = join(workspace.folder, markerFolder);
  const temporary = isFolder(marker) ? undefined : mkdtempSync(join(tmpdir(), "podcourse-"));
  const works = await watchingWorks(temporary ?? marker);
  if (temporary) rmSync(temporary, { recursive: true, force: true });
  return works
    ? { status: "ok", what, detail: "a saved file is noticed at once" }
    : { status: "note", what, detail: "this disk tells of no changes: a saved file is noticed after half a second" };
}

function progress(context: Context): Finding {
  try {
    const done = context.course.exercises.filter((exercise) => context.progress.passed.has(exercise.id)).length;
    for (const exercise of context.course.exercises)
      refuseLinkOutside(context.workspace, exercisePath(context.workspace, exercise));
    const { torn, newer } = context.progress;
    const lines = (count: number) => (count === 1 ? "1 line" : `${count} lines`);
    const beside = [
      ...(torn > 0 ? [`${lines(torn)} cannot be read and ${torn === 1 ? "is" : "are"} left alone`] : []),
      ...(newer > 0 ? [`${lines(newer)} of a newer podcourse`] : []),
    ];
    return {
      status: beside.length > 0 ? "note" : "ok",
      what: "progress",
      detail: [`${done} of ${context.course.exercises.length} exercises done`, ...beside].join("; "),
    };
  } catch (error) {
    return { status: "bad", what: "progress", detail: error instanceof Error ? error.message : String(error) };
  }
}

function editor({ env }: Context): Finding {
  const chosen = chooseEditor(env, "pod.yaml");
  if (chosen && !findCommand(chosen.command, env))
    return {
      status: "note",
      what: "editor",
      detail: `${chosen.command} is not on your PATH; set VISUAL or EDITOR to an editor that is installed`,
    };
  if (chosen)
    return {
      status: "ok",
      what: "editor",
      detail: `${chosen.command}${chosen.ownWindow ? ", in a window of its own" : ", in this terminal"}`,
    };
  return {
    status: "note",
    what: "editor",
    detail: "neither VISUAL nor EDITOR is set; open the file in any editor, the course sees it when you save",
  };
}

/** One solution of each exercise has to pass: says that program and course fit each other. */
function course({ course }: Context): Finding {
  const begun = performance.now();
  const bad: string[] = [];
  for (const entry of course.exercises) {
    const exercise = course.exercise(entry);
    const solution = exercise.solutions[0];
    if (!solution || !gradeText(exercise, solution.manifest).passed) bad.push(entry.id);
  }
  if (bad.length > 0)
    return {
      status: "bad",
      what: "course",
      detail: `these solutions do not pass: ${bad.join(", ")}; please report it`,
    };
  return {
    status: "ok",
    what: "course",
    detail: `${course.exercises.length} solutions pass (${Math.round(performance.now() - begun)} ms)`,
  };
}
