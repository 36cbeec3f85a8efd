/**
 * A lesson in another language: its prose in place of the English, and everything that is run or graded from the English
 * lesson. What the translation lacks stays English, and is told.
 */
import type { Expectation, World, WrongAnswer } from "../grader/types.ts";
import { readFrontMatter, type Section, sectionsOf } from "./lesson.ts";
import { type Block, isCode, readDetails, readInfo, readMarkdown, toMarkdown } from "./markdown.ts";
import { questionsOf } from "./predictions.ts";
import type { Exercise, Lesson, Page, Part, Problem, Solution } from "./types.ts";
import { isRecord, YamlReader } from "./yamlReader.ts";

export interface Source {
  readonly file: string;
  readonly text: string;
}

/** What stands in a details block of an exercise, by the first word of its summary. */
const labels: Readonly<Record<string, Label>> = {
  hint: "hint",
  solution: "solution",
  "wrong answer": "wrong",
  wrong: "wrong",
  debrief: "debrief",
  힌트: "hint",
  해답: "solution",
  오답: "wrong",
  해설: "debrief",
};
type Label = "hint" | "solution" | "wrong" | "debrief";

/** Blocks that belong to the exercise itself; a translation may leave them out. */
const inherited = new Set(["starter", "expect", "solution", "wrong", "when", "say"]);

/** The English lesson with the translation's prose. `problems` are the translation's. */
export function translateLesson(
  lesson: Lesson,
  english: Source,
  translation: Source,
): { lesson: Lesson; problems: Problem[] } {
  const problems: Problem[] = [];
  const { frontMatter, blocks, fault: wrong } = readMarkdown(translation.text);
  const fault = (line: number, message: string, severity: Problem["severity"] = "error") =>
    problems.push({ file: translation.file, line, message, severity });
  if (wrong) {
    fault(wrong.line, wrong.message);
    return { lesson, problems };
  }
  if (!frontMatter) {
    fault(1, "begin the file with front matter: ---, id, title, summary, objectives, ---");
    return { lesson, problems };
  }
  const head = readFrontMatter(
    new YamlReader(frontMatter.text, translation.file, frontMatter.line, "", problems),
    lesson,
  );
  if (head && head.id !== lesson.id) fault(frontMatter.line, `the id is ${lesson.id}, as in ${english.file}`);
  const merge = new Merge(translation.file, problems);
  const [own, theirs] = [
    pagesAndExercises(sectionsOf(blocks)),
    pagesAndExercises(sectionsOf(readMarkdown(english.text).blocks)),
  ];
  if (own.pages.length !== theirs.pages.length)
    fault(
      1,
      `there are ${own.pages.length} pages, and ${theirs.pages.length} in ${english.file}: they must be the same`,
    );
  let page = 0;
  const title = head?.title ?? lesson.title;
  const parts = lesson.parts.map((part): Part => {
    if (part.kind === "page") {
      const at = page++;
      const [section, base] = [own.pages[at], theirs.pages[at]];
      return section && base ? merge.page(part, section, base, title) : part;
    }
    const [section, base] = [own.exercises.get(part.slug), theirs.exercises.get(part.slug)];
    if (section && base) return merge.exercise(part, section, base);
    fault(1, `exercise ${part.id} is not translated`, "warning");
    return part;
  });
  for (const [slug, { line }] of own.exercises)
    if (!theirs.exercises.has(slug)) fault(line, `there is no exercise ${slug} in ${english.file}`);
  const { summary, objectives } = head ?? lesson;
  return { lesson: { ...lesson, title, summary, objectives, parts }, problems };
}

/** Exercises by slug: any `##` heading that ends in `{#slug}`. */
function pagesAndExercises(sections: readonly Section[]): { pages: Section[]; exercises: Map<string, Section> } {
  const pages: Section[] = [];
  const exercises = new Map<string, Section>();
  for (const section of sections) {
    const slug = slugOf(section);
    if (slug === undefined) pages.push(section);
    else exercises.set(slug, section);
  }
  return { pages, exercises };
}

