/** What every command gets: the terminal, the course and the workspace, each opened when first asked for. */
import process from "node:process";
import { builtCourse, builtLanguages, CourseFiles, type ExerciseEntry } from "../runner/courseFiles.ts";
import type { CourseFolder } from "../runner/courseFolder.ts";
import { addProgress, type Entry, type Progress, readProgress } from "../runner/progress.ts";
import { harmless } from "../runner/textWidth.ts";
import { openTerminal, type Terminal, type TerminalFlags } from "../runner/terminal.ts";
import { findWorkspace, type Workspace, WorkspaceFault, workspaceOfCourse } from "../runner/workspace.ts";

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
  record(entry: Entry, say?: (fault: string) => void): void;
  /** Throws UsageFault for a name that is no exercise. */
  exercise(name: string): ExerciseEntry;
}

export interface ContextFlags extends TerminalFlags {
  /** `--lang`. */
  readonly language?: string;
  /** `--course`: a course of somebody else. */
  readonly courseFolder?: CourseFolder;
}

export function openContext(flags: ContextFlags): Context {
  const terminal = openTerminal(flags);
  const cwd = currentFolder();
  const faults = flags.courseFolder?.faults ?? [];
  if (faults.length > 0)
    terminal.note(
      `This course has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}, and what is faulty is left out:\n  ${harmless(faults[0]!)}\ncourse author check ${flags.courseFolder!.reader.where} shows all.`,
    );
  let course: CourseFiles | undefined;
  let workspace: Workspace | undefined;
  let progress: Progress | undefined;
  let saidNewer = false;
  const context: Context = {
    terminal,
    cwd,
    env: process.env,
    get course() {
      return (course ??= new CourseFiles(
        flags.courseFolder?.reader ?? builtCourse(programFolder(), chosenLanguage(flags.language, process.env)),
      ));
    },
    get workspace() {
      if (workspace) return workspace;
      const found = findWorkspace(cwd, process.env);
      const { courseFolder } = flags;
      // The files and the progress of another course are kept apart.
      workspace = courseFolder ? workspaceOfCourse(found, courseFolder.name) : found;
      return workspace;
    },
    get progress() {
      if (progress) return progress;
      progress = readProgress(context.workspace);
      if (progress.newer > 0 && !saidNewer) {
        saidNewer = true;
        terminal.note(
          `Your progress has lines of a newer podcourse (${progress.newer}). They are kept, but this version does not understand them.`,
        );
      }
      return progress;
    },
    record(entry, say = terminal.note) {
      try {
        addProgress(context.workspace, entry);
        progress = undefined;
      } catch (error) {
        if (!(error instanceof WorkspaceFault)) throw error;
        say(error.message);
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

/**
 * The language of the lessons: as asked for, else COURSE_LANG, else that of the system where there is a translation.
 * Throws UsageFault for one that was asked for and is not there.
 */
function chosenLanguage(asked: string | undefined, env: NodeJS.ProcessEnv): string {
  const wanted = asked ?? env.COURSE_LANG;
  const usual = (env.LC_ALL || env.LC_MESSAGES || env.LANG || "").split(/[_.@]/)[0]!;
  if (!wanted && (usual === "" || usual === "en" || usual === "C" || usual === "POSIX")) return "en";
  const languages = builtLanguages(programFolder());
  if (!wanted) return languages.includes(usual) ? usual : "en";
  if (!languages.includes(wanted))
    throw new UsageFault(`There is no translation ${wanted}. There are ${languages.join(", ")}.`);
  return wanted;
}

/** Throws UsageFault when somebody removed the folder that the person stands in. */
export function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    throw new UsageFault("The folder that you are in is not there any more. Go to another one (cd) and try again.");
  }
}

/** dist/, where program.js and the compiled course are. */
export function programFolder(): URL {
  const here = new URL(".", import.meta.url);
  return here.pathname.endsWith("/src/cli/") ? new URL("../../dist/", here) : here;
}
