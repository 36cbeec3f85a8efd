/** Markdown → Lesson. lessons/AUTHORING.md is the contract; what is wrong comes back as problems with file and line. */
import type { World, WrongAnswer } from "../grader/types.ts";
import { readExpectBlock, readWorldBlock } from "./assignment.ts";
import { readCheckedBlock } from "./checkedBlock.ts";
import { readExpectations } from "./expectation.ts";
import { type Block, isCode, isHeading, readDetails, readInfo, readMarkdown, toMarkdown } from "./markdown.ts";
import { questionsOf, withQuestions } from "./predictions.ts";
import type { Demo, Exercise, Lesson, Page, Part, Problem, Solution } from "./types.ts";
import { isRecord, YamlReader } from "./yamlReader.ts";

/** A manifest, or commands typed at the shell of a prepared cluster. */
const answerLanguages = new Set(["yaml", "sh"]);
/** In one lesson. */
const mostExercises = 100;
const roles = ["demo", "world", "starter", "expect", "solution", "wrong", "when"];

/** `lesson` is absent only when the front matter is unusable. Faulty exercises are left out; `problems` says why. */
export function parseLesson(source: string, file: string): { lesson?: Lesson; problems: Problem[] } {
  const problems: Problem[] = [];
  const { frontMatter, blocks, fault } = readMarkdown(source);
  if (fault) return { problems: [{ file, ...fault, severity: "error" }] };
  if (!frontMatter) {
    problems.push({
      file,
      line: 1,
      severity: "error",
      message: "begin the file with front matter: ---, id, title, summary, minutes, objectives, ---",
    });
    return { problems };
  }
  const head = readFrontMatter(new YamlReader(frontMatter.text, file, frontMatter.line, "", problems));
  if (!head) return { problems };
  const reader = new LessonReader(file, head.id, problems);
  const parts = sectionsOf(blocks).flatMap((section) => reader.part(section, head.title));
  if (parts.length === 0) problems.push({ file, line: 1, severity: "error", message: "the lesson has no text" });
  return { lesson: { ...head, file, parts }, problems };
}

type Head = Pick<Lesson, "id" | "title" | "summary" | "minutes" | "objectives">;

/** `base`: the English lesson that a translation is of; what it need not say is taken from there. */
export function readFrontMatter(reader: YamlReader, base?: Head): Head | undefined {
  if (reader.broken) return undefined;
  const raw = reader.data;
  if (!isRecord(raw)) {
    reader.fault([], "the front matter is a map with id, title, summary, minutes and objectives");
    return undefined;
  }
  const before = reader.problems.length;
  reader.onlyKeys([], raw, ["id", "title", "summary", "minutes", "objectives"], "the front matter");
  for (const key of ["id", "title", "summary"])
    if (typeof raw[key] !== "string" || raw[key] === "") reader.fault([key], `front matter: add ${key}`);
  const idWrong = typeof raw.id === "string" ? idFault(raw.id) : undefined;
  if (idWrong) reader.fault(["id"], idWrong);
  if (base) raw.minutes ??= base.minutes;
  if (typeof raw.minutes !== "number" || raw.minutes <= 0)
    reader.fault(["minutes"], "front matter: add minutes, a number");
  const objectives = raw.objectives;
  if (!Array.isArray(objectives) || objectives.length === 0 || objectives.some((one) => typeof one !== "string"))
    reader.fault(["objectives"], "front matter: add objectives, a list of texts (quote a text that has a colon)");
  // Files are called after it.
  if (typeof raw.id !== "string" || idWrong) return undefined;
  return {
    id: raw.id,
    title: String(raw.title ?? raw.id),
    summary: String(raw.summary ?? ""),
    minutes: reader.problems.length > before && typeof raw.minutes !== "number" ? 0 : Number(raw.minutes),
    objectives: Array.isArray(objectives) ? objectives.map(String) : [],
  };
}

/** Letters, digits and dashes, so that every system can have a file of that name. */
function idFault(id: string): string | undefined {
  if (!/^[a-z0-9][a-z0-9-]{0,59}$/.test(id)) return "an id has only a-z, 0-9 and -, 60 of them at most";
  return /^(con|prn|aux|nul|com\d|lpt\d)$/.test(id)
    ? `Windows can have no file called ${id}: choose another id`
    : undefined;
}

