/** Security contexts of Pods and containers. */
import type { AppArmorProfile, PodSecurityContext, PodSpec, SeccompProfile, SecurityContext } from "../api/types.ts";

import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
  Verbatim,
} from "./fieldError.ts";
import { isId, isSubdomain, utf8Length } from "./formats.ts";
import { internalJson } from "./internalJson.ts";
import { validateLocalPath } from "./localPath.ts";
import { containersOf, validateWindowsOptions } from "./operatingSystem.ts";

const profileTypes = ["Localhost", "RuntimeDefault", "Unconfined"];

export function validateSecurityContext(
  context: SecurityContext | undefined,
  path: string,
  hostUsers: boolean,
): FieldError[] {
  if (!context) return [];
  const errors = [...ids(context, path)];
  const { procMount } = context;
  if (procMount !== undefined) {
    if (procMount !== "Default" && procMount !== "Unmasked")
      errors.push(notSupported(`${path}.procMount`, procMount, ["Default", "Unmasked"]));
    if (hostUsers && procMount === "Unmasked")
      errors.push(invalidValue(`${path}.procMount`, procMount, "`hostUsers` must be false to use `Unmasked`"));
  }
  errors.push(...validateSeccomp(context.seccompProfile, `${path}.seccompProfile`));
  if (context.allowPrivilegeEscalation === false) {
    const whole = () => new Verbatim(internalJson("SecurityContext", context));
    if (context.privileged)
      errors.push(
        invalidValue(path, whole(), "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"),
      );
    for (const capability of context.capabilities?.add ?? [])
      if (capability === "CAP_SYS_ADMIN")
        errors.push(
          invalidValue(
            path,
            whole(),
            "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN",
          ),
        );
  }
  errors.push(...validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`, isSubdomain));
  errors.push(...validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`));
  return errors;
}

function ids(context: SecurityContext | PodSecurityContext, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ["runAsUser", "runAsGroup"] as const) {
    const id = context[field];
    if (id !== undefined) for (const fault of isId(id)) errors.push(invalidValue(`${path}.${field}`, id, fault));
  }
  return errors;
}

function validateSeccomp(profile: SeccompProfile | undefined, path: string): FieldError[] {
  if (!profile) return [];
  const errors: FieldError[] = [];
  const type = profile.type as string;
  if (!type) errors.push(required(`${path}.type`, "type is required when seccompProfile is set"));
  else if (!profileTypes.includes(type)) errors.push(notSupported(`${path}.type`, type, profileTypes));
  if (type === "Localhost") {
    if (profile.localhostProfile === undefined)
      errors.push(required(`${path}.localhostProfile`, "must be set when seccomp type is Localhost"));
    else errors.push(...validateLocalPath(profile.localhostProfile, `${path}.localhostProfile`));
  } else if (profile.localhostProfile !== undefined)
    errors.push(
      invalidValue(
        `${path}.localhostProfile`,
        new Verbatim(internalJson("SeccompProfile", profile)),
        "can only be set when seccomp type is Localhost",
      ),
    );
  return errors;
}

/** As long as a path may be. */
const LONGEST_PROFILE = 4095;

function validateAppArmor(profile: AppArmorProfile | undefined, path: string): FieldError[] {
  if (!profile) return [];
  const type = profile.type as string;
  const name = profile.localhostProfile;
  const at = `${path}.localhostProfile`;
  if (!type) return [required(`${path}.type`, "type is required when appArmorProfile is set")];
  if (!profileTypes.includes(type)) return [notSupported(`${path}.type`, type, profileTypes)];
  if (type !== "Localhost")
    return name === undefined ? [] : [invalidValue(at, name, "can only be set when AppArmor type is Localhost")];
  if (name === undefined) return [required(at, "must be set when AppArmor type is Localhost")];
  const errors: FieldError[] = [];
  if (name.trim() !== name) errors.push(invalidValue(at, name, "must not be padded with whitespace"));
  else if (name === "") errors.push(required(at, "must be set when AppArmor type is Localhost"));
  if (utf8Length(name) > LONGEST_PROFILE) errors.push(tooLong(at, LONGEST_PROFILE));
  return errors;
}

