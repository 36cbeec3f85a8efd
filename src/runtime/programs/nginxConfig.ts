/** nginx' configuration language: words, semicolons, braces; and the part of its meaning that is modelled. */
import type { Task } from "../../time/task.ts";
import { type Sys, SysError } from "../sys.ts";
import { readWholeFile } from "./resolver.ts";
import { compilePattern, matches } from "../shell/pattern.ts";

export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly block: readonly Directive[] | undefined;
  readonly file: string;
  readonly line: number;
}

/** What nginx prints after `[emerg] `. */
export class ConfigFault extends Error {}

interface Token {
  readonly text: string;
  readonly quoted: boolean;
  readonly line: number;
}

function* tokens(text: string): Generator<Token> {
  let line = 1;
  for (let i = 0; i < text.length; ) {
    const c = text[i]!;
    if (c === "\n") line++;
    if (/\s/.test(c)) i++;
    else if (c === "#") while (i < text.length && text[i] !== "\n") i++;
    else if (c === ";" || c === "{" || c === "}") {
      yield { text: c, quoted: false, line };
      i++;
    } else if (c === '"' || c === "'") {
      const start = line;
      let out = "";
      for (i++; i < text.length && text[i] !== c; i++) {
        if (text[i] === "\\" && i + 1 < text.length) {
          const letter = ({ n: "\n", t: "\t", r: "\r" } as const)[text[i + 1]! as "n"];
          if (letter !== undefined) {
            out += letter;
            i++;
            continue;
          }
          if (/["'\\ ]/.test(text[i + 1]!)) i++;
        }
        if (text[i] === "\n") line++;
        out += text[i];
      }
      i++;
      yield { text: out, quoted: true, line: start };
    } else {
      let out = "";
      while (i < text.length && !/[\s;]/.test(text[i]!) && !(text[i] === "{" && text[i - 1] !== "$")) {
        if (text[i] === "{") while (i < text.length && text[i] !== "}") out += text[i++];
        out += text[i++] ?? "";
      }
      yield { text: out, quoted: false, line };
    }
  }
}

/** Throws ConfigFault. */
export function parseConfig(text: string, file: string): Directive[] {
  const list = [...tokens(text)];
  let at = 0;
  const lastLine = text.split("\n").length;
  const block = (depth: number): Directive[] => {
    const out: Directive[] = [];
    let words: Token[] = [];
    for (; at < list.length; at++) {
      const token = list[at]!;
      const special = !token.quoted && /^[;{}]$/.test(token.text) ? token.text : "";
      if (special === "") {
        words.push(token);
        continue;
      }
      if (special === "}") {
        if (depth === 0 || words.length > 0) throw new ConfigFault(`unexpected "}" in ${file}:${token.line}`);
        return out;
      }
      const [first, ...rest] = words;
      if (!first) throw new ConfigFault(`unexpected "${special}" in ${file}:${token.line}`);
      let inner: Directive[] | undefined;
      if (special === "{") {
        at++;
        inner = block(depth + 1);
        if (at >= list.length) throw new ConfigFault(`unexpected end of file, expecting "}" in ${file}:${lastLine}`);
      }
      out.push({ name: first.text, args: rest.map((word) => word.text), block: inner, file, line: token.line });
      words = [];
    }
    if (words.length > 0) throw new ConfigFault(`unexpected end of file, expecting ";" or "}" in ${file}:${lastLine}`);
    return out;
  };
  return block(0);
}

const KNOWN = new Set(
  (
    "user worker_processes error_log pid events worker_connections http include default_type log_format access_log " +
    "sendfile tcp_nopush tcp_nodelay keepalive_timeout keepalive_requests gzip gzip_types gzip_min_length types server listen server_name " +
    "location root alias index try_files return proxy_pass proxy_set_header proxy_http_version proxy_connect_timeout " +
    "proxy_read_timeout proxy_send_timeout proxy_buffering proxy_redirect proxy_next_upstream upstream error_page add_header autoindex " +
    "client_max_body_size auth_basic auth_basic_user_file charset expires stub_status internal deny allow daemon master_process worker_rlimit_nofile " +
    "server_tokens multi_accept use resolver set rewrite if limit_except map keepalive least_conn ip_hash types_hash_max_size " +
    "client_body_temp_path proxy_temp_path fastcgi_temp_path uwsgi_temp_path scgi_temp_path default_server log_not_found " +
    "absolute_redirect port_in_redirect etag stream load_module env server_names_hash_bucket_size client_body_timeout client_header_timeout send_timeout"
  ).split(" "),
);

/** Directives in whose blocks names are data. */
const DATA_BLOCKS = new Set(["types", "map"]);

function checkNames(list: readonly Directive[]): void {
  for (const one of list) {
    if (!KNOWN.has(one.name)) throw new ConfigFault(`unknown directive "${one.name}" in ${one.file}:${one.line}`);
    if (one.block && !DATA_BLOCKS.has(one.name)) checkNames(one.block);
  }
}

/** Reads a file and all that it includes. Throws ConfigFault. */
export function* loadConfig(sys: Sys, path: string): Task<Directive[]> {
  const list = yield* load(sys, path, 0);
  checkNames(list);
  return list;
}

function* load(sys: Sys, path: string, depth: number): Task<Directive[]> {
  const text = yield* readWholeFile(sys, path);
  if (text === undefined || depth > 8) throw new ConfigFault(`open() "${path}" failed (2: No such file or directory)`);
  return yield* expand(sys, parseConfig(text, path), depth);
}

function* expand(sys: Sys, list: readonly Directive[], depth: number): Task<Directive[]> {
  const out: Directive[] = [];
  for (const one of list) {
    if (one.name === "include" && !one.block) {
      const pattern = one.args[0] ?? "";
      for (const file of filesOf(sys, pattern.startsWith("/") ? pattern : `/etc/nginx/${pattern}`, one))
        out.push(...(yield* load(sys, file, depth + 1)));
    } else out.push(one.block ? { ...one, block: yield* expand(sys, one.block, depth) } : one);
  }
  return out;
}

function filesOf(sys: Sys, pattern: string, from: Directive): string[] {
  const slash = pattern.lastIndexOf("/");
  const name = pattern.slice(slash + 1);
  if (!/[*?]/.test(name)) {
    if (!sys.access(pattern, "read"))
      throw new ConfigFault(`open() "${pattern}" failed (2: No such file or directory) in ${from.file}:${from.line}`);
    return [pattern];
  }
  const wanted = compilePattern(name);
  try {
    return sys
      .readdir(pattern.slice(0, slash) || "/")
      .filter((one) => matches(wanted, one) && !one.startsWith("."))
      .sort()
      .map((one) => `${pattern.slice(0, slash)}/${one}`);
  } catch (error) {
    if (error instanceof SysError) return [];
    throw error;
  }
}

export interface LocationBlock {
  readonly modifier: string;
  readonly pattern: string;
  readonly directives: readonly Directive[];
}

export interface ServerBlock {
  readonly listens: readonly { readonly ip: string; readonly port: number; readonly isDefault: boolean }[];
  readonly names: readonly string[];
  readonly locations: readonly LocationBlock[];
  /** Of the server and of http around it: the nearest first. */
  readonly directives: readonly Directive[];
}

export interface NginxConfig {
  readonly main: readonly Directive[];
  readonly servers: readonly ServerBlock[];
  readonly upstreams: ReadonlyMap<string, readonly string[]>;
  readonly types: ReadonlyMap<string, string>;
  readonly logFormats: ReadonlyMap<string, string>;
}

export function findDirective(list: readonly Directive[], name: string): Directive | undefined {
  return list.find((one) => one.name === name);
}

/** Throws ConfigFault. */
export function interpret(list: readonly Directive[]): NginxConfig {
  const http = findDirective(list, "http")?.block ?? [];
  if (!findDirective(list, "events")) throw new ConfigFault('no "events" section in configuration');
  const types = new Map<string, string>();
  for (const block of http.filter((one) => one.name === "types"))
    for (const one of block.block ?? []) for (const extension of one.args) types.set(extension, one.name);
  const logFormats = new Map<string, string>([
    [
      "combined",
      '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"',
    ],
  ]);
  for (const one of http.filter((d) => d.name === "log_format"))
    logFormats.set(one.args[0]!, one.args.slice(1).join(""));
  const upstreams = new Map<string, string[]>();
  for (const one of http.filter((d) => d.name === "upstream"))
    upstreams.set(
      one.args[0]!,
      (one.block ?? []).filter((d) => d.name === "server").map((d) => d.args[0]!),
    );
  const servers = http
    .filter((one) => one.name === "server")
    .map((server): ServerBlock => {
      const own = server.block ?? [];
      const listens = own.filter((d) => d.name === "listen").flatMap((d) => listenOf(d));
      const hasListen = own.some((d) => d.name === "listen");
      return {
        listens: hasListen ? listens : [{ ip: "0.0.0.0", port: 80, isDefault: false }],
        names: own.filter((d) => d.name === "server_name").flatMap((d) => d.args),
        locations: own
          .filter((d) => d.name === "location")
          .map((d) => ({
            modifier: d.args.length > 1 ? d.args[0]! : "",
            pattern: d.args[d.args.length - 1] ?? "/",
            directives: d.block ?? [],
          })),
        directives: [...own, ...http],
      };
    });
  return { main: list, servers, upstreams, types, logFormats };
}

function listenOf(directive: Directive): ServerBlock["listens"] {
  const [address = "80", ...options] = directive.args;
  // IPv6 sockets are not simulated; images listen on both.
  if (address.startsWith("[")) return [];
  const match = /^(?:([\w.*-]+):)?(\d+)$/.exec(address);
  const ip = match?.[1] ?? (/^[\d.]+$/.test(address) && address.includes(".") ? address : "0.0.0.0");
  const port = match ? Number(match[2]) : 80;
  if (port < 1 || port > 65535)
    throw new ConfigFault(
      `invalid port in "${address}" of the "listen" directive in ${directive.file}:${directive.line}`,
    );
  return [
    {
      ip: ip === "*" ? "0.0.0.0" : ip === "localhost" ? "127.0.0.1" : ip,
      port,
      isDefault: options.includes("default_server"),
    },
  ];
}
