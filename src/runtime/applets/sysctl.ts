/** busybox sysctl: kernel parameters as /proc/sys shows them (busybox: procps/sysctl.c). */
import type { Task } from "../../time/task.ts";
import type { Program, Sys } from "../sys.ts";
import { applet, because, complain, parseOptions } from "./options.ts";
import { readIfPresent } from "./streams.ts";

const ROOT = "/proc/sys";

export const sysctlApplets: Readonly<Record<string, Program>> = {
  sysctl: applet("sysctl", function* (sys, args) {
    const options = parseOptions("sysctl", args, "neAapwq");
    const all = options.has("a") || options.has("A");
    let status = 0;
    for (const word of all ? parametersBelow(sys, ROOT) : options.operands) {
      const equals = word.indexOf("=");
      const name = (equals < 0 ? word : word.slice(0, equals)).replaceAll("/", ".");
      const complaint = equals < 0 ? yield* show(sys, name, options.has("n")) : refuseToSet(sys, name);
      if (complaint === undefined || (complaint.includes("unknown key") && options.has("e"))) continue;
      yield* complain(sys, `sysctl: ${complaint}\n`);
      status = 1;
    }
    return status;
  }),
};

const fileOf = (name: string) => `${ROOT}/${name.replaceAll(".", "/")}`;

/** The name has been made a path by then. */
const unknownKey = (name: string) => `error: '${name.replaceAll(".", "/")}' is an unknown key`;

/** What went wrong, if anything. */
function* show(sys: Sys, name: string, valueOnly: boolean): Task<string | undefined> {
  const text = isFile(sys, name) ? yield* readIfPresent(sys, fileOf(name)) : undefined;
  if (text === undefined) return unknownKey(name);
  for (const line of text.replace(/\n$/, "").split("\n"))
    yield* sys.write(1, valueOnly ? `${line}\n` : `${name} = ${line}\n`);
  return undefined;
}

/** Containers see the parameters of the kernel read-only. */
function refuseToSet(sys: Sys, name: string): string | undefined {
  if (!isFile(sys, name)) return unknownKey(name);
  try {
    sys.close(sys.open(fileOf(name), { write: true }));
    return undefined;
  } catch (error) {
    return `error setting key '${name}': ${because(error)}`;
  }
}

function isFile(sys: Sys, name: string): boolean {
  try {
    return sys.stat(fileOf(name)).type === "file";
  } catch {
    return false;
  }
}

function parametersBelow(sys: Sys, folder: string): string[] {
  return sys.readdir(folder).flatMap((entry) => {
    if (entry === "." || entry === "..") return [];
    const path = `${folder}/${entry}`;
    return sys.stat(path).type === "directory" ? parametersBelow(sys, path) : [path.slice(ROOT.length + 1)];
  });
}
