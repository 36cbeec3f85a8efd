/** Scripts as texts: parsed a line at a time, and remembered, because loops and probes run the same text again. */
import type { Task } from "../../time/task.ts";
import { evaluate } from "./evaluate.ts";
import { ShellFault } from "./fault.ts";
import { endOfScript, Parser } from "./parser.ts";
import type { Shell } from "./shell.ts";
import { type Node, ShellSyntaxError } from "./syntax.ts";

type Item =
  | { readonly kind: "command"; readonly node: Node | undefined; readonly isLast: boolean }
  | { readonly kind: "fault"; readonly error: ShellSyntaxError }
  | { readonly kind: "end" };

/** A text whose commands are read as they are asked for. */
export class Script {
  readonly #parser: Parser;
  readonly #items: Item[] = [];

  constructor(text: string, firstLine: number, aliases?: ReadonlyMap<string, string>) {
    this.#parser = new Parser(text, firstLine, aliases);
  }

  item(index: number): Item {
    while (this.#items.length <= index) {
      const last = this.#items.at(-1);
      if (last !== undefined && last.kind !== "command") return last;
      this.#items.push(this.#read());
    }
    return this.#items[index]!;
  }

  /** What was read so far ends inside a here-document. */
  get missesDelimiter(): boolean {
    return this.#parser.missesDelimiter;
  }

  #read(): Item {
    try {
      const node = this.#parser.next();
      if (node === endOfScript) return { kind: "end" };
      return { kind: "command", node, isLast: this.#parser.sawEnd };
    } catch (error) {
      if (error instanceof ShellSyntaxError) return { kind: "fault", error };
      throw error;
    }
  }
}

/** Scripts as they were parsed, while no alias can change how; the ones that were used last. Lengths in bytes. */
const cache = new Map<string, Script>();
const MAX_CACHED = 200;
const MAX_CACHED_LENGTH = 20_000;

function scriptOf(shell: Shell, text: string, firstLine: number): Script {
  if (shell.aliases.size > 0 || text.length > MAX_CACHED_LENGTH || text.includes("alias")) {
    return new Script(text, firstLine, shell.aliases);
  }
  const key = `${firstLine}:${text}`;
  let script = cache.get(key);
  if (script === undefined) script = new Script(text, firstLine);
  else cache.delete(key);
  cache.set(key, script);
  if (cache.size > MAX_CACHED) cache.delete(cache.keys().next().value!);
  return script;
}

/**
 * Runs all commands of a text: "command" for `-c` (nothing comes after it, so that the last command may take the shell's
 * place), "eval" and "trap" for strings, "file" for scripts. The result is the last status. Throws what commands throw.
 */
export function* runText(shell: Shell, text: string, source: "command" | "eval" | "trap" | "file"): Task<number> {
  const script = scriptOf(shell, text, source === "file" ? 1 : source === "command" ? 0 : shell.line);
  let status = 0;
  for (let index = 0; ; index++) {
    const item = script.item(index);
    if (item.kind === "end") return status;
    if (item.kind === "fault") {
      shell.line = item.error.line;
      throw new ShellFault(item.error.message);
    }
    if (item.node === undefined) continue;
    if (shell.has("noexec")) continue;
    status = yield* evaluate(shell, item.node, { last: source === "command" && item.isLast, tested: false });
  }
}
