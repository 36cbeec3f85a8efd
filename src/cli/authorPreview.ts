/** `course author preview FILE`: a lesson as a learner will see it, page after page. */
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { LessonSource } from "../course/check.ts";
import { parseLesson } from "../course/lesson.ts";
import { translateLesson } from "../course/translation.ts";
import type { Lesson, Problem } from "../course/types.ts";
import { renderMarkdown } from "../runner/markdown.ts";
import { readLessons } from "./authorCheck.ts";
import { type Context, UsageFault } from "./context.ts";
import { broken, passed } from "./exitCode.ts";

/** A translation is shown with what it takes from the English lesson. */
function readAsShown(source: LessonSource, cwd: string): { lesson?: Lesson; problems: Problem[] } {
  const own = resolve(cwd, source.file);
  const language = basename(dirname(own));
  const english = join(dirname(dirname(own)), "en", basename(own));
  if (language === "en" || !existsSync(english)) return parseLesson(source.text, source.file);
  const [original] = readLessons(english, cwd);
  const parsed = parseLesson(original!.text, original!.file);
  return parsed.lesson ? translateLesson(parsed.lesson, original!, source) : parsed;
}

export function authorPreview({ terminal, cwd }: Context, path: string | undefined): number {
  if (path === undefined) throw new UsageFault("Name the lesson file: course author preview lessons/en/03-probes.md");
  const { style } = terminal;
  const width = Math.min(terminal.columns, 100);
  let faults = 0;
  for (const source of readLessons(path, cwd)) {
    const { lesson, problems } = readAsShown(source, cwd);
    for (const problem of problems) terminal.note(`${problem.file}:${problem.line}: ${problem.message}`);
    faults += problems.filter((problem) => problem.severity === "error").length;
    for (const [i, part] of (lesson?.parts ?? []).entries()) {
      const kind = part.kind === "exercise" ? `exercise ${part.id}` : "page";
      terminal.print(`\n${style.inverse(` ${i + 1} ${kind}: ${part.title} `)}\n`);
      terminal.print(renderMarkdown(part.kind === "exercise" ? part.task : part.markdown, width, style));
      if (part.kind === "exercise")
        for (const [n, hint] of part.hints.entries())
          terminal.print(`\n${style.bold(`Hint ${n + 1}`)}\n${renderMarkdown(hint, width, style)}`);
    }
  }
  return faults > 0 ? broken : passed;
}
