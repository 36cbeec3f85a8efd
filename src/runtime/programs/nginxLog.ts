/** nginx' two logs, and how it names system errors. */
import type { Task } from "../../time/task.ts";
import { strerror } from "../errno.ts";
import type { Errno, Sys, SysError } from "../sys.ts";
import { clockOf } from "./httpServer.ts";

export const NGINX_VERSION = "1.22.1";

const ERRNO_NUMBERS: Partial<Record<Errno, number>> = {
  EPERM: 1,
  ENOENT: 2,
  EACCES: 13,
  ENOTDIR: 20,
  EISDIR: 21,
  ENOSPC: 28,
  EROFS: 30,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ECONNREFUSED: 111,
  ECONNRESET: 104,
  EHOSTUNREACH: 113,
  ETIMEDOUT: 110,
};

/** `(2: No such file or directory)` */
export function causeOf(error: SysError): string {
  return `(${ERRNO_NUMBERS[error.errno] ?? 5}: ${strerror(error.errno)})`;
}

/** `2026/01/01 12:00:00` */
export function logTime(sys: Sys): string {
  const d = new Date(sys.now());
  const two = (n: number) => String(n).padStart(2, "0");
  return `${d.getUTCFullYear()}/${two(d.getUTCMonth() + 1)}/${two(d.getUTCDate())} ${clockOf(d)}`;
}

/** The logs, opened again after `exec` and `reload`. */
export class Logs {
  readonly #sys: Sys;
  readonly #error: number;
  readonly #access: number | undefined;
  constructor(sys: Sys, error: number, access: number | undefined) {
    this.#sys = sys;
    this.#error = error;
    this.#access = access;
  }
  *error(level: string, text: string, sys = this.#sys): Task<void> {
    yield* sys.write(this.#error, `${logTime(sys)} [${level}] ${sys.pid}#${sys.pid}: ${text}\n`);
  }
  *access(line: string, sys = this.#sys): Task<void> {
    if (this.#access !== undefined) yield* sys.write(this.#access, `${line}\n`);
  }
}
