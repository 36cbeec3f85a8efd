/**
 * The kernel of one node: it runs processes, hands out signals, ends processes and tells who waits for them. The calls
 * that programs make are in systemCalls.ts.
 */
import { isCapable } from "./capabilities.ts";
import type { Clock } from "../time/clock.ts";
import type { Random } from "../time/random.ts";
import type { Wait } from "../time/task.ts";
import type { Cgroup } from "./cgroup.ts";
import { programOf } from "./imageTree.ts";
import { find, type Location, may, pathOf, type Viewer } from "./mounts.ts";
import type { Network } from "./network.ts";
import type { OpenFile } from "./openFile.ts";
import { type ContainerScope, PidNamespace, Process } from "./process.ts";
import { defaultAction } from "./signals.ts";
import { type ExitStatus, type Program, type SignalName, SysError } from "./sys.ts";
import { SystemCalls } from "./systemCalls.ts";
import { FileInode, Filesystem } from "./inode.ts";

export interface KernelOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  /** The program that an executable's header names. */
  readonly program: (name: string) => Program | undefined;
  /** ms since 1970 at clock 0. */
  readonly epochMs: number;
  /** How long the node had been up at clock 0. */
  readonly uptimeMs?: number;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly release: string;
  readonly nofile?: number;
}

/** Thrown through a program whose process ended inside a call of its own; programs must not catch it. */
export class ProcessEnded extends Error {}

export interface StartOptions {
  readonly scope: ContainerScope;
  readonly parent?: Process;
  readonly path: string;
  readonly argv: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly cwd: Location;
  readonly files: readonly OpenFile[];
  readonly onExit?: (status: ExitStatus) => void;
}

export interface Loaded {
  readonly program: Program;
  readonly argv: readonly string[];
  readonly comm: string;
  readonly executable: string;
}

/** What starting a program costs: fork and execve of a small static binary take a little under a millisecond. */
const EXEC_MS = 0.6;
/** Making a process is worth so many other system calls of our own time. */
const BEGIN_WEIGHT = 8;

export class Kernel {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly epochMs: number;
  readonly uptimeMs: number;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly release: string;
  readonly nofile: number;
  readonly hostPids = new PidNamespace(undefined, 1);
  /** Made-up files: /proc, /sys. They take no room. */
  readonly procFilesystem: Filesystem;
  readonly sysFilesystem: Filesystem;
  readonly #program: (name: string) => Program | undefined;
  #nextPipe = 20_000;

  constructor(options: KernelOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.network = options.network;
    this.epochMs = options.epochMs;
    this.uptimeMs = options.uptimeMs ?? 86_400_000;
    this.cpus = options.cpus;
    this.memoryBytes = options.memoryBytes;
    this.release = options.release;
    this.nofile = options.nofile ?? 20_000;
    this.#program = options.program;
    const unlimited = { bytes: 0, maxBytes: Infinity, inodes: 0, maxInodes: Infinity, filesystems: 0 };
    const madeUp = (type: string) =>
      new Filesystem({
        type,
        source: type,
        options: "rw,nosuid,nodev,noexec,relatime",
        maxInodes: Infinity,
        budget: unlimited,
        now: () => this.now(),
      });
    this.procFilesystem = madeUp("proc");
    this.sysFilesystem = madeUp("sysfs");
  }

  now(): number {
    return this.epochMs + this.clock.now;
  }

  nextPipeId(): number {
    return this.#nextPipe++;
  }

  /** Throws ENOENT, EACCES, ENOEXEC, ELOOP. `argv[0]` is replaced only by a script's interpreter. */
  load(viewer: Viewer, path: string, argv: readonly string[], depth = 0): Loaded {
    const location = find(viewer, path);
    const { inode } = location;
    if (!(inode instanceof FileInode)) throw new SysError("EACCES");
    if (!may(viewer, inode, 1)) throw new SysError("EACCES");
    const head = inode.read(0, 256);
    const comm = path.slice(path.lastIndexOf("/") + 1);
    if (head.startsWith("#!")) {
      if (depth > 4) throw new SysError("ELOOP");
      const end = head.indexOf("\n");
      const words = /^[ \t]*([^ \t]+)[ \t]*(.*?)[ \t]*$/.exec(head.slice(2, end < 0 ? undefined : end));
      if (!words) throw new SysError("ENOEXEC");
      const args = [words[1]!, ...(words[2] ? [words[2]] : []), path, ...argv.slice(1)];
      return { ...this.load(viewer, words[1]!, args, depth + 1), comm };
    }
    const name = programOf(head);
    const program = name === undefined ? undefined : this.#program(name);
    if (!program) throw new SysError("ENOEXEC");
    return { program, argv, comm, executable: pathOf(location) };
  }

