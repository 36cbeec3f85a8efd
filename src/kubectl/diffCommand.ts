/** `kubectl diff`: the live object against what applying the file would make of it, as `diff -u -N` shows two folders. */
import { LAST_APPLIED } from "../cluster/api/manifestItems.ts";
import { unifiedDiff } from "../cluster/validation/unifiedDiff.ts";
import type { Task } from "../time/task.ts";
import type { ApiObject } from "./client.ts";
import { fail, Failure, failureOf, reportFailures } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { fileFlags, type FileObject, readFiles, type Session, withoutManagedFields } from "./session.ts";
import { threeWayPatch } from "./threeWayPatch.ts";
import { toYaml } from "./yamlPrinter.ts";

export const diffFlags: FlagTable = {
  ...fileFlags,
  concurrency: { type: "int", usual: "1" },
  "field-manager": { type: "string" },
  "force-conflicts": { type: "bool" },
  prune: { type: "bool" },
  "prune-allowlist": { type: "array" },
  selector: { short: "l", type: "string" },
  "server-side": { type: "bool" },
  "show-managed-fields": { type: "bool" },
};

/** 0: no difference, 1: some, more: it could not be found out. */
export function* diff(session: Session): Task<number> {
  const { args, io } = session;
  if (args.words.length > 0) return fail(`Unexpected args: [${args.words.join(" ")}]`);
  if (!args.has("filename") && !args.has("kustomize")) return fail("must specify one of -f and -k");
  if (args.on("prune")) return fail("diff --prune is not simulated");
  const failures: Failure[] = [];
  let differs = false;
  for (const file of readFiles(session, "diff")) {
    const texts = file instanceof Failure ? file : textsOf(session, file);
    if (texts instanceof Failure) {
      failures.push(texts);
      continue;
    }
    const { info, namespace, name } = file as FileObject;
    const group = info.apiVersion.replace("/", ".");
    const path = `${group}.${info.kind}.${namespace ?? ""}.${name}`;
    const [live, merged] = ["LIVE", "MERGED"].map((folder) => `/tmp/${folder}-1/${path}`) as [string, string];
    if (texts.live === texts.merged) continue;
    differs = true;
    const time = new Date(session.client.now()).toISOString().replace("T", " ").replace("Z", "000000 +0000");
    io.out(
      `diff -u -N ${live} ${merged}\n--- ${live}\t${time}\n+++ ${merged}\t${time}\n${hunks(texts.live, texts.merged)}`,
    );
  }
  if (failures.length > 0)
    return reportFailures(
      io,
      failures.map((one) => new Failure(one.message, 2, one.amongOthers)),
    );
  return differs ? 1 : 0;
}

function hunks(live: string, merged: string): string {
  if (live !== "") return unifiedDiff(live.replace(/\n$/, ""), merged.replace(/\n$/, ""));
  const lines = merged.replace(/\n$/, "").split("\n");
  return `@@ -0,0 +1,${lines.length} @@\n${lines.map((line) => `+${line}\n`).join("")}`;
}

function textsOf(
  session: Session,
  { document, info, name, namespace }: FileObject,
): { live: string; merged: string } | Failure {
  const { client, args } = session;
  const live = client.get(info.kind, namespace, name);
  const shown = (object: ApiObject) => toYaml(args.on("show-managed-fields") ? object : withoutManagedFields(object));
  if (!live) {
    const made = client.create(document, { dryRun: true });
    return "status" in made ? failureOf(made.status) : { live: "", merged: shown(made.object) };
  }
  const before = live.metadata.annotations?.[LAST_APPLIED];
  const original = before === undefined ? {} : (JSON.parse(before) as Record<string, unknown>);
  const patch = threeWayPatch(original, plain(document), live as Record<string, unknown>, info.kind);
  if (Object.keys(patch).length === 0) return { live: "", merged: "" };
  const merged = client.patch(info.kind, namespace, name, patch, "strategic", { dryRun: true });
  return "status" in merged ? failureOf(merged.status) : { live: shown(live), merged: shown(merged.object) };
}

/** As apply would send it, without what apply remembers. */
function plain(document: Record<string, unknown>): Record<string, unknown> {
  const metadata = (document.metadata ?? {}) as Record<string, unknown>;
  const { [LAST_APPLIED]: _, ...annotations } = (metadata.annotations ?? {}) as Record<string, unknown>;
  return { ...document, metadata: { ...metadata, annotations } };
}
