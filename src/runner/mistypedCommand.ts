/** A command that the shell did not find: which one was probably meant. */
import type { Sandbox } from "../sandbox/sandbox.ts";
import { nearest } from "./nearMiss.ts";

/** The exit status of a shell for a command that it does not find. */
const notFound = 127;

/** Undefined: it was found, or nothing is like it. `output`: what the shell printed. */
export function mistypedCommand(status: number, output: string, sandbox: Sandbox): string | undefined {
  if (status !== notFound) return undefined;
  const typed = /(?:^|\n)[^\n]*?([\w.-]+): not found\n$/.exec(output)?.[1];
  const near = typed && nearest(typed, sandbox.workstation.programNames());
  return near ? `Did you mean ${near}?` : undefined;
}
