/** Two answers to one exercise beside each other: first what they do, then how they are written. */
import type { Exercise } from "../course/types.ts";
import { scenarioOf, scenarioOfSession } from "../grader/grade.ts";
import { simulateSession } from "../sandbox/session.ts";
import { withoutPauses } from "../simulation/sessionScript.ts";
import type { Session } from "../simulation/trace.ts";
import { fold } from "./codeColour.ts";
import { divergence, divergenceInOrder, sayDivergence } from "./divergence.ts";
import { watchedOn } from "./gradeText.ts";
import { diffLines, unifiedDiff } from "./lineDiff.ts";
import type { Style } from "./style.ts";
import { harmless, wrap } from "./textWidth.ts";

export interface Answer {
  /** `yours`, `the solution` */
  readonly name: string;
  readonly text: string;
  /** It was typed at a shell; `text` has the same as a script. */
  readonly typed?: Session | undefined;
}

export function compareLines(
  exercise: Exercise,
  one: Answer,
  other: Answer,
  { width, style }: { readonly width: number; readonly style: Style },
): string[] {
  const names = [one.name, other.name] as const;
  return [
    style.bold("What they do"),
    ...behaviour(exercise, one, other).flatMap((line) => wrap(harmless(line), width, /^ */.exec(line)![0])),
    "",
    style.bold("How they are written"),
    ...painted(unifiedDiff(one.text, other.text, names), width, style),
  ];
}

/** The solution that is written most like `text`. */
export function nearestSolution({ solutions }: Exercise, text: string): Answer | undefined {
  const distance = (manifest: string) => diffLines(text, manifest).filter(({ sign }) => sign !== " ").length;
  const [nearest] = [...solutions].sort((a, b) => distance(a.manifest) - distance(b.manifest));
  return (
    nearest && { name: solutions.length > 1 ? nearest.title.toLowerCase() : "the solution", text: nearest.manifest }
  );
}

function behaviour(exercise: Exercise, one: Answer, other: Answer): string[] {
  const several = exercise.worlds.length > 1;
  const same: string[] = [];
  const out: string[] = [];
  // How fast somebody types is no difference worth a word.
  const answers = [one, other].map(({ text, typed }) => ({ text, typed: typed && withoutPauses(typed) }));
  const { worlds } = answers.reduce((watched, { typed }) => (typed ? watchedOn(watched, typed) : watched), exercise);
  for (const world of worlds) {
    const scenarios = answers.map(({ text, typed }) =>
      typed ? scenarioOfSession(typed, world) : scenarioOf(exercise, text, world),
    );
    if (!scenarios[0] || !scenarios[1]) return ["One of them cannot be read as a manifest."];
    const [first, second] = [simulateSession(scenarios[0]), simulateSession(scenarios[1])];
    const found = exercise.answers === "commands" ? divergenceInOrder(first, second) : divergence(first, second);
    if (first.rejected || second.rejected) out.push(...refusals(one, first.rejected, other, second.rejected));
    else if (!found) same.push(world.name);
    else {
      if (several) out.push(`When: ${world.name}.`);
      out.push(...sayDivergence(found, [one.name, other.name]).split("\n"));
    }
  }
  if (same.length === exercise.worlds.length)
    return [
      several
        ? `The same, in all ${same.length} situations.`
        : "The same: nothing differs that can be seen from outside.",
    ];
  if (same.length > 0) out.push(`The same when: ${same.join("; ")}.`);
  return out;
}

function refusals(one: Answer, first: unknown, other: Answer, second: unknown): string[] {
  return [
    ...(first ? [`The API server refuses ${one.name}.`] : []),
    ...(second ? [`The API server refuses ${other.name}.`] : []),
  ];
}

function painted(lines: readonly string[], width: number, style: Style): string[] {
  if (lines.length === 0) return ["The same, line by line."];
  return lines.flatMap((line) => {
    const paint = /^(---|\+\+\+|@@)/.test(line)
      ? style.dim
      : line.startsWith("-")
        ? style.red
        : line.startsWith("+")
          ? style.green
          : (text: string) => text;
    return fold(harmless(line), width, style).map(paint);
  });
}
