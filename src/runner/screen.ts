/**
 * The terminal as a screen: the alternate buffer, keys one by one, and everything put back on every way out (quit,
 * Ctrl-C, a crash, SIGTERM; Ctrl-Z and back). Nothing but this file writes cursor movements.
 */
import { constants } from "node:os";
import process from "node:process";
import { emitKeypressEvents, type Interface } from "node:readline";
import type { Terminal } from "./terminal.ts";

const enterScreen = "\x1b[?1049h\x1b[?25l";
const leaveScreen = "\x1b[?25h\x1b[?1049l";

/** `key`: a printable character in lower case, or the name of a key; `text`: what it types, as it was typed. */
export type OnKey = (key: string, text?: string) => void;

interface Keypress {
  readonly name?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly sequence?: string;
}

export class Screen {
  readonly #terminal: Terminal;
  #entered = false;
  #onKey: OnKey | undefined;
  readonly #keypress = (text: string | undefined, key: Keypress) => this.#press(text, key);
  readonly #resize = () => this.#onKey?.("resize");
  readonly #restore = () => this.leave();
  readonly #signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  readonly #die = (signal: NodeJS.Signals) => {
    this.leave();
    process.exit(128 + (constants.signals[signal] ?? 0));
  };

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    // ms that Esc waits for the rest of an arrow key's sequence; half a second, as Node has it, is felt. The first who
    // asks for key presses decides, so this comes before any prompt.
    emitKeypressEvents(process.stdin, { escapeCodeTimeout: 50 } as unknown as Interface);
    process.on("exit", this.#restore);
    for (const signal of this.#signals) process.on(signal, this.#die);
  }

  /** Keys go to `onKey` from now on, the last caller's; a change of the window's size is the key `resize`. */
  listen(onKey: OnKey): void {
    this.#onKey = onKey;
    this.#enter();
  }

  draw(lines: readonly string[]): void {
    this.#enter();
    // One write: the terminal shows the old screen or the new one, nothing between.
    process.stdout.write(`\x1b[H${lines.map((line) => `${line}\x1b[0m\x1b[K`).join("\r\n")}\x1b[J`);
  }

  /** Gives the terminal back: to an editor, a prompt or the shell. The next draw takes it again. */
  leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    process.stdin.removeListener("keypress", this.#keypress);
    process.stdout.removeListener("resize", this.#resize);
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    process.stdin.pause();
    process.stdout.write(leaveScreen);
  }

  close(): void {
    this.leave();
    process.removeListener("exit", this.#restore);
    for (const signal of this.#signals) process.removeListener(signal, this.#die);
  }

  #enter(): void {
    if (this.#entered || this.#terminal.plain) return;
    this.#entered = true;
    process.stdout.write(enterScreen);
    process.stdin.setRawMode(true);
    process.stdin.on("keypress", this.#keypress);
    process.stdout.on("resize", this.#resize);
    process.stdin.resume();
  }

  #press(text: string | undefined, key: Keypress): void {
    if (key.ctrl && key.name === "z" && process.platform !== "win32") {
      this.#suspend();
      return;
    }
    if (key.ctrl && key.name === "l") {
      this.#resize();
      return;
    }
    const name = key.ctrl
      ? `ctrl-${key.name}`
      : (named(key.name) ?? (text && text >= " " ? text.toLowerCase() : undefined));
    if (name) this.#onKey?.(name, !key.ctrl && !key.meta && text && text >= " " ? text : undefined);
  }

  #suspend(): void {
    this.leave();
    process.once("SIGCONT", () => this.#resize());
    process.kill(process.pid, "SIGTSTP");
  }
}

const names = new Set([
  "up",
  "down",
  "left",
  "right",
  "pageup",
  "pagedown",
  "home",
  "end",
  "return",
  "enter",
  "escape",
  "space",
  "tab",
  "backspace",
]);

function named(name: string | undefined): string | undefined {
  return name && names.has(name) ? (name === "enter" ? "return" : name) : undefined;
}
