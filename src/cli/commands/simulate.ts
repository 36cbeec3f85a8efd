/** `course simulate`: free play. What would a cluster do with this manifest? */
import { resolve } from "node:path";
import { eventLines } from "../../course/eventLines.ts";
import { anyKind } from "../../course/demo.ts";
import { type LearnerManifest, readLearnerManifest } from "../../grader/learnerManifest.ts";
import { explainedRefusal, type Refusal, refusedBeside } from "../../grader/refusal.ts";
import { applyEdits } from "../../grader/edits.ts";
import type { Edit } from "../../grader/types.ts";
import { readManifest } from "../../manifest/readManifest.ts";
import { readInput } from "../../runner/inputFile.ts";
import { nearest } from "../../runner/nearMiss.ts";
import { proseLines } from "../../runner/prose.ts";
import { restlessText } from "../../runner/restlessText.ts";
import { harmless } from "../../runner/textWidth.ts";
import { seconds as sayTime, secondsIn } from "../../runner/timeInWords.ts";
import { timelineLines } from "../../runner/timelineText.ts";
import { type Picture, pictureLines, pictureNames } from "../../runner/pictures.ts";
import { momentsOf } from "../../runner/moments.ts";
import { lookAt, record } from "../../runner/recording.ts";
import { runTimeline, watchLines } from "../../runner/runText.ts";
import { divergence, sayDivergence } from "../../runner/divergence.ts";
import { timelineSvg } from "../../runner/timelineSvg.ts";
import { excerpt } from "../../runner/verdictText.ts";
import { simulate } from "../../simulation/simulate.ts";
import type { Run, Scenario } from "../../simulation/trace.ts";
import type { Options } from "../commandTable.ts";
import { type Context, UsageFault } from "../context.ts";
import { notYet, passed, wrongUsage } from "../exitCode.ts";

const outputs = [...pictureNames, "trace", "svg"];
/** Seconds. A virtual week is plenty. */
const longest = 7 * 24 * 3600;
/** Seconds, where nobody says otherwise; as simulate.ts has it. */
const defaultSeconds = 60;
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

export function run(context: Context, [file]: readonly (string | undefined)[], options: Options): number {
  const { terminal, cwd } = context;
  const output = String(options.output ?? "timeline");
  if (!outputs.includes(output)) {
    const near = nearest(output, outputs);
    throw new UsageFault(`--output is ${outputs.join(", ")}, not ${output}.${near ? ` Did you mean ${near}?` : ""}`);
  }
  const seconds = options.for === undefined ? undefined : durationOf(String(options.for));
  const seed = options.seed === undefined ? undefined : seedOf(String(options.seed));
  const input = readInput(file === "-" ? "-" : resolve(cwd, file!));
  if (!input.ok) {
    terminal.note(input.message);
    return wrongUsage;
  }
  const read = readScenario(input.text);
  if ("lines" in read) {
    terminal.note(read.lines(context).join("\n"));
    return notYet;
  }
  const scenario: Scenario = {
    ...read.scenario,
    ...(seconds !== undefined && { seconds }),
    ...(seed !== undefined && { seed }),
  };
  if (options.set !== undefined) return compareEdited(context, scenario, [options.set].flat().map(String), output);
  if (options.at !== undefined) return lookAtInstant(context, scenario, durationOf(String(options.at), "--at"), output);
  if (isAboutInstant(output)) return lookAtInstant(context, scenario, scenario.seconds ?? defaultSeconds, output);
  const result = simulate(scenario);
  for (const warning of result.warnings) terminal.note(`Warning: ${warning}`);
  if (output === "trace") {
    terminal.print(
      JSON.stringify(
        {
          ...read.given,
          ...result.trace,
          ...(result.rejected && { rejected: result.rejected }),
        },
        null,
        1,
      ),
    );
    return result.rejected ? notYet : passed;
  }
  if (result.rejected) {
    terminal.note(refusalLines(read, result.rejected, context, input.text).join("\n"));
    return notYet;
  }
  print(context, result, output);
  if (result.stoppedBy) terminal.note(`The run was ended early: ${result.stoppedBy}`);
  if (result.restless) terminal.note(restlessText(result.restless));
  if (result.notModelled.length > 0)
    terminal.note(`Not simulated, so without effect here: ${result.notModelled.join(", ")}`);
  return passed;
}

