/** `kubectl logs`. */
import type { Pod } from "../cluster/api/types.ts";
import { all as allOf, Signal, sleep, type Task, wait } from "../time/task.ts";
import { attempt, fail, Failure } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { podLogs } from "./logs.ts";
import { asPod, containerOf, namedObject, podsOf } from "./podNamed.ts";
import { findObjects, type Session, usageError } from "./session.ts";

export const logsFlags: FlagTable = {
  follow: { short: "f", type: "bool" },
  previous: { short: "p", type: "bool" },
  container: { short: "c", type: "string" },
  "all-containers": { type: "bool" },
  "all-pods": { type: "bool" },
  prefix: { type: "bool" },
  timestamps: { type: "bool" },
  tail: { type: "int", usual: "-1" },
  since: { type: "duration" },
  "since-time": { type: "string" },
  "limit-bytes": { type: "int" },
  selector: { short: "l", type: "string" },
  "max-log-requests": { type: "int", usual: "5" },
  "ignore-errors": { type: "bool" },
  "insecure-skip-tls-verify-backend": { type: "bool" },
  "pod-running-timeout": { type: "duration", usual: "20s" },
};

export interface LogSource {
  readonly pod: Pod;
  readonly container: string;
}

interface LogWishes {
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly sinceMs?: number;
  readonly tail: number;
  readonly bytes?: number;
}

const usage =
  "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

export function* logs(session: Session): Task<number> {
  const { args, io, namespace } = session;
  const [word, inline, ...more] = args.words;
  const selector = args.text("selector") ?? "";
  if (more.length > 0 || (!word && selector === "")) return usageError(session, usage);
  if (word && selector !== "" && !inline) return usageError(session, "only a selector (-l) or a POD name is allowed");
  const allContainers = args.on("all-containers");
  const allPods = args.on("all-pods");
  const pods = selector !== "" && !word ? selected(session) : ofWord(session, word!, allPods);
  const wishes = wishesOf(session, selector !== "");
  const container = args.text("container");
  if (allContainers && (container ?? inline))
    return fail(`--all-containers=true should not be specified with container name ${container ?? inline}`);
  if (container !== undefined && inline !== undefined)
    return fail("only one of -c or an inline [CONTAINER] arg is allowed");
  if (pods.length === 0) io.err(`No resources found in ${namespace} namespace.\n`);
  const sources = pods.flatMap((pod): LogSource[] => {
    if (!allContainers) return [{ pod, container: containerOf(session, pod, container ?? inline, allPods) }];
    const { initContainers = [], containers, ephemeralContainers = [] } = pod.spec;
    return [...initContainers, ...containers, ...ephemeralContainers].map(({ name }) => ({ pod, container: name }));
  });
  const follow = args.on("follow");
  const most = args.number("max-log-requests") ?? 5;
  if (follow && sources.length > 1 && sources.length > most)
    return fail(
      `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${most}, use --max-log-requests to increase the limit`,
    );
  const withPrefix = args.on("prefix") || allPods;
  const lengths: number[] = [];
  for (const source of sources) {
    const shown = attempt(() => show(session, source, wishes, withPrefix));
    if ("value" in shown) {
      lengths.push(shown.value);
      continue;
    }
    if (!args.on("ignore-errors")) throw shown.failure;
    io.out(`${shown.failure.message.replace(/^Error from server \(\w+\): /, "")}\n`);
    lengths.push(0);
  }
  if (follow) yield* allOf(sources.map((source, i) => followLog(session, source, wishes, withPrefix, lengths[i]!)));
  return 0;
}

function selected(session: Session): Pod[] {
  return findObjects(session, ["pods"]).objects.map(({ object }) => asPod(object));
}

function ofWord(session: Session, word: string, allPods: boolean): Pod[] {
  const named = attempt(() => namedObject(session, word));
  if ("failure" in named) {
    const { message } = named.failure;
    const missing = /^Error from server \(NotFound\): (.*)$/s.exec(message);
    if (!missing) throw named.failure;
    throw new Failure(`error: error from server (NotFound): ${missing[1]} in namespace "${session.namespace}"`);
  }
  const pods = podsOf(session, named.value);
  if (allPods || pods.length === 1) return pods;
  session.io.err(`Found ${pods.length} pods, using pod/${pods[0]!.metadata.name}\n`);
  return pods.slice(0, 1);
}

