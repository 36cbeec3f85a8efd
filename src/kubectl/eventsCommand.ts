/** `kubectl events`: by time, unlike `get events`. */
import type { Event } from "../cluster/api/types.ts";
import { Signal, type Task, wait } from "../time/task.ts";
import type { ApiObject } from "./client.ts";
import { clientEventColumns, lastSeen } from "./eventTable.ts";
import { fail } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { printerOf } from "./output.ts";
import { resourceNamed } from "./resourceTypes.ts";
import { outputFlags, type Session, usageError, withoutManagedFields } from "./session.ts";
import { printTable, tableHeader, tableRow, TableWriter } from "./table.ts";

export const eventsFlags: FlagTable = {
  ...outputFlags,
  "all-namespaces": { short: "A", type: "bool" },
  "chunk-size": { type: "int", usual: "500" },
  for: { type: "string" },
  "no-headers": { type: "bool" },
  types: { type: "list" },
  watch: { short: "w", type: "bool" },
};

export function* events(session: Session): Task<number> {
  const { args, io, client, namespace } = session;
  if (args.words.length > 0) return usageError(session, `unexpected arguments: [${args.words.join(" ")}]`);
  const everywhere = args.on("all-namespaces");
  const about = args.text("for");
  const [type = "", name = "", more] = about?.split("/") ?? [];
  if (more !== undefined) return fail("arguments in resource/name form may not have more than one slash");
  if (about !== undefined && (!about.includes("/") || type === "" || name === ""))
    return fail(
      about.includes("/")
        ? "arguments in resource/name form must have a single resource and name"
        : "--for must be in resource/name form",
    );
  const info = about === undefined ? undefined : resourceNamed(type);
  const types = args.all("types").map((word) => word.toLowerCase());
  if (types.some((word) => word !== "normal" && word !== "warning")) return fail("valid --types are Normal or Warning");
  const wanted = ({ involvedObject, type, metadata }: Event): boolean =>
    (everywhere || metadata.namespace === namespace) &&
    (!info || (involvedObject.kind === info.kind && involvedObject.name === name)) &&
    (types.length === 0 || types.includes((type ?? "").toLowerCase()));
  const at = (event: Event) => Date.parse(lastSeen(event) ?? "") || 0;
  const found = (client.list("Event", everywhere ? undefined : namespace) as unknown as Event[]).filter(wanted);
  found.sort((a, b) => at(a) - at(b));
  const print = printerOf(session);
  if (args.on("watch")) return yield* watch(session, found, wanted);
  if (found.length === 0) io.err(everywhere ? "No events found.\n" : `No events found in ${namespace} namespace.\n`);
  else if (print) io.out(print((found as unknown as ApiObject[]).map(withoutManagedFields), true));
  else
    io.out(
      printTable(clientEventColumns, found, client.now(), {
        withNamespace: everywhere,
        noHeaders: args.on("no-headers"),
      }),
    );
  return 0;
}

function* watch(
  { args, io, client }: Session,
  first: readonly Event[],
  wanted: (event: Event) => boolean,
): Task<number> {
  const options = { withNamespace: args.on("all-namespaces") };
  const writer = new TableWriter();
  const row = (event: Event) => tableRow(clientEventColumns, event, client.now(), options);
  const rows = first.map(row);
  const header = args.on("no-headers") ? [] : [tableHeader(clientEventColumns, options)];
  io.out(writer.write([...header, ...rows]));
  const queue: string[][] = [];
  const arrived = new Signal<void>();
  const stop = client.watch("Event", ({ type, object }) => {
    const event = object as unknown as Event;
    // One that goes because it is old is nothing new.
    if (type === "DELETED" || !wanted(event)) return;
    queue.push(row(event));
    arrived.fire();
  });
  try {
    for (;;) {
      if (queue.length === 0) yield* wait(arrived.asWait());
      io.out(writer.write(queue.splice(0)));
    }
  } finally {
    stop();
  }
}
