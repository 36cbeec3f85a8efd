/** The busybox of this machine, to hold the simulated one against: the same script, run for real in a folder of its own. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface RealRun {
  /** Undefined: it had to be stopped. */
  readonly exit: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const VERSION = "BusyBox v1.35.0";

/** Is a busybox installed that the recordings' images have, too? Another version prints other texts. */
export function hasRealBusybox(): boolean {
  const ran = spawnSync("busybox", { encoding: "latin1" });
  return ran.error === undefined && `${ran.stdout}${ran.stderr}`.startsWith(VERSION);
}

/**
 * Runs `busybox sh -c SCRIPT` with almost no environment. `files` are laid out first, by path relative to the folder that the
 * script starts in; texts are bytes, one a character.
 */
export function runReal(
  script: string,
  options: { files?: Readonly<Record<string, string>>; stdin?: string; timeoutMs?: number } = {},
): RealRun {
  const folder = mkdtempSync(join(tmpdir(), "busybox-"));
  try {
    for (const [path, text] of Object.entries(options.files ?? {})) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text, "latin1");
    }
    const ran = spawnSync("busybox", ["sh", "-c", script], {
      cwd: folder,
      encoding: "latin1",
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root" },
      input: Buffer.from(options.stdin ?? "", "latin1"),
      timeout: options.timeoutMs ?? 5000,
      killSignal: "SIGKILL",
      maxBuffer: 1 << 24,
    });
    return { exit: ran.status ?? undefined, stdout: ran.stdout, stderr: ran.stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
