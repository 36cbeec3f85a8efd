/**
 * The kubeconfig: which cluster, user and namespace the command speaks for. It is a file of the shell; without one there
 * is the configuration that minikube would have written, with one context of that name.
 */
import { readManifest } from "../manifest/readManifest.ts";
import type { ApiClient, KubectlIo } from "./client.ts";
import { fail } from "./failure.ts";
import { toYaml } from "./yamlPrinter.ts";

export interface NamedCluster {
  name: string;
  cluster: { server?: string; "certificate-authority"?: string; [field: string]: unknown };
}
export interface NamedContext {
  name: string;
  context: { cluster: string; user: string; namespace?: string };
}
export interface NamedUser {
  name: string;
  user: Record<string, unknown>;
}

export interface KubeConfig {
  apiVersion: "v1";
  kind: "Config";
  clusters: NamedCluster[];
  contexts: NamedContext[];
  "current-context": string;
  users: NamedUser[];
}

function kubeconfigPath(io: KubectlIo, flag?: string): string {
  return flag || io.environment?.("KUBECONFIG") || `${io.environment?.("HOME") ?? "/root"}/.kube/config`;
}

export function readKubeconfig(io: KubectlIo, client: ApiClient, flag?: string): KubeConfig {
  const path = kubeconfigPath(io, flag);
  const text = io.readFile(path);
  if (text === undefined && flag) return fail(`stat ${flag}: no such file or directory`);
  if (text === undefined) return usual(io, client);
  const { documents, error } = readManifest(text, { fileName: path });
  if (error)
    return fail(
      `error loading config file "${path}": ${error.message.replace(/^error parsing [^:]*: (error converting YAML to JSON: )?/, "")}`,
    );
  const read = (documents[0]?.value ?? {}) as Partial<KubeConfig>;
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: read.clusters ?? [],
    contexts: read.contexts ?? [],
    "current-context": read["current-context"] ?? "",
    users: read.users ?? [],
  };
}

export function writeKubeconfig(io: KubectlIo, config: KubeConfig, flag?: string): void {
  const path = kubeconfigPath(io, flag);
  if (!io.writeFile(path, toYaml(config))) fail(`open ${path}: permission denied`);
}

/** The context in force: `--context`, or the file's own. */
export function contextOf(config: KubeConfig, flag?: string): NamedContext | undefined {
  const name = flag || config["current-context"];
  const found = config.contexts.find((context) => context.name === name);
  if (!found && flag) return fail(`context "${flag}" does not exist`);
  return found;
}

/** `https://192.168.49.2:6443` */
export function serverAddress(client: ApiClient): string {
  const node = client.list("Node")[0] as { status?: { addresses?: { type: string; address: string }[] } } | undefined;
  const address = node?.status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "localhost";
  return `https://${address}:6443`;
}

function usual(io: KubectlIo, client: ApiClient): KubeConfig {
  const home = io.environment?.("HOME") ?? "/root";
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "minikube",
        cluster: { "certificate-authority": `${home}/.minikube/ca.crt`, server: serverAddress(client) },
      },
    ],
    contexts: [{ name: "minikube", context: { cluster: "minikube", namespace: "default", user: "minikube" } }],
    "current-context": "minikube",
    users: [
      {
        name: "minikube",
        user: {
          "client-certificate": `${home}/.minikube/profiles/minikube/client.crt`,
          "client-key": `${home}/.minikube/profiles/minikube/client.key`,
        },
      },
    ],
  };
}
