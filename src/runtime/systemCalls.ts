/** The calls of one process: sys.ts' contract over the kernel. */
import { isCapable } from "./capabilities.ts";
import { pause, type Task, type Wait } from "../time/task.ts";
import * as paths from "./fileCalls.ts";
import { DeviceInode, DirectoryInode, FifoInode, type FileInode, SymlinkInode } from "./inode.ts";
import { type Kernel, ProcessEnded } from "./kernel.ts";
import { DescriptorInode, GeneratedInode } from "./madeUpInode.ts";
import { find, may, pathOf, walk } from "./mounts.ts";
import {
  type Access,
  GeneratedFile,
  isSeekable,
  OpenDevice,
  OpenDirectory,
  type OpenFile,
  Pipe,
  PipeEnd,
  pipeOf,
  RegularFile,
} from "./openFile.ts";
import type { Process } from "./process.ts";
import { ListeningSocket, StreamSocket } from "./socket.ts";
import {
  type Address,
  type DnsAnswer,
  type ExitStatus,
  type OpenFlags,
  type ProcessInfo,
  type SignalAction,
  type SignalName,
  type SpawnOptions,
  type Stat,
  type Sys,
  SysError,
} from "./sys.ts";

/** CPU time is waited for in slices, not call by call. */
const SLICE_MS = 1;
const CALL_MS = 0.002;
/** memcpy at about 2 GB/s. */
const BYTE_MS = 5e-7;
/** Bytes whose handling is worth a call to whoever simulates it, once a container is busy without end. */
const BYTES_A_STEP = 4096;
const FORK_MS = 0.25;
/** Descriptors a process may have; below the node's own RLIMIT_NOFILE, for our memory's sake. */
const MAX_DESCRIPTORS = 4096;

/** For ever: only a signal ends it. */
const NEVER: Wait<never> = { start: () => () => {} };

export class SystemCalls implements Sys {
  readonly #kernel: Kernel;
  readonly #process: Process;

  constructor(kernel: Kernel, process: Process) {
    this.#kernel = kernel;
    this.#process = process;
  }

