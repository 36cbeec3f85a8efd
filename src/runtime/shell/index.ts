/** The shell as a program: `sh`, as busybox's ash. */
import type { Task } from "../../time/task.ts";
import { strerror } from "../errno.ts";
import { type Program, type Sys, SysError } from "../sys.ts";
import { ShellFault } from "./fault.ts";
import { isName } from "./parser.ts";
import { runToEnd } from "./runToEnd.ts";
import { runText } from "./script.ts";
import { applyOptions, checkJobControl } from "./setCommand.ts";
import { Shell } from "./shell.ts";
import { type PromptListener, runStandardInput } from "./standardInput.ts";
import { defaultAction } from "./traps.ts";

export { echoText } from "./echo.ts";
export { formatPrintf } from "./printf.ts";
export { evaluateTest, TestError } from "./test.ts";

/** What a shell of busybox keeps in memory. */
const RESIDENT_BYTES = 1 << 20;

export const sh: Program = (sys) => runShell(sys);

/** A shell for somebody who types: `onPrompt` is told when it waits for a line, in place of a prompt that it prints. */
export function interactiveShell(onPrompt: PromptListener): Program {
  return (sys) => runShell(sys, onPrompt);
}

function* runShell(sys: Sys, onPrompt?: PromptListener): Task<number> {
  yield* sys.memory(RESIDENT_BYTES);
  const shell = new Shell(sys);
  const { argv } = sys;
  shell.name = argv[0] ?? "sh";
  takeEnvironment(shell);
  let rest: readonly string[];
  let reads = false;
  try {
    // `--login`, `--norc`: words that mean nothing here are passed over (busybox: shell/ash.c, options).
    const first = argv.findIndex((word, i) => i > 0 && !/^--./.test(word));
    const applied = applyOptions(shell, argv, first < 0 ? argv.length : first, (letter, on) => {
      if (letter === "c") shell.options.add("command");
      else if (letter === "s") reads = on;
      else if (letter === "i") shell.options.add("interactive");
      else return letter === "l";
      return true;
    });
    if (applied.unknown !== undefined) throw new ShellFault(`illegal option ${applied.unknown}`, 0);
    rest = applied.rest;
  } catch (thrown) {
    if (!(thrown instanceof ShellFault)) throw thrown;
    yield* shell.say(thrown.message);
    return thrown.status;
  }
  if (!shell.has("command") && (rest.length === 0 || reads)) {
    shell.options.add("stdin");
    if (sys.isatty(0) && sys.isatty(2)) shell.options.add("interactive");
  }
  if (shell.has("interactive")) shell.options.add("monitor");
  yield* checkJobControl(shell);
  for (const signal of ["SIGINT", "SIGQUIT", "SIGTERM"] as const)
    if (!shell.isIgnoredForGood(signal)) defaultAction(shell, signal);
  if (shell.has("command")) {
    const [text, name, ...parameters] = rest;
    if (text === undefined) {
      yield* shell.error(`${shell.appletName}: -c requires an argument\n`);
      return 2;
    }
    if (name !== undefined) shell.name = name;
    shell.positional = parameters;
    return yield* runToEnd(shell, runText(shell, text, "command"));
  }
  const [path, ...parameters] = rest;
  if (path === undefined || reads) {
    shell.positional = rest;
    return yield* runToEnd(shell, runStandardInput(shell, onPrompt));
  }
  shell.positional = parameters;
  let text: string;
  try {
    const fd = sys.open(path, { read: true });
    text = yield* shell.readAll(fd);
    sys.close(fd);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* shell.error(`${shell.name}: can't open '${path}': ${strerror(error.errno)}\n`);
    return 2;
  }
  shell.name = path;
  shell.commandName = path;
  return yield* runToEnd(shell, runText(shell, text, "file"));
}

function takeEnvironment(shell: Shell): void {
  const { sys, variables } = shell;
  // Names that no script could use are dropped, for the programs that it starts, too: as recorded of busybox 1.35.
  for (const [name, value] of sys.env) if (isName(name)) variables.set(name, value, true);
  variables.set("FUNCNAME", "");
  variables.set("IFS", " \t\n");
  variables.set("LINENO", "");
  variables.set("OPTIND", "1");
  if (variables.get("PATH") === undefined) variables.set("PATH", "/sbin:/usr/sbin:/bin:/usr/bin");
  variables.set("PPID", String(sys.ppid));
  variables.set("PS1", "\\w \\$ ");
  variables.set("PS2", "> ");
  variables.set("PS4", "+ ");
  variables.set("SHLVL", String((Number.parseInt(variables.get("SHLVL") ?? "0", 10) || 0) + 1), true);
  shell.folder = startFolder(shell);
  variables.set("PWD", shell.folder, true);
  shell.restoreLineNumber();
}

/** PWD from outside counts when it leads to where the process is. */
function startFolder(shell: Shell): string {
  const { sys } = shell;
  const given = sys.env.get("PWD");
  if (given?.startsWith("/") !== true) return sys.cwd;
  try {
    return sys.realpath(given) === sys.cwd ? given : sys.cwd;
  } catch (error) {
    if (error instanceof SysError) return sys.cwd;
    throw error;
  }
}
