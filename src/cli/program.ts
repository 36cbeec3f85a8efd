/** Arguments → command → exit status. Whatever goes wrong becomes words here; nobody sees a stack trace unasked. */
import process from "node:process";
import { nearest } from "../runner/nearMiss.ts";
import { Command, CommanderError, Option } from "commander";
import { Cancelled } from "../runner/cancelled.ts";
import { CourseBroken } from "../runner/courseFiles.ts";
import { WorkspaceFault } from "../runner/workspace.ts";
import { type CommandSpec, commandTable, type Options } from "./commandTable.ts";
import { currentFolder, openContext, UsageFault } from "./context.ts";
import { broken, exitMeanings, interrupted, wrongUsage } from "./exitCode.ts";
import { environment, globalOptions } from "./globalOptions.ts";
import { version } from "./version.ts";

const closing = `
Exit status: ${exitMeanings.map((row) => row.join(" ")).join(", ")}.
Environment: ${environment.map(([name]) => name).join(", ")}.`;

/** Runs one command. `args` are without node and the script. */
export async function run(args: readonly string[]): Promise<number> {
  let status = 0;
  const program = new Command("course")
    .description(
      "Learn Kubernetes Pods in the terminal: your YAML runs on a Pod simulator and is graded by what the Pod does.",
    )
    .version(version, "-V, --version", "the version of this program")
    .helpOption("-h, --help", "help; course help COMMAND for one command")
    .addHelpText("after", closing)
    .configureOutput({
      writeErr: (text) => process.stderr.write(text.replace(/^error: (.)/, (_, first: string) => first.toUpperCase())),
    })
    .showHelpAfterError("(course --help shows all commands)")
    .enablePositionalOptions()
    .exitOverride();
  for (const [flags, description] of globalOptions) program.option(flags, description);
  for (const spec of commandTable) addCommand(program, spec, (code) => (status = code));
  try {
    // Commander shows the help of everything, as if nothing was wrong.
    const [, named] = args[0] === "help" ? args : [];
    if (named !== undefined && !named.startsWith("-") && !commandTable.some(({ name }) => name === named)) {
      const near = nearest(
        named,
        commandTable.map(({ name }) => name),
      );
      throw new UsageFault(
        `There is no command ${named}.${near ? ` Did you mean ${near}?` : ""} course --help shows all commands.`,
      );
    }
    await program.parseAsync(onlyFlags(args) ? [...args, "launch"] : [...args], { from: "user" });
    return status;
  } catch (error) {
    return explain(error, args);
  }
}

/** `course --plain` is `course --plain launch`. */
function onlyFlags(args: readonly string[]): boolean {
  const takesWord = (arg: string | undefined) => /^--(color|lang|course)$/.test(arg ?? "");
  return args.every(
    (arg, i) => takesWord(args[i - 1]) || takesWord(arg) || /^--(plain|no-color|(color|lang|course)=.*)$/.test(arg),
  );
}

function addCommand(program: Command, spec: CommandSpec, done: (status: number) => void): void {
  const command = program
    .command(`${spec.name}${spec.args ? ` ${spec.args}` : ""}`)
    .description(spec.summary)
    .helpOption("-h, --help", "this help")
    .showHelpAfterError(`(course help ${spec.name} says how it is used)`)
    .exitOverride()
    .action(async (...all: unknown[]) => {
      all.pop();
      const options = all.pop() as Options;
      const global = { ...program.opts(), ...options };
      const language = typeof global.lang === "string" ? global.lang : undefined;
      const courseFolder =
        typeof global.course === "string"
          ? (await import("../runner/courseFolder.ts")).openCourseFolder(
              global.course,
              currentFolder(),
              language ?? process.env.COURSE_LANG ?? "en",
            )
          : undefined;
      const context = openContext({
        plain: global.plain === true,
        ...colourFlag(global.color),
        ...(language !== undefined && { language }),
        ...(courseFolder && { courseFolder }),
      });
      const { run } = await spec.load();
      done(await run(context, all.flat() as (string | undefined)[], options));
    });
  for (const [flags, description] of spec.options ?? []) command.option(flags, description);
  for (const [flags] of globalOptions) command.addOption(new Option(flags).hideHelp());
  if (spec.examples)
    command.addHelpText("after", `\nExamples:\n${spec.examples.map((example) => `  ${example}`).join("\n")}`);
}

function colourFlag(value: unknown): { colour?: "always" | "never" } {
  if (value === false || value === "never") return { colour: "never" };
  if (value === "always") return { colour: "always" };
  if (value === undefined || value === true || value === "auto") return {};
  throw new UsageFault(`--color is always, never or auto, not ${value}.`);
}

function explain(error: unknown, args: readonly string[]): number {
  const say = (text: string) => process.stderr.write(`${text}\n`);
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    return wrongUsage;
  }
  if (error instanceof Cancelled) return interrupted;
  if (error instanceof UsageFault || error instanceof WorkspaceFault) {
    say(error.message);
    return wrongUsage;
  }
  if (error instanceof CourseBroken) {
    if (args.includes("--course")) say(error.message);
    else say(`${error.message}\nIn a checkout run npm start, which builds it; otherwise install podcourse again.`);
    return broken;
  }
  reportFault(error, args);
  return broken;
}

/** A fault of the program: what happened in one line, and how to report it. The details come with COURSE_DEBUG=1. */
export function reportFault(error: unknown, args: readonly string[]): void {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  process.stderr.write(
    `Something in podcourse itself broke; it is not your fault, and your files and progress are as they were.\n  ${what}\n` +
      `Please report it with the version (${version}), Node.js ${process.versions.node}, ${process.platform}, and the command:\n  course ${args.join(" ")}\n`,
  );
  if (process.env.COURSE_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  else process.stderr.write("COURSE_DEBUG=1 before the command shows the details.\n");
}
