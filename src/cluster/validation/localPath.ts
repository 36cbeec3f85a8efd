/** Paths inside volumes, and file modes. */
import { type FieldError, invalidValue } from "./fieldError.ts";

/** Relative, and never upwards. */
export function validateLocalPath(target: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (target.startsWith("/")) errors.push(invalidValue(path, target, "must be a relative path"));
  errors.push(...validateNoBacksteps(target, path));
  return errors;
}

export function validateNoBacksteps(target: string, path: string): FieldError[] {
  return target.split("/").includes("..") ? [invalidValue(path, target, "must not contain '..'")] : [];
}

/** Names that begin with two dots are the kubelet's own. `..` itself is told both. */
export function validateLocalNonReserved(target: string, path: string): FieldError[] {
  const errors = validateLocalPath(target, path);
  if (target.startsWith("..") && !target.startsWith("../"))
    errors.push(invalidValue(path, target, "must not start with '..'"));
  return errors;
}

export function validateMode(mode: number | undefined, path: string): FieldError[] {
  return mode !== undefined && (mode < 0 || mode > 0o777)
    ? [invalidValue(path, mode, "must be a number between 0 and 0777 (octal), both inclusive")]
    : [];
}
