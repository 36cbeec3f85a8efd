/**
 * A container's environment (kubelet: pkg/kubelet/kubelet_pods.go makeEnvironmentVariables; pkg/kubelet/envvars).
 * Order here: service variables, envFrom, env, each as written; on a real node the order is random.
 */
import { utf8Decode, utf8Encode } from "../../runtime/bytes.ts";
import type { ApiServer } from "../apiServer.ts";
import type { ConfigMap, Container, EnvVarSource, Pod, PodStatus, Secret, Service } from "../api/types.ts";
import { resourceFieldValue } from "./resourceField.ts";
import { expand } from "./expansion.ts";

export interface EnvVariable {
  readonly name: string;
  readonly value: string;
}

export interface EnvironmentInputs {
  readonly api: ApiServer;
  readonly pod: Pod;
  readonly container: Container;
  /** With the IPs that the container will have. */
  readonly status: PodStatus;
  readonly allocatable: Readonly<Record<string, string | number>>;
}

/** The variables, or why there can be none: the message of CreateContainerConfigError. */
export function environmentOf(inputs: EnvironmentInputs): { readonly env: EnvVariable[] } | { readonly error: string } {
  const { api, pod, container } = inputs;
  const namespace = pod.metadata.namespace!;
  const services = pod.spec.enableServiceLinks === false ? kubernetesOnly(api) : serviceVariables(api, namespace);
  const result = new Map<string, string>();
  for (const source of container.envFrom ?? []) {
    const reference = source.configMapRef ?? source.secretRef;
    if (!reference) continue;
    const kind = source.configMapRef ? "ConfigMap" : "Secret";
    const found = api.get<ConfigMap | Secret>(kind, namespace, reference.name!);
    if (!found) {
      if (reference.optional) continue;
      return { error: `${kind.toLowerCase()} "${reference.name}" not found` };
    }
    for (const [key, value] of Object.entries(dataOf(found)).sort(([a], [b]) => (a < b ? -1 : 1)))
      result.set((source.prefix ?? "") + key, value);
  }
  for (const variable of container.env ?? []) {
    let value = variable.value ?? "";
    if (value !== "") value = expand(value, (name) => result.get(name) ?? services.get(name));
    else if (variable.valueFrom) {
      const found = valueFrom(inputs, variable.valueFrom);
      if ("error" in found) return found;
      if (found.value === undefined) continue; // Optional and missing: unset, not empty.
      value = found.value;
    }
    result.set(variable.name, value);
  }
  const env: EnvVariable[] = [];
  for (const [name, value] of services) if (!result.has(name)) env.push({ name, value });
  for (const [name, value] of result) env.push({ name, value });
  return { env };
}

function valueFrom(inputs: EnvironmentInputs, source: EnvVarSource): { value: string | undefined } | { error: string } {
  const { api, pod, container, status } = inputs;
  const namespace = pod.metadata.namespace!;
  if (source.fieldRef) return { value: fieldValue(pod, status, source.fieldRef.fieldPath) };
  if (source.resourceFieldRef) {
    const { containerName, resource, divisor } = source.resourceFieldRef;
    const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
    const target = containerName ? all.find((c) => c.name === containerName) : container;
    if (!target) return { error: `container ${containerName} not found` };
    return { value: resourceFieldValue(pod, target, resource, divisor, inputs.allocatable) };
  }
  const [kind, reference] = source.configMapKeyRef
    ? (["ConfigMap", source.configMapKeyRef] as const)
    : (["Secret", source.secretKeyRef] as const);
  if (!reference) return { value: "" };
  const found = api.get<ConfigMap | Secret>(kind, namespace, reference.name!);
  if (!found)
    return reference.optional ? { value: undefined } : { error: `${kind.toLowerCase()} "${reference.name}" not found` };
  const value = dataOf(found)[reference.key];
  if (value !== undefined) return { value };
  return reference.optional
    ? { value: undefined }
    : { error: `couldn't find key ${reference.key} in ${kind} ${namespace}/${reference.name}` };
}

