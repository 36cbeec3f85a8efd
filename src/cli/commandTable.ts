/** Every command: its words for people, and where its code is. `--help`, completion and the parser all read this table. */
import type { Context } from "./context.ts";

export type Options = Readonly<Record<string, string | boolean | undefined>>;

export interface CommandModule {
  /** Returns the exit status. `args` has undefined where an optional argument was left out. */
  run(context: Context, args: readonly (string | undefined)[], options: Options): number | Promise<number>;
}

/** What completion offers for the first argument; words stand for themselves. */
export type Completes =
  | "exercise"
  | "exercise or lesson"
  | "demo"
  | "exercise or file"
  | "file"
  | "event"
  | "term"
  | readonly string[];

export interface CommandSpec {
  readonly name: string;
  /** As commander reads them: `<exercise>`, `[file]`, `[words...]`. */
  readonly args?: string;
  readonly summary: string;
  readonly options?: readonly (readonly [flags: string, description: string])[];
  readonly examples?: readonly string[];
  readonly completes?: Completes;
  load(): Promise<CommandModule>;
}

const json = ["--json", "print JSON, for other programs"] as const;

export const commandTable: readonly CommandSpec[] = [
  {
    name: "launch",
    summary: "start, or go on where you were (the same as course alone)",
    load: () => import("./commands/launch.ts"),
  },
  {
    name: "list",
    summary: "all lessons and exercises, and what is done",
    options: [json],
    load: () => import("./commands/list.ts"),
  },
  {
    name: "next",
    summary: "the next open exercise; writes its file into the workspace",
    load: () => import("./commands/next.ts"),
  },
  {
    name: "show",
    args: "<exercise-or-lesson> [page]",
    summary: "the task of an exercise, and its file in the workspace; or a lesson: its contents, a page of it",
    options: [["--all", "all pages of a lesson"]],
    examples: ["course show probes/warm-up", "course show probes 2", "course show probes --all | less -R"],
    completes: "exercise or lesson",
    load: () => import("./commands/show.ts"),
  },
  {
    name: "demo",
    args: "<example>",
    summary: "run an example of a lesson; course show LESSON names them",
    options: [
      ["--copy", "your own copy of it, in the workspace; it is written when there is none"],
      ["--reset", "the example again in place of your copy, which is kept as a .bak file"],
    ],
    examples: ["course demo probes/liveness-exec", "course demo probes/liveness-exec --copy"],
    completes: "demo",
    load: () => import("./commands/demo.ts"),
  },
  {
    name: "check",
    args: "[exercise-or-file] [file]",
    summary: "run your manifest and say whether it does what the exercise asks",
    options: [
      json,
      ["--watch", "check again whenever the file is saved"],
      ["--all", "check every exercise in the workspace"],
      ["--report <format>", "for other tools: junit (XML) or exercism (results.json); with --all a file may be named"],
    ],
    examples: [
      "course check probes/warm-up                your file in the workspace",
      "course check probes/warm-up pod.yaml       another file; - is standard input",
      "course check podcourse/probes/warm-up.yaml",
      "course check --all --report junit results.xml",
    ],
    completes: "exercise or file",
    load: () => import("./commands/check.ts"),
  },
  {
    name: "hint",
    args: "<exercise>",
    summary: "one hint; again for the next one",
    options: [["--all", "all hints at once"]],
    completes: "exercise",
    load: () => import("./commands/hint.ts"),
  },
  {
    name: "solution",
    args: "<exercise>",
    summary: "a solution, as YAML on standard output",
    options: [
      ["--number <n>", "which one, where there are several"],
      ["--compare", "what yours and the solution do, and how they are written"],
    ],
    examples: ["course solution probes/warm-up | course check probes/warm-up -"],
    completes: "exercise",
    load: () => import("./commands/solution.ts"),
  },
  {
    name: "reset",
    args: "<exercise>",
    summary: "put the starting file back; yours is kept as a .bak file",
    completes: "exercise",
    load: () => import("./commands/reset.ts"),
  },
  {
    name: "simulate",
    args: "<file>",
    summary: "run any manifest and show what a cluster would do; - is standard input",
    options: [
      ["--for <duration>", "how long to watch, for example 90s, 5m or 1h (default 60s, or what a scenario says)"],
      ["--output <format>", "timeline, pods, watch, describe, events, logs, trace (JSON) or svg (default timeline)"],
      ["--set <path=value>", "what if: compare with the same Pod with this field set; an empty value removes it"],
      ["--at <time>", "look at one instant, for example 65s: what kubectl prints then, or the --output you name"],
      ["--seed <number>", "another roll of the dice where a cluster has jitter"],
    ],
    examples: ["course simulate pod.yaml --for 150s", "course simulate pod.yaml --at 65s"],
    completes: "file",
    load: () => import("./commands/simulate.ts"),
  },
  {
    name: "predict",
    args: "<exercise-or-file> [answers...]",
    summary: "say what a Pod will do before you see it: NAME=ANSWER, or be asked one question after the other",
    options: [["--for <duration>", "with a file: the moment that the questions are about (default 60s)"]],
    examples: [
      "course predict probes/predict",
      "course predict probes/predict unhealthy-events=2 killing-second=30",
      "course predict pod.yaml --for 90s phase=Running restarts=2 last-event=BackOff",
    ],
    completes: "exercise or file",
    load: () => import("./commands/predict.ts"),
  },
  {
    name: "run",
    args: "<image> [command...]",
    summary: "run one container, like docker run: its output and its exit status",
    examples: ['course run busybox:1.36 -- sh -c "echo hello; exit 3"'],
    load: () => import("./commands/run.ts"),
  },
  {
    name: "shell",
    args: "[exercise]",
    completes: "exercise",
    summary: "a simulated cluster and a shell in which kubectl is a command",
    options: [
      ["-c, --command <line>", "run one command line and end with its exit status"],
      ["--transcript <file>", "replay {files, steps} from a JSON file and print it with what each step printed"],
    ],
    examples: ["course shell -c 'kubectl get nodes'"],
    load: () => import("./commands/shell.ts"),
  },
  {
    name: "explain",
    args: "<field-or-event>",
    summary: "what a field of a manifest or an event's reason means",
    examples: ["course explain pod.spec.containers.livenessProbe", "course explain BackOff"],
    completes: "event",
    load: () => import("./commands/explain.ts"),
  },
  {
    name: "glossary",
    args: "[term...]",
    summary: "the words of this course",
    completes: "term",
    load: () => import("./commands/glossary.ts"),
  },
  {
    name: "author",
    args: "<check|preview|new> [path]",
    summary: "for authors: check a course, preview a lesson, begin a new one",
    options: [json, ["--update", "check: write what the simulator prints into blocks that differ"]],
    completes: ["check", "preview", "new"],
    load: () => import("./commands/author.ts"),
  },
  {
    name: "progress",
    args: "<export|import> [file]",
    summary: "take your progress to another machine; import adds, it never takes away",
    examples: ["course progress export > progress.jsonl", "course progress import progress.jsonl"],
    completes: ["export", "import"],
    load: () => import("./commands/progress.ts"),
  },
  {
    name: "doctor",
    summary: "find out whether everything is in place",
    options: [json],
    load: () => import("./commands/doctor.ts"),
  },
  {
    name: "where",
    summary: "where your files and your progress are",
    options: [json],
    load: () => import("./commands/where.ts"),
  },
  {
    name: "completion",
    args: "<shell>",
    summary: "a completion script for bash, zsh, fish or powershell",
    completes: ["bash", "zsh", "fish", "powershell"],
    load: () => import("./commands/completion.ts"),
  },
  { name: "man", summary: "the manual page, for man -l -", load: () => import("./commands/man.ts") },
];
