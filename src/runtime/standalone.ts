/** One container by itself, with no cluster around it and no network but loopback: what `docker run` would show. */
import { plainContainer } from "./cri.ts";
import { Clock } from "../time/clock.ts";
import { Random } from "../time/random.ts";
import { startTask, type Task } from "../time/task.ts";
import { Runtime } from "./containerRuntime.ts";
import type { LogEntry } from "./cri.ts";
import type { ImageCatalogue } from "./imageCatalogue.ts";
import { createNetwork } from "./network.ts";
import type { Program } from "./sys.ts";

export interface StandaloneOptions {
  readonly catalogue: ImageCatalogue;
  readonly image: string;
  /** Bytes. Empty: the image's own command. */
  readonly command: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly stdin?: string;
  /** Where it starts; made when it is missing. */
  readonly workingDir?: string;
  /** Virtual time after which it is stopped. */
  readonly maxMs?: number;
  readonly startedAtEpochMs?: number;
  readonly seed?: number;
}

export type StandaloneResult =
  | {
      readonly ok: true;
      readonly exitCode: number;
      readonly stdout: string;
      readonly stderr: string;
      /** Both, as written. */
      readonly entries: readonly LogEntry[];
      /** Of virtual time. */
      readonly seconds: number;
      readonly timedOut: boolean;
    }
  | { readonly ok: false; readonly message: string; readonly exitCode: number };

const DAY_MS = 86_400_000;

/** Exit codes 125 and 127 for what never ran are Docker's. Throws StepLimitExceeded. */
export function runContainer(
  options: StandaloneOptions,
  programs: (name: string) => Program | undefined,
): StandaloneResult {
  const clock = new Clock();
  const random = new Random(options.seed ?? 1);
  const runtime = new Runtime(
    {
      clock,
      random,
      network: createNetwork({ random }),
      catalogue: options.catalogue,
      nodeName: "localhost",
      nodeIp: "192.168.49.2",
      startedAtEpochMs: options.startedAtEpochMs ?? Date.UTC(2026, 0, 1, 12),
    },
    programs,
  );
  let result: StandaloneResult | undefined;
  startTask(clock, run(clock, runtime, options), (value) => {
    result = value;
  });
  const end = clock.now + (options.maxMs ?? DAY_MS);
  while (!result) {
    const due = clock.nextDue();
    if (due === undefined || due > end) break;
    clock.runUntil(due);
  }
  if (result) return result;
  const [container] = runtime.containers(POD);
  if (!container) return { ok: false, message: "the container did not start in time", exitCode: 125 };
  const entries = runtime.log(container.id);
  return {
    ...collect(entries),
    ok: true,
    exitCode: 137,
    seconds: (clock.now - container.startedMs) / 1000,
    timedOut: true,
  };
}

const POD = "standalone";

function* run(clock: Clock, runtime: Runtime, options: StandaloneOptions): Task<StandaloneResult> {
  const pulled = yield* runtime.pullImage(options.image);
  if (!pulled.ok) return { ok: false, message: pulled.message, exitCode: 125 };
  const sandbox = yield* runtime.runPodSandbox({
    podName: POD,
    podNamespace: "",
    podUid: POD,
    attempt: 0,
    hostname: "localhost",
    hostNetwork: false,
    shareProcessNamespace: false,
    noNetwork: true,
  });
  if (!sandbox.ok) return { ok: false, message: sandbox.message, exitCode: 125 };
  const created = yield* runtime.createContainer(
    sandbox.sandbox.id,
    plainContainer({
      name: POD,
      image: options.image,
      args: options.command,
      workingDir: options.workingDir ?? "",
      env: options.env ?? [],
      stdin: options.stdin !== undefined,
      stdinOnce: true,
    }),
  );
  if (!created.ok) return { ok: false, message: created.message, exitCode: 125 };
  const { id } = created;
  let wake: (() => void) | undefined;
  runtime.onChange = () => wake?.();
  const started = yield* runtime.startContainer(id);
  if (!started.ok)
    return {
      ok: false,
      message: started.message,
      exitCode: /permission denied|is a directory/.test(started.message) ? 126 : 127,
    };
  if (options.stdin !== undefined) runtime.writeStdin(id, options.stdin, true);
  while (runtime.container(id)?.state !== "exited")
    yield {
      start: (_clock, done) => {
        wake = () => {
          wake = undefined;
          clock.after(0, () => done(undefined));
        };
        return () => {
          wake = undefined;
        };
      },
    };
  const { exitCode, startedMs, finishedMs } = runtime.container(id)!;
  return { ...collect(runtime.log(id)), ok: true, exitCode, seconds: (finishedMs - startedMs) / 1000, timedOut: false };
}

function collect(entries: readonly LogEntry[]) {
  let stdout = "";
  let stderr = "";
  for (const { stream, text } of entries)
    if (stream === "stdout") stdout += text;
    else stderr += text;
  return { stdout, stderr, entries };
}
