/**
 * Who stands behind each Service, as objects: an EndpointSlice for each set of ports, and the older Endpoints
 * (kube-controller-manager: pkg/controller/endpoint, staging/src/k8s.io/endpointslice). Traffic itself is decided in
 * `services.ts`, from the Pods.
 */
import type { Clock } from "../time/clock.ts";
import type { Random } from "../time/random.ts";
import type { ApiObject, ApiServer } from "./apiServer.ts";
import type { Pod, Service } from "./api/types.ts";
import { type Endpoint, endpointsOf, targetPort } from "./services.ts";

/** From a change of a Pod to the objects. */
const syncMs = 50;

interface SlicePort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
}

interface Subset {
  readonly ports: readonly SlicePort[];
  readonly endpoints: readonly Endpoint[];
}

export class EndpointControllers {
  readonly #clock: Clock;
  readonly #api: ApiServer;
  readonly #random: Random;
  readonly #due = new Set<string>();

  constructor(clock: Clock, api: ApiServer, random: Random) {
    this.#clock = clock;
    this.#api = api;
    this.#random = random;
    api.watch<Service>("Service", ({ object }) => this.#queue(object));
    api.watch<Pod>("Pod", ({ object, old }) => {
      for (const service of api.all<Service>("Service")) {
        const selects = (pod: Pod | undefined) => pod !== undefined && isSelected(service, pod);
        if (selects(object) || selects(old)) this.#queue(service);
      }
    });
  }

  #queue({ metadata: { namespace, name } }: Service): void {
    const key = `${namespace}/${name}`;
    if (this.#due.has(key)) return;
    this.#due.add(key);
    this.#clock.after(syncMs, () => {
      this.#due.delete(key);
      this.#sync(namespace!, name!);
    });
  }

  #sync(namespace: string, name: string): void {
    const service = this.#api.get<Service>("Service", namespace, name);
    const slices = this.#slicesOf(namespace, name);
    if (!service) {
      for (const slice of slices) this.#api.delete("EndpointSlice", namespace, slice.metadata.name!);
      this.#api.delete("Endpoints", namespace, name);
      return;
    }
    if (!service.spec.selector || service.spec.type === "ExternalName") return;
    const subsets = subsetsOf(service, endpointsOf(this.#api, service));
    this.#writeSlices(service, slices, subsets);
    this.#writeEndpoints(service, subsets);
  }

  #slicesOf(namespace: string, service: string): ApiObject[] {
    return this.#api
      .list("EndpointSlice", namespace)
      .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === service);
  }

  /** Slices are kept where their ports stay the same; one without endpoints is left when nobody is there. */
  #writeSlices(service: Service, existing: readonly ApiObject[], subsets: readonly Subset[]): void {
    const { namespace, name, labels } = service.metadata;
    const left = [...existing];
    const wanted = subsets.length > 0 ? subsets : [{ ports: [], endpoints: [] }];
    for (const { ports, endpoints } of wanted) {
      const content = {
        endpoints: endpoints.length > 0 ? endpoints.map((e) => sliceEndpoint(service, e)) : null,
        ports: ports.length > 0 ? ports : null,
      };
      const same = left.findIndex((slice) => JSON.stringify(slice.ports) === JSON.stringify(content.ports));
      const [old] = left.splice(same < 0 ? 0 : same, 1);
      if (old) {
        this.#api.modify("EndpointSlice", namespace, old.metadata.name!, (slice) => changed(slice, content));
        continue;
      }
      this.#api.insert({
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: {
          name: `${name}-${this.#random.suffix()}`,
          generateName: `${name}-`,
          namespace,
          generation: 1,
          labels: {
            ...labels,
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            "kubernetes.io/service-name": name!,
            ...(service.spec.clusterIP === "None" && { "service.kubernetes.io/headless": "" }),
          },
          ownerReferences: [
            {
              apiVersion: "v1",
              kind: "Service",
              name: name!,
              uid: service.metadata.uid!,
              controller: true,
              blockOwnerDeletion: true,
            },
          ],
        },
        addressType: "IPv4",
        ...content,
      });
    }
    for (const slice of left) this.#api.delete("EndpointSlice", namespace, slice.metadata.name!);
  }

  #writeEndpoints(service: Service, all: readonly Subset[]): void {
    const { namespace, name, labels } = service.metadata;
    const subsets = all.flatMap(({ ports, endpoints }) => {
      // Pods that are being stopped are left out here.
      const here = endpoints.filter((e) => !e.terminating || service.spec.publishNotReadyAddresses);
      const addresses = here.filter((e) => e.ready).map((e) => endpointAddress(service, e));
      const notReadyAddresses = here.filter((e) => !e.ready).map((e) => endpointAddress(service, e));
      if (here.length === 0) return [];
      return [
        {
          ...(addresses.length > 0 && { addresses }),
          ...(notReadyAddresses.length > 0 && { notReadyAddresses }),
          ...(ports.length > 0 && {
            ports: ports.map(({ name: portName, ...port }) => (portName ? { name: portName, ...port } : port)),
          }),
        },
      ];
    });
    const content = subsets.length > 0 ? { subsets } : {};
    if (this.#api.get("Endpoints", namespace, name!)) {
      this.#api.modify("Endpoints", namespace, name!, (old) => {
        const { subsets: _, ...rest } = old as ApiObject;
        return JSON.stringify((old as ApiObject).subsets ?? []) === JSON.stringify(subsets)
          ? old
          : { ...rest, ...content };
      });
      return;
    }
    const managed = { "endpoints.kubernetes.io/managed-by": "endpoint-controller" };
    this.#api.insert({
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { name: name!, namespace, labels: { ...labels, ...managed } },
      ...content,
    });
  }
}

