/** HTTP/1 messages: reading heads and bodies, and the words of the status codes. */
import type { Task } from "../../time/task.ts";
import type { Sys } from "../sys.ts";
import { formatDate } from "./dateFormat.ts";

export const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  204: "No Content",
  206: "Partial Content",
  301: "Moved Permanently",
  302: "Found",
  304: "Not Modified",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Request Entity Too Large",
  414: "Request-URI Too Long",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

export interface Head {
  /** The request line or the status line. */
  readonly first: string;
  /** Header lines as they came. */
  readonly lines: readonly string[];
  /** What was read behind the head. */
  readonly rest: string;
}

const MAX_HEAD = 65536;

/** Reads a message's head; undefined when the peer ends before it is whole, or sends too much. */
export function* readHead(sys: Sys, fd: number, already = ""): Task<Head | undefined> {
  let data = already;
  for (;;) {
    const end = /\r?\n\r?\n/.exec(data);
    if (end) {
      const [first = "", ...lines] = data.slice(0, end.index).split(/\r?\n/);
      return { first, lines, rest: data.slice(end.index + end[0].length) };
    }
    if (data.length > MAX_HEAD) return undefined;
    const more = yield* sys.read(fd, 8192);
    if (more === "") return undefined;
    data += more;
  }
}

/** A header's value; names are compared without case. */
export function headerOf(lines: readonly string[], name: string): string | undefined {
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0 && line.slice(0, colon).trim().toLowerCase() === name.toLowerCase())
      return line.slice(colon + 1).trim();
  }
  return undefined;
}

/** "Tue, 24 Nov 2026 06:42:30 GMT". */
export function httpDate(ms: number): string {
  return formatDate("%a, %d %b %Y %H:%M:%S GMT", ms);
}

/** The body in the chunks of `Transfer-Encoding: chunked`, joined. Undefined when it is cut short. */
export function decodeChunked(data: string): string | undefined {
  let out = "";
  for (let at = 0; ; ) {
    const end = data.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const size = Number.parseInt(data.slice(at, end), 16);
    if (!(size >= 0)) return undefined;
    if (size === 0) return out;
    out += data.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

/** "%41" becomes "A"; undefined when an escape is broken. */
export function percentDecode(text: string): string | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  return text.replace(/%([0-9a-fA-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
