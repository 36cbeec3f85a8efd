/** `course explain FIELD|EVENT`: what a field of a manifest, an event's reason or a word of the course means. */
import { Sandbox } from "../../sandbox/sandbox.ts";
import { eventWords, explainedReasons } from "../../runner/eventWords.ts";
import { nearest } from "../../runner/nearMiss.ts";
import { proseLines } from "../../runner/prose.ts";
import { type Context, UsageFault } from "../context.ts";
import { passed } from "../exitCode.ts";

export function run({ terminal, course }: Context, [word = ""]: readonly (string | undefined)[]): number {
  const { style } = terminal;
  const prose = (text: string) => proseLines(text, Math.min(terminal.columns, 100), style).join("\n");
  const event = eventWords(word);
  if (event) {
    terminal.print(`${style.bold(`Event ${event.reason}`)}\n${prose(event.means)}\n\n${prose(event.look)}`);
    return passed;
  }
  const path = fieldPath(word);
  const sandbox = new Sandbox();
  const explained = (field: string) => sandbox.run(`kubectl explain ${field}`);
  const { exit, stdout } = explained(path);
  if (exit === 0) {
    terminal.print(stdout.trimEnd());
    return passed;
  }
  const fields = fieldsOfPods(sandbox);
  const depth = (field: string) => field.split(".").length;
  const same = fields
    .filter((field) => lastOf(field).toLowerCase() === word.toLowerCase())
    .sort((a, b) => depth(a) - depth(b));
  const term = course.glossary.find((entry) => entry.term.toLowerCase() === word.toLowerCase());
  if (term) {
    terminal.print(`${style.bold(term.term)}\n${prose(term.text)}`);
    if (same[0]) terminal.note(`\nThere is also a field: course explain ${same[0]}`);
    return passed;
  }
  const [shortest, ...others] = same;
  if (shortest) {
    terminal.print(explained(shortest).stdout.trimEnd());
    terminal.note(
      `This is ${shortest}.${others.length > 0 ? ` Also called so: ${others.slice(0, 3).join(", ")}${others.length > 3 ? ", …" : ""}.` : ""}`,
    );
    return passed;
  }
  const near = nearest(word, [
    ...explainedReasons,
    ...course.glossary.map((entry) => entry.term),
    ...(word.includes(".") ? fields : new Set(fields.map(lastOf))),
  ]);
  throw new UsageFault(
    `${word} is no field of a Pod, no event and no word of the glossary.${near ? ` Did you mean ${near}?` : ""} Fields are written pod.spec.containers.image.`,
  );
}

/** Paths of all fields: `pod.spec.containers.image`. */
function fieldsOfPods(sandbox: Sandbox): string[] {
  const path: string[] = [];
  const { stdout } = sandbox.run("kubectl explain pod --recursive");
  return [...stdout.matchAll(/^((?: {2})+)(\w+)\t/gm)].map(([, indent, name]) => {
    path.length = indent!.length / 2 - 1;
    path.push(name!);
    return `pod.${path.join(".")}`;
  });
}

const lastOf = (path: string) => path.slice(path.lastIndexOf(".") + 1);

/** `spec.containers[0].image` is of a Pod; nothing but letters, dots and hyphens is left for the command line. */
function fieldPath(word: string): string {
  const plain = word.replace(/\[[^\]]*\]/g, "").replace(/[^\w.-]/g, "");
  return /^(spec|metadata|status)\b/.test(plain) ? `pod.${plain}` : plain || "pod";
}
