/** The expectation language: YAML → Expectation. lessons/AUTHORING.md, section 4, describes it for authors. */
import type {
  ContainerRef,
  EventExpectation,
  Expectation,
  LogExpectation,
  LookExpectation,
  Measure,
  OrderStep,
  Pattern,
  Range,
  RegularPattern,
  When,
} from "../grader/types.ts";
import { compilePattern } from "../grader/pattern.ts";
import {
  readCommand,
  readContainer,
  readDuration,
  readNames,
  readPart,
  readPattern,
  readRange,
  readWindow,
  show,
} from "./values.ts";
import { isRecord, type Path, type YamlReader } from "./yamlReader.ts";

const commonKeys = ["id", "say", "words", "worlds"];
const stateTimes = ["between", "begins", "by", "from", "at", "always", "never", "for"];
const happeningTimes = ["between", "by", "from", "never"];
const containerKeys = ["container", "initContainer"];
/** What a prediction can be about; each has exactly one. */
const measures = [
  "count",
  "second",
  "status",
  "ready",
  "phase",
  "restarts",
  "lastEvent",
  "line",
  "prints",
  "stays",
  "which",
];

/** Which keys an expectation may have, by its subject. The first subject found in this order decides. */
const subjects: Record<string, readonly string[]> = {
  predict: ["predict", ...measures, "part", "tolerance", ...containerKeys],
  order: ["order"],
  any: ["any"],
  all: ["all"],
  event: ["event", "type", "message", "object", "count", ...containerKeys, ...happeningTimes],
  log: ["log", "stream", "restart", "count", ...containerKeys, ...happeningTimes],
  condition: ["condition", "is", "reason", ...stateTimes],
  client: ["client", "exit", "stdout", "stderr", "at"],
  exec: ["exec", "exit", "stdout", "stderr", "at", ...containerKeys],
  file: ["file", "contains", "equals", "matches", "absent", "at", ...containerKeys],
  kubectl: ["kubectl", "exit", "stdout", "stderr", "at"],
  structure: ["structure", "of", "has", "each", "matches", "absent", "count", "because"],
  answer: ["answer"],
  typed: ["typed", "count", "never"],
  rejected: ["rejected"],
  warning: ["warning"],
};
/** Of a structure: their texts may be regular expressions. */
const patternKeys = ["has", "each", "matches"];
const containerState = [
  "state",
  "reason",
  "exitCode",
  "signal",
  "ready",
  "started",
  "restarts",
  ...containerKeys,
  ...stateTimes,
];
const podState = ["pod", "phase", "status", "ready", "restarts", "gone", ...stateTimes];

/** Reads a list of expectations at `path`; ids are made unique among `taken`, which grows. */
export function readExpectations(reader: YamlReader, path: Path, raw: unknown, taken: Set<string>): Expectation[] {
  if (!Array.isArray(raw)) {
    reader.fault(path, `a list of expectations is needed here, not ${show(raw)}: begin each with "- "`);
    return [];
  }
  const expectations: Expectation[] = [];
  raw.forEach((item, i) => {
    const read = readExpectation(reader, [...path, i], item, taken);
    if (read) expectations.push(read);
  });
  return expectations;
}

function readExpectation(
  reader: YamlReader,
  path: Path,
  raw: unknown,
  taken: Set<string>,
  inOrder = false,
): Expectation | undefined {
  if (!isRecord(raw)) {
    reader.fault(path, `${show(raw)} is no expectation: write for instance {status: Running, at: 20s}`);
    return undefined;
  }
  const subject = Object.keys(subjects).find((key) => key in raw);
  const isContainer = ["container", "initContainer", "state", "exitCode", "signal", "started"].some(
    (key) => key in raw,
  );
  const allowed = subject ? subjects[subject]! : isContainer ? containerState : podState;
  if (!subject && !isContainer && !["phase", "status", "ready", "restarts", "gone"].some((key) => key in raw)) {
    reader.fault(
      path,
      `this expects nothing: it needs one of ${Object.keys(subjects).join(", ")}, status, phase, ready, restarts, state, exitCode`,
    );
    return undefined;
  }
  reader.onlyKeys(
    path,
    raw,
    [...allowed, ...commonKeys, ...(inOrder ? ["within"] : [])],
    subject
      ? `an expectation about ${subject}`
      : isContainer
        ? "an expectation about a container"
        : "an expectation about the Pod",
  );
  const before = reader.problems.length;
  const kind = subject ?? (isContainer ? "container" : "pod");
  const field = new Fields(reader, path, raw);
  const common = {
    id: nameOf(reader, path, raw, kind, taken),
    line: reader.line(path),
    ...optional("say", field.text("say")),
    ...optional("words", field.text("words")),
    ...optional("worlds", field.names("worlds")),
  };
  const read = readSubject(kind, field, common, taken);
  return reader.problems.length > before && reader.problems.slice(before).some((p) => p.severity === "error")
    ? undefined
    : read;
}

