/**
 * Open file descriptions: what a descriptor leads to. Reading and writing here never block: they answer "not now",
 * and the system call waits on the queue that belongs to the file.
 */
import type { DeviceInode, DirectoryInode, FifoInode, FileInode, Inode, MemoryAccount } from "./inode.ts";
import type { Location } from "./mounts.ts";
import { SysError } from "./sys.ts";
import { WaitQueue } from "./waitQueue.ts";

export interface Access {
  readonly read: boolean;
  readonly write: boolean;
  readonly append?: boolean;
}

export abstract class OpenFile {
  /** Descriptors, in all processes, that share this description. */
  references = 1;
  readonly access: Access;
  readonly readable = new WaitQueue();
  readonly writable = new WaitQueue();

  constructor(access: Access) {
    this.access = access;
  }

  /** Undefined: nothing now, wait for `readable`. "" is the end. */
  abstract read(max: number): string | undefined;
  /** Bytes taken; 0: no room now, wait for `writable`. Throws EPIPE and the like. */
  abstract write(data: string, account: MemoryAccount): number;
  abstract get inode(): Inode | undefined;

  get isTty(): boolean {
    return false;
  }
  /** How /proc/self/fd shows it. */
  abstract describe(): string;

  release(): void {
    if (--this.references === 0) this.closed();
  }
  protected closed(): void {}
}

export class RegularFile extends OpenFile {
  readonly location: Location;
  readonly #inode: FileInode;
  position = 0;

  constructor(access: Access, location: Location) {
    super(access);
    this.location = location;
    this.#inode = location.inode as FileInode;
    this.#inode.opens++;
  }

  override get inode(): FileInode {
    return this.#inode;
  }

  override read(max: number): string {
    const data = this.#inode.read(this.position, max);
    this.position += data.length;
    return data;
  }

  override write(data: string, account: MemoryAccount): number {
    if (this.access.append) this.position = this.#inode.size;
    const written = this.#inode.write(this.position, data, account);
    this.position += written;
    return written;
  }

  override describe(): string {
    let path = "";
    for (let at: Location | undefined = this.location; at?.parent; at = at.parent) path = `/${at.name}${path}`;
    return this.#inode.nlink > 0 ? path : `${path} (deleted)`;
  }

  protected override closed(): void {
    this.#inode.closed();
  }
}

export class OpenDirectory extends OpenFile {
  readonly location: Location;
  constructor(location: Location) {
    super({ read: true, write: false });
    this.location = location;
  }
  override get inode(): DirectoryInode {
    return this.location.inode as DirectoryInode;
  }
  override read(): string {
    throw new SysError("EISDIR");
  }
  override write(): number {
    throw new SysError("EBADF");
  }
  override describe(): string {
    let path = "";
    for (let at: Location | undefined = this.location; at?.parent; at = at.parent) path = `/${at.name}${path}`;
    return path || "/";
  }
}