export interface Section {
  /** Absent for what stands before the first `##`. */
  heading?: string;
  line: number;
  blocks: Block[];
}

export function sectionsOf(blocks: readonly Block[]): Section[] {
  const sections: Section[] = [];
  let current: Section = { line: blocks[0]?.line ?? 1, blocks: [] };
  for (const block of blocks) {
    if (isHeading(block.token) && block.token.depth === 1) continue;
    if (isHeading(block.token) && block.token.depth === 2) {
      if (current.blocks.length > 0 || current.heading !== undefined) sections.push(current);
      current = { heading: block.token.text, line: block.line, blocks: [] };
    } else {
      current.blocks.push(block);
    }
  }
  if (current.blocks.length > 0 || current.heading !== undefined) sections.push(current);
  return sections;
}

class LessonReader {
  readonly #file: string;
  readonly #lesson: string;
  readonly #problems: Problem[];
  readonly #slugs = new Set<string>();
  readonly #demoIds = new Set<string>();

  constructor(file: string, lesson: string, problems: Problem[]) {
    this.#file = file;
    this.#lesson = lesson;
    this.#problems = problems;
  }

  part(section: Section, lessonTitle: string): Part[] {
    const exercise = /^Exercise:\s*(.*?)\s*(?:\{#([^}]*)\})?$/.exec(section.heading ?? "");
    if (exercise) return this.#exercise(section, exercise[1]!, exercise[2]);
    return [this.#page(section, section.heading ?? lessonTitle)];
  }

  #fault(line: number, message: string, severity: Problem["severity"] = "error"): void {
    this.#problems.push({ file: this.#file, line, message, severity });
  }

  #page(section: Section, title: string): Page {
    const demos: { -readonly [K in keyof Demo]: Demo[K] }[] = [];
    for (const { token, line } of section.blocks) {
      if (!isCode(token)) continue;
      const info = readInfo(token.lang);
      const demo = demos.at(-1);
      if (info.language === "yaml" && info.role === "demo") {
        const given = info.options.name;
        const wrong = given === undefined ? undefined : idFault(given);
        if (wrong) this.#fault(line, `name=${given}: ${wrong}`);
        const name = given === undefined || wrong ? `demo-${this.#demoIds.size + 1}` : given;
        const id = `${this.#lesson}/${name}`;
        if (this.#demoIds.has(id)) this.#fault(line, `there are two demos ${name}`);
        this.#demoIds.add(id);
        demos.push({ id, manifest: `${token.text}\n`, world: { name: "", seconds: 60 }, blocks: [], line: line + 1 });
      } else if (info.language === "yaml" && info.role === "world") {
        if (!demo) this.#fault(line, "a yaml world block comes after a yaml demo");
        else
          demo.world = readWorldBlock(
            new YamlReader(token.text, this.#file, line + 1, `demo ${demo.id}: `, this.#problems),
          );
      } else if (info.language === "console" || info.language === "events") {
        if (demo)
          demo.blocks = [
            ...demo.blocks,
            readCheckedBlock(token.text, info, line + 1, demo.world.seconds, (at, message) => this.#fault(at, message)),
          ];
        else
          this.#fault(
            line,
            `this ${info.language} block has no yaml demo before it on this page, so nothing checks it: add one, or say text instead of ${info.language}`,
          );
      } else if (info.language === "yaml" && info.role !== "") {
        this.#fault(line, this.#misplaced(info.role));
      }
    }
    return { kind: "page", title, markdown: toMarkdown(section.blocks), demos, line: section.line };
  }

  #misplaced(role: string): string {
    return roles.includes(role)
      ? `yaml ${role} belongs below an "## Exercise: TITLE {#id}" heading${role === "starter" || role === "expect" ? "" : ", in its <details>"}`
      : `yaml ${role} has no meaning; there are ${roles.join(", ")}`;
  }

  #exercise(section: Section, title: string, slug: string | undefined): Exercise[] {
    if (!slug || !/^[a-z0-9][a-z0-9-]*$/.test(slug)) {
      this.#fault(section.line, `exercise "${title}": end its heading with {#id}, of a-z, 0-9 and -`);
      return [];
    }
    const id = `${this.#lesson}/${slug}`;
    const about = `exercise ${id}: `;
    const slugWrong = idFault(slug);
    if (slugWrong || this.#slugs.size >= mostExercises) {
      this.#fault(section.line, `${about}${slugWrong ?? `a lesson has at most ${mostExercises} exercises`}`);
      return [];
    }
    if (this.#slugs.has(slug)) this.#fault(section.line, `${about}the id is taken by another exercise of this lesson`);
    this.#slugs.add(slug);
    const errorsBefore = this.#problems.filter((problem) => problem.severity === "error").length;
    const task: Block[] = [];
    const details: { title: string; line: number; blocks: Block[] }[] = [];
    let open: { title: string; line: number; blocks: Block[] } | undefined;
    let starter: string | undefined;
    let isScript = false;
    let expect: { reader: YamlReader; line: number } | undefined;
    const claims: Block[] = [];
    for (const block of section.blocks) {
      const { token, line } = block;
      const edge = readDetails(token);
      if (edge.opens !== undefined) {
        if (open)
          this.#fault(line, `${about}close the <details> of line ${open.line} first: an empty line, then </details>`);
        if (edge.closed) this.#fault(line, `${about}leave an empty line after <summary>${edge.opens}</summary>`);
        open = { title: edge.opens, line, blocks: [] };
        details.push(open);
      } else if (edge.closes) {
        open = undefined;
      } else if (open) {
        open.blocks.push(block);
      } else if (
        isCode(token) &&
        readInfo(token.lang).role !== "" &&
        answerLanguages.has(readInfo(token.lang).language)
      ) {
        const { role, language } = readInfo(token.lang);
        if (role === "starter" && starter === undefined) {
          starter = token.text;
          isScript = language === "sh";
        } else if (role === "expect" && !expect)
          expect = { reader: new YamlReader(token.text, this.#file, line + 1, about, this.#problems), line: line + 1 };
        else if (role === "starter" || role === "expect")
          this.#fault(line, `${about}there are two yaml ${role} blocks`);
        else
          this.#fault(
            line,
            roles.includes(role) ? `${about}yaml ${role} belongs into a <details> block` : this.#misplaced(role),
          );
      } else {
        task.push(block);
        if (isCode(token) && ["console", "events"].includes(readInfo(token.lang).language)) claims.push(block);
      }
    }
    if (open) this.#fault(open.line, `${about}close this <details>: an empty line, then </details>`);
    if (task.length === 0) this.#fault(section.line, `${about}say in prose what is asked for`);
    if (starter === undefined) this.#fault(section.line, `${about}add a yaml starter block`);
    if (!expect) this.#fault(section.line, `${about}add a yaml expect block`);

    const hints: string[] = [];
    const solutions: Solution[] = [];
    const wrongAnswers: WrongAnswer[] = [];
    let debrief: string | undefined;
    for (const part of details) {
      const label = /^(hint|solution|wrong answer|wrong|debrief)\b[\s:–-]*(.*)$/i.exec(part.title);
      switch (label?.[1]?.toLowerCase()) {
        case "hint":
          if (part.blocks.length === 0) this.#fault(part.line, `${about}this hint is empty`);
          else hints.push(toMarkdown(part.blocks));
          break;
        case "solution":
          solutions.push(...this.#solution(part, about));
          break;
        case "wrong answer":
        case "wrong":
          wrongAnswers.push(...this.#wrongAnswer(part, about, label![2]!, wrongAnswers));
          break;
        case "debrief":
          debrief = toMarkdown(part.blocks);
          break;
        default:
          this.#fault(
            part.line,
            `${about}<summary>${part.title}</summary> must begin with Hint, Solution, Wrong answer or Debrief`,
          );
      }
    }
    if (hints.length === 0) this.#fault(section.line, `${about}add a hint`);
    if (solutions.length === 0) this.#fault(section.line, `${about}add a solution`);
    if (wrongAnswers.length === 0)
      this.#fault(section.line, `${about}add a wrong answer that learners give, with its reply`, "warning");
    const read = expect && readExpectBlock(expect.reader, isScript);
    if (read && starter !== undefined)
      read.expect = withQuestions(
        read.expect,
        { questions: questionsOf(task), starter, worlds: read.worlds },
        (line, message) => this.#fault(line ?? expect!.line, about + message),
      );
    if (read)
      for (const wrong of wrongAnswers) {
        if (!wrong.breaks)
          this.#fault(wrong.line!, `${about}say what this wrong answer breaks: \`\`\`yaml wrong breaks=ID`);
        else if (
          read.expect.length > 0 &&
          wrong.breaks !== "rejected" &&
          !read.expect.some((one) => one.id === wrong.breaks)
        )
          this.#fault(
            wrong.line!,
            `${about}there is no expectation ${wrong.breaks}; there are ${read.expect.map((one) => one.id).join(", ")}`,
          );
        if (wrong.world !== undefined && !read.worlds.some((world) => world.name === wrong.world))
          this.#fault(wrong.line!, `${about}there is no world ${wrong.world}`);
      }
    const errors = this.#problems.filter((problem) => problem.severity === "error").length;
    if (errors > errorsBefore || !read || starter === undefined) return [];
    const evidence = isScript ? undefined : this.#evidence(id, starter, read.worlds[0]!, claims);
    return [
      {
        kind: "exercise",
        id,
        slug,
        lesson: this.#lesson,
        title,
        task: toMarkdown(task),
        starter: `${starter}\n`,
        ...(isScript ? { answers: "commands" as const } : {}),
        ...read,
        ...(evidence ? { evidence } : {}),
        hints,
        solutions,
        wrongAnswers,
        ...(debrief ? { debrief } : {}),
        file: this.#file,
        line: section.line,
        expectLine: expect!.line,
      },
    ];
  }

  /** What a task shows of its starter: console and events blocks, true in the first world before its edits. */
  #evidence(id: string, manifest: string, world: World, claims: readonly Block[]): Demo | undefined {
    if (claims.length === 0) return undefined;
    const blocks = claims.map(({ token, line }) => {
      const { text = "", lang } = token as { text?: string; lang?: string };
      return readCheckedBlock(text, readInfo(lang), line + 1, world.seconds, (at, message) => this.#fault(at, message));
    });
    return { id, manifest, world: { ...world, name: "" }, blocks, line: claims[0]!.line };
  }

  #solution(part: { title: string; line: number; blocks: Block[] }, about: string): Solution[] {
    const code = part.blocks.filter(({ token }) => isCode(token) && readInfo(token.lang).role === "solution");
    if (code.length !== 1) {
      this.#fault(part.line, `${about}a Solution has exactly one yaml solution block, this has ${code.length}`);
      return [];
    }
    const [{ token, line }] = code as [Block];
    return [
      {
        title: part.title,
        manifest: `${(token as { text?: string }).text ?? ""}\n`,
        notes: toMarkdown(part.blocks.filter((block) => block !== code[0])),
        line: line + 1,
      },
    ];
  }

  #wrongAnswer(
    part: { title: string; line: number; blocks: Block[] },
    about: string,
    title: string,
    before: readonly WrongAnswer[],
  ): WrongAnswer[] {
    const withRole = (role: string) =>
      part.blocks.filter(({ token }) => isCode(token) && readInfo(token.lang).role === role);
    const code = withRole("wrong");
    if (code.length !== 1) {
      this.#fault(part.line, `${about}a Wrong answer has exactly one yaml wrong block, this has ${code.length}`);
      return [];
    }
    const [{ token, line }] = code as [Block];
    if (!isCode(token)) return [];
    const whenBlocks = withRole("when");
    const when = whenBlocks.flatMap((block) => {
      const reader = new YamlReader(
        isCode(block.token) ? block.token.text : "",
        this.#file,
        block.line + 1,
        `${about}when: `,
        this.#problems,
      );
      // Structure is the natural way to tell a mistake; nothing has to justify it here.
      const kept = this.#problems.length;
      const read = reader.broken ? [] : readExpectations(reader, [], reader.data, new Set());
      const justified = this.#problems.splice(kept).filter((problem) => problem.severity === "error");
      this.#problems.push(...justified);
      return read;
    });
    const reply = toMarkdown(part.blocks.filter((block) => block !== code[0] && !whenBlocks.includes(block)));
    if (reply === "") this.#fault(part.line, `${about}write the reply that this wrong answer gets, as prose`);
    const { options } = readInfo(token.lang);
    const base = (title || `wrong-${before.length + 1}`)
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "");
    const id = before.some((one) => one.id === base) ? `${base}-${before.length + 1}` : base;
    return [
      {
        id,
        title: title || part.title,
        manifest: `${token.text}\n`,
        reply,
        ...(options.breaks ? { breaks: options.breaks } : {}),
        ...(options.world !== undefined ? { world: options.world } : {}),
        when,
        line: line + 1,
      },
    ];
  }
}
