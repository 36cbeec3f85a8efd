/**
 * What an exercise asks for, and what a verdict says. Plain JSON data on both sides: the build precompiles a course to
 * one file, and `--json` prints a verdict as it is. Times are seconds since the Pod was handed in.
 */
import type { Action, Scenario } from "../simulation/trace.ts";

/** A text to look for: contained in what is read, or a regular expression, or the whole of it. */
export type Pattern =
  | { readonly contains: string }
  | RegularPattern
  | { readonly equals: string }
  | { readonly not: Pattern };

export interface RegularPattern {
  readonly matches: string;
  readonly flags?: string;
}

/** How many, or how much. Both ends count. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/**
 * When an expectation must hold. `some`: at one moment at least in the window; `every`: at each moment of it; `never`:
 * at none. Without an end, to the end of the run.
 */
export interface When {
  readonly mode: "some" | "every" | "never";
  readonly from: number;
  readonly to?: number;
  /** Must hold without a break for so many seconds inside the window. Only with `some`. */
  readonly lasting?: number;
  /** Must become true inside the window, not only be true there. Only with `some`. */
  readonly begins?: boolean;
  /** `at the end`: from and to are the last moment of the run, whatever its length. */
  readonly end?: boolean;
}

/** Which container: by name, or by position in spec.containers or spec.initContainers. */
export type ContainerRef =
  | { readonly name: string }
  | { readonly position: number; readonly list: "containers" | "initContainers" };

interface Common {
  /** Unique in the exercise. Made from the contents when the author gave none. */
  readonly id: string;
  /** Why it matters, in the words of someone who has run clusters for years. */
  readonly say?: string;
  /** What is expected, for the learner, in place of what the program makes of the expectation. */
  readonly words?: string;
  /** Only in these worlds; in all when absent. */
  readonly worlds?: readonly string[];
  /** Line in the lesson file, for the author check. */
  readonly line?: number;
}

export interface EventExpectation extends Common {
  readonly kind: "event";
  readonly reason: string;
  readonly type?: "Normal" | "Warning";
  readonly message?: Pattern;
  readonly container?: ContainerRef;
  /** `Pod/web`; the learner's Pod when absent. */
  readonly object?: string;
  readonly count: Range;
  readonly when: When;
}

export interface LogExpectation extends Common {
  readonly kind: "log";
  readonly text: Pattern;
  readonly container?: ContainerRef;
  readonly stream?: "stdout" | "stderr";
  /** 0 is the container's first run. */
  readonly restart?: number;
  readonly count: Range;
  readonly when: When;
}

/** The row of `kubectl get pods` and status.phase. */
export interface PodExpectation extends Common {
  readonly kind: "pod";
  readonly pod?: string;
  readonly phase?: readonly string[];
  /** The STATUS column. */
  readonly status?: readonly string[];
  /** The READY column: `1/1`; or whether all containers are ready. */
  readonly ready?: string | boolean;
  readonly restarts?: Range;
  readonly gone?: boolean;
  readonly when: When;
}

export interface ContainerExpectation extends Common {
  readonly kind: "container";
  readonly container?: ContainerRef;
  readonly state?: "waiting" | "running" | "terminated";
  readonly reason?: readonly string[];
  readonly exitCode?: Range;
  readonly signal?: number;
  readonly ready?: boolean;
  readonly started?: boolean;
  readonly restarts?: Range;
  readonly when: When;
}

export interface ConditionExpectation extends Common {
  readonly kind: "condition";
  readonly condition: string;
  readonly status: string;
  readonly reason?: readonly string[];
  readonly when: When;
}

/** One look at a moment: a request from another Pod, a command in the container, a file, kubectl. */
export interface LookExpectation extends Common {
  readonly kind: "client" | "exec" | "file" | "kubectl";
  readonly command: readonly string[];
  readonly at: readonly number[];
  readonly container?: ContainerRef;
  readonly exit?: Range;
  readonly stdout?: readonly Pattern[];
  readonly stderr?: readonly Pattern[];
}

export interface OrderStep {
  readonly what: EventExpectation | LogExpectation | PodExpectation | ContainerExpectation | ConditionExpectation;
  /** Seconds since the step before. */
  readonly within?: Range;
}

export interface OrderExpectation extends Common {
  readonly kind: "order";
  readonly steps: readonly OrderStep[];
}

