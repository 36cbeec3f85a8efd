/** `vi`, `nano` and `edit` open the learner's own editor: nobody should have to learn another one here. */
import { utf8Decode, utf8Encode } from "../runtime/bytes.ts";
import { strerror } from "../runtime/errno.ts";
import { type Program, SysError } from "../runtime/sys.ts";

/** Opens the learner's editor and comes back when it is closed; the text as saved, undefined when there is none. */
export type Edit = (text: string, fileName: string) => string | undefined;

export function editorPrograms(edit: Edit): Record<string, Program> {
  const program = editorProgram(edit);
  return { edit: program, nano: program, vi: program, vim: program };
}

function editorProgram(edit: Edit): Program {
  return function* (sys) {
    const name = (sys.argv[0] ?? "edit").replace(/^.*\//, "");
    const [path, ...more] = sys.argv.slice(1).filter((word) => !word.startsWith("-") && !word.startsWith("+"));
    if (path === undefined || more.length > 0) {
      yield* sys.write(2, `usage: ${name} FILE\n`);
      return 2;
    }
    try {
      let text = "";
      if (sys.access(path, "read")) {
        const fd = sys.open(path, { read: true });
        for (let data = yield* sys.read(fd); data !== ""; data = yield* sys.read(fd)) text += data;
        sys.close(fd);
      }
      const saved = edit(utf8Decode(text), utf8Decode(path.replace(/^.*\//, "")));
      if (saved === undefined) return 1;
      if (utf8Encode(saved) === text) return 0;
      const fd = sys.open(path, { write: true, create: true, truncate: true }, 0o644);
      yield* sys.write(fd, utf8Encode(saved));
      sys.close(fd);
      return 0;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* sys.write(2, `${name}: ${path}: ${strerror(error.errno)}\n`);
      return 1;
    }
  };
}
