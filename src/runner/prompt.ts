/**
 * Choosing from a list. The one file that knows enquirer, with cures for what it gets wrong: without a terminal it ends
 * the process with 0, Ctrl-D too, Ctrl-C rejects with an empty text, NO_COLOR is ignored, "(" in a search is taken for a
 * regular expression, and keys that come with the one that ends it are lost.
 */
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import process from "node:process";
import { Cancelled } from "./cancelled.ts";
import { interruptedStatus } from "./interrupt.ts";
import { keyboard } from "./keyboard.ts";
import { nearest } from "./nearMiss.ts";
import type { Terminal } from "./terminal.ts";
import { truncate, widthOf, withoutAnsi, wrap } from "./textWidth.ts";

export interface Choice {
  readonly id: string;
  readonly text: string;
  /** A line between the choices; cannot be chosen. */
  readonly heading?: boolean;
  /** Not in the list, only among what a search finds. */
  readonly onlyFound?: boolean;
  /** A search finds it by these words, too. */
  readonly topics?: string;
}

/** The answer that means: end the course. */
export const quit = "quit";
/** The answer to Tab: show others. */
export const switchFilter = "switch filter";
/** The window has another size: ask again. */
export const redraw = "redraw";

export interface ChooseOptions {
  /** Id of the choice that is marked first. */
  readonly start?: string | undefined;
  /** What Tab shows instead: `only open`. Without it Tab does nothing. */
  readonly tab?: string;
  /** Lines of the window that are taken already. */
  readonly linesAbove?: number;
  /** What Esc does, in a word. */
  readonly escape?: string;
}

