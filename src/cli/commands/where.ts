/** `course where`: which files are the learner's. */
import { existsSync } from "node:fs";
import { progressFile } from "../../runner/progress.ts";
import type { Context } from "../context.ts";
import type { Options } from "../commandTable.ts";
import { passed } from "../exitCode.ts";

export function run({ terminal, workspace }: Context, _args: readonly unknown[], options: Options): number {
  const progress = progressFile(workspace);
  if (options.json) {
    terminal.print(
      JSON.stringify(
        { version: 1, workspace: workspace.folder, progress, exists: existsSync(workspace.folder) },
        null,
        2,
      ),
    );
    return passed;
  }
  terminal.print(`workspace  ${workspace.folder}${existsSync(workspace.folder) ? "" : "  (not made yet)"}`);
  terminal.print(`progress   ${progress}${existsSync(progress) ? "" : "  (nothing yet)"}`);
  terminal.note(`Because: ${workspace.because}. COURSE_HOME=FOLDER chooses another.`);
  return passed;
}
