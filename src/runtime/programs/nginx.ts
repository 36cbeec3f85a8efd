/** nginx 1.22.1: a master that keeps workers, its notices and access log, static files, `return` and `proxy_pass`. */
import type { Task } from "../../time/task.ts";
import { kernelRelease as nodeRelease } from "../kernelRelease.ts";
import { SIGNAL_NUMBERS } from "../signals.ts";
import { type SignalName, type Sys, SysError } from "../sys.ts";
import { Fibers } from "./fibers.ts";
import { ByteReader, keepsAlive, readRequest, writeResponse } from "./httpServer.ts";
import { ConfigFault, findDirective, interpret, loadConfig, type NginxConfig, parseConfig } from "./nginxConfig.ts";
import { causeOf, Logs, logTime, NGINX_VERSION } from "./nginxLog.ts";
import { answer, type Served } from "./nginxRequest.ts";
import { readWholeFile, resolveHost } from "./resolver.ts";

const CONFIG = "/etc/nginx/nginx.conf";
interface Listener {
  readonly fd: number;
  readonly ip: string;
  readonly port: number;
}

const BIND_TRIES = 5;
const BIND_PAUSE_MS = 500;
const CACHE_FOLDERS = ["client_temp", "proxy_temp", "fastcgi_temp", "uwsgi_temp", "scgi_temp"];

export function* nginx(sys: Sys): Task<number> {
  let globals = "";
  let configPath = CONFIG;
  let test = false;
  let order: string | undefined;
  for (let i = 1; i < sys.argv.length; i++) {
    const option = sys.argv[i]!;
    if (option === "-v" || option === "-V") {
      yield* sys.write(2, `nginx version: nginx/${NGINX_VERSION}\n`);
      return 0;
    }
    if (option === "-g") globals += sys.argv[++i] ?? "";
    else if (option === "-c") configPath = sys.argv[++i] ?? "";
    else if (option === "-s") order = sys.argv[++i] ?? "";
    else if (option === "-t" || option === "-T") test = true;
    else if (option === "-q" || option === "-p" || option === "-e") i += option === "-q" ? 0 : 1;
    else {
      yield* sys.write(2, `nginx: invalid option: "${option.replace(/^-/, "")}"\n`);
      return 1;
    }
  }
  let config: NginxConfig;
  let foreground = false;
  try {
    const extra = parseConfig(globals, "command line");
    foreground = findDirective(extra, "daemon")?.args[0] === "off";
    const list = yield* loadConfig(sys, configPath);
    foreground ||= findDirective(list, "daemon")?.args[0] === "off";
    config = interpret([...list, ...extra]);
    yield* checkUpstreams(sys, config);
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error;
    yield* emergency(sys, error.message);
    if (test) yield* sys.write(2, `nginx: configuration file ${configPath} test failed\n`);
    return 1;
  }
  if (test) {
    yield* sys.write(2, `nginx: the configuration file ${configPath} syntax is ok\n`);
    yield* sys.write(2, `nginx: configuration file ${configPath} test is successful\n`);
    return 0;
  }
  const pidFile = findDirective(config.main, "pid")?.args[0] ?? "/run/nginx.pid";
  if (order !== undefined) return yield* sendOrder(sys, order, pidFile);
  const body = (process: Sys) => master(process, config, configPath, pidFile, foreground);
  if (foreground) return yield* body(sys);
  sys.fork(body);
  return 0;
}

function* emergency(sys: Sys, text: string, level = "emerg"): Task<void> {
  yield* sys.write(2, `${logTime(sys)} [${level}] ${sys.pid}#${sys.pid}: ${text}\n`);
  yield* sys.write(2, `nginx: [${level}] ${text}\n`);
}

