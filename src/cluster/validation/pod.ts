/** Validation of Pods and Pod templates, in the server's order (pkg/apis/core/validation: ValidatePodCreate). */
import type { Pod, PodSpec } from "../api/types.ts";
import {
  validateContainers,
  validateEphemeralContainers,
  validateImageWhitespace,
  validateInitContainers,
  type PodFacts,
} from "./containers.ts";
import { validateHostNetworkPorts } from "./containerPorts.ts";
import { validatePodLevelResources, validateResourceRequirements } from "./containerResources.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  goJson,
  invalidValue,
  notSupported,
  required,
  tooLong,
  Verbatim,
} from "./fieldError.ts";
import { isIpAddress, isKey, isLabel, isSubdomain, notIpAddress, utf8Length } from "./formats.ts";
import { faults, validateLabels, validateMetadata } from "./metadata.ts";
import {
  validateAffinity,
  validateSchedulingGates,
  validateSpreadConstraints,
  validateTolerations,
} from "./scheduling.ts";
import { validateHostUsers, validatePodSecurityContext } from "./securityContext.ts";
import { validateVolumes } from "./volumes.ts";

export function validatePod(pod: Pod): FieldError[] {
  const errors = validatePodMetadataAndSpec(pod);
  errors.push(...validateImageWhitespace(pod.spec, "spec"));
  if (pod.spec.ephemeralContainers?.length)
    errors.push(forbiddenField("spec.ephemeralContainers", "cannot be set on create"));
  if (pod.spec.nodeName && pod.spec.schedulingGates?.length)
    errors.push(forbiddenField("spec.nodeName", "cannot be set until all schedulingGates have been cleared"));
  return errors;
}

/** What holds for new Pods and changed ones alike. */
export function validatePodMetadataAndSpec(pod: Pod): FieldError[] {
  return [
    ...validateMetadata(pod.metadata, true, isSubdomain),
    ...validatePodAnnotations(pod),
    ...validatePodSpec(pod.spec, "spec"),
  ];
}

export const MIRROR = "kubernetes.io/config.mirror";
const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

function validatePodAnnotations({ metadata, spec }: Pod): FieldError[] {
  const annotations = metadata.annotations ?? {};
  const errors: FieldError[] = [];
  if (annotations[MIRROR] !== undefined && !spec.nodeName)
    errors.push(
      invalidValue(
        `metadata.annotations[${MIRROR}]`,
        annotations[MIRROR],
        "must set spec.nodeName if mirror pod annotation is set",
      ),
    );
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !isInt32(cost))
    errors.push(invalidValue(`metadata.annotations[${DELETION_COST}]`, cost, "must be a 32bit integer"));
  return errors;
}

/** No plus sign, no leading zeros. */
function isInt32(text: string): boolean {
  return /^(0|-?[1-9][0-9]*|-0)$/.test(text) && Math.abs(Number(text)) <= 2147483648 && Number(text) < 2147483648;
}

const restartPolicies = ["Always", "OnFailure", "Never"];
const dnsPolicies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];

