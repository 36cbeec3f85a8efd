/** What nginx answers to one request: which server and location, then `return`, `proxy_pass` or a file. */
import type { Task } from "../../time/task.ts";
import { type Sys, SysError } from "../sys.ts";
import {
  ByteReader,
  decodePath,
  httpDate,
  logDate,
  REASONS,
  type Request,
  readHeaders,
  type Response,
} from "./httpServer.ts";
import { causeOf, type Logs, NGINX_VERSION } from "./nginxLog.ts";
import {
  type Directive,
  findDirective,
  type LocationBlock,
  type NginxConfig,
  type ServerBlock,
} from "./nginxConfig.ts";
import { admit } from "./nginxAuth.ts";
import { readWholeFile, resolveHost } from "./resolver.ts";
import { LinearPattern, PatternProblem } from "../regex/linearPattern.ts";

export interface Served {
  /** Undefined: the connection is closed without a word (`return 444`). */
  readonly response: Response | undefined;
  readonly log: string | undefined;
}

export interface Context {
  readonly sys: Sys;
  readonly config: NginxConfig;
  readonly port: number;
  readonly client: string;
  readonly number: number;
  readonly logs: Logs;
}

const SERVER_HEADER = ["Server", `nginx/${NGINX_VERSION}`] as const;

export function* answer(context: Context, request: Request | "bad"): Task<Served> {
  const { sys } = context;
  if (request === "bad") {
    const response = errorPage(sys, 400);
    const line = `${context.client} - - [${logDate(sys.now())}] "" 400 ${response.body.length} "-" "-"`;
    return { response, log: line };
  }
  const server = chooseServer(context, request);
  if (!server) return { response: undefined, log: undefined };
  let response = yield* respond(context, server, request, 0);
  if (!response) return { response: undefined, log: logLine(context, server, request, 444, 0) };
  const page = errorPageFor(server, request, response.status);
  if (page !== undefined && response.status >= 400) {
    const found = yield* respond(context, server, { ...request, path: page, target: page }, 1);
    if (found && found.status === 200) response = { ...found, status: response.status };
  }
  const length = request.method === "HEAD" ? 0 : response.body.length;
  return { response, log: logLine(context, server, request, response.status, length) };
}

function chooseServer({ config, port }: Context, request: Request): ServerBlock | undefined {
  const candidates = config.servers.filter((one) => one.listens.some((listen) => listen.port === port));
  const host = (request.headers.get("host") ?? "").replace(/:\d+$/, "").toLowerCase();
  const matches = (name: string) =>
    name === host ||
    (name.startsWith("*.") && host.endsWith(name.slice(1))) ||
    (name.startsWith("~") && safePattern(name.slice(1))?.test(host));
  return (
    candidates.find((one) => one.names.some(matches)) ??
    candidates.find((one) => one.listens.some((listen) => listen.port === port && listen.isDefault)) ??
    candidates[0]
  );
}

/** PCRE has more than this understands; such a pattern never matches. */
function safePattern(source: string, ignoreCase = false): LinearPattern | undefined {
  try {
    return new LinearPattern(source, { ignoreCase });
  } catch (error) {
    if (error instanceof PatternProblem) return undefined;
    throw error;
  }
}

function chooseLocation(server: ServerBlock, path: string): LocationBlock | undefined {
  const { locations } = server;
  const exact = locations.find((one) => one.modifier === "=" && one.pattern === path);
  if (exact) return exact;
  let prefix: LocationBlock | undefined;
  for (const one of locations)
    if ((one.modifier === "" || one.modifier === "^~") && !one.pattern.startsWith("@") && path.startsWith(one.pattern))
      if (!prefix || one.pattern.length > prefix.pattern.length) prefix = one;
  if (prefix?.modifier === "^~") return prefix;
  const expression = locations.find(
    (one) => one.modifier.startsWith("~") && safePattern(one.pattern, one.modifier === "~*")?.test(path),
  );
  return expression ?? prefix;
}

