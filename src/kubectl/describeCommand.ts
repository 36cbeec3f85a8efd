/** `kubectl describe`: which objects, and which describer writes them. */
import type { Event, Pod } from "../cluster/api/types.ts";
import type { Task } from "../time/task.ts";
import type { ApiObject } from "./client.ts";
import { describeNode } from "./describeNode.ts";
import { bodies, describeAnything } from "./describeObjects.ts";
import { describePod } from "./describePod.ts";
import { DescribeWriter } from "./describeWriter.ts";
import { fail, reportFailures } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { resourceNamed } from "./resourceTypes.ts";
import { fileFlags, type Found, findObjects, resourceFlags, type Session } from "./session.ts";

export const describeFlags: FlagTable = {
  selector: resourceFlags.selector!,
  "all-namespaces": resourceFlags["all-namespaces"]!,
  ...fileFlags,
  "show-events": { type: "bool", usual: "true" },
  "chunk-size": { type: "int", usual: "500" },
};

export function* describe(session: Session): Task<number> {
  const { args, io, namespace } = session;
  if (args.words.length === 0 && !args.has("filename"))
    return fail(
      'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.',
    );
  const { objects, missing } = findObjects(session);
  const several = objects.length > 1 || missing.length > 0;
  const withEvents = args.has("show-events") ? args.on("show-events") : !several;
  const [type, prefix] = args.words;
  if (missing.length > 0 && args.words.length === 2 && !type!.includes("/")) {
    const info = resourceNamed(type!);
    const alike = session.client
      .list(info.kind, info.namespaced ? namespace : undefined)
      .filter(({ metadata }) => metadata.name?.startsWith(prefix!));
    if (alike.length === 0) return reportFailures(io, missing);
    io.out(alike.map((object) => `${describeOne(session, { info, object }, withEvents)}\n`).join(""));
    return 0;
  }
  io.out(objects.map((object) => describeOne(session, object, withEvents)).join("\n\n"));
  if (objects.length === 0 && missing.length === 0)
    io.err(args.on("all-namespaces") ? "No resources found\n" : `No resources found in ${namespace} namespace.\n`);
  return reportFailures(io, missing);
}

function describeOne(session: Session, { info, object }: Found, withEvents: boolean): string {
  const now = session.client.now();
  const events = withEvents ? eventsOf(session, object) : undefined;
  if (info.kind === "Pod") return describePod(object as unknown as Pod, events, now);
  const w = new DescribeWriter();
  const { metadata } = object;
  if (info.kind === "Node") describeNode(w, object, session, events);
  else {
    const body = bodies[info.kind];
    w.line(0, `Name:\t${metadata.name}`);
    if (info.namespaced || !body) w.line(0, `Namespace:\t${metadata.namespace ?? ""}`);
    if (!body || body.labels !== false) {
      w.labels("Labels", metadata.labels);
      w.annotations("Annotations", metadata.annotations);
    }
    if (body) body.write(w, object, session);
    else describeAnything(w, object);
    if (!body || body.events !== false) w.events(events, now);
  }
  return w.toString();
}

function eventsOf({ client }: Session, { kind, metadata }: ApiObject): Event[] {
  const uid = kind === "Node" ? metadata.name : (metadata.annotations?.["kubernetes.io/config.mirror"] ?? metadata.uid);
  return (client.list("Event", metadata.namespace) as unknown as Event[]).filter(
    ({ involvedObject: about }) =>
      about.name === metadata.name &&
      about.kind === kind &&
      (!about.uid || about.uid === uid || about.uid === metadata.uid),
  );
}
