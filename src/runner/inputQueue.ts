/**
 * What happened and was not worked on yet: keys, saved files, what a task found out. Files are saved and windows resized
 * at any time, so inputs wait here for their turn.
 */
import { ask } from "./prompt.ts";
import type { Screen } from "./screen.ts";
import type { Input } from "./session.ts";
import type { Terminal } from "./terminal.ts";

export class InputQueue {
  readonly #terminal: Terminal;
  readonly #screen: Screen;
  readonly #waiting: Input[] = [];
  #wake: (() => void) | undefined;
  #pendingLine: Promise<string> | undefined;

  constructor(terminal: Terminal, screen: Screen) {
    this.#terminal = terminal;
    this.#screen = screen;
  }

  /** Nothing is here that changes the screen at once; keys want to see what the one before did. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  feed(input: Input): void {
    this.#waiting.push(input);
    this.#wake?.();
  }

  /** The oldest input, when there is one; what became of a key comes before the next key. */
  async next(): Promise<Input> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next) return next;
      const fed = new Promise<undefined>((resolve) => (this.#wake = () => resolve(undefined)));
      if (this.#terminal.plain) {
        const line = await Promise.race([this.#line(), fed]);
        if (line !== undefined) return keyOf(line);
        continue;
      }
      const typed = this.#screen.takeKey();
      if (typed) return { type: "key", ...typed };
      this.#screen.listen(() => this.#wake?.());
      await fed;
    }
  }

  /** Plain mode: a line, asked for once, however often it is waited for. */
  #line(): Promise<string> {
    this.#pendingLine ??= ask("> ").then((line) => {
      this.#pendingLine = undefined;
      return line ?? endOfInput;
    });
    return this.#pendingLine;
  }
}

const endOfInput = "\x04";

/** A line has the letter of a key; an empty one goes on. */
function keyOf(line: string): Input {
  if (line === endOfInput) return { type: "key", key: "ctrl-d" };
  return { type: "key", key: line === "" ? "n" : line[0]!.toLowerCase(), line };
}
