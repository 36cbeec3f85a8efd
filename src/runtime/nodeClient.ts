/** Connections that the kubelet itself makes, from the node's network: probes and lifecycle hooks. Texts are Go's. */
import { sleep, type Task, wait, withTimeout } from "../time/task.ts";
import type { HttpOutcome, HttpRequest } from "./cri.ts";
import { type HealthAnswer, healthRequest, readHealthAnswer } from "./grpcHealth.ts";
import type { Network, NetworkNamespace } from "./network.ts";
import type { StreamSocket } from "./socket.ts";
import { type Errno, SysError } from "./sys.ts";

/** pkg/probe/http: maxRespBodyLength. */
const MAX_BODY = 10 * 1024;
const MAX_HEADER = 64 * 1024;
/** net/http's default for redirects. */
const MAX_REDIRECTS = 10;
const USER_AGENT = "kube-probe/1.36";

const GO_TEXTS: Partial<Record<Errno, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "connect: connection timed out",
};

type Connected = { readonly socket: StreamSocket } | { readonly error: string };

export class NodeClient {
  readonly #network: Network;
  readonly #from: NetworkNamespace;

  constructor(network: Network, from: NetworkNamespace) {
    this.#network = network;
    this.#from = from;
  }

  *tcpConnect(ip: string, port: number, timeoutMs: number): Task<{ ok: true } | { ok: false; error: string }> {
    const connected = yield* withTimeout(timeoutMs, this.#connect(ip, port));
    if (!connected) return { ok: false, error: `dial tcp ${ip}:${port}: i/o timeout` };
    if ("error" in connected) return { ok: false, error: connected.error };
    connected.socket.release();
    return { ok: true };
  }

  *http(request: HttpRequest, timeoutMs: number): Task<HttpOutcome> {
    const open: StreamSocket[] = [];
    const outcome = yield* withTimeout(timeoutMs, this.#follow(request, open));
    for (const socket of open) if (socket.references > 0) socket.release();
    return (
      outcome ?? { ok: false, error: "context deadline exceeded (Client.Timeout exceeded while awaiting headers)" }
    );
  }

  /** One gRPC health check; undefined when no connection came about in time, as a client that keeps trying sees it. */
  *grpcHealth(
    ip: string,
    port: number,
    service: string,
    timeoutMs: number,
  ): Task<HealthAnswer | "timeout" | undefined> {
    const open: StreamSocket[] = [];
    const answer = yield* withTimeout(timeoutMs, this.#checkHealth(ip, port, service, open));
    const connected = open.length > 0;
    for (const socket of open) if (socket.references > 0) socket.release();
    return answer ?? (connected ? "timeout" : undefined);
  }

  *#checkHealth(ip: string, port: number, service: string, open: StreamSocket[]): Task<HealthAnswer> {
    for (;;) {
      const connected = yield* this.#connect(ip, port);
      if ("socket" in connected) {
        const { socket } = connected;
        try {
          yield* send(socket, healthRequest(`${ip}:${port}`, service));
          for (let bytes = "", answer: ReturnType<typeof readHealthAnswer>; ; ) {
            const data = yield* receive(socket);
            bytes += data;
            answer = readHealthAnswer(bytes);
            if (data === "" || answer === "broken") break;
            if (bytes.length > 0 && !open.includes(socket)) open.push(socket);
            if (answer) return answer;
          }
        } catch (error) {
          if (!(error instanceof SysError)) throw error;
        }
        const index = open.indexOf(socket);
        if (index >= 0) open.splice(index, 1);
        if (socket.references > 0) socket.release();
      }
      // grpc-go: backoff.DefaultConfig, 1 s at first.
      yield* sleep(1000);
    }
  }

  *#connect(host: string, port: number): Task<Connected> {
    const ip = host === "localhost" ? "127.0.0.1" : host;
    if (!/^\d+(\.\d+){3}$/.test(ip)) return { error: `dial tcp: lookup ${host}: no such host` };
    try {
      return { socket: yield* this.#network.connect(this.#from, { ip, port }) };
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      return { error: `dial tcp ${ip}:${port}: ${GO_TEXTS[error.errno] ?? error.errno}` };
    }
  }

  *#follow(first: HttpRequest, open: StreamSocket[]): Task<HttpOutcome> {
    let request = first;
    for (let redirects = 0; ; redirects++) {
      const outcome = yield* this.#once(request, open);
      if (!outcome.ok)
        return redirects === 0 ? outcome : { ok: false, error: `Get "${urlOf(request)}": ${outcome.error}` };
      const location = outcome.headers.get("location");
      if (![301, 302, 303, 307, 308].includes(outcome.status) || location === undefined) return outcome;
      const next = resolveLocation(request, location);
      if (!next || next.host !== first.host) return outcome;
      if (redirects + 1 >= MAX_REDIRECTS)
        return { ok: false, error: `Get "${location}": stopped after ${MAX_REDIRECTS} redirects` };
      request = next;
    }
  }

  *#once(request: HttpRequest, open: StreamSocket[]): Task<HttpOutcome> {
    const connected = yield* this.#connect(request.host, request.port);
    if ("error" in connected) return { ok: false, error: connected.error };
    const { socket } = connected;
    open.push(socket);
    try {
      yield* send(socket, request.scheme === "HTTPS" ? CLIENT_HELLO : requestText(request));
      const outcome =
        request.scheme === "HTTPS" ? yield* this.#handshake(socket) : yield* readResponse(socket, request.method);
      return outcome;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      const { local, remote } = socket;
      const ends = `${this.#from.ip}:${local.port}->${remote.ip}:${remote.port}`;
      if (error.errno === "EPIPE") return { ok: false, error: `write tcp ${ends}: write: broken pipe` };
      return { ok: false, error: `read tcp ${ends}: read: connection reset by peer` };
    } finally {
      open.splice(open.indexOf(socket), 1);
      socket.release();
    }
  }

