/** A lone container's first process on a kernel of its own, for tests of the shell and its programs. */
import { Cgroup } from "../src/runtime/cgroup.ts";
import { containerRoot } from "../src/runtime/containerFilesystem.ts";
import type { buildImageTree } from "../src/runtime/imageTree.ts";
import { Kernel } from "../src/runtime/kernel.ts";
import { createNetwork, NetworkNamespace } from "../src/runtime/network.ts";
import { SinkFile, SourceFile } from "../src/runtime/openFile.ts";
import { type ContainerScope, PidNamespace } from "../src/runtime/process.ts";
import { exitCodeOf } from "../src/runtime/signals.ts";
import type { Program } from "../src/runtime/sys.ts";
import { Clock } from "../src/time/clock.ts";
import { Random } from "../src/time/random.ts";

export interface Ran {
  /** Undefined: it still ran when time was up. */
  readonly exit: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Virtual time, in seconds. */
  readonly seconds: number;
}

/** `signals` are sent from outside, at so many ms. */
export interface BoxOptions {
  readonly stdin?: string;
  readonly signals?: readonly (readonly [number, "SIGTERM"])[];
}

/** `busybox` is behind every executable of `image`. */
export function runInBox(
  image: ReturnType<typeof buildImageTree>,
  busybox: Program,
  argv: readonly string[],
  options: BoxOptions,
): Ran {
  const clock = new Clock();
  const random = new Random("shell");
  const network = createNetwork({ random });
  const kernel = new Kernel({
    clock,
    random,
    network,
    program: (name) => (name === "busybox" ? busybox : undefined),
    epochMs: Date.UTC(2024, 0, 1),
    cpus: 2,
    memoryBytes: 1 << 30,
    release: "5.15.0",
  });
  const scope = {
    cgroup: new Cgroup({}),
    network: new NetworkNamespace("", false, 32768),
    uts: { hostname: "box", sysctls: new Map() },
    pids: new PidNamespace(kernel.hostPids),
    cgroupPath: "/",
  } as unknown as { -readonly [K in keyof ContainerScope]: ContainerScope[K] };
  const budget = { bytes: 0, maxBytes: 1 << 28, inodes: 0, maxInodes: 10_000, filesystems: 0 } as never;
  scope.mounts = containerRoot({
    kernel,
    budget,
    image,
    readOnly: false,
    layerBytes: 1 << 26,
    scope: () => scope,
    hostPid: false,
  });
  let stdout = "";
  let stderr = "";
  let exit: number | undefined;
  let end = 0;
  const process = kernel.start({
    scope,
    path: "/bin/sh",
    argv,
    env: new Map([
      ["PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      ["HOSTNAME", "box"],
      ["HOME", "/root"],
    ]),
    uid: 0,
    gid: 0,
    groups: [],
    cwd: scope.mounts.root,
    files: [
      new SourceFile(options.stdin ?? "", false),
      new SinkFile((data) => void (stdout += data), "pipe:[1]"),
      new SinkFile((data) => void (stderr += data), "pipe:[2]"),
    ],
    onExit: (status) => {
      exit = exitCodeOf(status);
      end = clock.now;
    },
  });
  for (const [at, signal] of options.signals ?? []) {
    clock.after(at, () => kernel.signal(undefined, process, signal));
  }
  clock.runUntil(300_000);
  return { exit, stdout, stderr, seconds: end / 1000 };
}
