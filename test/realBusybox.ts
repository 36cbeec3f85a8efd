/** The busybox of this machine, to hold the simulated one against: the same script, run for real in a folder of its own. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface RealRun {
  /** Undefined: it had to be stopped. */
  readonly exit: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with a link for each of busybox' names: what `PATH` holds, so that no other program is found. */
let links: string | undefined;
function linkFolder(): string {
  if (links === undefined) {
    links = mkdtempSync(join(tmpdir(), "busybox-links-"));
    process.on("exit", () => rmSync(links!, { recursive: true, force: true }));
    spawnSync("busybox", ["--install", "-s", links]);
  }
  return links;
}

const VERSION = "BusyBox v1.35.0";

/** Is a busybox installed that the recordings' images have, too? Another version prints other texts. */
export function hasRealBusybox(): boolean {
  const ran = spawnSync("busybox", { encoding: "latin1" });
  return ran.error === undefined && `${ran.stdout}${ran.stderr}`.startsWith(VERSION);
}

export interface RealOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/**
 * Runs each script with `busybox sh -c` and almost no environment, for at most 5 s of CPU. `files` are laid out first, afresh for
 * each, by path relative to the folder that the script starts in; texts are bytes, one a character.
 */
export function runAllReal(scripts: readonly string[], options: RealOptions = {}): RealRun[] {
  const base = mkdtempSync(join(tmpdir(), "busybox-"));
  try {
    for (const folder of ["files", "cases", "run"]) mkdirSync(join(base, folder));
    for (const [path, text] of Object.entries(options.files ?? {})) {
      mkdirSync(dirname(join(base, "files", path)), { recursive: true });
      writeFileSync(join(base, "files", path), text, "latin1");
    }
    scripts.forEach((script, i) => writeFileSync(join(base, "cases", String(i)), script, "latin1"));
    writeFileSync(join(base, "stdin"), options.stdin ?? "", "latin1");
    // One small shell starts them all: that is much quicker than to start each from here.
    writeFileSync(join(base, "driver"), DRIVER);
    const argv = ["sh", join(base, "driver"), base, String(scripts.length)];
    spawnSync("busybox", argv, { env: { PATH: linkFolder(), HOME: "/root" } });
    return scripts.map((_script, i) => {
      const part = (name: string) => readFileSync(join(base, `${i}.${name}`), "latin1");
      const code = Number(part("exit"));
      return { exit: code === 137 ? undefined : code, stdout: part("out"), stderr: part("err") };
    });
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

export function runReal(script: string, options: RealOptions = {}): RealRun {
  return runAllReal([script], options)[0]!;
}

const DRIVER = `
ulimit -t 5
i=0
while [ $i -lt $2 ]; do
  cp -r $1/files $1/run/$i
  cd $1/run/$i
  IFS= read -r -d '' script < $1/cases/$i
  busybox sh -c "$script" < $1/stdin > $1/$i.out 2> $1/$i.err
  echo $? > $1/$i.exit
  i=$((i + 1))
done
`;
