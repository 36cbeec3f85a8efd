/** A script as a session, which is what somebody would type, without the typing; and a session as a script. */
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

/** What was typed, as a script to read: without its times; a file that was written is a here-document. */
export function scriptOf({ inputs }: Session): string {
  const lines = inputs.map((input) => {
    if ("line" in input) return input.line;
    if ("write" in input) return `cat > ${input.write} <<'END'\n${input.text.replace(/\n$/, "")}\nEND`;
    return input.key === "interrupt" ? "# Ctrl-C" : "# Ctrl-D";
  });
  return lines.map((line) => `${line}\n`).join("");
}

/** As fast as a script is typed. Keys are pressed at an instant, so a session with keys keeps its times. */
export function withoutPauses(session: Session): Session {
  const inputs: SessionInput[] = [];
  for (const input of session.inputs) {
    if ("key" in input) return session;
    const { at: _, ...rest } = input;
    inputs.push(rest);
  }
  return { ...session, inputs };
}
