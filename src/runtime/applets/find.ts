/** `find`, with the tests and actions that busybox 1.35 has. */
import type { Task } from "../../time/task.ts";
import { compilePattern, matches } from "../shell/pattern.ts";
import type { FileType, Program, Stat, Sys } from "../sys.ts";
import { spawnProgram, waitFor } from "./executables.ts";
import { joinPath } from "./fileTree.ts";
import { changedMode } from "./fileMode.ts";
import { applet, because, complain, Fault, usageFault } from "./options.ts";
import { posixRegex } from "./posixRegExp.ts";
import { baseName } from "./simple.ts";
import { Output } from "./streams.ts";
import { type Accounts, readAccounts } from "./users.ts";

/** What one visit is about. */
interface Visit {
  readonly path: string;
  readonly stat: Stat;
  readonly walk: Walk;
}
type Test = (visit: Visit) => Task<boolean>;

/** A walk through the trees: what its actions share. */
interface Walk {
  readonly sys: Sys;
  readonly out: Output;
  prune: boolean;
  quit: boolean;
  status: number;
}

const TYPES: Readonly<Record<string, FileType | "none">> = {
  f: "file",
  d: "directory",
  l: "symlink",
  p: "fifo",
  c: "chardev",
  s: "socket",
  b: "none",
};

const DAY = 86_400_000;
/** Names that one command gets at most with `-exec … +`. */
const MAX_ARGUMENT_BYTES = 32 * 1024;

class Parser {
  acts = false;
  minDepth = 0;
  maxDepth = Number.POSITIVE_INFINITY;
  depthFirst = false;
  follow = false;
  xdev = false;
  /** What to do when the walk is over: run `-exec … +` on what was gathered. */
  readonly finish: ((walk: Walk) => Task)[] = [];
  #at = 0;
  /** A `!` that no test has taken yet. */
  #inverted = false;
  readonly #words: readonly string[];
  readonly #accounts: Accounts;
  readonly #sys: Sys;

  constructor(sys: Sys, words: readonly string[], accounts: Accounts) {
    this.#sys = sys;
    this.#words = words;
    this.#accounts = accounts;
  }

  /** Throws Fault. */
  parse(): Test {
    const test = this.#either();
    if (this.#at < this.#words.length) this.#unrecognized(this.#words[this.#at]!);
    if (this.acts) return test;
    return function* (visit) {
      if (yield* test(visit)) yield* visit.walk.out.write(`${visit.path}\n`);
      return true;
    };
  }

  #unrecognized(word: string): never {
    throw usageFault("find", `unrecognized: ${word}`);
  }