  get pid(): number {
    return this.#process.pid;
  }
  get ppid(): number {
    const { parent, scope } = this.#process;
    return parent && parent.scope.pids === scope.pids ? parent.pid : 0;
  }
  get argv(): readonly string[] {
    return this.#process.argv;
  }
  get env(): ReadonlyMap<string, string> {
    return this.#process.env;
  }
  get uid(): number {
    return this.#process.uid;
  }
  set uid(uid: number) {
    if (!isCapable(this.#process, "SETUID") && uid !== this.#process.uid) throw new SysError("EPERM");
    this.#process.uid = uid;
  }
  get gid(): number {
    return this.#process.gid;
  }
  set gid(gid: number) {
    if (!isCapable(this.#process, "SETGID") && gid !== this.#process.gid) throw new SysError("EPERM");
    this.#process.gid = gid;
  }
  get groups(): readonly number[] {
    return this.#process.groups;
  }
  get umask(): number {
    return this.#process.umask;
  }
  set umask(mask: number) {
    this.#process.umask = mask & 0o777;
  }
  get cwd(): string {
    return pathOf(this.#process.cwd);
  }

  now(): number {
    return this.#kernel.now();
  }
  uptime(): number {
    return this.#kernel.uptimeMs + this.#kernel.clock.now;
  }
  hostname(): string {
    return this.#process.scope.uts.hostname;
  }
  sethostname(name: string): void {
    if (!isCapable(this.#process, "SYS_ADMIN")) throw new SysError("EPERM");
    this.#process.scope.uts.hostname = name;
  }
  random(): number {
    return this.#kernel.random.next();
  }
  sysctl(name: string): string | undefined {
    const { uts } = this.#process.scope;
    return uts.sysctls.get(name) ?? (name === "kernel.hostname" ? uts.hostname : undefined);
  }
  setComm(name: string): void {
    this.#process.comm = name.slice(0, 15);
  }

  setTitle(title: string): void {
    this.#process.commandLine = [title];
  }

  // ── Descriptors ──

  #file(fd: number): OpenFile {
    const descriptor = this.#process.descriptors.get(fd);
    if (!descriptor) throw new SysError("EBADF");
    return descriptor.file;
  }

  #install(file: OpenFile, min = 0): number {
    const { descriptors } = this.#process;
    if (descriptors.size >= MAX_DESCRIPTORS) {
      file.release();
      throw new SysError("EMFILE");
    }
    let fd = min;
    while (descriptors.has(fd)) fd++;
    descriptors.set(fd, { file, closeOnExec: false });
    return fd;
  }

  open(path: string, flags: OpenFlags, mode = 0o666): number {
    return this.#install(this.#openPath(path, flags, mode));
  }

  #openPath(path: string, flags: OpenFlags, mode: number): OpenFile {
    const process = this.#process;
    this.#charge(CALL_MS);
    const { create, exclusive, truncate } = flags;
    const access: Access = {
      read: flags.read ?? !flags.write,
      write: flags.write === true || flags.append === true,
      append: flags.append === true,
    };
    const walked = walk(process, path, !(create && exclusive));
    let place = walked.found;
    if (!place) {
      if (!create) throw new SysError("ENOENT");
      place = paths.createFile(process, walked, mode);
      return new RegularFile(access, place);
    }
    if (create && exclusive) throw new SysError("EEXIST");
    const { inode } = place;
    if (inode instanceof DirectoryInode) {
      if (access.write || create) throw new SysError("EISDIR");
      if (!may(process, inode, 4)) throw new SysError("EACCES");
      return new OpenDirectory(place);
    }
    if (inode instanceof SymlinkInode) throw new SysError("ELOOP");
    if (inode instanceof DescriptorInode) {
      if ((access.read && !inode.file.access.read) || (access.write && !inode.file.access.write))
        throw new SysError("EACCES");
      inode.file.references++;
      return inode.file;
    }
    if ((access.read && !may(process, inode, 4)) || (access.write && !may(process, inode, 2)))
      throw new SysError("EACCES");
    if (inode instanceof DeviceInode) return new OpenDevice(access, inode, () => this.#kernel.random.next());
    if (inode instanceof FifoInode) {
      const pipe = pipeOf(inode, () => this.#kernel.nextPipeId());
      return new PipeEnd(access, pipe, inode);
    }
    if (access.write && place.mount.readOnly) throw new SysError("EROFS");
    if (inode instanceof GeneratedInode) {
      if (access.write && !inode.onWrite) throw new SysError("EACCES");
      return new GeneratedFile(access, inode, access.read ? inode.generate() : "", inode.onWrite);
    }
    if (truncate && access.write) (inode as FileInode).truncate(0, process.scope.cgroup);
    return new RegularFile(access, place);
  }

  *openBlocking(path: string, flags: OpenFlags, mode = 0o666): Task<number> {
    if (this.#owesSlice) yield* this.#settle();
    const file = this.#openPath(path, flags, mode);
    if (file instanceof PipeEnd && file.inode && !(file.access.read && file.access.write)) {
      const { pipe } = file;
      const came = pipe.openings;
      const missing = () => (file.access.read ? pipe.writers === 0 : pipe.readers === 0) && pipe.openings === came;
      try {
        while (missing()) yield this.#blocking(pipe.opened.wait());
      } catch (error) {
        file.release();
        throw error;
      }
    }
    return this.#install(file);
  }

  close(fd: number): void {
    const file = this.#file(fd);
    this.#process.descriptors.delete(fd);
    file.release();
  }

  dup2(from: number, to: number): void {
    const file = this.#file(from);
    if (from === to) return;
    file.references++;
    const { descriptors } = this.#process;
    descriptors.get(to)?.file.release();
    descriptors.set(to, { file, closeOnExec: false });
  }

  dup(fd: number, min = 0): number {
    const file = this.#file(fd);
    file.references++;
    return this.#install(file, min);
  }

  isOpen(fd: number): boolean {
    return this.#process.descriptors.has(fd);
  }

  setCloseOnExec(fd: number, on: boolean): void {
    const descriptor = this.#process.descriptors.get(fd);
    if (!descriptor) throw new SysError("EBADF");
    descriptor.closeOnExec = on;
  }

  pipe(): readonly [number, number] {
    const pipe = new Pipe(this.#kernel.nextPipeId());
    const reader = new PipeEnd({ read: true, write: false }, pipe);
    const writer = new PipeEnd({ read: false, write: true }, pipe);
    return [this.#install(reader), this.#install(writer)];
  }

  isatty(fd: number): boolean {
    return this.#process.descriptors.get(fd)?.file.isTty ?? false;
  }

  lseek(fd: number, offset: number, whence: "set" | "cur" | "end"): number {
    const file = this.#file(fd);
    if (!isSeekable(file)) throw new SysError("EINVAL");
    const base = whence === "set" ? 0 : whence === "cur" ? file.position : (file.inode?.size ?? 0);
    if (base + offset < 0) throw new SysError("EINVAL");
    file.position = base + offset;
    return file.position;
  }

  ftruncate(fd: number, size: number): void {
    const file = this.#file(fd);
    if (!(file instanceof RegularFile) || !file.access.write) throw new SysError("EINVAL");
    file.inode.truncate(size, this.#process.scope.cgroup);
  }

  fstat(fd: number): Stat {
    const file = this.#file(fd);
    if (file.inode) return paths.statOf(file.inode);
    const now = this.now();
    const { uid, gid } = this.#process;
    return {
      type:
        file instanceof StreamSocket || file instanceof ListeningSocket ? "socket" : file.isTty ? "chardev" : "fifo",
      mode: 0o600,
      uid,
      gid,
      size: 0,
      ino: 1,
      nlink: 1,
      atime: now,
      mtime: now,
      ctime: now,
      dev: 0,
    };
  }

  // ── Paths ──

  stat(path: string): Stat {
    this.#charge(CALL_MS);
    return paths.statOf(find(this.#process, path).inode);
  }
  lstat(path: string): Stat {
    this.#charge(CALL_MS);
    return paths.statOf(find(this.#process, path, false).inode);
  }
  access(path: string, mode: "read" | "write" | "execute"): boolean {
    return paths.mayAccess(this.#process, path, mode);
  }
  readdir(path: string): string[] {
    this.#charge(CALL_MS);
    return paths.readdir(this.#process, path);
  }
  readlink(path: string): string {
    return paths.readlink(this.#process, path);
  }
  realpath(path: string): string {
    return pathOf(find(this.#process, path));
  }
  mkdir(path: string, mode = 0o777): void {
    this.#charge(CALL_MS);
    paths.mkdir(this.#process, path, mode);
  }
  rmdir(path: string): void {
    this.#charge(CALL_MS);
    paths.rmdir(this.#process, path);
  }
  unlink(path: string): void {
    this.#charge(CALL_MS);
    paths.unlink(this.#process, path);
  }
  rename(from: string, to: string): void {
    this.#charge(CALL_MS);
    paths.rename(this.#process, from, to);
  }
  link(from: string, to: string): void {
    paths.link(this.#process, from, to);
  }
  symlink(target: string, path: string): void {
    paths.symlink(this.#process, target, path);
  }
  mkfifo(path: string, mode = 0o666): void {
    paths.mkfifo(this.#process, path, mode);
  }
  chmod(path: string, mode: number): void {
    paths.chmod(this.#process, path, mode);
  }
  chown(path: string, uid: number, gid: number, followLinks = true): void {
    paths.chown(this.#process, path, uid, gid, followLinks);
  }
  utimes(path: string, atime: number, mtime: number): void {
    paths.utimes(this.#process, path, atime, mtime);
  }
  truncate(path: string, size: number): void {
    paths.truncate(this.#process, path, size, this.#process.scope.cgroup);
  }
  chdir(path: string): void {
    const place = find(this.#process, path);
    if (place.inode.type !== "directory") throw new SysError("ENOTDIR");
    if (!may(this.#process, place.inode, 1)) throw new SysError("EACCES");
    this.#process.cwd = place;
  }
  statfs(path: string) {
    const { mount, inode } = find(this.#process, path);
    const { filesystem } = inode;
    const disk = Number.isFinite(filesystem.maxBytes) ? filesystem.maxBytes : DISK_BYTES;
    const total = filesystem.type === "proc" || filesystem.type === "sysfs" ? 0 : disk;
    return {
      type: filesystem.type,
      source: mount.source,
      target: mount.target,
      total,
      free: Math.max(0, total - filesystem.bytes - (total === DISK_BYTES ? DISK_USED : 0)),
    };
  }

  // ── Reading and writing ──

  *read(fd: number, max = 65536, timeoutMs?: number): Task<string> {
    if (this.#owesSlice) yield* this.#settle();
    const file = this.#file(fd);
    if (!file.access.read) throw new SysError("EBADF");
    for (;;) {
      const data = file.read(max);
      if (data !== undefined) {
        this.#charge(CALL_MS + data.length * BYTE_MS, 1, 1 + data.length / BYTES_A_STEP);
        return data;
      }
      if (timeoutMs === undefined) yield this.#blocking(file.readable.wait());
      else if (!(yield this.#blocking(within(timeoutMs, file.readable.wait())))) throw new SysError("ETIMEDOUT");
    }
  }

  readNow(fd: number, max: number): string {
    const file = this.#file(fd);
    if (!file.access.read) throw new SysError("EBADF");
    const data = file.read(max);
    if (data === undefined) throw new SysError("EAGAIN");
    return data;
  }

  writeNow(fd: number, data: string): void {
    const file = this.#file(fd);
    if (!file.access.write) throw new SysError("EBADF");
    if (file.write(data, this.#process.scope.cgroup) < data.length) throw new SysError("EAGAIN");
  }

  *write(fd: number, data: string): Task<void> {
    if (this.#owesSlice) yield* this.#settle();
    const file = this.#file(fd);
    if (!file.access.write) throw new SysError("EBADF");
    const { cgroup } = this.#process.scope;
    this.#charge(CALL_MS + data.length * BYTE_MS, 1, 1 + data.length / BYTES_A_STEP);
    let rest = data;
    for (;;) {
      let taken: number;
      try {
        taken = file.write(rest, cgroup);
      } catch (error) {
        if (error instanceof SysError && error.errno === "EPIPE") {
          this.#kernel.signal(undefined, this.#process, "SIGPIPE");
          if (this.#process.isDead) throw new ProcessEnded();
        }
        throw error;
      }
      if (cgroup.tmpfsBytes > 0 && cgroup.memoryLimit !== undefined) this.#checkMemory();
      if (taken >= rest.length) return;
      rest = rest.slice(taken);
      if (taken === 0) yield this.#blocking(file.writable.wait());
    }
  }

  // ── Processes ──

  spawn(options: SpawnOptions): number {
    const parent = this.#process;
    this.#charge(FORK_MS);
    const loaded = this.#kernel.load(parent, options.path, options.argv);
    const child = this.#newChild(options.cwd === undefined ? parent.cwd : find(parent, options.cwd), {
      argv: loaded.argv,
      commandLine: options.keepsCommandLine ? parent.commandLine : loaded.argv,
      env: options.env,
      comm: loaded.comm,
      executable: loaded.executable,
    });
    if (options.fds)
      for (const [to, from] of options.fds) {
        const file = parent.descriptors.get(from)?.file;
        if (!file) continue;
        file.references++;
        child.descriptors.set(to, { file, closeOnExec: false });
      }
    else
      for (const [fd, { file, closeOnExec }] of parent.descriptors) {
        if (closeOnExec) continue;
        file.references++;
        child.descriptors.set(fd, { file, closeOnExec: false });
      }
    for (const signal of options.ignore ?? []) child.setAction(signal, "ignore");
    for (const signal of options.restore ?? []) child.setAction(signal, "default");
    this.#kernel.begin(child, loaded.program);
    return child.pid;
  }

  fork(body: (sys: Sys) => Task<number>): number {
    const parent = this.#process;
    const { argv, commandLine, env, comm, executable } = parent;
    const child = this.#newChild(parent.cwd, { argv, commandLine, env, comm, executable });
    for (const [fd, { file, closeOnExec }] of parent.descriptors) {
      file.references++;
      child.descriptors.set(fd, { file, closeOnExec });
    }
    this.#kernel.begin(child, body, FORK_MS);
    return child.pid;
  }

  #newChild(
    cwd: Process["cwd"],
    image: Pick<Process, "argv" | "commandLine" | "env" | "comm" | "executable">,
  ): Process {
    const parent = this.#process;
    const { scope, uid, gid, groups, umask } = parent;
    const { argv, commandLine, env, comm, executable } = image;
    // Field by field: an object that begins as a copy is laid out anew each time, which made starting a program twice as dear.
    const child = this.#kernel.newProcess(scope, {
      argv,
      commandLine,
      env,
      comm,
      executable,
      scope,
      parent,
      uid,
      gid,
      groups,
      umask,
      cwd,
      startedMs: this.#kernel.clock.now,
    });
    for (const [signal, action] of parent.actions) if (action === "ignore") child.setAction(signal, "ignore");
    return child;
  }

  *exec(
    path: string,
    argv: readonly string[],
    env: ReadonlyMap<string, string>,
    keepsCommandLine = false,
  ): Task<never> {
    const loaded = this.#kernel.load(this.#process, path, argv);
    return (yield {
      start: () => {
        this.#kernel.replace(this.#process, loaded, env, keepsCommandLine);
        return () => {};
      },
    }) as never;
  }

  *exit(code: number): Task<never> {
    return (yield {
      start: () => {
        this.#kernel.end(this.#process, { exited: code & 255 });
        return () => {};
      },
    }) as never;
  }

  *wait(pid: number, noHang = false): Task<{ readonly pid: number; readonly status: ExitStatus } | undefined> {
    if (this.#owesSlice) yield* this.#settleBeforeBlocking();
    const process = this.#process;
    for (;;) {
      let any = false;
      for (const child of process.children) {
        if (pid > 0 ? child.pid !== pid : pid < -1 ? child.group !== -pid : pid === 0 && child.group !== process.group)
          continue;
        any = true;
        if (child.status) {
          this.#kernel.reap(child);
          return { pid: child.pid, status: child.status };
        }
      }
      if (!any) throw new SysError("ECHILD");
      if (noHang) return undefined;
      yield this.#blocking(process.childEnded.wait());
    }
  }

  kill(pid: number, signal?: SignalName): void {
    const process = this.#process;
    const { processes } = process.scope.pids;
    let targets: Process[];
    if (pid > 0) {
      const one = processes.get(pid);
      targets = one ? [one] : [];
    } else if (pid === -1) targets = [...processes.values()].filter((one) => one !== process && one.pid !== 1);
    else {
      const group = pid === 0 ? process.group : -pid;
      targets = [...processes.values()].filter((one) => one.group === group && one.scope.pids === process.scope.pids);
    }
    if (targets.length === 0) throw new SysError("ESRCH");
    for (const target of targets) this.#kernel.signal(process, target, signal);
    if (process.isDead) throw new ProcessEnded();
  }

  signal(signal: SignalName, action: SignalAction): void {
    if (signal === "SIGKILL" || signal === "SIGSTOP") throw new SysError("EINVAL");
    this.#process.setAction(signal, action);
  }

  atExit(action: () => void): void {
    (this.#process.exitActions ??= []).push(action);
  }

  isIgnored(signal: SignalName): boolean {
    return this.#process.actions.get(signal) === "ignore";
  }

  setpgid(pid: number, pgid: number): void {
    const target = pid === 0 ? this.#process : this.#process.scope.pids.processes.get(pid);
    if (!target) throw new SysError("ESRCH");
    target.group = pgid === 0 ? target.pid : pgid;
  }

  *sleep(ms: number): Task<void> {
    if (this.#owesSlice) yield* this.#settleBeforeBlocking();
    yield this.#blocking(ms === Number.POSITIVE_INFINITY ? NEVER : pause(ms));
  }

  *cpu(ms: number, steps?: number): Task<void> {
    this.#charge(ms, steps);
    if (this.#owesSlice) yield* this.#settle();
  }

  *memory(bytes: number): Task<void> {
    this.#process.rss = Math.max(0, bytes);
    this.#checkMemory();
  }

  #checkMemory(): void {
    this.#kernel.checkMemory(this.#process.scope.cgroup);
    if (this.#process.isDead) throw new ProcessEnded();
  }

  processes(): readonly ProcessInfo[] {
    const { pids } = this.#process.scope;
    return [...pids.processes].sort(([a], [b]) => a - b).map(([pid, process]) => ({ ...process.info(pids), pid }));
  }

  // ── Network ──

  listen(address: Address): number {
    return this.#install(this.#process.scope.network.listen(address));
  }

  *accept(fd: number): Task<{ readonly fd: number; readonly peer: Address }> {
    if (this.#owesSlice) yield* this.#settle();
    const listening = this.#file(fd);
    if (!(listening instanceof ListeningSocket)) throw new SysError("EINVAL");
    for (;;) {
      const socket = listening.accept();
      if (socket) {
        this.#charge(CALL_MS);
        return { fd: this.#install(socket), peer: socket.remote };
      }
      yield this.#blocking(listening.readable.wait());
    }
  }

  *connect(address: Address): Task<number> {
    if (this.#owesSlice) yield* this.#settle();
    const { network } = this.#kernel;
    return this.#install(yield* this.#interruptible(network.connect(this.#process.scope.network, address)));
  }

  shutdown(fd: number): void {
    const file = this.#file(fd);
    if (!(file instanceof StreamSocket)) throw new SysError("ENOTCONN");
    file.shutdown();
  }

  localAddress(fd: number): Address {
    const file = this.#file(fd);
    if (file instanceof StreamSocket || file instanceof ListeningSocket) return file.local;
    throw new SysError("EINVAL");
  }

  peerAddress(fd: number): Address {
    const file = this.#file(fd);
    if (file instanceof StreamSocket) return file.remote;
    throw new SysError("ENOTCONN");
  }

  interfaces() {
    const { network } = this.#process.scope;
    const loopback = { name: "lo", ip: "127.0.0.1", mac: "00:00:00:00:00:00" };
    return network.ip === "" ? [loopback] : [loopback, { name: "eth0", ip: network.ip, mac: network.mac }];
  }

  *dnsQuery(server: string, name: string, type: "A" | "AAAA" | "PTR" | "SRV"): Task<DnsAnswer | undefined> {
    if (this.#owesSlice) yield* this.#settle();
    return yield* this.#interruptible(this.#kernel.network.dnsQuery(this.#process.scope.network, server, name, type));
  }

  *ping(ip: string, timeoutMs: number): Task<number | undefined> {
    if (this.#owesSlice) yield* this.#settle();
    return yield* this.#interruptible(this.#kernel.network.ping(this.#process.scope.network, ip, timeoutMs));
  }

  limits() {
    const { memoryBytes, cpus } = this.#kernel;
    return {
      cpus,
      memoryTotal: memoryBytes,
      memoryFree: Math.max(0, memoryBytes * 0.9 - this.#kernel.memoryUsed()),
      load: [0.1, 0.08, 0.05] as const,
    };
  }

  // ── Time ──

  #charge(ms: number, steps?: number, busySteps?: number): void {
    this.#process.scope.cgroup.charge(this.#kernel.clock.now, ms, steps, busySteps);
  }

  /**
   * Whether the CPU time that was used is to be waited for. Calls ask before they wait: most need not, and a generator for
   * each call would be the better part of its price.
   */
  get #owesSlice(): boolean {
    return this.#process.scope.cgroup.debt >= SLICE_MS;
  }

  /** Waits for the CPU time that was used. Not interruptible: the process is running. */
  *#settle(): Task<void> {
    const { cgroup } = this.#process.scope;
    const used = cgroup.debt;
    cgroup.debt = 0;
    this.#process.cpuMs += used;
    yield pause(cgroup.wallTime(this.#kernel.clock.now, used));
  }

  /** Throws EINTR when a signal was caught meanwhile: the wait that follows must not miss it. */
  *#settleBeforeBlocking(): Task<void> {
    const { caught } = this.#process;
    yield* this.#settle();
    if (this.#process.caught !== caught) throw new SysError("EINTR");
  }

  /** For a wait that a caught signal ends with EINTR: to be yielded at once. */
  #blocking<T>(what: Wait<T>): Wait<T> {
    this.#process.interruptible = true;
    return what;
  }

  /** The same for a whole task. */
  *#interruptible<T>(task: Task<T>): Task<T> {
    let next = task.next();
    while (!next.done) {
      this.#process.interruptible = true;
      let value: unknown;
      try {
        value = yield next.value;
      } catch (error) {
        next = task.throw(error);
        continue;
      }
      next = task.next(value);
    }
    return next.value;
  }
}

/** False when `what` did not happen within `ms`. */
function within(ms: number, what: Wait<void>): Wait<boolean> {
  return {
    start(clock, done) {
      const timer = clock.after(ms, () => {
        abandon();
        done(false);
      });
      const abandon = what.start(clock, () => {
        clock.cancel(timer);
        done(true);
      });
      return () => {
        clock.cancel(timer);
        abandon();
      };
    },
  };
}

/** The recorded node's ephemeral-storage capacity (264212084Ki), and what its system takes. */
const DISK_BYTES = 264212084 * 1024;
const DISK_USED = 9 * 1024 ** 3;
