/**
 * MySQL and PostgreSQL as their images start them: what they demand, how long they take, when they answer on their
 * port. They hold no tables: a query is refused in plain words.
 */
import type { Task } from "../../time/task.ts";
import { type Program, type SignalName, type Sys, SysError } from "../sys.ts";
import { Fibers } from "./fibers.ts";
import { resolveHost } from "./resolver.ts";

interface Database {
  readonly name: string;
  readonly port: number;
  readonly dataPath: string;
  /** ms from start to readiness with an empty and with a filled data directory. */
  readonly firstStartMs: number;
  readonly startMs: number;
  readonly residentBytes: number;
  readonly missing: (env: ReadonlyMap<string, string>) => string | undefined;
  readonly before: (sys: Sys) => readonly string[];
  readonly ready: (sys: Sys) => string;
  readonly goodbye: (sys: Sys) => string;
  /** What the server says first, or after the client's hello. */
  readonly greeting: string;
}

const stamp = (sys: Sys) => new Date(sys.now()).toISOString();

const MYSQL: Database = {
  name: "mysqld",
  port: 3306,
  dataPath: "/var/lib/mysql",
  firstStartMs: 12_000,
  startMs: 2_000,
  residentBytes: 350 << 20,
  missing: (env) =>
    ["MYSQL_ROOT_PASSWORD", "MYSQL_ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD"].some((name) => env.get(name))
      ? undefined
      : "[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\n    You need to specify one of the following as an environment variable:\n    - MYSQL_ROOT_PASSWORD\n    - MYSQL_ALLOW_EMPTY_PASSWORD\n    - MYSQL_RANDOM_ROOT_PASSWORD\n",
  before: (sys) => [
    `${entry(sys)} [Note] [Entrypoint]: Entrypoint script for MySQL Server 8.0.36 started.`,
    `${entry(sys)} [Note] [Entrypoint]: Initializing database files`,
  ],
  ready: (sys) =>
    `${stamp(sys)} 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '8.0.36'  socket: '/var/run/mysqld/mysqld.sock'  port: 3306  MySQL Community Server - GPL.`,
  goodbye: (sys) =>
    `${stamp(sys)} 0 [System] [MY-010910] [Server] /usr/sbin/mysqld: Shutdown complete (mysqld 8.0.36)  MySQL Community Server - GPL.`,
  greeting: "J\0\0\0\n8.0.36\0",
};

const MARIADB: Database = {
  ...MYSQL,
  name: "mariadbd",
  missing: (env) =>
    ["ROOT_PASSWORD", "ROOT_PASSWORD_HASH", "ALLOW_EMPTY_ROOT_PASSWORD", "RANDOM_ROOT_PASSWORD"].some((name) =>
      env.get(`MARIADB_${name}`),
    ) || MYSQL.missing(env) === undefined
      ? undefined
      : "[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\n\tYou need to specify one of MARIADB_ROOT_PASSWORD, MARIADB_ROOT_PASSWORD_HASH, MARIADB_ALLOW_EMPTY_ROOT_PASSWORD and MARIADB_RANDOM_ROOT_PASSWORD\n",
  before: (sys) => [
    `${entry(sys)} [Note] [Entrypoint]: Entrypoint script for MariaDB Server 1:11.4.2+maria~ubu2404 started.`,
    `${entry(sys)} [Note] [Entrypoint]: Initializing database files`,
  ],
  ready: (sys) =>
    `${entry(sys).slice(0, 19)} 0 [Note] mariadbd: ready for connections.\nVersion: '11.4.2-MariaDB-ubu2404'  socket: '/run/mysqld/mysqld.sock'  port: 3306  mariadb.org binary distribution`,
  goodbye: (sys) => `${entry(sys).slice(0, 19)} 0 [Note] mariadbd: Shutdown complete`,
  greeting: "J\0\0\0\n11.4.2-MariaDB\0",
};

function entry(sys: Sys): string {
  return stamp(sys)
    .replace("T", " ")
    .replace(/\.\d+Z$/, "+00:00");
}

