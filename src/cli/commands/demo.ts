/** `course demo`: an example of a lesson, run as it is or as the learner's own copy of it. */
import type { Demo } from "../../course/types.ts";
import { readInWorkspace } from "../../runner/answerFile.ts";
import { demoOutcome } from "../../runner/demoOutcome.ts";
import { nearest } from "../../runner/nearMiss.ts";
import { demoPath, resetFile, shownPath, writeOnce } from "../../runner/workspace.ts";
import type { Options } from "../commandTable.ts";
import { type Context, UsageFault } from "../context.ts";
import { notYet, passed, wrongUsage } from "../exitCode.ts";

export function run(context: Context, [name]: readonly (string | undefined)[], options: Options): number {
  const { terminal, workspace, cwd } = context;
  const demo = demoNamed(context, name!);
  const path = demoPath(workspace, demo.id);
  if (options.reset) {
    const { backup } = resetFile(workspace, path, demo.manifest);
    terminal.print(`${shownPath(path, cwd)} is the example again.`);
    if (backup) terminal.print(`What was there is in ${shownPath(backup, cwd)}.`);
    return passed;
  }
  let manifest: string | undefined;
  if (options.copy) {
    if (writeOnce(workspace, path, demo.manifest))
      terminal.note(`A copy to edit was written: ${shownPath(path, cwd)}\n`);
    const input = readInWorkspace(workspace, path);
    if (!input.ok) {
      terminal.note(input.message);
      return wrongUsage;
    }
    manifest = input.text;
  }
  const { lines, recording } = demoOutcome(demo, { manifest }, terminal);
  terminal.print(lines.join("\n"));
  return recording ? passed : notYet;
}

function demoNamed({ course }: Context, name: string): Demo {
  const wanted = name.toLowerCase();
  const demosOf = (lesson: string): readonly Demo[] =>
    course.lesson(lesson).parts.flatMap((part) => (part.kind === "page" ? part.demos : []));
  const lesson = course.index.lessons.find(({ id }) => id === wanted.split("/")[0]);
  const demos = lesson ? demosOf(lesson.id) : course.index.lessons.flatMap(({ id }) => demosOf(id));
  const found = demos.filter(({ id }) => id === wanted || (!lesson && id.endsWith(`/${wanted}`)));
  if (found.length === 1) return found[0]!;
  const ids = demos.map(({ id }) => id);
  const near = nearest(wanted, ids);
  if (!lesson) {
    const meant = found.length > 0 ? found.map(({ id }) => id).join(" or ") : near;
    throw new UsageFault(
      `There is no example ${name}.${meant ? ` Did you mean ${meant}?` : ""} course show LESSON names those of a lesson.`,
    );
  }
  throw new UsageFault(
    ids.length === 0
      ? `${lesson.id} has no examples to run.`
      : `There is no example ${name}.${near && near !== wanted ? ` Did you mean ${near}?` : ""} There are ${ids.join(", ")}.`,
  );
}
