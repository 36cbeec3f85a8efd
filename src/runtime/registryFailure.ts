/** Why a registry does not hand out an image, in containerd's words (core/remotes/docker). */
import type { RegistryAnswer } from "./imageCatalogue.ts";
import { canonicalName, type ImageReference } from "./imageReference.ts";

type Failure = Extract<RegistryAnswer, { failure: string }>["failure"];

export interface RegistryFailure {
  /** gRPC code. */
  readonly code: string;
  /** How long it takes until this is known. */
  readonly waitMs: number;
  readonly cause: string;
}

export function registryFailure(failure: Failure, reference: ImageReference): RegistryFailure {
  const [host, ...path] = reference.repository.split("/") as [string, ...string[]];
  const server = host === "docker.io" ? "registry-1.docker.io" : host;
  const head = `failed to do request: Head "https://${server}/v2/${path.join("/")}/manifests/${reference.digest ?? reference.tag}"`;
  switch (failure) {
    case "missing":
      return { code: "NotFound", waitMs: 40, cause: `${canonicalName(reference)}: not found` };
    case "denied":
      return {
        code: "Unknown",
        waitMs: 200,
        cause:
          "pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials",
      };
    case "unresolvable":
      return {
        code: "Unknown",
        waitMs: 60,
        cause: `${head}: dial tcp: lookup ${server} on 192.168.49.1:53: no such host`,
      };
    case "unreachable":
      return { code: "Unknown", waitMs: 30_000, cause: `${head}: dial tcp ${server}: i/o timeout` };
  }
}
