/** One run of the command: its arguments, where it writes, the cluster; and what many commands do with them. */
import { findKind, type KindInfo, kindNamed, notSimulated } from "../cluster/api/kinds.ts";
import { notFound } from "../cluster/api/status.ts";
import { manifestItems } from "../cluster/api/manifestItems.ts";
import type { Answer, ApiClient, ApiObject, KubectlIo } from "./client.ts";
import { attempt, fail, Failure, failureOf, reportFailures } from "./failure.ts";
import { parseDuration } from "./duration.ts";
import type { Arguments, FlagTable } from "./flags.ts";
import { klogLine } from "./klog.ts";
import type { KubeConfig } from "./kubeconfig.ts";
import { categoryAll, findResource, resourceNamed } from "./resourceTypes.ts";
import { selectorMatcher } from "./selectors.ts";

export interface Session {
  readonly args: Arguments;
  readonly io: KubectlIo;
  readonly client: ApiClient;
  /** `kubectl create secret` */
  readonly path: string;
  /** The namespace of `-n`, else the context's, else `default`. */
  readonly namespace: string;
  readonly config: KubeConfig;
}

const bool = { type: "bool" } as const;
const text = { type: "string" } as const;

export const resourceFlags: FlagTable = {
  selector: { short: "l", type: "string" },
  "field-selector": text,
  "all-namespaces": { short: "A", type: "bool" },
};
export const fileFlags: FlagTable = {
  filename: { short: "f", type: "list" },
  kustomize: { short: "k", type: "string" },
  recursive: { short: "R", type: "bool" },
};
export const outputFlags: FlagTable = {
  output: { short: "o", type: "string" },
  template: text,
  "show-managed-fields": bool,
  "allow-missing-template-keys": { type: "bool", usual: "true" },
};
export const writeFlags: FlagTable = {
  "dry-run": { type: "string", alone: "unchanged", usual: "none" },
  "field-manager": text,
};
export const validateFlags: FlagTable = { validate: { type: "string", alone: "strict", usual: "strict" } };

/** `error: …` and where the command's help is (cmd/util: UsageErrorf). */
export function usageError({ path }: { readonly path: string }, why: string): never {
  throw new Failure(`error: ${why}\nSee '${path} -h' for help and examples`);
}

/** A document of `-f`, or an object named on the command line. */
export interface FileObject {
  readonly file: string;
  readonly document: Record<string, unknown>;
  readonly info: KindInfo;
  readonly name: string;
  readonly namespace: string | undefined;
}

/** Reads every `-f` in order; what cannot be sent is a failure in its place. `command` is in the message of no objects. */
export function readFiles(session: Session, command?: string): (FileObject | Failure)[] {
  const { args } = session;
  if (args.has("kustomize")) fail("kustomizations are not simulated: give the manifests themselves with -f");
  const found: (FileObject | Failure)[] = [];
  for (const path of args.all("filename").flatMap((file) => filesOf(session, file)))
    for (const item of itemsOf(session, path)) found.push(item);
  if (found.length === 0 && command) fail(`no objects passed to ${command}`);
  return found;
}

