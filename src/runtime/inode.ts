/**
 * Files as a filesystem keeps them: inodes of each type, the room they take, and directories that show a shared,
 * immutable image underneath until something in them changes.
 */
import { FileContent } from "./fileContent.ts";
import type { ImageDirectory, ImageNode } from "./imageTree.ts";
import { type FileType, SysError } from "./sys.ts";

/** What all filesystems of one run may hold together; real memory, whatever `df` shows in the simulated node. */
export interface Budget {
  bytes: number;
  readonly maxBytes: number;
  inodes: number;
  readonly maxInodes: number;
  /** Filesystems made so far: their device numbers. */
  filesystems: number;
  /** Told whenever something takes more room. */
  grew?: () => void;
}

export interface FilesystemOptions {
  readonly type: string;
  readonly source: string;
  readonly options?: string;
  readonly maxBytes?: number;
  readonly maxInodes?: number;
  readonly budget: Budget;
  /** ms since 1970. */
  readonly now: () => number;
}

/** One filesystem: who it is in /proc/mounts, and its room. */
export class Filesystem {
  readonly type: string;
  readonly source: string;
  readonly options: string;
  readonly maxBytes: number;
  readonly maxInodes: number;
  readonly now: () => number;
  readonly device: number;
  readonly #budget: Budget;
  bytes = 0;
  inodes = 0;
  #nextIno = 2;

  constructor(options: FilesystemOptions) {
    this.type = options.type;
    this.source = options.source;
    this.options = options.options ?? "rw,relatime";
    this.maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
    this.maxInodes = options.maxInodes ?? 1_000_000;
    this.now = options.now;
    this.#budget = options.budget;
    this.device = ++options.budget.filesystems;
  }

