/**
 * What `kubectl create -f` and `kubectl apply -f` do with a manifest's text: reading, kubectl's own checks, sending, and
 * the lines it prints. The same for every way in: a learner's file, the shell's kubectl, a scenario.
 */
import { type ManifestDocument, type ManifestError, type Path, readManifest } from "../../manifest/readManifest.ts";
import { goJson } from "../validation/fieldError.ts";
import { copyOf } from "./copy.ts";
import { byBytes, type DecodeFault, decodeObject, decodeStruct } from "./decode.ts";
import { findKind, type KindInfo, notSimulated } from "./kinds.ts";
import type { ApiObject } from "./object.ts";
import { type Status, statusText, statusTextAmongOthers } from "./status.ts";

/** One object of a manifest, or why kubectl will not send it. */
export type ManifestItem = { readonly document?: ManifestDocument; readonly path: Path } & (
  | {
      readonly value: Record<string, unknown>;
      readonly info: KindInfo;
      readonly name: string;
      readonly namespace: string | undefined;
    }
  | { readonly refusal: string; readonly error?: ManifestError }
);

export interface SubmitOptions {
  readonly text: string;
  readonly fileName: string;
  readonly verb: "create" | "apply";
  /** `--dry-run=server`: everything is checked, nothing is stored. */
  readonly dryRun?: boolean;
  /** Of objects that name none; a different one in the manifest is refused when `requireNamespace` is set (`-n` was given). */
  readonly namespace?: string;
  readonly requireNamespace?: boolean;
  readonly server: Server;
}

/** What is asked of the API server; ApiServer has it. */
export interface Server {
  get(kind: string, namespace: string | undefined, name: string): ApiObject | undefined;
  create(
    object: ApiObject,
    options: { dryRun?: boolean },
  ): { readonly object: ApiObject; readonly warnings: readonly string[] } | { readonly status: Status };
  /** For `apply` on what is there: the words after `pod/web `, or a refusal. */
  applyExisting?(
    object: Record<string, unknown>,
    existing: ApiObject,
    dryRun: boolean,
  ): { readonly object: ApiObject; readonly outcome: "configured" | "unchanged" } | { readonly error: string };
}

/** One object's fate, for those who explain it. */
export interface Submitted {
  readonly item: ManifestItem;
  readonly object?: ApiObject;
  readonly status?: Status;
  readonly fault?: DecodeFault;
}

export interface SubmitResult {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly objects: readonly ApiObject[];
  readonly submitted: readonly Submitted[];
}

export function submitText(options: SubmitOptions): SubmitResult {
  const { verb, fileName, dryRun = false } = options;
  const submitted: Submitted[] = [];
  const failures: Failure[] = [];
  const warnings: string[] = [];
  let stdout = "";
  for (const item of manifestItems(options.text, fileName)) {
    const result = "refusal" in item ? { failure: { text: item.refusal } } : submitOne(item, options);
    submitted.push({
      item,
      ...("result" in result
        ? { object: result.result.object }
        : result.failure.status
          ? { status: result.failure.status, ...(result.failure.fault ? { fault: result.failure.fault } : {}) }
          : {}),
    });
    if ("failure" in result) failures.push(result.failure);
    else {
      warnings.push(...result.result.warnings);
      stdout += `${result.result.line}${dryRun ? " (server dry run)" : ""}\n`;
    }
  }
  if (submitted.length === 0) failures.push({ text: `no objects passed to ${verb}` });
  const stderr = warnings.map((warning) => `Warning: ${warning}\n`).join("") + failureText(failures);
  return {
    exit: failures.length > 0 ? 1 : 0,
    stdout,
    stderr,
    objects: submitted.flatMap(({ object }) => (object ? [object] : [])),
    submitted,
  };
}

/** A refusal of kubectl's own (`text`), or of the server's. */
interface Failure {
  readonly text?: string;
  readonly status?: Status;
  readonly fault?: DecodeFault;
  readonly doing?: string;
}

