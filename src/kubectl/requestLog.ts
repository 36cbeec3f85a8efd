/** `-v=6` and more: the requests that a real kubectl would have logged on stderr, one line for each call of the client. */
import { kindNamed } from "../cluster/api/kinds.ts";
import type { Answer, ApiClient, KubectlIo } from "./client.ts";
import { klogLine } from "./klog.ts";
import { serverAddress } from "./kubeconfig.ts";

export function loggingClient(client: ApiClient, io: KubectlIo, level: number): ApiClient {
  if (level < 6) return client;
  const server = serverAddress(client);
  const log = (verb: string, path: string, status: string) =>
    io.err(
      klogLine(
        "I",
        client.now(),
        "round_trippers.go:632",
        `"Response" verb=${JSON.stringify(verb)} url=${JSON.stringify(server + path)} status=${JSON.stringify(status)} milliseconds=1`,
      ),
    );
  const answered = (verb: string, path: string, answer: Answer, good: string): Answer => {
    log(verb, path, "status" in answer ? `${answer.status.code} ${answer.status.reason}` : good);
    return answer;
  };
  const kindOf = (document: Readonly<Record<string, unknown>>) => {
    const { name, namespace } = (document.metadata ?? {}) as { name?: string; namespace?: string };
    return { kind: String(document.kind), name, namespace };
  };
  return Object.assign(Object.create(client) as ApiClient, {
    get(kind: string, namespace: string | undefined, name: string) {
      const object = client.get(kind, namespace, name);
      log("GET", pathOf(kind, namespace, name), object ? "200 OK" : "404 Not Found");
      return object;
    },
    list(kind: string, namespace?: string) {
      log("GET", `${pathOf(kind, namespace)}?limit=500`, "200 OK");
      return client.list(kind, namespace);
    },
    create(document: Readonly<Record<string, unknown>>, options?: Parameters<ApiClient["create"]>[1]) {
      const { kind, namespace } = kindOf(document);
      return answered("POST", pathOf(kind, namespace), client.create(document, options), "201 Created");
    },
    replace(document: Readonly<Record<string, unknown>>, options?: Parameters<ApiClient["replace"]>[1]) {
      const { kind, name, namespace } = kindOf(document);
      return answered("PUT", pathOf(kind, namespace, name), client.replace(document, options), "200 OK");
    },
    patch(...call: Parameters<ApiClient["patch"]>) {
      return answered("PATCH", pathOf(call[0], call[1], call[2]), client.patch(...call), "200 OK");
    },
    evict(...call: Parameters<ApiClient["evict"]>) {
      return answered("POST", `${pathOf("Pod", call[0], call[1])}/eviction`, client.evict(...call), "201 Created");
    },
    apply(...call: Parameters<ApiClient["apply"]>) {
      const { kind, name, namespace } = kindOf(call[0]);
      return answered("PATCH", pathOf(kind, namespace, name), client.apply(...call), "200 OK");
    },
    delete(...call: Parameters<ApiClient["delete"]>) {
      return answered("DELETE", pathOf(call[0], call[1], call[2]), client.delete(...call), "200 OK");
    },
  });
}

function pathOf(kind: string, namespace: string | undefined, name?: string): string {
  const info = kindNamed(kind);
  if (!info) return `/${kind}`;
  const root = info.apiVersion.includes("/") ? `/apis/${info.apiVersion}` : `/api/${info.apiVersion}`;
  return `${root}${namespace ? `/namespaces/${namespace}` : ""}/${info.resource}${name ? `/${name}` : ""}`;
}
