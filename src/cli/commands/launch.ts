/** `course launch`: the interactive course. */
import { join } from "node:path";
import { removeUnfinished } from "../../runner/wholeFile.ts";
import { markerFolder } from "../../runner/workspace.ts";
import { updateNotice } from "../../runner/updateNotice.ts";
import type { Context } from "../context.ts";
import { wrongUsage } from "../exitCode.ts";
import { released } from "../version.ts";

export async function run(context: Context): Promise<number> {
  const { terminal } = context;
  if (!terminal.interactive) {
    terminal.note(
      `course launch needs a terminal for its input and its output, and here is none. The same without one:
  course next                 the next open exercise, and its file
  course check EXERCISE       run your file and say whether it does what is asked
  course hint EXERCISE        a hint; course solution EXERCISE a solution
  course list                 everything there is
In Git Bash on Windows: use Windows Terminal, or winpty course launch.`,
    );
    return wrongUsage;
  }
  removeUnfinished(join(context.workspace.folder, markerFolder));
  const { launch } = await import("../../runner/launch.ts");
  const news = updateNotice(released, new Date(), context.env);
  return launch(context, news);
}
