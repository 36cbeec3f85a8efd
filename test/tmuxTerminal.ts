/** The course in a real terminal, through tmux: its screen as text, its keys, its end. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { after } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { program } from "./cliRun.ts";

const hasTmux = spawnSync("tmux", ["-V"]).status === 0;
/** For tests: why they cannot run. */
export const skip = hasTmux ? false : "tmux is missing";
const socket = `course-test-${process.pid}`;

function tmux(...args: string[]): string {
  return execFileSync("tmux", ["-L", socket, "-f", "/dev/null", ...args], { encoding: "utf8" });
}

after(() => {
  if (hasTmux) spawnSync("tmux", ["-L", socket, "kill-server"]);
});

export function withoutColours(screen: string): string {
  return screen.replace(/\x1b\[[\d;]*m|\x1b\(B/g, "");
}

let sessions = 0;

/** A terminal of its own with the course in it. */
export class Terminal {
  readonly #name = `t${sessions++}`;

  constructor(cwd: string, columns: number, rows: number, environment = "", args = "launch", main = program) {
    const env = `env -u COURSE_HOME -u FORCE_COLOR -u NO_COLOR LANG=C.UTF-8 TERM=xterm-256color ${environment}`;
    const command = `cd '${cwd}' && ${env} '${process.execPath}' '${main}' ${args}; echo "status $?"; stty -a | grep -o -- '-\\?echo\\b'; exec sleep 600`;
    tmux("new-session", "-d", "-s", this.#name, "-x", String(columns), "-y", String(rows), command);
  }

  press(...keys: string[]): void {
    if (keys.length > 0) tmux("send-keys", "-t", this.#name, ...keys);
  }

  /** Text as it is, whatever the names of keys are. */
  type(text: string): void {
    tmux("send-keys", "-t", this.#name, "-l", text);
  }

  resize(columns: number, rows: number): void {
    tmux("resize-window", "-t", this.#name, "-x", String(columns), "-y", String(rows));
  }

  /** Lines that the terminal had to break are whole here, so that they are wider than it. */
  screen(withColours = false): string {
    return tmux("capture-pane", "-p", "-J", ...(withColours ? ["-e"] : []), "-t", this.#name);
  }

  /** Nothing of what was shown so far is seen again. */
  clear(): void {
    tmux("send-keys", "-R", "-t", this.#name, ";", "clear-history", "-t", this.#name);
  }

  /** The cursor can be seen, and the screen is the one that the shell had. */
  isRestored(): boolean {
    return tmux("display-message", "-p", "-t", this.#name, "#{cursor_flag}#{alternate_on}").trim() === "10";
  }

  /** The course's own process: a child of the shell that started it. */
  kill(signal: NodeJS.Signals): void {
    const shell = tmux("display-message", "-p", "-t", this.#name, "#{pane_pid}").trim();
    const [, pid] = execFileSync("ps", ["-o", "ppid=,pid=", "-A"], { encoding: "utf8" })
      .split("\n")
      .map((line) => line.trim().split(/ +/))
      .find(([parent]) => parent === shell)!;
    process.kill(Number(pid), signal);
  }

  /** Waits for the end with this status, and for the terminal to be as it was: keys are echoed again. */
  async ends(status: number): Promise<void> {
    await this.shows(new RegExp(`^ ?status ${status}\\s+echo$`, "m"));
    assert.ok(this.isRestored(), "the cursor or the screen is not what it was");
  }

  /** Waits until the screen shows it and is drawn to its end; fails with the screen. */
  async shows(what: RegExp, withColours = false): Promise<string> {
    // A busy machine takes its time; nobody waits so long where all is well.
    const tries = 1500;
    let before: string | undefined;
    for (let i = 0; i < tries; i++) {
      const screen = this.screen(withColours);
      // A screen may be read while its last lines are still on their way: two looks have to agree.
      if (screen === before && what.test(withoutColours(screen))) return screen;
      before = screen;
      await pause(20);
    }
    return assert.fail(`${what} did not come; the screen:\n${this.screen()}`);
  }
}