export function validatePodSpec(spec: PodSpec, path: string): FieldError[] {
  const { errors: volumeErrors, named } = validateVolumes(spec.volumes, `${path}.volumes`);
  const { errors: claimErrors, claims } = validateClaims(spec, `${path}.resourceClaims`);
  const pod: PodFacts = { spec, volumes: named, claims, grace: spec.terminationGracePeriodSeconds ?? 0 };
  const errors = [
    ...volumeErrors,
    ...claimErrors,
    ...validateContainers(pod, `${path}.containers`),
    ...validateInitContainers(pod, `${path}.initContainers`),
    ...validateEphemeralContainers(pod, `${path}.ephemeralContainers`),
    ...validatePodLevelResources(spec, `${path}.resources`),
  ];
  if (spec.hostNetwork) errors.push(...validateHostNetworkPorts(spec.containers ?? [], `${path}.containers`));
  if (!spec.restartPolicy) errors.push(required(`${path}.restartPolicy`));
  else if (!restartPolicies.includes(spec.restartPolicy))
    errors.push(notSupported(`${path}.restartPolicy`, spec.restartPolicy, restartPolicies));
  if (!spec.dnsPolicy) errors.push(required(`${path}.dnsPolicy`));
  else if (!dnsPolicies.includes(spec.dnsPolicy))
    errors.push(notSupported(`${path}.dnsPolicy`, spec.dnsPolicy, dnsPolicies));
  errors.push(...validateLabels(spec.nodeSelector, `${path}.nodeSelector`));
  errors.push(...validatePodSecurityContext(spec, `${path}.securityContext`));
  errors.push(...validateAffinity(spec.affinity, `${path}.affinity`));
  errors.push(...validateDnsConfig(spec, `${path}.dnsConfig`));
  for (const [i, { conditionType }] of (spec.readinessGates ?? []).entries())
    errors.push(...faults(`${path}.readinessGates[${i}].conditionType`, conditionType, isKey));
  errors.push(...validateSchedulingGates(spec, `${path}.schedulingGates`));
  errors.push(...validateSpreadConstraints(spec, `${path}.topologySpreadConstraints`));
  errors.push(...validateWindows(spec, path));
  errors.push(...validateHostUsers(spec, path));
  errors.push(...validateNames(spec, path));
  errors.push(...validateTolerations(spec.tolerations, `${path}.tolerations`));
  errors.push(...validateHostAliases(spec, `${path}.hostAliases`));
  if (spec.priorityClassName) errors.push(...faults(`${path}.priorityClassName`, spec.priorityClassName, isSubdomain));
  if (spec.runtimeClassName !== undefined)
    errors.push(...faults(`${path}.runtimeClassName`, spec.runtimeClassName, isSubdomain));
  const { preemptionPolicy } = spec;
  if (preemptionPolicy !== undefined && !["PreemptLowerPriority", "Never"].includes(preemptionPolicy))
    errors.push(notSupported(`${path}.preemptionPolicy`, preemptionPolicy, ["PreemptLowerPriority", "Never"]));
  if (spec.overhead) errors.push(...validateResourceRequirements({ limits: spec.overhead }, `${path}.overhead`));
  if (spec.os) {
    if (!spec.os.name) errors.push(required(`${path}.os.name`, "cannot be empty"));
    else if (spec.os.name !== "linux" && spec.os.name !== "windows")
      errors.push(notSupported(`${path}.os`, spec.os.name, ["linux", "windows"]));
  }
  return errors;
}

/** Names and numbers of the Pod itself. */
function validateNames(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.hostnameOverride !== undefined) {
    const at = `${path}.hostnameOverride`;
    errors.push(...faults(at, spec.hostnameOverride, isSubdomain));
    if (utf8Length(spec.hostnameOverride) > 64) errors.push(tooLong(at, 64));
    if (spec.hostNetwork) errors.push(forbiddenField(at, "may not be specified when hostNetwork is true"));
  }
  if (spec.serviceAccountName)
    errors.push(...faults(`${path}.serviceAccountName`, spec.serviceAccountName, isSubdomain));
  if (spec.nodeName) errors.push(...faults(`${path}.nodeName`, spec.nodeName, isSubdomain));
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > 2147483647))
    errors.push(invalidValue(`${path}.activeDeadlineSeconds`, deadline, "must be between 1 and 2147483647, inclusive"));
  if (spec.hostname) errors.push(...faults(`${path}.hostname`, spec.hostname, isLabel));
  if (spec.subdomain) errors.push(...faults(`${path}.subdomain`, spec.subdomain, isLabel));
  return errors;
}

function validateClaims(spec: PodSpec, path: string): { errors: FieldError[]; claims: Set<string> } {
  const errors: FieldError[] = [];
  const claims = new Set<string>();
  for (const [i, claim] of (spec.resourceClaims ?? []).entries()) {
    const at = `${path}[${i}]`;
    if (!claim.name) errors.push(required(`${at}.name`));
    else if (claims.has(claim.name)) errors.push(duplicate(`${at}.name`, claim.name));
    else errors.push(...faults(`${at}.name`, claim.name, isLabel));
    claims.add(claim.name);
    if (claim.resourceClaimName !== undefined && claim.resourceClaimTemplateName !== undefined)
      errors.push(
        invalidValue(
          at,
          new Verbatim(goJson(claim)),
          "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified",
        ),
      );
    if (claim.resourceClaimName === undefined && claim.resourceClaimTemplateName === undefined)
      errors.push(
        invalidValue(
          at,
          new Verbatim(goJson(claim)),
          "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
        ),
      );
    for (const field of ["resourceClaimName", "resourceClaimTemplateName"] as const)
      if (claim[field] !== undefined) errors.push(...faults(`${at}.${field}`, claim[field], isSubdomain));
  }
  return { errors, claims };
}

/** Limits of a resolver's configuration. */
const DNS = { nameservers: 3, searches: 32, searchCharacters: 2048 };