const POSTGRES: Database = {
  name: "postgres",
  port: 5432,
  dataPath: "/var/lib/postgresql/data",
  firstStartMs: 3_000,
  startMs: 700,
  residentBytes: 40 << 20,
  missing: (env) =>
    env.get("POSTGRES_PASSWORD") || env.get("POSTGRES_HOST_AUTH_METHOD") === "trust"
      ? undefined
      : 'Error: Database is uninitialized and superuser password is not specified.\n       You must specify POSTGRES_PASSWORD to a non-empty value for the\n       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".\n\n       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all\n       connections without a password. This is *not* recommended.\n\n       See PostgreSQL documentation about "trust":\n       https://www.postgresql.org/docs/current/auth-trust.html\n',
  before: () => [
    'The files belonging to this database system will be owned by user "postgres".',
    "This user must also own the server process.",
    "",
    "PostgreSQL init process complete; ready for start up.",
    "",
  ],
  ready: (sys) => `${pgStamp(sys)} [${sys.pid}] LOG:  database system is ready to accept connections`,
  goodbye: (sys) => `${pgStamp(sys)} [${sys.pid}] LOG:  database system is shut down`,
  greeting: "",
};

function pgStamp(sys: Sys): string {
  return stamp(sys).replace("T", " ").replace("Z", " UTC");
}

/** The image's entrypoint: the server when its name is the command, else the command itself. */
function entrypoint(database: Database): Program {
  return function* (sys) {
    const command = sys.argv.slice(1);
    const [first] = command;
    if (first !== undefined && first !== database.name && !first.startsWith("-"))
      return yield* execCommand(sys, command);
    return yield* serve(sys, database);
  };
}

export function* execCommand(sys: Sys, command: readonly string[]): Task<number> {
  const name = command[0]!;
  const places = name.includes("/")
    ? [name]
    : (sys.env.get("PATH") ?? "/bin").split(":").map((one) => `${one}/${name}`);
  for (const path of places) {
    if (!sys.access(path, "execute")) continue;
    try {
      return yield* sys.exec(path, command, sys.env);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
  }
  yield* sys.write(2, `${sys.argv[0]}: exec: ${name}: not found\n`);
  return 127;
}

function* serve(sys: Sys, database: Database): Task<number> {
  const marker = `${database.dataPath}/.initialized`;
  const isNew = !sys.access(marker, "read");
  if (isNew) {
    const missing = database.missing(sys.env);
    if (missing !== undefined) {
      yield* sys.write(2, database !== POSTGRES ? `${entry(sys)} ${missing}` : missing);
      return 1;
    }
    for (const line of database.before(sys)) yield* sys.write(1, `${line}\n`);
  }
  const asked: SignalName[] = [];
  for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const)
    sys.signal(signal, (name) => {
      asked.push(name);
    });
  yield* sys.memory(database.residentBytes);
  const fibers = new Fibers();
  fibers.add(start(sys, database, isNew, marker, fibers));
  while (asked.length === 0 && fibers.size > 0) {
    try {
      yield* fibers.run();
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== "EINTR") throw error;
    }
  }
  if (asked.length === 0) return 1;
  yield* sys.write(2, `${database.goodbye(sys)}\n`);
  return 0;
}

function* start(sys: Sys, database: Database, isNew: boolean, marker: string, fibers: Fibers): Task<void> {
  yield* sys.sleep(isNew ? database.firstStartMs : database.startMs);
  if (isNew) {
    try {
      sys.close(sys.open(marker, { write: true, create: true }, 0o600));
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* sys.write(2, `${database.name}: could not write to ${database.dataPath}\n`);
      return;
    }
  }
  let listening: number;
  try {
    listening = sys.listen({ ip: "0.0.0.0", port: database.port });
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* sys.write(2, `${database.name}: port ${database.port} is already in use\n`);
    return;
  }
  yield* sys.write(2, `${database.ready(sys)}\n`);
  for (;;) {
    const { fd } = yield* sys.accept(listening);
    fibers.add(talk(sys, fd, database));
  }
}

function* talk(sys: Sys, fd: number, database: Database): Task<void> {
  try {
    if (database.greeting !== "") yield* sys.write(fd, database.greeting);
    while ((yield* sys.read(fd)) !== "") yield* sys.write(fd, "E");
  } finally {
    if (sys.isOpen(fd)) sys.close(fd);
  }
}

/** `pg_isready`, `mysqladmin ping`: is the port answered? */
function* isAnswering(sys: Sys, host: string, port: number): Task<boolean> {
  const addresses = yield* resolveHost(sys, host);
  if (!addresses) return false;
  try {
    sys.close(yield* sys.connect({ ip: addresses[0]!, port }));
    return true;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return false;
  }
}

