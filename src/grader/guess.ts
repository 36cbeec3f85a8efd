/** Questions that can be asked about any run before it is seen: what will have become of the Pod at one moment. */
import type { Run } from "../simulation/trace.ts";
import { type Evidence, judgeOf } from "./evaluate.ts";
import { History } from "./history.ts";
import { comesTo, isOpen, measured, sayAnswer } from "./prediction.ts";
import type { Measure } from "./types.ts";

export interface Question {
  /** What its answer is called: `restarts`. */
  readonly name: string;
  /** Markdown, one line. */
  readonly text: string;
}

interface UsualQuestion {
  readonly name: string;
  text(time: string): string;
  measure(at: number): Measure;
}

const usual: readonly UsualQuestion[] = [
  {
    name: "phase",
    text: (time) => `which phase is the Pod in after ${time}? *Pending*, *Running*, *Succeeded* or *Failed*`,
    measure: (at) => ({ of: "phase", at }),
  },
  {
    name: "restarts",
    text: (time) => `what does RESTARTS show after ${time}?`,
    measure: (at) => ({ of: "restarts", at }),
  },
  {
    name: "last-event",
    text: () => "what is the reason of the newest event then, for example *Started*, *Unhealthy* or *BackOff*?",
    measure: (at) => ({ of: "lastEvent", at }),
  },
];

/** `time`: the moment in words. */
export function usualQuestions(time: string): Question[] {
  return usual.map(({ name, text }) => ({ name, text: text(time) }));
}

export interface JudgedGuess {
  readonly question: Question;
  /** As given; undefined where there is no guess. */
  readonly said?: string;
  readonly right?: boolean;
  /** What it was. */
  readonly was: string;
}

/** Guesses by the name of their question, held against a run of `pod`. `at`: seconds. */
export function judgeGuesses(
  guesses: Readonly<Record<string, string>>,
  questions: readonly Question[],
  { run, pod, at }: { readonly run: Run; readonly pod: unknown; readonly at: number },
): JudgedGuess[] {
  const looks = { looks: [], resultsOf: () => [] };
  const evidence: Evidence = { run, history: new History(run, pod), looks, documents: [pod] };
  return questions.flatMap((question) => {
    const measure = usual.find(({ name }) => name === question.name)?.measure(at);
    if (!measure) return [];
    const answer = measured(measure, evidence, judgeOf(evidence));
    const said = guesses[question.name];
    const guess = said === undefined || isOpen(said) ? {} : { said: said.trim(), right: comesTo(said, answer) };
    return { question, ...guess, was: sayAnswer(answer) };
  });
}
