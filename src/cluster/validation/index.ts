/** Validation by kind. */
import type { ApiObject } from "../api/object.ts";
import type { FieldError } from "./fieldError.ts";

export function validateObject(_object: ApiObject): FieldError[] {
  return [];
}
export function validateUpdate(_kind: string, _object: ApiObject, _old: ApiObject): FieldError[] {
  return [];
}
export function validateBinding(_target: { kind?: string; name?: string } | undefined): FieldError[] {
  return [];
}
export function validatePodLogOptions(_options: object): FieldError[] {
  return [];
}
