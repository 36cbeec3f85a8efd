/** Remarks on Pods (pkg/api/pod/warnings.go; pkg/registry/core/pod: strategy.go), in the server's order. */
import { formatQuantity, isWhole, quantityOf } from "../api/quantity.ts";
import type { Container, NodeSelectorTerm, Pod, PodAffinityTerm, PodSpec } from "../api/types.ts";
import { goQuote } from "./fieldError.ts";
import { isLabel, isLabelValue } from "./formats.ts";
import { ipWarnings } from "./ipWarnings.ts";
import { containersOf } from "./operatingSystem.ts";
import { overlappingPaths } from "./overlappingPaths.ts";
import { portWarnings } from "./portWarnings.ts";
import { APPARMOR_CONTAINER, SECCOMP_CONTAINER, SECCOMP_POD } from "./profileAnnotations.ts";
import { claimWarnings } from "./claimWarnings.ts";

export function podWarnings(pod: Pod): string[] {
  const { spec } = pod;
  const annotations = pod.metadata.annotations ?? {};
  return [
    ...nameWarnings(pod.metadata.name ?? ""),
    ...appArmorAnnotations(spec, annotations),
    ...deprecatedLabels(spec),
    ...spreadConstraints(spec),
    ...deprecatedAnnotations(annotations),
    ...deprecatedVolumes(spec),
    ...overlappingPaths(spec.volumes ?? []),
    ...repeated(spec),
    ...fractions(spec.overhead, "spec.overhead"),
    ...seccompAnnotation(spec.securityContext?.seccompProfile, annotations, SECCOMP_POD),
    ...containersOf(spec, "spec").flatMap(({ container, at }) => [
      ...seccompAnnotation(container.securityContext?.seccompProfile, annotations, SECCOMP_CONTAINER + container.name),
      ...containerWarnings(container, at),
    ]),
    ...portWarnings(spec),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? ["spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"]
      : []),
    ...podAffinity(spec),
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((ip, i) => ipWarnings(`spec.dnsConfig.nameservers[${i}]`, ip)),
    ...(spec.hostAliases ?? []).flatMap(({ ip }, i) => ipWarnings(`spec.hostAliases[${i}].ip`, ip)),
  ];
}

function nameWarnings(name: string): string[] {
  const faults = isLabel(name);
  return faults.length === 0
    ? []
    : [
        `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${faults.join(" ")}]`,
      ];
}

function appArmorAnnotations(spec: PodSpec, annotations: Readonly<Record<string, string>>): string[] {
  return containersOf(spec, "spec").flatMap(({ container }) => {
    const key = APPARMOR_CONTAINER + container.name;
    return annotations[key] === undefined
      ? []
      : [`metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`];
  });
}

/** Node labels that were renamed, and since when (pkg/api/node/util.go). */
const renamedLabels: Readonly<Record<string, readonly [since: string, now: string]>> = {
  "beta.kubernetes.io/arch": ["v1.14", "kubernetes.io/arch"],
  "beta.kubernetes.io/os": ["v1.14", "kubernetes.io/os"],
  "failure-domain.beta.kubernetes.io/region": ["v1.17", "topology.kubernetes.io/region"],
  "failure-domain.beta.kubernetes.io/zone": ["v1.17", "topology.kubernetes.io/zone"],
  "beta.kubernetes.io/instance-type": ["v1.17", "node.kubernetes.io/instance-type"],
};

function renamed(label: string): string | undefined {
  const found = renamedLabels[label];
  return found && `deprecated since ${found[0]}; use "${found[1]}" instead`;
}

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

function deprecatedLabels({ nodeSelector, affinity }: PodSpec): string[] {
  const warnings: string[] = [];
  for (const key of Object.keys(nodeSelector ?? {}).sort()) {
    const words = renamed(key);
    if (words) warnings.push(`spec.nodeSelector[${key}]: ${words}`);
  }
  const path = "spec.affinity.nodeAffinity";
  for (const [i, term] of (affinity?.nodeAffinity?.[REQUIRED]?.nodeSelectorTerms ?? []).entries())
    warnings.push(...termWarnings(term, `${path}.${REQUIRED}.nodeSelectorTerms[${i}]`, false));
  for (const [i, { preference }] of (affinity?.nodeAffinity?.[PREFERRED] ?? []).entries())
    warnings.push(...termWarnings(preference ?? {}, `${path}.${PREFERRED}[${i}].preference`, true));
  return warnings;
}

/** Malformed values are an error in a requirement, and a warning in a preference. */
function termWarnings({ matchExpressions }: NodeSelectorTerm, path: string, checkValues: boolean): string[] {
  return (matchExpressions ?? []).flatMap(({ key, values }, i) => {
    const words = renamed(key);
    const at = `${path}.matchExpressions[${i}]`;
    return [
      ...(words ? [`${at}.key: ${key} is ${words}`] : []),
      ...(checkValues
        ? (values ?? []).flatMap((value, j) =>
            isLabelValue(value).map((fault) => `${at}.values[${j}]: ${value} is invalid, ${fault}`),
          )
        : []),
    ];
  });
}

const selectsNothing = "a null labelSelector results in matching no pod";

