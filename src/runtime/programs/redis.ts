/** redis-server and redis-cli: strings, counters, lists, keys and their times, over the real protocol. */
import type { Task } from "../../time/task.ts";
import { type SignalName, type Sys, SysError } from "../sys.ts";
import { Fibers } from "./fibers.ts";
import { ByteReader, clockOf, MONTHS } from "./httpServer.ts";
import { resolveHost } from "./resolver.ts";
import { compilePattern, matches } from "../shell/pattern.ts";

const VERSION = "7.0.15";
const PORT = 6379;

/** `1:M 01 Jan 2026 12:00:00.000 * text` */
function logLine(sys: Sys, role: string, level: string, text: string): string {
  const d = new Date(sys.now());
  const ms = String(d.getUTCMilliseconds()).padStart(3, "0");
  return `${sys.pid}:${role} ${String(d.getUTCDate()).padStart(2, "0")} ${MONTHS[d.getUTCMonth()]} ${d.getUTCFullYear()} ${clockOf(d)}.${ms} ${level} ${text}\n`;
}

interface Entry {
  readonly value: string | string[] | Map<string, string>;
  /** ms since 1970. */
  readonly expires?: number;
}

type Reply =
  | { simple: string }
  | { error: string }
  | { integer: number }
  | { bulk: string | undefined }
  | { array: Reply[] };

export function* redisServer(sys: Sys): Task<number> {
  let port = PORT;
  let bind = "0.0.0.0";
  let password: string | undefined;
  const { argv } = sys;
  for (let i = 1; i < argv.length; i++) {
    const option = argv[i]!;
    if (option === "--version" || option === "-v") {
      yield* sys.write(1, `Redis server v=${VERSION} sha=00000000:0 malloc=libc bits=64 build=0\n`);
      return 0;
    }
    if (option === "--port") port = Number(argv[++i]) || PORT;
    else if (option === "--bind") bind = argv[++i] ?? bind;
    else if (option === "--requirepass") password = argv[++i];
    else if (option.startsWith("--")) i++;
  }
  const log = (level: string, text: string, role = "M") => sys.write(1, logLine(sys, role, level, text));
  yield* log("#", "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo", "C");
  yield* log("#", `Redis version=${VERSION}, bits=64, commit=00000000, modified=0, pid=${sys.pid}, just started`, "C");
  if (argv.length === 1)
    yield* log(
      "#",
      "Warning: no config file specified, using the default config. In order to specify a config file use redis-server /path/to/redis.conf",
      "C",
    );
  else yield* log("#", "Configuration loaded", "C");
  yield* log("*", "monotonic clock: POSIX clock_gettime");
  let listening: number;
  try {
    listening = sys.listen({ ip: bind === "*" ? "0.0.0.0" : bind, port });
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* log("#", `Warning: Could not create server TCP listening socket *:${port}: bind: Address already in use`);
    yield* log("#", "Failed listening on port 6379 (TCP), aborting.");
    return 1;
  }
  yield* sys.memory(8 << 20);
  yield* log("*", `Running mode=standalone, port=${port}.`);
  yield* log("#", "Server initialized");
  yield* log("*", "Ready to accept connections");
  const store = new Map<string, Entry>();
  const fibers = new Fibers();
  fibers.add(
    (function* () {
      for (;;) {
        const { fd } = yield* sys.accept(listening);
        fibers.add(talk(sys, fd, store, password));
      }
    })(),
  );
  let asked: SignalName | undefined;
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    sys.signal(signal, (name) => {
      asked = name;
    });
  while (asked === undefined) {
    try {
      yield* fibers.run();
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== "EINTR") throw error;
    }
  }
  yield* sys.write(
    1,
    `${sys.pid}:signal-handler (${Math.floor(sys.now() / 1000)}) Received ${asked} scheduling shutdown...\n`,
  );
  yield* log("#", "User requested shutdown...");
  yield* log("*", "Saving the final RDB snapshot before exiting.");
  yield* log("*", "DB saved on disk");
  yield* log("#", "Redis is now ready to exit, bye bye...");
  return 0;
}

