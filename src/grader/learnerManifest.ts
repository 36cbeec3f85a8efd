/** The learner's YAML: its documents as data, with the place of every field. What is wrong with it is a value. */
import { positionOfField } from "../manifest/fieldPath.ts";
import { type ManifestDocument, type ManifestError, type Path, readManifest } from "../manifest/readManifest.ts";
import { type Keys, sayPath } from "./fieldPath.ts";
import type { Finding, Place } from "./types.ts";

const maxBytes = 256 * 1024;
const maxDocuments = 20;

/** Kinds that hold a Pod template, and where. */
const templates: Record<string, string> = {
  Deployment: "spec.template",
  ReplicaSet: "spec.template",
  ReplicationController: "spec.template",
  StatefulSet: "spec.template",
  DaemonSet: "spec.template",
  Job: "spec.template",
  CronJob: "spec.jobTemplate.spec.template",
};

export interface LearnerManifest {
  /** The Pod first. */
  readonly documents: readonly unknown[];
  /** Place of the value at `keys` of document `index`, or of the nearest thing above it that is there. */
  place(index: number, keys: Keys): Place | undefined;
  /** The same for a path in the server's words: `spec.containers[0].resources.limits[cpu]`. */
  placeOfField(index: number, field: string): Place | undefined;
}

/** One object of the file: a document, or an item of a document that is a List. */
interface Part {
  readonly value: unknown;
  readonly document: ManifestDocument;
  readonly path: Path;
}

/** `allowed`: kinds that may stand beside the Pod. */
export function readLearnerManifest(
  text: string,
  allowed: readonly string[],
): LearnerManifest | { readonly fault: Finding } {
  const lines = text.split(/\r?\n/);
  const { documents, error } = readManifest(text, { fileName: "", maxBytes });
  if (error) return { fault: syntaxFault(error, lines) };
  const parts = documents.flatMap(partsOf);
  if (parts.length === 0)
    return fault("yaml", "a manifest", "the file is empty: it needs apiVersion, kind, metadata and spec");
  if (parts.length > maxDocuments)
    return fault("documents", `at most ${maxDocuments} documents`, `there are ${parts.length}`);
  const placeIn = (part: Part | undefined, keys: Keys) => part && placeOf(part, keys, lines);
  const pod = findPod(parts, allowed, (i) => placeIn(parts[i], ["kind"]));
  if (typeof pod !== "number") return pod;
  const order = [parts[pod]!, ...parts.filter((_, i) => i !== pod)];
  return {
    documents: order.map(({ value }) => value),
    place: (index, keys) => placeIn(order[index] ?? order[0], keys),
    placeOfField: (index, field) => {
      const part = order[index] ?? order[0]!;
      const found = positionOfField(part.document, `${fieldOf(part.path)}${field}`);
      return found && placeIn(part, found.path.slice(part.path.length));
    },
  };
}

function partsOf(document: ManifestDocument): Part[] {
  const value = plainNumbers(document.value);
  const list = value as { kind?: unknown; items?: unknown } | null;
  if (list?.kind === "List" && Array.isArray(list.items))
    return list.items.map((item: unknown, i) => ({ value: item, document, path: ["items", i] }));
  return [{ value, document, path: [] }];
}

/** `items[2].`, or nothing. */
function fieldOf(path: Path): string {
  return path.length > 0 ? `${sayPath(path)}.` : "";
}

/** Numbers that only a bigint holds are rounded: what is graded is written down as JSON. */
function plainNumbers(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plainNumbers);
  if (typeof value !== "object" || value === null) return value;
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value))
    Object.defineProperty(out, key, {
      value: plainNumbers(item),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  return out;
}

/** kubectl's words, then the plain ones. */
function syntaxFault(error: ManifestError, lines: readonly string[]): Finding {
  const { message, advice, position } = error;
  const place = position && { ...position, path: "", text: lines[position.line - 1] ?? "" };
  return {
    expectation: "yaml",
    passed: false,
    expected: "a file that kubectl can read",
    when: "",
    actual: message.replace(/^error parsing : /, ""),
    say: advice,
    ...(place ? { place } : {}),
  };
}

/** Which part is the Pod, or why that cannot be said. */
function findPod(
  parts: readonly Part[],
  allowed: readonly string[],
  kindPlace: (index: number) => Place | undefined,
): number | { fault: Finding } {
  const kinds = parts.map(({ value }) => (value as { kind?: unknown } | null)?.kind);
  for (const [i, kind] of kinds.entries()) {
    const template = typeof kind === "string" && Object.hasOwn(templates, kind) ? templates[kind] : undefined;
    if (template && !allowed.includes(kind as string))
      return fault(
        "documents",
        "a Pod",
        `kind ${String(kind)} is not simulated; its Pod template is at ${template}`,
        kindPlace(i),
      );
  }
  if (parts.length === 1) return 0;
  const pods = kinds.flatMap((kind, i) => (kind === "Pod" ? i : []));
  const other = kinds.findIndex((kind) => kind !== "Pod" && !allowed.includes(String(kind)));
  const wanted = allowed.length > 0 ? `one Pod, and ${allowed.join(", ")} beside it` : "one document, a Pod";
  if (other >= 0)
    return fault(
      "documents",
      wanted,
      `document ${other + 1} is of kind ${String(kinds[other] ?? "nothing")}`,
      kindPlace(other),
    );
  if (pods.length !== 1)
    return fault(
      "documents",
      wanted,
      `there are ${pods.length} Pods`,
      pods[1] === undefined ? undefined : kindPlace(pods[1]),
    );
  return pods[0]!;
}

/** Where a key and its value stand; for something that is missing, where its parent does. */
function placeOf({ document, path }: Part, keys: Keys, lines: readonly string[]): Place | undefined {
  for (let length = keys.length; length >= 0; length--) {
    const found = keys.slice(0, length);
    const position = document.positionOf([...path, ...found]);
    if (position) return { ...position, path: sayPath(found), text: lines[position.line - 1] ?? "" };
  }
  return undefined;
}

function fault(expectation: string, expected: string, actual: string, place?: Place): { fault: Finding } {
  return { fault: { expectation, passed: false, expected, when: "", actual, ...(place ? { place } : {}) } };
}
