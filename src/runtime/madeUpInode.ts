/** Inodes of /proc and /sys: their contents are made when they are looked at. */
import { DirectoryInode, type Filesystem, Inode } from "./inode.ts";
import type { OpenFile } from "./openFile.ts";

export class GeneratedInode extends Inode {
  readonly type = "file";
  readonly generate: () => string;
  readonly onWrite: ((data: string) => void) | undefined;
  constructor(filesystem: Filesystem, generate: () => string, onWrite?: (data: string) => void) {
    super(filesystem, { mode: onWrite ? 0o644 : 0o444, uid: 0, gid: 0 });
    this.generate = generate;
    this.onWrite = onWrite;
  }
}

/** /proc/PID/fd/N of something that has no path: opening it gives the very same open file. */
export class DescriptorInode extends Inode {
  readonly type: "fifo" | "chardev" | "socket";
  readonly file: OpenFile;
  constructor(filesystem: Filesystem, file: OpenFile, uid: number, gid: number) {
    super(filesystem, { mode: 0o600, uid, gid });
    this.file = file;
    const shown = file.describe();
    this.type = shown.startsWith("socket:") ? "socket" : shown.startsWith("/dev/") ? "chardev" : "fifo";
  }
}

/** A directory whose entries are found by a function; nothing can be put into it. */
export class GeneratedDirectory extends DirectoryInode {
  readonly #lookup: (name: string, viewer: unknown) => Inode | undefined;
  readonly #names: (viewer: unknown) => string[];
  constructor(
    filesystem: Filesystem,
    names: (viewer: unknown) => string[],
    lookup: (name: string, viewer: unknown) => Inode | undefined,
  ) {
    super(filesystem, { mode: 0o555, uid: 0, gid: 0 });
    this.#names = names;
    this.#lookup = lookup;
  }
  override get size(): number {
    return 0;
  }
  override lookup(name: string, viewer?: unknown): Inode | undefined {
    return this.#lookup(name, viewer);
  }
  override names(viewer?: unknown): string[] {
    return this.#names(viewer);
  }
}
