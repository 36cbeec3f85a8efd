/** Session → text. Pure: the same session and size give the same screen. */
import { asksQuestions } from "../course/predictions.ts";
import { type Action, actions, demoHere } from "./keys.ts";
import { demosOf, partOf, type Session } from "./session.ts";
import type { Style } from "./style.ts";
import { formLines } from "./questionForm.ts";
import { padEnd, truncate, widthOf, wrap } from "./textWidth.ts";
import { timeKeys, timeViewLines } from "./timeView.ts";
import { isInside } from "./update.ts";
import { verdictLines } from "./verdictText.ts";

export interface ScreenTools {
  readonly style: Style;
  readonly columns: number;
  readonly rows: number;
  /** Markdown → lines of at most so many cells. */
  markdown(text: string, width: number): string[];
  /** Lines in a frame. */
  box(lines: readonly string[], title: string, width: number, paint?: (text: string) => string): string[];
}

export interface Screen {
  /** Exactly `rows` lines, none wider than `columns`. */
  readonly lines: readonly string[];
  readonly bodyLines: number;
  readonly room: number;
}

/** Prose reads badly in longer lines than this. */
const proseWidth = 100;

/** In a small window the text counts for more than the keys; help names them all. */
const isSmall = (rows: number) => rows < 16;

export function viewScreen(session: Session, tools: ScreenTools): Screen {
  const { style, columns, rows } = tools;
  const body = bodyLines(session, tools);
  const footer = footerLines(session, columns, style, isSmall(rows) ? 2 : 3);
  const head = headerLine(session, columns, style);
  const notice = noticeLines(session, columns, isSmall(rows) ? 1 : 3);
  const room = Math.max(1, rows - 2 - footer.length - Math.max(1, notice.length));
  const from = Math.max(0, Math.min(session.scroll, body.length - room));
  const shown = body.slice(from, from + room);
  const below = body.length - from - shown.length;
  while (shown.length < room) shown.push("");
  const lines = [
    head,
    style.dim(style.glyph.rule.repeat(columns)),
    ...shown,
    ...notice.slice(0, -1).map((line) => style.yellow(` ${line}`)),
    statusLine(session, notice.at(-1) ?? "", below, columns, style),
    ...footer,
  ];
  return {
    lines: lines.map((line) => truncate(line, columns, style.glyph.ellipsis)).slice(0, rows),
    bodyLines: body.length,
    room,
  };
}

/** The whole body without a frame, for plain mode. */
export function viewLinear(session: Session, tools: ScreenTools): string[] {
  return [
    headerLine(session, tools.columns, tools.style),
    "",
    ...bodyLines(session, tools),
    "",
    ...footerLines(session, tools.columns, tools.style),
  ];
}

function headerLine(session: Session, columns: number, style: Style): string {
  const part = partOf(session);
  const left = ` ${session.lesson.title}`;
  const mark =
    part.kind === "exercise" ? (session.done.has(part.id) ? ` ${style.plain ? "(done)" : style.glyph.pass}` : "") : "";
  const title = part.kind === "exercise" ? `Exercise: ${part.title}${mark}` : part.title;
  const right = `${session.part + 1} of ${session.lesson.parts.length} `;
  const between = title === session.lesson.title ? "" : `  ${style.glyph.rule}  ${title}`;
  if (style.plain)
    return `${session.lesson.title}${title === session.lesson.title ? "" : `, ${title}`}, part ${right.trim()}`;
  const room = columns - widthOf(right) - widthOf(left) - 1;
  const middle = truncate(between, room, style.glyph.ellipsis);
  return style.bold(left) + padEnd(middle, room + 1) + style.dim(right);
}

