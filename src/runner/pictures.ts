/** What can be looked at at one instant of a run: drawn from the run itself, or printed by kubectl then. */
import { eventLines } from "../course/eventLines.ts";
import type { LogRow, Trace } from "../simulation/trace.ts";
import { fold } from "./codeColour.ts";
import { runTimeline, watchLines } from "./runText.ts";
import type { Style } from "./style.ts";
import { harmless } from "./textWidth.ts";
import { seconds } from "./timeInWords.ts";
import { timelineLines } from "./timelineText.ts";

export type Picture = "timeline" | "pods" | "watch" | "describe" | "events" | "logs";

/** A run, and how its picture is to look. */
export interface Seen {
  readonly trace: Trace;
  readonly logs: readonly LogRow[];
  readonly width: number;
  readonly style: Style;
}

interface PictureSpec {
  /** As the screen calls it. */
  readonly label: string;
  /** What stands above it; a timeline needs no words. */
  readonly heading?: (pod: string) => string;
  /** kubectl's arguments, when only kubectl can say it. */
  readonly kubectl?: (pod: string) => string[];
  /** Lines for second `t`, drawn from the run. */
  readonly draw?: (seen: Seen, t: number) => string[];
}

const describe = (pod: string) => ["describe", "pod", ...(pod ? [pod] : [])];

/** In the order in which `g` goes through them. */
export const pictures: Readonly<Record<Picture, PictureSpec>> = {
  timeline: {
    label: "timeline",
    draw: ({ trace, width, style }, t) => timelineLines(runTimeline(trace), width, style, t),
  },
  pods: { label: "get pods", heading: () => "$ kubectl get pods", kubectl: () => ["get", "pods"] },
  watch: {
    label: "get -w",
    heading: () => "$ kubectl get pods -w",
    draw: ({ trace, width, style }, t) =>
      folded(watchLines({ ...trace, watch: trace.watch.filter((row) => isSeen(row, t)) }), width, style),
  },
  describe: {
    label: "describe",
    heading: (pod) => `$ kubectl ${describe(pod).join(" ")}`,
    kubectl: describe,
  },
  events: {
    label: "events",
    heading: () => "Events until then",
    draw: ({ trace, width, style }, t) =>
      orNothing(folded(eventLines(trace.events.filter((row) => isSeen(row, t))), width, style), style),
  },
  logs: { label: "logs", heading: () => "What the containers wrote until then", draw: logLines },
};

export const pictureNames = Object.keys(pictures) as Picture[];

export function nextPicture(picture: Picture): Picture {
  return pictureNames[(pictureNames.indexOf(picture) + 1) % pictureNames.length]!;
}

/** Lines of at most `width` cells, as far as they can be folded. `printed` is what kubectl said then. */
export function pictureLines(picture: Picture, seen: Seen, t: number, printed: string): string[] {
  const { heading, draw } = pictures[picture];
  const lines = draw ? draw(seen, t) : folded(printed.trimEnd().split("\n"), seen.width, seen.style);
  return heading ? [seen.style.bold(heading(podOf(seen.trace))), ...lines] : lines;
}

/** The name of the Pod that a run is about; a static one has the node's name in it. */
export function podOf(trace: Trace): string {
  return trace.watch[0]?.pod ?? trace.object?.metadata.name ?? "";
}

/** Times in a trace are rounded to tenths: what is so much later belongs to the same instant. */
export const sameInstantSeconds = 0.05;

function isSeen(row: { readonly t: number }, t: number): boolean {
  return row.t <= t + sameInstantSeconds;
}

function folded(lines: readonly string[], width: number, style: Style): string[] {
  return lines.flatMap((line) => fold(harmless(line), width, style));
}

function orNothing(lines: string[], style: Style): string[] {
  return lines.length > 0 ? lines : [style.dim("nothing yet")];
}

/** Rows that were written until then, the last ones of many. */
function logLines({ logs, width, style }: Seen, t: number): string[] {
  const rows = logs.filter((row) => isSeen(row, t));
  const most = 200;
  const nameWidth = Math.max(0, ...rows.map((row) => row.container.length));
  const line = (row: LogRow) =>
    `${seconds(row.t).padStart(7)} ${row.container.padEnd(nameWidth)} ${style.glyph.bar} ${row.text.trimEnd()}`;
  return [
    ...(rows.length > most ? [style.dim(`${rows.length - most} lines before these`)] : []),
    ...orNothing(folded(rows.slice(-most).map(line), width, style), style),
  ];
}
