/**
 * A run looked at from one change to the next. Pure: keys move a cursor; what kubectl would print at that instant is
 * asked for with a task and comes back as text (recording.ts).
 */
import type { LogRow, Trace } from "../simulation/trace.ts";
import { fold } from "./codeColour.ts";
import type { Moment } from "./moments.ts";
import { runTimeline } from "./runText.ts";
import type { Style } from "./style.ts";
import { harmless, wrap } from "./textWidth.ts";
import { seconds, timelineLines } from "./timelineText.ts";

/** What is shown of an instant. */
export type Picture = "timeline" | "pods" | "describe" | "logs";

interface PictureSpec {
  /** As the footer calls it. */
  readonly label: string;
  /** kubectl's arguments; absent: drawn from the run itself. */
  readonly kubectl?: (pod: string) => string[];
}

/** In the order in which `g` goes through them. */
export const pictures: Readonly<Record<Picture, PictureSpec>> = {
  timeline: { label: "timeline" },
  pods: { label: "get pods", kubectl: () => ["get", "pods"] },
  describe: { label: "describe", kubectl: (pod) => ["describe", "pod", ...(pod ? [pod] : [])] },
  logs: { label: "logs" },
};
const order = Object.keys(pictures) as Picture[];

export interface TimeState {
  /** Which run: `your manifest, when: the database never comes`. */
  readonly title: string;
  readonly trace: Trace;
  readonly logs: readonly LogRow[];
  readonly moments: readonly Moment[];
  /** Position in `moments`. */
  readonly at: number;
  readonly picture: Picture;
  /** What kubectl printed, and when and what that was about. */
  readonly looked?: Look;
}

export interface Look {
  readonly at: number;
  readonly picture: Picture;
  readonly text: string;
}

export function nextPicture(picture: Picture): Picture {
  return order[(order.indexOf(picture) + 1) % order.length]!;
}

/** Undefined: this key means nothing here. */
export function pressTime(time: TimeState, key: string): TimeState | undefined {
  const last = time.moments.length - 1;
  const to: Readonly<Record<string, number>> = {
    left: time.at - 1,
    p: time.at - 1,
    right: time.at + 1,
    n: time.at + 1,
    return: time.at + 1,
    space: time.at + 1,
    home: 0,
    end: last,
  };
  if (to[key] !== undefined) return { ...time, at: Math.max(0, Math.min(last, to[key])) };
  if (key === "g" || key === "tab") return { ...time, picture: nextPicture(time.picture) };
  if (key === "v") return { ...time, picture: "timeline" };
  return undefined;
}

/** Whether kubectl has to be asked before this can be shown. */
export function needsLook({ at, picture, looked }: TimeState): boolean {
  return pictures[picture].kubectl !== undefined && !(looked?.at === at && looked.picture === picture);
}

/** Lines of at most `width` cells, as far as what kubectl prints can be folded. */
export function timeViewLines(time: TimeState, width: number, style: Style): string[] {
  const { moments, at, trace } = time;
  const moment = moments[at]!;
  const out = [
    style.bold(`${seconds(moment.t)} of ${seconds(trace.seconds)}`) + style.dim(`  ${place(at, moments.length)}`),
    ...wrap(style.dim(harmless(time.title)), width),
    "",
  ];
  const what = moment.what.length > 0 ? moment.what : [quietWords(at, moments.length)];
  for (const text of what.slice(0, mostWords)) out.push(...fold(harmless(text), width, style));
  if (what.length > mostWords) out.push(style.dim(`and ${what.length - mostWords} more`));
  // The drawing stays in its place while one steps.
  while (!style.plain && out.length < 3 + mostWords) out.push("");
  out.push("", ...pictureLines(time, width, style));
  return out;
}

const mostWords = 4;

function place(at: number, count: number): string {
  return at === 0 ? "the beginning" : at === count - 1 ? "the end" : `change ${at} of ${count - 2}`;
}

function quietWords(at: number, count: number): string {
  return at === 0 ? "The Pod is handed in." : at === count - 1 ? "The run ends here." : "";
}

function pictureLines(time: TimeState, width: number, style: Style): string[] {
  const { trace, moments, at, picture, looked } = time;
  const { t } = moments[at]!;
  if (picture === "timeline") return timelineLines(runTimeline(trace), width, style, t);
  if (picture === "logs")
    return [style.bold("What the containers wrote until then"), ...logLines(time.logs, t, width, style)];
  const argv = pictures[picture].kubectl!(podOf(trace));
  const text = looked?.at === at && looked.picture === picture ? looked.text : "";
  return [
    style.bold(`$ kubectl ${argv.join(" ")}`),
    ...text
      .trimEnd()
      .split("\n")
      .flatMap((line) => fold(harmless(line), width, style)),
  ];
}

/** Rows that were written up to `t`, the last ones of many. */
function logLines(logs: readonly LogRow[], t: number, width: number, style: Style): string[] {
  const rows = logs.filter((row) => row.t <= t);
  if (rows.length === 0) return [style.dim("nothing yet")];
  const most = 200;
  const nameWidth = Math.max(...rows.map((row) => row.container.length));
  return [
    ...(rows.length > most ? [style.dim(`${rows.length - most} lines before these`)] : []),
    ...rows
      .slice(-most)
      .flatMap((row) =>
        fold(
          `${seconds(row.t).padStart(7)} ${row.container.padEnd(nameWidth)} ${style.glyph.bar} ${harmless(row.text.trimEnd())}`,
          width,
          style,
        ),
      ),
  ];
}

/** The name of the Pod that a run is about; a static one has the node's name in it. */
export function podOf(trace: Trace): string {
  return trace.watch[0]?.pod ?? trace.object?.metadata.name ?? "";
}
