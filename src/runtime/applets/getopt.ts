/** `getopt`: sorts a script's arguments and quotes them for `eval` (busybox: util-linux/getopt.c). */
import type { Task } from "../../time/task.ts";
import type { Program, Sys } from "../sys.ts";
import { applet, complain, Fault, parseOptions } from "./options.ts";

type Takes = "nothing" | "value" | "optional";

interface Rules {
  readonly short: ReadonlyMap<string, Takes>;
  readonly long: ReadonlyMap<string, Takes>;
  /** "+": the first operand ends the options; "-": operands stay where they are. */
  readonly order: "" | "+" | "-";
  /** Long options may begin with one hyphen. */
  readonly alternative: boolean;
}

const takes = (colons: string): Takes => (colons === "" ? "nothing" : colons === ":" ? "value" : "optional");

function rulesOf(short: string, long: readonly string[], alternative: boolean, posix: boolean): Rules {
  const order = /^[+-]/.test(short) ? (short[0] as "+" | "-") : posix ? "+" : "";
  return {
    short: new Map(
      [...short.replace(/^[+-]/, "").matchAll(/([^:])(:{0,2})/g)].map((m) => [m[1]!, takes(m[2]!)] as const),
    ),
    long: new Map(
      long
        .flatMap((list) => list.split(/[,\s]+/))
        .filter((name) => name !== "")
        .map((name) => [name.replace(/:*$/, ""), takes(/:*$/.exec(name)![0].slice(0, 2))] as const),
    ),
    order,
    alternative,
  };
}

/** The long option that a word means: itself, or the only one that it begins. */
function longNamed(rules: Rules, word: string): string | "ambiguous" | undefined {
  if (rules.long.has(word)) return word;
  const found = [...rules.long.keys()].filter((name) => name.startsWith(word));
  // Those that take a value alike cannot be told apart, and need not be (glibc: posix/getopt.c).
  const differ = found.some((name) => rules.long.get(name) !== rules.long.get(found[0]!));
  return differ ? "ambiguous" : found[0];
}

type Part = { readonly option: string; readonly value?: string } | { readonly operand: string };

/** The options and operands in order, and what is wrong with the arguments. */
function sortedOut(args: readonly string[], rules: Rules): { parts: Part[]; rest: string[]; problems: string[] } {
  const parts: Part[] = [];
  const rest: string[] = [];
  const problems: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") {
      rest.push(...args.slice(i + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      if (rules.order === "+") {
        rest.push(...args.slice(i));
        break;
      }
      if (rules.order === "-") parts.push({ operand: arg });
      else rest.push(arg);
      continue;
    }
    const double = arg.startsWith("--");
    const body = arg.slice(double ? 2 : 1);
    const equals = body.indexOf("=");
    const word = equals < 0 ? body : body.slice(0, equals);
    const name = double || rules.alternative ? longNamed(rules, word) : undefined;
    const isLong = double || (name !== undefined && !(word.length === 1 && rules.short.has(word)));
    if (isLong) {
      if (name === undefined) problems.push(`unrecognized option '${arg}'`);
      else if (name === "ambiguous") {
        const all = [...rules.long.keys()].filter((one) => one.startsWith(word)).map((one) => `'--${one}'`);
        problems.push(`option '--${word}' is ambiguous; possibilities: ${all.join(" ")}`);
      } else {
        const kind = rules.long.get(name)!;
        if (kind === "nothing") {
          if (equals >= 0) problems.push(`option '--${name}' doesn't allow an argument`);
          else parts.push({ option: `--${name}` });
        } else if (equals >= 0) parts.push({ option: `--${name}`, value: body.slice(equals + 1) });
        else if (kind === "optional") parts.push({ option: `--${name}`, value: "" });
        else if (i + 1 < args.length) parts.push({ option: `--${name}`, value: args[++i]! });
        else problems.push(`option '--${name}' requires an argument`);
      }
      continue;
    }
    for (let at = 0; at < body.length; at++) {
      const c = body[at]!;
      const kind = rules.short.get(c);
      if (kind === undefined) problems.push(`invalid option -- '${c}'`);
      else if (kind === "nothing") parts.push({ option: `-${c}` });
      else {
        const attached = body.slice(at + 1);
        if (attached !== "" || kind === "optional") parts.push({ option: `-${c}`, value: attached });
        else if (i + 1 < args.length) parts.push({ option: `-${c}`, value: args[++i]! });
        else problems.push(`option requires an argument -- '${c}'`);
        break;
      }
    }
  }
  return { parts, rest, problems };
}

/** In single quotes; csh also wants exclamation marks and blanks protected. */
function quoted(text: string, csh: boolean): string {
  let out = "";
  for (const c of text) {
    if (c === "'") out += "'\\''";
    else if (csh && c === "\\") out += "\\\\";
    else if (csh && c === "!") out += "'\\!'";
    else if (csh && c === "\n") out += "\\n";
    else if (csh && /\s/.test(c)) out += `'\\${c}'`;
    else out += c;
  }
  return `'${out}'`;
}

function* getopt(sys: Sys, args: readonly string[]): Task<number> {
  const [first] = args;
  if (first === undefined) {
    // An old script that gives nothing means no options (GETOPT_COMPATIBLE), else it is a mistake.
    if (!sys.env.has("GETOPT_COMPATIBLE")) throw new Fault("getopt: missing optstring argument\n");
    yield* sys.write(1, " --\n");
    return 0;
  }
  let compatible = sys.env.has("GETOPT_COMPATIBLE");
  let short: string | undefined;
  let words: readonly string[];
  let options = parseOptions("getopt", [], "+");
  if (!first.startsWith("-")) {
    compatible = true;
    short = first.replace(/^[+-]*/, "");
    words = args.slice(1);
  } else {
    options = parseOptions("getopt", args, "+o:n:qQs:Tual:", {
      options: "o",
      longoptions: "l",
      quiet: "q",
      "quiet-output": "Q",
      shell: "s",
      test: "T",
      unquoted: "u",
      alternative: "a",
      name: "n",
    });
    if (options.has("T") && !compatible) return 4;
    short = options.value("o");
    words = options.operands;
    if (short === undefined) {
      if (words.length === 0) throw new Fault("getopt: missing optstring argument\n");
      [short, words] = [words[0]!, words.slice(1)];
    }
  }
  const shell = options.value("s") ?? "bash";
  if (!["bash", "sh", "tcsh", "csh"].includes(shell))
    yield* complain(sys, `getopt: unknown shell '${shell}', assuming bash\n`);
  const csh = shell.endsWith("csh");
  const show = (text: string) => (compatible || options.has("u") ? text : quoted(text, csh));
  const rules = rulesOf(short, options.values("l"), options.has("a"), sys.env.has("POSIXLY_CORRECT"));
  const { parts, rest, problems } = sortedOut(words, rules);
  if (!options.has("q"))
    for (const problem of problems) yield* complain(sys, `${options.value("n") ?? "getopt"}: ${problem}\n`);
  if (!options.has("Q")) {
    const shown = parts.map((part) =>
      "operand" in part
        ? ` ${show(part.operand)}`
        : ` ${part.option}${part.value === undefined ? "" : ` ${show(part.value)}`}`,
    );
    yield* sys.write(1, `${shown.join("")} --${rest.map((word) => ` ${show(word)}`).join("")}\n`);
  }
  return problems.length > 0 ? 1 : 0;
}

export const getoptApplets: Readonly<Record<string, Program>> = { getopt: applet("getopt", getopt) };
