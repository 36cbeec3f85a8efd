/** The kinds a cluster knows: where they are served, what their resource is called, and which of them are simulated. */
export interface KindInfo {
  readonly kind: string;
  /** `v1`, `apps/v1` */
  readonly apiVersion: string;
  /** `pods` */
  readonly resource: string;
  readonly namespaced: boolean;
  /** True when objects of the kind can be created here. */
  readonly simulated: boolean;
  /** Where a kind that is not simulated has its Pod template. */
  readonly podTemplate?: string;
}

const table: readonly KindInfo[] = [
  ...served("v1", true, true, [
    "Pod pods",
    "Service services",
    "ConfigMap configmaps",
    "Secret secrets",
    "ServiceAccount serviceaccounts",
    "LimitRange limitranges",
    "ResourceQuota resourcequotas",
    "Event events",
    "Endpoints endpoints",
    "PersistentVolumeClaim persistentvolumeclaims",
    "PodTemplate podtemplates",
  ]),
  ...served("v1", false, true, ["Namespace namespaces", "Node nodes", "PersistentVolume persistentvolumes"]),
  ...served("scheduling.k8s.io/v1", false, true, ["PriorityClass priorityclasses"]),
  ...served("node.k8s.io/v1", false, true, ["RuntimeClass runtimeclasses"]),
  ...served("v1", true, false, ["ReplicationController replicationcontrollers"], "spec.template"),
  ...served(
    "apps/v1",
    true,
    false,
    ["Deployment deployments", "ReplicaSet replicasets", "StatefulSet statefulsets", "DaemonSet daemonsets"],
    "spec.template",
  ),
  ...served("apps/v1", true, false, ["ControllerRevision controllerrevisions"]),
  ...served("batch/v1", true, false, ["Job jobs"], "spec.template"),
  ...served("batch/v1", true, false, ["CronJob cronjobs"], "spec.jobTemplate.spec.template"),
  ...served("autoscaling/v1", true, false, ["HorizontalPodAutoscaler horizontalpodautoscalers"]),
  ...served("autoscaling/v2", true, false, ["HorizontalPodAutoscaler horizontalpodautoscalers"]),
  ...served("policy/v1", true, false, ["PodDisruptionBudget poddisruptionbudgets"]),
  ...served("networking.k8s.io/v1", true, false, ["Ingress ingresses", "NetworkPolicy networkpolicies"]),
  ...served("networking.k8s.io/v1", false, false, [
    "IngressClass ingressclasses",
    "IPAddress ipaddresses",
    "ServiceCIDR servicecidrs",
  ]),
  ...served("discovery.k8s.io/v1", true, false, ["EndpointSlice endpointslices"]),
  ...served("events.k8s.io/v1", true, false, ["Event events"]),
  ...served("coordination.k8s.io/v1", true, false, ["Lease leases"]),
  ...served("rbac.authorization.k8s.io/v1", true, false, ["Role roles", "RoleBinding rolebindings"]),
  ...served("rbac.authorization.k8s.io/v1", false, false, [
    "ClusterRole clusterroles",
    "ClusterRoleBinding clusterrolebindings",
  ]),
  ...served("storage.k8s.io/v1", false, false, [
    "StorageClass storageclasses",
    "CSIDriver csidrivers",
    "CSINode csinodes",
    "VolumeAttachment volumeattachments",
  ]),
  ...served("storage.k8s.io/v1", true, false, ["CSIStorageCapacity csistoragecapacities"]),
  ...served("apiextensions.k8s.io/v1", false, false, ["CustomResourceDefinition customresourcedefinitions"]),
  ...served("apiregistration.k8s.io/v1", false, false, ["APIService apiservices"]),
  ...served("admissionregistration.k8s.io/v1", false, false, [
    "MutatingWebhookConfiguration mutatingwebhookconfigurations",
    "ValidatingWebhookConfiguration validatingwebhookconfigurations",
    "ValidatingAdmissionPolicy validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings",
  ]),
  ...served("resource.k8s.io/v1", true, false, [
    "ResourceClaim resourceclaims",
    "ResourceClaimTemplate resourceclaimtemplates",
  ]),
  ...served("resource.k8s.io/v1", false, false, ["DeviceClass deviceclasses", "ResourceSlice resourceslices"]),
];

function served(
  apiVersion: string,
  namespaced: boolean,
  simulated: boolean,
  names: readonly string[],
  podTemplate?: string,
): KindInfo[] {
  return names.map((pair) => {
    const [kind, resource] = pair.split(" ") as [string, string];
    return { kind, apiVersion, resource, namespaced, simulated, ...(podTemplate ? { podTemplate } : {}) };
  });
}

const byKind = new Map<string, KindInfo>();
for (const info of table) if (!byKind.has(info.kind)) byKind.set(info.kind, info);

/** The kind served in this group and version, or undefined. The name may be all lower case, as kubectl's own mapper takes it. */
export function findKind(apiVersion: string, kind: string): KindInfo | undefined {
  return table.find(
    (info) => info.apiVersion === apiVersion && (info.kind === kind || info.kind.toLowerCase() === kind),
  );
}

/** The kind in whichever group serves it. */
export function kindNamed(kind: string): KindInfo | undefined {
  return byKind.get(kind);
}

/** `Pod` → `pods`; what is no kind (a resource already) stays. */
export function resourceOf(kind: string): string {
  return byKind.get(kind)?.resource ?? kind;
}

/** `Deployment` → `deployments.apps`, as messages name resources of other groups. */
export function qualifiedResourceOf(kind: string): string {
  const info = byKind.get(kind);
  if (!info) return kind;
  const group = info.apiVersion.includes("/") ? info.apiVersion.split("/")[0] : "";
  return group ? `${info.resource}.${group}` : info.resource;
}

/** `kind Deployment is not simulated; its Pod template is at spec.template` */
export function notSimulated(info: KindInfo): string {
  return `kind ${info.kind} is not simulated${info.podTemplate ? `; its Pod template is at ${info.podTemplate}` : ""}`;
}

export const allKinds: readonly KindInfo[] = table;
