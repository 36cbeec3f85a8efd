/** `awk`, as busybox has it: all of the language; no mathematics, which the images' build leaves out. */
import type { Task } from "../../../time/task.ts";
import type { Program as Applet, Sys } from "../../sys.ts";
import { applet, because, Fault, parseOptions, usageFault } from "../options.ts";
import { readFile } from "../streams.ts";
import { assignment, Awk, Cell, Jump } from "./interpreter.ts";
import { unescapeArgument } from "./lexer.ts";
import { parseProgram } from "./parser.ts";
import type { Program, Rule, Statement } from "./program.ts";
import { InputText, isTrue, type Value } from "./value.ts";

const FIRST_VALUES: Readonly<Record<string, Value>> = {
  CONVFMT: "%.6g",
  OFMT: "%.6g",
  FS: " ",
  OFS: " ",
  ORS: "\n",
  RS: "\n",
  RT: "",
  FILENAME: "",
  SUBSEP: "\x1c",
  ARGIND: 0,
  ARGC: 0,
  ERRNO: 0,
  FNR: 0,
  NR: 0,
  NF: undefined,
  IGNORECASE: 0,
  RSTART: undefined,
  RLENGTH: undefined,
};

export const awkApplets: Readonly<Record<string, Applet>> = {
  awk: applet("awk", function* (sys, args) {
    const options = parseOptions("awk", args, "+F:v:f:e:W:");
    const operands = [...options.operands];
    const globals = new Map<string, Cell>(Object.entries(FIRST_VALUES).map(([name, value]) => [name, new Cell(value)]));
    for (const text of options.values("v")) {
      const given = assignment(text);
      if (!given) throw usageFault("awk");
      cellOf(globals, given.name).value = given.value;
    }
    if (options.has("F")) globals.get("FS")!.value = unescapeArgument(options.value("F")!);
    const sources: { text: string; program: string }[] = [];
    for (const file of options.values("f")) sources.push({ text: yield* program(sys, file), program: file });
    for (const text of options.values("e")) sources.push({ text, program: "cmd. line" });
    if (sources.length === 0) {
      const text = operands.shift();
      if (text === undefined) throw usageFault("awk");
      sources.push({ text, program: "cmd. line" });
    }
    const environment = cellOf(globals, "ENVIRON").array;
    for (const [name, value] of sys.env) environment.set(name, new InputText(value));
    const argv = cellOf(globals, "ARGV").array;
    ["awk", ...operands].forEach((text, i) => void argv.set(String(i), new InputText(text)));
    globals.get("ARGC")!.value = operands.length + 1;
    const parsed = parseProgram(sources, globals);
    const awk = new Awk(sys, sources.at(-1)!.program, globals);
    return yield* run(awk, parsed);
  }),
};

function cellOf(globals: Map<string, Cell>, name: string): Cell {
  let cell = globals.get(name);
  if (!cell) {
    cell = new Cell();
    globals.set(name, cell);
  }
  return cell;
}

function* program(sys: Sys, file: string): Task<string> {
  try {
    return yield* readFile(sys, file === "-" ? "/dev/stdin" : file);
  } catch (error) {
    throw new Fault(`awk: can't open '${file}': ${because(error)}\n`);
  }
}

function* run(awk: Awk, parsed: Program): Task<number> {
  try {
    let jump = yield* all(awk, parsed.begin);
    if (jump !== "exit" && (parsed.rules.length > 0 || parsed.end.length > 0)) jump = yield* records(awk, parsed.rules);
    if (jump !== "exit" || parsed.end.length > 0) yield* all(awk, parsed.end);
    yield* awk.streams.closeAll();
    return awk.exitCode;
  } catch (error) {
    // What was printed before a fault is there.
    if (error instanceof Fault) yield* awk.streams.closeAll();
    throw error;
  }
}

/** Runs statements; what they were left by. `return` outside a function does no harm. */
function* all(awk: Awk, list: readonly Statement[]): Task<Jump["kind"] | undefined> {
  for (const one of list) {
    const jump = yield* caught(awk, one);
    if (jump === "exit") return jump;
  }
  return undefined;
}

function* caught(awk: Awk, statement: Statement): Task<Jump["kind"] | undefined> {
  try {
    yield* statement(awk);
    return undefined;
  } catch (jump) {
    if (jump instanceof Jump) return jump.kind;
    throw jump;
  }
}

function* records(awk: Awk, rules: readonly Rule[]): Task<Jump["kind"] | undefined> {
  for (;;) {
    const text = yield* awk.nextMainRecord();
    if (text === undefined) return undefined;
    awk.setRecord(new InputText(text));
    for (const rule of rules) {
      const jump = yield* caught(awk, (inner) => one(inner, rule));
      if (jump === "exit") return jump;
      if (jump === "nextfile") yield* awk.leaveFile();
      if (jump === "next" || jump === "nextfile") break;
    }
    if (awk.pace.step(3)) yield* awk.pace.pay();
  }
}

function* one(awk: Awk, rule: Rule): Task {
  const holds = function* (which: "from" | "to"): Task<boolean> {
    const test = rule[which];
    return !test || isTrue(test.now ? test.now(awk) : yield* test.task(awk));
  };
  if (rule.kind === "pattern") {
    if (yield* holds("from")) yield* rule.body(awk);
    return;
  }
  if (!rule.active) {
    if (!(yield* holds("from"))) return;
    rule.active = true;
  }
  if (yield* holds("to")) rule.active = false;
  yield* rule.body(awk);
}
