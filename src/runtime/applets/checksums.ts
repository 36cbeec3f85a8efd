/** `md5sum` and its kin: printing and checking. */
import type { Task } from "../../time/task.ts";
import type { Program, Sys } from "../sys.ts";
import { md5, sha1, sha256, sha512 } from "./digest.ts";
import { applet, because, complain, type Options, parseOptions } from "./options.ts";
import { LineReader, readAll } from "./streams.ts";

const program = (name: string, digest: (data: string) => string): Program =>
  applet(name, function* (sys, args) {
    const options = parseOptions(name, args, "scwb");
    const paths = options.operands.length === 0 ? ["-"] : options.operands;
    let status = 0;
    for (const path of paths) {
      if (options.has("c")) status |= yield* check(sys, name, path, digest, options);
      else {
        const sum = yield* sumOf(sys, name, path, digest);
        if (sum === undefined) status = 1;
        else yield* sys.write(1, `${sum}  ${path}\n`);
      }
    }
    return status;
  });

function* sumOf(sys: Sys, name: string, path: string, digest: (data: string) => string): Task<string | undefined> {
  try {
    const fd = path === "-" ? 0 : yield* sys.openBlocking(path, { read: true });
    const sum = digest(yield* readAll(sys, fd));
    if (fd > 0) sys.close(fd);
    return sum;
  } catch (error) {
    const reason = because(error);
    const what = reason === "Is a directory" ? `can't read '${path}'` : `can't open '${path}'`;
    yield* complain(sys, `${name}: ${what}: ${reason}\n`);
    return undefined;
  }
}

/** Compares files with the sums that a list has for them. */
function* check(
  sys: Sys,
  name: string,
  list: string,
  digest: (data: string) => string,
  options: Options,
): Task<number> {
  let fd: number;
  try {
    fd = list === "-" ? 0 : yield* sys.openBlocking(list, { read: true });
  } catch (error) {
    yield* complain(sys, `${name}: can't open '${list}': ${because(error)}\n`);
    return 1;
  }
  const lines = new LineReader(sys, fd);
  let count = 0;
  let failed = 0;
  for (let line = yield* lines.next(); line !== undefined; line = yield* lines.next()) {
    const match = /^(\S+) [ *](.*)$/.exec(line);
    if (!match) {
      if (options.has("w")) yield* complain(sys, `${name}: invalid format\n`);
      continue;
    }
    count++;
    const good = (yield* sumOf(sys, name, match[2]!, digest)) === match[1];
    if (!good) failed++;
    if (!options.has("s")) yield* sys.write(1, `${match[2]}: ${good ? "OK" : "FAILED"}\n`);
  }
  if (fd > 0) sys.close(fd);
  if (failed > 0 && !options.has("s"))
    yield* complain(sys, `${name}: WARNING: ${failed} of ${count} computed checksums did NOT match\n`);
  if (count === 0) yield* complain(sys, `${name}: no checksum lines found\n`);
  return failed > 0 || count === 0 ? 1 : 0;
}

export const checksumApplets: Readonly<Record<string, Program>> = {
  md5sum: program("md5sum", md5),
  sha1sum: program("sha1sum", sha1),
  sha256sum: program("sha256sum", sha256),
  sha512sum: program("sha512sum", sha512),
};
