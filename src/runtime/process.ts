/** Processes as the kernel keeps them, and the PID namespaces that number them. */
import { allCapabilities, type Capabilities } from "./capabilities.ts";
import type { Task } from "../time/task.ts";
import type { Cgroup } from "./cgroup.ts";
import type { Location, MountNamespace, Viewer } from "./mounts.ts";
import type { NetworkNamespace } from "./network.ts";
import type { OpenFile } from "./openFile.ts";
import type { ExitStatus, ProcessInfo, SignalAction, SignalName } from "./sys.ts";
import { WaitQueue } from "./waitQueue.ts";

export interface Descriptor {
  readonly file: OpenFile;
  closeOnExec: boolean;
}

/** The hostname's namespace, with the parameters that belong to a sandbox. */
export interface UtsNamespace {
  hostname: string;
  readonly sysctls: ReadonlyMap<string, string>;
}

/** The namespaces and limits that all processes of one container have in common. */
export interface ContainerScope {
  readonly cgroup: Cgroup;
  readonly network: NetworkNamespace;
  readonly uts: UtsNamespace;
  readonly mounts: MountNamespace;
  readonly pids: PidNamespace;
  /** How /proc/self/cgroup names it. */
  readonly cgroupPath: string;
  /** What root may do; absent: all. */
  readonly capabilities?: Capabilities;
  /** Programs get no rights that their caller has not (`allowPrivilegeEscalation: false`). */
  readonly noNewPrivileges?: boolean;
}

export class PidNamespace {
  readonly processes = new Map<number, Process>();
  /** Undefined: the node's. */
  readonly parent: PidNamespace | undefined;
  init: Process | undefined;
  #nextPid: number;

  constructor(parent: PidNamespace | undefined, firstPid = 1) {
    this.parent = parent;
    this.#nextPid = firstPid;
  }

  allocate(): number {
    let pid = this.#nextPid;
    while (this.processes.has(pid)) pid++;
    this.#nextPid = pid >= 4194303 ? 300 : pid + 1;
    return pid;
  }
}

export interface ProcessOptions {
  readonly scope: ContainerScope;
  readonly parent: Process | undefined;
  readonly argv: readonly string[];
  /** What others see in its place; absent: `argv`. */
  readonly commandLine?: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  readonly comm: string;
  readonly executable: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly umask: number;
  readonly cwd: Location;
  readonly startedMs: number;
}

/** Processes come and go by the thousand, and most have no children and ignore no signal. */
const NO_CHILDREN: ReadonlySet<Process> = new Set();
const NO_ACTIONS: ReadonlyMap<SignalName, SignalAction> = new Map();

/** A small static binary's resident pages. */
const BASE_RSS = 1 << 20;

export class Process implements Viewer {
  readonly scope: ContainerScope;
  /** In its own namespace, and as the node sees it. */
  readonly pid: number;
  readonly hostPid: number;
  parent: Process | undefined;
  #children: Set<Process> | undefined;
  group: number;
  /** What its program was started with, and what /proc shows: a shell's child that did not exec shows the shell's. */
  argv: readonly string[];
  commandLine: readonly string[];
  env: ReadonlyMap<string, string>;
  comm: string;
  executable: string;
  uid: number;
  gid: number;
  groups: readonly number[];
  umask: number;
  readonly root: Location;
  cwd: Location;
  readonly descriptors = new Map<number, Descriptor>();
  #actions: Map<SignalName, SignalAction> | undefined;
  /** What is to be done when it has ended. */
  exitActions: (() => void)[] | undefined;
  rss = BASE_RSS;
  startedMs: number;
  cpuMs = 0;

  task: Task<number> | undefined;
  /** Ends the present wait. */
  abandon: (() => void) | undefined;
  /** In a wait that a caught signal interrupts. */
  interruptible = false;
  /** Signals caught so far: a call that was about to block learns that one came before it did. */
  caught = 0;
  stopped = false;
  /** A wake-up that came while stopped. */
  deferred: (() => void) | undefined;
  status: ExitStatus | undefined;
  readonly childEnded = new WaitQueue();
  onExit: ((status: ExitStatus) => void) | undefined;

  constructor(options: ProcessOptions, host: PidNamespace) {
    this.scope = options.scope;
    const { pids } = options.scope;
    this.pid = pids.allocate();
    this.hostPid = pids === host ? this.pid : host.allocate();
    pids.processes.set(this.pid, this);
    host.processes.set(this.hostPid, this);
    if (pids.parent) pids.init ??= this;
    this.parent = options.parent;
    options.parent?.addChild(this);
    this.group = options.parent?.group ?? this.pid;
    this.argv = options.argv;
    this.commandLine = options.commandLine ?? options.argv;
    this.env = options.env;
    this.comm = options.comm.slice(0, 15);
    this.executable = options.executable;
    this.uid = options.uid;
    this.gid = options.gid;
    this.groups = options.groups;
    this.umask = options.umask;
    this.root = options.scope.mounts.root;
    this.cwd = options.cwd;
    this.startedMs = options.startedMs;
    options.scope.cgroup.processes.add(this);
  }

  get capabilities(): Capabilities {
    return this.scope.capabilities ?? allCapabilities;
  }

  get isDead(): boolean {
    return this.status !== undefined;
  }

  get children(): ReadonlySet<Process> {
    return this.#children ?? NO_CHILDREN;
  }

  addChild(child: Process): void {
    (this.#children ??= new Set()).add(child);
  }

  removeChild(child: Process): void {
    this.#children?.delete(child);
  }

  forgetChildren(): void {
    this.#children = undefined;
  }

  /** Those that are not "default". */
  get actions(): ReadonlyMap<SignalName, SignalAction> {
    return this.#actions ?? NO_ACTIONS;
  }

  setAction(signal: SignalName, action: SignalAction): void {
    if (action === "default") this.#actions?.delete(signal);
    else (this.#actions ??= new Map()).set(signal, action);
  }

  pidIn(namespace: PidNamespace): number {
    return namespace === this.scope.pids ? this.pid : this.hostPid;
  }

  info(namespace: PidNamespace): ProcessInfo {
    const parent = this.parent;
    const visible = parent && namespace.processes.get(parent.pidIn(namespace)) === parent;
    return {
      pid: this.pidIn(namespace),
      ppid: visible ? parent.pidIn(namespace) : 0,
      uid: this.uid,
      state: this.isDead ? "Z" : this.stopped ? "T" : this.abandon === undefined || !this.interruptible ? "R" : "S",
      argv: this.isDead ? [] : this.commandLine,
      comm: this.comm,
      rssBytes: this.isDead ? 0 : this.rss,
      startedMs: this.startedMs,
      cpuMs: this.cpuMs,
    };
  }
}
