/** The container runtime of one node: images, sandboxes, containers, exec; containerd's answers and about its pace. */
import type { Clock } from "../time/clock.ts";
import type { Random } from "../time/random.ts";
import { Signal, sleep, type Task, withTimeout } from "../time/task.ts";
import { Cgroup } from "./cgroup.ts";
import { bindMount, containerRoot, mountKernelFilesystems, rootViewer } from "./containerFilesystem.ts";
import { ContainerLog } from "./containerLog.ts";
import { argvOf, execErrorText, lookPath, resolveUser, startErrorText, type User } from "./containerProcess.ts";
import type {
  Container,
  ContainerConfig,
  ContainerRuntime,
  ExecResult,
  Failed,
  HttpOutcome,
  HttpRequest,
  ImageStatus,
  LogEntry,
  Result,
  Sandbox,
  SandboxConfig,
} from "./cri.ts";
import { type ExecEnd, type ExecIo, runProcess } from "./execProcess.ts";
import type { Credentials, Image, ImageCatalogue } from "./imageCatalogue.ts";
import { registryFailure } from "./registryFailure.ts";
import { canonicalName, parseImageReference } from "./imageReference.ts";
import { buildImageTree, executable } from "./imageTree.ts";
import { type Budget, DeviceInode, DirectoryInode, Filesystem } from "./inode.ts";
import { Kernel } from "./kernel.ts";
import { find, makeDirectories, MountNamespace, type Viewer } from "./mounts.ts";
import type { Network, NetworkNamespace } from "./network.ts";
import { NodeClient } from "./nodeClient.ts";
import { NodeFilesystem } from "./nodeFiles.ts";
import { OpenDevice, type OpenFile, SinkFile, SourceFile } from "./openFile.ts";
import { type ContainerScope, PidNamespace, type Process, type UtsNamespace } from "./process.ts";
import { exitCodeOf, parseSignal } from "./signals.ts";
import { type ExitStatus, type Program, type SignalName, SysError } from "./sys.ts";
import { strerror } from "./errno.ts";
import { allCapabilities, capabilitiesWith } from "./capabilities.ts";
import { kernelRelease } from "./kernelRelease.ts";
import { PodNetwork } from "./podNetwork.ts";
import { pause } from "./programs/pause.ts";

export interface RuntimeOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Shared by all nodes of a cluster. */
  readonly network: Network;
  readonly catalogue: ImageCatalogue;
  readonly nodeName: string;
  readonly nodeIp: string;
  /** ms since 1970 at clock 0. */
  readonly startedAtEpochMs: number;
  readonly cpus?: number;
  readonly memoryBytes?: number;
  readonly diskBytes?: number;
  /** Where the node's Pods get their addresses: three numbers, `10.244.0`. Derived from nodeIp when absent. */
  readonly podSubnet?: string;
  /** What an executable's header names; absent: all programs there are. */
  readonly programs?: (name: string) => Program | undefined;
}

// About what the recorded node took (the traces of one-container Pods: Scheduled 0, Pulled 0.5, Created 0.5, Started 0.6).
const SANDBOX_MS = 360;
const SANDBOX_STOP_MS = 60;
const CREATE_MS = 50;
const START_MS = 90;
const EXEC_MS = 45;
const EXIT_NOTICE_MS = 15;
/** What an exec may print before the rest is dropped. */
const EXEC_OUTPUT = 1 << 20;
const LAYER_BYTES = 10 * 1024 ** 3;

interface SandboxRecord {
  readonly config: SandboxConfig;
  readonly id: string;
  readonly network: NetworkNamespace;
  readonly uts: UtsNamespace;
  readonly pids: PidNamespace;
  readonly files: string;
  pause: Process;
  shown: Sandbox;
}

interface ContainerRecord {
  readonly config: ContainerConfig;
  readonly image: Image;
  readonly sandbox: SandboxRecord;
  readonly scope: ContainerScope;
  readonly env: ReadonlyMap<string, string>;
  readonly argv: readonly string[];
  readonly user: User;
  readonly log: ContainerLog;
  readonly exited: Signal;
  process: Process | undefined;
  /** What `attach` writes to. */
  input: SourceFile | undefined;
  /** The process is dead, whether or not it shows yet. */
  ended: boolean;
  shown: Container;
}

