/**
 * What the kubelet sees of the container runtime on its node: the part of the Container Runtime Interface that Pods
 * need, as tasks in virtual time. Texts of errors are gRPC status messages as containerd and runc give them.
 */
import type { Task } from "../time/task.ts";
import type { NetworkNamespace } from "./network.ts";
import type { ExecEnd, ExecIo } from "./execProcess.ts";
import type { HealthAnswer } from "./grpcHealth.ts";
import type { Credentials } from "./imageCatalogue.ts";

export type Failed = {
  readonly ok: false /** gRPC code, e.g. "NotFound". */;
  readonly code: string;
  readonly message: string;
};
export type Result<T> = ({ readonly ok: true } & T) | Failed;

/** The error as Go prints it: `rpc error: code = NotFound desc = …`. */
export function grpcText(failed: Failed): string {
  return `rpc error: code = ${failed.code} desc = ${failed.message}`;
}

export interface ImageStatus {
  /** `docker.io/library/busybox@sha256:…` */
  readonly digest: string;
  /** `docker.io/library/busybox:1.28`: what status.image shows. */
  readonly name: string;
  readonly bytes: number;
  /** A user of the image that is not root: number or name. */
  readonly user?: string;
}

export interface SandboxConfig {
  readonly podName: string;
  readonly podNamespace: string;
  readonly podUid: string;
  readonly attempt: number;
  /** Empty with the host's network. */
  readonly hostname: string;
  readonly hostNetwork: boolean;
  readonly shareProcessNamespace: boolean;
  readonly hostPid?: boolean;
  /** Nothing but loopback, as under a bare runc. */
  readonly noNetwork?: boolean;
  readonly dns?: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly hostPorts?: readonly {
    readonly hostPort: number;
    readonly containerPort: number;
    readonly protocol: string;
    readonly hostIp: string;
  }[];
}

export interface Sandbox {
  readonly id: string;
  readonly podUid: string;
  readonly attempt: number;
  readonly ready: boolean;
  /** "" until there is one. */
  readonly ip: string;
  readonly createdMs: number;
}

export interface Mount {
  readonly containerPath: string;
  /** A path in the node's filesystem (a file or directory that exists). */
  readonly hostPath: string;
  readonly readOnly: boolean;
}

export interface ContainerConfig {
  readonly name: string;
  readonly attempt: number;
  /** As written in the Pod. */
  readonly image: string;
  /** After `$(VAR)` expansion; both empty: the image's own. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir: string;
  /** In order; the runtime adds PATH, HOSTNAME and the image's. */
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly user?: { readonly uid?: number; readonly gid?: number; readonly groups: readonly number[] };
  readonly readOnlyRootFilesystem: boolean;
  readonly privileged: boolean;
  /** Names without `CAP_`, or ALL. */
  readonly capabilities?: { readonly add: readonly string[]; readonly drop: readonly string[] };
  readonly noNewPrivileges?: boolean;
  /** The container whose processes this one sees, and shares process ids with; absent: as the sandbox says. */
  readonly processesOf?: string;
  /** Bytes; undefined: no limit. */
  readonly memoryLimit?: number;
  /** Thousandths of a CPU; undefined: no limit. */
  readonly cpuLimit?: number;
  readonly oomScoreAdj: number;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  /** A hash of the container's spec, kept as a label. */
  readonly hash: string;
  /** What the limits were made of, kept as a label. */
  readonly resources?: object;
  /** The node's path of the termination message's file, mounted at `terminationMessagePath`. */
  readonly logPath: string;
}

/** A container for which nothing special was asked: what a bare `docker run IMAGE` is. */
export function plainContainer(
  config: Pick<ContainerConfig, "name" | "image"> & Partial<ContainerConfig>,
): ContainerConfig {
  return {
    attempt: 0,
    command: [],
    args: [],
    workingDir: "",
    env: [],
    mounts: [],
    readOnlyRootFilesystem: false,
    privileged: false,
    oomScoreAdj: 0,
    stdin: false,
    stdinOnce: false,
    tty: false,
    hash: "",
    logPath: "",
    ...config,
  };
}

export type ContainerState = "created" | "running" | "exited" | "unknown";

/** A container as the runtime reports it; the object is replaced, not changed, when its state changes. */
export interface Container {
  readonly id: string;
  readonly sandboxId: string;
  readonly podUid: string;
  readonly name: string;
  readonly attempt: number;
  readonly hash: string;
  /** As it was asked for last. */
  readonly resources?: object;
  readonly image: string;
  readonly imageDigest: string;
  readonly state: ContainerState;
  readonly createdMs: number;
  /** 0: never started. */
  readonly startedMs: number;
  readonly finishedMs: number;
  readonly exitCode: number;
  /** `Completed`, `Error`, `OOMKilled`, `StartError`. */
  readonly reason: string;
  /** The runtime's own message (start errors). */
  readonly message: string;
  /** Numbers that the process runs with. */
  readonly user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
}

/** One line of a container's log; `text` has its newline, or none when the program wrote none. Bytes. */
export interface LogEntry {
  readonly ms: number;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

export interface ExecResult {
  /** undefined when it could not be started or ran out of time. */
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout and stderr in the order written. */
  readonly combined: string;
  readonly timedOut: boolean;
  /** The gRPC error when the command could not be started, or the container is not running. */
  readonly error?: Failed;
}

export interface HttpRequest {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly scheme: "HTTP" | "HTTPS";
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly method?: string;
}

/** `error` is Go's text after `Get "url": `, e.g. `dial tcp 10.244.0.5:80: connect: connection refused`. */
export type HttpOutcome =
  | { readonly ok: true; readonly status: number; readonly headers: ReadonlyMap<string, string>; readonly body: string }
  | { readonly ok: false; readonly error: string };

/** The container runtime of one node, with the node's own filesystem and network beside it. */
export interface ContainerRuntime {
  /** Called after each change of a sandbox' or container's state, with the Pod's UID. */
  onChange: (podUid: string) => void;

