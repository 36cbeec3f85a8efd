/**
 * The learner's folder: one YAML file an exercise in a folder a lesson, progress in .podcourse/. Nothing the learner
 * wrote is ever overwritten unasked, and nothing outside the folder is touched, also not through a symbolic link.
 */
import { existsSync, lstatSync, mkdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import type { ExerciseEntry } from "./courseFiles.ts";

/** Something about the workspace that the person has to put right. The message says how. */
export class WorkspaceFault extends Error {}

export const markerFolder = ".podcourse";

export interface Workspace {
  readonly folder: string;
  /** How it was found, in words. */
  readonly because: string;
}

/** `$COURSE_HOME`, else the nearest folder upwards that has `.podcourse/`, else `./podcourse`. */
export function findWorkspace(cwd: string, env: Readonly<Record<string, string | undefined>>): Workspace {
  if (env.COURSE_HOME) return { folder: resolve(cwd, env.COURSE_HOME), because: "COURSE_HOME says so" };
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (isFolder(join(folder, markerFolder)))
      return { folder, because: `the nearest folder with ${markerFolder}${sep}` };
    if (dirname(folder) === folder) break;
  }
  const folder = resolve(cwd, "podcourse");
  return {
    folder,
    because: isFolder(join(folder, markerFolder)) ? "podcourse here" : "podcourse here, made when it is first needed",
  };
}

/** What a path is made from; an answer in commands is a script. */
export interface ExercisePlace {
  readonly lesson: string;
  readonly slug: string;
  readonly answers?: "commands";
}

export function exercisePath(workspace: Workspace, { lesson, slug, answers }: ExercisePlace): string {
  return join(workspace.folder, lesson, `${slug}.${answers === "commands" ? "sh" : "yaml"}`);
}

/** A path as short as it can be said from where the person stands. */
export function shownPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === "" ? "." : short.startsWith(`..${sep}..`) || isAbsolute(short) ? path : short;
}

/** Which exercise a file is for: from its place in the workspace, else from its name. */
export function exerciseOfFile(path: string, exercises: readonly ExerciseEntry[]): ExerciseEntry | undefined {
  const parts = resolve(path)
    .replace(/\.(ya?ml|json|sh)$/i, "")
    .split(/[\\/]/);
  const slug = parts.at(-1);
  const lesson = parts.at(-2);
  const exact = exercises.find((exercise) => exercise.slug === slug && exercise.lesson === lesson);
  if (exact) return exact;
  const bySlug = exercises.filter(
    (exercise) => exercise.slug === slug || `${exercise.lesson}-${exercise.slug}` === slug,
  );
  return bySlug.length === 1 ? bySlug[0] : undefined;
}

/** Writes the starter unless there is a file already. Says whether it wrote. Throws WorkspaceFault. */
export function writeStarter(
  workspace: Workspace,
  exercise: ExercisePlace,
  starter: string,
): { path: string; written: boolean } {
  const path = exercisePath(workspace, exercise);
  return { path, written: writeOnce(workspace, path, starter) };
}

/** The learner's copy of a demo; `id` is `lesson/name`. */
export function demoPath(workspace: Workspace, id: string): string {
  const [lesson = "", ...name] = id.split("/");
  return join(workspace.folder, lesson, "demos", `${name.join("-")}.yaml`);
}

/** Says whether it wrote: a file that is there stays as it is. Throws WorkspaceFault. */
export function writeOnce(workspace: Workspace, path: string, text: string): boolean {
  prepareFolder(workspace, dirname(path));
  refuseLinkOutside(workspace, path);
  try {
    writeFileSync(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new WorkspaceFault(explain(path, error));
  }
}

/** Another text in a file of the workspace; whoever reads it sees the old one or the new one. Throws WorkspaceFault. */
export function replaceFile(workspace: Workspace, path: string, text: string): void {
  prepareFolder(workspace, dirname(path));
  refuseLinkOutside(workspace, path);
  const temporary = `${path}.new`;
  try {
    writeFileSync(temporary, text);
    // A link that stays inside the workspace is the learner's own order: it remains one.
    renameSync(temporary, realpathSync(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new WorkspaceFault(explain(path, error));
  }
}

/** Puts the starter back; what was there is kept beside it. Throws WorkspaceFault. */
export function resetExercise(
  workspace: Workspace,
  exercise: ExercisePlace,
  starter: string,
): { path: string; backup?: string } {
  const path = exercisePath(workspace, exercise);
  return { path, ...resetFile(workspace, path, starter) };
}

/** The same for any file of the workspace. */
export function resetFile(workspace: Workspace, path: string, text: string): { backup?: string } {
  prepareFolder(workspace, dirname(path));
  refuseLinkOutside(workspace, path);
  try {
    if (!existsSync(path)) {
      writeFileSync(path, text, { flag: "wx" });
      return {};
    }
    let backup = `${path}.bak`;
    for (let i = 2; existsSync(backup); i++) backup = `${path}.bak${i}`;
    renameSync(path, backup);
    writeFileSync(path, text, { flag: "wx" });
    return { backup };
  } catch (error) {
    throw new WorkspaceFault(explain(path, error));
  }
}

/** Makes a folder of the workspace, and the workspace itself. Throws WorkspaceFault. */
export function prepareFolder(workspace: Workspace, folder: string): void {
  try {
    mkdirSync(join(workspace.folder, markerFolder), { recursive: true });
    refuseLinkOutside(workspace, folder);
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    if (error instanceof WorkspaceFault) throw error;
    throw new WorkspaceFault(explain(folder, error));
  }
}

/** Throws WorkspaceFault when `path`, or a folder on the way to it, is a symbolic link that leads out of the workspace. */
export function refuseLinkOutside(workspace: Workspace, path: string): void {
  let root: string;
  try {
    root = realpathSync(workspace.folder);
  } catch {
    return;
  }
  const inside = relative(workspace.folder, path);
  let at = workspace.folder;
  for (const part of inside.split(sep)) {
    at = join(at, part);
    let isLink: boolean;
    try {
      isLink = lstatSync(at).isSymbolicLink();
    } catch {
      return;
    }
    if (!isLink) continue;
    let target: string | undefined;
    try {
      target = realpathSync(at);
    } catch {
      // A link to nothing could come to lead anywhere.
    }
    if (target === undefined || (target !== root && !target.startsWith(root + sep))) {
      throw new WorkspaceFault(
        `${at} is a symbolic link that leads out of the workspace. Remove the link; the course reads and writes inside ${workspace.folder} only.`,
      );
    }
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function explain(path: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const elsewhere = "Set COURSE_HOME to a folder that you may write to.";
  if (code === "EACCES" || code === "EPERM" || code === "EROFS")
    return `${path} cannot be written: permission denied. ${elsewhere}`;
  if (code === "ENOSPC" || code === "EDQUOT") return `${path} cannot be written: the disk is full.`;
  if (code === "ENOTDIR" || code === "EEXIST")
    return `${path} cannot be made: there is a file where a folder should be. Move it away, or set COURSE_HOME to another folder.`;
  if (code === "EISDIR") return `${path} is a folder where a file should be. Move it away and try again.`;
  return `${path} cannot be written: ${message}`;
}
