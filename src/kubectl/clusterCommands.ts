/** `kubectl events`, `expose`, `set image`, `cordon`, `uncordon`, `api-resources`, `auth can-i`. */
import { allKinds } from "../cluster/api/kinds.ts";
import type { Event } from "../cluster/api/types.ts";
import type { Task } from "../time/task.ts";
import { clientEventColumns, lastSeen } from "./eventTable.ts";
import { fail } from "./failure.ts";
import { objectName, resourceNamed, shortNamesOf } from "./resourceTypes.ts";
import { accepted, findObjects, namedTargets, reportAll, type Session } from "./session.ts";
import { printTable, TableWriter } from "./table.ts";

export function* events({ args, io, client, namespace }: Session): Task<number> {
  const everywhere = args.on("all-namespaces");
  const about = args.text("for");
  const [target] = about ? namedTargets([about], namespace).targets : [];
  const wanted = (client.list("Event", everywhere ? undefined : namespace) as unknown as Event[]).filter(
    ({ involvedObject, type }) =>
      (!target || (involvedObject.kind === target.info.kind && involvedObject.name === target.name)) &&
      (!args.has("types") || args.all("types").includes(type ?? "")),
  );
  const at = (event: Event) => Date.parse(lastSeen(event) ?? "") || 0;
  wanted.sort((a, b) => at(a) - at(b));
  if (wanted.length === 0) io.err(everywhere ? "No events found.\n" : `No events found in ${namespace} namespace.\n`);
  else
    io.out(
      printTable(clientEventColumns, wanted, client.now(), {
        withNamespace: everywhere,
        noHeaders: args.on("no-headers"),
      }),
    );
  return 0;
}

export function* expose(session: Session): Task<number> {
  const { args, io, client, namespace } = session;
  const { objects, missing } = findObjects(session, args.words);
  if (missing.length > 0) return reportAll(session, missing);
  for (const { info, object } of objects) {
    const labels =
      info.kind === "Service"
        ? (object.spec as { selector?: Record<string, string> }).selector
        : object.metadata.labels;
    if (!labels || Object.keys(labels).length === 0)
      return fail(
        `couldn't retrieve selectors via --selector flag or introspection: the ${info.kind.toLowerCase()} has no labels and cannot be exposed`,
      );
    const { containers = [] } = object.spec as { containers?: { ports?: { containerPort: number }[] }[] };
    const port = args.number("port") ?? containers.flatMap(({ ports = [] }) => ports)[0]?.containerPort;
    if (port === undefined) return fail("couldn't find port via --port flag or introspection");
    const target = args.text("target-port") ?? String(port);
    const name = args.text("name") ?? object.metadata.name!;
    const service = accepted(
      session,
      client.create({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace, labels: object.metadata.labels },
        spec: {
          selector: labels,
          ports: [
            {
              protocol: args.text("protocol") ?? "TCP",
              port,
              targetPort: /^\d+$/.test(target) ? Number(target) : target,
            },
          ],
          ...(args.has("type") && { type: args.text("type") }),
        },
      }),
    );
    io.out(`service/${service.metadata.name} exposed\n`);
  }
  return 0;
}

export function* setImage(session: Session): Task<number> {
  const { args, io, client } = session;
  const pairs = args.words.filter((word) => word.includes("="));
  if (pairs.length === 0) return fail("at least one image update is required");
  const { objects, missing } = findObjects(
    session,
    args.words.filter((word) => !word.includes("=")),
  );
  for (const { info, object } of objects) {
    const containers = pairs.map((pair) => ({
      name: pair.slice(0, pair.indexOf("=")),
      image: pair.slice(pair.indexOf("=") + 1),
    }));
    const there = ((object.spec as { containers?: { name: string }[] }).containers ?? []).map(({ name }) => name);
    const unknown = containers.find(({ name }) => !there.includes(name));
    if (unknown) return fail(`unable to find container named "${unknown.name}"`);
    const patch = { spec: { containers } };
    accepted(session, client.patch(info.kind, object.metadata.namespace, object.metadata.name!, patch, "strategic"));
    io.out(`${objectName(info, object.metadata.name!)} image updated\n`);
  }
  return reportAll(session, missing);
}

export function cordon(unschedulable: boolean) {
  return function* (session: Session): Task<number> {
    const { args, io, client } = session;
    const verb = unschedulable ? "cordoned" : "uncordoned";
    const { objects, missing } = findObjects(session, ["nodes", ...args.words]);
    for (const { object } of objects) {
      const name = object.metadata.name!;
      const already =
        ((object.spec as { unschedulable?: boolean } | undefined)?.unschedulable ?? false) === unschedulable;
      if (!already)
        accepted(
          session,
          client.patch("Node", undefined, name, { spec: { unschedulable: unschedulable || null } }, "strategic"),
        );
      io.out(`node/${name} ${already ? "already " : ""}${verb}\n`);
    }
    return reportAll(session, missing);
  };
}

export function* apiResources({ args, io }: Session): Task<number> {
  const group = args.text("api-group");
  const rows = allKinds
    .filter(
      ({ apiVersion }) => group === undefined || (apiVersion.includes("/") ? apiVersion.split("/")[0] : "") === group,
    )
    .map((info) => [
      info.resource,
      shortNamesOf(info.resource).join(","),
      info.apiVersion,
      String(info.namespaced),
      info.kind,
    ])
    .sort(([a = "", , v = ""], [b = "", , w = ""]) => (v === w ? (a < b ? -1 : 1) : v < w ? -1 : 1));
  const header = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"];
  io.out(new TableWriter().write(args.on("no-headers") ? rows : [header, ...rows]));
  return 0;
}

/** The course's user is the cluster's administrator. */
export function* canI({ args, io }: Session): Task<number> {
  const [, resource] = args.words;
  if (!resource) return fail("you must specify two arguments: verb resource or verb resource/resourceName.");
  resourceNamed(resource.split("/")[0]!);
  io.out("yes\n");
  return 0;
}
