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
  invalidValue,
  notFoundValue,
  notSupported,
  required,
  tooLong,
  Verbatim,
} from "./fieldError.ts";
import { isIp, isKey, isLabel, isSubdomain, isSubdomainWithUnderscore, utf8Length } from "./formats.ts";
import { internalJson } from "./internalJson.ts";
import { faults, validateLabels, validateMetadata } from "./metadata.ts";
import {
  validateAffinity,
  validateSchedulingGates,
  validateSpreadConstraints,
  validateTolerations,
} from "./scheduling.ts";
import { validateHostUsers, validatePodSecurityContext } from "./securityContext.ts";
import { containersOf, validateHostProcess, validateOs } from "./operatingSystem.ts";
import { validateProfileAnnotations, validateProfilesMatchAnnotations } from "./profileAnnotations.ts";
import { validateVolumes } from "./volumes.ts";

export function validatePod(pod: Pod): FieldError[] {
  const errors = validatePodMetadataAndSpec(pod);
  if (pod.spec.ephemeralContainers?.length)
    errors.push(forbiddenField("spec.ephemeralContainers", "cannot be set on create"));
  if (pod.spec.nodeName && pod.spec.schedulingGates?.length)
    errors.push(forbiddenField("spec.nodeName", "cannot be set until all schedulingGates have been cleared"));
  errors.push(...validateProfilesMatchAnnotations(pod));
  return errors;
}

/** What holds for new Pods and changed ones alike. */
export function validatePodMetadataAndSpec(pod: Pod): FieldError[] {
  return [
    ...validateMetadata(pod.metadata, true, isSubdomain),
    ...validatePodAnnotations(pod),
    ...validatePodSpec(pod.spec, "spec", pod),
    ...validateTokensWithoutAccount(pod.spec),
    ...validateImageWhitespace(pod.spec, "spec"),
  ];
}

/** Only mirror Pods come this far without a service account. */
function validateTokensWithoutAccount(spec: PodSpec): FieldError[] {
  if (spec.serviceAccountName) return [];
  return (spec.volumes ?? []).flatMap(({ projected }, i) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken }, j) =>
      serviceAccountToken
        ? [
            forbiddenField(
              `spec.volumes[${i}].projected.sources[${j}].serviceAccountToken`,
              "must not be specified when serviceAccountName is not set",
            ),
          ]
        : [],
    ),
  );
}

export const MIRROR = "kubernetes.io/config.mirror";
const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

export function validatePodAnnotations({ metadata, spec }: Pod): FieldError[] {
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
  errors.push(...validateProfileAnnotations({ metadata, spec }));
  return errors;
}

/** No plus sign, no leading zeros. */
function isInt32(text: string): boolean {
  return /^(0|-?[1-9][0-9]*|-0)$/.test(text) && Math.abs(Number(text)) <= 2147483648 && Number(text) < 2147483648;
}

const restartPolicies = ["Always", "OnFailure", "Never"];
const dnsPolicies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];

/** @param of the Pod itself, undefined for a template's spec */
export function validatePodSpec(spec: PodSpec, path: string, of?: Pod): FieldError[] {
  const { errors: volumeErrors, named } = validateVolumes(spec.volumes, `${path}.volumes`, of?.metadata.name);
  const mirror = of?.metadata.annotations?.[MIRROR] !== undefined;
  const { errors: claimErrors, claims } = validateClaims(spec, `${path}.resourceClaims`, mirror);
  const pod: PodFacts = { spec, volumes: named, claims, grace: spec.terminationGracePeriodSeconds ?? 0 };
  const errors = [
    ...volumeErrors,
    ...claimErrors,
    ...validateContainers(pod, `${path}.containers`),
    ...validateInitContainers(pod, `${path}.initContainers`),
    ...validateEphemeralContainers(pod, `${path}.ephemeralContainers`),
    ...validatePodLevelResources(spec, `${path}.resources`, claims),
  ];
  if (spec.hostNetwork)
    errors.push(...validateHostNetworkPorts(spec.containers ?? [], `${path}.containers`, of !== undefined));
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
  errors.push(...validateHostProcess(spec, path));
  errors.push(...validateHostUsers(spec, path));
  errors.push(...validateNames(spec, path));
  errors.push(...validateTolerations(spec.tolerations, `${path}.tolerations`));
  errors.push(...validateHostAliases(spec, `${path}.hostAliases`));
  if (spec.priorityClassName) errors.push(...faults(`${path}.priorityClassName`, spec.priorityClassName, isSubdomain));
  if (spec.runtimeClassName !== undefined)
    errors.push(...faults(`${path}.runtimeClassName`, spec.runtimeClassName, isSubdomain));
  const { preemptionPolicy } = spec;
  if ((preemptionPolicy as string | undefined) === "") errors.push(required(`${path}.preemptionPolicy`));
  else if (preemptionPolicy !== undefined && !["PreemptLowerPriority", "Never"].includes(preemptionPolicy))
    errors.push(notSupported(`${path}.preemptionPolicy`, preemptionPolicy, ["PreemptLowerPriority", "Never"]));
  if (spec.overhead) errors.push(...validateResourceRequirements({ limits: spec.overhead }, `${path}.overhead`));
  if (spec.os) errors.push(...validateOs(spec, path));
  errors.push(...validateEnvFileVolumes(spec, path));
  return errors;
}

