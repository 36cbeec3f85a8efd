/** `kubectl api-resources` and `api-versions`: what the server says it serves. */
import { allKinds } from "../cluster/api/kinds.ts";
import type { Task } from "../time/task.ts";
import { fail } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { categoryAll, shortNamesOf } from "./resourceTypes.ts";
import { type Session, usageError } from "./session.ts";
import { TableWriter } from "./table.ts";

export const apiResourcesFlags: FlagTable = {
  "api-group": { type: "string" },
  cached: { type: "bool" },
  categories: { type: "list" },
  namespaced: { type: "bool", usual: "true" },
  "no-headers": { type: "bool" },
  output: { short: "o", type: "string" },
  "sort-by": { type: "string" },
  verbs: { type: "list" },
  "show-managed-fields": { type: "bool", hidden: true },
};

interface Row {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly categories: readonly string[];
}

const everyVerb = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/** Resources that are served and keep no objects: `apiVersion kind resource namespaced verbs`. */
const otherResources = [
  "v1 Binding bindings true create",
  "v1 ComponentStatus componentstatuses false get,list",
  "admissionregistration.k8s.io/v1 MutatingAdmissionPolicy mutatingadmissionpolicies false",
  "admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBinding mutatingadmissionpolicybindings false",
  "authentication.k8s.io/v1 SelfSubjectReview selfsubjectreviews false create",
  "authentication.k8s.io/v1 TokenReview tokenreviews false create",
  "authorization.k8s.io/v1 LocalSubjectAccessReview localsubjectaccessreviews true create",
  "authorization.k8s.io/v1 SelfSubjectAccessReview selfsubjectaccessreviews false create",
  "authorization.k8s.io/v1 SelfSubjectRulesReview selfsubjectrulesreviews false create",
  "authorization.k8s.io/v1 SubjectAccessReview subjectaccessreviews false create",
  "certificates.k8s.io/v1 CertificateSigningRequest certificatesigningrequests false",
  "flowcontrol.apiserver.k8s.io/v1 FlowSchema flowschemas false",
  "flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration prioritylevelconfigurations false",
  "storage.k8s.io/v1 VolumeAttributesClass volumeattributesclasses false",
];

function rows(): Row[] {
  const row = (apiVersion: string, kind: string, name: string, namespaced: boolean, verbs = everyVerb): Row => {
    const [group, version] = apiVersion.includes("/") ? (apiVersion.split("/") as [string, string]) : ["", apiVersion];
    return { name, group, version, namespaced, kind, verbs, categories: categoryAll.includes(kind) ? ["all"] : [] };
  };
  const served = allKinds.map((info) => row(info.apiVersion, info.kind, info.resource, info.namespaced));
  const others = otherResources.map((line) => {
    const [apiVersion = "", kind = "", name = "", namespaced, verbs] = line.split(" ");
    return row(apiVersion, kind, name, namespaced === "true", verbs?.split(","));
  });
  // Of a group's versions the newest stands for all.
  const newest = new Map<string, Row>();
  for (const one of [...served, ...others]) {
    const key = `${one.group}/${one.name}`;
    const old = newest.get(key);
    if (!old || old.version < one.version) newest.set(key, one);
  }
  return [...newest.values()];
}

export function* apiResources(session: Session): Task<number> {
  const { args, io } = session;
  if (args.words.length > 0) return usageError(session, `unexpected arguments: [${args.words.join(" ")}]`);
  const sortBy = args.text("sort-by") ?? "";
  if (!["", "name", "kind"].includes(sortBy)) return fail("--sort-by accepts only name or kind");
  const output = args.text("output") ?? "";
  if (!["", "wide", "name"].includes(output))
    return fail(
      `unable to match a printer suitable for the output format "${output}", allowed formats are: json,kyaml,name,wide,yaml`,
    );
  const key = (row: Row) => (sortBy === "name" ? row.name : sortBy === "kind" ? row.kind : `${row.group}\0${row.name}`);
  const found = rows()
    .filter(
      (row) =>
        (!args.has("api-group") || row.group === args.text("api-group")) &&
        (!args.has("namespaced") || row.namespaced === args.on("namespaced")) &&
        args.all("verbs").every((verb) => row.verbs.includes(verb)) &&
        args.all("categories").every((category) => row.categories.includes(category)),
    )
    .sort((a, b) => (key(a) < key(b) ? -1 : 1));
  if (output === "name") {
    io.out(found.map(({ name, group }) => `${name}${group ? `.${group}` : ""}\n`).join(""));
    return 0;
  }
  const wide = output === "wide";
  const cells = found.map(({ name, group, version, namespaced, kind, verbs, categories }) => [
    name,
    shortNamesOf(name).join(","),
    group ? `${group}/${version}` : version,
    String(namespaced),
    kind,
    ...(wide ? [verbs.join(","), categories.join(",")] : []),
  ]);
  const header = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND", ...(wide ? ["VERBS", "CATEGORIES"] : [])];
  if (cells.length > 0 || !args.on("no-headers"))
    io.out(new TableWriter().write(args.on("no-headers") ? cells : [header, ...cells]));
  return 0;
}

export function* apiVersions(session: Session): Task<number> {
  const { args, io } = session;
  if (args.words.length > 0) return usageError(session, `unexpected arguments: [${args.words.join(" ")}]`);
  const versions = new Set([
    ...allKinds.map(({ apiVersion }) => apiVersion),
    ...otherResources.map((line) => line.split(" ")[0]!),
  ]);
  io.out(
    [...versions]
      .sort()
      .map((version) => `${version}\n`)
      .join(""),
  );
  return 0;
}
