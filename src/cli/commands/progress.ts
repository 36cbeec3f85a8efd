/** `course progress export|import`: to another machine and back. */
import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { readInput } from "../../runner/inputFile.ts";
import { nearest } from "../../runner/nearMiss.ts";
import { appendLines, foldProgress, linesToImport, readProgressText } from "../../runner/progress.ts";
import { shownPath } from "../../runner/workspace.ts";
import { type Context, UsageFault } from "../context.ts";
import { passed, wrongUsage } from "../exitCode.ts";

const actions = ["export", "import"];
/** Bytes: years of work. */
const largest = 32 << 20;

export function run(context: Context, [action = "", file]: readonly (string | undefined)[]): number {
  if (action === "export") return exportTo(context, file);
  if (action === "import") return importFrom(context, file);
  const near = nearest(action, actions);
  throw new UsageFault(
    `course progress takes ${actions.join(" or ")}, not ${action}.${near ? ` Did you mean ${near}?` : ""}`,
  );
}

/** Every line that means something, each once: to standard output or to a new file. */
function exportTo({ terminal, cwd, workspace }: Context, file: string | undefined): number {
  const lines = linesToImport("", readProgressText(workspace));
  const text = lines.map((line) => `${line}\n`).join("");
  if (file === undefined || file === "-") {
    if (text !== "") terminal.print(text);
    return passed;
  }
  const path = resolve(cwd, file);
  if (existsSync(path)) throw new UsageFault(`${file} is there already. Name a new file, or remove it first.`);
  try {
    writeFileSync(path, text, { flag: "wx" });
  } catch (error) {
    throw new UsageFault(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
  terminal.note(`${shownPath(path, cwd)} has your progress: ${countDone(foldProgress(text).passed.size)}.`);
  return passed;
}

function countDone(count: number): string {
  return count === 1 ? "1 exercise done" : `${count} exercises done`;
}

function importFrom({ terminal, cwd, workspace }: Context, file: string | undefined): number {
  if (file === undefined) throw new UsageFault("Which file? For example: course progress import progress.jsonl");
  const input = readInput(file === "-" ? "-" : resolve(cwd, file), largest);
  if (!input.ok) {
    terminal.note(input.message);
    return wrongUsage;
  }
  const ours = readProgressText(workspace);
  const lines = linesToImport(ours, input.text);
  if (lines.length === 0 && linesToImport("", input.text).length === 0)
    throw new UsageFault(`${file} has no progress in it. course progress export makes such a file.`);
  if (lines.length > 0) appendLines(workspace, lines, true);
  const before = foldProgress(ours).passed.size;
  const now = foldProgress(`${ours}\n${lines.join("\n")}`).passed.size;
  terminal.print(
    `${lines.length} ${lines.length === 1 ? "line is" : "lines are"} new. ${countDone(now)} (${before} before).`,
  );
  return passed;
}
