/** `kubectl label` and `kubectl annotate`: `key=value` sets, `key-` takes away. */
import type { Task } from "../time/task.ts";
import type { ApiObject } from "./client.ts";
import { fail } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { printerOf } from "./output.ts";
import { objectName } from "./resourceTypes.ts";
import {
  accepted,
  chosenObjects,
  type DryRun,
  dryRunOf,
  dryRunSuffix,
  fileFlags,
  outputFlags,
  resourceFlags,
  type Session,
  visit,
  withoutManagedFields,
  writeFlags,
} from "./session.ts";

export const keyValueFlags: FlagTable = {
  ...resourceFlags,
  ...fileFlags,
  ...outputFlags,
  ...writeFlags,
  all: { type: "bool" },
  overwrite: { type: "bool" },
  list: { type: "bool" },
  local: { type: "bool" },
  "resource-version": { type: "string" },
};

interface Style {
  readonly field: "labels" | "annotations";
  readonly noun: "label" | "annotation";
  parse(pairs: readonly string[]): Changes;
  /** Undefined: nothing is overwritten. */
  clash(old: Readonly<Record<string, string>>, set: Readonly<Record<string, string>>): string | undefined;
  done(added: boolean, removed: boolean): string;
}

interface Changes {
  readonly set: Readonly<Record<string, string>>;
  readonly removed: readonly string[];
}

const labelStyle: Style = {
  field: "labels",
  noun: "label",
  parse(pairs) {
    const set: Record<string, string> = {};
    const removed: string[] = [];
    for (const pair of pairs) {
      if (pair.includes("=")) {
        const parts = pair.split("=");
        if (parts.length !== 2) return fail(`invalid label spec: ${pair}`);
        const fault = labelValueFault(parts[1]!);
        if (fault) return fail(`invalid label value: ${JSON.stringify(pair)}: ${fault}`);
        set[parts[0]!] = parts[1]!;
      } else removed.push(pair.slice(0, -1));
    }
    if (removed.some((key) => key in set)) return fail("can not both modify and remove a label in the same command");
    return { set, removed };
  },
  clash(old, set) {
    const taken = Object.keys(set).filter((key) => old[key] !== undefined && old[key] !== set[key]);
    const texts = taken.map((key) => `'${key}' already has a value (${old[key]}), and --overwrite is false`);
    return texts.length > 1 ? `[${texts.join(", ")}]` : texts[0];
  },
  done: (added, removed) => (added && removed ? "modified" : added ? "labeled" : removed ? "unlabeled" : "not labeled"),
};

const annotationStyle: Style = {
  field: "annotations",
  noun: "annotation",
  parse(pairs) {
    const set: Record<string, string> = {};
    const removed: string[] = [];
    const wrong: string[] = [];
    for (const pair of pairs) {
      const at = pair.indexOf("=");
      if (at > 0) set[pair.slice(0, at)] = pair.slice(at + 1);
      else if (at < 0 && pair.endsWith("-")) removed.push(pair.slice(0, -1));
      else wrong.push(pair);
    }
    if (wrong.length > 0) return fail(`invalid annotation format: ${wrong.join(", ")}`);
    const both = removed.filter((key) => key in set);
    if (both.length > 0)
      return fail(`can not both modify and remove the following annotation(s) in the same command: ${both.join(", ")}`);
    return { set, removed };
  },
  clash(old, set) {
    const taken = Object.keys(set).filter(
      (key) => key !== "kubernetes.io/change-cause" && old[key] !== undefined && old[key] !== set[key],
    );
    if (taken.length === 0) return undefined;
    return `--overwrite is false but found the following declared annotation(s): ${taken.map((key) => `'${key}' already has a value (${old[key]})`).join("; ")}`;
  },
  done: () => "annotated",
};

export const label = keyValueCommand(labelStyle);
export const annotate = keyValueCommand(annotationStyle);