function wishesOf({ args, client }: Session, bySelector: boolean): LogWishes {
  const tail = args.number("tail");
  const bytes = args.number("limit-bytes");
  const since = args.duration("since");
  const sinceTime = args.text("since-time");
  if (sinceTime && since) fail("at most one of `sinceTime` or `sinceSeconds` may be specified");
  if (args.has("limit-bytes") && bytes! < 0) fail("--limit-bytes must be greater than 0");
  if (since !== undefined && since < 0) fail("--since must be greater than 0");
  if (tail !== undefined && tail < -1) fail("--tail must be greater than or equal to -1");
  const at = sinceTime === undefined ? undefined : Date.parse(sinceTime);
  if (
    at !== undefined &&
    (Number.isNaN(at) || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)$/.test(sinceTime!))
  )
    fail(
      `parsing time ${JSON.stringify(sinceTime)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(sinceTime)} as "2006"`,
    );
  const sinceMs = at !== undefined ? client.now() - at : since ? Math.ceil(since / 1000) * 1000 : undefined;
  return {
    previous: args.on("previous"),
    timestamps: args.on("timestamps"),
    ...(sinceMs !== undefined && { sinceMs }),
    tail: tail ?? (bySelector ? 10 : -1),
    ...(bytes ? { bytes } : {}),
  };
}

/** Prints what there is; how long the whole log is now. */
export function show(session: Session, { pod, container }: LogSource, wishes: LogWishes, withPrefix: boolean): number {
  const { client, io } = session;
  const { previous, timestamps, sinceMs, tail, bytes } = wishes;
  const options = { previous, timestamps, ...(sinceMs !== undefined && { sinceMs }) };
  const answer = podLogs(pod, container, previous, { read: (at, name) => client.logs(at, name, options) });
  if ("error" in answer) throw new Failure(answer.error);
  const lines = tail < 0 ? answer.text : lastLines(answer.text, tail);
  io.out(prefixed(bytes === undefined ? lines : lines.slice(0, bytes), withPrefix ? prefixOf(pod, container) : ""));
  return (client.logs(pod, container, { timestamps }) ?? "").length;
}

function lastLines(text: string, count: number): string {
  return count === 0
    ? ""
    : text
        .split(/(?<=\n)/)
        .slice(-count)
        .join("");
}

function prefixOf({ metadata }: Pod, container: string): string {
  return `[pod/${metadata.name}/${container}] `;
}

function prefixed(text: string, prefix: string): string {
  return prefix === "" ? text : text.replace(/^(?=.)/gms, prefix);
}

/** How often a log is looked at when nobody tells of changes. */
const lookMs = 100;

/** Prints what comes after `shown` characters, until the container has ended. */
function* followLog(
  session: Session,
  source: LogSource,
  { timestamps }: { readonly timestamps: boolean },
  withPrefix: boolean,
  shown: number,
): Task<void> {
  const { client, io } = session;
  const { pod, container } = source;
  const { name, namespace, uid } = pod.metadata;
  const changed = new Signal<void>();
  const stopLog = client.logsChanged?.(pod, container, () => changed.fire());
  const stopPod = client.watch("Pod", ({ object }) => {
    if (object.metadata.name === name && object.metadata.namespace === namespace) changed.fire();
  });
  let at = shown;
  const print = (now: Pod | undefined): void => {
    const text = client.logs(now ?? pod, container, { timestamps }) ?? "";
    if (text.length > at) io.out(prefixed(text.slice(at), withPrefix ? prefixOf(pod, container) : ""));
    at = Math.max(at, text.length);
  };
  try {
    for (;;) {
      const object = client.get("Pod", namespace, name!);
      const now = object?.metadata.uid === uid ? asPod(object!) : undefined;
      print(now);
      if (!now || !isRunning(now, container)) return;
      if (stopLog) yield* wait(changed.asWait());
      else yield* sleep(lookMs);
    }
  } finally {
    stopLog?.();
    stopPod();
  }
}

function isRunning({ status }: Pod, container: string): boolean {
  const all = [
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ];
  return all.find(({ name }) => name === container)?.state?.running !== undefined;
}
