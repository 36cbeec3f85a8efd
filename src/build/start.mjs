// `npm start`: installs and builds if that is due, then runs the course with the arguments given.
import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { prepare, root } from "./steps.mjs";

await prepare();
// npm runs scripts in the checkout; INIT_CWD is where the person stands, and file names mean that place.
const cwd = process.env.INIT_CWD ?? process.cwd();
const child = spawn(process.execPath, [join(root, "dist", "main.js"), ...process.argv.slice(2)], {
  stdio: "inherit",
  cwd,
});
// Ctrl-C reaches the child too, being in the same terminal; it decides when to end.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, () => signal === "SIGINT" || child.kill(signal));
child.on("exit", (code, signal) => {
  process.exitCode = signal ? 130 : (code ?? 1);
});
