/** The one way in which a command ends early: caught in kubectl.ts, printed on stderr. */
import { type Status, statusText } from "../cluster/api/status.ts";

export class Failure extends Error {
  readonly exitCode: number;
  /** `text` is all that stderr shows, without the last newline; empty: nothing. */
  constructor(text: string, exitCode = 1) {
    super(text);
    this.exitCode = exitCode;
  }
}

/** `error: …` */
export function fail(text: string): never {
  throw new Failure(`error: ${text}`);
}

export function failWith(status: Status, doing?: string): never {
  throw new Failure(statusText(status, doing));
}
