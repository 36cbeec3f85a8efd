/** Why the API server refused something, and whether those are the reasons that a scenario wants. */
import { type ApiObject, copyOf, decodeObject, setDefaults, validateObject } from "../../src/cluster/api/index.ts";
import type { Status } from "../../src/cluster/api/status.ts";
import type { FieldError } from "../../src/cluster/validation/fieldError.ts";
import { asList, check, type Json, NotModelled, onlyKeys } from "./format.ts";

export interface Refusal {
  /** "" when nothing was refused. */
  readonly message: string;
  readonly errors: readonly FieldError[];
}

export const accepted: Refusal = { message: "", errors: [] };

export const refusalKeys = [
  "rejected",
  "actionRejected",
  "errors",
  "messageContains",
  "messageNotContains",
  "fieldContains",
];

export function withDefaults(value: unknown): ApiObject {
  const decoded = decodeObject(value);
  if ("status" in decoded) throw new NotModelled(`the object cannot be decoded: ${decoded.status.message}`);
  const object = copyOf(decoded.object);
  setDefaults(object);
  return object;
}

/**
 * The server looks for classes and accounts before it validates, Kubernetes' own cases only validate: where the server
 * named no field, validation proper is asked as well.
 */
export function refusalOf(status: Status, object: unknown): Refusal {
  const { message, errors = [] } = status;
  if (errors.length > 0) return { message, errors };
  const decoded = decodeObject(object);
  if ("status" in decoded) return { message, errors };
  const found = validateObject(withDefaults(object));
  return { message: `${message} ${textOf(found)}`, errors: found };
}

export const textOf = (errors: readonly FieldError[]) =>
  errors.map(({ field, body }) => `${field}: ${body}`).join(", ");

export const refusalOfErrors = (errors: readonly FieldError[]): Refusal => ({ message: textOf(errors), errors });

/** `wanted` may hold other keys too. */
export function checkRefusal({ message, errors }: Refusal, wanted: Json): void {
  const rejected = wanted.rejected ?? wanted.actionRejected;
  if (rejected !== undefined)
    check((message !== "") === rejected, message === "" ? "nothing was refused" : `refused: ${message}`);
  for (const one of asList<Json>(wanted.errors)) {
    onlyKeys(one, ["type", "field", "detailContains"], "errors");
    const found = errors.some(
      (e) =>
        e.type === `FieldValue${one.type}` &&
        e.field === one.field &&
        (!one.detailContains || e.detail.includes(one.detailContains)),
    );
    check(found, `${one.type} ${one.field} ${one.detailContains ?? ""} is not in: ${message}`);
  }
  for (const part of asList<string>(wanted.messageContains))
    check(message.includes(part), `${part} is not in: ${message}`);
  for (const part of asList<string>(wanted.messageNotContains))
    check(!message.includes(part), `${part} is in: ${message}`);
  for (const part of asList<string>(wanted.fieldContains))
    check(
      errors.some(({ field }) => field.includes(part)),
      `${part} is in no field of: ${textOf(errors) || message}`,
    );
}
