/** `kubectl patch`. */
import { readManifest } from "../manifest/readManifest.ts";
import type { Task } from "../time/task.ts";
import type { PatchType } from "./client.ts";
import { fail } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { printerOf } from "./output.ts";
import { objectName } from "./resourceTypes.ts";
import {
  accepted,
  chosenObjects,
  dryRunOf,
  dryRunSuffix,
  fileFlags,
  outputFlags,
  type Session,
  usageError,
  visit,
  withoutManagedFields,
  writeFlags,
} from "./session.ts";

export const patchFlags: FlagTable = {
  ...fileFlags,
  ...outputFlags,
  ...writeFlags,
  patch: { short: "p", type: "string" },
  "patch-file": { type: "string" },
  type: { type: "string", usual: "strategic" },
  subresource: { type: "string" },
  local: { type: "bool" },
};

const subresources = ["ephemeralcontainers", "resize", "status"] as const;

export function* patch(session: Session): Task<number> {
  const { args, client, io } = session;
  const file = args.text("patch-file");
  if (file !== undefined && args.has("patch")) return fail("cannot specify --patch and --patch-file together");
  if (!args.text("patch") && !file)
    return usageError(session, "must specify --patch or --patch-file containing the contents of the patch");
  const type = (args.text("type") ?? "strategic").toLowerCase();
  if (!["json", "merge", "strategic"].includes(type))
    return fail(`--type must be one of [json merge strategic], not ${JSON.stringify(args.text("type"))}`);
  const subresource = args.text("subresource") as (typeof subresources)[number] | undefined;
  if (subresource !== undefined && !subresources.includes(subresource))
    return fail(`invalid subresource value: ${JSON.stringify(subresource)}. Must be one of [status scale resize]`);
  const text = file ? io.readFile(file) : args.text("patch")!;
  if (text === undefined) return fail(`unable to read patch file: open ${file}: no such file or directory`);
  const manifest = readManifest(text, { fileName: "patch" });
  if (manifest.error)
    return fail(
      `unable to parse ${JSON.stringify(text)}: ${manifest.error.message.replace(/^error parsing patch: (error converting YAML to JSON: )?/, "")}`,
    );
  const body = manifest.documents[0]?.value ?? {};
  const dry = dryRunOf(session);
  const print = printerOf(session);
  return visit(session, chosenObjects(session), ({ info, object }) => {
    const { name, namespace } = object.metadata;
    const after = accepted(
      session,
      client.patch(info.kind, namespace, name!, body, type as PatchType, {
        dryRun: dry !== "none",
        ...(subresource && { subresource }),
      }),
    );
    const same = after.metadata.resourceVersion === object.metadata.resourceVersion && dry === "none";
    io.out(
      print
        ? print([withoutManagedFields(after)], false)
        : `${objectName(info, name!)} patched${same ? " (no change)" : ""}${dryRunSuffix[dry]}\n`,
    );
  });
}
