/** `course shell`: a simulated cluster with a shell in which `kubectl` is a command. */
import { resolve } from "node:path";
import process from "node:process";
import type { Exercise } from "../../course/types.ts";
import { scenarioOfWorld } from "../../grader/run.ts";
import { mistypedCommand } from "../../runner/mistypedCommand.ts";
import { readInput } from "../../runner/inputFile.ts";
import { Sandbox } from "../../sandbox/sandbox.ts";
import { openScenario } from "../../sandbox/session.ts";
import { faultOf, replay, type Transcript } from "../../sandbox/transcript.ts";
import type { Options } from "../commandTable.ts";
import { type Context, UsageFault } from "../context.ts";
import { passed } from "../exitCode.ts";

/** Bytes: many manifests may be in one. */
const largestTranscript = 16 << 20;

export async function run(
  context: Context,
  [name]: readonly (string | undefined)[],
  options: Options,
): Promise<number> {
  if (typeof options.transcript === "string") return replayFile(context, options.transcript);
  if (typeof options.command === "string") return runLines(context, options.command, name);
  if (name !== undefined) return openExercise(context, name);
  if (context.terminal.interactive) return (await import("../../runner/exerciseShell.ts")).freeShell(context);
  if (process.stdin.isTTY) throw new UsageFault("course shell needs a terminal. Without one: course shell -c COMMAND.");
  const input = readInput("-");
  if (!input.ok) throw new UsageFault(input.message);
  return runLines(context, input.text);
}

function replayFile({ cwd }: Context, file: string): number {
  const input = readInput(file === "-" ? "-" : resolve(cwd, file), largestTranscript);
  if (!input.ok) throw new UsageFault(input.message);
  let transcript: unknown;
  try {
    transcript = JSON.parse(input.text);
  } catch (error) {
    throw new UsageFault(`${file} is no JSON: ${error instanceof Error ? error.message : ""}`);
  }
  const fault = faultOf(transcript);
  if (fault) throw new UsageFault(`${file}: ${fault}.`);
  process.stdout.write(`${JSON.stringify(replay(transcript as Transcript), null, 2)}\n`);
  return passed;
}

/** Beside an empty cluster, or the one of an exercise. */
function runLines(context: Context, lines: string, exercise?: string): number {
  const { terminal } = context;
  const sandbox = exercise === undefined ? new Sandbox() : sandboxOf(answeredByCommands(context, exercise));
  const { exit, stdout, stderr, cutOffAfterSeconds } = sandbox.run(lines);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  if (cutOffAfterSeconds !== undefined)
    terminal.note(`It still ran after ${cutOffAfterSeconds / 60} minutes of the cluster's time and was cut off.`);
  const hint = mistypedCommand(exit, stderr, sandbox);
  if (hint) terminal.note(hint);
  return exit;
}

/** Its cluster, where the learner begins. */
function sandboxOf({ worlds }: Exercise): Sandbox {
  const unseen = { edit: () => undefined, onAnswer: () => {}, out: () => {}, err: () => {} };
  return openScenario(scenarioOfWorld(worlds[0]!), unseen, () => {}).sandbox;
}

function answeredByCommands({ exercise, course }: Context, name: string): Exercise {
  const entry = exercise(name);
  const found = course.exercise(entry);
  if (found.answers !== "commands")
    throw new UsageFault(`${entry.id} asks for a manifest, not for commands: course show ${entry.id}`);
  return found;
}

async function openExercise(context: Context, name: string): Promise<number> {
  const entry = context.exercise(name);
  const exercise = answeredByCommands(context, name);
  if (!context.terminal.interactive)
    throw new UsageFault(`course shell ${entry.id} needs a terminal. Without one: course check ${entry.id} SCRIPT`);
  const { exerciseShell } = await import("../../runner/exerciseShell.ts");
  return exerciseShell(context, exercise, ({ passed }) => {
    if (passed && context.progress.passed.get(entry.id) !== entry.digest)
      context.record({ did: "passed", exercise: entry.id, digest: entry.digest });
  });
}
