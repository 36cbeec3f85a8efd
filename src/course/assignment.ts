/** A `yaml expect` block → worlds and expectations; a `yaml world` block → one world. */
import type { AcceptedSurvivor, Edit, Expectation, World } from "../grader/types.ts";
import type { Action } from "../simulation/trace.ts";
import { optional, readExpectations } from "./expectation.ts";
import { readDuration, show } from "./values.ts";
import { isRecord, type Path, type YamlReader } from "./yamlReader.ts";

/** Of exercises whose answer is commands. */
const podKeys = ["pod", "about", "from"];
const worldKeys = ["seconds", "objects", "actions", "node", "nodeImages", "images", "static", "seed", "edits"];
const longestRun = 24 * 3600;
const mostWorlds = 30;

export interface ExpectBlock {
  worlds: World[];
  expect: Expectation[];
  documents: string[];
  starterFails: string;
  survivors: AcceptedSurvivor[];
}

/** `commands`: the answer is a script, so that the block says which Pod is there. */
export function readExpectBlock(reader: YamlReader, commands = false): ExpectBlock {
  const empty: ExpectBlock = {
    worlds: [{ name: "", seconds: 60 }],
    expect: [],
    documents: [],
    starterFails: "",
    survivors: [],
  };
  if (reader.broken) return empty;
  const raw = reader.data;
  if (!isRecord(raw)) {
    reader.fault([], "an expect block is a map with expect, starterFails, seconds, worlds …");
    return empty;
  }
  const keys = commands ? [...worldKeys, ...podKeys] : worldKeys;
  reader.onlyKeys([], raw, [...keys, "expect", "worlds", "starterFails", "documents", "survivors"], "expect");
  const taken = new Set<string>();
  const expect = "expect" in raw ? readExpectations(reader, ["expect"], raw.expect, taken) : [];
  const base = readWorld(reader, [], raw, "");
  const worlds: World[] = [];
  if (Array.isArray(raw.worlds) && raw.worlds.length > 0) {
    if (raw.worlds.length > mostWorlds) reader.fault(["worlds"], `there are more than ${mostWorlds} worlds`);
    raw.worlds.slice(0, mostWorlds).forEach((item, i) => {
      const path: Path = ["worlds", i];
      if (!isRecord(item) || typeof item.name !== "string" || item.name === "") {
        reader.fault(path, "a world needs a name");
        return;
      }
      const name = item.name;
      reader.onlyKeys(path, item, [...keys, "name", "say", "expect"], `the world ${name}`);
      if (worlds.some((world) => world.name === name)) reader.fault([...path, "name"], `there are two worlds ${name}`);
      worlds.push(extend(base, readWorld(reader, path, item, name, "seconds" in item)));
      if ("expect" in item)
        for (const own of readExpectations(reader, [...path, "expect"], item.expect, taken))
          expect.push({ ...own, worlds: [name] });
    });
  } else if ("worlds" in raw) {
    reader.fault(["worlds"], "worlds is a list, each with a name");
  }
  if (worlds.length === 0) worlds.push(base);
  for (const one of expect)
    for (const name of one.worlds ?? [])
      if (!worlds.some((world) => world.name === name))
        reader.fault(["expect"], `expectation ${one.id}: there is no world ${name}`);
  if (expect.length === 0) reader.fault([], "expect at least one thing");
  const starterFails = raw.starterFails;
  if (typeof starterFails !== "string")
    reader.fault([], "say with starterFails: which expectation the starter fails for");
  else if (expect.length > 0 && starterFails !== "rejected" && !expect.some((one) => one.id === starterFails))
    reader.fault(
      ["starterFails"],
      `there is no expectation ${starterFails}; there are ${expect.map((one) => one.id).join(", ")}`,
    );
  return {
    worlds,
    expect,
    documents: readKinds(reader, raw.documents),
    starterFails: typeof starterFails === "string" ? starterFails : "",
    survivors: readSurvivors(reader, raw.survivors),
  };
}

/** A `yaml world` block after a demo. */
export function readWorldBlock(reader: YamlReader): World {
  const raw = reader.data;
  if (!isRecord(raw)) {
    if (!reader.broken) reader.fault([], "a world block is a map with seconds, objects, actions, node …");
    return { name: "", seconds: 60 };
  }
  reader.onlyKeys([], raw, worldKeys, "a world");
  return readWorld(reader, [], raw, "");
}

