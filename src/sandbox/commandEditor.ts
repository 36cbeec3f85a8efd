/** `KUBE_EDITOR='sed -i s/a/b/' kubectl edit pod web`: the editor is a command of the shell, not a person. */
import { utf8Encode } from "../runtime/bytes.ts";
import type { Sys } from "../runtime/sys.ts";
import type { Task } from "../time/task.ts";

/** The command, or undefined: none is set. */
export function editorCommand(sys: Sys): string | undefined {
  return sys.env.get("KUBE_EDITOR") || sys.env.get("EDITOR") || undefined;
}

export interface Files {
  read(path: string): string | undefined;
  write(path: string, text: string): boolean;
}

/** What the command has made of the text; undefined when it failed. */
export function* editByCommand(
  sys: Sys,
  command: string,
  files: Files,
  text: string,
  fileName: string,
): Task<string | undefined> {
  const path = `/tmp/${fileName}`;
  if (!files.write(path, text)) return undefined;
  const argv = ["sh", "-c", `${command} ${utf8Encode(path)}`];
  const pid = sys.spawn({ path: "/bin/sh", argv, env: sys.env });
  const ended = yield* sys.wait(pid);
  if (!ended || !("exited" in ended.status) || ended.status.exited !== 0) return undefined;
  const saved = files.read(path);
  sys.unlink(path);
  return saved;
}
