/** Environment variables and their sources. */
import { canonicalQuantity } from "../api/quantity.ts";
import type {
  Container,
  EnvFromSource,
  EnvVarSource,
  ObjectFieldSelector,
  ResourceFieldSelector,
  Volume,
} from "../api/types.ts";
import { type FieldError, invalidValue, notFoundValue, notSupported, required } from "./fieldError.ts";
import { isDataKey, isEnvName, isKey, isSubdomain } from "./formats.ts";
import { faults } from "./metadata.ts";

const envFields = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
/** What the API can select Pods by, hence knows as a field label (pkg/apis/core/v1/conversion.go, pkg/apis/core/pods). */
const knownFields = new Set([
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.restartPolicy",
  "spec.serviceAccountName",
  "spec.schedulerName",
  "status.phase",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
]);
export const resourceFields = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];

export function validateEnv({ env }: Pick<Container, "env">, path: string, volumes: readonly Volume[]): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, variable] of (env ?? []).entries()) {
    const at = `${path}[${i}]`;
    if (!variable.name) errors.push(required(`${at}.name`));
    else errors.push(...faults(`${at}.name`, variable.name, isEnvName));
    if (variable.valueFrom)
      errors.push(...validateSource(variable.valueFrom, variable.value ?? "", `${at}.valueFrom`, volumes));
  }
  return errors;
}

function validateSource(source: EnvVarSource, value: string, path: string, volumes: readonly Volume[]): FieldError[] {
  const errors: FieldError[] = [];
  let sources = 0;
  if (source.fieldRef) {
    sources++;
    errors.push(...validateFieldRef(source.fieldRef, envFields, `${path}.fieldRef`));
  }
  if (source.resourceFieldRef) {
    sources++;
    errors.push(
      ...validateResourceFieldRef(source.resourceFieldRef, resourceFields, `${path}.resourceFieldRef`, false),
    );
  }
  for (const name of ["configMapKeyRef", "secretKeyRef"] as const) {
    const selector = source[name];
    if (!selector) continue;
    sources++;
    errors.push(...faults(`${path}.${name}.name`, selector.name ?? "", isSubdomain));
    if (!selector.key) errors.push(required(`${path}.${name}.key`));
    else errors.push(...faults(`${path}.${name}.key`, selector.key, isDataKey));
  }
  const file = source.fileKeyRef;
  if (file) {
    sources++;
    if (!file.key) errors.push(required(`${path}.fileKeyRef.key`));
    else errors.push(...faults(`${path}.fileKeyRef.key`, file.key, isEnvName));
    if (!file.volumeName) errors.push(required(`${path}.fileKeyRef.volumeName`));
    else if (!volumes.some((volume) => volume.name === file.volumeName))
      errors.push(notFoundValue(`${path}.fileKeyRef.volumeName`, file.volumeName));
    if (!file.path) errors.push(required(`${path}.fileKeyRef.path`));
    else errors.push(...validateLocalPath(file.path, `${path}.fileKeyRef.path`));
  }
  if (sources === 0)
    errors.push(
      invalidValue(
        path,
        "",
        "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
      ),
    );
  else if (value !== "") errors.push(invalidValue(path, "", "may not be specified when `value` is not empty"));
  else if (sources > 1) errors.push(invalidValue(path, "", "may not have more than one field specified at a time"));
  return errors;
}

/** In the order of `allowed`, which messages list. */
export function validateFieldRef(ref: ObjectFieldSelector, allowed: readonly string[], path: string): FieldError[] {
  if (!ref.apiVersion) return [required(`${path}.apiVersion`)];
  if (!ref.fieldPath) return [required(`${path}.fieldPath`)];
  const subscript = /^(.*?)\['(.*)'\]$/s.exec(ref.fieldPath);
  const field = `${path}.fieldPath`;
  const cannotConvert = (why: string) => [invalidValue(field, ref.fieldPath, `error converting fieldPath: ${why}`)];
  if (ref.apiVersion !== "v1") return cannotConvert(`unsupported pod version: ${ref.apiVersion}`);
  if (subscript) {
    const [, of = "", key = ""] = subscript;
    if (of === "metadata.annotations") return isKey(key.toLowerCase()).map((fault) => invalidValue(path, key, fault));
    if (of === "metadata.labels") return faults(path, key, isKey);
    if (!knownFields.has(of)) return cannotConvert(`field label not supported: ${of}`);
    return [
      invalidValue(
        field,
        ref.fieldPath,
        `error converting fieldPath: field label does not support subscript: ${ref.fieldPath}`,
      ),
    ];
  }
  if (!knownFields.has(ref.fieldPath)) return cannotConvert(`field label not supported: ${ref.fieldPath}`);
  return allowed.includes(ref.fieldPath) ? [] : [notSupported(field, ref.fieldPath, allowed)];
}

const memoryDivisors = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

export function validateResourceFieldRef(
  ref: ResourceFieldSelector,
  allowed: readonly string[],
  path: string,
  inVolume: boolean,
): FieldError[] {
  if (inVolume && !ref.containerName) return [required(`${path}.containerName`)];
  if (!ref.resource) return [required(`${path}.resource`)];
  const hugePages = /^(requests|limits)\.hugepages-/.test(ref.resource);
  if (!allowed.includes(ref.resource) && !hugePages) return [notSupported(`${path}.resource`, ref.resource, allowed)];
  const divisor = canonicalQuantity(ref.divisor ?? "0");
  if (divisor === "0") return [];
  const resource = ref.resource.slice(ref.resource.indexOf(".") + 1);
  const cpu = resource === "cpu";
  if ((cpu ? ["1m", "1"] : memoryDivisors).includes(divisor)) return [];
  const kind = cpu
    ? "cpu"
    : resource === "memory"
      ? "memory"
      : resource === "ephemeral-storage"
        ? "local ephemeral storage"
        : "hugepages";
  const list = cpu ? "1m and 1" : memoryDivisors.join(", ");
  return [
    invalidValue(
      `${path}.divisor`,
      ref.resource,
      `only divisor's values ${list} are supported with the ${kind} resource`,
    ),
  ];
}

export function validateEnvFrom(sources: readonly EnvFromSource[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, source] of (sources ?? []).entries()) {
    const at = `${path}[${i}]`;
    if (source.prefix) errors.push(...faults(`${at}.prefix`, source.prefix, isEnvName));
    let count = 0;
    for (const name of ["configMapRef", "secretRef"] as const) {
      const ref = source[name];
      if (!ref) continue;
      count++;
      if (!ref.name) errors.push(required(`${at}.${name}.name`));
      else errors.push(...faults(`${at}.${name}.name`, ref.name, isSubdomain));
    }
    if (count === 0) errors.push(invalidValue(path, "", "must specify one of: `configMapRef` or `secretRef`"));
    else if (count > 1) errors.push(invalidValue(path, "", "may not have more than one field specified at a time"));
  }
  return errors;
}

/** A path inside a volume: relative, and never upwards. */
export function validateLocalPath(target: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (target.startsWith("/")) errors.push(invalidValue(path, target, "must be a relative path"));
  errors.push(...validateNoBacksteps(target, path));
  return errors;
}

export function validateNoBacksteps(target: string, path: string): FieldError[] {
  return target.split("/").includes("..") ? [invalidValue(path, target, "must not contain '..'")] : [];
}
