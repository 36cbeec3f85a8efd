/**
 * A session at the shell inside a scenario: what was typed, at the same virtual moments, gives the same run again. So a
 * session can be graded as a manifest is, and a script is a session that nobody had to type.
 */
import { simulate } from "../simulation/simulate.ts";
import type { Run, Scenario, Session, SessionInput, SessionRun } from "../simulation/trace.ts";
import { type Place, Sandbox } from "./sandbox.ts";

/** Between the end of a command and the next line of a script: nobody types faster. */
const TYPING_MS = 500;
/** What a session may show; the rest is dropped. */
const MOST_OUTPUT = 1 << 20;

/** `Simulate` for scenarios that have a session. */
export function simulateSession(scenario: Scenario): Run {
  const { session } = scenario;
  return session ? simulate(scenario, (place) => playSession(place, session)) : simulate(scenario);
}

function playSession(place: Place, { inputs, from = 1, edits = [] }: Session): () => Partial<Run> {
  const { clock, leadMs } = place;
  const commands: { t: number; line: string; status: number }[] = [];
  const answers: { t: number; text: string }[] = [];
  let output = "";
  let edited = 0;
  const seconds = () => Math.round((clock.now - leadMs) / 100) / 10;
  const print = (text: string): void => {
    if (output.length < MOST_OUTPUT) output += text;
  };
  const sandbox = new Sandbox(
    {
      edit: () => edits[edited++] ?? undefined,
      onAnswer: (text) => answers.push({ t: seconds(), text }),
    },
    place,
  );
  clock.after(leadMs - SHELL_LEAD_MS, () => {
    let waiting = false;
    let running: { t: number; line: string } | undefined;
    let next = 0;
    const shell = sandbox.openShell({ out: print, err: print }, ({ status, more }) => {
      if (running && !more && !/^\s*(#|$)/.test(running.line)) commands.push({ ...running, status });
      if (!more) running = undefined;
      waiting = true;
      const input = inputs[next];
      if (input && input.at === undefined) clock.after(Math.max(TYPING_MS, leadMs + from * 1000 - clock.now), step);
    });
    /** Does the next input, and plans those after it. */
    const step = (): void => {
      const input = inputs[next++];
      if (!input) return;
      act(input);
      const after = inputs[next];
      if (after?.at !== undefined) clock.after(leadMs + after.at * 1000 - clock.now, step);
      else if (after && waiting) clock.after(TYPING_MS, step);
    };
    const act = (input: SessionInput): void => {
      if ("write" in input) return sandbox.workstation.writeFile(input.write, input.text);
      if ("key" in input) {
        if (input.key === "interrupt") shell.interrupt();
        else shell.feed("", true);
        return;
      }
      running = { t: running?.t ?? seconds(), line: running ? `${running.line}\n${input.line}` : input.line };
      waiting = false;
      shell.feed(`${input.line}\n`, false);
    };
    const [first] = inputs;
    if (first?.at !== undefined) clock.after(leadMs + first.at * 1000 - clock.now, step);
  });
  return () => {
    const session: SessionRun = { commands: [...commands], answers: [...answers], output };
    return { session };
  };
}

/** The workstation is up by then; second 0 is the scenario's. */
const SHELL_LEAD_MS = 1000;

/** A script, line by line as somebody would type it; a line `# at 30s` sets the time of the next. */
export function sessionOf(script: string): Session {
  const inputs: SessionInput[] = [];
  let at: number | undefined;
  for (const line of script.trimEnd().split("\n")) {
    const time = /^#\s*at\s+(\d+(?:\.\d+)?)s?\s*$/.exec(line);
    if (time) at = Number(time[1]);
    if (time) continue;
    inputs.push(at === undefined ? { line } : { at, line });
    at = undefined;
  }
  return { inputs };
}
