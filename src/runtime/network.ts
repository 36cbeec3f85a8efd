/**
 * The network between Pods, nodes and Services: who has which address, who listens, and what a connection attempt
 * comes to. Several nodes share one Network. The cluster puts its Services and DNS in through two hooks.
 */
import { Random } from "../time/random.ts";
import { sleep, type Task, wait, withTimeout } from "../time/task.ts";
import { ListeningSocket, StreamSocket } from "./socket.ts";
import { type Address, type DnsAnswer, type Errno, SysError } from "./sys.ts";

export type DnsType = "A" | "AAAA" | "PTR" | "SRV";

export interface DnsQuery {
  readonly server: string;
  readonly name: string;
  readonly type: DnsType;
  /** The asker's address. */
  readonly from: string;
}

/** One network namespace: a Pod's sandbox, a node, or a lone container with nothing but loopback. */
export class NetworkNamespace {
  /** "" without a network. */
  readonly ip: string;
  readonly mac: string;
  readonly isHost: boolean;
  readonly listeners = new Map<number, ListeningSocket[]>();
  #nextPort: number;

  constructor(ip: string, isHost: boolean, firstPort: number) {
    this.ip = ip;
    this.isHost = isHost;
    this.#nextPort = firstPort;
    const parts = ip.split(".").map((n) => Number(n).toString(16).padStart(2, "0"));
    this.mac = ip === "" ? "00:00:00:00:00:00" : `0a:58:${parts.join(":")}`;
  }

  /** net.ipv4.ip_local_port_range: 32768..60999. */
  ephemeralPort(): number {
    for (let tries = 0; tries < 28232; tries++) {
      const port = this.#nextPort++;
      if (this.#nextPort > 60999) this.#nextPort = 32768;
      if (!this.listeners.has(port)) return port;
    }
    throw new SysError("EADDRNOTAVAIL");
  }

  /** Throws EADDRINUSE, EADDRNOTAVAIL. Port 0 takes a free one. */
  listen(address: Address): ListeningSocket {
    const ip = address.ip === "" || address.ip === "::" ? "0.0.0.0" : address.ip;
    if (ip !== "0.0.0.0" && !this.isLocal(ip)) throw new SysError("EADDRNOTAVAIL");
    const port = address.port === 0 ? this.ephemeralPort() : address.port;
    const others = this.listeners.get(port) ?? [];
    if (others.some((other) => other.local.ip === ip || other.local.ip === "0.0.0.0" || ip === "0.0.0.0"))
      throw new SysError("EADDRINUSE");
    const socket = new ListeningSocket({ ip, port }, (closed) => {
      const left = (this.listeners.get(port) ?? []).filter((other) => other !== closed);
      if (left.length > 0) this.listeners.set(port, left);
      else this.listeners.delete(port);
    });
    this.listeners.set(port, [...others, socket]);
    return socket;
  }

  isLocal(ip: string): boolean {
    return ip === this.ip || ip.startsWith("127.") || ip === "0.0.0.0" || ip === "::1";
  }

  listenerAt(ip: string, port: number): ListeningSocket | undefined {
    return this.listeners.get(port)?.find((one) => one.local.ip === "0.0.0.0" || one.local.ip === ip);
  }
}

export interface NetworkOptions {
  /** Taken for symmetry with the other parts; every wait finds the clock that runs it. */
  readonly clock?: unknown;
  readonly random?: Random;
  readonly translate?: Network["translate"];
  /** Cluster DNS, as it answers at `dnsIp`. */
  readonly dns?: (name: string, type: DnsType) => DnsAnswer | undefined;
  readonly dnsIp?: string;
  /** Addresses of Pods: the network knows that nobody answers for the free ones. */
  readonly podCidr?: string;
}

/** A port of a node that leads into a Pod. */
export interface HostPort {
  /** `TCP`, `UDP`, `SCTP`: only TCP carries anything here. */
  readonly protocol: string;
  /** The node's address that it is bound to; "" means all. */
  readonly hostIp: string;
  readonly to: Address;
}

/** ARP gives up after three tries a second apart. */
const NO_ROUTE_MS = 3070;
/** tcp_syn_retries 6: 1 + 2 + 4 + … + 64 seconds. */
const SYN_TIMEOUT_MS = 127_000;
const LOOPBACK_MS = 0.03;
const WIRE_MS = 0.15;

export class Network {
  readonly #random: Random;
  readonly #podPrefix: string;
  readonly #namespaces = new Map<string, NetworkNamespace>();
  /** By node and port. */
  readonly #hostPorts = new Map<string, HostPort[]>();

  /** A Service's address → a backend, or "reject" when it has none; undefined when it is no Service. Set by the cluster. */
  translate: (ip: string, port: number, protocol: string) => Address | "reject" | undefined = () => undefined;
  /** Cluster DNS; undefined when nobody answers at that address. Set by the cluster. */
  dns: (query: DnsQuery) => DnsAnswer | undefined = () => undefined;

  constructor(options: NetworkOptions) {
    this.#random = options.random ?? new Random("network");
    const { dns, dnsIp = CLUSTER_DNS } = options;
    if (options.translate) this.translate = options.translate;
    if (dns) this.dns = ({ server, name, type }) => (server === dnsIp ? dns(name, type) : undefined);
    this.#podPrefix = (options.podCidr ?? "10.244.0.0/16").split(".").slice(0, 2).join(".") + ".";
  }

