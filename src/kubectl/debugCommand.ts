/** `kubectl debug`: an ephemeral container in a Pod, a changed copy of a Pod, or a Pod that looks at a node. */
import type { Container, EnvVar, Pod } from "../cluster/api/types.ts";
import { readManifest } from "../manifest/readManifest.ts";
import type { Task } from "../time/task.ts";
import type { ApiObject } from "./client.ts";
import { profiles, secure, trimCopy } from "./debugProfiles.ts";
import { attachTo } from "./execCommands.ts";
import { attempt, fail, Failure, reportFailures } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { show } from "./logsCommand.ts";
import { asPod } from "./podNamed.ts";
import { imageReference } from "./runCommand.ts";
import { accepted, type Found, findObjects, namedTargets, type Session } from "./session.ts";
import { threeWayPatch } from "./threeWayPatch.ts";
import { until } from "./until.ts";

const text = { type: "string" } as const;
const bool = { type: "bool" } as const;

export const debugFlags: FlagTable = {
  "arguments-only": bool,
  attach: bool,
  container: { short: "c", type: "string" },
  "copy-to": text,
  custom: text,
  env: { type: "list" },
  filename: { short: "f", type: "list" },
  image: text,
  "image-pull-policy": text,
  "keep-annotations": bool,
  "keep-init-containers": { type: "bool", usual: "true" },
  "keep-labels": bool,
  "keep-liveness": bool,
  "keep-readiness": bool,
  "keep-startup": bool,
  profile: { type: "string", usual: "general" },
  quiet: { short: "q", type: "bool" },
  replace: bool,
  "same-node": bool,
  "set-image": { type: "list" },
  "share-processes": { type: "bool", usual: "true" },
  stdin: { short: "i", type: "bool" },
  target: text,
  tty: { short: "t", type: "bool" },
};

interface Made {
  readonly namespace: string;
  readonly pod: string;
  /** Empty: nothing to attach to. */
  readonly container: string;
}

