/** Remarks on objects that are accepted all the same (pkg/api/pod/warnings.go and its kin). kubectl prints them after `Warning: `. */
import { isHeadless } from "./service.ts";
import { podWarnings } from "./podWarnings.ts";
import type { ApiObject } from "../api/object.ts";
import type { Pod, Service } from "../api/types.ts";
import { claimWarnings } from "./claimWarnings.ts";
import { ipWarnings } from "./ipWarnings.ts";

export function warningsFor(object: ApiObject): string[] {
  return byKind[object.kind]?.(object as never) ?? [];
}

const byKind: Readonly<Record<string, (object: never) => string[]>> = {
  Pod: (pod: Pod) => podWarnings(pod),
  Service: (service: Service) => serviceWarnings(service),
  PersistentVolumeClaim: (claim: { spec?: Parameters<typeof claimWarnings>[0] }) => claimWarnings(claim.spec, "spec"),
  ServiceAccount: ({ metadata }: ApiObject) =>
    metadata.annotations?.[MOUNTABLE] === undefined
      ? []
      : [
          `metadata.annotations[${MOUNTABLE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
        ],
};

const MOUNTABLE = "kubernetes.io/enforce-mountable-secrets";

const TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints";
const TOPOLOGY_MODE = "service.kubernetes.io/topology-mode";

function serviceWarnings({ metadata, spec }: Service): string[] {
  const warnings: string[] = [];
  const say = (condition: boolean, warning: string) => {
    if (condition) warnings.push(warning);
  };
  say(
    metadata.annotations?.[TOPOLOGY_HINTS] !== undefined,
    `annotation ${TOPOLOGY_HINTS} is deprecated, please use ${TOPOLOGY_MODE} instead`,
  );
  if (spec.clusterIP && spec.clusterIP !== "None")
    for (const [i, ip] of (spec.clusterIPs ?? []).entries()) warnings.push(...ipWarnings(`spec.clusterIPs[${i}]`, ip));
  if (spec.type === "ClusterIP" && isHeadless(spec)) {
    say(Boolean(spec.loadBalancerIP), "spec.loadBalancerIP is ignored for headless services");
    say(Boolean(spec.externalIPs?.length), "spec.externalIPs is ignored for headless services");
    say(spec.sessionAffinity !== "None", "spec.SessionAffinity is ignored for headless services");
  }
  for (const [i, ip] of (spec.externalIPs ?? []).entries()) warnings.push(...ipWarnings(`spec.externalIPs[${i}]`, ip));
  if (spec.loadBalancerIP) warnings.push(...ipWarnings("spec.loadBalancerIP", spec.loadBalancerIP));
  const external = spec.type === "ExternalName";
  say(external && Boolean(spec.externalIPs?.length), 'spec.externalIPs is ignored when spec.type is "ExternalName"');
  say(!external && Boolean(spec.externalName), 'spec.externalName is ignored when spec.type is not "ExternalName"');
  say(
    spec.trafficDistribution === "PreferClose",
    'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
  );
  return warnings;
}
