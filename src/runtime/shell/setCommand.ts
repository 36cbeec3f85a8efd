/** `set`: options and positional parameters. */
import type { Task } from "../../time/task.ts";
import { ShellFault } from "./fault.ts";
import { OPTIONS, type OptionName, type Shell } from "./shell.ts";
import { singleQuoted } from "./trace.ts";

export function* setCommand(shell: Shell, args: readonly string[]): Task<number> {
  if (args.length === 1) {
    const lines: string[] = [];
    for (const name of shell.variables.names()) {
      const value = shell.variables.stored(name);
      if (value !== undefined) lines.push(`${name}=${singleQuoted(value)}\n`);
    }
    return yield* shell.print(lines.join(""));
  }
  const { rest, ended, shown, unknown } = applyOptions(shell, args, 1);
  yield* checkJobControl(shell);
  if (unknown !== undefined) {
    yield* shell.say(`illegal option ${unknown}`);
    return 1;
  }
  if (shown !== undefined) yield* shell.print(showOptions(shell, shown));
  if (rest.length > 0 || ended) shell.positional = rest;
  return 0;
}

/** `-m` needs a terminal. Subshells never have job control, and may set it. */
export function* checkJobControl(shell: Shell): Task {
  if (!shell.has("monitor") || shell.isSubshell || [2, 1, 0].some((fd) => shell.sys.isatty(fd))) return;
  yield* shell.say("can't access tty; job control turned off");
  shell.options.delete("monitor");
}

export interface AppliedOptions {
  readonly rest: readonly string[];
  /** `--` was there: parameters are set even when there are none. */
  readonly ended: boolean;
  /** `-o` or `+o` without a name. */
  readonly shown: "-" | "+" | undefined;
  /** An `-o` name that is none. */
  readonly unknown: string | undefined;
}

/** Sets options from arguments, for `set` and for the shell's own command line. Throws ShellFault. */
export function applyOptions(
  shell: Shell,
  args: readonly string[],
  start: number,
  other: (letter: string, on: boolean) => boolean = () => false,
): AppliedOptions {
  let shown: "-" | "+" | undefined;
  let at = start;
  for (; at < args.length; at++) {
    const word = args[at]!;
    const sign = word[0];
    if (sign !== "-" && sign !== "+") break;
    if (word === "--") return { rest: args.slice(at + 1), ended: true, shown, unknown: undefined };
    if (word === "-") {
      shell.options.delete("xtrace");
      shell.options.delete("verbose");
      return { rest: args.slice(at + 1), ended: args.length > at + 1, shown, unknown: undefined };
    }
    for (const letter of word.slice(1)) {
      if (letter === "o") {
        const name = args[at + 1];
        if (name === undefined) {
          shown = sign;
          continue;
        }
        at++;
        const option = OPTIONS.find(([long]) => long === name);
        if (option === undefined) return { rest: [], ended: false, shown, unknown: `${sign}o ${name}` };
        switchOption(shell, option[0], sign === "-");
        continue;
      }
      const option = OPTIONS.find(([, short]) => short === letter);
      if (option !== undefined) switchOption(shell, option[0], sign === "-");
      else if (!other(letter, sign === "-")) throw new ShellFault(`illegal option ${sign}${letter}`);
    }
  }
  return { rest: args.slice(at), ended: false, shown, unknown: undefined };
}

function switchOption(shell: Shell, name: OptionName, on: boolean): void {
  if (on) shell.options.add(name);
  else shell.options.delete(name);
}

function showOptions(shell: Shell, sign: "-" | "+"): string {
  return OPTIONS.map(([name]) => {
    const on = shell.has(name);
    return sign === "-" ? `${name.padEnd(16)}${on ? "on" : "off"}\n` : `set ${on ? "-" : "+"}o ${name}\n`;
  }).join("");
}
