/** A command beside a container's first process, with streams that stay open while it runs; what `exec` does. */
import { Signal, type Task, withTimeout } from "../time/task.ts";
import type { Failed } from "./cri.ts";
import { strerror } from "./errno.ts";
import type { Kernel, StartOptions } from "./kernel.ts";
import { type OpenFile, SinkFile, type SourceFile } from "./openFile.ts";
import type { Process } from "./process.ts";
import { exitCodeOf } from "./signals.ts";
import { type ExitStatus, SysError } from "./sys.ts";

export interface ExecIo {
  /** Absent: nothing is to be read. */
  readonly stdin?: SourceFile;
  /** Standard input, output and error are one terminal: all output goes to `out`. */
  readonly tty?: boolean;
  /** Bytes. */
  out(data: string): void;
  err(data: string): void;
  /** Called once it runs; the process can then be signalled. */
  started?(process: Process): void;
}

export interface ExecEnd {
  /** Undefined when it could not be started or ran out of time. */
  readonly exitCode?: number;
  readonly timedOut: boolean;
  readonly error?: Failed;
}

/** Runs to the end, or for `timeoutMs` and then kills it. `fault`: why execve refused. */
export function* runProcess(
  kernel: Kernel,
  start: Omit<StartOptions, "files" | "onExit">,
  io: ExecIo,
  timeoutMs: number,
  devNull: OpenFile,
): Task<ExecEnd | { readonly fault: string }> {
  const out = new SinkFile((data) => io.out(data), io.tty ? "/dev/pts/0" : "pipe:[2]", io.tty === true);
  const err = io.tty ? out : new SinkFile((data) => io.err(data), "pipe:[3]");
  const ended = new Signal();
  let status: ExitStatus | undefined;
  // The runtime reads until the last process that holds the streams has closed them.
  const isDrained = () => status !== undefined && out.references === 0 && err.references === 0;
  const drained = () => {
    if (isDrained()) ended.fire();
  };
  let process: Process;
  try {
    process = kernel.start({
      ...start,
      files: [io.stdin ?? (io.tty ? out : devNull), out, err],
      onExit(result) {
        status = result;
        drained();
      },
    });
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return { fault: `exec ${start.path}: ${strerror(error.errno).toLowerCase()}` };
  }
  io.started?.(process);
  out.onClosed = drained;
  err.onClosed = drained;
  out.release();
  if (err !== out) err.release();
  let finished = false;
  try {
    if (!isDrained()) {
      if (Number.isFinite(timeoutMs)) yield* withTimeout(timeoutMs, ended.next());
      else yield* ended.next();
    }
    finished = isDrained();
  } finally {
    // Out of time, or whoever waited has gone.
    if (!finished) kernel.signal(undefined, process, "SIGKILL");
  }
  return finished ? { exitCode: exitCodeOf(status!), timedOut: false } : { timedOut: true };
}
