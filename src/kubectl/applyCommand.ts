/** `kubectl apply`, and what it remembers: `view-last-applied`, `set-last-applied`, `edit-last-applied`. */
import { LAST_APPLIED, sortedJson, withLastApplied } from "../cluster/api/manifestItems.ts";
import { readManifest } from "../manifest/readManifest.ts";
import type { Task } from "../time/task.ts";
import type { ApiObject } from "./client.ts";
import { fail, Failure, failWith, reportFailures } from "./failure.ts";
import { type Done, eachFile } from "./fileCommands.ts";
import type { FlagTable } from "./flags.ts";
import { objectName, resourceName } from "./resourceTypes.ts";
import {
  accepted,
  chosenObjects,
  type DryRun,
  dryRunOf,
  dryRunSuffix,
  type FileObject,
  fileFlags,
  outputFlags,
  readFiles,
  refuseUnlessSimulated,
  resourceFlags,
  type Session,
  usageError,
  validateFlags,
  writeFlags,
} from "./session.ts";
import { threeWayPatch } from "./threeWayPatch.ts";
import { toJson, toYaml } from "./yamlPrinter.ts";

const bool = { type: "bool" } as const;

export const applyFlags: FlagTable = {
  ...fileFlags,
  ...outputFlags,
  ...writeFlags,
  ...validateFlags,
  selector: { short: "l", type: "string" },
  all: bool,
  prune: bool,
  "prune-allowlist": { type: "array" },
  applyset: { type: "string" },
  cascade: { type: "string", alone: "background", usual: "background" },
  force: bool,
  "force-conflicts": bool,
  "grace-period": { type: "int", usual: "-1" },
  "openapi-patch": { type: "bool", usual: "true" },
  overwrite: { type: "bool", usual: "true" },
  "server-side": bool,
  subresource: { type: "string" },
  timeout: { type: "duration" },
  wait: bool,
};