/** A downward API field (Kubernetes: pkg/fieldpath/fieldpath.go); "" for a label or annotation that is not there. */
export function fieldValue(pod: Pod, status: PodStatus, path: string): string {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscript) return pod.metadata[subscript[1] as "labels" | "annotations"]?.[subscript[2]!] ?? "";
  switch (path) {
    case "metadata.name":
      return pod.metadata.name ?? "";
    case "metadata.namespace":
      return pod.metadata.namespace ?? "";
    case "metadata.uid":
      return pod.metadata.uid ?? "";
    case "metadata.labels":
      return mapText(pod.metadata.labels);
    case "metadata.annotations":
      return mapText(pod.metadata.annotations);
    case "spec.nodeName":
      return pod.spec.nodeName ?? "";
    case "spec.serviceAccountName":
      return pod.spec.serviceAccountName ?? "";
    case "status.hostIP":
      return status.hostIP ?? "";
    case "status.hostIPs":
      return (status.hostIPs ?? []).map((h) => h.ip).join(",");
    case "status.podIP":
      return status.podIP ?? "";
    case "status.podIPs":
      return (status.podIPs ?? []).map((p) => p.ip).join(",");
    default:
      return "";
  }
}

function mapText(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join("\n");
}

/** What variables may be taken from: a Secret's values decoded, of a ConfigMap only its text. */
export function dataOf(object: ConfigMap | Secret): Record<string, string> {
  if (object.kind === "ConfigMap") return { ...object.data };
  return Object.fromEntries(Object.entries(object.data ?? {}).map(([key, value]) => [key, fromBase64(String(value))]));
}

/** What a volume's files hold, as bytes: all keys, `binaryData` too. */
export function fileContents(object: ConfigMap | Secret): Record<string, string> {
  const text = object.kind === "ConfigMap" ? (object.data ?? {}) : {};
  const encoded = (object.kind === "ConfigMap" ? object.binaryData : object.data) ?? {};
  return {
    ...Object.fromEntries(Object.entries(text).map(([key, value]) => [key, utf8Encode(value)])),
    ...Object.fromEntries(Object.entries(encoded).map(([key, value]) => [key, base64Bytes(String(value))])),
  };
}

/** As text; "" when it is no base64. */
export const fromBase64 = (text: string): string => utf8Decode(base64Bytes(text));

function base64Bytes(text: string): string {
  try {
    return atob(text);
  } catch {
    return "";
  }
}

function kubernetesOnly(api: ApiServer): Map<string, string> {
  const service = api.get<Service>("Service", "default", "kubernetes");
  return new Map(service && variablesOf(service));
}

/** Services of the namespace that have an address, and always `kubernetes` of `default`. */
function serviceVariables(api: ApiServer, namespace: string): Map<string, string> {
  const out = kubernetesOnly(api);
  for (const service of api.list<Service>("Service", namespace))
    for (const [name, value] of variablesOf(service)) out.set(name, value);
  return out;
}

const knownVariables = new WeakMap<Service, ReadonlyMap<string, string>>();

/** Worked out once for each Service: stored objects never change, and every container that starts asks. */
function variablesOf(service: Service): ReadonlyMap<string, string> {
  let variables = knownVariables.get(service);
  if (!variables) knownVariables.set(service, (variables = makeVariables(service)));
  return variables;
}

function makeVariables(service: Service): Map<string, string> {
  const out = new Map<string, string>();
  const ip = service.spec.clusterIP;
  const ports = service.spec.ports ?? [];
  if (!ip || ip === "None" || ports.length === 0) return out;
  const prefix = service.metadata.name!.toUpperCase().replaceAll("-", "_");
  const first = ports[0]!;
  out.set(`${prefix}_SERVICE_HOST`, ip);
  out.set(`${prefix}_SERVICE_PORT`, String(first.port));
  for (const port of ports)
    if (port.name) out.set(`${prefix}_SERVICE_PORT_${port.name.toUpperCase().replaceAll("-", "_")}`, String(port.port));
  ports.forEach((port, i) => {
    const protocol = (port.protocol ?? "TCP").toLowerCase();
    const url = `${protocol}://${ip}:${port.port}`;
    if (i === 0) out.set(`${prefix}_PORT`, url);
    const each = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`;
    out.set(each, url);
    out.set(`${each}_PROTO`, protocol);
    out.set(`${each}_PORT`, String(port.port));
    out.set(`${each}_ADDR`, ip);
  });
  return out;
}