/** A variable that is read from a file: the file lies in an emptyDir, which an init container fills. */
function validateEnvFileVolumes(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const { container, at } of containersOf(spec, path))
    for (const [i, { valueFrom }] of (container.env ?? []).entries()) {
      const name = valueFrom?.fileKeyRef?.volumeName;
      if (name === undefined) continue;
      const volume = spec.volumes?.findLast((one) => one.name === name);
      const field = `${at}.env[${i}].valueFrom.fileKeyRef.volumeName`;
      if (!volume) errors.push(notFoundValue(field, name));
      else if (!volume.emptyDir) errors.push(invalidValue(field, name, "referenced volume must be of type emptyDir"));
    }
  return errors;
}

/** Names and numbers of the Pod itself. */
function validateNames(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.hostnameOverride !== undefined) {
    const at = `${path}.hostnameOverride`;
    if (spec.setHostnameAsFQDN) errors.push(forbiddenField(at, "may not be specified when setHostnameAsFQDN is true"));
    if (spec.hostNetwork) errors.push(forbiddenField(at, "may not be specified when hostNetwork is true"));
    if (utf8Length(spec.hostnameOverride) > 64) errors.push(tooLong(at, 64));
    errors.push(...faults(at, spec.hostnameOverride, isSubdomain));
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

function validateClaims(spec: PodSpec, path: string, mirror: boolean): { errors: FieldError[]; claims: Set<string> } {
  const errors: FieldError[] = [];
  const claims = new Set<string>();
  for (const [i, claim] of (spec.resourceClaims ?? []).entries()) {
    const at = `${path}[${i}]`;
    if (mirror) {
      errors.push(forbiddenField("[]", "static pods do not support resource claims"));
      continue;
    }
    if (!claim.name) errors.push(required(`${at}.name`));
    else if (claims.has(claim.name)) errors.push(duplicate(`${at}.name`, claim.name));
    else errors.push(...faults(`${at}.name`, claim.name, isLabel));
    if (claim.name) claims.add(claim.name);
    const whole = () => new Verbatim(internalJson("PodResourceClaim", claim));
    if (claim.resourceClaimName !== undefined && claim.resourceClaimTemplateName !== undefined)
      errors.push(
        invalidValue(at, whole(), "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"),
      );
    if (claim.resourceClaimName === undefined && claim.resourceClaimTemplateName === undefined)
      errors.push(invalidValue(at, whole(), "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"));
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
    errors.push(...faults(`${path}.nameservers[${i}]`, nameserver, isIp));
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
    if (search !== ".") errors.push(...faults(`${path}.searches[${i}]`, name, isSubdomainWithUnderscore));
  }
  for (const [i, option] of (config.options ?? []).entries())
    if (!option.name) errors.push(required(`${path}.options[${i}]`, "must not be empty"));
  return errors;
}

function validateHostAliases(spec: PodSpec, path: string): FieldError[] {
  return (spec.hostAliases ?? []).flatMap(({ ip, hostnames }, i) => [
    ...faults(`${path}[${i}].ip`, ip, isIp),
    ...(hostnames ?? []).flatMap((name, j) => faults(`${path}[${i}].hostnames[${j}]`, name, isSubdomain)),
  ]);
}
