/** Applets that hardly read or write: true, sleep, pwd, printenv and the like. */
import { utf8Encode } from "../bytes.ts";
import { echoText } from "../shell/echo.ts";
import { formatPrintf } from "../shell/printf.ts";
import { evaluateTest, TestError } from "../shell/test.ts";
import type { Program } from "../sys.ts";
import { become, findExecutable } from "./executables.ts";
import { applet, complain, duration, Fault, parseOptions, usageFault, wholeNumber } from "./options.ts";
import { Output } from "./streams.ts";

const testProgram = (name: "test" | "["): Program =>
  applet(name, function* (sys, args) {
    try {
      return evaluateTest([name, ...args], sys);
    } catch (error) {
      if (!(error instanceof TestError)) throw error;
      yield* complain(sys, `${name}: ${error.message}\n`);
      return 2;
    }
  });

export const simpleApplets: Readonly<Record<string, Program>> = {
  *true() {
    return 0;
  },
  *false() {
    return 1;
  },
  test: testProgram("test"),
  "[": testProgram("["),
  echo: applet("echo", function* (sys, args) {
    yield* sys.write(1, echoText(args));
    return 0;
  }),
  printf: applet("printf", function* (sys, args) {
    if (args.length === 0) throw usageFault("printf");
    const { out, errors, status } = formatPrintf(args);
    yield* sys.write(1, out);
    for (const error of errors) yield* complain(sys, `printf: ${error}\n`);
    return status;
  }),
  sleep: applet("sleep", function* (sys, args) {
    if (args[0] === "--help" || args.length === 0) throw usageFault("sleep");
    let total = 0;
    for (const arg of args) {
      const ms = duration(arg);
      if (ms === undefined) throw new Fault(`sleep: invalid number '${arg}'\n`);
      total += ms;
    }
    yield* sys.sleep(total);
    return 0;
  }),
  usleep: applet("usleep", function* (sys, args) {
    if (args.length === 0) throw usageFault("usleep");
    yield* sys.sleep(wholeNumber("usleep", args[0]!) / 1000);
    return 0;
  }),
  pwd: applet("pwd", function* (sys) {
    yield* sys.write(1, `${sys.cwd}\n`);
    return 0;
  }),
  env: applet("env", function* (sys, args) {
    const options = parseOptions("env", args, "+iu:0", { "ignore-environment": "i", unset: "u", null: "0" });
    const env = new Map(options.has("i") ? [] : sys.env);
    for (const name of options.values("u")) env.delete(name);
    const words = [...options.operands];
    if (words[0] === "-") {
      env.clear();
      words.shift();
    }
    while (words.length > 0 && words[0]!.includes("=")) {
      const word = words.shift()!;
      const at = word.indexOf("=");
      env.set(word.slice(0, at), word.slice(at + 1));
    }
    if (words.length > 0) {
      return yield* become(sys, "env", words, env);
    }
    const end = options.has("0") ? "\0" : "\n";
    yield* sys.write(1, [...env].map(([name, value]) => `${name}=${value}${end}`).join(""));
    return 0;
  }),
  printenv: applet("printenv", function* (sys, args) {
    if (args.length === 0) {
      yield* sys.write(1, [...sys.env].map(([name, value]) => `${name}=${value}\n`).join(""));
      return 0;
    }
    let status = 0;
    for (const name of args) {
      const value = sys.env.get(name);
      if (value === undefined) status = 1;
      else yield* sys.write(1, `${value}\n`);
    }
    return status;
  }),
  yes: applet("yes", function* (sys, args) {
    const line = `${args.length === 0 ? "y" : args.join(" ")}\n`;
    const block = line.repeat(Math.max(1, Math.floor(4096 / line.length)));
    for (;;) {
      yield* sys.write(1, block);
      // What the writing costs: it keeps an endless `yes` from standing still in virtual time.
      yield* sys.cpu(0.002);
    }
  }),
  basename: applet("basename", function* (sys, args) {
    const options = parseOptions("basename", args, "+as:");
    const all = options.has("a") || options.has("s");
    const words = options.operands;
    if (words.length === 0 || (!all && words.length > 2)) throw usageFault("basename");
    const suffix = options.value("s") ?? (all ? "" : (words[1] ?? ""));
    for (const path of all ? words : words.slice(0, 1)) {
      const name = baseName(path);
      const cut = suffix !== "" && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
      yield* sys.write(1, `${cut}\n`);
    }
    return 0;
  }),
  dirname: applet("dirname", function* (sys, args) {
    if (args.length !== 1) throw usageFault("dirname");
    yield* sys.write(1, `${dirName(args[0]!)}\n`);
    return 0;
  }),
  which: applet("which", function* (sys, args) {
    const { operands } = parseOptions("which", args, "a");
    if (operands.length === 0) throw usageFault("which");
    let status = 0;
    for (const name of operands) {
      const found = findExecutable(sys, name);
      if ("path" in found) yield* sys.write(1, `${found.path}\n`);
      else status = 1;
    }
    return status;
  }),
  seq: applet("seq", function* (sys, args) {
    const options = parseOptions("seq", args, "+ws:");
    const separator = options.value("s") ?? "\n";
    const pad = options.has("w");
    const words = options.operands;
    if (words.length < 1 || words.length > 3) throw usageFault("seq");
    const [first, step, last] =
      words.length === 1 ? ["1", "1", words[0]!] : words.length === 2 ? [words[0]!, "1", words[1]!] : words;
    for (const word of [first, step, last]) {
      if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(word!)) throw usageFault("seq");
    }
    const digits = Math.max(...[first, step].map((word) => (word!.split(".")[1] ?? "").length));
    const [from, by, to] = [Number(first), Number(step), Number(last)];
    const width = pad ? Math.max(...[from, to].map((n) => n.toFixed(digits).length)) : 0;
    const out = new Output(sys);
    const reached = (n: number) => (by >= 0 ? n > to + 1e-9 : n < to - 1e-9);
    for (let i = 0; !reached(from + i * by); i++) {
      const text = (from + i * by).toFixed(digits);
      const shown = text.startsWith("-") ? `-${text.slice(1).padStart(width - 1, "0")}` : text.padStart(width, "0");
      yield* out.write(i === 0 ? shown : separator + shown);
      if (by === 0) yield* sys.cpu(0.001);
    }
    if (!reached(from)) yield* out.write("\n");
    yield* out.flush();
    return 0;
  }),
  uname: applet("uname", function* (sys, args) {
    const options = parseOptions("uname", args, "snrvmpoai", { all: "a" });
    if (options.operands.length > 0) throw usageFault("uname");
    const version = sys.sysctl("kernel.version") ?? "#1 SMP PREEMPT_DYNAMIC";
    const fields: readonly (readonly [string, string])[] = [
      ["s", sys.sysctl("kernel.ostype") ?? "Linux"],
      ["n", sys.hostname()],
      ["r", sys.sysctl("kernel.osrelease") ?? "6.6.0"],
      ["v", version],
      ["m", "x86_64"],
      ["p", "unknown"],
      ["i", "unknown"],
      ["o", "GNU/Linux"],
    ];
    const all = options.has("a");
    const shown = fields.filter(([c]) => (all ? c !== "p" && c !== "i" : options.has(c)));
    const text = (shown.length === 0 ? fields.slice(0, 1) : shown).map(([, value]) => value).join(" ");
    yield* sys.write(1, utf8Encode(`${text}\n`));
    return 0;
  }),
  sync: applet("sync", function* () {
    return 0;
  }),
  tty: applet("tty", function* (sys, args) {
    const terminal = sys.isatty(0);
    if (!parseOptions("tty", args, "s").has("s")) yield* sys.write(1, terminal ? "/dev/pts/0\n" : "not a tty\n");
    return terminal ? 0 : 1;
  }),
  stty: applet("stty", function* (sys) {
    if (!sys.isatty(0)) throw new Fault("stty: standard input: Inappropriate ioctl for device\n");
    yield* sys.write(1, "speed 38400 baud; line = 0;\n");
    return 0;
  }),
};

export function baseName(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  return trimmed === "" && path !== "" ? "/" : trimmed.slice(trimmed.lastIndexOf("/") + 1);
}

export function dirName(path: string): string {
  const trimmed = path.replace(/(?<=.)\/+$/, "");
  const at = trimmed.lastIndexOf("/");
  return at < 0 ? "." : trimmed.slice(0, at).replace(/(?<=.)\/+$/, "") || "/";
}
