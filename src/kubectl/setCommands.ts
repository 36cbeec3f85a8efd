/** `kubectl set image`, `env`, `resources`, `selector`, `serviceaccount`, `subject`. */
import { kindNamed, notSimulated } from "../cluster/api/kinds.ts";
import type { Container, EnvVar, Pod } from "../cluster/api/types.ts";
import { matchesWildcard } from "../runtime/wildcard.ts";
import type { Task } from "../time/task.ts";
import { base64Decode } from "./base64.ts";
import type { ApiObject } from "./client.ts";
import { attempt, fail, Failure, reportFailures } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { printerOf } from "./output.ts";
import { objectName } from "./resourceTypes.ts";
import {
  chosenObjects,
  dryRunOf,
  dryRunSuffix,
  fileFlags,
  type Found,
  findObjects,
  outputFlags,
  type Session,
  withoutManagedFields,
  writeFlags,
} from "./session.ts";
import { threeWayPatch } from "./threeWayPatch.ts";

const text = { type: "string" } as const;
const bool = { type: "bool" } as const;
const common: FlagTable = {
  ...fileFlags,
  ...outputFlags,
  ...writeFlags,
  all: bool,
  selector: { short: "l", type: "string" },
  local: bool,
};

export const setImageFlags: FlagTable = common;
export const setEnvFlags: FlagTable = {
  ...common,
  containers: { short: "c", type: "string", usual: "*" },
  env: { short: "e", type: "array" },
  from: text,
  keys: { type: "list" },
  list: bool,
  overwrite: { type: "bool", usual: "true" },
  prefix: text,
  resolve: bool,
};
export const setResourcesFlags: FlagTable = {
  ...common,
  containers: { short: "c", type: "string", usual: "*" },
  limits: text,
  requests: text,
};
export const setSelectorFlags: FlagTable = { ...common, "resource-version": text };

/** Each object is changed, and the difference sent; `failing` is in front of the server's words. */
function change(
  session: Session,
  words: readonly string[],
  done: string,
  failing: string,
  alter: (object: Pod, failures: Failure[]) => void,
): number {
  const { args, client, io } = session;
  const dry = dryRunOf(session);
  if (args.on("local") && dry === "server")
    fail("cannot specify --local and --dry-run=server - did you mean --dry-run=client?");
  const print = printerOf(session);
  const found = chosenObjects(session, words);
  if (found.missing[0] && found.objects.length === 0) return reportFailures(io, found.missing);
  const failures: Failure[] = [];
  for (const { info, object } of found.objects) {
    const name = objectName(info, object.metadata.name!);
    const after = structuredCopy(object);
    const altered = attempt(() => alter(after as unknown as Pod, failures));
    if ("failure" in altered) {
      failures.push(new Failure(`error: ${info.resource}/${object.metadata.name} ${altered.failure.amongOthers}\n`));
      continue;
    }
    const patch = threeWayPatch(object, after, object, info.kind);
    if (Object.keys(patch).length === 0) continue;
    let shown = after;
    if (dry !== "client" && !args.on("local")) {
      const answer = client.patch(info.kind, object.metadata.namespace, object.metadata.name!, patch, "strategic", {
        dryRun: dry === "server",
      });
      if ("status" in answer) {
        failures.push(new Failure(`error: ${failing}${answer.status.message}`));
        continue;
      }
      for (const warning of answer.warnings) io.err(`Warning: ${warning}\n`);
      shown = answer.object;
    }
    io.out(print ? print([withoutManagedFields(shown)], false) : `${name} ${done}${dryRunSuffix[dry]}\n`);
  }
  return reportFailures(io, [...failures, ...found.missing]);
}

function structuredCopy(object: ApiObject): ApiObject {
  return JSON.parse(JSON.stringify(object)) as ApiObject;
}

/** The command ends for what has no containers. */
function containersOf({ spec, kind }: Pod & { kind?: string }): Container[] {
  if (kind !== "Pod") return fail(`the object is not a pod or does not have a pod template: *v1.${kind}`);
  return [...(spec.initContainers ?? []), ...spec.containers];
}

export function* setImage(session: Session): Task<number> {
  const { args } = session;
  const { resources, pairs } = split(args.words);
  const images = pairs.map((pair): [string, string] => [
    pair.slice(0, pair.indexOf("=")),
    pair.slice(pair.indexOf("=") + 1),
  ]);
  const faults: string[] = [];
  if (args.on("all") && args.text("selector")) faults.push("cannot set --all and --selector at the same time");
  if (resources.length === 0 && !args.has("filename"))
    faults.push("one or more resources must be specified as <resource> <name> or <resource>/<name>");
  if (images.length === 0) faults.push("at least one image update is required");
  if (images.length > 1 && images.some(([name]) => name === "*"))
    faults.push(
      "all containers are already specified by *, but saw more than one container_name=container_image pairs",
    );
  if (faults.length > 0)
    return reportFailures(
      session.io,
      faults.map((fault) => new Failure(`error: ${fault}`)),
    );
  return change(
    session,
    resources,
    "image updated",
    "failed to patch image update to pod template: ",
    (pod, failures) => {
      const containers = containersOf(pod);
      for (const [name, image] of images) {
        const meant = containers.filter((container) => name === "*" || container.name === name);
        if (meant.length === 0)
          failures.push(new Failure(`error: unable to find container named ${JSON.stringify(name)}`));
        for (const container of meant) container.image = image;
      }
    },
  );
}

