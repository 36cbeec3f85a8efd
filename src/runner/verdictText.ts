/**
 * A verdict in words: the first thing that broke, what was expected and what happened, the line of the learner's own
 * YAML that decided it, the run drawn over time. One thing first; the rest on request.
 */
import type { Finding, Place, Verdict, WorldVerdict } from "../grader/types.ts";
import { answerMark } from "./questionForm.ts";
import { inline, proseLines } from "./prose.ts";
import { restlessText } from "./restlessText.ts";
import type { Style } from "./style.ts";
import { harmless, padEnd, truncate, widthOf, wrap } from "./textWidth.ts";
import { legend, timelineLines } from "./timelineText.ts";

export interface VerdictParts {
  readonly verdict: Verdict;
  /** The manifest as it was graded, for the excerpt. */
  readonly manifest: string;
  /** Markdown, shown when passed. */
  readonly debrief?: string | undefined;
  readonly width: number;
  readonly style: Style;
  /** Every expectation and every world. */
  readonly more?: boolean;
  /** The line that decided is still searched for. */
  readonly searching?: boolean;
  /** Puts the verdict itself into a frame. */
  readonly frame?: (lines: readonly string[], title: string, paint: (text: string) => string) => string[];
}

export function verdictLines(parts: VerdictParts): string[] {
  const { verdict, style, width, debrief } = parts;
  const { pass, fail } = style.glyph;
  const paint = verdict.passed ? style.green : style.red;
  const word = verdict.passed ? "Passed" : "Not yet";
  const title = style.plain ? word : `${verdict.passed ? pass : fail} ${word}`;
  const count = summary(verdict);
  const room = parts.frame ? width - 4 : width;
  const core = verdict.passed
    ? proseLines(debrief ?? "That is what was asked for.", room, style)
    : coreLines(verdict, room, style);
  const out: string[] = [];
  if (parts.frame) out.push(...parts.frame(core, `${title}${count ? `: ${count}` : ""}`, paint));
  else out.push(paint(style.bold(`${title}.`)) + (count ? style.dim(`  ${count}`) : ""), "", ...core);
  if (!verdict.passed) out.push(...reasonLines(parts));
  out.push(...predictionLines(verdict, style, width));
  for (const warning of verdict.warnings) out.push("", ...wrap(style.yellow(`Warning: ${harmless(warning)}`), width));
  const world = worldToShow(verdict);
  if (world && !verdict.rejected && world.timeline.lanes.length > 0) {
    const several = verdict.worlds.length > 1;
    out.push("", style.bold(several ? `What happened ${style.dim(`(when: ${world.name})`)}` : "What happened"));
    out.push(...timelineLines(world.timeline, width, style));
    if (!style.plain) out.push(legend(style));
  }
  if (parts.more) out.push(...everyResult(verdict, style, width));
  if (verdict.notModelled.length > 0) {
    out.push(
      "",
      ...wrap(
        style.yellow(`Not simulated, so without effect here: ${harmless(verdict.notModelled.slice(0, 5).join(", "))}`),
        width,
      ),
    );
  }
  return out;
}

/** `4 of 5 expectations hold in 3 situations`. */
function summary(verdict: Verdict): string {
  const results = verdict.worlds.flatMap((world) => world.results);
  if (results.length === 0) return "";
  const questions = results.filter(({ question }) => question);
  const open = questions.filter(({ question }) => question!.open).length;
  if (open > 0) return `${open === 1 ? "1 question is" : `${open} questions are`} open`;
  if (questions.length > 0)
    return `${questions.filter(({ passed }) => passed).length} of ${questions.length} predictions are right`;
  const held = results.filter((result) => result.passed).length;
  const worlds = verdict.worlds.length;
  return `${held} of ${results.length} expectations hold${worlds > 1 ? ` in ${worlds} situations` : ""}`;
}

/** What broke: the server's own words for a refusal, else expected and actual. */
function coreLines(verdict: Verdict, width: number, style: Style): string[] {
  if (verdict.rejected)
    return verdict.rejected.message
      .trimEnd()
      .split("\n")
      .flatMap((line) => wrap(harmless(line), width));
  return verdict.first ? findingLines(verdict.first, verdict.worlds.length > 1, style, width) : [];
}

