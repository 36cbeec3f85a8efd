/** The annotations with which seccomp and AppArmor profiles were once chosen, beside the fields of today. */
import type { Pod } from "../api/types.ts";
import { type FieldError, forbiddenField, goQuote, invalidValue } from "./fieldError.ts";
import { validateLocalPath } from "./localPath.ts";
import { containersOf } from "./operatingSystem.ts";

export const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
export const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
export const APPARMOR_CONTAINER = "container.apparmor.security.beta.kubernetes.io/";
const LOCALHOST = "localhost/";

interface Profile {
  readonly type?: string;
  readonly localhostProfile?: string;
}

export function validateProfileAnnotations({ metadata, spec }: Pick<Pod, "metadata" | "spec">): FieldError[] {
  const annotations = metadata.annotations ?? {};
  const keys = Object.keys(annotations).sort();
  const errors: FieldError[] = [];
  const seccomp = keys.filter((key) => key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER));
  for (const key of seccomp.sort((a) => (a === SECCOMP_POD ? -1 : 1))) {
    const profile = annotations[key]!;
    const path = `metadata.annotations.${key}`;
    if (profile.startsWith(LOCALHOST)) errors.push(...validateLocalPath(profile.slice(LOCALHOST.length), path));
    else if (!["runtime/default", "docker/default", "unconfined"].includes(profile))
      errors.push(invalidValue(path, profile, "must be a valid seccomp profile"));
  }
  for (const key of keys.filter((one) => one.startsWith(APPARMOR_CONTAINER))) {
    const name = key.slice(APPARMOR_CONTAINER.length);
    const profile = annotations[key]!;
    const path = `metadata.annotations[${key}]`;
    if (!containersOf(spec, "spec").some(({ container }) => container.name === name))
      errors.push(invalidValue(path, name, "container not found"));
    if (!["", "runtime/default", "unconfined"].includes(profile) && !profile.startsWith(LOCALHOST))
      errors.push(invalidValue(path, profile, `invalid AppArmor profile name: ${goQuote(profile)}`));
  }
  return errors;
}

/** On create: where both are given they must say the same. */
export function validateProfilesMatchAnnotations({ metadata, spec }: Pod): FieldError[] {
  const annotations = metadata.annotations ?? {};
  const errors: FieldError[] = [];
  const compare = (kind: string, key: string, profile: Profile | undefined, path: string) => {
    const annotation = annotations[key];
    if (!profile || annotation === undefined) return;
    const names =
      profile.type === "Unconfined"
        ? ["unconfined"]
        : kind === "seccomp"
          ? ["runtime/default", "docker/default"]
          : ["runtime/default"];
    const typeDiffers = profile.type === "Localhost" ? !annotation.startsWith(LOCALHOST) : !names.includes(annotation);
    if (typeDiffers) errors.push(forbiddenField(`${path}.type`, `${kind} type in annotation and field must match`));
    else if (profile.type === "Localhost" && annotation.slice(LOCALHOST.length) !== profile.localhostProfile)
      errors.push(forbiddenField(`${path}.localhostProfile`, `${kind} profile in annotation and field must match`));
  };
  compare("seccomp", SECCOMP_POD, spec.securityContext?.seccompProfile, "spec.securityContext.seccompProfile");
  const containers = containersOf(spec, "spec");
  for (const { container, at } of containers)
    compare(
      "seccomp",
      SECCOMP_CONTAINER + container.name,
      container.securityContext?.seccompProfile,
      `${at}.securityContext.seccompProfile`,
    );
  if (spec.os?.name !== "windows")
    for (const { container, at } of containers)
      compare(
        "apparmor",
        APPARMOR_CONTAINER + container.name,
        container.securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile,
        `${at}.securityContext.appArmorProfile`,
      );
  return errors;
}
