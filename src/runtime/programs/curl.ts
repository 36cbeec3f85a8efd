/** curl: the options that a course on Pods uses; messages as curl 8 prints them. */
import { base64Encode } from "../applets/blocks.ts";
import type { Task } from "../../time/task.ts";
import { type Sys, SysError } from "../sys.ts";
import { ByteReader, readHeaders } from "./httpServer.ts";
import { resolveHost } from "./resolver.ts";

const VERSION = "8.10.1";
const WITH_VALUE = new Set([
  "-o",
  "-H",
  "-X",
  "-d",
  "-m",
  "-w",
  "-A",
  "-u",
  "-T",
  "-e",
  "-b",
  "--output",
  "--header",
  "--request",
  "--data",
  "--data-raw",
  "--max-time",
  "--connect-timeout",
  "--write-out",
  "--user-agent",
  "--user",
  "--retry",
  "--retry-delay",
  "--retry-max-time",
  "--resolve",
  "--url",
  "--max-redirs",
]);
const LONG: Readonly<Record<string, string>> = {
  "--silent": "-s",
  "--show-error": "-S",
  "--fail": "-f",
  "--location": "-L",
  "--include": "-i",
  "--head": "-I",
  "--verbose": "-v",
  "--insecure": "-k",
  "--output": "-o",
  "--header": "-H",
  "--request": "-X",
  "--data": "-d",
  "--data-raw": "-d",
  "--max-time": "-m",
  "--write-out": "-w",
  "--user-agent": "-A",
  "--user": "-u",
};
const FLAGS = "sSfLiIvkgN46n0#";

interface Settings {
  readonly flags: Set<string>;
  readonly values: Map<string, string>;
  readonly headers: string[];
  readonly urls: string[];
}

class CurlFault extends Error {
  readonly code: number;
  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

export function* curl(sys: Sys): Task<number> {
  let settings: Settings;
  try {
    settings = parseOptions(sys.argv.slice(1));
  } catch (error) {
    if (!(error instanceof CurlFault)) throw error;
    yield* sys.write(2, `curl: ${error.message}\ncurl: try 'curl --help' for more information\n`);
    return error.code;
  }
  const { flags, values, urls } = settings;
  if (flags.has("--version") || flags.has("-V")) {
    yield* sys.write(1, `curl ${VERSION} (x86_64-pc-linux-musl) libcurl/${VERSION}\nProtocols: http\n`);
    return 0;
  }
  if (flags.has("--help") || flags.has("-h")) {
    yield* sys.write(
      1,
      "Usage: curl [options...] <url>\n -d, --data <data>           HTTP POST data\n -f, --fail                  Fail fast with no output on HTTP errors\n -i, --include               Include response headers in output\n -o, --output <file>         Write to file instead of stdout\n -s, --silent                Silent mode\n",
    );
    return 0;
  }
  if (urls.length === 0) {
    yield* sys.write(2, "curl: (2) no URL specified\ncurl: try 'curl --help' for more information\n");
    return 2;
  }
  let exit = 0;
  for (const url of urls) {
    const tries = 1 + Math.min(Number(values.get("--retry") ?? 0) || 0, 100);
    for (let i = 0; i < tries; i++) {
      try {
        yield* limited(sys, settings, url);
        exit = 0;
        break;
      } catch (error) {
        if (!(error instanceof CurlFault)) throw error;
        exit = error.code;
        const canRetry =
          i + 1 < tries &&
          (exit === 28 || (exit === 7 && flags.has("--retry-connrefused")) || flags.has("--retry-all-errors"));
        if (!canRetry) {
          if (!flags.has("-s") || flags.has("-S")) yield* sys.write(2, `curl: (${exit}) ${error.message}\n`);
          break;
        }
        yield* sys.sleep(1000 * (Number(values.get("--retry-delay") ?? 0) || 2 ** i));
      }
    }
  }
  return exit;
}

function parseOptions(words: readonly string[]): Settings {
  const settings: Settings = { flags: new Set(), values: new Map(), headers: [], urls: [] };
  const set = (option: string, value: string) => {
    if (option === "-H") settings.headers.push(value);
    else if (option === "--url") settings.urls.push(value);
    else settings.values.set(option, value);
  };
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const need = (option: string): string => {
      const value = words[++i];
      if (value === undefined) throw new CurlFault(2, `option ${option}: requires parameter`);
      return value;
    };
    if (word.startsWith("--")) {
      const [name, inline] = splitOnce(word, "=");
      const short = LONG[name] ?? name;
      if (WITH_VALUE.has(name) || WITH_VALUE.has(short)) set(short, inline ?? need(word));
      else settings.flags.add(short);
    } else if (word.startsWith("-") && word.length > 1) {
      for (let k = 1; k < word.length; k++) {
        const option = `-${word[k]}`;
        if (WITH_VALUE.has(option)) {
          set(option, k + 1 < word.length ? word.slice(k + 1) : need(option));
          break;
        }
        if (!FLAGS.includes(word[k]!) && option !== "-V" && option !== "-h")
          throw new CurlFault(2, `option ${word}: is unknown`);
        settings.flags.add(option);
      }
    } else settings.urls.push(word);
  }
  return settings;
}

