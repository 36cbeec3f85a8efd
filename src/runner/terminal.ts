/**
 * What the terminal can do and what the person asked for, decided once from the environment and the flags. stdout and
 * stderr are judged each on its own: one of them may be a pipe.
 */
import process from "node:process";
import { type Style, styleFor } from "./style.ts";

export interface Terminal {
  /** Keys can be read and the screen can be drawn. */
  readonly interactive: boolean;
  /** Linear text: no cursor movement, no boxes, words instead of glyphs. */
  readonly plain: boolean;
  readonly columns: number;
  readonly rows: number;
  /** How text on stdout may look. */
  readonly style: Style;
  /** How text on stderr may look. */
  readonly errorStyle: Style;
  print(text: string): void;
  /** For people: progress, notes, faults. */
  note(text: string): void;
}

export interface TerminalFlags {
  readonly plain?: boolean;
  /** `always`, `never` or undefined: ask the environment. */
  readonly colour?: "always" | "never";
}

type Environment = Readonly<Record<string, string | undefined>>;

export function openTerminal(flags: TerminalFlags, env: Environment = process.env): Terminal {
  const dumb = env.TERM === "dumb";
  const plain = flags.plain === true || isSet(env.COURSE_PLAIN) || dumb;
  const unicode = !plain && supportsUnicode(env, process.platform);
  const look = (stream: NodeJS.WriteStream): Style =>
    styleFor({
      colour: !(plain && flags.colour !== "always") && usesColour(flags, env, stream.isTTY === true),
      unicode,
      plain,
    });
  return {
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    plain,
    get columns() {
      // A pseudo-terminal of 0 columns, as some CI systems give, means unknown.
      return process.stdout.columns || Number(env.COLUMNS) || 80;
    },
    get rows() {
      return process.stdout.rows || Number(env.LINES) || 24;
    },
    style: look(process.stdout),
    errorStyle: look(process.stderr),
    print: (text) => void process.stdout.write(text.endsWith("\n") ? text : `${text}\n`),
    note: (text) => void process.stderr.write(text.endsWith("\n") ? text : `${text}\n`),
  };
}

/** A flag beats FORCE_COLOR, which beats NO_COLOR, which beats what the stream is. */
export function usesColour(flags: TerminalFlags, env: Environment, isTTY: boolean): boolean {
  if (flags.colour) return flags.colour === "always";
  if (isSet(env.FORCE_COLOR)) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  if (isSet(env.NO_COLOR) || isSet(env.NODE_DISABLE_COLORS) || env.TERM === "dumb") return false;
  return isTTY;
}

export function supportsUnicode(env: Environment, platform: string): boolean {
  if (platform === "win32")
    return (
      isSet(env.WT_SESSION) ||
      isSet(env.ConEmuTask) ||
      env.TERM_PROGRAM === "vscode" ||
      env.TERMINAL_EMULATOR === "JetBrains-JediTerm" ||
      env.TERM === "xterm-256color" ||
      env.TERM === "alacritty"
    );
  if (env.TERM === "linux" || env.TERM === "dumb") return false;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  // Without a locale most terminals of today still show UTF-8; "C" and "POSIX" are a choice.
  return locale === undefined || locale === "" || /utf-?8/i.test(locale);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}
