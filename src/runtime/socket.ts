/** Stream sockets: two ends with a buffer each, and the listening ones that new connections queue up at. */
import { OpenFile } from "./openFile.ts";
import { type Address, SysError } from "./sys.ts";
import { WaitQueue } from "./waitQueue.ts";

/** net.ipv4.tcp_rmem's default after the first exchange: enough to hold what small programs send at once. */
const BUFFER = 131072;

export class StreamSocket extends OpenFile {
  readonly local: Address;
  readonly remote: Address;
  #peer: StreamSocket | undefined;
  #inbox: string[] = [];
  #inboxLength = 0;
  /** The peer sends no more. */
  #ended = false;
  #reset = false;
  #shut = false;
  #open = true;

  constructor(local: Address, remote: Address) {
    super({ read: true, write: true });
    this.local = local;
    this.remote = remote;
  }

  /** Two connected ends. */
  static pair(client: Address, server: Address, seenByClient = server): [client: StreamSocket, server: StreamSocket] {
    const a = new StreamSocket(client, seenByClient);
    const b = new StreamSocket(server, client);
    a.#peer = b;
    b.#peer = a;
    return [a, b];
  }

  override get inode(): undefined {
    return undefined;
  }

  override read(max: number): string | undefined {
    if (this.#inboxLength > 0) {
      let first = this.#inbox[0]!;
      if (first.length > max) {
        this.#inbox[0] = first.slice(max);
        first = first.slice(0, max);
      } else {
        this.#inbox.shift();
        while (this.#inbox.length > 0 && first.length + this.#inbox[0]!.length <= max) first += this.#inbox.shift()!;
      }
      this.#inboxLength -= first.length;
      this.#peer?.writable.wake();
      return first;
    }
    if (this.#reset) throw new SysError("ECONNRESET");
    return this.#ended ? "" : undefined;
  }

  override write(data: string): number {
    if (this.#shut) throw new SysError("EPIPE");
    const peer = this.#peer;
    if (this.#reset) throw new SysError("EPIPE");
    if (!peer || !peer.#open) {
      // The other side is gone: it answers with RST, which the next call sees.
      this.#reset = true;
      this.readable.wake();
      return data.length;
    }
    const taken = Math.min(BUFFER - peer.#inboxLength, data.length);
    if (taken <= 0) return 0;
    peer.#inbox.push(taken === data.length ? data : data.slice(0, taken));
    peer.#inboxLength += taken;
    peer.readable.wake();
    return taken;
  }

  shutdown(): void {
    this.#shut = true;
    if (this.#peer) {
      this.#peer.#ended = true;
      this.#peer.readable.wake();
    }
  }

  override describe(): string {
    return "socket:[1]";
  }

  /** Data that nobody read makes the kernel send RST instead of FIN. */
  protected override closed(): void {
    this.#open = false;
    const peer = this.#peer;
    if (!peer) return;
    if (this.#inboxLength > 0) peer.#reset = true;
    else peer.#ended = true;
    peer.readable.wake();
    peer.writable.wake();
  }

  /** Nobody will accept it: the server is gone. */
  abort(): void {
    this.#open = false;
    if (this.#peer) {
      this.#peer.#reset = true;
      this.#peer.readable.wake();
      this.#peer.writable.wake();
    }
  }
}

/** net.core.somaxconn is 4096, programs ask for less; a full queue drops what comes. */
const BACKLOG = 128;

export class ListeningSocket extends OpenFile {
  readonly local: Address;
  readonly #queue: StreamSocket[] = [];
  readonly #onClose: (socket: ListeningSocket) => void;
  readonly room = new WaitQueue();

  constructor(local: Address, onClose: (socket: ListeningSocket) => void) {
    super({ read: true, write: false });
    this.local = local;
    this.#onClose = onClose;
  }

  override get inode(): undefined {
    return undefined;
  }
  override read(): string {
    throw new SysError("ENOTCONN");
  }
  override write(): number {
    throw new SysError("ENOTCONN");
  }

  get isFull(): boolean {
    return this.#queue.length >= BACKLOG;
  }

  offer(socket: StreamSocket): void {
    this.#queue.push(socket);
    this.readable.wake();
  }

  /** Undefined: wait for `readable`. */
  accept(): StreamSocket | undefined {
    const socket = this.#queue.shift();
    if (socket) this.room.wake();
    return socket;
  }

  override describe(): string {
    return "socket:[2]";
  }

  protected override closed(): void {
    this.#onClose(this);
    for (const socket of this.#queue) socket.abort();
    this.room.wake();
  }
}