export function* debug(session: Session): Task<number> {
  const { args, io } = session;
  const names = args.dash < 0 ? args.words : args.words.slice(0, args.dash);
  const command = args.dash < 0 ? [] : args.words.slice(args.dash);
  const profile = args.text("profile") || "general";
  if (!profiles[profile]) return fail(`unknown profile: ${profile}`);
  validate(session, names, command);
  const target = args.text("target");
  if (target && !args.on("quiet"))
    io.out(
      `Targeting container "${target}". If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
    );
  if (args.on("tty") && !args.on("stdin")) return fail("-i/--stdin is required for containers with -t/--tty=true");
  if (profile === "legacy")
    io.err(
      '--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for example "--profile=general".\n',
    );
  const { objects, missing } = found(session, names);
  const failures = [...missing];
  for (const one of objects) {
    const made = attempt(() => debugOne(session, one, command, profile));
    if ("failure" in made) {
      failures.push(made.failure);
      continue;
    }
    const attaches = args.has("attach") ? args.on("attach") : args.on("stdin");
    if (!attaches || made.value.container === "") continue;
    const ended = yield* attachWhenRunning(session, made.value);
    if (ended) failures.push(ended);
  }
  return reportFailures(io, failures);
}

function found(session: Session, names: readonly string[]): { objects: Found[]; missing: Failure[] } {
  if (session.args.has("filename")) return findObjects(session, names);
  const words = names.every((name) => name.includes("/")) ? names : ["pods", ...names];
  const { targets } = namedTargets(words, session.namespace);
  return findObjects(
    session,
    targets.map(({ info, name }) => `${info.resource}/${name}`),
  );
}

function validate({ args }: Session, names: readonly string[], command: readonly string[]): void {
  const image = args.text("image") ?? "";
  const copyTo = args.text("copy-to");
  if (args.on("attach") && image === "" && !args.text("container"))
    fail("you must specify --container or create a new container using --image in order to attach.");
  if (copyTo) {
    if (image === "" && !args.has("set-image") && command.length === 0)
      fail("you must specify --image, --set-image or command arguments.");
    if (command.length > 0 && !args.text("container") && image === "")
      fail("you must specify an existing container or a new image when specifying args.");
  } else {
    for (const flag of ["replace", "same-node", "set-image"])
      if (flag === "set-image" ? args.has(flag) : args.on(flag)) fail(`--${flag} may only be used with --copy-to.`);
    if (image === "") fail("you must specify --image when not using --copy-to.");
  }
  if (image !== "" && !imageReference.test(image)) fail(`invalid image name "${image}": invalid reference format`);
  if (names.length === 0 && !args.has("filename")) fail("NAME or filename is required for debug");
  const pull = args.text("image-pull-policy") ?? "";
  if (!["", "Always", "IfNotPresent", "Never"].includes(pull)) fail(`invalid image pull policy: ${pull}`);
  for (const [name, changed] of pairs(args.all("set-image")))
    if (!imageReference.test(changed))
      fail(`invalid image name "${changed}" for container "${name}": invalid reference format`);
  if (args.text("target") && copyTo) fail("--target is incompatible with --copy-to. Use --share-processes instead.");
}

function pairs(words: readonly string[]): [string, string][] {
  return words.map((word) => {
    const at = word.indexOf("=");
    return at < 0 ? fail(`${word} must be formatted as key=value`) : [word.slice(0, at), word.slice(at + 1)];
  });
}

function debugOne(session: Session, { info, object }: Found, command: readonly string[], profile: string): Made {
  if (info.kind === "Node") return onNode(session, object, command, profile);
  if (info.kind !== "Pod")
    return fail(
      `"${info.apiVersion.includes("/") ? info.apiVersion : `/${info.apiVersion}`}, Kind=${info.kind}" not supported by debug`,
    );
  return session.args.text("copy-to")
    ? inCopy(session, asPod(object), command, profile)
    : ephemeral(session, asPod(object), command, profile);
}

/** What the flags say of the container itself. */
function containerFields({ args }: Session, command: readonly string[]): Partial<Container> {
  const env: EnvVar[] = pairs(args.all("env")).map(([name, value]) => ({ name, value }));
  const pull = args.text("image-pull-policy");
  return {
    ...(env.length > 0 && { env }),
    ...(args.text("image") && { image: args.text("image")! }),
    ...(pull && { imagePullPolicy: pull as Container["imagePullPolicy"] }),
    ...(command.length > 0 && { [args.on("arguments-only") ? "args" : "command"]: [...command] }),
    ...(args.on("stdin") && { stdin: true }),
    ...(args.on("tty") && { tty: true }),
  } as Partial<Container>;
}

function ephemeral(session: Session, pod: Pod, command: readonly string[], profile: string): Made {
  const { args, client } = session;
  const { namespace = "", name = "" } = pod.metadata as { namespace?: string; name?: string };
  const container = newContainerName(session, pod);
  const target = args.text("target");
  const added = customised(session, {
    name: container,
    ...containerFields(session, command),
    terminationMessagePolicy: "File",
    ...(target && { targetContainerName: target }),
  } as Container);
  secure(added, profiles[profile]!, "ephemeral");
  const changed = structuredCopy(pod);
  changed.spec.ephemeralContainers = [...(pod.spec.ephemeralContainers ?? []), added] as never;
  const patch = threeWayPatch(pod as never, changed as never, pod as never, "Pod");
  accepted(session, client.patch("Pod", namespace, name, patch, "strategic", { subresource: "ephemeralcontainers" }));
  return { namespace, pod: name, container };
}

function inCopy(session: Session, pod: Pod, command: readonly string[], profile: string): Made {
  const { args } = session;
  const namespace = pod.metadata.namespace ?? session.namespace;
  const copy = structuredCopy(pod);
  const { labels, annotations } = copy.metadata;
  const name = args.text("copy-to")!;
  copy.metadata = {
    name,
    namespace,
    ...(annotations && { annotations }),
    ...(labels && { labels }),
  } as Pod["metadata"];
  delete copy.spec.ephemeralContainers;
  if (args.has("share-processes")) copy.spec.shareProcessNamespace = args.on("share-processes");
  if (!args.on("same-node")) delete copy.spec.nodeName;
  const images = new Map(pairs(args.all("set-image")));
  for (const container of copy.spec.containers) {
    const image = images.get(container.name) ?? images.get("*");
    if (image) container.image = image;
  }
  let container = copy.spec.containers.find((one) => one.name === args.text("container"));
  if (!container && !args.text("image")) {
    if (images.size === 0) return fail("you must specify image when creating new container");
    create(session, copy, pod);
    return { namespace, pod: name, container: "" };
  }
  if (!container) {
    container = { name: newContainerName(session, copy), terminationMessagePolicy: "File" } as Container;
    copy.spec.containers.push(container);
  }
  if (command.length > 0 && !args.on("arguments-only")) delete container.args;
  container.stdin = false;
  container.tty = false;
  Object.assign(container, customised(session, { ...container, ...containerFields(session, command) } as Container));
  if (!container.stdin) delete container.stdin;
  if (!container.tty) delete container.tty;
  const kept = (flag: string, usual: boolean) => (args.has(flag) ? args.on(flag) : usual);
  trimCopy(copy, profiles[profile]!, {
    labels: kept("keep-labels", false),
    annotations: kept("keep-annotations", false),
    liveness: kept("keep-liveness", false),
    readiness: kept("keep-readiness", false),
    startup: kept("keep-startup", false),
    initContainers: kept("keep-init-containers", true),
  });
  secure(container, profiles[profile]!, "copy");
  create(session, copy, pod);
  return { namespace, pod: name, container: container.name };
}

function create(session: Session, copy: Pod, original: Pod): void {
  const { client, args } = session;
  const { namespace, name } = original.metadata;
  const { status: _, ...document } = copy as unknown as Record<string, unknown>;
  accepted(session, client.create({ ...document, kind: "Pod", apiVersion: "v1" }));
  if (args.on("replace")) client.delete("Pod", namespace, name!);
}

function onNode(session: Session, node: ApiObject, command: readonly string[], profile: string): Made {
  const { args, client, io, namespace } = session;
  const nodeName = node.metadata.name!;
  const container = args.text("container") || "debugger";
  const name = `node-debugger-${nodeName}-${suffix(session, nodeName)}`;
  if (!args.on("quiet")) io.out(`Creating debugging pod ${name} with container ${container} on node ${nodeName}.\n`);
  const { hostNamespaces, hostFiles } = profiles[profile]!;
  const one = customised(session, {
    name: container,
    ...containerFields(session, command),
    terminationMessagePolicy: "File",
    ...(hostFiles && { volumeMounts: [{ mountPath: "/host", name: "host-root" }] }),
  } as Container);
  secure(one, profiles[profile]!, "node");
  accepted(
    session,
    client.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace, labels: { "app.kubernetes.io/managed-by": "kubectl-debug" } },
      spec: {
        containers: [one],
        nodeName,
        restartPolicy: "Never",
        tolerations: [{ operator: "Exists" }],
        ...(hostFiles && { volumes: [{ name: "host-root", hostPath: { path: "/" } }] }),
        ...(hostNamespaces && { hostNetwork: true, hostPID: true, hostIPC: true }),
      },
    }),
  );
  return { namespace, pod: name, container };
}

/** `--custom`: a part of a container that is laid over the one made. */
function customised({ args, io }: Session, container: Container): Container {
  const path = args.text("custom");
  if (!path) return container;
  const content =
    io.readFile(path) ??
    fail(`must pass a container spec json file for custom profile: open ${path}: no such file or directory`);
  const { documents, error } = readManifest(content, { fileName: path });
  if (error) return fail(`${path} does not contain a valid container spec: ${error.problem}`);
  const custom = (documents[0]?.value ?? {}) as Partial<Container> & { volumeDevices?: unknown };
  if (custom.name || custom.command || custom.image || custom.lifecycle || custom.volumeDevices)
    return fail("name, command, image, lifecycle and volume devices are not modifiable via custom profile");
  return { ...container, ...custom };
}

function newContainerName(session: Session, { metadata, spec }: Pod): string {
  const { args, io } = session;
  const given = args.text("container");
  if (given) return given;
  const taken = new Set(
    [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].map(({ name }) => name),
  );
  let name = "";
  for (let attempt = 0; name === "" || taken.has(name); attempt++)
    name = `debugger-${suffix(session, `${metadata.name}/${taken.size + attempt}`)}`;
  if (!args.on("quiet")) io.out(`Defaulting debug container name to ${name}.\n`);
  return name;
}

/** Five letters as Kubernetes draws them, drawn from the time and the name so that a run can be repeated. */
function suffix({ client }: Session, seed: string): string {
  const alphabet = "bcdfghjklmnpqrstvwxz2456789";
  let state = 2166136261;
  for (const c of `${client.now()}/${seed}`) state = Math.imul(state ^ c.charCodeAt(0), 16777619) >>> 0;
  let letters = "";
  for (let i = 0; i < 5; i++) {
    state = (Math.imul(state ^ (state >>> 13), 0x5bd1e995) + i) >>> 0;
    letters += alphabet[state % alphabet.length];
  }
  return letters;
}

function structuredCopy(pod: Pod): Pod {
  return JSON.parse(JSON.stringify(pod)) as Pod;
}

function* attachWhenRunning(session: Session, { namespace, pod, container }: Made): Task<Failure | undefined> {
  const { client, io } = session;
  const stateOf = (object: ApiObject | undefined) => {
    const { status } = (object ?? { status: {} }) as unknown as Pod;
    const all = [...(status.containerStatuses ?? []), ...(status.ephemeralContainerStatuses ?? [])];
    return all.find(({ name }) => name === container)?.state;
  };
  const begun = (object: ApiObject | undefined) =>
    !object || !!stateOf(object)?.running || !!stateOf(object)?.terminated;
  yield* until(session, "Pod", { metadata: { name: pod, namespace } }, begun);
  const object = client.get("Pod", namespace, pod);
  if (!object) return new Failure(`Error from server (NotFound): pods "${pod}" not found`);
  const now = asPod(object);
  const all = { previous: false, timestamps: false, tail: -1 };
  if (stateOf(object)?.terminated) {
    show(session, { pod: now, container }, all, false);
    return undefined;
  }
  show(session, { pod: now, container }, all, false);
  const error = yield* attachTo(session, now, container, "kubectl attach");
  if (error === undefined) return undefined;
  io.err(`warning: couldn't attach to pod/${pod}, falling back to streaming logs: ${error}\n`);
  show(session, { pod: now, container }, all, false);
  return undefined;
}