function* talk(sys: Sys, fd: number, store: Map<string, Entry>, password: string | undefined): Task<void> {
  const reader = new ByteReader(sys, fd);
  let trusted = password === undefined;
  try {
    for (;;) {
      const words = yield* readCommand(reader);
      if (!words) return;
      if (words.length === 0) continue;
      const name = words[0]!.toUpperCase();
      if (name === "AUTH") {
        trusted = words[words.length - 1] === password;
        yield* sys.write(
          fd,
          trusted ? "+OK\r\n" : "-WRONGPASS invalid username-password pair or user is disabled.\r\n",
        );
      } else if (!trusted) yield* sys.write(fd, "-NOAUTH Authentication required.\r\n");
      else yield* sys.write(fd, encode(execute(store, name, words.slice(1), sys.now())));
      if (name === "QUIT") return;
    }
  } finally {
    if (sys.isOpen(fd)) sys.close(fd);
  }
}

function* readCommand(reader: ByteReader): Task<string[] | undefined> {
  const line = yield* reader.line();
  if (line === undefined) return undefined;
  const text = line.replace(/\r?\n$/, "");
  if (!text.startsWith("*")) return text.split(/\s+/).filter((word) => word !== "");
  const words: string[] = [];
  for (let i = Math.min(Number(text.slice(1)), 1024); i > 0; i--) {
    const header = yield* reader.line();
    if (header === undefined) return undefined;
    const length = Math.min(Number(header.slice(1)), 1 << 20);
    words.push(yield* reader.bytes(length));
    yield* reader.line();
  }
  return words;
}

function encode(reply: Reply): string {
  if ("simple" in reply) return `+${reply.simple}\r\n`;
  if ("error" in reply) return `-${reply.error}\r\n`;
  if ("integer" in reply) return `:${reply.integer}\r\n`;
  if ("bulk" in reply) return reply.bulk === undefined ? "$-1\r\n" : `$${reply.bulk.length}\r\n${reply.bulk}\r\n`;
  return `*${reply.array.length}\r\n${reply.array.map(encode).join("")}`;
}

const OK: Reply = { simple: "OK" };
const WRONG_TYPE: Reply = { error: "WRONGTYPE Operation against a key holding the wrong kind of value" };
const NOT_INTEGER: Reply = { error: "ERR value is not an integer or out of range" };
/** Fewest arguments of each command. */
const ARITY: Readonly<Record<string, number>> = {
  GET: 1,
  SET: 2,
  DEL: 1,
  EXISTS: 1,
  INCR: 1,
  DECR: 1,
  INCRBY: 2,
  DECRBY: 2,
  APPEND: 2,
  STRLEN: 1,
  KEYS: 1,
  EXPIRE: 2,
  TTL: 1,
  LPUSH: 2,
  RPUSH: 2,
  LPOP: 1,
  RPOP: 1,
  LLEN: 1,
  LRANGE: 3,
  HSET: 3,
  HGET: 2,
  HGETALL: 1,
  TYPE: 1,
  ECHO: 1,
  SETEX: 3,
  SETNX: 2,
  MGET: 1,
};