export function* apply(session: Session): Task<number> {
  const { args } = session;
  if (args.words.length > 0) return usageError(session, `Unexpected args: [${args.words.join(" ")}]`);
  if (!args.has("filename") && !args.has("kustomize")) return fail("must specify one of -f and -k");
  const serverSide = args.on("server-side");
  const dry = dryRunOf(session);
  if (args.on("force-conflicts") && !serverSide) return fail("--force-conflicts only works with --server-side");
  if (dry === "client" && serverSide)
    return fail("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
  if (args.on("force") && serverSide) return fail("--force cannot be used with --server-side");
  if (args.on("force") && dry === "server") return fail("--dry-run=server cannot be used with --force");
  if (args.on("all") && args.text("selector")) return fail("cannot set --all and --selector at the same time");
  if (args.on("prune") || args.has("applyset"))
    return fail("apply --prune is not simulated: delete what is left over by name");
  if (args.has("subresource") && !serverSide) return fail("--subresource can only be specified for --server-side");
  return eachFile(session, "apply", dry, (file) => {
    refuseUnlessSimulated(file.info);
    return serverSide ? applyOnServer(session, file, dry) : applyOne(session, file, dry);
  });
}

function applyOne(session: Session, { file, document, info, name, namespace }: FileObject, dry: DryRun): Done {
  const { client, io, args } = session;
  const metadata = (document.metadata ?? {}) as Record<string, unknown>;
  if (!name && metadata.generateName) fail(`from ${metadata.generateName}: cannot use generate name with apply`);
  const where = `Resource: "${versionText(info.apiVersion)}, Resource=${info.resource}", GroupVersionKind: "${versionText(info.apiVersion)}, Kind=${info.kind}"\nName: "${name}", Namespace: "${namespace ?? ""}"`;
  if (!name)
    fail(
      `error when retrieving current configuration of:\n${where}\nfrom server for: "${file}": resource name may not be empty`,
    );
  const modified = withLastApplied(document);
  const create = () =>
    accepted(session, client.create(modified, { dryRun: dry === "server" }), `error when creating "${file}"`);
  const current = client.get(info.kind, namespace, name);
  if (!current) return { object: dry === "client" ? asObject(modified) : create(), verb: "created" };
  const before = current.metadata.annotations?.[LAST_APPLIED];
  if (before === undefined)
    io.err(
      `Warning: resource ${resourceName(info, name)} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
    );
  const patch = threeWayPatch(parsed(before), modified, current as Record<string, unknown>, info.kind);
  const same = Object.keys(patch).length === 0;
  if (same || dry === "client") {
    warnIfDeleting(session, current);
    return { object: current, verb: same ? "unchanged" : "configured" };
  }
  const answer = client.patch(info.kind, namespace, name, patch, "strategic", {
    dryRun: dry === "server",
    strict: true,
  });
  if ("status" in answer) {
    const { reason } = answer.status;
    if (args.on("force") && (reason === "Invalid" || reason === "Conflict")) {
      const gone = client.delete(info.kind, namespace, name, { grace: 0 });
      if ("status" in gone) failWith(gone.status);
      return { object: create(), verb: "configured" };
    }
    failWith(
      answer.status,
      `error when applying patch:\n${sortedJson(patch)}\nto:\n${where}\nfor: "${file}": error when patching "${file}"`,
    );
  }
  const object = accepted(session, answer);
  warnIfDeleting(session, object);
  return { object, verb: "configured" };
}

function warnIfDeleting({ io }: Session, { metadata }: ApiObject): void {
  if (metadata.deletionTimestamp)
    io.err(`Warning: Detected changes to resource ${metadata.name} which is currently being deleted.\n`);
}

const CONFLICT_ADVICE = `
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`;

/** `--server-side`: the server merges, and says which fields are others'. */
function applyOnServer(session: Session, { document }: FileObject, dry: DryRun): Done {
  const { client, args } = session;
  const manager = args.text("field-manager") || "kubectl";
  const options = { dryRun: dry === "server", manager, force: args.on("force-conflicts") };
  const answer = client.apply(document, options);
  if ("status" in answer && answer.status.reason === "Conflict")
    return fail(`${answer.status.message}${CONFLICT_ADVICE}`);
  const object = accepted(session, answer);
  warnIfDeleting(session, object);
  return { object, verb: "serverside-applied" };
}

const asObject = (document: Record<string, unknown>) => document as unknown as ApiObject;

function versionText(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
}

function parsed(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

export const viewLastAppliedFlags: FlagTable = {
  ...resourceFlags,
  ...fileFlags,
  all: bool,
  output: { short: "o", type: "string", usual: "yaml" },
};

export function* viewLastApplied(session: Session): Task<number> {
  const { args, io } = session;
  const format = args.text("output") ?? "yaml";
  const found = chosenObjects(session);
  const failures = [...found.missing];
  for (const { object } of found.objects) {
    const text = object.metadata.annotations?.[LAST_APPLIED];
    if (text === undefined) {
      failures.push(
        new Failure(`error: no last-applied-configuration annotation found on resource: ${object.metadata.name}`),
      );
      continue;
    }
    if (format === "json") io.out(toJson(parsed(text), true));
    else if (format === "yaml") io.out(toYaml(parsed(text)));
    else return usageError(session, `Unexpected -o output mode: ${format}, the flag 'output' must be one of yaml|json`);
  }
  return reportFailures(io, failures);
}

export const setLastAppliedFlags: FlagTable = {
  ...fileFlags,
  ...outputFlags,
  ...writeFlags,
  "create-annotation": bool,
};

export function* setLastApplied(session: Session): Task<number> {
  const { args, io, client } = session;
  if (!args.has("filename")) return fail("must specify one of -f and -k");
  const dry = dryRunOf(session);
  const failures: Failure[] = [];
  for (const file of readFiles(session, "set-last-applied")) {
    if (file instanceof Failure) {
      failures.push(file);
      continue;
    }
    const { info, name, namespace, document } = file;
    const current = client.get(info.kind, namespace, name);
    if (!current) {
      failures.push(new Failure(`Error from server (NotFound): ${info.resource} "${name}" not found`));
      continue;
    }
    const before = current.metadata.annotations?.[LAST_APPLIED];
    if (before === undefined && !args.on("create-annotation")) {
      failures.push(
        new Failure(
          `error: no last-applied-configuration annotation found on resource: ${name}, to create the annotation, run the command with --create-annotation`,
        ),
      );
      continue;
    }
    const text = (withLastApplied(document).metadata as { annotations: Record<string, string> }).annotations[
      LAST_APPLIED
    ];
    if (text === before) {
      io.out(`set-last-applied ${name}: no changes required.\n`);
      continue;
    }
    if (dry !== "client")
      accepted(
        session,
        client.patch(info.kind, namespace, name, { metadata: { annotations: { [LAST_APPLIED]: text } } }, "merge", {
          dryRun: dry === "server",
        }),
      );
    io.out(`${objectName(info, name)} configured${dryRunSuffix[dry]}\n`);
  }
  return reportFailures(io, failures);
}

export function* editLastApplied(session: Session): Task<number> {
  const { io, client } = session;
  const found = chosenObjects(session);
  const failures = [...found.missing];
  for (const { info, object } of found.objects) {
    const { name, namespace, annotations } = object.metadata;
    const before = annotations?.[LAST_APPLIED];
    if (before === undefined) {
      failures.push(new Failure(`error: no last-applied-configuration annotation found on resource: ${name}`));
      continue;
    }
    if (!io.edit) return fail("there is no editor here: use kubectl apply set-last-applied -f FILE");
    const old = toYaml(parsed(before));
    const saved = yield* io.edit(old, `kubectl-edit-last-applied-${name}.yaml`);
    if (saved === undefined || saved === old) {
      io.err("Edit cancelled, no changes made.\n");
      continue;
    }
    const { documents, error } = readManifest(saved, { fileName: "edited-file" });
    if (error) return fail(error.message);
    const text = `${sortedJson(documents[0]?.value ?? {})}\n`;
    accepted(
      session,
      client.patch(info.kind, namespace, name!, { metadata: { annotations: { [LAST_APPLIED]: text } } }, "merge"),
    );
    io.out(`${objectName(info, name!)} edited\n`);
  }
  return reportFailures(io, failures);
}
