/** A node with its runtime, for tests: programs are small generators, given by name. */
import { loadCatalogue, type CatalogueImage } from "../src/runtime/imageCatalogue.ts";
import { Runtime } from "../src/runtime/containerRuntime.ts";
import {
  type Container,
  type ContainerConfig,
  type ExecResult,
  plainContainer,
  type SandboxConfig,
} from "../src/runtime/cri.ts";
import { createNetwork, type Network } from "../src/runtime/network.ts";
import { programRegistry } from "../src/runtime/programs/index.ts";
import type { Program } from "../src/runtime/sys.ts";
import { Clock } from "../src/time/clock.ts";
import { Random } from "../src/time/random.ts";
import { startTask, type Task } from "../src/time/task.ts";

export interface WorldOptions {
  readonly programs?: Readonly<Record<string, Program>>;
  readonly image?: Partial<CatalogueImage>;
}

export interface World {
  readonly clock: Clock;
  readonly network: Network;
  readonly runtime: Runtime;
  /** Runs a task for at most `ms` of virtual time; its result. */
  run<R>(task: Task<R>, ms?: number): R;
  /** Runs the clock on. */
  pass(ms: number): void;
  /** Makes a sandbox and starts a container in it. */
  start(command: readonly string[], config?: Partial<ContainerConfig>, sandbox?: Partial<SandboxConfig>): Started;
  /** Another container in the same sandbox. */
  join(started: Started, command: readonly string[], config?: Partial<ContainerConfig>): Started;
  container(started: Started): Container;
  /** All of the log. */
  log(started: Started): string;
  exec(started: Started, command: readonly string[], timeoutMs?: number): ExecResult;
}

export interface Started {
  readonly id: string;
  readonly sandboxId: string;
  readonly ip: string;
  readonly error: string | undefined;
}

export const EPOCH = Date.UTC(2026, 0, 1, 12);

export function world({ programs = {}, image = {} }: WorldOptions = {}): World {
  const own = Object.fromEntries(Object.keys(programs).map((name) => [`/bin/${name}`, name]));
  const catalogue = loadCatalogue({
    bases: {},
    images: [
      {
        repository: "docker.io/library/test",
        tags: ["latest"],
        bytes: 1000,
        cmd: ["main"],
        directories: { "/tmp": "1777", "/etc": "755" },
        files: {
          "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n",
          "/etc/group": "root:x:0:\nuser:x:1000:\nextra:x:2000:user\n",
          "/etc/plain": "plain\n",
          "/bin/garbage": { text: "garbage", mode: "755" },
          "/bin/script": { text: "#!/bin/main arg\n", mode: "755" },
        },
        programs: own,
        ...image,
      },
    ],
  });
  const clock = new Clock();
  const random = new Random(1);
  const network = createNetwork({ random });
  const rest = programRegistry({}, undefined);
  const runtime = new Runtime(
    {
      clock,
      random,
      network,
      catalogue,
      nodeName: "minikube",
      nodeIp: "192.168.49.2",
      startedAtEpochMs: EPOCH,
    },
    (name) => programs[name] ?? rest(name),
  );
  runtime.preloadImage("test");
  let pods = 0;
  const result: World = {
    clock,
    network,
    runtime,
    run<R>(task: Task<R>, ms = 600_000): R {
      let answer: { value: R } | undefined;
      startTask(clock, task, (value) => {
        answer = { value };
      });
      const end = clock.now + ms;
      while (!answer) {
        const due = clock.nextDue();
        if (due === undefined || due > end) throw new Error("the task did not end in time");
        clock.runUntil(due);
      }
      return answer.value;
    },
    pass(ms) {
      clock.runUntil(clock.now + ms);
    },
    start(command, config = {}, sandbox = {}) {
      const name = `pod${++pods}`;
      const made = result.run(
        runtime.runPodSandbox({
          podName: name,
          podNamespace: "default",
          podUid: name,
          attempt: 0,
          hostname: name,
          hostNetwork: false,
          shareProcessNamespace: false,
          ...sandbox,
        }),
      );
      if (!made.ok) throw new Error(made.message);
      return result.join(
        { id: "", sandboxId: made.sandbox.id, ip: made.sandbox.ip, error: undefined },
        command,
        config,
      );
    },
    join({ sandboxId, ip }, command, config = {}) {
      const created = result.run(
        runtime.createContainer(sandboxId, plainContainer({ name: "c", image: "test", command, ...config })),
      );
      if (!created.ok) return { id: "", sandboxId, ip, error: created.message };
      const started = result.run(runtime.startContainer(created.id));
      return { id: created.id, sandboxId, ip, error: started.ok ? undefined : started.message };
    },
    container: ({ id }) => runtime.container(id)!,
    log: ({ id }) =>
      runtime
        .log(id)
        .map((entry) => entry.text)
        .join(""),
    exec: ({ id }, command, timeoutMs = 10_000) => result.run(runtime.exec(id, command, timeoutMs)),
  };
  return result;
}

/** A program that prints what `body` returns and ends with 0. */
export function printing(body: (sys: Parameters<Program>[0]) => Task<string>): Program {
  return function* (sys) {
    yield* sys.write(1, yield* body(sys));
    return 0;
  };
}

export const sleeper: Program = function* (sys) {
  yield* sys.sleep(Number.POSITIVE_INFINITY);
  return 0;
};
