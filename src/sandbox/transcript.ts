/** Replays a session: files, then commands at their times, all in virtual time. */
import { Sandbox } from "./sandbox.ts";

/** `at`: the virtual second at which the command starts; absent: 0.1 s after the one before, or at its end if that is later. */
export interface CommandStep {
  readonly run: string;
  readonly at?: number;
}
export type Step = CommandStep | { readonly wait: number } | { readonly write: string; readonly text: string };

export interface Transcript {
  readonly name?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Images that are on the node already; without it, what a node has on which somebody has worked before. */
  readonly nodeImages?: readonly string[];
  readonly steps: readonly Step[];
}

const usualImages = ["busybox:1.28"];

export type Replayed = Step & { readonly exit?: number; readonly stdout?: string; readonly stderr?: string };

/** How long a command takes when nobody says. */
const COMMAND_SECONDS = 0.1;

export function replay(transcript: Transcript): Transcript & { readonly steps: readonly Replayed[] } {
  const sandbox = new Sandbox({ files: transcript.files ?? {}, nodeImages: transcript.nodeImages ?? usualImages });
  let next = 0;
  const steps = transcript.steps.map((step): Replayed => {
    if ("wait" in step) {
      next = Math.max(next, sandbox.seconds) + step.wait;
      return step;
    }
    if ("write" in step) {
      sandbox.workstation.writeFile(step.write, step.text);
      return step;
    }
    const starts = Math.max(step.at ?? next, sandbox.seconds);
    sandbox.runUntil(starts);
    const done = sandbox.run(step.run);
    next = Math.max(starts + COMMAND_SECONDS, sandbox.seconds);
    return { ...step, ...done };
  });
  return { ...transcript, steps };
}

/** Undefined: right; else what is wrong with it, for people. */
export function faultOf(value: unknown): string | undefined {
  if (!isRecord(value)) return "it must be an object: {files, steps}";
  const { files, steps } = value;
  if (files !== undefined && !(isRecord(files) && Object.values(files).every((text) => typeof text === "string")))
    return "files: an object, name → text";
  if (!Array.isArray(steps)) return "steps: a list of {run}, {wait} or {write, text}";
  for (const [i, step] of steps.entries()) {
    const right =
      isRecord(step) &&
      (typeof step.run === "string"
        ? step.at === undefined || isSeconds(step.at)
        : isSeconds(step.wait) || (typeof step.write === "string" && typeof step.text === "string"));
    if (!right) return `steps[${i}]: {run: COMMAND, at?: SECONDS}, {wait: SECONDS} or {write: NAME, text: TEXT}`;
  }
  return undefined;
}

function isSeconds(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= 7 * 86_400;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