const MAX_INTERNAL = 10;

function* respond(context: Context, server: ServerBlock, request: Request, depth: number): Task<Response | undefined> {
  const { sys } = context;
  if (depth > MAX_INTERNAL) return errorPage(sys, 500);
  const serverReturn = findDirective(
    server.directives.filter((one) => one.block === undefined),
    "return",
  );
  if (serverReturn) return returned(context, server, request, serverReturn);
  const location = chooseLocation(server, request.path);
  const scope: readonly Directive[] = [...(location?.directives ?? []), ...server.directives];
  const own = location?.directives ?? [];
  const plain = findDirective(own, "return");
  let response: Response | undefined;
  // A `return` is answered before anyone is asked who they are.
  const realm = findDirective(scope, "auth_basic")?.args[0];
  const keys = findDirective(scope, "auth_basic_user_file")?.args[0];
  if (!plain && realm !== undefined && realm !== "off" && keys !== undefined) {
    const admission = yield* admit(sys, request, keys.startsWith("/") ? keys : `/etc/nginx/${keys}`);
    if (!admission.admitted) {
      if (admission.problem !== undefined) yield* refused(context, server, request, admission.problem);
      const page = errorPage(sys, 401);
      return { ...page, headers: [...page.headers, ["WWW-Authenticate", `Basic realm="${realm}"`]] };
    }
  }
  if (plain) response = returned(context, server, request, plain);
  else if (findDirective(own, "proxy_pass"))
    response = yield* proxied(context, server, request, findDirective(own, "proxy_pass")!, location!, scope);
  else if (findDirective(own, "stub_status")) response = text(sys, 200, "text/plain", stubStatus(context));
  else response = yield* file(context, server, request, location, scope, depth);
  const added = scope
    .filter((one) => one.name === "add_header")
    .map((one) => [one.args[0]!, variables(context, server, request, one.args[1] ?? "")] as const);
  return response && added.length > 0 ? { ...response, headers: [...response.headers, ...added] } : response;
}

function* refused(context: Context, server: ServerBlock, request: Request, problem: string): Task<void> {
  const about = `client: ${context.client}, server: ${server.names[0] ?? ""}, request: "${request.line}", host: "${request.headers.get("host") ?? ""}"`;
  yield* context.logs.error("error", `*${context.number} ${problem}, ${about}`);
}

function stubStatus({ number }: Context): string {
  return `Active connections: 1 \nserver accepts handled requests\n ${number} ${number} ${number} \nReading: 0 Writing: 1 Waiting: 0 \n`;
}

function returned(context: Context, server: ServerBlock, request: Request, directive: Directive): Response | undefined {
  const [first = "", second] = directive.args;
  const status = /^\d+$/.test(first) ? Number(first) : 302;
  const value = variables(context, server, request, second ?? (/^\d+$/.test(first) ? "" : first));
  if (status === 444) return undefined;
  if ([301, 302, 303, 307, 308].includes(status)) {
    const page = errorPage(context.sys, status);
    const target = value.startsWith("/") ? `http://${request.headers.get("host") ?? "localhost"}${value}` : value;
    return { ...page, headers: [...page.headers, ["Location", target]] };
  }
  if (second === undefined && status >= 300) return errorPage(context.sys, status);
  const type = findDirective([...server.directives], "default_type")?.args[0] ?? "text/plain";
  return text(context.sys, status, type, value);
}

function text(sys: Sys, status: number, type: string, body: string): Response {
  return {
    status,
    headers: [
      SERVER_HEADER,
      ["Date", httpDate(sys.now())],
      ["Content-Type", type],
      ["Content-Length", String(body.length)],
    ],
    body,
  };
}

