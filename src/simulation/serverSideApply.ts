/**
 * Server-side apply: the server merges, and a field that somebody else set is a conflict (apiserver: handlers/patch.go,
 * applyPatcher; fieldmanager: lastappliedmanager.go).
 */
import { decodeObject } from "../cluster/api/index.ts";
import { LAST_APPLIED } from "../cluster/api/manifestItems.ts";
import { badRequest, type Status } from "../cluster/api/status.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { type Conflict, leavesOf, withoutFields } from "../cluster/fieldOwners.ts";
import { applyStrategicMerge, type MergeSchema } from "../cluster/patch/strategicMerge.ts";
import { type Answer, type ApiObject, CLIENT_SIDE_APPLY } from "../kubectl/client.ts";
import schema from "../../assets/core-v1-schema.json" with { type: "json" };

/** Makes the object, or merges what the document says into it. Refused are unknown fields, and conflicts without `force`. */
export function applyOnServer(
  { api, fieldOwners: book }: Cluster,
  document: Readonly<Record<string, unknown>>,
  { manager, force, dryRun }: { readonly manager: string; readonly force: boolean; readonly dryRun?: boolean },
): Answer {
  const decoded = decodeObject(document);
  if ("status" in decoded)
    return decoded.fault?.kind === "unknown" ? { status: undeclared(document, decoded.fault.paths) } : decoded;
  const object = decoded.object as ApiObject;
  const wanted = leavesOf(object as unknown as Record<string, unknown>);
  const { name = "", namespace } = object.metadata;
  const live = api.get<ApiObject>(object.kind, namespace, name);
  if (!live) {
    const made = api.create(object, { dryRun: dryRun === true });
    if ("object" in made && !dryRun) book.applied(manager, made.object, wanted, new Map());
    return made;
  }
  const now = leavesOf(live);
  if (!force) {
    // What kubectl applied itself before, in its other way, it may change.
    const before = manager === "kubectl" ? leavesOf(lastApplied(live)) : new Map();
    const conflicts = book
      .conflicts(manager, live, now, wanted)
      .filter(({ path }) => before.get(path)?.value === undefined || before.get(path)!.value !== now.get(path)?.value);
    if (conflicts.length > 0) return { status: applyConflict(live, conflicts) };
  }
  if (manager === "kubectl" && !dryRun) book.adopt(live, CLIENT_SIDE_APPLY, manager);
  const kept = withoutFields(live, now, book.abandoned(manager, live, wanted));
  const merged = applyStrategicMerge(
    { ...kept },
    object as unknown as Record<string, unknown>,
    object.kind,
    schema as unknown as MergeSchema,
  );
  if ("error" in merged) return { status: badRequest(merged.error) };
  const whole = decodeObject(merged.value);
  if ("status" in whole) return whole;
  const answer = api.update(whole.object as ApiObject, { dryRun: dryRun === true });
  if ("object" in answer && !dryRun) book.applied(manager, answer.object, wanted, now);
  return answer;
}

function lastApplied({ metadata }: ApiObject): Record<string, unknown> {
  try {
    return JSON.parse(metadata.annotations?.[LAST_APPLIED] ?? "{}") as Record<string, unknown>;
  } catch {
    return {};
  }
}

function applyConflict({ apiVersion }: ApiObject, conflicts: readonly Conflict[]): Status {
  const named = (manager: string) => `${JSON.stringify(manager)} using ${apiVersion}`;
  const [first] = conflicts;
  const managers = [...new Set(conflicts.map(({ manager }) => manager))].sort();
  const what =
    conflicts.length === 1
      ? `1 conflict: conflict with ${named(first!.manager)}: ${first!.path}`
      : `${conflicts.length} conflicts: ${managers
          .map((manager) => {
            const paths = conflicts.filter((one) => one.manager === manager).map(({ path }) => `- ${path}`);
            return [`conflicts with ${named(manager)}:`, ...paths.sort()].join("\n");
          })
          .join("\n")}`;
  return { ...badRequest(`Apply failed with ${what}`), reason: "Conflict", code: 409 };
}

/** Unknown fields of an apply are found while its document is given types. */
function undeclared(document: Readonly<Record<string, unknown>>, paths: readonly string[]): Status {
  const { name, namespace = "default" } = (document.metadata ?? {}) as ApiObject["metadata"];
  const faults = paths.map((path) => `${keyedPath(document, path)}: field not declared in schema`);
  const list = faults.length === 1 ? faults[0] : `errors:\n${faults.map((fault) => `  ${fault}`).join("\n")}`;
  const [group, version] = String(document.apiVersion).includes("/")
    ? String(document.apiVersion).split("/")
    : ["", document.apiVersion];
  const why = `failed to create typed patch object (${namespace}/${name}; ${group}/${version}, Kind=${document.kind}): ${list}`;
  return { ...badRequest(why), reason: "", code: 500 };
}

/** `spec.containers[0].img` as `.spec.containers[name="app"].img`. */
function keyedPath(document: unknown, path: string): string {
  let at: unknown = document;
  return path.replace(/\.?([^.[\]]+)|\[(\d+)\]/g, (_whole, name: string | undefined, index: string | undefined) => {
    at = (at as Record<string, unknown> | undefined)?.[name ?? index!];
    if (name !== undefined) return `.${name}`;
    const key = (at as { name?: unknown } | undefined)?.name;
    return key === undefined ? `[${index}]` : `[name=${JSON.stringify(key)}]`;
  });
}
