// `npm test`: everything that has to hold before a commit, in the order in which failures are cheapest to read.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { prepare, root, say } from "./steps.mjs";

await prepare();

const tool = (name) => join(root, "node_modules", ...name.split("/"));
const wanted = process.argv.slice(2);
const files = readdirSync(join(root, "test"))
  .filter((name) => name.endsWith(".test.ts") && (wanted.length === 0 || wanted.some((part) => name.includes(part))))
  .sort()
  .map((name) => join("test", name));

const steps = [
  ["types", [tool("typescript/bin/tsc"), "--noEmit"]],
  ["lint and format", [tool("@biomejs/biome/bin/biome"), "check", "--error-on-warnings", "."]],
  ["tests", ["--import", "tsx", "--test", "--test-reporter=spec", ...files]],
  ["course", ["dist/main.js", "author", "check"]],
];

const failed = [];
if (spawnSync("tmux", ["-V"]).error)
  say("skipped: the real-terminal test, because tmux is missing (install tmux to run it)");
for (const [name, args] of steps) {
  if (wanted.length > 0 && name !== "tests") {
    say(`skipped: ${name}, because only some tests were asked for`);
    continue;
  }
  say(`\n== ${name}`);
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) failed.push(name);
}
say(failed.length === 0 ? "\nAll checks passed." : `\nFailed: ${failed.join(", ")}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
