/** The shell of an exercise whose answer is commands: its cluster, its task, and a word after each command. */
import { dirname, join } from "node:path";
import type { Exercise } from "../course/types.ts";
import { scenarioOfWorld } from "../grader/run.ts";
import type { Verdict } from "../grader/types.ts";
import type { Session } from "../simulation/trace.ts";
import { gradeSession } from "./gradeText.ts";
import { proseLines } from "./prose.ts";
import { runSandboxShell } from "./sandboxShell.ts";
import type { Terminal } from "./terminal.ts";
import { wrap } from "./textWidth.ts";
import { makeFolder, readPlainFile, replaceFile } from "./wholeFile.ts";
import { markerFolder, prepareFolder, type Workspace } from "./workspace.ts";

export interface ShellPlace {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly workspace: Workspace;
}

/** Free play, in an empty cluster. Resolves to the shell's exit status. */
export function freeShell({ terminal, env, workspace }: ShellPlace): Promise<number> {
  const welcome = [
    "A cluster with one node, minikube, for you alone. Nothing here is real, so nothing can break.",
    `Your files: ${workspace.folder}`,
    usage,
  ];
  return openShell({ terminal, env, workspace }, welcome.flatMap((line) => wrap(line, terminal.columns)).join("\n"));
}

/** `onJudged` is told after each command how all that was typed so far is graded. */
export async function exerciseShell(
  place: ShellPlace,
  exercise: Exercise,
  onJudged: (verdict: Verdict, session: Session) => void,
): Promise<number> {
  const { terminal } = place;
  const { style } = terminal;
  const task = proseLines(exercise.task, Math.min(terminal.columns, 100), style).join("\n");
  const world = exercise.worlds[0]!;
  const how = wrap(`${usage} answer TEXT gives an answer.`, Math.min(terminal.columns, 100)).join("\n");
  return openShell(place, `${style.bold(exercise.title)}\n\n${task}\n\n${how}`, {
    scenario: scenarioOfWorld(world),
    task,
    judge(session) {
      const verdict = gradeSession(exercise, session);
      onJudged(verdict, session);
      if (!verdict.passed) return undefined;
      return `${style.green(`${style.glyph.pass} passed`)}: this is what was asked for. exit goes back.`;
    },
  });
}

const usage =
  "kubectl, ssh minikube, vi FILE and the usual tools work; Tab completes. clock says how fast time passes; exit leaves.";

function openShell(
  { terminal, env, workspace }: ShellPlace,
  welcome: string,
  exercise?: Parameters<typeof runSandboxShell>[0]["exercise"],
): Promise<number> {
  prepareFolder(workspace, workspace.folder);
  const historyFile = join(workspace.folder, markerFolder, "shell-history");
  return runSandboxShell({
    terminal,
    env,
    folder: workspace.folder,
    welcome,
    ...(exercise && { exercise }),
    history: readHistory(historyFile),
    saveHistory: (lines) => writeHistory(historyFile, lines),
  });
}

/** Bytes. */
const mostHistory = 1 << 20;

function readHistory(path: string): string[] {
  try {
    return readPlainFile(path, mostHistory).toString("utf8").split("\n").filter(Boolean).slice(0, 500);
  } catch {
    return [];
  }
}

/** A history that cannot be kept is no reason to stop. */
function writeHistory(path: string, lines: readonly string[]): void {
  try {
    makeFolder(dirname(path));
    replaceFile(path, `${lines.join("\n")}\n`, dirname(path));
  } catch {}
}