export interface StructureExpectation extends Common {
  readonly kind: "structure";
  /** `spec.containers[*].image`, `spec.containers[name=app].env[0]` */
  readonly path: string;
  /** `ConfigMap/settings`: another document of the manifest; the Pod when absent. */
  readonly of?: string;
  /** At least one value at `path` contains this (a subset, at every depth). */
  readonly has?: unknown;
  /** Each value at `path` contains this. */
  readonly each?: unknown;
  readonly matches?: Pattern;
  readonly absent?: boolean;
  readonly count?: Range;
  /** Why behaviour cannot tell. */
  readonly because?: string;
}

/** What the learner said with `answer TEXT`; the last answer counts. Only where the answer is commands. */
export interface AnswerExpectation extends Common {
  readonly kind: "answer";
  readonly text: Pattern;
}

/** A command line that was typed. Only where the answer is commands. */
export interface TypedExpectation extends Common {
  readonly kind: "typed";
  readonly text: Pattern;
  readonly count: Range;
}

export interface RejectedExpectation extends Common {
  readonly kind: "rejected" | "warning";
  readonly message?: Pattern;
}

/**
 * A question about the run, answered before it is seen. The answer is a text in the Pod's annotations; what is right is
 * worked out from the run, never written down.
 */
export interface PredictExpectation extends Common {
  readonly kind: "predict";
  /** Key in metadata.annotations, and the name of the question in the task. */
  readonly annotation: string;
  /** As the task asks it, in its language (Markdown, one line). */
  readonly question: string;
  readonly measure: Measure;
  /** How far a number may be off: seconds for `second`. */
  readonly tolerance: number;
}

/** What of a run is asked for. `at`: the second of the look. */
export type Measure =
  /** How often it happened. */
  | { readonly of: "count"; readonly what: EventExpectation | LogExpectation }
  /** In which second it happened or began first. */
  | { readonly of: "second"; readonly what: OrderStep["what"] }
  /** A column of `kubectl get pods`, the phase, or the reason of the newest event. */
  | { readonly of: "status" | "ready" | "phase" | "lastEvent"; readonly at: number }
  | { readonly of: "restarts"; readonly at: number; readonly container?: ContainerRef }
  /** A line of the log, counted from 1. */
  | { readonly of: "line"; readonly number: number; readonly container?: ContainerRef }
  /** What a command prints, or the first group of `part` in it. */
  | { readonly of: "prints"; readonly look: LookExpectation; readonly part?: RegularPattern }
  /** Whether a command prints the same at two moments: `same` or `other`. */
  | { readonly of: "stays"; readonly look: LookExpectation }
  /** The answer whose expectation holds. */
  | { readonly of: "which"; readonly choices: Readonly<Record<string, Expectation>> };

/** A part of the manifest that is given and stays as the starter has it; every exercise with predictions has one. */
export interface GivenExpectation extends Common {
  readonly kind: "given";
  /** Key of the Pod's document: `spec`. */
  readonly field: string;
  readonly value: unknown;
}

export interface AnyExpectation extends Common {
  readonly kind: "any" | "all";
  readonly of: readonly Expectation[];
}

export type Expectation =
  | EventExpectation
  | LogExpectation
  | PodExpectation
  | ContainerExpectation
  | ConditionExpectation
  | LookExpectation
  | OrderExpectation
  | StructureExpectation
  | AnswerExpectation
  | TypedExpectation
  | RejectedExpectation
  | PredictExpectation
  | GivenExpectation
  | AnyExpectation;

/** A change made to the learner's manifest in one world, so that only a general answer passes. */
export type Edit =
  | { readonly set: string; readonly to: unknown; readonly of?: string }
  | { readonly remove: string; readonly of?: string }
  | { readonly replace: string; readonly with: string; readonly in: string; readonly of?: string };

/** One set of circumstances. */
export interface World {
  readonly name: string;
  /** Where the answer is commands: the Pod that is there, or the name of the one that `expect` is about. */
  readonly pod?: unknown;
  readonly about?: string;
  /** Second at which the shell opens; the first when absent. */
  readonly from?: number;
  readonly objects?: readonly unknown[];
  readonly actions?: readonly Action[];
  readonly seconds: number;
  readonly static?: boolean;
  readonly node?: Scenario["node"];
  readonly nodeImages?: readonly string[];
  readonly images?: Scenario["images"];
  readonly seed?: number;
  readonly edits?: readonly Edit[];
  /** Shown when this world is the one that fails. */
  readonly say?: string;
}

