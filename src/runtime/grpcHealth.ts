/** The gRPC health protocol (grpc.health.v1): what a client asks, what a server answers. */
import {
  FRAME,
  frameText,
  grpcMessage,
  grpcPayload,
  headerBlock,
  PREFACE,
  readHeaderBlock,
  takeFrame,
} from "./http2.ts";

export const HEALTH_PATH = "/grpc.health.v1.Health/Check";

const STATUSES = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"] as const;
export type HealthStatus = (typeof STATUSES)[number];

export type HealthAnswer =
  | { readonly status: HealthStatus }
  /** A gRPC code by name, and its message. */
  | { readonly code: string; readonly message: string };

const CODES: Readonly<Record<string, string>> = { "5": "NotFound", "12": "Unimplemented", "14": "Unavailable" };

/** All that a client sends for one check. */
export function healthRequest(authority: string, service: string): string {
  const headers = [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", HEALTH_PATH],
    [":authority", authority],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
  ] as const;
  const body = service === "" ? "" : `\n${String.fromCharCode(service.length)}${service}`;
  return [
    PREFACE,
    frameText(FRAME.settings, 0, ""),
    frameText(FRAME.headers, 1, headerBlock(headers)),
    frameText(FRAME.data, 1, grpcMessage(body), true),
  ].join("");
}

/** The service that a request's message names; "" is the server as a whole. */
export function requestedService(message: string): string {
  const body = grpcPayload(message);
  return body.startsWith("\n") ? body.slice(2, 2 + body.charCodeAt(1)) : "";
}

export function healthResponse(stream: number, status: HealthStatus | "NotFound"): string {
  const start = frameText(
    FRAME.headers,
    stream,
    headerBlock([
      [":status", "200"],
      ["content-type", "application/grpc"],
    ]),
  );
  if (status === "NotFound") return start + trailers(stream, "5", "unknown service");
  const code = STATUSES.indexOf(status);
  const body = code === 0 ? "" : `\b${String.fromCharCode(code)}`;
  return start + frameText(FRAME.data, stream, grpcMessage(body)) + trailers(stream, "0", "");
}

export function unimplemented(stream: number, path: string): string {
  const start = frameText(
    FRAME.headers,
    stream,
    headerBlock([
      [":status", "200"],
      ["content-type", "application/grpc"],
    ]),
  );
  return start + trailers(stream, "12", `unknown service ${path.split("/")[1] ?? ""}`);
}

function trailers(stream: number, status: string, message: string): string {
  const list: [string, string][] = [["grpc-status", status]];
  if (message) list.push(["grpc-message", message]);
  return frameText(FRAME.headers, stream, headerBlock(list), true);
}

/** What a server's bytes come to; undefined while more must come, "broken" when they are no HTTP/2. */
export function readHealthAnswer(bytes: string): HealthAnswer | "broken" | undefined {
  if (bytes.length >= 4 && bytes.startsWith("HTTP")) return "broken";
  let rest = bytes;
  let status: HealthStatus = "UNKNOWN";
  for (let taken = takeFrame(rest); taken; taken = takeFrame(rest)) {
    const { type, payload } = taken.frame;
    rest = taken.rest;
    if (type === FRAME.data) status = STATUSES[grpcPayload(payload).charCodeAt(1) || 0] ?? "UNKNOWN";
    if (type !== FRAME.headers) continue;
    const headers = readHeaderBlock(payload);
    const code = headers.get("grpc-status");
    if (code === undefined) continue;
    return code === "0" ? { status } : { code: CODES[code] ?? "Unknown", message: headers.get("grpc-message") ?? "" };
  }
  return undefined;
}
