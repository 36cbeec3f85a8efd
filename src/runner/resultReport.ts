/**
 * Results in the formats of other tools. JUnit XML as Jenkins and GitLab read it (testsuites, testsuite, testcase with
 * failure or skipped); Exercism's results.json version 2 (docs of exercism: building/tooling/test-runners/interface).
 */
import type { Verdict } from "../grader/types.ts";

export interface Result {
  /** The lesson, or the exercise where its expectations are listed. */
  readonly group: string;
  readonly name: string;
  readonly result: "passed" | "failed" | "skipped";
  /** What is wrong, in one line. */
  readonly message?: string;
  readonly detail?: string;
}

export const reportFormats = ["junit", "exercism"] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** `fault`: why nothing could be tried. */
export function report(format: ReportFormat, results: readonly Result[], fault?: string): string {
  return format === "junit" ? junit(results, fault) : exercism(results, fault);
}

/** One result an expectation and world; none where nothing ran. */
export function resultsOf(verdict: Verdict): { readonly results: Result[]; readonly fault?: string } {
  const several = verdict.worlds.length > 1;
  const results = verdict.worlds.flatMap((world) =>
    world.results.map(({ passed, expected, when, actual, say }): Result => {
      const name = `${expected}${when ? `, ${when}` : ""}${several ? ` (when: ${world.name})` : ""}`;
      const detail = [
        `Expected: ${expected}${when ? `, ${when}` : ""}`,
        `Actual: ${actual}`,
        ...(say ? [say] : []),
      ].join("\n");
      return {
        group: verdict.exercise,
        name,
        ...(passed ? { result: "passed" } : { result: "failed", message: actual, detail }),
      };
    }),
  );
  if (verdict.passed || results.some(({ result }) => result === "failed")) return { results };
  const fault = verdict.rejected?.message.trim() ?? verdict.first?.actual ?? "It does not pass.";
  return { results, fault };
}

function junit(results: readonly Result[], fault: string | undefined): string {
  const all = fault
    ? [...results, { group: "podcourse", name: "manifest", result: "failed", message: fault } as const]
    : results;
  const count = (rows: readonly Result[], wanted: Result["result"]) =>
    rows.filter(({ result }) => result === wanted).length;
  const counts = (rows: readonly Result[]) =>
    `tests="${rows.length}" failures="${count(rows, "failed")}" errors="0" skipped="${count(rows, "skipped")}"`;
  const groups = [...new Set(all.map(({ group }) => group))];
  const suites = groups.map((group) => {
    const rows = all.filter((row) => row.group === group);
    return `  <testsuite name="${escaped(group)}" ${counts(rows)}>\n${rows.map(testCase).join("")}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="podcourse" ${counts(all)}>\n${suites.join("")}</testsuites>\n`;
}

function testCase({ group, name, result, message = "", detail = message }: Result): string {
  const open = `    <testcase classname="${escaped(group)}" name="${escaped(name)}"`;
  if (result === "passed") return `${open}/>\n`;
  const inside =
    result === "skipped"
      ? `<skipped message="${escaped(message)}"/>`
      : `<failure message="${escaped(message)}">${escaped(detail)}</failure>`;
  return `${open}>\n      ${inside}\n    </testcase>\n`;
}

/** XML 1.0 has no way to write most control characters, and lone surrogates are no characters at all. */
function escaped(text: string): string {
  return text
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu, "\ufffd")
    .replace(/[&<>"\n\r\t]/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** Characters that Exercism shows of a message. */
const mostMessage = 500;

function exercism(results: readonly Result[], fault: string | undefined): string {
  if (fault) return json({ version: 2, status: "error", message: fault.slice(0, mostMessage), tests: [] });
  const tests = results.map(({ group, name, result, message }) => ({
    name: results.some((other) => other.group !== group) ? `${group}: ${name}` : name,
    status: result === "passed" ? "pass" : "fail",
    message: result === "passed" ? null : (message ?? "").slice(0, mostMessage),
  }));
  return json({
    version: 2,
    status: tests.every(({ status }) => status === "pass") ? "pass" : "fail",
    message: null,
    tests,
  });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
