/** What somebody said and typed at the shell, held against what was expected of it. */
import type { SessionRun } from "../simulation/trace.ts";
import type { Outcome } from "./evaluate.ts";
import { fits, inRange } from "./pattern.ts";
import type { AnswerExpectation, TypedExpectation } from "./types.ts";

/** The last answer counts: anybody may think again. */
export function evaluateAnswer({ text }: AnswerExpectation, session: SessionRun | undefined): Outcome {
  const last = session?.answers.at(-1);
  if (!last) return { passed: false, actual: "there was no answer: give it with the command answer TEXT" };
  return { passed: fits(text, last.text), actual: `the answer was “${last.text}”` };
}

export function evaluateTyped({ text, count }: TypedExpectation, session: SessionRun | undefined): Outcome {
  const commands = session?.commands ?? [];
  const found = commands.filter(({ line }) => fits(text, line));
  const passed = inRange(count, found.length);
  const marks = found.map(({ t, line }) => ({ t, label: line, fits: passed }));
  if (found.length > 0) return { passed, actual: `it was typed: ${found[0]!.line}`, marks };
  return { passed, actual: commands.length === 0 ? "nothing was typed" : "no such command was typed" };
}
