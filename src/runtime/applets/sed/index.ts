/** `sed`, with the commands that busybox 1.35 has. */
import type { Task } from "../../../time/task.ts";
import type { Program, Sys } from "../../sys.ts";
import { applet, because, complain, Fault, parseOptions, usageFault } from "../options.ts";
import { Output, readFile } from "../streams.ts";
import type { Command } from "./command.ts";
import { SedParser } from "./parser.ts";
import { Input, LineOutput, Sed, WrittenFiles } from "./run.ts";

export const sedApplets: Readonly<Record<string, Program>> = {
  sed: applet("sed", function* (sys, args) {
    if (args[0] === "--version") {
      yield* sys.write(1, "This is not GNU sed version 4.0\n");
      return 0;
    }
    const options = parseOptions("sed", args, "i::nEre:f:", {
      quiet: "n",
      silent: "n",
      expression: "e",
      file: "f",
      "in-place": "i",
      "regexp-extended": "E",
    });
    const operands = [...options.operands];
    const parser = new SedParser(options.has("E") || options.has("r"));
    let scripts = 0;
    for (const { option, value } of options.order) {
      if (option !== "e" && option !== "f") continue;
      scripts++;
      parser.add(option === "e" ? value : yield* scriptFile(sys, value));
    }
    if (scripts === 0) {
      const script = operands.shift();
      if (script === undefined) throw usageFault("sed");
      parser.add(script);
    }
    parser.finish();
    const { commands } = parser;
    const quiet = options.has("n") || parser.quiet;
    if (options.has("i")) {
      if (operands.length === 0) throw new Fault("sed: -i requires an argument\n");
      return yield* inPlace(sys, commands, quiet, operands, options.value("i")!);
    }
    const out = new LineOutput(new Output(sys));
    const input = new Input(sys, operands.length === 0 ? ["-"] : operands);
    yield* filter(sys, commands, quiet, input, out);
    return input.failed ? 1 : 0;
  }),
};

function* scriptFile(sys: Sys, path: string): Task<string> {
  try {
    return (yield* readFile(sys, path === "-" ? "/dev/stdin" : path)).replace(/\n$/, "");
  } catch (error) {
    throw new Fault(`sed: ${path}: ${because(error)}\n`);
  }
}

function* filter(sys: Sys, commands: readonly Command[], quiet: boolean, input: Input, out: LineOutput): Task {
  const written = new WrittenFiles(sys, out);
  for (const { name, text, substitution } of commands) {
    if (name === "w") yield* written.open(text);
    if (substitution?.file !== undefined) yield* written.open(substitution.file);
  }
  yield* new Sed(sys, commands, quiet).run(input, out, written);
}

/** Each file by itself: written beside, then put in its place. */
function* inPlace(
  sys: Sys,
  commands: readonly Command[],
  quiet: boolean,
  paths: readonly string[],
  suffix: string,
): Task<number> {
  let status = 0;
  for (const path of paths) {
    let mode: number;
    try {
      const stat = sys.stat(path);
      if (stat.type !== "file") {
        yield* complain(sys, `sed: can't edit '${path}': not a regular file\n`);
        status = 1;
        continue;
      }
      ({ mode } = stat);
    } catch (error) {
      yield* complain(sys, `sed: ${path}: ${because(error)}\n`);
      status = 1;
      continue;
    }
    const draft = `${path}${Math.floor(sys.random() * 1e6).toString(36)}`;
    try {
      const fd = sys.open(draft, { write: true, create: true, truncate: true }, 0o600);
      for (const command of commands) Object.assign(command, { inMatch: false, spent: false, endLine: undefined });
      const input = new Input(sys, [path]);
      yield* filter(sys, commands, quiet, input, new LineOutput(new Output(sys, fd)));
      sys.close(fd);
      sys.chmod(draft, mode);
      if (suffix !== "") sys.rename(path, path + suffix);
      sys.rename(draft, path);
    } catch (error) {
      if (error instanceof Fault) throw error;
      throw new Fault(`sed: can't create temp file ${path}XXXXXX: ${because(error)}\n`);
    }
  }
  return status;
}