type CommonFields = { id: string; line: number; say?: string; words?: string; worlds?: string[] };

function readSubject(kind: string, field: Fields, common: CommonFields, taken: Set<string>): Expectation | undefined {
  const { reader, path, raw } = field;
  switch (kind) {
    case "event":
      return {
        kind,
        ...common,
        reason: field.text("event") ?? "",
        ...optional("type", field.oneOf("type", ["Normal", "Warning"])),
        ...optional("message", field.pattern("message")),
        ...optional("container", field.container()),
        ...optional("object", field.text("object")),
        ...field.countAndWindow(),
      };
    case "log":
      return {
        kind,
        ...common,
        text: field.pattern("log") ?? { contains: "" },
        ...optional("container", field.container()),
        ...optional("stream", field.oneOf("stream", ["stdout", "stderr"])),
        ...optional("restart", field.whole("restart")),
        ...field.countAndWindow(),
      };
    case "pod":
      return {
        kind,
        ...common,
        ...optional("pod", field.text("pod")),
        ...optional("phase", field.names("phase")),
        ...optional("status", field.names("status")),
        ...optional("ready", field.ready()),
        ...optional("restarts", field.range("restarts")),
        ...optional("gone", field.flag("gone")),
        when: field.when(),
      };
    case "container":
      return {
        kind,
        ...common,
        ...optional("container", field.container()),
        ...optional("state", field.oneOf("state", ["waiting", "running", "terminated"])),
        ...optional("reason", field.names("reason")),
        ...optional("exitCode", field.range("exitCode")),
        ...optional("signal", field.whole("signal")),
        ...optional("ready", field.flag("ready")),
        ...optional("started", field.flag("started")),
        ...optional("restarts", field.range("restarts")),
        when: field.when(),
      };
    case "condition":
      return {
        kind,
        ...common,
        condition: field.text("condition") ?? "",
        status: conditionStatus(raw.is),
        ...optional("reason", field.names("reason")),
        when: field.when(),
      };
    case "client":
    case "exec":
    case "kubectl": {
      const command = reader.take([...path, kind], readCommand(raw[kind])) ?? [];
      const stdout = field.patterns("stdout");
      const stderr = field.patterns("stderr");
      const exit = field.range("exit");
      return {
        kind,
        ...common,
        command: kind === "kubectl" && command[0] === "kubectl" ? command.slice(1) : command,
        at: field.moments(),
        ...optional("container", field.container()),
        // A command that is only named is expected to succeed; when its output is asked for, the output decides.
        ...optional("exit", exit ?? (stdout || stderr ? undefined : { min: 0, max: 0 })),
        ...optional("stdout", stdout),
        ...optional("stderr", stderr),
      };
    }
    case "file": {
      const file = field.text("file") ?? "";
      const stdout: Pattern[] = [];
      for (const key of ["contains", "equals", "matches"] as const)
        if (key in raw) {
          const pattern = reader.take([...path, key], readPattern(key === "contains" ? raw[key] : { [key]: raw[key] }));
          if (pattern) stdout.push(pattern);
        }
      if (!file.startsWith("/")) reader.fault([...path, "file"], `${show(file)} is no absolute path`);
      return {
        kind,
        ...common,
        command: ["cat", file],
        at: field.moments(),
        ...optional("container", field.container()),
        exit: raw.absent === true ? { min: 1 } : { min: 0, max: 0 },
        ...(stdout.length > 0 ? { stdout } : {}),
      };
    }
    case "order": {
      const steps: OrderStep[] = [];
      const list = raw.order;
      if (!Array.isArray(list) || list.length < 2) {
        reader.fault([...path, "order"], "an order needs two steps or more");
        return undefined;
      }
      list.forEach((item, i) => {
        const at = [...path, "order", i];
        if (isRecord(item))
          for (const key of [...stateTimes, "count"])
            if (key in item) reader.fault([...at, key], `a step of an order has no ${key}: say within`);
        const what = readExpectation(reader, at, item, new Set(), true);
        if (!what || !isRecord(item)) return;
        if (!["event", "log", "pod", "container", "condition"].includes(what.kind)) {
          reader.fault(at, `${what.kind} cannot be a step of an order: use an event, a log line or a state`);
          return;
        }
        let within: Range | undefined;
        if ("within" in item) {
          const range = reader.take([...at, "within"], readRange(item.within, "duration"));
          within = range && (isRecord(item.within) ? range : { max: range.max! });
        }
        steps.push({ what: what as OrderStep["what"], ...optional("within", within) });
      });
      return { kind, ...common, steps };
    }
    case "predict": {
      const measure = readMeasure(field);
      return (
        measure && {
          kind,
          ...common,
          annotation: field.text("predict") ?? "",
          // The task asks it (predictions.ts).
          question: "",
          measure,
          tolerance: field.duration("tolerance") ?? (measure.of === "second" ? 1 : 0),
        }
      );
    }
    case "answer":
      return { kind, ...common, text: field.pattern("answer") ?? { contains: "" } };
    case "typed":
      return {
        kind,
        ...common,
        text: field.pattern("typed") ?? { contains: "" },
        count: raw.never === true ? { max: 0 } : (field.range("count") ?? { min: 1 }),
      };
    case "any":
    case "all":
      return { kind, ...common, of: readExpectations(reader, [...path, kind], raw[kind], new Set(taken)) };
    case "rejected":
    case "warning":
      return { kind, ...common, ...optional("message", raw[kind] === true ? undefined : field.pattern(kind)) };
    case "structure": {
      if (!["has", "each", "matches", "absent", "count"].some((key) => key in raw))
        reader.fault(path, "a structure needs has, each, matches, absent or count");
      if (!raw.because)
        reader.fault(path, "say with because: why behaviour cannot tell, or expect behaviour instead", "warning");
      if (!common.words && patternKeys.some((key) => typeof raw[key] === "string" && /^\/.+\/\w*$/s.test(raw[key])))
        reader.fault(path, "say with words: what is expected; a learner would be shown the pattern", "warning");
      return {
        kind,
        ...common,
        path: field.text("structure") ?? "",
        ...optional("of", field.text("of")),
        ...optional("has", field.part("has")),
        ...optional("each", field.part("each")),
        ...optional("matches", field.pattern("matches")),
        ...optional("absent", field.flag("absent")),
        ...optional("count", field.range("count")),
        ...optional("because", field.text("because")),
      };
    }
    default:
      return undefined;
  }
}

