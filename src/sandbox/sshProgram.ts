/** `ssh NODE [COMMAND]`: a shell on a node, or one command there. */
import type { Cluster } from "../cluster/cluster.ts";
import catalogueData from "../../assets/images.json" with { type: "json" };
import { utf8Decode, utf8Encode } from "../runtime/bytes.ts";
import type { ContainerRuntime } from "../runtime/cri.ts";
import { type ExecIo, executable, SourceFile } from "../runtime/index.ts";
import type { Program, Sys } from "../runtime/sys.ts";
import type { Task } from "../time/task.ts";
import { ProcessStreams } from "./processStreams.ts";

/** What ssh itself exits with when it fails. */
const FAILED = 255;

export function sshProgram(cluster: Cluster): Program {
  return function* (sys) {
    const words = sys.argv.slice(1).filter((word) => !/^-[tTqvAn46]+$/.test(word));
    const [target = "", ...command] = words;
    const name = utf8Decode(target).replace(/^[^@]*@/, "");
    if (name === "" || name.startsWith("-")) {
      yield* sys.write(2, "usage: ssh [user@]NODE [COMMAND…]\n");
      return FAILED;
    }
    const runtime = cluster.runtimes.get(name);
    if (!runtime) {
      const known = [...cluster.runtimes.keys()].join(", ");
      yield* sys.write(
        2,
        utf8Encode(`ssh: Could not resolve hostname ${name}: Name or service not known (nodes here: ${known})\n`),
      );
      return FAILED;
    }
    installTools(runtime);
    return yield* runThere(sys, runtime, command);
  };
}

/** A node has a shell and its tools; they are put there when somebody first comes. */
function installTools({ nodeFiles }: ContainerRuntime): void {
  if (nodeFiles.typeOf("/bin/busybox")) return;
  for (const applet of catalogueData.bases.busybox.applets)
    nodeFiles.writeFile(`/bin/${applet}`, executable("busybox"), { mode: 0o755 });
}

function* runThere(sys: Sys, runtime: ContainerRuntime, command: readonly string[]): Task<number> {
  const tty = command.length === 0 && sys.isatty(0);
  const stdin = new SourceFile("", true, tty);
  const words = command.length === 0 ? (tty ? ["sh", "-i"] : ["sh"]) : ["sh", "-c", command.join(" ")];
  const streams = new ProcessStreams(sys);
  const io: ExecIo = { stdin, tty, out: (data) => streams.print(1, data), err: (data) => streams.print(2, data) };
  const stopReading = streams.listen((data, end) => stdin.feed(data, end));
  let exit = FAILED;
  yield* streams.during(
    (function* (): Task<void> {
      const end = yield* runtime.execOnNode(words, io);
      exit = end.exitCode ?? FAILED;
      // Nobody needs what else is typed.
      stopReading();
    })(),
  );
  return exit;
}
