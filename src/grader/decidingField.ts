/**
 * Which field of the learner's manifest decided a failed expectation. The manifest is compared with the solutions: each
 * place where they differ is changed alone and the world run again; where that flips the result, the field decided it.
 * When no single change does, the differing field that has most to do with the expectation is named, unproven.
 */
import type { Documents } from "./edits.ts";
import { type Keys, parsePath, sayPath, withValue } from "./fieldPath.ts";
import type { Expectation } from "./types.ts";

export interface Difference {
  readonly document: number;
  readonly keys: Keys;
  /** What the solution has there; undefined when it has nothing. */
  readonly value: unknown;
  readonly kind: "missing" | "extra" | "changed";
}

export interface DecidingField {
  readonly document: number;
  readonly keys: Keys;
  readonly why: string;
  readonly proven: boolean;
}

const maxReruns = 12;
/** A manifest that is dear to run is run again only once or twice: an ordinary world costs some hundreds. */
const maxCost = 50_000;

/** What a rerun says. `cost`: the clock's turns and the lines that were written. */
export interface Rerun {
  readonly holds: boolean;
  readonly cost: number;
}

/** `rerun(documents)` runs the failed world again and says whether the expectation holds then: once a step. */
export function* findDecidingField(
  documents: Documents,
  solutions: readonly Documents[],
  failed: Expectation | undefined,
  rerun: (documents: Documents) => Rerun,
): Generator<void, DecidingField | undefined> {
  const words = failed ? relevantWords(failed) : [];
  const relevance = ({ keys, value }: Difference): number => {
    const path =
      `${sayPath(keys)} ${value !== undefined && typeof value === "object" ? Object.keys(value ?? {}).join(" ") : ""}`.toLowerCase();
    const index = words.findIndex((word) => path.includes(word));
    return index < 0 ? words.length : index;
  };
  const nearest = solutions
    .map((solution) => differences(documents, solution).sort((a, b) => relevance(a) - relevance(b)))
    .sort((a, b) => a.length - b.length)[0];
  if (nearest) {
    let spent = 0;
    for (const one of nearest.slice(0, maxReruns)) {
      if (spent > maxCost) break;
      const changed = documents.map((document, i) =>
        i === one.document ? withValue(document, one.keys, one.value) : document,
      );
      yield;
      const { holds, cost } = rerun(changed);
      spent += cost;
      if (holds) return { document: one.document, keys: one.keys, why: whyProven(one), proven: true };
    }
    // The empty difference list cannot be: a solution passes. One in another order of documents may still leave none.
    const [likeliest] = nearest;
    if (likeliest && (relevance(likeliest) < words.length || nearest.length === 1))
      return { document: likeliest.document, keys: likeliest.keys, why: whyLikely(likeliest), proven: false };
  }
  for (const word of words) {
    const keys = deepFind(documents[0], word, []);
    if (keys) return { document: 0, keys, why: "this has most to do with it", proven: false };
  }
  return undefined;
}

function whyProven({ kind, keys }: Difference): string {
  const name = lastName(keys);
  if (kind === "missing") return `there is no ${name} here; with one this holds`;
  return kind === "extra" ? `without ${name} this holds` : `with another ${name} this holds`;
}

function whyLikely({ kind, keys }: Difference): string {
  const name = lastName(keys);
  return kind === "missing"
    ? `there is no ${name} here`
    : kind === "extra"
      ? `do you need ${name}?`
      : `look at ${name}`;
}

function lastName(keys: Keys): string {
  const last = keys.at(-1);
  return typeof last === "number" ? `${String(keys.at(-2) ?? "")}[${last}]` : String(last ?? "this");
}

/** Smallest differing parts. Lists of named things are compared by name; other lists, such as a command, are one value. */
export function differences(documents: Documents, solution: Documents): Difference[] {
  const found: Difference[] = [];
  const kindOf = (document: unknown) => (document as { kind?: unknown } | null)?.kind;
  solution.forEach((wanted, i) => {
    const document = i === 0 ? 0 : documents.findIndex((own, n) => n > 0 && kindOf(own) === kindOf(wanted));
    if (document >= 0) compare(documents[document], wanted, document, [], found);
  });
  return found;
}

