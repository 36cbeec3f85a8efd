/** `course shell`: a simulated cluster with a shell in which `kubectl` is a command. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { readInput } from "../../runner/inputFile.ts";
import { markerFolder, prepareFolder } from "../../runner/workspace.ts";
import { Sandbox } from "../../sandbox/sandbox.ts";
import { faultOf, replay, type Transcript } from "../../sandbox/transcript.ts";
import type { Options } from "../commandTable.ts";
import { type Context, UsageFault } from "../context.ts";
import { passed } from "../exitCode.ts";

/** Bytes: many manifests may be in one. */
const largestTranscript = 16 << 20;

export async function run(context: Context, _args: readonly (string | undefined)[], options: Options): Promise<number> {
  if (typeof options.transcript === "string") return replayFile(context, options.transcript);
  if (typeof options.command === "string") return runLines(options.command);
  if (context.terminal.interactive) return openShell(context);
  if (process.stdin.isTTY) throw new UsageFault("course shell needs a terminal. Without one: course shell -c COMMAND.");
  const input = readInput("-");
  if (!input.ok) throw new UsageFault(input.message);
  return runLines(input.text);
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

function runLines(lines: string): number {
  const { exit, stdout, stderr } = new Sandbox().run(lines);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return exit;
}

async function openShell({ terminal, env, workspace }: Context): Promise<number> {
  const { runSandboxShell } = await import("../../runner/sandboxShell.ts");
  prepareFolder(workspace, workspace.folder);
  const historyFile = join(workspace.folder, markerFolder, "shell-history");
  const welcome = [
    "A cluster with one node, minikube, for you alone. Nothing here is real, so nothing can break.",
    `Your files: ${workspace.folder}`,
    "kubectl, ssh minikube, vi FILE and the usual tools work; Tab completes. clock says how fast time passes; exit leaves.",
  ];
  return runSandboxShell({
    terminal,
    env,
    folder: workspace.folder,
    welcome: welcome.join("\n"),
    history: readHistory(historyFile),
    saveHistory: (lines) => writeHistory(historyFile, lines),
  });
}

function readHistory(path: string): string[] {
  try {
    return existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean).slice(0, 500) : [];
  } catch {
    return [];
  }
}

/** A history that cannot be kept is no reason to stop. */
function writeHistory(path: string, lines: readonly string[]): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.tmp`, `${lines.join("\n")}\n`);
    renameSync(`${path}.tmp`, path);
  } catch {}
}
