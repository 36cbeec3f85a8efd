/** Events: the server's table (`kubectl get events`), in name order, and the client's (`kubectl events`), by time. */
import type { Event } from "../cluster/api/types.ts";
import { ageOf } from "./duration.ts";
import type { Column } from "./table.ts";

export const eventColumns: readonly Column<Event>[] = [
  { header: "LAST SEEN", cell: (event, now) => ageOf(lastSeen(event), now) },
  { header: "TYPE", cell: (event) => event.type ?? "" },
  { header: "REASON", cell: (event) => event.reason ?? "" },
  { header: "OBJECT", cell: (event) => `${event.involvedObject.kind?.toLowerCase()}/${event.involvedObject.name}` },
  { header: "SUBOBJECT", wide: true, cell: (event) => event.involvedObject.fieldPath ?? "" },
  { header: "SOURCE", wide: true, cell: sourceText },
  { header: "MESSAGE", cell: (event) => (event.message ?? "").trim() },
  { header: "FIRST SEEN", wide: true, cell: (event, now) => ageOf(firstSeen(event), now) },
  { header: "COUNT", wide: true, cell: (event) => String(event.series?.count ?? (event.count || 1)) },
  { header: "NAME", wide: true, cell: (event) => event.metadata.name },
];

/** `kubectl events`: LAST SEEN carries the count. */
export const clientEventColumns: readonly Column<Event>[] = [
  { header: "LAST SEEN", cell: clientAge },
  { header: "TYPE", cell: (event) => event.type ?? "" },
  { header: "REASON", cell: (event) => event.reason ?? "" },
  { header: "OBJECT", cell: (event) => `${event.involvedObject.kind}/${event.involvedObject.name}` },
  { header: "MESSAGE", cell: (event) => (event.message ?? "").trim() },
];

/** When it was seen last: what `kubectl events` sorts by. */
export function lastSeen(event: Event): string | undefined {
  return event.series?.lastObservedTime || event.lastTimestamp || firstSeen(event);
}

function firstSeen(event: Event): string | undefined {
  return event.firstTimestamp || event.eventTime || undefined;
}

/** `75s`, or `30s (x6 over 115s)` for one that came back: kubectl's describe writes its Age column so. */
export function clientAge(event: Event, now: number): string {
  const first = ageOf(event.eventTime || event.firstTimestamp, now);
  if (event.series) return `${ageOf(event.series.lastObservedTime, now)} (x${event.series.count} over ${first})`;
  if ((event.count ?? 0) > 1) return `${ageOf(event.lastTimestamp, now)} (x${event.count} over ${first})`;
  return first;
}

function sourceText(event: Event): string {
  const component = event.source?.component || event.reportingComponent || "";
  const host = event.source?.host || event.reportingInstance || "";
  return host && event.source?.component ? `${component}, ${host}` : component;
}
