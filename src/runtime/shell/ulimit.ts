/** `ulimit`: shows a process' limits. Containers run with these; setting one is accepted and changes nothing. */
import type { Task } from "../../time/task.ts";
import type { Shell } from "./shell.ts";

/** Letter, what it is called, and the value in the unit that is shown. */
const LIMITS: readonly (readonly [string, string, string])[] = [
  ["c", "core file size (blocks)", "unlimited"],
  ["d", "data seg size (kb)", "unlimited"],
  ["e", "scheduling priority", "0"],
  ["f", "file size (blocks)", "unlimited"],
  ["i", "pending signals", "96365"],
  ["l", "max locked memory (kb)", "64"],
  ["m", "max memory size (kb)", "unlimited"],
  ["n", "open files", "1048576"],
  ["q", "POSIX message queues (bytes)", "819200"],
  ["r", "real-time priority", "0"],
  ["s", "stack size (kb)", "8192"],
  ["t", "cpu time (seconds)", "unlimited"],
  ["u", "max user processes", "unlimited"],
  ["v", "virtual memory (kb)", "unlimited"],
  ["x", "file locks", "unlimited"],
];

export function* ulimitCommand(shell: Shell, args: readonly string[]): Task<number> {
  let out = "";
  let asked = false;
  for (let at = 1; at < args.length; at++) {
    const word = args[at]!;
    if (!word.startsWith("-")) continue;
    for (const letter of word.slice(1).replace(/\d+$/, "")) {
      if (letter === "H" || letter === "S") continue;
      asked = true;
      if (letter === "a") {
        out += LIMITS.map(([short, name, value]) => `${name.padEnd(31)} (-${short}) ${value}\n`).join("");
        continue;
      }
      const limit = LIMITS.find(([short]) => short === letter);
      if (limit === undefined) {
        yield* shell.error(`${shell.appletName}: ulimit: invalid option -- '${letter}'\n`);
        return 1;
      }
      const value = args[at + 1];
      if (/\d$/.test(word)) break;
      if (value !== undefined && !value.startsWith("-")) at++;
      else out += `${limit[2]}\n`;
      break;
    }
  }
  if (!asked && !args.slice(1).some((word) => !word.startsWith("-"))) out = "unlimited\n";
  return yield* shell.print(out);
}
