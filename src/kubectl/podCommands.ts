/** `kubectl logs`, `exec`, `run`, `delete`, `wait`: what lasts, and what goes on inside Pods. */
import { badRequest, notFound } from "../cluster/api/status.ts";
import type { Pod } from "../cluster/api/types.ts";
import { Signal, sleep, type Task, wait, withTimeout } from "../time/task.ts";
import type { ApiObject } from "./client.ts";
import { fail, Failure, failWith } from "./failure.ts";
import { parseJsonPath, valuesAt, valueText } from "./jsonPath.ts";
import { chooseContainer, podLogs } from "./logs.ts";
import { printerOf, relaxed } from "./output.ts";
import { resourceName, resourceNamed } from "./resourceTypes.ts";
import {
  accepted,
  dryRunOf,
  dryRunSuffix,
  type Found,
  findObjects,
  namedTargets,
  parseDuration,
  readFiles,
  reportAll,
  type Session,
} from "./session.ts";

const asPod = (object: ApiObject) => object as unknown as Pod;

/** The container meant; kubectl's notice goes to stderr. */
function containerOf({ io }: Session, pod: Pod, wanted: string | undefined): string {
  const choice = chooseContainer(pod, wanted);
  if ("error" in choice) {
    const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
    const all = [
      ...containers.map((c) => c.name),
      ...ephemeralContainers.map((c) => `${c.name} (ephem)`),
      ...initContainers.map((c) => `${c.name} (init)`),
    ];
    throw new Failure(`${choice.error} out of: ${all.join(", ")}`);
  }
  if (choice.notice) io.err(`${choice.notice}\n`);
  return choice.container;
}

export function* logs(session: Session): Task<number> {
  const { args, client, io, namespace } = session;
  const [word, second] = args.words;
  const selector = args.text("selector");
  if (!word && selector === undefined)
    throw new Failure(
      "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\nSee 'kubectl logs -h' for help and examples",
    );
  const pods =
    selector !== undefined
      ? findObjects(session, ["pods"]).objects.map(({ object }) => asPod(object))
      : [podNamed(session, word!, true)];
  if (pods.length === 0) {
    io.err(`No resources found in ${namespace} namespace.\n`);
    return 0;
  }
  const all = args.on("all-containers");
  const sources = pods.flatMap((pod) => {
    const { initContainers = [], containers, ephemeralContainers = [] } = pod.spec;
    const names = all
      ? [...initContainers, ...containers, ...ephemeralContainers].map(({ name }) => name)
      : [containerOf(session, pod, args.text("container") ?? second)];
    return names.map((container) => ({ pod, container }));
  });
  const tail = args.number("tail") ?? (selector !== undefined ? 10 : -1);
  const since = args.text("since");
  const previous = args.on("previous");
  const options = {
    previous,
    timestamps: args.on("timestamps"),
    ...(since !== undefined && { sinceMs: parseDuration(since) ?? 0 }),
  };
  for (const { pod, container } of sources) {
    const prefix = args.on("prefix") ? `[pod/${pod.metadata.name}/${container}] ` : "";
    const answer = podLogs(pod, container, previous, { read: (at, name) => client.logs(at, name, options) });
    if ("error" in answer) throw new Failure(answer.error);
    io.out(prefixed(limited(answer.text, tail, args.number("limit-bytes")), prefix));
  }
  if (args.on("follow")) yield* follow(session, sources, options);
  return 0;
}

/** Until every container has ended. What was written in between is fetched a few times a second. */
function* follow(
  session: Session,
  sources: readonly { pod: Pod; container: string }[],
  options: { timestamps: boolean },
): Task<void> {
  const { client, io, args } = session;
  const read = ({ pod, container }: { pod: Pod; container: string }) =>
    client.logs(pod, container, { timestamps: options.timestamps }) ?? "";
  const shown = sources.map((source) => read(source).length);
  for (;;) {
    let running = false;
    sources.forEach((source, i) => {
      const pod = client.get("Pod", source.pod.metadata.namespace, source.pod.metadata.name!) as Pod | undefined;
      const statuses = [...(pod?.status.containerStatuses ?? []), ...(pod?.status.initContainerStatuses ?? [])];
      if (statuses.find(({ name }) => name === source.container)?.state?.running) running = true;
      const text = read(source);
      if (text.length > shown[i]!)
        io.out(
          prefixed(
            text.slice(shown[i]),
            args.on("prefix") ? `[pod/${source.pod.metadata.name}/${source.container}] ` : "",
          ),
        );
      shown[i] = Math.max(shown[i]!, text.length);
    });
    if (!running) return;
    yield* sleep(100);
  }
}

