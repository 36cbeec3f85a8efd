/** `kubectl edit`: the object in the learner's editor; what is saved is sent, and what is refused comes back. */
import type { Status } from "../cluster/api/status.ts";
import { readManifest } from "../manifest/readManifest.ts";
import type { Task } from "../time/task.ts";
import type { KubectlIo } from "./client.ts";
import { fail, Failure, reportFailures } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { objectName, resourceName } from "./resourceTypes.ts";
import {
  chosenObjects,
  fileFlags,
  type Found,
  noResources,
  outputFlags,
  type Session,
  validateFlags,
  withoutManagedFields,
  writeFlags,
} from "./session.ts";
import { threeWayPatch } from "./threeWayPatch.ts";
import { toJson, toYaml } from "./yamlPrinter.ts";

export const editFlags: FlagTable = {
  ...fileFlags,
  ...outputFlags,
  ...validateFlags,
  "field-manager": writeFlags["field-manager"]!,
  "output-patch": { type: "bool" },
  "save-config": { type: "bool" },
  subresource: { type: "string" },
  "windows-line-endings": { type: "bool" },
};

const heading = [
  "Please edit the object below. Lines beginning with a '#' will be ignored,",
  "and an empty file will abort the edit. If an error occurs while saving this file will be",
  "reopened with the relevant failures.",
  "",
];

/** An editor that never gives a valid text is not opened for ever. */
const maxRounds = 50;

export function* edit(session: Session): Task<number> {
  const { args, io } = session;
  if (args.words.length === 0 && !args.has("filename")) return fail(noResources);
  const format = args.text("output") ?? "yaml";
  if (format !== "yaml" && format !== "json")
    return fail(`the edit mode of output format ${JSON.stringify(format)} is not supported`);
  const found = chosenObjects(session);
  if (found.objects.length > 0 && !io.edit)
    return fail("there is no editor here: set KUBE_EDITOR, or use kubectl patch or kubectl apply -f FILE");
  const failures = [...found.missing];
  for (const one of found.objects) {
    const failure = yield* editOne(session, one, format);
    if (failure) failures.push(failure);
  }
  return reportFailures(io, failures);
}

function* editOne(session: Session, { info, object }: Found, format: "yaml" | "json"): Task<Failure | undefined> {
  const { io, client, args } = session;
  const { name, namespace } = object.metadata;
  const before = withoutManagedFields(object) as Record<string, unknown>;
  const original = format === "yaml" ? toYaml(before) : toJson(before, true);
  const fileName = `kubectl-edit-${name}.${format}`;
  let reasons: readonly string[] = [];
  let shown = original;
  for (let round = 0; round < maxRounds; round++) {
    const offered = `${[...heading, ...reasons].map((line) => (line === "" ? "#\n" : `# ${line}\n`)).join("")}${shown}`;
    const saved = yield* io.edit!(offered, fileName);
    if (saved === undefined)
      return new Failure(`error: there was a problem with the editor ${JSON.stringify(editorName(io))}`);
    const text = saved.replace(/^\s*#.*\n?/gm, "");
    if (text.trim() === "") {
      io.err("Edit cancelled, saved file was empty.\n");
      return undefined;
    }
    if (text === original) {
      io.err("Edit cancelled, no changes made.\n");
      return undefined;
    }
    if (round > 0 && saved === offered) {
      const kept = `/tmp/${fileName}`;
      io.writeFile(kept, saved);
      io.err(`A copy of your changes has been stored to "${kept}"\n`);
      return new Failure("error: Edit cancelled, no valid changes were saved.");
    }
    shown = text;
    const { documents, error } = readManifest(text, { fileName: "edited-file" });
    if (error || typeof documents[0]?.value !== "object") {
      reasons = [`The edited file had a syntax error: ${error?.message ?? "it is no object"}`, ""];
      continue;
    }
    const after = documents[0].value as Record<string, unknown>;
    const { name: newName } = (after.metadata ?? {}) as { name?: string };
    if (newName !== name || after.kind !== object.kind) {
      reasons = ["At least one of apiVersion, kind and name was changed", ""];
      io.err("error: At least one of apiVersion, kind and name was changed\n");
      continue;
    }
    const patch = threeWayPatch(before, after, before, info.kind);
    if (Object.keys(patch).length === 0) {
      io.out(`${objectName(info, name!)} skipped\n`);
      return undefined;
    }
    if (args.on("output-patch")) io.out(`Patch: ${JSON.stringify(patch)}\n`);
    const subresource = args.text("subresource") as "status" | "resize" | undefined;
    const answer = client.patch(info.kind, namespace, name!, patch, "strategic", {
      ...(subresource && { subresource }),
    });
    if (!("status" in answer)) {
      for (const warning of answer.warnings) io.err(`Warning: ${warning}\n`);
      io.out(`${objectName(info, name!)} edited\n`);
      return undefined;
    }
    const { status } = answer;
    const subject = `${resourceName(info, "").slice(0, -1)} "${name}"`;
    reasons = reasonsOf(subject, status);
    io.err(
      status.reason === "Invalid"
        ? `error: ${subject} is invalid\n`
        : `error: ${subject} could not be patched: ${status.message}\n`,
    );
  }
  return new Failure("error: Edit cancelled, no valid changes were saved.");
}

function reasonsOf(subject: string, status: Status): string[] {
  if (status.reason !== "Invalid") return [`${subject} could not be patched: ${status.message}`, ""];
  const causes = status.details?.causes ?? [];
  const lines = causes.length > 0 ? causes.map(({ field, message }) => `${field}: ${message}`) : [status.message];
  return [`${subject} was not valid:`, ...lines.flatMap((line) => `* ${line}`.split("\n")), ""];
}

function editorName({ environment }: KubectlIo): string {
  return environment?.("KUBE_EDITOR") || environment?.("EDITOR") || "vi";
}
