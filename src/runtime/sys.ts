/**
 * What a program in a container sees of the kernel. Calls that cannot block are plain methods that throw SysError;
 * calls that can block are tasks. Data is bytes: a string in which each character is one byte (0..255); text is turned
 * into bytes and back at the edges (`bytes.ts`).
 */
import type { Task } from "../time/task.ts";

export type Errno =
  | "E2BIG"
  | "EACCES"
  | "EADDRINUSE"
  | "EADDRNOTAVAIL"
  | "EAGAIN"
  | "EBADF"
  | "EBUSY"
  | "ECHILD"
  | "ECONNREFUSED"
  | "ECONNRESET"
  | "EDQUOT"
  | "EEXIST"
  | "EFBIG"
  | "EHOSTUNREACH"
  | "EINTR"
  | "EINVAL"
  | "EIO"
  | "EISDIR"
  | "ELOOP"
  | "EMFILE"
  | "ENAMETOOLONG"
  | "ENETUNREACH"
  | "ENOENT"
  | "ENOEXEC"
  | "ENOMEM"
  | "ENOSPC"
  | "ENOTCONN"
  | "ENOTDIR"
  | "ENOTEMPTY"
  | "ENOTTY"
  | "EPERM"
  | "EPIPE"
  | "EROFS"
  | "ESRCH"
  | "ETIMEDOUT"
  | "EXDEV";

/** A failed system call: an ordinary result for the program that made it; `strerror(errno)` gives its text. */
export class SysError extends Error {
  readonly errno: Errno;
  constructor(errno: Errno) {
    // No stack trace: taking one costs more than the system call, and a program's failed call is no fault of ours.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(errno);
    Error.stackTraceLimit = limit;
    this.errno = errno;
  }
}

export type SignalName =
  | "SIGHUP"
  | "SIGINT"
  | "SIGQUIT"
  | "SIGILL"
  | "SIGTRAP"
  | "SIGABRT"
  | "SIGBUS"
  | "SIGFPE"
  | "SIGKILL"
  | "SIGUSR1"
  | "SIGSEGV"
  | "SIGUSR2"
  | "SIGPIPE"
  | "SIGALRM"
  | "SIGTERM"
  | "SIGSTKFLT"
  | "SIGCHLD"
  | "SIGCONT"
  | "SIGSTOP"
  | "SIGTSTP"
  | "SIGTTIN"
  | "SIGTTOU"
  | "SIGURG"
  | "SIGXCPU"
  | "SIGXFSZ"
  | "SIGVTALRM"
  | "SIGPROF"
  | "SIGWINCH"
  | "SIGPOLL"
  | "SIGPWR"
  | "SIGSYS";

/** How a child ended, as wait(2) tells it. */
export type ExitStatus = { readonly exited: number } | { readonly signaled: SignalName };

export type FileType = "file" | "directory" | "symlink" | "fifo" | "chardev" | "socket";

export interface Stat {
  readonly type: FileType;
  /** Permission bits only, e.g. 0o644 (setuid, setgid and sticky included). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly ino: number;
  readonly nlink: number;
  /** ms since 1970. */
  readonly atime: number;
  readonly mtime: number;
  readonly ctime: number;
  readonly dev: number;
}

export interface OpenFlags {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly create?: boolean;
  readonly exclusive?: boolean;
  readonly truncate?: boolean;
  readonly append?: boolean;
}

/** "default", "ignore", or a handler: it runs at delivery, at once; the interrupted blocking call throws EINTR afterwards. */
export type SignalAction = "default" | "ignore" | ((signal: SignalName) => void);

export interface SpawnOptions {
  /** argv[0] is what the program sees; `path` is what is executed (no search along PATH: the caller does that). */
  readonly path: string;
  readonly argv: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  /** Child's descriptor → own descriptor. Absent: all are inherited. */
  readonly fds?: ReadonlyMap<number, number>;
  readonly cwd?: string;
  /** Signals that the child starts with ignored, besides those inherited. */
  readonly ignore?: readonly SignalName[];
  /** Signals that it does not inherit ignored. */
  readonly restore?: readonly SignalName[];
  /** To others it goes by the parent's command line, as one that did not exec does. */
  readonly keepsCommandLine?: boolean;
}

