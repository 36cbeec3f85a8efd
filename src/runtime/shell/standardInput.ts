/** A script that comes through standard input: each line runs before the next is read. */
import type { Task } from "../../time/task.ts";
import { evaluate } from "./evaluate.ts";
import { LoopJump, ShellFault } from "./fault.ts";
import { Script } from "./script.ts";
import type { Shell } from "./shell.ts";
import { SysError } from "../sys.ts";

const MAX_COMMAND = 1 << 20;

/** The result is the last command's status. Throws what commands throw. */
export function* runStandardInput(shell: Shell): Task<number> {
  const interactive = shell.has("interactive") || (shell.sys.isatty(0) && shell.sys.isatty(2));
  if (interactive) shell.options.add("interactive");
  let status = 0;
  let line = 1;
  let pending = "";
  for (;;) {
    if (interactive) yield* shell.error(prompt(shell, pending !== ""));
    const text = yield* readLine(shell);
    pending += text;
    const atEnd = text === "" || !text.endsWith("\n");
    const script = new Script(pending, line, shell.aliases);
    const first = script.item(0);
    if (first.kind === "fault" && !atEnd && isUnfinished(pending, shell) && pending.length < MAX_COMMAND) continue;
    try {
      for (let index = 0; ; index++) {
        const item = script.item(index);
        if (item.kind === "end") break;
        if (item.kind === "fault") {
          shell.line = item.error.line;
          throw new ShellFault(item.error.message);
        }
        if (item.node !== undefined && !shell.has("noexec")) {
          status = yield* evaluate(shell, item.node, { last: false, tested: false });
        }
      }
    } catch (thrown) {
      // Whoever types goes on after a mistake.
      if (!interactive || !(thrown instanceof ShellFault || thrown instanceof LoopJump)) throw thrown;
      if (thrown instanceof ShellFault) {
        yield* shell.report(thrown);
        status = shell.status = thrown.status;
      }
    }
    line += pending.split("\n").length - 1;
    pending = "";
    if (atEnd) return status;
  }
}

/** A command that more text could complete: with a line that nothing can follow it is still the end that is missed. */
function isUnfinished(text: string, shell: Shell): boolean {
  const item = new Script(text, 1, shell.aliases).item(0);
  if (item.kind !== "fault") return false;
  return /end of file|unterminated|missing|EOF in/.test(item.error.message);
}

function prompt(shell: Shell, more: boolean): string {
  if (more) return shell.variables.get("PS2") ?? "";
  const folder = shell.variables.get("PWD") ?? shell.sys.cwd;
  const home = shell.variables.get("HOME");
  return (shell.variables.get("PS1") ?? "")
    .replaceAll("\\w", folder === home ? "~" : folder)
    .replaceAll("\\h", shell.sys.hostname())
    .replaceAll("\\$", shell.sys.uid === 0 ? "#" : "$");
}

/** A byte at a time from pipes: what follows belongs to the commands that run. */
function* readLine(shell: Shell): Task<string> {
  const { sys } = shell;
  let line = "";
  let canSeek = false;
  try {
    canSeek = sys.fstat(0).type === "file";
    while (line.length < MAX_COMMAND) {
      let data: string;
      try {
        shell.rested();
        data = yield* sys.read(0, canSeek ? 4096 : 1);
      } catch (error) {
        if (error instanceof SysError && error.errno === "EINTR") continue;
        throw error;
      }
      if (data === "") return line;
      const end = data.indexOf("\n");
      line += end < 0 ? data : data.slice(0, end + 1);
      if (end < 0) continue;
      if (canSeek && end + 1 < data.length) sys.lseek(0, end + 1 - data.length, "cur");
      return line;
    }
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
  return line;
}
