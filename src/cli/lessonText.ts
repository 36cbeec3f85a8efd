/** A lesson without screens: what is in it, or one of its pages, with the commands that its keys stand for. */
import type { Lesson, Page } from "../course/types.ts";
import { markdownLines } from "../runner/markdown.ts";
import { type Context, UsageFault } from "./context.ts";
import { passed } from "./exitCode.ts";

/** `page` from 1, as the screens count: exercises are parts of a lesson, too. */
export function showLesson(context: Context, lesson: Lesson, page: string | undefined, all: boolean): number {
  if (all && page !== undefined) throw new UsageFault("Either one page or --all.");
  if (all) {
    for (const part of lesson.parts) if (part.kind === "page") printPage(context, lesson, part);
    return passed;
  }
  if (page === undefined) return showContents(context, lesson);
  const number = /^\d+$/.test(page) ? Number(page) : Number.NaN;
  const part = lesson.parts[number - 1];
  if (!part)
    throw new UsageFault(
      `${lesson.id} has parts 1 to ${lesson.parts.length}, not ${page}. course show ${lesson.id} lists them.`,
    );
  if (part.kind === "exercise")
    throw new UsageFault(`Part ${page} of ${lesson.id} is an exercise: course show ${part.id}`);
  printPage(context, lesson, part);
  const next = lesson.parts[number];
  if (next)
    context.terminal.note(`\nNext: course show ${next.kind === "page" ? `${lesson.id} ${number + 1}` : next.id}`);
  return passed;
}

function showContents({ terminal, course, progress }: Context, lesson: Lesson): number {
  const { style } = terminal;
  terminal.print(`${style.bold(lesson.title)}  ${style.dim(`about ${lesson.minutes} minutes`)}\n${lesson.summary}\n`);
  lesson.parts.forEach((part, i) => {
    const number = String(i + 1).padStart(3);
    if (part.kind === "page") {
      const demos = part.demos.map(({ id }) => style.dim(`  course demo ${id}`)).join("");
      terminal.print(`${number}  ${part.title}${demos}`);
    } else {
      const done = progress.passed.has(part.id) ? `${style.plain ? "done" : style.glyph.pass} ` : "";
      terminal.print(`${number}  Exercise: ${done}${part.title}${style.dim(`  course show ${part.id}`)}`);
    }
  });
  const others = course.index.lessons.length;
  terminal.note(
    `\nRead: course show ${lesson.id} 1, or all of it: course show ${lesson.id} --all   (${others} lessons: course list)`,
  );
  return passed;
}

function printPage({ terminal }: Context, lesson: Lesson, page: Page): void {
  const { style } = terminal;
  const place = `${lesson.parts.indexOf(page) + 1} of ${lesson.parts.length}`;
  terminal.print(`${style.bold(page.title)}  ${style.dim(`${lesson.title}, ${place}`)}\n`);
  terminal.print(markdownLines(page.markdown, Math.min(terminal.columns, 100), style).join("\n"));
  for (const { id } of page.demos) terminal.print(`\n${style.dim("Run it:")} course demo ${id}`);
  terminal.print("");
}