  /** Without an IP the namespace has only loopback. */
  addNamespace(ip: string, isHost: boolean): NetworkNamespace {
    const namespace = new NetworkNamespace(ip, isHost, 32768 + this.#random.below(28000));
    if (ip !== "") this.#namespaces.set(ip, namespace);
    return namespace;
  }

  removeNamespace(namespace: NetworkNamespace): void {
    if (this.#namespaces.get(namespace.ip) === namespace) this.#namespaces.delete(namespace.ip);
  }

  namespaceOf(ip: string): NetworkNamespace | undefined {
    return this.#namespaces.get(ip);
  }

  /** Throws EADDRINUSE. */
  addHostPort(node: string, port: number, mapping: HostPort): void {
    const key = `${node}:${port}`;
    const others = this.#hostPorts.get(key) ?? [];
    const clashes = ({ protocol, hostIp }: HostPort) =>
      protocol === mapping.protocol && (hostIp === mapping.hostIp || hostIp === "" || mapping.hostIp === "");
    if (others.some(clashes)) throw new SysError("EADDRINUSE");
    this.#hostPorts.set(key, [...others, mapping]);
  }

  removeHostPort(node: string, port: number, to: Address): void {
    const key = `${node}:${port}`;
    const left = (this.#hostPorts.get(key) ?? []).filter((one) => one.to.ip !== to.ip || one.to.port !== to.port);
    if (left.length > 0) this.#hostPorts.set(key, left);
    else this.#hostPorts.delete(key);
  }

  #hostPortAt(node: string, { ip, port }: Address): Address | undefined {
    return this.#hostPorts
      .get(`${node}:${port}`)
      ?.find(({ protocol, hostIp }) => protocol === "TCP" && (hostIp === "" || hostIp === ip))?.to;
  }

  /** Where a packet to `address` ends, after Services and host ports. */
  #route(from: NetworkNamespace, address: Address): { namespace: NetworkNamespace; to: Address } | Errno {
    let to = address;
    if (!from.isLocal(to.ip) && from.ip !== "") {
      const backend = this.translate(to.ip, to.port, "TCP");
      if (backend === "reject") return "ECONNREFUSED";
      if (backend) to = backend;
    }
    const mapped =
      this.#hostPortAt(to.ip, to) ?? (from.isHost && from.isLocal(to.ip) ? this.#hostPortAt(from.ip, to) : undefined);
    if (mapped) to = mapped;
    if (from.isLocal(to.ip)) return { namespace: from, to };
    if (from.ip === "") return "ENETUNREACH";
    const namespace = this.#namespaces.get(to.ip);
    if (namespace) return { namespace, to };
    return to.ip.startsWith(this.#podPrefix) ? "EHOSTUNREACH" : "ETIMEDOUT";
  }

  /** Throws ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT. */
  *connect(from: NetworkNamespace, address: Address): Task<StreamSocket> {
    const route = this.#route(from, address);
    if (typeof route === "string") {
      if (route !== "ENETUNREACH")
        yield* sleep(route === "ETIMEDOUT" ? SYN_TIMEOUT_MS : route === "EHOSTUNREACH" ? NO_ROUTE_MS : WIRE_MS);
      throw new SysError(route);
    }
    const { namespace, to } = route;
    yield* sleep(namespace === from ? LOOPBACK_MS : WIRE_MS);
    // The node reaches its Pods through their bridge, whose address is the first of the subnet.
    const viaBridge = from.isHost && !namespace.isHost;
    const ownIp = viaBridge ? to.ip.replace(/\.\d+$/, ".1") : from.ip;
    const clientIp = namespace !== from ? ownIp : to.ip === "0.0.0.0" ? "127.0.0.1" : to.ip;
    for (let retry = 1000; ; retry *= 2) {
      const listener = namespace.listenerAt(to.ip, to.port);
      if (!listener) throw new SysError("ECONNREFUSED");
      if (!listener.isFull) {
        const client: Address = { ip: clientIp, port: from.ephemeralPort() };
        const [near, far] = StreamSocket.pair(client, { ip: to.ip, port: to.port }, address);
        listener.offer(far);
        return near;
      }
      if (retry > 64_000) throw new SysError("ETIMEDOUT");
      yield* withTimeout(retry, wait(listener.room.wait()));
    }
  }

  *dnsQuery(from: NetworkNamespace, server: string, name: string, type: DnsType): Task<DnsAnswer | undefined> {
    if (from.ip === "") return undefined;
    const answer = this.dns({ server, name, type, from: from.ip });
    yield* sleep(answer ? 0.6 : DNS_TIMEOUT_MS);
    return answer;
  }

  *ping(from: NetworkNamespace, ip: string, timeoutMs: number): Task<number | undefined> {
    const alive = from.isLocal(ip) || (from.ip !== "" && this.#namespaces.has(ip));
    const trip = 0.04 + this.#random.next() * (from.isLocal(ip) ? 0.03 : 0.08);
    yield* sleep(alive ? Math.min(trip, timeoutMs) : timeoutMs);
    return alive && trip <= timeoutMs ? trip : undefined;
  }
}

/** Where kubeadm puts the Service of cluster DNS. */
const CLUSTER_DNS = "10.96.0.10";
/** resolv.conf(5): timeout:5. */
const DNS_TIMEOUT_MS = 5000;

export function createNetwork(options: NetworkOptions = {}): Network {
  return new Network(options);
}
