/** The admission plugins that change a Pod or refuse it before validation, in the API server's order. */
import type { Random } from "../../time/random.ts";
import { applyLimitRangeDefaults } from "./limitRanger.ts";
import type { ApiObject, Stored } from "./object.ts";
import { canonicalQuantity } from "./quantity.ts";
import { forbidden, notFound, type Status } from "./status.ts";
import type { Container, Pod, Toleration, Volume } from "./types.ts";

/** What every cluster has, even where the storage at hand was given none of it. */
const initialNamespaces = new Set(["default", "kube-system", "kube-public", "kube-node-lease"]);

/** NamespaceLifecycle: nothing new in a namespace that is missing or going away. */
export function namespaceRefusal(object: ApiObject, stored: Stored): Status | undefined {
  const name = object.metadata.namespace!;
  const namespace = stored.lookup("Namespace", undefined, name);
  if (!namespace) return initialNamespaces.has(name) ? undefined : notFound("Namespace", name);
  const terminating =
    namespace.metadata.deletionTimestamp ||
    (namespace.status as { phase?: string } | undefined)?.phase === "Terminating";
  return terminating
    ? forbidden(
        object.kind,
        admissionName(object),
        `unable to create new content in namespace ${name} because it is being terminated`,
      )
    : undefined;
}

/** The name in a plugin's refusal: generateName has not made one yet. */
function admissionName({ metadata }: ApiObject): string {
  return metadata.name || metadata.generateName || "Unknown";
}

/** Changes `pod`; answers the first refusal. */
export function admitPod(pod: Pod, stored: Stored, random: Random): Status | undefined {
  applyLimitRangeDefaults(pod, stored);
  const refusal = admitServiceAccount(pod, stored, random) ?? admitPriority(pod, stored);
  if (refusal) return refusal;
  addDefaultTolerations(pod);
  return admitRuntimeClass(pod, stored);
}

/** A write to a Pod that is there keeps what admission gave it, unless it says otherwise. */
export function admitPodUpdate(pod: Pod, old: Pod): void {
  const { spec } = pod;
  if (spec.priority === undefined && old.spec.priority !== undefined) spec.priority = old.spec.priority;
  if (spec.preemptionPolicy === undefined && old.spec.preemptionPolicy !== undefined)
    spec.preemptionPolicy = old.spec.preemptionPolicy;
  addDefaultTolerations(pod);
}

function refuse(pod: Pod, why: string): Status {
  return forbidden("Pod", admissionName(pod as unknown as ApiObject), why);
}

const MIRROR = "kubernetes.io/config.mirror";
const TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
/** 1 hour and a little: the kubelet renews the token before (pkg/serviceaccount: WarnOnlyBoundTokenExpirationSeconds). */
const TOKEN_SECONDS = 3607;

function admitServiceAccount(pod: Pod, stored: Stored, random: Random): Status | undefined {
  const { spec, metadata } = pod;
  if (metadata.annotations?.[MIRROR] !== undefined) return mirrorPodRefusal(pod);
  spec.serviceAccountName ||= spec.serviceAccount || "default";
  const { serviceAccountName: name } = spec;
  spec.serviceAccount = name;
  const account = stored.lookup("ServiceAccount", metadata.namespace, name);
  if (!account && name !== "default")
    return refuse(
      pod,
      `error looking up service account ${metadata.namespace}/${name}: serviceaccount "${name}" not found`,
    );
  const automount =
    spec.automountServiceAccountToken ?? (account?.automountServiceAccountToken as boolean | undefined) ?? true;
  if (automount) mountToken(pod, random);
  const pullSecrets = account?.imagePullSecrets as { name?: string }[] | undefined;
  if (!spec.imagePullSecrets?.length && pullSecrets?.length)
    spec.imagePullSecrets = pullSecrets.map((secret) => ({ ...secret }));
  return undefined;
}

function mirrorPodRefusal(pod: Pod): Status | undefined {
  if (pod.spec.serviceAccountName) return refuse(pod, "a mirror pod may not reference service accounts");
  if (pod.spec.volumes?.some(({ secret }) => secret)) return refuse(pod, "a mirror pod may not reference secrets");
  if (
    pod.spec.volumes?.some(({ projected }) =>
      projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken),
    )
  )
    return refuse(pod, "a mirror pod may not use ServiceAccountToken volume projections");
  return undefined;
}