/** An accepted survivor of the author check: a mutant that still meets the task. */
export interface AcceptedSurvivor {
  /** `spec.containers[0].ports removed`; `*` stands for any text. */
  readonly mutant: string;
  readonly because: string;
}

/** What the grader needs of an exercise. */
export interface Assignment {
  readonly id: string;
  /** The answer is a script of commands, typed at the shell of a prepared cluster; absent: it is a manifest. */
  readonly answers?: "commands";
  readonly worlds: readonly World[];
  readonly expect: readonly Expectation[];
  /** Kinds allowed beside the one Pod; empty: the manifest is one document. */
  readonly documents: readonly string[];
  readonly wrongAnswers: readonly WrongAnswer[];
}

export interface WrongAnswer {
  /** Unique in the exercise. */
  readonly id: string;
  readonly title: string;
  /** YAML, or a script. */
  readonly manifest: string;
  /** Markdown */
  readonly reply: string;
  /** The expectation that fails first. */
  readonly breaks?: string;
  readonly world?: string;
  /** Checks of its own: the reply is given only when all of them hold. */
  readonly when: readonly Expectation[];
  readonly line?: number;
}

// ---- verdict

/** A place in the learner's YAML. Lines and columns count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
  /** `spec.containers[0].livenessProbe.periodSeconds` */
  readonly path: string;
  /** The text of that line. */
  readonly text: string;
  /** How it decided: `without it this expectation holds`, `it is the field that …`. */
  readonly why?: string;
  /** True when a rerun with this one field changed flips the result. */
  readonly proven?: boolean;
}

export interface Finding {
  /** The expectation's id, or `yaml`, `documents`, `rejected`, `limit`. */
  readonly expectation: string;
  readonly world?: string;
  readonly passed: boolean;
  /** `event Unhealthy (Warning) of container app, 3 times or more`. */
  readonly expected: string;
  /** `between 30s and 50s`; empty when it has no time. */
  readonly when: string;
  /** What happened instead, the nearest thing: `it came at 65.5s, 15.5s too late`. */
  readonly actual: string;
  readonly say?: string;
  readonly place?: Place;
  /** Of predictions: what the question is called, and whether it has an answer yet. */
  readonly question?: { readonly name: string; readonly open: boolean };
}

/** A row of the drawing: what was expected above what happened. */
export interface Lane {
  readonly label: string;
  readonly expectation?: string;
  readonly passed?: boolean;
  readonly windows: readonly { readonly from: number; readonly to: number; readonly mode: When["mode"] }[];
  /** Moments: events, log lines, looks. */
  readonly marks: readonly { readonly t: number; readonly label: string; readonly fits: boolean }[];
  /** States that last. */
  readonly spans: readonly {
    readonly from: number;
    readonly to: number;
    readonly label: string;
    readonly fits?: boolean;
  }[];
}

export interface Timeline {
  readonly seconds: number;
  readonly lanes: readonly Lane[];
}

export interface WorldVerdict {
  readonly name: string;
  readonly passed: boolean;
  readonly say?: string;
  readonly results: readonly Finding[];
  /** Empty while a prediction is not made: whoever sees the run does not predict. */
  readonly timeline: Timeline;
  readonly notModelled: readonly string[];
  readonly stoppedBy?: string;
  /** Containers that never rested and were slowed down for it. */
  readonly restless?: readonly string[];
}

export interface Verdict {
  readonly version: 1;
  readonly exercise: string;
  readonly passed: boolean;
  /** The one thing to show first; absent when passed. */
  readonly first?: Finding;
  /** The reply of a wrong answer that this manifest matches (Markdown). */
  readonly reply?: { readonly id: string; readonly title: string; readonly text: string };
  /** The API server's own words, then the plain ones. */
  readonly rejected?: {
    readonly message: string;
    readonly plain: readonly { readonly text: string; readonly place?: Place }[];
  };
  /** Warnings of the API server. */
  readonly warnings: readonly string[];
  readonly worlds: readonly WorldVerdict[];
  /** Fields that the manifest uses and the simulator does not model. */
  readonly notModelled: readonly string[];
}