/** `pod/web app=nginx`: the first word with `=` begins the changes. */
function split(words: readonly string[]): { resources: string[]; pairs: string[] } {
  const first = words.findIndex((word) => word.includes("="));
  if (first < 0) return { resources: [...words], pairs: [] };
  const late = words.slice(first).find((word) => !word.includes("="));
  if (late) return fail(`all resources must be specified before image changes: ${late}`);
  return { resources: words.slice(0, first), pairs: words.slice(first) };
}

/** The containers that `--containers` names: `a*`, `*` (kubectl: pkg/cmd/set/helper.go, selectString). */
function containersMeant({ args }: Session): (name: string) => boolean {
  const pattern = args.text("containers") ?? "*";
  return (name) => matchesWildcard(pattern, name);
}

export function* setEnv(session: Session): Task<number> {
  const { args, io } = session;
  const isChange = (word: string) => word.includes("=") || (word.endsWith("-") && word !== "-") || word === "-";
  const first = args.words.findIndex(isChange);
  const resources = first < 0 ? args.words : args.words.slice(0, first);
  const changes = [...args.all("env"), ...(first < 0 ? [] : args.words.slice(first))];
  if (args.on("all") && args.text("selector")) return fail("cannot set --all and --selector at the same time");
  const late = first < 0 ? undefined : args.words.slice(first).find((word) => !isChange(word));
  if (late) return fail(`all resources must be specified before environment changes: ${args.words.join(" ")}`);
  if (resources.length === 0 && !args.has("filename"))
    return fail("one or more resources must be specified as <resource> <name> or <resource>/<name>");
  if (args.on("list") && args.has("output")) return fail("--list and --output may not be specified together");
  if (args.has("keys") && !args.has("from"))
    return fail("when specifying --keys, a configmap or secret must be provided with --from");
  const wanted: EnvVar[] = fromObjects(session);
  const gone: string[] = [];
  for (const pair of changes) {
    const at = pair.indexOf("=");
    if (at > 0) wanted.push({ name: pair.slice(0, at), value: pair.slice(at + 1) });
    else if (at < 0 && pair.endsWith("-")) gone.push(pair.slice(0, -1));
    else return fail(`invalid environment variable: ${pair}`);
  }
  const meant = containersMeant(session);
  if (args.on("list")) return listEnv(session, resources, meant);
  if (wanted.length === 0 && gone.length === 0) return fail("at least one environment variable must be provided");
  return change(session, resources, "env updated", "failed to patch env update to pod template: ", (pod) => {
    const containers = containersOf(pod).filter(({ name }) => meant(name));
    if (containers.length === 0)
      io.err(
        `Warning: ${pod.kind?.toLowerCase()}s/${pod.metadata.name} does not have any containers matching "${args.text("containers")}"\n`,
      );
    for (const container of containers) {
      const env = (container.env ?? []).filter(({ name }) => !gone.includes(name));
      for (const variable of wanted) {
        const old = env.findIndex(({ name }) => name === variable.name);
        if (old >= 0 && args.text("overwrite") === "false")
          fail(`'${variable.name}' already has a value (${env[old]!.value ?? ""}), and --overwrite is false`);
        if (old >= 0) env[old] = variable;
        else env.push(variable);
      }
      container.env = env;
    }
  });
}

/** `--from=configmap/settings`: a reference for each key, named as variables are. */
function fromObjects(session: Session): EnvVar[] {
  const { args } = session;
  const from = args.text("from");
  if (!from) return [];
  const { objects, missing } = findObjects({ ...session, args: args.without("filename").without("selector") }, [from]);
  if (missing[0]) throw missing[0];
  const prefix = args.text("prefix") ?? "";
  const keys = args.all("keys");
  return objects.flatMap(({ object }): EnvVar[] => {
    const reference = { ConfigMap: "configMapKeyRef", Secret: "secretKeyRef" }[object.kind];
    if (!reference) return fail("unsupported resource specified in --from");
    return Object.keys((object.data ?? {}) as object)
      .sort()
      .filter((key) => keys.length === 0 || keys.includes(key))
      .map((key) => {
        const name = `${prefix}${key.toUpperCase().replace(/[^A-Z0-9_]/g, "_")}`;
        if (name !== key && prefix === "") session.io.err(`Warning: key ${key} transferred to ${name}\n`);
        return { name, valueFrom: { [reference]: { name: object.metadata.name, key } } } as EnvVar;
      });
  });
}

