/** Finding programs, busybox' own first and then along PATH, and running them as children. */
import type { Task } from "../../time/task.ts";
import { exitCodeOf } from "../signals.ts";
import { type Errno, type Sys, SysError } from "../sys.ts";
import { because, Fault } from "./options.ts";

const DEFAULT_PATH = "/sbin:/usr/sbin:/bin:/usr/bin";

/** Where an image links busybox. */
export const APPLET_FOLDERS = ["/bin", "/sbin", "/usr/bin", "/usr/sbin"];

/** busybox is one file under many names. */
export function isInstalledApplet(sys: Sys, path: string): boolean {
  try {
    const { type, size } = sys.stat(path);
    return type === "file" && size === sys.stat("/bin/busybox").size;
  } catch (error) {
    if (error instanceof SysError) return false;
    throw error;
  }
}

/** What busybox runs by this name: an applet of its own wherever PATH leads (FEATURE_PREFER_APPLETS), or what PATH has. */
function commandPath(sys: Sys, name: string): { path: string } | { errno: Errno } {
  if (name !== "" && !name.includes("/"))
    for (const folder of APPLET_FOLDERS) {
      const path = `${folder}/${name}`;
      if (isInstalledApplet(sys, path)) return { path };
    }
  return findExecutable(sys, name);
}

/** Where a program is along PATH, or why it cannot be run. */
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
  const found = commandPath(sys, argv[0]!);
  if ("errno" in found) throw new SysError(found.errno);
  return sys.spawn({ path: found.path, argv, env: more.env ?? sys.env, ...(more.fds ? { fds: more.fds } : {}) });
}

/** Becomes another program: comes back only by throwing SysError. */
export function* execProgram(
  sys: Sys,
  argv: readonly string[],
  env: ReadonlyMap<string, string> = sys.env,
): Task<never> {
  const found = commandPath(sys, argv[0]!);
  if ("errno" in found) throw new SysError(found.errno);
  return yield* sys.exec(found.path, argv, env);
}

/** Becomes another program, or says in the name of `name` why not. */
export function* become(
  sys: Sys,
  name: string,
  command: readonly string[],
  env: ReadonlyMap<string, string> = sys.env,
): Task<number> {
  try {
    return yield* execProgram(sys, command, env);
  } catch (error) {
    const missing = error instanceof SysError && error.errno === "ENOENT";
    throw new Fault(`${name}: can't execute '${command[0]}': ${because(error)}\n`, missing ? 127 : 126);
  }
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
