/** What events mean, in the course's words. */
import words from "../../assets/event-words.json" with { type: "json" };

export interface EventWords {
  readonly means: string;
  /** Where to look, or what to do. */
  readonly look: string;
}

const table = words as Readonly<Record<string, EventWords>>;

export const explainedReasons: readonly string[] = Object.keys(table);

/** By reason, in any case. */
export function eventWords(reason: string): ({ readonly reason: string } & EventWords) | undefined {
  const found = explainedReasons.find((one) => one.toLowerCase() === reason.toLowerCase());
  return found === undefined ? undefined : { reason: found, ...table[found]! };
}
