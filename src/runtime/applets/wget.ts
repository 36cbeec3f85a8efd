/** `wget`: HTTP only. */
import { withTimeout, type Task } from "../../time/task.ts";
import { type Program, type Sys, SysError } from "../sys.ts";
import { decodeChunked, type Head, headerOf, readHead } from "./httpMessage.ts";
import { applet, because, complain, duration, Fault, parseOptions, usageFault } from "./options.ts";
import { resolve } from "./resolver.ts";
import { baseName } from "./simple.ts";
import { readAll, readIfPresent } from "./streams.ts";
import { lstatIfPresent } from "./fileTree.ts";

interface Target {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly auth: string | undefined;
}

const MAX_REDIRECTS = 5;

function parseUrl(url: string): Target {
  const scheme = /^([a-z]+):\/\//.exec(url)?.[1];
  if (scheme === "https" || scheme === "ftp") throw new Fault(`wget: ${scheme} is not simulated: only http is\n`);
  if (scheme !== undefined && scheme !== "http") throw new Fault(`wget: not an http or ftp url: ${url}\n`);
  const rest = scheme === undefined ? url : url.slice(7);
  const slash = rest.search(/[/?#]/);
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const path = (slash < 0 ? "/" : rest.slice(slash)).replace(/#.*$/, "");
  const at = authority.lastIndexOf("@");
  const place = /^(.*?)(?::(\d*))?$/.exec(authority.slice(at + 1))!;
  return {
    host: place[1]!,
    port: place[2] ? Number(place[2]) : 80,
    path: path.startsWith("/") ? path : `/${path}`,
    auth: at < 0 ? undefined : authority.slice(0, at),
  };
}

/** The bar that shows at the end of a download. */
function progressLine(name: string, size: number): string {
  const amount = size >= 100_000 ? `${Math.round(size / 1024)}k` : String(size);
  return `${name.slice(0, 20).padEnd(20)} 100% |********************************| ${amount.padStart(5)}  0:00:00 ETA\n`;
}

export const wgetApplets: Readonly<Record<string, Program>> = {
  wget: applet("wget", function* (sys, args) {
    const options = parseOptions("wget", args, "cqSO:o:P:U:Y:T:t:sH:D:F:N", {
      continue: "c",
      quiet: "q",
      "server-response": "S",
      "output-document": "O",
      "output-file": "o",
      "directory-prefix": "P",
      "user-agent": "U",
      proxy: "Y",
      timeout: "T",
      tries: "t",
      spider: "s",
      header: "H",
      "post-data": "D",
      "post-file": "F",
      "no-check-certificate": "N",
      "no-verbose": "q",
    });
    if (options.operands.length === 0) throw usageFault("wget");
    const limit = options.has("T") ? (duration(options.value("T")!) ?? Number.NaN) : 900_000;
    if (!(limit >= 0)) throw new Fault(`wget: invalid number '${options.value("T")}'\n`);
    const quiet = options.has("q");
    function* tell(text: string): Task {
      if (!quiet) yield* complain(sys, text);
    }

    for (const url of options.operands) {
      let target = parseUrl(url);
      let response: { fd: number; head: Head } | undefined;
      for (let redirects = 0; response === undefined; redirects++) {
        const ip = yield* resolve(sys, target.host);
        if (ip === undefined) throw new Fault(`wget: bad address '${target.host}'\n`);
        yield* tell(
          `Connecting to ${target.host}${target.port === 80 && !/:\d+/.test(url) ? "" : `:${target.port}`} (${ip}:${target.port})\n`,
        );
        const got = yield* request(
          sys,
          target,
          ip,
          options.has("D") || options.has("F"),
          yield* postBody(sys, options),
          options,
          limit,
        );
        const [protocol = "", code = ""] = got.head.first.split(" ");
        const status = Number(code);
        if (options.has("S"))
          for (const line of [got.head.first, ...got.head.lines, ""]) yield* complain(sys, `  ${line}\n`);
        if (!protocol.startsWith("HTTP/")) throw new Fault(`wget: bad response: ${got.head.first}\n`);
        if (status >= 200 && status < 300) response = got;
        else if ([301, 302, 303, 307, 308].includes(status) && headerOf(got.head.lines, "Location") !== undefined) {
          if (redirects >= MAX_REDIRECTS) throw new Fault("wget: too many redirections\n");
          const location = headerOf(got.head.lines, "Location")!;
          sys.close(got.fd);
          target = location.startsWith("/") ? { ...target, path: location } : parseUrl(location);
        } else throw new Fault(`wget: server returned error: ${got.head.first}\n`);
      }
      if (options.has("s")) {
        yield* tell("remote file exists\n");
        sys.close(response.fd);
        continue;
      }
      const wanted = options.value("O");
      const plainPath = target.path.split("?")[0]!;
      const fileName = wanted ?? (plainPath.endsWith("/") ? "index.html" : baseName(plainPath) || "index.html");
      const prefix = options.value("P");
      const path = wanted === undefined && prefix !== undefined ? `${prefix}/${fileName}` : fileName;
      const toStdout = wanted === "-";
      if (wanted === undefined && !options.has("c") && lstatIfPresent(sys, path))
        throw new Fault(`wget: can't open '${path}': File exists\n`);
      let out = 1;
      if (!toStdout) {
        try {
          out = sys.open(path, { write: true, create: true, truncate: true }, 0o666);
        } catch (error) {
          throw new Fault(`wget: can't open '${path}': ${because(error)}\n`);
        }
      }
      yield* tell(toStdout ? "writing to stdout\n" : `saving to '${path}'\n`);
      const length = headerOf(response.head.lines, "Content-Length");
      const chunked = headerOf(response.head.lines, "Transfer-Encoding")?.toLowerCase() === "chunked";
      let size = 0;
      if (chunked) {
        const body = decodeChunked(response.head.rest + (yield* readAll(sys, response.fd)));
        if (body === undefined) throw new Fault("wget: connection closed prematurely\n");
        yield* sys.write(out, body);
        size = body.length;
      } else {
        const expected = length === undefined ? Number.POSITIVE_INFINITY : Number(length);
        for (let data = response.head.rest; ; ) {
          data = data.slice(0, expected - size);
          if (data !== "") yield* sys.write(out, data);
          size += data.length;
          if (size >= expected) break;
          const more = yield* withTimeout(limit, sys.read(response.fd, 65536));
          if (more === undefined) throw new Fault("wget: download timed out\n");
          if (more === "") break;
          data = more;
        }
        if (length !== undefined && size < expected) throw new Fault("wget: connection closed prematurely\n");
      }
      sys.close(response.fd);
      if (!toStdout) sys.close(out);
      yield* tell(progressLine(toStdout ? "-" : fileName, size));
      yield* tell(toStdout ? "written to stdout\n" : `'${path}' saved\n`);
    }
    return 0;
  }),
};

function* postBody(sys: Sys, options: { value(option: string): string | undefined }): Task<string> {
  const file = options.value("F");
  if (file === undefined) return options.value("D") ?? "";
  const body = yield* readIfPresent(sys, file);
  if (body === undefined) throw new Fault(`wget: can't open '${file}': No such file or directory\n`);
  return body;
}

function* request(
  sys: Sys,
  target: Target,
  ip: string,
  post: boolean,
  body: string,
  options: {
    values(option: string): readonly string[];
    value(option: string): string | undefined;
    has(option: string): boolean;
  },
  limit: number,
): Task<{ fd: number; head: Head }> {
  const own = options.values("H");
  const has = (name: string) => own.some((line) => line.toLowerCase().startsWith(`${name}:`));
  const lines = [`${post ? "POST" : options.has("s") ? "HEAD" : "GET"} ${target.path} HTTP/1.1`];
  if (!has("host")) lines.push(`Host: ${target.host}${target.port === 80 ? "" : `:${target.port}`}`);
  if (!has("user-agent")) lines.push(`User-Agent: ${options.value("U") ?? "Wget"}`);
  lines.push("Connection: close");
  lines.push(...own);
  if (post) {
    if (!has("content-type")) lines.push("Content-Type: application/x-www-form-urlencoded");
    lines.push(`Content-Length: ${body.length}`);
  }
  const begun = sys.now();
  function* talk(): Task<{ fd: number; head: Head | undefined } | SysError> {
    let fd = -1;
    try {
      fd = yield* sys.connect({ ip, port: target.port });
    } catch (error) {
      if (error instanceof SysError) return error;
      throw error;
    }
    try {
      yield* sys.write(fd, `${lines.join("\r\n")}\r\n\r\n${body}`);
      return { fd, head: yield* readHead(sys, fd) };
    } catch (error) {
      if (error instanceof SysError) return { fd, head: undefined };
      throw error;
    }
  }
  const got = yield* withTimeout(limit, talk());
  if (got === undefined || sys.now() - begun > limit) throw new Fault("wget: download timed out\n");
  if (got instanceof SysError) throw new Fault(`wget: can't connect to remote host (${ip}): ${because(got)}\n`);
  if (got.head === undefined) throw new Fault("wget: error getting response\n");
  return { fd: got.fd, head: got.head };
}