  /** Starts a process from outside its container. Throws what `load` throws, and EAGAIN. */
  start(options: StartOptions): Process {
    const { uid, gid, groups, cwd } = options;
    const { mounts, capabilities } = options.scope;
    const viewer: Viewer = { uid, gid, groups, root: mounts.root, cwd, capabilities };
    const loaded = this.load(viewer, options.path, options.argv);
    const process = this.newProcess(options.scope, {
      scope: options.scope,
      parent: options.parent,
      argv: loaded.argv,
      env: options.env,
      comm: loaded.comm,
      executable: loaded.executable,
      uid,
      gid,
      groups,
      umask: 0o022,
      cwd,
      startedMs: this.clock.now,
    });
    options.files.forEach((file, fd) => {
      file.references++;
      process.descriptors.set(fd, { file, closeOnExec: false });
    });
    process.onExit = options.onExit;
    this.begin(process, loaded.program);
    return process;
  }

  /** Throws EAGAIN when the container has its share of processes. */
  newProcess(scope: ContainerScope, options: ConstructorParameters<typeof Process>[0]): Process {
    if (scope.cgroup.processes.size >= scope.cgroup.processLimit) throw new SysError("EAGAIN");
    return new Process(options, this.hostPids);
  }

  /** The first step comes as an event of its own: fork returns before the child runs. */
  begin(process: Process, program: Program, costMs = EXEC_MS): void {
    process.scope.cgroup.charge(this.clock.now, costMs, BEGIN_WEIGHT);
    process.task = program(new SystemCalls(this, process));
    const timer = this.clock.after(0, () => this.resume(process, undefined));
    process.abandon = () => this.clock.cancel(timer);
  }

  /** execve: the process goes on as another program. */
  replace(process: Process, loaded: Loaded, env: ReadonlyMap<string, string>, keepsCommandLine = false): void {
    for (const [fd, descriptor] of [...process.descriptors])
      if (descriptor.closeOnExec) {
        process.descriptors.delete(fd);
        descriptor.file.release();
      }
    for (const [signal, action] of process.actions) if (action !== "ignore") process.setAction(signal, "default");
    process.argv = loaded.argv;
    if (!keepsCommandLine) process.commandLine = loaded.argv;
    process.env = env;
    process.comm = loaded.comm.slice(0, 15);
    process.executable = loaded.executable;
    this.begin(process, loaded.program);
  }

  /** Lets a process run until it waits again. `error` is thrown into it instead. */
  resume(process: Process, value: unknown, error?: SysError): void {
    if (process.isDead) return;
    process.abandon = undefined;
    if (process.stopped) {
      process.deferred = () => this.resume(process, value, error);
      return;
    }
    process.interruptible = false;
    const task = process.task!;
    let next: IteratorResult<Wait<unknown>, number>;
    try {
      next = error ? task.throw(error) : task.next(value);
    } catch (thrown) {
      if (thrown instanceof ProcessEnded) return;
      if (thrown instanceof SysError) {
        this.end(process, { exited: 1 });
        return;
      }
      // A script that calls itself without end runs out of our stack as it would run out of its own.
      if (!(thrown instanceof RangeError) || !/call stack/i.test(thrown.message)) throw thrown;
      this.end(process, { signaled: "SIGSEGV" });
      return;
    }
    if (process.isDead || process.task !== task) return;
    if (next.done) {
      this.end(process, { exited: next.value & 255 });
      return;
    }
    const abandon = next.value.start(this.clock, (result) => this.resume(process, result));
    if (!process.isDead && process.task === task) process.abandon = abandon;
  }

  /** Throws EPERM. `from` undefined: the kernel or the container runtime on the node. */
  signal(from: Process | undefined, to: Process, signal: SignalName | undefined): void {
    if (from && !isCapable(from, "KILL") && from.uid !== to.uid) throw new SysError("EPERM");
    if (to.isDead || signal === undefined) return;
    const action = to.actions.get(signal) ?? "default";
    const unblockable = signal === "SIGKILL" || signal === "SIGSTOP";
    if (to.scope.pids.init === to && to.scope.pids.parent) {
      // A namespace's first process has no default actions; only its ancestors' SIGKILL and SIGSTOP reach it.
      const fromInside = from !== undefined && from.scope.pids === to.scope.pids;
      if (unblockable ? fromInside : action === "default") return;
    }
    if (signal === "SIGCONT" && to.stopped) {
      to.stopped = false;
      const { deferred } = to;
      to.deferred = undefined;
      if (deferred) this.clock.after(0, deferred);
    }
    if (!unblockable && typeof action === "function") {
      to.caught++;
      action(signal);
      if (to.interruptible && to.abandon) {
        to.abandon();
        to.interruptible = false;
        const timer = this.clock.after(0, () => this.resume(to, undefined, new SysError("EINTR")));
        to.abandon = () => this.clock.cancel(timer);
      }
      return;
    }
    if (!unblockable && action === "ignore") return;
    switch (defaultAction(signal)) {
      case "terminate":
        this.end(to, { signaled: signal });
        return;
      case "stop":
        to.stopped = true;
        return;
      default:
    }
  }

