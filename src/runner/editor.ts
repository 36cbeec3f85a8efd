/** The learner's own editor: $VISUAL, $EDITOR, or VS Code when this is its terminal. */
import { spawn, spawnSync } from "node:child_process";
import { basename } from "node:path";
import process from "node:process";

export interface Editor {
  readonly command: string;
  readonly args: readonly string[];
  /** Has a window of its own, so that the course goes on in the terminal. */
  readonly ownWindow: boolean;
}

const windowed = new Set([
  "code",
  "code-insiders",
  "codium",
  "cursor",
  "windsurf",
  "zed",
  "subl",
  "atom",
  "mate",
  "gedit",
  "kate",
  "gvim",
  "mvim",
  "notepad",
  "notepad++",
  "idea",
  "webstorm",
  "goland",
  "open",
  "xdg-open",
]);
const vsCodeLike = new Set(["code", "code-insiders", "codium", "cursor", "windsurf"]);

/** undefined when nothing says which editor to use. `line` counts from 1. */
export function chooseEditor(
  env: Readonly<Record<string, string | undefined>>,
  file: string,
  line = 1,
): Editor | undefined {
  const wanted = env.VISUAL?.trim() || env.EDITOR?.trim() || (env.TERM_PROGRAM === "vscode" ? "code" : "");
  if (wanted === "") return undefined;
  const [command, ...args] = words(wanted);
  const name = basename(command!)
    .replace(/\.(exe|cmd)$/i, "")
    .toLowerCase();
  const ownWindow = windowed.has(name);
  if (vsCodeLike.has(name)) {
    // --wait would hold up the course until the tab is closed.
    return {
      command: command!,
      args: [...args.filter((arg) => arg !== "--wait" && arg !== "-w"), "--goto", `${file}:${line}`],
      ownWindow,
    };
  }
  const goesToLine = /^(n?vim?|nvim|nano|emacs|kak|micro|joe|pico|ne|jed|mcedit)$/.test(name);
  return { command: command!, args: [...args, ...(goesToLine && line > 1 ? [`+${line}`] : []), file], ownWindow };
}

/** Splits as a shell would for simple cases: spaces divide, quotes hold together. */
function words(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3]!);
}

/** Opens the file; waits for an editor that lives in this terminal. Returns words when it did not start. */
export function openEditor({ command, args, ownWindow }: Editor): string | undefined {
  const shell = process.platform === "win32";
  if (ownWindow) {
    const child = spawn(command, args, { stdio: "ignore", detached: true, shell });
    child.on("error", () => {});
    child.unref();
    return child.pid === undefined
      ? `${command} did not start. Is it installed? VISUAL and EDITOR say which editor to use.`
      : undefined;
  }
  const { error } = spawnSync(command, args, { stdio: "inherit", shell });
  return error ? `${command} did not start (${error.message}). VISUAL and EDITOR say which editor to use.` : undefined;
}
