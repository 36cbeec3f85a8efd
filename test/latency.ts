/**
 * How long a learner waits, measured from outside: from a key press to the screen that answers it, and from a save to the
 * verdict, and to the line that decided it. The course runs in a pseudo-terminal of its own (util-linux's `script`), so
 * the times contain everything but the terminal's drawing. Prints JSON: ms, median and worst of 50.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { parseLesson } from "../src/course/lesson.ts";
import type { Exercise } from "../src/course/types.ts";

const times = 50;

class Course {
  readonly #child: ChildProcess;
  #output = "";
  #wake: () => void = () => {};

  constructor(cwd: string) {
    const { COURSE_HOME: _, NO_COLOR: __, FORCE_COLOR: ___, ...env } = process.env;
    const command = `stty rows 40 cols 120; exec '${process.execPath}' '${join(process.cwd(), "dist/main.js")}'`;
    this.#child = spawn("script", ["-qfec", command, "/dev/null"], {
      cwd,
      env: { ...env, LANG: "C.UTF-8", TERM: "xterm-256color" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdout!.on("data", (data: Buffer) => {
      this.#output += data.toString();
      this.#wake();
    });
  }

  /** ms from `act` until a screen that was drawn after it shows `what`, and then not `without`. */
  async until(what: RegExp, act: () => void, without?: RegExp): Promise<number[]> {
    this.#output = "";
    const begun = performance.now();
    act();
    const shown = await this.#wait(begun, (screen) => what.test(screen));
    return without ? [shown, await this.#wait(begun, (screen) => what.test(screen) && !without.test(screen))] : [shown];
  }

  /** ms since `begun` when the last whole screen is as wished. */
  async #wait(begun: number, isWished: (screen: string) => boolean): Promise<number> {
    for (;;) {
      const end = this.#output.lastIndexOf("\x1b[J");
      const screen = this.#output.slice(this.#output.lastIndexOf("\x1b[H", end), end);
      if (end >= 0 && isWished(screen)) return performance.now() - begun;
      if (performance.now() - begun > 20_000) throw new Error(`it did not come:\n${screen}`);
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), pause(1000)]);
    }
  }

  press(keys: string): void {
    this.#child.stdin!.write(keys);
  }

  end(): void {
    this.press("\x03");
    this.#child.stdin!.end();
  }
}

/** Beside the first exercise the one with the most situations: it takes longest. */
function exercises(): Exercise[] {
  const all = readdirSync("lessons/en")
    .filter((name) => /^\d.*\.md$/.test(name))
    .flatMap((name) => parseLesson(readFileSync(join("lessons/en", name), "utf8"), name).lesson?.parts ?? [])
    .flatMap((part) => (part.kind === "exercise" && part.answers !== "commands" ? [part] : []));
  return [all[0]!, [...all].sort((a, b) => b.worlds.length - a.worlds.length)[0]!];
}

function statistics(all: readonly number[]): { median: number; worst: number } {
  const sorted = [...all].sort((a, b) => a - b);
  const round = (ms: number) => Math.round(ms * 10) / 10;
  return { median: round(sorted[Math.floor(sorted.length / 2)]!), worst: round(sorted.at(-1)!) };
}

/** A learner who stands at this exercise, saves an answer that fails, mends it, and breaks it again. */
async function measure(exercise: Exercise): Promise<object> {
  const cwd = mkdtempSync(join(tmpdir(), "latency-"));
  const workspace = join(cwd, "podcourse");
  const { parts } = JSON.parse(readFileSync(`dist/lessons/${exercise.lesson}.json`, "utf8"));
  const part = parts.findIndex(({ id }: { id?: string }) => id === exercise.id);
  mkdirSync(join(workspace, ".podcourse"), { recursive: true });
  writeFileSync(
    join(workspace, ".podcourse/progress.jsonl"),
    `${JSON.stringify({ v: 1, did: "at", lesson: exercise.lesson, part })}\n`,
  );
  const file = join(workspace, exercise.lesson, `${exercise.slug}.yaml`);
  const course = new Course(cwd);
  const key: number[] = [];
  const failed: number[] = [];
  const line: number[] = [];
  const passed: number[] = [];
  try {
    await course.until(/Exercise: [\s\S]*quit/, () => {});
    // The first ones warm up.
    for (let i = -5; i < times; i++) {
      const save = (text: string) => () => writeFileSync(file, `${text}# ${i}\n`);
      const [pass] = await course.until(/Passed/, save(exercise.solutions[0]!.manifest));
      const [fail, found] = await course.until(/Not yet/, save(exercise.starter), /Looking for the line/);
      await course.until(/Keys/, () => course.press("?"));
      const [pressed] = await course.until(/Not yet/, () => course.press("q"));
      if (i < 0) continue;
      passed.push(pass!);
      failed.push(fail!);
      line.push(found!);
      key.push(pressed!);
    }
  } finally {
    course.end();
    rmSync(cwd, { recursive: true, force: true });
  }
  return {
    exercise: exercise.id,
    situations: exercise.worlds.length,
    keyToScreen: statistics(key),
    saveToPassed: statistics(passed),
    saveToFailed: statistics(failed),
    saveToDecidingLine: statistics(line),
  };
}

const rows: object[] = [];
for (const exercise of exercises()) rows.push(await measure(exercise));
console.log(JSON.stringify(rows, null, 2));