function isSelected({ metadata, spec }: Service, pod: Pod): boolean {
  return (
    spec.selector !== undefined &&
    pod.metadata.namespace === metadata.namespace &&
    Object.entries(spec.selector).every(([key, value]) => pod.metadata.labels?.[key] === value)
  );
}

/** Pods whose named ports have other numbers go into a set of their own. */
function subsetsOf(service: Service, endpoints: readonly Endpoint[]): Subset[] {
  const sets = new Map<string, { ports: SlicePort[]; endpoints: Endpoint[] }>();
  for (const endpoint of endpoints) {
    const ports = (service.spec.ports ?? []).flatMap((port): SlicePort[] => {
      const number = targetPort(endpoint.pod, port);
      const { name = "", protocol = "TCP", appProtocol } = port;
      return number === undefined ? [] : [{ name, port: number, protocol, ...(appProtocol && { appProtocol }) }];
    });
    const key = JSON.stringify(ports);
    const set = sets.get(key);
    if (set) set.endpoints.push(endpoint);
    else sets.set(key, { ports, endpoints: [endpoint] });
  }
  return [...sets.values()];
}

const targetOf = ({ metadata: { name, namespace, uid } }: Pod) => ({ kind: "Pod", namespace, name, uid });

function hostnameIn(service: Service, { pod }: Endpoint): { hostname?: string } {
  const { hostname, subdomain } = pod.spec;
  return hostname && subdomain === service.metadata.name ? { hostname } : {};
}

function sliceEndpoint(service: Service, endpoint: Endpoint) {
  const { pod, ip, ready, terminating } = endpoint;
  const serving = pod.status.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;
  return {
    addresses: [ip],
    conditions: { ready, serving: serving || service.spec.publishNotReadyAddresses === true, terminating },
    ...hostnameIn(service, endpoint),
    nodeName: pod.spec.nodeName,
    targetRef: targetOf(pod),
  };
}

function endpointAddress(service: Service, endpoint: Endpoint) {
  const { pod, ip } = endpoint;
  return { ...hostnameIn(service, endpoint), ip, nodeName: pod.spec.nodeName, targetRef: targetOf(pod) };
}

function changed(slice: ApiObject, content: Record<string, unknown>): ApiObject {
  if (Object.entries(content).every(([key, value]) => JSON.stringify(slice[key]) === JSON.stringify(value)))
    return slice;
  const generation = (slice.metadata.generation ?? 1) + 1;
  return { ...slice, metadata: { ...slice.metadata, generation }, ...content };
}
