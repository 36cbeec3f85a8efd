/**
 * The sandbox at a terminal: lines are edited here, run there, and virtual time follows the clock on the wall (or runs
 * ahead of it, as `clock` says). What containers print is made harmless before the terminal sees it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface, type Interface } from "node:readline";
import { PassThrough } from "node:stream";
import { complete } from "../sandbox/completion.ts";
import { clockText } from "../sandbox/clockProgram.ts";
import { utf8Decode } from "../runtime/bytes.ts";
import { HOME, type Prompt, Sandbox, type SandboxOptions } from "../sandbox/sandbox.ts";
import { openScenario } from "../sandbox/session.ts";
import type { Scenario, Session, SessionInput } from "../simulation/trace.ts";
import type { Command } from "../sandbox/workstation.ts";
import { StepLimitExceeded } from "../time/clock.ts";
import { chooseEditor, openEditor } from "./editor.ts";
import { SharedFolder } from "./sharedFolder.ts";
import { mistypedCommand } from "./mistypedCommand.ts";
import type { Terminal } from "./terminal.ts";
import { harmless, harmlessLines } from "./textWidth.ts";

export interface ShellOptions extends Omit<SandboxOptions, "edit"> {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  /** The folder on disk that the shell works in. */
  readonly folder: string;
  /** What is said first. */
  readonly welcome: string;
  /** Lines typed earlier, newest first, and where to keep them. */
  readonly history: readonly string[];
  saveHistory(lines: readonly string[]): void;
  /** An exercise: its cluster, and what is said after each command when everything typed so far is held against it. */
  readonly exercise?: {
    readonly scenario: Scenario;
    readonly task: string;
    judge(session: Session): string | undefined;
  };
}

/** What `clear` and `watch` print; the one way in which output may move the cursor. */
const CLEAR = "\x1b[H\x1b[J";
/** ms on the wall between two looks at the clock, and how long one look may work. */
const TICK_MS = 40;
const WORK_MS = 30;
/** A whole command line; the shell would take more than anyone types. */
const LONGEST_LINE = 1 << 20;
const END_OF_INPUT = "\x04";

/** Ends when the learner leaves: with the shell's exit status. */
export function runSandboxShell(options: ShellOptions): Promise<number> {
  return new ShellAtTerminal(options).run();
}