/** Some of its fields stand beside it in the API, but in it inside the server. */
export function validatePodSecurityContext(spec: PodSpec, path: string): FieldError[] {
  const context = spec.securityContext;
  const errors: FieldError[] = [];
  if (context) {
    if (context.fsGroup !== undefined)
      for (const fault of isId(context.fsGroup)) errors.push(invalidValue(`${path}.fsGroup`, context.fsGroup, fault));
    errors.push(...ids(context, path));
    for (const [i, group] of (context.supplementalGroups ?? []).entries())
      for (const fault of isId(group)) errors.push(invalidValue(`${path}.supplementalGroups[${i}]`, group, fault));
  }
  if (spec.shareProcessNamespace && spec.hostPID)
    errors.push(
      invalidValue(`${path}.shareProcessNamespace`, true, "ShareProcessNamespace and HostPID cannot both be enabled"),
    );
  if (!context) return errors;
  errors.push(...validateSysctls(spec, `${path}.sysctls`));
  const { fsGroupChangePolicy, supplementalGroupsPolicy, seLinuxChangePolicy } = context;
  if (fsGroupChangePolicy !== undefined && !["Always", "OnRootMismatch"].includes(fsGroupChangePolicy))
    errors.push(notSupported(`${path}.fsGroupChangePolicy`, fsGroupChangePolicy, ["Always", "OnRootMismatch"]));
  errors.push(...validateSeccomp(context.seccompProfile, `${path}.seccompProfile`));
  errors.push(...validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`, isSubdomain));
  errors.push(...validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`));
  if (supplementalGroupsPolicy !== undefined && !["Merge", "Strict"].includes(supplementalGroupsPolicy))
    errors.push(notSupported(`${path}.supplementalGroupsPolicy`, supplementalGroupsPolicy, ["Merge", "Strict"]));
  if (seLinuxChangePolicy !== undefined && !["MountOption", "Recursive"].includes(seLinuxChangePolicy))
    errors.push(notSupported(`${path}.seLinuxChangePolicy`, seLinuxChangePolicy, ["MountOption", "Recursive"]));
  return errors;
}

const segment = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const sysctlPattern = `^(${segment}[\\./])*${segment}$`;

function validateSysctls(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, { name }] of (spec.securityContext?.sysctls ?? []).entries()) {
    const at = `${path}[${i}].name`;
    if (!name) errors.push(required(at));
    else if (name.length > 253 || !new RegExp(sysctlPattern).test(name))
      errors.push(invalidValue(at, name, `must have at most 253 characters and match regex ${sysctlPattern}`));
    else if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
    const dotted = name.replaceAll("/", ".");
    if (spec.hostNetwork && dotted.startsWith("net."))
      errors.push(invalidValue(at, name, "may not be specified when 'hostNetwork' is true"));
    if (spec.hostIPC && /^(kernel\.(shm|msg)|kernel\.sem$|fs\.mqueue\.)/.test(dotted))
      errors.push(invalidValue(at, name, "may not be specified when 'hostIPC' is true"));
  }
  return errors;
}

/** With a user namespace of its own a Pod may share nothing else with the node. */
export function validateHostUsers(spec: PodSpec, path: string): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const errors: FieldError[] = [];
  const why = "when `hostUsers` is false";
  // The server writes the last two with a capital letter.
  if (spec.hostNetwork) errors.push(forbiddenField(`${path}.hostNetwork`, why));
  if (spec.hostPID) errors.push(forbiddenField(`${path}.HostPID`, why));
  if (spec.hostIPC) errors.push(forbiddenField(`${path}.HostIPC`, why));
  for (const { container, at } of containersOf(spec, path))
    if (container.volumeDevices?.length) errors.push(forbiddenField(`${at}.volumeDevices`, why));
  return errors;
}
