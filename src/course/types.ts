/** A course as plain JSON data: what the Markdown files in lessons/ say. */
import type { AcceptedSurvivor, Assignment, World } from "../grader/types.ts";

export interface Lesson {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly minutes: number;
  readonly objectives: readonly string[];
  /** `lessons/en/03-probes.md` as it was given to parseLesson. */
  readonly file: string;
  /** In reading order. */
  readonly parts: readonly Part[];
}

export type Part = Page | Exercise;

export interface Page {
  readonly kind: "page";
  readonly title: string;
  /** Markdown, without the heading; demos and checked blocks are in it as written (info strings reduced to the language). */
  readonly markdown: string;
  readonly demos: readonly Demo[];
  readonly line: number;
}

export interface Demo {
  /** `lesson/demo-1`, or the name given: ` ```yaml demo name=crash `. */
  readonly id: string;
  /** YAML: one Pod, and other objects if any. */
  readonly manifest: string;
  readonly world: World;
  readonly blocks: readonly CheckedBlock[];
  readonly line: number;
}

/** A block after a demo that must equal what the simulator prints. */
export interface CheckedBlock {
  readonly kind: "console" | "events";
  /** As written, without the fence. */
  readonly text: string;
  /** Line of the first line inside the fence. */
  readonly line: number;
  /** Seconds; when the first command runs, or until when events are listed. */
  readonly at?: number;
  /** Events only: list only these reasons; show the container. */
  readonly reasons?: readonly string[];
  readonly containers?: boolean;
  /** Console only. */
  readonly steps: readonly ConsoleStep[];
}

export interface ConsoleStep {
  readonly at: number;
  readonly where: "kubectl" | "client";
  readonly argv: readonly string[];
  /** The prompt line as written. */
  readonly prompt: string;
  /** The lines below the prompt, as written. */
  readonly output: readonly string[];
  readonly line: number;
}

export interface Exercise extends Assignment {
  readonly kind: "exercise";
  /** `lesson/slug`: unique, stable; progress is kept under it. */
  readonly id: string;
  readonly slug: string;
  readonly lesson: string;
  readonly title: string;
  /** The task in prose (Markdown). */
  readonly task: string;
  /** YAML */
  readonly starter: string;
  /** Console and events blocks of the task, about the starter in the first world. */
  readonly evidence?: Demo;
  /** Id of the expectation for which the starter fails. */
  readonly starterFails: string;
  /** Markdown, from gentle to plain. */
  readonly hints: readonly string[];
  readonly solutions: readonly Solution[];
  /** Markdown, shown when passed. */
  readonly debrief?: string;
  readonly survivors: readonly AcceptedSurvivor[];
  readonly file: string;
  readonly line: number;
  readonly expectLine: number;
}

export interface Solution {
  /** Of the details block: `Solution`, `Solution: with a shell`. */
  readonly title: string;
  /** YAML */
  readonly manifest: string;
  /** Markdown */
  readonly notes: string;
  readonly line: number;
}

/** A fault in a lesson file, for its author: says what to do. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
  readonly severity: "error" | "warning";
}
