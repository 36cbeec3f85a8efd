/** `kubectl apply`, `create -f`, `replace`, `patch`, `label`, `annotate`. */
import { notFound } from "../cluster/api/status.ts";
import { readManifest } from "../manifest/readManifest.ts";
import type { Task } from "../time/task.ts";
import type { ApiObject, PatchType } from "./client.ts";
import { fail, Failure, failWith } from "./failure.ts";
import { withoutManagedFields } from "./getCommand.ts";
import { printerOf } from "./output.ts";
import { objectName, resourceName } from "./resourceTypes.ts";
import {
  accepted,
  dryRunOf,
  dryRunSuffix,
  type FileObject,
  findObjects,
  readFiles,
  reportAll,
  type Session,
} from "./session.ts";
import { threeWayPatch } from "./threeWayPatch.ts";
import { sortedCopy } from "./yamlPrinter.ts";

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

export function* apply(session: Session): Task<number> {
  return eachFile(session, "apply", (file) => applyOne(session, file));
}

export function* createFromFiles(session: Session): Task<number> {
  const dry = dryRunOf(session);
  return eachFile(session, "create", (file) => {
    if (dry === "client") return { object: file.document as unknown as ApiObject, verb: "created" };
    const answer = session.client.create(file.document, { dryRun: dry === "server" });
    return { object: accepted(session, answer, `error when creating "${file.file}"`), verb: "created" };
  });
}

export function* replace(session: Session): Task<number> {
  const { client, args } = session;
  const force = args.on("force");
  return eachFile(session, "replace", (file) => {
    const { info, namespace, name, document } = file;
    if (!force && !client.get(info.kind, namespace, name))
      failWith(notFound(info.kind, name), `error when replacing "${file.file}"`);
    if (force) {
      const gone = client.delete(info.kind, namespace, name, { grace: 0 });
      if (!("status" in gone))
        session.io.out(
          `${info.kind.toLowerCase()} "${name}" deleted${namespace ? ` from ${namespace} namespace` : ""}\n`,
        );
    }
    const answer = force
      ? client.create(document)
      : client.replace(document, { dryRun: dryRunOf(session) === "server" });
    return { object: accepted(session, answer, `error when replacing "${file.file}"`), verb: "replaced" };
  });
}

interface Done {
  readonly object: ApiObject;
  readonly verb: string;
}

function eachFile(session: Session, command: string, act: (file: FileObject) => Done): number {
  const { io } = session;
  const print = printerOf(session);
  const suffix = dryRunSuffix[dryRunOf(session)];
  const files = readFiles(session, command);
  const printed: ApiObject[] = [];
  let exitCode = 0;
  for (const file of files) {
    try {
      const { object, verb } = act(file);
      if (!print) io.out(`${objectName(file.info, object.metadata.name ?? file.name)} ${verb}${suffix}\n`);
      else printed.push(withoutManagedFields(object));
    } catch (fault) {
      if (!(fault instanceof Failure)) throw fault;
      io.err(`${fault.message}\n`);
      exitCode = fault.exitCode;
    }
  }
  if (print && printed.length > 0) io.out(print(printed, printed.length > 1));
  return exitCode;
}

