/** `course doctor`: whether everything that the course needs is in place, and what to do where it is not. */
import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { chooseEditor } from "../../runner/editor.ts";
import { gradeText } from "../../runner/gradeText.ts";
import { exercisePath, refuseLinkOutside } from "../../runner/workspace.ts";
import type { Context } from "../context.ts";
import { broken, notYet, passed } from "../exitCode.ts";

type Finding = {
  readonly ok: boolean | "note";
  readonly what: string;
  readonly detail: string;
  readonly course?: true;
};

export function run(context: Context): number {
  const { terminal } = context;
  const findings = [node(), screen(context), workspace(context), progress(context), editor(context), course(context)];
  for (const { ok, what, detail } of findings) {
    const mark =
      ok === true
        ? terminal.style.green("ok  ")
        : ok === "note"
          ? terminal.style.yellow("note")
          : terminal.style.red("bad ");
    terminal.print(`${mark}  ${what.padEnd(10)}  ${detail}`);
  }
  if (findings.some(({ ok, course }) => ok === false && course)) return broken;
  return findings.some(({ ok }) => ok === false) ? notYet : passed;
}

function node(): Finding {
  const major = Number(process.versions.node.split(".")[0]);
  return {
    ok: major >= 20,
    what: "Node.js",
    detail: `${process.versions.node} on ${process.platform}${major >= 20 ? "" : "; get 20 or later from https://nodejs.org"}`,
  };
}

function screen({ terminal, env }: Context): Finding {
  const size = `${terminal.columns}x${terminal.rows}`;
  const can = `${terminal.style.colour ? "colours" : "no colours"}, ${terminal.style.unicode ? "Unicode" : "plain ASCII"}`;
  if (!terminal.interactive)
    return {
      ok: "note",
      what: "terminal",
      detail: `standard input or output is not a terminal: course launch needs one, every other command does not`,
    };
  if (terminal.plain)
    return {
      ok: true,
      what: "terminal",
      detail: `${size}, linear text (${env.TERM === "dumb" ? "TERM is dumb" : "asked for"})`,
    };
  const small = terminal.columns < 80 || terminal.rows < 24;
  return {
    ok: small ? "note" : true,
    what: "terminal",
    detail: `${size}, ${can}${small ? "; 80x24 or larger reads better" : ""}`,
  };
}

function workspace({ workspace }: Context): Finding {
  let folder = workspace.folder;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
    return { ok: true, what: "workspace", detail: `${workspace.folder} (${workspace.because})` };
  } catch {
    return {
      ok: false,
      what: "workspace",
      detail: `${folder} cannot be written; set COURSE_HOME to a folder of yours`,
    };
  }
}

function progress(context: Context): Finding {
  try {
    const done = context.course.exercises.filter((exercise) => context.progress.passed.has(exercise.id)).length;
    for (const exercise of context.course.exercises)
      refuseLinkOutside(context.workspace, exercisePath(context.workspace, exercise));
    return { ok: true, what: "progress", detail: `${done} of ${context.course.exercises.length} exercises done` };
  } catch (error) {
    return { ok: false, what: "progress", detail: error instanceof Error ? error.message : String(error) };
  }
}

function editor({ env }: Context): Finding {
  const chosen = chooseEditor(env, "pod.yaml");
  if (chosen)
    return {
      ok: true,
      what: "editor",
      detail: `${chosen.command}${chosen.ownWindow ? ", in a window of its own" : ", in this terminal"}`,
    };
  return {
    ok: "note",
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
      ok: false,
      what: "course",
      detail: `these solutions do not pass: ${bad.join(", ")}; please report it`,
      course: true,
    };
  return {
    ok: true,
    what: "course",
    detail: `${course.exercises.length} solutions pass (${Math.round(performance.now() - begun)} ms)`,
  };
}