function readWorld(
  reader: YamlReader,
  path: Path,
  raw: Record<string, unknown>,
  name: string,
  ownSeconds = true,
): World {
  let seconds = 60;
  if (ownSeconds && "seconds" in raw) seconds = reader.take([...path, "seconds"], readDuration(raw.seconds)) ?? 60;
  if (seconds > longestRun)
    reader.fault([...path, "seconds"], `a run of ${seconds} s is too long: ${longestRun} s at most`);
  const list = (key: string): unknown[] | undefined => {
    const value = raw[key];
    if (value === undefined || Array.isArray(value)) return value;
    reader.fault([...path, key], `${key} is a list, not ${show(value)}`);
    return undefined;
  };
  const record = (key: string): Record<string, unknown> | undefined => {
    const value = raw[key];
    if (value === undefined || isRecord(value)) return value;
    reader.fault([...path, key], `${key} is a map, not ${show(value)}`);
    return undefined;
  };
  const objects = list("objects");
  objects?.forEach((object, i) => {
    if (
      !isRecord(object) ||
      typeof object.kind !== "string" ||
      !isRecord(object.metadata) ||
      typeof object.metadata.name !== "string"
    )
      reader.fault([...path, "objects", i], "an object needs apiVersion, kind and metadata.name");
  });
  return {
    name,
    // -1 marks "not given": `extend` puts the base's there.
    seconds: ownSeconds ? seconds : -1,
    ...optional("pod", record("pod")),
    ...optional("from", "from" in raw ? reader.take([...path, "from"], readDuration(raw.from)) : undefined),
    ...optional("about", typeof raw.about === "string" ? raw.about : undefined),
    ...optional("objects", objects),
    ...optional(
      "actions",
      list("actions")?.flatMap((item, i) => readAction(reader, [...path, "actions", i], item)),
    ),
    ...optional("node", record("node")),
    ...optional("nodeImages", list("nodeImages")?.map(String)),
    ...optional("images", record("images") as World["images"]),
    ...optional("static", typeof raw.static === "boolean" ? raw.static : undefined),
    ...optional("seed", typeof raw.seed === "number" ? raw.seed : undefined),
    ...optional(
      "edits",
      list("edits")?.flatMap((item, i) => readEdit(reader, [...path, "edits", i], item)),
    ),
    ...optional("say", typeof raw.say === "string" ? raw.say : undefined),
  };
}

function extend(base: World, own: World): World {
  const joined = <K extends "objects" | "actions" | "edits">(key: K) =>
    optional(key, base[key] || own[key] ? [...(base[key] ?? []), ...(own[key] ?? [])] : undefined);
  return {
    ...base,
    ...own,
    seconds: own.seconds < 0 ? base.seconds : own.seconds,
    ...(joined("objects") as Pick<World, "objects">),
    ...(joined("actions") as Pick<World, "actions">),
    ...(joined("edits") as Pick<World, "edits">),
  };
}

const actionKeys = [
  "delete",
  "apply",
  "patch",
  "labelNode",
  "staticRemove",
  "staticWrite",
  "killSandbox",
  "killContainer",
];

function readAction(reader: YamlReader, path: Path, raw: unknown): Action[] {
  if (!isRecord(raw) || !("at" in raw)) {
    reader.fault(path, `${show(raw)} is no action: it needs at and one of ${actionKeys.join(", ")}`);
    return [];
  }
  reader.onlyKeys(path, raw, ["at", "grace", ...actionKeys], "an action");
  const at = reader.take([...path, "at"], readDuration(raw.at));
  const [key, ...more] = actionKeys.filter((name) => name in raw);
  if (key === undefined || more.length > 0) {
    reader.fault(path, `an action is exactly one of ${actionKeys.join(", ")}`);
    return [];
  }
  if (at === undefined) return [];
  let value = raw[key];
  if (key === "patch") {
    if (!Array.isArray(value) || value.length !== 2) {
      reader.fault([...path, key], "patch is [POD, JSON patch]");
      return [];
    }
    value = [value[0], typeof value[1] === "string" ? value[1] : JSON.stringify(value[1])];
  }
  if (key === "killContainer" && (!Array.isArray(value) || value.length !== 2)) {
    reader.fault([...path, key], "killContainer is [POD, container]");
    return [];
  }
  if ((key === "apply" || key === "staticWrite") && (!isRecord(value) || typeof value.kind !== "string")) {
    reader.fault([...path, key], `${key} needs an object with apiVersion, kind and metadata`);
    return [];
  }
  return [{ at, [key]: value, ...(typeof raw.grace === "number" ? { grace: raw.grace } : {}) } as Action];
}

function readEdit(reader: YamlReader, path: Path, raw: unknown): Edit[] {
  const of = isRecord(raw) ? optional("of", typeof raw.of === "string" ? raw.of : undefined) : {};
  if (isRecord(raw)) {
    if (typeof raw.set === "string" && "to" in raw) return [{ set: raw.set, to: raw.to, ...of }];
    if (typeof raw.remove === "string") return [{ remove: raw.remove, ...of }];
    if (raw.replace !== undefined && raw.with !== undefined && typeof raw.in === "string")
      return [{ replace: String(raw.replace), with: String(raw.with), in: raw.in, ...of }];
  }
  reader.fault(path, "an edit is {set: PATH, to: VALUE}, {remove: PATH} or {replace: TEXT, with: TEXT, in: PATH}");
  return [];
}

function readKinds(reader: YamlReader, raw: unknown): string[] {
  if (raw === undefined) return [];
  if (Array.isArray(raw) && raw.every((kind) => typeof kind === "string")) return raw;
  reader.fault(["documents"], "documents is a list of kinds, like [ConfigMap]");
  return [];
}

function readSurvivors(reader: YamlReader, raw: unknown): AcceptedSurvivor[] {
  if (raw === undefined) return [];
  if (!Array.isArray(raw)) {
    reader.fault(["survivors"], "survivors is a list of {mutant, because}");
    return [];
  }
  return raw.flatMap((item, i) => {
    if (isRecord(item) && typeof item.mutant === "string" && typeof item.because === "string")
      return [{ mutant: item.mutant, because: item.because }];
    reader.fault(["survivors", i], "a survivor needs mutant and because");
    return [];
  });
}
