/** An HTTP server as Go programs have it: handlers by path, many connections at once, an end at the first signal. */
import type { Task } from "../../time/task.ts";
import { type SignalName, type Sys, SysError } from "../sys.ts";
import type { Fibers } from "./fibers.ts";
import { ByteReader, httpDate, keepsAlive, readRequest, type Request, writeResponse } from "./httpServer.ts";

export interface Reply {
  readonly status?: number;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
}

export type Handler = (request: Request, peer: string) => Task<Reply>;

/** Listens; the error's text when it cannot, as Go's log prints it. */
export function listenOn(sys: Sys, port: number): number | { readonly error: string } {
  try {
    return sys.listen({ ip: "0.0.0.0", port });
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    const cause = error.errno === "EACCES" ? "permission denied" : "address already in use";
    return { error: `listen tcp :${port}: bind: ${cause}` };
  }
}

/** Takes connections for ever. */
export function acceptAll(
  sys: Sys,
  fibers: Fibers,
  listening: number,
  serve: (fd: number, peer: string) => Task<void>,
): void {
  fibers.add(
    (function* () {
      for (;;) {
        const { fd, peer } = yield* sys.accept(listening);
        fibers.add(serve(fd, peer.ip));
      }
    })(),
  );
}

export function* serveHttp(sys: Sys, fd: number, peer: string, handler: Handler): Task<void> {
  const reader = new ByteReader(sys, fd);
  try {
    for (;;) {
      const request = yield* readRequest(reader);
      if (request === undefined) return;
      const reply = request === "bad" ? { status: 400, body: "400 Bad Request" } : yield* handler(request, peer);
      const { status = 200, body = "", headers = [] } = reply;
      const alive = request !== "bad" && keepsAlive(request);
      const typed = headers.some(([name]) => name.toLowerCase() === "content-type");
      yield* writeResponse(sys, fd, request === "bad" ? undefined : request, {
        status,
        body,
        headers: [
          ...headers,
          ["Date", httpDate(sys.now())],
          ["Content-Length", String(body.length)],
          ...(typed ? [] : [["Content-Type", "text/plain; charset=utf-8"] as const]),
          ...(alive ? [] : [["Connection", "close"] as const]),
        ],
      });
      if (!alive) return;
    }
  } finally {
    if (sys.isOpen(fd)) sys.close(fd);
  }
}

/** Runs until a signal ends it: a Go program that handles none exits with 2 as PID 1. `exit` ends it with a code of its own. */
export function* runServer(sys: Sys, fibers: Fibers, exit: { code?: number }): Task<number> {
  let asked: SignalName | undefined;
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    sys.signal(signal, (name) => {
      asked = name;
    });
  fibers.add(
    (function* () {
      while (exit.code === undefined) yield* sys.sleep(Number.POSITIVE_INFINITY);
    })(),
  );
  while (asked === undefined && exit.code === undefined) {
    try {
      yield* fibers.run();
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== "EINTR") throw error;
    }
  }
  return exit.code ?? 2;
}

/** What Go's http.Redirect answers. */
export function redirect(location: string, status = 302): Reply {
  const shown = location
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&#34;");
  const word = { 301: "Moved Permanently", 307: "Temporary Redirect", 308: "Permanent Redirect" }[status] ?? "Found";
  return {
    status,
    headers: [
      ["Location", location],
      ["Content-Type", "text/html; charset=utf-8"],
    ],
    body: `<a href="${shown}">${word}</a>.\n\n`,
  };
}

export const notFound: Reply = { status: 404, body: "404 page not found\n" };

/** A query's parameter, decoded. */
export function parameter(request: Request, name: string): string | undefined {
  for (const part of request.query.split("&")) {
    const [key = "", ...rest] = part.split("=");
    if (key === name) return unescaped(rest.join("="));
  }
  return undefined;
}

function unescaped(text: string): string {
  return text
    .replaceAll("+", " ")
    .replace(/%([0-9a-fA-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** `2026/01/01 12:00:00 ` */
export function logPrefix(sys: Sys): string {
  return `${new Date(sys.now()).toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ")} `;
}
