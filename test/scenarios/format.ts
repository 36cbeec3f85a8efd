/** A test scenario as one line of JSON, what came of it, and strict reading: a key nobody knows is reported, never skipped. */

// biome-ignore lint/suspicious/noExplicitAny: the rows of each table have a form of their own.
export type Json = any;

export interface TestScenario {
  /** `<group>/<slug>` */
  readonly id: string;
  /** The Kubernetes release from which it holds: `1.29`. */
  readonly minVersion?: string;
  readonly featureGates?: Readonly<Record<string, boolean>>;
  /** Exactly one of these three. */
  readonly pod?: Json;
  readonly pods?: readonly Json[];
  readonly input?: Json;
  readonly objects?: readonly Json[];
  readonly actions?: readonly Json[];
  /** Seconds of virtual time from the Pod's creation. */
  readonly horizon?: number;
  /** What the workload or the registry does and a simulator cannot know. */
  readonly hints?: Readonly<Record<string, Json>>;
  readonly expect: Readonly<Record<string, Json>>;
}

/** The simulator did something else than expected; the message says what. */
export class Differs extends Error {}

/** The scenario asks for something that this program does not know. */
export class NotModelled extends Error {}

export type Outcome =
  | { readonly outcome: "ok" }
  | { readonly outcome: "differs" | "not-modelled"; readonly reason: string };

export function check(condition: unknown, reason: string): asserts condition {
  if (!condition) throw new Differs(reason);
}

export function equal(got: unknown, wanted: unknown, what: string): void {
  check(show(got) === show(wanted), `${what} is ${show(got)}, not ${show(wanted)}`);
}

/** JSON with keys in order, for comparing and for messages. */
export function show(value: unknown): string {
  return (
    JSON.stringify(value, (_key, item) =>
      item && typeof item === "object" && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
        : item,
    ) ?? "undefined"
  );
}

/** Reports the first key of `object` that is not among `known`. */
export function onlyKeys(
  object: Readonly<Record<string, unknown>> | undefined,
  known: readonly string[],
  where: string,
): void {
  for (const key of Object.keys(object ?? {}))
    if (!known.includes(key)) throw new NotModelled(`${where} has an unknown key "${key}"`);
}

export const asList = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as T];

/** `{min, max}`, or one number. */
export function inRange(got: number | undefined, range: Json, what: string): void {
  if (typeof range === "number") return equal(got, range, what);
  onlyKeys(range, ["min", "max", "minSeconds", "maxSeconds"], what);
  const min = range.min ?? range.minSeconds ?? Number.NEGATIVE_INFINITY;
  const max = range.max ?? range.maxSeconds ?? Number.POSITIVE_INFINITY;
  check(got !== undefined && got >= min && got <= max, `${what} is ${got}, not within ${min}..${max}`);
}