/** The id chosen, `quit`, `switchFilter` or `redraw`; undefined at Esc. Throws Cancelled at Ctrl-C and Ctrl-D. */
export async function choose(
  question: string,
  choices: readonly Choice[],
  terminal: Terminal,
  { start, tab, linesAbove = 4, escape = "back" }: ChooseOptions = {},
): Promise<string | undefined> {
  if (terminal.plain || terminal.rows < 8) return chooseByNumber(question, choices, terminal, tab);
  const restore = process.env.FORCE_COLOR;
  if (!terminal.style.colour) process.env.FORCE_COLOR = "0";
  const { default: enquirer } = await import("enquirer");
  if (!terminal.style.colour) restoreVariable("FORCE_COLOR", restore);
  const { AutoComplete } = enquirer as unknown as { AutoComplete: new (options: object) => EnquirerPrompt };
  const room = terminal.columns - 6;
  const listed = choices.filter(({ onlyFound }) => !onlyFound);
  const hidden = choices.filter(({ onlyFound }) => onlyFound);
  const topicsOf = new Map(choices.map(({ id, topics }) => [id, topics]));
  const message = (text: string) => truncate(text, room, terminal.style.glyph.ellipsis);
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
  let more: EnquirerChoice[] | undefined;
  const prompt = new AutoComplete({
    name: "choice",
    // It is given one key after the other: those after the last belong to what comes next.
    stdin: Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined }),
    message: question,
    // The question, the footer and the line of the cursor.
    limit: Math.max(3, terminal.rows - linesAbove - 3),
    initial: Math.max(
      0,
      listed.findIndex((choice) => choice.id === start),
    ),
    ...ascii,
    choices: listed.map(({ id, text, heading }) =>
      heading
        ? { role: "separator", name: id, message: terminal.style.bold(message(text)) }
        : { name: id, value: id, message: message(text) },
    ),
    async suggest(this: EnquirerPrompt, input: string, all: EnquirerChoice[]) {
      // What was made for an earlier search is among `all`, too.
      const inList = all.filter(({ name }) => listed.some(({ id }) => id === name));
      if (input.trim() === "") return inList;
      // The best match, wherever the pointer was.
      this.index = 0;
      more ??= await this.toChoices(hidden.map(({ id, text }) => ({ name: id, value: id, message: message(text) })));
      return search(
        [...inList.filter(({ role }) => role !== "separator"), ...more],
        input,
        ({ message }) => message,
        ({ name }) => topicsOf.get(name),
      );
    },
    footer: terminal.style.dim(
      asManyAsFit(
        [
          "Enter open",
          `Esc ${escape}`,
          ...(tab ? [`Tab ${tab}`] : []),
          ...(hidden.length > 0 || listed.length > 9 ? ["Type to search"] : []),
          "Ctrl-C quit",
        ],
        terminal.columns - 2,
      ),
    ),
  });
  // What is typed becomes a regular expression; these letters mean nothing in one.
  const append = prompt.append.bind(prompt);
  prompt.append = (text: string) => (/^[\p{L}\p{N} _/:;,'"!&%=<>#@-]$/u.test(text) ? append(text) : undefined);
  // The chosen line is told by colour only, otherwise.
  const pointer = terminal.style.unicode ? "❯" : ">";
  prompt.pointer = (_choice, i) => (prompt.index === i ? terminal.style.cyan(`${pointer} `) : "  ");
  let last = "";
  prompt.on("keypress", (_text, key) => {
    last = key?.ctrl ? `ctrl-${key.name}` : (key?.name ?? "");
    if (last === "ctrl-d" || (last === "tab" && tab)) void prompt.cancel("");
  });
  prompt.next = prompt.prev = () => undefined;
  const onResize = () => {
    last = "resize";
    void prompt.cancel("");
  };
  process.stdout.once("resize", onResize);
  let isPressing = false;
  const pressKeys = async (): Promise<void> => {
    if (isPressing) return;
    isPressing = true;
    while (!prompt.state.submitted) {
      const press = keyboard.take();
      if (!press) break;
      if (press.key.name === "escape" && prompt.input !== "") {
        prompt.input = "";
        prompt.cursor = 0;
        await prompt.complete();
      } else await prompt.keypress(press.text, press.key);
    }
    isPressing = false;
  };
  prompt.on("run", () => {
    keyboard.open(() => void pressKeys());
    void pressKeys();
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
    if (last === "tab") return switchFilter;
    if (last === "resize") return redraw;
    throw new Cancelled();
  } finally {
    process.removeListener("beforeExit", guard);
    process.stdout.removeListener("resize", onResize);
  }
}

/** The first are the most important. */
function asManyAsFit(words: readonly string[], width: number): string {
  let out = "";
  for (const word of words) {
    const next = out === "" ? word : `${out}   ${word}`;
    if (widthOf(next) > width) break;
    out = next;
  }
  return out;
}

interface EnquirerChoice {
  readonly name: string;
  readonly role?: string;
  readonly message: string;
}

interface EnquirerPrompt {
  run(): Promise<string>;
  toChoices(choices: readonly object[]): Promise<EnquirerChoice[]>;
  /** At Tab and Shift-Tab. */
  next: () => unknown;
  prev: () => unknown;
  index: number;
  input: string;
  cursor: number;
  /** Searches again. */
  complete(): Promise<void>;
  cancel(reason: string): Promise<void>;
  append(text: string): unknown;
  pointer(choice: unknown, index: number): string;
  keypress(text: string | undefined, key: object): Promise<unknown>;
  /** Cancelled counts, too. */
  readonly state: { readonly submitted?: boolean };
  on(event: "keypress", listener: (text: string, key?: { name?: string; ctrl?: boolean }) => void): void;
  on(event: "run", listener: () => void): void;
}

function restoreVariable(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** First what has it in its text as it was typed, then in other words or another order, then what is only about it. */
function search<T>(
  all: readonly T[],
  wanted: string,
  text: (one: T) => string,
  topics: (one: T) => string | undefined,
): T[] {
  const phrase = wanted.trim().toLowerCase();
  const rank = (one: T) =>
    withoutAnsi(text(one)).toLowerCase().includes(phrase)
      ? 0
      : contains(text(one), wanted)
        ? 1
        : contains(`${text(one)} ${topics(one) ?? ""}`, wanted)
          ? 2
          : 3;
  return [0, 1, 2].flatMap((wantedRank) => all.filter((one) => rank(one) === wantedRank));
}

/** Every word of what was typed, in any order. */
function contains(text: string, wanted: string): boolean {
  const bare = withoutAnsi(text).toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => bare.includes(word));
}

/** For screen readers and dumb terminals: a numbered list, a line to answer. */
async function chooseByNumber(
  question: string,
  choices: readonly Choice[],
  terminal: Terminal,
  tab: string | undefined,
): Promise<string | undefined> {
  let shown = choices.filter((choice) => !choice.onlyFound);
  const list = (): void => {
    let number = 0;
    for (const { text, heading } of shown) terminal.print(heading ? text : `  ${++number}. ${text}`);
  };
  list();
  const more = tab ? `; f: ${tab}` : "";
  const how = `${question} A number, or words to search${more}; empty to go back; q quits.`;
  for (;;) {
    terminal.print(wrap(how, terminal.columns).join("\n"));
    const answer = await ask("> ");
    if (answer === undefined) throw new Cancelled();
    if (answer === "q") return quit;
    if (answer === "") return undefined;
    if (answer === "f" && tab) return switchFilter;
    const open = shown.filter((choice) => !choice.heading);
    const chosen = open[Number(answer) - 1] ?? choices.find(({ id }) => id === answer || id.endsWith(`/${answer}`));
    if (chosen) return chosen.id;
    const found = search(
      choices.filter((choice) => !choice.heading),
      answer,
      ({ text }) => text,
      ({ topics }) => topics,
    );
    if (found.length > 0) {
      shown = found;
      list();
      continue;
    }
    const near = nearest(
      answer,
      choices.map((choice) => choice.id),
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
