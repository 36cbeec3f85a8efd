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

/** The field manager of `kubectl apply` without `--server-side`; with it, it is `kubectl`. */
export const CLIENT_SIDE_APPLY = "kubectl-client-side-apply";

export interface WriteOptions {
  readonly dryRun?: boolean;
}

export interface PatchOptions extends WriteOptions {
  readonly subresource?: "ephemeralcontainers" | "resize" | "status";
  /** Refuses unknown fields (`apply`); others are warned of them. */
  readonly strict?: boolean;
}

export interface ExecStreams {
  /** All of it; or a source that calls `feed` as data comes, until the function that it returns is called. */
  readonly stdin?: string | ((feed: (data: string, end: boolean) => void) => () => void);
  /** `-t`: the command sees a terminal, and all its output goes to `out`. */
  readonly tty?: boolean;
  out(text: string): void;
  err(text: string): void;
}

export interface ApiClient {
  /** The same, with what it writes put down to this field manager. */
  as(manager: string): ApiClient;
  /** Server-side apply: makes the object, or merges what the document says into it. */
  apply(
    document: Readonly<Record<string, unknown>>,
    options: WriteOptions & { readonly manager: string; readonly force: boolean },
  ): Answer;
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
    options?: PatchOptions,
  ): Answer;
  /** `grace` in seconds; undefined: the object's own. */
  delete(kind: string, namespace: string | undefined, name: string, options?: { readonly grace?: number }): Answer;
  /** Deletes a Pod that says afterwards why (the subresource `eviction`). */
  evict(namespace: string, name: string, options?: { readonly grace?: number }): Answer;
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
  /** Calls whenever the container may have written more (`logs -f`); the answer ends it. Without it the log is looked at now and then. */
  logsChanged?(pod: Pod, container: string, listener: () => void): () => void;
  /** Connects to the container's first process and ends when that does. `error` is the server's text. */
  attach?(
    pod: Pod,
    container: string,
    streams: ExecStreams,
  ): Task<{ readonly exitCode: number } | { readonly error: string }>;
  /** Opens a port on the machine of the shell that leads into the Pod. `onConnection` is called for each connection. */
  portForward?(
    pod: Pod,
    options: {
      readonly address: string;
      /** 0: any that is free. */
      readonly localPort: number;
      readonly podPort: number;
      readonly onConnection: (port: number) => void;
    },
  ): { readonly localPort: number; close(): void } | { readonly error: string };
  /** ms since the epoch. */
  now(): number;
}

export interface KubectlIo {
  out(text: string): void;
  err(text: string): void;
  /** All that standard input gives; undefined: nothing is connected. */
  stdin(): string | undefined;
  /** Standard input as it comes, for what is interactive; absent where there is none. */
  readonly liveStdin?: (feed: (data: string, end: boolean) => void) => () => void;
  /** Standard input and output are a terminal. */
  readonly isTerminal?: boolean;
  /** Undefined: no such file. Relative paths are the shell's affair. */
  readFile(path: string): string | undefined;
  /** False when it cannot be written. Missing folders are made. */
  writeFile(path: string, text: string): boolean;
  /** The names in a folder, sorted; undefined when it is none. */
  listFolder?(path: string): readonly string[] | undefined;
  /** The learner's editor on a text; gives what was saved, or undefined when the editor failed. */
  edit?(text: string, fileName: string): Task<string | undefined>;
  /** Of the shell: HOME, KUBECONFIG, KUBE_EDITOR. */
  environment?(name: string): string | undefined;
}
