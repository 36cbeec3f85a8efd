/** `kubectl exec` and `kubectl attach`. */
import { badRequest } from "../cluster/api/status.ts";
import type { Pod } from "../cluster/api/types.ts";
import type { Task } from "../time/task.ts";
import type { ExecStreams } from "./client.ts";
import { fail, failWith } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { containerOf, namedObject, podOf } from "./podNamed.ts";
import { type Found, findObjects, namedTargets, type Session, usageError } from "./session.ts";

const streamFlags: FlagTable = {
  container: { short: "c", type: "string" },
  stdin: { short: "i", type: "bool" },
  tty: { short: "t", type: "bool" },
  quiet: { short: "q", type: "bool" },
  "pod-running-timeout": { type: "duration", usual: "1m0s" },
};
export const execFlags: FlagTable = { ...streamFlags, filename: { short: "f", type: "list" } };
export const attachFlags: FlagTable = { ...streamFlags, "detach-keys": { type: "string" } };

export function* exec(session: Session): Task<number> {
  const { args } = session;
  const { before, command } = partsOf(session);
  const byFile = args.has("filename");
  const [word] = before;
  if (before.length > 1 || (before.length > 0 && byFile))
    return usageError(session, "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead");
  if (word === undefined && !byFile) return fail("pod, type/name or --filename must be specified");
  if (command.length === 0) return fail("you must specify at least one command for the container");
  const pod = podOf(session, word === undefined ? onlyOf(session) : namedObject(session, word));
  refuseEnded(pod, "exec into");
  const container = containerOf(session, pod, args.text("container"), args.on("quiet"));
  return yield* execIn(session, pod, container, command);
}

/** Runs a command in a container with kubectl's own streams; the exit code. */
export function* execIn(session: Session, pod: Pod, container: string, command: readonly string[]): Task<number> {
  const { client, io } = session;
  if (!pod.spec.nodeName) failWith(badRequest(`pod ${pod.metadata.name} does not have a host assigned`));
  const answer = yield* client.exec(pod, container, command, streamsOf(session));
  if ("error" in answer) return fail(answer.error);
  if (answer.exitCode !== 0) io.err(`command terminated with exit code ${answer.exitCode}\n`);
  return answer.exitCode;
}

/** `-t` without a terminal is told and left out, as kubectl does. */
function streamsOf({ args, io }: Session, tty = args.on("tty")): ExecStreams {
  const interactive = args.on("stdin");
  const hasTerminal = io.isTerminal ?? false;
  if (tty && interactive && !hasTerminal)
    io.err("Unable to use a TTY - input is not a terminal or the right kind of file\n");
  const stdin = interactive ? (hasTerminal && io.liveStdin ? io.liveStdin : (io.stdin() ?? "")) : undefined;
  return {
    ...(stdin !== undefined && { stdin }),
    ...(tty && hasTerminal && { tty: true }),
    out: (text) => io.out(text),
    err: (text) => io.err(text),
  };
}

function onlyOf(session: Session): Found {
  const { objects, missing } = findObjects(session, []);
  if (missing[0]) throw missing[0];
  if (objects.length > 1) return fail("cannot exec into multiple objects at a time");
  return objects[0]!;
}

function partsOf({ args }: Session): { before: readonly string[]; command: readonly string[] } {
  if (args.dash < 0) return { before: args.words, command: [] };
  return { before: args.words.slice(0, args.dash), command: args.words.slice(args.dash) };
}

function refuseEnded({ status }: Pod, doing: string): void {
  const { phase } = status;
  if (phase === "Succeeded" || phase === "Failed")
    fail(`cannot ${doing} a container in a completed pod; current phase is ${phase}`);
}

const attachNotice =
  "All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\nIf you don't see a command prompt, try pressing enter.\n";

export function* attach(session: Session): Task<number> {
  const { args, namespace } = session;
  const { words } = args;
  if (words.length === 0) return fail("at least 1 argument is required for attach");
  if (words.length > 2)
    return fail(
      `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${words.length}: [${words.join(" ")}]`,
    );
  const [target] = words.length === 2 ? namedTargets(words, namespace).targets : [];
  const word = target ? `${target.info.resource}/${target.name}` : words[0]!;
  const pod = podOf(session, namedObject(session, word));
  refuseEnded(pod, "attach");
  const container = containerOf(session, pod, args.text("container"), args.on("quiet"));
  const error = yield* attachTo(session, pod, container, "kubectl attach");
  return error === undefined ? 0 : fail(error);
}

/** Undefined: it went well; else the server's text. */
export function* attachTo(session: Session, pod: Pod, container: string, command: string): Task<string | undefined> {
  const { args, io, client } = session;
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const spec = [...containers, ...initContainers, ...ephemeralContainers].find(({ name }) => name === container);
  const hasTty = spec?.tty === true;
  const quiet = args.on("quiet");
  if (args.on("tty") && !hasTty && !quiet)
    io.err(`error: Unable to use a TTY - container ${container} did not allocate one\n`);
  if (!quiet) io.err(attachNotice);
  if (!client.attach) return "attaching is not simulated here: use kubectl logs -f";
  const streams = streamsOf(session, hasTty);
  const answer = yield* client.attach(pod, container, streams);
  if ("error" in answer) return answer.error;
  if (!quiet && args.on("stdin") && streams.tty) {
    const { name, namespace } = pod.metadata;
    const again = `${command} ${name} -c ${container} -n ${namespace} -i -t`;
    io.out(
      ephemeralContainers.some((one) => one.name === container)
        ? `Session ended, the ephemeral container will not be restarted but may be reattached using '${again}' if it is still running\n`
        : `Session ended, resume using '${again}' command\n`,
    );
  }
  return undefined;
}
