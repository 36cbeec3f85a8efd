/** What the API server fills in before anything else looks at an object (pkg/apis/core/v1/defaults.go). Objects are changed in place. */
import { parseImageName } from "./imageName.ts";
import type { ApiObject } from "./object.ts";
import { formatQuantity, quantityOf, roundUpToMilli } from "./quantity.ts";
import { aggregateContainerResources, isPodLevelResource } from "./resources.ts";
import type { Container, LifecycleHandler, Pod, PodSpec, Probe, ResourceRequirements, Volume } from "./types.ts";

/** Any object; kinds without defaults stay as they are. */
export function setDefaults(object: ApiObject): void {
  const set = byKind[object.kind];
  if (set) set(object as never);
}

type Fields = Record<string, unknown>;
type Quantities = Record<string, string | number>;

const byKind: Readonly<Record<string, (object: never) => void>> = {
  Pod: setPodDefaults,
  PodTemplate: (object: { template?: { spec?: PodSpec } }) => {
    if (object.template?.spec) setPodSpecDefaults(object.template.spec);
  },
  Service: setServiceDefaults,
  Secret: (object: Fields) => {
    object.type ||= "Opaque";
  },
  Namespace: (object: ApiObject) => {
    const { metadata } = object;
    // A Namespace without a name must fail validation first.
    if (metadata.name) metadata.labels = { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name };
  },
  LimitRange: setLimitRangeDefaults,
  ResourceQuota: (object: { spec?: { hard?: Quantities }; status?: { hard?: Quantities; used?: Quantities } }) => {
    roundUp(object.spec?.hard);
    roundUp(object.status?.hard);
    roundUp(object.status?.used);
  },
  Node: (object: { status?: { capacity?: Quantities; allocatable?: Quantities } }) => {
    const { status } = object;
    if (!status) return;
    if (status.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
    roundUp(status.capacity);
    roundUp(status.allocatable);
  },
  PersistentVolumeClaim: (object: { spec?: Fields; status?: Fields }) => {
    if (object.spec) object.spec.volumeMode ??= "Filesystem";
    if (object.status) object.status.phase ||= "Pending";
  },
  PersistentVolume: (object: { spec?: Fields; status?: Fields }) => {
    object.status ??= {};
    object.status.phase ||= "Pending";
    if (!object.spec) return;
    object.spec.persistentVolumeReclaimPolicy ||= "Retain";
    object.spec.volumeMode ??= "Filesystem";
  },
  PriorityClass: (object: Fields) => {
    object.preemptionPolicy ??= "PreemptLowerPriority";
  },
  Endpoints: (object: { subsets?: { ports?: Fields[] }[] }) => {
    for (const subset of object.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= "TCP";
  },
};

export function setPodDefaults(pod: Pod): void {
  pod.spec ??= { containers: [] };
  const { spec } = pod;
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])])
    setRequestsFromLimits(container);
  setPodLevelHugePageLimits(spec);
  setPodLevelRequests(spec);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork)
    for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])])
      for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  setPodSpecDefaults(spec);
}

function setRequestsFromLimits(container: Container): void {
  const { limits } = container.resources ?? {};
  if (!limits) return;
  const resources = container.resources!;
  resources.requests = { ...limits, ...resources.requests };
}

/** Huge pages of the containers count for the Pod, unless it asks for some of the same size itself. */
function setPodLevelHugePageLimits(spec: PodSpec): void {
  const { resources } = spec;
  if (!resources || Object.keys({ ...resources.limits, ...resources.requests }).length === 0) return;
  const assumed = Object.entries(aggregateContainerResources(spec, "limits")).filter(
    ([name]) =>
      name.startsWith("hugepages-") &&
      resources.requests?.[name] === undefined &&
      resources.limits?.[name] === undefined,
  );
  if (assumed.length > 0) resources.limits = { ...resources.limits, ...Object.fromEntries(assumed) };
}

function setPodLevelRequests(spec: PodSpec): void {
  const resources = (spec as { resources?: ResourceRequirements }).resources;
  if (!resources?.limits || Object.keys(resources.limits).length === 0) return;
  const requests: Quantities = { ...resources.requests };
  const missing = (name: string) => !(name in requests) && isPodLevelResource(name);
  // Huge pages cannot be overcommitted, so the containers' sum says nothing about them.
  for (const [name, value] of Object.entries(aggregateContainerResources(spec, "requests")))
    if (missing(name) && !name.startsWith("hugepages-")) requests[name] = value;
  for (const [name, value] of Object.entries(resources.limits)) if (missing(name)) requests[name] = value;
  if (Object.keys(requests).length > 0) resources.requests = requests;
}

/** Of Pods and Pod templates. */
function setPodSpecDefaults(spec: PodSpec): void {
  // One field under two names.
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account) [spec.serviceAccountName, spec.serviceAccount] = [account, account];
  spec.dnsPolicy ||= "ClusterFirst";
  spec.restartPolicy ||= "Always";
  spec.schedulerName ||= "default-scheduler";
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  roundUp(spec.overhead);
  const podLevel = (spec as { resources?: ResourceRequirements }).resources;
  roundUp(podLevel?.limits);
  roundUp(podLevel?.requests);
  for (const volume of spec.volumes ?? []) setVolumeDefaults(volume);
  const ephemeral = (spec.ephemeralContainers ?? []) as Container[];
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...ephemeral])
    setContainerDefaults(container);
}

