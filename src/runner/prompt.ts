/**
 * Choosing from a list. The one file that knows enquirer, with cures for what it gets wrong: without a terminal it ends
 * the process with 0, Ctrl-D too, Ctrl-C rejects with an empty text, NO_COLOR is ignored, and "(" in a search is taken
 * for a regular expression.
 */
import { createInterface } from "node:readline";
import process from "node:process";
import { Cancelled } from "./cancelled.ts";
import { interruptedStatus } from "./interrupt.ts";
import { nearest } from "./nearMiss.ts";
import type { Terminal } from "./terminal.ts";
import { truncate } from "./textWidth.ts";

export interface Choice {
  readonly id: string;
  readonly text: string;
  /** A line between the choices; cannot be chosen. */
  readonly heading?: boolean;
}

/** The answer that means: end the course. */
export const quit = "quit";

/** The id chosen, or `quit`; undefined at Esc. Throws Cancelled at Ctrl-C and Ctrl-D. */
export async function choose(
  question: string,
  choices: readonly Choice[],
  start: string | undefined,
  terminal: Terminal,
): Promise<string | undefined> {
  if (terminal.plain || terminal.rows < 8) return chooseByNumber(question, choices, terminal);
  const restore = process.env.FORCE_COLOR;
  if (!terminal.style.colour) process.env.FORCE_COLOR = "0";
  const { default: enquirer } = await import("enquirer");
  if (!terminal.style.colour) restoreVariable("FORCE_COLOR", restore);
  const { AutoComplete } = enquirer as unknown as { AutoComplete: new (options: object) => EnquirerPrompt };
  const room = terminal.columns - 6;
  const ascii = terminal.style.unicode
    ? {}
    : {
        symbols: {
          pointer: ">",
          check: "+",
          cross: "x",
          ellipsis: "...",
          middot: "-",
          prefix: { pending: "?", submitted: "+", cancelled: "x" },
          separator: { pending: "-", submitted: "-", cancelled: "-" },
        },
      };
  const prompt = new AutoComplete({
    name: "choice",
    message: question,
    limit: Math.max(3, terminal.rows - 6),
    initial: Math.max(
      0,
      choices.findIndex((choice) => choice.id === start),
    ),
    ...ascii,
    choices: choices.map(({ id, text, heading }) =>
      heading
        ? { role: "separator", name: id, message: terminal.style.bold(truncate(text, room)) }
        : { name: id, value: id, message: truncate(text, room) },
    ),
    suggest(input: string, all: { role?: string; message: string }[]) {
      const wanted = input.trim().toLowerCase();
      if (wanted === "") return all;
      const found = all.filter(
        (choice) => choice.role !== "separator" && choice.message.toLowerCase().includes(wanted),
      );
      return found.length > 0 ? found : [];
    },
    footer: terminal.style.dim("Type to search   up/down move   Enter open   Esc back   Ctrl-C quit"),
  });
  // What is typed becomes a regular expression; these letters mean nothing in one.
  const append = prompt.append.bind(prompt);
  prompt.append = (text: string) => (/^[\p{L}\p{N} _/-]$/u.test(text) ? append(text) : undefined);
  // The chosen line is told by colour only, otherwise.
  const pointer = terminal.style.unicode ? "❯" : ">";
  prompt.pointer = (_choice, i) => (prompt.index === i ? terminal.style.cyan(`${pointer} `) : "  ");
  let last = "";
  prompt.on("keypress", (_text, key) => {
    last = key?.ctrl ? `ctrl-${key.name}` : (key?.name ?? "");
    if (last === "ctrl-d") void prompt.cancel("");
  });
  // At Ctrl-D enquirer leaves the promise open for ever; the process would then end with 0.
  const guard = () => {
    process.exitCode = interruptedStatus;
  };
  process.once("beforeExit", guard);
  try {
    return await prompt.run();
  } catch (error) {
    if (error instanceof Error) throw error;
    if (last === "escape") return undefined;
    throw new Cancelled();
  } finally {
    process.removeListener("beforeExit", guard);
  }
}

interface EnquirerPrompt {
  run(): Promise<string>;
  readonly index: number;
  cancel(reason: string): Promise<void>;
  append(text: string): unknown;
  pointer(choice: unknown, index: number): string;
  on(event: "keypress", listener: (text: string, key?: { name?: string; ctrl?: boolean }) => void): void;
}

function restoreVariable(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** For screen readers and dumb terminals: a numbered list, a line to answer. */
async function chooseByNumber(
  question: string,
  choices: readonly Choice[],
  terminal: Terminal,
): Promise<string | undefined> {
  const open = choices.filter((choice) => !choice.heading);
  let number = 0;
  for (const { text, heading } of choices) terminal.print(heading ? text : `  ${++number}. ${text}`);
  for (;;) {
    const answer = await ask(`${question} (a number or a name; empty to go back; q quits) `);
    if (answer === undefined) throw new Cancelled();
    if (answer === "q") return quit;
    if (answer === "") return undefined;
    const chosen =
      open[Number(answer) - 1] ?? open.find((choice) => choice.id === answer || choice.id.endsWith(`/${answer}`));
    if (chosen) return chosen.id;
    const near = nearest(
      answer,
      open.map((choice) => choice.id),
    );
    terminal.print(`There is no ${answer} in the list.${near ? ` Did you mean ${near}?` : ""}`);
  }
}

/** One line from the keyboard; undefined at its end (Ctrl-D) or at Ctrl-C. */
export function ask(question: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const line = createInterface({ input: process.stdin, output: process.stdout, terminal: false });
    process.stdout.write(question);
    let answered = false;
    line.once("line", (text) => {
      answered = true;
      line.close();
      resolve(text.trim());
    });
    line.once("close", () => {
      if (!answered) resolve(undefined);
    });
  });
}