  #value(option: string): string {
    const word = this.#words[this.#at++];
    if (word === undefined) throw new Fault(`find: ${option} requires an argument\n`);
    return word;
  }

  #either(): Test {
    const groups = [this.#both()];
    while (this.#words[this.#at] === "-o" || this.#words[this.#at] === "-or") {
      this.#at++;
      groups.push(this.#both());
    }
    // A group of nothing but settings ends the list: what follows it is never looked at.
    const empty = groups.indexOf(undefined);
    const parts = (empty < 0 ? groups : groups.slice(0, empty)) as Test[];
    if (parts.length === 0) return always;
    return function* (visit) {
      for (const part of parts) if (yield* part(visit)) return true;
      return false;
    };
  }

  /** Undefined: there is no test in it. */
  #both(): Test | undefined {
    const parts: Test[] = [];
    for (let word = this.#words[this.#at]; word !== undefined; word = this.#words[this.#at]) {
      if (word === ")" || word === "-o" || word === "-or") break;
      if (word === "-a" || word === "-and") this.#at++;
      else {
        const part = this.#primary();
        if (part) parts.push(part);
      }
    }
    if (parts.length === 0) return undefined;
    return function* (visit) {
      for (const part of parts) if (!(yield* part(visit))) return false;
      return true;
    };
  }

  /** One test or action. Settings on the way are no tests: a `!` before one is for the test that follows. */
  #primary(): Test | undefined {
    for (;;) {
      const word = this.#words[this.#at];
      if (word === undefined || word === ")" || word === "-o" || word === "-or") return undefined;
      this.#at++;
      if (word === "!" || word === "-not") this.#inverted = !this.#inverted;
      else if (word === "-a" || word === "-and") continue;
      else if (!this.#setting(word)) {
        const inverted = this.#inverted;
        this.#inverted = false;
        const inner = this.#one(word);
        if (!inverted) return inner;
        return function* (visit) {
          return !(yield* inner(visit));
        };
      }
    }
  }

  #one(word: string): Test {
    if (word === "(") {
      const inner = this.#either();
      if (this.#words[this.#at++] !== ")") throw new Fault("find: unpaired '('\n");
      return inner;
    }
    const check = this.#check(word);
    if (check)
      return function* (visit) {
        return check(visit);
      };
    return this.#action(word) ?? this.#unrecognized(word);
  }

  /** Tests that look at one file. */
  #check(word: string): ((visit: Visit) => boolean) | undefined {
    switch (word) {
      case "-name":
      case "-iname":
      case "-path":
      case "-wholename":
      case "-ipath": {
        const fold = word.startsWith("-i") ? (text: string) => text.toLowerCase() : (text: string) => text;
        const pattern = compilePattern(fold(this.#value(word)));
        const onlyName = word.endsWith("iname") || word === "-name";
        return ({ path }) => matches(pattern, fold(onlyName ? baseName(path) : path));
      }
      case "-regex": {
        const regex = posixRegex("find", this.#value(word));
        return ({ path }) => {
          const match = regex.exec(path);
          return match?.index === 0 && match.end === path.length;
        };
      }
      case "-type": {
        const text = this.#value(word);
        const type = Object.hasOwn(TYPES, text) ? TYPES[text] : undefined;
        if (type === undefined) throw new Fault(`find: invalid argument '${text}' to '-type'\n`);
        return ({ stat }) => stat.type === type;
      }
      case "-executable":
        return ({ path, walk }) => walk.sys.access(path, "execute");
      case "-perm":
        return this.#permissions(this.#value(word));
      case "-mtime":
      case "-atime":
      case "-ctime":
      case "-mmin":
      case "-amin":
      case "-cmin": {
        const { sign, number } = this.#signed(word);
        const unit = word.endsWith("min") ? 60_000 : DAY;
        const which = `${word[1] as "m" | "a" | "c"}time` as const;
        return ({ stat, walk }) => {
          const age = walk.sys.now() - stat[which];
          const from = number * unit;
          return sign === "+" ? age >= from + unit : sign === "-" ? age < from : age >= from && age < from + unit;
        };
      }
      case "-newer": {
        const file = this.#value(word);
        const { mtime } = this.#statOf(file);
        return ({ stat }) => Math.floor(stat.mtime / 1000) > Math.floor(mtime / 1000);
      }
      case "-samefile": {
        const { dev, ino } = this.#statOf(this.#value(word));
        return ({ stat }) => stat.dev === dev && stat.ino === ino;
      }
      case "-inum":
      case "-links": {
        const { sign, number } = this.#signed(word);
        return ({ stat }) => {
          const value = word === "-inum" ? stat.ino : stat.nlink;
          return sign === "+" ? value > number : sign === "-" ? value < number : value === number;
        };
      }
      case "-user": {
        const uid = this.#account(this.#value(word), "user");
        return ({ stat }) => stat.uid === uid;
      }
      case "-group": {
        const gid = this.#account(this.#value(word), "group");
        return ({ stat }) => stat.gid === gid;
      }
      case "-size": {
        const text = this.#value(word);
        const match = /^([-+]?)(\d{1,15})([bck]?)$/.exec(text);
        if (!match) throw new Fault(`find: invalid number '${text.replace(/^[-+]/, "")}'\n`);
        const size = Number(match[2]) * { c: 1, k: 1024, b: 512, "": 512 }[match[3] as "c"]!;
        return ({ stat }) =>
          match[1] === "+" ? stat.size > size : match[1] === "-" ? stat.size < size : stat.size === size;
      }
      case "-empty":
        return ({ path, stat, walk }) => {
          if (stat.type !== "directory") return stat.type === "file" && stat.size === 0;
          return walk.sys.readdir(path).every((name) => name === "." || name === "..");
        };
    }
    return undefined;
  }

  #statOf(file: string): Stat {
    try {
      return this.#sys.stat(file);
    } catch (error) {
      throw new Fault(`find: can't stat '${file}': ${because(error)}\n`);
    }
  }

  #signed(option: string): { sign: string; number: number } {
    const text = this.#value(option);
    const match = /^([-+]?)(\d{1,15})$/.exec(text);
    if (!match) throw new Fault(`find: invalid number '${text.replace(/^[-+]/, "")}'\n`);
    return { sign: match[1]!, number: Number(match[2]) };
  }

  #account(text: string, kind: "user" | "group"): number {
    if (/^\d+$/.test(text)) return Number(text);
    const { users, groups } = this.#accounts;
    const id = kind === "user" ? users.find(({ name }) => name === text)?.uid : groups.find(({ name }) => name === text)?.gid; // biome-ignore format: one thought
    if (id === undefined) throw new Fault(`find: unknown ${kind} ${text}\n`);
    return id;
  }

  #permissions(text: string): (visit: Visit) => boolean {
    const sign = /^[-+/]/.exec(text)?.[0] ?? "";
    const mask = changedMode(text.slice(sign.length), 0, false, 0);
    if (mask === undefined) throw new Fault(`find: invalid mode '${text}'\n`);
    return ({ stat }) => {
      const mode = stat.mode & 0o7777;
      if (sign === "-") return (mode & mask) === mask;
      return sign === "" ? mode === mask : mask === 0 || (mode & mask) !== 0;
    };
  }

  #action(word: string): Test | undefined {
    switch (word) {
      case "-print":
      case "-print0":
        this.acts = true;
        return function* ({ path, walk }) {
          yield* walk.out.write(path + (word === "-print" ? "\n" : "\0"));
          return true;
        };
      case "-prune":
        return function* ({ walk }) {
          walk.prune = true;
          return true;
        };
      case "-quit":
        this.acts = true;
        return function* ({ walk }) {
          walk.quit = true;
          return true;
        };
      case "-exec":
        this.acts = true;
        return this.#exec();
    }
    return undefined;
  }

  #exec(): Test {
    const start = this.#at;
    const end = this.#words.findIndex(
      (one, i) => i >= start && (one === ";" || (one === "+" && this.#words[i - 1]?.includes("{}"))),
    );
    if (end < 0) throw new Fault("find: -exec requires an argument\n");
    this.#at = end + 1;
    const command = this.#words.slice(start, end);
    if (this.#words[end] === ";") {
      return function* ({ path, walk }) {
        return (
          (yield* run(
            walk,
            command.map((part) => part.split("{}").join(path)),
          )) === 0
        );
      };
    }
    let held: string[] = [];
    let size = 0;
    const flush = function* (walk: Walk): Task {
      if (held.length === 0) return;
      const names = held;
      held = [];
      size = 0;
      const at = command.findIndex((part) => part.includes("{}"));
      const code = yield* run(walk, [...command.slice(0, at), ...names, ...command.slice(at + 1)]);
      if (code !== 0) walk.status = 1;
    };
    this.finish.push(flush);
    return function* ({ path, walk }) {
      held.push(path);
      size += path.length + 1;
      if (size >= MAX_ARGUMENT_BYTES) yield* flush(walk);
      return true;
    };
  }

  #setting(word: string): boolean {
    switch (word) {
      case "-maxdepth":
      case "-mindepth": {
        const text = this.#value(word);
        if (!/^\d{1,9}$/.test(text)) throw new Fault(`find: invalid number '${text}'\n`);
        if (word === "-maxdepth") this.maxDepth = Number(text);
        else this.minDepth = Number(text);
        return true;
      }
      case "-depth":
        this.depthFirst = true;
        return true;
      case "-follow":
        this.follow = true;
        return true;
      case "-xdev":
        this.xdev = true;
        return true;
    }
    return false;
  }
}