  /** A new inode's number. Throws ENOSPC. */
  allocateInode(): number {
    if (this.inodes >= this.maxInodes || this.#budget.inodes >= this.#budget.maxInodes) throw new SysError("ENOSPC");
    this.inodes++;
    this.#budget.inodes++;
    return this.#nextIno++;
  }

  releaseInode(): void {
    this.inodes--;
    this.#budget.inodes--;
  }

  /** How many of `wanted` more bytes fit. */
  room(wanted: number): number {
    return Math.max(0, Math.min(wanted, this.maxBytes - this.bytes, this.#budget.maxBytes - this.#budget.bytes));
  }

  account(bytes: number, stored: number): void {
    this.bytes += bytes;
    this.#budget.bytes += stored;
    if (bytes > 0) this.#budget.grew?.();
  }
}

export interface Ownership {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export abstract class Inode {
  abstract readonly type: FileType;
  readonly filesystem: Filesystem;
  readonly ino: number;
  mode: number;
  uid: number;
  gid: number;
  nlink = 1;
  /** Open descriptions of it. */
  opens = 0;
  atime: number;
  mtime: number;
  ctime: number;

  constructor(filesystem: Filesystem, owner: Ownership) {
    this.filesystem = filesystem;
    this.ino = filesystem.allocateInode();
    this.mode = owner.mode;
    this.uid = owner.uid;
    this.gid = owner.gid;
    this.atime = this.mtime = this.ctime = filesystem.now();
  }

  get size(): number {
    return 0;
  }

  touch(): void {
    this.mtime = this.ctime = this.filesystem.now();
  }

  /** One name less. */
  drop(): void {
    this.nlink--;
    this.ctime = this.filesystem.now();
    if (this.nlink <= 0 && this.opens === 0) this.release();
  }

  closed(): void {
    if (--this.opens === 0 && this.nlink <= 0) this.release();
  }

  /** The last name is gone and nobody has it open. */
  release(): void {
    this.filesystem.releaseInode();
  }
}

/** What a tmpfs file's pages count against: the memory of the container that wrote them. */
export interface MemoryAccount {
  tmpfsBytes: number;
}

export class FileInode extends Inode {
  readonly type = "file";
  readonly #content: FileContent;
  account: MemoryAccount | undefined;
  /** Directories whose watchers hear of changes to this file. */
  watchers: Set<() => void> | undefined;

  constructor(filesystem: Filesystem, owner: Ownership, content: FileContent = new FileContent()) {
    super(filesystem, owner);
    this.#content = content;
  }

  override get size(): number {
    return this.#content.size;
  }

  read(offset: number, max: number): string {
    return this.#content.read(offset, max);
  }

  /** Throws ENOSPC when not a byte fits; returns how many bytes were written. */
  write(offset: number, data: string, account?: MemoryAccount): number {
    const before = this.#content.size;
    const growth = Math.max(0, offset + data.length - before);
    const fits = growth === 0 ? 0 : this.filesystem.room(growth);
    const missing = growth - fits;
    if (missing >= data.length && data.length > 0) throw new SysError("ENOSPC");
    this.#change(() => this.#content.write(offset, missing > 0 ? data.slice(0, data.length - missing) : data), account);
    return data.length - missing;
  }

  truncate(size: number, account?: MemoryAccount): void {
    if (size > this.size && this.filesystem.room(size - this.size) < size - this.size) throw new SysError("EFBIG");
    this.#change(() => this.#content.truncate(size), account);
  }

  override release(): void {
    this.#change(() => this.#content.truncate(0), undefined);
    super.release();
  }

  #change(change: () => void, account: MemoryAccount | undefined): void {
    const { size, stored } = this.#content;
    change();
    const growth = this.#content.size - size;
    this.filesystem.account(growth, this.#content.stored - stored);
    if (this.filesystem.type === "tmpfs") {
      this.account ??= account;
      if (this.account) this.account.tmpfsBytes += growth;
    }
    this.touch();
    if (this.watchers) for (const heard of this.watchers) heard();
  }
}

export class SymlinkInode extends Inode {
  readonly type = "symlink";
  readonly target: string;
  constructor(filesystem: Filesystem, owner: Ownership, target: string) {
    super(filesystem, { ...owner, mode: 0o777 });
    this.target = target;
  }
  override get size(): number {
    return this.target.length;
  }
}

export class FifoInode extends Inode {
  readonly type = "fifo";
  /** The kernel's pipe while somebody has it open. */
  pipe: unknown;
}

export type DeviceName = "null" | "zero" | "full" | "random" | "urandom" | "tty";

export class DeviceInode extends Inode {
  readonly type = "chardev";
  readonly device: DeviceName;
  constructor(filesystem: Filesystem, device: DeviceName) {
    super(filesystem, { mode: 0o666, uid: 0, gid: 0 });
    this.device = device;
  }
}

/**
 * A directory. With a `lower` image directory its names are seen until they are removed or replaced; a child of the
 * image becomes an inode of its own when it is first looked at.
 */
export class DirectoryInode extends Inode {
  readonly type = "directory";
  readonly #lower: ImageDirectory | undefined;
  #entries: Map<string, Inode> | undefined;
  #removed: Set<string> | undefined;
  #watchers: Set<(name: string) => void> | undefined;
  parent: DirectoryInode | undefined;

  constructor(filesystem: Filesystem, owner: Ownership, lower?: ImageDirectory) {
    super(filesystem, owner);
    this.#lower = lower;
    this.nlink = 2;
  }

  override get size(): number {
    return this.filesystem.type === "tmpfs" ? 40 + 20 * (this.#entries?.size ?? 0) : 4096;
  }

  /** `viewer` is the process that looks: /proc/self depends on it. */
  lookup(name: string, _viewer?: unknown): Inode | undefined {
    const own = this.#entries?.get(name);
    if (own) return own;
    const below = this.#lower?.children.get(name);
    if (!below || this.#removed?.has(name)) return undefined;
    const inode = inodeOfImage(this.filesystem, below);
    if (inode instanceof DirectoryInode) inode.parent = this;
    (this.#entries ??= new Map()).set(name, inode);
    return inode;
  }

  names(_viewer?: unknown): string[] {
    const own = this.#entries ? [...this.#entries.keys()] : [];
    if (!this.#lower) return own;
    const names = new Set(own);
    for (const name of this.#lower.children.keys()) if (!this.#removed?.has(name)) names.add(name);
    return [...names];
  }

  get isEmpty(): boolean {
    return this.names().length === 0;
  }

  /** Throws EPERM where nothing can be created (/proc). */
  insert(name: string, inode: Inode): void {
    (this.#entries ??= new Map()).set(name, inode);
    if (inode instanceof DirectoryInode) {
      inode.parent = this;
      this.nlink++;
    }
    this.#changed(name);
    if (this.#watchers) this.#follow(name, inode);
  }

  remove(name: string): void {
    const inode = this.#entries?.get(name);
    this.#entries?.delete(name);
    if (this.#lower?.children.has(name)) (this.#removed ??= new Set()).add(name);
    if (inode instanceof DirectoryInode) this.nlink--;
    this.#changed(name);
  }

  /** Gives back the room of everything below. */
  override release(): void {
    if (this.#entries)
      for (const inode of this.#entries.values())
        if (inode instanceof DirectoryInode) inode.release();
        else inode.drop();
    super.release();
  }

  /** `onChange` hears the name of each entry created, changed or removed here; the result ends it. */
  watch(onChange: (name: string) => void): () => void {
    this.#watchers ??= new Set();
    this.#watchers.add(onChange);
    for (const name of this.names()) {
      const inode = this.lookup(name);
      if (inode) this.#follow(name, inode);
    }
    return () => this.#watchers?.delete(onChange);
  }

  #follow(name: string, inode: Inode): void {
    if (!(inode instanceof FileInode)) return;
    (inode.watchers ??= new Set()).add(() => {
      if (this.#entries?.get(name) === inode) for (const heard of this.#watchers ?? []) heard(name);
    });
  }

  #changed(name: string): void {
    this.touch();
    if (this.#watchers) for (const heard of this.#watchers) heard(name);
  }
}

function inodeOfImage(filesystem: Filesystem, node: ImageNode): Inode {
  switch (node.type) {
    case "directory":
      return new DirectoryInode(filesystem, node, node);
    case "file":
      return new FileInode(filesystem, node, new FileContent(node.content, node.size));
    case "symlink":
      return new SymlinkInode(filesystem, node, node.target);
  }
}
