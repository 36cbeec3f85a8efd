/** A table of a pure function: which inputs are its rows, and what one row comes to. */
import type { Pod } from "../../../src/cluster/api/types.ts";
import { type Json, onlyKeys, type TestScenario } from "../format.ts";

export interface Table {
  /** Keys of `input` that make a row one of this table. */
  readonly when: readonly string[];
  /** All keys that `input` may have. */
  readonly input: readonly string[];
  readonly expect: readonly string[];
  check(input: Json, expect: Json): void;
}

export interface ReadyTable {
  run(scenario: TestScenario): void;
}

export function ready(table: Table): ReadyTable {
  return {
    run({ input, expect }) {
      onlyKeys(input, table.input, "input");
      onlyKeys(expect, table.expect, "expect");
      table.check(input, expect);
    },
  };
}

export const podOf = (spec: object, more: object = {}): Pod =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "default", uid: "u" },
    spec,
    status: {},
    ...more,
  }) as Pod;
