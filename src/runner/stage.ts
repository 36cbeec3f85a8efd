/**
 * What everything that happens in the interactive course shares: where things are, what the learner sees now, the one
 * file that is watched, the run that can be looked at. Whatever happens is fed to the queue and comes back as an input.
 */
import type { CourseFiles } from "./courseFiles.ts";
import { chooseEditor, openEditor } from "./editor.ts";
import { InputQueue } from "./inputQueue.ts";
import type { Entry, Progress } from "./progress.ts";
import type { Recording } from "./recording.ts";
import { Screen } from "./screen.ts";
import type { Input, Session } from "./session.ts";
import type { Terminal } from "./terminal.ts";
import { type FileWatch, type OnSave, watchFile } from "./watchFile.ts";
import { shownPath, type Workspace, WorkspaceFault } from "./workspace.ts";

export interface LaunchContext {
  readonly terminal: Terminal;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly course: CourseFiles;
  readonly workspace: Workspace;
  readonly progress: Progress;
  /** `say` gets why it could not be saved. */
  record(entry: Entry, say: (fault: string) => void): void;
}

export class Stage {
  readonly context: LaunchContext;
  readonly screen: Screen;
  readonly inputs: InputQueue;
  /** Absent until the learner has chosen something from the first menu. */
  session: Session | undefined;
  /** The run that the time view is about. */
  recording: Recording | undefined;
  #watch: FileWatch | undefined;

  constructor(context: LaunchContext, onResize: () => void) {
    this.context = context;
    this.screen = new Screen(context.terminal, onResize);
    this.inputs = new InputQueue(context.terminal, this.screen);
  }

  feed(input: Input): void {
    this.inputs.feed(input);
  }

  say(text: string): void {
    this.feed({ type: "notice", text });
  }

  /** For what the person has to put right; faults of ours go on. */
  sayFault(error: unknown): void {
    if (!(error instanceof WorkspaceFault)) throw error;
    this.say(error.message);
  }

  /** What cannot be saved is said on the screen, once it is drawn again. */
  record(entry: Entry): void {
    this.context.record(entry, (text) => this.say(text));
  }

  /** In place of the file that was watched before. */
  watch(path: string, onSave: OnSave): void {
    this.closeFiles();
    this.#watch = watchFile(path, onSave);
  }

  /** What this program has just written is no news. */
  fileIsKnown(): void {
    this.#watch?.seen();
  }

  closeFiles(): void {
    this.#watch?.stop();
    this.#watch = undefined;
  }

  /** `saved` is called when an editor in this terminal was left; one in a window of its own is watched. */
  openInEditor(path: string, line: number, saved: () => void): void {
    const { env, cwd } = this.context;
    const editor = chooseEditor(env, path, line);
    if (!editor) {
      this.say(`Neither VISUAL nor EDITOR is set: open ${shownPath(path, cwd)} in your editor and save it.`);
      return;
    }
    if (!editor.ownWindow) this.screen.leave();
    const fault = openEditor(editor);
    this.say(fault ?? (editor.ownWindow ? `Opened in ${editor.command}. Save to see what it does.` : ""));
    if (fault || editor.ownWindow) return;
    this.fileIsKnown();
    saved();
  }

  close(): void {
    this.closeFiles();
    this.screen.close();
  }
}
