/** The network of one node's Pods: an address for each, and ports of the node that lead to them (containerd: its CNI plug-ins bridge and portmap). */
import type { SandboxConfig } from "./cri.ts";
import type { Network, NetworkNamespace } from "./network.ts";
import { type Address, SysError } from "./sys.ts";

/** A node takes 110 Pods; simulated ones may take thousands: their range goes on into the next subnets. */
const POD_ADDRESSES = 16_000;

type Wanted = Pick<SandboxConfig, "hostNetwork" | "noNetwork" | "hostPorts">;

export class PodNetwork {
  readonly #network: Network;
  readonly #hostNetwork: NetworkNamespace;
  readonly #nodeIp: string;
  readonly #subnet: string;
  #nextAddress = 2;

  /** `subnet`: its first three numbers. */
  constructor(network: Network, hostNetwork: NetworkNamespace, nodeIp: string, subnet: string) {
    this.#network = network;
    this.#hostNetwork = hostNetwork;
    this.#nodeIp = nodeIp;
    this.#subnet = subnet;
  }

  /** The namespace that a sandbox lives in, and its address; or why there can be none. */
  add(config: Wanted): { readonly network: NetworkNamespace; readonly ip: string } | { readonly fault: string } {
    const ip = config.hostNetwork ? this.#nodeIp : config.noNetwork ? "" : this.#freeAddress();
    if (ip === undefined)
      return {
        fault: `plugin type="bridge" failed (add): failed to allocate for range 0: no IP addresses available in range set: ${this.#subnet}.1-${this.#subnet}.254`,
      };
    const network = config.hostNetwork ? this.#hostNetwork : this.#network.addNamespace(ip, false);
    const taken: { hostPort: number; to: Address }[] = [];
    try {
      for (const { hostPort, containerPort, protocol, hostIp } of config.hostPorts ?? []) {
        const to = { ip, port: containerPort };
        const everywhere = hostIp === "0.0.0.0" || hostIp === "::";
        this.#network.addHostPort(this.#nodeIp, hostPort, { protocol, hostIp: everywhere ? "" : hostIp, to });
        taken.push({ hostPort, to });
      }
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      for (const { hostPort, to } of taken) this.#network.removeHostPort(this.#nodeIp, hostPort, to);
      this.#network.removeNamespace(network);
      return { fault: "cannot open hostport: address already in use" };
    }
    return { network, ip };
  }

  remove(config: Wanted, network: NetworkNamespace): void {
    if (!config.hostNetwork) this.#network.removeNamespace(network);
    const { ip } = network;
    for (const { hostPort, containerPort } of config.hostPorts ?? [])
      this.#network.removeHostPort(this.#nodeIp, hostPort, { ip, port: containerPort });
  }

  #freeAddress(): string | undefined {
    for (let tries = 0; tries < POD_ADDRESSES; tries++) {
      const n = this.#nextAddress;
      this.#nextAddress = n >= POD_ADDRESSES + 1 ? 2 : n + 1;
      const ip = n < 255 ? `${this.#subnet}.${n}` : wideAddress(this.#subnet, n);
      if (!this.#network.namespaceOf(ip)) return ip;
    }
    return undefined;
  }
}

function wideAddress(subnet: string, n: number): string {
  const [a, b, c] = subnet.split(".").map(Number);
  return `${a}.${b}.${128 + (((c! & 1) * 64 + (n >> 8)) & 127)}.${n & 255}`;
}