function validateDnsConfig(spec: PodSpec, path: string): FieldError[] {
  const config = spec.dnsConfig;
  const errors: FieldError[] = [];
  if (spec.dnsPolicy === "None") {
    if (!config) return [required(path, "must provide `dnsConfig` when `dnsPolicy` is None")];
    if (!config.nameservers?.length)
      return [required(`${path}.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None")];
  }
  if (!config) return [];
  const { nameservers = [], searches = [] } = config;
  if (nameservers.length > DNS.nameservers)
    errors.push(
      invalidValue(`${path}.nameservers`, nameservers, `must not have more than ${DNS.nameservers} nameservers`),
    );
  for (const [i, nameserver] of nameservers.entries())
    if (!isIpAddress(nameserver)) errors.push(invalidValue(`${path}.nameservers[${i}]`, nameserver, notIpAddress));
  if (searches.length > DNS.searches)
    errors.push(invalidValue(`${path}.searches`, searches, `must not have more than ${DNS.searches} search paths`));
  if (searches.join(" ").length > DNS.searchCharacters)
    errors.push(
      invalidValue(
        `${path}.searches`,
        searches,
        `must not have more than ${DNS.searchCharacters} characters (including spaces) in the search list`,
      ),
    );
  for (const [i, search] of searches.entries()) {
    // A lone dot is the root; underscores are allowed here, and one dot at the end.
    const name = search.endsWith(".") ? search.slice(0, -1) : search;
    if (search !== "." && !/^_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*$/.test(name))
      errors.push(...faults(`${path}.searches[${i}]`, name, isSubdomain));
  }
  for (const [i, option] of (config.options ?? []).entries())
    if (!option.name) errors.push(required(`${path}.options[${i}]`, "must not be empty"));
  return errors;
}

function validateHostAliases(spec: PodSpec, path: string): FieldError[] {
  return (spec.hostAliases ?? []).flatMap(({ ip, hostnames }, i) => [
    ...(isIpAddress(ip) ? [] : [invalidValue(`${path}[${i}].ip`, ip, notIpAddress)]),
    ...(hostnames ?? []).flatMap((name, j) => faults(`${path}[${i}].hostnames[${j}]`, name, isSubdomain)),
  ]);
}

const notOnWindows = [
  "fsGroup",
  "fsGroupChangePolicy",
  "runAsGroup",
  "runAsUser",
  "seLinuxOptions",
  "seccompProfile",
  "appArmorProfile",
  "supplementalGroups",
  "supplementalGroupsPolicy",
  "sysctls",
] as const;

/** What one operating system has and the other has not. */
function validateWindows(spec: PodSpec, path: string): FieldError[] {
  const os = spec.os?.name;
  const errors: FieldError[] = [];
  const containers = [
    ...(spec.containers ?? []).map((container, i) => ({ container, at: `${path}.containers[${i}]` })),
    ...(spec.initContainers ?? []).map((container, i) => ({ container, at: `${path}.initContainers[${i}]` })),
  ];
  if (os === "linux") {
    const why = "windows options cannot be set for a linux pod";
    if (spec.securityContext?.windowsOptions)
      errors.push(forbiddenField(`${path}.securityContext.windowsOptions`, why));
    for (const { container, at } of containers)
      if (container.securityContext?.windowsOptions)
        errors.push(forbiddenField(`${at}.securityContext.windowsOptions`, why));
  }
  if (os !== "windows") return errors;
  const why = "cannot be set for a windows pod";
  for (const field of notOnWindows)
    if (spec.securityContext?.[field] !== undefined)
      errors.push(forbiddenField(`${path}.securityContext.${field}`, why));
  for (const field of ["hostPID", "hostIPC"] as const)
    if (spec[field]) errors.push(forbiddenField(`${path}.${field}`, why));
  if (spec.shareProcessNamespace !== undefined) errors.push(forbiddenField(`${path}.shareProcessNamespace`, why));
  for (const { container, at } of containers)
    for (const field of [
      "runAsUser",
      "runAsGroup",
      "privileged",
      "readOnlyRootFilesystem",
      "allowPrivilegeEscalation",
      "capabilities",
      "procMount",
      "seLinuxOptions",
      "seccompProfile",
      "appArmorProfile",
    ] as const)
      if (container.securityContext?.[field] !== undefined)
        errors.push(forbiddenField(`${at}.securityContext.${field}`, why));
  return errors;
}