function limited(text: string, tail: number, bytes: number | undefined): string {
  const lines = text.split(/(?<=\n)/);
  const kept = tail >= 0 ? (tail === 0 ? [] : lines.slice(-tail)).join("") : text;
  return bytes === undefined ? kept : kept.slice(0, bytes);
}

function prefixed(text: string, prefix: string): string {
  return prefix === "" ? text : text.replace(/^(?=.)/gms, prefix);
}

function podNamed({ client, namespace }: Session, word: string, forLogs = false): Pod {
  const at = word.indexOf("/");
  const name = word.slice(at + 1);
  const info = resourceNamed(at < 0 ? "pods" : word.slice(0, at));
  const object = client.get(info.kind, info.namespaced ? namespace : undefined, name);
  if (!object && forLogs)
    return fail(`error from server (NotFound): ${info.resource} "${name}" not found in namespace "${namespace}"`);
  if (!object) return failWith(notFound(info.kind, name));
  if (info.kind === "Pod") return asPod(object);
  const selector = (object.spec as { selector?: Record<string, string> } | undefined)?.selector;
  if (info.kind !== "Service" || !selector)
    return fail(`cannot attach to *v1.${info.kind}: selector for *v1.${info.kind} not implemented`);
  const pod = client
    .list("Pod", namespace)
    .find(({ metadata }) => Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value));
  return pod ? asPod(pod) : fail("timed out waiting for the condition");
}

