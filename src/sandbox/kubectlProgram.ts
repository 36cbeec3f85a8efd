/** `kubectl` as a program in the sandbox: its words, streams and files are those of a process. */
import type { ApiClient, KubectlIo } from "../kubectl/client.ts";
import { kubectl } from "../kubectl/kubectl.ts";
import { utf8Decode, utf8Encode } from "../runtime/bytes.ts";
import { editByCommand, editorCommand, type Files } from "./commandEditor.ts";
import type { Edit } from "./editorProgram.ts";
import { type Program, type Sys, SysError } from "../runtime/sys.ts";
import type { Task } from "../time/task.ts";
import { ProcessStreams } from "./processStreams.ts";

/** Of a manifest or a patch; the server takes no more in one request. */
const LARGEST_FILE = 3 << 20;

export function kubectlProgram(client: ApiClient, edit?: Edit): Program {
  return function* (sys) {
    const words = sys.argv.slice(1).map(utf8Decode);
    const input = readsStandardInput(words) && !sys.isatty(0) ? utf8Decode(yield* readAll(sys, 0)) : undefined;
    const streams = new ProcessStreams(sys);
    const editor = editorCommand(sys);
    const files: Files = {
      read: (path) => readFile(sys, path),
      write: (path, text) => writeFile(sys, path, text),
    };
    const io: KubectlIo = {
      out: (text) => streams.print(1, utf8Encode(text)),
      err: (text) => streams.print(2, utf8Encode(text)),
      stdin: () => input,
      liveStdin: (feed) => streams.listen((data, end) => feed(utf8Decode(data), end)),
      isTerminal: sys.isatty(0) && sys.isatty(1),
      readFile: (path) => readFile(sys, path),
      listFolder: (path) => listFolder(sys, path),
      writeFile: (path, text) => writeFile(sys, path, text),
      ...((editor || edit) && {
        // Virtual time stands still while somebody edits.
        *edit(text: string, fileName: string): Task<string | undefined> {
          return editor ? yield* editByCommand(sys, editor, files, text, fileName) : edit!(text, fileName);
        },
      }),
      environment: (name) => sys.env.get(name),
    };
    let exitCode = 0;
    yield* streams.during(
      (function* () {
        exitCode = yield* kubectl(words, io, client);
      })(),
    );
    return exitCode;
  };
}

/** Only what can want it reads standard input: `while read name; do kubectl get pod $name; done` keeps its lines. */
function readsStandardInput(words: readonly string[]): boolean {
  const dashes = words.indexOf("--");
  const flags = dashes < 0 ? words : words.slice(0, dashes);
  return flags.some((word) => word === "-" || /^(--filename=-|-f-|--stdin(=true)?|-[a-z]*i[a-z]*)$/.test(word));
}

function* readAll(sys: Sys, fd: number): Task<string> {
  let text = "";
  while (text.length <= LARGEST_FILE) {
    const data = yield* sys.read(fd, 65536);
    if (data === "") break;
    text += data;
  }
  return text;
}

function readNow(sys: Sys, fd: number): string {
  let text = "";
  while (text.length <= LARGEST_FILE) {
    const data = sys.readNow(fd, 65536);
    if (data === "") break;
    text += data;
  }
  return text;
}

function readFile(sys: Sys, path: string): string | undefined {
  return attempt(() => {
    if (sys.stat(path).type !== "file") return undefined;
    const fd = sys.open(path, { read: true });
    try {
      return utf8Decode(readNow(sys, fd));
    } finally {
      sys.close(fd);
    }
  });
}

function listFolder(sys: Sys, path: string): readonly string[] | undefined {
  return attempt(() => (sys.stat(path).type === "directory" ? sys.readdir(path).sort() : undefined));
}

function writeFile(sys: Sys, path: string, text: string): boolean {
  const done = attempt(() => {
    makeFolders(sys, path.slice(0, Math.max(path.lastIndexOf("/"), 0)));
    const fd = sys.open(path, { write: true, create: true, truncate: true }, 0o644);
    try {
      sys.writeNow(fd, utf8Encode(text));
    } finally {
      sys.close(fd);
    }
    return true;
  });
  return done === true;
}

function makeFolders(sys: Sys, path: string): void {
  if (path === "" || attempt(() => sys.stat(path)) !== undefined) return;
  makeFolders(sys, path.slice(0, Math.max(path.lastIndexOf("/"), 0)));
  sys.mkdir(path, 0o755);
}

function attempt<T>(act: () => T | undefined): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
}
