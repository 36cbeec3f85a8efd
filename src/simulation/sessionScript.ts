/** A script as a session: what somebody would type, without the typing. */
import type { Session, SessionInput } from "./trace.ts";

/** A script, line by line as somebody would type it; a line `# at 30s` sets the time of the next. */
export function sessionOf(script: string): Session {
  const inputs: SessionInput[] = [];
  let at: number | undefined;
  for (const line of script.trimEnd().split(/\r?\n/)) {
    const time = /^#\s*at\s+(\d+(?:\.\d+)?)s?\s*$/.exec(line);
    if (time) at = Number(time[1]);
    if (time) continue;
    inputs.push(at === undefined ? { line } : { at, line });
    at = undefined;
  }
  return { inputs };
}
