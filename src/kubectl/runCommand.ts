/** `kubectl run`. */
import { withLastApplied } from "../cluster/api/manifestItems.ts";
import { applyMergePatch } from "../cluster/patch/mergePatch.ts";
import { applyJsonPatch } from "../cluster/patch/jsonPatch.ts";
import { applyStrategicMerge, type MergeSchema } from "../cluster/patch/strategicMerge.ts";
import { readManifest } from "../manifest/readManifest.ts";
import type { Pod } from "../cluster/api/types.ts";
import { sleep, type Task } from "../time/task.ts";
import type { ApiObject } from "./client.ts";
import { deleteFlags } from "./deleteCommand.ts";
import { attachTo } from "./execCommands.ts";
import { attempt, fail, Failure, reportFailures } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { show } from "./logsCommand.ts";
import { printerOf } from "./output.ts";
import { asPod } from "./podNamed.ts";
import {
  accepted,
  type DryRun,
  dryRunOf,
  dryRunSuffix,
  outputFlags,
  type Session,
  usageError,
  withoutManagedFields,
  writeFlags,
} from "./session.ts";
import { until } from "./until.ts";
import schema from "../../assets/core-v1-schema.json" with { type: "json" };

const bool = { type: "bool" } as const;
const { cascade, force, "grace-period": gracePeriod, timeout, wait } = deleteFlags;

export const runFlags: FlagTable = {
  ...outputFlags,
  ...writeFlags,
  image: { type: "string", required: true },
  annotations: { type: "array" },
  attach: bool,
  command: bool,
  "detach-keys": { type: "string" },
  env: { type: "array" },
  expose: bool,
  "image-pull-policy": { type: "string" },
  labels: { short: "l", type: "string" },
  "leave-stdin-open": bool,
  "override-type": { type: "string", usual: "merge" },
  overrides: { type: "string" },
  "pod-running-timeout": { type: "duration", usual: "1m0s" },
  port: { type: "string" },
  privileged: bool,
  quiet: { short: "q", type: "bool" },
  restart: { type: "string", usual: "Always" },
  rm: bool,
  "save-config": bool,
  stdin: { short: "i", type: "bool" },
  tty: { short: "t", type: "bool" },
  cascade: cascade!,
  force: force!,
  "grace-period": gracePeriod!,
  timeout: timeout!,
  wait: wait!,
  filename: { short: "f", type: "list" },
  kustomize: { short: "k", type: "string" },
  recursive: { short: "R", type: "bool" },
};

