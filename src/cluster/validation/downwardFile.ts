/** Files that tell a container about its Pod, in downwardAPI and projected volumes. */
import type { DownwardAPIVolumeFile } from "../api/types.ts";
import { validateFieldRef, validateResourceFieldRef } from "./env.ts";
import { type FieldError, invalidValue, required } from "./fieldError.ts";
import { validateLocalNonReserved, validateMode } from "./localPath.ts";

const fields = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

/** The server's paths name no index of the file. */
export function validateDownwardFile(file: DownwardAPIVolumeFile, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!file.path) errors.push(required(`${path}.path`));
  errors.push(...validateLocalNonReserved(file.path ?? "", `${path}.path`));
  if (file.fieldRef) {
    errors.push(...validateFieldRef(file.fieldRef, fields, `${path}.fieldRef`));
    if (file.resourceFieldRef)
      errors.push(invalidValue(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
  } else if (file.resourceFieldRef)
    errors.push(...validateResourceFieldRef(file.resourceFieldRef, `${path}.resourceFieldRef`, true));
  else errors.push(required(path, "one of fieldRef and resourceFieldRef is required"));
  errors.push(...validateMode(file.mode, `${path}.mode`));
  return errors;
}
