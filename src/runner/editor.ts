/** The learner's own editor: $VISUAL, $EDITOR, or VS Code when this is its terminal. */
import { spawn, spawnSync } from "node:child_process";
import { posix, win32 } from "node:path";
import process from "node:process";
import { isFolder, isThere } from "./wholeFile.ts";

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
  // `C:\Program Files\…` without quotes is what many people set.
  const [command, ...args] = isThere(wanted) ? [wanted] : words(wanted);
  if (!command) return undefined;
  const name = command
    .replace(/^.*[\\/]/, "")
    .replace(/\.(exe|cmd|bat)$/i, "")
    .toLowerCase();
  const ownWindow = windowed.has(name);
  if (vsCodeLike.has(name)) {
    // --wait would hold up the course until the tab is closed.
    return {
      command,
      args: [...args.filter((arg) => arg !== "--wait" && arg !== "-w"), "--goto", `${file}:${line}`],
      ownWindow,
    };
  }
  const goesToLine = /^(n?vim?|nvim|nano|emacs|kak|micro|joe|pico|ne|jed|mcedit)$/.test(name);
  return { command, args: [...args, ...(goesToLine && line > 1 ? [`+${line}`] : []), file], ownWindow };
}

/** Splits as a shell would for simple cases: spaces divide, quotes hold together. */
function words(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3]!);
}

/** Where a command is that may be started by its name alone; undefined: it is nowhere. */
export function findCommand(
  command: string,
  env: Readonly<Record<string, string | undefined>>,
  isWindows = process.platform === "win32",
): string | undefined {
  const paths = isWindows ? win32 : posix;
  const endings = isWindows ? ["", ...(env.PATHEXT || ".COM;.EXE;.BAT;.CMD").split(";")] : [""];
  const folders = /[\\/]/.test(command) ? [""] : (env.PATH ?? env.Path ?? "").split(paths.delimiter);
  return folders
    .flatMap((folder) => endings.map((ending) => paths.join(folder, command + ending)))
    .find((path) => isThere(path) && !isFolder(path));
}

/**
 * What is started. On Windows a batch file, as `code` is one, needs cmd.exe, which takes one line: everything in quotes,
 * so that neither a space nor `&` in a path means anything.
 */
export function startOf(
  { command, args }: Editor,
  isWindows = process.platform === "win32",
): { readonly command: string; readonly args: readonly string[]; readonly shell: boolean } {
  if (!isWindows) return { command, args, shell: false };
  return {
    command: [command, ...args].map((word) => `"${word.replaceAll('"', "")}"`).join(" "),
    args: [],
    shell: true,
  };
}

/** Opens the file; waits for an editor that lives in this terminal. Returns words when it did not start. */
export function openEditor(editor: Editor): string | undefined {
  const { command, args, shell } = startOf(editor);
  const missing = `There is no program ${editor.command} here. VISUAL and EDITOR say which editor to use.`;
  if (!findCommand(editor.command, process.env)) return missing;
  if (editor.ownWindow) {
    const child = spawn(command, args, { stdio: "ignore", detached: true, shell, windowsHide: true });
    child.on("error", () => {});
    child.unref();
    return child.pid === undefined ? missing : undefined;
  }
  const { error, status } = spawnSync(command, args, { stdio: "inherit", shell });
  if (error) return `${editor.command} did not start (${error.message}). VISUAL and EDITOR say which editor to use.`;
  return status === 0 ? undefined : `${editor.command} ended with an error; the file is as it left it.`;
}
