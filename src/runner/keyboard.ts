/**
 * The keys that were pressed, in their order, until somebody takes them. Several come at once (a paste, a slow machine),
 * and a screen or a menu that one of them closes must not lose the others: whoever opens next finds them here.
 */
import process from "node:process";
import { emitKeypressEvents, type Interface } from "node:readline";

export interface Press {
  /** What was typed, when it is text. */
  readonly text: string | undefined;
  readonly key: {
    readonly name?: string;
    readonly ctrl?: boolean;
    readonly meta?: boolean;
    readonly sequence?: string;
  };
}

/** ms that Esc waits for the rest of an arrow key's sequence; half a second, as Node has it, is felt. */
const escapeCodeTimeout = 50;

class Keyboard {
  readonly #waiting: Press[] = [];
  #onPress: (() => void) | undefined;
  #isOpen = false;
  readonly #keypress = (text: string | undefined, key: Press["key"]): void => {
    this.#waiting.push({ text, key });
    this.#onPress?.();
  };

  /** Keys are read one by one from now on; `onPress` is told that there is one, in place of who was told before. */
  open(onPress: () => void): void {
    this.#onPress = onPress;
    if (this.#isOpen) return;
    this.#isOpen = true;
    // The first who asks for key presses decides about Esc.
    emitKeypressEvents(process.stdin, { escapeCodeTimeout } as unknown as Interface);
    process.stdin.setRawMode?.(true);
    process.stdin.on("keypress", this.#keypress);
    process.stdin.resume();
  }

  /** Gives the keys to another program, or to a line. */
  close(): void {
    this.#onPress = undefined;
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.stdin.removeListener("keypress", this.#keypress);
    process.stdin.setRawMode?.(false);
    process.stdin.pause();
  }

  take(): Press | undefined {
    return this.#waiting.shift();
  }

  /** What was pressed for something that is over. */
  forget(): void {
    this.#waiting.length = 0;
  }
}

/** There is one at a terminal. */
export const keyboard = new Keyboard();
