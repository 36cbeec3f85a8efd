/** `console` and `events` blocks after a demo: what is run, when, and the output that is claimed. */
import type { Info } from "./markdown.ts";
import type { CheckedBlock, ConsoleStep } from "./types.ts";
import { readDuration, splitWords } from "./values.ts";

export function readCheckedBlock(
  text: string,
  info: Info,
  line: number,
  seconds: number,
  fault: (line: number, message: string) => void,
): CheckedBlock {
  if (info.language === "events") {
    const to = info.options.to;
    const read = to === undefined ? undefined : readDuration(to);
    if (read && "fault" in read) fault(line - 1, `events to=: ${read.fault}`);
    return {
      kind: "events",
      text,
      line,
      ...(read && "value" in read ? { at: read.value } : {}),
      ...(info.options.reason ? { reasons: info.options.reason.split(",") } : {}),
      ...(info.rest.includes("containers") ? { containers: true } : {}),
      steps: [],
    };
  }
  let at = seconds;
  const start = info.rest[0] === "at" ? info.rest[1] : info.options.at;
  if (start !== undefined) {
    const read = readDuration(start);
    if ("fault" in read) fault(line - 1, `console at: ${read.fault}`);
    else at = read.value;
  }
  const first = at;
  const steps: ConsoleStep[] = [];
  text.split("\n").forEach((row, i) => {
    const time = /^#\s*(?:at\s+)?(\d\S*)\s*$/.exec(row);
    const prompt = /^(client)?\$ (.*)$/.exec(row);
    if (time) {
      const read = readDuration(time[1]);
      if ("fault" in read) fault(line + i, read.fault);
      else at = read.value;
    } else if (prompt) {
      const words = splitWords(prompt[2]!);
      if ("fault" in words) fault(line + i, words.fault);
      else if (!prompt[1] && words.value[0] !== "kubectl")
        fault(line + i, `only kubectl can be checked here: begin with "client$" what another Pod runs`);
      else
        steps.push({
          at,
          where: prompt[1] ? "client" : "kubectl",
          argv: prompt[1] ? words.value : words.value.slice(1),
          prompt: row,
          output: [],
          line: line + i,
        });
    } else if (steps.length > 0) {
      const step = steps.at(-1)!;
      steps[steps.length - 1] = { ...step, output: [...step.output, row] };
    } else if (row.trim() !== "") {
      fault(line + i, 'a console block begins with a command: "$ kubectl …"');
    }
  });
  if (steps.length === 0) fault(line, 'a console block has at least one command: "$ kubectl …"');
  for (const step of steps)
    if (step.at > seconds)
      fault(step.line, `this is at ${step.at}s, the demo runs ${seconds}s: give it a yaml world with more seconds`);
  return { kind: "console", text, line, at: first, steps };
}