function mountToken(pod: Pod, random: Random): void {
  const { spec } = pod;
  const existing = spec.volumes?.find(({ name, projected }) => name.startsWith("kube-api-access-") && projected);
  const name = existing?.name ?? `kube-api-access-${random.suffix()}`;
  let needed = false;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])] as Container[]) {
    if (container.volumeMounts?.some(({ mountPath }) => mountPath === TOKEN_PATH)) continue;
    container.volumeMounts = [...(container.volumeMounts ?? []), { mountPath: TOKEN_PATH, name, readOnly: true }];
    needed = true;
  }
  if (needed && !existing) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
        { configMap: { items: [{ key: "ca.crt", path: "ca.crt" }], name: "kube-root-ca.crt" } },
        {
          downwardAPI: {
            items: [{ fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" }, path: "namespace" }],
          },
        },
      ],
    },
  };
}

/** The classes that every cluster has (pkg/apis/scheduling/v1/helpers.go). */
export const systemPriorities: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2000000000,
  "system-node-critical": 2000001000,
};

interface PriorityClassLike {
  metadata: { name?: string };
  value?: number;
  globalDefault?: boolean;
  preemptionPolicy?: string;
}

function admitPriority(pod: Pod, stored: Stored): Status | undefined {
  const { spec } = pod;
  const name = spec.priorityClassName;
  let priority = 0;
  let preemptionPolicy = "PreemptLowerPriority";
  let found: PriorityClassLike | undefined;
  if (name) {
    found = stored.lookup("PriorityClass", undefined, name) as PriorityClassLike | undefined;
    if (!found && !(name in systemPriorities)) return refuse(pod, `no PriorityClass with name ${name} was found`);
    priority = systemPriorities[name] ?? 0;
  } else {
    const defaults = (stored.list("PriorityClass") as unknown as PriorityClassLike[]).filter(
      ({ globalDefault }) => globalDefault,
    );
    // Of several defaults the lowest wins.
    found = defaults.sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
    if (found?.metadata.name) spec.priorityClassName = found.metadata.name;
  }
  if (found) {
    priority = found.value ?? 0;
    preemptionPolicy = found.preemptionPolicy ?? preemptionPolicy;
  }
  if (spec.priority !== undefined && spec.priority !== priority)
    return refuse(
      pod,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
    );
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy)
    return refuse(
      pod,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`,
    );
  spec.priority = priority;
  spec.preemptionPolicy = preemptionPolicy as typeof spec.preemptionPolicy;
  return undefined;
}

/** How long a Pod stays on a node that is lost (plugin/pkg/admission/defaulttolerationseconds). */
const LOST_NODE_SECONDS = 300;

function addDefaultTolerations({ spec }: Pod): void {
  const given = spec.tolerations ?? [];
  const added: Toleration[] = [];
  for (const key of ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]) {
    if (given.some((t) => (!t.key || t.key === key) && (!t.effect || t.effect === "NoExecute"))) continue;
    added.push({ effect: "NoExecute", key, operator: "Exists", tolerationSeconds: LOST_NODE_SECONDS });
  }
  if (added.length > 0) spec.tolerations = [...given, ...added];
}

interface RuntimeClassLike {
  overhead?: { podFixed?: Record<string, string> };
  scheduling?: { nodeSelector?: Record<string, string>; tolerations?: Toleration[] };
}

function admitRuntimeClass(pod: Pod, stored: Stored): Status | undefined {
  const { spec } = pod;
  const name = spec.runtimeClassName;
  if (!name)
    return spec.overhead
      ? refuse(pod, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead")
      : undefined;
  const runtimeClass = stored.lookup("RuntimeClass", undefined, name) as RuntimeClassLike | undefined;
  if (!runtimeClass) return refuse(pod, `pod rejected: RuntimeClass "${name}" not found`);
  const fixed = runtimeClass.overhead?.podFixed;
  if (spec.overhead && !sameQuantities(spec.overhead, fixed ?? {}))
    return refuse(pod, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
  if (fixed) spec.overhead = { ...fixed };
  for (const [key, value] of Object.entries(runtimeClass.scheduling?.nodeSelector ?? {})) {
    if (spec.nodeSelector?.[key] !== undefined && spec.nodeSelector[key] !== value)
      return refuse(
        pod,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${spec.nodeSelector[key]}`,
      );
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
  }
  const tolerations = runtimeClass.scheduling?.tolerations ?? [];
  if (tolerations.length > 0)
    spec.tolerations = [
      ...(spec.tolerations ?? []),
      ...tolerations.filter((t) => !spec.tolerations?.some((own) => JSON.stringify(own) === JSON.stringify(t))),
    ];
  return undefined;
}

function sameQuantities(a: Record<string, string | number>, b: Record<string, string | number>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every(
    (name) =>
      a[name] !== undefined && b[name] !== undefined && canonicalQuantity(a[name]) === canonicalQuantity(b[name]),
  );
}
