/** `kubectl expose`: a Service for a Pod, or for what a Service selects. */
import type { Task } from "../time/task.ts";
import type { ApiObject } from "./client.ts";
import { fail, Failure } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { printerOf } from "./output.ts";
import {
  accepted,
  chosenObjects,
  dryRunOf,
  dryRunSuffix,
  fileFlags,
  outputFlags,
  type Session,
  visit,
  withoutManagedFields,
  writeFlags,
} from "./session.ts";

const text = { type: "string" } as const;

export const exposeFlags: FlagTable = {
  ...fileFlags,
  ...outputFlags,
  ...writeFlags,
  "cluster-ip": text,
  "external-ip": text,
  labels: { short: "l", type: "string" },
  "load-balancer-ip": text,
  name: text,
  "override-type": { type: "string", usual: "merge" },
  overrides: text,
  port: text,
  protocol: text,
  "save-config": { type: "bool" },
  selector: text,
  "session-affinity": text,
  "target-port": text,
  type: text,
};

interface Ports {
  readonly port?: number;
  readonly containerPort?: number;
  readonly protocol?: string;
}

export function* expose(session: Session): Task<number> {
  const { args, client, io, namespace } = session;
  const dry = dryRunOf(session);
  const print = printerOf(session, dry === "client");
  // `--selector` is the new Service's: it does not choose what is exposed.
  const chosen = chosenObjects({ ...session, args: args.without("selector") });
  return visit(session, chosen, ({ info, object }) => {
    if (!["Pod", "Service", "ReplicationController", "ReplicaSet", "Deployment"].includes(info.kind))
      fail(`cannot expose a ${info.kind}${info.apiVersion.includes("/") ? `.${info.apiVersion.split("/")[0]}` : ""}`);
    const selector = args.has("selector") ? pairsOf(args.text("selector")!) : selectorOf(object);
    const ports = portsOf(session, object);
    const labels = args.has("labels") ? pairsOf(args.text("labels")!) : object.metadata.labels;
    const target = args.text("target-port");
    const clusterIP = args.text("cluster-ip");
    const affinity = args.text("session-affinity");
    if (affinity && affinity !== "None" && affinity !== "ClientIP") fail(`unknown session affinity: ${affinity}`);
    const document = {
      kind: "Service",
      apiVersion: "v1",
      metadata: {
        name: args.text("name") || object.metadata.name!.slice(0, 63),
        ...(dry !== "client" || args.has("namespace") ? { namespace } : {}),
        ...(labels && Object.keys(labels).length > 0 && { labels }),
      },
      spec: {
        ...(ports.length > 0 && {
          ports: ports.map((port) => ({
            ...port,
            targetPort: target === undefined ? port.port : /^\d+$/.test(target) ? Number(target) : target,
          })),
        }),
        selector,
        ...(clusterIP && { clusterIP }),
        ...(args.text("type") && { type: args.text("type") }),
        ...(args.text("external-ip") && { externalIPs: [args.text("external-ip")] }),
        ...(affinity && { sessionAffinity: affinity }),
        ...(args.text("type") === "LoadBalancer" &&
          args.text("load-balancer-ip") && { loadBalancerIP: args.text("load-balancer-ip") }),
      },
      status: { loadBalancer: {} },
    };
    const service =
      dry === "client"
        ? (document as unknown as ApiObject)
        : accepted(session, client.create(document, { dryRun: dry === "server" }));
    io.out(
      print
        ? print([withoutManagedFields(service)], false)
        : `service/${service.metadata.name} exposed${dryRunSuffix[dry]}\n`,
    );
  });
}

function selectorOf(object: ApiObject): Record<string, string> {
  const why = "couldn't retrieve selectors via --selector flag or introspection";
  if (object.kind === "Service") {
    const { selector } = object.spec as { selector?: Record<string, string> };
    return selector ?? fail(`${why}: the service has no pod selector set`);
  }
  const { labels } = object.metadata;
  if (!labels || Object.keys(labels).length === 0)
    throw new Failure(`error: ${why}: the pod has no labels and cannot be exposed`);
  return labels;
}

/** Of `--port`, else of the object itself. Several get names. */
function portsOf({ args }: Session, object: ApiObject): { name?: string; protocol: string; port: number }[] {
  const spec = object.spec as { containers?: { ports?: Ports[] }[]; ports?: Ports[] };
  const own = (
    object.kind === "Service" ? (spec.ports ?? []) : (spec.containers ?? []).flatMap(({ ports = [] }) => ports)
  ).map(({ port, containerPort, protocol = "TCP" }) => ({ port: port ?? containerPort!, protocol }));
  const given = args.text("port");
  const numbers = given ? given.split(",") : [...new Set(own.map(({ port }) => String(port)))];
  if (numbers.length === 0 && args.text("cluster-ip") !== "None")
    fail("couldn't find port via --port flag or introspection");
  const wanted = args.text("protocol");
  return numbers.flatMap((text, i) => {
    if (!/^\d+$/.test(text)) return fail(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
    const port = Number(text);
    const name = numbers.length > 1 ? `port-${i + 1}` : undefined;
    const protocols = wanted
      ? [wanted]
      : [...new Set(own.filter((one) => one.port === port).map(({ protocol }) => protocol))];
    if (protocols.length > 1)
      return protocols.map((protocol) => ({ name: `port-${i + 1}-${protocol.toLowerCase()}`, protocol, port }));
    return [{ ...(name && { name }), protocol: protocols[0] ?? "TCP", port }];
  });
}

function pairsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const parts = pair.split("=");
      return parts.length === 2 && parts[0] !== ""
        ? (parts as [string, string])
        : fail(`unexpected label spec: ${pair}`);
    }),
  );
}
