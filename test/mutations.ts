/** Manifests as nobody should write them: Pods of recordings with something dropped, retyped, swapped or blown up. */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";

type Json = unknown;
type Path = readonly (string | number)[];

const traces = new URL("recordings/traces/", import.meta.url);

/** Each Pod that a recording ran, with what it needs around it. */
export const recorded: readonly {
  readonly pod: Json;
  readonly objects: readonly Json[];
  readonly nodeImages: readonly string[];
}[] = readdirSync(traces).flatMap((group) =>
  readdirSync(new URL(`${group}/`, traces)).map((file) => {
    const { pod, objects, nodeImages } = JSON.parse(readFileSync(new URL(`${group}/${file}`, traces), "utf8"));
    return { pod, objects: objects ?? [], nodeImages: nodeImages ?? [] };
  }),
);

/** What may stand anywhere instead of what should. */
const odd: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, false, "", " ", 0, -1, 1.5, [], {}, [[]], [null], "null", "~", "0x1f", "1e400"),
  fc.constantFrom<Json>(
    2 ** 31,
    2 ** 53,
    -(2 ** 63),
    1e308,
    "99999999999999999999Ei",
    "1Qi",
    "-5m",
    "1e3",
    "0.0000000001",
  ),
  fc.constantFrom<Json>(
    "\u0000",
    "é",
    "日本語",
    "😀",
    "\ud800",
    "a\u202Eb",
    "\ufeffx",
    "../../etc",
    "$(A)$(",
    "$$(B)",
    "{{x}}",
    "a".repeat(70_000),
  ),
  fc.integer().map((n) => n as Json),
  fc.string({ maxLength: 20 }).map((s) => s as Json),
  fc.integer({ min: 1, max: 2000 }).map(nested),
);

function nested(depth: number): Json {
  let value: Json = "x";
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

/** Nothing is changed deeper than any field lies. */
const deepest = 20;

function pathsIn(value: Json, at: Path = []): Path[] {
  if (typeof value !== "object" || value === null || at.length > deepest) return [at];
  return [
    at,
    ...Object.entries(value).flatMap(([key, item]) => pathsIn(item, [...at, Array.isArray(value) ? Number(key) : key])),
  ];
}

const valueAt = (value: Json, path: Path): Json =>
  path.reduce<Json>((at, key) => (at as Record<string, Json>)?.[key], value);

function withValue(value: Json, [key, ...rest]: Path, next: Json, drop = false): Json {
  if (key === undefined) return drop ? {} : next;
  if (Array.isArray(value)) {
    const copy = [...value];
    if (drop && rest.length === 0) copy.splice(Number(key), 1);
    else copy[Number(key)] = withValue(copy[Number(key)], rest, next, drop);
    return copy;
  }
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string, Json> = { ...value };
  if (drop && rest.length === 0) delete copy[key];
  else copy[key] = withValue(copy[key], rest, next, drop);
  return copy;
}

type Mutation = (pod: Json) => Json;

/** Another value that may well be allowed there. */
const plausible: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(0, 1, 2, 3, 5, 10, 30, 300, 65535, 2147483647, true, false),
  fc.constantFrom<Json>(
    "Always",
    "Never",
    "OnFailure",
    "IfNotPresent",
    "1",
    "100m",
    "8Mi",
    "busybox:1.28",
    "nginx",
    "/",
    "/tmp",
  ),
);

/** A number from 0 to 1 chooses the place, whatever the Pod has become by then. */
const place = fc.double({ min: 0, max: 0.999999, noNaN: true });
const choose = (pod: Json, where: number): Path => {
  const paths = pathsIn(pod);
  return paths[Math.floor(where * paths.length)]!;
};

/** The same type as before, so that many of these Pods still run. */
const gentle: fc.Arbitrary<Mutation> = fc.tuple(place, plausible).map(
  ([where, value]): Mutation =>
    (pod) => {
      const paths = pathsIn(pod).filter((path) => typeof valueAt(pod, path) === typeof value);
      return paths.length > 0 ? withValue(pod, paths[Math.floor(where * paths.length)]!, value) : pod;
    },
);

const rough: fc.Arbitrary<Mutation> = fc.oneof(
  place.map(
    (where): Mutation =>
      (pod) =>
        withValue(pod, choose(pod, where), undefined, true),
  ),
  fc.tuple(place, odd).map(
    ([where, value]): Mutation =>
      (pod) =>
        withValue(pod, choose(pod, where), value),
  ),
  fc.tuple(place, place).map(
    ([a, b]): Mutation =>
      (pod) =>
        withValue(pod, choose(pod, a), valueAt(pod, choose(pod, b))),
  ),
  // A field more, or one field twice as long.
  fc.tuple(place, fc.string({ maxLength: 12 }), odd).map(
    ([where, key, value]): Mutation =>
      (pod) => {
        const path = choose(pod, where);
        const target = valueAt(pod, path);
        if (Array.isArray(target)) return withValue(pod, path, [...target, ...target, value]);
        return typeof target === "object" ? withValue(pod, path, { ...target, [key]: value }) : pod;
      },
  ),
);

/** A recorded Pod and what became of it. */
export const mutatedPod = fc
  .tuple(
    fc.nat(recorded.length - 1),
    fc.oneof(
      fc.array(gentle, { minLength: 1, maxLength: 3 }),
      fc.array(fc.oneof(gentle, rough), { minLength: 1, maxLength: 4 }),
    ),
  )
  .map(([i, mutations]) => {
    const base = recorded[i]!;
    return { ...base, pod: mutations.reduce((pod, mutate) => mutate(pod), base.pod) };
  });
