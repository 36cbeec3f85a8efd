/** `getopts`: one option a call, counted in OPTIND. */
import type { Task } from "../../time/task.ts";
import { ShellFault } from "./fault.ts";
import { isName } from "./parser.ts";
import type { Shell } from "./shell.ts";

export function* getopts(shell: Shell, args: readonly string[]): Task<number> {
  const [, spec, name] = args;
  if (spec === undefined || name === undefined) throw new ShellFault("usage: getopts optstring var [arg]");
  if (!isName(name)) throw new ShellFault(`${name}: bad variable name`);
  const list = args.length > 3 ? args.slice(3) : shell.positional;
  const silent = spec.startsWith(":") || shell.variables.get("OPTERR") === "0";
  // OPTIND is the word after the one that is read; the offset is a place in that one, 0 for none.
  let index = shell.getoptsIndex;
  let word = shell.getoptsOffset > 0 ? (list[index - 2] ?? "") : "";
  let offset = shell.getoptsOffset;
  const finish = (letter: string, status: number): number => {
    shell.variables.set("OPTIND", String(index));
    shell.getoptsOffset = status === 0 && offset < word.length ? offset : 0;
    shell.variables.set(name, letter);
    return status;
  };
  if (offset === 0 || offset >= word.length) {
    word = list[index - 1] ?? "";
    const ends = word.length < 2 || !word.startsWith("-");
    if (!ends) index++;
    if (ends || word === "--") {
      shell.variables.unset("OPTARG");
      return finish("?", 1);
    }
    offset = 1;
  }
  const letter = word[offset++]!;
  const at = optionAt(spec, letter);
  if (at === undefined) {
    if (silent) shell.variables.set("OPTARG", letter);
    else {
      yield* shell.error(`Illegal option -${letter}\n`);
      shell.variables.unset("OPTARG");
    }
    return finish("?", 0);
  }
  if (spec[at + 1] !== ":") {
    shell.variables.set("OPTARG", "");
    return finish(letter, 0);
  }
  const isNext = offset >= word.length;
  const value = isNext ? list[index - 1] : word.slice(offset);
  offset = word.length;
  if (value === undefined) {
    if (silent) {
      shell.variables.set("OPTARG", letter);
      return finish(":", 0);
    }
    yield* shell.error(`No arg for -${letter} option\n`);
    shell.variables.unset("OPTARG");
    return finish("?", 0);
  }
  if (isNext) index++;
  shell.variables.set("OPTARG", value);
  return finish(letter, 0);
}

/** Where an option's letter stands; a colon is skipped only after a letter. */
function optionAt(spec: string, letter: string): number | undefined {
  for (let at = 0; at < spec.length; ) {
    if (spec[at] === letter) return at;
    at++;
    if (spec[at] === ":") at++;
  }
  return undefined;
}
