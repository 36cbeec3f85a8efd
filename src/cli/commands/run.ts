/** `course run IMAGE -- CMD…`: one container, like `docker run`: its output and its exit status. */
import process from "node:process";
import { simulate } from "../../simulation/simulate.ts";
import { restlessText } from "../../runner/restlessText.ts";
import { harmlessLines } from "../../runner/textWidth.ts";
import type { Context } from "../context.ts";
import { notYet } from "../exitCode.ts";

/** Virtual seconds. A container that still runs then is cut off, as by `timeout`. */
const longest = 3600;
/** The exit status of `timeout` when time ran out. */
const timedOut = 124;

export function run({ terminal }: Context, [image, ...command]: readonly (string | undefined)[]): number {
  // A Pod's `$$` is one dollar and its `$(NAME)` a variable; here the words mean themselves.
  const words = command.filter((word) => word !== undefined).map((word) => word.replaceAll("$", "$$$$"));
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "run" },
    spec: { restartPolicy: "Never", containers: [{ name: "run", image, ...(words.length > 0 && { args: words }) }] },
  };
  const result = simulate({ pod, seconds: longest });
  if (result.rejected) {
    terminal.note(result.rejected.message);
    return notYet;
  }
  for (const [stream, text] of merged(result.logs)) {
    process[stream].write(process[stream].isTTY ? harmlessLines(text) : text);
  }
  const { containers, events } = result.trace;
  const end = containers.findLast((row) => row.state === "terminated");
  if (end?.exitCode !== undefined) return end.exitCode;
  if (result.stoppedBy) terminal.note(result.stoppedBy);
  if (result.restless) terminal.note(restlessText(result.restless));
  if (containers.some((row) => row.state === "running")) {
    if (!result.stoppedBy) terminal.note(`It still ran after ${longest / 60} minutes of its own time and was cut off.`);
    return timedOut;
  }
  const why = events.findLast((event) => event.type === "Warning");
  terminal.note(why ? `The container did not start: ${why.message}` : "The container did not start.");
  return notYet;
}

/** Neighbouring lines of one stream as one text: a line at a time is slow to write. */
function merged(logs: readonly { readonly stream: "stdout" | "stderr"; readonly text: string }[]) {
  const out: ["stdout" | "stderr", string][] = [];
  for (const { stream, text } of logs) {
    const last = out.at(-1);
    if (last?.[0] === stream && last[1].length < 1 << 16) last[1] += text;
    else out.push([stream, text]);
  }
  return out;
}
