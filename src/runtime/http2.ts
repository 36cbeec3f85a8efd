/**
 * As much of HTTP/2 as a gRPC health check needs (RFC 9113): frames, and header lists written out in full (RFC 7541,
 * literals without indexing, no Huffman coding). Bytes are strings of characters 0 to 255.
 */
export const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

export const FRAME = { data: 0, headers: 1, settings: 4 } as const;
const END_STREAM = 0x1;
const END_HEADERS = 0x4;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: string;
}

export function frameText(type: number, stream: number, payload: string, end = false): string {
  const flags = (end ? END_STREAM : 0) | (type === FRAME.headers ? END_HEADERS : 0);
  return `${number(payload.length, 3)}${number(type, 1)}${number(flags, 1)}${number(stream, 4)}${payload}`;
}

/** Takes the first whole frame off `buffer`; undefined when it is not all there. */
export function takeFrame(buffer: string): { frame: Frame; rest: string } | undefined {
  const length = value(buffer, 0, 3);
  if (buffer.length < 9 || buffer.length < 9 + length) return undefined;
  const frame = {
    type: value(buffer, 3, 1),
    flags: value(buffer, 4, 1),
    stream: value(buffer, 5, 4),
    payload: buffer.slice(9, 9 + length),
  };
  return { frame, rest: buffer.slice(9 + length) };
}

export const isLast = ({ flags }: Frame) => (flags & END_STREAM) !== 0;

export function headerBlock(headers: readonly (readonly [string, string])[]): string {
  return headers.map(([name, text]) => `\0${short(name)}${short(text)}`).join("");
}

export function readHeaderBlock(block: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (let at = 1; at < block.length; at++) {
    const name = block.slice(at + 1, at + 1 + value(block, at, 1));
    at += 1 + name.length;
    const text = block.slice(at + 1, at + 1 + value(block, at, 1));
    at += 1 + text.length;
    headers.set(name, text);
  }
  return headers;
}

/** A gRPC message: not compressed, its length, its bytes. */
export const grpcMessage = (bytes: string) => `\0${number(bytes.length, 4)}${bytes}`;

export const grpcPayload = (message: string) => message.slice(5);

/** Lengths below 127 take one byte; no header here is longer. */
const short = (text: string) => `${number(Math.min(text.length, 126), 1)}${text.slice(0, 126)}`;

function number(n: number, bytes: number): string {
  let out = "";
  for (let i = bytes - 1; i >= 0; i--) out += String.fromCharCode(Math.floor(n / 256 ** i) & 255);
  return out;
}

function value(text: string, at: number, bytes: number): number {
  let n = 0;
  for (let i = 0; i < bytes; i++) n = n * 256 + (text.charCodeAt(at + i) || 0);
  return n;
}
