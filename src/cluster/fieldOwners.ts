/**
 * Who set which field of an object, for server-side apply (apimachinery: util/managedfields; structured-merge-diff). Kept
 * beside the objects, by UID: only what writes under a name takes part.
 */
import { fieldOf, type FieldSchema, structNamed } from "./api/schema.ts";
import type { ApiObject } from "./api/object.ts";

interface Leaf {
  /** What leads to it: names, and keys of list elements. */
  readonly steps: readonly Step[];
  /** As JSON, for comparison. */
  readonly value: string;
}

type Step = string | { readonly keys: Readonly<Record<string, unknown>> };

/** By path: `.spec.containers[name="app"].image`. */
export type Leaves = ReadonlyMap<string, Leaf>;

/** Fields that nobody owns: the server's own, and what names the object. */
const ownerless = new Set([
  "apiVersion",
  "kind",
  "status",
  ...(
    "name namespace uid resourceVersion generation creationTimestamp managedFields deletionTimestamp " +
    "deletionGracePeriodSeconds generateName selfLink"
  )
    .split(" ")
    .map((name) => `metadata.${name}`),
]);

/** What an object says, field by field as an owner has it: lists and maps of one piece are one leaf. */
export function leavesOf(object: Readonly<Record<string, unknown>>): Leaves {
  const leaves = new Map<string, Leaf>();
  const add = (schema: FieldSchema | undefined, value: unknown, steps: readonly Step[]): void => {
    if (value === undefined || value === null) return;
    const name = schema?.ref && structNamed(schema.ref) ? schema.ref : undefined;
    if (name && isRecord(value)) addFields(name, value, steps);
    else if (schema?.map && isRecord(value))
      for (const [key, item] of Object.entries(value)) add(schema.map, item, [...steps, key]);
    else if (schema?.["list-type"] === "map" && Array.isArray(value))
      for (const item of value) {
        if (isRecord(item)) add(schema.items, item, [...steps, { keys: keysOf(schema, item) }]);
      }
    else leaves.set(pathText(steps), { steps, value: JSON.stringify(value) });
  };
  const addFields = (struct: string, value: Readonly<Record<string, unknown>>, steps: readonly Step[]): void => {
    for (const [field, item] of Object.entries(value)) {
      const next = [...steps, field];
      if (!ownerless.has(next.join("."))) add(fieldOf(struct, field), item, next);
    }
  };
  addFields(String(object.kind), object, []);
  return leaves;
}

function keysOf(schema: FieldSchema, item: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const keys = schema["list-map-keys"] ?? [];
  return Object.fromEntries(keys.map((key) => [key, keyOf(item, key)]));
}

/** The one key that may be left out is a port's protocol (core/v1: +default="TCP"). */
function keyOf(item: Readonly<Record<string, unknown>>, key: string): unknown {
  return item[key] ?? (key === "protocol" ? "TCP" : undefined);
}

function pathText(steps: readonly Step[]): string {
  return steps
    .map((step) =>
      typeof step === "string"
        ? `.${step}`
        : `[${Object.entries(step.keys)
            .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
            .join(",")}]`,
    )
    .join("");
}

/** Applying is another way of owning than writing: under the same name both may be. */
interface Owner {
  readonly manager: string;
  readonly applies: boolean;
  paths: ReadonlySet<string>;
}

export interface Conflict {
  readonly manager: string;
  readonly path: string;
}

export class FieldOwners {
  readonly #owners = new Map<string, Owner[]>();

  /** After a write that was no apply: what it changed is its writer's. */
  wrote(manager: string, after: ApiObject, before: Leaves): void {
    const now = leavesOf(after);
    const changed = [...now].filter(([path, { value }]) => before.get(path)?.value !== value).map(([path]) => path);
    const gone = [...before.keys()].filter((path) => !now.has(path));
    if (changed.length === 0 && gone.length === 0) return;
    this.#take(after, manager, false, new Set(changed), new Set([...changed, ...gone]));
  }