  /** Called when files or logs on the node take more room. */
  onStorageGrowth?: () => void;
  /** Names of containers with a loop that never waits: their steps were made to take longer, so that time passes. */
  readonly restless?: ReadonlySet<string>;
  /** A container's writable layer and log, in bytes. */
  storageUsed?(id: string): number;

  /** Undefined: not on the node. The reference may be written in any form that names the same image. */
  imageStatus(image: string): ImageStatus | undefined;
  /** Why the image cannot be looked at; a healthy runtime has no such trouble. */
  imageInspectError?(image: string): string | undefined;
  /** `credentials`: what the Pod's secrets hold. */
  pullImage(image: string, credentials?: readonly Credentials[]): Task<Result<{ readonly image: ImageStatus }>>;
  /** Puts the image on the node at once (scenario input nodeImages). Unknown names are ignored. */
  preloadImage(image: string): void;
  /** Undefined when the name can be parsed, else the cause: `invalid reference format`. */
  imageNameError(image: string): string | undefined;

  runPodSandbox(config: SandboxConfig): Task<Result<{ readonly sandbox: Sandbox }>>;
  /** Kills what runs in it, frees the IP. Harmless when stopped. */
  stopPodSandbox(id: string): Task<void>;
  removePodSandbox(id: string): void;
  sandboxes(podUid: string): readonly Sandbox[];

  createContainer(sandboxId: string, config: ContainerConfig): Task<Result<{ readonly id: string }>>;
  startContainer(id: string): Task<Result<object>>;
  /** Stop signal, up to `graceMs`, SIGKILL; returns when the container has exited. */
  stopContainer(id: string, graceMs: number): Task<void>;
  removeContainer(id: string): void;
  /** Other limits for a container that goes on. */
  updateContainer?(id: string, limits: Pick<ContainerConfig, "memoryLimit" | "cpuLimit" | "resources">): void;
  /** Bytes that a running container's processes and memory volumes take. */
  memoryUsed?(id: string): number;
  /** Newest first. */
  containers(podUid: string): readonly Container[];
  container(id: string): Container | undefined;
  /** `stdin`: what the command reads before the end; absent: nothing. */
  exec(id: string, command: readonly string[], timeoutMs: number, stdin?: string): Task<ExecResult>;
  /** The same with streams that stay open while it runs. */
  execStreams(id: string, command: readonly string[], timeoutMs: number, io: ExecIo): Task<ExecEnd>;
  /** A command on the node itself, as root who has logged in there. */
  execOnNode(command: readonly string[], io: ExecIo): Task<ExecEnd>;
  /** To the first process of a container made with `stdin`; `end` closes it. */
  writeStdin?(id: string, data: string, end: boolean): void;
  /** Calls after each line that the container writes; the answer ends it. */
  watchLog(id: string, listener: (entry: LogEntry) => void): () => void;
  /** The network namespace of a Pod's newest sandbox. */
  networkOf(podUid: string): NetworkNamespace | undefined;
  /** Empty when the container was removed; use `container(id)` to tell. */
  log(id: string): readonly LogEntry[];

  /** SIGKILL from outside, behind the kubelet's back. */
  killContainer(id: string): void;
  killSandbox(id: string): void;

  /** The power goes and comes back: nothing runs any more, what is on disk stays. */
  reboot?(): void;

  // From the node's network namespace.
  tcpConnect(
    ip: string,
    port: number,
    timeoutMs: number,
  ): Task<{ readonly ok: true } | { readonly ok: false; readonly error: string }>;
  http(request: HttpRequest, timeoutMs: number): Task<HttpOutcome>;

  /** "timeout": connected, but no answer came; undefined: no connection came about. */
  grpcHealth(ip: string, port: number, service: string, timeoutMs: number): Task<HealthAnswer | "timeout" | undefined>;

  /** The node's own files. */
  readonly nodeFiles: NodeFiles;
}

/** Absolute paths on the node; parents are made. Contents are bytes. Errors are SysError. */
export interface NodeFiles {
  mkdir(path: string, options?: { mode?: number; uid?: number; gid?: number }): void;
  writeFile(path: string, content: string, options?: { mode?: number; uid?: number; gid?: number }): void;
  readFile(path: string): string | undefined;
  symlink(target: string, path: string): void;
  readdir(path: string): string[] | undefined;
  /** "file", "directory"…, following links; undefined: nothing there. */
  typeOf(path: string): string | undefined;
  /** Permission bits (setgid and sticky included) and owners, following links; undefined: nothing there. */
  ownerOf(path: string): { readonly mode: number; readonly uid: number; readonly gid: number } | undefined;
  rename(from: string, to: string): void;
  /** Removes a file or a whole tree, and any filesystem mounted on it. */
  remove(path: string): void;
  /** Of all files in a tree. */
  usedBytes?(path: string): number;
  mountTmpfs(path: string, options: { sizeBytes?: number; mode: number }): void;
  /** Called for each file created, changed or removed directly in `directory`; returns a function that ends it. */
  watch(directory: string, onChange: (name: string) => void): () => void;
}
