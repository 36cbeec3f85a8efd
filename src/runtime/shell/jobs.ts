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
  SIGSTKFLT: "Stack fault",
  SIGURG: "Urgent I/O condition",
  SIGXCPU: "CPU time limit exceeded",
  SIGXFSZ: "File size limit exceeded",
  SIGVTALRM: "Virtual timer expired",
  SIGPROF: "Profiling timer expired",
  SIGWINCH: "Window changed",
  SIGPOLL: "I/O possible",
  SIGPWR: "Power failure",
  SIGSYS: "Bad system call",
};

export class JobTable {
  readonly #jobs: Job[] = [];
  constructor(from?: JobTable) {
    if (from !== undefined) this.#jobs.push(...from.#jobs);
  }

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

  get background(): readonly Job[] {
    return this.#jobs.filter((job) => job.background);
  }

  /** By the last process of a job. */
  findProcess(pid: number): Job | undefined {
    return this.#jobs.findLast((job) => job.pids.at(-1) === pid);
  }

  /** `%1`, `%%`, `%+`, `%-`. The fault's text when there is none. */
  find(text: string): Job | string {
    const { background } = this;
    if (text === "%%" || text === "%+" || text === "%") return background.at(-1) ?? "No current job";
    if (text === "%-") return background.at(-2) ?? "No previous job";
    const job = text.startsWith("%") ? background.find((one) => String(one.number) === text.slice(1)) : undefined;
    return job ?? `${text}: no such job`;
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
  while (!isDone(job)) {
    if (interruptible && (shell.pendingSignals.size > 0 || shell.interrupted)) return undefined;
    try {
      const ended = yield* reapOne(shell, false);
      if (ended === undefined) break;
      if (job.pids.includes(ended.pid)) yield* tellDeath(shell, ended.status);
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== "EINTR") throw error;
    }
  }
  if (interruptible) job.waited = true;
  else shell.jobs.remove(job);
  return jobStatus(job, shell.has("pipefail"));
}

/** Deaths by a signal are told, each process' own, but not those that are everyday. */
function* tellDeath(shell: Shell, status: ExitStatus): Task {
  if (!("signaled" in status) || status.signaled === "SIGINT" || status.signaled === "SIGPIPE") return;
  yield* shell.error(`${SIGNAL_TEXTS[status.signaled]}\n`);
}