/** What a prediction is about. */
function readMeasure(field: Fields): Measure | undefined {
  const { reader, path, raw } = field;
  const [of, ...more] = measures.filter((key) => key in raw);
  if (of === undefined || more.length > 0) {
    reader.fault(path, `a prediction is about exactly one of ${measures.join(", ")}`);
    return undefined;
  }
  const inner = (raw: unknown, at: Path, kinds: readonly string[]): Expectation | undefined => {
    const read = readExpectation(reader, at, raw, new Set());
    if (!read || kinds.includes(read.kind)) return read;
    reader.fault(at, `${of} is about one of ${kinds.join(", ")}, not ${read.kind}`);
    return undefined;
  };
  const at = (): number => field.duration(of) ?? 0;
  switch (of) {
    case "count": {
      const what = inner(raw.count, [...path, of], ["event", "log"]);
      return what && { of, what: what as EventExpectation | LogExpectation };
    }
    case "second": {
      const what = inner(raw.second, [...path, of], ["event", "log", "pod", "container", "condition"]);
      return what && { of, what: what as OrderStep["what"] };
    }
    case "status":
    case "ready":
    case "phase":
    case "lastEvent":
      return { of, at: at() };
    case "restarts":
      return { of, at: at(), ...optional("container", field.container()) };
    case "line":
      return { of, number: field.whole("line") ?? 1, ...optional("container", field.container()) };
    case "prints":
    case "stays": {
      const look = inner(raw[of], [...path, of], ["client", "exec", "kubectl", "file"]) as LookExpectation | undefined;
      if (!look) return undefined;
      if (of === "prints") return { of, look, ...optional("part", field.regular("part")) };
      if (look.at.length !== 2) reader.fault([...path, of], "stays compares two moments: write at: [9s, 18s]");
      return { of, look };
    }
    default: {
      if (!isRecord(raw.which) || Object.keys(raw.which).length < 2) {
        reader.fault([...path, "which"], "which is a map of two answers or more, each with what holds then");
        return undefined;
      }
      const choices: Record<string, Expectation> = {};
      for (const [answer, item] of Object.entries(raw.which)) {
        const read = readExpectation(reader, [...path, "which", answer], item, new Set());
        if (read) choices[answer] = read;
      }
      return { of: "which", choices };
    }
  }
}

