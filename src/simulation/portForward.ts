/** `kubectl port-forward`: a port on the workstation that leads into a Pod's network namespace. */
import type { Network, NetworkNamespace } from "../runtime/network.ts";
import type { ListeningSocket, StreamSocket } from "../runtime/socket.ts";
import { SysError } from "../runtime/sys.ts";
import type { Clock } from "../time/clock.ts";
import { startTask, type Task, type TaskHandle, wait } from "../time/task.ts";

/** A network namespace and the network that it belongs to. */
export interface Place {
  readonly network: Network;
  readonly namespace: NetworkNamespace;
}

export interface ForwardOptions {
  readonly address: string;
  /** 0: any that is free. */
  readonly localPort: number;
  readonly podPort: number;
  readonly onConnection: (port: number) => void;
  /** A connection that the Pod did not take: Go's text. */
  readonly onError?: (text: string) => void;
}

export function forwardPort(
  clock: Clock,
  from: NetworkNamespace,
  to: Place,
  options: ForwardOptions,
): { readonly localPort: number; close(): void } | { readonly error: string } {
  const ip = options.address === "localhost" ? "127.0.0.1" : options.address;
  let listener: ListeningSocket;
  try {
    listener = from.listen({ ip, port: options.localPort });
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    const why = error.errno === "EADDRINUSE" ? "bind: address already in use" : "bind: cannot assign requested address";
    return { error: `unable to create listener: Error listen tcp4 ${ip}:${options.localPort}: ${why}` };
  }
  const running = new Set<TaskHandle>();
  const start = (task: Task<void>): void => {
    const handle = startTask(clock, task);
    if (!handle.done) running.add(handle);
  };
  start(accept(listener, (socket) => start(carry(socket, to, options, start))));
  return {
    localPort: listener.local.port,
    close() {
      for (const handle of running) handle.cancel();
      listener.release();
    },
  };
}

function* accept(listener: ListeningSocket, onSocket: (socket: StreamSocket) => void): Task<void> {
  for (;;) {
    const socket = listener.accept();
    if (socket) onSocket(socket);
    else yield* wait(listener.readable.wait());
  }
}

function* carry(near: StreamSocket, to: Place, options: ForwardOptions, start: (task: Task<void>) => void): Task<void> {
  options.onConnection(options.localPort);
  let far: StreamSocket;
  try {
    far = yield* to.network.connect(to.namespace, { ip: "127.0.0.1", port: options.podPort });
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    options.onError?.(`dial tcp4 127.0.0.1:${options.podPort}: connect: connection refused`);
    near.release();
    return;
  }
  let open = 2;
  const finished = (): void => {
    if (--open > 0) return;
    near.release();
    far.release();
  };
  start(pump(near, far, finished));
  yield* pump(far, near, finished);
}

/** All that comes from one end goes to the other, then the end of it. */
function* pump(from: StreamSocket, to: StreamSocket, finished: () => void): Task<void> {
  try {
    for (;;) {
      const data = from.read(65536);
      if (data === "") break;
      if (data === undefined) {
        yield* wait(from.readable.wait());
        continue;
      }
      for (let rest = data; rest !== ""; ) {
        rest = rest.slice(to.write(rest));
        if (rest !== "") yield* wait(to.writable.wait());
      }
    }
  } catch (error) {
    // The other side is gone.
    if (!(error instanceof SysError)) throw error;
  }
  to.shutdown();
  finished();
}
