/**
 * A session at the shell inside a scenario: what was typed, at the same virtual moments, gives the same run again. So a
 * session can be graded as a manifest is, and a script is a session that nobody had to type.
 */
import { begin, simulate } from "../simulation/simulate.ts";
import type { Run, Scenario, Session, SessionInput, SessionRun } from "../simulation/trace.ts";
import { type Place, type Prompt, Sandbox, type SandboxOptions } from "./sandbox.ts";
import type { Command, CommandStreams } from "./workstation.ts";

/**
 * The scenario's cluster with a shell in it, at second 0, for somebody who types now. What is typed at `sandbox.seconds`
 * and written down as a session gives the same run again.
 */
export function openScenario(
  scenario: Scenario,
  hooks: Pick<SandboxOptions, "edit" | "onAnswer"> & Pick<CommandStreams, "out" | "err">,
  onPrompt: (prompt: Prompt) => void,
): { readonly sandbox: Sandbox; readonly shell: Command } {
  const { session: _, ...rest } = scenario;
  let sandbox: Sandbox | undefined;
  let leadMs = 0;
  begin(rest, (place) => {
    sandbox = new Sandbox(hooks, place);
    leadMs = place.leadMs;
    return () => ({});
  });
  if (!sandbox) throw new Error("the exercise's Pod is refused");
  sandbox.clock.runUntil(leadMs - SHELL_LEAD_MS);
  const shell = sandbox.openShell({ out: hooks.out, err: hooks.err }, onPrompt);
  sandbox.runUntil(scenario.session?.from ?? 0);
  return { sandbox, shell };
}

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