function keyValueCommand(style: Style) {
  return function* (session: Session): Task<number> {
    const { args } = session;
    const { noun } = style;
    const { resources, pairs } = resourcesAndPairs(args.words, noun);
    const changes = style.parse(pairs);
    if (args.on("list") && args.has("output")) return fail("--list and --output may not be specified together");
    if (args.on("all") && args.text("selector")) return fail("cannot set --all and --selector at the same time");
    if (args.on("all") && args.text("field-selector"))
      return fail("cannot set --all and --field-selector at the same time");
    const dry = dryRunOf(session);
    if (args.on("local") && dry === "server")
      return fail("cannot specify --local and --dry-run=server - did you mean --dry-run=client?");
    if (resources.length === 0 && !args.has("filename"))
      return fail("one or more resources must be specified as <resource> <name> or <resource>/<name>");
    if (pairs.length === 0 && !args.on("list")) return fail(`at least one ${noun} update is required`);
    const found = chosenObjects(session, resources);
    const single = found.named && found.infos.length === 1;
    const print = printerOf(session);
    return visit(session, found, ({ info, object }) => {
      const { name } = object.metadata;
      const old = object.metadata[style.field] ?? {};
      if (args.on("list")) {
        const group = info.apiVersion.includes("/") ? info.apiVersion.split("/")[0] : "";
        const title = single ? "" : `Listing ${style.field} for ${info.kind}.${group}/${name}:\n`;
        const lines = Object.entries(old).map(([key, value]) => `${single ? "" : " "}${key}=${value}\n`);
        session.io.out(title + lines.join(""));
        return;
      }
      if (dry !== "client" && style.field === "labels")
        for (const key of changes.removed)
          if (!(key in old)) session.io.out(`${noun} ${JSON.stringify(key)} not found.\n`);
      const clash = args.on("overwrite") ? undefined : style.clash(old, changes.set);
      if (clash) fail(clash);
      const added = Object.entries(changes.set).some(([key, value]) => old[key] !== value);
      const removed = changes.removed.some((key) => key in old);
      const after = changed(session, style, object, changes, dry, added || removed);
      session.io.out(
        print
          ? print([withoutManagedFields(after)], false)
          : `${objectName(info, name!)} ${style.done(added, removed)}${dryRunSuffix[dry]}\n`,
      );
    });
  };
}

function changed(
  session: Session,
  { field }: Style,
  object: ApiObject,
  { set, removed }: Changes,
  dry: DryRun,
  differs: boolean,
): ApiObject {
  const { kind, metadata } = object;
  if (dry === "client" || session.args.on("local")) {
    const values = { ...metadata[field], ...set };
    for (const key of removed) delete values[key];
    return { ...object, metadata: { ...metadata, [field]: values } };
  }
  if (!differs) return object;
  const wanted = { ...set, ...Object.fromEntries(removed.map((key) => [key, null])) };
  const options = { dryRun: dry === "server" };
  return accepted(
    session,
    session.client.patch(kind, metadata.namespace, metadata.name!, { metadata: { [field]: wanted } }, "merge", options),
  );
}

/** cmd/util: GetResourcesAndPairs. */
function resourcesAndPairs(words: readonly string[], noun: string): { resources: string[]; pairs: string[] } {
  const isPair = (word: string) =>
    (word.includes("=") && !word.startsWith("=")) || (word.endsWith("-") && word !== "-");
  const first = words.findIndex(isPair);
  if (first < 0) return { resources: [...words], pairs: [] };
  const late = words.slice(first).find((word) => !isPair(word));
  if (late !== undefined) return fail(`all resources must be specified before ${noun} changes: ${late}`);
  return { resources: words.slice(0, first), pairs: words.slice(first) };
}

/** apimachinery: IsValidLabelValue. */
export function labelValueFault(value: string): string | undefined {
  if (value.length > 63) return "must be no more than 63 bytes";
  if (value === "" || /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(value)) return undefined;
  return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
}
