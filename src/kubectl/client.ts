/** What the command needs of a cluster, and of the shell that runs it. Nothing here is a real network or file system. */
import type { Status } from "../cluster/api/status.ts";
import type { ObjectMeta, Pod } from "../cluster/api/types.ts";
import type { Task } from "../time/task.ts";

export interface ApiObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** What a write gave: the object as it is now, or a refusal. */
export type Answer = { readonly object: ApiObject; readonly warnings: readonly string[] } | { readonly status: Status };

export type PatchType = "strategic" | "merge" | "json";

export interface WriteOptions {
  readonly dryRun?: boolean;
}

export interface ExecStreams {
  readonly stdin?: string;
  out(text: string): void;
  err(text: string): void;
}

export interface ApiClient {
  get(kind: string, namespace: string | undefined, name: string): ApiObject | undefined;
  /** In the order of the storage. Namespace undefined: all of them. */
  list(kind: string, namespace?: string): readonly ApiObject[];
  /** Decodes strictly, sets defaults, admits, validates, stores. `document` is JSON. */
  create(document: Readonly<Record<string, unknown>>, options?: WriteOptions): Answer;
  replace(document: Readonly<Record<string, unknown>>, options?: WriteOptions): Answer;
  /** `patch` is JSON: an object, or a list of operations for "json". */
  patch(
    kind: string,
    namespace: string | undefined,
    name: string,
    patch: unknown,
    type: PatchType,
    options?: WriteOptions & { readonly subresource?: "ephemeralcontainers" | "resize" | "status" },
  ): Answer;
  /** `grace` in seconds; undefined: the object's own. */
  delete(kind: string, namespace: string | undefined, name: string, options?: { readonly grace?: number }): Answer;
  /** Calls at every change; the answer ends the watch. */
  watch(
    kind: string,
    listener: (event: { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: ApiObject }) => void,
  ): () => void;
  /** What the container has written, or with `previous` its run before; undefined: no such run. */
  logs(
    pod: Pod,
    container: string,
    options: { readonly previous?: boolean; readonly timestamps?: boolean; readonly sinceMs?: number },
  ): string | undefined;
  /** Runs a command in a container and waits for its end. `error` is the server's text when it could not start. */
  exec(
    pod: Pod,
    container: string,
    command: readonly string[],
    streams: ExecStreams,
  ): Task<{ readonly exitCode: number } | { readonly error: string }>;
  /** ms since the epoch. */
  now(): number;
}

export interface KubectlIo {
  out(text: string): void;
  err(text: string): void;
  /** All that standard input gives; undefined: nothing is connected. */
  stdin(): string | undefined;
  /** Undefined: no such file. Relative paths are the shell's affair. */
  readFile(path: string): string | undefined;
  /** False when it cannot be written. */
  writeFile(path: string, text: string): boolean;
}
