/**
 * The learner's folder: one YAML file an exercise in a folder a lesson, progress in .podcourse/. Nothing the learner
 * wrote is ever overwritten unasked, and nothing outside the folder is touched, also not through a symbolic link.
 */
import { existsSync, lstatSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import nodePath, { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { ExerciseEntry } from "./courseFiles.ts";
import {
  createFile,
  isFolder,
  makeFolder,
  moveAside,
  moveFile,
  NoPlainFile,
  replaceFile as replaceWhole,
} from "./wholeFile.ts";

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
  if (env.COURSE_HOME) {
    // Not every shell writes the home folder out; PowerShell does not.
    const folder = env.COURSE_HOME.replace(/^~(?=$|[\\/])/, () => homedir());
    return { folder: resolve(cwd, folder), because: "COURSE_HOME says so" };
  }
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    // A folder for a course of somebody else belongs to the workspace that it is in.
    const isOther =
      basename(dirname(folder)) === otherCourses && isFolder(join(dirname(dirname(folder)), markerFolder));
    if (isFolder(join(folder, markerFolder)) && !isOther)
      return { folder, because: `the nearest folder with ${markerFolder}${sep}` };
    if (dirname(folder) === folder) break;
  }
  const folder = resolve(cwd, "podcourse");
  return {
    folder,
    because: isFolder(join(folder, markerFolder)) ? "podcourse here" : "podcourse here, made when it is first needed",
  };
}

/** In a workspace, with a folder for each. */
const otherCourses = "courses";

/** The part of a workspace that is for a course of somebody else, opened with `--course`: its files and progress are apart. */
export function workspaceOfCourse({ folder }: Workspace, name: string): Workspace {
  return { folder: join(folder, otherCourses, name), because: `--course, in ${folder}` };
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
export function shownPath(full: string, cwd: string): string {
  const short = relative(cwd, full);
  return short === "" ? "." : short.startsWith(`..${sep}..`) || nodePath.isAbsolute(short) ? full : short;
}

type Paths = Pick<typeof nodePath, "relative" | "sep" | "isAbsolute">;

/** Both are absolute. On Windows drives and capitals are seen to: `paths` is `path.win32` in tests of that. */
export function isInside(folder: string, target: string, paths: Paths = nodePath): boolean {
  const way = paths.relative(folder, target);
  return way !== ".." && !way.startsWith(`..${paths.sep}`) && !paths.isAbsolute(way);
}

/** Which exercise a file is for: from its place in the workspace, else from its name. */
export function exerciseOfFile(file: string, exercises: readonly ExerciseEntry[]): ExerciseEntry | undefined {
  // Ids have small letters; macOS and Windows take capitals for the same file.
  const parts = resolve(file)
    .toLowerCase()
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
    return createFile(path, text, join(workspace.folder, markerFolder));
  } catch (error) {
    throw new WorkspaceFault(explain(path, error));
  }
}

/** Another text in a file of the workspace; whoever reads it sees the old one or the new one. Throws WorkspaceFault. */
export function replaceFile(workspace: Workspace, path: string, text: string): void {
  prepareFolder(workspace, dirname(path));
  refuseLinkOutside(workspace, path);
  try {
    // A link that stays inside the workspace is the learner's own order: it remains one.
    replaceWhole(realpathSync(path), text, join(workspace.folder, markerFolder));
  } catch (error) {
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
  if (writeOnce(workspace, path, text)) return {};
  let backup: string | undefined;
  try {
    backup = moveAside(path, `${path}.bak`);
    createFile(path, text, join(workspace.folder, markerFolder));
    return { backup };
  } catch (error) {
    // It could not be written: the learner's file is where it was.
    if (backup && !existsSync(path)) moveFile(backup, path);
    throw new WorkspaceFault(explain(path, error));
  }
}

/** Makes a folder of the workspace, and the workspace itself. Throws WorkspaceFault. */
export function prepareFolder(workspace: Workspace, folder: string): void {
  try {
    makeFolder(join(workspace.folder, markerFolder));
    refuseLinkOutside(workspace, join(workspace.folder, markerFolder));
    refuseLinkOutside(workspace, folder);
    makeFolder(folder);
  } catch (error) {
    if (error instanceof WorkspaceFault) throw error;
    throw new WorkspaceFault(explain(folder, error));
  }
}

/** Throws WorkspaceFault when `path` is not in the workspace, or a link on the way to it leads out. */
export function refuseLinkOutside(workspace: Workspace, path: string): void {
  if (!isInside(workspace.folder, path))
    throw new WorkspaceFault(`${path} is not in ${workspace.folder}; the course reads and writes there only.`);
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
    if (target === undefined || !isInside(root, target)) {
      throw new WorkspaceFault(
        `${at} is a symbolic link that leads ${target === undefined ? "nowhere" : "out of the workspace"}. Remove the link; the course reads and writes inside ${workspace.folder} only.`,
      );
    }
  }
}

const roomWords = "Make room, or set COURSE_HOME to a folder on another disk.";

/** What, where, how to go on: for a file or folder that could not be written. */
export function explain(path: string, error: unknown): string {
  if (error instanceof NoPlainFile) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  const elsewhere = "Set COURSE_HOME to a folder that you may write to.";
  if (code === "EACCES" || code === "EPERM" || code === "EROFS")
    return `${path} cannot be written: permission denied. ${elsewhere}`;
  if (code === "ENOSPC" || code === "EDQUOT") return `${path} cannot be written: the disk is full. ${roomWords}`;
  if (code === "EFBIG")
    return `${path} cannot be written: this account may not make it larger (ulimit -f). ${elsewhere}`;
  if (code === "ENOTDIR" || code === "EEXIST")
    return `${path} cannot be made: there is a file where a folder should be. Move it away, or set COURSE_HOME to another folder.`;
  if (code === "ENOENT") return `${path} cannot be made: there can be no folder of that name. ${elsewhere}`;
  if (code === "ENAMETOOLONG") return `${path} cannot be made: the name is too long for this system. ${elsewhere}`;
  if (code === "EISDIR") return `${path} is a folder where a file should be. Move it away and try again.`;
  return `${path} cannot be written: ${message}`;
}
