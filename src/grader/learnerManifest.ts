/** The learner's YAML: its documents as data, with the place of every field. What is wrong with it is a value. */
import { type Document, isMap, isNode, isScalar, LineCounter, parseAllDocuments } from "yaml";
import type { Keys } from "./fieldPath.ts";
import { sayPath } from "./fieldPath.ts";
import type { Finding, Place } from "./types.ts";

const maxCharacters = 256 * 1024;
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
}

/** `allowed`: kinds that may stand beside the Pod. */
export function readLearnerManifest(
  text: string,
  allowed: readonly string[],
): LearnerManifest | { readonly fault: Finding } {
  if (text.length > maxCharacters)
    return fault("yaml", "a manifest of at most 256 KiB", `it has ${Math.round(text.length / 1024)} KiB`);
  const counter = new LineCounter();
  const lines = text.split(/\r?\n/);
  const at = (offset: number, keys: Keys, endOffset?: number): Place => {
    const { line, col } = counter.linePos(offset);
    const end = endOffset === undefined ? undefined : counter.linePos(endOffset);
    return {
      line,
      column: col,
      ...(end ? { endLine: end.line, endColumn: end.col } : {}),
      path: sayPath(keys),
      text: lines[line - 1] ?? "",
    };
  };
  const parsed = parseAllDocuments(text, { lineCounter: counter, merge: true, logLevel: "error" });
  const documents = (Array.isArray(parsed) ? parsed : []).filter(
    (document) => document.contents !== null || document.errors.length > 0,
  );
  for (const document of documents) {
    const [error] = document.errors;
    if (!error) continue;
    return fault(
      "yaml",
      "YAML",
      plainYamlError(error.message, lines, counter.linePos(error.pos[0]).line),
      at(error.pos[0], []),
    );
  }
  if (documents.length === 0)
    return fault("yaml", "a manifest", "the file is empty: it needs apiVersion, kind, metadata and spec");
  if (documents.length > maxDocuments)
    return fault("documents", `at most ${maxDocuments} documents`, `there are ${documents.length}`);
  const values: unknown[] = [];
  for (const document of documents) {
    try {
      const value: unknown = document.toJS({ maxAliasCount: 100 });
      // An alias inside its own anchor makes a ring, which no JSON can be; this throws on one.
      JSON.stringify(value);
      values.push(value);
    } catch (error) {
      return fault("yaml", "YAML without endless aliases", (error as Error).message.split("\n")[0]!, at(0, []));
    }
  }
  const kinds = values.map((value) => (value as { kind?: unknown } | null)?.kind);
  const kindPlace = (i: number) => placeOf(documents[i]!, ["kind"], at);
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
  let pod = 0;
  if (values.length > 1) {
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
    pod = pods[0]!;
  }
  const order = [pod, ...values.keys()].filter((index, i, all) => all.indexOf(index) === i);
  return {
    documents: order.map((index) => values[index]),
    place: (index, keys) => {
      const document = documents[order[index] ?? 0];
      return document && placeOf(document, keys, at);
    },
  };
}

type PlaceAt = (offset: number, keys: Keys, endOffset?: number) => Place;

/** Where a key and its value stand; for something that is missing, where its parent does. */
function placeOf(document: Document, keys: Keys, at: PlaceAt): Place | undefined {
  for (let length = keys.length; length >= 0; length--) {
    const path = keys.slice(0, length);
    const node = length === 0 ? document.contents : document.getIn(path, true);
    if (!isNode(node) || !node.range) continue;
    const parent =
      length === 0 ? undefined : length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1)) : undefined;
    const start = isNode(pair?.key) && pair.key.range ? pair.key.range[0] : node.range[0];
    return at(start, path, node.range[1]);
  }
  return undefined;
}

function fault(expectation: string, expected: string, actual: string, place?: Place): { fault: Finding } {
  return { fault: { expectation, passed: false, expected, when: "", actual, ...(place ? { place } : {}) } };
}

/** The parser's words and, for the two mistakes that people make most, what to do. */
function plainYamlError(message: string, lines: readonly string[], line: number): string {
  const first = message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, "");
  const text = lines[line - 1] ?? "";
  if (/^\s*\t/.test(text)) return `${first}; YAML is indented with spaces, this line begins with a tab`;
  if (/nested mappings|implicit key|Implicit map/i.test(first) || /:\S*.*: /.test(text))
    return `${first}; a text with ": " in it needs quotes, and fields of one object the same indentation`;
  return first;
}
