/** The table of subcommands. */
import type { Task } from "../time/task.ts";
import type { FlagTable } from "./flags.ts";
import { get, getFlags } from "./getCommand.ts";
import type { Session } from "./session.ts";

export interface CommandEntry {
  readonly flags: FlagTable;
  readonly usage?: string;
  run(session: Session): Task<number>;
}

/** By the words after `kubectl`: `get`, `set image`. */
export const commands: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  ["get", { flags: getFlags, run: get }],
]);
