/** `course explain FIELD|EVENT`: what a field of a manifest or an event's reason means. */
import { Sandbox } from "../../sandbox/sandbox.ts";
import { eventWords, explainedReasons } from "../../runner/eventWords.ts";
import { nearest } from "../../runner/nearMiss.ts";
import { proseLines } from "../../runner/prose.ts";
import { type Context, UsageFault } from "../context.ts";
import { passed } from "../exitCode.ts";

export function run({ terminal }: Context, [word = ""]: readonly (string | undefined)[]): number {
  const { style } = terminal;
  const event = eventWords(word);
  if (event) {
    const prose = (text: string) => proseLines(text, Math.min(terminal.columns, 100), style).join("\n");
    terminal.print(`${style.bold(`Event ${event.reason}`)}\n${prose(event.means)}\n\n${prose(event.look)}`);
    return passed;
  }
  const path = fieldPath(word);
  const { exit, stdout, stderr } = new Sandbox().run(`kubectl explain ${path}`);
  if (exit === 0) {
    terminal.print(stdout.trimEnd());
    return passed;
  }
  const near = nearest(word, explainedReasons);
  throw new UsageFault(
    `${word} is neither a field nor an event's reason${near ? `. Did you mean the event ${near}?` : ` (${stderr.trim()}).`} Fields are written pod.spec.containers.image.`,
  );
}

/** `spec.containers[0].image` is of a Pod; nothing but letters, dots and hyphens is left for the command line. */
function fieldPath(word: string): string {
  const plain = word.replace(/\[[^\]]*\]/g, "").replace(/[^\w.-]/g, "");
  return /^(spec|metadata|status)\b/.test(plain) ? `pod.${plain}` : plain || "pod";
}
