/** `tar`: creates, lists and extracts archives, which `kubectl cp` needs. Gzipped ones, too; others are refused. */
import type { Task } from "../../time/task.ts";
import { type Program, type Sys, SysError } from "../sys.ts";
import { endOfTar, readTar, type TarEntry, tarEntry } from "../tarArchive.ts";
import { gunzip, gzip, isGzip } from "./compress.ts";
import { modeText } from "./fileMode.ts";
import { applet, because, complain, Fault, type Options, parseOptions, usageFault } from "./options.ts";
import { openOrFail, Output, readAll, readFile } from "./streams.ts";

const long = {
  create: "c",
  extract: "x",
  list: "t",
  file: "f",
  directory: "C",
  verbose: "v",
  touch: "m",
  "to-stdout": "O",
  "same-permissions": "p",
  "no-same-permissions": "P",
  "no-same-owner": "o",
  "numeric-owner": "N",
  overwrite: "W",
  "keep-old": "k",
  dereference: "h",
  "no-recursion": "R",
  gzip: "z",
  bzip2: "j",
  xz: "J",
  "strip-components": "\x01",
};

export const tarApplets: Readonly<Record<string, Program>> = {
  tar: applet("tar", function* (sys, args) {
    // The first word may come without its dash: `tar xf -`.
    const [first = "", ...rest] = args;
    const words = first === "" || first.startsWith("-") ? args : [`-${first}`, ...rest];
    const options = parseOptions("tar", words, "cxtf:C:vmOpPoNWkhRX:zjJZa\x01:", long);
    const modes = ["c", "x", "t"].filter((mode) => options.has(mode));
    if (modes.length !== 1) throw usageFault("tar");
    for (const [option, packer] of packers)
      if (options.has(option)) throw new Fault(`tar: ${packer}: not modelled by this simulator\n`);
    if (options.has("c")) return yield* create(sys, options);
    const folder = options.value("C");
    const file = options.value("f");
    let bytes = yield* readAll(sys, file === undefined || file === "-" ? 0 : yield* openOrFail(sys, "tar", file));
    if (isGzip(bytes)) {
      const plain = gunzip(bytes);
      if (plain === undefined) throw new Fault("tar: corrupted data\n");
      bytes = plain;
    }
    if (folder !== undefined) enter(sys, folder);
    if (bytes === "") throw new Fault("tar: short read\n");
    const entries = readTar(bytes);
    if (!entries) throw new Fault(bytes.length < 512 ? "tar: short read\n" : "tar: invalid tar magic\n");
    const wanted = entries.filter(({ name }) => isWanted(options, name));
    const absent = options.operands.filter((operand) => !entries.some(({ name }) => isBelow(name, operand)));
    for (const one of wanted) {
      const strip = Number(options.value("\x01") ?? 0);
      if (options.has("t")) yield* print(sys, 1, `${options.has("v") ? listed(one) : one.name}\n`);
      else yield* extract(sys, options, { ...one, name: one.name.split("/").slice(strip).join("/") });
    }
    for (const operand of absent) yield* complain(sys, `tar: ${operand}: not found in archive\n`);
    return absent.length > 0 ? 1 : 0;
  }),
};

const packers = [
  ["j", "bzip2"],
  ["J", "xz"],
  ["Z", "compress"],
] as const;

function enter(sys: Sys, folder: string): void {
  try {
    sys.chdir(folder);
  } catch (error) {
    throw new Fault(`tar: can't change directory to '${folder}': ${because(error)}\n`);
  }
}

function* print(sys: Sys, fd: number, text: string): Task<void> {
  yield* sys.write(fd, text);
}

const trimmed = (path: string) => path.replace(/\/+$/, "");

function isBelow(name: string, operand: string): boolean {
  const wanted = trimmed(operand).replace(/^\/+/, "");
  return trimmed(name) === wanted || name.startsWith(`${wanted}/`);
}

function isWanted(options: Options, name: string): boolean {
  if (options.values("X").some((excluded) => isBelow(name, excluded))) return false;
  return options.operands.length === 0 || options.operands.some((operand) => isBelow(name, operand));
}

function listed({ mode, type, uid, gid, data, mtime, name, linkTarget }: TarEntry): string {
  const time = new Date(mtime * 1000).toISOString().slice(0, 19).replace("T", " ");
  const owner = `${uid === 0 ? "root" : uid}/${gid === 0 ? "root" : gid}`;
  return `${modeText(type, mode)} ${owner} ${String(data.length).padStart(9)} ${time} ${name}${linkTarget === undefined ? "" : ` -> ${linkTarget}`}`;
}