/** One failure has a form of its own; several are listed (kubectl: pkg/cmd/util/helpers.go). */
function failureText(failures: readonly Failure[]): string {
  const [first] = failures;
  if (!first) return "";
  if (failures.length === 1)
    return `${first.status ? statusText(first.status, first.doing) : withError(first.text!)}\n`;
  return failures
    .map(({ text, status, doing }) => `${status ? statusTextAmongOthers(status, doing) : text}\n`)
    .join("");
}

function withError(text: string): string {
  return text.startsWith("error: ") ? text : `error: ${text}`;
}

type Sendable = Extract<ManifestItem, { value: unknown }>;
type One = { result: { line: string; object: ApiObject; warnings: readonly string[] } } | { failure: Failure };

function submitOne(item: Sendable, options: SubmitOptions): One {
  const { verb, fileName, dryRun = false, server } = options;
  const { info, name } = item;
  const given = item.namespace;
  const namespace = info.namespaced ? (given ?? options.namespace ?? "default") : undefined;
  if (info.namespaced && options.requireNamespace && given !== undefined && given !== options.namespace)
    return {
      failure: {
        text: `the namespace from the provided object "${given}" does not match the namespace "${options.namespace}". You must pass '--namespace=${given}' to perform this operation.`,
      },
    };
  if (!info.simulated) return { failure: { text: notSimulated(info) } };
  const value = withNamespace(item.value, namespace);
  const generateName = metadataOf(value).generateName;
  if (verb === "apply") {
    if (!name && typeof generateName === "string" && generateName !== "")
      return { failure: { text: `from ${generateName}: cannot use generate name with apply` } };
    if (!name) return { failure: { text: namelessApply(info, namespace, fileName) } };
    const existing = server.get(info.kind, namespace, name);
    if (existing && server.applyExisting) {
      const applied = server.applyExisting(value, existing, dryRun);
      if ("error" in applied) return { failure: { text: applied.error } };
      return { result: { line: `${nameOf(info, name)} ${applied.outcome}`, object: applied.object, warnings: [] } };
    }
  }
  const sent = verb === "apply" ? withLastApplied(value) : value;
  const doing = `error when creating "${fileName}"`;
  const decoded = decodeObject(sent);
  if ("status" in decoded)
    return { failure: { status: decoded.status, doing, ...(decoded.fault ? { fault: decoded.fault } : {}) } };
  const created = server.create(decoded.object, { dryRun });
  if ("status" in created) return { failure: { status: created.status, doing } };
  return {
    result: {
      line: `${nameOf(info, created.object.metadata.name ?? "")} created`,
      object: created.object,
      warnings: created.warnings,
    },
  };
}

/** `pod/web`, `priorityclass.scheduling.k8s.io/high` */
export function nameOf(info: KindInfo, name: string): string {
  const group = info.apiVersion.includes("/") ? `.${info.apiVersion.split("/")[0]}` : "";
  return `${info.kind.toLowerCase()}${group}/${name}`;
}

function namelessApply(info: KindInfo, namespace: string | undefined, fileName: string): string {
  const [group, version] = info.apiVersion.includes("/") ? info.apiVersion.split("/") : ["", info.apiVersion];
  return `error when retrieving current configuration of:\nResource: "${group}/${version}, Resource=${info.resource}", GroupVersionKind: "${group}/${version}, Kind=${info.kind}"\nName: "", Namespace: "${namespace ?? ""}"\nfrom server for: "${fileName}": resource name may not be empty`;
}

/** The objects of a manifest in order, lists taken apart; a fault in the text ends it. */
export function manifestItems(text: string, fileName: string): ManifestItem[] {
  const { documents, error } = readManifest(text, { fileName });
  const items = documents.flatMap((document) => itemsOf(document.value, document, [], fileName));
  if (error) items.push({ refusal: error.message, error, path: [] });
  return items;
}

/** What kubectl says of one document before it sends anything, without the newline at the end; undefined: it would send it. */
export function kubectlRefusal(value: unknown, fileName = "pod.yaml"): string | undefined {
  for (const item of itemsOf(value, undefined, [], fileName)) if ("refusal" in item) return withError(item.refusal);
  return undefined;
}

const VALIDATION_OFF = "if you choose to ignore these errors, turn validation off with --validate=false";

