/** busybox' web server. */
import type { Task } from "../../time/task.ts";
import { type Program, type Sys, SysError } from "../sys.ts";
import { spawnProgram } from "./executables.ts";
import { headerOf, httpDate, percentDecode, REASONS, readHead } from "./httpMessage.ts";
import { applet, because, complain, Fault, parseOptions } from "./options.ts";
import { isIPv4 } from "./resolver.ts";
import { copyStream } from "./streams.ts";

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  htm: "text/html",
  html: "text/html",
  txt: "text/plain",
  h: "text/plain",
  c: "text/plain",
  cc: "text/plain",
  cpp: "text/plain",
  css: "text/css",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  png: "image/png",
  svg: "image/svg+xml",
  wav: "audio/wav",
  avi: "video/x-msvideo",
  qt: "video/quicktime",
  mov: "video/quicktime",
  mpe: "video/mpeg",
  mpeg: "video/mpeg",
  mid: "audio/midi",
  midi: "audio/midi",
  mp3: "audio/mpeg",
  au: "audio/basic",
  pac: "application/x-ns-proxy-autoconfig",
};

const DETAILS: Readonly<Record<number, string>> = {
  400: "Unsupported method",
  404: "The requested URL was not found",
  403: "",
  408: "No request appeared within 60 seconds",
  500: "Internal Server Error",
  501: "POST and PUT are not supported",
};

function errorHead(sys: Sys, status: number, extra = ""): string {
  return `HTTP/1.1 ${status} ${REASONS[status]}\r\nDate: ${httpDate(sys.now())}\r\nConnection: close\r\nContent-type: text/html\r\n${extra}\r\n`;
}

function errorPage(sys: Sys, status: number): string {
  const title = `${status} ${REASONS[status]}`;
  const detail = DETAILS[status] ? `${DETAILS[status]}\n` : "";
  return `${errorHead(sys, status)}<HTML><HEAD><TITLE>${title}</TITLE></HEAD>\n<BODY><H1>${title}</H1>\n${detail}</BODY></HTML>\n`;
}

/** Answers one connection, on descriptors 0 and 1. */
function* answer(sys: Sys): Task<number> {
  const head = yield* readHead(sys, 0);
  if (!head) return 0;
  const match = /^(\S+) (\S+)(?: HTTP\/[\d.]+)?$/.exec(head.first.trim());
  const method = match?.[1]?.toUpperCase();
  if (!match || !match[2]!.startsWith("/")) {
    yield* sys.write(1, errorPage(sys, 400));
    return 0;
  }
  const [rawPath, query = ""] = match[2]!.split(/\?(.*)/s);
  const decoded = percentDecode(rawPath!);
  if (decoded === undefined || decoded.includes("\0")) {
    yield* sys.write(1, errorPage(sys, 400));
    return 0;
  }
  const parts: string[] = [];
  for (const part of decoded.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) {
        yield* sys.write(1, errorPage(sys, 404));
        return 0;
      }
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  let path = parts.join("/");
  const cgi = parts[0] === "cgi-bin";
  if (cgi) return yield* runCgi(sys, path, query, method ?? "GET", head.lines, head.rest);
  try {
    const stat = sys.stat(path === "" ? "." : path);
    if (stat.type === "directory") {
      if (!decoded.endsWith("/")) {
        yield* sys.write(1, errorHead(sys, 302, `Location: ${rawPath}/${query === "" ? "" : `?${query}`}\r\n`));
        return 0;
      }
      path = path === "" ? "index.html" : `${path}/index.html`;
    }
    if (method !== "GET" && method !== "HEAD") {
      yield* sys.write(1, errorPage(sys, method === "POST" ? 501 : 501));
      return 0;
    }
    const fd = sys.open(path, { read: true });
    const file = sys.fstat(fd);
    if (file.type === "directory") throw new SysError("EISDIR");
    const type = CONTENT_TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    const etag = `"${Math.floor(file.mtime / 1000).toString(16)}-${file.size.toString(16)}"`;
    const start = `Date: ${httpDate(sys.now())}\r\nConnection: close\r\n`;
    if (headerOf(head.lines, "If-None-Match") === etag) {
      yield* sys.write(1, `HTTP/1.1 304 Not Modified\r\n${start}\r\n`);
      return 0;
    }
    yield* sys.write(
      1,
      `HTTP/1.1 200 OK\r\n${start}Content-type: ${type}\r\nAccept-Ranges: bytes\r\nLast-Modified: ${httpDate(file.mtime)}\r\nETag: ${etag}\r\nContent-Length: ${file.size}\r\n\r\n`,
    );
    if (method === "GET") yield* copyStream(sys, fd, 1);
    sys.close(fd);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if (error.errno === "EPIPE" || error.errno === "ECONNRESET") return 0;
    yield* sys.write(1, errorPage(sys, error.errno === "EACCES" ? 403 : 404));
  }
  return 0;
}

