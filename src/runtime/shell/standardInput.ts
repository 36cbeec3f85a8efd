/** A script that comes through standard input: each line runs before the next is read. */
import type { Task } from "../../time/task.ts";
import { evaluate } from "./evaluate.ts";
import { LoopJump, ShellFault, ShellInterrupt } from "./fault.ts";
import { Script } from "./script.ts";
import type { Shell } from "./shell.ts";
import { SysError } from "../sys.ts";

const MAX_COMMAND = 1 << 20;
/** The last line is no comment and ends with a backslash: the next one belongs to it. */
const goesOn = /(^|\n)(?!\s*#)[^\n]*(?<!\\)(\\\\)*\\\n$/;

/** Told when the shell is ready for the next line; `more`: what it has so far is no whole command yet. */
export type PromptListener = (prompt: {
  readonly status: number;
  readonly more: boolean;
  readonly folder: string;
}) => void;

/** The result is the last command's status. Throws what commands throw. With a listener no prompt is printed. */
export function* runStandardInput(shell: Shell, onPrompt?: PromptListener): Task<number> {
  const interactive = shell.has("interactive");
  const lines = new Lines(shell);
  let status = 0;
  let line = 1;
  let pending = "";
  for (;;) {
    if (onPrompt) onPrompt({ status: shell.status, more: pending !== "", folder: shell.folder });
    else if (interactive) yield* shell.error(prompt(shell, pending !== ""));
    const text = yield* lines.next();
    if (shell.pendingSignals.delete("SIGINT")) {
      pending = "";
      shell.status = 130;
      continue;
    }
    pending += text;
    const atEnd = text === "" || !text.endsWith("\n");
    const script = new Script(pending, line, shell.aliases);
    const first = script.item(0);
    const isOpen =
      script.missesDelimiter || goesOn.test(pending) || (first.kind === "fault" && isUnfinished(pending, shell));
    if (isOpen && !atEnd && pending.length < MAX_COMMAND) continue;
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
      if (!interactive || !isMistake(thrown)) throw thrown;
      if (thrown instanceof ShellFault) yield* shell.report(thrown);
      if (!(thrown instanceof LoopJump)) status = shell.status = thrown.status;
    }
    line += pending.split("\n").length - 1;
    pending = "";
    if (atEnd) return status;
  }
}

function isMistake(thrown: unknown): thrown is ShellFault | ShellInterrupt | LoopJump {
  return thrown instanceof ShellFault || thrown instanceof ShellInterrupt || thrown instanceof LoopJump;
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

/** Input that was read but not run yet: like ash, the shell takes as much as it gets. */
class Lines {
  readonly #shell: Shell;
  #buffer = "";

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  /** The next line with its newline; without one at the end of the input. */
  *next(): Task<string> {
    for (;;) {
      const end = this.#buffer.indexOf("\n");
      if (end >= 0 || this.#buffer.length > MAX_COMMAND) return this.#take(end < 0 ? this.#buffer.length : end + 1);
      try {
        const data = yield* this.#shell.sys.read(0, 1024);
        if (data === "") return this.#take(this.#buffer.length);
        this.#buffer += data;
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        if (error.errno === "EINTR" && this.#shell.pendingSignals.has("SIGINT")) {
          this.#buffer = "";
          return "\n";
        }
        if (error.errno !== "EINTR") return this.#take(this.#buffer.length);
      }
    }
  }

  #take(length: number): string {
    const text = this.#buffer.slice(0, length);
    this.#buffer = this.#buffer.slice(length);
    return text;
  }
}
