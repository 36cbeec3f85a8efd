/** `course glossary [TERM]`: the words of this course. */
import { nearest } from "../../runner/nearMiss.ts";
import { proseLines } from "../../runner/prose.ts";
import { type Context, UsageFault } from "../context.ts";
import { passed } from "../exitCode.ts";

export function run({ terminal, course }: Context, words: readonly (string | undefined)[]): number {
  const wanted = words.filter(Boolean).join(" ").toLowerCase();
  const { style } = terminal;
  if (wanted === "") {
    terminal.print(
      proseLines(course.glossary.map(({ term }) => term).join(", "), Math.min(terminal.columns, 100), style).join("\n"),
    );
    terminal.note("\ncourse glossary TERM explains one.");
    return passed;
  }
  const exact = course.glossary.filter(({ term }) => term.toLowerCase() === wanted);
  const found = exact.length > 0 ? exact : course.glossary.filter(({ term }) => term.toLowerCase().includes(wanted));
  if (found.length === 0) {
    const near = nearest(
      wanted,
      course.glossary.map(({ term }) => term.toLowerCase()),
    );
    throw new UsageFault(
      `${wanted} is not in the glossary.${near ? ` Did you mean ${near}?` : ""} course glossary lists all terms.`,
    );
  }
  for (const { term, text } of found) {
    terminal.print(style.bold(term));
    terminal.print(`${proseLines(text, Math.min(terminal.columns, 100), style).join("\n")}\n`);
  }
  return passed;
}
