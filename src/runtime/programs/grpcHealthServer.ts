/** agnhost grpc-health-checking: a gRPC server whose only service is its health, and an HTTP server that changes it. */
import type { Task } from "../../time/task.ts";
import { HEALTH_PATH, type HealthStatus, healthResponse, requestedService, unimplemented } from "../grpcHealth.ts";
import { FRAME, frameText, isLast, PREFACE, readHeaderBlock, takeFrame } from "../http2.ts";
import type { Sys } from "../sys.ts";
import type { Flags } from "./agnhost.ts";
import { Fibers } from "./fibers.ts";
import { acceptAll, listenOn, logPrefix, notFound, runServer, serveHttp } from "./goServer.ts";

export function* grpcHealthChecking(sys: Sys, flags: Flags): Task<number> {
  const port = flags.number("port", 5000);
  const httpPort = flags.number("http-port", 8080);
  const unhealthyAfter = flags.number("delay-unhealthy-sec", -1);
  const grpc = listenOn(sys, port);
  const http = typeof grpc === "number" ? listenOn(sys, httpPort) : grpc;
  if (typeof grpc !== "number" || typeof http !== "number") {
    yield* sys.write(2, `${logPrefix(sys)}${(http as { error: string }).error}\n`);
    return 1;
  }
  yield* sys.write(2, `${logPrefix(sys)}Http server starting to listen on :${httpPort}\n`);
  yield* sys.write(2, `${logPrefix(sys)}gRPC server starting to listen on :${port}\n`);
  const started = sys.now();
  let status: HealthStatus = "SERVING";
  const current = (): HealthStatus =>
    unhealthyAfter >= 0 && sys.now() - started >= unhealthyAfter * 1000 ? "NOT_SERVING" : status;
  const fibers = new Fibers();
  acceptAll(sys, fibers, grpc, (fd) => serveHealth(sys, fd, current));
  acceptAll(sys, fibers, http, (fd, peer) =>
    serveHttp(sys, fd, peer, function* (request) {
      const made = { "/make-not-serving": "NOT_SERVING", "/make-serving": "SERVING" }[request.path];
      if (!made) return notFound;
      status = made as HealthStatus;
      yield* sys.write(2, `${logPrefix(sys)}Mark as ${status === "SERVING" ? "serving" : "not serving"}\n`);
      return {};
    }),
  );
  return yield* runServer(sys, fibers, {});
}

function* serveHealth(sys: Sys, fd: number, current: () => HealthStatus): Task<void> {
  let bytes = "";
  const more = function* (): Task<boolean> {
    const data = yield* sys.read(fd);
    bytes += data;
    return data !== "";
  };
  try {
    while (bytes.length < PREFACE.length) if (!(yield* more())) return;
    // Not HTTP/2: the connection is of no use.
    if (!bytes.startsWith(PREFACE)) return;
    bytes = bytes.slice(PREFACE.length);
    yield* sys.write(fd, frameText(FRAME.settings, 0, ""));
    let path = "";
    for (;;) {
      const taken = takeFrame(bytes);
      if (!taken) {
        if (!(yield* more())) return;
        continue;
      }
      bytes = taken.rest;
      const { frame } = taken;
      if (frame.type === FRAME.headers) path = readHeaderBlock(frame.payload).get(":path") ?? "";
      if (frame.type !== FRAME.data || !isLast(frame)) continue;
      const known = requestedService(frame.payload) === "";
      yield* sys.write(
        fd,
        path === HEALTH_PATH
          ? healthResponse(frame.stream, known ? current() : "NotFound")
          : unimplemented(frame.stream, path),
      );
    }
  } finally {
    if (sys.isOpen(fd)) sys.close(fd);
  }
}
