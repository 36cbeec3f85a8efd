/** agnhost's HTTP servers: liveness, netexec, serve-hostname, test-webserver. */
import type { Task } from "../../time/task.ts";
import { type Sys, SysError } from "../sys.ts";
import type { Flags } from "./agnhost.ts";
import { Fibers } from "./fibers.ts";
import {
  acceptAll,
  type Handler,
  listenOn,
  logPrefix,
  notFound,
  parameter,
  redirect,
  type Reply,
  runServer,
  serveHttp,
} from "./goServer.ts";
import { readWholeFile } from "./resolver.ts";

/** After this long `liveness` is ill. */
const HEALTHY_SECONDS = 10;

function* serve(sys: Sys, port: number, handler: Handler, exit: { code?: number } = {}): Task<number> {
  const listening = listenOn(sys, port);
  if (typeof listening !== "number") {
    yield* sys.write(2, `${logPrefix(sys)}${listening.error}\n`);
    return 1;
  }
  const fibers = new Fibers();
  acceptAll(sys, fibers, listening, (fd, peer) => serveHttp(sys, fd, peer, handler));
  return yield* runServer(sys, fibers, exit);
}

function* liveness(sys: Sys): Task<number> {
  const started = sys.now();
  return yield* serve(sys, 8080, function* (request) {
    const seconds = (sys.now() - started) / 1000;
    if (request.path === "/started") return { body: `${seconds}s` };
    if (request.path === "/healthz")
      return seconds > HEALTHY_SECONDS ? { status: 500, body: `error: ${seconds}` } : { body: "ok" };
    if (request.path === "/redirect") return redirect(parameter(request, "loc") ?? "");
    return notFound;
  });
}

function* netexec(sys: Sys, flags: Flags): Task<number> {
  const port = flags.number("http-port", 8080);
  yield* sys.write(2, `${logPrefix(sys)}Started HTTP server on port ${port}\n`);
  const exit: { code?: number } = {};
  let healthy = true;
  const handlers: Readonly<Record<string, Handler>> = {
    *"/echo"(request) {
      const status = Number(parameter(request, "code") || 200);
      return { status, body: parameter(request, "msg") ?? "" };
    },
    *"/hostname"() {
      return { body: sys.hostname() };
    },
    *"/clientip"(_request, peer) {
      return { body: peer };
    },
    *"/header"(request) {
      return { body: request.headers.get((parameter(request, "key") ?? "").toLowerCase()) ?? "" };
    },
    *"/healthz"() {
      return healthy ? {} : { status: 412 };
    },
    *"/exit"(request) {
      exit.code = Number(parameter(request, "code") || 0);
      sys.kill(sys.pid, "SIGINT");
      return {};
    },
    *"/shutdown"() {
      healthy = false;
      exit.code = 0;
      sys.kill(sys.pid, "SIGINT");
      return {};
    },
    *"/redirect"(request) {
      return redirect(parameter(request, "location") ?? "", Number(parameter(request, "code") || 302));
    },
  };
  const names: Readonly<Record<string, string>> = { "/hostName": "/hostname" };
  return yield* serve(
    sys,
    port,
    function* (request, peer): Task<Reply> {
      yield* sys.write(2, `${logPrefix(sys)}${request.method} ${request.target}\n`);
      const handler = handlers[names[request.path] ?? request.path];
      // What nobody handles falls to the root: the time.
      return handler ? yield* handler(request, peer) : { body: `NOW: ${new Date(sys.now()).toISOString()}` };
    },
    exit,
  );
}

function* serveHostname(sys: Sys, flags: Flags): Task<number> {
  const port = flags.number("port", 9376);
  yield* sys.write(2, `${logPrefix(sys)}Serving on port ${port}.\n`);
  return yield* serve(sys, port, function* () {
    return { body: `${sys.hostname()}\n` };
  });
}

/** The container's own files, from the root. */
function testWebserver(sys: Sys, flags: Flags): Task<number> {
  return serve(sys, flags.number("port", 80), function* (request): Task<Reply> {
    try {
      const { type } = sys.stat(request.path);
      if (type !== "directory") return { body: (yield* readWholeFile(sys, request.path)) ?? "" };
      if (!request.path.endsWith("/")) return redirect(`${request.path}/`, 301);
      const names = sys.readdir(request.path).sort();
      const rows = names.map((name) => `<a href="${name}">${name}</a>\n`).join("");
      return {
        headers: [["Content-Type", "text/html; charset=utf-8"]],
        body: `<!doctype html>\n<pre>\n${rows}</pre>\n`,
      };
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      return error.errno === "EACCES" ? { status: 403, body: "403 Forbidden\n" } : notFound;
    }
  });
}

export const agnhostServers = {
  liveness,
  netexec,
  "serve-hostname": serveHostname,
  "test-webserver": testWebserver,
} as const;