/** The fields of one expectation; a fault is noted where it stands. */
class Fields {
  readonly reader: YamlReader;
  readonly path: Path;
  readonly raw: Record<string, unknown>;

  constructor(reader: YamlReader, path: Path, raw: Record<string, unknown>) {
    this.reader = reader;
    this.path = path;
    this.raw = raw;
  }

  #read<T>(key: string, read: (raw: unknown) => { value: T } | { fault: string }): T | undefined {
    return key in this.raw ? this.reader.take([...this.path, key], read(this.raw[key])) : undefined;
  }

  text(key: string): string | undefined {
    return this.#read(key, (raw) =>
      typeof raw === "string" || typeof raw === "number"
        ? { value: String(raw) }
        : { fault: `${show(raw)} is no text` },
    );
  }

  flag(key: string): boolean | undefined {
    return this.#read(key, (raw) =>
      typeof raw === "boolean" ? { value: raw } : { fault: `${show(raw)} is neither true nor false` },
    );
  }

  whole(key: string): number | undefined {
    return this.#read(key, (raw) =>
      Number.isInteger(raw) ? { value: raw as number } : { fault: `${show(raw)} is no whole number` },
    );
  }

  duration(key: string): number | undefined {
    return this.#read(key, readDuration);
  }

  /** A regular expression with a group: `/total (\\S+)/`. */
  regular(key: string): RegularPattern | undefined {
    return this.#read(key, (raw) => {
      const read = readPattern(raw);
      if ("fault" in read) return read;
      const { value } = read;
      return "matches" in value && compilePattern(value.matches, value.flags).hasGroup
        ? { value }
        : { fault: `${show(raw)} is no regular expression with a group: write /total (\\S+)/` };
    });
  }

  oneOf<const T extends string>(key: string, words: readonly T[]): T | undefined {
    return this.#read(key, (raw) =>
      words.includes(raw as T) ? { value: raw as T } : { fault: `${show(raw)} is none of ${words.join(", ")}` },
    );
  }

  names(key: string): string[] | undefined {
    return this.#read(key, readNames);
  }

  range(key: string): Range | undefined {
    return this.#read(key, (raw) => readRange(raw));
  }

  pattern(key: string): Pattern | undefined {
    return this.#read(key, readPattern);
  }

  part(key: string): unknown {
    return this.#read(key, readPart);
  }

  patterns(key: string): Pattern[] | undefined {
    const raw = this.raw[key];
    // The empty text is contained in everything; whoever writes `stderr: ""` means that there is none.
    if (raw === "") return [{ equals: "" }];
    if (!Array.isArray(raw)) return key in this.raw ? [this.pattern(key)!].filter(Boolean) : undefined;
    const patterns: Pattern[] = [];
    raw.forEach((item, i) => {
      const pattern = this.reader.take([...this.path, key, i], readPattern(item));
      if (pattern) patterns.push(pattern);
    });
    return patterns;
  }

  ready(): string | boolean | undefined {
    return this.#read<string | boolean>("ready", (raw) =>
      typeof raw === "boolean" || (typeof raw === "string" && /^\d+\/\d+$/.test(raw))
        ? { value: raw }
        : { fault: `${show(raw)} is neither true, false nor like 1/1` },
    );
  }

  container(): ContainerRef | undefined {
    return (
      this.#read("container", (raw) => readContainer(raw, "containers")) ??
      this.#read("initContainer", (raw) => readContainer(raw, "initContainers"))
    );
  }

  moments(): number[] {
    if (!("at" in this.raw)) return [];
    const list = Array.isArray(this.raw.at) ? this.raw.at : [this.raw.at];
    return list.flatMap((raw) => this.reader.take([...this.path, "at"], readDuration(raw)) ?? []);
  }

  countAndWindow(): { count: Range; when: When } {
    const when = this.when(true);
    if (when.mode === "never") {
      if ("count" in this.raw) this.reader.fault([...this.path, "count"], "never means count: 0; leave the count out");
      return { count: { max: 0 }, when };
    }
    return { count: this.range("count") ?? { min: 1 }, when };
  }

  when(happening = false): When {
    const { raw, reader, path } = this;
    const given = stateTimes.filter((key) => key !== "for" && key in raw);
    const [key] = given;
    if (given.length > 1 && given.join() !== "by,from") {
      reader.fault([...path, given[1]!], `${given.join(" and ")} contradict each other: give one time`);
    }
    const lasting = this.#read("for", readDuration);
    const some = (from: number, to?: number): When => ({
      mode: "some",
      from,
      ...optional("to", to),
      ...optional("lasting", lasting),
    });
    const windowOf = (mode: "every" | "never"): When => {
      if (raw[mode === "every" ? "always" : "never"] === true) return { mode, from: 0 };
      const window = reader.take([...path, key!], readWindow(raw[key!]));
      return { mode, from: window?.[0] ?? 0, ...optional("to", window?.[1]) };
    };
    switch (key) {
      case "between": {
        const window = this.#read("between", readWindow);
        return some(window?.[0] ?? 0, window?.[1]);
      }
      case "by":
        return some(this.#read("from", readDuration) ?? 0, this.#read("by", readDuration));
      case "begins": {
        const window = this.#read("begins", readWindow);
        return { ...some(window?.[0] ?? 0, window?.[1]), begins: true };
      }
      case "from":
        return some(this.#read("from", readDuration) ?? 0);
      case "at": {
        const at = this.#read("at", readDuration) ?? 0;
        return { mode: "every", from: at, to: at };
      }
      case "always":
        return windowOf("every");
      case "never":
        return windowOf("never");
      default:
        return happening || lasting !== undefined ? some(0) : { mode: "every", from: 0, end: true };
    }
  }
}

function conditionStatus(raw: unknown): string {
  if (raw === undefined || raw === true) return "True";
  return raw === false ? "False" : String(raw);
}

function nameOf(
  reader: YamlReader,
  path: Path,
  raw: Record<string, unknown>,
  kind: string,
  taken: Set<string>,
): string {
  const given = raw.id;
  if (typeof given === "string" && /^[a-z0-9][a-z0-9-]*$/.test(given)) {
    if (taken.has(given)) reader.fault([...path, "id"], `the id ${given} is taken by another expectation`);
    if (["rejected", "yaml", "documents", "limit"].includes(given) && kind !== given)
      reader.fault([...path, "id"], `the id ${given} has a meaning of its own; choose another`);
    taken.add(given);
    return given;
  }
  if (given !== undefined)
    reader.fault([...path, "id"], `the id ${show(given)} has other characters than a-z, 0-9 and -`);
  const about = [raw[kind], raw.status, raw.phase, raw.state].find((value) => typeof value === "string") ?? "";
  const base = `${kind}-${about}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 40)
    .replace(/-$/, "");
  let id = base;
  for (let n = 2; taken.has(id); n++) id = `${base}-${n}`;
  taken.add(id);
  return id;
}

export function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
