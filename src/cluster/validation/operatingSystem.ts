/** What one operating system has and the other has not (pkg/apis/core/validation: validateOS, validateLinux, validateWindows). */
import type { Container, PodSpec } from "../api/types.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "./fieldError.ts";

/** All of a Pod's containers with their paths, in the server's order. */
export function containersOf(spec: PodSpec, path: string): { container: Container; at: string }[] {
  return (["initContainers", "containers", "ephemeralContainers"] as const).flatMap((list) =>
    ((spec[list] ?? []) as Container[]).map((container, i) => ({ container, at: `${path}.${list}[${i}]` })),
  );
}

export function validateOs(spec: PodSpec, path: string): FieldError[] {
  const name = spec.os?.name as string | undefined;
  if (!name) return [required(`${path}.os.name`)];
  if (name === "linux") return validateLinux(spec, path);
  if (name === "windows") return validateWindows(spec, path);
  return [notSupported(`${path}.os`, name, ["linux", "windows"])];
}

function validateLinux(spec: PodSpec, path: string): FieldError[] {
  const places = [
    { context: spec.securityContext, at: path },
    ...containersOf(spec, path).map(({ container, at }) => ({ context: container.securityContext, at })),
  ];
  return places
    .filter(({ context }) => context?.windowsOptions)
    .map(({ at }) =>
      forbiddenField(`${at}.securityContext.windowsOptions`, "windows options cannot be set for a linux pod"),
    );
}

/** In the order in which the server looks; `^` marks fields of the Pod itself. */
const podFields = [
  "appArmorProfile",
  "seLinuxOptions",
  "^hostUsers",
  "^hostPID",
  "^hostIPC",
  "seccompProfile",
  "fsGroup",
  "fsGroupChangePolicy",
  "sysctls",
  "^shareProcessNamespace",
  "runAsUser",
  "runAsGroup",
  "supplementalGroups",
  "supplementalGroupsPolicy",
  "seLinuxChangePolicy",
];
const containerFields = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
];

function validateWindows(spec: PodSpec, path: string): FieldError[] {
  const why = "cannot be set for a windows pod";
  const context = (spec.securityContext ?? {}) as Record<string, unknown>;
  const ofPod = spec as unknown as Record<string, unknown>;
  const errors: FieldError[] = [];
  for (const field of podFields) {
    const name = field.replace("^", "");
    const value = field === name ? context[name] : ofPod[name];
    // These two are no pointers inside the server: false is absent.
    const set = name === "hostPID" || name === "hostIPC" ? value === true : value !== undefined;
    if (set) errors.push(forbiddenField(`${path}.${field === name ? "securityContext." : ""}${name}`, why));
  }
  for (const { container, at } of containersOf(spec, path))
    for (const field of containerFields)
      if ((container.securityContext as Record<string, unknown> | undefined)?.[field] !== undefined)
        errors.push(forbiddenField(`${at}.securityContext.${field}`, why));
  return errors;
}

/** On Windows all containers run as processes of the host, or none. */
export function validateHostProcess(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const all = containersOf(spec, path);
  let hostProcesses = 0;
  for (const { container, at } of all) {
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && ofPod !== own)
      errors.push(
        invalidValue(
          `${at}.securityContext.windowsOptions.hostProcess`,
          own,
          `pod hostProcess value must be identical if both are specified, was ${ofPod}`,
        ),
      );
    if (own ?? ofPod) hostProcesses++;
  }
  if (hostProcesses === 0) return errors;
  if (hostProcesses !== all.length)
    errors.push(
      invalidValue(
        path,
        "",
        "If pod contains any hostProcess containers then all containers must be HostProcess containers",
      ),
    );
  if (!spec.hostNetwork)
    errors.push(
      invalidValue(`${path}.hostNetwork`, false, "hostNetwork must be true if pod contains any hostProcess containers"),
    );
  return errors;
}

const LONGEST = { credentialSpecKiB: 64, domain: 256, user: 104 };

export function validateWindowsOptions(
  options: NonNullable<PodSpec["securityContext"]>["windowsOptions"],
  path: string,
  nameFaults: (name: string) => string[],
): FieldError[] {
  if (!options) return [];
  const errors: FieldError[] = [];
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName: user } = options;
  if (name !== undefined)
    for (const fault of nameFaults(name)) errors.push(invalidValue(`${path}.gmsaCredentialSpecName`, name, fault));
  const at = `${path}.gmsaCredentialSpec`;
  if (spec === "") errors.push(invalidValue(at, spec, "gmsaCredentialSpec cannot be an empty string"));
  else if (spec !== undefined && spec.length > LONGEST.credentialSpecKiB * 1024)
    errors.push(invalidValue(at, spec, `gmsaCredentialSpec size must be under ${LONGEST.credentialSpecKiB} KiB`));
  if (user !== undefined)
    for (const fault of userNameFaults(user)) errors.push(invalidValue(`${path}.runAsUserName`, user, fault));
  return errors;
}

function userNameFaults(whole: string): string[] {
  if (whole === "") return ["runAsUserName cannot be an empty string"];
  if (/[\x00-\x1f\x7f]/.test(whole)) return ["runAsUserName cannot contain control characters"];
  const parts = whole.split("\\");
  if (parts.length > 2) return ["runAsUserName cannot contain more than one backslash"];
  const user = parts.at(-1)!;
  const domain = parts.length === 2 ? parts[0] : undefined;
  const faults: string[] = [];
  const netBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
  const dns = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
  if (domain !== undefined && domain.length >= LONGEST.domain)
    faults.push(`runAsUserName's Domain length must be under ${LONGEST.domain} characters`);
  if (domain !== undefined && !netBios.test(domain) && !dns.test(domain))
    faults.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  if (user === "") faults.push("runAsUserName's User cannot be empty");
  else if (user.length > LONGEST.user)
    faults.push(`runAsUserName's User length must not be longer than ${LONGEST.user} characters`);
  if (/^[. ]+$/.test(user)) faults.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user))
    faults.push(`runAsUserName's User cannot contain the following characters: "/\\:;|=,+*?<>@[]`);
  return faults;
}
