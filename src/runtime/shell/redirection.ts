/** Redirections: applied in order, and undone after a command of the shell's own. */
import type { Task } from "../../time/task.ts";
import { strerror } from "../errno.ts";
import { type Errno, type OpenFlags, SysError } from "../sys.ts";
import { expandHere, expandText } from "./expansion.ts";
import { ShellFault } from "./fault.ts";
import type { Shell } from "./shell.ts";
import { openPipe } from "./subshell.ts";
import type { Redirection } from "./syntax.ts";

/** A redirection whose words were expanded. */
export type Redirect =
  | { readonly kind: "file"; readonly fd: number; readonly operator: string; readonly path: string }
  | { readonly kind: "duplicate"; readonly fd: number; readonly from: number | "-" }
  | { readonly kind: "here"; readonly fd: number; readonly text: string };

/** Descriptors as they were: a copy above 9, or undefined when it was closed. */
export type SavedDescriptors = Map<number, number | undefined>;

/** Throws ShellFault. */
export function* expandRedirections(shell: Shell, redirections: readonly Redirection[]): Task<Redirect[]> {
  const out: Redirect[] = [];
  for (const one of redirections) {
    if (one.kind === "file") {
      const path = yield* expandText(shell, one.target);
      out.push({ kind: "file", fd: one.fd, operator: one.operator, path });
    } else if (one.kind === "here") {
      out.push({ kind: "here", fd: one.fd, text: yield* expandHere(shell, one.document.body) });
    } else {
      let from = one.from;
      if (typeof from === "object") {
        const text = yield* expandText(shell, from);
        if (text === "-") from = "-";
        else if (/^\d{1,4}$/.test(text)) from = Number(text);
        else if (text === "") throw new ShellFault("syntax error: bad fd number");
        else if (one.fd === 1) {
          out.push({ kind: "file", fd: 1, operator: "&>", path: text });
          continue;
        } else throw new ShellFault("redir error");
      }
      out.push({ kind: "duplicate", fd: one.fd, from });
    }
  }
  return out;
}

/** Throws ShellFault (status 1); what was done until then is in `saved`. Without `saved` it is for good. */
export function* redirect(shell: Shell, redirects: readonly Redirect[], saved: SavedDescriptors | undefined): Task {
  const { sys } = shell;
  for (const one of redirects) {
    if (one.kind === "duplicate") {
      if (one.from !== "-" && (one.from === one.fd || !sys.isOpen(one.from))) {
        if (sys.isOpen(one.from)) continue;
        throw new ShellFault(`${one.from}: Bad file descriptor`, 1);
      }
      save(shell, one.fd, saved);
      if (one.from !== "-") sys.dup2(one.from, one.fd);
      else if (sys.isOpen(one.fd)) sys.close(one.fd);
      continue;
    }
    const opened = one.kind === "here" ? yield* openHere(shell, one.text) : yield* open(shell, one.operator, one.path);
    // A low descriptor that was free may be the very one that is asked for.
    save(shell, one.fd, saved, opened);
    if (opened !== one.fd) {
      sys.dup2(opened, one.fd);
      sys.close(opened);
    }
    if (one.kind === "file" && one.operator === "&>") {
      save(shell, 2, saved);
      sys.dup2(one.fd, 2);
    }
  }
}

export function restoreDescriptors(shell: Shell, saved: SavedDescriptors): void {
  const { sys } = shell;
  for (const [fd, copy] of [...saved].reverse()) {
    if (copy === undefined) {
      if (sys.isOpen(fd)) sys.close(fd);
    } else {
      sys.dup2(copy, fd);
      sys.close(copy);
    }
  }
}

function save(shell: Shell, fd: number, saved: SavedDescriptors | undefined, opened?: number): void {
  if (saved === undefined || saved.has(fd)) return;
  if (opened === fd || !shell.sys.isOpen(fd)) {
    saved.set(fd, undefined);
    return;
  }
  const copy = shell.sys.dup(fd, 10);
  shell.sys.setCloseOnExec(copy, true);
  saved.set(fd, copy);
}

const FLAGS: Readonly<Record<string, OpenFlags>> = {
  "<": { read: true },
  "<>": { read: true, write: true, create: true },
  ">": { write: true, create: true, truncate: true },
  ">|": { write: true, create: true, truncate: true },
  "&>": { write: true, create: true, truncate: true },
  ">>": { write: true, create: true, append: true },
};

function* open(shell: Shell, operator: string, path: string): Task<number> {
  let flags = FLAGS[operator]!;
  try {
    if (operator === ">" && shell.has("noclobber")) {
      // Devices may be written to; only a file that is there is protected.
      const exists = shell.sys.access(path, "read") || shell.sys.access(path, "write");
      if (exists && shell.sys.stat(path).type === "file") throw new SysError("EEXIST");
      if (!exists) flags = { ...flags, exclusive: true };
    }
    for (;;) {
      try {
        return yield* shell.sys.openBlocking(path, flags, 0o666);
      } catch (error) {
        if (!(error instanceof SysError) || error.errno !== "EINTR") throw error;
      }
    }
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    const creates = flags.create === true;
    throw new ShellFault(
      `can't ${creates ? "create" : "open"} ${path}: ${errorText(error.errno, creates ? "nonexistent directory" : "no such file")}`,
      1,
    );
  }
}

/** ash has its own words for a missing file. */
function errorText(errno: Errno, missing: string): string {
  return errno === "ENOENT" || errno === "ENOTDIR" ? missing : strerror(errno);
}

/** A pipe holds 64 KiB; a longer document is written by a child. */
function* openHere(shell: Shell, text: string): Task<number> {
  const [read, write] = openPipe(shell);
  if (text.length <= 65536) {
    yield* shell.write(write, text);
  } else {
    shell.sys.fork(function* (sys) {
      sys.close(read);
      sys.signal("SIGPIPE", "default");
      try {
        yield* sys.write(write, text);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
      }
      return 0;
    });
  }
  shell.sys.close(write);
  return read;
}