function execute(store: Map<string, Entry>, name: string, args: readonly string[], now: number): Reply {
  if (args.length < (ARITY[name] ?? 0))
    return { error: `ERR wrong number of arguments for '${name.toLowerCase()}' command` };
  for (const [key, entry] of store) if (entry.expires !== undefined && entry.expires <= now) store.delete(key);
  const key = args[0] ?? "";
  const value = store.get(key)?.value;
  const add = (by: number): Reply => {
    if (value !== undefined && typeof value !== "string") return WRONG_TYPE;
    const before = Number(value ?? "0");
    if (!Number.isInteger(before) || !Number.isInteger(by)) return NOT_INTEGER;
    store.set(key, { ...store.get(key), value: String(before + by) });
    return { integer: before + by };
  };
  switch (name) {
    case "PING":
      return args.length > 0 ? { bulk: key } : { simple: "PONG" };
    case "ECHO":
      return { bulk: key };
    case "QUIT":
    case "SELECT":
    case "SAVE":
      return OK;
    case "SET": {
      const options = args.slice(2).map((word) => word.toUpperCase());
      if (options.includes("NX") && value !== undefined) return { bulk: undefined };
      if (options.includes("XX") && value === undefined) return { bulk: undefined };
      const ex = options.indexOf("EX");
      const expires = ex >= 0 ? { expires: now + Number(args[3 + ex]) * 1000 } : {};
      store.set(key, { value: args[1]!, ...expires });
      return OK;
    }
    case "SETEX":
      store.set(key, { value: args[2]!, expires: now + Number(args[1]) * 1000 });
      return OK;
    case "SETNX":
      if (value !== undefined) return { integer: 0 };
      store.set(key, { value: args[1]! });
      return { integer: 1 };
    case "GET":
      return value === undefined ? { bulk: undefined } : typeof value === "string" ? { bulk: value } : WRONG_TYPE;
    case "MGET":
      return {
        array: args.map((one) => ({
          bulk: typeof store.get(one)?.value === "string" ? (store.get(one)!.value as string) : undefined,
        })),
      };
    case "DEL":
      return { integer: args.filter((one) => store.delete(one)).length };
    case "EXISTS":
      return { integer: args.filter((one) => store.has(one)).length };
    case "INCR":
      return add(1);
    case "DECR":
      return add(-1);
    case "INCRBY":
      return add(Number(args[1]));
    case "DECRBY":
      return add(-Number(args[1]));
    case "APPEND": {
      if (value !== undefined && typeof value !== "string") return WRONG_TYPE;
      const next = (value ?? "") + args[1]!;
      store.set(key, { ...store.get(key), value: next });
      return { integer: next.length };
    }
    case "STRLEN":
      return { integer: typeof value === "string" ? value.length : 0 };
    case "KEYS": {
      const pattern = compilePattern(key);
      return { array: [...store.keys()].filter((one) => matches(pattern, one)).map((one) => ({ bulk: one })) };
    }
    case "DBSIZE":
      return { integer: store.size };
    case "FLUSHALL":
    case "FLUSHDB":
      store.clear();
      return OK;
    case "EXPIRE":
      if (value === undefined) return { integer: 0 };
      store.set(key, { value, expires: now + Number(args[1]) * 1000 });
      return { integer: 1 };
    case "TTL": {
      const entry = store.get(key);
      if (!entry) return { integer: -2 };
      return { integer: entry.expires === undefined ? -1 : Math.ceil((entry.expires - now) / 1000) };
    }
    case "TYPE":
      return {
        simple:
          value === undefined ? "none" : typeof value === "string" ? "string" : Array.isArray(value) ? "list" : "hash",
      };
    case "LPUSH":
    case "RPUSH": {
      if (value !== undefined && !Array.isArray(value)) return WRONG_TYPE;
      const list = value ?? [];
      for (const one of args.slice(1)) name === "LPUSH" ? list.unshift(one) : list.push(one);
      store.set(key, { value: list });
      return { integer: list.length };
    }
    case "LPOP":
    case "RPOP": {
      if (value !== undefined && !Array.isArray(value)) return WRONG_TYPE;
      const one = name === "LPOP" ? value?.shift() : value?.pop();
      if (value?.length === 0) store.delete(key);
      return { bulk: one };
    }
    case "LLEN":
      return { integer: Array.isArray(value) ? value.length : 0 };
    case "LRANGE": {
      const list = Array.isArray(value) ? value : [];
      const from = Number(args[1]);
      const to = Number(args[2]);
      const end = to < 0 ? list.length + to + 1 : to + 1;
      return {
        array: list.slice(from < 0 ? Math.max(0, list.length + from) : from, end).map((one) => ({ bulk: one })),
      };
    }
    case "HSET": {
      if (value !== undefined && !(value instanceof Map)) return WRONG_TYPE;
      const map = value ?? new Map<string, string>();
      let added = 0;
      for (let i = 1; i + 1 < args.length; i += 2) {
        if (!map.has(args[i]!)) added++;
        map.set(args[i]!, args[i + 1]!);
      }
      store.set(key, { value: map });
      return { integer: added };
    }
    case "HGET":
      return { bulk: value instanceof Map ? value.get(args[1]!) : undefined };
    case "HGETALL":
      return { array: value instanceof Map ? [...value].flatMap(([a, b]): Reply[] => [{ bulk: a }, { bulk: b }]) : [] };
    case "INFO":
      return { bulk: `# Server\r\nredis_version:${VERSION}\r\nredis_mode:standalone\r\n` };
    default:
      return {
        error: `ERR unknown command '${name.toLowerCase()}', with args beginning with: ${args.map((one) => `'${one}' `).join("")}`,
      };
  }
}

