/** What `-x` prints. */
import type { Task } from "../../time/task.ts";
import { expandHere } from "./expansion.ts";
import { ShellFault } from "./fault.ts";
import { parseHereText } from "./parser.ts";
import type { Shell } from "./shell.ts";
import { keywords, ShellSyntaxError } from "./syntax.ts";

/** Shows a command before it runs. */
export function* traceCommand(
  shell: Shell,
  assignments: readonly (readonly [string, string])[],
  words: readonly string[],
  fd = 2,
): Task {
  const prompt = yield* expandPrompt(shell, shell.variables.get("PS4") ?? "");
  const shown = [...assignments.map(([name, value]) => `${name}=${quoteForTrace(value)}`), ...words.map(quoteForTrace)];
  yield* shell.error(`${prompt}${shown.join(" ")}\n`, fd);
}

function* expandPrompt(shell: Shell, text: string): Task<string> {
  if (!/[$`\\]/.test(text)) return text;
  const { options, status } = shell;
  const traced = options.delete("xtrace");
  try {
    return yield* expandHere(shell, parseHereText(text));
  } catch (error) {
    if (error instanceof ShellSyntaxError || error instanceof ShellFault) return text;
    throw error;
  } finally {
    if (traced) options.add("xtrace");
    shell.status = status;
  }
}

/** Characters that need no quotes. */
function quoteForTrace(text: string): string {
  if (/^[+,\-./0-9:@A-Z\]^_a-z]*$/.test(text) && !keywords.has(text)) return text;
  return singleQuoted(text);
}

/** `it's` → `'it'"'"'s'`, as `set`, `export -p` and `alias` print values. */
export function singleQuoted(text: string): string {
  if (!text.includes("'")) return `'${text}'`;
  const pieces = text.split(/('+)/);
  // Nothing is lost at the end; at the start ash shows the empty piece as well.
  if (pieces.at(-1) === "") pieces.pop();
  return pieces.map((piece, index) => (index % 2 === 1 ? `"${piece}"` : `'${piece}'`)).join("");
}
