/** Where containers mount volumes (pkg/apis/core/validation: ValidateVolumeMounts, ValidateVolumeDevices). */
import type { Container, Volume } from "../api/types.ts";
import { type FieldError, forbiddenField, invalidValue, notFoundValue, notSupported, required } from "./fieldError.ts";
import { validateLocalPath, validateNoBacksteps } from "./localPath.ts";

type Mount = NonNullable<Container["volumeMounts"]>[number];

const propagations = ["Bidirectional", "HostToContainer", "None"];

/** Some of the server's paths name no index. */
export function validateVolumeMounts(
  container: Container,
  volumes: ReadonlyMap<string, Volume>,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const mountPaths = new Set<string>();
  const devices = container.volumeDevices ?? [];
  const deviceNames = new Set(devices.map(({ name }) => name));
  const devicePaths = new Set(devices.map(({ devicePath }) => devicePath));
  for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
    const at = `${path}[${i}]`;
    const { name, mountPath } = mount;
    if (!name) errors.push(required(`${at}.name`));
    if (!volumes.has(name)) errors.push(notFoundValue(`${at}.name`, name));
    if (!mountPath) errors.push(required(`${at}.mountPath`));
    if (mountPaths.has(mountPath)) errors.push(invalidValue(`${at}.mountPath`, mountPath, "must be unique"));
    mountPaths.add(mountPath);
    if (deviceNames.has(name)) errors.push(invalidValue(`${at}.name`, name, "must not already exist in volumeDevices"));
    if (devicePaths.has(mountPath))
      errors.push(invalidValue(`${at}.mountPath`, mountPath, "must not already exist as a path in volumeDevices"));
    if (mount.subPath) errors.push(...validateLocalPath(mount.subPath, `${path}.subPath`));
    if (mount.subPathExpr) {
      if (mount.subPath)
        errors.push(
          invalidValue(`${at}.subPathExpr`, mount.subPathExpr, "subPathExpr and subPath are mutually exclusive"),
        );
      errors.push(...validateLocalPath(mount.subPathExpr, `${path}.subPathExpr`));
    }
    if (mount.mountPropagation !== undefined)
      errors.push(...validatePropagation(mount.mountPropagation, container, `${path}.mountPropagation`));
    errors.push(...validateRecursiveReadOnly(mount, `${path}.recursiveReadOnly`));
  }
  return errors;
}

function validatePropagation(mode: string, container: Container, path: string): FieldError[] {
  if (!propagations.includes(mode)) return [notSupported(path, mode, propagations)];
  if (mode === "Bidirectional" && container.securityContext?.privileged !== true)
    return [forbiddenField(path, "Bidirectional mount propagation is available only to privileged containers")];
  return [];
}

function validateRecursiveReadOnly(mount: Mount, path: string): FieldError[] {
  const mode = mount.recursiveReadOnly as string | undefined;
  if (mode === undefined || mode === "Disabled") return [];
  if (mode !== "Enabled" && mode !== "IfPossible")
    return [notSupported(path, mode, ["Disabled", "Enabled", "IfPossible"])];
  const errors: FieldError[] = [];
  if (!mount.readOnly) errors.push(forbiddenField(path, "may only be specified when readOnly is true"));
  if ((mount.mountPropagation ?? "None") !== "None")
    errors.push(forbiddenField(path, "may only be specified when mountPropagation is None or not specified"));
  return errors;
}

export function validateVolumeDevices(
  container: Container,
  volumes: ReadonlyMap<string, Volume>,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  const paths = new Set<string>();
  const mounts = container.volumeMounts ?? [];
  for (const [i, { name, devicePath }] of (container.volumeDevices ?? []).entries()) {
    const at = `${path}[${i}]`;
    const volume = volumes.get(name);
    if (!name) errors.push(required(`${at}.name`));
    if (names.has(name)) errors.push(invalidValue(`${at}.name`, name, "must be unique"));
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral)
      errors.push(
        invalidValue(
          `${at}.name`,
          name,
          "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode",
        ),
      );
    if (!volume) errors.push(notFoundValue(`${at}.name`, name));
    if (!devicePath) errors.push(required(`${at}.devicePath`));
    if (paths.has(devicePath)) errors.push(invalidValue(`${at}.devicePath`, devicePath, "must be unique"));
    if (devicePath && validateNoBacksteps(devicePath, at).length > 0)
      errors.push(invalidValue(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"));
    else paths.add(devicePath);
    if (mounts.some((mount) => mount.name === name))
      errors.push(invalidValue(`${at}.name`, name, "must not already exist in volumeMounts"));
    if (mounts.some(({ mountPath }) => mountPath === devicePath))
      errors.push(invalidValue(`${at}.devicePath`, devicePath, "must not already exist as a path in volumeMounts"));
    if (name) names.add(name);
  }
  return errors;
}
