/** Validation of Services (pkg/apis/core/validation: ValidateService). */
import type { Service, ServicePort } from "../api/types.ts";
import { duplicate, type FieldError, forbiddenField, invalidValue, notSupported, required } from "./fieldError.ts";
import {
  isIpAddress,
  isKey,
  isLabel,
  isLabel1035,
  isPortName,
  isPortNumber,
  isSubdomain,
  notIpAddress,
} from "./formats.ts";
import { faults, validateLabels, validateMetadata, validateMetadataUpdate } from "./metadata.ts";

const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const protocols = ["SCTP", "TCP", "UDP"];
/** A day. */
const LONGEST_AFFINITY = 86400;

export function validateService(service: Service): FieldError[] {
  const { spec } = service;
  // Since 1.35 a name may begin with a digit.
  const errors = validateMetadata(
    service.metadata,
    true,
    (service.metadata.name ?? "").match(/^[0-9]/) ? isLabel : isLabel1035,
  );
  const headless = spec.clusterIP === "None" || spec.clusterIPs?.[0] === "None";
  if (!spec.ports?.length && !headless && spec.type !== "ExternalName") errors.push(required("spec.ports"));
  if (spec.type === "LoadBalancer" && headless)
    errors.push(invalidValue("spec.clusterIPs[0]", "None", "may not be set to 'None' for LoadBalancer services"));
  if (spec.type === "NodePort" && headless)
    errors.push(invalidValue("spec.clusterIPs[0]", "None", "may not be set to 'None' for NodePort services"));
  if (spec.type === "ExternalName") {
    if (spec.clusterIPs?.length || spec.clusterIP)
      errors.push(forbiddenField("spec.clusterIPs", "may not be set for ExternalName services"));
    const name = (spec.externalName ?? "").replace(/\.$/, "");
    if (!name) errors.push(required("spec.externalName"));
    else errors.push(...faults("spec.externalName", name, isSubdomain));
  }
  errors.push(...validatePorts(spec.ports ?? []));
  errors.push(...validateLabels(spec.selector, "spec.selector"));
  if (!spec.sessionAffinity) errors.push(required("spec.sessionAffinity"));
  else if (!["ClientIP", "None"].includes(spec.sessionAffinity))
    errors.push(notSupported("spec.sessionAffinity", spec.sessionAffinity, ["ClientIP", "None"]));
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (spec.sessionAffinity === "ClientIP" && seconds !== undefined && (seconds <= 0 || seconds > LONGEST_AFFINITY))
    errors.push(
      invalidValue(
        "spec.sessionAffinityConfig.clientIP.timeoutSeconds",
        seconds,
        `must be greater than 0 and less than ${LONGEST_AFFINITY}`,
      ),
    );
  if (spec.clusterIP && spec.clusterIP !== "None" && !isIpAddress(spec.clusterIP))
    errors.push(invalidValue("spec.clusterIPs[0]", spec.clusterIP, notIpAddress));
  for (const [i, ip] of (spec.externalIPs ?? []).entries())
    if (!isIpAddress(ip)) errors.push(invalidValue(`spec.externalIPs[${i}]`, ip, notIpAddress));
  if (!spec.type) errors.push(required("spec.type"));
  else if (!types.includes(spec.type)) errors.push(notSupported("spec.type", spec.type, types));
  errors.push(...validateTraffic(service));
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
  const seen = new Set<string>();
  for (const [i, { protocol, port, name }] of ports.entries()) {
    const key = `${protocol}/${port}`;
    if (seen.has(key))
      errors.push(
        duplicate(`spec.ports[${i}]`, { ...(name ? { name } : {}), protocol, port, targetPort: ports[i]!.targetPort }),
      );
    seen.add(key);
  }
  const nodePorts = new Set<string>();
  for (const [i, { nodePort, protocol }] of ports.entries()) {
    if (!nodePort) continue;
    const key = `${protocol}/${nodePort}`;
    if (nodePorts.has(key)) errors.push(duplicate(`spec.ports[${i}].nodePort`, nodePort));
    nodePorts.add(key);
  }
  return errors;
}

function validateTraffic({ spec }: Service): FieldError[] {
  const errors: FieldError[] = [];
  const external = spec.externalTrafficPolicy as string | undefined;
  const exposed = spec.type === "NodePort" || spec.type === "LoadBalancer" || Boolean(spec.externalIPs?.length);
  if (external && !exposed)
    errors.push(
      invalidValue("spec.externalTrafficPolicy", external, "may only be set for externally-accessible services"),
    );
  else if (external && !["Cluster", "Local"].includes(external))
    errors.push(notSupported("spec.externalTrafficPolicy", external, ["Cluster", "Local"]));
  const internal = spec.internalTrafficPolicy as string | undefined;
  if (internal !== undefined && !["Cluster", "Local"].includes(internal))
    errors.push(notSupported("spec.internalTrafficPolicy", internal, ["Cluster", "Local"]));
  return errors;
}

export function validateServiceUpdate(service: Service, old: Service): FieldError[] {
  const errors = validateMetadataUpdate(service.metadata, old.metadata);
  const before = old.spec.clusterIP;
  if (
    before &&
    service.spec.type !== "ExternalName" &&
    old.spec.type !== "ExternalName" &&
    service.spec.clusterIP !== before
  )
    errors.push(invalidValue("spec.clusterIPs[0]", service.spec.clusterIP ?? "", `may not change once set`));
  return [...errors, ...validateService(service)];
}
