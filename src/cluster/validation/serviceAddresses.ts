/** Addresses and IP families of Services (pkg/apis/core/validation: ValidateServiceClusterIPsRelatedFields). */
import type { ServiceSpec } from "../api/types.ts";
import { duplicate, type FieldError, invalidValue, notSupported, required } from "./fieldError.ts";
import { type Check, isIp, isIPv4 } from "./formats.ts";
import { faults } from "./metadata.ts";

const families = ["IPv4", "IPv6"];
const familyPolicies = ["PreferDualStack", "RequireDualStack", "SingleStack"];

export function validateClusterIPs(spec: ServiceSpec): FieldError[] {
  if (spec.type === "ExternalName") return [];
  const path = "spec.clusterIPs";
  const { clusterIP = "", clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const errors: FieldError[] = [];
  if (clusterIP) {
    if (clusterIPs.length === 0) errors.push(required(path));
    else if (clusterIPs[0] !== clusterIP)
      errors.push(invalidValue(path, clusterIPs, "first value must match `clusterIP`"));
  } else if (clusterIPs.length > 0)
    errors.push(invalidValue(path, clusterIPs, "must be empty when `clusterIP` is not specified"));
  for (const [i, family] of (ipFamilies as string[]).entries()) {
    if (!families.includes(family)) errors.push(notSupported(`spec.ipFamilies[${i}]`, family, families));
    if ((ipFamilies as string[]).indexOf(family) < i) errors.push(duplicate(`spec.ipFamilies[${i}]`, family));
  }
  if (ipFamilyPolicy !== undefined && !familyPolicies.includes(ipFamilyPolicy))
    errors.push(notSupported("spec.ipFamilyPolicy", ipFamilyPolicy, familyPolicies));
  let wrong = false;
  for (const [i, ip] of clusterIPs.entries()) {
    if (i === 0 && ip === "None") {
      if (clusterIPs.length > 1) {
        wrong = true;
        errors.push(invalidValue(path, clusterIPs, "'None' must be the first and only value"));
      }
      continue;
    }
    const found = faults(`${path}[${i}]`, ip, isIp);
    wrong ||= found.length > 0;
    errors.push(...found);
  }
  if (clusterIPs.length > 2) errors.push(invalidValue(path, clusterIPs, "may only hold up to 2 values"));
  if (wrong) return errors;
  if (clusterIPs.length > 1 && !(clusterIPs.some(isIPv4) && clusterIPs.some((ip) => !isIPv4(ip))))
    errors.push(invalidValue(path, clusterIPs, "may specify no more than one IP for each IP family"));
  if (clusterIPs[0] !== "None" || clusterIPs.length !== 1)
    for (const [i, ip] of clusterIPs.entries()) {
      const family = ipFamilies[i];
      if (family && families.includes(family) && (family === "IPv4") !== isIPv4(ip))
        errors.push(
          invalidValue(`${path}[${i}]`, ip, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``),
        );
    }
  return errors;
}

/** What a Service has been given it keeps; a second family may be added or let go. */
export function validateClusterIPsUpdate(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.type === "ExternalName" || old.type === "ExternalName") return [];
  const { clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const errors: FieldError[] = [];
  const once = "may not change once set";
  const single = (what: string) => {
    if (ipFamilyPolicy !== "SingleStack")
      errors.push(
        invalidValue(
          "spec.ipFamilyPolicy",
          ipFamilyPolicy ?? null,
          `must be set to 'SingleStack' when releasing the secondary ${what}`,
        ),
      );
  };
  const before = old.clusterIPs ?? [];
  if (before.length === clusterIPs.length) {
    for (const [i, ip] of before.entries())
      if (ip !== clusterIPs[i]) errors.push(invalidValue(`spec.clusterIPs[${i}]`, clusterIPs, once));
  } else {
    if (clusterIPs.length === 0)
      errors.push(invalidValue("spec.clusterIPs[0]", clusterIPs, "primary clusterIP can not be unset"));
    if (before.length > 0 && clusterIPs.length > 0 && clusterIPs[0] !== before[0])
      errors.push(invalidValue("spec.clusterIPs[0]", clusterIPs, once));
    if (before.length > clusterIPs.length && clusterIPs.length === 1) single("clusterIP");
  }
  if (clusterIPs[0] === "None" || before[0] === "None") return errors;
  const had = old.ipFamilies ?? [];
  if (had.length === ipFamilies.length) {
    for (const [i, family] of had.entries())
      if (family !== ipFamilies[i]) errors.push(invalidValue("spec.ipFamilies[0]", ipFamilies, once));
  } else {
    if (had.length > ipFamilies.length && clusterIPs.length === 0)
      errors.push(invalidValue("spec.ipFamilies[0]", ipFamilies, "primary ipFamily can not be unset"));
    // The server shows the addresses here.
    if (had.length > 0 && ipFamilies.length > 0 && ipFamilies[0] !== had[0])
      errors.push(invalidValue("spec.ipFamilies[0]", clusterIPs, once));
    if (had.length > ipFamilies.length && ipFamilies.length === 1) single("ipFamily");
  }
  return errors;
}

const link = /^(fe[89ab][0-9a-f]):/i;

/** Addresses that no endpoint can have. */
export const endpointFaults: Check = (ip) => {
  const octets = isIPv4(ip) ? ip.split(".").map(Number) : [];
  const loopback = octets[0] === 127 || ip === "::1";
  const unspecified = (octets.length > 0 && octets.every((octet) => octet === 0)) || ip === "::";
  return [
    ...(unspecified ? [`may not be unspecified (${ip})`] : []),
    ...(loopback ? ["may not be in the loopback range (127.0.0.0/8, ::1/128)"] : []),
    ...((octets[0] === 169 && octets[1] === 254) || link.test(ip)
      ? ["may not be in the link-local range (169.254.0.0/16, fe80::/10)"]
      : []),
    ...((octets[0] === 224 && octets[1] === 0 && octets[2] === 0) || /^ff.2:/i.test(ip)
      ? ["may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"]
      : []),
  ];
};