export interface Address {
  readonly ip: string;
  readonly port: number;
}

/** One process' view of the kernel. */
export interface Sys {
  readonly pid: number;
  readonly ppid: number;
  readonly argv: readonly string[];
  /** The environment that the process was started with; a shell keeps its own variables beside it. */
  readonly env: ReadonlyMap<string, string>;
  uid: number;
  gid: number;
  readonly groups: readonly number[];
  umask: number;
  readonly cwd: string;

  /** Wall clock: ms since 1970, in virtual time. */
  now(): number;
  /** ms since the node booted. */
  uptime(): number;
  hostname(): string;
  sethostname(name: string): void;
  /** A random number in [0, 1), seeded. */
  random(): number;

  // Files. Paths are resolved against cwd and the process' root and mounts.
  open(path: string, flags: OpenFlags, mode?: number): number;
  close(fd: number): void;
  /** Makes `to` a copy of `from`, closing what `to` was. */
  dup2(from: number, to: number): void;
  /** The lowest free descriptor not below `min` becomes a copy of `fd`. */
  dup(fd: number, min?: number): number;
  isOpen(fd: number): boolean;
  setCloseOnExec(fd: number, on: boolean): void;
  pipe(): readonly [read: number, write: number];
  isatty(fd: number): boolean;
  lseek(fd: number, offset: number, whence: "set" | "cur" | "end"): number;
  ftruncate(fd: number, size: number): void;
  stat(path: string): Stat;
  lstat(path: string): Stat;
  fstat(fd: number): Stat;
  access(path: string, mode: "read" | "write" | "execute"): boolean;
  readdir(path: string): string[];
  readlink(path: string): string;
  realpath(path: string): string;
  mkdir(path: string, mode?: number): void;
  rmdir(path: string): void;
  unlink(path: string): void;
  rename(from: string, to: string): void;
  link(from: string, to: string): void;
  symlink(target: string, path: string): void;
  mkfifo(path: string, mode?: number): void;
  chmod(path: string, mode: number): void;
  chown(path: string, uid: number, gid: number, followLinks?: boolean): void;
  utimes(path: string, atime: number, mtime: number): void;
  truncate(path: string, size: number): void;
  chdir(path: string): void;
  /** {total, free} bytes of the filesystem that holds `path`, its type and the mount's source and target. */
  statfs(path: string): { type: string; source: string; target: string; total: number; free: number };

  /** At least one byte, or "" at the end of the file. Blocks on pipes, sockets and FIFOs; ETIMEDOUT after `timeoutMs`. */
  read(fd: number, max?: number, timeoutMs?: number): Task<string>;
  /** Writes all; blocks on full pipes; EPIPE (after SIGPIPE) when nobody reads. */
  write(fd: number, data: string): Task<void>;
  /** The same for a program that cannot wait here: EAGAIN where the calls above would. */
  readNow(fd: number, max: number): string;
  writeNow(fd: number, data: string): void;
  /** Opens like `open`, but blocks for a FIFO until the other end comes. */
  openBlocking(path: string, flags: OpenFlags, mode?: number): Task<number>;

