/** One run of the command: its arguments, where it writes, the cluster; and what many commands do with them. */
import { findKind, type KindInfo } from "../cluster/api/kinds.ts";
import { notFound, type Status, statusText, statusTextAmongOthers } from "../cluster/api/status.ts";
import { readManifest } from "../manifest/readManifest.ts";
import type { Answer, ApiClient, ApiObject, KubectlIo } from "./client.ts";
import { fail, Failure } from "./failure.ts";
import type { Arguments, FlagTable } from "./flags.ts";
import { findResource, resourceNamed } from "./resourceTypes.ts";
import { selectorMatcher } from "./selectors.ts";

export interface Session {
  readonly args: Arguments;
  readonly io: KubectlIo;
  readonly client: ApiClient;
  /** The namespace of `-n`, else `default`. */
  readonly namespace: string;
}

export const resourceFlags: FlagTable = {
  selector: { short: "l", type: "string" },
  "field-selector": { type: "string" },
  "all-namespaces": { short: "A", type: "bool" },
};
export const fileFlags: FlagTable = {
  filename: { short: "f", type: "list" },
  kustomize: { short: "k", type: "string" },
  recursive: { short: "R", type: "bool" },
  validate: { type: "string", alone: "strict" },
};
export const outputFlags: FlagTable = {
  output: { short: "o", type: "string" },
  template: { type: "string" },
  "show-managed-fields": { type: "bool" },
  "allow-missing-template-keys": { type: "bool" },
};
export const writeFlags: FlagTable = {
  "dry-run": { type: "string", alone: "unchanged" },
  "field-manager": { type: "string" },
};

/** A document of `-f`, or an object named on the command line. */
export interface FileObject {
  readonly file: string;
  readonly document: Record<string, unknown>;
  readonly info: KindInfo;
  readonly name: string;
  readonly namespace: string | undefined;
}

/** Reads every `-f`. Faults of a document end the command; `doing` is in the message of no objects. */
export function readFiles({ args, io, namespace }: Session, command: string): FileObject[] {
  const files = args.all("filename");
  if (files.length === 0) fail("must specify one of -f and -k");
  const objects: FileObject[] = [];
  for (const file of files) {
    const text = file === "-" ? (io.stdin() ?? "") : io.readFile(file);
    if (text === undefined) fail(`the path "${file}" does not exist`);
    const fileName = file === "-" ? "STDIN" : file;
    const manifest = readManifest(text as string, { fileName });
    if (manifest.error) fail(manifest.error.message);
    const documents = manifest.documents.flatMap(({ value }) => {
      const list = value as { kind?: unknown; items?: unknown } | null;
      return list?.kind === "List" && Array.isArray(list.items) ? (list.items as unknown[]) : [value];
    });
    for (const value of documents) objects.push(fileObject(value, fileName, args, namespace));
  }
  if (objects.length === 0) fail(`no objects passed to ${command}`);
  return objects;
}

function fileObject(value: unknown, file: string, args: Arguments, namespace: string): FileObject {
  const invalid = (why: string) =>
    fail(
      `error validating "${file}": error validating data: ${why}; if you choose to ignore these errors, turn validation off with --validate=false`,
    );
  if (typeof value !== "object" || value === null || Array.isArray(value)) return invalid("invalid object to validate");
  const document = { ...(value as Record<string, unknown>) };
  const missing = ["apiVersion", "kind"].filter((key) => typeof document[key] !== "string" || document[key] === "");
  if (missing.length > 0)
    return invalid(missing.length === 2 ? "[apiVersion not set, kind not set]" : `${missing[0]} not set`);
  const metadata = (document.metadata ?? {}) as Record<string, unknown>;
  const name = typeof metadata.name === "string" ? metadata.name : "";
  const given = typeof metadata.namespace === "string" ? metadata.namespace : "";
  const info = findKind(document.apiVersion as string, document.kind as string);
  if (!info)
    return fail(
      `resource mapping not found for name: "${name}" namespace: "${given}" from "${file}": no matches for kind "${document.kind}" in version "${document.apiVersion}"\nensure CRDs are installed first`,
    );
  if (!info.namespaced) return { file, document, info, name, namespace: undefined };
  if (given && args.has("namespace") && given !== namespace)
    return fail(
      `the namespace from the provided object "${given}" does not match the namespace "${namespace}". You must pass '--namespace=${given}' to perform this operation.`,
    );
  if (typeof document.metadata === "object" || document.metadata === undefined)
    document.metadata = { ...metadata, namespace: given || namespace };
  return { file, document, info, name, namespace: given || namespace };
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
      if (more !== undefined || type === "" || name === "")
        return fail("arguments in resource/name form must have a single resource and name");
      return at(resourceNamed(type), name);
    });
    return { infos: [], targets };
  }
  const infos = first.split(",").filter(Boolean).map(resourceNamed);
  return { infos, targets: infos.flatMap((info) => names.map((name) => at(info, name))) };
}

