/** Environment variables and their sources. */
import { canonicalQuantity } from "../api/quantity.ts";
import type {
  Container,
  EnvFromSource,
  EnvVarSource,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from "../api/types.ts";
import { type FieldError, invalidValue, notSupported, required } from "./fieldError.ts";
import { isDataKey, isEnvName, isKey, isLabel, isSubdomain } from "./formats.ts";
import { validateNoBacksteps } from "./localPath.ts";
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
const resourceFields = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];

export function validateEnv({ env }: Pick<Container, "env">, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, variable] of (env ?? []).entries()) {
    const at = `${path}[${i}]`;
    if (!variable.name) errors.push(required(`${at}.name`));
    else errors.push(...faults(`${at}.name`, variable.name, isEnvName));
    if (variable.valueFrom) errors.push(...validateSource(variable.valueFrom, variable.value ?? "", `${at}.valueFrom`));
  }
  return errors;
}

function validateSource(source: EnvVarSource, value: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let sources = 0;
  if (source.fieldRef) {
    sources++;
    errors.push(...validateFieldRef(source.fieldRef, envFields, `${path}.fieldRef`));
  }
  if (source.resourceFieldRef) {
    sources++;
    errors.push(...validateResourceFieldRef(source.resourceFieldRef, `${path}.resourceFieldRef`, false));
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
    else errors.push(...faults(`${path}.fileKeyRef.volumeName`, file.volumeName, isLabel));
    if (!file.path) errors.push(required(`${path}.fileKeyRef.path`));
    else errors.push(...validateNoBacksteps(file.path, `${path}.fileKeyRef.path`));
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
  const subscript = /^(.+?)\['(.*)'\]$/s.exec(ref.fieldPath);
  const field = `${path}.fieldPath`;
  const cannotConvert = (why: string) => [invalidValue(field, ref.fieldPath, `error converting fieldPath: ${why}`)];
  if (ref.apiVersion !== "v1") return cannotConvert(`unsupported pod version: ${ref.apiVersion}`);
  if (subscript) {
    const [, of = "", key = ""] = subscript;
    if (of === "metadata.annotations") return faults(path, key.toLowerCase(), isKey);
    if (of === "metadata.labels") return faults(path, key, isKey);
    return cannotConvert(`field label does not support subscript: ${ref.fieldPath}`);
  }
  // What old clients call the node.
  const label = ref.fieldPath === "spec.host" ? "spec.nodeName" : ref.fieldPath;
  if (!knownFields.has(label)) return cannotConvert(`field label not supported: ${label}`);
  return allowed.includes(label) ? [] : [notSupported(field, label, allowed)];
}

const byteDivisors = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
/** What may follow `limits.` or `requests.`, and which units each may be told in. */
const divisors: readonly { of: RegExp; units: readonly string[]; listed: string; called: string }[] = [
  { of: /^cpu$/, units: ["1m", "1"], listed: "1m and 1", called: "cpu" },
  { of: /^memory$/, units: byteDivisors, listed: byteDivisors.join(", "), called: "memory" },
  {
    of: /^ephemeral-storage$/,
    units: byteDivisors,
    listed: byteDivisors.join(", "),
    called: "local ephemeral storage",
  },
  { of: /^hugepages-/, units: byteDivisors, listed: byteDivisors.join(", "), called: "hugepages" },
];

/** In volumes the container has to be named. The divisor is looked at even when the resource is missing. */
export function validateResourceFieldRef(ref: ResourceFieldSelector, path: string, inVolume: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const { resource } = ref;
  if (inVolume && !ref.containerName) errors.push(required(`${path}.containerName`));
  else if (!resource) errors.push(required(`${path}.resource`));
  else if (!resourceFields.includes(resource) && !/^(requests|limits)\.hugepages-/.test(resource))
    errors.push(notSupported(`${path}.resource`, resource, resourceFields));
  const divisor = canonicalQuantity(ref.divisor ?? "0");
  const name = /^(?:limits|requests)\.(.*)$/s.exec(resource ?? "")?.[1] ?? "";
  const allowed = divisors.find(({ of }) => of.test(name));
  if (divisor !== "0" && allowed && !allowed.units.includes(divisor))
    errors.push(
      invalidValue(
        `${path}.divisor`,
        resource,
        `only divisor's values ${allowed.listed} are supported with the ${allowed.called} resource`,
      ),
    );
  return errors;
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