function bodyLines(session: Session, tools: ScreenTools): string[] {
  const { style, columns } = tools;
  const width = Math.min(columns - 2, proseWidth);
  const wide = Math.min(columns - 2, 140);
  const indent = (lines: readonly string[]) =>
    style.plain ? [...lines] : lines.map((line) => (line === "" ? "" : ` ${line}`));
  const part = partOf(session);
  const { exercise } = session;
  switch (session.view) {
    case "help":
      return indent(helpLines(session, style, width));
    case "demo":
      return indent(session.demo?.text ?? []);
    case "time":
      return indent(session.time ? timeViewLines(session.time, wide, style, isSmall(tools.rows) ? 1 : 4) : []);
    case "comparison":
      return indent(session.comparison ?? []);
    case "questions":
      return indent(session.form ? formLines(session.form, width, style) : []);
    case "page": {
      if (part.kind !== "page") return [];
      const opening =
        session.part === 0 && session.lesson.objectives.length > 0
          ? tools.markdown(
              `Afterwards you can:\n\n${session.lesson.objectives.map((one) => `- ${one}`).join("\n")}`,
              width,
            )
          : [];
      return indent([...tools.markdown(part.markdown, width), ...(opening.length > 0 ? ["", ...opening] : [])]);
    }
    case "hints":
    case "solution":
    case "task":
    case "verdict":
      break;
  }
  if (part.kind !== "exercise" || !exercise) return [];
  if (session.view === "hints") {
    return indent(
      part.hints
        .slice(0, exercise.hints)
        .flatMap((hint, i) => [
          style.bold(`Hint ${i + 1} of ${part.hints.length}`),
          ...tools.markdown(hint, width),
          "",
        ]),
    );
  }
  if (session.view === "solution") {
    return indent(
      part.solutions.flatMap((solution) => [
        style.bold(solution.title),
        ...(solution.notes ? tools.markdown(solution.notes, width) : []),
        "",
        ...tools.markdown(`\`\`\`yaml\n${solution.manifest.trimEnd()}\n\`\`\``, width),
        "",
      ]),
    );
  }
  const file = `${style.dim("Your file:")} ${exercise.file}`;
  if (session.view === "task") {
    const how =
      exercise.checks > 0
        ? ""
        : asksQuestions(part)
          ? "a asks the questions here and writes your answers into it."
          : "Edit it in your editor; it is checked each time you save.";
    return indent([
      ...tools.markdown(part.task, width),
      "",
      ...tools.box([file, ...(how ? [how] : [])], "", Math.min(width, Math.max(widthOf(file), widthOf(how)) + 4)),
    ]);
  }
  if (exercise.unreadable)
    return indent([
      style.red("The file cannot be checked."),
      "",
      ...wrap(exercise.unreadable, width),
      ...wrap("e opens it, and writes the starting file where there is none. r checks again.", width),
      "",
      file,
    ]);
  if (!exercise.verdict) return [];
  return indent(
    verdictLines({
      verdict: exercise.verdict,
      manifest: exercise.manifest,
      debrief: part.debrief,
      width: wide,
      style,
      more: exercise.more,
      searching: exercise.searching,
      frame: (lines, title, paint) => tools.box(lines, title, wide, paint),
    }),
  );
}

/** First what works where help was opened, then the rest. */
function helpLines(session: Session, style: Style, width: number): string[] {
  const there: Session = { ...session, view: session.helpFrom ?? session.view };
  const rowOf = ({ keys, help }: { readonly keys: readonly string[]; readonly help: string }) =>
    [keys.map(keyName).join(", "), help] as const;
  const inTime = there.view === "time";
  const works = (action: Action) => !inTime && action.when(there);
  const here = [
    ...(inTime ? timeKeys.map(rowOf) : []),
    ["up, down", "scroll; also page up and down, home, end, j and k"] as const,
    ...actions.filter(works).map(rowOf),
    ["Ctrl-C", "quit at once"] as const,
  ];
  const elsewhere = actions.filter((action) => !works(action)).map(rowOf);
  const keyWidth = Math.min(Math.floor(width / 3), Math.max(...[...here, ...elsewhere].map(([keys]) => keys.length)));
  const lines = (rows: readonly (readonly [keys: string, help: string])[]) =>
    rows.flatMap(([keys, help]) => {
      const left = wrap(keys, keyWidth);
      const right = wrap(help, width - keyWidth - 2);
      return Array.from({ length: Math.max(left.length, right.length) }, (_, i) =>
        `${padEnd(left[i] ?? "", keyWidth)}  ${right[i] ?? ""}`.trimEnd(),
      );
    });
  return [
    style.bold("Keys that work here"),
    "",
    ...lines(here),
    "",
    style.bold("Keys elsewhere"),
    "",
    ...lines(elsewhere),
    "",
    ...wrap("Every exercise, verdict and run has a command, too: course --help lists them.", width),
  ];
}

