/** What every command gets: the terminal, the course and the workspace, each opened when first asked for. */
import process from "node:process";
import { CourseFiles, type ExerciseEntry } from "../runner/courseFiles.ts";
import { addProgress, type Entry, type Progress, readProgress } from "../runner/progress.ts";
import { openTerminal, type Terminal, type TerminalFlags } from "../runner/terminal.ts";
import { findWorkspace, type Workspace, WorkspaceFault } from "../runner/workspace.ts";

/** Wrong usage: the message says what to do instead; the exit status is 2. */
export class UsageFault extends Error {}

export interface Context {
  readonly terminal: Terminal;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly course: CourseFiles;
  readonly workspace: Workspace;
  readonly progress: Progress;
  /** Adds to the progress; says so when it cannot be saved, and goes on. */
  record(entry: Entry): void;
  /** Throws UsageFault for a name that is no exercise. */
  exercise(name: string): ExerciseEntry;
}

export function openContext(flags: TerminalFlags): Context {
  const terminal = openTerminal(flags);
  const cwd = process.cwd();
  let course: CourseFiles | undefined;
  let workspace: Workspace | undefined;
  let progress: Progress | undefined;
  const context: Context = {
    terminal,
    cwd,
    env: process.env,
    get course() {
      return (course ??= new CourseFiles(programFolder()));
    },
    get workspace() {
      return (workspace ??= findWorkspace(cwd, process.env));
    },
    get progress() {
      return (progress ??= readProgress(context.workspace));
    },
    record(entry) {
      try {
        addProgress(context.workspace, entry);
        progress = undefined;
      } catch (error) {
        if (!(error instanceof WorkspaceFault)) throw error;
        terminal.note(error.message);
      }
    },
    exercise(name) {
      const found = context.course.find(name);
      if (!found) throw new UsageFault(context.course.unknown(name));
      return found;
    },
  };
  return context;
}

/** dist/, where program.js and the compiled course are. */
export function programFolder(): URL {
  const here = new URL(".", import.meta.url);
  return here.pathname.endsWith("/src/cli/") ? new URL("../../dist/", here) : here;
}
