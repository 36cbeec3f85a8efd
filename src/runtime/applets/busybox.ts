/** `busybox` itself: it runs the applet that it is called as, or that its first argument names. */
import type { Task } from "../../time/task.ts";
import type { Program, Sys } from "../sys.ts";
import { allBusyboxNames, busyboxNames } from "./busyboxNames.ts";
import { isInstalledApplet } from "./executables.ts";
import { BANNER, complain } from "./options.ts";
import { usages } from "./usage.ts";

/** POSIX wants these to take `--help` like any other word. */
const NO_HELP: ReadonlySet<string> = new Set(["test", "[", "[[", "true", "false", "echo"]);
const COLUMNS = 80;

const INTRODUCTION = `${BANNER}
BusyBox is copyrighted by many authors between 1998-2015.
Licensed under GPLv2. See source distribution for detailed
copyright notices.

Usage: busybox [function [arguments]...]
   or: busybox --list[-full]
   or: busybox --install [-s] [DIR]
   or: function [arguments]...

\tBusyBox is a multi-call binary that combines many common Unix
\tutilities into a single executable.  The shell in this build
\tis configured to run built-in utilities without $PATH search.
\tYou don't need to install a link to busybox for each utility.
\tTo run external program, use full path (/sbin/ip instead of ip).

Currently defined functions:
`;

/** A busybox made of applets, the shell among them. */
export function busyboxProgram(applets: Readonly<Record<string, Program>>): Program {
  function* run(sys: Sys, name: string): Task<number> {
    const program = Object.hasOwn(applets, name) ? applets[name] : undefined;
    if (!isBuiltIn(sys, name)) {
      yield* complain(sys, `${name}: applet not found\n`);
      return 127;
    }
    if (sys.argv.length === 2 && sys.argv[1] === "--help" && !NO_HELP.has(name)) {
      yield* complain(sys, `${BANNER}\n\n${usages[name] ?? "No help available\n"}`);
      return 0;
    }
    if (program) return yield* program(sys);
    yield* complain(sys, `${name}: not modelled by this simulator\n`);
    return 1;
  }

  function* itself(sys: Sys): Task<number> {
    const [, name, ...rest] = sys.argv;
    switch (name) {
      case undefined:
        yield* sys.write(1, INTRODUCTION + listing(namesOf(sys)));
        return 0;
      case "--list":
      case "--list-full": {
        const full = name === "--list-full";
        const names = namesOf(sys).map((applet) => {
          const folder = allBusyboxNames.get(applet) ?? "";
          return full && folder !== "" ? `${folder}/${applet}\n` : `${applet}\n`;
        });
        yield* sys.write(1, names.join(""));
        return 0;
      }
      case "--install":
        yield* complain(sys, "busybox: --install is not modelled by this simulator\n");
        return 1;
      case "--help": {
        const [about] = rest;
        if (about === undefined) {
          yield* sys.write(1, INTRODUCTION + listing(namesOf(sys)));
          return 0;
        }
        return yield* run(withArguments(sys, [about, "--help"]), about);
      }
      default:
        return yield* run(withArguments(sys, [name, ...rest]), name);
    }
  }

  return (sys) => {
    // A login shell's name starts with a hyphen.
    const called = (sys.argv[0] ?? "").replace(/^-/, "").replace(/^.*\//, "");
    if (called === "busybox") return itself(sys);
    // Every wait of a program goes through all frames around it: most need none of these.
    const isPlain = busyboxNames.has(called) && sys.argv[1] !== "--help" && Object.hasOwn(applets, called);
    return isPlain ? applets[called]!(sys) : run(sys, called);
  };
}

/** The same process with other arguments: the applet sees itself called by its own name. */
function withArguments(sys: Sys, argv: readonly string[]): Sys {
  return new Proxy(sys, {
    get(target, key) {
      if (key === "argv") return argv;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
}

/** The recorded build's applets are in every busybox; more of them where an image links more. */
const isBuiltIn = (sys: Sys, name: string) =>
  busyboxNames.has(name) || (allBusyboxNames.has(name) && isInstalledApplet(sys, `/bin/${name}`));

const namesOf = (sys: Sys) => [...allBusyboxNames.keys()].filter((name) => isBuiltIn(sys, name));

function listing(names: readonly string[]): string {
  let out = "";
  let line = "";
  for (const name of names) {
    if (line !== "" && 8 + line.length + name.length + 2 >= COLUMNS) {
      out += `\t${line},\n`;
      line = "";
    }
    line += line === "" ? name : `, ${name}`;
  }
  return `${out}\t${line}\n\n`;
}
