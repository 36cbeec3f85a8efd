/** Containers of all three lists (pkg/apis/core/validation: validateContainers and its kin). */
import { isSidecar } from "../api/resources.ts";
import type { Container, ContainerResizePolicy, EphemeralContainer, PodSpec, Volume } from "../api/types.ts";
import { validateHostPortConflicts, validatePorts } from "./containerPorts.ts";
import { validateResourceRequirements } from "./containerResources.ts";
import { validateEnv, validateEnvFrom } from "./env.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundValue,
  notSupported,
  required,
  tooLong,
} from "./fieldError.ts";
import { isLabel } from "./formats.ts";
import { faults } from "./metadata.ts";
import { validateLifecycle, validateLivenessProbe, validateReadinessProbe } from "./probes.ts";
import { validateSecurityContext } from "./securityContext.ts";
import { validateVolumeDevices, validateVolumeMounts } from "./volumeMounts.ts";
import { validatePullPolicy } from "./volumeSources.ts";

/** What the checks of a container need to know of its Pod. */
export interface PodFacts {
  readonly spec: PodSpec;
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly claims: ReadonlySet<string>;
  readonly grace: number;
}

const messagePolicies = ["File", "FallbackToLogsOnError"];
const restartPolicies = ["Always", "Never", "OnFailure"];

function validateCommon(container: Container, pod: PodFacts, path: string): FieldError[] {
  const { spec, volumes } = pod;
  const errors: FieldError[] = [];
  if (!container.name) errors.push(required(`${path}.name`));
  else errors.push(...faults(`${path}.name`, container.name, isLabel));
  if (!container.image) errors.push(required(`${path}.image`));
  const { terminationMessagePolicy, imagePullPolicy } = container;
  if (!terminationMessagePolicy) errors.push(required(`${path}.terminationMessagePolicy`));
  else if (!messagePolicies.includes(terminationMessagePolicy))
    errors.push(notSupported(`${path}.terminationMessagePolicy`, terminationMessagePolicy, messagePolicies));
  errors.push(...validatePorts(container.ports, `${path}.ports`));
  errors.push(...validateEnv(container, `${path}.env`));
  errors.push(...validateEnvFrom(container.envFrom, `${path}.envFrom`));
  errors.push(...validateVolumeMounts(container, volumes, `${path}.volumeMounts`));
  errors.push(...validateVolumeDevices(container, volumes, `${path}.volumeDevices`));
  errors.push(...validatePullPolicy(imagePullPolicy, `${path}.imagePullPolicy`));
  errors.push(...validateResourceRequirements(container.resources, `${path}.resources`, pod.claims));
  errors.push(...validateResizePolicy(container.resizePolicy, `${path}.resizePolicy`, spec.restartPolicy));
  errors.push(
    ...validateSecurityContext(container.securityContext, `${path}.securityContext`, spec.hostUsers !== false),
  );
  return errors;
}