class ShellAtTerminal {
  readonly #options: ShellOptions;
  readonly #sandbox: Sandbox;
  readonly #shared: SharedFolder;
  readonly #shell: Command;
  /** Undefined while a command runs. */
  #prompt: Prompt | undefined;
  #readline!: Interface;
  #input = new PassThrough();
  /** Printed since the last newline: the line that the cursor stands in. */
  #openLine = "";
  #lastLine = "";
  /** The end of what the command has printed. */
  #tail = "";
  #finish: (status: number) => void = () => {};
  #lastTick = 0;
  readonly #typed: { inputs: SessionInput[]; edits: (string | null)[] } = { inputs: [], edits: [] };
  #lastJudgement = "";
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ShellOptions) {
    this.#options = options;
    const { terminal: _, env: __, folder, exercise, ...scenario } = options;
    const streams = { out: (text: string) => this.#print(text), err: (text: string) => this.#print(text) };
    const edit = (text: string, name: string) => this.#edit(text, name);
    const onPrompt = (prompt: Prompt): void => {
      this.#prompt = prompt;
    };
    if (exercise) {
      const onAnswer = () => {};
      const opened = openScenario(exercise.scenario, { ...streams, edit, onAnswer }, onPrompt);
      this.#sandbox = opened.sandbox;
      this.#shell = opened.shell;
    } else {
      this.#sandbox = new Sandbox({ ...scenario, edit });
      this.#shell = this.#sandbox.openShell(streams, onPrompt);
      this.#sandbox.runUntil(0.5);
    }
    this.#shared = new SharedFolder(folder, this.#sandbox.workstation.files, HOME, (path, content) =>
      this.#typed.inputs.push({ at: this.#sandbox.seconds, write: path, text: utf8Decode(content) }),
    );
  }

  run(): Promise<number> {
    const { terminal, welcome, history } = this.#options;
    terminal.print(welcome);
    this.#remark(this.#shared.bringIn());
    const { stdin, stdout } = process;
    // Ctrl-D ends the input of a running command, not the whole shell: it must not reach readline then.
    const input = Object.assign(this.#input, {
      isTTY: true,
      setRawMode: (on: boolean) => stdin.setRawMode?.(on),
    });
    const fromKeys = (data: Buffer) => this.#keys(data.toString("utf8"));
    stdin.on("data", fromKeys);
    // The screen that the learner comes from has paused it.
    stdin.resume();
    this.#readline = createInterface({
      input: input as unknown as NodeJS.ReadStream,
      output: stdout,
      terminal: true,
      history: [...history],
      historySize: 500,
      removeHistoryDuplicates: true,
      completer: (line: string) => this.#complete(line),
    });
    const rl = this.#readline;
    rl.on("line", (line) => this.#line(line));
    rl.on("SIGINT", () => this.#interrupt());
    rl.on("close", () => this.#end(0));
    const onHistory = (lines: string[]) => this.#options.saveHistory(lines);
    rl.on("history", onHistory);
    this.#lastTick = Date.now();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#showPrompt();
    return new Promise((resolve) => {
      this.#finish = (status) => {
        this.#finish = () => {};
        clearInterval(this.#timer);
        stdin.off("data", fromKeys);
        stdin.pause();
        rl.close();
        stdin.setRawMode?.(false);
        this.#remark(this.#shared.bringOut());
        resolve(status);
      };
    });
  }

  #end(status: number): void {
    if (this.#openLine !== "" || this.#prompt) process.stdout.write("\n");
    this.#openLine = "";
    this.#finish(status);
  }

  #keys(text: string): void {
    if (text !== END_OF_INPUT || this.#prompt) return void this.#input.write(text);
    this.#typed.inputs.push({ at: this.#sandbox.seconds, key: "end of input" });
    this.#shell.feed("", true);
  }

  #line(line: string): void {
    if (line.length > LONGEST_LINE) {
      this.#print(`a line of ${line.length} characters is too long\n`);
      return this.#showPrompt();
    }
    this.#openLine = "";
    if (this.#prompt) {
      this.#remark(this.#shared.bringIn());
      this.#lastLine = this.#prompt.more ? `${this.#lastLine}\n${line}` : line;
      // Every command gets a new allowance of steps.
      this.#sandbox.clock.steps = 0;
    }
    this.#prompt = undefined;
    this.#tail = "";
    this.#readline.setPrompt("");
    this.#typed.inputs.push({ at: this.#sandbox.seconds, line });
    this.#shell.feed(`${line}\n`, false);
    this.#lastTick = Date.now();
    this.#tick();
  }

  #interrupt(): void {
    if (this.#prompt && !this.#prompt.more) {
      // Drops what was typed, as a shell does.
      process.stdout.write("^C\n");
      (this.#readline as unknown as { line: string; cursor: number }).line = "";
      (this.#readline as unknown as { line: string; cursor: number }).cursor = 0;
      return this.#showPrompt();
    }
    process.stdout.write("^C\n");
    this.#openLine = "";
    this.#prompt = undefined;
    this.#typed.inputs.push({ at: this.#sandbox.seconds, key: "interrupt" });
    this.#shell.interrupt();
    this.#tick();
  }

  /** Virtual time goes on: as the pace says, or from event to event while a command waits. */
  #tick(): void {
    const now = Date.now();
    const elapsed = now - this.#lastTick;
    this.#lastTick = now;
    const { clock, pace } = this.#sandbox;
    const jumps = () => pace.hurry > 0 || (pace.rate === 0 && this.#prompt === undefined);
    const target = clock.now + elapsed * pace.rate;
    const wasRunning = this.#prompt === undefined;
    try {
      // A command that starts or is interrupted gets a moment of virtual time at once, so that a quick one is quick.
      const least = wasRunning ? clock.now + START_MS : clock.now;
      for (;;) {
        const due = clock.nextDue();
        const end = Math.max(target, this.#prompt ? 0 : least);
        if (this.#shell.exit !== undefined || due === undefined || (due > end && !jumps())) break;
        clock.runUntil(due);
        if (Date.now() - now > WORK_MS) break;
      }
      if (!jumps() && clock.now < target && (clock.nextDue() ?? Infinity) > target) clock.runUntil(target);
    } catch (error) {
      if (!(error instanceof StepLimitExceeded)) throw error;
      this.#print(`\n${error.message}. The command is stopped.\n`);
      clock.steps = 0;
      this.#shell.interrupt();
    }
    if (this.#shell.exit !== undefined) return this.#end(this.#shell.exit);
    if (wasRunning && this.#prompt) this.#commandEnded(this.#prompt);
  }

  #commandEnded(prompt: Prompt): void {
    if (!prompt.more) {
      this.#remark(this.#shared.bringOut());
      const hint = mistypedCommand(prompt.status, this.#tail, this.#sandbox);
      if (hint) process.stdout.write(`${hint}\n`);
      if (this.#lastLine.trim() !== "") this.#judge();
    }
    if (this.#openLine !== "") process.stdout.write("\n");
    this.#openLine = "";
    this.#showPrompt();
  }

  /** Says how the exercise stands, when that is news. */
  #judge(): void {
    const said =
      this.#options.exercise?.judge({ inputs: [...this.#typed.inputs], edits: [...this.#typed.edits] }) ?? "";
    if (said !== "" && said !== this.#lastJudgement)
      process.stdout.write(`${this.#openLine === "" ? "" : "\n"}${said}\n`);
    if (said !== "") this.#openLine = "";
    this.#lastJudgement = said;
  }

  #showPrompt(): void {
    if (!this.#prompt) return;
    this.#readline.setPrompt(this.#promptText(this.#prompt));
    this.#readline.prompt(true);
  }

  #promptText({ more, folder }: Prompt): string {
    if (more) return "> ";
    const { style } = this.#options.terminal;
    const where = folder === HOME ? "~" : folder.startsWith(`${HOME}/`) ? `~${folder.slice(HOME.length)}` : folder;
    return `${style.dim(`[${clockText(this.#sandbox.seconds)}]`)} ${style.cyan(where)} $ `;
  }

  /** Output of the command, or of one in the background while somebody types. */
  #print(raw: string): void {
    const cleared = raw.lastIndexOf(CLEAR);
    if (cleared >= 0) {
      process.stdout.write(CLEAR);
      this.#openLine = this.#tail = "";
    }
    const text = harmlessLines(cleared < 0 ? raw : raw.slice(cleared + CLEAR.length));
    if (text === "" && cleared >= 0) return;
    if (!this.#readline) return void process.stdout.write(text);
    if (this.#prompt) {
      process.stdout.write(`\r\x1b[K${text}${text.endsWith("\n") ? "" : "\n"}`);
      return this.#readline.prompt(true);
    }
    process.stdout.write(text);
    this.#tail = (this.#tail + text).slice(-TAIL);
    this.#openLine = (text.includes("\n") ? "" : this.#openLine) + text.slice(text.lastIndexOf("\n") + 1);
    // A prompt of a shell further away: readline must know that it stands there.
    this.#readline.setPrompt(this.#openLine);
    if (this.#openLine !== "") this.#readline.prompt(true);
  }

  #remark(remarks: readonly string[]): void {
    for (const remark of remarks) process.stdout.write(`${this.#options.terminal.style.yellow(harmless(remark))}\n`);
  }

  #complete(line: string): [string[], string] {
    if (!this.#prompt) return [[], line];
    const { word, candidates } = complete(this.#sandbox, line, this.#prompt.folder);
    return [candidates.map((one) => (/[/=]$/.test(one) ? one : `${one} `)), word];
  }

  /** Blocks: nothing else happens while somebody edits. */
  #edit(text: string, fileName: string): string | undefined {
    const folder = mkdtempSync(join(tmpdir(), "podcourse-"));
    const path = join(folder, fileName.replace(/[^\w.-]/g, "_") || "file");
    try {
      writeFileSync(path, text);
      const editor = chooseEditor(this.#options.env, path);
      const usable = editor && !editor.ownWindow ? editor : { command: "vi", args: [path], ownWindow: false };
      process.stdin.setRawMode?.(false);
      const fault = openEditor(usable);
      process.stdin.setRawMode?.(true);
      this.#lastTick = Date.now();
      if (fault) {
        this.#print(`${fault}\n`);
        this.#typed.edits.push(null);
        return undefined;
      }
      const saved = readFileSync(path, "utf8");
      this.#typed.edits.push(saved);
      return saved;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** Enough for a complaint of the shell. */
const TAIL = 500;
/** Virtual ms that a command gets at once. */
const START_MS = 120;
