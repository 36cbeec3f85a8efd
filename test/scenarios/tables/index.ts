/** All tables; the keys of a row's input say which one it belongs to. */
import { NotModelled, type TestScenario } from "../format.ts";
import * as decisions from "./decisions.ts";
import { environment } from "./environment.ts";
import { imageManager } from "./images.ts";
import * as nodes from "./nodes.ts";
import * as probes from "./probes.ts";
import * as status from "./status.ts";
import { type ReadyTable, ready, type Table } from "./table.ts";
import { operations, submitted } from "./validation.ts";

/** The first one whose keys are all there. */
const tables: readonly Table[] = [
  submitted,
  operations,
  ...Object.values(probes),
  imageManager,
  ...Object.values(nodes),
  environment,
  ...Object.values(decisions),
  ...Object.values(status),
];

export function tableFor({ input }: TestScenario): ReadyTable {
  const table = tables.find(({ when }) => when.every((key) => key in input));
  if (!table) throw new NotModelled(`an input with ${Object.keys(input).sort().join(", ")}`);
  return ready(table);
}
