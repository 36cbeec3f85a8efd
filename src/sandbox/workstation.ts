/**
 * The machine that somebody sits at: a shell, busybox's tools, `kubectl` and a folder with files. It is no node of the
 * cluster and has no network but loopback, as a laptop beside a cluster cannot reach its Pods.
 */
import catalogueData from "../../assets/images.json" with { type: "json" };
import { utf8Decode, utf8Encode } from "../runtime/bytes.ts";
import { type CatalogueData, type ExecEnd, loadCatalogue, programs, Runtime, SourceFile } from "../runtime/index.ts";
import { allBusyboxNames } from "../runtime/applets/busyboxNames.ts";
import { type NodeFiles, plainContainer } from "../runtime/cri.ts";
import { createNetwork, type NetworkNamespace } from "../runtime/network.ts";
import type { Process } from "../runtime/process.ts";
import type { Program } from "../runtime/sys.ts";
import type { Clock } from "../time/clock.ts";
import { Random } from "../time/random.ts";
import { startTask, type TaskHandle } from "../time/task.ts";

/** Where the learner's files are. */
export const HOME = "/home/learner";
const IMAGE = "podcourse.local/workstation:1";
const UID = "workstation";

export interface Command {
  /** Undefined while it runs. */
  readonly exit: number | undefined;
  /** SIGINT, as Ctrl-C sends it. */
  interrupt(): void;
  kill(): void;
  /** More standard input of a command that was started with a live one. */
  feed(text: string, end: boolean): void;
}

export interface CommandStreams {
  /** All that can be read; "live": comes by `feed`; absent: nothing. */
  readonly stdin?: string | "live";
  readonly tty?: boolean;
  out(text: string): void;
  err(text: string): void;
  ended?(): void;
}

export class Workstation {
  readonly #clock: Clock;
  readonly #runtime: Runtime;
  readonly #names: readonly string[];
  #container = "";

  /** Takes about half a second of virtual time to be ready. */
  constructor(clock: Clock, startedAtEpochMs: number, extra: Readonly<Record<string, Program>>) {
    this.#clock = clock;
    const data = catalogueData as unknown as CatalogueData;
    // busybox' shell prefers its applets to everything on PATH: an applet of that name must not be there.
    const applets = [...allBusyboxNames.keys()].filter((name) => !Object.hasOwn(extra, name));
    this.#names = [...applets, ...Object.keys(extra)];
    const own = Object.fromEntries(Object.keys(extra).map((name) => [`/usr/local/bin/${name}`, name]));
    const image = {
      base: "workstation",
      repository: "podcourse.local/workstation",
      tags: ["1"],
      bytes: 1 << 20,
      entrypoint: ["sleep", "infinity"],
      workingDir: HOME,
      env: ["USER=learner", "LOGNAME=learner", `HOME=${HOME}`],
      directories: { "/home": "0755", [HOME]: "0755" },
      files: { "/etc/hosts": "127.0.0.1\tlocalhost\n::1\tlocalhost\n" },
      programs: own,
    };
    this.#runtime = new Runtime(
      {
        clock,
        random: new Random("workstation"),
        network: createNetwork({ clock }),
        catalogue: loadCatalogue({
          bases: { ...data.bases, workstation: { ...data.bases.busybox, applets } },
          images: [image],
        }),
        nodeName: UID,
        nodeIp: "192.168.49.1",
        startedAtEpochMs,
      },
      (name) => (Object.hasOwn(extra, name) ? extra[name] : programs(name)),
    );
    this.#runtime.preloadImage(IMAGE);
    this.#runtime.nodeFiles.mkdir(HOME);
    startTask(clock, this.#boot());
  }

  *#boot() {
    const sandbox = yield* this.#runtime.runPodSandbox({
      podName: UID,
      podNamespace: "",
      podUid: UID,
      attempt: 0,
      hostname: UID,
      hostNetwork: false,
      shareProcessNamespace: false,
      noNetwork: true,
    });
    if (!sandbox.ok) throw new Error(sandbox.message);
    const created = yield* this.#runtime.createContainer(
      sandbox.sandbox.id,
      plainContainer({
        name: UID,
        image: IMAGE,
        mounts: [{ containerPath: HOME, hostPath: HOME, readOnly: false }],
      }),
    );
    if (!created.ok) throw new Error(created.message);
    yield* this.#runtime.startContainer(created.id);
    this.#container = created.id;
  }

  /** The machine's files; the learner's are below HOME. */
  get files(): NodeFiles {
    return this.#runtime.nodeFiles;
  }

  /** A text file in the learner's folder; `..` leads nowhere out of it. */
  writeFile(name: string, text: string): void {
    const parts = name.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
    this.files.writeFile([HOME, ...parts].join("/"), utf8Encode(text));
  }

  /** Loopback of this machine, once it is up. */
  get network(): NetworkNamespace | undefined {
    return this.#runtime.networkOf(UID);
  }

  /** What can be typed as a command. */
  programNames(): string[] {
    return [...this.#names];
  }

  /** The names in a folder that is the learner's or below it; undefined: it is none, or is elsewhere. */
  list(path: string): readonly string[] | undefined {
    const parts: string[] = [];
    for (const part of path.split("/"))
      if (part === "..") parts.pop();
      else if (part !== "" && part !== ".") parts.push(part);
    const full = `/${parts.join("/")}`;
    return full === HOME || full.startsWith(`${HOME}/`) ? this.files.readdir(full) : undefined;
  }

  /** Starts a program; it goes on as the clock does. */
  start(words: readonly string[], streams: CommandStreams): Command {
    const live = streams.stdin === "live";
    const given = live ? "" : streams.stdin;
    const stdin = given === undefined ? undefined : new SourceFile(utf8Encode(given), live, streams.tty === true);
    let process: Process | undefined;
    let exit: number | undefined;
    const task = this.#runtime.execStreams(this.#container, words.map(utf8Encode), Infinity, {
      ...(stdin && { stdin }),
      tty: streams.tty === true,
      out: (data) => streams.out(utf8Decode(data)),
      err: (data) => streams.err(utf8Decode(data)),
      started: (started) => {
        process = started;
      },
    });
    const done = (end: ExecEnd): void => {
      if (end.error) streams.err(`${end.error.message}\n`);
      exit = end.exitCode ?? 127;
      streams.ended?.();
    };
    const handle: TaskHandle = startTask(this.#clock, task, done);
    return {
      get exit() {
        return exit;
      },
      interrupt: () => {
        if (process) this.#runtime.kernel.interrupt(process);
      },
      kill() {
        handle.cancel();
        exit ??= 137;
      },
      feed: (text, end) => stdin?.feed(utf8Encode(text), end),
    };
  }
}