export function* exec(session: Session): Task<number> {
  const { args, client, io } = session;
  const before = args.dash < 0 ? args.words : args.words.slice(0, args.dash);
  const command = args.dash < 0 ? [] : args.words.slice(args.dash);
  if (before.length === 0) fail("pod, type/name or --filename must be specified");
  if (before.length > 1)
    throw new Failure(
      "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples",
    );
  if (command.length === 0) fail("you must specify at least one command for the container");
  const pod = podNamed(session, before[0]!);
  const { phase } = pod.status;
  if (phase === "Succeeded" || phase === "Failed")
    fail(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  const container = containerOf(session, pod, args.text("container"));
  if (!pod.spec.nodeName) failWith(badRequest(`pod ${pod.metadata.name} does not have a host assigned`));
  if (args.on("tty") && !io.isTerminal)
    io.err("Unable to use a TTY - input is not a terminal or the right kind of file\n");
  // What somebody types comes as it is typed.
  const stdin = args.on("stdin") ? ((io.isTerminal ? io.liveStdin : undefined) ?? io.stdin() ?? "") : undefined;
  const answer = yield* client.exec(pod, container, command, {
    ...(stdin !== undefined && { stdin }),
    tty: args.on("tty") && io.isTerminal === true,
    out: (text) => io.out(text),
    err: (text) => io.err(text),
  });
  if ("error" in answer) return fail(answer.error);
  if (answer.exitCode !== 0) io.err(`command terminated with exit code ${answer.exitCode}\n`);
  return answer.exitCode;
}

export function* remove(session: Session): Task<number> {
  const { args, client, io, namespace } = session;
  const force = args.on("force");
  const grace = args.number("grace-period") ?? (args.on("now") ? 1 : force ? 0 : undefined);
  const all = args.on("all");
  const chosen = all || args.text("selector") !== undefined || args.text("field-selector") !== undefined;
  let found: { objects: Found[]; missing: ReturnType<typeof notFound>[] };
  if (args.has("filename")) {
    found = { objects: [], missing: [] };
    for (const { info, name, namespace, file } of readFiles(session, "delete")) {
      const object = client.get(info.kind, namespace, name);
      if (object) found.objects.push({ info, object });
      else
        found.missing.push({
          ...notFound(info.kind, name),
          message: `error when deleting "${file}": ${notFound(info.kind, name).message}`,
        });
    }
  } else {
    if (args.words.length === 0) fail("You must provide one or more resources by argument or filename.");
    if (!chosen && namedTargets(args.words, namespace).targets.length === 0)
      fail("resource(s) were provided, but no name was specified");
    found = findObjects(session, args.words);
  }
  if (force && grace === 0 && found.objects.length > 0)
    io.err(
      "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n",
    );
  if (chosen && found.objects.length === 0) io.out("No resources found\n");
  const dry = dryRunOf(session);
  for (const { info, object } of found.objects) {
    const { name, namespace } = object.metadata;
    if (dry === "none") {
      const answer = client.delete(info.kind, namespace, name!, grace === undefined ? {} : { grace });
      if ("status" in answer) failWith(answer.status);
    }
    const verb = force && grace === 0 ? "force deleted" : "deleted";
    io.out(
      args.text("output") === "name"
        ? `${info.kind.toLowerCase()}/${name}\n`
        : `${info.kind.toLowerCase()} "${name}" ${verb}${info.namespaced ? ` from ${namespace} namespace` : ""}${dryRunSuffix[dry]}\n`,
    );
  }
  if (args.text("wait") !== "false" && dry === "none") {
    for (const { info, object } of found.objects)
      yield* until(session, info.kind, object, (now) => now === undefined || now.metadata.uid !== object.metadata.uid);
  }
  return args.on("ignore-not-found") ? 0 : reportAll(session, found.missing);
}

/** Waits until the object (undefined: it is gone) is as wanted. */
function* until(
  { client }: Session,
  kind: string,
  { metadata }: ApiObject,
  right: (now: ApiObject | undefined) => boolean,
): Task<true> {
  const changed = new Signal<void>();
  const stop = client.watch(kind, ({ object }) => {
    if (object.metadata.name === metadata.name && object.metadata.namespace === metadata.namespace) changed.fire();
  });
  try {
    while (!right(client.get(kind, metadata.namespace, metadata.name!))) yield* wait(changed.asWait());
    return true;
  } finally {
    stop();
  }
}

export function* waitFor(session: Session): Task<number> {
  const { args, io } = session;
  const goal = args.text("for");
  if (!goal) return fail('required flag(s) "for" not set');
  const right = conditionOf(goal);
  const timeout = parseDuration(args.text("timeout") ?? "30s");
  if (timeout === undefined)
    return fail(
      `invalid argument "${args.text("timeout")}" for "--timeout" flag: time: invalid duration "${args.text("timeout")}"`,
    );
  if (args.words.length === 0) fail("resource(s) were provided, but no name was specified");
  const { objects, missing, named } = findObjects(session, args.words);
  if (objects.length === 0 && !named) fail("no matching resources found");
  if (goal.toLowerCase() === "delete" && objects.length === 0) return 0;
  const began = session.client.now();
  let failed = false;
  for (const { info, object } of objects) {
    const left = Math.max(0, (timeout < 0 ? 7 * 86_400_000 : timeout) - (session.client.now() - began));
    const test = (now: ApiObject | undefined) => right(now, object);
    const met =
      test(session.client.get(info.kind, object.metadata.namespace, object.metadata.name!)) ||
      (left > 0 && (yield* withTimeout(left, until(session, info.kind, object, test))));
    if (met) io.out(`${info.kind.toLowerCase()}/${object.metadata.name} condition met\n`);
    else {
      io.err(
        timeout === 0
          ? `error: condition not met for ${resourceName(info, object.metadata.name!)}\n`
          : `error: timed out waiting for the condition on ${resourceName(info, object.metadata.name!)}\n`,
      );
      failed = true;
    }
  }
  return (goal.toLowerCase() === "delete" ? 0 : reportAll(session, missing)) || (failed ? 1 : 0);
}

function conditionOf(goal: string): (now: ApiObject | undefined, was: ApiObject) => boolean {
  if (goal.toLowerCase() === "delete") return (now, was) => !now || now.metadata.uid !== was.metadata.uid;
  if (goal.toLowerCase() === "create") return (now) => now !== undefined;
  const condition = /^condition=([^=]+)(?:=(.*))?$/s.exec(goal);
  if (condition) {
    const [, type, status = "true"] = condition;
    return (now) => {
      const { conditions = [] } = (now?.status ?? {}) as { conditions?: { type: string; status: string }[] };
      return conditions.some(
        (c) => c.type.toLowerCase() === type!.toLowerCase() && c.status.toLowerCase() === status.toLowerCase(),
      );
    };
  }
  const jsonPath = /^jsonpath=(\{[^}]*\}|[^=]+)(?:=(.*))?$/s.exec(goal);
  if (jsonPath) {
    const path = parseJsonPath(relaxed(jsonPath[1]!.replace(/^'|'$/g, "")));
    const wanted = jsonPath[2];
    return (now) =>
      now !== undefined && valuesAt(path, now).some((value) => wanted === undefined || valueText(value) === wanted);
  }
  return fail(`unrecognized condition: "${goal}"`);
}