function keyName(key: string): string {
  return (
    {
      return: "Enter",
      escape: "Esc",
      backspace: "Backspace",
      space: "Space",
      tab: "Tab",
      left: "left",
      right: "right",
    }[key] ?? key
  );
}

/** What the screen has to say; wrapped beside the words on how much is below. The last of `most` lines may be too long. */
function noticeLines(session: Session, columns: number, most: number): string[] {
  const typing = session.view === "time" ? session.time?.typing : undefined;
  const notice = typing === undefined ? session.notice : `Go to second (45, 90s, 1m30s): ${typing}_`;
  if (notice === "") return [];
  const lines = wrap(notice, Math.max(20, columns - 30));
  return [...lines.slice(0, most - 1), lines.slice(most - 1).join(" ")].filter((line) => line !== "");
}

function statusLine(session: Session, notice: string, below: number, columns: number, style: Style): string {
  const left = notice ? style.yellow(` ${notice}`) : "";
  const scrollable = session.bodyLines > session.room || below > 0;
  const right =
    below > 0
      ? style.dim(`${style.glyph.down} ${below} more ${below === 1 ? "line" : "lines"} (space) `)
      : scrollable && session.scroll > 0
        ? style.dim("end ")
        : "";
  return padEnd(left, Math.max(0, columns - widthOf(right))) + right;
}

function footerLines(session: Session, columns: number, style: Style, most = Number.POSITIVE_INFINITY): string[] {
  const labels = isInside(session.view)
    ? insideLabels(session, style)
    : actions
        .filter((action) => action.when(session))
        .map((action) => action.label(session))
        .filter((label) => label !== "");
  if (style.plain) {
    const typed = labels.map((label) => label.replace(/^Esc /, "b "));
    const lead = session.view === "questions" ? "Type" : "Keys, each with Enter:";
    return wrap(`${lead} ${typed.join(", ")}`, columns);
  }
  const painted = (label: string) => {
    const space = label.indexOf(" ");
    return style.inverse(` ${label.slice(0, space)} `) + label.slice(space);
  };
  for (let shown = labels; ; shown = withoutLast(shown)) {
    const lines = inLines(shown.map(painted), columns);
    if (lines.length <= most || shown.length < 3) return lines.slice(0, most);
  }
}

function inLines(labels: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const label of labels) {
    const next = line === "" ? label : `${line}  ${label}`;
    if (widthOf(next) > columns && line !== "") {
      lines.push(line);
      line = label;
    } else line = next;
  }
  lines.push(line);
  return lines;
}

/** Without the key that is missed least: the ways out, then the last ones; the way to help and back stays. */
function withoutLast(labels: readonly string[]): string[] {
  const isLeast = (label: string) => /^[lqp] /.test(label);
  const isKept = (label: string) => /^(\?|Esc) /.test(label);
  const at = labels.some(isLeast) ? labels.findLastIndex(isLeast) : labels.findLastIndex((label) => !isKept(label));
  return labels.filter((_, i) => i !== at);
}

/** Keys of a view that is opened from another one. */
function insideLabels(session: Session, style: Style): string[] {
  const back = "Esc back";
  if (session.view === "questions")
    return style.plain
      ? ["your answer", "an empty line keeps it as it is", "the word back leaves"]
      : ["Enter next", "up before", "PgDn scroll", back, "Ctrl-C quit"];
  if (session.view === "time" && session.time) {
    if (session.time.typing !== undefined) return ["Enter go there", "Esc stay"];
    if (style.plain) return ["n later", "p earlier", "45s go to that second", "g picture", back];
    return ["left/right change", "g picture", ",/. 1s", "0-9 go to", "? help", back];
  }
  const count = demosOf(session).length;
  const demo =
    session.view === "demo"
      ? [
          ...(count > 1
            ? [`d run demo ${session.nextDemo + 1} of ${count}`]
            : [session.demo?.edited ? "d run the original" : "d run it again"]),
          "a guess first",
          count > 1 ? `e edit demo ${demoHere(session) + 1}` : "e edit it",
          ...(session.demo?.edited ? ["x reset"] : []),
          ...(session.demo?.ran ? ["v see time"] : []),
        ]
      : [];
  return session.view === "help" ? [back] : [back, ...demo, "n next", "? help"];
}
