/** `paste`: lines of several files side by side. */
import type { Program, Sys } from "../sys.ts";
import type { Task } from "../../time/task.ts";
import { escapeAt } from "./escapes.ts";
import { applet, because, Fault, parseOptions } from "./options.ts";
import { LineReader, Output } from "./streams.ts";

function delimitersOf(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; ) {
    const escaped = text[at] === "\\" ? escapeAt(text, at) : undefined;
    found.push(escaped?.text ?? text[at]!);
    at += escaped?.length ?? 1;
  }
  // `\0` puts nothing between.
  return found.map((c) => (c === "\0" ? "" : c));
}

function* sideBySide(files: (LineReader | undefined)[], delimiters: readonly string[], out: Output): Task {
  for (let open = files.length; open > 0; ) {
    let next = 0;
    for (let i = 0; i < files.length; i++) {
      const line = yield* files[i]?.next() ?? none();
      if (line === undefined) {
        if (files[i]) open--;
        files[i] = undefined;
        continue;
      }
      out.add(line + (i === files.length - 1 ? "\n" : delimiters[next++ % delimiters.length]!));
    }
    yield* out.flush();
  }
}

function* none(): Task<undefined> {
  return undefined;
}

function* oneByOne(files: readonly LineReader[], delimiters: readonly string[], out: Output): Task {
  for (const file of files) {
    let next = 0;
    let line = yield* file.next();
    if (line === undefined) continue;
    for (let following = yield* file.next(); following !== undefined; following = yield* file.next()) {
      out.add(line + delimiters[next++ % delimiters.length]!);
      line = following;
    }
    out.add(`${line}\n`);
    yield* out.flush();
  }
}

export const pasteApplets: Readonly<Record<string, Program>> = {
  paste: applet("paste", function* (sys: Sys, args) {
    const options = parseOptions("paste", args, "d:s");
    const given = delimitersOf(options.value("d") ?? "\t");
    const delimiters = given.length === 0 ? [""] : given;
    const stdin = new LineReader(sys, 0);
    const files: LineReader[] = [];
    for (const path of options.operands.length === 0 ? ["-"] : options.operands) {
      try {
        files.push(path === "-" ? stdin : new LineReader(sys, yield* sys.openBlocking(path, { read: true })));
      } catch (error) {
        throw new Fault(`paste: ${path}: ${because(error)}\n`);
      }
    }
    const out = new Output(sys);
    yield* options.has("s") ? oneByOne(files, delimiters, out) : sideBySide(files, delimiters, out);
    return 0;
  }),
};
