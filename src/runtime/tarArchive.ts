/** Archives in ustar form (POSIX.1-1988 and the long names of POSIX.1-2001's prefix field): strings of bytes. */

export interface TarEntry {
  /** Without a slash at the beginning; folders end with one. */
  readonly name: string;
  readonly type: "file" | "directory" | "symlink";
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly linkTarget?: string;
  /** Empty for what is no file. */
  readonly data: string;
}

const block = 512;
const types = { file: "0", directory: "5", symlink: "2" } as const;

/** The entry without the two empty blocks that end an archive. */
export function tarEntry(entry: TarEntry): string {
  const { name, type, mode, uid, gid, mtime, linkTarget = "", data } = entry;
  const cut = name.length > 100 ? name.indexOf("/", name.length - 101) : -1;
  const head = [
    field(cut < 0 ? name : name.slice(cut + 1), 100),
    octal(mode, 8),
    octal(uid, 8),
    octal(gid, 8),
    octal(data.length, 12),
    octal(Math.max(0, Math.floor(mtime)), 12),
    " ".repeat(8),
    types[type],
    field(linkTarget, 100),
    "ustar\x0000",
    field(uid === 0 ? "root" : "", 32),
    field(gid === 0 ? "root" : "", 32),
    octal(0, 8),
    octal(0, 8),
    field(cut < 0 ? "" : name.slice(0, cut), 155),
    "\0".repeat(12),
  ].join("");
  let sum = 0;
  for (let i = 0; i < block; i++) sum += head.charCodeAt(i);
  const header = `${head.slice(0, 148)}${sum.toString(8).padStart(6, "0")}\0 ${head.slice(156)}`;
  return header + data + "\0".repeat((block - (data.length % block)) % block);
}

export const endOfTar = "\0".repeat(2 * block);

/** Undefined: this is no archive, or it is cut short. */
export function readTar(bytes: string): TarEntry[] | undefined {
  const entries: TarEntry[] = [];
  for (let at = 0; at + block <= bytes.length; ) {
    const header = bytes.slice(at, at + block);
    if (/^\0*$/.test(header)) return entries;
    const text = (from: number, length: number) => header.slice(from, from + length).replace(/\0.*$/s, "");
    const number = (from: number, length: number) => Number.parseInt(text(from, length).trim() || "0", 8);
    const size = number(124, 12);
    if (Number.isNaN(size) || number(148, 8) !== checksum(header)) return undefined;
    const prefix = text(257, 5) === "ustar" ? text(345, 155) : "";
    const kind = header[156];
    const type = kind === "5" ? "directory" : kind === "2" ? "symlink" : "file";
    at += block;
    if (at + size > bytes.length) return undefined;
    entries.push({
      name: prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`,
      type,
      mode: number(100, 8) & 0o7777,
      uid: number(108, 8),
      gid: number(116, 8),
      mtime: number(136, 12),
      ...(type === "symlink" && { linkTarget: text(157, 100) }),
      data: type === "file" ? bytes.slice(at, at + size) : "",
    });
    at += Math.ceil(size / block) * block;
  }
  return entries.length > 0 ? entries : undefined;
}

function checksum(header: string): number {
  let sum = 8 * 32;
  for (let i = 0; i < block; i++) if (i < 148 || i >= 156) sum += header.charCodeAt(i);
  return sum;
}

function field(text: string, length: number): string {
  return text.slice(0, length).padEnd(length, "\0");
}

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, "0")}\0`;
}
