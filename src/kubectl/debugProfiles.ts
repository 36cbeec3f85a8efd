/** What each `kubectl debug --profile` adds to the container that debugs, and to its Pod (cmd/debug/profiles.go). */
import type { Container, Pod } from "../cluster/api/types.ts";

/** An ephemeral container in the Pod itself, a container in a copy of it, or a Pod on a node. */
export type DebugStyle = "ephemeral" | "copy" | "node";

export interface Kept {
  readonly labels: boolean;
  readonly annotations: boolean;
  readonly liveness: boolean;
  readonly readiness: boolean;
  readonly startup: boolean;
  readonly initContainers: boolean;
}

type Security = NonNullable<Container["securityContext"]>;

interface Profile {
  /** The container's security context after it was cleared where `clears` says so. */
  readonly clears: readonly DebugStyle[];
  readonly security: Readonly<Partial<Record<DebugStyle, Security>>>;
  /** The node's own network, processes and IPC; its files below /host. */
  readonly hostNamespaces: boolean;
  readonly hostFiles: boolean;
  /** A copy loses what the flags do not keep, and shares its processes. */
  readonly trimsCopy: boolean;
}

const added = (...capabilities: string[]): Security => ({ capabilities: { add: capabilities } });
const everywhere = (security: Security) => ({ ephemeral: security, copy: security, node: security });

export const profiles: Readonly<Record<string, Profile>> = {
  legacy: { clears: [], security: {}, hostNamespaces: true, hostFiles: true, trimsCopy: false },
  general: {
    clears: ["node"],
    security: { ephemeral: added("SYS_PTRACE"), copy: added("SYS_PTRACE") },
    hostNamespaces: true,
    hostFiles: true,
    trimsCopy: true,
  },
  baseline: {
    clears: ["ephemeral", "copy", "node"],
    security: {},
    hostNamespaces: false,
    hostFiles: false,
    trimsCopy: true,
  },
  restricted: {
    clears: ["ephemeral", "copy", "node"],
    security: everywhere({
      runAsNonRoot: true,
      capabilities: { drop: ["ALL"] },
      allowPrivilegeEscalation: false,
      seccompProfile: { type: "RuntimeDefault" },
    }),
    hostNamespaces: false,
    hostFiles: false,
    trimsCopy: true,
  },
  netadmin: {
    clears: [],
    security: everywhere(added("NET_ADMIN", "NET_RAW")),
    hostNamespaces: true,
    hostFiles: false,
    trimsCopy: true,
  },
  sysadmin: {
    clears: [],
    security: everywhere({ privileged: true }),
    hostNamespaces: true,
    hostFiles: true,
    trimsCopy: true,
  },
};

/** Changes the container in place. */
export function secure(
  container: Pick<Container, "securityContext">,
  { clears, security }: Profile,
  style: DebugStyle,
): void {
  const add = security[style];
  const old = clears.includes(style) ? undefined : container.securityContext;
  if (!add) {
    if (!old) delete container.securityContext;
    return;
  }
  const capabilities = {
    ...old?.capabilities,
    ...add.capabilities,
    ...(add.capabilities?.add && { add: [...(old?.capabilities?.add ?? []), ...add.capabilities.add] }),
  };
  container.securityContext = {
    ...old,
    ...add,
    ...(Object.keys(capabilities).length > 0 && { capabilities }),
  } as Security;
}

/** What a copy of a Pod loses, in place. */
export function trimCopy(pod: Pod, { trimsCopy }: Profile, kept: Kept): void {
  if (!trimsCopy) {
    delete pod.metadata.labels;
    return;
  }
  if (!kept.labels) delete pod.metadata.labels;
  if (!kept.annotations) delete pod.metadata.annotations;
  for (const container of pod.spec.containers) {
    if (!kept.liveness) delete container.livenessProbe;
    if (!kept.readiness) delete container.readinessProbe;
    if (!kept.startup) delete container.startupProbe;
  }
  if (!kept.initContainers) delete pod.spec.initContainers;
  pod.spec.shareProcessNamespace ??= true;
}