  /** The process is over; harmless when it already was. */
  /** Ctrl-C at the terminal of a process: SIGINT to its group. */
  interrupt({ scope, group }: Process): void {
    for (const one of [...scope.pids.processes.values()])
      if (one.group === group) this.signal(undefined, one, "SIGINT");
  }

  end(process: Process, status: ExitStatus): void {
    if (process.isDead) return;
    process.status = status;
    process.abandon?.();
    process.abandon = undefined;
    process.deferred = undefined;
    process.task = undefined;
    process.rss = 0;
    for (const { file } of process.descriptors.values()) file.release();
    process.descriptors.clear();
    const { pids } = process.scope;
    const init = pids.init === process ? undefined : pids.init;
    for (const child of process.children) {
      child.parent = init;
      if (init && !init.isDead) {
        init.addChild(child);
        if (child.isDead) this.#childEnded(init, child);
      } else if (child.isDead) this.reap(child);
    }
    process.forgetChildren();
    if (pids.init === process && pids.parent)
      for (const other of [...pids.processes.values()]) this.end(other, { signaled: "SIGKILL" });
    const { exitActions } = process;
    process.exitActions = undefined;
    if (exitActions) for (const action of exitActions) action();
    process.onExit?.(status);
    const { parent } = process;
    if (parent && !parent.isDead) this.#childEnded(parent, process);
    else this.reap(process);
  }

  #childEnded(parent: Process, child: Process): void {
    if (parent.actions.get("SIGCHLD") === "ignore") this.reap(child);
    parent.childEnded.wake();
    if (typeof parent.actions.get("SIGCHLD") === "function") this.signal(undefined, parent, "SIGCHLD");
  }

  /** Forgets a dead process. */
  reap(process: Process): void {
    process.parent?.removeChild(process);
    process.scope.pids.processes.delete(process.pid);
    this.hostPids.processes.delete(process.hostPid);
    process.scope.cgroup.processes.delete(process);
  }

  /** Ends all that still runs in a container, without a word to anybody. */
  killAll(cgroup: Cgroup): void {
    for (const process of [...cgroup.processes]) {
      this.end(process, { signaled: "SIGKILL" });
      if (cgroup.processes.has(process)) this.reap(process);
    }
  }

  /**
   * After memory was taken: while a container is over its limit, or the node out of memory, the kernel kills the
   * process that holds most (cgroup v1 kills one process, not the group).
   */
  checkMemory(cgroup: Cgroup): void {
    for (;;) {
      const { memory } = cgroup;
      cgroup.maxMemory = Math.max(cgroup.maxMemory, Math.min(memory, cgroup.memoryLimit ?? memory));
      const victims = [...cgroup.processes].filter((one) => !one.isDead);
      if (cgroup.memoryLimit === undefined || memory <= cgroup.memoryLimit || victims.length === 0) break;
      this.#oomKill(victims, (one) => one.rss);
    }
    for (;;) {
      if (this.memoryUsed() <= this.memoryBytes) return;
      const all = [...this.hostPids.processes.values()].filter((one) => !one.isDead);
      if (all.length === 0) return;
      const before = all.length;
      this.#oomKill(
        all.filter((one) => one.scope.cgroup.oomScoreAdj > -999),
        (one) => (one.rss / this.memoryBytes) * 1000 + one.scope.cgroup.oomScoreAdj,
      );
      if ([...this.hostPids.processes.values()].filter((one) => !one.isDead).length === before) return;
    }
  }

  #oomKill(victims: readonly Process[], badness: (process: Process) => number): void {
    let worst: Process | undefined;
    for (const one of victims) if (!worst || badness(one) >= badness(worst)) worst = one;
    if (!worst) return;
    worst.scope.cgroup.oomKills++;
    this.end(worst, { signaled: "SIGKILL" });
  }

  /** Bytes in use on the node. */
  memoryUsed(): number {
    let sum = 0;
    const seen = new Set<Cgroup>();
    for (const process of this.hostPids.processes.values()) {
      sum += process.rss;
      if (!seen.has(process.scope.cgroup)) {
        seen.add(process.scope.cgroup);
        sum += Math.max(0, process.scope.cgroup.tmpfsBytes);
      }
    }
    return sum;
  }
}
