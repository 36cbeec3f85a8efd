/** `course shell`: a simulated cluster with a shell in which `kubectl` is a command. */
import { resolve } from "node:path";
import process from "node:process";
import { readInput } from "../../runner/inputFile.ts";
import { faultOf, replay, type Transcript } from "../../sandbox/transcript.ts";
import { Sandbox } from "../../sandbox/sandbox.ts";
import type { Options } from "../commandTable.ts";
import { type Context, UsageFault } from "../context.ts";
import { passed } from "../exitCode.ts";

/** Bytes: many manifests may be in one. */
const largestTranscript = 16 << 20;

export async function run(context: Context, _args: readonly (string | undefined)[], options: Options): Promise<number> {
  if (typeof options.transcript === "string") return replayFile(context, options.transcript);
  if (typeof options.command === "string") return runLine(options.command);
  throw new UsageFault("course shell needs a terminal. Without one: course shell -c COMMAND.");
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

function runLine(line: string): number {
  const { exit, stdout, stderr } = new Sandbox().run(line);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return exit;
}