function optionValue(argv: readonly string[], short: string, long: string): string | undefined {
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === short || word === long) return argv[i + 1];
    if (word.startsWith(`${long}=`)) return word.slice(long.length + 1);
    if (word.startsWith(short) && word.length > short.length && !word.startsWith("--")) return word.slice(short.length);
  }
  return undefined;
}

function* pgIsReady(sys: Sys): Task<number> {
  const host = optionValue(sys.argv, "-h", "--host") ?? "localhost";
  const port = Number(optionValue(sys.argv, "-p", "--port") ?? POSTGRES.port);
  const place = sys.argv.some((word) => word.startsWith("-h")) ? `${host}:${port}` : `/var/run/postgresql:${port}`;
  const answers = yield* isAnswering(sys, host, port);
  yield* sys.write(1, `${place} - ${answers ? "accepting connections" : "no response"}\n`);
  return answers ? 0 : 2;
}

/** `psql -c QUERY`: whether the server answers is modelled, and a query that needs no table; nothing else. */
function* psql(sys: Sys): Task<number> {
  const host = optionValue(sys.argv, "-h", "--host") ?? sys.env.get("PGHOST") ?? "";
  const port = Number(optionValue(sys.argv, "-p", "--port") ?? sys.env.get("PGPORT") ?? POSTGRES.port);
  if (!(yield* isAnswering(sys, host === "" ? "localhost" : host, port))) {
    const where = host === "" ? `socket "/var/run/postgresql/.s.PGSQL.${port}"` : `server at "${host}", port ${port}`;
    const why =
      host === ""
        ? "No such file or directory\n\tIs the server running locally and accepting connections on that socket?"
        : "Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?";
    yield* sys.write(2, `psql: error: connection to ${where} failed: ${why}\n`);
    return 2;
  }
  const cluster = sys.argv.findIndex((word) => /^-[a-zA-Z]+c$/.test(word));
  const query = cluster > 0 ? sys.argv[cluster + 1] : optionValue(sys.argv, "-c", "--command");
  const constant = /^\s*select\s+(-?\d+)\s*;?\s*$/i.exec(query ?? "")?.[1];
  if (constant === undefined) {
    yield* sys.write(2, "psql: tables and queries are not modelled by this simulator: only select NUMBER is\n");
    return 1;
  }
  const bare = sys.argv.some((word) => /^-[a-zA-Z]*t/.test(word) || word === "--tuples-only");
  const unaligned = sys.argv.some((word) => /^-[a-zA-Z]*A/.test(word) || word === "--no-align");
  if (bare) yield* sys.write(1, unaligned ? `${constant}\n` : ` ${constant.padStart(8)}\n\n`);
  else if (unaligned) yield* sys.write(1, `?column?\n${constant}\n(1 row)\n`);
  else yield* sys.write(1, ` ?column? \n----------\n${constant.padStart(9)}\n(1 row)\n\n`);
  return 0;
}

function* mysqlAdmin(sys: Sys): Task<number> {
  const host = optionValue(sys.argv, "-h", "--host") ?? "localhost";
  const port = Number(optionValue(sys.argv, "-P", "--port") ?? MYSQL.port);
  if (yield* isAnswering(sys, host, port)) {
    yield* sys.write(1, "mysqld is alive\n");
    return 0;
  }
  const cause =
    host === "localhost"
      ? "Can't connect to local MySQL server through socket '/var/run/mysqld/mysqld.sock' (2)"
      : `Can't connect to MySQL server on '${host}:${port}' (111)`;
  yield* sys.write(2, `mysqladmin: connect to server at '${host}' failed\nerror: '${cause}'\n`);
  return 1;
}

export const databasePrograms: Readonly<Record<string, Program>> = {
  "mysql-entrypoint": entrypoint(MYSQL),
  mysqld: (sys) => serve(sys, MYSQL),
  mysqladmin: mysqlAdmin,
  "postgres-entrypoint": entrypoint(POSTGRES),
  postgres: (sys) => serve(sys, POSTGRES),
  pg_isready: pgIsReady,
  psql,
  "mariadb-entrypoint": entrypoint(MARIADB),
  mariadbd: (sys) => serve(sys, MARIADB),
};