function compare(
  own: unknown,
  wanted: unknown,
  document: number,
  keys: (string | number)[],
  found: Difference[],
): void {
  if (same(own, wanted)) return;
  if (isNamedList(own) && isNamedList(wanted)) {
    own.forEach((item, i) => {
      const twin =
        wanted.find((other) => other.name === item.name) ??
        (own.length === 1 && wanted.length === 1 ? wanted[0] : undefined);
      if (twin) compare(item, twin, document, [...keys, i], found);
      else found.push({ document, keys: [...keys, i], value: undefined, kind: "extra" });
    });
    for (const item of wanted)
      if (!own.some((other) => other.name === item.name) && !(own.length === 1 && wanted.length === 1))
        found.push({ document, keys: [...keys, own.length], value: item, kind: "missing" });
    return;
  }
  if (isMap(own) && isMap(wanted)) {
    // The name of the Pod decides nothing by itself.
    for (const key of new Set([...Object.keys(own), ...Object.keys(wanted)])) {
      if (keys.join(".") === "metadata" && key === "name") continue;
      if (!(key in own)) found.push({ document, keys: [...keys, key], value: wanted[key], kind: "missing" });
      else if (!(key in wanted)) found.push({ document, keys: [...keys, key], value: undefined, kind: "extra" });
      else compare(own[key], wanted[key], document, [...keys, key], found);
    }
    return;
  }
  found.push({ document, keys, value: wanted, kind: "changed" });
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNamedList(value: unknown): value is { name: string }[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((item) => isMap(item) && typeof item.name === "string")
  );
}

export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (
    typeof a !== "object" ||
    typeof b !== "object" ||
    a === null ||
    b === null ||
    Array.isArray(a) !== Array.isArray(b)
  )
    return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(
      (key) => Object.hasOwn(b, key) && same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    )
  );
}

/** Fields that have to do with an expectation, the likeliest first; in lower case. */
function relevantWords(expectation: Expectation): string[] {
  switch (expectation.kind) {
    case "event":
      return eventFields[expectation.reason] ?? ["command", "args", "image"];
    case "log":
      return ["command", "args", "env", "image", "volumemounts"];
    case "container":
      if (expectation.ready !== undefined) return ["readinessprobe", "startupprobe", "ports", "command", "args"];
      if (expectation.restarts) return ["livenessprobe", "startupprobe", "restartpolicy", "command", "args"];
      if (expectation.exitCode || expectation.signal !== undefined)
        return ["command", "args", "resources", "terminationgraceperiodseconds", "lifecycle"];
      return ["command", "args", "restartpolicy", "image", "resources"];
    case "pod":
      if (expectation.gone !== undefined) return ["terminationgraceperiodseconds", "lifecycle", "command", "args"];
      if (expectation.ready !== undefined) return ["readinessprobe", "startupprobe", "command", "args", "image"];
      if (expectation.restarts) return ["livenessprobe", "restartpolicy", "command", "args"];
      return ["restartpolicy", "command", "args", "image", "initcontainers", "resources", "activedeadlineseconds"];
    case "condition":
      return expectation.condition === "PodScheduled"
        ? ["nodeselector", "affinity", "tolerations", "resources", "nodename"]
        : ["readinessprobe", "initcontainers", "readinessgates", "command"];
    case "client":
      return ["ports", "command", "args", "image", "readinessprobe", "env"];
    case "exec":
    case "file":
      return ["volumemounts", "volumes", "securitycontext", "command", "args", "env"];
    case "structure": {
      const names = (parsePath(expectation.path) ?? []).flatMap((step) =>
        "key" in step ? step.key.toLowerCase() : [],
      );
      return names.reverse().filter((name) => name !== "spec");
    }
    case "order":
      return expectation.steps.flatMap((step) => relevantWords(step.what));
    case "any":
    case "all":
      return expectation.of.flatMap(relevantWords);
    default:
      return [];
  }
}

const eventFields: Record<string, string[]> = {
  Unhealthy: ["livenessprobe", "readinessprobe", "startupprobe", "command", "args"],
  ProbeWarning: ["livenessprobe", "readinessprobe", "startupprobe"],
  Killing: ["livenessprobe", "startupprobe", "terminationgraceperiodseconds", "lifecycle", "restartpolicy"],
  BackOff: ["command", "args", "restartpolicy", "image"],
  FailedScheduling: ["nodeselector", "affinity", "tolerations", "resources", "nodename"],
  Scheduled: ["nodeselector", "affinity", "tolerations", "resources", "schedulinggates"],
  Failed: ["image", "imagepullpolicy", "command", "args", "securitycontext", "env"],
  ErrImageNeverPull: ["imagepullpolicy", "image"],
  Pulling: ["imagepullpolicy", "image"],
  Pulled: ["image", "imagepullpolicy"],
  FailedMount: ["volumes", "volumemounts"],
  FailedPostStartHook: ["lifecycle"],
  FailedPreStopHook: ["lifecycle"],
  Created: ["image", "command", "restartpolicy"],
  Started: ["command", "image", "restartpolicy"],
};

function deepFind(value: unknown, word: string, keys: Keys): Keys | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const path = [...keys, Array.isArray(value) ? Number(key) : key];
    if (key.toLowerCase() === word) return path;
    const deeper = deepFind(item, word, path);
    if (deeper) return deeper;
  }
  return undefined;
}
