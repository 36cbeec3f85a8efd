/** A container runtime whose containers do what a small script in their command says: for tests of the kubelet alone. */
import type { Clock } from "../src/time/clock.ts";
import { sleep, type Task, wait } from "../src/time/task.ts";
import type {
  Container,
  ContainerConfig,
  ContainerRuntime,
  ExecResult,
  LogEntry,
  NodeFiles,
  Sandbox,
  SandboxConfig,
} from "../src/runtime/cri.ts";

/** `["run", "3", "1"]`: run 3 s, then exit with 1. `["hang"]`: run until killed, deaf to SIGTERM. `["polite"]`: exit 0 on SIGTERM. */
export function scriptedRuntime(clock: Clock): ContainerRuntime {
  const sandboxes = new Map<string, Sandbox>();
  const containers = new Map<string, Container>();
  const configs = new Map<string, ContainerConfig>();
  const ended = new Map<string, () => void>();
  let serial = 0;
  const set = (id: string, change: Partial<Container>) => {
    const next = { ...containers.get(id)!, ...change };
    containers.set(id, next);
    runtime.onChange(next.podUid);
    if (next.state === "exited") ended.get(id)?.();
  };
  const exit = (id: string, exitCode: number) => {
    if (containers.get(id)?.state !== "running") return;
    set(id, { state: "exited", exitCode, reason: exitCode === 0 ? "Completed" : "Error", finishedMs: clock.now });
  };
  const files = new Map<string, string>();
  const nodeFiles: NodeFiles = {
    mkdir() {},
    writeFile: (path, content) => void files.set(path, content),
    readFile: (path) => files.get(path),
    symlink() {},
    readdir: () => [],
    typeOf: () => "directory",
    ownerOf: () => undefined,
    rename() {},
    remove: (path) => void files.delete(path),
    mountTmpfs() {},
    watch: () => () => {},
  };
  const runtime: ContainerRuntime = {
    onChange: () => {},
    imageStatus: (image) => ({
      digest: `docker.io/library/${image}@sha256:0`,
      name: `docker.io/library/${image}`,
      bytes: 1,
    }),
    *pullImage() {
      return { ok: false, code: "NotFound", message: "no registry" };
    },
    preloadImage() {},
    imageNameError: () => undefined,
    *runPodSandbox(config: SandboxConfig): Task<{ ok: true; sandbox: Sandbox }> {
      yield* sleep(300);
      const sandbox = {
        id: `s${serial++}`,
        podUid: config.podUid,
        attempt: config.attempt,
        ready: true,
        ip: `10.244.0.${10 + serial}`,
        createdMs: clock.now,
      };
      sandboxes.set(sandbox.id, sandbox);
      runtime.onChange(config.podUid);
      return { ok: true, sandbox };
    },
    *stopPodSandbox(id) {
      const sandbox = sandboxes.get(id);
      if (!sandbox?.ready) return;
      sandboxes.set(id, { ...sandbox, ready: false });
      runtime.onChange(sandbox.podUid);
    },
    removePodSandbox: (id) => void sandboxes.delete(id),
    sandboxes: (uid) => [...sandboxes.values()].filter((s) => s.podUid === uid).reverse(),
    *createContainer(sandboxId, config) {
      yield* sleep(50);
      const id = `c${serial++}`;
      const { podUid } = sandboxes.get(sandboxId)!;
      const { name, attempt, hash, image } = config;
      configs.set(id, config);
      containers.set(id, {
        id,
        sandboxId,
        podUid,
        name,
        attempt,
        hash,
        image,
        imageDigest: "",
        state: "created",
        createdMs: clock.now,
        startedMs: 0,
        finishedMs: 0,
        exitCode: 0,
        reason: "",
        message: "",
        user: { uid: 0, gid: 0, groups: [0] },
      });
      return { ok: true, id };
    },
    *startContainer(id) {
      yield* sleep(50);
      set(id, { state: "running", startedMs: clock.now });
      const [verb, seconds, code] = configs.get(id)!.command;
      if (verb === "run") clock.after(Number(seconds) * 1000, () => exit(id, Number(code)));
      return { ok: true };
    },
    *stopContainer(id, graceMs) {
      if (containers.get(id)?.state !== "running") return;
      const polite = configs.get(id)!.command[0] === "polite";
      yield* wait<void>({
        start(_clock, done) {
          ended.set(id, () => {
            ended.delete(id);
            clock.after(0, done as () => void);
          });
          const timer = clock.after(polite ? 10 : graceMs, () => exit(id, polite ? 0 : 137));
          return () => clock.cancel(timer);
        },
      });
    },
    removeContainer: (id) => void containers.delete(id),
    containers: (uid) => [...containers.values()].filter((c) => c.podUid === uid).reverse(),
    container: (id) => containers.get(id),
    *execStreams() {
      return { exitCode: 0, timedOut: false };
    },
    *execOnNode() {
      return { exitCode: 0, timedOut: false };
    },
    /** `["exitAfter", "30"]`: healthy until 30 s after the container's start. */
    *exec(id, command): Task<ExecResult> {
      yield* sleep(10);
      const healthy = clock.now - containers.get(id)!.startedMs < Number(command[1]) * 1000;
      return {
        exitCode: healthy ? 0 : 1,
        stdout: "",
        stderr: healthy ? "" : "sick\n",
        combined: healthy ? "" : "sick\n",
        timedOut: false,
      };
    },
    log: (): readonly LogEntry[] => [],
    watchLog: () => () => {},
    networkOf: () => undefined,
    killContainer: (id) => exit(id, 137),
    killSandbox(id) {
      const sandbox = sandboxes.get(id)!;
      sandboxes.set(id, { ...sandbox, ready: false });
      runtime.onChange(sandbox.podUid);
    },
    *tcpConnect() {
      return { ok: true };
    },
    *http() {
      return { ok: true, status: 200, headers: new Map(), body: "" };
    },
    *grpcHealth() {
      return { status: "SERVING" } as const;
    },
    nodeFiles,
  };
  return runtime;
}
