/** Runs the built program as a person would, in a folder of its own. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

export const program = fileURLToPath(new URL("../dist/main.js", import.meta.url));

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "course-test-"));
  folders.push(folder);
  return folder;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Colours, workspace and editor of whoever runs the tests do not matter. */
const neutral = {
  NO_COLOR: "",
  FORCE_COLOR: "",
  COURSE_HOME: "",
  COURSE_PLAIN: "",
  LANG: "C.UTF-8",
  LC_ALL: "",
  TERM: "xterm-256color",
  COLUMNS: "80",
};

export function course(
  args: readonly string[],
  { cwd = newFolder(), input = "", env = {} }: RunOptions = {},
): SpawnSyncReturns<string> {
  const result = spawnSync(process.execPath, [program, ...args], {
    cwd,
    input,
    encoding: "utf8",
    env: { ...process.env, ...neutral, ...env },
    timeout: 30_000,
  });
  // A program that has read enough closes the pipe: that is no fault of the test's.
  if (result.error && (result.error as NodeJS.ErrnoException).code !== "EPIPE") throw result.error;
  return result;
}

export interface ListedExercise {
  readonly id: string;
  readonly lesson: string;
  readonly title: string;
  readonly done: boolean;
}

export function listed(cwd: string): ListedExercise[] {
  return JSON.parse(course(["list", "--json"], { cwd }).stdout).exercises;
}
