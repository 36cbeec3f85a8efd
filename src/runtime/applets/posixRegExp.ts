/** Patterns on a command line: compiled, or a fault in the words of busybox. */
import { PosixRegex, type RegexFlags, RegexProblem } from "../regex/index.ts";
import { Fault } from "./options.ts";

/** Throws Fault. */
export function posixRegex(name: string, source: string, flags: RegexFlags = {}, status = 1): PosixRegex {
  try {
    return new PosixRegex(source, flags);
  } catch (error) {
    if (!(error instanceof RegexProblem)) throw error;
    throw new Fault(`${name}: bad regex '${source}': ${error.message}\n`, status);
  }
}