function listEnv(session: Session, resources: readonly string[], meant: (name: string) => boolean): number {
  const { io, args, client } = session;
  const found: { objects: Found[]; missing: Failure[] } = chosenObjects(session, resources);
  for (const { info, object } of found.objects) {
    for (const { name, env = [] } of containersOf(object as unknown as Pod).filter((one) => meant(one.name))) {
      io.out(`# ${info.resource} ${object.metadata.name}, container ${name}\n`);
      for (const variable of env) {
        if (!variable.valueFrom) io.out(`${variable.name}=${variable.value ?? ""}\n`);
        else {
          const value = args.on("resolve") ? resolved(variable) : undefined;
          io.out(
            value === undefined ? `# ${variable.name} from ${sourceText(variable)}\n` : `${variable.name}=${value}\n`,
          );
        }
      }
    }
  }
  return reportFailures(io, found.missing);

  function resolved({ valueFrom }: EnvVar): string | undefined {
    const { configMapKeyRef: map, secretKeyRef: secret } = valueFrom!;
    const read = (kind: string, name: string, key: string) =>
      ((client.get(kind, session.namespace, name)?.data ?? {}) as Record<string, string>)[key];
    if (map) return read("ConfigMap", map.name!, map.key);
    return secret ? base64Decode(read("Secret", secret.name!, secret.key) ?? "") : undefined;
  }
}

function sourceText({ valueFrom }: EnvVar): string {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom!;
  if (configMapKeyRef) return `configmap ${configMapKeyRef.name}, key ${configMapKeyRef.key}`;
  if (secretKeyRef) return `secret ${secretKeyRef.name}, key ${secretKeyRef.key}`;
  if (fieldRef) return `field path ${fieldRef.fieldPath}`;
  return `resource field ${resourceFieldRef?.containerName ? `${resourceFieldRef.containerName}.` : ""}${resourceFieldRef?.resource ?? ""}`;
}

export function* setResources(session: Session): Task<number> {
  const { args } = session;
  const [limits, requests] = [args.text("limits") ?? "", args.text("requests") ?? ""];
  if (args.on("all") && args.text("selector")) return fail("cannot set --all and --selector at the same time");
  if (limits === "" && requests === "")
    return fail("you must specify an update to requests or limits (in the form of --requests/--limits)");
  const wanted = { limits: quantities(limits), requests: quantities(requests) };
  const meant = containersMeant(session);
  return change(
    session,
    args.words,
    "resource requirements updated",
    "failed to patch resources update to pod template ",
    (pod, failures) => {
      const containers = containersOf(pod).filter(({ name }) => meant(name));
      if (containers.length === 0)
        failures.push(new Failure(`error: unable to find container named ${args.text("containers") ?? "*"}`));
      for (const container of containers)
        for (const list of ["limits", "requests"] as const)
          if (Object.keys(wanted[list]).length > 0)
            container.resources = {
              ...container.resources,
              [list]: { ...container.resources?.[list], ...wanted[list] },
            };
    },
  );
}

function quantities(list: string): Record<string, string> {
  if (list === "") return {};
  return Object.fromEntries(
    list.split(",").map((pair) => {
      const parts = pair.split("=");
      return parts.length === 2
        ? (parts as [string, string])
        : fail(`invalid argument syntax ${pair}, expected <resource>=<value>`);
    }),
  );
}

export function* setSelector(session: Session): Task<number> {
  const { args } = session;
  const first = args.words.findIndex((word) => word.includes("="));
  const resources = first < 0 ? args.words : args.words.slice(0, first);
  if (first < 0) return fail("one selector is required");
  const pairs = args.words.slice(first).flatMap((word) => word.split(","));
  const selector = Object.fromEntries(pairs.map((pair) => pair.split("=", 2) as [string, string]));
  return change(session, resources, "selector updated", "", (object) => {
    const service = object as unknown as ApiObject;
    if (service.kind !== "Service") fail("setting a selector is only supported for Services");
    // The old selector goes as a whole.
    const spec = service.spec as { selector?: Record<string, unknown> };
    spec.selector = selector;
  });
}

export function* setServiceAccount(session: Session): Task<number> {
  const { args } = session;
  if (args.words.length === 0) return fail("serviceaccount is required");
  const account = args.words.at(-1)!;
  return change(
    session,
    args.words.slice(0, -1),
    "serviceaccount updated",
    "failed to patch ServiceAccountName ",
    (pod) => {
      containersOf(pod);
      pod.spec.serviceAccountName = account;
    },
  );
}

export function* setSubject(_session: Session): Task<number> {
  return fail(notSimulated(kindNamed("RoleBinding")!));
}