/** Why: the learner's own line, and the words of someone who has seen it before. */
function reasonLines({ verdict, style, width, manifest, more, searching }: VerdictParts): string[] {
  const out: string[] = [];
  const { first, rejected, reply } = verdict;
  for (const { text, place } of rejected?.plain ?? []) {
    out.push("", ...proseLines(text, width, style));
    if (place) out.push(...excerpt(place, manifest, style, width));
  }
  const pointedAt = rejected?.plain.some(({ place }) => place !== undefined);
  if (first?.place && !pointedAt) out.push("", ...excerpt(first.place, manifest, style, width));
  else if (searching) out.push("", ...roomForExcerpt(style));
  const world = verdict.worlds.find((candidate) => candidate.name === first?.world);
  // A reply to this very mistake says it better than what is said to everyone.
  if (reply) out.push("", ...proseLines(reply.text, width, style));
  if (first?.say && (!reply || more)) out.push("", ...proseLines(first.say, width, style));
  if (world?.say && (!reply || more)) out.push("", ...proseLines(world.say, width, style));
  const stopped = verdict.worlds.find((candidate) => candidate.stoppedBy)?.stoppedBy;
  if (stopped) out.push("", ...wrap(style.yellow(`The run was ended early: ${harmless(stopped)}`), width));
  const restless = verdict.worlds.find((candidate) => candidate.restless)?.restless;
  if (restless && !verdict.passed) out.push("", ...wrap(style.yellow(harmless(restlessText(restless))), width));
  return out;
}

function findingLines(finding: Finding, several: boolean, style: Style, width: number): string[] {
  const [asked, got] = finding.question ? ["Question", "Answer"] : ["Expected", "Actual"];
  const rows: [string, string][] = [[asked, finding.expected + (finding.when ? `, ${finding.when}` : "")]];
  rows.push([got, finding.actual]);
  if (several && finding.world) rows.push(["When", finding.world]);
  return rows.flatMap(([name, text]) => {
    const [first, ...rest] = wrap(inline(text, style), width - 10);
    return [`${style.bold(padEnd(name, 9))} ${first}`, ...rest.map((line) => `${" ".repeat(10)}${line}`)];
  });
}

/** Each answer of a learner beside what the run says. */
function predictionLines(verdict: Verdict, style: Style, width: number): string[] {
  const answered = verdict.worlds.flatMap(({ results }) =>
    results.filter(({ question }) => question && !question.open),
  );
  if (answered.length === 0) return [];
  const out = ["", style.bold("Your predictions")];
  for (const { passed, question, actual } of answered) {
    const mark = answerMark(passed, style);
    const [first, ...rest] = wrap(harmless(`${question!.name}: ${actual}`), width - 4);
    out.push(`  ${mark} ${first}`, ...rest.map((line) => `    ${line}`));
  }
  return out;
}

/** Cells of a line of YAML; whoever writes longer ones knows where they are. */
const longestRow = 400;

/** The line that decided it, with one line around it, and an arrow. */
export function excerpt(place: Place, manifest: string, style: Style, width: number): string[] {
  const lines = manifest.split(/\r?\n/);
  const from = Math.max(1, place.line - 1);
  const to = Math.min(lines.length, place.line + 1);
  const digits = String(to).length;
  const out = [style.dim(`  Line ${place.line} of your YAML${place.path ? `: ${place.path}` : ""}`)];
  for (let number = from; number <= to; number++) {
    const text = truncate(harmless(lines[number - 1] ?? ""), longestRow, style.glyph.ellipsis);
    if (text.trim() === "" && number !== place.line) continue;
    const pointer = number === place.line ? ">" : " ";
    const row = `  ${pointer} ${String(number).padStart(digits)} ${style.glyph.bar} ${text}`;
    out.push(number === place.line ? style.bold(row) : style.dim(row));
  }
  if (place.why) out.push(...wrap(inline(place.why, style), width - 4, "    "));
  return out;
}

/** As many lines as an excerpt has most of the time, so that the rest stays in its place when it comes. */
function roomForExcerpt(style: Style): string[] {
  return [style.dim("  Looking for the line that decided it ..."), "", "", "", ""];
}

function worldToShow(verdict: Verdict): WorldVerdict | undefined {
  return (
    verdict.worlds.find((world) => world.name === verdict.first?.world) ??
    verdict.worlds.find((world) => !world.passed) ??
    verdict.worlds[0]
  );
}

function everyResult(verdict: Verdict, style: Style, width: number): string[] {
  const out: string[] = [];
  for (const world of verdict.worlds) {
    out.push(
      "",
      style.bold(
        verdict.worlds.length > 1
          ? `Everything that was expected (when: ${world.name})`
          : "Everything that was expected",
      ),
    );
    for (const result of world.results) {
      const mark = result.passed
        ? style.green(style.plain ? "holds:" : style.glyph.pass)
        : style.red(style.plain ? "does not hold:" : style.glyph.fail);
      const words = inline(result.expected + (result.when ? `, ${result.when}` : ""), style);
      const [first, ...rest] = wrap(words, width - 3 - widthOf(mark));
      out.push(`  ${mark} ${first}`, ...rest.map((line) => `    ${line}`));
      if (!result.passed) out.push(...wrap(inline(result.actual, style), width - 4, "    "));
    }
  }
  return out;
}
