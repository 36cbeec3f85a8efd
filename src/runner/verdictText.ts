/**
 * A verdict in words: the first thing that broke, what was expected and what happened, the line of the learner's own
 * YAML that decided it, the run drawn over time. One thing first; the rest on request.
 */
import type { Finding, Place, Verdict, WorldVerdict } from "../grader/types.ts";
import { inline, proseLines } from "./prose.ts";
import type { Style } from "./style.ts";
import { harmless, padEnd, wrap } from "./textWidth.ts";
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
  /** Puts the verdict itself into a frame. */
  readonly frame?: (lines: readonly string[], title: string) => string[];
}

export function verdictLines(parts: VerdictParts): string[] {
  const { verdict, style, width, debrief } = parts;
  const out: string[] = [];
  const { pass, fail } = style.glyph;
  const headline = verdict.passed
    ? style.green(style.bold(style.plain ? "Passed." : `${pass} Passed.`)) + style.dim(`  ${summary(verdict)}`)
    : style.red(style.bold(style.plain ? "Not yet." : `${fail} Not yet.`)) + style.dim(`  ${summary(verdict)}`);
  out.push(...(parts.frame && !style.plain ? parts.frame([headline], "") : [headline]));
  if (!verdict.passed) out.push(...failureLines(parts));
  else if (debrief) out.push("", ...proseLines(debrief, width, style));
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
  const held = results.filter((result) => result.passed).length;
  const worlds = verdict.worlds.length;
  return `${held} of ${results.length} expectations hold${worlds > 1 ? ` in ${worlds} situations` : ""}`;
}

function failureLines(parts: VerdictParts): string[] {
  const { verdict, style, width } = parts;
  const out: string[] = [];
  if (verdict.rejected) {
    out.push("", ...verdict.rejected.message.split("\n").flatMap((line) => wrap(style.red(harmless(line)), width)));
    for (const { text, place } of verdict.rejected.plain) {
      out.push("", ...proseLines(text, width, style));
      if (place) out.push(...excerpt(place, parts.manifest, style, width));
    }
  } else if (verdict.first) {
    out.push("", ...findingLines(verdict.first, verdict.worlds.length > 1, style, width));
    if (verdict.first.place) out.push("", ...excerpt(verdict.first.place, parts.manifest, style, width));
    const world = verdict.worlds.find((candidate) => candidate.name === verdict.first?.world);
    if (verdict.first.say) out.push("", ...proseLines(verdict.first.say, width, style));
    if (world?.say) out.push("", ...proseLines(world.say, width, style));
  }
  if (verdict.reply) {
    out.push("", ...proseLines(verdict.reply.text, width, style));
  }
  const stopped = verdict.worlds.find((world) => world.stoppedBy)?.stoppedBy;
  if (stopped) out.push("", ...wrap(style.yellow(`The run was ended early: ${harmless(stopped)}`), width));
  return out;
}

function findingLines(finding: Finding, several: boolean, style: Style, width: number): string[] {
  const rows: [string, string][] = [["Expected", finding.expected + (finding.when ? `, ${finding.when}` : "")]];
  rows.push(["Actual", finding.actual]);
  if (several && finding.world) rows.push(["When", finding.world]);
  return rows.flatMap(([name, text]) => {
    const [first, ...rest] = wrap(inline(text, style), width - 12);
    return [`  ${style.bold(padEnd(name, 9))} ${first}`, ...rest.map((line) => `${" ".repeat(12)}${line}`)];
  });
}

/** The line that decided it, with one line around it, and an arrow. */
export function excerpt(place: Place, manifest: string, style: Style, width: number): string[] {
  const lines = manifest.split(/\r?\n/);
  const from = Math.max(1, place.line - 1);
  const to = Math.min(lines.length, place.line + 1);
  const digits = String(to).length;
  const out = [style.dim(`  Line ${place.line} of your YAML${place.path ? `: ${place.path}` : ""}`)];
  for (let number = from; number <= to; number++) {
    const text = harmless(lines[number - 1] ?? "");
    if (text.trim() === "" && number !== place.line) continue;
    const pointer = number === place.line ? ">" : " ";
    const row = `  ${pointer} ${String(number).padStart(digits)} ${style.glyph.bar} ${text}`;
    out.push(number === place.line ? style.bold(row) : style.dim(row));
  }
  if (place.why) out.push(...wrap(inline(place.why, style), width - 4, "    "));
  return out;
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
      const [first, ...rest] = wrap(
        inline(result.expected + (result.when ? `, ${result.when}` : ""), style),
        width - 4,
      );
      out.push(`  ${mark} ${first}`, ...rest.map((line) => `    ${line}`));
      if (!result.passed) out.push(...wrap(inline(result.actual, style), width - 4, "    "));
    }
  }
  return out;
}
