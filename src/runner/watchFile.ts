/**
 * Tells when a file was saved. The folder is watched, not the file, because many editors save by putting a new file in
 * its place; where watching does not work (network drives, some containers) the file is looked at twice a second.
 */
import { type FSWatcher, rmSync, statSync, watch, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { readPlainFile } from "./wholeFile.ts";

export interface FileWatch {
  /** For who has looked at the file just now: what is there is no news. */
  seen(): void;
  stop(): void;
  /** Resolves at Ctrl-C by rejecting with Cancelled. */
  untilInterrupted(): Promise<never>;
}

/**
 * Called after a save. False: what is there looks half written. It is called again with `settled` true when nothing
 * follows.
 */
export type OnSave = (settled: boolean) => boolean;

/** ms. Editors write in several steps; what is still half written after so long is asked for again. */
const debounceMs = 20;
/** ms that a file may look half written before that is what it is. */
const patienceMs = 300;
const pollMs = 500;
/** ms between checks that a quiet watcher has not missed a save. */
const safetyPollMs = 2000;

export function watchFile(path: string, onSave: OnSave): FileWatch {
  let last = stateOf(path);
  let settling: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  /** The last save looked half written. */
  let halfWritten = false;
  const look = (settled: boolean) => {
    settling = undefined;
    const now = stateOf(path);
    // An editor that replaces the file has it away for a moment.
    if (now === undefined || (now === last && !halfWritten)) return;
    const same = now === last;
    last = now;
    halfWritten = !onSave(settled && same) && !(settled && same);
    if (halfWritten) settling = setTimeout(look, patienceMs, true);
  };
  const stir = () => {
    clearTimeout(settling);
    settling = setTimeout(look, debounceMs, false);
  };
  try {
    // Windows and macOS tell the name as it was first written, with its capitals.
    const name = basename(path).toLowerCase();
    watcher = watch(dirname(path), { persistent: true }, (_event, changed) => {
      if (changed === null || changed.toLowerCase() === name) stir();
    });
    watcher.on("error", () => {
      watcher?.close();
      watcher = undefined;
      startPolling(pollMs);
    });
  } catch {
    watcher = undefined;
  }
  let timer: NodeJS.Timeout | undefined;
  const startPolling = (ms: number) => {
    clearInterval(timer);
    timer = setInterval(() => {
      if (settling === undefined && stateOf(path) !== last) stir();
    }, ms);
  };
  startPolling(watcher ? safetyPollMs : pollMs);
  return {
    seen() {
      clearTimeout(settling);
      settling = undefined;
      halfWritten = false;
      last = stateOf(path);
    },
    stop() {
      watcher?.close();
      clearTimeout(settling);
      clearInterval(timer);
    },
    untilInterrupted() {
      return new Promise((_, reject) => {
        process.once("SIGINT", async () => {
          this.stop();
          const { Cancelled } = await import("./cancelled.ts");
          reject(new Cancelled());
        });
      });
    },
  };
}

/** Whether this disk tells of changes: a file in `folder` is written and looked for, a second at most. */
export async function watchingWorks(folder: string): Promise<boolean> {
  const path = join(folder, `watched-${process.pid}`);
  let watcher: FSWatcher | undefined;
  let patience: NodeJS.Timeout | undefined;
  try {
    return await new Promise<boolean>((resolve) => {
      watcher = watch(folder, () => resolve(true));
      watcher.on("error", () => resolve(false));
      patience = setTimeout(resolve, 1000, false);
      writeFileSync(path, "");
    });
  } catch {
    return false;
  } finally {
    watcher?.close();
    clearTimeout(patience);
    rmSync(path, { force: true });
  }
}

/** Up to so many bytes a file is read to see whether it changed; of a larger one the time of change says so. */
const mostRead = 64 * 1024;

/** Changes when the file's contents may have; undefined while there is no such file. */
function stateOf(path: string): string | undefined {
  try {
    const state = statSync(path);
    if (!state.isFile() || state.size > mostRead) return `${state.mtimeMs} ${state.size} ${state.ino}`;
    return readPlainFile(path, mostRead).toString("latin1");
  } catch {
    return undefined;
  }
}
