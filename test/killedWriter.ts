/** Processes that write for ever, killed at random instants, as a crash or an impatient person would. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { newFolder } from "./cliRun.ts";

/** PODCOURSE_KILLS=200 for a longer trial. */
export const kills = Number(process.env.PODCOURSE_KILLS ?? 20);
const atATime = 5;
/** ms after the first word that a writer may live. */
const longestLife = 40;

/** A script, with what it imports from src/, as one file that starts in a moment. */
export async function bundled(contents: string): Promise<string> {
  const outfile = join(newFolder(), "writer.mjs");
  const resolveDir = fileURLToPath(new URL("..", import.meta.url));
  await build({ stdin: { contents, resolveDir }, bundle: true, platform: "node", format: "esm", outfile });
  return outfile;
}

/** Starts `script` with arguments for each name, five at a time, and kills each. The lines that they said in full. */
export async function killWriters(script: string, args: (name: string) => readonly string[]): Promise<string[]> {
  const said: string[] = [];
  for (let killed = 0; killed < kills; killed += atATime) {
    const lives = Array.from({ length: atATime }, async (_, i) => {
      const child: ChildProcess = spawn(process.execPath, [script, ...args(`k${killed + i}`)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let text = "";
      child.stdout!.setEncoding("utf8").on("data", (part: string) => (text += part));
      const closed = new Promise((resolve) => child.once("close", resolve));
      await Promise.race([closed, new Promise((resolve) => child.stdout!.once("data", resolve))]);
      await pause(Math.random() * longestLife);
      child.kill("SIGKILL");
      await closed;
      // The last line may be cut.
      said.push(...text.split("\n").slice(0, -1));
    });
    await Promise.all(lives);
  }
  return said;
}
