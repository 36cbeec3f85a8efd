/** `course launch`: the interactive course. */
import type { Context } from "../context.ts";
import { wrongUsage } from "../exitCode.ts";

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
  const { launch } = await import("../../runner/launch.ts");
  return launch(context);
}
