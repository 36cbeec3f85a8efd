/** Finding programs along PATH and running them as children. */
import type { Task } from "../../time/task.ts";
import { exitCodeOf } from "../signals.ts";
import { type Errno, type Sys, SysError } from "../sys.ts";

const DEFAULT_PATH = "/sbin:/usr/sbin:/bin:/usr/bin";

/** Where a program is, or why it cannot be run. */
export function findExecutable(sys: Sys, name: string): { path: string } | { errno: Errno } {
  const places = name.includes("/")
    ? [name]
    : (sys.env.get("PATH") ?? DEFAULT_PATH)
        .split(":")
        .map((directory) => `${directory === "" ? "." : directory}/${name}`);
  let errno: Errno = "ENOENT";
  for (const path of places) {
    try {
      if (sys.stat(path).type === "directory") {
        if (name.includes("/")) return { errno: "EACCES" };
        continue;
      }
      if (sys.access(path, "execute")) return { path };
      errno = "EACCES";
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (name.includes("/")) errno = error.errno;
    }
  }
  return { errno };
}

/** Starts a program. Throws SysError with the reason when it cannot. */
export function spawnProgram(
  sys: Sys,
  argv: readonly string[],
  more: { readonly env?: ReadonlyMap<string, string>; readonly fds?: ReadonlyMap<number, number> } = {},
): number {
  const found = findExecutable(sys, argv[0]!);
  if ("errno" in found) throw new SysError(found.errno);
  return sys.spawn({ path: found.path, argv, env: more.env ?? sys.env, ...(more.fds ? { fds: more.fds } : {}) });
}

/** Becomes another program: comes back only by throwing SysError. */
export function* execProgram(
  sys: Sys,
  argv: readonly string[],
  env: ReadonlyMap<string, string> = sys.env,
): Task<never> {
  const found = findExecutable(sys, argv[0]!);
  if ("errno" in found) throw new SysError(found.errno);
  return yield* sys.exec(found.path, argv, env);
}

/** Waits for one child to the end; its exit code as a shell counts it. */
export function* waitFor(sys: Sys, pid: number): Task<number> {
  for (;;) {
    try {
      const ended = yield* sys.wait(pid);
      return ended === undefined ? 0 : exitCodeOf(ended.status);
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== "EINTR") throw error;
    }
  }
}
