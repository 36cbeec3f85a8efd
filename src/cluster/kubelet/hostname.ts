/** A Pod's host name and its /etc/hosts (kubelet: pkg/kubelet/kubelet_pods.go). */
import type { Pod } from "../api/types.ts";

/** At most 63 characters, no trailing `-` or `.`. */
export function hostnameOf(pod: Pod): string {
  const { spec, metadata } = pod;
  const override = (spec as { hostnameOverride?: string }).hostnameOverride;
  if (override) return override;
  const host = (spec.hostname || metadata.name!).slice(0, 63).replace(/[-.]+$/, "");
  return spec.setHostnameAsFQDN && spec.subdomain ? `${host}.${domainOf(pod)}` : host;
}

function domainOf(pod: Pod): string {
  return `${pod.spec.subdomain}.${pod.metadata.namespace}.svc.cluster.local`;
}

export function etcHosts(pod: Pod, podIp: string): string {
  const local = [
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "fe00::0\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
  ];
  const host = (pod.spec.hostname || pod.metadata.name!).slice(0, 63).replace(/[-.]+$/, "");
  const lines = pod.spec.hostNetwork
    ? ["# Kubernetes-managed hosts file (host network).", "127.0.0.1\tlocalhost", "127.0.1.1\tminikube"]
    : [
        "# Kubernetes-managed hosts file.",
        ...local,
        pod.spec.subdomain ? `${podIp}\t${host}.${domainOf(pod)}\t${host}` : `${podIp}\t${host}`,
      ];
  let text = `${lines.join("\n")}\n`;
  const aliases = pod.spec.hostAliases ?? [];
  if (aliases.length > 0) {
    text += "\n# Entries added by HostAliases.\n";
    for (const { ip, hostnames = [] } of aliases) text += `${ip}\t${hostnames.join("\t")}\n`;
  }
  return text;
}
