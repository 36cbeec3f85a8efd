/** Whether an object alone would be refused, whatever else the cluster holds: by kubectl, in decoding, in validation. */
import { validateObject } from "../validation/index.ts";
import { copyOf } from "./copy.ts";
import { decodeObject } from "./decode.ts";
import { setDefaults } from "./defaults.ts";
import { findKind, kindNamed } from "./kinds.ts";
import { invalid, type Status, statusText } from "./status.ts";
import { kubectlRefusal } from "./manifestItems.ts";

export interface Refused {
  /** As kubectl prints it, without the newline at the end. */
  readonly message: string;
  /** Paths that it names. */
  readonly fields: readonly string[];
}

/** Undefined: it is fine, or of a kind that is known but not simulated. */
export function objectRefusal(value: unknown): Refused | undefined {
  const unsent = kubectlRefusal(value);
  if (unsent) return { message: unsent, fields: [] };
  const { apiVersion, kind } = value as { apiVersion: string; kind: string };
  if (findKind(apiVersion, kind)?.simulated === false) return undefined;
  const decoded = decodeObject(value);
  if ("status" in decoded) return refused(decoded.status);
  const object = copyOf(decoded.object);
  if (kindNamed(object.kind)?.namespaced) object.metadata.namespace ||= "default";
  if (object.metadata.generateName) object.metadata.name ||= `${object.metadata.generateName}xxxxx`;
  setDefaults(object);
  const errors = validateObject(object);
  return errors.length > 0 ? refused(invalid(object.kind, object.metadata.name ?? "", errors)) : undefined;
}

export function refused(status: Status): Refused {
  const named = [...status.message.matchAll(/unknown field "([^"]+)"/g)].map((match) => match[1]!);
  return { message: statusText(status), fields: status.details?.causes?.map(({ field }) => field) ?? named };
}
