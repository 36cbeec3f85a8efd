/** Questions that are answered on the screen, one below the other. Pure: keys change the form, and it says when it is left. */
import type { JudgedGuess, Question } from "../grader/guess.ts";
import { colourCode } from "./codeColour.ts";
import { inline } from "./prose.ts";
import type { Style } from "./style.ts";
import { harmless, wrap } from "./textWidth.ts";

export interface QuestionForm {
  readonly questions: readonly Question[];
  /** By position; an empty one is no answer. */
  readonly answers: readonly string[];
  /** The question that is being answered. */
  readonly at: number;
  /** The Pod in question, as YAML. */
  readonly manifest: string;
}

/** `done`: every question was gone through. */
export type FormStep = { readonly form: QuestionForm } | "done" | "left";

const longestAnswer = 60;

export function formFor(
  questions: readonly Question[],
  manifest: string,
  answers: Readonly<Record<string, string>> = {},
): QuestionForm {
  const given = questions.map(({ name }) => answers[name] ?? "");
  const open = given.indexOf("");
  return { questions, manifest, answers: given, at: Math.max(0, open) };
}

export function answersIn({ questions, answers }: QuestionForm): Record<string, string> {
  return Object.fromEntries(questions.map(({ name }, i) => [name, answers[i]!]));
}

/** `text`: what the key types; `line`: a whole line, where keys come as lines. */
export function pressForm(form: QuestionForm, key: string, text: string | undefined, line?: string): FormStep {
  if (key === "ctrl-d") return "left";
  if (line !== undefined) {
    // A letter may be an answer, so leaving takes a word here.
    if (line.toLowerCase() === "back") return "left";
    return goTo(line === "" ? form : withAnswer(form, line), form.at + 1);
  }
  const typed = form.answers[form.at]!;
  switch (key) {
    case "escape":
      return "left";
    case "return":
    case "tab":
    case "down":
      return key === "down" && form.at === form.questions.length - 1 ? { form } : goTo(form, form.at + 1);
    case "up":
      return goTo(form, Math.max(0, form.at - 1));
    case "backspace":
      return { form: withAnswer(form, [...typed].slice(0, -1).join("")) };
    case "ctrl-u":
      return { form: withAnswer(form, "") };
    default:
      return text === undefined ? { form } : { form: withAnswer(form, typed + text) };
  }
}

function withAnswer(form: QuestionForm, answer: string): QuestionForm {
  return { ...form, answers: form.answers.with(form.at, harmless(answer).slice(0, longestAnswer)) };
}

function goTo(form: QuestionForm, at: number): FormStep {
  return at >= form.questions.length ? "done" : { form: { ...form, at } };
}

/** The questions, a line each but for the one that is being answered, and the Pod that they are about. */
export function formLines({ questions, answers, at, manifest }: QuestionForm, width: number, style: Style): string[] {
  const out: string[] = [];
  const nameWidth = Math.max(...questions.map(({ name }) => name.length));
  questions.forEach(({ name, text }, i) => {
    const here = i === at;
    const answer = answers[i] === "" ? (here ? "" : style.dim("no answer yet")) : harmless(answers[i]!);
    if (style.plain) {
      out.push(`${here ? `Question ${i + 1} of ${questions.length}, ` : ""}${name}: ${answer || "no answer yet"}`);
      if (here) out.push(...wrap(inline(text, style), width));
      return;
    }
    const [label, cursor] = here
      ? [style.bold(name.padEnd(nameWidth)), style.inverse(" ")]
      : [name.padEnd(nameWidth), ""];
    out.push(`${here ? style.glyph.arrow : " "} ${label} ${style.glyph.bar} ${answer}${cursor}`);
    if (here) out.push(...wrap(inline(text, style), width - 4).map((line) => `    ${line}`));
  });
  const spec = specOf(manifest);
  if (spec !== "") out.push("", ...colourCode(spec, "yaml", width - 2, style).map((line) => `  ${line}`));
  return out;
}

/** From `spec:` on: what stands above decides nothing. The whole text where there is no such line. */
function specOf(manifest: string): string {
  const at = /^spec:/m.exec(manifest)?.index ?? 0;
  return manifest.slice(at).trimEnd();
}

/** Undefined: there was no answer. */
export function answerMark(right: boolean | undefined, style: Style): string {
  if (right === undefined) return style.plain ? "no answer:" : style.dim(style.glyph.bullet);
  if (right) return style.green(style.plain ? "right:" : style.glyph.pass);
  return style.red(style.plain ? "not right:" : style.glyph.fail);
}

/** What was guessed beside what came. */
export function guessLines(guesses: readonly JudgedGuess[], width: number, style: Style): string[] {
  const out = [style.bold("Your predictions")];
  for (const { question, said, right, was } of guesses) {
    const mark = answerMark(right, style);
    const words =
      said === undefined ? `it was ${was}` : right ? `${said}, and so it was` : `you said ${said}; it was ${was}`;
    const [first, ...rest] = wrap(`${question.name}: ${harmless(words)}`, width - 4);
    out.push(`  ${mark} ${first}`, ...rest.map((line) => `    ${line}`));
  }
  return out;
}