function* runCgi(
  sys: Sys,
  path: string,
  query: string,
  method: string,
  lines: readonly string[],
  body: string,
): Task<number> {
  const [, , ...info] = path.split("/");
  const script = path.split("/").slice(0, 2).join("/");
  const env = new Map(sys.env);
  env.set("PATH_INFO", info.length > 0 ? `/${info.join("/")}` : "");
  env.set("REQUEST_METHOD", method);
  env.set("REQUEST_URI", `/${path}${query === "" ? "" : `?${query}`}`);
  env.set("SCRIPT_NAME", `/${script}`);
  env.set("SCRIPT_FILENAME", `${sys.cwd}/${script}`);
  env.set("QUERY_STRING", query);
  env.set("SERVER_SOFTWARE", "busybox httpd/1.35.0");
  env.set("SERVER_PROTOCOL", "HTTP/1.0");
  env.set("GATEWAY_INTERFACE", "CGI/1.1");
  const length = headerOf(lines, "Content-Length");
  if (length !== undefined) env.set("CONTENT_LENGTH", length);
  const type = headerOf(lines, "Content-Type");
  if (type !== undefined) env.set("CONTENT_TYPE", type);
  const [fromScript, scriptOut] = sys.pipe();
  const [scriptIn, toScript] = sys.pipe();
  try {
    spawnProgram(sys, [`./${script}`], {
      env,
      fds: new Map([
        [0, scriptIn],
        [1, scriptOut],
        [2, 2],
      ]),
    });
  } catch (error) {
    because(error);
    yield* sys.write(1, errorPage(sys, 404));
    return 0;
  }
  sys.close(scriptIn);
  sys.close(scriptOut);
  try {
    if (body !== "") yield* sys.write(toScript, body);
  } catch (error) {
    because(error);
  }
  sys.close(toScript);
  let first = true;
  for (;;) {
    const data = yield* sys.read(fromScript, 4096);
    if (data === "") return 0;
    if (first && !data.startsWith("HTTP")) yield* sys.write(1, "HTTP/1.0 200 OK\r\n");
    if (first && !/^(HTTP|Content-type:|Location:)/i.test(data))
      yield* sys.write(1, "Content-type: text/plain\r\n\r\n");
    first = false;
    yield* sys.write(1, data);
  }
}

/** Takes connections for ever; a child answers each. */
function* serve(sys: Sys, listener: number): Task<number> {
  sys.signal("SIGCHLD", "ignore");
  for (;;) {
    let connection: number;
    try {
      connection = (yield* sys.accept(listener)).fd;
    } catch (error) {
      because(error);
      continue;
    }
    try {
      sys.fork(function* (child) {
        child.signal("SIGPIPE", "ignore");
        child.dup2(connection, 0);
        child.dup2(connection, 1);
        child.close(connection);
        child.close(listener);
        try {
          const status = yield* answer(child);
          child.shutdown(1);
          return status;
        } catch (error) {
          because(error);
          return 0;
        }
      });
    } catch (error) {
      because(error);
    }
    sys.close(connection);
    yield* reap(sys);
  }
}

function* reap(sys: Sys): Task {
  try {
    while (yield* sys.wait(-1, true));
  } catch (error) {
    because(error);
  }
}

export const httpdApplets: Readonly<Record<string, Program>> = {
  httpd: applet("httpd", function* (sys, args) {
    const options = parseOptions("httpd", args, "c:d:h:e:r:m:u:p:ifv");
    const text = options.value("d");
    if (text !== undefined) {
      yield* sys.write(1, percentDecode(text.replace(/\+/g, " ")) ?? text);
      return 0;
    }
    const home = options.value("h");
    if (home !== undefined) {
      try {
        sys.chdir(home);
      } catch (error) {
        throw new Fault(`httpd: can't change directory to '${home}': ${because(error)}\n`);
      }
    }
    if (options.has("i")) return yield* answer(sys);
    const where = options.value("p") ?? "80";
    const match = /^(?:(.*):)?(\d+)$/.exec(where);
    const ip = match?.[1] === undefined || !isIPv4(match[1]) ? "0.0.0.0" : match[1];
    const port = Number(match?.[2]);
    if (!match) throw new Fault(`httpd: bad address '${where}'\n`);
    // Too large for a port it is a number that stands for an address, and none of this machine's.
    if (port > 65535) throw new Fault("httpd: bind: Cannot assign requested address\n");
    let listener: number;
    try {
      listener = sys.listen({ ip, port });
    } catch (error) {
      throw new Fault(`httpd: bind: ${because(error)}\n`);
    }
    if (options.has("f")) return yield* serve(sys, listener);
    try {
      sys.fork(function* (daemon) {
        daemon.setpgid(0, 0);
        // As daemon(3): a container's log must not be held open, nor stdin.
        const nothing = daemon.open("/dev/null", { read: true, write: true });
        for (const fd of [0, 1, 2]) daemon.dup2(nothing, fd);
        daemon.close(nothing);
        return yield* serve(daemon, listener);
      });
    } catch (error) {
      yield* complain(sys, `httpd: fork: ${because(error)}\n`);
      return 1;
    }
    return 0;
  }),
};
