/** A command's flags, read as cobra and pflag read them: anywhere among the arguments, `--` ends them. */
import { durationFault, parseDuration } from "./duration.ts";
import { Failure } from "./failure.ts";

export interface FlagSpec {
  readonly short?: string;
  /** A boolean takes `--flag` and `--flag=false`; a list collects and splits at commas; an array only collects. */
  readonly type: "bool" | "string" | "int" | "list" | "array" | "duration";
  /** The value of a string flag that stands alone: `--dry-run`. */
  readonly alone?: string;
  /** What it is without being given, for the help. */
  readonly usual?: string;
  /** Without it the command does not begin. */
  readonly required?: boolean;
  /** Taken, but not shown in the help. */
  readonly hidden?: boolean;
  /** What is said when it is used. */
  readonly deprecated?: string;
}

export type FlagTable = Readonly<Record<string, FlagSpec>>;

export class Arguments {
  readonly words: string[] = [];
  /** How many words stood before `--`; all of them without one. */
  dash = -1;
  /** What the flags themselves have to say on stderr. */
  readonly notes: string[] = [];
  readonly #values = new Map<string, string[]>();

  set(name: string, value: string): void {
    const values = this.#values.get(name);
    if (values) values.push(value);
    else this.#values.set(name, [value]);
  }
  has(name: string): boolean {
    return this.#values.has(name);
  }
  /** The last value given. */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }
  on(name: string): boolean {
    return this.text(name) === "true";
  }
  number(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : Number(text);
  }
  /** ms of a duration flag. */
  duration(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : (parseDuration(text) ?? 0);
  }
  /** The same without one flag. */
  without(name: string): Arguments {
    const rest = new Arguments();
    rest.words.push(...this.words);
    rest.dash = this.dash;
    for (const [key, values] of this.#values) if (key !== name) for (const value of values) rest.set(key, value);
    return rest;
  }
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}

const truths = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const falsehoods = new Set(["0", "f", "F", "false", "FALSE", "False"]);

/** @param usage `kubectl get`: named when a flag is unknown */
export function parseArguments(words: readonly string[], table: FlagTable, usage: string): Arguments {
  const found = new Arguments();
  const refuse = (text: string): never => {
    throw new Failure(`error: ${text}\nSee '${usage} --help' for usage.`);
  };
  const shorts = new Map(Object.entries(table).flatMap(([name, { short }]) => (short ? [[short, name] as const] : [])));
  const store = (name: string, shown: string, value: string): void => {
    const { type } = table[name]!;
    if (type === "bool") {
      if (!truths.has(value) && !falsehoods.has(value))
        refuse(
          `invalid argument "${value}" for "${shown}" flag: strconv.ParseBool: parsing "${value}": invalid syntax`,
        );
      found.set(name, String(truths.has(value)));
    } else if (type === "int") {
      if (!/^[-+]?\d{1,15}$/.test(value))
        refuse(`invalid argument "${value}" for "${shown}" flag: strconv.ParseInt: parsing "${value}": invalid syntax`);
      found.set(name, value);
    } else if (type === "duration") {
      const fault = durationFault(value);
      if (fault) refuse(`invalid argument "${value}" for "${shown}" flag: ${fault}`);
      found.set(name, value);
    } else if (type === "list") for (const part of value.split(",")) found.set(name, part);
    else found.set(name, value);
  };
  const noteDeprecated = (name: string): void => {
    const { deprecated } = table[name]!;
    if (deprecated) found.notes.push(`Flag --${name} has been deprecated, ${deprecated}`);
  };
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "--") {
      found.dash = found.words.length;
      found.words.push(...words.slice(i + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      found.words.push(word);
      continue;
    }
    if (word.startsWith("--")) {
      const [name, given] = cut(word.slice(2));
      if (!Object.hasOwn(table, name)) refuse(`unknown flag: --${name}`);
      noteDeprecated(name);
      const { type, alone, short } = table[name]!;
      const shown = short ? `-${short}, --${name}` : `--${name}`;
      if (given !== undefined) store(name, shown, given);
      else if (type === "bool") store(name, shown, "true");
      else if (alone !== undefined) store(name, shown, alone);
      else if (i + 1 < words.length) store(name, shown, words[++i]!);
      else refuse(`flag needs an argument: --${name}`);
      continue;
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word[at]!;
      const name = shorts.get(letter);
      if (name === undefined) {
        refuse(`unknown shorthand flag: '${letter}' in ${word}`);
        break;
      }
      noteDeprecated(name);
      const { type, alone } = table[name]!;
      const shown = `-${letter}, --${name}`;
      const rest = word.slice(at + 1);
      if (rest.startsWith("=")) {
        store(name, shown, rest.slice(1));
        break;
      }
      if (type === "bool" || alone !== undefined) {
        store(name, shown, type === "bool" ? "true" : alone!);
        continue;
      }
      if (rest !== "") store(name, shown, rest);
      else if (i + 1 < words.length) store(name, shown, words[++i]!);
      else refuse(`flag needs an argument: '${letter}' in ${word}`);
      break;
    }
  }
  return found;
}

function cut(text: string): [string, string | undefined] {
  const at = text.indexOf("=");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