export function errorPage(sys: Sys, status: number): Response {
  const title = `${status} ${REASONS[status] ?? ""}`.trim();
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx/${NGINX_VERSION}</center>\r\n</body>\r\n</html>\r\n`;
  return text(sys, status, "text/html", body);
}

function errorPageFor(server: ServerBlock, request: Request, status: number): string | undefined {
  const location = chooseLocation(server, request.path);
  for (const one of [...(location?.directives ?? []), ...server.directives])
    if (one.name === "error_page" && one.args.includes(String(status))) return one.args[one.args.length - 1];
  return undefined;
}

function variables(context: Context, server: ServerBlock, request: Request, template: string): string {
  return template.replace(/\$\{?(\w+)\}?/g, (whole, name: string) => {
    const value = variable(context, server, request, name);
    return value ?? whole;
  });
}

function variable(
  { sys, client, port }: Context,
  server: ServerBlock,
  request: Request,
  name: string,
): string | undefined {
  if (name.startsWith("http_")) return request.headers.get(name.slice(5).replace(/_/g, "-")) ?? "";
  if (name.startsWith("arg_"))
    return (
      new Map(request.query.split("&").map((pair) => pair.split("=", 2) as [string, string])).get(name.slice(4)) ?? ""
    );
  switch (name) {
    case "host":
      return (request.headers.get("host") ?? server.names[0] ?? "").replace(/:\d+$/, "");
    case "hostname":
      return sys.hostname();
    case "request_uri":
      return request.target;
    case "uri":
    case "document_uri":
      return request.path;
    case "args":
    case "query_string":
      return request.query;
    case "is_args":
      return request.query === "" ? "" : "?";
    case "request_method":
      return request.method;
    case "request":
      return request.line;
    case "remote_addr":
    case "proxy_add_x_forwarded_for":
      return client;
    case "server_addr":
      return sys.interfaces().find((one) => one.name !== "lo")?.ip ?? "127.0.0.1";
    case "server_port":
      return String(port);
    case "server_name":
      return server.names[0] ?? "";
    case "scheme":
      return "http";
    case "time_local":
      return logDate(sys.now());
    case "time_iso8601":
      return new Date(sys.now()).toISOString().replace(/\.\d+Z$/, "+00:00");
    case "msec":
      return (sys.now() / 1000).toFixed(3);
    case "nginx_version":
      return NGINX_VERSION;
    case "pid":
      return String(sys.pid);
    case "remote_user":
      return "";
    default:
      return undefined;
  }
}

function logLine(
  context: Context,
  server: ServerBlock,
  request: Request,
  status: number,
  bytes: number,
): string | undefined {
  const location = chooseLocation(server, request.path);
  const directive = findDirective([...(location?.directives ?? []), ...server.directives], "access_log");
  if (directive?.args[0] === "off") return undefined;
  const format =
    context.config.logFormats.get(directive?.args[1] ?? "combined") ?? context.config.logFormats.get("combined")!;
  return format.replace(/\$\{?(\w+)\}?/g, (whole, name: string) => {
    if (name === "status") return String(status);
    if (name === "body_bytes_sent" || name === "bytes_sent") return String(bytes);
    if (name === "request_time" || name === "upstream_response_time") return "0.000";
    return variable(context, server, request, name)?.replace(/^$/, "-") ?? whole;
  });
}

function* file(
  context: Context,
  server: ServerBlock,
  request: Request,
  location: LocationBlock | undefined,
  scope: readonly Directive[],
  depth: number,
): Task<Response | undefined> {
  const { sys } = context;
  const alias = findDirective(location?.directives ?? [], "alias")?.args[0];
  const root = findDirective(scope, "root")?.args[0] ?? "/etc/nginx/html";
  const onDisk = (path: string) =>
    alias !== undefined && location ? alias + path.slice(location.pattern.length) : root + path;
  const tried = findDirective(scope, "try_files");
  if (tried) {
    const names = tried.args.slice(0, -1);
    for (const name of names) {
      const path = variables(context, server, request, name);
      const wanted = path.endsWith("/") ? "directory" : "file";
      if (typeOf(sys, onDisk(path)) === wanted)
        return yield* sendFile(context, request, path, onDisk(path), scope, server, depth);
    }
    const last = tried.args[tried.args.length - 1] ?? "";
    if (last.startsWith("=")) return errorPage(sys, Number(last.slice(1)));
    const named = server.locations.find((one) => one.pattern === last);
    const next = variables(context, server, request, last);
    if (!last.startsWith("@"))
      return yield* respond(context, server, { ...request, path: decodePath(next.replace(/\?.*/, "")) }, depth + 1);
    const pass = named && findDirective(named.directives, "proxy_pass");
    return pass ? yield* proxied(context, server, request, pass, named, scope) : errorPage(sys, 500);
  }
  return yield* sendFile(context, request, request.path, onDisk(request.path), scope, server, depth);
}

function typeOf(sys: Sys, path: string): string | undefined {
  try {
    return sys.stat(path).type;
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
}

function* sendFile(
  context: Context,
  request: Request,
  path: string,
  disk: string,
  scope: readonly Directive[],
  server: ServerBlock,
  depth: number,
): Task<Response | undefined> {
  const { sys } = context;
  const about = `client: ${context.client}, server: ${server.names[0] ?? ""}, request: "${request.line}", host: "${request.headers.get("host") ?? ""}"`;
  if (!["GET", "HEAD"].includes(request.method)) return errorPage(sys, 405);
  try {
    const stat = sys.stat(disk);
    if (stat.type === "directory") {
      if (!path.endsWith("/")) {
        const page = errorPage(sys, 301);
        return {
          ...page,
          headers: [...page.headers, ["Location", `http://${request.headers.get("host") ?? ""}${path}/`]],
        };
      }
      const names = findDirective(scope, "index")?.args ?? ["index.html"];
      const index = names.find((name) => typeOf(sys, disk + name) === "file");
      if (index !== undefined) return yield* respond(context, server, { ...request, path: path + index }, depth + 1);
      if (findDirective(scope, "autoindex")?.args[0] === "on")
        return text(sys, 200, "text/html", listing(sys, path, disk));
      yield* context.logs.error("error", `*${context.number} directory index of "${disk}" is forbidden, ${about}`, sys);
      return errorPage(sys, 403);
    }
    const fd = sys.open(disk, { read: true });
    sys.close(fd);
    const body = (yield* readWholeFile(sys, disk)) ?? "";
    const extension = /\.([^./]+)$/.exec(disk)?.[1] ?? "";
    const type = context.config.types.get(extension) ?? findDirective(scope, "default_type")?.args[0] ?? "text/plain";
    return {
      status: 200,
      headers: [
        SERVER_HEADER,
        ["Date", httpDate(sys.now())],
        ["Content-Type", type],
        ["Content-Length", String(body.length)],
        ["Last-Modified", httpDate(stat.mtime)],
        ["ETag", `"${Math.floor(stat.mtime / 1000).toString(16)}-${body.length.toString(16)}"`],
        ["Accept-Ranges", "bytes"],
      ],
      body,
    };
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* context.logs.error("error", `*${context.number} open() "${disk}" failed ${causeOf(error)}, ${about}`, sys);
    return errorPage(
      sys,
      error.errno === "EACCES" ? 403 : error.errno === "ENOENT" || error.errno === "ENOTDIR" ? 404 : 500,
    );
  }
}

