/**
 * A run looked at from one change to the next, or at any second. Pure: keys move the instant; what kubectl would print
 * then is asked for with a task and comes back as text (timeLook.ts).
 */
import type { LogRow, Trace } from "../simulation/trace.ts";
import { fold } from "./codeColour.ts";
import type { Moment } from "./moments.ts";
import { nextPicture, type Picture, pictureLines, pictureNames, pictures, sameInstantSeconds } from "./pictures.ts";
import type { Style } from "./style.ts";
import { harmless, truncate, widthOf } from "./textWidth.ts";
import { seconds, secondsIn } from "./timeInWords.ts";

export interface TimeState {
  /** Which run: `your manifest, when: the database never comes`. */
  readonly title: string;
  readonly trace: Trace;
  readonly logs: readonly LogRow[];
  readonly moments: readonly Moment[];
  /** The second that is looked at. */
  readonly t: number;
  readonly picture: Picture;
  /** A time that is being typed. */
  readonly typing?: string;
  /** What kubectl printed, and when and what that was about. */
  readonly looked?: Look;
}

export interface Look {
  readonly t: number;
  readonly picture: Picture;
  readonly text: string;
}

export interface TimeStep {
  readonly time: TimeState;
  /** What the learner should know, in one line. */
  readonly say?: string;
}

/** For the help screen. */
export const timeKeys: readonly { readonly keys: readonly string[]; readonly help: string }[] = [
  { keys: ["left", "right"], help: "to the change before and after; also p and n" },
  { keys: [",", "."], help: "a second back and on" },
  { keys: ["<", ">"], help: "ten seconds back and on" },
  { keys: ["0-9"], help: "type a time such as 45, 90s or 1m30s, then Enter: to that second" },
  { keys: ["home", "end"], help: "to the beginning and the end of the run" },
  { keys: ["g", "tab"], help: "the next picture: timeline, get pods, get -w, describe, events, logs" },
  { keys: ["v"], help: "the timeline again" },
  { keys: ["escape", "q", "b"], help: "back to where you were" },
];

/** Seconds that these keys go. */
const steps: Readonly<Record<string, number>> = { ",": -1, ".": 1, "<": -10, ">": 10 };

/** `line`: all of what was typed, where keys come as lines. Undefined: this key means nothing here. */
export function pressTime(time: TimeState, key: string, line?: string): TimeStep | undefined {
  if (time.typing !== undefined) return typeTime(time, time.typing, key);
  if (/^[:\d]$/.test(key)) {
    if (line !== undefined) return goTo(time, line.replace(/^:\s*/, ""));
    return { time: { ...time, typing: key === ":" ? "" : key } };
  }
  const end = time.trace.seconds;
  const before = time.moments.findLast(({ t }) => t < time.t)?.t ?? 0;
  const after = time.moments.find(({ t }) => t > time.t)?.t ?? end;
  const to: Readonly<Record<string, number>> = {
    left: before,
    p: before,
    right: after,
    n: after,
    return: after,
    space: after,
    home: 0,
    end,
  };
  const step = steps[key];
  // From 20.6 s a second on is 21 s: whole seconds are what people ask for.
  const stepped = step && (step > 0 ? Math.floor(time.t) + step : Math.ceil(time.t) + step);
  const t = to[key] ?? stepped;
  if (t !== undefined) return { time: { ...time, t: Math.max(0, Math.min(end, t)) } };
  if (key === "g" || key === "tab") return { time: { ...time, picture: nextPicture(time.picture) } };
  if (key === "v") return { time: { ...time, picture: "timeline" } };
  return undefined;
}

/** While a time is typed, every key is about that. */
function typeTime(time: TimeState, typed: string, key: string): TimeStep {
  const { typing: _, ...still } = time;
  if (key === "return") return typed === "" ? { time: still } : goTo(still, typed);
  if (key === "escape" || (key === "backspace" && typed.length <= 1)) return { time: still };
  if (key === "backspace") return { time: { ...time, typing: typed.slice(0, -1) } };
  return { time: /^[\d.hms]$/.test(key) && typed.length < 12 ? { ...time, typing: typed + key } : time };
}

function goTo(time: TimeState, written: string): TimeStep {
  const asked = secondsIn(written);
  if (asked === undefined) return { time, say: `${written} is no time. Type 45, 90s or 1m30s.` };
  const t = Math.min(asked, time.trace.seconds);
  return { time: { ...time, t }, ...(t < asked && { say: `The run ends at ${seconds(t)}.` }) };
}

/** Whether kubectl has to be asked before this can be shown. */
export function needsLook({ t, picture, looked }: TimeState): boolean {
  return pictures[picture].kubectl !== undefined && !(looked?.t === t && looked.picture === picture);
}

/** Lines of at most `width` cells; at most `mostWords` of them say what changed. */
export function timeViewLines(time: TimeState, width: number, style: Style, mostWords = 4): string[] {
  const { moments, t, trace, picture, looked } = time;
  const at = moments.findLastIndex((moment) => moment.t <= t);
  const printed = looked?.t === t && looked.picture === picture ? looked.text : "";
  const place = `  ${placeWords(time, at)}  ${style.glyph.bar}  ${harmless(time.title)}`;
  const out = [
    truncate(style.bold(`${seconds(t)} of ${seconds(trace.seconds)}`) + style.dim(place), width, style.glyph.ellipsis),
    tabs(picture, width, style),
    "",
    ...whatHappened(time, at, mostWords, width, style),
  ];
  // The drawing stays in its place while one steps.
  while (picture === "timeline" && !style.plain && out.length < 3 + mostWords) out.push("");
  return [...out, "", ...pictureLines(picture, { trace, logs: time.logs, width, style }, t, printed)];
}

function whatHappened({ moments, t }: TimeState, at: number, mostWords: number, width: number, style: Style): string[] {
  const { what, t: since } = moments[at]!;
  const isNow = t - since < sameInstantSeconds;
  if (what.length === 0) return [at === 0 ? "The Pod is handed in." : "The run ends here."];
  const quiet = `Nothing new since ${seconds(since)}`;
  if (mostWords === 1)
    return [truncate(isNow ? harmless(what.join("; ")) : style.dim(`${quiet}.`), width, style.glyph.ellipsis)];
  const lines = what.flatMap((text) => fold(harmless(text), width, style));
  const room = mostWords - (isNow ? 0 : 1);
  const more = lines.length - room + 1;
  const shown = more > 1 ? [...lines.slice(0, room - 1), `and ${more} more lines`] : lines;
  return isNow ? shown : [`${quiet}:`, ...shown].map(style.dim);
}

/** All pictures, the one that is shown marked; that one alone where there is little room. */
function tabs(picture: Picture, width: number, style: Style): string {
  if (style.plain) return `Picture: ${pictures[picture].label}`;
  const mark = (text: string) => (style.colour ? style.inverse(` ${text} `) : `[${text}]`);
  const all = pictureNames
    .map((one) => (one === picture ? mark(pictures[one].label) : ` ${pictures[one].label} `))
    .join(" ");
  return widthOf(all) <= width ? all : mark(pictures[picture].label);
}

function placeWords({ moments, t }: TimeState, at: number): string {
  const last = moments.length - 1;
  if (t === 0) return "the beginning";
  if (at === last) return "the end";
  if (moments[at]!.t === t) return `change ${at} of ${last - 1}`;
  return at === 0
    ? "before the first change"
    : at === last - 1
      ? "after the last change"
      : `between changes ${at} and ${at + 1} of ${last - 1}`;
}