function setContainerDefaults(container: Container): void {
  container.imagePullPolicy ||= parseImageName(container.image ?? "")?.tag === "latest" ? "Always" : "IfNotPresent";
  container.terminationMessagePath ||= "/dev/termination-log";
  container.terminationMessagePolicy ||= "File";
  container.resources ??= {};
  roundUp(container.resources.limits);
  roundUp(container.resources.requests);
  for (const port of container.ports ?? []) port.protocol ||= "TCP";
  for (const { valueFrom } of container.env ?? []) if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ||= "v1";
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe])
    if (probe) setProbeDefaults(probe);
  for (const handler of [container.lifecycle?.postStart, container.lifecycle?.preStop])
    if (handler) setHttpDefaults(handler);
}

function setProbeDefaults(probe: Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  setHttpDefaults(probe);
  if (probe.grpc) probe.grpc.service ??= "";
}

function setHttpDefaults({ httpGet }: Pick<LifecycleHandler, "httpGet">): void {
  if (!httpGet) return;
  httpGet.path ||= "/";
  httpGet.scheme ||= "HTTP";
}

const RW_R_R = 0o644;

function setVolumeDefaults(volume: Volume): void {
  const sources = Object.keys(volume).filter((key) => key !== "name" && volume[key as keyof Volume] !== undefined);
  if (sources.length === 0) volume.emptyDir = {};
  if (volume.secret) volume.secret.defaultMode ??= RW_R_R;
  if (volume.configMap) volume.configMap.defaultMode ??= RW_R_R;
  if (volume.downwardAPI) volume.downwardAPI.defaultMode ??= RW_R_R;
  for (const item of volume.downwardAPI?.items ?? []) if (item.fieldRef) item.fieldRef.apiVersion ||= "v1";
  if (volume.hostPath) volume.hostPath.type ??= "" as never;
  if (volume.image)
    volume.image.pullPolicy ||=
      parseImageName(volume.image.reference ?? "")?.tag === "latest" ? "Always" : "IfNotPresent";
  if (volume.emptyDir?.sizeLimit !== undefined)
    volume.emptyDir.sizeLimit = formatQuantity(quantityOf(volume.emptyDir.sizeLimit));
  if (volume.ephemeral?.volumeClaimTemplate?.spec)
    volume.ephemeral.volumeClaimTemplate.spec.volumeMode ??= "Filesystem";
  if (volume.iscsi) volume.iscsi.iscsiInterface ||= "default";
  if (volume.rbd) {
    volume.rbd.pool ||= "rbd";
    volume.rbd.user ||= "admin";
    volume.rbd.keyring ||= "/etc/ceph/keyring";
  }
  if (volume.azureDisk) {
    volume.azureDisk.cachingMode ??= "ReadWrite";
    volume.azureDisk.kind ??= "Shared";
    volume.azureDisk.fsType ??= "ext4";
    volume.azureDisk.readOnly ??= false;
  }
  if (volume.scaleIO) {
    volume.scaleIO.storageMode ||= "ThinProvisioned";
    volume.scaleIO.fsType ||= "xfs";
  }
  if (!volume.projected) return;
  volume.projected.defaultMode ??= RW_R_R;
  for (const source of volume.projected.sources ?? []) {
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600;
    if (source.podCertificate) source.podCertificate.maxExpirationSeconds ??= 86400;
    for (const item of source.downwardAPI?.items ?? []) if (item.fieldRef) item.fieldRef.apiVersion ||= "v1";
  }
}

/** To thousandths: the smallest amount that the API keeps. */
function roundUp(list: Quantities | undefined): void {
  for (const [name, value] of Object.entries(list ?? {}))
    list![name] = formatQuantity(roundUpToMilli(quantityOf(value)));
}

interface ServiceLike {
  spec?: Fields & {
    ports?: (Fields & { port?: number; targetPort?: string | number })[];
    sessionAffinityConfig?: { clientIP?: { timeoutSeconds?: number } };
  };
}

/** Seconds that a client keeps its Pod (3 hours). */
const SESSION_SECONDS = 10800;

function setServiceDefaults(object: ServiceLike): void {
  object.spec ??= {};
  const { spec } = object;
  spec.sessionAffinity ||= "None";
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === "ClientIP" && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined)
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: SESSION_SECONDS } };
  spec.type ||= "ClusterIP";
  for (const port of spec.ports ?? []) {
    port.protocol ||= "TCP";
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === "")
      port.targetPort = port.port ?? 0;
  }
  const external =
    spec.type === "NodePort" ||
    spec.type === "LoadBalancer" ||
    (spec.type === "ClusterIP" && Array.isArray(spec.externalIPs) && spec.externalIPs.length > 0);
  if (external) spec.externalTrafficPolicy ||= "Cluster";
  if (["ClusterIP", "NodePort", "LoadBalancer"].includes(spec.type as string)) spec.internalTrafficPolicy ??= "Cluster";
  if (spec.type === "LoadBalancer") spec.allocateLoadBalancerNodePorts ??= true;
}

interface LimitRangeLike {
  spec?: {
    limits?: {
      type?: string;
      max?: Quantities;
      min?: Quantities;
      default?: Quantities;
      defaultRequest?: Quantities;
      maxLimitRequestRatio?: Quantities;
    }[];
  };
}

function setLimitRangeDefaults(object: LimitRangeLike): void {
  for (const item of object.spec?.limits ?? []) {
    if (item.type === "Container") {
      const limits = { ...item.max, ...item.default };
      const requests = { ...item.min, ...limits, ...item.defaultRequest };
      if (Object.keys(limits).length > 0) item.default = limits;
      if (Object.keys(requests).length > 0) item.defaultRequest = requests;
    }
    for (const list of [item.max, item.min, item.default, item.defaultRequest, item.maxLimitRequestRatio])
      roundUp(list);
  }
}
