/** The same script under a real busybox, where one is installed, and in the simulator. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { utf8Encode } from "../src/runtime/bytes.ts";
import { loadCatalogue, runContainer } from "../src/runtime/index.ts";

/** Texts are bytes. */
export interface Outcome {
  /** Undefined: it did not end in time. */
  readonly exit: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PairOptions {
  readonly stdin?: string;
  /** After `sh`; `-c SCRIPT` when absent. */
  readonly args?: readonly string[];
}

/** Both run here. busybox finds its own applets before it looks along PATH. */
const PLACE = realpathSync(tmpdir());
const PATH = "/bin";
const REAL_LIMIT_MS = 5_000;

const BUSYBOX = ["/bin/busybox", "/usr/bin/busybox"].find((path) => versionOf(path) === "1.35");

/** The version's first two numbers, read out of the file. The recordings' images hold 1.35. */
function versionOf(path: string): string | undefined {
  try {
    return /BusyBox v(\d+\.\d+)\.\d/.exec(readFileSync(path, "latin1"))?.[1];
  } catch {
    return undefined;
  }
}

/** Why nothing can be compared; undefined when it can. */
export const whyNoBusybox: string | undefined =
  BUSYBOX === undefined ? "no busybox 1.35 is installed here (Debian's busybox-static has it)" : undefined;

export class Pair {
  readonly #folder = mkdtempSync(join(PLACE, "pair-"));
  #runs = 0;

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Each runs in a folder of its own, which has the same name in both worlds. */
  async run(script: string, options: PairOptions = {}): Promise<{ real: Outcome; simulated: Outcome }> {
    const folder = join(this.#folder, String(this.#runs++));
    const args = options.args ?? ["-c", script];
    mkdirSync(folder);
    const real = await runReal(args, folder, options.stdin ?? "");
    rmSync(folder, { recursive: true, force: true });
    return { real, simulated: runSimulated(args, folder, options.stdin ?? "") };
  }
}

const environment = { PATH, HOME: "/root", HOSTNAME: "localhost" };

function runReal(args: readonly string[], folder: string, stdin: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    // A process group of its own, so that what it leaves behind can be ended.
    const child = spawn(BUSYBOX!, args, { argv0: "sh", cwd: folder, env: environment, detached: true });
    let stdout = "";
    let stderr = "";
    let exit: number | undefined;
    let late = false;
    const endGroup = (): void => {
      try {
        process.kill(-child.pid!, "SIGKILL");
      } catch {
        // Nobody is left.
      }
    };
    const limit = setTimeout(() => {
      late = true;
      endGroup();
    }, REAL_LIMIT_MS);
    child.stdout.setEncoding("latin1").on("data", (data: string) => void (stdout += data));
    child.stderr.setEncoding("latin1").on("data", (data: string) => void (stderr += data));
    child.stdin.on("error", () => {});
    child.stdin.end(stdin, "latin1");
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      exit = late ? undefined : (code ?? 128 + (SIGNALS[signal!] ?? 0));
      endGroup();
    });
    child.on("close", () => {
      clearTimeout(limit);
      resolve({ exit, stdout, stderr });
    });
  });
}

const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
};

const catalogue = loadCatalogue(JSON.parse(readFileSync(new URL("../assets/images.json", import.meta.url), "utf8")));

/** The shell is not the container's first process, as it is not on the real side. */
const CHILD = 'unset SHLVL; exec 3>&2 2>/dev/null; (exec sh "$@" 2>&3 3>&-); exit $?';

function runSimulated(args: readonly string[], folder: string, stdin: string): Outcome {
  const result = runContainer({
    catalogue,
    image: "busybox:1.28",
    command: ["/bin/sh", "-c", CHILD, "sh", ...args.map(utf8Encode)],
    env: Object.entries(environment).map(([name, value]) => ({ name, value })),
    workingDir: folder,
    stdin,
    maxMs: 120_000,
  });
  if (!result.ok) throw new Error(result.message);
  return { exit: result.timedOut ? undefined : result.exitCode, stdout: result.stdout, stderr: result.stderr };
}
