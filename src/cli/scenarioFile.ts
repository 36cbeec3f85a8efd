/** What a file for `course simulate` and `course predict` holds: a manifest, or a scenario in JSON; and words where it does not. */
import { anyKind } from "../course/demo.ts";
import { type LearnerManifest, readLearnerManifest } from "../grader/learnerManifest.ts";
import { explainedRefusal, type Refusal, refusedBeside } from "../grader/refusal.ts";
import { proseLines } from "../runner/prose.ts";
import { harmless } from "../runner/textWidth.ts";
import { secondsIn } from "../runner/timeInWords.ts";
import { excerpt } from "../runner/verdictText.ts";
import type { Run, Scenario } from "../simulation/trace.ts";
import { type Context, UsageFault } from "./context.ts";

/** Seconds. A virtual week is plenty. */
const longest = 7 * 24 * 3600;
/** The parts of a scenario in JSON; everything else in the file (a recording's results) is not looked at. */
const scenarioKeys = [
  "node",
  "nodeImages",
  "seconds",
  "static",
  "pod",
  "objects",
  "actions",
  "looks",
  "seed",
  "images",
];

export type Read =
  | {
      readonly scenario: Scenario;
      readonly given: Readonly<Record<string, unknown>>;
      /** Not when the file is a scenario in JSON. */
      readonly manifest?: LearnerManifest;
    }
  | { readonly lines: (context: Context) => string[] };

/** Throws UsageFault for a scenario in JSON that is not right. */
export function readScenario(text: string): Read {
  const given = scenarioInJson(text);
  if (given) return { scenario: given as unknown as Scenario, given };
  const manifest = readLearnerManifest(text, anyKind);
  if ("fault" in manifest) {
    const { expected, actual, place, say } = manifest.fault;
    return {
      lines: ({ terminal }) => [
        ...(say ? [actual, "", say] : [`Expected ${expected}, but ${actual}.`]),
        ...(place ? excerpt(place, text, terminal.errorStyle, terminal.columns) : []),
      ],
    };
  }
  const beside = refusedBeside(manifest);
  if (beside) return { lines: ({ terminal }) => explainedLines(beside, terminal, text) };
  const [pod, ...objects] = manifest.documents;
  return {
    scenario: { pod, ...(objects.length > 0 && { objects }) },
    given: { pod, ...(objects.length > 0 && { objects }) },
    manifest,
  };
}

/** The server's words; for a manifest the plain ones, too, with the line. */
export function refusalLines(
  read: Extract<Read, { scenario: unknown }>,
  rejected: NonNullable<Run["rejected"]>,
  { terminal }: Context,
  text: string,
): string[] {
  if (!read.manifest) return [rejected.message];
  return explainedLines(explainedRefusal(rejected, read.scenario.pod, read.manifest, 0), terminal, text);
}

function explainedLines({ message, plain }: Refusal, terminal: Context["terminal"], manifest: string): string[] {
  const { errorStyle, columns } = terminal;
  return [
    ...message.trimEnd().split("\n").map(harmless),
    ...plain.flatMap(({ text, place }) => [
      "",
      ...proseLines(text, Math.min(columns, 120), errorStyle),
      ...(place ? excerpt(place, manifest, errorStyle, columns) : []),
    ]),
  ];
}

/** A JSON object with `pod` and no `apiVersion` is a scenario. */
function scenarioInJson(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!("pod" in value) || "apiVersion" in value) return undefined;
  const fault = scenarioFault(value);
  if (fault) throw new UsageFault(`The scenario is not right: ${fault}`);
  return Object.fromEntries(scenarioKeys.filter((key) => value[key] !== undefined).map((key) => [key, value[key]]));
}

function scenarioFault(value: Record<string, unknown>): string | undefined {
  for (const key of ["objects", "actions", "looks", "nodeImages"]) {
    if (value[key] !== undefined && !Array.isArray(value[key])) return `${key} must be a list`;
  }
  for (const key of ["actions", "looks"]) {
    for (const entry of (value[key] as unknown[] | undefined) ?? []) {
      if (typeof (entry as { at?: unknown } | null)?.at !== "number")
        return `each of ${key} needs "at", a number of seconds`;
    }
  }
  const { seconds } = value;
  if (seconds !== undefined && !(typeof seconds === "number" && seconds >= 0 && seconds <= longest))
    return `seconds must be a number from 0 to ${longest}`;
  return undefined;
}

/** Seconds. Throws UsageFault. */
export function durationOf(text: string, option = "--for"): number {
  const seconds = secondsIn(text);
  if (seconds === undefined) throw new UsageFault(`${option} takes a duration such as 90s, 5m or 1h30m, not ${text}.`);
  if (seconds > longest) throw new UsageFault(`${option} is at most a week: 168h.`);
  return seconds;
}