export function* redisCli(sys: Sys): Task<number> {
  let host = "127.0.0.1";
  let port = PORT;
  let password = sys.env.get("REDISCLI_AUTH");
  const words: string[] = [];
  const { argv } = sys;
  for (let i = 1; i < argv.length; i++) {
    const option = argv[i]!;
    if (words.length > 0 || !option.startsWith("-")) words.push(option);
    else if (option === "-h") host = argv[++i] ?? host;
    else if (option === "-p") port = Number(argv[++i]) || port;
    else if (option === "-a" || option === "--pass") password = argv[++i];
    else if (option === "--version" || option === "-v") {
      yield* sys.write(1, `redis-cli ${VERSION}\n`);
      return 0;
    }
  }
  const addresses = yield* resolveHost(sys, host);
  const cannot = (cause: string) => sys.write(2, `Could not connect to Redis at ${host}:${port}: ${cause}\n`);
  if (!addresses) {
    yield* cannot("Name or service not known");
    return 1;
  }
  let fd: number;
  try {
    fd = yield* sys.connect({ ip: addresses[0]!, port });
  } catch (error) {
    if (!(error instanceof SysError) || error.errno === "EINTR") throw error;
    yield* cannot(
      error.errno === "ECONNREFUSED"
        ? "Connection refused"
        : error.errno === "EHOSTUNREACH"
          ? "No route to host"
          : "Connection timed out",
    );
    return 1;
  }
  const reader = new ByteReader(sys, fd);
  const ask = function* (command: readonly string[]): Task<string | undefined> {
    yield* sys.write(fd, `*${command.length}\r\n${command.map((one) => `$${one.length}\r\n${one}\r\n`).join("")}`);
    return yield* printed(reader, sys.isatty(1), "");
  };
  if (password !== undefined) yield* ask(["AUTH", password]);
  const commands: string[][] = words.length > 0 ? [words] : [];
  if (words.length === 0) {
    const input = new ByteReader(sys, 0);
    for (let line = yield* input.line(); line !== undefined; line = yield* input.line()) {
      const split = line
        .trim()
        .split(/\s+/)
        .filter((one) => one !== "");
      if (split.length > 0) commands.push(split);
    }
  }
  for (const command of commands) {
    const text = yield* ask(command);
    if (text === undefined) {
      yield* sys.write(2, "Error: Server closed the connection\n");
      return 1;
    }
    yield* sys.write(1, `${text}\n`);
  }
  return 0;
}

/** One reply as redis-cli prints it: raw, unless a terminal is there. */
function* printed(reader: ByteReader, pretty: boolean, indent: string): Task<string | undefined> {
  const line = yield* reader.line();
  if (line === undefined) return undefined;
  const text = line.replace(/\r?\n$/, "");
  const rest = text.slice(1);
  switch (text[0]) {
    case "+":
      return rest;
    case "-":
      return pretty ? `(error) ${rest}` : `${rest}\n`;
    case ":":
      return pretty ? `(integer) ${rest}` : rest;
    case "$": {
      const length = Number(rest);
      if (length < 0) return pretty ? "(nil)" : "";
      const value = yield* reader.bytes(length);
      yield* reader.line();
      return pretty ? JSON.stringify(value) : value;
    }
    default: {
      const count = Number(rest);
      if (!(count > 0)) return pretty ? "(empty array)" : "";
      const out: string[] = [];
      for (let i = 0; i < count; i++) {
        const one = (yield* printed(reader, pretty, `${indent}   `)) ?? "";
        out.push(pretty ? `${i > 0 ? indent : ""}${i + 1}) ${one}` : one);
      }
      return out.join("\n");
    }
  }
}