function applyOne(session: Session, { file, document, info, name, namespace }: FileObject): Done {
  const { client } = session;
  const dry = dryRunOf(session);
  const metadata = (document.metadata ?? {}) as Record<string, unknown>;
  if (metadata.generateName && !name) fail(`from ${metadata.generateName}: cannot use generate name with apply`);
  const modified = annotated(document);
  const current = client.get(info.kind, namespace, name);
  if (!current) {
    if (dry === "client") return { object: modified as unknown as ApiObject, verb: "created" };
    const object = accepted(
      session,
      client.create(modified, { dryRun: dry === "server" }),
      `error when creating "${file}"`,
    );
    return { object, verb: session.args.on("server-side") ? "serverside-applied" : "created" };
  }
  if (current.metadata.deletionTimestamp)
    session.io.err(`Warning: Detected changes to resource ${name} which is currently being deleted.\n`);
  const before = current.metadata.annotations?.[lastApplied];
  if (before === undefined)
    session.io.err(
      `Warning: resource ${resourceName(info, name)} is missing the ${lastApplied} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
    );
  const patch = threeWayPatch(parsed(before), modified, current as Record<string, unknown>, info.kind);
  if (Object.keys(patch).length === 0) return { object: current, verb: "unchanged" };
  if (dry === "client") return { object: current, verb: "configured" };
  const answer = client.patch(info.kind, namespace, name, patch, "strategic", { dryRun: dry === "server" });
  if ("status" in answer && answer.status.reason !== "Invalid") {
    const head = `error when applying patch:\n${JSON.stringify(sortedCopy(patch))}\nto:\nResource: "${versionText(info.apiVersion)}, Resource=${info.resource}", GroupVersionKind: "${versionText(info.apiVersion)}, Kind=${info.kind}"\nName: "${name}", Namespace: "${namespace ?? ""}"\nfor: "${file}": error when patching "${file}"`;
    failWith(answer.status, head);
  }
  return { object: accepted(session, answer), verb: "configured" };
}

function versionText(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
}

/** The document with itself, as JSON, in the annotation that the next apply will compare with. */
function annotated(document: Record<string, unknown>): Record<string, unknown> {
  const metadata = (document.metadata ?? {}) as Record<string, unknown>;
  const { [lastApplied]: _, ...annotations } = (metadata.annotations ?? {}) as Record<string, unknown>;
  const plain = { ...document, metadata: { ...metadata, annotations } };
  const text = `${JSON.stringify(sortedCopy(plain))}\n`;
  return { ...plain, metadata: { ...metadata, annotations: { ...annotations, [lastApplied]: text } } };
}

function parsed(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

export function* patch(session: Session): Task<number> {
  const { args, client, io } = session;
  const type = args.text("type") ?? "strategic";
  if (!["strategic", "merge", "json"].includes(type))
    fail(`--type must be one of [json merge strategic], not "${type}"`);
  const file = args.text("patch-file");
  const text = args.text("patch") ?? (file === undefined ? undefined : io.readFile(file));
  if (text === undefined) return fail("must specify --patch or --patch-file containing the contents of the patch");
  const manifest = readManifest(text, { fileName: "patch" });
  if (manifest.error)
    fail(
      `unable to parse "${text}": ${manifest.error.message.replace(/^error parsing patch: (error converting YAML to JSON: )?/, "")}`,
    );
  const body = manifest.documents[0]?.value ?? {};
  const print = printerOf(session);
  const { objects, missing } = findObjects(session, args.words);
  for (const { info, object } of objects) {
    const { name, namespace } = object.metadata;
    const subresource = args.text("subresource") as "status" | "resize" | undefined;
    const after = accepted(
      session,
      client.patch(info.kind, namespace, name!, body, type as PatchType, {
        dryRun: dryRunOf(session) === "server",
        ...(subresource && { subresource }),
      }),
    );
    const same = after.metadata.resourceVersion === object.metadata.resourceVersion;
    io.out(
      print
        ? print([withoutManagedFields(after)], false)
        : `${objectName(info, name!)} patched${same ? " (no change)" : ""}${dryRunSuffix[dryRunOf(session)]}\n`,
    );
  }
  return reportAll(session, missing);
}

/** `kubectl label` and `kubectl annotate`: `key=value` sets, `key-` takes away. */
export function keyValueCommand(field: "labels" | "annotations", verb: string, noun: string) {
  return function* (session: Session): Task<number> {
    const { args, client, io } = session;
    const from = args.words.findIndex((word) => word.includes("=") || /^[^/]+(\/[^/]+)?-$/.test(word));
    const words = from < 0 ? args.words : args.words.slice(0, from);
    const changes = from < 0 ? [] : args.words.slice(from);
    if (words.length === 0) fail("resource(s) were provided, but no name was specified");
    if (changes.length === 0 && !args.on("list")) fail(`at least one ${noun} update is required`);
    const wanted: Record<string, string | null> = {};
    for (const change of changes) {
      const at = change.indexOf("=");
      if (at >= 0) wanted[change.slice(0, at)] = change.slice(at + 1);
      else if (change.endsWith("-")) wanted[change.slice(0, -1)] = null;
      else fail(`unrecognized ${noun}: ${change}`);
    }
    const byName = words.length > 1 || words.some((word) => word.includes("/"));
    if (!byName && !args.on("all") && !args.text("selector") && !args.text("field-selector"))
      fail("resource(s) were provided, but no name was specified");
    const { objects, missing } = findObjects(session, words);
    const print = printerOf(session);
    let exitCode = 0;
    for (const { info, object } of objects) {
      const { name, namespace } = object.metadata;
      const old = object.metadata[field] ?? {};
      if (args.on("list")) {
        io.out(
          Object.entries(old)
            .map(([key, value]) => `${key}=${value}\n`)
            .join(""),
        );
        continue;
      }
      const clash = Object.entries(wanted).find(
        ([key, value]) => value !== null && old[key] !== undefined && old[key] !== value,
      );
      if (clash && !args.on("overwrite")) {
        io.err(`error: '${clash[0]}' already has a value (${old[clash[0]]}), and --overwrite is false\n`);
        exitCode = 1;
        continue;
      }
      for (const [key, value] of Object.entries(wanted))
        if (value === null && !(key in old)) io.out(`${noun} "${key}" not found.\n`);
      const changed = Object.entries(wanted).some(([key, value]) => (value === null ? key in old : old[key] !== value));
      const removed = Object.values(wanted).every((value) => value === null);
      const dry = dryRunOf(session);
      let after = object;
      if (changed && dry !== "client")
        after = accepted(
          session,
          client.patch(info.kind, namespace, name!, { metadata: { [field]: wanted } }, "merge", {
            dryRun: dry === "server",
          }),
        );
      const done = field === "annotations" ? verb : !changed ? `not ${verb}` : removed ? "unlabeled" : verb;
      io.out(
        print
          ? print([withoutManagedFields(after)], false)
          : `${objectName(info, name!)} ${done}${dryRunSuffix[dry]}\n`,
      );
    }
    return reportAll(session, missing) || exitCode;
  };
}