function slugOf({ heading = "" }: Section): string | undefined {
  return /\{#([^}]*)\}\s*$/.exec(heading)?.[1];
}

interface Details {
  readonly label: Label | undefined;
  /** After the label: `with tcpSocket`. */
  readonly title: string;
  readonly line: number;
  readonly blocks: Block[];
}

class Merge {
  readonly #file: string;
  readonly #problems: Problem[];

  constructor(file: string, problems: Problem[]) {
    this.#file = file;
    this.#problems = problems;
  }

  #fault(line: number, message: string, severity: Problem["severity"] = "error"): void {
    this.#problems.push({ file: this.#file, line, message, severity });
  }

  page(page: Page, section: Section, base: Section, lessonTitle: string): Page {
    const markdown = toMarkdown(this.#filled(section.blocks, base.blocks));
    return { ...page, title: section.heading ?? lessonTitle, markdown };
  }

  /** The k-th fence stands for the k-th of the English text; an empty one takes its contents. */
  #filled(blocks: readonly Block[], base: readonly Block[]): Block[] {
    const fences = base.filter(isPlainFence);
    let k = 0;
    return blocks.flatMap((block) => {
      const { token, line } = block;
      if (!isCode(token)) return [block];
      if (!isPlainFence(block)) return [];
      const same = fences[k++];
      if (!same) {
        this.#fault(line, "there is no such block in the English text at this place");
        return [block];
      }
      const [language, theirs] = [
        readInfo(token.lang).language,
        readInfo((same.token as { lang?: string }).lang).language,
      ];
      if (language !== theirs)
        this.#fault(line, `this is the place of a ${theirs || "plain"} block, not ${language || "plain"}`);
      return token.text.trim() === "" ? [{ ...same, line }] : [block];
    });
  }

  exercise(exercise: Exercise, section: Section, base: Section): Exercise {
    const [own, theirs] = [split(section), split(base)];
    const said = this.#said(section, exercise);
    const title = (section.heading ?? "").replace(/\s*\{#[^}]*\}\s*$/, "").replace(/^[^:]*:\s*/, "");
    const pick = (label: Label) => [own, theirs].map(({ details }) => details.filter((one) => one.label === label));
    const [hints, englishHints] = pick("hint") as [Details[], Details[]];
    const [solutions, englishSolutions] = pick("solution") as [Details[], Details[]];
    const [wrong, englishWrong] = pick("wrong") as [Details[], Details[]];
    const [debrief, englishDebrief] = pick("debrief") as [Details[], Details[]];
    for (const { label, line } of own.details)
      if (!label) this.#fault(line, `this <summary> begins with none of ${Object.keys(labels).join(", ")}`);
    const prose = (one: Details | undefined, other: Details | undefined, instead: string, what: string): string => {
      if (one && other) return toMarkdown(this.#filled(one.blocks, other.blocks));
      this.#fault(section.line, `exercise ${exercise.id}: ${what} is not translated`, "warning");
      return instead;
    };
    return {
      ...exercise,
      title,
      task: toMarkdown(this.#filled(own.task, theirs.task)),
      hints: exercise.hints.map((hint, i) => prose(hints[i], englishHints[i], hint, `hint ${i + 1}`)),
      solutions: exercise.solutions.map(
        (solution, i): Solution => ({
          ...solution,
          title: solutions[i]?.title || solution.title,
          notes: prose(solutions[i], englishSolutions[i], solution.notes, `solution ${i + 1}`),
        }),
      ),
      wrongAnswers: exercise.wrongAnswers.map(
        (one, i): WrongAnswer => ({
          ...one,
          title: wrong[i]?.title || one.title,
          reply: prose(wrong[i], englishWrong[i], one.reply, `wrong answer ${i + 1}`),
          ...(one.world !== undefined && { world: said.worldName(one.world) }),
        }),
      ),
      ...(exercise.debrief !== undefined && {
        debrief: prose(debrief[0], englishDebrief[0], exercise.debrief, "the debrief"),
      }),
      worlds: exercise.worlds.map(said.world),
      expect: exercise.expect
        .map(said.expectation)
        .map((one) => this.#asked(one, questionsOf(own.task), section, exercise)),
    };
  }

  /** A prediction with its question as the translated task asks it. */
  #asked(one: Expectation, questions: ReadonlyMap<string, string>, { line }: Section, { id }: Exercise): Expectation {
    if (one.kind !== "predict") return one;
    const question = questions.get(one.annotation);
    if (question === undefined)
      this.#fault(line, `exercise ${id}: the question \`${one.annotation}\` is not translated`, "warning");
    return { ...one, question: question ?? one.question };
  }

  /** The `yaml say` block: what expectations and worlds say, and what worlds are called. */
  #said(section: Section, exercise: Exercise) {
    const block = section.blocks.find(({ token }) => isCode(token) && readInfo(token.lang).role === "say");
    const about = `exercise ${exercise.id}: `;
    let [expectations, worlds]: Record<string, unknown>[] = [{}, {}];
    if (block && isCode(block.token)) {
      const reader = new YamlReader(block.token.text, this.#file, block.line + 1, about, this.#problems);
      if (isRecord(reader.data)) {
        reader.onlyKeys([], reader.data, ["expectations", "worlds"], "a say block");
        if (isRecord(reader.data.expectations)) expectations = reader.data.expectations;
        if (isRecord(reader.data.worlds)) worlds = reader.data.worlds;
      } else if (!reader.broken) reader.fault([], "a say block has expectations and worlds");
      for (const id of Object.keys(expectations!))
        if (!idsOf(exercise.expect).has(id)) reader.fault(["expectations", id], `there is no expectation ${id}`);
      for (const name of Object.keys(worlds!))
        if (!exercise.worlds.some((world) => world.name === name))
          reader.fault(["worlds", name], `there is no world ${name}`);
    }
    const ofWorld = (name: string) =>
      isRecord(worlds![name]) ? (worlds![name] as { name?: unknown; say?: unknown }) : {};
    const worldName = (name: string): string => {
      const own = ofWorld(name).name;
      return typeof own === "string" ? own : name;
    };
    const world = (one: World): World => {
      const { say } = ofWorld(one.name);
      return { ...one, name: worldName(one.name), ...(one.say !== undefined && typeof say === "string" && { say }) };
    };
    const expectation = (one: Expectation): Expectation => {
      const say = expectations![one.id];
      const inner = one.kind === "any" || one.kind === "all" ? { of: one.of.map(expectation) } : {};
      return {
        ...one,
        ...inner,
        ...(typeof say === "string" && { say }),
        ...(one.worlds && { worlds: one.worlds.map(worldName) }),
      } as Expectation;
    };
    return { worldName, world, expectation };
  }
}

function idsOf(expectations: readonly Expectation[]): Set<string> {
  return new Set(
    expectations.flatMap((one) => [one.id, ...(one.kind === "any" || one.kind === "all" ? idsOf(one.of) : [])]),
  );
}

/** A fence that is shown: no part of the exercise's machinery. */
function isPlainFence({ token }: Block): boolean {
  return isCode(token) && !inherited.has(readInfo(token.lang).role);
}

/** The task's blocks, and the details. */
function split({ blocks }: Section): { task: Block[]; details: Details[] } {
  const task: Block[] = [];
  const details: Details[] = [];
  let open: Details | undefined;
  for (const block of blocks) {
    const edge = readDetails(block.token);
    if (edge.opens !== undefined) {
      const [, word = "", title = ""] = /^(wrong answer|[^\s:–-]+)[\s:–-]*(.*)$/i.exec(edge.opens) ?? [];
      open = { label: labels[word.toLowerCase()], title, line: block.line, blocks: [] };
      details.push(open);
    } else if (edge.closes) open = undefined;
    else (open?.blocks ?? task).push(block);
  }
  return { task, details };
}