function spreadConstraints({ topologySpreadConstraints }: PodSpec): string[] {
  return (topologySpreadConstraints ?? []).flatMap(({ topologyKey, labelSelector }, i) => {
    const path = `spec.topologySpreadConstraints[${i}]`;
    const words = renamed(topologyKey);
    return [
      ...(words ? [`${path}.topologyKey: ${topologyKey} is ${words}`] : []),
      ...(labelSelector ? [] : [`${path}.labelSelector: ${selectsNothing}`]),
    ];
  });
}

function podAffinity({ affinity }: PodSpec): string[] {
  return (["podAffinity", "podAntiAffinity"] as const).flatMap((name) => {
    const path = `spec.affinity.${name}`;
    const say = (term: PodAffinityTerm | undefined, at: string) =>
      term?.labelSelector ? [] : [`${at}.labelSelector: ${selectsNothing}`];
    return [
      ...(affinity?.[name]?.[REQUIRED] ?? []).flatMap((term, i) => say(term, `${path}.${REQUIRED}[${i}]`)),
      ...(affinity?.[name]?.[PREFERRED] ?? []).flatMap(({ podAffinityTerm }, i) =>
        say(podAffinityTerm, `${path}.${PREFERRED}[${i}].podAffinityTerm`),
      ),
    ];
  });
}

const oldAnnotations: readonly (readonly [key: string, words: string])[] = [
  ["scheduler.alpha.kubernetes.io/critical-pod", 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ["security.alpha.kubernetes.io/sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
  ["security.alpha.kubernetes.io/unsafe-sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
];

function deprecatedAnnotations(annotations: Readonly<Record<string, string>>): string[] {
  return oldAnnotations
    .filter(([key]) => annotations[key] !== undefined)
    .map(([key, words]) => `metadata.annotations[${key}]: ${words}`);
}

function seccompAnnotation(profile: unknown, annotations: Readonly<Record<string, string>>, key: string): string[] {
  return profile || annotations[key] === undefined
    ? []
    : [`metadata.annotations[${key}]: non-functional in v1.27+; use the "seccompProfile" field instead`];
}

const oldVolumes = [
  ["photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  ["gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"],
  ["scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["flocker", "deprecated in v1.22, non-functional in v1.25+"],
  ["storageos", "deprecated in v1.22, non-functional in v1.25+"],
  ["quobyte", "deprecated in v1.22, non-functional in v1.25+"],
  ["glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
  ["cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  ["rbd", "deprecated in v1.28, non-functional in v1.31+"],
] as const;

function deprecatedVolumes({ volumes }: PodSpec): string[] {
  return (volumes ?? []).flatMap((volume, i) => [
    ...oldVolumes
      .filter(([source]) => volume[source])
      // The server writes this one with three capitals.
      .map(([source, words]) => `spec.volumes[${i}].${source === "storageos" ? "storageOS" : source}: ${words}`),
    ...claimWarnings(
      volume.ephemeral?.volumeClaimTemplate?.spec,
      `spec.volumes[${i}].ephemeral.volumeClaimTemplate.spec`,
    ),
  ]);
}

function repeated({ hostAliases = [], imagePullSecrets = [] }: PodSpec): string[] {
  const names = imagePullSecrets.map(({ name = "" }) => name);
  const ips = hostAliases.map(({ ip }) => ip);
  return [
    ...ips.flatMap((ip, i) => (ips.indexOf(ip) < i ? [`spec.hostAliases[${i}].ip: duplicate ip ${goQuote(ip)}`] : [])),
    ...names.flatMap((name, i) =>
      names.indexOf(name) < i ? [`spec.imagePullSecrets[${i}].name: duplicate name ${goQuote(name)}`] : [],
    ),
    ...names.flatMap((name, i) => (name ? [] : [`spec.imagePullSecrets[${i}].name: invalid empty name ""`])),
  ];
}

/** Bytes come whole. */
function fractions(list: Readonly<Record<string, string | number>> | undefined, path: string): string[] {
  return ["memory", "ephemeral-storage"].flatMap((name) => {
    const value = list?.[name];
    return value === undefined || isWhole(quantityOf(value))
      ? []
      : [
          `${path}[${name}]: fractional byte value ${goQuote(formatQuantity(quantityOf(value)))} is invalid, must be an integer`,
        ];
  });
}

function containerWarnings({ resources, env = [] }: Container, path: string): string[] {
  // By resource, then by list.
  const ofList = (list: "limits" | "requests") => fractions(resources?.[list], `${path}.resources.${list}`);
  const bytes = [...ofList("limits"), ...ofList("requests")];
  const byResource = (name: string) => bytes.filter((warning) => warning.includes(`[${name}]`));
  const warnings = [...byResource("memory"), ...byResource("ephemeral-storage")];
  const defined = new Set<string>();
  for (const [i, { name, value = "", valueFrom }] of env.entries()) {
    // A second definition may build on the first: $(NAME) and more.
    const builds = value.includes(`$(${name})`) && value !== `$(${name})` && !valueFrom;
    if (defined.has(name) && !builds)
      warnings.push(
        `${path}.env[${i}]: hides previous definition of ${goQuote(name)}, which may be dropped when using apply`,
      );
    defined.add(name);
  }
  return warnings;
}
