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
  const silent = spec.startsWith(":");
  let index = shell.getoptsIndex;
  let offset = shell.getoptsOffset;
  const finish = (letter: string, status: number): number => {
    shell.variables.set("OPTIND", String(index));
    shell.getoptsOffset = offset;
    shell.variables.set(name, letter);
    return status;
  };
  if (offset === 0) {
    const word = list[index - 1];
    if (word === undefined || !word.startsWith("-") || word === "-") return finish("?", 1);
    if (word === "--") {
      index++;
      return finish("?", 1);
    }
    offset = 1;
  }
  const word = list[index - 1] ?? "-";
  const letter = word[offset] ?? "?";
  offset++;
  const atEnd = offset >= word.length;
  const at = letter === ":" ? -1 : spec.indexOf(letter, silent ? 1 : 0);
  if (at < 0) {
    if (atEnd) {
      index++;
      offset = 0;
    }
    if (silent) shell.variables.set("OPTARG", letter);
    else {
      yield* shell.error(`Illegal option -${letter}\n`);
      shell.variables.unset("OPTARG");
    }
    return finish("?", 0);
  }
  if (spec[at + 1] !== ":") {
    if (atEnd) {
      index++;
      offset = 0;
    }
    shell.variables.set("OPTARG", "");
    return finish(letter, 0);
  }
  const value = atEnd ? list[index] : word.slice(offset);
  index += atEnd ? 2 : 1;
  offset = 0;
  if (value === undefined) {
    index = list.length + 1;
    if (silent) {
      shell.variables.set("OPTARG", letter);
      return finish(":", 0);
    }
    yield* shell.error(`No arg for -${letter} option\n`);
    shell.variables.unset("OPTARG");
    return finish("?", 0);
  }
  shell.variables.set("OPTARG", value);
  return finish(letter, 0);
}