/** One instant: what had just happened, the drawing with a cursor, and what kubectl prints then; or one picture of it. */
function lookAtInstant({ terminal }: Context, scenario: Scenario, t: number, output: string): number {
  if (!isPicture(output)) throw new UsageFault(`--at goes with --output ${pictureNames.join(", ")}, not ${output}.`);
  const { style } = terminal;
  // Longer than the run is asked to be, if need be.
  const seconds = Math.max(t, scenario.seconds ?? defaultSeconds);
  const recording = record({ ...scenario, seconds }, "");
  const { rejected, trace } = recording.run;
  if (rejected) {
    terminal.note(rejected.message.split("\n").map(harmless).join("\n"));
    return notYet;
  }
  const show = (picture: Picture) => {
    // What kubectl prints stays in its lines, for those who search it.
    const width = picture === "timeline" ? Math.min(terminal.columns, 140) : Number.POSITIVE_INFINITY;
    const seen = { trace, logs: recording.run.logs, width, style };
    terminal.print(pictureLines(picture, seen, t, lookAt(recording, t, picture)).join("\n"));
  };
  if (output !== "timeline") {
    show(output);
    return passed;
  }
  const last = momentsOf(trace).findLast((moment) => moment.t <= t && moment.what.length > 0);
  if (last)
    terminal.print(harmlessLines(`At ${sayTime(last.t)}:\n${last.what.map((what) => `  ${what}`).join("\n")}\n`));
  show("timeline");
  for (const picture of ["pods", "describe"] as const) {
    terminal.print("");
    show(picture);
  }
  return passed;
}

/** Without --at the end is meant. */
function isAboutInstant(output: string): boolean {
  return output === "pods" || output === "describe" || output === "logs";
}

function isPicture(output: string): output is Picture {
  return pictureNames.some((name) => name === output);
}

/** What-if: the manifest as it is and with fields set otherwise, one below the other, and where they part. */
function compareEdited(context: Context, scenario: Scenario, assignments: readonly string[], output: string): number {
  if (output !== "timeline") throw new UsageFault("--set goes with --output timeline, the usual one.");
  const { terminal } = context;
  const { style } = terminal;
  const edits = assignments.map(readAssignment);
  const [pod] = applyEdits([scenario.pod], edits);
  if (JSON.stringify(pod) === JSON.stringify(scenario.pod))
    throw new UsageFault(
      `--set ${assignments.join(" --set ")} changes nothing: is the path right? For example spec.restartPolicy=Never`,
    );
  const runs = [simulate(scenario), simulate({ ...scenario, pod })] as const;
  const names = ["as it is", `with ${assignments.join(", ")}`] as const;
  runs.forEach(({ rejected, trace }, i) => {
    terminal.print(style.bold(harmless(names[i]!)));
    terminal.print(
      rejected
        ? rejected.message.split("\n").map(harmless).join("\n")
        : timelineLines(runTimeline(trace), Math.min(terminal.columns, 140), style).join("\n"),
    );
    terminal.print("");
  });
  const [before, after] = runs;
  if (!before.rejected && !after.rejected)
    terminal.print(harmlessLines(sayDivergence(divergence(before, after), [names[0], names[1]])));
  return runs.some(({ rejected }) => rejected) ? notYet : passed;
}

/** `spec.containers[0].image=nginx`; the value is read as YAML, so that 5 is a number and "5" a text. */
function readAssignment(text: string): Edit {
  const at = text.indexOf("=");
  if (at <= 0) throw new UsageFault(`--set needs PATH=VALUE, not ${text}. For example: --set spec.restartPolicy=Never`);
  const { documents, error } = readManifest(text.slice(at + 1), { fileName: "--set" });
  if (error) throw new UsageFault(`--set ${text}: the value is no YAML: ${error.message}`);
  const value = documents[0]?.value ?? null;
  return value === null ? { remove: text.slice(0, at) } : { set: text.slice(0, at), to: value };
}

function harmlessLines(text: string): string {
  return text.split("\n").map(harmless).join("\n");
}

function print({ terminal }: Context, result: Run, output: string): void {
  const { style, columns } = terminal;
  const { trace } = result;
  if (output === "svg") {
    terminal.print(timelineSvg(runTimeline(trace), `What the Pod does in ${trace.seconds} s`));
    return;
  }
  if (output === "events") {
    terminal.print(eventLines(trace.events, { containers: true }).map(harmless).join("\n"));
    return;
  }
  if (output === "watch") {
    terminal.print(watchLines(trace).join("\n"));
    return;
  }
  terminal.print(timelineLines(runTimeline(trace), Math.min(columns, 140), style).join("\n"));
  terminal.print(`\n${style.bold("Events")}\n${eventLines(trace.events).map(harmless).join("\n")}`);
  terminal.print(`\n${style.bold("kubectl get pods")}\n${trace.kubectl.get.trimEnd()}`);
}

type Read =
  | {
      readonly scenario: Scenario;
      readonly given: Readonly<Record<string, unknown>>;
      /** Not when the file is a scenario in JSON. */
      readonly manifest?: LearnerManifest;
    }
  | { readonly lines: (context: Context) => string[] };

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
function refusalLines(
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

export function durationOf(text: string, option = "--for"): number {
  const seconds = secondsIn(text);
  if (seconds === undefined) throw new UsageFault(`${option} takes a duration such as 90s, 5m or 1h30m, not ${text}.`);
  if (seconds > longest) throw new UsageFault(`${option} is at most a week: 168h.`);
  return seconds;
}

function seedOf(text: string): number {
  const seed = Number(text);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new UsageFault(`--seed is a whole number, not ${text}.`);
  return seed;
}
