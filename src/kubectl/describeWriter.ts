/** What every `kubectl describe` is written with: levels of two spaces, labels, annotations, times, the events. */
import type { Event } from "../cluster/api/types.ts";
import { clientAge } from "./eventTable.ts";
import { alignTabs } from "./tabWriter.ts";

/** kubectl describe.go: maxAnnotationLen. */
const maxAnnotationLength = 140;
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** Collects text with tabs; `toString` aligns it. */
export class DescribeWriter {
  #text = "";

  /** One line (or several, in a value) at a level; a tab ends a cell. */
  line(level: number, text: string): void {
    this.#text += `${"  ".repeat(level)}${printable(text)}\n`;
  }

  /** `Labels:  a=b` and the others below it in the value's column. */
  labels(title: string, labels: Record<string, string> | undefined): void {
    const lines = sortedEntries(labels).map(([key, value]) => `${key}=${value}`);
    this.values(title, lines);
  }

  annotations(title: string, annotations: Record<string, string> | undefined): void {
    const shown = sortedEntries(annotations).filter(([key]) => key !== lastApplied);
    const lines = shown.flatMap(([key, text]) => {
      const value = text.replace(/\n$/, "");
      if (value.length + key.length + 2 <= maxAnnotationLength && !value.includes("\n")) return [`${key}: ${value}`];
      return [`${key}:`, ...value.split("\n").map((line) => `  ${shorten(line)}`)];
    });
    this.values(title, lines);
  }

  /** A title and its values, one a line; none: `<none>`. */
  values(title: string, lines: readonly string[]): void {
    const [first = "<none>", ...rest] = lines;
    this.line(0, `${title}:\t${first}`);
    for (const line of rest) this.line(0, `\t${line}`);
  }

  /** The events table at the end; undefined when events were not asked for. */
  events(events: readonly Event[] | undefined, now: number): void {
    if (!events) return;
    if (events.length === 0) {
      this.line(0, "Events:\t<none>");
      return;
    }
    this.line(0, "Events:\n  Type\tReason\tAge\tFrom\tMessage");
    this.line(1, "----\t------\t----\t----\t-------");
    for (const event of byLastTimestamp(events)) {
      const field = event.involvedObject.fieldPath;
      const message = `${field ? `${field}: ` : ""}${(event.message ?? "").trim()}`;
      const from = event.source?.component || event.reportingComponent || "";
      this.line(1, `${event.type ?? ""}\t${event.reason ?? ""}\t${clientAge(event, now)}\t${from}\t${message}`);
    }
  }

  toString(): string {
    return alignTabs(this.#text);
  }
}

/** `Thu, 01 Jan 2026 00:00:01 +0000`; no time is Go's zero time. */
export function rfc1123(time: string | null | undefined): string {
  if (!time) return "Mon, 01 Jan 0001 00:00:00 +0000";
  return new Date(Date.parse(time)).toUTCString().replace("GMT", "+0000");
}

export function sortedEntries<T>(map: Record<string, T> | undefined): [string, T][] {
  return Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Events of the scheduler have no lastTimestamp and so come first; ties keep their order. */
function byLastTimestamp(events: readonly Event[]): Event[] {
  const at = (event: Event) => (event.lastTimestamp ? Date.parse(event.lastTimestamp) : Number.NEGATIVE_INFINITY);
  return [...events].sort((a, b) => (at(a) === at(b) ? 0 : at(a) - at(b)));
}

function shorten(text: string): string {
  const limit = maxAnnotationLength - 2;
  return text.length > limit ? `${text.slice(0, limit)}...` : text;
}

function printable(text: string): string {
  return text.replaceAll("\u001b", "^[").replaceAll("\r", "\\r");
}
