/**
 * agnhost, the image of Kubernetes' own end-to-end tests and of many examples in its documentation (kubernetes:
 * test/images/agnhost): the subcommands that serve or wait. Unknown ones say so.
 */
import type { Task } from "../../time/task.ts";
import { type SignalName, type Sys, SysError } from "../sys.ts";
import { agnhostServers } from "./agnhostServers.ts";
import { grpcHealthChecking } from "./grpcHealthServer.ts";

type Subcommand = (sys: Sys, flags: Flags) => Task<number>;

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  ...agnhostServers,
  "grpc-health-checking": grpcHealthChecking,
  *"entrypoint-tester"(sys) {
    yield* sys.write(1, `[${sys.argv.join(" ")}]\n`);
    return 0;
  },
  *pause(sys) {
    yield* sys.write(1, "Paused\n");
    const signal = yield* untilSignal(sys, ["SIGINT", "SIGTERM"]);
    const code = signal === "SIGINT" ? 1 : 2;
    yield* sys.write(1, `exiting ${code}\n`);
    return code;
  },
};

export function* agnhost(sys: Sys): Task<number> {
  const [, name = "", ...rest] = sys.argv;
  const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
  if (subcommand) return yield* subcommand(sys, new Flags(rest));
  if (name === "" || name === "help" || name === "--help") {
    yield* sys.write(
      1,
      `Usage:\n  app [command]\n\nAvailable Commands:\n${Object.keys(SUBCOMMANDS)
        .sort()
        .map((c) => `  ${c}\n`)
        .join("")}`,
    );
    return 0;
  }
  yield* sys.write(2, `Error: unknown command ${JSON.stringify(name)} for "app"\nRun 'app --help' for usage.\n`);
  return 1;
}

/** `--port=80`, `--port 80`: Go's pflag. */
export class Flags {
  readonly #values = new Map<string, string>();

  constructor(words: readonly string[]) {
    for (let i = 0; i < words.length; i++) {
      const match = /^--?([\w-]+)(?:=(.*))?$/s.exec(words[i]!);
      if (!match) continue;
      const next = words[i + 1];
      this.#values.set(match[1]!, match[2] ?? (next !== undefined && !next.startsWith("-") ? words[++i]! : "true"));
    }
  }

  number(name: string, otherwise: number): number {
    const text = this.#values.get(name);
    return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : otherwise;
  }
}

/** Waits for one of the signals. */
function* untilSignal(sys: Sys, signals: readonly SignalName[]): Task<SignalName> {
  let came: SignalName | undefined;
  for (const signal of signals)
    sys.signal(signal, (name) => {
      came ??= name;
    });
  while (came === undefined) {
    try {
      yield* sys.sleep(Number.POSITIVE_INFINITY);
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== "EINTR") throw error;
    }
  }
  return came;
}
