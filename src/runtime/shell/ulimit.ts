/** `ulimit`: shows a process' limits. Containers run with these; one that is set is remembered and limits nothing. */
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

interface Request {
  readonly limit: (typeof LIMITS)[number];
  readonly value: string | undefined;
}

export function* ulimitCommand(shell: Shell, args: readonly string[]): Task<number> {
  const requests: Request[] = [];
  let asked = 0;
  let all = false;
  for (let at = 1; at < args.length; at++) {
    const word = args[at]!;
    if (!word.startsWith("-") || word === "-") {
      requests.push({ limit: LIMITS[3]!, value: word });
      continue;
    }
    for (let i = 1; i < word.length; i++) {
      const letter = word[i]!;
      if (letter === "a") all = true;
      if (letter === "H" || letter === "S" || letter === "a") continue;
      const limit = LIMITS.find(([short]) => short === letter);
      if (limit === undefined) {
        yield* shell.error(`ulimit: invalid option -- '${letter}'\n`);
        return 1;
      }
      // The value stands in the same word or in the next.
      let value: string | undefined = word.slice(i + 1);
      if (value === "") value = args[at + 1]?.startsWith("-") === false ? args[++at] : undefined;
      asked++;
      requests.push({ limit, value });
      break;
    }
  }
  const show = ([short, , value]: (typeof LIMITS)[number]): string => `${shell.limits.get(short) ?? value}\n`;
  const line = (limit: (typeof LIMITS)[number]): string => `${limit[1].padEnd(32)}(-${limit[0]}) ${show(limit)}`;
  if (all) return yield* shell.print(LIMITS.map(line).join(""));
  if (requests.length === 0) return yield* shell.print(show(LIMITS[3]!));
  let out = "";
  for (const { limit, value } of requests) {
    if (value === undefined) out += asked > 1 ? line(limit) : show(limit);
    else if (value === "unlimited" || /^\d{1,19}$/.test(value)) shell.limits.set(limit[0], value);
    else {
      yield* shell.print(out);
      yield* shell.error(`${shell.appletName}: invalid number '${value}'\n`);
      return 1;
    }
  }
  return yield* shell.print(out);
}