/** docker's reference grammar, as far as a name can be told from none. */
export const imageReference =
  /^(?:(?:[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)*(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$/;

export function* run(session: Session): Task<number> {
  const { args, io, client, namespace } = session;
  const wishes = wishesOf(session);
  const { name, restartPolicy, labels, attached, dry } = wishes;
  const print = printerOf(session, dry === "client");
  const created: ApiObject[] = [];
  const failures: Failure[] = [];
  created.push(make(session, overridden(session, podOf(session, wishes)), dry));
  if (args.on("expose")) {
    const service = attempt(() => make(session, serviceOf(session, name, labels), dry));
    if ("value" in service) created.push(service.value);
    else failures.push(service.failure);
  }
  if (attached) return yield* attachAndRemove(session, name, restartPolicy, created);
  for (const object of created) {
    if (print) io.out(print([withoutManagedFields(object)], false));
    else io.out(`${object.kind.toLowerCase()}/${object.metadata.name} created${dryRunSuffix[dry]}\n`);
  }
  return reportFailures(io, failures);

  function podOf(_: Session, { arguments: words, env, annotations, port }: Wishes): Record<string, unknown> {
    return {
      kind: "Pod",
      apiVersion: "v1",
      metadata: {
        name,
        ...(dry !== "client" || args.has("namespace") ? { namespace } : {}),
        labels,
        ...(annotations && { annotations }),
      },
      spec: {
        containers: [
          {
            name,
            image: args.text("image"),
            ...(words.length > 0 && { [args.on("command") ? "command" : "args"]: words }),
            ...(port !== undefined && { ports: [{ containerPort: port }] }),
            ...(env.length > 0 && { env }),
            resources: {},
            ...(args.has("image-pull-policy") && { imagePullPolicy: args.text("image-pull-policy") }),
            ...(args.has("privileged") && { securityContext: { privileged: args.on("privileged") } }),
            ...(args.on("stdin") && { stdin: true, ...(!args.on("leave-stdin-open") && { stdinOnce: true }) }),
            ...(args.on("tty") && { tty: true }),
          },
        ],
        restartPolicy,
        dnsPolicy: "ClusterFirst",
      },
      status: {},
    };
  }

  function make(_: Session, document: Record<string, unknown>, dry: DryRun): ApiObject {
    if (dry === "client") return document as unknown as ApiObject;
    const sent = args.on("save-config") ? withLastApplied(document) : document;
    return accepted(session, client.create(sent, { dryRun: dry === "server" }));
  }
}

interface Wishes {
  readonly name: string;
  readonly arguments: readonly string[];
  readonly labels: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly env: readonly { name: string; value: string }[];
  readonly port?: number;
  readonly restartPolicy: string;
  readonly attached: boolean;
  readonly dry: DryRun;
}

function wishesOf(session: Session): Wishes {
  const { args } = session;
  const pairs = args.all("annotations");
  const wrong = pairs.filter((pair) => pair.indexOf("=") < 1);
  if (wrong.length > 0) fail(`invalid annotations format: ${wrong.join(", ")}`);
  const labels = labelsOf(args.text("labels") ?? "");
  const env = args.all("env").map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1 || !/^[A-Za-z_][\w.-]*$/.test(pair.slice(0, at))) return fail(`invalid env: ${pair}`);
    return { name: pair.slice(0, at), value: pair.slice(at + 1) };
  });
  const restartPolicy = args.text("restart") || "Always";
  if (!["Always", "OnFailure", "Never"].includes(restartPolicy))
    usageError(session, `invalid restart policy: ${restartPolicy}`);
  const pull = args.text("image-pull-policy") ?? "";
  if (!["", "Always", "IfNotPresent", "Never"].includes(pull)) fail(`invalid image pull policy: ${pull}`);
  const interactive = args.on("stdin");
  const attached = args.has("attach") ? args.on("attach") : interactive;
  const dry = dryRunOf(session);
  const [name, ...rest] = args.words;
  if (name === undefined || args.dash === 0) return usageError(session, "NAME is required for run");
  const image = args.text("image") ?? "";
  if (image === "") return fail("--image is required");
  if (!imageReference.test(image)) return fail(`Invalid image name ${JSON.stringify(image)}: invalid reference format`);
  if (args.on("tty") && !interactive) return fail("-i/--stdin is required for containers with -t/--tty=true");
  if (args.on("expose") && !args.text("port")) return fail("--port must be set when exposing a service");
  if (attached && dry !== "none")
    return fail(
      "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
    );
  if (args.on("rm") && !attached) return fail("--rm should only be used for attached containers");
  const port = args.text("port") || undefined;
  if (port !== undefined && !/^\d+$/.test(port))
    return fail(`strconv.ParseInt: parsing ${JSON.stringify(port)}: invalid syntax`);
  return {
    name,
    arguments: rest,
    labels: Object.keys(labels).length > 0 ? labels : { run: name },
    ...(pairs.length > 0 && {
      annotations: Object.fromEntries(
        pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
      ),
    }),
    env,
    ...(port !== undefined && { port: Number(port) }),
    restartPolicy,
    attached,
    dry,
  };
}

/** `a=b,c=d` (generate.ParseLabels). */
function labelsOf(text: string): Record<string, string> {
  if (text === "") return {};
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const parts = pair.split("=");
      if (parts.length !== 2) return fail(`unexpected label spec: ${pair}`);
      if (parts[0] === "") return fail("unexpected empty label key");
      return parts as [string, string];
    }),
  );
}

function serviceOf(
  { args, namespace }: Session,
  name: string,
  labels: Record<string, string>,
): Record<string, unknown> {
  const port = Number(args.text("port"));
  return {
    kind: "Service",
    apiVersion: "v1",
    metadata: { name, ...(args.text("dry-run") !== "client" || args.has("namespace") ? { namespace } : {}) },
    spec: { ports: [{ protocol: "TCP", port, targetPort: port }], selector: labels },
    status: { loadBalancer: {} },
  };
}