const always: Test = function* () {
  return true;
};

/** Runs a command; what was found before is printed first. */
function* run(walk: Walk, argv: readonly string[]): Task<number> {
  yield* walk.out.flush();
  try {
    return yield* waitFor(walk.sys, spawnProgram(walk.sys, argv));
  } catch (error) {
    yield* complain(walk.sys, `find: ${argv[0]}: ${because(error)}\n`);
    return 127;
  }
}

/** Deeper than any path that the file system takes. */
const MAX_DEPTH = 500;

export const findApplets: Readonly<Record<string, Program>> = {
  find: applet("find", function* (sys, args) {
    let links: "never" | "always" | "named" = "never";
    let begin = 0;
    for (; /^-[HLP]$/.test(args[begin] ?? ""); begin++) {
      links = args[begin] === "-L" ? "always" : args[begin] === "-H" ? "named" : "never";
    }
    let first = begin;
    while (first < args.length && !/^-.|^[(!]$/.test(args[first]!)) first++;
    const paths = args.slice(begin, first);
    const parser = new Parser(sys, args.slice(first), yield* readAccounts(sys));
    const test = parser.parse();
    const walk: Walk = { sys, out: new Output(sys), prune: false, quit: false, status: 0 };

    function* visit(path: string, depth: number, device: number | undefined): Task {
      try {
        const follow = links === "always" || parser.follow || (links === "named" && depth === 0);
        const stat = follow ? followed(sys, path) : sys.lstat(path);
        walk.prune = false;
        if (!parser.depthFirst && depth >= parser.minDepth) yield* test({ path, stat, walk });
        const enter =
          stat.type === "directory" && depth < Math.min(parser.maxDepth, MAX_DEPTH) && !walk.quit && !walk.prune;
        if (enter && !(parser.xdev && device !== undefined && stat.dev !== device)) {
          for (const name of sys.readdir(path)) {
            if (name === "." || name === "..") continue;
            yield* visit(joinPath(path, name), depth + 1, stat.dev);
            if (walk.quit) return;
          }
        }
        if (parser.depthFirst && depth >= parser.minDepth) yield* test({ path, stat, walk });
      } catch (error) {
        if (error instanceof Fault) throw error;
        const reason = because(error);
        yield* walk.out.flush();
        yield* complain(sys, `find: ${path}: ${reason}\n`);
        walk.status = 1;
      }
    }
    for (const path of paths.length === 0 ? ["."] : paths) {
      yield* visit(path, 0, undefined);
      if (walk.quit) break;
    }
    for (const finish of parser.finish) yield* finish(walk);
    yield* walk.out.flush();
    return walk.status;
  }),
};

/** A link that leads nowhere is shown as the link that it is. */
function followed(sys: Sys, path: string): Stat {
  try {
    return sys.stat(path);
  } catch (error) {
    because(error);
    return sys.lstat(path);
  }
}