/** Names in proxy_pass must be known when nginx starts. Throws ConfigFault. */
function* checkUpstreams(sys: Sys, config: NginxConfig): Task<void> {
  for (const server of config.servers)
    for (const location of server.locations) {
      const pass = findDirective(location.directives, "proxy_pass");
      const host = /^https?:\/\/([^/:$]+)/.exec(pass?.args[0] ?? "")?.[1];
      if (!pass || host === undefined || config.upstreams.has(host)) continue;
      if (!(yield* resolveHost(sys, host)))
        throw new ConfigFault(`host not found in upstream "${host}" in ${pass.file}:${pass.line}`);
    }
  for (const [, servers] of config.upstreams)
    for (const server of servers) {
      const host = server.replace(/:\d+$/, "");
      if (!(yield* resolveHost(sys, host)))
        throw new ConfigFault(`host not found in upstream "${server}" in ${CONFIG}`);
    }
}

function* sendOrder(sys: Sys, order: string, pidFile: string): Task<number> {
  const signals: Record<string, SignalName> = { stop: "SIGTERM", quit: "SIGQUIT", reload: "SIGHUP", reopen: "SIGUSR1" };
  const signal = signals[order];
  if (!signal) {
    yield* sys.write(2, `nginx: invalid option: "-s ${order}"\n`);
    return 1;
  }
  const text = yield* readWholeFile(sys, pidFile);
  if (text === undefined) {
    yield* sys.write(2, `nginx: [error] open() "${pidFile}" failed (2: No such file or directory)\n`);
    return 1;
  }
  try {
    sys.kill(Number(text.trim()), signal);
    return 0;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* sys.write(2, `nginx: [alert] kill(${text.trim()}, ${SIGNAL_NUMBERS[signal]}) failed (3: No such process)\n`);
    return 1;
  }
}

function openLog(sys: Sys, path: string): number {
  if (path === "stderr") return sys.dup(2, 3);
  const fd = sys.open(path, { write: true, append: true, create: true }, 0o644);
  return sys.dup(fd, 3);
}