function validateResizePolicy(
  policies: readonly ContainerResizePolicy[] | undefined,
  path: string,
  podPolicy: string | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, { resourceName, restartPolicy }] of (policies ?? []).entries()) {
    if (seen.has(resourceName)) errors.push(duplicate(`${path}[${i}]`, resourceName));
    seen.add(resourceName);
    if (!resourceName) errors.push(required(path));
    else if (resourceName !== "cpu" && resourceName !== "memory")
      errors.push(notSupported(path, resourceName, ["cpu", "memory"]));
    if (!restartPolicy) errors.push(required(path));
    else if (restartPolicy !== "NotRequired" && restartPolicy !== "RestartContainer")
      errors.push(notSupported(path, restartPolicy, ["NotRequired", "RestartContainer"]));
    if (podPolicy === "Never" && restartPolicy !== "NotRequired")
      errors.push(invalidValue(path, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
  }
  return errors;
}

/** The second restarts the whole Pod; the server does not list it among those supported. */
const ruleActions = ["Restart", "RestartAllContainers"];
/** Rules beyond this many are refused. */
const MOST_RULES = 20;
const MOST_EXIT_CODES = 255;

/** An init container's rules are not looked at while it has no policy. */
function validateInitRestart(container: Container, path: string): FieldError[] {
  if (container.restartPolicy !== undefined) return validateRestart(container, path);
  return container.restartPolicyRules?.length
    ? [required(`${path}.restartPolicy`, "must specify restartPolicy when restart rules are used")]
    : [];
}

function validateRestart(container: Container, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { restartPolicy, restartPolicyRules: rules } = container;
  if (restartPolicy !== undefined && !restartPolicies.includes(restartPolicy))
    errors.push(notSupported(`${path}.restartPolicy`, restartPolicy, restartPolicies));
  if (!rules?.length) return errors;
  if (restartPolicy === undefined)
    errors.push(required(`${path}.restartPolicy`, "must specify restartPolicy when restart rules are used"));
  if (rules.length > MOST_RULES) errors.push(tooLong(`${path}.restartPolicyRules`, MOST_RULES));
  for (const [i, { action, exitCodes }] of rules.entries()) {
    const at = `${path}.restartPolicyRules[${i}]`;
    if (!ruleActions.includes(action)) errors.push(notSupported(`${at}.action`, action ?? "", ["Restart"]));
    if (!exitCodes) {
      errors.push(required(`${at}.exitCodes`, "must be specified"));
      continue;
    }
    if (exitCodes.operator !== "In" && exitCodes.operator !== "NotIn")
      errors.push(notSupported(`${at}.exitCodes.operator`, exitCodes.operator ?? "", ["In", "NotIn"]));
    if ((exitCodes.values?.length ?? 0) > MOST_EXIT_CODES)
      errors.push(tooLong(`${at}.exitCodes.values`, MOST_EXIT_CODES));
  }
  return errors;
}

/** Hooks and probes of what keeps running: regular containers and sidecars. */
function validateRunning(container: Container, pod: PodFacts, path: string): FieldError[] {
  return [
    ...validateLifecycle(container, pod.grace, `${path}.lifecycle`),
    ...validateLivenessProbe(container.livenessProbe, pod.grace, `${path}.livenessProbe`),
    ...validateReadinessProbe(container.readinessProbe, pod.grace, `${path}.readinessProbe`),
    ...validateLivenessProbe(container.startupProbe, pod.grace, `${path}.startupProbe`),
  ];
}

export function validateContainers(pod: PodFacts, path: string): FieldError[] {
  const containers = pod.spec.containers ?? [];
  if (containers.length === 0) return [required(path)];
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [i, container] of containers.entries()) {
    const at = `${path}[${i}]`;
    errors.push(...validateCommon(container, pod, at));
    if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
    names.add(container.name);
    errors.push(...validateRunning(container, pod, at));
    errors.push(...validateRestart(container, at));
  }
  return [...errors, ...validateHostPortConflicts(containers, path)];
}

export function validateInitContainers(pod: PodFacts, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set((pod.spec.containers ?? []).map(({ name }) => name));
  for (const [i, container] of (pod.spec.initContainers ?? []).entries()) {
    const at = `${path}[${i}]`;
    errors.push(...validateCommon(container, pod, at));
    errors.push(...validateInitRestart(container, at));
    if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
    if (container.name) names.add(container.name);
    // They run one after another, so each is looked at alone, and the server's path says 0 for each.
    errors.push(...validateHostPortConflicts([container], path));
    if (isSidecar(container)) errors.push(...validateRunning(container, pod, at));
    else
      for (const field of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const)
        if (container[field])
          errors.push(
            forbiddenField(`${at}.${field}`, "may not be set for init containers without restartPolicy=Always"),
          );
  }
  return errors;
}

/** In the order of the type's fields. */
const notForEphemeral = [
  "ports",
  "resources",
  "resizePolicy",
  "restartPolicy",
  "restartPolicyRules",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
] as const;

export function validateEphemeralContainers(pod: PodFacts, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const others = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])].map(({ name }) => name);
  const names = new Set(others);
  const why = "cannot be set for an Ephemeral Container";
  for (const [i, ephemeral] of (pod.spec.ephemeralContainers ?? []).entries()) {
    const at = `${path}[${i}]`;
    const container = ephemeral as Container & EphemeralContainer;
    errors.push(...validateCommon(container, pod, at));
    errors.push(...imageWhitespace(container, at));
    if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
    names.add(container.name);
    if (ephemeral.targetContainerName && !others.includes(ephemeral.targetContainerName))
      errors.push(notFoundValue(`${at}.targetContainerName`, ephemeral.targetContainerName));
    for (const field of notForEphemeral)
      if (isSet(field, container[field])) errors.push(forbiddenField(`${at}.${field}`, why));
    for (const [j, mount] of (container.volumeMounts ?? []).entries())
      for (const field of ["subPath", "subPathExpr"] as const)
        if (mount[field]) errors.push(forbiddenField(`${at}.volumeMounts[${j}].${field}`, why));
  }
  return errors;
}

/** Every container has `resources: {}`, which counts as nothing. */
function isSet(field: string, value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return field === "resources" ? Object.keys(value ?? {}).length > 0 : value !== undefined;
}

export function validateImageWhitespace(spec: PodSpec, path: string): FieldError[] {
  return (["containers", "initContainers"] as const).flatMap((list) =>
    (spec[list] ?? []).flatMap((container, i) => imageWhitespace(container, `${path}.${list}[${i}]`)),
  );
}

function imageWhitespace({ image = "" }: Pick<Container, "image">, path: string): FieldError[] {
  return image === image.trim()
    ? []
    : [invalidValue(`${path}.image`, image, "must not have leading or trailing whitespace")];
}
