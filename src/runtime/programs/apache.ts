/** Apache httpd 2.4 as its image starts it: static files under htdocs, its two notices, its access log. */
import type { Task } from "../../time/task.ts";
import { type SignalName, type Sys, SysError } from "../sys.ts";
import { Fibers } from "./fibers.ts";
import {
  ByteReader,
  clockOf,
  httpDate,
  keepsAlive,
  logDate,
  MONTHS,
  readRequest,
  type Request,
  type Response,
  writeResponse,
} from "./httpServer.ts";
import { readWholeFile } from "./resolver.ts";

const VERSION = "2.4.62";
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  css: "text/css",
  js: "text/javascript",
  json: "application/json",
  txt: "text/plain",
  png: "image/png",
  svg: "image/svg+xml",
};

function notice(sys: Sys, module: string, level: string, text: string): string {
  const d = new Date(sys.now());
  const micros = String(d.getUTCMilliseconds() * 1000).padStart(6, "0");
  const day = String(d.getUTCDate()).padStart(2, "0");
  return `[${DAYS[d.getUTCDay()]} ${MONTHS[d.getUTCMonth()]} ${day} ${clockOf(d)}.${micros} ${d.getUTCFullYear()}] [${module}:${level}] [pid ${sys.pid}:tid ${sys.pid}] ${text}\n`;
}

export function* apache(sys: Sys): Task<number> {
  const root = sys.env.get("HTTPD_PREFIX") ?? "/usr/local/apache2";
  if (sys.argv.includes("-v")) {
    yield* sys.write(1, `Server version: Apache/${VERSION} (Unix)\n`);
    return 0;
  }
  const ip = sys.interfaces().find((one) => one.name !== "lo")?.ip ?? "127.0.0.1";
  const qualified = `AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using ${ip}. Set the 'ServerName' directive globally to suppress this message\n`;
  yield* sys.write(2, qualified);
  let listening: number;
  try {
    listening = sys.listen({ ip: "0.0.0.0", port: 80 });
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* sys.write(
      2,
      "(98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:80\nno listening sockets available, shutting down\nAH00015: Unable to open logs\n",
    );
    return 1;
  }
  try {
    const fd = sys.open(`${root}/logs/httpd.pid`, { write: true, create: true, truncate: true });
    yield* sys.write(fd, `${sys.pid}\n`);
    sys.close(fd);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    const cause = error.errno === "EROFS" ? "(30)Read-only file system" : "(13)Permission denied";
    yield* sys.write(2, notice(sys, "core", "error", `${cause}: AH00099: could not create ${root}/logs/httpd.pid`));
    yield* sys.write(
      2,
      notice(sys, "core", "error", `AH00100: httpd: could not log pid to file ${root}/logs/httpd.pid`),
    );
    return 1;
  }
  yield* sys.write(
    2,
    notice(sys, "mpm_event", "notice", `AH00489: Apache/${VERSION} (Unix) configured -- resuming normal operations`),
  );
  yield* sys.write(2, notice(sys, "core", "notice", `AH00094: Command line: 'httpd -D FOREGROUND'`));
  const fibers = new Fibers();
  fibers.add(
    (function* () {
      for (;;) {
        const { fd, peer } = yield* sys.accept(listening);
        fibers.add(serve(sys, fd, peer.ip, root));
      }
    })(),
  );
  let asked: SignalName | undefined;
  for (const signal of ["SIGTERM", "SIGINT", "SIGWINCH"] as const)
    sys.signal(signal, (name) => {
      asked = name;
    });
  while (asked === undefined) {
    try {
      yield* fibers.run();
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== "EINTR") throw error;
    }
  }
  const last =
    asked === "SIGWINCH"
      ? "AH00492: caught SIGWINCH, shutting down gracefully"
      : `AH00491: caught ${asked}, shutting down`;
  yield* sys.write(2, notice(sys, "mpm_event", "notice", last));
  return 0;
}

function* serve(sys: Sys, fd: number, client: string, root: string): Task<void> {
  const reader = new ByteReader(sys, fd);
  try {
    for (;;) {
      const request = yield* readRequest(reader);
      if (request === undefined) return;
      const response = request === "bad" ? page(sys, 400, "Bad Request") : yield* answer(sys, root, request);
      const alive = request !== "bad" && keepsAlive(request);
      const line = request === "bad" ? "-" : request.line;
      yield* sys.write(
        1,
        `${client} - - [${logDate(sys.now())}] "${line}" ${response.status} ${response.body.length}\n`,
      );
      const headers = alive ? response.headers : [...response.headers, ["Connection", "close"] as const];
      yield* writeResponse(sys, fd, request === "bad" ? undefined : request, { ...response, headers });
      if (!alive) return;
    }
  } finally {
    if (sys.isOpen(fd)) sys.close(fd);
  }
}

function page(sys: Sys, status: number, title: string): Response {
  const body = `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>${status} ${title}</title>\n</head><body>\n<h1>${title}</h1>\n</body></html>\n`;
  return { status, headers: headersFor(sys, "text/html; charset=iso-8859-1", body), body };
}

function headersFor(sys: Sys, type: string, body: string): [string, string][] {
  return [
    ["Date", httpDate(sys.now())],
    ["Server", `Apache/${VERSION} (Unix)`],
    ["Content-Length", String(body.length)],
    ["Content-Type", type],
  ];
}

function* answer(sys: Sys, root: string, request: Request): Task<Response> {
  let path = `${root}/htdocs${request.path}`;
  try {
    if (sys.stat(path).type === "directory") path = `${path.replace(/\/$/, "")}/index.html`;
    if (!sys.access(path, "read")) return sys.stat(path) && page(sys, 403, "Forbidden");
    const body = (yield* readWholeFile(sys, path)) ?? "";
    const type = TYPES[/\.([^./]+)$/.exec(path)?.[1] ?? ""] ?? "text/plain";
    return { status: 200, headers: headersFor(sys, type, body), body };
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return page(sys, 404, "Not Found");
  }
}