function* master(sys: Sys, first: NginxConfig, configPath: string, pidFile: string, foreground: boolean): Task<number> {
  let config = first;
  sys.setTitle(`nginx: master process ${sys.argv.join(" ")}`);
  if (!foreground) sys.setpgid(0, 0);
  const user = findDirective(config.main, "user");
  if (user && sys.uid !== 0)
    yield* emergency(
      sys,
      `the "user" directive makes sense only if the master process runs with super-user privileges, ignored in ${user.file}:${user.line}`,
      "warn",
    );
  let logs: Logs;
  try {
    const errorPath = findDirective(config.main, "error_log")?.args[0] ?? "/var/log/nginx/error.log";
    const http = findDirective(config.main, "http")?.block ?? [];
    const accessPath = findDirective(http, "access_log")?.args[0] ?? "/var/log/nginx/access.log";
    const at = { path: errorPath };
    try {
      const error = openLog(sys, errorPath);
      at.path = accessPath;
      logs = new Logs(sys, error, accessPath === "off" ? undefined : openLog(sys, accessPath));
    } catch (error) {
      if (error instanceof SysError) throw new ConfigFault(`open() "${at.path}" failed ${causeOf(error)}`);
      throw error;
    }
    for (const folder of CACHE_FOLDERS) {
      const path = `/var/cache/nginx/${folder}`;
      try {
        sys.mkdir(path, 0o700);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        if (error.errno !== "EEXIST") throw new ConfigFault(`mkdir() "${path}" failed ${causeOf(error)}`);
      }
    }
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error;
    yield* emergency(sys, error.message);
    return 1;
  }
  let listeners: Listener[] = [];
  for (let tries = 1; ; tries++) {
    const faults = bindAll(sys, config, listeners);
    if (faults.length === 0) break;
    for (const fault of faults) yield* emergency(sys, fault);
    if (tries > BIND_TRIES) {
      yield* emergency(sys, "still could not bind()");
      return 1;
    }
    yield* logs.error("notice", "try again to bind() after 500ms");
    yield* sys.sleep(BIND_PAUSE_MS);
  }
  try {
    const fd = sys.open(pidFile, { write: true, create: true, truncate: true });
    yield* sys.write(fd, `${sys.pid}\n`);
    sys.close(fd);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* emergency(sys, `open() "${pidFile}" failed ${causeOf(error)}`);
    return 1;
  }
  yield* logs.error("notice", 'using the "epoll" event method');
  yield* logs.error("notice", `nginx/${NGINX_VERSION}`);
  yield* logs.error("notice", `OS: Linux ${kernelRelease(sys)}`);
  yield* logs.error("notice", "getrlimit(RLIMIT_NOFILE): 20000:20000");

  const received: SignalName[] = [];
  for (const signal of ["SIGQUIT", "SIGTERM", "SIGINT", "SIGHUP", "SIGCHLD", "SIGUSR1", "SIGWINCH"] as const)
    sys.signal(signal, (name) => {
      received.push(name);
    });
  const workers = new Set<number>();
  const startWorkers = function* (): Task<void> {
    yield* logs.error("notice", "start worker processes");
    const wanted = findDirective(config.main, "worker_processes")?.args[0] ?? "1";
    const count = wanted === "auto" ? sys.limits().cpus : Math.max(1, Math.min(16, Number(wanted) || 1));
    for (let i = 0; i < count; i++) {
      const current = { config, listeners };
      const pid = sys.fork((worker) => work(worker, current.config, current.listeners, logs));
      workers.add(pid);
      yield* logs.error("notice", `start worker process ${pid}`);
    }
  };
  yield* startWorkers();
  const tell = (pids: Iterable<number>, signal: SignalName) => {
    for (const pid of pids) {
      try {
        sys.kill(pid, signal);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
      }
    }
  };
  let ending = false;
  while (workers.size > 0) {
    if (received.length === 0) {
      try {
        yield* sys.sleep(Number.POSITIVE_INFINITY);
      } catch (error) {
        if (!(error instanceof SysError) || error.errno !== "EINTR") throw error;
      }
    }
    const signal = received.shift();
    switch (signal) {
      case "SIGQUIT":
        yield* logs.error("notice", "signal 3 (SIGQUIT) received, shutting down");
        ending = true;
        tell(workers, "SIGQUIT");
        break;
      case "SIGTERM":
      case "SIGINT":
        yield* logs.error("notice", `signal ${SIGNAL_NUMBERS[signal]} (${signal}) received, exiting`);
        ending = true;
        tell(workers, "SIGTERM");
        break;
      case "SIGHUP": {
        yield* logs.error("notice", "signal 1 (SIGHUP) received, reconfiguring");
        yield* logs.error("notice", "reconfiguring");
        try {
          const next = interpret(yield* loadConfig(sys, configPath));
          yield* checkUpstreams(sys, next);
          const added: Listener[] = [...listeners];
          const faults = bindAll(sys, next, added);
          if (faults.length > 0) throw new ConfigFault(faults[0]);
          config = next;
          listeners = added;
        } catch (error) {
          if (!(error instanceof ConfigFault)) throw error;
          yield* logs.error("emerg", error.message);
          break;
        }
        const old = [...workers];
        yield* logs.error("notice", 'using the "epoll" event method');
        yield* startWorkers();
        tell(old, "SIGQUIT");
        break;
      }
      case "SIGCHLD":
        for (;;) {
          const ended = yield* waitNow(sys);
          if (!ended) break;
          yield* logs.error("notice", `signal 17 (SIGCHLD) received from ${ended.pid}`);
          workers.delete(ended.pid);
          if ("exited" in ended.status)
            yield* logs.error("notice", `worker process ${ended.pid} exited with code ${ended.status.exited}`);
          else {
            const number = SIGNAL_NUMBERS[ended.status.signaled];
            yield* logs.error("alert", `worker process ${ended.pid} exited on signal ${number}`);
            if (!ending) {
              const current = { config, listeners };
              const pid = sys.fork((worker) => work(worker, current.config, current.listeners, logs));
              workers.add(pid);
              yield* logs.error("notice", `start worker process ${pid}`);
            }
          }
        }
        break;
      default:
    }
  }
  yield* logs.error("notice", "exit");
  try {
    sys.unlink(pidFile);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
  return 0;
}

function* waitNow(sys: Sys) {
  try {
    return yield* sys.wait(-1, true);
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
}

/** Adds the listeners that are missing; the faults when an address is taken. */
function bindAll(sys: Sys, config: NginxConfig, listeners: Listener[]): string[] {
  const faults: string[] = [];
  for (const server of config.servers)
    for (const { ip, port } of server.listens) {
      if (listeners.some((one) => one.ip === ip && one.port === port)) continue;
      try {
        listeners.push({ fd: sys.listen({ ip, port }), ip, port });
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        faults.push(`bind() to ${ip}:${port} failed ${causeOf(error)}`);
      }
    }
  if (faults.length > 0) {
    for (const listener of listeners.splice(0)) sys.close(listener.fd);
  }
  return faults;
}

function kernelRelease(sys: Sys): string {
  return sys.sysctl("kernel.osrelease") ?? nodeRelease;
}

function* work(sys: Sys, config: NginxConfig, listeners: readonly Listener[], logs: Logs): Task<number> {
  sys.setTitle("nginx: worker process");
  let quit = false;
  let stop = false;
  sys.signal("SIGQUIT", () => {
    quit = true;
  });
  const end = () => {
    stop = true;
  };
  sys.signal("SIGTERM", end);
  sys.signal("SIGINT", end);
  const fibers = new Fibers();
  const idle = new Map<number, () => void>();
  const forget: (() => void)[] = [];
  let connections = 0;
  for (const listener of listeners)
    forget.push(
      fibers.add(
        (function* () {
          for (;;) {
            const { fd, peer } = yield* sys.accept(listener.fd);
            const number = ++connections;
            const remove = fibers.add(
              serve(sys, config, listener.port, fd, peer.ip, number, logs, (isIdle) => {
                if (isIdle) idle.set(fd, remove);
                else idle.delete(fd);
              }),
            );
          }
        })(),
      ),
    );
  let closing = false;
  while (fibers.size > 0 && !stop) {
    try {
      yield* fibers.run();
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== "EINTR") throw error;
    }
    if (quit && !closing) {
      closing = true;
      yield* logs.error("notice", "gracefully shutting down", sys);
      for (const one of forget) one();
      for (const listener of listeners) if (sys.isOpen(listener.fd)) sys.close(listener.fd);
      for (const [fd, remove] of idle) {
        remove();
        if (sys.isOpen(fd)) sys.close(fd);
      }
    }
  }
  yield* logs.error("notice", "exiting", sys);
  yield* logs.error("notice", "exit", sys);
  return 0;
}

function* serve(
  sys: Sys,
  config: NginxConfig,
  port: number,
  fd: number,
  client: string,
  number: number,
  logs: Logs,
  onIdle: (isIdle: boolean) => void,
): Task<void> {
  const reader = new ByteReader(sys, fd);
  try {
    for (;;) {
      onIdle(true);
      const request = yield* readRequest(reader);
      onIdle(false);
      if (request === undefined) return;
      const served: Served = yield* answer({ sys, config, port, client, number, logs }, request);
      if (served.response) {
        const alive = request !== "bad" && keepsAlive(request);
        const headers = [...served.response.headers, ["Connection", alive ? "keep-alive" : "close"] as const];
        yield* writeResponse(sys, fd, request === "bad" ? undefined : request, { ...served.response, headers });
        if (served.log !== undefined) yield* logs.access(served.log, sys);
        if (alive) continue;
      } else if (served.log !== undefined) yield* logs.access(served.log, sys);
      return;
    }
  } finally {
    onIdle(false);
    if (sys.isOpen(fd)) sys.close(fd);
  }
}