  // Processes.
  /** fork + exec. Throws ENOENT, EACCES, ENOEXEC, EISDIR; EAGAIN when the container may have no more processes. */
  spawn(options: SpawnOptions): number;
  /** A child that runs `body` with a copy of the descriptors (a subshell). Throws EAGAIN. */
  fork(body: (sys: Sys) => Task<number>): number;
  /** Replaces the program of this process; comes back only by throwing. */
  exec(
    path: string,
    argv: readonly string[],
    env: ReadonlyMap<string, string>,
    keepsCommandLine?: boolean,
  ): Task<never>;
  exit(code: number): Task<never>;
  /** Waits for a child (any when -1); undefined with `noHang` when none has ended. Throws ECHILD, EINTR. */
  wait(pid: number, noHang?: boolean): Task<{ readonly pid: number; readonly status: ExitStatus } | undefined>;
  /** pid > 0 a process, 0 or negative a group. Throws ESRCH, EPERM. `signal` undefined only checks. */
  kill(pid: number, signal?: SignalName): void;
  signal(signal: SignalName, action: SignalAction): void;
  /** A process starts with the signals ignored that its parent ignored. */
  isIgnored(signal: SignalName): boolean;
  setpgid(pid: number, pgid: number): void;
  /** Sleeps; throws EINTR when a caught signal arrives. Infinity sleeps for ever. */
  sleep(ms: number): Task<void>;
  /**
   * Uses the CPU for `ms` (longer under a CPU limit). Shells charge their built-in commands with it; `steps`: how many
   * system calls the work is worth to whoever simulates it, so that a loop without a wait becomes dear.
   */
  cpu(ms: number, steps?: number): Task<void>;
  /** Sets this process' resident memory; the memory limit's OOM kill may end it inside the call. */
  memory(bytes: number): Task<void>;
  /** The name that `ps` and /proc show for this process, as prctl(PR_SET_NAME) sets it; cut to 15 bytes. */
  setComm(name: string): void;
  /** Replaces what `ps` shows as the command line, as setproctitle(3) does. */
  setTitle(title: string): void;
  /** Called when the process has ended, however that came: for what its program holds outside of its own memory. */
  atExit(action: () => void): void;
  /** The processes in this PID namespace. */
  processes(): readonly ProcessInfo[];

  /** Parameters of the kernel (`kernel.shm_rmid_forced`), as /proc/sys shows them; undefined when there is none. */
  sysctl(name: string): string | undefined;

  // Network: stream sockets are descriptors that read and write.
  /** Throws EADDRINUSE, EACCES, EADDRNOTAVAIL. ip "0.0.0.0" means all. */
  listen(address: Address): number;
  accept(fd: number): Task<{ readonly fd: number; readonly peer: Address }>;
  /** Throws ECONNREFUSED, EHOSTUNREACH, ENETUNREACH (only loopback here), ETIMEDOUT. */
  connect(address: Address): Task<number>;
  /** Half-closes the sending side. */
  shutdown(fd: number): void;
  localAddress(fd: number): Address;
  peerAddress(fd: number): Address;
  interfaces(): readonly { readonly name: string; readonly ip: string; readonly mac: string }[];
  /** A DNS query over the network to the server `server`; undefined when nobody answers. */
  dnsQuery(server: string, name: string, type: "A" | "AAAA" | "PTR" | "SRV"): Task<DnsAnswer | undefined>;
  /** Sends one ICMP echo; the round trip in ms, undefined when no answer came within `timeoutMs`. */
  ping(ip: string, timeoutMs: number): Task<number | undefined>;
  limits(): {
    readonly cpus: number;
    readonly memoryTotal: number;
    readonly memoryFree: number;
    readonly load: readonly [number, number, number];
  };
}

export interface DnsAnswer {
  readonly status: "NOERROR" | "NXDOMAIN" | "SERVFAIL";
  readonly records: readonly { readonly name: string; readonly type: string; readonly data: string }[];
}

export interface ProcessInfo {
  readonly pid: number;
  readonly ppid: number;
  readonly uid: number;
  readonly state: "R" | "S" | "D" | "Z" | "T";
  /** Empty for a zombie. */
  readonly argv: readonly string[];
  /** The name of the executed file, at most 15 bytes. */
  readonly comm: string;
  readonly rssBytes: number;
  readonly startedMs: number;
  readonly cpuMs: number;
  readonly tty?: string;
}

/** A program that an image brings. The result is its exit code. */
export type Program = (sys: Sys) => Task<number>;
