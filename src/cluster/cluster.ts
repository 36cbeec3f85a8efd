/** A small cluster: API server, scheduler, one or more nodes with their kubelets, Services and DNS. */
import type { Clock } from "../time/clock.ts";
import { Random } from "../time/random.ts";
import type { ContainerRuntime } from "../runtime/cri.ts";
import { createContainerRuntime, createNetwork, type ImageCatalogue, type Network } from "../runtime/index.ts";
import { kernelRelease } from "../runtime/kernelRelease.ts";
import { ApiServer, type ApiObject, timestampOf } from "./apiServer.ts";
import { systemPriorities } from "./api/index.ts";
import type { Node, ObjectMeta, Pod } from "./api/types.ts";
import { EventExpiry } from "./eventExpiry.ts";
import { FieldOwners } from "./fieldOwners.ts";
import { NamespaceController } from "./namespaceController.ts";
import { QuotaController } from "./quotaController.ts";
import { EndpointControllers } from "./endpointSlices.ts";
import { Kubelet, type KubeletSettings } from "./kubelet/kubelet.ts";
import { Scheduler } from "./scheduler/scheduler.ts";
import { TaintEviction } from "./taintEviction.ts";
import { answerDns, translate } from "./services.ts";

/** 1 January 2026, 12:00:00 UTC: when virtual time begins. */
export const epochMs = Date.UTC(2026, 0, 1, 12);

/** The first node is the control plane's, too. */
const controlPlaneIp = "192.168.49.2";

export const manifestFolder = "/etc/kubernetes/manifests";

export interface NodeOptions {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: NonNullable<Node["spec"]["taints"]>;
  readonly unschedulable?: boolean;
  readonly capacity?: Readonly<Record<string, string>>;
  readonly allocatable?: Readonly<Record<string, string>>;
}

export interface ClusterOptions {
  readonly clock: Clock;
  /** Undefined: every random wait takes its middle. */
  readonly seed?: number;
  readonly nodes: readonly NodeOptions[];
  readonly catalogue: ImageCatalogue;
  /** Of every node's kubelet. */
  readonly kubelet?: KubeletSettings;
}

/** From the loss of power to a kubelet that works again. */
const bootMs = 20_000;

/** What the recorded node had. */
const usualCapacity = {
  cpu: "2",
  "ephemeral-storage": "264212084Ki",
  "hugepages-1Gi": "0",
  "hugepages-2Mi": "0",
  memory: "24684084Ki",
  pods: "110",
};
const usualAllocatable = { ...usualCapacity, memory: "24581684Ki" };

export class Cluster {
  readonly clock: Clock;
  readonly api: ApiServer;
  /** Of its objects; whoever writes for a manager keeps it. */
  readonly fieldOwners = new FieldOwners();
  readonly network: Network;
  readonly runtimes = new Map<string, ContainerRuntime>();
  readonly kubelets = new Map<string, Kubelet>();
  #turn = 0;

  readonly #options: ClusterOptions;

  constructor(options: ClusterOptions) {
    const { clock, seed, nodes, catalogue } = options;
    this.#options = options;
    this.clock = clock;
    const random = new Random(seed ?? 1);
    this.api = new ApiServer(clock, random, epochMs);
    this.network = createNetwork({
      clock,
      translate: (ip, port, protocol) => translate(this.api, ip, port, protocol, this.#turn++),
      dns: (name, type) => answerDns(this.api, name, type),
    });
    new EndpointControllers(clock, this.api, new Random(`endpoints ${seed ?? 1}`));
    this.#insertSystemObjects();
    new Scheduler(clock, this.api);
    new TaintEviction(clock, this.api);
    new NamespaceController(clock, this.api);
    new QuotaController(clock, this.api);
    new EventExpiry(clock, this.api);
    nodes.forEach((options, i) => {
      const ip = `192.168.49.${2 + i}`;
      const node = nodeObject(options, ip, this.api.timestamp());
      this.api.insert(node as unknown as ApiObject);
      const runtime = createContainerRuntime({
        clock,
        random: new Random(`${options.name}${seed ?? 1}`),
        network: this.network,
        catalogue,
        nodeName: options.name,
        nodeIp: ip,
        startedAtEpochMs: epochMs,
      });
      this.runtimes.set(options.name, runtime);
      this.#startKubelet(options.name, runtime);
    });
  }

  #startKubelet(nodeName: string, runtime: ContainerRuntime): void {
    const { clock, seed, kubelet: settings } = this.#options;
    const kubelet = new Kubelet({
      clock,
      api: this.api,
      runtime,
      random: new Random(`kubelet ${nodeName} ${seed ?? 1}`),
      nodeName,
      typical: seed === undefined,
      manifestFolder,
      ...(settings && { settings }),
    });
    this.kubelets.set(nodeName, kubelet);
    kubelet.start();
  }

  /** A node loses its power and comes back: all that ran is gone, and its kubelet finds out. */
  rebootNode(nodeName: string): void {
    const runtime = this.runtimes.get(nodeName);
    if (!runtime) return;
    this.kubelets.get(nodeName)?.stop();
    runtime.reboot?.();
    this.#options.clock.after(bootMs, () => this.#startKubelet(nodeName, runtime));
  }