  /** No simulated program speaks TLS: the answer to a ClientHello tells what went wrong. */
  *#handshake(socket: StreamSocket): Task<HttpOutcome> {
    const answer = yield* receive(socket);
    if (answer === "") return { ok: false, error: "EOF" };
    if (answer.startsWith("HTTP/")) return { ok: false, error: "http: server gave HTTP response to HTTPS client" };
    return { ok: false, error: "tls: first record does not look like a TLS handshake" };
  }
}

const CLIENT_HELLO = "\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03\r\n\r\n";

function requestText(request: HttpRequest): string {
  const names = new Set(request.headers.map(({ name }) => name.toLowerCase()));
  const host = request.headers.find(({ name }) => name.toLowerCase() === "host")?.value;
  const path = request.path.startsWith("/") ? request.path : `/${request.path}`;
  let text = `${request.method ?? "GET"} ${path} HTTP/1.1\r\nHost: ${host ?? `${request.host}:${request.port}`}\r\n`;
  if (!names.has("user-agent")) text += `User-Agent: ${USER_AGENT}\r\n`;
  for (const { name, value } of request.headers) {
    const lower = name.toLowerCase();
    // An empty Accept or User-Agent means: send none.
    if (lower === "host" || ((lower === "accept" || lower === "user-agent") && value === "")) continue;
    text += `${name}: ${value}\r\n`;
  }
  if (!names.has("accept")) text += "Accept: */*\r\n";
  return `${text}Connection: close\r\n\r\n`;
}

function urlOf(request: HttpRequest): string {
  return `${request.scheme.toLowerCase()}://${request.host}:${request.port}${request.path}`;
}

function resolveLocation(request: HttpRequest, location: string): HttpRequest | undefined {
  const absolute = /^(https?):\/\/([^/:?#]+)(?::(\d+))?([^#]*)/i.exec(location);
  if (absolute) {
    const scheme = absolute[1]!.toUpperCase() as "HTTP" | "HTTPS";
    const port = absolute[3] ? Number(absolute[3]) : scheme === "HTTPS" ? 443 : 80;
    return { ...request, scheme, host: absolute[2]!, port, path: absolute[4] || "/" };
  }
  if (location.startsWith("//")) return undefined;
  const path = location.startsWith("/")
    ? location
    : request.path.slice(0, request.path.lastIndexOf("/") + 1) + location;
  return { ...request, path: path.replace(/#.*/, "") };
}

function* send(socket: StreamSocket, text: string): Task<void> {
  for (let rest = text; rest !== ""; ) {
    const taken = socket.write(rest);
    rest = rest.slice(taken);
    if (taken === 0) yield* wait(socket.writable.wait());
  }
}

function* receive(socket: StreamSocket): Task<string> {
  for (;;) {
    const data = socket.read(65536);
    if (data !== undefined) return data;
    yield* wait(socket.readable.wait());
  }
}

function* readResponse(socket: StreamSocket, method = "GET"): Task<HttpOutcome> {
  let text = "";
  let end = -1;
  while (end < 0) {
    const data = yield* receive(socket);
    if (data === "") {
      if (text === "") return { ok: false, error: "EOF" };
      if (!text.includes("\n") && !text.startsWith("HTTP/")) return malformed(text);
      return { ok: false, error: "unexpected EOF" };
    }
    text += data;
    if (text.length >= 5 && !text.startsWith("HTTP/")) return malformed(text);
    end = text.search(/\r?\n\r?\n/);
    if (end < 0 && text.length > MAX_HEADER) return malformed(text);
  }
  const head = text.slice(0, end).split(/\r?\n/);
  const status = /^HTTP\/\d+\.\d+ (\d{3})/.exec(head[0]!);
  if (!status) return malformed(text);
  const headers = new Map<string, string>();
  for (const line of head.slice(1)) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const code = Number(status[1]);
  let body = text.slice(end).replace(/^\r?\n\r?\n/, "");
  const length = headers.get("content-length");
  const chunked = headers.get("transfer-encoding")?.toLowerCase() === "chunked";
  const hasNone = method === "HEAD" || code === 204 || code === 304;
  const wanted = hasNone ? 0 : chunked || length === undefined ? MAX_BODY : Math.min(Number(length), MAX_BODY);
  while (body.length < wanted && !(chunked && /(^|\r\n)0\r\n/.test(body))) {
    const data = yield* receive(socket);
    if (data === "") {
      if (length !== undefined && body.length < wanted) return { ok: false, error: "unexpected EOF" };
      break;
    }
    body += data;
  }
  if (chunked) body = unchunk(body);
  return { ok: true, status: code, headers, body: body.slice(0, wanted) };
}

function unchunk(text: string): string {
  let out = "";
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\r\n", at);
    const size = end < 0 ? Number.NaN : Number.parseInt(text.slice(at, end), 16);
    if (!(size > 0)) break;
    out += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
  return out;
}

function malformed(text: string): HttpOutcome {
  const line = text.split(/\r?\n/)[0]!.slice(0, 100);
  const quoted = JSON.stringify(line).replace(/\\u00([0-9a-f]{2})/g, "\\x$1");
  return { ok: false, error: `net/http: HTTP/1.x transport connection broken: malformed HTTP response ${quoted}` };
}
