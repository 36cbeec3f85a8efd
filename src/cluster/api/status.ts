/** The Status objects with which the API server refuses (apimachinery: pkg/api/errors/errors.go). */
import type { FieldError } from "../validation/fieldError.ts";
import { errorListText } from "../validation/fieldError.ts";
import { qualifiedResourceOf } from "./kinds.ts";

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Record<string, never>;
  readonly status: "Failure";
  readonly message: string;
  readonly reason: string;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly causes?: readonly StatusCause[];
  };
  readonly code: number;
  /** Only with Invalid: the errors with their values, for those who explain them. Never printed. */
  readonly errors?: readonly FieldError[];
}

function failure(code: number, reason: string, message: string, details?: Status["details"]): Status {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    ...(details ? { details } : {}),
    code,
  };
}

/** `kind` may be a kind (`Pod`) or a resource (`pods/binding`). */
export function notFound(kind: string, name: string): Status {
  const resource = qualifiedResourceOf(kind);
  return failure(404, "NotFound", `${resource} "${name}" not found`, { name, kind: resource });
}

export function alreadyExists(kind: string, name: string): Status {
  const resource = qualifiedResourceOf(kind);
  return failure(409, "AlreadyExists", `${resource} "${name}" already exists`, { name, kind: resource });
}

export function conflict(kind: string, name: string, why: string): Status {
  const resource = qualifiedResourceOf(kind);
  return failure(409, "Conflict", `Operation cannot be fulfilled on ${resource} "${name}": ${why}`, {
    name,
    kind: resource,
  });
}

/** The words of a write with an old resourceVersion. */
export function staleVersion(kind: string, name: string): Status {
  return conflict(
    kind,
    name,
    "the object has been modified; please apply your changes to the latest version and try again",
  );
}

export function forbidden(kind: string, name: string, why: string): Status {
  const resource = qualifiedResourceOf(kind);
  return failure(403, "Forbidden", `${resource} "${name}" is forbidden: ${why}`, { name, kind: resource });
}

export function badRequest(message: string): Status {
  return failure(400, "BadRequest", message);
}

/** A request that cannot be carried out, for which no object is to blame: a JSON patch that does not apply, a patch of wrong types. */
export function unprocessable(causes: readonly StatusCause[] = []): Status {
  if (causes.length === 0)
    return failure(422, "Invalid", "the server rejected our request due to an error in our request", {});
  const message = ` "" is invalid: ${causes.map((cause) => `${cause.field}: ${cause.message}`).join(", ")}`;
  return failure(422, "Invalid", message, { causes });
}

/** `kind` is the kind itself here: `The Pod "web" is invalid`. */
export function invalid(kind: string, name: string, errors: readonly FieldError[]): Status {
  return {
    ...failure(422, "Invalid", `${kind} "${name}" is invalid: ${errorListText(errors)}`, {
      name,
      kind,
      causes: errors.map(({ type, field, body }) => ({ reason: type, message: body, field })),
    }),
    errors,
  };
}

/**
 * What kubectl prints for a refusal, without the newline at the end.
 * @param doing what kubectl was at: `error when creating "pod.yaml"`; Invalid alone never shows it
 */
export function statusText(status: Status, doing?: string): string {
  if (status.reason === "Invalid") return invalidText(status);
  return fromServer(status, doing);
}

/** As one of several failures of a command, where Invalid gets no form of its own. */
export function statusTextAmongOthers(status: Status, doing?: string): string {
  return fromServer(status, doing);
}

function fromServer({ reason, message }: Status, doing: string | undefined): string {
  return `Error from server${reason ? ` (${reason})` : ""}: ${doing ? `${doing}: ` : ""}${message}`;
}

function invalidText({ details, message }: Status): string {
  if (!details) return `The request is invalid: ${message}`;
  const subject = details.kind ? `The ${details.kind} "${details.name ?? ""}" is invalid` : "The request is invalid";
  // Equal lines are printed once (kubectl: pkg/cmd/util/helpers.go, via a set of messages).
  const lines = [
    ...new Set((details.causes ?? []).map(({ field, message }) => (field ? `${field}: ${message}` : message))),
  ];
  if (lines.length === 0) return `${subject}: ${message}`;
  if (lines.length === 1) return `${subject}: ${lines[0]}`;
  return `${subject}: \n${lines.map((line) => `* ${line}`).join("\n")}`;
}