/** What /proc and /sys make up when they are opened, at the moment of opening. */
export class GeneratedFile extends OpenFile {
  readonly #inode: Inode;
  readonly #text: string;
  readonly #onWrite: ((data: string) => void) | undefined;
  position = 0;
  constructor(access: Access, inode: Inode, text: string, onWrite?: (data: string) => void) {
    super(access);
    this.#inode = inode;
    this.#text = text;
    this.#onWrite = onWrite;
  }
  override get inode(): Inode {
    return this.#inode;
  }
  override read(max: number): string {
    const data = this.#text.slice(this.position, this.position + max);
    this.position += data.length;
    return data;
  }
  override write(data: string): number {
    if (!this.#onWrite) throw new SysError("EINVAL");
    this.#onWrite(data);
    return data.length;
  }
  override describe(): string {
    return "/proc";
  }
}

/** A device whose random bytes come from the run's seed. */
export class OpenDevice extends OpenFile {
  readonly #inode: DeviceInode;
  readonly #random: () => number;
  constructor(access: Access, inode: DeviceInode, random: () => number) {
    super(access);
    this.#inode = inode;
    this.#random = random;
  }
  override get inode(): DeviceInode {
    return this.#inode;
  }
  override get isTty(): boolean {
    return this.#inode.device === "tty";
  }
  override read(max: number): string {
    switch (this.#inode.device) {
      case "zero":
      case "full":
        return zeros(max);
      case "random":
      case "urandom": {
        let out = "";
        for (let i = 0; i < max; i++) out += String.fromCharCode(Math.floor(this.#random() * 256));
        return out;
      }
      default:
        return "";
    }
  }
  override write(data: string): number {
    if (this.#inode.device === "full") throw new SysError("ENOSPC");
    return data.length;
  }
  override describe(): string {
    return `/dev/${this.#inode.device}`;
  }
}

/** A stream that ends outside the container: its log, or whoever ran `exec`. */
export class SinkFile extends OpenFile {
  readonly #write: (data: string) => void;
  readonly #tty: boolean;
  readonly #name: string;
  constructor(write: (data: string) => void, name: string, tty = false) {
    super({ read: tty, write: true });
    this.#write = write;
    this.#tty = tty;
    this.#name = name;
  }
  override get inode(): undefined {
    return undefined;
  }
  override get isTty(): boolean {
    return this.#tty;
  }
  override read(): string {
    return "";
  }
  override write(data: string): number {
    this.#write(data);
    return data.length;
  }
  override describe(): string {
    return this.#name;
  }
  /** Called when the last process has closed it. */
  onClosed: (() => void) | undefined;
  protected override closed(): void {
    this.onClosed?.();
  }
}

/** A stream that comes from outside: `kubectl exec -i`. It ends after `data`, or when it is told to if `open`. */
export class SourceFile extends OpenFile {
  #data: string;
  #open: boolean;
  #endTyped = false;
  readonly #tty: boolean;
  constructor(data: string, open: boolean, tty = false) {
    super({ read: true, write: false });
    this.#data = data;
    this.#open = open;
    this.#tty = tty;
  }
  override get isTty(): boolean {
    return this.#tty;
  }
  override get inode(): undefined {
    return undefined;
  }
  /** At a terminal the end is told once, to whoever reads next: it can be typed again and again. */
  feed(data: string, end: boolean): void {
    this.#data += data;
    if (end && this.#tty) this.#endTyped = true;
    else if (end) this.#open = false;
    this.readable.wake();
  }
  override read(max: number): string | undefined {
    if (this.#data === "" && this.#endTyped) {
      this.#endTyped = false;
      return "";
    }
    if (this.#data === "") return this.#open ? undefined : "";
    const out = this.#data.slice(0, max);
    this.#data = this.#data.slice(out.length);
    return out;
  }
  override write(): number {
    throw new SysError("EBADF");
  }
  override describe(): string {
    return this.#tty ? "/dev/pts/0" : "pipe:[1]";
  }
}

/** pipe(7): the kernel's buffer holds 16 pages. */
const PIPE_CAPACITY = 65536;

/** The buffer between the ends of a pipe or FIFO. */
export class Pipe {
  readonly id: number;
  data: string[] = [];
  length = 0;
  readers = 0;
  writers = 0;
  readonly readable = new WaitQueue();
  readonly writable = new WaitQueue();
  /** Ends opened so far: a writer that came and went lets a waiting reader through. */
  openings = 0;
  /** Someone opened an end: those who wait in open(2) on a FIFO look again. */
  readonly opened = new WaitQueue();

  constructor(id: number) {
    this.id = id;
  }
}

export class PipeEnd extends OpenFile {
  readonly pipe: Pipe;
  readonly #inode: FifoInode | undefined;
  override readonly readable: WaitQueue;
  override readonly writable: WaitQueue;

  constructor(access: Access, pipe: Pipe, inode?: FifoInode) {
    super(access);
    this.pipe = pipe;
    this.readable = pipe.readable;
    this.writable = pipe.writable;
    this.#inode = inode;
    if (access.read) pipe.readers++;
    if (access.write) pipe.writers++;
    pipe.openings++;
    pipe.opened.wake();
  }

  override get inode(): FifoInode | undefined {
    return this.#inode;
  }

  override read(max: number): string | undefined {
    const { pipe } = this;
    if (pipe.length === 0) return pipe.writers === 0 ? "" : undefined;
    let first = pipe.data[0]!;
    if (first.length > max) {
      pipe.data[0] = first.slice(max);
      first = first.slice(0, max);
    } else {
      pipe.data.shift();
      while (pipe.data.length > 0 && first.length + pipe.data[0]!.length <= max) first += pipe.data.shift()!;
    }
    pipe.length -= first.length;
    pipe.writable.wake();
    return first;
  }

  override write(data: string): number {
    const { pipe } = this;
    if (pipe.readers === 0) throw new SysError("EPIPE");
    if (data === "") return 0;
    const taken = Math.min(PIPE_CAPACITY - pipe.length, data.length);
    if (taken === 0) return 0;
    pipe.data.push(taken === data.length ? data : data.slice(0, taken));
    pipe.length += taken;
    pipe.readable.wake();
    return taken;
  }

  override describe(): string {
    return `pipe:[${this.pipe.id}]`;
  }

  protected override closed(): void {
    const { pipe } = this;
    if (this.access.read && --pipe.readers === 0) pipe.writable.wake();
    if (this.access.write && --pipe.writers === 0) pipe.readable.wake();
    if (this.#inode && pipe.readers + pipe.writers === 0) this.#inode.pipe = undefined;
  }
}

export function isSeekable(file: OpenFile): file is RegularFile | GeneratedFile {
  return file instanceof RegularFile || file instanceof GeneratedFile;
}

export function pipeOf(inode: FifoInode, nextId: () => number): Pipe {
  inode.pipe ??= new Pipe(nextId());
  return inode.pipe as Pipe;
}

/** The last answer of /dev/zero: one who reads it asks for the same size again and again. */
let lastZeros = "";

function zeros(count: number): string {
  if (lastZeros.length !== count) lastZeros = "\0".repeat(count);
  return lastZeros;
}
