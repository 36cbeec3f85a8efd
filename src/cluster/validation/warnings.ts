import type { ApiObject } from "../api/object.ts";
export function warningsFor(_object: ApiObject): string[] {
  return [];
}
