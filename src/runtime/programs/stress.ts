/** stress 1.0.4 (polinux/stress): loads the CPU, memory or disk with workers; its messages carry its source's lines. */
import type { Task } from "../../time/task.ts";
import { strerror } from "../errno.ts";
import { SIGNAL_NUMBERS } from "../signals.ts";
import { type Sys, SysError } from "../sys.ts";

const VERSION = "1.0.4";
const USAGE = `\`stress' imposes certain types of compute stress on your system

Usage: stress [OPTION [ARG]] ...
 -?, --help         show this help statement
     --version      show version statement
 -v, --verbose      be verbose
 -q, --quiet        be quiet
 -n, --dry-run      show what would have been done
 -t, --timeout N    timeout after N seconds
     --backoff N    wait factor of N microseconds before work starts
 -c, --cpu N        spawn N workers spinning on sqrt()
 -i, --io N         spawn N workers spinning on sync()
 -m, --vm N         spawn N workers spinning on malloc()/free()
     --vm-bytes B   malloc B bytes per vm worker (default is 256MB)
     --vm-stride B  touch a byte every B bytes (default is 4096)
     --vm-hang N    sleep N secs before free (default none, 0 is inf)
     --vm-keep      redirty memory instead of freeing and reallocating
 -d, --hdd N        spawn N workers spinning on write()/unlink()
     --hdd-bytes B  write B bytes per hdd worker (default is 1GB)

Example: stress --cpu 8 --io 4 --vm 2 --vm-bytes 128M --timeout 10s

Note: Numbers may be suffixed with s,m,h,d,y (time) or B,K,M,G (size).
`;

/** Filling memory: about 2.5 GB/s on the recorded node. */
const TOUCH_MS_PER_BYTE = 1000 / 2.5e9;
const BASE_BYTES = 800 << 10;

interface Options {
  cpu: number;
  io: number;
  vm: number;
  hdd: number;
  vmBytes: number;
  hddBytes: number;
  /** Undefined: none; 0: for ever. */
  vmHang: number | undefined;
  vmKeep: boolean;
  timeout: number;
  quiet: boolean;
  verbose: boolean;
  dryRun: boolean;
}

const SIZES: Readonly<Record<string, number>> = { "": 1, B: 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };
const TIMES: Readonly<Record<string, number>> = { "": 1, S: 1, M: 60, H: 3600, D: 86400, Y: 31556952 };

function amount(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+)([A-Za-z]?)$/.exec(text);
  const unit = match && units[match[2]!.toUpperCase()];
  return unit === undefined || unit === null ? undefined : Number(match![1]) * unit;
}