function* create(sys: Sys, options: Options): Task<number> {
  const file = options.value("f") ?? "-";
  const fd = file === "-" ? 1 : sys.open(file, { write: true, create: true, truncate: true }, 0o666);
  const folder = options.value("C");
  if (folder !== undefined) enter(sys, folder);
  if (options.operands.length === 0) throw new Fault("tar: empty archive\n");
  // A gzipped archive is gathered first and packed as a whole.
  const packed = options.has("z") || (options.has("a") && /\.t?gz$/.test(file));
  const whole: string[] = [];
  const plain = new Output(sys, fd);
  const out: Pick<Output, "write"> = packed
    ? {
        *write(text) {
          whole.push(text);
        },
      }
    : plain;
  const state = { failed: false, told: false };
  for (const operand of options.operands) yield* add(sys, options, operand, out, state, file === "-" ? 2 : 1);
  yield* out.write(endOfTar);
  if (packed) yield* plain.write(gzip(whole.join("")));
  yield* plain.flush();
  if (!state.failed) return 0;
  yield* complain(sys, "tar: error exit delayed from previous errors\n");
  return 1;
}

function* add(
  sys: Sys,
  options: Options,
  path: string,
  out: Pick<Output, "write">,
  state: { failed: boolean; told: boolean },
  talk: number,
): Task<void> {
  try {
    const stat = options.has("h") ? sys.stat(path) : sys.lstat(path);
    if (path.startsWith("/") && !state.told) {
      state.told = true;
      yield* complain(sys, "tar: removing leading '/' from member names\n");
    }
    const isFolder = stat.type === "directory";
    const name = trimmed(path).replace(/^\/+/, "");
    if (options.values("X").some((excluded) => isBelow(name, excluded))) return;
    if (!isFolder && stat.type !== "file" && stat.type !== "symlink") return;
    if (options.has("v")) yield* print(sys, talk, `${name}${isFolder ? "/" : ""}\n`);
    if (name !== "")
      yield* out.write(
        tarEntry({
          name: isFolder ? `${name}/` : name,
          type: stat.type as TarEntry["type"],
          mode: stat.mode & 0o7777,
          uid: stat.uid,
          gid: stat.gid,
          mtime: stat.mtime / 1000,
          ...(stat.type === "symlink" && { linkTarget: sys.readlink(path) }),
          data: stat.type === "file" ? yield* readFile(sys, path) : "",
        }),
      );
    if (!isFolder || options.has("R")) return;
    for (const inner of sys.readdir(path).sort())
      yield* add(sys, options, `${path === "/" ? "" : trimmed(path)}/${inner}`, out, state, talk);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    state.failed = true;
    yield* complain(sys, `tar: ${path}: ${because(error)}\n`);
  }
}

function* extract(sys: Sys, options: Options, entry: TarEntry): Task<void> {
  const path = trimmed(entry.name.replace(/^\/+/, ""));
  if (path === "" || path.split("/").includes("..")) return;
  if (options.has("v")) yield* print(sys, options.has("O") ? 2 : 1, `${entry.name}\n`);
  if (options.has("O")) {
    yield* print(sys, 1, entry.data);
    return;
  }
  try {
    makeFolders(sys, path.slice(0, Math.max(0, path.lastIndexOf("/"))));
    if (entry.type === "directory") makeFolders(sys, path);
    else {
      if (isThere(sys, path)) {
        if (options.has("k")) return;
        sys.unlink(path);
      }
      if (entry.type === "symlink") sys.symlink(entry.linkTarget ?? "", path);
      else {
        const fd = sys.open(path, { write: true, create: true, truncate: true }, entry.mode);
        yield* sys.write(fd, entry.data);
        sys.close(fd);
      }
    }
    if (entry.type === "symlink") return;
    if (sys.uid === 0 && !options.has("o")) sys.chown(path, entry.uid, entry.gid);
    sys.chmod(path, options.has("P") || sys.uid !== 0 ? entry.mode & ~sys.umask : entry.mode);
    if (!options.has("m")) sys.utimes(path, entry.mtime * 1000, entry.mtime * 1000);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    throw new Fault(`tar: can't ${entry.type === "directory" ? "make dir" : "open"} '${path}': ${because(error)}\n`);
  }
}

function isThere(sys: Sys, path: string): boolean {
  try {
    return sys.lstat(path).type !== "directory";
  } catch (error) {
    if (error instanceof SysError) return false;
    throw error;
  }
}

function makeFolders(sys: Sys, path: string): void {
  if (path === "") return;
  try {
    sys.stat(path);
    return;
  } catch (error) {
    if (!(error instanceof SysError) || error.errno !== "ENOENT") throw error;
  }
  makeFolders(sys, path.slice(0, Math.max(0, path.lastIndexOf("/"))));
  sys.mkdir(path, 0o777);
}
