/**
 * The terminal as a screen: the alternate buffer, keys one by one, and everything put back on every way out (quit,
 * Ctrl-C, a crash, SIGTERM; Ctrl-Z and back). Nothing but this file writes cursor movements.
 */
import { constants } from "node:os";
import process from "node:process";
import { keyboard, type Press } from "./keyboard.ts";
import type { Terminal } from "./terminal.ts";

const enterScreen = "\x1b[?1049h\x1b[?25l";
const leaveScreen = "\x1b[?25h\x1b[?1049l";

/** `key`: a printable character in lower case, or the name of a key; `text`: what it types, as it was typed. */
export interface TypedKey {
  readonly key: string;
  readonly text?: string;
}

export class Screen {
  readonly #terminal: Terminal;
  #entered = false;
  #onKey: () => void = () => {};
  readonly #resize: () => void;
  readonly #restore = () => this.leave();
  readonly #signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  readonly #die = (signal: NodeJS.Signals) => {
    this.leave();
    process.exit(128 + (constants.signals[signal] ?? 0));
  };

  /** `onResize`: everything has to be drawn again. */
  constructor(terminal: Terminal, onResize: () => void) {
    this.#terminal = terminal;
    this.#resize = onResize;
    process.on("exit", this.#restore);
    // What is said about a crash has to be on the screen that stays.
    process.on("uncaughtExceptionMonitor", this.#restore);
    for (const signal of this.#signals) process.on(signal, this.#die);
  }

  /** Tells the last caller when there is a key to take. */
  listen(onKey: () => void): void {
    this.#onKey = onKey;
    this.#enter();
  }

  /** The oldest key that nobody took; undefined when there is none. */
  takeKey(): TypedKey | undefined {
    for (let press = keyboard.take(); press; press = keyboard.take()) {
      const key = this.#nameOf(press);
      if (!key) continue;
      const isText = press.text && press.text >= " " && !press.key.ctrl && !press.key.meta;
      return { key, ...(isText && { text: press.text! }) };
    }
    return undefined;
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
    process.stdout.removeListener("resize", this.#resize);
    keyboard.close();
    process.stdout.write(leaveScreen);
  }

  close(): void {
    this.leave();
    process.removeListener("exit", this.#restore);
    process.removeListener("uncaughtExceptionMonitor", this.#restore);
    for (const signal of this.#signals) process.removeListener(signal, this.#die);
  }

  #enter(): void {
    if (this.#entered || this.#terminal.plain) return;
    this.#entered = true;
    process.stdout.write(enterScreen);
    keyboard.open(() => this.#onKey());
    process.stdout.on("resize", this.#resize);
  }

  /** Some keys are for the screen itself, and some have no name. */
  #nameOf({ text, key }: Press): string | undefined {
    if (key.ctrl && key.name === "z" && process.platform !== "win32") {
      this.#suspend();
      return undefined;
    }
    if (key.ctrl && key.name === "l") {
      this.#resize();
      return undefined;
    }
    if (key.ctrl) return `ctrl-${key.name}`;
    return named(key.name) ?? (text && text >= " " ? text.toLowerCase() : undefined);
  }

  #suspend(): void {
    this.leave();
    // The whole group: the shell waits for the npm or sh that started this one, too. The timer runs out after `fg`, or at once
    // where no shell is above that could continue what is stopped, and the signal does nothing.
    process.kill(0, "SIGTSTP");
    setTimeout(() => this.#resize(), 100);
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