/** The objects meant by words, -l, --field-selector, --all, -A; what is missing is told apart. */
export function findObjects(
  session: Session,
  words: readonly string[],
): { objects: Found[]; missing: Status[]; named: boolean; infos: KindInfo[] } {
  const { args, client, namespace } = session;
  const { infos, targets } = namedTargets(words, namespace);
  if (targets.length > 0) {
    if (args.text("selector")) fail("name cannot be provided when a selector is specified");
    if (args.on("all-namespaces")) fail("a resource cannot be retrieved by name across all namespaces");
    const objects: Found[] = [];
    const missing: Status[] = [];
    for (const { info, name, namespace } of targets) {
      const object = client.get(info.kind, namespace, name);
      if (object) objects.push({ info, object });
      else missing.push(notFound(info.kind, name));
    }
    return { objects, missing, named: true, infos: targets.map(({ info }) => info) };
  }
  const labels = args.text("selector") ?? "";
  const fields = args.text("field-selector") ?? "";
  const objects = infos.flatMap((info) => {
    const matches = selectorMatcher(info, labels, fields);
    return client
      .list(info.kind, info.namespaced && !args.on("all-namespaces") ? namespace : undefined)
      .filter(matches)
      .map((object) => ({ info, object }));
  });
  return { objects, missing: [], named: false, infos };
}

export interface Found {
  readonly info: KindInfo;
  readonly object: ApiObject;
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
  if ("status" in answer) throw new Failure(statusText(answer.status, doing));
  for (const warning of answer.warnings) io.err(`Warning: ${warning}\n`);
  return answer.object;
}

/** Several refusals, each on its line; the exit code. */
export function reportAll({ io }: Session, statuses: readonly Status[]): number {
  for (const status of statuses)
    io.err(`${statuses.length > 1 ? statusTextAmongOthers(status) : statusText(status)}\n`);
  return statuses.length > 0 ? 1 : 0;
}

export type DryRun = "none" | "client" | "server";

export function dryRunOf({ args, io }: Session): DryRun {
  const value = args.text("dry-run") ?? "none";
  if (value === "none" || value === "client" || value === "server") return value;
  if (value === "unchanged" || value === "true") {
    io.err(
      `W ${value === "unchanged" ? "--dry-run" : "--dry-run=true"} is deprecated and can be replaced with --dry-run=client.\n`.slice(
        2,
      ),
    );
    return "client";
  }
  if (value === "false") return "none";
  return fail(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
}

export const dryRunSuffix: Readonly<Record<DryRun, string>> = {
  none: "",
  client: " (dry run)",
  server: " (server dry run)",
};

/** `5s`, `1m30s`, `2h`: ms. Undefined: no duration. */
export function parseDuration(text: string): number | undefined {
  if (/^[-+]?0$/.test(text)) return 0;
  const match = /^([-+]?)((?:\d+(?:\.\d*)?|\.\d+)(?:h|ms|m|s|us|ns))+$/.exec(text);
  if (!match) return undefined;
  const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 1e-3, ns: 1e-6 };
  let ms = 0;
  for (const [, digits, unit] of text.matchAll(/([\d.]+)(h|ms|m|s|us|ns)/g)) ms += Number(digits) * units[unit!]!;
  return match[1] === "-" ? -ms : ms;
}
