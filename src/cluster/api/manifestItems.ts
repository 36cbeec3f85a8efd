/**
 * The objects of a manifest as kubectl would send them, or its own words for not sending them: the same for every way in,
 * a learner's file, the shell's kubectl, a scenario.
 */
import { type ManifestDocument, type ManifestError, type Path, readManifest } from "../../manifest/readManifest.ts";
import { goJson } from "../validation/fieldError.ts";
import { copyOf } from "./copy.ts";
import { byBytes, decodeStruct } from "./decode.ts";
import { findKind, type KindInfo } from "./kinds.ts";

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

function withError(text: string): string {
  return text.startsWith("error: ") ? text : `error: ${text}`;
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
