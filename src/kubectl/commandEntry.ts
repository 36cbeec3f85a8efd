/** What every command says about itself. */
import type { Task } from "../time/task.ts";
import type { FlagTable } from "./flags.ts";
import type { Session } from "./session.ts";

export interface CommandEntry {
  /** What it does; the first line stands in lists. */
  readonly about: string;
  /** After the command's name: `(POD | TYPE/NAME) [-c CONTAINER]`. */
  readonly usage: string;
  readonly examples?: readonly string[];
  readonly flags: FlagTable;
  run(session: Session): Task<number>;
}
