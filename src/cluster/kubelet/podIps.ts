/** The order of a Pod's addresses: the node's first family comes first (kubelet: pkg/kubelet/kubelet_pods.go, sortPodIPs). */

export function sortedPodIps(nodeIps: readonly string[], podIps: readonly string[]): string[] {
  const isV6 = (ip: string) => ip.includes(":");
  const first = nodeIps[0];
  if (first === undefined) return [...podIps];
  const preferred = podIps.find((ip) => isV6(ip) === isV6(first));
  if (preferred === undefined) return [...podIps];
  const other = podIps.find((ip) => isV6(ip) !== isV6(first));
  return other === undefined ? [preferred] : [preferred, other];
}