/** A folder stands for the manifests in it. */
function filesOf({ io, args }: Session, file: string, top = true): string[] {
  if (file === "-") return [file];
  if (/^https?:\/\//.test(file)) return fail(`unable to read URL "${file}": the Internet cannot be reached from here`);
  const names = io.readFile(file) === undefined ? io.listFolder?.(file) : undefined;
  if (!names) return [file];
  const found = names.flatMap((name) => {
    const path = `${file.replace(/\/$/, "")}/${name}`;
    if (io.readFile(path) === undefined && io.listFolder?.(path))
      return args.on("recursive") ? filesOf({ io, args } as Session, path, false) : [];
    return /\.(json|ya?ml)$/.test(name) ? [path] : [];
  });
  if (found.length === 0 && top) fail(`error reading [${file}]: recognized file extensions are [.json .yaml .yml]`);
  return found;
}

function itemsOf(session: Session, path: string): (FileObject | Failure)[] {
  const { io, args, namespace } = session;
  const content = path === "-" ? (io.stdin() ?? "") : io.readFile(path);
  if (content === undefined) return fail(`the path "${path}" does not exist`);
  const file = path === "-" ? "STDIN" : path;
  return manifestItems(content, file).map((item) => {
    if ("refusal" in item) return new Failure(`error: ${item.refusal}`);
    const { info, name, value } = item;
    const document = { ...value };
    if (!info.namespaced) return { file, document, info, name, namespace: undefined };
    const given = item.namespace;
    if (given && args.has("namespace") && given !== namespace)
      return new Failure(
        `error: the namespace from the provided object "${given}" does not match the namespace "${namespace}". You must pass '--namespace=${given}' to perform this operation.`,
      );
    const { metadata } = value as { metadata?: Record<string, unknown> };
    if (metadata === undefined || (typeof metadata === "object" && metadata !== null && !Array.isArray(metadata)))
      Object.assign(document, { metadata: { ...metadata, namespace: given ?? namespace } });
    return { file, document, info, name, namespace: given ?? namespace };
  });
}

/** Kinds that are known and not simulated can be looked for, not made. */
export function refuseUnlessSimulated(info: KindInfo): void {
  if (!info.simulated) fail(notSimulated(info));
}

export interface Target {
  readonly info: KindInfo;
  readonly name: string;
  readonly namespace: string | undefined;
}

/** `pod web`, `pod/web svc/db`, `pods`: which types and names are meant. Names empty: all of the types. */
export function namedTargets(words: readonly string[], namespace: string): { infos: KindInfo[]; targets: Target[] } {
  const [first = "", ...names] = words;
  const at = (info: KindInfo, name: string): Target => ({
    info,
    name,
    namespace: info.namespaced ? namespace : undefined,
  });
  if (words.some((word) => word.includes("/"))) {
    const targets = words.map((word) => {
      const [type = "", name = "", more] = word.split("/");
      if (!word.includes("/"))
        return fail(
          "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
        );
      if (more !== undefined) return fail("arguments in resource/name form may not have more than one slash");
      if (type === "" || name === "" || type.includes(","))
        return fail("arguments in resource/name form must have a single resource and name");
      return at(resourceNamed(type), name);
    });
    return { infos: [], targets };
  }
  // `all` is a category: several types at once.
  const infos = first
    .split(",")
    .filter(Boolean)
    .flatMap((word) => (word === "all" ? categoryAll.map((kind) => kindNamed(kind)!) : [resourceNamed(word)]));
  return { infos, targets: infos.flatMap((info) => names.map((name) => at(info, name))) };
}

export interface Found {
  readonly info: KindInfo;
  readonly object: ApiObject;
  /** Of `-f`: its name and what it says. */
  readonly file?: FileObject;
}

export interface FoundObjects {
  readonly objects: Found[];
  /** In the order asked for: what is missing, and files that cannot be read. */
  readonly missing: Failure[];
  /** Asked for by name or by file, so that nothing found is an error. */
  readonly named: boolean;
  readonly infos: KindInfo[];
}

/** The objects meant by words, `-f`, -l, --field-selector, -A; what is missing is told apart. */
/** The server's answer to every request for them (since v1.33). */
const endpointsWarning = "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\n";

export function findObjects(session: Session, words: readonly string[] = session.args.words): FoundObjects {
  const { args, client, io, namespace } = session;
  if (args.has("filename") || args.has("kustomize")) return objectsOfFiles(session, words);
  const { infos, targets } = namedTargets(words, namespace);
  if ([...infos, ...targets.map(({ info }) => info)].some(({ kind }) => kind === "Endpoints")) io.err(endpointsWarning);
  const labels = args.text("selector") ?? "";
  const fields = args.text("field-selector") ?? "";
  if (targets.length > 0) {
    if (labels || fields) fail("name cannot be provided when a selector is specified");
    if (args.on("all-namespaces")) fail("a resource cannot be retrieved by name across all namespaces");
    const objects: Found[] = [];
    const missing: Failure[] = [];
    for (const { info, name, namespace } of targets) {
      const object = client.get(info.kind, namespace, name);
      if (object) objects.push({ info, object });
      else missing.push(failureOf(notFound(info.kind, name)));
    }
    return { objects, missing, named: true, infos: targets.map(({ info }) => info) };
  }
  const objects = infos.flatMap((info) => {
    const matches = selectorMatcher(info, labels, fields);
    return client
      .list(info.kind, info.namespaced && !args.on("all-namespaces") ? namespace : undefined)
      .filter(matches)
      .map((object) => ({ info, object }));
  });
  return { objects, missing: [], named: false, infos };
}

function objectsOfFiles(session: Session, words: readonly string[]): FoundObjects {
  if (words.length > 0)
    fail("when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well");
  const objects: Found[] = [];
  const missing: Failure[] = [];
  const infos: KindInfo[] = [];
  for (const file of readFiles(session)) {
    if (file instanceof Failure) {
      missing.push(file);
      continue;
    }
    const { info, name, namespace } = file;
    const object = session.client.get(info.kind, namespace, name);
    infos.push(info);
    if (object) objects.push({ info, object, file });
    else missing.push(failureOf(notFound(info.kind, name)));
  }
  return { objects, missing, named: true, infos };
}

/** kubectl's words when neither a resource nor a file is given (cli-runtime: resource/builder.go). */
export const noResources =
  "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

/** As findObjects, for commands that will not act on all objects of a type unless told so. */
export function chosenObjects(session: Session, words: readonly string[] = session.args.words): FoundObjects {
  const { args, namespace } = session;
  if (!args.has("filename") && !args.has("kustomize")) {
    if (words.length === 0) fail(noResources);
    const chosen = args.on("all") || args.text("selector") || args.text("field-selector");
    if (!chosen && namedTargets(words, namespace).targets.length === 0)
      fail("resource(s) were provided, but no name was specified");
    if (args.on("all") && namedTargets(words, namespace).targets.length > 0)
      fail("name cannot be provided when a selector is specified");
  }
  return findObjects(session, words);
}

/** Acts on each object; failures are printed at the end, those of missing objects last. The exit code. */
export function visit(
  session: Session,
  found: Pick<FoundObjects, "objects" | "missing">,
  act: (found: Found) => void,
): number {
  const failures: Failure[] = [];
  for (const one of found.objects) {
    const result = attempt(() => act(one));
    if ("failure" in result) failures.push(result.failure);
  }
  return reportFailures(session.io, [...failures, ...found.missing]);
}

export function kindOf(object: ApiObject): KindInfo {
  return (
    findKind(object.apiVersion, object.kind) ??
    findResource(object.kind) ??
    fail(`no matches for kind "${object.kind}"`)
  );
}

/** The object of a write; warnings go to stderr; a refusal ends the command. */
export function accepted({ io }: Session, answer: Answer, doing?: string): ApiObject {
  if ("status" in answer) throw failureOf(answer.status, doing);
  for (const warning of answer.warnings) io.err(`Warning: ${warning}\n`);
  return answer.object;
}

export type DryRun = "none" | "client" | "server";

/** cmd/util/helpers.go: GetDryRunStrategy. Its warnings are said once a command, so commands ask once. */
export function dryRunOf({ args, io, client }: Session): DryRun {
  const value = args.text("dry-run") ?? "none";
  const warn = (line: number, used: string, better: string) =>
    io.err(
      klogLine(
        "W",
        client.now(),
        `helpers.go:${line}`,
        `${used} is deprecated${used === "--dry-run" ? "" : " (boolean value)"} and can be replaced with --dry-run=${better}.`,
      ),
    );
  if (value === "none" || value === "client" || value === "server") return value;
  if (value === "unchanged") {
    warn(714, "--dry-run", "client");
    return "client";
  }
  if (/^(1|t|T|true|TRUE|True)$/.test(value)) {
    warn(728, `--dry-run=${value}`, "client");
    return "client";
  }
  if (/^(0|f|F|false|FALSE|False)$/.test(value)) {
    warn(731, `--dry-run=${value}`, "none");
    return "none";
  }
  return fail(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
}

export const dryRunSuffix: Readonly<Record<DryRun, string>> = {
  none: "",
  client: " (dry run)",
  server: " (server dry run)",
};

/** Without managedFields, which kubectl hides unless asked. */
export function withoutManagedFields(object: ApiObject): ApiObject {
  const { managedFields: _, ...metadata } = object.metadata as ApiObject["metadata"] & { managedFields?: unknown };
  return { ...object, metadata } as ApiObject;
}

/** `--request-timeout` in ms; without one a request may take for ever (client-go: tools/clientcmd/helpers.go, ParseTimeout). */
export function requestTimeout({ args }: Session): number {
  const text = args.text("request-timeout") ?? "0";
  const ms = /^[-+]?\d+$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (ms === undefined)
    return fail(
      "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)",
    );
  return ms > 0 ? ms : Number.POSITIVE_INFINITY;
}