export function* run(session: Session): Task<number> {
  const { args, client, io, namespace } = session;
  if (!args.has("image")) fail('required flag(s) "image" not set');
  const image = args.text("image")!;
  if (image === "") fail("--image is required");
  const [name, ...rest] = args.words;
  if (!name) return fail("NAME is required for run");
  const restartPolicy = args.text("restart") ?? "Always";
  if (!["Always", "OnFailure", "Never"].includes(restartPolicy))
    throw new Failure(`error: invalid restart policy: ${restartPolicy}\nSee 'kubectl run -h' for help and examples`);
  const labels = args.has("labels")
    ? Object.fromEntries(args.all("labels").map((pair) => pair.split("=", 2) as [string, string]))
    : { run: name };
  const env = args
    .all("env")
    .map((pair) => ({ name: pair.slice(0, pair.indexOf("=")), value: pair.slice(pair.indexOf("=") + 1) }));
  const port = args.number("port");
  const document = {
    kind: "Pod",
    apiVersion: "v1",
    metadata: {
      name,
      ...(args.has("namespace") && { namespace }),
      labels,
      ...(args.has("annotations") && {
        annotations: Object.fromEntries(args.all("annotations").map((pair) => pair.split("=", 2) as [string, string])),
      }),
    },
    spec: {
      containers: [
        {
          name,
          image,
          ...(rest.length > 0 && { [args.on("command") ? "command" : "args"]: rest }),
          ...(port !== undefined && { ports: [{ containerPort: port }] }),
          ...(env.length > 0 && { env }),
          resources: {},
          ...(args.has("image-pull-policy") && { imagePullPolicy: args.text("image-pull-policy") }),
          ...(args.on("stdin") && { stdin: true, stdinOnce: true }),
          ...(args.on("tty") && { tty: true }),
        },
      ],
      restartPolicy,
      dnsPolicy: "ClusterFirst",
    },
    status: {},
  };
  const dry = dryRunOf(session);
  const print = printerOf(session, dry === "client");
  let pod = document as unknown as ApiObject;
  if (dry !== "client")
    pod = accepted(
      session,
      client.create({ ...document, metadata: { ...document.metadata, namespace } }, { dryRun: dry === "server" }),
    );
  const attached = args.on("stdin") || args.on("attach");
  if (!attached || dry !== "none") {
    io.out(print ? print([pod], false) : `pod/${name} created${dryRunSuffix[dry]}\n`);
    return 0;
  }
  yield* until(session, "Pod", pod, (now) => !now || (now.status as Pod["status"]).phase !== "Pending");
  const running = client.get("Pod", namespace, name);
  if (args.on("stdin")) io.err("If you don't see a command prompt, try pressing enter.\n");
  if (running) io.out(client.logs(asPod(running), name, {}) ?? "");
  if (running) yield* follow(session, [{ pod: asPod(running), container: name }], { timestamps: false });
  yield* withTimeout(
    60_000,
    until(
      session,
      "Pod",
      pod,
      (now) => !now || ["Succeeded", "Failed"].includes((now.status as Pod["status"]).phase ?? ""),
    ),
  );
  const ended = client.get("Pod", namespace, name);
  const exitCode = ended ? (asPod(ended).status.containerStatuses?.[0]?.state?.terminated?.exitCode ?? 0) : 0;
  if (args.on("rm")) {
    client.delete("Pod", namespace, name);
    io.out(`pod "${name}" deleted from ${namespace} namespace\n`);
    yield* until(session, "Pod", pod, (now) => !now);
  }
  return restartPolicy === "Never" ? exitCode : 0;
}