function itemsOf(value: unknown, document: ManifestDocument | undefined, path: Path, fileName: string): ManifestItem[] {
  const at = { ...(document ? { document } : {}), path };
  const refuse = (refusal: string): ManifestItem[] => [{ refusal, ...at }];
  const invalidData = (why: string) =>
    refuse(`error validating "${fileName}": error validating data: ${why}; ${VALIDATION_OFF}`);
  if (!isRecord(value)) return invalidData("invalid object to validate");
  const missing = typeFaults(value);
  if (missing.length > 0) return invalidData(missing.length === 1 ? missing[0]! : `[${missing.join(", ")}]`);
  const { apiVersion, kind } = value as { apiVersion: string; kind: string };
  if (kind === "") return refuse(`unable to decode "${fileName}": Object 'Kind' is missing in '${sortedJson(value)}'`);
  if (isList(value)) {
    const items = (value.items as unknown[] | null | undefined) ?? [];
    return items.flatMap((item, i) => itemsOf(item, document, [...path, "items", i], fileName));
  }
  // kubectl reads the metadata of each document as the server will.
  const metadata = value.metadata;
  if (path.length === 0 && metadata !== undefined) {
    const fault = metadataFault(metadata);
    if (fault) return refuse(`unable to decode "${fileName}": ${fault}`);
  }
  const { name, namespace } = isRecord(metadata) ? (metadata as { name?: string; namespace?: string }) : {};
  const info = findKind(apiVersion, kind);
  if (!info) {
    const from = `resource mapping not found for name: ${JSON.stringify(name ?? "")} namespace: ${JSON.stringify(namespace ?? "")} from ${JSON.stringify(fileName)}`;
    return refuse(
      `${from}: no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}\nensure CRDs are installed first`,
    );
  }
  return [{ value, info, name: name ?? "", namespace: namespace || undefined, ...at }];
}

function typeFaults({ apiVersion, kind }: Record<string, unknown>): string[] {
  const faults: string[] = [];
  for (const [name, value] of [
    ["apiVersion", apiVersion],
    ["kind", kind],
  ] as const) {
    if (value === undefined || value === null) faults.push(`${name} not set`);
    else if (typeof value !== "string") faults.push(`${name} isn't string type`);
    else if (name === "apiVersion" && value.split("/").length > 2)
      faults.push(`unexpected GroupVersion string: ${value}`);
  }
  return faults;
}

function isList(value: Record<string, unknown>): boolean {
  return Array.isArray(value.items) && /List$/.test(value.kind as string);
}

function metadataFault(metadata: unknown): string | undefined {
  const decoded = decodeStruct("ObjectMeta", metadata, "metadata", ["metadata"], "metadataOnlyObject");
  return "fault" in decoded && decoded.fault.kind !== "unknown" ? decoded.fault.message : undefined;
}

function metadataOf(value: Record<string, unknown>): Record<string, unknown> {
  return isRecord(value.metadata) ? value.metadata : {};
}

function withNamespace(value: Record<string, unknown>, namespace: string | undefined): Record<string, unknown> {
  if (namespace === undefined) return value;
  const metadata = value.metadata;
  if (metadata !== undefined && metadata !== null && !isRecord(metadata)) return value;
  return { ...value, metadata: { ...metadata, namespace } };
}

export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** The annotation from which the next apply learns what was removed. */
export function withLastApplied(value: Record<string, unknown>): Record<string, unknown> {
  const metadata = metadataOf(value);
  const { [LAST_APPLIED]: _, ...annotations } = isRecord(metadata.annotations) ? metadata.annotations : {};
  const applied = copyOf({ ...value, metadata: { ...metadata, annotations } });
  return {
    ...value,
    metadata: { ...metadata, annotations: { ...annotations, [LAST_APPLIED]: `${sortedJson(applied)}\n` } },
  };
}

/** Go's JSON: keys in order, `<`, `>` and `&` escaped. */
export function sortedJson(value: unknown): string {
  return goJson(sorted(value));
}

function sorted(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort(byBytes)
      .map((key) => [key, sorted(value[key])]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
