/** Saves are seen, however an editor writes; a half-written file is given time. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type FileWatch, watchFile } from "../src/runner/watchFile.ts";
import { newFolder } from "./cliRun.ts";

type Write = (path: string, watch: FileWatch) => Promise<void> | void;

/** What was told of a file that `write` writes: its text, and whether it was the last word. */
async function told(write: Write): Promise<string[]> {
  const path = join(newFolder(), "w", "pod.yaml");
  mkdirSync(join(path, ".."));
  writeFileSync(path, "before");
  const out: string[] = [];
  const watch = watchFile(path, (settled) => {
    const text = readFileSync(path, "utf8");
    if (!settled && text === "half") return false;
    out.push(text);
    return true;
  });
  try {
    await pause(50);
    await write(path, watch);
    // The safety poll comes every two seconds.
    for (let i = 0; i < 60 && out.length === 0; i++) await pause(50);
    await pause(400);
  } finally {
    watch.stop();
  }
  return out;
}

const ways: readonly [name: string, write: Write, expected: string[]][] = [
  ["a plain save", (path) => writeFileSync(path, "whole"), ["whole"]],
  [
    "a save by renaming",
    (path) => {
      writeFileSync(`${path}.tmp`, "whole");
      renameSync(`${path}.tmp`, path);
    },
    ["whole"],
  ],
  [
    "a save in two steps, slower than the debounce",
    async (path) => {
      writeFileSync(path, "half");
      await pause(150);
      writeFileSync(path, "whole");
    },
    ["whole"],
  ],
  ["a save that stays half", (path) => writeFileSync(path, "half"), ["half"]],
  [
    "a file that goes and comes back",
    async (path) => {
      rmSync(path);
      await pause(150);
      writeFileSync(path, "whole");
    },
    ["whole"],
  ],
  [
    "a folder that goes and comes back",
    async (path) => {
      rmSync(join(path, ".."), { recursive: true });
      await pause(150);
      mkdirSync(join(path, ".."));
      writeFileSync(path, "whole");
    },
    ["whole"],
  ],
  [
    "a save that who wrote it has looked at",
    (path, watch) => {
      writeFileSync(path, "whole");
      watch.seen();
    },
    [],
  ],
  ["the same text again", (path) => writeFileSync(path, "before"), []],
];
for (const [name, write, expected] of ways)
  test(name, { concurrency: true }, async () => assert.deepEqual(await told(write), expected));