export class Runtime implements ContainerRuntime {
  onChange: (podUid: string) => void = () => {};
  onStorageGrowth: () => void = () => {};
  readonly restless = new Set<string>();
  readonly nodeFiles: NodeFilesystem;
  readonly kernel: Kernel;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #network: Network;
  readonly #catalogue: ImageCatalogue;
  readonly #nodeName: string;
  readonly #hostNetwork: NetworkNamespace;
  readonly #hostUts: UtsNamespace;
  readonly #client: NodeClient;
  readonly #budget: Budget;
  readonly #podNetwork: PodNetwork;
  readonly #pauseScopeMounts: MountNamespace;
  readonly #devNull: OpenFile;
  readonly #images = new Map<string, Image>();
  readonly #sandboxes = new Map<string, SandboxRecord>();
  readonly #containers = new Map<string, ContainerRecord>();
  /** By Pod, newest first. */
  readonly #sandboxesOfPod = new Map<string, Sandbox[]>();
  readonly #containersOfPod = new Map<string, Container[]>();
  #nodeScope: ContainerScope | undefined;

  constructor(options: RuntimeOptions, programs: (name: string) => Program | undefined) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#network = options.network;
    this.#catalogue = options.catalogue;
    this.#nodeName = options.nodeName;
    this.kernel = new Kernel({
      clock: options.clock,
      random: options.random,
      network: options.network,
      program: (name) => (name === "pause" ? pause : (options.programs ?? programs)(name)),
      epochMs: options.startedAtEpochMs,
      cpus: options.cpus ?? 2,
      memoryBytes: options.memoryBytes ?? 24684084 * 1024,
      release: kernelRelease,
    });
    this.#budget = { bytes: 0, maxBytes: 512 << 20, inodes: 0, maxInodes: 2_000_000, filesystems: 0 };
    this.#budget.grew = () => this.onStorageGrowth();
    this.nodeFiles = new NodeFilesystem(this.#budget, () => this.kernel.now(), options.diskBytes ?? 264212084 * 1024);
    this.#hostNetwork = options.network.addNamespace(options.nodeIp, true);
    this.#hostUts = { hostname: options.nodeName, sysctls: new Map() };
    this.#client = new NodeClient(options.network, this.#hostNetwork);
    const last = Number(options.nodeIp.split(".")[3] ?? 2);
    const podSubnet = options.podSubnet ?? `10.244.${Math.max(0, last - 2)}`;
    this.#podNetwork = new PodNetwork(options.network, this.#hostNetwork, options.nodeIp, podSubnet);
    this.nodeFiles.writeFile("/etc/hostname", `${options.nodeName}\n`);
    this.nodeFiles.writeFile(
      "/etc/hosts",
      `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n${options.nodeIp}\t${options.nodeName}\n`,
    );
    this.nodeFiles.writeFile("/etc/resolv.conf", "nameserver 192.168.49.1\n");
    const pauseFiles = new Filesystem({
      type: "overlay",
      source: "overlay",
      budget: this.#budget,
      now: () => this.kernel.now(),
    });
    const pauseTree = buildImageTree([{ path: "/pause", content: executable("pause"), mode: 0o755 }]);
    this.#pauseScopeMounts = new MountNamespace(new DirectoryInode(pauseFiles, pauseTree, pauseTree), true);
    this.#devNull = new OpenDevice({ read: true, write: true }, new DeviceInode(pauseFiles, "null"), () => 0);
  }

  // ── Images ──

  imageNameError(image: string): string | undefined {
    const reference = parseImageReference(image);
    return "error" in reference ? reference.error : undefined;
  }

  imageStatus(image: string): ImageStatus | undefined {
    const found = this.#image(image);
    if (!found) return undefined;
    const { digest, name, bytes, user } = found;
    return { digest, name, bytes, ...(user !== "" && user !== "0" && user !== "root" && { user }) };
  }