function splitOnce(text: string, at: string): [string, string | undefined] {
  const i = text.indexOf(at);
  return i < 0 ? [text, undefined] : [text.slice(0, i), text.slice(i + 1)];
}

/** --max-time: a child keeps the time, since the transfer itself may block. */
function* limited(sys: Sys, settings: Settings, url: string): Task<void> {
  const seconds = Number(settings.values.get("-m") ?? settings.values.get("--connect-timeout") ?? Number.NaN);
  if (!(seconds > 0)) return yield* transfer(sys, settings, url);
  const started = sys.now();
  let late = false;
  const own = sys.pid;
  sys.signal("SIGALRM", () => {
    late = true;
  });
  const timer = sys.fork(function* (child) {
    yield* child.sleep(seconds * 1000);
    child.kill(own, "SIGALRM");
    return 0;
  });
  let fault: unknown;
  try {
    yield* transfer(sys, settings, url);
  } catch (error) {
    fault = error;
  }
  try {
    sys.kill(timer, "SIGKILL");
    yield* sys.wait(timer);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
  if (late) {
    const ms = Math.round(sys.now() - started);
    throw new CurlFault(28, `Operation timed out after ${ms} milliseconds with 0 bytes received`);
  }
  if (fault !== undefined) throw fault;
}

function* transfer(sys: Sys, settings: Settings, first: string): Task<void> {
  const { flags, values } = settings;
  let url = first;
  for (let redirects = 0; ; redirects++) {
    const match = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:[^@/]*@)?([^/:?#]+)(?::(\d+))?([^#]*)/i.exec(url);
    if (!match) throw new CurlFault(3, "URL rejected: Malformed input to a URL function");
    const scheme = (match[1] ?? "http").toLowerCase();
    if (scheme !== "http" && scheme !== "https") throw new CurlFault(1, `Protocol "${scheme}" not supported`);
    const host = match[2]!;
    const port = Number(match[3] ?? (scheme === "https" ? 443 : 80));
    let path = match[4] || "/";
    if (!path.startsWith("/")) path = `/${path}`;
    const started = sys.now();
    const addresses = yield* resolveHost(sys, host);
    if (!addresses) throw new CurlFault(6, `Could not resolve host: ${host}`);
    let fd: number;
    try {
      fd = yield* sys.connect({ ip: addresses[0]!, port });
    } catch (error) {
      if (!(error instanceof SysError) || error.errno === "EINTR") throw error;
      const ms = Math.round(sys.now() - started);
      const cause = error.errno === "EHOSTUNREACH" ? "No route to host" : "Could not connect to server";
      throw new CurlFault(
        error.errno === "ETIMEDOUT" ? 28 : 7,
        `Failed to connect to ${host} port ${port} after ${ms} ms: ${cause}`,
      );
    }
    try {
      if (scheme === "https") {
        yield* sys.write(fd, "\x16\x03\x01\x00\xc8\r\n\r\n");
        yield* sys.read(fd);
        throw new CurlFault(35, "TLS connect error: error:0A00010B:SSL routines::wrong version number");
      }
      const data = values.get("-d");
      const method = values.get("-X") ?? (flags.has("-I") ? "HEAD" : data === undefined ? "GET" : "POST");
      const own = settings.headers.map((line) => line.split(":")[0]!.toLowerCase());
      let text = `${method} ${path} HTTP/1.1\r\n`;
      if (!own.includes("host")) text += `Host: ${host}${match[3] ? `:${port}` : ""}\r\n`;
      const user = values.get("-u");
      if (user !== undefined && !own.includes("authorization"))
        text += `Authorization: Basic ${base64Encode(user.includes(":") ? user : `${user}:`)}\r\n`;
      if (!own.includes("user-agent")) text += `User-Agent: ${values.get("-A") ?? `curl/${VERSION}`}\r\n`;
      if (!own.includes("accept")) text += "Accept: */*\r\n";
      for (const header of settings.headers) text += `${header}\r\n`;
      if (data !== undefined)
        text += `Content-Length: ${data.length}\r\n${own.includes("content-type") ? "" : "Content-Type: application/x-www-form-urlencoded\r\n"}`;
      if (flags.has("-v"))
        yield* sys.write(
          2,
          `* Connected to ${host} (${addresses[0]}) port ${port}\n${text
            .trimEnd()
            .split("\r\n")
            .map((line) => `> ${line}\n`)
            .join("")}>\n`,
        );
      yield* sys.write(fd, `${text}Connection: close\r\n\r\n${data ?? ""}`);
      const reader = new ByteReader(sys, fd);
      const line = yield* reader.line();
      if (line === undefined) throw new CurlFault(52, "Empty reply from server");
      const status = /^HTTP\/\d\.\d (\d{3})/.exec(line);
      if (!status) throw new CurlFault(1, "Received HTTP/0.9 when not allowed");
      const lines: string[] = [];
      const headers = (yield* readHeaders(reader, lines)) ?? new Map<string, string>();
      const code = Number(status[1]);
      const location = headers.get("location");
      const length = Number(headers.get("content-length") ?? Number.NaN);
      const head = `${line}${lines.map((one) => `${one}\r\n`).join("")}\r\n`;
      if (flags.has("-v"))
        yield* sys.write(
          2,
          head
            .split("\r\n")
            .slice(0, -1)
            .map((one) => `< ${one}\n`)
            .join(""),
        );
      const body = method === "HEAD" || code === 204 ? "" : yield* reader.rest(Number.isNaN(length) ? 1 << 24 : length);
      if (flags.has("-L") && location !== undefined && code >= 300 && code < 400) {
        if (redirects >= 50) throw new CurlFault(47, "Maximum (50) redirects followed");
        url = /^[a-z]+:\/\//i.test(location)
          ? location
          : `${scheme}://${host}:${port}${location.startsWith("/") ? "" : "/"}${location}`;
        continue;
      }
      if (flags.has("-f") && code >= 400) throw new CurlFault(22, `The requested URL returned error: ${code}`);
      const shown = `${flags.has("-i") || flags.has("-I") ? head : ""}${body}`;
      const output = values.get("-o");
      if (output === undefined || output === "-") yield* sys.write(1, shown);
      else {
        const file = sys.open(output, { write: true, create: true, truncate: true });
        yield* sys.write(file, shown);
        sys.close(file);
      }
      const format = values.get("-w");
      if (format !== undefined) yield* sys.write(1, writeOut(format, code, body.length, url, sys.now() - started));
      if (!Number.isNaN(length) && body.length < length && method !== "HEAD")
        throw new CurlFault(18, `end of response with ${length - body.length} bytes missing`);
      return;
    } catch (error) {
      if (error instanceof SysError && error.errno === "ECONNRESET")
        throw new CurlFault(56, "Recv failure: Connection reset by peer");
      if (error instanceof SysError && ["EACCES", "ENOENT", "EROFS", "ENOSPC", "EISDIR"].includes(error.errno))
        throw new CurlFault(23, "client returned ERROR on write, disk full?");
      throw error;
    } finally {
      if (sys.isOpen(fd)) sys.close(fd);
    }
  }
}

function writeOut(format: string, code: number, bytes: number, url: string, ms: number): string {
  const values: Record<string, string> = {
    http_code: String(code),
    response_code: String(code),
    size_download: String(bytes),
    url_effective: url,
    time_total: (ms / 1000).toFixed(6),
  };
  return format
    .replace(/%\{(\w+)\}/g, (_, name: string) => values[name] ?? "")
    .replace(/\\n/g, "\n")
    .replace(/\\t/g, "\t")
    .replace(/\\r/g, "\r");
}
