/** The one way in which a command ends early: caught in kubectl.ts, printed on stderr. */
import { type Status, statusText, statusTextAmongOthers } from "../cluster/api/status.ts";
import type { KubectlIo } from "./client.ts";

export class Failure extends Error {
  readonly exitCode: number;
  /** As one of several failures: without `error: `, and Invalid gets no form of its own. */
  readonly amongOthers: string;
  /** `text` is all that stderr shows, without the last newline; empty: nothing. */
  constructor(text: string, exitCode = 1, amongOthers = text.replace(/^error: /, "")) {
    super(text);
    this.exitCode = exitCode;
    this.amongOthers = amongOthers;
  }
}

/** `error: …` */
export function fail(text: string): never {
  throw new Failure(text.startsWith("error: ") ? text : `error: ${text}`);
}

export function failureOf(status: Status, doing?: string): Failure {
  return new Failure(statusText(status, doing), 1, statusTextAmongOthers(status, doing));
}

export function failWith(status: Status, doing?: string): never {
  throw failureOf(status, doing);
}

/** Several failures at a command's end, as kubectl lists them (cmd/util/helpers.go: MultipleErrors); the exit code. */
export function reportFailures(io: KubectlIo, failures: readonly Failure[]): number {
  const [first] = failures;
  if (!first) return 0;
  if (failures.length === 1) {
    if (first.message !== "") io.err(`${first.message}\n`);
    return first.exitCode;
  }
  for (const { amongOthers } of failures) io.err(`${amongOthers}\n`);
  return 1;
}

/** What `act` gave, or the failure it ended with. */
export function attempt<T>(act: () => T): { readonly value: T } | { readonly failure: Failure } {
  try {
    return { value: act() };
  } catch (fault) {
    if (!(fault instanceof Failure)) throw fault;
    return { failure: fault };
  }
}
