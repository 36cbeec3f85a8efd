/** Runs a demo and says what its console and events blocks would print. */
import { readLearnerManifest } from "../grader/learnerManifest.ts";
import { matchesWildcard } from "../runtime/wildcard.ts";
import type { Look, Run, Scenario, Simulate } from "../simulation/trace.ts";
import { eventLines } from "./eventLines.ts";
import type { CheckedBlock, ConsoleStep, Demo } from "./types.ts";

export interface DemoRun {
  readonly run: Run;
  /** One list of lines a block of the demo, prompts and time lines included, as they belong into the fence. */
  readonly blocks: readonly (readonly string[])[];
}

/** Kinds that may stand beside a demo's Pod: anything; the simulator says what it does not know. */
export const anyKind = [
  "ConfigMap",
  "Secret",
  "Service",
  "Pod",
  "Namespace",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "ServiceAccount",
  "PriorityClass",
  "LimitRange",
  "ResourceQuota",
  "StorageClass",
  "EndpointSlice",
  "PodDisruptionBudget",
  "Node",
  "RuntimeClass",
  "NetworkPolicy",
];

/** What a demo's manifest is in its world, with nothing looked at. */
export function scenarioOfDemo({ manifest: text, world }: Demo): Scenario | { readonly fault: string } {
  const manifest = readLearnerManifest(text, anyKind);
  if ("fault" in manifest) return { fault: `${manifest.fault.expected}: ${manifest.fault.actual}` };
  const [pod, ...others] = manifest.documents;
  const { name: _, say: __, edits: ___, objects, ...circumstances } = world;
  return { ...circumstances, pod, objects: [...(objects ?? []), ...others] };
}

export function runDemo(demo: Demo, simulate: Simulate): DemoRun | { readonly fault: string } {
  const scenario = scenarioOfDemo(demo);
  if ("fault" in scenario) return scenario;
  const name = (scenario.pod as { metadata?: { name?: string } } | null)?.metadata?.name ?? "";
  const steps = demo.blocks.flatMap((block) => block.steps);
  const looks = steps.map((step) => lookOf(step, name));
  // In the order of time, so that an answer's position is the same however the run numbers them.
  const order = looks.map((_look, i) => i).sort((a, b) => looks[a]!.at - looks[b]!.at);
  const run = simulate({ ...scenario, looks: order.map((i) => looks[i]!) });
  if (run.rejected) {
    // A refused manifest can be shown too, with what kubectl says.
    if (steps.length === 0) return { fault: `the API server refuses it: ${run.rejected.message}` };
  }
  let next = 0;
  const blocks = demo.blocks.map((block) => {
    if (block.kind === "events")
      return eventLines(run.trace.events, {
        ...(block.at === undefined ? {} : { to: block.at }),
        ...(block.reasons ? { reasons: block.reasons } : {}),
        containers: block.containers === true,
      });
    const lines: string[] = [];
    let at = block.at ?? demo.world.seconds;
    for (const step of block.steps) {
      if (step.at !== at) lines.push(`# at ${step.at}s`);
      at = step.at;
      const result = run.looks[order.indexOf(next++)];
      lines.push(step.prompt, ...linesOf(result?.stdout ?? ""), ...linesOf(result?.stderr ?? ""));
    }
    return lines;
  });
  return { run, blocks };
}

function lookOf(step: ConsoleStep, pod: string): Look {
  if (step.where === "client") return { at: step.at, client: [...step.argv] };
  const [verb, ...rest] = step.argv;
  const dashes = rest.indexOf("--");
  if (verb === "exec" && dashes >= 0) {
    const flags = rest.slice(0, dashes);
    const c = flags.findIndex((flag) => flag === "-c" || flag === "--container");
    const container = c >= 0 ? flags[c + 1] : flags.find((flag) => flag.startsWith("--container="))?.slice(12);
    const target =
      flags.find((flag, i) => !flag.startsWith("-") && i !== c + 1) ??
      flags.find((flag) => !flag.startsWith("-") && flag !== container) ??
      pod;
    return {
      at: step.at,
      exec: rest.slice(dashes + 1),
      pod: target.replace(/^pods?\//, ""),
      ...(container ? { container } : {}),
    };
  }
  return { at: step.at, kubectl: [...step.argv] };
}

function linesOf(text: string): string[] {
  if (text === "") return [];
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n").map((line) => line.trimEnd());
}

/** The first line that differs, or undefined. `...` alone stands for any lines, `…` inside a line for any text. */
export function firstDifference(
  block: CheckedBlock,
  printed: readonly string[],
): { line: number; claimed: string; printed: string } | undefined {
  const claimed = block.text
    .replace(/\s+$/, "")
    .split("\n")
    .map((line) => line.trimEnd());
  const actual = printed.filter((line) => !/^# at /.test(line));
  // Lines that set the time print nothing.
  const kept = claimed
    .map((text, i) => ({ text, i }))
    .filter(
      ({ text }) =>
        !(block.kind === "console" && /^#\s*(?:at\s+)?\d\S*$/.test(text)) && !(text === "" && claimed.length === 1),
    );
  let failure = { i: 0, p: 0 };
  // Several `...` could try the same places again and again.
  const tried = new Set<number>();
  const match = (i: number, p: number): boolean => {
    const place = i * (actual.length + 1) + p;
    if (tried.has(place)) return false;
    tried.add(place);
    if (p >= failure.p) failure = { i, p };
    if (i === kept.length) return p === actual.length;
    const { text } = kept[i]!;
    if (text === "..." || text.trim() === "…") {
      for (let to = p; to <= actual.length; to++) if (match(i + 1, to)) return true;
      return false;
    }
    return p < actual.length && matchesWildcard(text, actual[p]!, "…") && match(i + 1, p + 1);
  };
  if (match(0, 0)) return undefined;
  const at = kept[failure.i];
  return {
    line: block.line + (at?.i ?? Math.max(claimed.length - 1, 0)),
    claimed: at?.text ?? "(nothing more)",
    printed: actual[failure.p] ?? "(nothing more)",
  };
}
