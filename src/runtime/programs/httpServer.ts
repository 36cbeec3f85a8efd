/** HTTP/1 as servers speak it: requests read from a socket, responses written to it. */
import type { Task } from "../../time/task.ts";
import type { Sys } from "../sys.ts";

export interface Request {
  readonly method: string;
  /** As sent, with the query. */
  readonly target: string;
  readonly path: string;
  readonly query: string;
  readonly version: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** The first line. */
  readonly line: string;
}

export interface Response {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

const MAX_HEAD = 32 * 1024;
const MAX_BODY = 1 << 20;

export const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  206: "Partial Content",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Not Allowed",
  408: "Request Time-out",
  413: "Request Entity Too Large",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Time-out",
};

/** Reads from a descriptor and remembers what came too early. */
export class ByteReader {
  readonly #sys: Sys;
  readonly #fd: number;
  #buffer = "";

  constructor(sys: Sys, fd: number) {
    this.#sys = sys;
    this.#fd = fd;
  }

  /** Up to and including the newline; undefined at the end or when the line is too long. */
  *line(max = MAX_HEAD): Task<string | undefined> {
    for (;;) {
      const newline = this.#buffer.indexOf("\n");
      if (newline >= 0) {
        const line = this.#buffer.slice(0, newline + 1);
        this.#buffer = this.#buffer.slice(newline + 1);
        return line;
      }
      if (this.#buffer.length > max) return undefined;
      const data = yield* this.#sys.read(this.#fd);
      if (data === "") return undefined;
      this.#buffer += data;
    }
  }

  /** `length` bytes, fewer at the end. */
  *bytes(length: number): Task<string> {
    while (this.#buffer.length < length) {
      const data = yield* this.#sys.read(this.#fd);
      if (data === "") break;
      this.#buffer += data;
    }
    const out = this.#buffer.slice(0, length);
    this.#buffer = this.#buffer.slice(out.length);
    return out;
  }

  *rest(max: number): Task<string> {
    while (this.#buffer.length < max) {
      const data = yield* this.#sys.read(this.#fd);
      if (data === "") break;
      this.#buffer += data;
    }
    const out = this.#buffer.slice(0, max);
    this.#buffer = "";
    return out;
  }
}

/** Undefined: the client closed; "bad": what came is not HTTP. */
export function* readRequest(reader: ByteReader): Task<Request | "bad" | undefined> {
  let line = yield* reader.line();
  while (line === "\r\n" || line === "\n") line = yield* reader.line();
  if (line === undefined) return undefined;
  const first = line.replace(/\r?\n$/, "");
  const match = /^([A-Z]+) (\S+) (HTTP\/\d\.\d)$/.exec(first);
  if (!match) return "bad";
  const headers = yield* readHeaders(reader);
  if (!headers) return "bad";
  const length = Math.min(Number(headers.get("content-length") ?? 0) || 0, MAX_BODY);
  const body = length > 0 ? yield* reader.bytes(length) : "";
  const target = match[2]!;
  const mark = target.indexOf("?");
  return {
    method: match[1]!,
    target,
    path: decodePath(mark < 0 ? target : target.slice(0, mark)),
    query: mark < 0 ? "" : target.slice(mark + 1),
    version: match[3]!,
    headers,
    body,
    line: first,
  };
}

/** Names in lower case. `raw` gets the lines as they came. */
export function* readHeaders(reader: ByteReader, raw: string[] = []): Task<Map<string, string> | undefined> {
  const headers = new Map<string, string>();
  for (;;) {
    const line = yield* reader.line();
    if (line === undefined || headers.size > 200) return undefined;
    const text = line.replace(/\r?\n$/, "");
    if (text === "") return headers;
    raw.push(text);
    const colon = text.indexOf(":");
    if (colon > 0) headers.set(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim());
  }
}

export function keepsAlive(request: Request): boolean {
  const connection = request.headers.get("connection")?.toLowerCase() ?? "";
  return request.version === "HTTP/1.1" ? connection !== "close" : connection === "keep-alive";
}

export function* writeResponse(sys: Sys, fd: number, request: Request | undefined, response: Response): Task<void> {
  const reason = REASONS[response.status] ?? "";
  let text = `HTTP/1.1 ${response.status} ${reason}\r\n`;
  for (const [name, value] of response.headers) text += `${name}: ${value}\r\n`;
  yield* sys.write(fd, `${text}\r\n${request?.method === "HEAD" ? "" : response.body}`);
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
export const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n: number) => String(n).padStart(2, "0");

/** `Thu, 01 Jan 2026 12:00:00 GMT` */
export function httpDate(ms: number): string {
  const d = new Date(ms);
  return `${DAYS[d.getUTCDay()]}, ${two(d.getUTCDate())} ${MONTHS[d.getUTCMonth()]} ${d.getUTCFullYear()} ${clockOf(d)} GMT`;
}

/** `01/Jan/2026:12:00:00 +0000`: access logs. */
export function logDate(ms: number): string {
  const d = new Date(ms);
  return `${two(d.getUTCDate())}/${MONTHS[d.getUTCMonth()]}/${d.getUTCFullYear()}:${clockOf(d)} +0000`;
}

export function clockOf(d: Date): string {
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`;
}

/** Percent-encoding undone, `.` and `..` resolved; it never leads above the root. */
export function decodePath(path: string): string {
  const bytes = path.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const out: string[] = [];
  const names = bytes.split("/");
  names.forEach((name, i) => {
    if (name === "..") out.pop();
    else if (name === "." || (name === "" && i > 0 && i < names.length - 1)) return;
    else out.push(name);
  });
  const joined = out.join("/");
  return joined.startsWith("/") ? joined : `/${joined}`;
}
