/** `umask`: shows or sets the permissions that new files do not get. */
import type { Task } from "../../time/task.ts";
import { ShellFault } from "./fault.ts";
import type { Shell } from "./shell.ts";

export function* umaskCommand(shell: Shell, args: readonly string[]): Task<number> {
  const symbolic = args[1] === "-S";
  const text = args[symbolic ? 2 : 1];
  if (text === undefined) {
    const mask = shell.sys.umask;
    if (!symbolic) return yield* shell.print(`${mask.toString(8).padStart(4, "0")}\n`);
    const granted = [6, 3, 0].map((shift, index) => {
      const bits = (~mask >> shift) & 7;
      return `${"ugo"[index]}=${bits & 4 ? "r" : ""}${bits & 2 ? "w" : ""}${bits & 1 ? "x" : ""}`;
    });
    return yield* shell.print(`${granted.join(",")}\n`);
  }
  const mask = /^[0-7]{1,12}$/.test(text) ? Number.parseInt(text, 8) : symbolicMask(text, shell.sys.umask);
  if (mask === undefined || mask > 0o777) throw new ShellFault(`illegal mode: ${text}`);
  shell.sys.umask = mask & 0o777;
  return 0;
}

function symbolicMask(text: string, mask: number): number | undefined {
  let allowed = ~mask & 0o777;
  for (const clause of text.split(",")) {
    const parsed = /^([ugoa]*)([-+=])([rwx]*)$/.exec(clause);
    if (!parsed) return undefined;
    const who = parsed[1] === "" || parsed[1]!.includes("a") ? "ugo" : parsed[1]!;
    let bits = 0;
    for (const letter of parsed[3]!) bits |= letter === "r" ? 4 : letter === "w" ? 2 : 1;
    for (const [letter, shift] of [
      ["u", 6],
      ["g", 3],
      ["o", 0],
    ] as const) {
      if (!who.includes(letter)) continue;
      if (parsed[2] === "=") allowed = (allowed & ~(7 << shift)) | (bits << shift);
      else if (parsed[2] === "+") allowed |= bits << shift;
      else allowed &= ~(bits << shift);
    }
  }
  return ~allowed & 0o777;
}
