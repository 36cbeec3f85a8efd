/** A cluster with somebody at a shell beside it: what `course shell` shows, and where exercises with commands happen. */
import { decodeObject } from "../cluster/api/index.ts";
import type { ApiObject } from "../cluster/apiServer.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { epochMs } from "../cluster/cluster.ts";
import type { ApiClient } from "../kubectl/client.ts";
import { interactiveShell } from "../runtime/index.ts";
import { clusterFor } from "../simulation/clusterFor.ts";
import type { Scenario } from "../simulation/trace.ts";
import type { Clock } from "../time/clock.ts";
import { apiClient } from "../simulation/apiClient.ts";
import { answerProgram } from "./answerProgram.ts";
import { clockProgram, type Pace } from "./clockProgram.ts";
import { type Edit, editorPrograms } from "./editorProgram.ts";
import { kubectlProgram } from "./kubectlProgram.ts";
import { timeoutProgram } from "./timeoutProgram.ts";
import { sshProgram } from "./sshProgram.ts";
import { type Command, type CommandStreams, HOME, Workstation } from "./workstation.ts";

/** The cluster and the workstation have been up for so long when virtual time 0 comes. */
const leadMs = 3000;

export interface SandboxOptions extends Pick<Scenario, "node" | "nodeImages" | "images" | "seed" | "objects"> {
  /** Name → text, in the folder where the shell starts. */
  readonly files?: Readonly<Record<string, string>>;
  /** Somebody's editor on a text; undefined: it was left without saving, or did not start. */
  readonly edit?: Edit;
  /** Told what is said with `answer TEXT`; without it there is no such command. */
  readonly onAnswer?: (text: string) => void;
}

/** A cluster that somebody else made. */
export interface Place {
  readonly clock: Clock;
  readonly cluster: Cluster;
  /** Of virtual time, when second 0 comes. */
  readonly leadMs: number;
}

export interface Prompt {
  /** Of the last command. */
  readonly status: number;
  /** What was typed so far is no whole command. */
  readonly more: boolean;
  readonly folder: string;
}

export class Sandbox {
  readonly clock: Clock;
  readonly cluster: Cluster;
  readonly client: ApiClient;
  readonly workstation: Workstation;
  readonly pace: Pace = { rate: 1, hurry: 0 };
  readonly #leadMs: number;
  #onPrompt: (prompt: Prompt) => void = () => {};

  /** In a cluster of its own, which is up at once; or in one that is there, and comes up as its clock goes on. */
  constructor(options: SandboxOptions = {}, place?: Place) {
    const { clock, cluster } = place ?? clusterFor(options);
    this.clock = clock;
    this.cluster = cluster;
    this.#leadMs = place?.leadMs ?? leadMs;
    this.client = apiClient(cluster, () => this.workstation.network);
    this.workstation = new Workstation(clock, epochMs, {
      kubectl: kubectlProgram(this.client, options.edit),
      clock: clockProgram(this.pace, () => this.seconds),
      ssh: sshProgram(cluster),
      timeout: timeoutProgram,
      "course-shell": interactiveShell((prompt) => this.#onPrompt(prompt)),
      ...(options.onAnswer && { answer: answerProgram(options.onAnswer) }),
      ...(options.edit && editorPrograms(options.edit)),
    });
    for (const object of options.objects ?? []) {
      const decoded = decodeObject(object);
      if ("object" in decoded) cluster.api.create(decoded.object as ApiObject);
    }
    if (!place) clock.runUntil(leadMs);
    for (const [name, text] of Object.entries(options.files ?? {})) this.workstation.writeFile(name, text);
  }

  /** Virtual seconds since the sandbox was opened. */
  get seconds(): number {
    return (this.clock.now - this.#leadMs) / 1000;
  }

  /** Lets virtual time pass until `seconds`. Throws StepLimitExceeded. */
  runUntil(seconds: number): void {
    this.clock.runUntil(this.#leadMs + seconds * 1000);
  }

  /** One command line, in a shell of its own that starts in the learner's folder. */
  start(line: string, streams: CommandStreams): Command {
    return this.workstation.start(["sh", "-c", line], streams);
  }

  /** A shell that stays: it reads lines that are fed to it, and tells when it waits for one. */
  openShell(streams: Omit<CommandStreams, "stdin" | "tty">, onPrompt: (prompt: Prompt) => void): Command {
    this.#onPrompt = onPrompt;
    return this.workstation.start(["course-shell"], { ...streams, stdin: "live", tty: true });
  }

  /**
   * Runs one command line to its end, however long that takes in virtual time, up to `longestSeconds`; then it is
   * killed and `exit` is 124, as with timeout(1). Throws StepLimitExceeded.
   */
  run(line: string, { stdin, longestSeconds = LONGEST_SECONDS }: RunOptions = {}): Finished {
    let stdout = "";
    let stderr = "";
    const room = () => stdout.length + stderr.length < MOST_OUTPUT;
    const command = this.start(line, {
      ...(stdin !== undefined && { stdin }),
      out: (text) => {
        if (room()) stdout += text;
      },
      err: (text) => {
        if (room()) stderr += text;
      },
    });
    const end = this.clock.now + longestSeconds * 1000;
    while (command.exit === undefined) {
      const due = this.clock.nextDue();
      if (due === undefined || due > end) break;
      this.clock.runUntil(due);
    }
    const { exit } = command;
    if (exit === undefined) command.kill();
    return {
      exit: exit ?? TIMED_OUT,
      stdout,
      stderr,
      ...(exit === undefined && { cutOffAfterSeconds: longestSeconds }),
    };
  }
}

export interface RunOptions {
  /** All that the command can read. */
  readonly stdin?: string;
  readonly longestSeconds?: number;
}

export interface Finished {
  /** It still ran after so many virtual seconds, and was killed. */
  readonly cutOffAfterSeconds?: number;
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

const LONGEST_SECONDS = 3600;
const MOST_OUTPUT = 4 << 20;
/** The exit status of `timeout` when time ran out. */
const TIMED_OUT = 124;

export { HOME };