function listing(sys: Sys, path: string, disk: string): string {
  const rows = sys
    .readdir(disk)
    .filter((name) => !name.startsWith("."))
    .sort()
    .map((name) => (typeOf(sys, disk + name) === "directory" ? `${name}/` : name))
    .map((name) => `<a href="${name}">${name}</a>\r\n`);
  return `<html>\r\n<head><title>Index of ${path}</title></head>\r\n<body>\r\n<h1>Index of ${path}</h1><hr><pre><a href="../">../</a>\r\n${rows.join("")}</pre><hr></body>\r\n</html>\r\n`;
}

function* proxied(
  context: Context,
  server: ServerBlock,
  request: Request,
  pass: Directive,
  location: LocationBlock,
  scope: readonly Directive[],
): Task<Response> {
  const { sys, config } = context;
  const url = /^https?:\/\/([^/]+)(\/.*)?$/.exec(variables(context, server, request, pass.args[0] ?? ""));
  if (!url) return errorPage(sys, 500);
  const members = config.upstreams.get(url[1]!);
  const chosen = members && members.length > 0 ? members[context.number % members.length]! : url[1]!;
  const [, host = "", port = "80"] = /^([^:]+)(?::(\d+))?$/.exec(chosen) ?? [];
  const rest = request.target.startsWith(location.pattern)
    ? request.target.slice(location.pattern.length)
    : request.target;
  const target = url[2] === undefined ? request.target : url[2] + rest;
  const upstream = (ip: string) =>
    `client: ${context.client}, server: ${server.names[0] ?? ""}, request: "${request.line}", upstream: "http://${ip}:${port}${target}", host: "${request.headers.get("host") ?? ""}"`;
  const addresses = yield* resolveHost(sys, host);
  if (!addresses) {
    yield* context.logs.error("error", `*${context.number} ${host} could not be resolved`, sys);
    return errorPage(sys, 502);
  }
  const ip = addresses[context.number % addresses.length]!;
  let fd: number;
  try {
    fd = yield* sys.connect({ ip, port: Number(port) });
  } catch (error) {
    if (!(error instanceof SysError) || error.errno === "EINTR") throw error;
    yield* context.logs.error(
      "error",
      `*${context.number} connect() failed ${causeOf(error)} while connecting to upstream, ${upstream(ip)}`,
      sys,
    );
    return errorPage(sys, error.errno === "ETIMEDOUT" ? 504 : 502);
  }
  try {
    const headers = new Map<string, string>([
      ["Host", chosen],
      ["Connection", "close"],
    ]);
    for (const [name, value] of request.headers)
      if (!["host", "connection", "keep-alive"].includes(name)) headers.set(name, value);
    for (const one of scope.filter((d) => d.name === "proxy_set_header"))
      headers.set(one.args[0]!, variables(context, server, request, one.args[1] ?? ""));
    let text = `${request.method} ${target} HTTP/1.0\r\n`;
    for (const [name, value] of headers) if (value !== "") text += `${name}: ${value}\r\n`;
    yield* sys.write(fd, `${text}\r\n${request.body}`);
    const reader = new ByteReader(sys, fd);
    const status = /^HTTP\/\d\.\d (\d{3})/.exec((yield* reader.line()) ?? "");
    const answered = status && (yield* readHeaders(reader));
    if (!status || !answered) {
      yield* context.logs.error(
        "error",
        `*${context.number} upstream prematurely closed connection while reading response header from upstream, ${upstream(ip)}`,
        sys,
      );
      return errorPage(sys, 502);
    }
    const length = Number(answered.get("content-length") ?? Number.NaN);
    const body = yield* reader.rest(Number.isNaN(length) ? 1 << 20 : length);
    const kept = [...answered].filter(
      ([name]) => !["connection", "server", "date", "content-length", "transfer-encoding"].includes(name),
    );
    return {
      status: Number(status[1]),
      headers: [SERVER_HEADER, ["Date", httpDate(sys.now())], ...kept, ["Content-Length", String(body.length)]],
      body,
    };
  } catch (error) {
    if (!(error instanceof SysError) || error.errno === "EINTR") throw error;
    yield* context.logs.error(
      "error",
      `*${context.number} recv() failed ${causeOf(error)} while reading response header from upstream, ${upstream(ip)}`,
      sys,
    );
    return errorPage(sys, 502);
  } finally {
    if (sys.isOpen(fd)) sys.close(fd);
  }
}