/** `--overrides`: a patch on what was made. */
function overridden({ args }: Session, document: Record<string, unknown>): Record<string, unknown> {
  const text = args.text("overrides");
  if (!text) return document;
  const type = args.text("override-type") ?? "merge";
  const { documents, error } = readManifest(text, { fileName: "overrides" });
  if (error) return fail(error.message.replace(/^error parsing overrides: /, ""));
  const patch = documents[0]?.value ?? {};
  if (type === "json") {
    const result = applyJsonPatch(document, JSON.stringify(patch));
    return "value" in result ? (result.value as Record<string, unknown>) : fail(result.error);
  }
  if (type === "strategic") {
    const result = applyStrategicMerge(
      document,
      patch as Record<string, unknown>,
      "Pod",
      schema as unknown as MergeSchema,
    );
    return "value" in result ? (result.value as Record<string, unknown>) : fail(result.error);
  }
  if (type !== "merge") return fail(`invalid override type: ${type}`);
  return applyMergePatch(document, patch) as Record<string, unknown>;
}

function* attachAndRemove(
  session: Session,
  name: string,
  restartPolicy: string,
  created: readonly ApiObject[],
): Task<number> {
  const { args, client, io } = session;
  const ending = yield* attached(session, name, restartPolicy);
  if (args.on("rm"))
    for (const { kind, metadata } of created) {
      const gone = client.delete(kind, metadata.namespace, metadata.name!);
      if (!("status" in gone) && !args.on("quiet"))
        io.out(`${kind.toLowerCase()} "${metadata.name}" deleted from ${metadata.namespace} namespace\n`);
    }
  if (ending instanceof Failure) throw ending;
  return ending;
}

/** The log's request, and the connection through API server, kubelet and runtime. */
const attachMs = 100;

/** Waits for the Pod, shows what it writes, and says how it ended. */
function* attached(session: Session, name: string, restartPolicy: string): Task<number | Failure> {
  const { client, args, namespace, io } = session;
  const end = client.now() + (args.duration("pod-running-timeout") ?? 60_000);
  const place = { metadata: { name, namespace } };
  const phaseOf = (object: ApiObject | undefined) => (object?.status as Pod["status"] | undefined)?.phase;
  const ended = (object: ApiObject | undefined) => ["Succeeded", "Failed"].includes(phaseOf(object) ?? "");
  const begun = (object: ApiObject | undefined) => !object || ended(object) || isReady(asPod(object));
  if (!(yield* until(session, "Pod", place, begun, end)))
    return new Failure("error: timed out waiting for the condition");
  const found = client.get("Pod", namespace, name);
  if (!found) return new Failure(`Error from server (NotFound): pods "${name}" not found`);
  const pod = asPod(found);
  const source = { pod, container: name };
  const all = { previous: false, timestamps: false, tail: -1 };
  if (ended(found)) show(session, source, all, false);
  else {
    const before = attempt(() => show(session, source, all, false));
    if ("failure" in before) io.err(`warning: couldn't fetch pre-attach logs: ${before.failure.amongOthers}\n`);
    // The log that is asked for again begins with the second in which the first part was read.
    const since = Math.floor(client.now() / 1000) * 1000;
    yield* sleep(attachMs);
    const error = yield* attachTo(session, pod, name, "kubectl attach");
    if (error !== undefined) {
      io.err(`warning: couldn't attach to pod/${name}, falling back to streaming logs: ${error}\n`);
      const now = client.get("Pod", namespace, name);
      if (now) show(session, { pod: asPod(now), container: name }, { ...all, sinceMs: client.now() - since }, false);
    }
  }
  if (args.on("leave-stdin-open") || restartPolicy === "Always") return 0;
  const over = (object: ApiObject | undefined) =>
    !object || phaseOf(object) === "Succeeded" || (restartPolicy === "Never" && phaseOf(object) === "Failed");
  if (!(yield* until(session, "Pod", place, over, client.now() + (args.duration("pod-running-timeout") ?? 60_000))))
    return new Failure("error: timed out waiting for the condition");
  const last = client.get("Pod", namespace, name);
  if (!last || phaseOf(last) === "Succeeded") return 0;
  const terminated = asPod(last).status.containerStatuses?.[0]?.state?.terminated;
  if (!terminated || terminated.exitCode === 0)
    return new Failure(`error: pod ${namespace}/${name} failed with unknown exit code`);
  return new Failure(
    `pod ${namespace}/${name} terminated (${terminated.reason ?? ""})\n${terminated.message ?? ""}`.trimEnd(),
    terminated.exitCode,
  );
}

function isReady({ status }: Pod): boolean {
  return (
    status.phase === "Running" && (status.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false)
  );
}
