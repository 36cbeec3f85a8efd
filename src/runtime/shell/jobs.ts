/** Children of a shell, grouped into jobs. */
import type { Task } from "../../time/task.ts";
import { SIGNAL_NUMBERS } from "../signals.ts";
import { type ExitStatus, type SignalName, SysError } from "../sys.ts";
import type { Shell } from "./shell.ts";

export interface Job {
  readonly number: number;
  readonly pids: number[];
  readonly statuses: Map<number, ExitStatus>;
  readonly background: boolean;
  /** `wait` has told its status; it is forgotten when another job starts. */
  waited: boolean;
}

/** What strsignal(3) of the C library says. */
export const SIGNAL_TEXTS: Readonly<Record<SignalName, string>> = {
  SIGHUP: "Hangup",
  SIGINT: "Interrupt",
  SIGQUIT: "Quit",
  SIGILL: "Illegal instruction",
  SIGTRAP: "Trace/breakpoint trap",
  SIGABRT: "Aborted",
  SIGBUS: "Bus error",
  SIGFPE: "Floating point exception",
  SIGKILL: "Killed",
  SIGUSR1: "User defined signal 1",
  SIGSEGV: "Segmentation fault",
  SIGUSR2: "User defined signal 2",
  SIGPIPE: "Broken pipe",
  SIGALRM: "Alarm clock",
  SIGTERM: "Terminated",
  SIGCHLD: "Child exited",
  SIGCONT: "Continued",
  SIGSTOP: "Stopped (signal)",
  SIGTSTP: "Stopped",
  SIGTTIN: "Stopped (tty input)",
  SIGTTOU: "Stopped (tty output)",
  SIGWINCH: "Window changed",
};

export class JobTable {
  readonly #jobs: Job[] = [];
  get list(): readonly Job[] {
    return this.#jobs;
  }

  add(pids: readonly number[], background: boolean): Job {
    for (const old of [...this.#jobs]) if (old.waited && isDone(old)) this.remove(old);
    let number = 1;
    while (this.#jobs.some((job) => job.number === number)) number++;
    const job: Job = { number, pids: [...pids], statuses: new Map(), background, waited: false };
    this.#jobs.push(job);
    if (this.#jobs.length > 1000) {
      const done = this.#jobs.findIndex(isDone);
      if (done >= 0) this.#jobs.splice(done, 1);
    }
    return job;
  }

  remove(job: Job): void {
    const at = this.#jobs.indexOf(job);
    if (at >= 0) this.#jobs.splice(at, 1);
  }

  record(pid: number, status: ExitStatus): void {
    for (const job of this.#jobs) if (job.pids.includes(pid) && !job.statuses.has(pid)) job.statuses.set(pid, status);
  }

  /** `%1`, `%%`, `%+`, `%-` or a process id. */
  find(text: string): Job | undefined {
    const background = this.#jobs.filter((job) => job.background);
    if (text === "%%" || text === "%+" || text === "%") return background.at(-1);
    if (text === "%-") return background.at(-2);
    if (text.startsWith("%")) return background.find((job) => String(job.number) === text.slice(1));
    const pid = Number(text);
    return this.#jobs.findLast((job) => job.pids.at(-1) === pid);
  }
}

export function isDone(job: Job): boolean {
  return job.statuses.size >= job.pids.length;
}

/** The status that `$?` gets from a job. */
export function jobStatus(job: Job, pipefail: boolean): number {
  let at = job.pids.length - 1;
  const code = (i: number): number => {
    const status = job.statuses.get(job.pids[i]!);
    if (status === undefined) return 0;
    return "exited" in status ? status.exited : 128 + SIGNAL_NUMBERS[status.signaled];
  };
  if (pipefail) while (at > 0 && code(at) === 0) at--;
  return code(at);
}

/** Takes in one child that ended; false when there is none. Throws EINTR. */
export function* reapOne(shell: Shell, noHang: boolean): Task<{ pid: number; status: ExitStatus } | undefined> {
  try {
    const ended = yield* shell.sys.wait(-1, noHang);
    if (ended !== undefined) shell.jobs.record(ended.pid, ended.status);
    return ended;
  } catch (error) {
    if (error instanceof SysError && error.errno === "ECHILD") return undefined;
    throw error;
  }
}

/**
 * Waits until a job is over and tells a death by signal on standard error. With `interruptible` a signal that is
 * trapped ends the wait: undefined.
 */
export function* waitForJob(shell: Shell, job: Job, interruptible = false): Task<number | undefined> {
  shell.rested();
  let last: ExitStatus | undefined;
  while (!isDone(job)) {
    if (interruptible && shell.pendingSignals.size > 0) return undefined;
    try {
      const ended = yield* reapOne(shell, false);
      if (ended === undefined) break;
      if (job.pids.includes(ended.pid)) last = ended.status;
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== "EINTR") throw error;
    }
  }
  if (last !== undefined && "signaled" in last) {
    const { signaled } = last;
    if (signaled !== "SIGINT" && signaled !== "SIGPIPE") yield* shell.error(`${SIGNAL_TEXTS[signaled]}\n`);
  }
  if (interruptible) job.waited = true;
  else shell.jobs.remove(job);
  return jobStatus(job, shell.has("pipefail"));
}
