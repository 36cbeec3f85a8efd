/** `course simulate`: free play. What would a cluster do with this manifest? */
import { resolve } from "node:path";
import { eventLines } from "../../course/eventLines.ts";
import { applyEdits } from "../../grader/edits.ts";
import type { Edit } from "../../grader/types.ts";
import { readManifest } from "../../manifest/readManifest.ts";
import { readInput } from "../../runner/inputFile.ts";
import { nearest } from "../../runner/nearMiss.ts";
import { restlessText } from "../../runner/restlessText.ts";
import { harmless } from "../../runner/textWidth.ts";
import { seconds as sayTime } from "../../runner/timeInWords.ts";
import { timelineLines } from "../../runner/timelineText.ts";
import { type Picture, pictureLines, pictureNames } from "../../runner/pictures.ts";
import { momentsOf } from "../../runner/moments.ts";
import { lookAt, record } from "../../runner/recording.ts";
import { runTimeline, watchLines } from "../../runner/runText.ts";
import { divergence, sayDivergence } from "../../runner/divergence.ts";
import { timelineSvg } from "../../runner/timelineSvg.ts";
import { simulate } from "../../simulation/simulate.ts";
import type { Run, Scenario } from "../../simulation/trace.ts";
import type { Options } from "../commandTable.ts";
import { type Context, UsageFault } from "../context.ts";
import { notYet, passed, wrongUsage } from "../exitCode.ts";
import { durationOf, readScenario, refusalLines } from "../scenarioFile.ts";

const outputs = [...pictureNames, "trace", "svg"];

/** Seconds, where nobody says otherwise; as simulate.ts has it. */
const defaultSeconds = 60;

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
    terminal.print(
      harmlessLines(`The last change, at ${sayTime(last.t)}:\n${last.what.map((what) => `  ${what}`).join("\n")}\n`),
    );
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

function seedOf(text: string): number {
  const seed = Number(text);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new UsageFault(`--seed is a whole number, not ${text}.`);
  return seed;
}
