/** YAML faults in plain words, with the likely cure, from the words of the reader and the lines around the fault. */
import type { Position } from "./readManifest.ts";

export function adviceFor(
  problem: string,
  text: string,
  position: Position | undefined,
  context: Position | undefined,
): string {
  const lines = text.split(/\r?\n/);
  const number = position?.line ?? 1;
  const line = lines[number - 1] ?? "";
  const where = position ? `Line ${number}` : "The file";
  return (
    firstOf(rules, { problem, lines, line, number, where, context, column: position?.column ?? 1 }) ??
    `${where}: the text is not valid YAML here: ${problem}.`
  );
}

interface Fault {
  readonly problem: string;
  readonly lines: readonly string[];
  readonly line: string;
  readonly number: number;
  readonly where: string;
  readonly context: Position | undefined;
  readonly column: number;
}

type Rule = (fault: Fault) => string | undefined;

function firstOf(all: readonly Rule[], fault: Fault): string | undefined {
  for (const rule of all) {
    const advice = rule(fault);
    if (advice) return advice;
  }
  return undefined;
}

const indentOf = (line: string) => /^ */.exec(line)![0].length;

const rules: readonly Rule[] = [
  ({ lines, number, problem }) => {
    if (!/cannot start any token|tab character|did not find expected/.test(problem)) return undefined;
    const tab = [number, number - 1].find((n) => /^ *\t/.test(lines[n - 1] ?? ""));
    if (!tab) return undefined;
    return `Line ${tab} is indented with a tab. YAML allows only spaces: write two spaces for each level.`;
  },
  ({ problem, line, where }) => {
    if (problem !== "found character that cannot start any token") return undefined;
    const start = /[:-] +([@`%])/.exec(line)?.[1] ?? /^ *([@`%])/.exec(line)?.[1];
    return start
      ? `${where}: a value may not begin with ${start}. Put it in quotes: "${start}…".`
      : `${where}: a value begins with a character that YAML reserves. Put it in quotes.`;
  },
  ({ problem, lines, number, where }) => {
    if (
      problem !== "mapping values are not allowed in this context" &&
      problem !== "could not find expected ':'" &&
      !problem.startsWith("did not find expected")
    )
      return undefined;
    const dash = [number, number - 1].find((n) => /^ *-[A-Za-z][^:]*:/.test(lines[n - 1] ?? ""));
    if (dash) return `Line ${dash}: a space is missing after the dash: "- name: …", not "-name: …".`;
    const glued = [number, number - 1, number - 2].find((n) =>
      /^ *(- )?[A-Za-z][\w./-]*:[^\s/:]/.test(lines[n - 1] ?? ""),
    );
    if (glued && problem !== "mapping values are not allowed in this context")
      return `Line ${glued}: a space is missing after the colon: "name: value", not "name:value".`;
    if (problem !== "mapping values are not allowed in this context") return undefined;
    if (glued) return `Line ${glued}: a space is missing after the colon: "name: value", not "name:value".`;
    const line = lines[number - 1] ?? "";
    if (/^\s*(- )?[^\s:"']+: .*: /.test(line) || /^\s*(- )?[^\s:"']+: .*:$/.test(line))
      return `${where} has a second ": " inside its value. Put the value in quotes: "…".`;
    const before = previousLine(lines, number);
    if (before && indentOf(line) > indentOf(before))
      return `${where} is indented deeper than the line before it, which already has a value. Line the keys of one object up under each other.`;
    return `${where}: there is a "key:" where YAML expects none. Is the line indented wrongly, or is a quote missing?`;
  },
  ({ problem, lines, number }) => {
    if (problem !== "could not find expected ':'") return undefined;
    const lone = [number - 1, number].find(
      (n) => (lines[n - 1] ?? "").trim() !== "" && !(lines[n - 1] ?? "").includes(":"),
    );
    return lone
      ? `Line ${lone} has no colon: a field is written "name: value". ("${(lines[lone - 1] ?? "").trim().slice(0, 40)}")`
      : `A line near line ${number} has no colon: a field is written "name: value".`;
  },
  ({ problem, lines, number, context, where }) => {
    if (problem !== "did not find expected key" && problem !== "did not find expected '-' indicator") return undefined;
    const line = lines[number - 1] ?? "";
    if (line.trim() === "")
      return `${where}: the object that begins on line ${context?.line ?? 1} does not end well. Check the indentation of the lines above.`;
    const dash = /^ *- /.test(line);
    const first = context ? (lines[context.line - 1] ?? "") : "";
    const wanted = context ? context.column - 1 : undefined;
    if (dash)
      return `${where}: this "- " does not line up with the other items of its list. All items of a list begin in the same column.`;
    if (/["'].*["']\s*\S/.test(line))
      return `${where}: something follows the closing quote. Put the whole value in one pair of quotes.`;
    return `${where} is indented by ${indentOf(line)} spaces, which fits no object above it${wanted !== undefined && first ? `; the object that begins on line ${context!.line} ("${first.trim().slice(0, 30)}") has its keys in column ${wanted + 1}` : ""}. Fields of one object begin in the same column.`;
  },
  ({ problem, context }) => {
    const close = /did not find expected ',' or '(.)'/.exec(problem)?.[1];
    return (
      close &&
      `The ${close === "]" ? "[" : "{"} on line ${context?.line ?? 1} is not closed: a "," or "${close}" is missing.`
    );
  },
  ({ problem, context }) =>
    problem === "found unexpected end of stream"
      ? `The quote that opens on line ${context?.line ?? 1} is never closed.`
      : undefined,
  ({ problem, where }) =>
    problem === "block sequence entries are not allowed in this context"
      ? `${where}: a list may not begin on the line of its key. Write "key:" and put "- item" on the next line.`
      : undefined,
  ({ problem, where }) =>
    problem === "found unknown escape character"
      ? `${where}: inside double quotes a backslash begins an escape. Write \\\\ for a backslash, or use single quotes.`
      : undefined,
  ({ problem, where }) =>
    /^unknown anchor/.test(problem)
      ? `${where}: a value that begins with * refers to an anchor. If it is meant as text, put it in quotes.`
      : undefined,
  ({ problem }) =>
    /^invalid map key/.test(problem)
      ? "Text like {{ … }} is a template, not YAML: it must be filled in first, or put in quotes."
      : undefined,
  ({ problem }) =>
    /excessive aliasing|contains itself/.test(problem)
      ? "The file's anchors and aliases (& and *) repeat each other too often. Write the values out."
      : undefined,
  ({ problem }) =>
    /control characters/.test(problem)
      ? "The file has a character that cannot be seen (a control character). Was it copied from a document or saved in another encoding? Save it as UTF-8."
      : undefined,
  ({ problem }) =>
    /invalid Yaml document separator/.test(problem)
      ? 'A line that begins with "---" ends a document and may have nothing else but a comment.'
      : undefined,
  ({ problem, where }) => {
    if (!/^invalid character|^unexpected EOF/.test(problem)) return undefined;
    if (problem === "unexpected EOF") return "The JSON text ends too early: a } or ] is missing.";
    if (/object key string/.test(problem))
      return `${where}: JSON expects a name in double quotes here. A comma before } is not allowed, nor is a name without quotes.`;
    if (/after object key:value pair|after array element/.test(problem))
      return `${where}: a comma is missing before this, or a bracket is not closed.`;
    return `${where}: the text begins with { and is read as JSON, but is not valid JSON.`;
  },
];

function previousLine(lines: readonly string[], number: number): string | undefined {
  for (let n = number - 1; n >= 1; n--) {
    const line = lines[n - 1]!;
    if (line.trim() !== "" && !line.trim().startsWith("#")) return line;
  }
  return undefined;
}