  /** The runtime of the node that a Pod is on. */
  runtimeOf(pod: Pod): ContainerRuntime | undefined {
    return pod.spec.nodeName ? this.runtimes.get(pod.spec.nodeName) : undefined;
  }

  /** What the system itself put there comes back when it is deleted, unless its namespace goes too. */
  #keep(kind: string): void {
    this.api.watch(kind, ({ type, object }) => {
      const { name, namespace } = object.metadata;
      const seconds = keptObjects[`${kind}/${name}`];
      if (type !== "DELETED" || seconds === undefined || (kind === "Service" && namespace !== "default")) return;
      this.clock.after(seconds * 1000, () => {
        const place = this.api.get("Namespace", undefined, namespace!);
        if (!place || place.metadata.deletionTimestamp || this.api.get(kind, namespace, name!)) return;
        const { uid: _, creationTimestamp: __, resourceVersion: ___, ...metadata } = object.metadata;
        this.api.insert({ ...object, metadata });
      });
    });
  }

  #insertSystemObjects(): void {
    const object = (kind: string, metadata: ObjectMeta, more: Record<string, unknown> = {}) =>
      this.api.insert({ apiVersion: "v1", kind, metadata, ...more });
    // What controllers put into every namespace.
    this.api.watch("Namespace", ({ type, object: { metadata } }) => {
      if (type !== "ADDED") return;
      object("ServiceAccount", { name: "default", namespace: metadata.name });
      object("ConfigMap", { name: "kube-root-ca.crt", namespace: metadata.name }, { data: { "ca.crt": certificate } });
    });
    for (const kind of ["ServiceAccount", "ConfigMap", "Service"]) this.#keep(kind);
    for (const name of ["default", "kube-node-lease", "kube-public", "kube-system"])
      object(
        "Namespace",
        { name, labels: { "kubernetes.io/metadata.name": name } },
        { spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } },
      );
    // The API server makes these itself (pkg/registry/scheduling/rest).
    for (const [name, value] of Object.entries(systemPriorities))
      this.api.insert({
        apiVersion: "scheduling.k8s.io/v1",
        kind: "PriorityClass",
        metadata: { name, generation: 1 },
        value,
        preemptionPolicy: "PreemptLowerPriority",
      });
    const ports = [{ name: "https", protocol: "TCP", port: 443, targetPort: 6443 }];
    const spec = {
      type: "ClusterIP",
      clusterIP: "10.96.0.1",
      clusterIPs: ["10.96.0.1"],
      ports,
      sessionAffinity: "None",
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      internalTrafficPolicy: "Cluster",
    };
    const labels = { component: "apiserver", provider: "kubernetes" };
    object("Service", { name: "kubernetes", namespace: "default", labels }, { spec, status: { loadBalancer: {} } });
    // The API server says itself where it is (pkg/controlplane/reconcilers).
    const name = "kubernetes";
    const port = { name: "https", port: 6443, protocol: "TCP" };
    this.api.insert({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name, namespace: "default", generation: 1, labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      endpoints: [{ addresses: [controlPlaneIp], conditions: { ready: true } }],
      ports: [port],
    });
    this.api.insert({
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { name, namespace: "default", labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
      subsets: [{ addresses: [{ ip: controlPlaneIp }], ports: [port] }],
    });
  }
}

/** After how many seconds somebody puts it back: controllers see the deletion, the API server looks now and then. */
const keptObjects: Readonly<Record<string, number>> = {
  "ServiceAccount/default": 0.05,
  "ConfigMap/kube-root-ca.crt": 0.05,
  "Service/kubernetes": 10,
};

/** Stands for the cluster's certificate: its form is right, its content means nothing. */
const certificate = `-----BEGIN CERTIFICATE-----\n${"c2ltdWxhdGVkIGNlcnRpZmljYXRl".repeat(8)}\n-----END CERTIFICATE-----\n`;

function nodeObject(options: NodeOptions, ip: string, now: string): Node {
  const { name } = options;
  const capacity = { ...usualCapacity, ...options.capacity };
  const allocatable = { ...usualAllocatable, ...options.capacity, ...options.allocatable };
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  });
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      creationTimestamp: timestampOf(epochMs - 3_600_000),
      labels: {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        ...options.labels,
      },
      annotations: {
        "node.alpha.kubernetes.io/ttl": "0",
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
      },
    },
    spec: { ...(options.taints && { taints: options.taints }), ...(options.unschedulable && { unschedulable: true }) },
    status: {
      addresses: [
        { address: ip, type: "InternalIP" },
        { address: name, type: "Hostname" },
      ],
      capacity,
      allocatable,
      conditions: [
        condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
      ],
      nodeInfo: {
        architecture: "amd64",
        bootID: "",
        containerRuntimeVersion: "containerd://2.4.2+unknown",
        kernelVersion: kernelRelease,
        kubeProxyVersion: "",
        kubeletVersion: "v1.36.2",
        machineID: "",
        operatingSystem: "linux",
        osImage: "Debian GNU/Linux 12 (bookworm)",
        systemUUID: "",
      },
    },
  } as Node;
}