  #image(image: string): Image | undefined {
    const reference = parseImageReference(image);
    return "error" in reference ? undefined : this.#images.get(canonicalName(reference));
  }

  #keep(name: string, image: Image): void {
    this.#images.set(name, image);
    this.#images.set(image.digest, image);
  }

  preloadImage(image: string): void {
    const reference = parseImageReference(image);
    if ("error" in reference) return;
    const found = this.#catalogue.find(reference);
    if (found) this.#keep(canonicalName(reference), found);
  }

  *pullImage(image: string, credentials?: readonly Credentials[]): Task<Result<{ readonly image: ImageStatus }>> {
    const reference = parseImageReference(image);
    if ("error" in reference)
      return failed("InvalidArgument", `failed to parse image reference "${image}": ${reference.error}`);
    const name = canonicalName(reference);
    const answer = this.#catalogue.ask(reference, credentials);
    if ("failure" in answer) {
      const { code, waitMs, cause } = registryFailure(answer.failure, reference);
      yield* sleep(this.#about(waitMs));
      return failed(code, `failed to pull and unpack image "${name}": failed to resolve image: ${cause}`);
    }
    yield* sleep(this.#about(answer.image.pullSeconds * 1000));
    this.#keep(name, answer.image);
    return { ok: true, image: this.imageStatus(image)! };
  }

  // ── Sandboxes ──

  *runPodSandbox(config: SandboxConfig): Task<Result<{ readonly sandbox: Sandbox }>> {
    const id = this.#random.hex(64);
    yield* sleep(this.#about(SANDBOX_MS));
    const joined = this.#podNetwork.add(config);
    if ("fault" in joined) return failed("Unknown", `failed to setup network for sandbox "${id}": ${joined.fault}`);
    const { network, ip } = joined;
    const sysctls = new Map(Object.entries(config.sysctls ?? {}));
    const uts: UtsNamespace = config.hostNetwork
      ? { ...this.#hostUts, sysctls }
      : { hostname: config.hostname, sysctls };
    const files = `/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/${id}`;
    this.nodeFiles.writeFile(`${files}/hostname`, `${uts.hostname}\n`);
    this.nodeFiles.writeFile(
      `${files}/resolv.conf`,
      config.dns ? resolvConf(config.dns) : (this.nodeFiles.readFile("/etc/resolv.conf") ?? ""),
    );
    const pids = config.hostPid ? this.kernel.hostPids : new PidNamespace(this.kernel.hostPids);
    const shown: Sandbox = {
      id,
      podUid: config.podUid,
      attempt: config.attempt,
      ready: true,
      ip,
      createdMs: this.#clock.now,
    };
    const record = { config, id, network, uts, pids, files, shown } as SandboxRecord;
    record.pause = this.#startPause(record);
    this.#sandboxes.set(id, record);
    const list = this.#sandboxesOfPod.get(config.podUid) ?? [];
    this.#sandboxesOfPod.set(config.podUid, [shown, ...list]);
    this.onChange(config.podUid);
    return { ok: true, sandbox: shown };
  }

  #startPause(sandbox: SandboxRecord): Process {
    const scope: ContainerScope = {
      cgroup: new Cgroup({ oomScoreAdj: -998 }),
      network: sandbox.network,
      uts: sandbox.uts,
      mounts: this.#pauseScopeMounts,
      pids: sandbox.pids,
      cgroupPath: `/kubepods/pod${sandbox.config.podUid}/${sandbox.id}`,
    };
    return this.kernel.start({
      scope,
      path: "/pause",
      argv: ["/pause"],
      env: new Map([["PATH", DEFAULT_PATH]]),
      uid: 65535,
      gid: 65535,
      groups: [],
      cwd: this.#pauseScopeMounts.root,
      files: [this.#devNull, this.#devNull, this.#devNull],
      onExit: () => this.#sandboxEnded(sandbox),
    });
  }

  #sandboxEnded(record: SandboxRecord): void {
    if (!record.shown.ready) return;
    this.#showSandbox(record, { ...record.shown, ready: false });
    this.onChange(record.config.podUid);
  }

  #showSandbox(record: SandboxRecord, shown: Sandbox): void {
    const list = this.#sandboxesOfPod.get(record.config.podUid) ?? [];
    this.#sandboxesOfPod.set(
      record.config.podUid,
      list.map((one) => (one.id === record.id ? shown : one)),
    );
    record.shown = shown;
  }

  *stopPodSandbox(id: string): Task<void> {
    const record = this.#sandboxes.get(id);
    if (!record) return;
    for (const container of this.#containers.values())
      if (container.sandbox === record && container.shown.state === "running") this.killContainer(container.shown.id);
    const wasReady = record.shown.ready || this.#network.namespaceOf(record.network.ip) === record.network;
    if (!wasReady) return;
    yield* sleep(this.#about(SANDBOX_STOP_MS));
    this.killSandbox(id);
    this.#podNetwork.remove(record.config, record.network);
  }

  removePodSandbox(id: string): void {
    const record = this.#sandboxes.get(id);
    if (!record) return;
    for (const container of [...this.#containers.values()])
      if (container.sandbox === record) this.removeContainer(container.shown.id);
    this.killSandbox(id);
    this.#podNetwork.remove(record.config, record.network);
    this.#sandboxes.delete(id);
    this.nodeFiles.remove(record.files);
    const { podUid } = record.config;
    const left = (this.#sandboxesOfPod.get(podUid) ?? []).filter((one) => one.id !== id);
    if (left.length > 0) this.#sandboxesOfPod.set(podUid, left);
    else this.#sandboxesOfPod.delete(podUid);
  }

  sandboxes(podUid: string): readonly Sandbox[] {
    return this.#sandboxesOfPod.get(podUid) ?? [];
  }

  killSandbox(id: string): void {
    const record = this.#sandboxes.get(id);
    if (record) this.kernel.signal(undefined, record.pause, "SIGKILL");
  }

  // ── Containers ──

  *createContainer(sandboxId: string, config: ContainerConfig): Task<Result<{ readonly id: string }>> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (!sandbox) return failed("NotFound", `failed to find sandbox id "${sandboxId}": not found`);
    const id = this.#random.hex(64);
    yield* sleep(this.#about(CREATE_MS));
    const image = this.#image(config.image);
    if (!image) {
      const name = config.image;
      return failed("NotFound", `failed to get image from containerd "${name}": image "${name}": not found`);
    }
    const argv = argvOf(image, config.command, config.args);
    if (argv.length === 0)
      return failed(
        "Unknown",
        `failed to generate container "${id}" spec: failed to generate spec: no command specified`,
      );
    const { uts, network } = sandbox;
    const ownPids = !sandbox.config.shareProcessNamespace && !sandbox.config.hostPid;
    const target = config.processesOf === undefined ? undefined : this.#containers.get(config.processesOf);
    const pids = target?.scope.pids ?? (ownPids ? new PidNamespace(this.kernel.hostPids) : sandbox.pids);
    const cgroup = new Cgroup({
      ...(config.memoryLimit !== undefined && { memory: config.memoryLimit }),
      ...(config.cpuLimit !== undefined && { cpu: config.cpuLimit }),
      oomScoreAdj: config.oomScoreAdj,
      onRestless: () => this.restless.add(config.name),
    });
    const { add = [], drop = [] } = config.capabilities ?? {};
    const partial = {
      cgroup,
      network,
      uts,
      pids,
      cgroupPath: `/kubepods/pod${sandbox.config.podUid}/${id}`,
      capabilities: config.privileged ? allCapabilities : capabilitiesWith(add, drop),
      noNewPrivileges: config.noNewPrivileges === true,
    };
    const scope = partial as ContainerScope & { mounts: MountNamespace };
    scope.mounts = containerRoot({
      kernel: this.kernel,
      budget: this.#budget,
      image: image.tree(),
      readOnly: config.readOnlyRootFilesystem,
      layerBytes: LAYER_BYTES,
      scope: () => scope,
      hostPid: sandbox.config.hostPid === true,
    });
    const user = resolveUser(rootViewer(scope.mounts), image.user, config.user, sandbox.config.noNetwork !== true);
    if ("error" in user) return failed("Unknown", `failed to create containerd container: ${user.error}`);
    const env = new Map<string, string>();
    for (const entry of image.env) {
      const equals = entry.indexOf("=");
      env.set(entry.slice(0, equals), entry.slice(equals + 1));
    }
    env.set("HOSTNAME", uts.hostname);
    for (const { name, value } of config.env) env.set(name, value);
    const shown: Container = {
      id,
      sandboxId,
      podUid: sandbox.config.podUid,
      name: config.name,
      attempt: config.attempt,
      hash: config.hash,
      ...(config.resources && { resources: config.resources }),
      image: image.name,
      imageDigest: image.digest,
      state: "created",
      createdMs: this.#clock.now,
      startedMs: 0,
      finishedMs: 0,
      exitCode: 0,
      reason: "",
      message: "",
      user: { uid: user.uid, gid: user.gid, groups: user.groups },
    };
    const log = new ContainerLog(() => this.#clock.now);
    log.listeners.add(() => this.onStorageGrowth());
    const exited = new Signal();
    this.#containers.set(id, {
      config,
      image,
      sandbox,
      scope,
      env,
      argv,
      user,
      log,
      exited,
      process: undefined,
      input: undefined,
      ended: false,
      shown,
    });
    const list = this.#containersOfPod.get(shown.podUid) ?? [];
    this.#containersOfPod.set(shown.podUid, [shown, ...list]);
    this.onChange(shown.podUid);
    return { ok: true, id };
  }

  *startContainer(id: string): Task<Result<object>> {
    const record = this.#containers.get(id);
    if (!record) return failed("NotFound", notFoundText(id));
    if (record.shown.state !== "created")
      return failed("Unknown", `container "${id}" is in ${STATE_NAMES[record.shown.state]} state`);
    yield* sleep(this.#about(START_MS));
    if (record.shown.state !== "created")
      return failed("Unknown", `container "${id}" is in ${STATE_NAMES[record.shown.state]} state`);
    const fault = record.sandbox.shown.ready
      ? this.#launch(record)
      : `sandbox container "${record.sandbox.id}" is not running`;
    if (fault !== undefined) {
      const now = this.#clock.now;
      this.#show(record, { state: "exited", finishedMs: now, exitCode: 128, reason: "StartError", message: fault });
      return failed("Unknown", fault);
    }
    return { ok: true };
  }

  /** Makes the first process; the text of the fault when it cannot be. */
  #launch(record: ContainerRecord): string | undefined {
    const { scope, config, user, argv, log } = record;
    const viewer = rootViewer(scope.mounts);
    const own = [
      { containerPath: "/etc/hostname", hostPath: `${record.sandbox.files}/hostname`, readOnly: false },
      { containerPath: "/etc/resolv.conf", hostPath: `${record.sandbox.files}/resolv.conf`, readOnly: false },
    ];
    const mounts = [...(record.sandbox.config.noNetwork ? [] : own), ...config.mounts];
    for (const mount of mounts) {
      try {
        bindMount(scope.mounts, this.nodeFiles.viewer, mount);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        const hint =
          error.errno === "ENOTDIR"
            ? ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type"
            : "";
        return startErrorText(
          `error mounting "${mount.hostPath}" to rootfs at "${mount.containerPath}": mount src=${mount.hostPath}, dst=${mount.containerPath}, flags=MS_BIND|MS_REC: ${strerror(error.errno).toLowerCase()}${hint}`,
        );
      }
    }
    const env = new Map(record.env);
    if (!env.has("HOME")) env.set("HOME", user.home);
    (record as { env: ReadonlyMap<string, string> }).env = env;
    const workingDir = config.workingDir || record.image.workingDir || "/";
    let cwd: ReturnType<typeof find>;
    try {
      cwd = makeDirectories(viewer, workingDir);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      return startErrorText(`mkdir ${workingDir}: ${strerror(error.errno).toLowerCase()}`);
    }
    const actor: Viewer = { ...viewer, uid: user.uid, gid: user.gid, groups: user.groups, cwd };
    try {
      find(actor, workingDir);
    } catch {
      return startErrorText(
        `chdir to cwd (${JSON.stringify(workingDir)}) set in config.json failed: permission denied`,
      );
    }
    // By then its capabilities are taken from it, which they are not yet when it goes to its directory (runc: finalizeNamespace).
    const found = lookPath({ ...actor, capabilities: scope.capabilities }, argv[0]!, env);
    if ("error" in found) return startErrorText(found.error);
    const out = new SinkFile((data) => log.write("stdout", data), config.tty ? "/dev/pts/0" : "pipe:[2]", config.tty);
    const err = config.tty ? out : new SinkFile((data) => log.write("stderr", data), "pipe:[3]");
    // Nobody hangs up a terminal: who reads from it waits, also where nobody may type (`stdin` is off).
    const source = config.tty || config.stdin ? new SourceFile("", true, config.tty) : undefined;
    if (config.stdin && source) record.input = source;
    const input: OpenFile = source ?? this.#devNull;
    const now = this.#clock.now;
    const started = (process: Process | undefined) => {
      record.process = process;
      this.#show(record, { state: "running", startedMs: now });
    };
    try {
      started(
        this.kernel.start({
          scope,
          path: found.path,
          argv,
          env,
          uid: user.uid,
          gid: user.gid,
          groups: user.groups,
          cwd,
          files: [input, out, err],
          onExit: (status) => this.#exited(record, status),
        }),
      );
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      // execve failed after runc had let go: the container did start, and ends at once.
      started(undefined);
      log.write("stderr", `exec ${found.path}: ${strerror(error.errno).toLowerCase()}\n`);
      this.#exited(record, { exited: 255 });
    }
    return undefined;
  }

  #exited(record: ContainerRecord, status: ExitStatus): void {
    const { cgroup } = record.scope;
    record.ended = true;
    this.kernel.killAll(cgroup);
    record.log.close();
    const exitCode = exitCodeOf(status);
    const reason = cgroup.oomKills > 0 ? "OOMKilled" : exitCode === 0 ? "Completed" : "Error";
    const finishedMs = this.#clock.now;
    // containerd hears of it a little later: a process that ends at once is seen running first.
    this.#clock.after(EXIT_NOTICE_MS, () => {
      if (!this.#isRunning(record)) return;
      this.#show(record, { state: "exited", finishedMs, exitCode, reason });
      record.exited.fire();
    });
  }

  #show(record: ContainerRecord, change: Partial<Container>): void {
    const shown = { ...record.shown, ...change };
    record.shown = shown;
    if (!this.#containers.has(shown.id)) return;
    const list = this.#containersOfPod.get(shown.podUid) ?? [];
    this.#containersOfPod.set(
      shown.podUid,
      list.map((one) => (one.id === shown.id ? shown : one)),
    );
    this.onChange(shown.podUid);
  }

  *stopContainer(id: string, graceMs: number): Task<void> {
    const record = this.#containers.get(id);
    if (record?.shown.state !== "running") return;
    const signal: SignalName = parseSignal(record.image.stopSignal) ?? "SIGTERM";
    if (graceMs > 0) {
      if (record.process) this.kernel.signal(undefined, record.process, signal);
      if (this.#isRunning(record)) yield* withTimeout(graceMs, record.exited.next());
    }
    if (!this.#isRunning(record)) return;
    this.killContainer(id);
    if (this.#isRunning(record)) yield* record.exited.next();
  }

  #isRunning(record: ContainerRecord): boolean {
    return record.shown.state === "running";
  }

  killContainer(id: string): void {
    const record = this.#containers.get(id);
    if (!record || !this.#isRunning(record)) return;
    if (record.process) this.kernel.signal(undefined, record.process, "SIGKILL");
  }

  updateContainer(id: string, limits: Pick<ContainerConfig, "memoryLimit" | "cpuLimit" | "resources">): void {
    const record = this.#containers.get(id);
    if (!record) return;
    const { cgroup } = record.scope;
    cgroup.memoryLimit = limits.memoryLimit;
    cgroup.cpuLimit = limits.cpuLimit;
    this.#show(record, { ...(limits.resources && { resources: limits.resources }) });
  }

  memoryUsed(id: string): number {
    return this.#containers.get(id)?.scope.cgroup.memory ?? 0;
  }

  reboot(): void {
    const now = this.#clock.now;
    for (const record of this.#containers.values()) {
      if (!this.#isRunning(record)) continue;
      // containerd finds no task for it when it comes back.
      this.#show(record, { state: "exited", finishedMs: now, exitCode: 255, reason: "Unknown" });
      if (record.process) this.kernel.signal(undefined, record.process, "SIGKILL");
      record.exited.fire();
    }
    for (const record of this.#sandboxes.values()) {
      this.kernel.signal(undefined, record.pause, "SIGKILL");
      this.#podNetwork.remove(record.config, record.network);
    }
    this.nodeFiles.unmountMemory();
  }

  removeContainer(id: string): void {
    const record = this.#containers.get(id);
    if (!record) return;
    this.killContainer(id);
    this.#containers.delete(id);
    const { podUid } = record.shown;
    const left = (this.#containersOfPod.get(podUid) ?? []).filter((one) => one.id !== id);
    if (left.length > 0) this.#containersOfPod.set(podUid, left);
    else this.#containersOfPod.delete(podUid);
    // The writable layer goes; volumes stay with the node.
    record.scope.mounts.root.inode.release();
  }

  containers(podUid: string): readonly Container[] {
    return this.#containersOfPod.get(podUid) ?? [];
  }

  container(id: string): Container | undefined {
    return this.#containers.get(id)?.shown;
  }

  /** For a container made with `stdin`; what comes for another is lost. `end` closes it. */
  writeStdin(id: string, data: string, end: boolean): void {
    this.#containers.get(id)?.input?.feed(data, end);
  }

  watchLog(id: string, listener: (entry: LogEntry) => void): () => void {
    const listeners = this.#containers.get(id)?.log.listeners;
    listeners?.add(listener);
    return () => listeners?.delete(listener);
  }

  networkOf(podUid: string): NetworkNamespace | undefined {
    const [newest] = this.sandboxes(podUid);
    return newest && this.#sandboxes.get(newest.id)?.network;
  }

  storageUsed(id: string): number {
    const record = this.#containers.get(id);
    return record ? record.scope.mounts.root.inode.filesystem.bytes + record.log.bytes : 0;
  }

  log(id: string): readonly LogEntry[] {
    return this.#containers.get(id)?.log.entries ?? [];
  }

  /** `stdin`: what the command reads, then the end; without it nothing is to be read. */
  *exec(id: string, command: readonly string[], timeoutMs: number, stdin?: string): Task<ExecResult> {
    let stdout = "";
    let stderr = "";
    let combined = "";
    const io: ExecIo = {
      ...(stdin !== undefined && { stdin: new SourceFile(stdin, false) }),
      out(data) {
        if (combined.length >= EXEC_OUTPUT) return;
        stdout += data;
        combined += data;
      },
      err(data) {
        if (combined.length >= EXEC_OUTPUT) return;
        stderr += data;
        combined += data;
      },
    };
    const end = yield* this.execStreams(id, command, timeoutMs, io);
    return { ...end, stdout, stderr, combined };
  }

  /** The same with streams that stay open while it runs. */
  *execStreams(id: string, command: readonly string[], timeoutMs: number, io: ExecIo): Task<ExecEnd> {
    const record = this.#containers.get(id);
    if (!record) return execFailed(failed("NotFound", notFoundText(id)));
    const refusal = () => {
      const { state } = record.shown;
      if (state === "running" && record.ended)
        return failed(
          "NotFound",
          `failed to exec in container: failed to create exec "${this.#random.hex(64)}": container not created: not found`,
        );
      if (state === "exited")
        return failed("Unknown", `failed to exec in container: container is in ${STATE_NAMES[state]} state`);
      if (state !== "running")
        return failed("NotFound", "failed to exec in container: failed to load task: no running task found: not found");
      return undefined;
    };
    const early = refusal();
    if (early) return execFailed(early);
    yield* sleep(this.#about(EXEC_MS));
    const late = refusal();
    if (late) return execFailed(late);
    const { scope, env, user } = record;
    const root = scope.mounts.root;
    const viewer: Viewer = { uid: user.uid, gid: user.gid, groups: user.groups, root, cwd: root };
    const refused = (cause: string) => execFailed(failed("Unknown", execErrorText(this.#random.hex(64), cause)));
    const workingDir = record.config.workingDir || record.image.workingDir || "/";
    let cwd = root;
    try {
      cwd = find(viewer, workingDir);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      return refused(
        `chdir to cwd (${JSON.stringify(workingDir)}) set in config.json failed: ${strerror(error.errno).toLowerCase()}`,
      );
    }
    const found = lookPath({ ...viewer, cwd, capabilities: scope.capabilities }, command[0] ?? "", env);
    if ("error" in found) return refused(found.error);
    const result = yield* runProcess(
      this.kernel,
      {
        scope,
        path: found.path,
        argv: command,
        env,
        uid: user.uid,
        gid: user.gid,
        groups: user.groups,
        cwd,
      },
      io,
      timeoutMs,
      this.#devNull,
    );
    return "fault" in result ? refused(result.fault) : result;
  }

  /** A command on the node itself, as somebody who has logged in there: its files, its processes, its network. */
  *execOnNode(command: readonly string[], io: ExecIo): Task<ExecEnd> {
    const scope = (this.#nodeScope ??= this.#makeNodeScope());
    const { root } = scope.mounts;
    const viewer: Viewer = { uid: 0, gid: 0, groups: [0], root, cwd: root };
    const env = new Map([
      ["PATH", DEFAULT_PATH],
      ["HOME", "/root"],
      ["USER", "root"],
      ["HOSTNAME", this.#nodeName],
    ]);
    const found = lookPath(viewer, command[0] ?? "", env);
    if ("error" in found) return { exitCode: 127, timedOut: false };
    const start = { scope, path: found.path, argv: command, env, uid: 0, gid: 0, groups: [0] };
    const cwd = find(viewer, "/root");
    const result = yield* runProcess(this.kernel, { ...start, cwd }, io, Infinity, this.#devNull);
    return "fault" in result ? { exitCode: 126, timedOut: false } : result;
  }

  #makeNodeScope(): ContainerScope {
    const scope: ContainerScope = {
      cgroup: new Cgroup({ oomScoreAdj: 0 }),
      network: this.#hostNetwork,
      uts: this.#hostUts,
      mounts: this.nodeFiles.mounts,
      pids: this.kernel.hostPids,
      cgroupPath: "/user.slice",
    };
    mountKernelFilesystems(scope.mounts, this.kernel, this.#budget, () => scope, true);
    return scope;
  }

  // ── The node's own connections ──

  grpcHealth(ip: string, port: number, service: string, timeoutMs: number) {
    return this.#client.grpcHealth(ip, port, service, timeoutMs);
  }

  tcpConnect(ip: string, port: number, timeoutMs: number) {
    return this.#client.tcpConnect(ip, port, timeoutMs);
  }

  http(request: HttpRequest, timeoutMs: number): Task<HttpOutcome> {
    return this.#client.http(request, timeoutMs);
  }

  /** A duration of about `ms`: a tenth more or less. */
  #about(ms: number): number {
    return ms * (0.9 + this.#random.next() * 0.2);
  }

  /** The node's name, for those who hold several. */
  get nodeName(): string {
    return this.#nodeName;
  }
}

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const STATE_NAMES = {
  created: "CONTAINER_CREATED",
  running: "CONTAINER_RUNNING",
  exited: "CONTAINER_EXITED",
  unknown: "CONTAINER_UNKNOWN",
} as const;

function notFoundText(id: string): string {
  return `an error occurred when try to find container "${id}": not found`;
}

function failed(code: string, message: string): Failed {
  return { ok: false, code, message };
}

function execFailed(error: Failed): ExecEnd {
  return { timedOut: false, error };
}

function resolvConf(dns: NonNullable<SandboxConfig["dns"]>): string {
  let text = dns.searches.length > 0 ? `search ${dns.searches.join(" ")}\n` : "";
  for (const server of dns.servers) text += `nameserver ${server}\n`;
  return dns.options.length > 0 ? `${text}options ${dns.options.join(" ")}\n` : text;
}
