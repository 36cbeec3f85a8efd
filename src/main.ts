/** The way in: arguments → command → exit status. */
import process from "node:process";
import { reportFault, run } from "./cli/program.ts";

// `course list | head -1` closes the pipe early: nothing is wrong then.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
}
const args = process.argv.slice(2);
process.on("uncaughtException", (error) => {
  reportFault(error, args);
  process.exit(3);
});
void run(args).then((status) => {
  process.exitCode = status;
});
