/** The credentials that a Pod's imagePullSecrets hold (kubelet: pkg/kubelet/kubelet_pods.go, getPullSecretsForPod; pkg/credentialprovider). */
import type { Credentials } from "../../runtime/imageCatalogue.ts";
import type { ApiServer } from "../apiServer.ts";
import type { Pod, Secret } from "../api/types.ts";
import { type EventRecorder, podReference } from "../eventRecorder.ts";
import { dataOf, fromBase64 } from "./environment.ts";

/** Where each type of secret keeps its registries. */
const keyOfType: Readonly<Record<string, { key: string; nested: boolean }>> = {
  "kubernetes.io/dockerconfigjson": { key: ".dockerconfigjson", nested: true },
  "kubernetes.io/dockercfg": { key: ".dockercfg", nested: false },
};

/** Secrets that are missing are told in an event, and the pull is tried all the same. */
export function pullCredentials(api: ApiServer, recorder: EventRecorder, pod: Pod): Credentials[] {
  const missing: string[] = [];
  const found: Credentials[] = [];
  for (const { name } of pod.spec.imagePullSecrets ?? []) {
    if (!name) continue;
    const secret = api.get<Secret>("Secret", pod.metadata.namespace, name);
    if (secret) found.push(...credentialsIn(secret));
    else missing.push(name);
  }
  if (missing.length > 0)
    recorder.record(
      podReference(pod),
      "Warning",
      "FailedToRetrieveImagePullSecret",
      `Unable to retrieve some image pull secrets (${missing.join(", ")}); attempting to pull the image may not succeed.`,
    );
  return found;
}

function credentialsIn(secret: Secret): Credentials[] {
  const place = keyOfType[secret.type ?? ""];
  const parsed = place && parsedJson(dataOf(secret)[place.key] ?? "");
  const auths = place?.nested ? (parsed as { auths?: unknown } | undefined)?.auths : parsed;
  if (typeof auths !== "object" || auths === null) return [];
  return Object.entries(auths).map(
    ([server, entry]: [string, { username?: string; password?: string; auth?: string }]) => {
      const [username = "", ...rest] = entry?.auth ? fromBase64(entry.auth).split(":") : [];
      const host = server.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
      return {
        server: host === "index.docker.io" || host === "registry-1.docker.io" ? "docker.io" : host,
        username: entry?.username ?? username,
        password: entry?.password ?? rest.join(":"),
      };
    },
  );
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
