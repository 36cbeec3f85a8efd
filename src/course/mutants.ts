/** Solutions changed in one place each: would the expectations notice? */
import { type Keys, sayPath, withValue } from "../grader/fieldPath.ts";

export interface Mutant {
  /** `spec.containers[0].ports removed`, `spec.containers[0].livenessProbe.periodSeconds 5 → 10` */
  readonly name: string;
  readonly document: unknown;
  /** Two mutants with the same key change the same value at the same place to the same value. */
  readonly key: string;
}

/** Words that stand for each other. */
const swaps: readonly (readonly string[])[] = [
  ["Always", "OnFailure", "Never"],
  ["Always", "IfNotPresent", "Never"],
  ["TCP", "UDP"],
  ["ClusterFirst", "Default", "None"],
  ["HTTP", "HTTPS"],
  ["NoSchedule", "PreferNoSchedule", "NoExecute"],
  ["Exists", "Equal"],
  ["In", "NotIn"],
  ["", "Memory"],
  ["DoNotSchedule", "ScheduleAnyway"],
];

/** Values of these decide nothing by themselves: names that only have to agree, and what says which API it is. */
const leftAlone = [/^apiVersion$/, /^kind$/, /^metadata\.name$/, /^metadata\.namespace$/];

/** Deterministic, in the order of the fields; `limit` keeps a huge manifest from taking all day. */
export function mutantsOf(document: unknown, limit = 400): Mutant[] {
  const mutants: Mutant[] = [];
  const add = (keys: Keys, from: unknown, change: string, to: unknown) => {
    if (mutants.length >= limit) return;
    const key = JSON.stringify([keys, from, to]);
    mutants.push({ name: `${sayPath(keys)} ${change}`, document: withValue(document, keys, to), key });
  };
  const visit = (value: unknown, keys: (string | number)[]): void => {
    const path = sayPath(keys);
    if (keys.length > 0 && !leftAlone.some((pattern) => pattern.test(path))) {
      if (path !== "metadata" && path !== "spec" && path !== "spec.containers") add(keys, value, "removed", undefined);
      for (const [change, to] of changesOf(value, keys)) add(keys, value, change, to);
    }
    if (typeof value !== "object" || value === null || leftAlone.some((pattern) => pattern.test(path))) return;
    for (const [key, item] of Object.entries(value)) visit(item, [...keys, Array.isArray(value) ? Number(key) : key]);
  };
  visit(document, []);
  return mutants;
}

function changesOf(value: unknown, keys: Keys): [string, unknown][] {
  if (typeof value === "boolean") return [[`${value} → ${!value}`, !value]];
  if (typeof value === "number")
    return [...new Set([value + 1, value - 1, value * 2])]
      .filter((to) => to !== value && to >= 0)
      .map((to) => [`${value} → ${to}`, to]);
  if (Array.isArray(value))
    return value.length > 1 && value.every((item) => typeof item === "object")
      ? [["in reverse", [...value].reverse()]]
      : [];
  if (typeof value !== "string") return [];
  const group = swaps.find((words) => words.includes(value) && value !== "" && fitsSwap(words, String(keys.at(-1))));
  if (group) return group.filter((word) => word !== value).map((word) => [`${value} → ${word}`, word]);
  const inCommand = keys.some((key) => key === "command" || key === "args");
  // A number inside a script or a quantity: `sleep 30`, `64Mi`.
  const number = /\d+/.exec(value);
  const doubled = number && number[0].length < 10 ? value.replace(/\d+/, String(Number(number[0]) * 2)) : undefined;
  const changes: [string, unknown][] =
    doubled !== undefined && doubled !== value ? [[`${short(value)} → ${short(doubled)}`, doubled]] : [];
  if (!inCommand || !doubled) changes.push([`${short(value)} → ${short(`${value}-x`)}`, `${value}-x`]);
  return changes;
}

function fitsSwap(words: readonly string[], field: string): boolean {
  if (words.includes("IfNotPresent")) return field === "imagePullPolicy";
  return !words.includes("OnFailure") || field !== "imagePullPolicy";
}

function short(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 40 ? `${line.slice(0, 37)}…` : line;
}