export function* stress(sys: Sys): Task<number> {
  const options: Options = {
    cpu: 0,
    io: 0,
    vm: 0,
    hdd: 0,
    vmBytes: 256 * 1024 ** 2,
    hddBytes: 1024 ** 3,
    vmHang: undefined,
    vmKeep: false,
    timeout: 0,
    quiet: false,
    verbose: false,
    dryRun: false,
  };
  const out = (text: string) => sys.write(1, text);
  const message = (kind: string, text: string) => `stress: ${kind}: [${sys.pid}] ${text}\n`;
  const { argv } = sys;
  for (let i = 1; i < argv.length; i++) {
    const option = argv[i]!;
    const next = () => argv[++i];
    const number = (text: string | undefined, units: Readonly<Record<string, number>>) =>
      text === undefined ? undefined : amount(text, units);
    let value: number | undefined = 0;
    switch (option) {
      case "-?":
      case "--help":
        yield* out(USAGE);
        return 1;
      case "--version":
        yield* out(`stress ${VERSION}\n`);
        return 0;
      case "-v":
      case "--verbose":
        options.verbose = true;
        break;
      case "-q":
      case "--quiet":
        options.quiet = true;
        break;
      case "-n":
      case "--dry-run":
        options.dryRun = true;
        break;
      case "-t":
      case "--timeout":
        value = number(next(), TIMES);
        options.timeout = value ?? 0;
        break;
      case "--backoff":
      case "--vm-stride":
        value = number(next(), SIZES);
        break;
      case "-c":
      case "--cpu":
        value = number(next(), COUNT);
        options.cpu = value ?? 0;
        break;
      case "-i":
      case "--io":
        value = number(next(), COUNT);
        options.io = value ?? 0;
        break;
      case "-m":
      case "--vm":
        value = number(next(), COUNT);
        options.vm = value ?? 0;
        break;
      case "-d":
      case "--hdd":
        value = number(next(), COUNT);
        options.hdd = value ?? 0;
        break;
      case "--vm-bytes":
        value = number(next(), SIZES);
        options.vmBytes = value ?? 0;
        break;
      case "--hdd-bytes":
        value = number(next(), SIZES);
        options.hddBytes = value ?? 0;
        break;
      case "--vm-hang":
        value = number(next(), TIMES);
        options.vmHang = value;
        break;
      case "--vm-keep":
        options.vmKeep = true;
        break;
      default:
        yield* sys.write(2, message("FAIL", `(244) unrecognized option: ${option}`));
        return 1;
    }
    if (value === undefined) {
      if (argv[i] === undefined) yield* sys.write(2, message("FAIL", `(244) missing argument to option '${option}'`));
      else yield* sys.write(2, message("FAIL", `(244) not a number: ${argv[i]}`));
      return 1;
    }
  }
  const { cpu, io, vm, hdd } = options;
  if (cpu + io + vm + hdd === 0) {
    yield* out(USAGE);
    return 0;
  }
  if (!options.quiet) yield* out(message("info", `dispatching hogs: ${cpu} cpu, ${io} io, ${vm} vm, ${hdd} hdd`));
  if (options.dryRun) return 0;
  const started = sys.now();
  const workers = new Set<number>();
  const end = options.timeout > 0 ? started + options.timeout * 1000 : Number.POSITIVE_INFINITY;
  const start = (body: (worker: Sys) => Task<number>) => workers.add(sys.fork(body));
  try {
    for (let i = 0; i < cpu; i++) start((worker) => spin(worker, end));
    for (let i = 0; i < io; i++) start((worker) => spin(worker, end));
    for (let i = 0; i < vm; i++) start((worker) => hogMemory(worker, options, end));
    for (let i = 0; i < hdd; i++) start((worker) => hogDisk(worker, options, end));
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* sys.write(2, message("FAIL", `(355) fork failed: ${strerror(error.errno)}`));
    return 1;
  }
  let failures = 0;
  while (workers.size > 0) {
    const ended = yield* sys.wait(-1);
    if (!ended) break;
    workers.delete(ended.pid);
    const { status } = ended;
    if ("exited" in status && status.exited === 0) continue;
    failures++;
    if ("exited" in status)
      yield* sys.write(2, message("FAIL", `(416) <-- worker ${ended.pid} returned error ${status.exited}`));
    else
      yield* sys.write(
        2,
        message("FAIL", `(425) <-- worker ${ended.pid} got signal ${SIGNAL_NUMBERS[status.signaled]}`),
      );
    if (failures === 1) {
      yield* sys.write(2, message("WARN", "(427) now reaping child worker processes"));
      // Its signal to its whole group finds nobody left to take it.
      let anyone = false;
      for (const worker of workers) {
        try {
          sys.kill(worker, "SIGUSR1");
          anyone = true;
        } catch (error) {
          if (!(error instanceof SysError)) throw error;
        }
      }
      if (!anyone) yield* sys.write(2, message("FAIL", "(431) kill error: No such process"));
    }
  }
  const seconds = Math.round((sys.now() - started) / 1000);
  if (failures > 0) yield* sys.write(2, message("FAIL", `(461) failed run completed in ${seconds}s`));
  else if (!options.quiet) yield* out(message("info", `successful run completed in ${seconds}s`));
  return failures > 0 ? 1 : 0;
}

const COUNT = { "": 1 };
/** Work in slices that end with the timeout; a worker without one works on for a day at a time. */
const LONGEST_SLICE_MS = 10_000;

function* spin(sys: Sys, end: number): Task<number> {
  sys.signal("SIGUSR1", "default");
  while (sys.now() < end) yield* sys.cpu(Math.min(LONGEST_SLICE_MS, end - sys.now()));
  return 0;
}

function* hogMemory(sys: Sys, options: Options, end: number): Task<number> {
  const steps = 16;
  while (sys.now() < end) {
    for (let i = 1; i <= steps; i++) {
      yield* sys.memory(BASE_BYTES + (options.vmBytes * i) / steps);
      yield* sys.cpu((options.vmBytes / steps) * TOUCH_MS_PER_BYTE);
    }
    if (options.vmHang === 0) yield* sys.sleep(Math.min(end - sys.now(), Number.POSITIVE_INFINITY));
    else if (options.vmHang !== undefined)
      yield* sys.sleep(Math.min(options.vmHang * 1000, Math.max(0, end - sys.now())));
    else yield* spin(sys, Math.min(end, sys.now() + LONGEST_SLICE_MS));
    if (!options.vmKeep) yield* sys.memory(BASE_BYTES);
  }
  return 0;
}

function* hogDisk(sys: Sys, options: Options, end: number): Task<number> {
  const chunk = "\0".repeat(1 << 20);
  while (sys.now() < end) {
    const path = `./stress.${sys.pid}`;
    try {
      const fd = sys.open(path, { write: true, create: true, truncate: true });
      for (let written = 0; written < options.hddBytes && sys.now() < end; written += chunk.length) {
        yield* sys.write(fd, chunk);
        yield* sys.cpu(1);
      }
      sys.close(fd);
      sys.unlink(path);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* sys.write(2, `stress: FAIL: [${sys.pid}] (594) write failed: ${strerror(error.errno)}\n`);
      return 1;
    }
  }
  return 0;
}