  /** After an apply: its document is all that the applier owns in this way. */
  applied(manager: string, after: ApiObject, document: Leaves, before: Leaves): void {
    const changed = [...document].filter(([path, { value }]) => before.get(path)?.value !== value);
    const owners = this.#of(after).filter((owner) => !(owner.applies && owner.manager === manager));
    this.#owners.set(after.metadata.uid!, owners);
    this.#take(after, manager, true, new Set(document.keys()), new Set(changed.map(([path]) => path)));
  }

  /** kubectl's own two ways of applying are one manager's work. */
  adopt(object: ApiObject, from: string, to: string): void {
    const owners = this.#of(object);
    const old = owners.find((owner) => !owner.applies && owner.manager === from);
    if (!old) return;
    const rest = owners.filter((owner) => owner !== old);
    const mine = rest.find((owner) => owner.applies && owner.manager === to);
    const paths = new Set([...old.paths, ...(mine?.paths ?? [])]);
    this.#owners.set(object.metadata.uid!, [
      ...rest.filter((owner) => owner !== mine),
      { manager: to, applies: true, paths },
    ]);
  }

  /** What an apply would take from others by changing it. */
  conflicts(manager: string, object: ApiObject, live: Leaves, document: Leaves): Conflict[] {
    const others = this.#of(object).filter((owner) => !(owner.applies && owner.manager === manager));
    return [...document]
      .filter(([path, { value }]) => live.get(path)?.value !== value)
      .flatMap(([path]) =>
        others.filter(({ paths }) => paths.has(path)).map((owner) => ({ manager: owner.manager, path })),
      );
  }

  /** What the applier set before, leaves out now, and nobody else owns. */
  abandoned(manager: string, object: ApiObject, document: Leaves): string[] {
    const owners = this.#of(object);
    const mine = owners.find((owner) => owner.applies && owner.manager === manager);
    return [...(mine?.paths ?? [])].filter(
      (path) => !document.has(path) && !owners.some((owner) => owner !== mine && owner.paths.has(path)),
    );
  }

  #of({ metadata }: ApiObject): Owner[] {
    return this.#owners.get(metadata.uid ?? "") ?? [];
  }

  #take(object: ApiObject, manager: string, applies: boolean, owned: Set<string>, lost: ReadonlySet<string>): void {
    const owners = this.#of(object).map((owner) => {
      const own = owner.manager === manager && owner.applies === applies;
      const kept = [...owner.paths].filter((path) => !lost.has(path));
      return { ...owner, paths: new Set(own ? [...kept, ...owned] : kept) };
    });
    if (!owners.some((owner) => owner.manager === manager && owner.applies === applies))
      owners.push({ manager, applies, paths: owned });
    this.#owners.set(object.metadata.uid!, owners);
  }
}

/** A copy without these fields; list elements of which nothing is left go, too. */
export function withoutFields(object: ApiObject, leaves: Leaves, paths: readonly string[]): ApiObject {
  const copy = structuredClone(object);
  for (const path of paths) {
    const leaf = leaves.get(path);
    if (leaf) remove(copy, leaf.steps);
  }
  return copy;
}

/** True when nothing is left of `value`. */
function remove(value: unknown, steps: readonly Step[]): boolean {
  const [step, ...rest] = steps;
  if (step === undefined) return true;
  if (typeof step === "string") {
    if (!isRecord(value)) return false;
    if (value[step] !== undefined && remove(value[step], rest)) delete value[step];
    return Object.keys(value).length === 0;
  }
  if (!Array.isArray(value)) return false;
  const at = value.findIndex(
    (item) => isRecord(item) && Object.entries(step.keys).every(([key, wanted]) => keyOf(item, key) === wanted),
  );
  if (at >= 0 && remove(value[at], rest)) value.splice(at, 1);
  return value.length === 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
