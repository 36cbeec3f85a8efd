/** Validation of Services (pkg/apis/core/validation: ValidateServiceCreate, ValidateServiceUpdate). */
import type { Service, ServicePort, ServiceSpec } from "../api/types.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  Verbatim,
} from "./fieldError.ts";
import {
  type Check,
  isCidr,
  isIp,
  isKey,
  isLabel,
  isLabel1035,
  isPortName,
  isPortNumber,
  isSubdomain,
} from "./formats.ts";
import { internalJson } from "./internalJson.ts";
import { faults, immutable, validateLabels, validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { validateClusterIPs, validateClusterIPsUpdate, endpointFaults } from "./serviceAddresses.ts";

const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const protocols = ["SCTP", "TCP", "UDP"];
const affinities = ["ClientIP", "None"];
const policies = ["Cluster", "Local"];
const distributions = ["PreferClose", "PreferSameZone", "PreferSameNode"];
/** A day. */
const LONGEST_AFFINITY = 86400;
const SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges";

/** Names that begin with a digit are new; what is said of all others is as before. */
const isServiceName: Check = (name) => (/^[0-9]/.test(name) ? isLabel(name) : isLabel1035(name));

export function isHeadless({ clusterIPs }: ServiceSpec): boolean {
  return clusterIPs?.length === 1 && clusterIPs[0] === "None";
}

export function validateService(service: Service): FieldError[] {
  return [...validateMetadata(service.metadata, true, isServiceName), ...validateRest(service)];
}

export function validateServiceUpdate(service: Service, old: Service): FieldError[] {
  const errors = validateMetadataUpdate(service.metadata, old.metadata);
  errors.push(...validateClusterIPsUpdate(service.spec, old.spec));
  const balanced = service.spec.type === "LoadBalancer";
  if (balanced && old.spec.type === "LoadBalancer" && service.spec.loadBalancerClass !== old.spec.loadBalancerClass)
    errors.push(
      invalidValue("spec.loadBalancerClass", service.spec.loadBalancerClass ?? null, "may not change once set"),
    );
  errors.push(...validateLoadBalancerClass(service.spec));
  if (
    needsHealthCheck(old.spec) &&
    needsHealthCheck(service.spec) &&
    service.spec.healthCheckNodePort !== old.spec.healthCheckNodePort
  )
    errors.push(forbiddenField("spec.healthCheckNodePort", immutable));
  return [...errors, ...validateRest(service)];
}

const TOPOLOGY_MODE = "service.kubernetes.io/topology-mode";
const TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints";

function validateRest({ metadata, spec }: Service): FieldError[] {
  const errors: FieldError[] = [];
  const { [TOPOLOGY_MODE]: mode, [TOPOLOGY_HINTS]: hints } = metadata.annotations ?? {};
  if (mode !== undefined && hints !== undefined && mode !== hints)
    errors.push(
      invalidValue(
        `metadata.annotations[${TOPOLOGY_MODE}]`,
        mode,
        `must match annotations[${TOPOLOGY_HINTS}] when both are specified`,
      ),
    );
  errors.push(...validateByType(spec));
  errors.push(...validatePorts(spec.ports ?? []));
  errors.push(...validateLabels(spec.selector, "spec.selector"));
  errors.push(...validateAffinity(spec));
  errors.push(...validateClusterIPs(spec));
  for (const [i, ip] of (spec.externalIPs ?? []).entries()) {
    const path = `spec.externalIPs[${i}]`;
    const wrong = faults(path, ip, isIp);
    errors.push(...(wrong.length > 0 ? wrong : faults(path, ip, endpointFaults)));
  }
  if (!spec.type) errors.push(required("spec.type"));
  else if (!types.includes(spec.type)) errors.push(notSupported("spec.type", spec.type, types));
  errors.push(...validateNodePorts(spec));
  errors.push(...validateSourceRanges({ metadata, spec } as Service));
  const only = "may only be used when `type` is 'LoadBalancer'";
  if (spec.allocateLoadBalancerNodePorts !== undefined && spec.type !== "LoadBalancer")
    errors.push(forbiddenField("spec.allocateLoadBalancerNodePorts", only));
  errors.push(...validateLoadBalancerClass(spec));
  errors.push(...validateTraffic(spec));
  return errors;
}

function validateByType(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const headless = isHeadless(spec);
  if (!spec.ports?.length && !headless && spec.type !== "ExternalName") errors.push(required("spec.ports"));
  if ((spec.type === "LoadBalancer" || spec.type === "NodePort") && headless)
    errors.push(invalidValue("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${spec.type} services`));
  if (spec.type !== "ExternalName") return errors;
  const why = "may not be set for ExternalName services";
  if (spec.clusterIPs?.length) errors.push(forbiddenField("spec.clusterIPs", why));
  if (spec.ipFamilies?.length) errors.push(forbiddenField("spec.ipFamilies", why));
  if (spec.ipFamilyPolicy !== undefined) errors.push(forbiddenField("spec.ipFamilyPolicy", why));
  const name = (spec.externalName ?? "").replace(/\.$/, "");
  if (!name) errors.push(required("spec.externalName"));
  else errors.push(...faults("spec.externalName", name, isSubdomain));
  return errors;
}

function validatePorts(ports: readonly ServicePort[]): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const path = `spec.ports[${i}]`;
    if (!port.name) {
      if (ports.length > 1) errors.push(required(`${path}.name`));
    } else {
      errors.push(...faults(`${path}.name`, port.name, isLabel));
      if (names.has(port.name)) errors.push(duplicate(`${path}.name`, port.name));
      names.add(port.name);
    }
    for (const fault of isPortNumber(port.port)) errors.push(invalidValue(`${path}.port`, port.port, fault));
    if (!port.protocol) errors.push(required(`${path}.protocol`));
    else if (!protocols.includes(port.protocol))
      errors.push(notSupported(`${path}.protocol`, port.protocol, protocols));
    const target = port.targetPort ?? 0;
    for (const fault of typeof target === "number" ? isPortNumber(target) : isPortName(target))
      errors.push(invalidValue(`${path}.targetPort`, target, fault));
    if (port.appProtocol !== undefined) errors.push(...faults(`${path}.appProtocol`, port.appProtocol, isKey));
  }
  return errors;
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): FieldError[] {
  if (!sessionAffinity) return [required("spec.sessionAffinity")];
  if (!affinities.includes(sessionAffinity)) return [notSupported("spec.sessionAffinity", sessionAffinity, affinities)];
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  return sessionAffinity === "ClientIP" && seconds !== undefined && (seconds <= 0 || seconds > LONGEST_AFFINITY)
    ? [
        invalidValue(
          "spec.sessionAffinityConfig.clientIP.timeoutSeconds",
          seconds,
          `must be greater than 0 and less than ${LONGEST_AFFINITY}`,
        ),
      ]
    : [];
}

function validateNodePorts({ type, ports = [] }: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (type === "ClusterIP")
    for (const [i, { nodePort }] of ports.entries())
      if (nodePort)
        errors.push(forbiddenField(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'"));
  const nodePorts = new Set<string>();
  for (const [i, { nodePort, protocol }] of ports.entries()) {
    if (!nodePort) continue;
    const key = `${protocol}/${nodePort}`;
    if (nodePorts.has(key)) errors.push(duplicate(`spec.ports[${i}].nodePort`, nodePort));
    nodePorts.add(key);
  }
  const seen = new Set<string>();
  for (const [i, { protocol, port }] of ports.entries()) {
    const key = `${protocol}/${port}`;
    // Only what makes them equal is shown.
    if (seen.has(key))
      errors.push(duplicate(`spec.ports[${i}]`, new Verbatim(internalJson("ServicePort", { protocol, port }))));
    seen.add(key);
  }
  return errors;
}

function validateSourceRanges({ metadata, spec }: Service): FieldError[] {
  const errors: FieldError[] = [];
  const only = "may only be used when `type` is 'LoadBalancer'";
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const annotation = metadata.annotations?.[SOURCE_RANGES];
  if (ranges.length > 0) {
    // The server writes this field with a capital letter.
    const path = "spec.LoadBalancerSourceRanges";
    if (spec.type !== "LoadBalancer") errors.push(forbiddenField(path, only));
    for (const [i, range] of ranges.entries()) errors.push(...faults(`${path}[${i}]`, range.trim(), isCidr));
  } else if (annotation !== undefined) {
    const path = `metadata.annotations[${SOURCE_RANGES}]`;
    if (spec.type !== "LoadBalancer") errors.push(forbiddenField(path, only));
    if (annotation.trim() !== "")
      for (const range of annotation.split(",")) errors.push(...faults(path, range.trim(), isCidr));
  }
  return errors;
}

function validateLoadBalancerClass({ type, loadBalancerClass }: ServiceSpec): FieldError[] {
  if (loadBalancerClass === undefined) return [];
  return type === "LoadBalancer"
    ? faults("spec.loadBalancerClass", loadBalancerClass, isKey)
    : [forbiddenField("spec.loadBalancerClass", "may only be used when `type` is 'LoadBalancer'")];
}

export function needsHealthCheck({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === "LoadBalancer" && externalTrafficPolicy === "Local";
}

function validateTraffic(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const external = spec.externalTrafficPolicy as string | undefined;
  const exposed =
    spec.type === "NodePort" ||
    spec.type === "LoadBalancer" ||
    (spec.type === "ClusterIP" && Boolean(spec.externalIPs?.length));
  if (!exposed) {
    if (external)
      errors.push(
        invalidValue("spec.externalTrafficPolicy", external, "may only be set for externally-accessible services"),
      );
  } else if (!external) errors.push(required("spec.externalTrafficPolicy"));
  else if (!policies.includes(external)) errors.push(notSupported("spec.externalTrafficPolicy", external, policies));
  const check = spec.healthCheckNodePort ?? 0;
  if (!needsHealthCheck(spec)) {
    if (check !== 0)
      errors.push(
        invalidValue(
          "spec.healthCheckNodePort",
          check,
          "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
        ),
      );
  } else if (check === 0) errors.push(required("spec.healthCheckNodePort"));
  else for (const fault of isPortNumber(check)) errors.push(invalidValue("spec.healthCheckNodePort", check, fault));
  const internal = spec.internalTrafficPolicy as string | undefined;
  if (internal === undefined) {
    if (types.includes(spec.type ?? "") && spec.type !== "ExternalName")
      errors.push(required("spec.internalTrafficPolicy"));
  } else if (!policies.includes(internal)) errors.push(notSupported("spec.internalTrafficPolicy", internal, policies));
  const { trafficDistribution } = spec;
  if (trafficDistribution !== undefined && !distributions.includes(trafficDistribution))
    errors.push(notSupported("spec.trafficDistribution", trafficDistribution, distributions));
  return errors;
}
